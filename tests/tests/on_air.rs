//! A real feed goes in, multicast and HLS come out: an encoder's host, a node, a receiver's host.

use std::net::Ipv4Addr;
use std::time::Duration;

use headend_tests::encoder::encode;
use headend_tests::judge::judge;
use headend_tests::lab::{Host, Lab, Running, until};
use headend_tests::node::Node;
use headend_tests::receiver::{Capture, receive};
use headend_tests::sim::{Random, generated, h264};

const GROUP: Ipv4Addr = Ipv4Addr::new(239, 84, 0, 1);
const RATE: u64 = 6_000_000;
const PATIENCE: Duration = Duration::from_secs(20);

fn configuration(input: &str) -> String {
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
bitrate = "6M"

[[channel.output]]
url = "rtp://239.84.0.2:5000"
interface = "n1"
bitrate = "6M"

[channel.hls]
segment = "2s"
part = "400ms"
window = "30s"
"#
    )
}

fn capture(lab: &Lab, group: Ipv4Addr, span: u64) -> Capture {
    let receiver = lab.on(Host::Receiver, move || {
        receive(
            group,
            5000,
            Ipv4Addr::new(10, 2, 0, 2),
            Duration::from_secs(span),
            PATIENCE,
        )
    });
    receiver.join().unwrap().unwrap()
}

fn on_air(node: &Node) {
    node.until("hop", "on air", PATIENCE, |c| c["state"] == "on-air")
        .unwrap();
}

fn assert_clean(lab: &Lab) {
    let capture = capture(lab, GROUP, 10);
    let verdict = judge(&capture.packets, RATE);
    println!("{verdict}");
    assert_eq!(verdict.faults(), Vec::<String>::new());
    assert_eq!(verdict.service_name.as_deref(), Some("Họp Chính phủ"));
}

#[test]
fn an_rtp_feed_leaves_as_a_clean_constant_rate_stream() {
    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, &configuration("url = \"rtp://10.1.0.2:6000\"")).unwrap();
    let _encoder = encode(
        &lab,
        "1280x720",
        "25",
        &["-f", "rtp_mpegts", "rtp://10.1.0.2:6000"],
    );
    on_air(&node);
    assert_clean(&lab);
    let rtp = capture(&lab, Ipv4Addr::new(239, 84, 0, 2), 3).rtp;
    assert!(
        rtp.windows(2).all(|w| w[1] == w[0].wrapping_add(1)),
        "RTP sequence runs on"
    );
    let wire = |c: &serde_json::Value| c["outputs"][0]["state"] == "on-the-wire";
    node.until("hop", "the own group is heard", PATIENCE, wire)
        .unwrap();
}

#[test]
fn an_srt_feed_with_a_passphrase_survives_five_percent_loss_both_ways() {
    let lab = Lab::new().unwrap();
    let key = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(key.path(), "mat-khau-dai-du").unwrap();
    let input = format!(
        "url = \"srt://0.0.0.0:9000?mode=listener&latency=400\"\npassphrase-file = {:?}",
        key.path().display().to_string()
    );
    let node = Node::start(&lab, &configuration(&input)).unwrap();
    let to = "srt://10.1.0.2:9000?mode=caller&latency=400000&pkt_size=1316&passphrase=mat-khau-dai-du&pbkeylen=16";
    let _encoder = encode(&lab, "1920x1080", "25", &["-f", "mpegts", to]);
    on_air(&node);
    lab.lose(Host::Node, "n0", 0.05).unwrap();
    assert_clean(&lab);
    let channel = node.channel("hop").unwrap();
    let input = &channel["inputs"][0];
    assert_eq!(input["continuity_errors_total"], 0, "{input:#}");
    assert!(
        input["srt"]["retransmitted_total"].as_u64() > Some(0),
        "{input:#}"
    );
}

