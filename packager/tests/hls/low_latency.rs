//! Low latency: parts, hints, delta updates and requests that wait, under the rules' eyes.

use std::time::Duration;

use packager::hls::{Resume, Settings};
use packager::ts::{Packet, RawPacket};

use crate::player::Shown;
use crate::support::{Feed, settings, stream, text};

const PICTURE: &str = "-f lavfi -i testsrc2=size=128x72:rate=25";
const SOUND: &str = "-f lavfi -i sine=sample_rate=48000";
/// A frame of sound in each PES packet: FFmpeg else packs half a second of so thin a sound.
pub(crate) const PACKED: &str = "-pes_payload_size 200";
const CODECS: &str = "-c:v libx264 -preset ultrafast -g 50 -sc_threshold 0 -b:v 100k -c:a aac -b:a 48k -pes_payload_size 200";
const VIDEO_PID: u16 = 0x100;
const AUDIO_PID: u16 = 0x101;
const LOW: [&str; 13] = [
    "R60", "R61", "R62", "R63", "R64", "R65", "R66", "R67", "R68", "R69", "R70", "R71", "R73",
];

pub(crate) fn low() -> Settings {
    Settings {
        low_latency: true,
        ..settings()
    }
}

fn plain(seconds: u32, options: &str) -> Vec<RawPacket> {
    stream(&format!(
        "{PICTURE} {SOUND} -t {seconds} {CODECS} {options}"
    ))
}

fn pid(packet: &RawPacket) -> u16 {
    u16::from_be_bytes([packet[1], packet[2]]) & 0x1fff
}

fn shown(packets: &[RawPacket]) -> Shown {
    let mut shown = Shown::default();
    shown.run(&mut Feed::new(low(), Resume::default()), packets);
    shown
}

#[test]
fn every_rule_of_low_latency_holds_for_pictures_and_sound_of_all_rates() {
    let pictures = [
        (25, "48000", "-bf 3"),
        (30, "44100", "-bf 0"),
        (50, "48000", "-bf 2"),
    ];
    for (rate, sound, options) in pictures {
        let input = format!(
            "-f lavfi -i testsrc2=size=128x72:rate={rate} -f lavfi -i sine=sample_rate={sound}"
        );
        let codecs = format!(
            "-c:v libx264 -preset ultrafast -g {} -sc_threshold 0",
            2 * rate
        );
        let packets = stream(&format!(
            "{input} -t 60 {codecs} {options} -c:a aac {PACKED}"
        ));
        let report = shown(&packets).judge();
        assert_eq!(report.broken(&[]), Vec::<String>::new(), "{rate} Hz");
        for rule in LOW {
            assert!(report.held(rule), "{rule} at {rate} Hz");
        }
    }
}

#[test]
fn sound_that_is_far_behind_the_picture_holds_the_picture_back_evenly() {
    // As encoders with a long buffer send it: the picture comes most of a second early.
    let packets = plain(60, "-muxdelay 0");
    let (sound, picture): (Vec<RawPacket>, Vec<RawPacket>) =
        packets.iter().partition(|p| pid(p) == AUDIO_PID);
    let mut late = Vec::new();
    let share = sound.len() * 8 / 10 / 60;
    let mut at = 0;
    for (index, packet) in picture.iter().enumerate() {
        late.push(*packet);
        let due = (index * sound.len() / picture.len()).saturating_sub(share);
        late.extend(sound.get(at..due).unwrap_or_default());
        at = at.max(due);
    }
    let report = shown(&late).judge();
    assert_eq!(report.broken(&[]), Vec::<String>::new());
}

#[test]
fn a_leap_of_the_timeline_stands_before_the_first_part_and_stays_there() {
    let mut packets = plain(31, "-output_ts_offset 100");
    packets.extend(plain(31, "-output_ts_offset 5000"));
    let report = shown(&packets).judge();
    assert_eq!(report.broken(&[]), Vec::<String>::new());
}

/// A minute without the second before the picture `end`, counted in key pictures.
fn hole(end: usize) -> Vec<RawPacket> {
    let packets = plain(60, "");
    let second = packets.len() / 60;
    let mut keys = packets.iter().enumerate();
    let is_key = |p: &RawPacket| pid(p) == VIDEO_PID && Packet::new(p).random_access();
    let (key, _) = keys
        .by_ref()
        .filter(|(_, p)| is_key(p))
        .nth(end)
        .expect("a key picture");
    [&packets[..key - second], &packets[key..]].concat()
}

