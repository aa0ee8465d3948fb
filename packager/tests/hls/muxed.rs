//! Segments as MPEG-TS: the same cuts for boxes, judged by the monitor, by FFmpeg and by the packets
//! themselves.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use packager::hls::{Resume, Settings, Window};
use packager::monitor::{self, Check, Monitor};
use packager::time::Mono;
use packager::ts::continuity::Continuity;
use packager::ts::{PACKET_LEN, Packet, Pid, RawPacket};

use crate::player::Shown;
use crate::rules::{Follower, parse};
use crate::support::{Feed, capture, folder, settings, stream, text, tool, write};

const PICTURE: &str = "-f lavfi -i testsrc2=size=640x360:rate=25";
const SOUND: &str = "-f lavfi -i sine=frequency=440:sample_rate=48000";
const AAC: &str = "-c:a aac -b:a 128k -ac 2";

fn x264(options: &str) -> String {
    format!("-c:v libx264 -preset ultrafast -b:v 1500k -g 50 {options}")
}

/// Follows continuity counters over segments (R20, R21).
#[derive(Default)]
pub(crate) struct Counters(HashMap<Pid, Continuity>);

impl Counters {
    pub(crate) fn check(&mut self, path: &str, body: &[u8]) {
        let packets = packets(body);
        let mut pids = packets.iter().map(|packet| Packet::new(packet).pid());
        assert_eq!(pids.next(), Some(Pid::PAT), "R21: {path}");
        assert_eq!(pids.next().map(Pid::value), Some(0x1000), "R21: {path}");
        for packet in &packets {
            let packet = Packet::new(packet);
            let step = self.0.entry(packet.pid()).or_default().judge(packet);
            assert!(!step.is_error(), "R20: {path}, {}: {step:?}", packet.pid());
        }
    }
}

fn packets(bytes: &[u8]) -> Vec<RawPacket> {
    assert_eq!(bytes.len() % PACKET_LEN, 0, "R21: whole packets");
    let packets = bytes.chunks_exact(PACKET_LEN);
    packets.map(|p| p.try_into().unwrap()).collect()
}

/// Packages `packets`, checks every window, and gives the last one.
fn package(packets: &[RawPacket]) -> Arc<Window> {
    let mut follower = Follower::default();
    let mut feed = Feed::new(settings(), Resume::default());
    feed.run(packets, |_, window| follower.see(&window));
    feed.packager.window()
}

/// Segments of `window` by name.
fn segments(window: &Window) -> Vec<String> {
    let paths = window.paths();
    paths
        .filter(|p| p.starts_with("ts/") && p.ends_with(".ts"))
        .collect()
}

/// The segments that `window` lists in `ts/`, in a row.
pub(crate) fn joined(window: &Window) -> Vec<u8> {
    let playlist = parse(&text(window, "ts/index.m3u8"));
    let bodies = playlist.segments.iter().map(|segment| {
        let object = window.object(&format!("ts/{}", segment.uri));
        object.map_or_else(Vec::new, |object| object.body.to_vec())
    });
    bodies.flatten().collect()
}

/// What the monitor finds in `bytes`, with the time of its own PCR; what concerns tables that
/// segments of HLS do not carry is left out.
fn found(bytes: &[u8]) -> Vec<String> {
    let mut monitor = Monitor::new(monitor::Settings {
        clock: monitor::Clock::Pcr,
        ..monitor::Settings::default()
    });
    for packet in packets(bytes) {
        monitor.push(Mono::default(), &packet);
    }
    let of_si = [
        Check::NitActual,
        Check::SdtActual,
        Check::Tdt,
        Check::EitActual,
    ];
    let findings = monitor.findings();
    let findings = findings.filter(|f| !of_si.contains(&f.check));
    findings.map(|f| format!("{f:?}")).collect()
}

/// Writes the list to a folder, and gives the file of its segments in a row.
fn file(window: &Window, name: &str) -> PathBuf {
    let dir = folder(name);
    write(window, &dir);
    let file = dir.join("joined.ts");
    std::fs::write(&file, joined(window)).unwrap();
    file
}

fn frames(input: &std::path::Path) -> Vec<String> {
    let entries = "-count_frames -show_entries stream=codec_name,nb_read_frames -of csv=p=0 INPUT";
    let out = tool("ffprobe", entries, input);
    let lines = out.lines().map(|l| l.trim_end_matches(',').to_owned());
    lines.filter(|l| !l.is_empty()).collect()
}

