//! FFmpeg plays what is made, frame for frame.

use std::sync::Arc;

use packager::hls::Window;
use packager::ts::RawPacket;

use crate::rules::{Follower, check_init, moofs};
use crate::support::{Feed, folder, settings, stream, text, tool, write};

const PICTURE: &str = "-f lavfi -i testsrc2=size=320x180:rate=25";
const SOUND: &str = "-f lavfi -i sine=frequency=440:sample_rate=48000";
const AAC: &str = "-c:a aac -b:a 96k -ac 2";

fn x264(options: &str) -> String {
    format!("-c:v libx264 -preset ultrafast -b:v 400k {options}")
}

/// Packages `packets`, checks every window, and gives the last one.
fn package(packets: &[RawPacket]) -> Arc<Window> {
    let mut follower = Follower::default();
    let mut feed = Feed::new(settings(), Default::default());
    feed.run(packets, |_, window| follower.see(&window));
    let window = feed.packager.window();
    for path in window.paths().filter(|p| p.contains("/init-")) {
        check_init(&window.object(&path).expect("listed").body);
    }
    window
}

/// What ffprobe decodes of each stream: `codec_name|frames`.
fn decoded(window: &Window, name: &str) -> Vec<(String, u64)> {
    let dir = folder(name);
    write(window, &dir);
    let entries = "-count_frames -show_entries stream=codec_name,nb_read_frames -of csv=p=0";
    let out = tool(
        "ffprobe",
        &format!("{entries} INPUT"),
        &dir.join("index.m3u8"),
    );
    let mut streams = Vec::new();
    for line in out.lines().filter(|l| !l.is_empty()) {
        let (codec, frames) = line.split_once(',').expect("two fields");
        let stream = (
            codec.to_owned(),
            frames.trim_end_matches(',').parse().expect("a count"),
        );
        if !streams.contains(&stream) {
            streams.push(stream);
        }
    }
    streams.sort();
    streams
}

/// Samples that the segments of a rendition hold.
fn samples(window: &Window, dir: &str) -> u64 {
    let own = |path: &String| path.starts_with(&format!("{dir}/")) && path.ends_with(".m4s");
    let bodies = window
        .paths()
        .filter(own)
        .map(|p| window.object(&p).expect("listed").body);
    let counts = bodies
        .flat_map(|b| moofs(&b))
        .map(|m| m.traf[0].trun[0].samples.len() as u64);
    counts.sum()
}

#[test]
fn h264_and_aac_play_from_the_multivariant_playlist() {
    let video = x264("-g 50 -keyint_min 50 -sc_threshold 0");
    let language = "-metadata:s:a:0 language=vie";
    let window = package(&stream(&format!(
        "{PICTURE} {SOUND} -t 21 {video} {AAC} {language}"
    )));
    assert!(window.facts().notices.is_empty());
    assert_eq!(
        (window.facts().segments, window.facts().target_duration),
        (10, 2)
    );
    assert_eq!(
        decoded(&window, "plain"),
        [
            ("aac".to_owned(), samples(&window, "audio")),
            ("h264".to_owned(), 500)
        ]
    );
    let index = text(&window, "index.m3u8");
    for part in [
        "#EXT-X-INDEPENDENT-SEGMENTS",
        "#EXT-X-MEDIA:TYPE=AUDIO,URI=\"audio/index.m3u8\",GROUP-ID=\"audio\",LANGUAGE=\"vi\",\
         NAME=\"Tiếng Việt\",DEFAULT=YES,AUTOSELECT=YES",
        "CHANNELS=\"2\"",
        "CODECS=\"avc1.42c014,mp4a.40.2\"",
        "RESOLUTION=320x180",
        "FRAME-RATE=25.000",
        ",AUDIO=\"audio\"\nvideo/index.m3u8",
    ] {
        assert!(index.contains(part), "no {part} in\n{index}");
    }
}