#[test]
fn every_player_of_a_commune_plays_the_multicast() {
    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, &configuration("url = \"udp://10.1.0.2:6000\"")).unwrap();
    let _encoder = encode(
        &lab,
        "1280x720",
        "25",
        &["-f", "mpegts", "udp://10.1.0.2:6000?pkt_size=1316"],
    );
    on_air(&node);
    plays_in_ffprobe(&lab);
    plays_in_vlc(&lab);
    plays_in_gstreamer(&lab);
    plays_in_dvblast(&lab);
}

fn plays_in_ffprobe(lab: &Lab) {
    let args = [
        "-v",
        "error",
        "-show_entries",
        "stream=codec_name,width:stream_tags=language",
        "-of",
        "compact",
        "udp://239.84.0.1:5000?localaddr=10.2.0.2",
    ];
    let said = lab
        .start(Host::Receiver, "ffprobe", &args)
        .unwrap()
        .finish(PATIENCE)
        .unwrap();
    assert!(said.contains("codec_name=h264|width=1280"), "{said}");
    assert!(said.contains("codec_name=aac|tag:language=vie"), "{said}");
}

/// VLC refuses to run as root, as it should.
fn plays_in_vlc(lab: &Lab) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.ts");
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(folder.path(), open).unwrap();
    let sout = format!("--sout=#std{{access=file,mux=ts,dst={}}}", out.display());
    let args = [
        "-u",
        "nobody",
        "--",
        "cvlc",
        "-I",
        "dummy",
        "--no-audio",
        "--run-time=6",
        &sout,
        "udp://@239.84.0.1:5000",
        "vlc://quit",
    ];
    let said = lab
        .start(Host::Receiver, "runuser", &args)
        .unwrap()
        .finish(Duration::from_secs(40))
        .unwrap();
    let size = std::fs::metadata(&out).map_or(0, |m| m.len());
    assert!(size > 1_000_000, "VLC wrote {size} bytes: {said}");
}

fn plays_in_gstreamer(lab: &Lab) {
    let args = [
        "-q",
        "udpsrc",
        "address=239.84.0.1",
        "port=5000",
        "multicast-iface=r0",
        "num-buffers=3000",
        "!",
        "tsdemux",
        "!",
        "h264parse",
        "!",
        "avdec_h264",
        "!",
        "fakesink",
        "sync=false",
    ];
    lab.start(Host::Receiver, "gst-launch-1.0", &args)
        .unwrap()
        .finish(Duration::from_secs(40))
        .unwrap();
}

fn plays_in_dvblast(lab: &Lab) {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("dvblast.conf");
    std::fs::write(&list, "127.0.0.1:7000/udp 1 1\n").unwrap();
    let receiver = lab.on(Host::Receiver, || {
        let nowhere = Ipv4Addr::LOCALHOST;
        receive(
            nowhere,
            7000,
            nowhere,
            Duration::from_secs(4),
            Duration::from_secs(20),
        )
    });
    let path = list.display().to_string();
    let args = ["-D", "@239.84.0.1:5000/udp/ifaddr=10.2.0.2", "-c", &path];
    let dvblast = lab.start(Host::Receiver, "dvblast", &args).unwrap();
    let capture = receiver.join().unwrap();
    assert!(
        capture.is_ok_and(|c| c.packets.len() > 1_000),
        "{}",
        dvblast.said()
    );
    assert!(
        !dvblast.said().contains("discontinuity"),
        "{}",
        dvblast.said()
    );
}

#[test]
fn a_feed_without_picture_is_named_as_such_and_a_lost_one_within_two_seconds() {
    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, &configuration("url = \"udp://10.1.0.2:6000\"")).unwrap();
    let sound = [
        "-v",
        "error",
        "-re",
        "-f",
        "lavfi",
        "-i",
        "sine=frequency=440",
        "-c:a",
        "aac",
        "-f",
        "mpegts",
        "udp://10.1.0.2:6000?pkt_size=1316",
    ];
    let encoder = lab.start(Host::Encoder, "ffmpeg", &sound).unwrap();
    let state = |word: &'static str| move |c: &serde_json::Value| c["inputs"][0]["state"] == word;
    node.until("hop", "no picture", PATIENCE, state("no-picture"))
        .unwrap();
    drop(encoder);
    node.until("hop", "lost", Duration::from_secs(4), state("lost"))
        .unwrap();
}

