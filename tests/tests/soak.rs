//! A node for as long as `HEADEND_SOAK_SECONDS` says (one round without it), while its encoder
//! dies and comes back: the output's clock is unbroken, HLS numbers go on, nothing grows.
//! `tests/soak.sh` runs it for an hour.

use std::fs;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use headend_tests::judge::judge;
use headend_tests::lab::{Host, Lab, Running};
use headend_tests::node::Node;
use headend_tests::receiver::receive;

const RATE: u64 = 4_000_000;
const PATIENCE: Duration = Duration::from_secs(20);
/// What is captured and judged at once.
const ROUND: Duration = Duration::from_secs(20);
/// In a round the encoder dies here, and is back after the silence.
const DEATH: Duration = Duration::from_secs(6);
const SILENCE: Duration = Duration::from_secs(4);
/// Rounds until the live window and the buffers are full.
const WARM: usize = 6;

fn span() -> Duration {
    let written = std::env::var("HEADEND_SOAK_SECONDS");
    Duration::from_secs(written.map_or(1, |s| s.parse().unwrap()))
}

const CONFIGURATION: &str = r#"
[http]
listen = ["127.0.0.1:8080"]

[[channel]]
id = "hop"
name = "Họp"

[[channel.input]]
url = "udp://10.1.0.2:6000"

[[channel.output]]
url = "udp://239.84.0.1:5000"
interface = "n1"
bitrate = "4M"

[channel.hls]
"#;

fn encoder(lab: &Lab) -> Running {
    let words = "-v error -re -f lavfi -i testsrc2=size=640x360:rate=25 -re -f lavfi -i sine=sample_rate=48000 \
        -c:v libx264 -preset ultrafast -tune zerolatency -g 25 -b:v 2M -maxrate 2M -bufsize 2M -pix_fmt yuv420p \
        -c:a aac -b:a 128k -f mpegts udp://10.1.0.2:6000?pkt_size=1316";
    let words: Vec<&str> = words.split_whitespace().collect();
    lab.start(Host::Encoder, "ffmpeg", &words).unwrap()
}

/// What may not grow.
#[derive(Clone, Copy, Debug)]
struct Held {
    memory_kib: u64,
    descriptors: usize,
    threads: usize,
}

fn held(node: &Node) -> Held {
    let own = format!("/proc/{}", node.process.id());
    let status = fs::read_to_string(format!("{own}/status")).unwrap();
    let memory = status
        .lines()
        .find_map(|l| l.strip_prefix("VmRSS:"))
        .unwrap();
    let count = |folder: &str| fs::read_dir(format!("{own}/{folder}")).unwrap().count();
    Held {
        memory_kib: memory.split_whitespace().next().unwrap().parse().unwrap(),
        descriptors: count("fd"),
        threads: count("task"),
    }
}

/// One round: the encoder dies and comes back while a receiver looks on.
fn round(lab: &Lab, running: &mut Option<Running>) {
    let receiver = lab.on(Host::Receiver, || {
        let own = Ipv4Addr::new(10, 2, 0, 2);
        receive(Ipv4Addr::new(239, 84, 0, 1), 5000, own, ROUND, PATIENCE)
    });
    std::thread::sleep(DEATH);
    if let Some(encoder) = running.take() {
        encoder.signal(nix::sys::signal::Signal::SIGKILL);
    }
    std::thread::sleep(SILENCE);
    *running = Some(encoder(lab));
    let verdict = judge(&receiver.join().unwrap().unwrap().packets, RATE);
    println!("{verdict}");
    assert_eq!(verdict.faults(), Vec::<String>::new());
    assert_eq!(verdict.discontinuities, 0, "the clock is unbroken");
}

#[test]
fn where_nothing_is_wrong_nothing_is_said() {
    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, CONFIGURATION).unwrap();
    let _encoder = encoder(&lab);
    node.until("hop", "on air", PATIENCE, |c| c["state"] == "on-air")
        .unwrap();
    let start = Instant::now();
    while start.elapsed() < span().max(ROUND) {
        std::thread::sleep(Duration::from_secs(1));
        let channel = node.channel("hop").unwrap();
        let mut all = channel["incidents"].as_array().unwrap().clone();
        // A machine that others use too has its own word for that, and is right.
        all.retain(|incident| incident["class"] != "short-of-cpu");
        assert!(all.is_empty(), "{all:#?}");
    }
}

#[test]
fn a_node_runs_on_while_its_encoder_comes_and_goes() {
    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, CONFIGURATION).unwrap();
    let mut running = Some(encoder(&lab));
    node.until("hop", "on air", PATIENCE, |c| c["state"] == "on-air")
        .unwrap();
    let (start, mut sequence, mut warm) = (Instant::now(), 0, None);
    for number in 1.. {
        round(&lab, &mut running);
        let back = |c: &serde_json::Value| {
            c["state"] == "on-air" && c["hls"]["media_sequence"].as_u64() >= Some(sequence)
        };
        let channel = node.until("hop", "on air again", PATIENCE, back).unwrap();
        sequence = channel["hls"]["media_sequence"].as_u64().unwrap();
        let now = held(&node);
        println!(
            "round {number}, {} s: {now:?}, media sequence {sequence}",
            start.elapsed().as_secs()
        );
        if number == WARM {
            warm = Some(now);
        }
        if let Some(warm) = warm {
            assert!(
                now.memory_kib < warm.memory_kib + warm.memory_kib / 4,
                "{now:?} after {warm:?}"
            );
            assert!(
                now.descriptors <= warm.descriptors + 4,
                "{now:?} after {warm:?}"
            );
            assert!(now.threads <= warm.threads + 2, "{now:?} after {warm:?}");
        }
        if start.elapsed() >= span() {
            break;
        }
    }
}