#[test]
fn pictures_out_of_order_keep_their_presentation_times() {
    let video = x264("-preset medium -bf 3 -g 60 -x264-params slices=4");
    let packets = stream(&format!("{PICTURE} {SOUND} -t 20 {video} {AAC}"));
    let window = package(&packets);
    let frames = samples(&window, "video");
    assert!(frames > 400, "{frames}");
    let streams = decoded(&window, "reordered");
    assert_eq!(streams[1], ("h264".to_owned(), frames));
    // Presentation times are 40 ms apart, without a hole and without a pair alike.
    let out = tool(
        "ffprobe",
        "-select_streams v -show_entries frame=pts_time -of csv=p=0 INPUT",
        &folder_of("reordered"),
    );
    let times: Vec<f64> = out
        .lines()
        .filter_map(|l| l.trim_end_matches(',').parse().ok())
        .collect();
    assert!(times.len() as u64 >= frames);
    let steps = times
        .windows(2)
        .take(frames as usize - 1)
        .map(|p| p[1] - p[0]);
    for step in steps {
        assert!((step - 0.04).abs() < 0.001, "a step of {step} s");
    }
}

fn folder_of(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("hls-{name}/index.m3u8"))
}

#[test]
fn h265_plays_and_names_its_codec() {
    let video = "-c:v libx265 -preset ultrafast -x265-params keyint=50:min-keyint=50:scenecut=0:open-gop=0:log-level=error";
    let window = package(&stream(&format!("{PICTURE} {SOUND} -t 13 {video} {AAC}")));
    let index = text(&window, "index.m3u8");
    assert!(
        index.contains("CODECS=\"hvc1.1.6.L60.90,mp4a.40.2\""),
        "{index}"
    );
    assert_eq!(
        decoded(&window, "h265")[1],
        ("hevc".to_owned(), samples(&window, "video"))
    );
    assert!(samples(&window, "video") >= 250);
}

#[test]
fn sound_alone_is_one_variant() {
    let sound = "-f lavfi -i sine=frequency=440:sample_rate=44100";
    let window = package(&stream(&format!("{sound} -t 15 -c:a aac -b:a 64k -ac 1")));
    let index = text(&window, "index.m3u8");
    assert!(
        index.contains("CODECS=\"mp4a.40.2\"\naudio/index.m3u8"),
        "{index}"
    );
    assert!(!index.contains("EXT-X-MEDIA:"), "{index}");
    assert!(samples(&window, "audio") > 13 * 43);
    assert_eq!(
        decoded(&window, "sound"),
        [("aac".to_owned(), samples(&window, "audio"))]
    );
}

#[test]
fn a_picture_alone_is_one_variant() {
    let window = package(&stream(&format!("{PICTURE} -t 13 {}", x264("-g 25"))));
    let index = text(&window, "index.m3u8");
    assert!(!index.contains("AUDIO"), "{index}");
    assert_eq!(
        decoded(&window, "picture"),
        [("h264".to_owned(), samples(&window, "video"))]
    );
    assert!(samples(&window, "video") >= 300);
}

#[test]
fn each_sound_track_is_a_rendition_with_its_language() {
    let inputs = format!("{PICTURE} {SOUND} {SOUND} {SOUND} -t 13 -map 0 -map 1 -map 2 -map 3");
    let languages =
        "-metadata:s:a:0 language=vie -metadata:s:a:1 language=eng -metadata:s:a:2 language=eng";
    let window = package(&stream(&format!(
        "{inputs} {} {AAC} {languages}",
        x264("-g 50")
    )));
    let index = text(&window, "index.m3u8");
    for part in [
        "audio/index.m3u8\",GROUP-ID=\"audio\",LANGUAGE=\"vi\",NAME=\"Tiếng Việt\",DEFAULT=YES",
        "audio-2/index.m3u8\",GROUP-ID=\"audio\",LANGUAGE=\"en\",NAME=\"English\"",
        "audio-3/index.m3u8\",GROUP-ID=\"audio\",LANGUAGE=\"en\",NAME=\"English 2\"",
    ] {
        assert!(index.contains(part), "no {part} in\n{index}");
    }
    assert_eq!(index.matches("DEFAULT=YES").count(), 1);
    assert_eq!(
        decoded(&window, "languages").last().map(|s| s.0.as_str()),
        Some("h264")
    );
}

#[test]
fn time_stamps_that_wrap_go_on() {
    // 2^33 / 90,000 = 95,443.7 s.
    let offset = "-output_ts_offset 95435";
    let packets = stream(&format!(
        "{PICTURE} {SOUND} -t 21 {} {AAC} {offset}",
        x264("-g 50")
    ));
    let window = package(&packets);
    assert_eq!(window.facts().faults.leaps, 0);
    assert!(!text(&window, "video/index.m3u8").contains("#EXT-X-DISCONTINUITY\n"));
    assert_eq!(decoded(&window, "wrap")[1].1, samples(&window, "video"));
    assert!(samples(&window, "video") >= 475);
}
