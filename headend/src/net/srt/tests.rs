use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};

use packager::ts::{PACKET_LEN, Packet};
use tokio::runtime::Runtime;

use super::super::lab::{Ending, Host, Program, stream, wait_for};
use super::*;
use crate::plan::Secret;
use crate::snapshot::SrtSnapshot;

const KEY: &str = "đúng-mật-khẩu";
const SOON: Duration = Duration::from_secs(10);

fn plan(listener: bool, address: &str) -> SrtPlan {
    SrtPlan {
        listener,
        address: address.parse().unwrap(),
        latency: Duration::from_millis(200),
        stream_id: None,
        passphrase: None,
        key_bytes: 16,
    }
}

fn secret(mut plan: SrtPlan, key_bytes: u8) -> SrtPlan {
    plan.passphrase = Some(Secret(KEY.into()));
    plan.key_bytes = key_bytes;
    plan
}

/// A node with an SRT input on a host: the sockets of tokio's threads are that host's.
struct Node {
    link: Option<Link>,
    runtime: Runtime,
    batch: Batch,
    last: Option<u32>,
    packets: u64,
    faults: u64,
}

impl Node {
    fn start(host: &Host, plan: &SrtPlan) -> Self {
        host.run(|| {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .on_thread_start(before_others)
                .enable_all()
                .build()
                .unwrap();
            Self {
                link: Some(Link::open(plan, runtime.handle()).unwrap()),
                runtime,
                batch: Batch::new(),
                last: None,
                packets: 0,
                faults: 0,
            }
        })
    }

    fn link(&self) -> &Link {
        self.link.as_ref().unwrap()
    }

    fn state(&self) -> Arc<SrtSnapshot> {
        self.link().counters().srt.unwrap()
    }

    /// Takes what has come from a [`Source`], and counts the packets that are not the next ones.
    fn take(&mut self) {
        self.link.as_mut().unwrap().receive(&mut self.batch);
        for (_, bytes) in self.batch.iter() {
            for packet in bytes.chunks(PACKET_LEN) {
                let number = u32::from_be_bytes(packet[4..8].try_into().unwrap());
                if self.last.is_some_and(|last| number != last + 1) {
                    eprintln!("{:?} then {number}", self.last);
                    self.faults += 1;
                }
                self.last = Some(number);
                self.packets += 1;
            }
        }
    }

    /// Takes until `packets` more have come.
    fn take_more(&mut self, packets: u64, patience: Duration) {
        let enough = self.packets + packets;
        wait_for("packets over SRT", patience, || {
            self.take();
            self.packets >= enough
        });
    }

    fn connected(&self) {
        wait_for("the connection", SOON, || self.state().connected);
    }
}

