//! Two paths and FEC on the wire: FFmpeg's FEC in, ours out, and a sender whose paths come and go.

use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::time::{Duration, Instant};

use headend_tests::encoder::encode;
use headend_tests::fec::Capture;
use headend_tests::judge::judge;
use headend_tests::lab::{Host, Lab};
use headend_tests::node::Node;
use headend_tests::receiver::receive;
use headend_tests::sim::{generated, h264, paced};
use serde_json::Value;
use socket2::{Domain, Protocol, Socket, Type};

const GROUP: Ipv4Addr = Ipv4Addr::new(239, 84, 0, 1);
const RECEIVER: Ipv4Addr = Ipv4Addr::new(10, 2, 0, 2);
const RATE: u64 = 6_000_000;
const PATIENCE: Duration = Duration::from_secs(20);

fn configuration(input: &str) -> String {
    format!(
        r#"
[http]
listen = ["127.0.0.1:8080"]

[[channel]]
id = "hop"
name = "Họp"

[[channel.input]]
{input}

[[channel.output]]
url = "rtp://239.84.0.1:5000"
interface = "n1"
bitrate = "6M"
fec = {{ columns = 10, rows = 10 }}
"#
    )
}

fn on_air(node: &Node) {
    node.until("hop", "on air", PATIENCE, |c| c["state"] == "on-air")
        .unwrap();
}

fn count(channel: &Value, pointer: &str) -> u64 {
    let value = channel.pointer(&format!("/inputs/0/{pointer}"));
    value.and_then(Value::as_u64).expect(pointer)
}

#[test]
fn what_the_network_loses_of_ffmpegs_feed_its_fec_gives_back() {
    let lab = Lab::new().unwrap();
    let input = "url = \"rtp://10.1.0.2:6000\"\nfec = true\nmerge-window = \"1s\"";
    let node = Node::start(&lab, &configuration(input)).unwrap();
    let feed = [
        "-f",
        "rtp_mpegts",
        "-fec",
        "prompeg=l=5:d=5",
        "rtp://10.1.0.2:6000?pkt_size=1328",
    ];
    let _encoder = encode(&lab, "1280x720", "25", &feed);
    on_air(&node);
    lab.lose(Host::Node, "n0", 0.01).unwrap();
    std::thread::sleep(Duration::from_secs(20));
    let channel = node.channel("hop").unwrap();
    let fec = |what| count(&channel, &format!("fec/{what}"));
    println!("{:#}", channel["inputs"][0]["fec"]);
    assert!(fec("column_packets_total") > 500 && fec("row_packets_total") > 500);
    assert_eq!(fec("malformed_total"), 0);
    assert!(fec("repaired_total") > 20, "1 % of 6,000 packets is lost");
    // Rows and columns of 5 by 5 leave under 1e-5 of 1 %.
    assert!(count(&channel, "rtp_lost_total") <= 1, "{channel:#}");
}

#[test]
fn a_receiver_repairs_what_our_fec_protects() {
    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, &configuration("url = \"udp://10.1.0.2:6000\"")).unwrap();
    let feed = ["-f", "mpegts", "udp://10.1.0.2:6000?pkt_size=1316"];
    let _encoder = encode(&lab, "1280x720", "25", &feed);
    on_air(&node);
    let capture = lab.on(Host::Receiver, || capture(Duration::from_secs(6)));
    let whole = capture.join().unwrap();
    let numbers: Vec<u16> = whole.media.keys().copied().collect();
    assert!(numbers.len() > 3000, "{}", numbers.len());
    // From the second matrix to the last but two: those are whole.
    let inner = &numbers[200..numbers.len() - 300];
    let lost: Vec<u16> = inner
        .chunks(100)
        .flat_map(|c| c.iter().copied().take(10))
        .collect();
    let mut holed = whole.clone();
    holed.media.retain(|n, _| !lost.contains(n));
    let mut repaired = holed.repair();
    repaired.sort_unstable();
    repaired.retain(|n| lost.contains(n));
    assert_eq!(repaired, lost, "bursts of ten");
    for number in lost {
        assert_eq!(holed.media[&number], whole.media[&number], "{number}");
    }
}

