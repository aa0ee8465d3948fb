//! What sources do wrong: leaps, losses, silence, changes of format and tables, and hostile bytes.

use std::sync::Arc;

use packager::hls::{Resume, Window};
use packager::ts::{PACKET_LEN, RawPacket};

use crate::rules::{Follower, parse, starts};
use crate::support::{Feed, assemble, folder, settings, stream, text, tool, write};

const PICTURE: &str = "-f lavfi -i testsrc2=size=128x72:rate=25";
const SOUND: &str = "-f lavfi -i sine=sample_rate=48000";
const CODECS: &str =
    "-c:v libx264 -preset ultrafast -g 25 -sc_threshold 0 -b:v 100k -c:a aac -b:a 48k";
const VIDEO_PID: u16 = 0x100;
const AUDIO_PID: u16 = 0x101;

fn plain(seconds: u32, options: &str) -> Vec<RawPacket> {
    stream(&format!(
        "{PICTURE} {SOUND} -t {seconds} {CODECS} {options}"
    ))
}

fn pid(packet: &RawPacket) -> u16 {
    u16::from_be_bytes([packet[1], packet[2]]) & 0x1fff
}

/// Packages `packets` under the rules' eyes.
fn package(packets: &[RawPacket]) -> (Arc<Window>, Follower) {
    let mut follower = Follower::default();
    let mut feed = Feed::new(settings(), Resume::default());
    feed.run(packets, |_, window| follower.see(&window));
    (feed.packager.window(), follower)
}

fn discontinuities(window: &Window, dir: &str) -> usize {
    let playlist = parse(&text(window, &format!("{dir}/index.m3u8")));
    playlist.segments.iter().filter(|s| s.discontinuity).count()
}

fn gaps(window: &Window, dir: &str) -> usize {
    text(window, &format!("{dir}/index.m3u8"))
        .matches("#EXT-X-GAP")
        .count()
}

/// When each listed segment of the picture begins by the playlist, on the first one's media time.
fn planned(window: &Window) -> Vec<f64> {
    let playlist = parse(&text(window, "video/index.m3u8"));
    let mut at = starts(window, "video", 90_000.0)[0].1;
    let mut planned = Vec::new();
    for segment in &playlist.segments {
        if !segment.unknown_tags.iter().any(|t| t.tag == "X-GAP") {
            planned.push(at);
        }
        at += f64::from(segment.duration);
    }
    planned
}

#[test]
fn a_leap_of_the_timeline_is_one_discontinuity_in_all_renditions() {
    for offset in ["500", "12", "0.1", "95435"] {
        let mut packets = plain(11, "-output_ts_offset 100");
        packets.extend(plain(11, &format!("-output_ts_offset {offset}")));
        let (window, _) = package(&packets);
        assert_eq!(window.facts().faults.leaps, 1, "to {offset} s");
        for dir in ["video", "audio"] {
            assert_eq!(discontinuities(&window, dir), 1, "{dir}, to {offset} s");
        }
        assert_eq!(
            gaps(&window, "audio") + gaps(&window, "video"),
            0,
            "to {offset} s"
        );
        let video = starts(&window, "video", 90_000.0);
        let audio = starts(&window, "audio", 48_000.0);
        for ((number, picture), (_, sound)) in video.iter().zip(&audio) {
            let apart = sound - picture;
            assert!(
                apart.abs() < 0.022,
                "to {offset} s, number {number}: sound {apart} s after the picture"
            );
        }
        // 5.x segments before and after, the open one of each included or left.
        assert!(window.facts().segments >= 10, "{:?}", window.facts());
    }
}

#[test]
fn a_small_step_ahead_is_no_discontinuity() {
    let mut packets = plain(10, "-output_ts_offset 100");
    packets.extend(plain(10, "-output_ts_offset 110.7"));
    let (window, _) = package(&packets);
    assert_eq!(window.facts().faults.leaps, 0);
    assert_eq!(discontinuities(&window, "video"), 0);
}

