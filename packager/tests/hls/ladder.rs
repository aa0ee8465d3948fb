//! A ladder beside the programme: variants, what comes late, what dies and comes back.

use std::sync::Arc;

use m3u8_rs::MasterPlaylist;
use packager::hls::{Change, Ladder, Packager, Resume, Window};
use packager::time::Wall;
use packager::ts::{Packet, RawPacket};

use crate::rules::{Follower, parse};
use crate::support::{START, settings, stream, text};

/// A picture of so many lines with an IDR each second, at the time of all the others.
fn picture(lines: u32, codec: &str, more: &str) -> Vec<RawPacket> {
    let source = format!("-f lavfi -i testsrc2=size={lines}x{lines}:rate=25 {more}");
    let idr = "-g 25 -sc_threshold 0 -bf 0";
    stream(&format!(
        "{source} -t 60 -c:v {codec} {idr} -b:v {lines}k {TIME}"
    ))
}

const TIME: &str = "-avoid_negative_ts disabled -muxdelay 0 -muxpreload 0 -output_ts_offset 10";
/// The PID of the sound alone.
const SOUND_ALONE: u16 = 0x1f00;
const H264: &str = "libx264 -preset ultrafast";

/// The programme: a picture of 128 lines and a sound.
fn programme(codec: &str) -> Vec<RawPacket> {
    let sound = "-f lavfi -i sine=sample_rate=48000 -c:a aac -b:a 64k";
    picture(128, codec, sound)
}

fn rung(place: u32, lines: u32) -> Vec<RawPacket> {
    picture(lines, H264, &format!("-streamid 0:{}", 0x1e00 + place))
}

fn sound_alone() -> Vec<RawPacket> {
    let source = "-f lavfi -i sine=sample_rate=48000 -t 60 -c:a aac -b:a 32k";
    stream(&format!("{source} -streamid 0:{SOUND_ALONE} {TIME}"))
}

/// Milliseconds since the first packet's, by the PCR.
fn timed(packets: Vec<RawPacket>) -> Vec<(i64, RawPacket)> {
    let mut at = 0;
    let timed = packets.into_iter().map(|packet| {
        if let Some(pcr) = Packet::new(&packet).pcr() {
            at = i64::try_from(pcr.base()).expect("33 bits") / 90 - 10_000;
        }
        (at, packet)
    });
    timed.collect()
}

/// A channel with its ladder, fed in the order of time.
struct Channel {
    packager: Packager,
    follower: Follower,
    /// When each segment was shown, ms.
    shown: Vec<i64>,
    windows: Vec<(i64, Arc<Window>)>,
}

impl Channel {
    fn new(pictures: &[u32], sound: bool) -> Self {
        let ladder = Ladder {
            pictures: pictures.to_vec(),
            sound,
        };
        Self {
            packager: Packager::with_ladder(settings(), Resume::default(), ladder),
            follower: Follower::default(),
            shown: Vec::new(),
            windows: Vec::new(),
        }
    }

    /// `rungs` come `late` ms after what they are made of, but for the pictures of `away`, ms, whose
    /// loss is told.
    fn run(
        &mut self,
        own: Vec<RawPacket>,
        rungs: Vec<Vec<RawPacket>>,
        late: i64,
        away: std::ops::Range<i64>,
    ) {
        let mut all: Vec<_> = timed(own)
            .into_iter()
            .map(|(at, p)| (at, false, p))
            .collect();
        // The sound alone is made by another.
        let is_made = |at: i64, p: &RawPacket| {
            !away.contains(&at) || Packet::new(p).pid().value() == SOUND_ALONE
        };
        for rung in rungs {
            let there = timed(rung).into_iter().filter(|(at, p)| is_made(*at, p));
            all.extend(there.map(|(at, p)| (at + late, true, p)));
        }
        all.sort_by_key(|(at, ..)| *at);
        let mut told = away.is_empty();
        for (at, is_rung, packet) in all {
            let now = Wall::from_unix_nanos(START + at * 1_000_000);
            if !told && at >= away.start + late {
                told = true;
                let change = self.packager.lose_rungs(now, false);
                self.see(at, change);
            }
            let change = match is_rung {
                true => self.packager.push_rung(now, &packet),
                false => self.packager.push(now, &packet),
            };
            self.see(at, change);
        }
    }