#[test]
fn numbers_of_hls_go_on_after_a_restart_and_after_a_kill() {
    let lab = Lab::new().unwrap();
    let text = configuration("url = \"udp://10.1.0.2:6000\"");
    let _encoder = encode(
        &lab,
        "640x360",
        "25",
        &["-f", "mpegts", "udp://10.1.0.2:6000?pkt_size=1316"],
    );
    let mut node = Node::start(&lab, &text).unwrap();
    let mut last = 0;
    for kill in [false, true, false] {
        let listed = |c: &serde_json::Value| c["hls"]["segments"].as_u64() > Some(3);
        let channel = node
            .until("hop", "four segments", Duration::from_secs(40), listed)
            .unwrap();
        let first = channel["hls"]["media_sequence"].as_u64().unwrap();
        assert!(first >= last, "{first} after {last}");
        last = first + channel["hls"]["segments"].as_u64().unwrap();
        let folder = if kill { node.kill() } else { node.stop() };
        node = Node::start_in(&lab, folder, &text).unwrap();
    }
}

#[test]
fn a_reload_leaves_the_other_channels_untouched() {
    let lab = Lab::new().unwrap();
    let quiet = r#"
[[channel]]
id = "phu"
name = "Phụ"
[[channel.input]]
url = "udp://10.1.0.2:6001"
"#;
    let text = configuration("url = \"udp://10.1.0.2:6000\"");
    let node = Node::start(&lab, &format!("{text}{quiet}")).unwrap();
    let _encoder = encode(
        &lab,
        "1280x720",
        "25",
        &["-f", "mpegts", "udp://10.1.0.2:6000?pkt_size=1316"],
    );
    on_air(&node);
    let receiver = lab.on(Host::Receiver, || {
        receive(
            GROUP,
            5000,
            Ipv4Addr::new(10, 2, 0, 2),
            Duration::from_secs(12),
            PATIENCE,
        )
    });
    for name in ["Một", "Hai", "Ba"] {
        let old = std::fs::read_to_string(node.file()).unwrap();
        let at = old.rfind("name = ").unwrap();
        let end = at + old[at..].find('\n').unwrap();
        std::fs::write(
            node.file(),
            format!("{}name = \"{name}\"{}", &old[..at], &old[end..]),
        )
        .unwrap();
        node.cli(&["config", "reload"]).unwrap();
        node.cli(&["channel", "stop", "phu", "--yes"]).unwrap();
        node.cli(&["channel", "start", "phu"]).unwrap();
        until("the reload is seen", PATIENCE, || {
            node.channel("phu").is_ok_and(|c| c["name"] == name)
        })
        .unwrap();
    }
    let verdict = judge(&receiver.join().unwrap().unwrap().packets, RATE);
    println!("{verdict}");
    assert_eq!(verdict.faults(), Vec::<String>::new());
}