/// All that comes to the group's three ports in `span`.
fn capture(span: Duration) -> Capture {
    let socket = |port| {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP)).unwrap();
        socket.set_reuse_address(true).unwrap();
        socket.set_recv_buffer_size(4 << 20).unwrap();
        socket.bind(&SocketAddrV4::new(GROUP, port).into()).unwrap();
        socket.join_multicast_v4(&GROUP, &RECEIVER).unwrap();
        let socket = UdpSocket::from(socket);
        socket.set_nonblocking(true).unwrap();
        socket
    };
    let [media, column, row] = [5000, 5002, 5004].map(socket);
    let (start, mut capture) = (Instant::now(), Capture::default());
    let mut buffer = [0; 2048];
    while start.elapsed() < span {
        while let Ok(length) = media.recv(&mut buffer) {
            capture.take(&buffer[..length]);
        }
        for fec in [&column, &row] {
            while let Ok(length) = fec.recv(&mut buffer) {
                capture.fec.push(buffer[..length].to_vec());
            }
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    capture
}

#[test]
fn a_feed_over_two_paths_leaves_clean_while_each_comes_and_goes() {
    let lab = Lab::new().unwrap();
    let input = "paths = [{ url = \"rtp://10.1.0.2:6000\" }, { url = \"rtp://10.1.0.2:6100\" }]";
    let node = Node::start(&lab, &configuration(input)).unwrap();
    let stream = generated("h264-3m", 20, &h264("3M")).unwrap();
    let sender = lab.on(Host::Encoder, move || send(&stream));
    on_air(&node);
    let receiver = lab.on(Host::Receiver, || {
        receive(GROUP, 5000, RECEIVER, Duration::from_secs(10), PATIENCE).unwrap()
    });
    let captured = receiver.join().unwrap();
    let verdict = judge(&captured.packets, RATE);
    let channel = node.channel("hop").unwrap();
    println!("{verdict}\n{:#}", channel["inputs"][0]["paths"]);
    assert_eq!(verdict.faults(), Vec::<String>::new());
    assert_eq!(verdict.discontinuities, 0);
    assert_eq!(count(&channel, "rtp_lost_total"), 0);
    for path in [0, 1] {
        assert!(count(&channel, &format!("paths/{path}/received_total")) > 500);
        assert!(count(&channel, &format!("paths/{path}/lost_total")) > 200);
    }
    let skew = channel["inputs"][0]["paths"][1]["skew_seconds"]
        .as_f64()
        .unwrap();
    assert!((0.2..0.4).contains(&skew), "{skew}");
    sender.join().unwrap();
}

/// Sends a stream by two paths in real time, the second 300 ms later; each is out for 0.7 s of
/// every 3 s.
fn send(stream: &[u8]) {
    let mut coming = Vec::new();
    for (n, (at, bytes)) in paced(stream, 0.0, 0, 1).unwrap().into_iter().enumerate() {
        let mut d = vec![0x80, 33];
        d.extend_from_slice(&(n as u16).to_be_bytes());
        d.extend_from_slice(&(at / 11_111).to_be_bytes()[4..]);
        d.extend_from_slice(&[1, 2, 3, 4]);
        d.extend_from_slice(&bytes);
        for (path, skew) in [(0, 0), (1, 300_000_000)] {
            if at / 1_000_000 % 3000 / 700 != 1 + path {
                coming.push((at + skew, path, d.clone()));
            }
        }
    }
    coming.sort_by_key(|(at, ..)| *at);
    let socket = UdpSocket::bind("10.1.0.1:0").unwrap();
    let start = Instant::now();
    for (at, path, d) in coming {
        let wait = Duration::from_nanos(at).saturating_sub(start.elapsed());
        std::thread::sleep(wait);
        let port = 6000 + 100 * path as u16;
        // The node may have ended before the stream.
        let _ = socket.send_to(&d, ("10.1.0.2", port));
    }
}