    fn see(&mut self, at: i64, change: Change) {
        if change == Change::Segment {
            let window = self.packager.window();
            self.follower.see(&window);
            self.shown.push(at);
            self.windows.push((at, window));
        }
    }

    /// The longest wait for a segment, ms.
    fn longest_wait(&self) -> i64 {
        let waits = self.shown.windows(2).map(|pair| pair[1] - pair[0]);
        waits.max().expect("segments")
    }
}

fn master(window: &Window) -> MasterPlaylist {
    let index = text(window, "index.m3u8");
    m3u8_rs::parse_master_playlist(index.as_bytes())
        .unwrap_or_else(|_| panic!("R01: {index}"))
        .1
}

fn variants(window: &Window) -> Vec<String> {
    let uris = master(window).variants.into_iter().map(|v| v.uri);
    uris.map(|uri| uri.replace("/index.m3u8", "")).collect()
}

/// Which of the segments listed are gaps.
fn gaps(window: &Window, dir: &str) -> Vec<bool> {
    let playlist = parse(&text(window, &format!("{dir}/index.m3u8")));
    let is_gap = |s: &m3u8_rs::MediaSegment| s.unknown_tags.iter().any(|t| t.tag == "X-GAP");
    playlist.segments.iter().map(is_gap).collect()
}

#[test]
fn each_rung_is_a_variant_with_the_rates_and_the_size_that_it_has() {
    let mut channel = Channel::new(&[128, 96, 64], true);
    let rungs = vec![rung(1, 96), rung(2, 64), sound_alone()];
    channel.run(programme(H264), rungs, 500, 0..0);
    let first = &channel.windows[0].1;
    let all = ["video", "video-96p", "video-64p", "audio-only"];
    assert_eq!(variants(first), all, "from the first playlist on");
    let window = channel.packager.window();
    let facts = window.facts();
    assert_eq!(facts.notices, Vec::<String>::new());
    assert_eq!((facts.discontinuity_sequence, facts.faults.gaps), (0, 0));
    assert_eq!(facts.faults.misplaced + facts.faults.off_line, 0);
    let master = master(&window);
    let size = |v: &m3u8_rs::VariantStream| v.resolution.map(|r| r.height);
    let sizes: Vec<_> = master.variants.iter().map(size).collect();
    assert_eq!(sizes, [Some(128), Some(96), Some(64), None]);
    for variant in &master.variants {
        let picture = variant.resolution.is_some();
        let codecs = variant.codecs.as_deref().expect("R56");
        assert_eq!(codecs.contains("avc1"), picture, "{codecs}");
        assert!(codecs.contains("mp4a.40.2"), "{codecs}");
        assert_eq!(variant.audio.is_some(), picture);
        assert_eq!(variant.frame_rate, picture.then_some(25.0));
        assert!(variant.average_bandwidth <= Some(variant.bandwidth));
    }
    let rates: Vec<_> = master.variants.iter().map(|v| v.bandwidth).collect();
    assert!(rates.is_sorted_by(|a, b| a > b), "{rates:?}");
    let text = |dir: &str| text(&window, &format!("{dir}/index.m3u8"));
    let begins = |dir: &str| text(dir).matches("EXT-X-PROGRAM-DATE-TIME").count();
    assert!(all.iter().all(|dir| begins(dir) == begins("video")));
    assert!(channel.longest_wait() <= 3_000, "R33");
}

#[test]
fn pictures_that_are_no_longer_made_leave_gaps_and_hold_nobody_up() {
    let mut channel = Channel::new(&[64], true);
    let rungs = vec![rung(0, 64), sound_alone()];
    // The maker of pictures alone dies, in the middle of a group of pictures; so it comes back.
    let own = programme(H264);
    let mut all = Channel::new(&[64], true);
    all.run(own.clone(), rungs.clone(), 500, 21_300..35_700);
    channel.run(own, vec![rung(0, 64)], 500, 21_300..35_700);
    for channel in [&all, &channel] {
        let window = channel.packager.window();
        let facts = window.facts();
        assert_eq!(facts.discontinuity_sequence, 0);
        assert!(!text(&window, "video/index.m3u8").contains("DISCONTINUITY\n"));
        for dir in ["video", "audio"] {
            assert!(!gaps(&window, dir).contains(&true), "{dir}");
        }
        let gaps = gaps(&window, "video-64p");
        assert!(
            gaps.contains(&true) && gaps.last() == Some(&false),
            "{gaps:?}"
        );
        assert!(channel.longest_wait() <= 3_000, "R33: {:?}", channel.shown);
        let at = |ms: i64| {
            &channel
                .windows
                .iter()
                .find(|(at, _)| *at > ms)
                .expect("on air")
                .1
        };
        assert!(
            !variants(at(27_000)).contains(&"video-64p".to_owned()),
            "it is away"
        );
        assert!(
            variants(at(42_000)).contains(&"video-64p".to_owned()),
            "it is back"
        );
        let notices = &at(27_000).facts().notices;
        assert!(notices[0].contains("64 lines is not made"), "{notices:?}");
    }
}

