//! How long after a picture was made it is seen: the clock of the test picture, read off Chromium
//! with the node's page on the same machine, with low latency and without. Needs root, Chromium and
//! `npm ci` in `player-web`. `HEADEND_BENCH_SECONDS=60` is how long each is watched.

use std::time::Duration;

use headend_tests::lab::{Host, Lab, Running};
use headend_tests::node::Node;
use headend_tests::page;

const PATIENCE: Duration = Duration::from_secs(60);

fn main() {
    let written = std::env::var("HEADEND_BENCH_SECONDS").ok();
    let seconds: u64 = written.and_then(|n| n.parse().ok()).unwrap_or(60);
    for (name, hls) in [
        ("low latency", "low-latency = true"),
        ("without low latency", ""),
    ] {
        let [median, worst, stood] = watch(hls, seconds);
        println!(
            "{name:<22} seen {median:5} ms after it was made, worst {worst:5} ms; stood still {stood} times"
        );
    }
}

/// The median and the worst age of a picture in ms, and how often it stood still, of a channel with
/// `hls` in its `[channel.hls]`.
fn watch(hls: &str, seconds: u64) -> [u64; 3] {
    let lab = Lab::new().expect("root");
    let node = Node::start(&lab, &configuration(hls)).expect("a node");
    node.until("hop", "four segments", PATIENCE, |c| {
        c["hls"]["segments"].as_u64() > Some(3)
    })
    .expect("HLS");
    let mut command = page::script(&lab, Host::Node, &["latency.mjs"]);
    command
        .env("HEADEND_URL", "http://127.0.0.1:8080")
        .env("HEADEND_PLAY_SECONDS", seconds.to_string());
    let running = Running::start(command, "the page").expect("node");
    let said = running.finish(PATIENCE * 2 + Duration::from_secs(seconds));
    let seen = page::report(&said.expect("a picture"));
    ["median", "worst", "stood"].map(|name| seen[name].as_u64().expect("a number"))
}

fn configuration(hls: &str) -> String {
    format!(
        r#"
[http]
listen = ["127.0.0.1:8080"]

[[channel]]
id = "hop"
name = "Họp Chính phủ"

[[channel.input]]
url = "test:?size=640x360&rate=25&bitrate=1M"

[channel.hls]
{hls}
"#
    )
}
