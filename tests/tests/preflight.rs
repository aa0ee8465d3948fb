//! `headend preflight` against a node that is well, and against one with each fault: the line that
//! names it, its fix, and the exit code.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use headend_tests::encoder::encode;
use headend_tests::lab::{Host, Lab, Running};
use headend_tests::node::{Node, headend};
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(40);

fn configuration(output: &str) -> String {
    format!(
        r#"
[http]
listen = ["0.0.0.0:8080"]

[[channel]]
id = "hop"
name = "Họp Chính phủ"
slate = false

[[channel.input]]
url = "udp://10.1.0.2:6000"

[[channel.input]]
url = "rtp://10.1.0.2:6002"

[[channel.output]]
url = "udp://239.84.0.1:5000"
interface = "n1"
bitrate = "6M"
{output}

[channel.hls]
segment = "2s"
part = "400ms"
window = "30s"
"#
    )
}

/// One encoder that sends to both inputs, as a conference with two lines does. Its tone swells, so
/// that there is something to know it by.
fn both(lab: &Lab) -> Running {
    let swell = "volume='1.5*(0.2+abs(sin(t*1.3)*sin(t*2.9)))':eval=frame";
    let mut to = vec!["-map", "0:v", "-map", "1:a", "-af", swell];
    let outputs = "[f=mpegts]udp://10.1.0.2:6000?pkt_size=1316|[f=rtp_mpegts]rtp://10.1.0.2:6002";
    to.extend(["-flags:v", "+global_header", "-f", "tee", outputs]);
    encode(lab, "640x360", "25", &to)
}

/// The encoder of the first input alone.
fn main_alone(lab: &Lab, more: &[&str]) -> Running {
    let to = ["-f", "mpegts", "udp://10.1.0.2:6000?pkt_size=1316"];
    encode(lab, "640x360", "25", &[more, &to].concat())
}

fn fit(channel: &Value, input: usize) -> bool {
    let heard = &channel["inputs"][input]["content"]["short_term_lufs"];
    channel["inputs"][input]["fitness"] == "ready" && heard.is_number()
}

/// A node that takes both lines of one encoder, and is looked at by all it has.
fn well(lab: &Lab) -> (Node, Running) {
    let node = Node::start(lab, &configuration("")).unwrap();
    let encoder = both(lab);
    let known = |c: &Value| {
        let wire = c["outputs"][0]["state"] == "on-the-wire";
        let same = c["inputs"][1]["comparison"]["programme"] == "same";
        c["on_air"] == 0
            && wire
            && fit(c, 0)
            && fit(c, 1)
            && same
            && c["hls"]["segments"].as_u64() > Some(3)
    };
    node.until("hop", "all is known", PATIENCE, known).unwrap();
    (node, encoder)
}

fn command(lab: &Lab, host: Host, config: &Path, args: &[&str]) -> Command {
    let mut command = lab.command(host, headend().to_str().unwrap());
    command.arg("preflight").args(args);
    command.env("HEADEND_CONFIG", config).env("LANG", "C.UTF-8");
    command
}

fn preflight(lab: &Lab, node: &Node, args: &[&str]) -> Output {
    command(lab, Host::Node, &node.file(), args)
        .output()
        .unwrap()
}

/// What was found, with the exit code.
fn lines(lab: &Lab, node: &Node, args: &[&str]) -> (Vec<Value>, i32) {
    let args = [args, &["--output", "json"]].concat();
    let output = preflight(lab, node, &args);
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{e}: {output:?}\n{}", node.process.said()));
    let lines = report["lines"].as_array().unwrap().clone();
    (lines, output.status.code().unwrap())
}

