//! Faults put into a running node: the right class at the right place, within 5 s of the start,
//! over within 10 s of the end, and no other beside it.

use std::time::{Duration, Instant};

use headend_tests::encoder::encode;
use headend_tests::lab::{Host, Lab, Running, until};
use headend_tests::node::Node;
use headend_tests::relay::{Fault, Relay};
use headend_tests::rounds;
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(20);
/// From the start of a fault to its incident.
const SEEN: Duration = Duration::from_secs(5);
/// The same where the fault itself is a matter of some seconds.
const SEEN_SLOWLY: Duration = Duration::from_secs(10);
/// From its end to the incident's.
const OVER: Duration = Duration::from_secs(10);
/// A fault lasts so long after it was seen: what follows from it must not become another incident.
const LASTS: Duration = Duration::from_secs(2);
const VIDEO: u16 = 0x100;
const AUDIO: u16 = 0x101;

struct Field {
    lab: Lab,
    node: Node,
    relay: Relay,
    _encoders: Vec<Running>,
}

fn configuration(input: &str, rate: &str) -> String {
    format!(
        r#"
[http]
listen = ["0.0.0.0:8080"]

[[channel]]
id = "hop"
name = "Họp Chính phủ"

[[channel.input]]
{input}

[[channel.output]]
url = "udp://239.84.0.1:5000"
interface = "n1"
bitrate = "{rate}"

[channel.hls]
"#
    )
}

/// An encoder on a line that can be spoilt, a node, and another encoder in reserve.
fn field(rate: &str, other: &[&str]) -> Field {
    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, &configuration("url = \"rtp://10.1.0.2:6002\"", rate)).unwrap();
    let relay = Relay::start(&lab, 7000, 7001, "10.1.0.2:6002".parse().unwrap());
    let own = ["-f", "rtp_mpegts", "rtp://127.0.0.1:7000?pkt_size=1328"];
    let mut encoders = vec![encode(&lab, "1280x720", "25", &own)];
    if !other.is_empty() {
        encoders.push(encode(&lab, "640x360", "25", other));
    }
    let on_air = |c: &Value| c["state"] == "on-air";
    node.until("hop", "on air", PATIENCE, on_air).unwrap();
    quiet(&node, PATIENCE);
    Field {
        lab,
        node,
        relay,
        _encoders: encoders,
    }
}

/// The incidents that last. A machine that is short of processor time says so and is right: that
/// is not what is tested here.
fn lasting(channel: &Value) -> Vec<Value> {
    let all = channel["incidents"].as_array().unwrap().iter();
    let mut all: Vec<Value> = all.filter(|i| i["end"].is_null()).cloned().collect();
    all.retain(|i| i["class"] != "short-of-cpu");
    all
}

/// The incidents that are none of `before`, whether they last or not.
fn begun(channel: &Value, before: &[Value]) -> Vec<Value> {
    let all = channel["incidents"].as_array().unwrap().iter();
    let new = all.filter(|i| before.iter().all(|known| known["id"] != i["id"]));
    let mut new: Vec<Value> = new.cloned().collect();
    new.retain(|i| i["class"] != "short-of-cpu");
    new
}

/// Waits until nothing is wrong, and stays so for a moment.
fn quiet(node: &Node, patience: Duration) -> Duration {
    let start = Instant::now();
    let none = |c: &Value| lasting(c).is_empty();
    node.until("hop", "no incident lasts", patience, none)
        .unwrap();
    start.elapsed()
}

/// Puts a fault in, again and again; each time it is the one incident of `class` at `places`.
fn drill(node: &Node, class: &str, places: &[&str], mut act: impl FnMut(bool)) {
    for round in 0..rounds() {
        std::thread::sleep(Duration::from_millis(500));
        let before = begun(&node.channel("hop").unwrap(), &[]);
        act(true);
        let start = Instant::now();
        let is = |incident: &Value| incident["class"] == class;
        let slow = [
            "clock-off",
            "line-congested",
            "black",
            "frozen",
            "digital-silence",
        ];
        let patience = if slow.contains(&class) {
            SEEN_SLOWLY
        } else {
            SEEN
        };
        let seen = node.until("hop", class, patience, |c| begun(c, &before).iter().any(is));
        let channel = node.channel("hop").unwrap();
        seen.unwrap_or_else(|e| panic!("{class}, round {round}: {e}\n{:#}", channel["incidents"]));
        let seen = start.elapsed();
        let (why, code) = node.why("hop");
        std::thread::sleep(LASTS);
        let all = begun(&node.channel("hop").unwrap(), &before);
        act(false);
        let over = quiet(node, OVER);
        println!(
            "{class:<24} seen {:.1} s, over {:.1} s",
            seen.as_secs_f64(),
            over.as_secs_f64()
        );
        println!("{why}");
        // What only happens may be over when it is asked about.
        let lasts = all.iter().any(|incident| incident["end"].is_null());
        assert!(
            !lasts || matches!(code, Some(1 | 2)),
            "the exit code is the severity: {code:?}"
        );
        let classes: Vec<&Value> = all.iter().map(|i| &i["class"]).collect();
        assert_eq!(classes, [class], "one cause, one incident: {all:#?}");
        assert_eq!(all[0]["places"], serde_json::json!(places), "{all:#?}");
    }
}

/// A fault of the line or before it.
fn spoil(field: &Field, class: &str, places: &[&str], fault: Fault) {
    let act = |on: bool| field.relay.set(if on { fault } else { Fault::None });
    drill(&field.node, class, places, act);
}

