//! The transport stream over HTTP, by other people's players.

use std::time::Duration;

use headend_tests::drill::{configuration, well};
use headend_tests::encoder::encode;
use headend_tests::judge::judge;
use headend_tests::lab::{Host, Lab, until};
use headend_tests::node::Node;
use headend_tests::picture::{bars, looped};
use headend_tests::sim::{ORIGIN, carry_all, chain_of, generated, h264, paced};
use packager::emit::Join;

#[test]
fn a_reader_that_begins_at_an_entry_has_a_whole_stream() {
    let stream = generated("h264-1m", 120, &h264("1M")).unwrap();
    let datagrams = paced(&stream, 0.0, 0, 1).unwrap();
    let mut chain = chain_of(1, &[Some(2_000_000)]);
    let outcome = carry_all(&mut chain, &[&datagrams], 12_000_000_000);
    let (mut join, mut whole) = (Join::default(), Vec::new());
    let mut pieces = Vec::new();
    for (count, packet) in outcome.tap.iter().enumerate() {
        whole.extend_from_slice(packet);
        pieces.extend(join.push(packet));
        if count % 50 == 0 {
            pieces.extend(join.take());
        }
    }
    pieces.extend(join.take());
    let joined: Vec<u8> = pieces.iter().flat_map(|p| p.bytes.to_vec()).collect();
    assert!(joined == whole, "no packet more, none less, none moved");
    let entries: Vec<usize> = (0..pieces.len())
        .filter(|at| pieces[*at].entry.is_some())
        .collect();
    assert!(entries.len() >= 9, "an IDR a second: {}", entries.len());
    for at in entries {
        let tables = pieces[at].entry.clone().unwrap();
        let rest = pieces[at..].iter().flat_map(|p| p.bytes.to_vec());
        let read: Vec<u8> = tables.iter().copied().chain(rest).collect();
        let packets = read.as_chunks::<188>().0.iter().zip(0..);
        let packets: Vec<_> = packets.map(|(p, n)| (ORIGIN + n, *p)).collect();
        let verdict = judge(&packets, 2_000_000);
        assert_eq!(verdict.continuity_errors, Vec::<String>::new());
        assert_eq!(verdict.crc_errors, 0);
        let pid = |p: &[u8; 188]| u16::from_be_bytes([p[1] & 0x1f, p[2]]);
        let begins: Vec<u16> = packets.iter().take(3).map(|(_, p)| pid(p)).collect();
        assert_eq!((begins[0], begins[2]), (0, 0x100), "PAT, PMT, picture");
    }
}

