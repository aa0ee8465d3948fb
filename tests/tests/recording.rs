//! A recording on a running node: turned on and off by hand, told to viewers, watched and fetched by
//! other people's programs.

use std::path::Path;
use std::time::Duration;

use headend_tests::drill::{configuration, well};
use headend_tests::encoder::encode;
use headend_tests::lab::{Host, Lab, Running};
use headend_tests::node::{Node, headend};
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(40);
const SERVER: &str = "http://10.2.0.1:8080";

fn ends(lab: &Lab, program: &str, args: &[&str]) -> String {
    let running = lab.start(Host::Receiver, program, args).unwrap();
    running.finish(PATIENCE).unwrap()
}

/// By the rules, and by FFmpeg without a word of complaint.
fn watched(lab: &Lab, path: &str) {
    let playlist = format!("{SERVER}{path}");
    let mut probe = lab.command(Host::Receiver, headend().to_str().unwrap());
    probe.args([
        "probe", &playlist, "--rules", "--for", "5s", "--output", "json",
    ]);
    let said = Running::start(probe, "probe")
        .unwrap()
        .finish(PATIENCE)
        .unwrap();
    let report: Value = serde_json::from_str(&said).unwrap();
    let rules = report["rules"].as_array().unwrap();
    let broken: Vec<_> = rules.iter().filter(|r| r["verdict"] == "broken").collect();
    assert!(broken.is_empty(), "{broken:#?}");
    let said = ends(
        lab,
        "ffmpeg",
        &["-v", "error", "-xerror", "-i", &playlist, "-f", "null", "-"],
    );
    assert_eq!(said, "");
}

/// One file, as long as it was said to be.
fn fetched(lab: &Lab, path: &str, file: &Path, seconds: f64) {
    let file = file.to_str().unwrap();
    let url = format!("{SERVER}{path}");
    ends(lab, "curl", &["-sf", "-o", file, &url]);
    let entries = "format=duration:stream=codec_name";
    let said = ends(
        lab,
        "ffprobe",
        &["-v", "error", "-show_entries", entries, "-of", "json", file],
    );
    let probed: Value = serde_json::from_str(&said).unwrap();
    let duration: f64 = probed["format"]["duration"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!(
        (duration - seconds).abs() < 0.3,
        "{duration} of {seconds}: {said}"
    );
    let codecs = probed["streams"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["codec_name"].as_str());
    assert_eq!(codecs.collect::<Vec<_>>(), [Some("h264"), Some("aac")]);
    let said = ends(
        lab,
        "ffmpeg",
        &["-v", "error", "-xerror", "-i", file, "-f", "null", "-"],
    );
    assert_eq!(said, "");
}

/// Broken off wherever, the rest is what is missing.
fn resumed(lab: &Lab, path: &str, whole: &Path) {
    let whole = std::fs::read(whole).unwrap();
    let (url, file) = (
        format!("{SERVER}{path}"),
        tempfile::NamedTempFile::new().unwrap(),
    );
    let to = file.path().to_str().unwrap();
    for part in [1, 100, 2 * whole.len() / 3, whole.len() - 1] {
        std::fs::write(to, &whole[..part]).unwrap();
        ends(lab, "curl", &["-sf", "-C", "-", "-o", to, &url]);
        assert!(std::fs::read(to).unwrap() == whole, "from {part}");
    }
    let beyond = format!("{}-", whole.len());
    let code = [
        "-s",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        "-r",
        &beyond,
        &url,
    ];
    assert_eq!(ends(lab, "curl", &code), "416");
}

#[test]
fn what_was_recorded_is_a_presentation_by_the_rules_and_one_file() {
    let lab = Lab::new().unwrap();
    let input = "[[channel.input]]\nurl = \"udp://10.1.0.2:6000\"";
    let node = Node::start(&lab, &configuration(input, "6M")).unwrap();
    let to = ["-f", "mpegts", "udp://10.1.0.2:6000?pkt_size=1316"];
    let _encoder = encode(&lab, "640x360", "25", &to);
    well(&node);
    assert_eq!(node.channel("hop").unwrap()["recording"], false);
    node.cli(&["record", "start", "hop", "--title", "Họp thử"])
        .unwrap();
    node.until("hop", "the flag", PATIENCE, |c| c["recording"] == true)
        .unwrap();
    let list = || -> Value {
        let said = node.cli(&["record", "list", "--output", "json"]).unwrap();
        serde_json::from_str::<Value>(&said).unwrap()[0].clone()
    };
    let long = |_: &Value| list()["span_seconds"].as_f64() >= Some(12.0);
    node.until("hop", "12 s", PATIENCE, long).unwrap();
    node.cli(&["record", "stop", "hop"]).unwrap();
    node.until("hop", "no flag", PATIENCE, |c| c["recording"] == false)
        .unwrap();
    let recording = list();
    assert_eq!(recording["title"], "Họp thử");
    let seconds = recording["span_seconds"].as_f64().unwrap();

    watched(&lab, recording["playlist"].as_str().unwrap());
    let file = node.file().with_file_name("got.mp4");
    fetched(
        &lab,
        recording["files"][0].as_str().unwrap(),
        &file,
        seconds,
    );

    resumed(&lab, recording["files"][0].as_str().unwrap(), &file);

    let id = recording["id"].as_str().unwrap();
    // Who only watches changes nothing.
    let api = format!("{SERVER}/api/v1/recordings/{id}");
    let code = [
        "-s",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        "-X",
        "DELETE",
        &api,
    ];
    assert_eq!(ends(&lab, "curl", &code), "403");
    node.cli(&["record", "delete", id, "--yes"]).unwrap();
    assert_eq!(list(), Value::Null);
}
