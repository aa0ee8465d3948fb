//! A page that plays for hours while its sources are switched, and one on a slow machine: short
//! here, by `HEADEND_SOAK_SECONDS` as long as asked (`tests/soak.sh`).

use std::time::{Duration, Instant};

use headend_tests::lab::{Host, Lab, Running, until};
use headend_tests::page;
use serde_json::Value;

use super::{CHANNELS, PATIENCE, two_sources, watchable};

/// Between two switches, where it is long; in short, so many.
const EVERY: Duration = Duration::from_secs(600);
const SWITCHES: u64 = 3;
/// A switch is at an access point, and is seen as no more than that.
const LONGEST_MS: u64 = 2000;

/// What is asked for by `HEADEND_SOAK_SECONDS`, else `short`, in s.
pub(super) fn span(short: u64) -> u64 {
    let written = std::env::var("HEADEND_SOAK_SECONDS").ok();
    written.map_or(short, |seconds| seconds.parse().unwrap())
}

fn player(lab: &Lab, seconds: u64, slowdown: &str) -> Running {
    let mut command = page::script(lab, Host::Node, &["watch.mjs"]);
    command
        .env("HEADEND_URL", "http://127.0.0.1:8080")
        .env("HEADEND_PLAY_SECONDS", seconds.to_string())
        .env("HEADEND_CPU_SLOWDOWN", slowdown);
    Running::start(command, "the page").unwrap()
}

/// What was held at the end of the third of twelve parts, and of the last.
fn held(seen: &Value, what: &str) -> [u64; 2] {
    [2, 11].map(|part| seen["parts"][part][what].as_u64().unwrap())
}

#[test]
fn a_page_plays_on_over_each_switch_and_holds_no_more_than_before() {
    let lab = Lab::new().unwrap();
    let node = watchable(&lab, &two_sources());
    let seconds = span(40);
    let every = EVERY.min(Duration::from_secs(seconds / (SWITCHES + 1)));
    let player = player(&lab, seconds, "1");
    until("playing", PATIENCE, || player.said().contains("playing")).unwrap();
    let (start, mut switches) = (Instant::now(), 0);
    loop {
        std::thread::sleep(every);
        if start.elapsed() + every / 2 > Duration::from_secs(seconds) {
            break;
        }
        switches += 1;
        let to = (switches % 2).to_string();
        node.cli(&["input", "switch", "hop", &to]).unwrap();
    }
    let seen = page::report(
        &player
            .finish(Duration::from_secs(seconds / 10 + 120))
            .unwrap(),
    );
    println!("{switches} switches: {seen}");
    assert!(switches >= SWITCHES, "{switches}");
    assert!(seen["longest"].as_u64() <= Some(LONGEST_MS), "{seen}");
    assert_eq!(seen["corrupted"], 0, "{seen}");
    assert_eq!(seen["errors"].as_array().map(Vec::len), Some(0), "{seen}");
    let [early, late] = held(&seen, "heap");
    assert!(late < early + early / 2, "{seen}");
    let [early, late] = held(&seen, "resident");
    assert!(late < early + early / 4, "{seen}");
}

#[test]
fn on_a_machine_six_times_as_slow_the_page_still_plays() {
    let lab = Lab::new().unwrap();
    let _node = watchable(&lab, CHANNELS);
    let running = player(&lab, 15, "6");
    let seen = page::report(&running.finish(PATIENCE * 2).unwrap());
    println!("{seen}");
    // The page's own clock looks late there: a picture that it has not seen move may well have moved.
    assert!(seen["longest"].as_u64() <= Some(LONGEST_MS), "{seen}");
    let a_second = seen["frames"].as_f64().unwrap() * 1000.0 / seen["watched"].as_f64().unwrap();
    assert!(a_second > 20.0, "{a_second} pictures a second: {seen}");
}