/// The grade of a check; it has a fix where it is not good.
#[track_caller]
fn grade(lines: &[Value], check: &str, place: &str) -> String {
    let is = |line: &&Value| line["check"] == check && line["place"] == place;
    let line = lines.iter().find(is);
    let line = line.unwrap_or_else(|| panic!("no {check} of {place}: {lines:#?}"));
    let grade = line["grade"].as_str().unwrap().to_owned();
    if grade == "warning" || grade == "critical" {
        for language in ["en", "vi"] {
            let fix = line["fix"][language].as_str().unwrap_or_default();
            assert!(!fix.is_empty(), "no fix: {line:#}");
        }
    }
    grade
}

/// What is not good, of the channel alone: the machine of a test is what it is.
fn not_good(lines: &[Value]) -> Vec<&Value> {
    let of_channel = lines.iter().filter(|line| {
        let place = line["place"].as_str().unwrap();
        place != "machine" && line["check"] != "in-time"
    });
    let bad = of_channel.filter(|line| line["grade"] != "good" && line["grade"] != "not-used");
    bad.collect()
}

#[test]
fn a_node_that_is_well_is_green_and_its_report_cannot_be_changed_unseen() {
    let lab = Lab::new().unwrap();
    let (node, _encoder) = well(&lab);
    let (all, _) = lines(&lab, &node, &["--quick"]);
    println!("{all:#?}");
    assert_eq!(not_good(&all), Vec::<&Value>::new());
    for check in ["clock", "disk", "socket-buffer", "permissions", "cpu"] {
        let found = all.iter().any(|line| line["check"] == check);
        assert!(found, "{check}");
    }
    let folder = tempfile::tempdir().unwrap();
    for form in ["hop.txt", "hop.html", "hop.json"] {
        let file = folder.path().join(form);
        let path = file.to_str().unwrap();
        let name = ["--operator", "Nguyễn Văn A"];
        preflight(
            &lab,
            &node,
            &[&["--quick", "--report", path], &name[..]].concat(),
        );
        let report = std::fs::read_to_string(&file).unwrap();
        assert!(report.contains("Nguyễn Văn A"), "{report}");
        let verify = || preflight(&lab, &node, &["--verify", path]);
        let output = verify();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        std::fs::write(&file, report.replace("Nguyễn", "Trần")).unwrap();
        assert_eq!(verify().status.code(), Some(2), "{form}");
        std::fs::write(&file, "nothing\n").unwrap();
        assert_eq!(verify().status.code(), Some(2), "{form}");
    }
    let key = node.file().with_file_name("state").join("preflight.key");
    std::fs::remove_file(key).unwrap();
    let folder = folder.path().join("hop.txt");
    assert_eq!(
        preflight(&lab, &node, &["--verify", folder.to_str().unwrap()])
            .status
            .code(),
        Some(2),
        "an unsigned file is known without a key"
    );
}

#[test]
fn a_dead_backup_is_red_and_so_is_hls_that_stands_still() {
    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, &configuration("")).unwrap();
    let encoder = main_alone(&lab, &[]);
    let known = |c: &Value| fit(c, 0) && c["hls"]["segments"].as_u64() > Some(3);
    node.until("hop", "on air", PATIENCE, known).unwrap();
    let (all, code) = lines(&lab, &node, &["--quick"]);
    assert_eq!(grade(&all, "input-live", "hop input 0"), "good");
    assert_eq!(grade(&all, "input-live", "hop input 1"), "critical");
    assert_eq!(grade(&all, "hls", "hop"), "good");
    assert_eq!(code, 2);
    drop(encoder);
    let lost = |c: &Value| c["inputs"][0]["state"] == "lost";
    node.until("hop", "lost", PATIENCE, lost).unwrap();
    let (all, code) = lines(&lab, &node, &["--quick"]);
    assert_eq!(grade(&all, "input-live", "hop input 0"), "critical");
    assert_eq!(grade(&all, "hls", "hop"), "critical");
    assert_eq!(code, 2);
}