#[test]
fn ffprobe_and_ffmpeg_read_the_stream_over_http_without_a_flaw() {
    let lab = Lab::new().unwrap();
    let input = "[[channel.input]]\nurl = \"udp://10.1.0.2:6000\"";
    let node = Node::start(&lab, &configuration(input, "6M")).unwrap();
    let to = ["-f", "mpegts", "udp://10.1.0.2:6000?pkt_size=1316"];
    let _encoder = encode(&lab, "640x360", "25", &to);
    well(&node);
    let url = "http://10.2.0.1:8080/ts/hop";
    let mut probe = lab.command(Host::Receiver, "timeout");
    probe.args(["20", "ffprobe", "-v", "error", "-show_entries"]);
    probe.args(["stream=codec_name,width", "-of", "csv=p=0", url]);
    let found = probe.output().unwrap();
    let text = String::from_utf8_lossy(&found.stdout).into_owned();
    assert!(text.contains("h264,640") && text.contains("aac"), "{text}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("got.ts");
    let mut curl = lab.command(Host::Receiver, "curl");
    curl.args(["-s", "-m", "6", "-o"]).arg(&file).arg(url);
    let _ = curl.status().unwrap();
    let mut got = std::fs::read(&file).unwrap();
    assert!(
        got.len() > 200_000 && got.len().is_multiple_of(188),
        "{}",
        got.len()
    );
    got.truncate(188 * last_picture(&got));
    std::fs::write(&file, &got).unwrap();
    let mut decode = lab.command(Host::Receiver, "ffmpeg");
    decode.args(["-v", "error", "-i"]).arg(&file);
    decode.args(["-f", "null", "-"]);
    let decoded = decode.output().unwrap();
    assert!(decoded.status.success());
    let said = String::from_utf8_lossy(&decoded.stderr).into_owned();
    assert_eq!(said, "", "not one flaw from the first picture on");
}

/// The packet with which the last picture begins: the reader left in the middle of it.
fn last_picture(stream: &[u8]) -> usize {
    let begins = |p: &[u8; 188]| p[1] & 0x5f == 0x41 && p[2] == 0x00;
    let packets = stream.as_chunks::<188>().0;
    packets.iter().rposition(begins).unwrap()
}

const ALLOW: &str = r#"
[http]
listen = ["0.0.0.0:8080"]
udp-allow = ["239.1.0.0/16:5000"]
udp-interface = "n0"
"#;

/// Whether the node has joined `group` on the encoder's side.
fn joined(lab: &Lab, group: &str) -> bool {
    let mut ip = lab.command(Host::Node, "ip");
    let output = ip.args(["maddr", "show", "dev", "n0"]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).contains(group)
}

#[test]
fn a_group_of_others_is_joined_while_somebody_reads_it() {
    let lab = Lab::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    looped(&folder).unwrap();
    let file = folder.path().join("bars.ts");
    let _node = Node::start(&lab, ALLOW).unwrap();
    let send = |to: &[&str]| {
        let read = [
            "-v",
            "error",
            "-re",
            "-stream_loop",
            "-1",
            "-i",
            file.to_str().unwrap(),
        ];
        let copy = ["-c", "copy"];
        lab.start(Host::Encoder, "ffmpeg", &[&read[..], &copy, to].concat())
            .unwrap()
    };
    let _rtp = send(&["-f", "rtp_mpegts", "rtp://239.1.0.1:5000?pkt_size=1328"]);
    let _udp = send(&["-f", "mpegts", "udp://239.1.0.2:5000?pkt_size=1316"]);
    for address in [
        "udp/239.1.0.1:5000",
        "rtp/239.1.0.1:5000",
        "udp/@239.1.0.2:5000",
    ] {
        let seen = bars(&lab, &["-i", &format!("http://10.2.0.1:8080/{address}")]);
        seen.unwrap_or_else(|error| panic!("{address}: {error:#}"));
    }

    let read = |seconds: &str| {
        let url = "http://10.2.0.1:8080/udp/239.1.0.1:5000";
        lab.start(
            Host::Receiver,
            "curl",
            &["-s", "-m", seconds, "-o", "/dev/null", url],
        )
        .unwrap()
    };
    let patience = Duration::from_secs(10);
    until("it is left", patience, || !joined(&lab, "239.1.0.1")).unwrap();
    let (first, second) = (read("60"), read("60"));
    until("it is joined", patience, || joined(&lab, "239.1.0.1")).unwrap();
    drop(first);
    std::thread::sleep(Duration::from_secs(2));
    assert!(joined(&lab, "239.1.0.1"), "the other one reads on");
    drop(second);
    until("it is left", patience, || !joined(&lab, "239.1.0.1")).unwrap();
}

#[test]
fn a_group_that_is_not_allowed_is_refused_and_not_joined() {
    let lab = Lab::new().unwrap();
    let _node = Node::start(&lab, ALLOW).unwrap();
    let status = |address: &str| {
        let mut curl = lab.command(Host::Receiver, "curl");
        curl.args([
            "-s",
            "-m",
            "5",
            "-w",
            "%{http_code}",
            &format!("http://10.2.0.1:8080/{address}"),
        ]);
        String::from_utf8(curl.output().unwrap().stdout).unwrap()
    };
    for refused in [
        "udp/239.2.0.1:5000",
        "udp/239.1.0.1:5001",
        "rtp/10.1.0.1:5000",
    ] {
        let said = status(refused);
        assert!(
            said.ends_with("403") && said.contains("udp-allow"),
            "{said}"
        );
    }
    assert!(status("udp/everything").ends_with("400"));
    assert!(!joined(&lab, "239.2.0.1"));
}