#[test]
fn sound_that_stops_is_silence_and_the_picture_goes_on() {
    let packets = plain(40, "");
    let half = packets.len() / 2;
    let cut = packets.iter().enumerate();
    let cut: Vec<_> = cut
        .filter(|(i, p)| *i < half || *i > half + half / 2 || pid(p) != AUDIO_PID)
        .map(|(_, p)| *p)
        .collect();
    let mut follower = Follower::default();
    let mut feed = Feed::new(settings(), Resume::default());
    let mut notices = Vec::new();
    feed.run(&cut, |_, window| {
        follower.see(&window);
        notices.extend(window.facts().notices.clone());
    });
    let window = feed.packager.window();
    assert_eq!(gaps(&window, "video") + gaps(&window, "audio"), 0);
    let silent = window.facts().faults.gaps;
    assert!((3..=5).contains(&silent), "{silent} segments for 10 s");
    notices.dedup();
    assert_eq!(
        notices,
        ["audio PID 0x0101 has stopped: viewers hear silence"]
    );
    assert!(window.facts().notices.is_empty(), "the sound is back");
    assert_eq!(window.facts().faults.forced_cuts, 0);
    assert!(window.facts().segments >= 14);
    // The samples decode, and there are as many as the time needs.
    let files = assemble(&window, "audio", &folder("silence"));
    let probe = "-count_frames -show_entries stream=nb_read_frames -of csv=p=0 INPUT";
    let frames: f64 = tool("ffprobe", probe, &files[0])
        .trim()
        .parse()
        .expect("a count");
    let playlist = parse(&text(&window, "audio/index.m3u8"));
    let seconds: f32 = playlist.segments.iter().map(|s| s.duration).sum();
    assert!(
        (frames * 1024.0 / 48_000.0 - f64::from(seconds)).abs() < 0.1,
        "{frames}, {seconds}"
    );
}

#[test]
fn a_picture_that_stops_leaves_gaps_and_the_sound_goes_on() {
    let packets = plain(40, "");
    let half = packets.len() / 2;
    let cut: Vec<_> = packets
        .iter()
        .enumerate()
        .filter(|(i, p)| *i < half || *i > half + half / 2 || pid(p) != VIDEO_PID)
        .map(|(_, p)| *p)
        .collect();
    let (window, _) = package(&cut);
    assert_eq!(gaps(&window, "audio"), 0);
    let lost = gaps(&window, "video");
    assert!(
        (2..=5).contains(&lost),
        "{lost} segments of picture for 10 s"
    );
    let last = text(&window, "video/index.m3u8");
    assert!(
        last.rfind("#EXT-X-GAP") < last.rfind("#EXTINF:2."),
        "{last}"
    );
    assert!(window.facts().segments >= 14, "{:?}", window.facts());
    // Where it comes back a segment begins, or players would lose their place.
    for ((number, picture), at) in starts(&window, "video", 90_000.0)
        .iter()
        .zip(planned(&window))
    {
        assert!(
            (picture - at).abs() < 0.05,
            "number {number} begins at {picture}, not {at}"
        );
    }
    let dir = folder("stopped");
    write(&window, &dir);
    tool(
        "ffprobe",
        "-count_frames INPUT",
        &dir.join("audio/index.m3u8"),
    );
}

#[test]
fn a_picture_that_never_comes_is_left_out_and_named() {
    let packets: Vec<_> = plain(20, "")
        .into_iter()
        .filter(|p| pid(p) != VIDEO_PID)
        .collect();
    let (window, _) = package(&packets);
    let index = text(&window, "index.m3u8");
    assert!(
        index.contains("CODECS=\"mp4a.40.2\"\naudio/index.m3u8"),
        "{index}"
    );
    assert_eq!(
        window.facts().notices,
        ["video PID 0x0100 is announced, but no picture comes"]
    );
}

#[test]
fn sound_that_never_comes_is_left_out_and_named() {
    let packets: Vec<_> = plain(20, "")
        .into_iter()
        .filter(|p| pid(p) != AUDIO_PID)
        .collect();
    let (window, _) = package(&packets);
    assert!(!text(&window, "index.m3u8").contains("AUDIO"));
    assert_eq!(
        window.facts().notices,
        ["audio PID 0x0101 is announced, but no sound comes"]
    );
    assert!(window.facts().segments >= 7);
}