#[test]
fn what_hls_cannot_carry_is_named_and_with_transcode_encoded_anew_for_hls_alone() {
    let lab = Lab::new().unwrap();
    let text = configuration("url = \"udp://10.1.0.2:6000\"");
    let node = Node::start(&lab, &text).unwrap();
    let old = "-v error -re -f lavfi -i testsrc2=size=640x360:rate=25 -re -f lavfi -i sine=sample_rate=48000 \
        -c:v mpeg2video -b:v 2M -g 12 -c:a mp2 -b:a 128k -f mpegts udp://10.1.0.2:6000?pkt_size=1316";
    let words: Vec<&str> = old.split_whitespace().collect();
    let encoder = lab.start(Host::Encoder, "ffmpeg", &words).unwrap();
    let named = |c: &serde_json::Value| {
        let why = c["hls"]["unavailable"].as_str().unwrap_or_default();
        why.contains("MPEG-2") && why.contains("transcode")
    };
    node.until("hop", "HLS says what it cannot carry", PATIENCE, named)
        .unwrap();
    let text = std::fs::read_to_string(node.file()).unwrap();
    let asked = text.replace("name = \"Họp", "transcode = true\nname = \"Họp");
    std::fs::write(node.file(), asked).unwrap();
    node.cli(&["config", "reload"]).unwrap();
    let listed = |c: &serde_json::Value| c["hls"]["segments"].as_u64() > Some(2);
    node.until("hop", "three segments", Duration::from_secs(40), listed)
        .unwrap();
    let kinds = |place: &str| {
        let args = [
            "-v",
            "quiet",
            "-show_entries",
            "stream=codec_name",
            "-of",
            "csv=p=0",
            place,
        ];
        let ffprobe = lab.start(Host::Receiver, "ffprobe", &args).unwrap();
        let said = ffprobe.finish(PATIENCE).unwrap();
        let mut kinds: Vec<_> = said
            .lines()
            .map(|l| l.trim_end_matches(',').to_owned())
            .filter(|l| !l.is_empty())
            .collect();
        kinds.sort();
        kinds.dedup();
        kinds
    };
    assert_eq!(
        kinds("http://10.2.0.1:8080/hls/hop/index.m3u8"),
        ["aac", "h264"]
    );
    let group = "udp://239.84.0.1:5000?localaddr=10.2.0.2";
    assert_eq!(kinds(group), ["mp2", "mpeg2video"]);
    let pid = node.channel("hop").unwrap()["hls"]["transcoder"]["pid"].as_i64();
    let pid = nix::unistd::Pid::from_raw(i32::try_from(pid.unwrap()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
    let told = |c: &serde_json::Value| {
        let worker = &c["hls"]["transcoder"];
        let words = worker["last_words"].as_str().unwrap_or_default();
        worker["restarts_total"].as_u64() >= Some(1) && words.contains("SIGKILL")
    };
    node.until("hop", "its death is told", Duration::from_secs(5), told)
        .unwrap();
    let last = node.channel("hop").unwrap()["hls"]["media_sequence"].as_u64();
    let goes_on = |c: &serde_json::Value| c["hls"]["media_sequence"].as_u64() > last;
    node.until("hop", "HLS goes on", Duration::from_secs(40), goes_on)
        .unwrap();
    drop(encoder);
    let encode = || lab.start(Host::Encoder, "ffmpeg", &words).unwrap();
    let _again = back_from_the_slate(&node, encode);
    assert_eq!(
        kinds("http://10.2.0.1:8080/hls/hop/index.m3u8"),
        ["aac", "h264"]
    );
}

/// The slate is H.264 and AAC on the PIDs of the source, whose encoder has ended.
fn back_from_the_slate(node: &Node, encode: impl Fn() -> Running) -> Running {
    let slate = |c: &serde_json::Value| c["slate"] == true;
    node.until("hop", "the slate", PATIENCE, slate).unwrap();
    let goes_on = |what: &str| {
        let last = node.channel("hop").unwrap()["hls"]["media_sequence"].as_u64();
        let on = |c: &serde_json::Value| c["hls"]["media_sequence"].as_u64() > last.map(|n| n + 4);
        node.until("hop", what, Duration::from_secs(40), on)
            .unwrap();
    };
    goes_on("HLS of the slate");
    let again = encode();
    let back = |c: &serde_json::Value| c["on_air"] == 0 && c["slate"] == false;
    node.until("hop", "the source", PATIENCE, back).unwrap();
    goes_on("HLS of the source");
    again
}

/// One datagram spoilt in one of the ways in which lines, muxers and enemies spoil them.
fn spoil(datagram: &mut Vec<u8>, random: &mut Random) {
    let length = datagram.len();
    let mut draw = |below: usize| random.draw() as usize % below.max(1);
    match draw(8) {
        0 => datagram.clear(),
        1 => datagram.truncate(draw(length)),
        2 => datagram.resize(65_507, 0x47),
        3 => datagram.insert(draw(length), 0x47),
        4 => datagram.fill_with(|| draw(256) as u8),
        5 => {
            let at = draw(7) * 188;
            datagram[at + 1] = draw(256) as u8;
            datagram[at + 2] = draw(256) as u8;
        }
        6 => {
            // Adaptation fields, PES headers and tables live in the first bytes of a packet.
            let at = draw(7) * 188 + draw(24);
            datagram[at] ^= 1 << draw(8);
        }
        _ => {
            for _ in 0..=draw(20) {
                let at = draw(length);
                datagram[at] = draw(256) as u8;
            }
        }
    }
}

/// Datagrams of every capture there is, and of a stream of FFmpeg.
fn material() -> Vec<Vec<u8>> {
    let mut streams = vec![generated("h264-3m", 12, &h264("3M")).unwrap()];
    for entry in std::fs::read_dir(headend_tests::node::streams())
        .into_iter()
        .flatten()
    {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "ts") {
            streams.push(std::fs::read(path).unwrap());
        }
    }
    let whole = |s: &Vec<u8>| {
        s.chunks_exact(7 * 188)
            .take(2_000)
            .map(<[u8]>::to_vec)
            .collect::<Vec<_>>()
    };
    streams.iter().flat_map(whole).collect()
}

#[test]
fn ten_thousand_mutations_on_one_channel_cost_the_other_nothing() {
    let spoilt = r#"
[[channel]]
id = "bad"
name = "Hỏng"
[[channel.input]]
url = "udp://10.1.0.2:6001"
[[channel.output]]
url = "udp://239.84.0.3:5000"
interface = "n1"
bitrate = "6M"
[channel.hls]
"#;
    let lab = Lab::new().unwrap();
    let text = configuration("url = \"udp://10.1.0.2:6000\"");
    let node = Node::start(&lab, &format!("{text}{spoilt}")).unwrap();
    let feed = |port: u16| {
        let to = format!("udp://10.1.0.2:{port}?pkt_size=1316");
        encode(&lab, "640x360", "25", &["-f", "mpegts", &to])
    };
    let _encoder = feed(6000);
    on_air(&node);
    let receiver = lab.on(Host::Receiver, || {
        let own = Ipv4Addr::new(10, 2, 0, 2);
        receive(GROUP, 5000, own, Duration::from_secs(16), PATIENCE)
    });
    let sender = lab.on(Host::Encoder, || {
        let socket = std::net::UdpSocket::bind("10.1.0.1:0").unwrap();
        let (mut random, mut spoilt) = (Random(7), 0);
        let begun = std::time::Instant::now();
        for (n, datagram) in material().iter().cycle().enumerate() {
            let mut datagram = datagram.clone();
            if random.draw() % 2 == 0 {
                spoil(&mut datagram, &mut random);
                spoilt += 1;
            }
            socket.send_to(&datagram, "10.1.0.2:6001").unwrap();
            if spoilt == 10_000 {
                break;
            }
            let due = Duration::from_micros(700) * n as u32;
            std::thread::sleep(due.saturating_sub(begun.elapsed()));
        }
    });
    let capture = receiver.join().unwrap().unwrap();
    sender.join().unwrap();
    let verdict = judge(&capture.packets, RATE);
    println!("{verdict}");
    assert_eq!(verdict.faults(), Vec::<String>::new());
    assert_eq!(verdict.discontinuities, 0);
    let bad = node.channel("bad").unwrap();
    let input = &bad["inputs"][0];
    for counter in ["resync_bytes_total", "continuity_errors_total"] {
        assert!(input[counter].as_u64() > Some(500), "{counter}: {input:#}");
    }
    let _well = feed(6001);
    let well =
        |c: &serde_json::Value| c["inputs"][0]["state"] == "receiving" && c["state"] == "on-air";
    node.until("bad", "on air after all that", PATIENCE, well)
        .unwrap();
}

/// A node that takes two encoders, both on air.
fn two_encoders(lab: &Lab) -> (Node, Running, Running) {
    let two = "url = \"udp://10.1.0.2:6000\"\n\n[[channel.input]]\nurl = \"rtp://10.1.0.2:6002\"";
    let node = Node::start(lab, &configuration(two)).unwrap();
    let to = ["-f", "mpegts", "udp://10.1.0.2:6000?pkt_size=1316"];
    let main = encode(lab, "1280x720", "25", &to);
    on_air(&node);
    let to = ["-g", "40", "-f", "rtp_mpegts", "rtp://10.1.0.2:6002"];
    let backup = encode(lab, "1280x720", "25", &to);
    let both = |c: &serde_json::Value| c["inputs"][1]["fitness"] == "ready";
    node.until("hop", "the backup is fit", PATIENCE, both)
        .unwrap();
    (node, main, backup)
}

#[test]
fn the_death_of_an_encoder_is_hardly_seen() {
    let lab = Lab::new().unwrap();
    let (node, main, _backup) = two_encoders(&lab);
    let receiver = lab.on(Host::Receiver, || {
        let own = Ipv4Addr::new(10, 2, 0, 2);
        receive(GROUP, 5000, own, Duration::from_secs(12), PATIENCE)
    });
    std::thread::sleep(Duration::from_secs(5));
    main.signal(nix::sys::signal::Signal::SIGKILL);
    let unfit = |c: &serde_json::Value| {
        let alarms = c["alarms"].as_array().unwrap();
        let of_main = alarms.iter().filter(|a| a["place"] == "input 0");
        c["on_air"] == 1 && of_main.filter(|a| a["code"] == "backup-not-fit").count() == 1
    };
    let soon = Duration::from_secs(5);
    node.until("hop", "the backup is on air, alone", soon, unfit)
        .unwrap();
    let verdict = judge(&receiver.join().unwrap().unwrap().packets, RATE);
    println!("{verdict}\n{}", node.process.said());
    assert_eq!(verdict.faults(), Vec::<String>::new());
    assert_eq!(verdict.discontinuities, 0);
}

#[test]
fn an_operator_switches_by_hand_and_is_told_before_what_it_will_be() {
    let lab = Lab::new().unwrap();
    let (node, _main, _backup) = two_encoders(&lab);
    let receiver = lab.on(Host::Receiver, || {
        let own = Ipv4Addr::new(10, 2, 0, 2);
        receive(GROUP, 5000, own, Duration::from_secs(8), PATIENCE)
    });
    let told = node
        .cli(&["input", "switch", "hop", "1", "--dry-run"])
        .unwrap();
    assert!(
        told.contains("input 1 goes on air in place of input 0: ready: "),
        "{told}"
    );
    assert_eq!(node.channel("hop").unwrap()["on_air"], 0, "a dry run");
    node.cli(&["input", "switch", "hop", "1"]).unwrap();
    let held = |c: &serde_json::Value| c["on_air"] == 1 && c["held"] == 1;
    node.until("hop", "input 1 is held", PATIENCE, held)
        .unwrap();
    node.cli(&["input", "switch", "hop", "--auto"]).unwrap();
    let free = |c: &serde_json::Value| c["held"].is_null();
    node.until("hop", "nobody holds it", PATIENCE, free)
        .unwrap();
    let refused = node.cli(&["input", "switch", "hop", "2"]).unwrap_err();
    assert!(refused.to_string().contains("has no input 2"), "{refused}");
    let verdict = judge(&receiver.join().unwrap().unwrap().packets, RATE);
    assert_eq!(verdict.faults(), Vec::<String>::new());
    assert_eq!(verdict.discontinuities, 0);
}