#[test]
fn sound_only_is_caught() {
    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, &configuration("")).unwrap();
    let _encoder = main_alone(&lab, &["-vn"]);
    let known = |c: &Value| c["inputs"][0]["program"]["streams"][0]["kind"] == "audio";
    node.until("hop", "its programme is known", PATIENCE, known)
        .unwrap();
    let (all, code) = lines(&lab, &node, &["--quick"]);
    assert_eq!(
        grade(&all, "profile", "hop input 0"),
        "critical",
        "{all:#?}"
    );
    let text = all.iter().find(|line| line["check"] == "profile").unwrap();
    let english = text["text"]["en"].as_str().unwrap();
    assert!(english.starts_with("sound only"), "{english}");
    assert_eq!(code, 2);
}

#[test]
fn silent_sound_a_strange_profile_and_far_key_pictures_are_named() {
    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, &configuration("")).unwrap();
    let _encoder = main_alone(
        &lab,
        &[
            "-af",
            "volume=0",
            "-g",
            "150",
            "-keyint_min",
            "150",
            "-sc_threshold",
            "0",
            "-pix_fmt",
            "yuv422p",
        ],
    );
    let mute = |c: &Value| c["inputs"][0]["content"]["mute"] == true && c["state"] == "on-air";
    node.until("hop", "mute", PATIENCE, mute).unwrap();
    let (all, code) = lines(&lab, &node, &["--hold", "16s", "--query-interval", "2s"]);
    assert_eq!(grade(&all, "sound", "hop input 0"), "critical");
    for place in ["hop input 0", "hop output 0"] {
        assert_eq!(grade(&all, "key-pictures", place), "warning", "{all:#?}");
    }
    assert_eq!(grade(&all, "profile", "hop input 0"), "critical");
    assert_eq!(code, 2);
}

#[test]
fn an_output_that_does_not_leave_is_red() {
    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, &configuration("ttl = 0")).unwrap();
    let _encoder = main_alone(&lab, &[]);
    let not = |c: &Value| c["outputs"][0]["state"] == "not-on-the-wire";
    node.until("hop", "not on the wire", PATIENCE, not).unwrap();
    let (all, code) = lines(&lab, &node, &["--quick"]);
    assert_eq!(grade(&all, "ttl", "hop output 0"), "critical");
    assert_eq!(grade(&all, "on-the-wire", "hop output 0"), "critical");
    assert_eq!(code, 2);
    let mut down = lab.command(Host::Node, "ip");
    down.args(["link", "set", "n1", "down"]).status().unwrap();
    let (all, _) = lines(&lab, &node, &["--quick"]);
    assert_eq!(grade(&all, "interface", "hop output 0"), "critical");
}

#[test]
fn an_interface_that_is_not_here_is_red() {
    let lab = Lab::new().unwrap();
    let text = configuration("").replace("interface = \"n1\"", "interface = \"n7\"");
    let node = Node::start(&lab, &text).unwrap();
    let (all, code) = lines(&lab, &node, &["--quick"]);
    assert_eq!(grade(&all, "interface", "hop output 0"), "critical");
    assert_eq!(code, 2);
}

