//! A live source that becomes another one while something is made of it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::harness::{Ended, Worker, make, probe};

const SOON: Duration = Duration::from_secs(30);
const SOUND: &str = "-f lavfi -i sine=f=440:r=48000";
const H264: &str = "-c:v libx264 -g 25 -b:v 2M";

/// A stream with its picture and sound, six seconds of each part, one after the other.
fn parts(folder: &Path, parts: &[&str]) -> String {
    let part = |arguments: &&str| {
        let file = make(arguments, &folder.join("part.ts"));
        fs::read(file).expect("just made")
    };
    let all: Vec<u8> = parts.iter().flat_map(part).collect();
    let file = folder.join("all.ts");
    fs::write(&file, all).expect("room for a file");
    file.to_str().expect("a plain path").to_owned()
}

fn picture(lines: u32, codec: &str, from: u32) -> String {
    let wide = lines * 16 / 9;
    format!(
        "-f lavfi -i testsrc2=s={wide}x{lines}:r=25 {SOUND} -t 6 {codec} -output_ts_offset {from}"
    )
}

fn play(file: &str, words: &[&str]) -> Ended {
    Worker::start_on(&[&["open", "-"], words].concat(), file).wait(SOON)
}

#[test]
fn a_ladder_grows_with_its_source_and_stays_where_the_source_shrinks() {
    let folder = tempfile::tempdir().expect("a place for files");
    let words = ["--rung", "360@800000", "--rung", "180@300000"];
    let small = |from| picture(360, &format!("{H264} -c:a aac"), from);
    let large = |from| picture(720, &format!("{H264} -c:a aac"), from);
    let grows = play(&parts(folder.path(), &[&small(10), &large(16)]), &words);
    let text = grows.error();
    assert!(text.contains("shape or size has changed"), "{text}");
    let shrinks = play(&parts(folder.path(), &[&large(10), &small(16)]), &words);
    assert!(shrinks.status.success(), "{:?}", shrinks.events);
    let wide = picture(360, &format!("{H264} -c:a aac -aspect 4:3"), 16);
    let squeezed = play(&parts(folder.path(), &[&small(10), &wide]), &words);
    let text = squeezed.error();
    assert!(text.contains("shape or size has changed"), "{text}");
}

#[test]
fn a_ladder_without_anything_to_make_waits_and_shows_that_it_lives() {
    let folder = tempfile::tempdir().expect("a place for files");
    let sound = format!("{SOUND} -t 6 -c:a aac");
    let file = parts(folder.path(), &[&sound]);
    let ended = play(&file, &["--rung", "180@300000"]);
    assert!(ended.status.success(), "{:?}", ended.events);
    assert!(!ended.stdout.is_empty() && ended.stdout.len().is_multiple_of(188));
    for packet in ended.stdout.chunks(188) {
        assert_eq!(packet[..4], [0x47, 0x1f, 0xff, 0x10], "a null packet");
    }
}

#[test]
fn sound_that_was_multiplexed_after_its_picture_is_whole() {
    let streams = std::env::var("HEADEND_STREAMS").unwrap_or_else(|_| {
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/streams").to_owned()
    });
    let file = format!("{streams}/capture-026.ts");
    let frames = |stream: &[u8]| {
        let packets = probe(
            stream,
            "-select_streams a:0 -show_entries packet=pts,duration",
        );
        let packets = packets["packets"].as_array().expect("a list").clone();
        let of = |name: &str, n: usize| packets[n][name].as_f64().expect("a time");
        let apart = (1..packets.len()).map(|n| of("pts", n) - of("pts", n - 1));
        (packets.len(), apart.fold(0.0, f64::max))
    };
    let ended = play(&file, &["--transcode"]);
    let (count, gap) = frames(&ended.stdout);
    assert!(count > 40 && gap <= 1920.0, "{count} frames, {gap} ticks");
}
