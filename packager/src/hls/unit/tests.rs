use super::*;
use crate::hls::codec::Shape;

/// Parameter sets of an x264 stream of 640x360 at 25 pictures a second, High profile.
const SPS: &[u8] = &[
    0x67, 0x64, 0x00, 0x1e, 0xac, 0xd9, 0x40, 0xa0, 0x2f, 0xf9, 0x70, 0x11, 0x00, 0x00, 0x03, 0x00,
    0x01, 0x00, 0x00, 0x03, 0x00, 0x32, 0x0f, 0x16, 0x2d, 0x96,
];
const PPS: &[u8] = &[0x68, 0xeb, 0xe3, 0xcb, 0x22, 0xc0];
/// first_mb_in_slice 0, slice_type 7 (I).
const I_FIRST: u8 = 0x88;
/// first_mb_in_slice 0, slice_type 5 (P).
const P_FIRST: u8 = 0x9a;
/// first_mb_in_slice 1, slice_type 5 (P).
const P_LATER: u8 = 0x46;
const DELIMITER: &[u8] = &[9, 0xf0];
const RECOVERY_POINT: &[u8] = &[6, 6, 1, 0xc4, 0x80];

fn stamp(ticks: u64) -> Option<Stamp> {
    Some(Stamp {
        pts: Pts::from_ticks(ticks),
        dts: Pts::from_ticks(ticks),
    })
}

fn pes(ticks: u64, nals: &[&[u8]]) -> Pes {
    let mut payload = Vec::new();
    for nal in nals {
        payload.extend_from_slice(&[0, 0, 0, 1]);
        payload.extend_from_slice(nal);
    }
    Pes {
        stamp: stamp(ticks),
        payload,
        truncated: false,
    }
}

fn units(splitter: &mut Splitter, packets: &[Pes]) -> Vec<Unit> {
    let mut out = Vec::new();
    for pes in packets {
        splitter.push(pes, &mut out);
    }
    out
}