#[test]
fn a_querier_is_missed_and_the_kernels_own_is_heard() {
    let lab = Lab::new().unwrap();
    let (node, _encoder) = well(&lab);
    let hold = ["--hold", "10s", "--query-interval", "2s"];
    let (all, _) = lines(&lab, &node, &hold);
    assert_eq!(grade(&all, "querier", "hop output 0"), "warning");
    assert_eq!(grade(&all, "multicast-held", "hop output 0"), "good");
    // A switch of Linux's own on the receiver's side, which asks each 2 s.
    for line in [
        "ip link add br0 type bridge mcast_snooping 1 mcast_querier 1 mcast_query_interval 200 mcast_startup_query_interval 100",
        "ip link set r0 master br0",
        "ip link set br0 up",
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let mut command = lab.command(Host::Receiver, words[0]);
        assert!(
            command.args(&words[1..]).status().unwrap().success(),
            "{line}"
        );
    }
    let (all, _) = lines(&lab, &node, &hold);
    assert_eq!(grade(&all, "querier", "hop output 0"), "good", "{all:#?}");
    // And from the receiver's machine, behind the switch.
    for line in ["addr flush dev r0", "addr add 10.2.0.2/24 dev br0"] {
        let mut command = lab.command(Host::Receiver, "ip");
        assert!(
            command.args(line.split(' ')).status().unwrap().success(),
            "{line}"
        );
    }
    let args = [
        "--node",
        "http://10.2.0.1:8080",
        "--interface",
        "br0",
        "--output",
        "json",
    ];
    let nothing = tempfile::tempdir().unwrap();
    let config = nothing.path().join("headend.toml");
    std::fs::write(&config, "").unwrap();
    let args = [&hold[..], &args].concat();
    let output = command(&lab, Host::Receiver, &config, &args)
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let all = report["lines"].as_array().unwrap();
    assert_eq!(grade(all, "machine", "machine"), "not-used");
    for check in ["multicast", "multicast-held", "key-pictures"] {
        assert_eq!(grade(all, check, "hop output 0"), "good", "{all:#?}");
    }
    assert_eq!(grade(all, "hls", "hop"), "good");
}

/// A small disk; gone when dropped.
struct Disk(std::path::PathBuf);

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["-l"]).arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_red() {
    let lab = Lab::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    std::fs::create_dir(&state).unwrap();
    let mut mount = Command::new("mount");
    mount
        .args(["-t", "tmpfs", "-o", "size=16m", "tmpfs"])
        .arg(&state);
    assert!(mount.status().unwrap().success());
    let disk = Disk(state);
    let node = Node::start_in(&lab, folder, &configuration("")).unwrap();
    let (all, code) = lines(&lab, &node, &["--quick"]);
    assert_eq!(grade(&all, "disk", "machine"), "critical");
    assert_eq!(code, 2);
    let folder = node.stop();
    drop(disk);
    drop(folder);
}

#[test]
fn a_drill_is_not_seen_and_is_put_back_even_when_it_is_interrupted() {
    let lab = Lab::new().unwrap();
    let (node, _encoder) = well(&lab);
    let refused = preflight(&lab, &node, &["--quick", "--drill"]);
    assert_eq!(refused.status.code(), Some(2), "nobody can be asked");
    assert_eq!(node.channel("hop").unwrap()["on_air"], 0);
    let (all, _) = lines(&lab, &node, &["--quick", "--drill", "--yes"]);
    assert_eq!(grade(&all, "drill", "hop input 1"), "good");
    assert_eq!(grade(&all, "drill", "hop input 0"), "good");
    assert_eq!(grade(&all, "drill-output", "hop"), "good", "{all:#?}");
    let as_before = |c: &Value| c["on_air"] == 0 && c["held"].is_null();
    node.until("hop", "as before", PATIENCE, as_before).unwrap();

    let args = ["--quick", "--drill", "--yes"];
    let running = command(&lab, Host::Node, &node.file(), &args);
    let running = Running::start(running, "headend preflight").unwrap();
    let there = |c: &Value| c["on_air"] == 1;
    node.until("hop", "the backup is on air", PATIENCE, there)
        .unwrap();
    running.signal(nix::sys::signal::Signal::SIGINT);
    let ended = running.finish(PATIENCE).unwrap_err().to_string();
    assert!(ended.contains("ended before its end"), "{ended}");
    node.until("hop", "as before", PATIENCE, as_before).unwrap();
}

#[test]
fn a_node_that_is_not_reached_is_unknown_and_says_so() {
    let lab = Lab::new().unwrap();
    let nothing = Path::new("/nonexistent/headend.toml");
    let args = ["--quick", "--node", "http://127.0.0.1:1"];
    let output = command(&lab, Host::Node, nothing, &args).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("no node answers at http://127.0.0.1:1"),
        "{said}"
    );
}
