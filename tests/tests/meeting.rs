//! After a meeting: what the record says of a channel that was switched and whose node was killed,
//! the graphs around an incident, and who was told of it.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

use headend_tests::encoder::encode;
use headend_tests::lab::{Host, Lab, Running};
use headend_tests::node::Node;
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(30);

fn configuration(more: &str) -> String {
    format!(
        r#"
[http]
listen = ["127.0.0.1:8080"]

[[channel]]
id = "hop"
name = "Họp Chính phủ"

[[channel.input]]
url = "rtp://10.1.0.2:6000"

[[channel.input]]
url = "rtp://10.1.0.2:6010"

[[channel.output]]
url = "udp://239.84.0.1:5000"
interface = "n1"
bitrate = "6M"
{more}"#
    )
}

fn feed(lab: &Lab, port: u16) -> Running {
    let to = format!("rtp://10.1.0.2:{port}?pkt_size=1328");
    encode(lab, "640x360", "25", &["-f", "rtp_mpegts", &to])
}

fn report(node: &Node) -> Value {
    let text = node.cli(&["report", "meeting", "hop", "--output", "json"]);
    serde_json::from_str(&text.unwrap()).unwrap()
}

fn sum(report: &Value, what: &str) -> f64 {
    report["sums"][format!("{what}_seconds")].as_f64().unwrap()
}

/// Takes webhooks on the node's own host.
fn receiver(lab: &Lab) -> mpsc::Receiver<String> {
    let (tell, told) = mpsc::channel();
    let (ready, bound) = mpsc::channel();
    lab.on(Host::Node, move || {
        let listener = TcpListener::bind("127.0.0.1:9000").unwrap();
        ready.send(()).unwrap();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (mut bytes, mut buffer) = (Vec::new(), [0; 16_384]);
            loop {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
                    let length = head
                        .lines()
                        .find_map(|l| l.strip_prefix("content-length: "));
                    length.is_some_and(|l| body.len() >= l.parse().unwrap())
                });
                if whole {
                    break;
                }
                let read = stream.read(&mut buffer).unwrap();
                assert!(read > 0, "cut off: {text}");
                bytes.extend(&buffer[..read]);
            }
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
            if tell
                .send(String::from_utf8_lossy(&bytes).into_owned())
                .is_err()
            {
                return;
            }
        }
    });
    bound.recv_timeout(PATIENCE).unwrap();
    told
}

/// The graphs of the incident, and the report as a page and a table.
fn on_paper(node: &Node, id: &str) {
    let series = node
        .cli(&["report", "incident", id, "--output", "json"])
        .unwrap();
    let series: Value = serde_json::from_str(&series).unwrap();
    let series = series["series"].as_array().unwrap();
    assert!(series.len() > 10, "{} samples", series.len());
    let rate = |sample: &Value| sample["inputs"][0]["rate"].as_u64().unwrap();
    assert!(rate(&series[0]) > 1_000_000, "{:#}", series[0]);
    assert_eq!(rate(series.last().unwrap()), 0, "the input is silent");
    let page = node.cli(&["report", "incident", id, "--html"]).unwrap();
    assert_eq!(page.matches("<figure>").count(), 6, "{page}");
    assert!(!page.contains("<script"), "printable");

    let place = |name: &str| node.file().with_file_name(name).display().to_string();
    let (html, csv) = (place("hop.html"), place("hop.csv"));
    node.cli(&["report", "meeting", "hop", "--html", &html, "--csv", &csv])
        .unwrap();
    let table = std::fs::read_to_string(csv).unwrap();
    assert!(
        table.contains("\r\nnot-recorded,") && table.contains("\r\nswitch,"),
        "{table}"
    );
    let page = std::fs::read_to_string(html).unwrap();
    assert!(
        page.contains("not on record") && page.contains(id),
        "{page}"
    );
}

#[test]
fn a_switch_and_a_kill_are_on_record_and_the_gap_is_not_counted_as_good() {
    let lab = Lab::new().unwrap();
    let told = receiver(&lab);
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("webhook.key");
    std::fs::write(&key, "sixteen letters and more\n").unwrap();
    let hook = format!(
        "\n[[webhook]]\nurl = \"http://127.0.0.1:9000/su-co\"\nsecret-file = {:?}\n",
        key.display().to_string()
    );
    let configuration = configuration(&hook);
    let node = Node::start(&lab, &configuration).unwrap();
    let first = feed(&lab, 6000);
    node.until("hop", "on air", PATIENCE, |c| c["state"] == "on-air")
        .unwrap();
    let _second = feed(&lab, 6010);
    let ready = |c: &Value| c["state"] == "on-air" && c["inputs"][1]["fitness"] == "ready";
    node.until("hop", "on air with a backup", PATIENCE, ready)
        .unwrap();
    std::thread::sleep(Duration::from_secs(8));

    drop(first);
    node.until("hop", "the other is on air", PATIENCE, |c| c["on_air"] == 1)
        .unwrap();
    let seen = |c: &Value| c["incidents"][0]["class"] == "source-silent";
    let channel = node.until("hop", "an incident", PATIENCE, seen).unwrap();
    let id = channel["incidents"][0]["id"].as_str().unwrap().to_owned();
    let message = told.recv_timeout(PATIENCE).unwrap();
    assert!(message.starts_with("POST /su-co HTTP/1.1"), "{message}");
    assert!(
        message.contains("webhook-signature: v1,") && message.contains(&id),
        "{message}"
    );

    std::thread::sleep(Duration::from_secs(8));
    let before = report(&node);
    assert_eq!(before["switches"][0]["to"], 1, "{before:#}");
    assert_eq!(before["stretches"][0]["input"], 0);
    assert_eq!(before["incidents"][0]["incident"]["id"], *id);
    assert_eq!(sum(&before, "not_recorded"), 0.0, "{before:#}");
    let lost = sum(&before, "out_of_specification");
    assert!(lost < 4.0, "the other input is good: {before:#}");

    // With the encoder gone, nothing comes on air again by itself: what is left is the record.
    let folder = node.kill();
    std::thread::sleep(Duration::from_secs(8));
    let node = Node::start_in(&lab, folder, &configuration).unwrap();
    node.until("hop", "on air again", PATIENCE, |c| c["state"] == "on-air")
        .unwrap();
    std::thread::sleep(Duration::from_secs(7));
    let after = report(&node);
    let gap = sum(&after, "not_recorded");
    assert!((8.0..25.0).contains(&gap), "{after:#}");
    let parts = ["on_air", "off_air", "not_recorded"].map(|part| sum(&after, part));
    let total = sum(&after, "total");
    assert!(
        (parts.iter().sum::<f64>() - total).abs() < 0.01,
        "{after:#}"
    );
    assert!(sum(&after, "in_specification") <= total - gap, "{after:#}");
    let stretches = after["stretches"].as_array().unwrap();
    assert!(
        stretches.iter().any(|s| s["broken_off"] == true),
        "{after:#}"
    );
    assert!(stretches.iter().any(|s| s["state"].is_null()), "{after:#}");
    on_paper(&node, &id);
}