/// R20: what is there of the segment would end too early, and the next one begin elsewhere.
#[test]
fn a_rung_that_breaks_off_in_the_middle_of_a_segment_and_is_back_by_the_next_leaves_one_gap() {
    let (own, smaller) = (programme(H264), rung(0, 64));
    // In the first and in the second half of a segment.
    for away in [20_300..20_900, 21_300..21_900] {
        let mut channel = Channel::new(&[64], false);
        channel.run(own.clone(), vec![smaller.clone()], 500, away);
        let during = channel.windows.iter().find(|(at, _)| *at > 27_000);
        let during = &during.expect("on air").1;
        let gaps = gaps(during, "video-64p");
        assert_eq!(gaps.iter().filter(|gap| **gap).count(), 1, "{gaps:?}");
        assert_eq!(gaps.last(), Some(&false), "it is back");
        assert!(channel.longest_wait() <= 3_000, "R33: {:?}", channel.shown);
    }
}

#[test]
fn rungs_that_come_too_late_are_left_out_and_the_programme_goes_on() {
    let mut channel = Channel::new(&[64], false);
    channel.run(programme(H264), vec![rung(0, 64)], 6_000, 0..0);
    let window = channel.packager.window();
    assert_eq!(variants(&window), ["video"]);
    assert!(!gaps(&window, "video").contains(&true));
    let steady = channel
        .shown
        .windows(2)
        .skip(1)
        .map(|pair| pair[1] - pair[0]);
    assert!(steady.max() <= Some(3_000), "R33: {:?}", channel.shown);
}

#[test]
fn a_picture_that_hls_cannot_carry_has_its_ladder_in_its_stead() {
    let mut channel = Channel::new(&[96, 64], true);
    let rungs = vec![rung(0, 96), rung(1, 64), sound_alone()];
    channel.run(programme("mpeg2video"), rungs, 500, 21_300..35_700);
    let window = channel.packager.window();
    assert_eq!(variants(&window), ["video-96p", "video-64p", "audio-only"]);
    assert_eq!(window.facts().unavailable, None);
    assert_eq!(window.facts().notices, Vec::<String>::new());
    let audio = gaps(&window, "audio");
    assert!(!audio.contains(&true), "{audio:?}");
    let picture = gaps(&window, "video-64p");
    assert!(
        picture.contains(&true) && picture.last() == Some(&false),
        "{picture:?}"
    );
}

#[test]
fn a_picture_larger_than_the_ladder_is_named_only_where_no_rung_is() {
    let mut channel = Channel::new(&[96], false);
    channel.run(programme(H264), vec![rung(0, 96)], 500, 21_300..90_000);
    let (first, last) = (&channel.windows[0].1, channel.packager.window());
    assert_eq!(variants(first), ["video-96p"]);
    assert_eq!(variants(&last), ["video"]);
}

#[test]
fn the_programmes_own_pids_may_be_those_of_rungs() {
    let sound =
        "-f lavfi -i sine=sample_rate=48000 -c:a aac -b:a 64k -streamid 0:7681 -streamid 1:7936";
    let own = picture(128, H264, sound);
    let mut channel = Channel::new(&[128, 64], true);
    channel.run(own, vec![rung(1, 64), sound_alone()], 500, 0..0);
    let window = channel.packager.window();
    assert_eq!(variants(&window), ["video", "video-64p", "audio-only"]);
    assert_eq!(window.facts().faults.misplaced, 0);
}