/// Numbered packets by UDP to 127.0.0.1:4000 of a host at 4.2 Mbit/s, for srt-live-transmit there.
struct Source {
    wanted: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Source {
    fn start(host: &Host) -> Self {
        let wanted = Arc::new(AtomicBool::new(true));
        let going = Arc::clone(&wanted);
        let socket = host.run(|| {
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            socket.connect("127.0.0.1:4000").unwrap();
            socket
        });
        let thread = std::thread::spawn(move || {
            before_others();
            let (mut number, mut due) = (0u32, clock::now());
            while going.load(Ordering::Relaxed) {
                let mut datagram = [0; 7 * PACKET_LEN];
                for packet in datagram.chunks_exact_mut(PACKET_LEN) {
                    packet[..4].copy_from_slice(&[0x47, 1, 0, 0x10]);
                    packet[4..8].copy_from_slice(&number.to_be_bytes());
                    number += 1;
                }
                let _ = socket.send(&datagram);
                due += Duration::from_micros(2_500);
                clock::sleep_until(due);
            }
        });
        Self {
            wanted,
            thread: Some(thread),
        }
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.wanted.store(false, Ordering::Relaxed);
        let _ = self.thread.take().map(std::thread::JoinHandle::join);
    }
}

/// A test machine that is busy with builds stalls both ends for longer than the latency of SRT.
fn before_others() {
    clock::realtime(10).expect("this test needs CAP_SYS_NICE and CAP_IPC_LOCK: run it as root");
}

fn transmit(host: &Host, url: &str) -> Program {
    host.start(
        "chrt",
        &[
            "-f",
            "10",
            "srt-live-transmit",
            "-q",
            "udp://127.0.0.1:4000",
            url,
        ],
    )
}

/// The same for one attempt: it would try again each 10 ms.
fn transmit_once(host: &Host, url: &str) -> Program {
    host.start(
        "srt-live-transmit",
        &["-q", "-a:no", "udp://127.0.0.1:4000", url],
    )
}

/// The URL of srt-live-transmit with our passphrase.
fn with_key(url: &str, key_bytes: u8) -> String {
    format!("{url}&passphrase={KEY}&pbkeylen={key_bytes}")
}

#[test]
fn srt_live_transmit_calls_us_in_clear_and_with_both_key_lengths() {
    for key_bytes in [0, 16, 32] {
        let (a, b) = Host::pair();
        let (mut listening, mut url) = (
            plan(true, "0.0.0.0:9000"),
            "srt://10.9.0.2:9000?mode=caller".to_owned(),
        );
        if key_bytes > 0 {
            (listening, url) = (secret(listening, key_bytes), with_key(&url, key_bytes));
        }
        let mut node = Node::start(&b, &listening);
        let _source = Source::start(&a);
        let _caller = transmit(&a, &url);
        node.take_more(3_000, SOON);
        assert_eq!(node.faults, 0, "{key_bytes}");
        let state = node.state();
        assert!(
            state.connected && state.peer.as_ref().unwrap().starts_with("10.9.0.1:"),
            "{state:?}"
        );
        assert!((0.199..0.21).contains(&state.buffer_seconds), "{state:?}");
        assert_eq!(state.refused_total, 0, "{state:?}");
    }
}

#[test]
fn we_call_srt_live_transmit_in_clear_and_with_both_key_lengths() {
    for key_bytes in [0, 16, 32] {
        let (a, b) = Host::pair();
        let (mut calling, mut url) = (
            plan(false, "10.9.0.1:9000"),
            "srt://:9000?mode=listener".to_owned(),
        );
        if key_bytes > 0 {
            (calling, url) = (secret(calling, key_bytes), with_key(&url, key_bytes));
        }
        let _source = Source::start(&a);
        let _listener = transmit(&a, &url);
        let mut node = Node::start(&b, &calling);
        node.take_more(3_000, SOON);
        assert_eq!(node.faults, 0, "{key_bytes}");
        assert!(node.link().counters().trouble.is_none());
    }
}

#[test]
fn five_percent_loss_both_ways_costs_nothing_at_200_ms() {
    for (listener, ours, theirs) in [
        (
            true,
            "0.0.0.0:9000",
            "srt://10.9.0.2:9000?mode=caller&latency=200",
        ),
        (
            false,
            "10.9.0.1:9000",
            "srt://:9000?mode=listener&latency=200",
        ),
    ] {
        let (a, b) = Host::pair();
        for (host, name) in [(&a, "v0"), (&b, "v1")] {
            host.sh(&format!(
                "iptables -A INPUT -i {name} -p udp -m statistic --mode random --probability 0.05 -j DROP"
            ));
        }
        let _source = Source::start(&a);
        let _peer = transmit(&a, &with_key(theirs, 16));
        let mut node = Node::start(&b, &secret(plan(listener, ours), 16));
        // Until the round trip is measured (from a first guess of 100 ms) lost reports of losses
        // are repeated too seldom for 200 ms: that is SRT's own beginning, so 1.5 s do not count.
        node.take_more(4_200, SOON);
        node.faults = 0;
        // Eight seconds.
        node.take_more(22_400, Duration::from_secs(20));
        std::thread::sleep(REPORT * 2);
        let state = node.state();
        assert_eq!(node.faults, 0, "{state:?}");
        assert!(
            state.lost_total > 50 && state.retransmitted_total > 50,
            "{state:?}"
        );
    }
}

#[test]
fn ffmpeg_calls_us_and_we_call_ffmpeg() {
    for listener in [true, false] {
        let (a, b) = Host::pair();
        let (ours, theirs) = if listener {
            (
                "0.0.0.0:9000",
                format!("srt://10.9.0.2:9000?mode=caller&passphrase={KEY}&pbkeylen=32"),
            )
        } else {
            (
                "10.9.0.1:9000",
                format!("srt://10.9.0.1:9000?mode=listener&passphrase={KEY}&pbkeylen=32"),
            )
        };
        let mut node = Node::start(&b, &secret(plan(listener, ours), 32));
        let _ffmpeg = ffmpeg(&a, &theirs);
        let mut counters = [None; 8192];
        let (mut packets, mut errors) = (0, 0);
        wait_for("packets of FFmpeg", Duration::from_secs(20), || {
            node.link.as_mut().unwrap().receive(&mut node.batch);
            for (_, bytes) in node.batch.iter() {
                for packet in bytes.chunks(PACKET_LEN).filter_map(Packet::from_slice) {
                    let last = &mut counters[packet.pid().index()];
                    if packet.has_payload() {
                        errors += u32::from(
                            last.is_some_and(|last: u8| packet.continuity() != (last + 1) % 16),
                        );
                        *last = Some(packet.continuity());
                    }
                    packets += 1;
                }
            }
            packets > 4_000
        });
        assert_eq!(errors, 0, "listener: {listener}");
    }
}

#[test]
fn a_wrong_or_missing_passphrase_is_refused_in_words_and_disturbs_nobody() {
    let (a, b) = Host::pair();
    let mut node = Node::start(&b, &secret(plan(true, "0.0.0.0:9000"), 16));
    for (url, why) in [
        (
            "srt://10.9.0.2:9000?mode=caller&passphrase=something-else",
            "called with a wrong passphrase",
        ),
        (
            "srt://10.9.0.2:9000?mode=caller",
            "do not both have a passphrase",
        ),
    ] {
        let _wrong = transmit_once(&a, url);
        let said = || node.state().last_refusal.clone().unwrap_or_default();
        wait_for("the refusal", SOON, || said().ends_with(why));
        assert!(said().starts_with("10.9.0.1:"), "{}", said());
    }
    let _source = Source::start(&a);
    let _right = transmit(&a, &with_key("srt://10.9.0.2:9000?mode=caller", 16));
    node.take_more(3_000, SOON);
    assert_eq!(node.faults, 0);
}

#[test]
fn a_second_caller_is_refused_while_the_first_goes_on() {
    let (a, b) = Host::pair();
    let mut node = Node::start(&b, &plan(true, "0.0.0.0:9000"));
    let _source = Source::start(&a);
    let _first = transmit(&a, "srt://10.9.0.2:9000?mode=caller");
    node.take_more(500, SOON);
    let first = node.state().peer.clone();
    let _second = a.start(
        "srt-live-transmit",
        &[
            "-q",
            "-a:no",
            "udp://127.0.0.1:4001",
            "srt://10.9.0.2:9000?mode=caller",
        ],
    );
    wait_for("the refusal", SOON, || {
        node.take();
        node.state().refused_total > 0
    });
    assert!(
        node.state()
            .last_refusal
            .as_ref()
            .unwrap()
            .contains("while another caller is connected")
    );
    node.take_more(2_000, SOON);
    assert_eq!((node.faults, &node.state().peer), (0, &first));
}

#[test]
fn an_encoder_that_was_killed_and_started_again_is_back_within_four_seconds() {
    let (a, b) = Host::pair();
    let mut node = Node::start(&b, &plan(true, "0.0.0.0:9000"));
    let encoder = || ffmpeg(&a, "srt://10.9.0.2:9000?mode=caller");
    for _ in 0..3 {
        let again = clock::now() + Duration::from_secs(4);
        // It ends when it is refused, for its forerunner still seems alive.
        let mut running = encoder();
        let mut packets = 0;
        wait_for("packets again", SOON, || {
            packets += node.link.as_mut().unwrap().receive(&mut node.batch);
            if running.has_ended() {
                assert!(clock::now() < again, "{:?}", node.state());
                running = encoder();
            }
            packets > 300
        });
    }
}

/// FFmpeg that sends a capture again and again in real time.
fn ffmpeg(host: &Host, url: &str) -> Program {
    let input = stream("capture-072.ts");
    let input = input.to_str().unwrap();
    host.start(
        "ffmpeg",
        &[
            "-nostdin",
            "-re",
            "-stream_loop",
            "-1",
            "-i",
            input,
            "-c",
            "copy",
            "-f",
            "mpegts",
            url,
        ],
    )
}

/// A conclusion with a key that no passphrase opens.
fn wrong_conclusion(cookie: u32, socket: u32) -> Vec<u8> {
    let head = [
        0x8000_0000,
        0,
        0,
        0,
        5,
        0x0002_0003,
        1,
        1500,
        8192,
        0xffff_ffff,
        socket,
        cookie,
        0,
        0,
        0,
        0,
        // SRT_CMD_HSREQ: version, flags, latencies.
        0x0001_0003,
        0x0001_0500,
        0xbf,
        0x00c8_00c8,
        // SRT_CMD_KMREQ: one even key of 16 bytes for AES-CTR, salt, wrapped key.
        0x0003_000e,
        0x1220_2901,
        0,
        0x0200_0200,
        0x0000_0404,
    ];
    let mut packet: Vec<u8> = head.into_iter().flat_map(u32::to_be_bytes).collect();
    packet.extend([0x5a; 40]);
    packet
}

/// Asks for the cookie and then sends wrong conclusions and garbage as `pace` says until `done`.
/// Answers how many were sent, and for how many of them a key was derived.
fn flood(done: &AtomicBool, pace: Duration) -> (u64, u64) {
    let socket = UdpSocket::bind("10.9.0.3:0").unwrap();
    socket.connect("10.9.0.2:9000").unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(2)))
        .unwrap();
    let words = [
        0x8000_0000u32,
        0,
        0,
        0,
        4,
        2,
        1,
        1500,
        8192,
        1,
        77,
        0,
        0,
        0,
        0,
        0,
    ];
    let induction: Vec<u8> = words.into_iter().flat_map(u32::to_be_bytes).collect();
    let mut answer = [0; 2048];
    socket.send(&induction).unwrap();
    let len = socket.recv(&mut answer).unwrap();
    let cookie = wire::cookie(&answer[..len]).unwrap();
    socket.set_nonblocking(true).unwrap();
    let (mut sent, mut derived, mut due) = (0, 0, clock::now());
    while !done.load(Ordering::Relaxed) {
        let _ = socket.send(&wrong_conclusion(cookie, 77));
        let _ = socket.send(&[0x47; 1316]);
        sent += 2;
        while let Ok(len) = socket.recv(&mut answer) {
            // A wrong passphrase, which is known by deriving a key; or the seat is taken.
            match wire::kind(&answer[..len]) {
                Some(wire::Kind::Refusal(1010)) => derived += 1,
                other => assert_eq!(other, Some(wire::Kind::Refusal(2423))),
            }
        }
        due += pace;
        clock::sleep_until(due);
    }
    (sent, derived)
}