#[test]
fn sound_that_comes_late_joins_with_a_discontinuity() {
    let packets = plain(30, "");
    let third = packets.len() / 3;
    let packets = packets.iter().enumerate();
    let packets: Vec<_> = packets
        .filter(|(i, p)| *i > third || pid(p) != AUDIO_PID)
        .map(|(_, p)| *p)
        .collect();
    let mut follower = Follower::default();
    let mut feed = Feed::new(settings(), Resume::default());
    let mut variants = Vec::new();
    feed.run(&packets, |_, window| {
        variants.push(text(&window, "index.m3u8").contains("audio/index.m3u8"));
        if variants.iter().all(|v| !v) {
            follower.see(&window);
        }
    });
    let window = feed.packager.window();
    assert!(!variants[0] && *variants.last().unwrap());
    assert_eq!(discontinuities(&window, "video"), 1);
    let video = parse(&text(&window, "video/index.m3u8"));
    let audio = parse(&text(&window, "audio/index.m3u8"));
    assert!(audio.segments[0].discontinuity);
    assert_eq!(
        video.media_sequence + video.segments.len() as u64,
        audio.media_sequence + audio.segments.len() as u64,
        "numbers go together"
    );
    assert!(audio.media_sequence > 3);
}

#[test]
fn another_resolution_is_a_discontinuity_with_its_own_init_segment() {
    let mut packets = plain(10, "-output_ts_offset 100");
    let other = "-f lavfi -i testsrc2=size=160x90:rate=25";
    let offset = "-output_ts_offset 110";
    packets.extend(stream(&format!("{other} {SOUND} -t 10 {CODECS} {offset}")));
    let (window, _) = package(&packets);
    assert_eq!(window.facts().faults.leaps, 0);
    assert_eq!(discontinuities(&window, "video"), 1);
    assert_eq!(discontinuities(&window, "audio"), 1, "R52");
    assert_eq!(
        text(&window, "video/index.m3u8")
            .matches("#EXT-X-MAP")
            .count(),
        2
    );
    assert!(text(&window, "index.m3u8").contains("RESOLUTION=160x90"));
    let files = assemble(&window, "video", &folder("resolution"));
    assert_eq!(files.len(), 2);
    let probe = "-count_frames -show_entries stream=width,nb_read_frames -of csv=p=0 INPUT";
    // The splice has a jump of the continuity counter, which costs the picture before it.
    assert_eq!(tool("ffprobe", probe, &files[0]).trim(), "128,249");
    let second = tool("ffprobe", probe, &files[1]);
    assert!(second.starts_with("160,2"), "{second}");
}

#[test]
fn another_sampling_rate_costs_at_most_the_sound_up_to_the_next_idr() {
    let mut packets = plain(10, "-output_ts_offset 100");
    let other = "-f lavfi -i sine=sample_rate=32000";
    packets.extend(stream(&format!(
        "{PICTURE} {other} -t 10 {CODECS} -output_ts_offset 110"
    )));
    let (window, _) = package(&packets);
    assert_eq!(discontinuities(&window, "audio"), 1);
    assert_eq!(gaps(&window, "audio"), 0);
    assert_eq!(
        text(&window, "audio/index.m3u8")
            .matches("#EXT-X-MAP")
            .count(),
        2
    );
}

#[test]
fn another_pmt_arranges_the_renditions_anew() {
    let mut packets = plain(10, "-output_ts_offset 100");
    let two = "-map 0 -map 1 -map 2 -metadata:s:a:1 language=eng -output_ts_offset 110";
    packets.extend(stream(&format!(
        "{PICTURE} {SOUND} {SOUND} -t 10 {CODECS} {two}"
    )));
    packets.extend(plain(10, "-output_ts_offset 120"));
    let mut feed = Feed::new(settings(), Resume::default());
    let mut tracks = Vec::new();
    feed.run(&packets, |_, window| {
        tracks.push(text(&window, "index.m3u8").matches("TYPE=AUDIO").count());
    });
    tracks.dedup();
    assert_eq!(tracks, [1, 2, 1]);
    let window = feed.packager.window();
    assert_eq!(discontinuities(&window, "video"), 2);
    assert!(window.object("audio-2/index.m3u8").is_none(), "R44");
    let kept = window.paths().filter(|p| p.starts_with("audio-2/")).count();
    assert!(kept > 3, "what was listed can still be fetched");
}

