//! Poor lines and a slow machine. `HEADEND_SOAK_SECONDS` makes the hour of it (`tests/soak.sh`).

use std::time::Duration;

use headend_tests::lab::{Host, Lab, Running, until};
use headend_tests::page;
use headend_tests::wire::{self, Line, Wire};
use serde_json::Value;

use super::{CHANNELS, PATIENCE, watchable};

/// How long a line is watched here.
const SHORT: u64 = 30;

/// The node on all its addresses, with a picture of this size and rate.
fn channels(size: &str, bits: &str) -> String {
    let test = format!("test:?size={size}&rate=25&bitrate={bits}");
    CHANNELS.replace("127.0.0.1:8080", "0.0.0.0:8080").replacen(
        "test:?size=640x360&rate=25&bitrate=1M",
        &test,
        1,
    )
}

/// What `watch.mjs` on the receiver's host sees over the line.
fn watch(lab: &Lab, seconds: u64, opens: &str) -> Value {
    let mut command = page::script(lab, Host::Receiver, &["watch.mjs"]);
    command
        .env("HEADEND_URL", format!("http://{}:8080/", wire::NODE))
        .env("HEADEND_PLAY_SECONDS", seconds.to_string())
        .env("HEADEND_OPENS", opens);
    let running = Running::start(command, "the page").unwrap();
    let patience = Duration::from_secs(seconds + seconds / 10 + 180);
    let seen = page::report(&running.finish(patience).unwrap());
    println!("{seen}");
    assert_eq!(seen["errors"].as_array().map(Vec::len), Some(0), "{seen}");
    seen
}

#[test]
fn at_2_mbit_and_80_ms_the_first_picture_is_there_in_4_s_and_in_2_s_the_next_time() {
    let lab = Lab::new().unwrap();
    let _node = watchable(&lab, &channels("640x360", "1M"));
    let delay = Duration::from_millis(40);
    let line = Line {
        rate: 2_000_000,
        delay,
        loss: 0,
    };
    let _wire = Wire::new(&lab, line).unwrap();
    let seen = watch(&lab, 0, "3");
    assert!(seen["cold"].as_u64() < Some(4000), "{seen}");
    assert!(seen["warm"].as_u64() < Some(2000), "{seen}");
}

#[test]
fn at_600_kbit_with_one_packet_in_fifty_lost_the_picture_hardly_ever_stands_still() {
    let lab = Lab::new().unwrap();
    let _node = watchable(&lab, &channels("320x180", "300k"));
    let delay = Duration::from_millis(20);
    let line = Line {
        rate: 600_000,
        delay,
        loss: 50,
    };
    let _wire = Wire::new(&lab, line).unwrap();
    let seen = watch(&lab, super::long::span(SHORT), "0");
    let (still, watched) = (&seen["still"], &seen["watched"]);
    let share = still.as_f64().unwrap() / watched.as_f64().unwrap();
    assert!(share < 0.005, "{:.2} % still: {seen}", share * 100.0);
}

/// A channel with a picture of 360 lines, one of 180, and the sound alone.
fn ladder(more: &str) -> String {
    let rungs = "ladder = [\"360p 1M\", \"180p 250k\", \"audio 32k\"]";
    let hls = format!("\n[channel.hls]\n{rungs}\n{more}\n");
    channels("640x360", "1M").replacen("\n[channel.hls]\n", &hls, 1)
}

/// What the page plays on a line that carries, after each state, so many bit/s.
fn narrow(lab: &Lab, states: &[(&str, u64)]) -> Value {
    let delay = Duration::from_millis(20);
    let line = Line {
        rate: 6_000_000,
        delay,
        loss: 0,
    };
    let wire = Wire::new(lab, line).unwrap();
    let named: Vec<&str> = states.iter().map(|(state, _)| *state).collect();
    let mut command = page::script(lab, Host::Receiver, &["narrow.mjs"]);
    command
        .env("HEADEND_URL", format!("http://{}:8080/", wire::NODE))
        .env("HEADEND_STATES", named.join(","));
    let page = Running::start(command, "the page").unwrap();
    for (index, (state, rate)) in states.iter().enumerate() {
        let seen = || page.said().matches(" after ").count() > index;
        until(state, Duration::from_secs(160), seen).unwrap();
        // The sound alone plays for as long as two trials of the line take.
        if *state == "sound alone" {
            std::thread::sleep(Duration::from_secs(35));
        }
        wire.carries(*rate);
    }
    let said = page.finish(Duration::from_secs(30)).unwrap();
    println!("{said}");
    let seen = page::report(&said);
    assert!(seen["longest"].as_u64() < Some(1_000), "heard: {seen}");
    assert_eq!(seen["errors"].as_array().map(Vec::len), Some(0), "{seen}");
    seen
}

#[test]
fn on_a_line_that_narrows_the_page_comes_down_to_the_sound_alone_and_up_again() {
    let lab = Lab::new().unwrap();
    let _node = watchable(&lab, &ladder(""));
    let states = [
        ("picture 360", 350_000),
        ("picture 180", 6_000_000),
        ("picture 360", 150_000),
        ("sound alone", 6_000_000),
        ("picture 360", 6_000_000),
    ];
    narrow(&lab, &states);
}

#[test]
fn who_watches_what_has_passed_hears_that_on_a_line_that_carries_no_picture() {
    let lab = Lab::new().unwrap();
    let node = watchable(&lab, &ladder("shift = \"10m\""));
    let kept = |c: &Value| c["hls"]["shift"]["span_seconds"].as_f64() > Some(60.0);
    node.until("hop", "a minute of archive", PATIENCE * 3, kept)
        .unwrap();
    let states = [
        ("picture 360", 6_000_000),
        ("back 50", 150_000),
        ("sound alone", 6_000_000),
        ("picture 360", 6_000_000),
    ];
    let seen = narrow(&lab, &states);
    let far: Vec<u64> = seen["far"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s.as_u64().unwrap())
        .collect();
    assert!(far[2] >= 45 && far[3] >= 45, "{seen}");
}