#[test]
fn thousands_of_wrong_handshakes_a_second_disturb_neither_a_stream_nor_a_new_caller() {
    let (a, b) = Host::pair();
    a.sh("ip addr add 10.9.0.3/24 dev v0");
    let mut node = Node::start(&b, &secret(plan(true, "0.0.0.0:9000"), 16));
    let (done, started) = (AtomicBool::new(false), clock::now());
    std::thread::scope(|scope| {
        // 6,000 conclusions and 6,000 datagrams of garbage a second.
        let flooding = scope.spawn(|| a.run(|| flood(&done, Duration::from_micros(166))));
        let ending = Ending(&done);
        wait_for("the flood", SOON, || node.state().refused_total > 5_000);
        let _source = Source::start(&a);
        let _caller = transmit(&a, &with_key("srt://10.9.0.2:9000?mode=caller", 16));
        node.take_more(14_000, Duration::from_secs(15));
        assert_eq!(node.faults, 0, "{:?}", node.state());
        drop(ending);
        let (sent, derived) = flooding.join().unwrap();
        let allowed = 20 + 10 * clock::now().since(started).as_secs() + 10;
        assert!((1..=allowed).contains(&derived), "{derived} keys derived");
        wait_for("the count", SOON, || {
            node.state().refused_total * 100 > sent * 95
        });
    });
}