#[test]
fn a_pmt_that_flaps_neither_grows_nor_stops_the_channel() {
    let one = plain(20, "-output_ts_offset 100");
    let other = stream(&format!(
        "{PICTURE} {SOUND} {SOUND} -t 3 {CODECS} -map 0 -map 1 -map 2 -output_ts_offset 100"
    ));
    let pmt = |packets: &[RawPacket]| *packets.iter().find(|p| pid(p) == 0x1000).unwrap();
    let (a, b) = (pmt(&one), pmt(&other));
    let mut packets = Vec::new();
    for (i, packet) in one.iter().enumerate() {
        packets.push(*packet);
        let mut table = if i % 2 == 0 { a } else { b };
        table[3] = table[3] & 0xf0 | (i % 16) as u8;
        packets.push(table);
    }
    let mut feed = Feed::new(settings(), Resume::default());
    feed.run(&packets, |_, window| assert!(window.paths().count() < 200));
}

#[test]
fn lost_packets_cost_their_pictures_and_nothing_more() {
    let mut packets = plain(30, "");
    let mut i = 0;
    packets.retain(|_| {
        i += 1;
        i % 97 != 0
    });
    let (window, _) = package(&packets);
    assert!(window.facts().segments >= 12, "{:?}", window.facts());
    assert!(
        window.facts().faults.truncated > 20,
        "{:?}",
        window.facts().faults
    );
    assert_eq!(window.facts().faults.leaps, 0);
}

#[test]
fn ten_thousand_mutations_never_panic_nor_grow_without_bound() {
    let clean = plain(20, "");
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 11).unwrap_or(0) % below
    };
    let mut mutations = 0;
    for _ in 0..12 {
        let mut packets = clean.clone();
        for _ in 0..850 {
            let at = random(packets.len());
            mutations += 1;
            match random(6) {
                0 => drop(packets.remove(at)),
                1 => packets.insert(at, packets[random(packets.len())]),
                2 => packets[at][random(PACKET_LEN)] ^= 1 << random(8),
                3 => packets[at][4..].fill(random(256) as u8),
                4 => packets[at] = std::array::from_fn(|_| random(256) as u8),
                _ => {
                    let other = random(packets.len());
                    packets.swap(at, other);
                }
            }
        }
        let mut feed = Feed::new(settings(), Resume::default());
        feed.run(&packets, |_, window| {
            assert!(window.paths().count() < 4000 && window.facts().bytes < 64 << 20);
        });
    }
    assert!(mutations > 10_000);
}

#[test]
fn an_endless_pes_packet_is_capped() {
    let mut packets = plain(5, "");
    let mut endless = *packets.iter().rfind(|p| pid(p) == VIDEO_PID).unwrap();
    endless[1] &= !0x40;
    endless[3] = 0x10 | endless[3] & 0x0f;
    for _ in 0..60_000 {
        endless[3] = 0x10 | (endless[3] + 1) & 0x0f;
        packets.push(endless);
    }
    let mut feed = Feed::new(settings(), Resume::default());
    feed.run(&packets, |_, _| {});
    feed.now += 2_000_000_000;
    feed.run(&packets[..1], |_, _| {});
    let window = feed.packager.window();
    assert_eq!(window.facts().faults.oversize, 1, "11 MB in one PES packet");
}

#[test]
fn scrambled_packets_are_named() {
    let mut packets = plain(10, "");
    for packet in packets
        .iter_mut()
        .filter(|p| pid(p) >= VIDEO_PID && pid(p) <= AUDIO_PID)
    {
        packet[3] |= 0x80;
    }
    let mut feed = Feed::new(settings(), Resume::default());
    feed.run(&packets, |_, _| panic!("a segment of nothing"));
    let facts = feed.packager.window().facts().clone();
    assert!(
        facts.notices[0].contains("PID 0x0100 is scrambled"),
        "{:?}",
        facts.notices
    );
}