#[test]
fn the_monitor_and_ffmpeg_find_nothing_wrong_in_segments_in_a_row() {
    let (plain, reordered) = (x264("-bf 0"), x264("-preset medium -bf 3"));
    let cases = [
        ("plain", plain.as_str(), "-metadata:s:a:0 language=vie"),
        ("reordered", &reordered, ""),
        ("wrap", &plain, "-output_ts_offset 95435"),
    ];
    for (name, video, more) in cases {
        let input = stream(&format!("{PICTURE} {SOUND} -t 21 {video} {AAC} {more}"));
        let window = package(&input);
        let findings = found(&joined(&window));
        assert!(findings.is_empty(), "{name}: {findings:#?}");
        let file = file(&window, &format!("muxed-{name}"));
        let frames = frames(&file);
        assert!(
            frames.contains(&"h264,500".to_owned()),
            "{name}: {frames:?}"
        );
        let sound = frames.iter().any(|f| f.starts_with("aac,93"));
        assert!(sound, "20 s are 937 frames: {name}: {frames:?}");
        tool("ffmpeg", "-xerror -i INPUT -f null -", &file);
    }
}

#[test]
fn a_capture_and_h265_play_from_the_list_for_boxes() {
    let x265 = "-c:v libx265 -preset ultrafast -x265-params keyint=50:min-keyint=50:scenecut=0:open-gop=0:log-level=error";
    let made = stream(&format!("{PICTURE} {SOUND} -t 13 {x265} {AAC}"));
    let cases = [
        Some((made, "hevc,300")),
        capture("capture-072.ts").map(|c| (c, "h264,200")),
    ];
    for (input, expected) in cases.into_iter().flatten() {
        let window = package(&input);
        let dir = folder(&format!("muxed-{}", &expected[..4]));
        write(&window, &dir);
        let frames = frames(&dir.join("ts.m3u8"));
        assert!(frames.contains(&expected.to_owned()), "{frames:?}");
        let findings = found(&joined(&window));
        assert!(findings.is_empty(), "{expected}: {findings:#?}");
    }
}

#[test]
fn every_sound_track_is_in_the_one_stream_with_its_language() {
    let inputs = format!("{PICTURE} {SOUND} {SOUND} -t 13 -map 0 -map 1 -map 2");
    let languages = "-metadata:s:a:0 language=vie -metadata:s:a:1 language=eng";
    let window = package(&stream(&format!("{inputs} {} {AAC} {languages}", x264(""))));
    let file = file(&window, "muxed-languages");
    let entries = "-show_entries stream=id,codec_name:stream_tags=language -of csv=p=0 INPUT";
    let out = tool("ffprobe", entries, &file);
    for stream in ["h264,0x100", "aac,0x101,vie", "aac,0x102,eng"] {
        assert!(out.contains(stream), "no {stream} in {out}");
    }
    let list = text(&window, "ts.m3u8");
    assert!(!list.contains("EXT-X-MEDIA"), "{list}");
    assert!(
        list.contains("CODECS=\"avc1.42c01e,mp4a.40.2\",RESOLUTION=640x360"),
        "{list}"
    );
}

#[test]
fn sound_alone_is_a_stream_too() {
    let window = package(&stream(&format!("{SOUND} -t 21 {AAC}")));
    let findings = found(&joined(&window));
    assert!(findings.is_empty(), "{findings:#?}");
    let frames = frames(&file(&window, "muxed-sound"));
    assert!(frames.iter().all(|f| f.starts_with("aac,93")), "{frames:?}");
}

#[test]
fn whoever_asks_gets_the_same_bytes_whatever_was_asked_before() {
    let input = stream(&format!("{PICTURE} {SOUND} -t 21 {} {AAC}", x264("")));
    let run = || {
        let mut feed = Feed::new(settings(), Resume::default());
        feed.run(&input, |_, _| {});
        feed.packager.window()
    };
    let (one, other) = (run(), run());
    let names = segments(&one);
    assert_eq!(names.len(), 10);
    let body = |window: &Window, name: &String| window.object(name).map(|o| o.body);
    let forth: Vec<_> = names.iter().map(|name| body(&one, name)).collect();
    let mut back: Vec<_> = names.iter().rev().map(|name| body(&other, name)).collect();
    back.reverse();
    assert_eq!(forth, back);
    assert!(body(&one, &names[3]) == forth[3]);
}

#[test]
fn what_nobody_asks_for_takes_no_memory_and_what_is_asked_for_is_counted() {
    let input = stream(&format!("{PICTURE} {SOUND} -t 21 {} {AAC}", x264("")));
    let (early, late) = input.split_at(input.len() * 9 / 10);
    let mut feed = Feed::new(settings(), Resume::default());
    feed.run(early, |_, _| {});
    let window = feed.packager.window();
    let fragments: u64 = window.facts().bytes;
    let bodies = window.paths().filter(|path| path.ends_with(".m4s"));
    let bodies = bodies.map(|path| window.object(&path).unwrap().body.len() as u64);
    assert_eq!(fragments, bodies.sum::<u64>());
    let made = segments(&window);
    let made = made
        .iter()
        .map(|path| window.object(path).unwrap().body.len() as u64);
    let made: u64 = made.sum();
    feed.run(late, |_, _| {});
    let window = feed.packager.window();
    assert!(window.facts().bytes > fragments + made);
}