#[test]
fn a_hole_before_a_key_picture_is_a_discontinuity_and_no_part_is_too_long() {
    let shown = shown(&hole(15));
    let report = shown.judge();
    // While nothing comes, no part can.
    assert_eq!(report.broken(&["R64"]), Vec::<String>::new());
    let times = report.times("R64");
    assert!(times.iter().all(|t| (18.0..25.0).contains(t)), "{times:?}");
    let last = shown.windows().last().expect("windows");
    assert_eq!(last.facts().faults.leaps, 1);
}

#[test]
fn another_size_of_the_picture_stands_before_the_first_part() {
    let other = PICTURE.replace("128x72", "192x108");
    let mut packets = plain(31, "-output_ts_offset 100");
    packets.extend(stream(&format!(
        "{other} {SOUND} -t 31 {CODECS} -output_ts_offset 131.1"
    )));
    let report = shown(&packets).judge();
    assert_eq!(report.broken(&[]), Vec::<String>::new());
}

#[test]
fn sound_that_comes_in_the_middle_of_a_segment_begins_with_the_next() {
    let packets = plain(60, "");
    let late = packets.iter().enumerate();
    let late: Vec<RawPacket> = late
        .filter(|(i, p)| *i > packets.len() * 31 / 60 || pid(p) != AUDIO_PID)
        .map(|(_, p)| *p)
        .collect();
    let shown = shown(&late);
    let report = shown.judge();
    // A rendition that is new has not what was before it (R57).
    assert_eq!(report.broken(&["R57"]), Vec::<String>::new());
    let last = shown.windows().last().expect("windows");
    assert!(text(last, "audio/index.m3u8").contains("#EXT-X-PART:"));
}

#[test]
fn sound_that_stops_holds_parts_up_once_and_is_silence_part_by_part() {
    let packets = plain(60, "");
    let second = packets.len() / 60;
    let kept = packets.iter().enumerate();
    let kept = kept.filter(|(i, p)| pid(p) != AUDIO_PID || !(31 * second..41 * second).contains(i));
    let kept: Vec<RawPacket> = kept.map(|(_, p)| *p).collect();
    let report = shown(&kept).judge();
    assert_eq!(report.broken(&["R64"]), Vec::<String>::new());
    // Until it is given up.
    let times = report.times("R64");
    assert!(times.iter().all(|t| (20.0..29.0).contains(t)), "{times:?}");
}

#[test]
fn a_restart_goes_on_with_its_numbers_and_gives_no_part_twice() {
    let mut feed = Feed::new(low(), Resume::default());
    let mut shown = Shown::default();
    shown.run(&mut feed, &plain(41, ""));
    shown.away(feed.now);
    let mut again = Feed::new(low(), feed.packager.journal());
    again.now = feed.now + 3_000_000_000;
    shown.run(&mut again, &plain(41, ""));
    let report = shown.judge();
    assert_eq!(report.broken(&[]), Vec::<String>::new());
}

#[test]
fn a_delta_update_is_a_fraction_of_the_playlist() {
    let long = Settings {
        window: Duration::from_secs(120),
        ..low()
    };
    let mut feed = Feed::new(long, Resume::default());
    feed.run(&plain(150, ""), |_, _| {});
    let window = feed.packager.window();
    let directives = packager::hls::Directives::read("_HLS_skip=YES").expect("right");
    let packager::hls::Answer::Found(delta) = window.ask("video/index.m3u8", directives) else {
        panic!("no playlist");
    };
    let whole = text(&window, "video/index.m3u8");
    let delta = String::from_utf8(delta.body.to_vec()).expect("UTF-8");
    assert!(delta.contains("#EXT-X-SKIP:SKIPPED-SEGMENTS=5"), "{delta}");
    let end = delta.split_once("SKIPPED-SEGMENTS=").expect("skips").1;
    let end = end.split_once('\n').expect("a line").1;
    assert!(whole.ends_with(end), "{delta}\n{whole}");
    assert!(delta.len() * 2 < whole.len());
}
