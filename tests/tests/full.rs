//! A node that is over-full: thousands of connections that take and give nothing. Its broadcast
//! does not know of them, and who watches goes on watching.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::time::{Duration, Instant};

use headend_tests::crowd::Crowd;
use headend_tests::drill::{configuration, well};
use headend_tests::encoder::encode;
use headend_tests::lab::{Host, Lab};
use headend_tests::node::Node;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde_json::Value;
use socket2::{Domain, Socket, Type};

const NODE: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 8080);
const PLAYLIST: &str = "/hls/hop/index.m3u8";
const FLOOD: usize = 5_000;
/// Hosts of the flood; the caps of a node leave none of them more than a quarter.
const HOSTS: usize = 5;
/// Longer than a connection that asks nothing is held.
const SPAN: Duration = Duration::from_secs(14);

/// What a bad peer does.
#[derive(Clone, Copy, Debug)]
enum Manner {
    Silent,
    HalfAsked,
    Sipping,
}

fn bad_peer(number: usize, path: &str) -> std::io::Result<(Manner, TcpStream)> {
    let manner = [Manner::Silent, Manner::HalfAsked, Manner::Sipping][number % 3];
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    // A small window, so that the node is left with what it has to say.
    socket.set_recv_buffer_size(2_048)?;
    let host = u8::try_from(number % HOSTS).expect("few hosts");
    socket.bind(&SocketAddrV4::new(Ipv4Addr::new(127, 200, 0, 1 + host), 0).into())?;
    socket.connect(&NODE.into())?;
    let mut stream: TcpStream = socket.into();
    match manner {
        Manner::Silent => {}
        Manner::HalfAsked => write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n")?,
        Manner::Sipping => write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")?,
    }
    stream.set_nonblocking(true)?;
    Ok((manner, stream))
}

/// The last line of a playlist, as a path.
fn last(path: &str) -> String {
    let mut stream = TcpStream::connect(NODE).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\nHost: x\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (folder, _) = path.rsplit_once('/').unwrap();
    format!("{folder}/{}", text.lines().last().unwrap())
}

/// The newest segment of the picture.
fn segment() -> String {
    last(&last(PLAYLIST))
}

/// All of them at once, for [`SPAN`]; the sipping ones take a byte a second. How many the node
/// held a second after they came.
fn flood(path: &str) -> usize {
    let peers: Vec<_> = (0..FLOOD).filter_map(|n| bad_peer(n, path).ok()).collect();
    assert!(peers.len() > FLOOD * 9 / 10, "{} connect", peers.len());
    let began = Instant::now();
    let mut held = 0;
    while began.elapsed() < SPAN {
        std::thread::sleep(Duration::from_secs(1));
        let mut open = 0;
        for (manner, stream) in &peers {
            let mut byte = [0];
            let more = match manner {
                Manner::Sipping => (&mut &*stream).read(&mut byte),
                _ => stream.peek(&mut byte),
            };
            let quiet = |e: &std::io::Error| e.kind() == ErrorKind::WouldBlock;
            open += usize::from(match more {
                Ok(bytes) => bytes > 0,
                Err(error) => quiet(&error),
            });
        }
        if held == 0 {
            held = open;
        }
    }
    held
}

/// What the output counts of its own faults.
fn faults(channel: &Value) -> [u64; 2] {
    let output = &channel["outputs"][0];
    ["send_errors_total", "overflow_packets_total"].map(|name| {
        output[name]
            .as_u64()
            .unwrap_or_else(|| panic!("{channel:#}"))
    })
}

#[test]
fn five_thousand_bad_connections_touch_neither_the_broadcast_nor_who_watches() {
    // A node started from a shell may open 1,024 files; this process needs more than it.
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, 1_024, hard).unwrap();
    let lab = Lab::new().unwrap();
    let input = "[[channel.input]]\nurl = \"udp://10.1.0.2:6000\"";
    let node = Node::start(&lab, &configuration(input, "6M")).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).unwrap();
    let to = ["-f", "mpegts", "udp://10.1.0.2:6000?pkt_size=1316"];
    let _encoder = encode(&lab, "640x360", "25", &to);
    well(&node);
    let listed = |c: &Value| c["hls"]["segments"].as_u64() >= Some(5);
    node.until("hop", "segments", Duration::from_secs(30), listed)
        .unwrap();
    let before = faults(&node.channel("hop").unwrap());

    // Viewers are there, and then the others come.
    let crowd = Crowd {
        server: NODE,
        playlist: PLAYLIST.to_owned(),
        viewers: 50,
        arrive: Duration::from_secs(1),
        watch: Duration::from_secs(5) + SPAN,
    };
    let watching = lab.on(Host::Node, move || crowd.run().expect("a reactor"));
    std::thread::sleep(Duration::from_secs(3));
    let flooding = lab.on(Host::Node, || flood(&segment()));
    let held = flooding.join().unwrap();
    let report = watching.join().unwrap();
    println!("{held} of {FLOOD} held; {report}");
    // What is over the node's own limit waits in the kernel, or is closed.
    assert!(held >= 3_500, "{held}");
    assert!(report.media > 500 && report.is_unseen(), "{report}");
    let channel = node.channel("hop").unwrap();
    assert_eq!(faults(&channel), before, "{channel:#}");
    assert_eq!(channel["state"], "on-air", "{channel:#}");
    assert_eq!(headend_tests::drill::lasting(&channel), Vec::<Value>::new());

    // They are gone, and new viewers come in.
    let crowd = Crowd {
        server: NODE,
        playlist: PLAYLIST.to_owned(),
        viewers: 50,
        arrive: Duration::from_secs(1),
        watch: Duration::from_secs(5),
    };
    let report = lab.on(Host::Node, move || crowd.run().expect("a reactor"));
    let report = report.join().unwrap();
    assert!(report.media > 100 && report.is_unseen(), "{report}");
}