#[test]
fn the_announced_rate_is_not_under_that_of_the_segments_and_little_over_it() {
    for rate in ["300k", "3M"] {
        let video = format!("-c:v libx264 -preset ultrafast -b:v {rate} -g 50");
        let window = package(&stream(&format!("{PICTURE} {SOUND} -t 21 {video} {AAC}")));
        let list = text(&window, "ts.m3u8");
        let (_, variants) = m3u8_rs::parse_master_playlist(list.as_bytes()).unwrap();
        let announced = variants.variants[0].bandwidth as f64;
        let playlist = parse(&text(&window, "ts/index.m3u8"));
        let rates = playlist.segments.iter().map(|segment| {
            let object = window.object(&format!("ts/{}", segment.uri)).unwrap();
            object.body.len() as f64 * 8.0 / f64::from(segment.duration)
        });
        let most = rates.fold(0.0, f64::max);
        assert!(
            (1.0..1.15).contains(&(announced / most)),
            "{announced} for {most}"
        );
    }
}

/// Two runs of a channel: a leap of the clock and another size in the first, a restart, the second.
fn eventful(settings: Settings) -> Shown {
    let made = |size: &str, more: &str| {
        let picture = format!("-f lavfi -i testsrc2=size={size}:rate=25");
        stream(&format!(
            "{picture} {SOUND} -t 20 {} {AAC} {more}",
            x264("-bf 2")
        ))
    };
    let mut shown = Shown::default();
    let mut feed = Feed::new(settings, Resume::default());
    shown.run(&mut feed, &made("640x360", ""));
    shown.run(&mut feed, &made("640x360", "-output_ts_offset 5000"));
    shown.run(&mut feed, &made("848x480", "-output_ts_offset 5020"));
    let (journal, now) = (feed.packager.journal(), feed.now);
    shown.away(now);
    let mut feed = Feed::new(settings, journal);
    feed.now = now + 3_000_000_000;
    shown.run(&mut feed, &made("640x360", ""));
    shown
}

#[test]
fn the_list_for_boxes_breaks_no_rule_over_a_leap_another_size_and_a_restart() {
    for low_latency in [false, true] {
        let shown = eventful(Settings {
            low_latency,
            ..settings()
        });
        let report = shown.judge_list("ts.m3u8");
        let broken = report.broken(&[]);
        assert!(broken.is_empty(), "{broken:#?}");
        for rule in ["R10", "R20", "R21", "R24", "R31", "R34", "R35", "R40"] {
            assert!(report.held(rule), "{rule} was not judged");
        }
    }
}

#[test]
fn a_picture_that_stops_leaves_the_sound_and_the_clock() {
    let input = stream(&format!("{PICTURE} {SOUND} -t 40 {} {AAC}", x264("-bf 2")));
    let stops = input.len() / 2..input.len() * 3 / 4;
    let cut = input.iter().enumerate();
    let cut = cut.filter(|(i, p)| !stops.contains(i) || Packet::new(p).pid().value() != 0x100);
    let window = package(&cut.map(|(_, packet)| *packet).collect::<Vec<_>>());
    assert!(text(&window, "video/index.m3u8").contains("#EXT-X-GAP"));
    let list = text(&window, "ts/index.m3u8");
    assert!(!list.contains("#EXT-X-GAP"), "{list}");
    let findings = found(&joined(&window));
    let of_clock = findings
        .iter()
        .filter(|f| f.contains("Pcr") || f.contains("Continuity"));
    assert_eq!(of_clock.count(), 0, "{findings:#?}");
}

#[test]
fn a_picture_that_stands_up_to_a_cut_breaks_no_rule() {
    let input = stream(&format!("{PICTURE} {SOUND} -t 30 {} {AAC}", x264("-bf 0")));
    let (mut pictures, mut cut) = (0, Vec::new());
    for packet in &input {
        let view = Packet::new(packet);
        let is_picture = view.pid().value() == 0x100;
        pictures += u32::from(is_picture && view.unit_start());
        // 19 pictures before an IDR.
        if !is_picture || !(532..=550).contains(&pictures) {
            cut.push(*packet);
        }
    }
    let mut shown = Shown::default();
    shown.run(&mut Feed::new(settings(), Resume::default()), &cut);
    let broken = shown.judge_list("ts.m3u8").broken(&[]);
    assert!(broken.is_empty(), "{broken:#?}");
}
