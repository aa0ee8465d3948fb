//! The test picture, judged by ffprobe and by what ffmpeg decodes of it.

use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::harness::{Ended, Worker, command, probe, run, scan};
use nix::sys::resource::{UsageWho, getrusage};
use serde_json::Value;

const NAME: &str = "Họp Chính phủ – Trung ương";

fn picture(name: &str, size: (u32, u32), seconds: u32) -> Ended {
    let worker = Worker::start(&[
        "test-picture",
        "--name",
        name,
        "--width",
        &size.0.to_string(),
        "--height",
        &size.1.to_string(),
        "--rate",
        "25",
        "--bitrate",
        "3000000",
        "--seconds",
        &seconds.to_string(),
    ]);
    let ended = worker.wait(Duration::from_secs(u64::from(seconds) + 10));
    assert_eq!(ended.status.code(), Some(0), "{:?}", ended.events);
    assert!(ended.of_kind("warning").is_empty(), "{:?}", ended.events);
    ended
}

#[test]
fn the_picture_is_what_was_asked_in_real_time_and_cheap() {
    let before = Instant::now();
    let stream = picture(NAME, (1280, 720), 5).stdout;
    let took = before.elapsed();
    let cpu = getrusage(UsageWho::RUSAGE_CHILDREN).expect("own children");
    let spent = [cpu.user_time(), cpu.system_time()].map(|time| {
        Duration::from_secs(time.tv_sec() as u64) + Duration::from_micros(time.tv_usec() as u64)
    });
    let load = (spent[0] + spent[1]).as_secs_f64() / 5.0;
    println!("{:.1} % of a core for 720p25", load * 100.0);
    assert!(took > Duration::from_millis(4800), "{took:?}");
    assert!(load < 0.4, "{load}");

    let facts = probe(&stream, "-show_streams -show_programs");
    let tags = &facts["programs"][0]["tags"];
    assert_eq!(tags["service_name"], NAME);
    assert_eq!(tags["service_provider"], "headend");
    let [video, audio] = [0, 1].map(|index| facts["streams"][index].clone());
    for (key, value) in [
        ("codec_name", "h264"),
        ("profile", "High"),
        ("pix_fmt", "yuv420p"),
        ("r_frame_rate", "25/1"),
        ("field_order", "progressive"),
    ] {
        assert_eq!(video[key], value, "{key}");
    }
    assert_eq!(
        (&video["width"], &video["height"]),
        (&1280.into(), &720.into())
    );
    assert_eq!(video["has_b_frames"], 0);
    assert_eq!(
        (&audio["codec_name"], &audio["profile"]),
        (&"aac".into(), &"LC".into())
    );
    assert_eq!(
        (&audio["sample_rate"], &audio["channels"]),
        (&"48000".into(), &2.into())
    );

    let figures = scan(&stream);
    assert_eq!(figures.continuity_errors, 0);
    assert!(figures.pcr_gap < 40.1, "{figures:?}");
    assert!(
        figures.lead.0 > 300.0 && figures.lead.1 < 700.0,
        "{figures:?}"
    );
    let rate = stream.len() as f64 * 8.0 / 5.0;
    assert!((3.0e6..3.4e6).contains(&rate), "{rate} bit/s");
}

#[test]
fn an_idr_begins_each_second_and_the_time_is_the_wall_clocks() {
    let stream = picture(NAME, (640, 360), 3).stdout;
    let packets = probe(&stream, "-select_streams v -show_entries packet=pts,flags");
    let packets = packets["packets"].as_array().expect("a list").clone();
    assert_eq!(packets.len(), 75);
    let seconds: Vec<_> = packets
        .iter()
        .skip(1)
        .map(|packet| (number(&packet["pts"]), packet["flags"].as_str()))
        .collect();
    // The unwrapped clock counts whole seconds; 33 bits do not, so the wrap is added back.
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).expect("now");
    let wraps = (wall.as_secs() * 90_000) >> 33;
    for (pts, flags) in seconds {
        let unwrapped = pts as u64 + (wraps << 33);
        assert_eq!(
            flags == Some("K_"),
            unwrapped.is_multiple_of(90_000),
            "{pts}"
        );
    }
    let last = number(&packets[74]["pts"]) as u64 + (wraps << 33);
    let behind = wall.as_secs_f64() - last as f64 / 90_000.0;
    assert!(
        (0.0..3.0).contains(&behind),
        "{behind} s behind the wall clock"
    );
}

