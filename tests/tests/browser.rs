//! The player and the wall in browsers against real nodes with the test picture: one test for each
//! thing that a hall does. `HEADEND_SCREENSHOTS` names a folder for pictures of each screen.

use std::time::{Duration, Instant};

use headend_tests::lab::{Host, Lab, Running, until};
use headend_tests::node::{self, Node};
use headend_tests::page;
use nix::sys::signal::Signal;

#[path = "browser/feeds.rs"]
mod feeds;
#[path = "browser/firefox.rs"]
mod firefox;
#[path = "browser/long.rs"]
mod long;
#[path = "browser/poor.rs"]
mod poor;
#[path = "browser/restart.rs"]
mod restart;
#[path = "browser/subtitles.rs"]
mod subtitles;

const PATIENCE: Duration = Duration::from_secs(60);

const CHANNELS: &str = r#"
[http]
listen = ["127.0.0.1:8080"]

[player]
help-phone = "0214 3840 888"
help-name = "Trung tâm điều hành"

[[channel]]
id = "hop"
name = "Họp Chính phủ"
group = "Trung ương"

[[channel.input]]
url = "test:?size=640x360&rate=25&bitrate=1M"

[channel.hls]

[[channel]]
id = "giao-ban"
name = "Giao ban tỉnh"
number = 21
group = "Tỉnh Lào Cai"

[[channel.input]]
url = "udp://127.0.0.1:6002"

[channel.hls]
"#;

/// The first channel with a second source, of another size.
fn two_sources() -> String {
    let second = "[[channel.input]]\nurl = \"test:?size=480x270&rate=25&bitrate=800k\"\n";
    CHANNELS.replacen("\n[channel.hls]", &format!("\n{second}\n[channel.hls]"), 1)
}

/// The first channel with a window of the past.
fn shifted() -> String {
    let shift = "\n[channel.hls]\nwindow = \"20s\"\nshift = \"10m\"\n";
    CHANNELS.replacen("\n[channel.hls]\n", shift, 1)
}

/// A node whose channel `hop` can be watched.
fn watchable(lab: &Lab, configuration: &str) -> Node {
    let node = Node::start(lab, configuration).unwrap();
    let listed = |c: &serde_json::Value| c["hls"]["segments"].as_u64() > Some(3);
    node.until("hop", "four segments", PATIENCE, listed)
        .unwrap();
    node
}

/// Walks these journeys of `player-web/test/journeys` beside a node of their own.
fn walk(journeys: &str, configuration: &str) {
    walk_in("chromium", journeys, configuration);
}

fn walk_in(browser: &str, journeys: &str, configuration: &str) {
    let lab = Lab::new().unwrap();
    let node = watchable(&lab, configuration);
    let walk = walking(&lab, &node, browser, journeys);
    println!("{}", walk.finish(Duration::from_secs(280)).unwrap());
}

/// The journeys on their way beside this node.
fn walking(lab: &Lab, node: &Node, browser: &str, journeys: &str) -> Running {
    let mut command = page::script(lab, Host::Node, &["browser.mjs", journeys]);
    command
        .env("HEADEND_URL", "http://127.0.0.1:8080")
        .env("HEADEND_PROGRAM", node::headend())
        .env("HEADEND_CONFIG", node.file())
        .env("HEADEND_BROWSER", browser);
    Running::start(command, journeys).unwrap()
}

#[test]
fn the_picture_plays_at_once_and_its_sound_takes_one_press() {
    walk("playing", CHANNELS);
}

#[test]
fn six_keys_or_a_pointer_alone_reach_and_leave_everything_on_each_screen() {
    walk("keys,remote", CHANNELS);
}

#[test]
fn the_menu_is_kept_and_the_schedule_is_told() {
    walk("menu,schedule", CHANNELS);
}

#[test]
fn each_fault_has_its_screen_with_who_it_is_what_to_try_and_a_code() {
    walk("faults", CHANNELS);
}

#[test]
fn the_screens_of_a_moment_are_whole_too() {
    walk("screens", CHANNELS);
}

#[test]
fn the_page_is_read_from_ten_feet_heard_instead_of_seen_and_pressed_by_a_finger() {
    walk("access,touch", CHANNELS);
}

#[test]
fn what_goes_away_comes_back_by_itself_and_a_kiosk_needs_nobody() {
    walk("line,kiosk", CHANNELS);
}

#[test]
fn old_engines_lost_parts_and_strange_remotes_are_no_dead_end() {
    walk("devices", CHANNELS);
}

#[test]
fn a_meeting_from_the_trial_an_hour_before_to_who_comes_late() {
    walk("meeting", CHANNELS);
}

#[test]
fn who_comes_late_watches_from_the_beginning_and_comes_back_to_live() {
    walk("shift", &shifted());
}

#[test]
fn a_meeting_that_is_recorded_is_seen_to_be_and_can_be_watched_and_fetched_afterwards() {
    walk("recording", CHANNELS);
}

#[test]
fn a_television_application_with_one_address_plays_by_shaka_player() {
    walk("applications", CHANNELS);
}

#[test]
fn a_newcomer_sees_the_demonstration_at_the_address_that_it_prints() {
    newcomer("chromium");
}

fn newcomer(browser: &str) {
    let lab = Lab::new().unwrap();
    let program = node::headend();
    let demo = lab
        .start(Host::Node, program.to_str().unwrap(), &["demo"])
        .unwrap();
    let address = || {
        let said = demo.said();
        let found = said
            .split_whitespace()
            .find(|word| word.starts_with("http://"));
        found.map(str::to_owned)
    };
    until("the addresses", PATIENCE, || address().is_some()).unwrap();
    let mut command = page::script(&lab, Host::Node, &["browser.mjs", "demo"]);
    command
        .env("HEADEND_URL", address().unwrap())
        .env("HEADEND_BROWSER", browser);
    let walk = Running::start(command, "the newcomer").unwrap();
    println!("{}", walk.finish(PATIENCE * 2).unwrap());
    let asked = Instant::now();
    demo.signal(Signal::SIGINT);
    demo.finish(Duration::from_secs(10)).unwrap();
    println!("gone after {:?}", asked.elapsed());
}

const WALL: &str = r#"
[http]
listen = ["127.0.0.1:8080"]

[[channel]]
id = "hop"
name = "Họp Chính phủ"

[[channel.input]]
url = "test:?size=320x180&rate=25&bitrate=500k"

[channel.hls]

[[channel]]
id = "giao-ban"
name = "Giao ban tỉnh"

[[channel.input]]
url = "udp://127.0.0.1:6002"

[[channel]]
id = "tap-huan"
name = "Tập huấn"

[[channel.input]]
url = "test:?size=320x180&rate=25&bitrate=500k"

[[channel.input]]
url = "udp://127.0.0.1:6003"
"#;

#[test]
fn the_wall_shows_what_fails_first_and_who_has_it_in_hand() {
    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, WALL).unwrap();
    let on_air = |c: &serde_json::Value| c["state"] == "on-air";
    node.until("hop", "on air", Duration::from_secs(60), on_air)
        .unwrap();
    let mut command = page::script(&lab, Host::Node, &["noc.mjs"]);
    command
        .env("HEADEND_URL", "http://127.0.0.1:8080")
        .env("HEADEND_PROGRAM", headend_tests::node::headend())
        .env("HEADEND_CONFIG", node.file());
    let said = Running::start(command, "the test of the wall")
        .unwrap()
        .finish(Duration::from_secs(280))
        .unwrap();
    println!("{said}");
}