#[test]
fn a_caller_waits_for_its_peer_and_comes_back_to_it() {
    let (a, b) = Host::pair();
    let mut node = Node::start(&b, &plan(false, "10.9.0.1:9000"));
    wait_for("the trouble", SOON, || {
        node.link().counters().trouble.is_some()
    });
    let trouble = node.link().counters().trouble.unwrap();
    assert!(
        trouble.contains("10.9.0.1:9000 does not answer"),
        "{trouble}"
    );
    let _source = Source::start(&a);
    for _ in 0..2 {
        let _listener = transmit(&a, "srt://:9000?mode=listener");
        node.take_more(500, Duration::from_secs(20));
        assert!(node.link().counters().trouble.is_none());
    }
}

#[test]
fn a_peer_that_refuses_us_is_told_in_words() {
    let (a, b) = Host::pair();
    let _source = Source::start(&a);
    let _listener = transmit(&a, "srt://:9000?mode=listener&passphrase=something-else");
    let node = Node::start(&b, &secret(plan(false, "10.9.0.1:9000"), 16));
    wait_for("the refusal", SOON, || node.state().refused_total > 0);
    let last = node.state().last_refusal.clone().unwrap();
    assert!(last.contains("passphrase"), "{last}");
    assert_eq!(*node.link().counters().trouble.unwrap(), last);
}