fn prefixed(nals: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for nal in nals {
        bytes.extend_from_slice(&u32::try_from(nal.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(nal);
    }
    bytes
}

#[test]
fn a_picture_ends_where_the_next_one_begins_without_any_delimiter() {
    let mut h264 = Splitter::new(Codec::H264);
    let idr: &[u8] = &[0x65, I_FIRST, 1];
    let (first, later): (&[u8], &[u8]) = (&[0x41, P_FIRST, 2], &[0x41, P_LATER, 3]);
    let out = units(
        &mut h264,
        &[
            pes(0, &[SPS, PPS, idr]),
            pes(3600, &[first, later, first, later]),
            pes(10_800, &[first]),
        ],
    );
    assert_eq!(out.len(), 3);
    assert_eq!((out[0].access, out[0].stamp), (Access::Full, stamp(0)));
    assert_eq!(
        out[0].data,
        prefixed(&[idr]),
        "parameter sets are in the init segment"
    );
    assert_eq!(out[1].data, prefixed(&[first, later]));
    assert_eq!(out[1].stamp, stamp(3600));
    assert_eq!(out[2].stamp, None, "the second picture of a PES packet");
    assert_eq!(out[0].format.codecs, "avc1.64001e");
    let shape = Shape::Picture {
        width: 640,
        height: 360,
    };
    assert_eq!(out[0].format.shape, shape);
}

#[test]
fn a_nal_unit_that_runs_into_the_next_pes_packet_is_whole() {
    let mut h264 = Splitter::new(Codec::H264);
    let mut rest = pes(3600, &[DELIMITER, &[0x41, P_FIRST, 9]]);
    rest.payload.splice(0..0, [5, 6, 7]);
    let out = units(
        &mut h264,
        &[
            pes(0, &[SPS, PPS, &[0x65, I_FIRST, 4]]),
            rest,
            pes(7200, &[DELIMITER, &[0x41, P_FIRST]]),
        ],
    );
    assert_eq!(out[0].data, prefixed(&[&[0x65, I_FIRST, 4, 5, 6, 7]]));
    assert_eq!(out[1].stamp, stamp(3600));
}

#[test]
fn before_the_first_access_point_there_is_no_unit() {
    let mut h264 = Splitter::new(Codec::H264);
    let p: &[u8] = &[0x41, P_FIRST, 1];
    assert!(
        units(
            &mut h264,
            &[pes(0, &[p]), pes(1, &[p]), pes(2, &[SPS, PPS, p])]
        )
        .is_empty()
    );
}

#[test]
fn recovery_points_and_i_pictures_with_parameter_sets_are_access_points() {
    let mut h264 = Splitter::new(Codec::H264);
    let (i, p): (&[u8], &[u8]) = (&[0x41, I_FIRST, 1], &[0x41, P_FIRST, 1]);
    let out = units(
        &mut h264,
        &[
            pes(0, &[DELIMITER, SPS, PPS, i]),
            pes(1, &[DELIMITER, i]),
            pes(2, &[DELIMITER, RECOVERY_POINT, p]),
            pes(3, &[DELIMITER, p]),
            pes(4, &[DELIMITER, p]),
        ],
    );
    let access: Vec<_> = out.iter().map(|u| u.access).collect();
    assert_eq!(
        access,
        [
            Access::Recovery,
            Access::None,
            Access::Recovery,
            Access::None
        ]
    );
}

#[test]
fn a_cut_off_picture_loses_the_slice_in_which_it_was_cut() {
    let mut h264 = Splitter::new(Codec::H264);
    let (first, later): (&[u8], &[u8]) = (&[0x41, P_FIRST, 2], &[0x41, P_LATER, 3]);
    let mut cut = pes(1, &[first, later]);
    cut.truncated = true;
    let mut gone = pes(2, &[first]);
    gone.truncated = true;
    let out = units(
        &mut h264,
        &[
            pes(0, &[SPS, PPS, &[0x65, I_FIRST]]),
            cut,
            gone,
            pes(3, &[first]),
            pes(4, &[first]),
        ],
    );
    assert_eq!(out.len(), 3);
    assert_eq!(out[1].data, prefixed(&[first]));
    assert_eq!(out[2].stamp, stamp(3));
    assert_eq!(h264.faults().damaged, 2);
}

#[test]
fn a_picture_after_one_that_was_cut_off_has_its_own_stamp() {
    let mut h264 = Splitter::new(Codec::H264);
    let slice: &[u8] = &[0x41, P_FIRST, 2];
    let mut cut = pes(1, &[DELIMITER, RECOVERY_POINT, slice]);
    cut.truncated = true;
    let idr: &[u8] = &[0x65, I_FIRST];
    let all = [
        pes(0, &[DELIMITER, SPS, PPS, idr]),
        cut,
        pes(2, &[DELIMITER, slice]),
        pes(3, &[DELIMITER, SPS, PPS, idr]),
        pes(4, &[DELIMITER, slice]),
    ];
    let out = units(&mut h264, &all);
    let said: Vec<_> = out.iter().map(|unit| (unit.stamp, unit.access)).collect();
    let expected = [
        (stamp(0), Access::Full),
        (stamp(2), Access::None),
        (stamp(3), Access::Full),
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_parameter_set_in_mid_gop_stays_in_its_sample() {
    let mut h264 = Splitter::new(Codec::H264);
    let other: &[u8] = &[0x68, 0xee, 0x3c, 0x80];
    let p: &[u8] = &[0x41, P_FIRST, 1];
    let out = units(
        &mut h264,
        &[
            pes(0, &[SPS, PPS, &[0x65, I_FIRST]]),
            pes(1, &[other, p]),
            pes(2, &[PPS, p]),
            pes(3, &[p]),
        ],
    );
    assert_eq!(out[1].data, prefixed(&[other, p]));
    assert_eq!(
        out[2].data,
        prefixed(&[p]),
        "this one is in the init segment"
    );
}

#[test]
fn the_fields_of_a_picture_are_one_unit() {
    let Some(packets) = capture("capture-026.ts") else {
        return;
    };
    let mut demux = crate::hls::demux::Demux::default();
    let mut h264 = Splitter::new(Codec::H264);
    let (mut out, mut pes_packets) = (Vec::new(), 0);
    for packet in packets.chunks_exact(188) {
        demux.push(crate::ts::Packet::from_slice(packet).unwrap());
        while let Some(event) = demux.next() {
            match event {
                crate::hls::demux::Event::Layout(layout) => demux.adopt(layout),
                crate::hls::demux::Event::Pes { pes, .. } => {
                    pes_packets += 1;
                    h264.push(&pes, &mut out);
                }
                _ => {}
            }
        }
    }
    // FFmpeg reads pictures 40 ms apart, most of them as two fields, each in a PES packet.
    assert!(
        pes_packets > out.len(),
        "{pes_packets} PES packets, {} units",
        out.len()
    );
    assert!(out.iter().all(|u| u.stamp.is_some()));
    let steps: Vec<_> = out
        .windows(2)
        .map(|p| p[1].stamp.unwrap().dts.since(p[0].stamp.unwrap().dts))
        .collect();
    assert!(steps.len() > 5, "{steps:?}");
    let picture = crate::ts::clock::Ticks::from_millis(40);
    assert!(steps.iter().all(|step| *step == picture), "{steps:?}");
    assert_eq!(out[0].access, Access::Recovery);
}

fn capture(name: &str) -> Option<Vec<u8>> {
    let dir = std::env::var_os("HEADEND_STREAMS").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/streams"),
        std::path::PathBuf::from,
    );
    std::fs::read(dir.join(name)).ok()
}

/// An ADTS frame of AAC-LC in stereo at 48 kHz with `payload`.
fn adts(payload: &[u8]) -> Vec<u8> {
    let len = payload.len() + 7;
    let mut frame = vec![0xff, 0xf1, 0x4c, 0x80 | (len >> 11) as u8];
    frame.extend_from_slice(&[(len >> 3) as u8, ((len << 5) & 0xe0) as u8 | 0x1f, 0xfc]);
    frame.extend_from_slice(payload);
    frame
}

fn sound(ticks: u64, payload: Vec<u8>) -> Pes {
    Pes {
        stamp: stamp(ticks),
        payload,
        truncated: false,
    }
}

#[test]
fn sound_frames_run_over_pes_boundaries_and_keep_their_stamps() {
    let frames: Vec<_> = (1..=6u8).map(|i| adts(&[i; 50])).collect();
    let all = frames.concat();
    let mut aac = Splitter::new(Codec::AacAdts);
    // The second PES packet begins in frame 3, inside its header.
    let cut = frames[0].len() * 2 + 3;
    let out = units(
        &mut aac,
        &[
            sound(0, all[..cut].to_vec()),
            sound(9000, all[cut..].to_vec()),
        ],
    );
    assert_eq!(out.len(), 6);
    for (i, unit) in out.iter().enumerate() {
        assert_eq!(unit.data, [i as u8 + 1; 50]);
    }
    let stamps: Vec<_> = out.iter().map(|u| u.stamp).collect();
    assert_eq!(stamps, [stamp(0), None, None, stamp(9000), None, None]);
    assert_eq!(out[0].format.codecs, "mp4a.40.2");
    assert_eq!(out[0].format.shape, Shape::Sound { channels: 2 });
}

#[test]
fn silence_decodes_as_silence_in_every_channel_configuration() {
    use std::io::Write as _;
    for (channels, configuration) in [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (8, 7)] {
        let raw = super::aac::silence(channels).unwrap();
        let mut stream = Vec::new();
        for _ in 0..10 {
            let mut frame = adts(&raw);
            frame[2] = frame[2] & 0xfe | configuration >> 2;
            frame[3] = frame[3] & 0x3f | configuration << 6;
            stream.extend(frame);
        }
        let mut ffmpeg = std::process::Command::new("ffmpeg")
            .args(["-v", "warning", "-f", "aac", "-i", "-", "-f", "s16le", "-"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        ffmpeg.stdin.take().unwrap().write_all(&stream).unwrap();
        let out = ffmpeg.wait_with_output().unwrap();
        let complaints = String::from_utf8_lossy(&out.stderr).into_owned();
        let complaints = complaints
            .lines()
            .filter(|l| !l.contains("duration from bitrate"));
        assert_eq!(
            complaints.collect::<Vec<_>>(),
            Vec::<&str>::new(),
            "{channels} channels"
        );
        assert_eq!(out.stdout.len(), 10 * 1024 * 2 * usize::from(channels));
        assert!(out.stdout.iter().all(|b| *b == 0));
    }
    assert_eq!(super::aac::silence(7), None);
}

#[test]
fn garbage_between_sound_frames_is_skipped() {
    let mut aac = Splitter::new(Codec::AacAdts);
    let mut bytes = vec![1, 2, 0xff, 3];
    bytes.extend(adts(&[7; 20]));
    bytes.extend(adts(&[8; 20]));
    let out = units(&mut aac, &[sound(0, bytes)]);
    assert_eq!(out.iter().map(|u| u.data[0]).collect::<Vec<_>>(), [7, 8]);
    assert!(aac.faults().damaged > 0);
}

#[test]
fn sound_after_a_loss_begins_with_the_next_pes_packet() {
    let mut aac = Splitter::new(Codec::AacAdts);
    let mut cut = sound(0, [adts(&[1; 30]), adts(&[2; 30])[..20].to_vec()].concat());
    cut.truncated = true;
    let out = units(&mut aac, &[cut, sound(9000, adts(&[3; 30]))]);
    assert_eq!(out.iter().map(|u| u.data[0]).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(out[1].stamp, stamp(9000));
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_taken(packets in proptest::collection::vec(
        proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300), 0..20
    )) {
        for codec in [Codec::H264, Codec::H265, Codec::AacAdts] {
            let mut splitter = Splitter::new(codec);
            let mut out = Vec::new();
            for (i, payload) in packets.iter().enumerate() {
                let mut payload = payload.clone();
                // Make start codes and sync words common.
                for at in (0..payload.len().saturating_sub(4)).step_by(17) {
                    payload[at..at + 3].copy_from_slice(&[0, 0, 1]);
                }
                splitter.push(&Pes { stamp: stamp(0), payload, truncated: i % 3 == 0 }, &mut out);
            }
        }
    }
}
