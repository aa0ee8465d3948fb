//! The HLS of a node judged over time by `headend probe --rules`, while all that happens to a
//! channel happens: a switch by hand, no encoder at all, one that comes back, another size, and a
//! node that is killed. `HEADEND_SOAK_SECONDS` repeats it for so long.

use std::time::{Duration, Instant};

use headend_tests::encoder::encode;
use headend_tests::lab::{Host, Lab, Running, until};
use headend_tests::node::{Node, headend};
use nix::sys::signal::Signal;
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(30);
/// What each event gets before the next: more than two segments.
const SPAN: Duration = Duration::from_secs(7);
/// All events once, and the window sliding past the last.
const ROUND: Duration = Duration::from_secs(70);

const CONFIGURATION: &str = r#"
[http]
listen = ["0.0.0.0:8080"]

[[channel]]
id = "hop"
name = "Họp Chính phủ"

[[channel.input]]
url = "udp://10.1.0.2:6000"

[[channel.input]]
url = "udp://10.1.0.2:6001"

[channel.hls]
segment = "2s"
window = "20s"
"#;

/// What is judged of every channel.
const RULES: [&str; 9] = [
    "R10", "R20", "R24", "R31", "R33", "R34", "R35", "R37", "R40",
];
/// What is judged of fragments beside.
const FRAGMENTS: [&str; 2] = ["R22", "R52"];
/// What is judged of a transport stream beside.
const TRANSPORT_STREAM: [&str; 1] = ["R21"];
/// What is judged of low latency beside.
const LOW: [&str; 8] = ["R60", "R61", "R62", "R63", "R65", "R66", "R69", "R71"];
/// While no encoder sends no part can come, until the slate is on air.
const EXCUSED: [&str; 1] = ["R64"];

fn span() -> Duration {
    let written = std::env::var("HEADEND_SOAK_SECONDS");
    Duration::from_secs(written.map_or(0, |s| s.parse().unwrap())).max(ROUND)
}

fn encoder(lab: &Lab, port: u16, size: &str) -> Running {
    let to = format!("udp://10.1.0.2:{port}?pkt_size=1316");
    encode(lab, size, "25", &["-f", "mpegts", &to])
}

/// Kills an encoder as a power cut does.
fn cut(encoder: Running) {
    encoder.signal(Signal::SIGKILL);
}

fn on_air(node: &Node) {
    node.until("hop", "on air", PATIENCE, |c| c["state"] == "on-air")
        .unwrap();
}

/// All that happens, once; gives the node that runs then.
fn events(lab: &Lab, mut node: Node, configuration: &str, sizes: [&str; 2]) -> Node {
    let wait = || std::thread::sleep(SPAN);
    let (main, backup) = (encoder(lab, 6000, sizes[0]), encoder(lab, 6001, sizes[0]));
    on_air(&node);
    wait();
    node.cli(&["input", "switch", "hop", "1"]).unwrap();
    wait();
    node.cli(&["input", "switch", "hop", "--auto"]).unwrap();
    wait();
    // The slate.
    cut(main);
    cut(backup);
    wait();
    // An encoder that comes back, with another size.
    let main = encoder(lab, 6000, sizes[1]);
    on_air(&node);
    wait();
    let folder = node.kill();
    std::thread::sleep(Duration::from_secs(2));
    node = Node::start_in(lab, folder, configuration).unwrap();
    on_air(&node);
    wait();
    cut(main);
    node
}

/// Judges these lists of the channel of `configuration` while everything happens to it; gives what
/// was found.
fn judged<const N: usize>(configuration: &str, lists: [&str; N]) -> [Value; N] {
    let lab = Lab::new().unwrap();
    let mut node = Node::start(&lab, configuration).unwrap();
    let first = encoder(&lab, 6000, "640x360");
    node.until("hop", "HLS", PATIENCE, |c| {
        c["hls"]["segments"].as_u64() >= Some(2)
    })
    .unwrap();
    cut(first);
    let span = span();
    let seconds = format!("{}s", span.as_secs());
    let began = Instant::now();
    let probes = lists.map(|list| {
        let url = format!("http://10.2.0.1:8080/hls/hop/{list}");
        let mut command = lab.command(Host::Receiver, headend().to_str().unwrap());
        command.args([
            "probe", &url, "--rules", "--for", &seconds, "--output", "json",
        ]);
        Running::start(command, "headend probe").unwrap()
    });
    let sizes = [["640x360", "848x480"], ["848x480", "640x360"]];
    for sizes in sizes.into_iter().cycle() {
        node = events(&lab, node, configuration, sizes);
        if began.elapsed() + ROUND > span {
            break;
        }
    }
    let left = span.saturating_sub(began.elapsed()) + PATIENCE;
    probes.map(|mut probe| {
        // It fails where a rule is broken, and the report is the end of what it says.
        until("the end of the probe", left, || !probe.is_alive()).unwrap();
        let said = probe.said();
        serde_json::from_str(&said)
            .unwrap_or_else(|error| panic!("{error}: {said}\nnode said: {}", node.process.said()))
    })
}

/// Every rule of `wanted` was held, and none was broken but those in `but`.
fn assert_held(report: &Value, wanted: &[&str], but: &[&str]) {
    let rules = report["rules"].as_array().unwrap();
    let found = |id: &str, verdict: &str| {
        let mut rules = rules.iter();
        rules.any(|r| r["id"] == id && r["verdict"] == verdict)
    };
    for rule in wanted {
        assert!(found(rule, "held"), "{rule} was not held: {report:#}");
    }
    let broken = |r: &&Value| r["verdict"] == "broken";
    for rule in rules.iter().filter(broken) {
        let excused = but.iter().any(|id| rule["id"] == *id);
        assert!(excused || rule["severity"] == "should", "{rule:#}");
        println!("should: {rule:#}");
    }
    let failed = report["failed"].as_u64();
    assert!(failed > Some(0), "the node was away: {report:#}");
}

#[test]
fn whatever_happens_to_a_channel_its_hls_breaks_no_rule() {
    let [fragments, stream] = judged(CONFIGURATION, ["index.m3u8", "ts.m3u8"]);
    assert_held(&fragments, &[&RULES[..], &FRAGMENTS].concat(), &[]);
    assert_held(&stream, &[&RULES[..], &TRANSPORT_STREAM].concat(), &[]);
}

#[test]
fn whatever_happens_to_a_channel_with_low_latency_its_hls_breaks_no_rule() {
    let configuration = format!("{CONFIGURATION}low-latency = true\n");
    let [report] = judged(&configuration, ["index.m3u8"]);
    let wanted = [&RULES[..], &FRAGMENTS, &LOW].concat();
    assert_held(&report, &wanted, &EXCUSED);
}