#[test]
fn stream_ids_are_given_and_asked_for() {
    let (a, b) = Host::pair();
    let mut listening = plan(true, "0.0.0.0:9000");
    listening.stream_id = Some("hop/1".into());
    let mut node = Node::start(&b, &listening);
    let _source = Source::start(&a);
    {
        let _wrong = transmit_once(&a, "srt://10.9.0.2:9000?mode=caller&streamid=hop/2");
        wait_for("the refusal", SOON, || node.state().refused_total > 0);
        assert!(
            node.state()
                .last_refusal
                .as_ref()
                .unwrap()
                .contains("another stream id")
        );
    }
    let _right = transmit(&a, "srt://10.9.0.2:9000?mode=caller&streamid=hop/1");
    node.take_more(500, SOON);

    let mut calling = plan(false, "10.9.0.2:9001");
    calling.stream_id = Some("hop/1".into());
    listening.address = "0.0.0.0:9001".parse().unwrap();
    let asked = Node::start(&b, &listening);
    let _caller = Node::start(&a, &calling);
    asked.connected();
}

#[test]
fn ipv6_is_heard_and_called() {
    let (a, b) = Host::pair();
    let mut heard = Node::start(&b, &plan(true, "[::]:9000"));
    let source = Source::start(&a);
    {
        let _caller = transmit(&a, "srt://[fd09::2]:9000?mode=caller");
        heard.take_more(1_000, SOON);
        assert!(
            heard
                .state()
                .peer
                .as_ref()
                .unwrap()
                .starts_with("[fd09::1]:")
        );
    }
    let _listener = transmit(&a, "srt://[::]:9001?mode=listener&ipv6only=0");
    let mut called = Node::start(&b, &plan(false, "[fd09::1]:9001"));
    called.take_more(1_000, SOON);
    assert_eq!((heard.faults, called.faults), (0, 0));
    drop(source);
}

#[test]
fn a_listener_that_is_dropped_gives_its_port_back_at_once() {
    let host = Host::new();
    let mut node = Node::start(&host, &plan(true, "127.0.0.1:9000"));
    for _ in 0..10 {
        drop(node.link.take());
        node.link = Some(
            host.run(|| Link::open(&plan(true, "127.0.0.1:9000"), node.runtime.handle()))
                .unwrap(),
        );
    }
    let taken = host
        .run(|| Link::open(&plan(true, "127.0.0.1:9000"), node.runtime.handle()))
        .err()
        .unwrap();
    assert!(
        taken
            .to_string()
            .contains("another program or channel has this port"),
        "{taken}"
    );
}

#[test]
fn options_that_srt_does_not_know_are_refused() {
    let refused = |change: fn(&mut SrtPlan)| {
        let mut plan = secret(plan(false, "10.9.0.1:9000"), 16);
        change(&mut plan);
        options(&plan).err().unwrap().to_string()
    };
    assert!(refused(|p| p.passphrase = Some(Secret("short".into()))).contains("10 to 80"));
    assert!(refused(|p| p.key_bytes = 17).contains("AES-256"));
    assert!(refused(|p| p.stream_id = Some("x".repeat(513))).contains("513"));
}

#[tokio::test]
async fn a_panic_is_an_end_not_a_fall() {
    assert_eq!(unless_panic(async { 7 }).await, Some(7));
    let panics = async {
        tokio::task::yield_now().await;
        panic!("as a library may")
    };
    assert_eq!(unless_panic::<()>(panics).await, None);
}