#[test]
fn flash_and_beep_begin_on_the_same_pts() {
    let stream = picture(NAME, (1280, 720), 5).stdout;
    let file = tempfile::NamedTempFile::new().expect("a place for a file");
    std::fs::write(file.path(), &stream).expect("room for a file");
    let path = file.path().to_str().expect("a plain path");

    let times = |kind: &str| -> Vec<f64> {
        let frames = probe(
            &stream,
            &format!("-select_streams {kind} -show_entries frame=best_effort_timestamp"),
        );
        let frames = frames["frames"].as_array().expect("a list").clone();
        let time = |frame: &Value| number(&frame["best_effort_timestamp"]) as f64 / 90.0;
        frames.iter().map(time).collect()
    };
    let band = "crop=iw:ih*0.08:0:ih*0.9,scale=1:1,format=gray";
    let bright = decode(path, &format!("-map 0:v -vsync 0 -vf {band} -f rawvideo -"));
    let flashes: Vec<f64> = times("v")
        .into_iter()
        .zip(onsets(bright.iter().map(|&luma| luma > 128)))
        .filter_map(|(time, onset)| onset.then_some(time))
        .collect();

    let sound = decode(path, "-map 0:a -ac 1 -f s16le -");
    let start = times("a")[0];
    let samples = sound
        .chunks_exact(2)
        .map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
    // Loud is more than a tenth of the beep; a wave passes zero, so 2 ms of quiet end nothing.
    let mut quiet = 0;
    let loud = samples.map(|sample| {
        quiet = if sample.unsigned_abs() > 800 {
            0
        } else {
            quiet + 1
        };
        quiet < 96
    });
    let beeps: Vec<f64> = onsets(loud)
        .enumerate()
        .skip(1000)
        .filter_map(|(index, onset)| onset.then_some(start + index as f64 / 48.0))
        .collect();

    assert!(flashes.len() >= 4, "{flashes:?}");
    let mut worst: f64 = 0.0;
    for flash in &flashes[..4] {
        let near = beeps.iter().map(|beep| beep - flash);
        let offset = near
            .min_by(|a, b| a.abs().total_cmp(&b.abs()))
            .expect("a beep");
        worst = worst.max(offset.abs());
    }
    println!("sound to picture: {worst:.2} ms at most");
    assert!(worst < 5.0, "{worst} ms; {flashes:?} {beeps:?}");
}

#[test]
fn the_name_is_in_the_picture() {
    let top = |name: &str| {
        let stream = picture(name, (640, 360), 1).stdout;
        let file = tempfile::NamedTempFile::new().expect("a place for a file");
        std::fs::write(file.path(), &stream).expect("room for a file");
        let path = file.path().to_str().expect("a plain path");
        decode(
            path,
            "-frames:v 1 -vf crop=iw:ih*0.2:0:0,format=gray -f rawvideo -",
        )
    };
    let (whole, plain, none) = (top(NAME), top("Hop Chinh phu - Trung uong"), top(" "));
    let bright = |picture: &[u8]| picture.iter().filter(|&&luma| luma > 150).count();
    assert!(bright(&whole) > 2000, "{}", bright(&whole));
    assert_eq!(bright(&none), 0);
    let differ = whole
        .iter()
        .zip(&plain)
        .filter(|(a, b)| a.abs_diff(**b) > 60);
    assert!(differ.count() > 300, "marks make a difference");
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let mut child = command()
        .args([
            "test-picture",
            "--name",
            "x",
            "--width",
            "320",
            "--height",
            "180",
        ])
        .args(["--rate", "5", "--bitrate", "200000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the worker starts");
    drop(child.stdout.take());
    let deadline = Instant::now() + Duration::from_secs(5);
    let status = loop {
        if let Some(status) = child.try_wait().expect("own child") {
            break status;
        }
        assert!(Instant::now() < deadline, "still running");
        std::thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(status.code(), Some(0));
}

#[test]
fn a_stall_leaves_out_whole_seconds_and_says_so() {
    let worker = Worker::start(&[
        "test-picture",
        "--name",
        NAME,
        "--width",
        "320",
        "--height",
        "180",
        "--rate",
        "25",
        "--bitrate",
        "300000",
        "--seconds",
        "8",
    ]);
    worker.wait_for("started", Duration::from_secs(5));
    let pid = worker.pid().to_string();
    run("kill", &["-STOP", &pid]);
    std::thread::sleep(Duration::from_millis(3500));
    run("kill", &["-CONT", &pid]);
    let before = Instant::now();
    let ended = worker.wait(Duration::from_secs(10));
    assert!(
        before.elapsed() < Duration::from_secs(6),
        "{:?}",
        before.elapsed()
    );
    let warnings = ended.of_kind("warning");
    assert!(
        warnings[0]["text"]
            .as_str()
            .expect("text")
            .contains("3 s of"),
        "{warnings:?}"
    );
    let figures = scan(&ended.stdout);
    assert_eq!(figures.continuity_errors, 0);
    assert!(figures.lead.0 > 300.0, "{figures:?}");
    assert!((figures.pcr_gap - 3040.0).abs() < 1.0, "{figures:?}");
}

#[test]
fn wrong_words_are_answered_with_a_sentence_and_code_2() {
    let good = [
        ["--name", "x"],
        ["--width", "640"],
        ["--height", "360"],
        ["--rate", "25"],
        ["--bitrate", "500000"],
    ];
    for (flag, value, part) in [
        ("--width", "641", "even"),
        ("--width", "99999", "from 64 to 4096"),
        ("--rate", "0", "from 1 to 120"),
        ("--rate", "25.5", "whole number"),
        ("--bitrate", "-1", "whole number"),
        ("--colour", "red", "knows no --colour"),
    ] {
        let mut words = vec!["test-picture"];
        words.extend(good.iter().filter(|pair| pair[0] != flag).flatten());
        words.extend([flag, value]);
        let ended = Worker::start(&words).wait(Duration::from_secs(5));
        assert_eq!(ended.status.code(), Some(2), "{flag} {value}");
        assert!(ended.error().contains(part), "{}", ended.error());
        assert!(ended.stdout.is_empty());
    }
}

fn decode(path: &str, output: &str) -> Vec<u8> {
    let mut words = vec!["-v", "error", "-i", path];
    words.extend(output.split_whitespace());
    run("ffmpeg", &words)
}

/// Where a condition begins to hold; not at the very start.
fn onsets(states: impl Iterator<Item = bool>) -> impl Iterator<Item = bool> {
    let mut before = true;
    states.map(move |state| !std::mem::replace(&mut before, state) && state)
}

fn number(value: &Value) -> i64 {
    value.as_i64().expect("a number")
}