#[test]
fn what_the_line_does_is_told_apart() {
    let field = field("6M", &[]);
    spoil(&field, "source-silent", &["source", "line"], Fault::Silent);
    spoil(&field, "line-loss", &["line"], Fault::Lose(50));
    spoil(&field, "reordering", &["line"], Fault::Swap(40));
    spoil(&field, "line-congested", &["line"], Fault::Squeeze(1_200));
    spoil(&field, "second-sender", &["line"], Fault::Twin);
}

#[test]
fn what_lies_before_the_line_is_told_apart() {
    let field = field("6M", &[]);
    spoil(&field, "no-video", &["source"], Fault::Without(VIDEO));
    spoil(&field, "no-sound", &["source"], Fault::Without(AUDIO));
    spoil(&field, "scrambled", &["source"], Fault::Scramble);
    spoil(&field, "source-damaged", &["source"], Fault::Damage(100));
    spoil(&field, "clock-off", &["source"], Fault::Hasten(10_000));
}

#[test]
fn a_sender_that_begins_anew_is_told_from_another_programme() {
    let other = [
        "-mpegts_start_pid",
        "512",
        "-f",
        "rtp_mpegts",
        "rtp://127.0.0.1:7001?pkt_size=1328",
    ];
    let field = field("6M", &other);
    spoil(&field, "source-restarted", &["source"], Fault::Restart);
    spoil(&field, "programme-changed", &["source"], Fault::Other);
}

/// Each incident is in the record, whole, and as a page.
fn the_record_keeps_them(node: &Node) {
    let shown = node.channel("hop").unwrap();
    let ended = shown["incidents"][0]["id"].as_str().unwrap().to_owned();
    let list = || node.cli(&["report", "incidents", "hop"]).unwrap();
    until("the record has it", PATIENCE, || list().contains(&ended)).unwrap();
    let whole = node.cli(&["report", "incident", &ended]).unwrap();
    assert!(
        whole.contains("output 0") && whole.contains("known by"),
        "{whole}"
    );
    let page = node.cli(&["report", "incident", &ended, "--html"]).unwrap();
    assert!(
        page.starts_with("<!doctype html>") && page.contains(&ended),
        "{page}"
    );
    let unknown = node.cli(&["report", "incident", "hop-1-1"]).unwrap_err();
    assert!(unknown.to_string().contains("no incident"), "{unknown}");
}

#[test]
fn what_is_wrong_here_is_never_blamed_on_the_line() {
    let field = field("6M", &[]);
    spoil(&field, "socket-loss", &["machine"], Fault::Flood(400));
    let (lab, node) = (&field.lab, &field.node);
    let link = |up: bool| {
        let state = if up { "up" } else { "down" };
        let mut ip = lab.command(Host::Node, "ip");
        assert!(
            ip.args(["link", "set", "n0", state])
                .status()
                .unwrap()
                .success()
        );
    };
    drill(node, "link-down", &["machine"], |on| link(!on));
    let wall = |on: bool| {
        let add = if on { "-A" } else { "-D" };
        let mut rule = lab.command(Host::Node, "iptables");
        rule.args([add, "OUTPUT", "-d", "239.84.0.1", "-j", "DROP"]);
        assert!(rule.status().unwrap().success());
    };
    drill(node, "output-not-on-the-wire", &["output"], wall);
    the_record_keeps_them(node);
}

/// An encoder that can be told what to show, and be told again.
fn show(lab: &Lab, picture: &str, sound: &str) -> Running {
    let mut args = vec!["-v", "error", "-re", "-f", "lavfi", "-i", picture];
    args.extend(["-re", "-f", "lavfi", "-i", sound, "-c:v", "libx264"]);
    args.extend([
        "-preset",
        "ultrafast",
        "-g",
        "25",
        "-b:v",
        "1M",
        "-pix_fmt",
        "yuv420p",
    ]);
    args.extend(["-c:a", "aac", "-ac", "2", "-f", "rtp_mpegts"]);
    args.push("rtp://127.0.0.1:7001?pkt_size=1328");
    lab.start(Host::Encoder, "ffmpeg", &args).unwrap()
}

#[test]
fn what_picture_and_sound_show_is_told_apart() {
    let field = field("6M", &[]);
    let seen = |c: &Value| c["inputs"][0]["content"]["level_dbfs"].is_number();
    field
        .node
        .until("hop", "the content is seen", PATIENCE, seen)
        .unwrap();
    let tone = "sine=frequency=440:sample_rate=48000";
    let moving = "testsrc2=size=640x360:rate=25";
    // A flash and a beep each second, the beep 300 ms late.
    let band = "drawbox=y=ih-60:h=60:t=fill";
    let flash = format!(
        "{moving},{band}:c=white:enable='lt(mod(t,1),0.1)',{band}:c=black:enable='gte(mod(t,1),0.1)'"
    );
    let late = "aevalsrc='0.25*sin(2*PI*1000*t)*lt(mod(t+0.7,1),0.1)':s=48000";
    for (class, picture, sound) in [
        ("black", "color=c=black:size=640x360:rate=25", tone),
        ("frozen", "smptebars=size=640x360:rate=25", tone),
        ("digital-silence", moving, "anullsrc=r=48000:cl=stereo"),
        ("sound-apart", &flash, late),
    ] {
        field.relay.set(Fault::Other);
        let _encoder = show(&field.lab, picture, sound);
        let is = |incident: &Value| incident["class"] == class;
        let seen = |c: &Value| lasting(c).iter().any(is);
        let channel = field.node.until("hop", class, PATIENCE, seen).unwrap();
        let all = lasting(&channel);
        let found = all.iter().find(|i| is(i)).unwrap();
        assert_eq!(found["places"], serde_json::json!(["source"]));
        println!("{}", field.node.why("hop").0);
        field.relay.set(Fault::None);
        quiet(&field.node, PATIENCE);
    }
}
