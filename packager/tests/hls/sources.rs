//! Real captures, and what HLS cannot carry.

use packager::hls::Resume;

use crate::rules::Follower;
use crate::support::{Feed, capture, folder, settings, stream, text, tool, write};

#[test]
fn a_capture_of_h264_and_aac_plays_though_its_aac_is_announced_as_mpeg_audio() {
    let Some(packets) = capture("capture-072.ts") else {
        return;
    };
    let mut follower = Follower::default();
    let mut feed = Feed::new(settings(), Resume::default());
    feed.run(&packets, |_, window| follower.see(&window));
    let window = feed.packager.window();
    assert!(window.facts().notices.is_empty());
    assert_eq!(
        (window.facts().segments, window.facts().target_duration),
        (4, 2)
    );
    let index = text(&window, "index.m3u8");
    assert!(
        index.contains("CODECS=\"avc1.64001f,mp4a.40.2\",RESOLUTION=1024x576"),
        "{index}"
    );
    let dir = folder("072");
    write(&window, &dir);
    let entries = "-count_frames -show_entries stream=codec_name,nb_read_frames -of csv=p=0 INPUT";
    let out = tool("ffprobe", entries, &dir.join("index.m3u8"));
    assert!(out.contains("h264,200"), "{out}");
    assert!(
        out.contains("aac,37"),
        "8 s of 48 kHz are 375 frames: {out}"
    );
}

#[test]
fn mpeg_2_is_refused_in_a_sentence() {
    let Some(packets) = capture("capture-025.ts") else {
        return;
    };
    let mut feed = Feed::new(settings(), Resume::default());
    feed.run(&packets, |_, _| panic!("a segment of MPEG-2"));
    let window = feed.packager.window();
    assert_eq!(
        window.facts().unavailable.as_deref(),
        Some(
            "video PID 0x1000 is MPEG-2 video, which browsers cannot play; set `transcode = true`"
        )
    );
    assert!(window.object("index.m3u8").is_none());
    assert_eq!(
        window.facts().notices.len(),
        2,
        "{:?}",
        window.facts().notices
    );
}

#[test]
fn a_picture_with_sound_that_cannot_be_carried_plays_without_it() {
    let Some(packets) = capture("capture-064.ts") else {
        return;
    };
    let mut follower = Follower::default();
    let mut feed = Feed::new(settings(), Resume::default());
    feed.run(&packets, |_, window| follower.see(&window));
    let window = feed.packager.window();
    // Its IDRs are 8.3 s apart.
    assert_eq!(
        (window.facts().segments, window.facts().target_duration),
        (1, 9)
    );
    assert_eq!(
        window.facts().notices,
        ["audio PID 0x0101 is MPEG audio, which browsers cannot play; set `transcode = true`"]
    );
    let index = text(&window, "index.m3u8");
    assert!(index.contains("CODECS=\"avc1.42c028\",RESOLUTION=1920x1080,FRAME-RATE=30.000"));
}

#[test]
fn open_gops_without_idr_play_from_recovery_points() {
    let inputs =
        "-f lavfi -i testsrc2=size=320x180:rate=25 -f lavfi -i sine=sample_rate=48000 -t 15";
    let x264 = "-c:v libx264 -preset fast -x264-params keyint=50:min-keyint=50:scenecut=0:open-gop=1:bframes=3";
    let packets = stream(&format!("{inputs} {x264} -c:a aac"));
    let mut follower = Follower::default();
    let mut feed = Feed::new(settings(), Resume::default());
    feed.run(&packets, |_, window| follower.see(&window));
    let window = feed.packager.window();
    assert_eq!(
        (window.facts().segments, window.facts().target_duration),
        (7, 2)
    );
    assert_eq!(window.facts().faults.forced_cuts, 0);
    assert!(!text(&window, "index.m3u8").contains("INDEPENDENT"));
    assert!(
        window.facts().notices[0].contains("recovery points"),
        "{:?}",
        window.facts().notices
    );
    let dir = folder("open");
    write(&window, &dir);
    let entries = "-count_frames -show_entries stream=codec_name,nb_read_frames -of csv=p=0 INPUT";
    let out = tool("ffprobe", entries, &dir.join("index.m3u8"));
    assert!(
        out.contains("h264,349"),
        "the last I picture's leading B pictures come after it: {out}"
    );
}

#[test]
fn mpeg_audio_alone_is_refused_in_a_sentence() {
    let packets = stream("-f lavfi -i sine=sample_rate=48000 -t 6 -c:a mp2");
    let mut feed = Feed::new(settings(), Resume::default());
    feed.run(&packets, |_, _| panic!("a segment of MPEG audio"));
    assert_eq!(
        feed.packager.window().facts().unavailable.as_deref(),
        Some("audio PID 0x0100 is MPEG audio, which browsers cannot play; set `transcode = true`")
    );
}

#[test]
fn sound_that_cannot_be_carried_is_named_beside_the_picture() {
    let inputs = "-f lavfi -i testsrc2=size=64x64:rate=25 -f lavfi -i sine=sample_rate=48000 -t 12";
    let packets = stream(&format!("{inputs} -c:v libx264 -g 50 -c:a ac3"));
    let mut feed = Feed::new(settings(), Resume::default());
    feed.run(&packets, |_, _| {});
    let window = feed.packager.window();
    assert_eq!(window.facts().unavailable, None);
    assert_eq!(
        window.facts().notices,
        ["audio PID 0x0101 is AC-3, which browsers cannot play; set `transcode = true`"]
    );
    assert!(text(&window, "index.m3u8").contains("CODECS=\"avc1."));
}
