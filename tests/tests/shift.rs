//! Time shift on a running node: watched by other people's players over a node that was killed, and
//! on disks that are full and read-only.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use headend_tests::drill::{drill, well};
use headend_tests::encoder::encode;
use headend_tests::lab::{Host, Lab, Running, until};
use headend_tests::node::{Node, headend};
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(40);
const CONFIGURATION: &str = r#"
[http]
listen = ["0.0.0.0:8080"]

[[channel]]
id = "hop"
name = "Họp Chính phủ"

[[channel.input]]
url = "udp://10.1.0.2:6000"

[[channel.output]]
url = "udp://239.84.0.1:5000"
interface = "n1"
bitrate = "6M"

[channel.hls]
segment = "2s"
window = "8s"
shift = "10m"
"#;

fn encoder(lab: &Lab) -> Running {
    let to = ["-f", "mpegts", "udp://10.1.0.2:6000?pkt_size=1316"];
    encode(lab, "640x360", "25", &to)
}

fn reaches(node: &Node, seconds: f64) -> Value {
    let long = |c: &Value| c["hls"]["shift"]["span_seconds"].as_f64() >= Some(seconds);
    node.until("hop", "time shift", PATIENCE, long).unwrap()
}

fn get(lab: &Lab, path: &str) -> String {
    let url = format!("http://10.2.0.1:8080{path}");
    let got = lab.start(Host::Receiver, "curl", &["-sf", &url]).unwrap();
    got.finish(PATIENCE).unwrap()
}

#[test]
fn viewers_go_back_over_a_node_that_was_killed() {
    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, CONFIGURATION).unwrap();
    let _encoder = encoder(&lab);
    well(&node);
    let earliest = reaches(&node, 12.0)["hls"]["shift"]["earliest_unix_seconds"].clone();
    let before = get(&lab, "/hls/hop/video/index.m3u8?from=0");
    let folder = node.kill();
    std::thread::sleep(Duration::from_secs(3));
    let node = Node::start_in(&lab, folder, CONFIGURATION).unwrap();
    // What was kept can be watched before anything comes.
    let from = format!("from={earliest}");
    // The socket of the one that was killed is still there.
    reaches(&node, 12.0);
    let after = get(&lab, &format!("/hls/hop/video/index.m3u8?{from}"));
    let names = |text: &str| -> Vec<String> {
        let names = text.lines().filter(|l| !l.starts_with('#'));
        names.map(str::to_owned).collect()
    };
    assert!(
        names(&after).starts_with(&names(&before)),
        "{before}\n{after}"
    );
    let span = names(&after).len() as f64 * 2.0;
    reaches(&node, span + 12.0);
    let whole = get(&lab, &format!("/hls/hop/video/index.m3u8?{from}"));
    assert!(
        names(&whole).starts_with(&names(&after)),
        "{after}\n{whole}"
    );
    // A node that begins marks its first segment too.
    let (_, later) = whole.split_once("#EXTINF").unwrap();
    let marks = later.matches("#EXT-X-DISCONTINUITY\n").count();
    assert_eq!(marks, 1, "{whole}");

    // Picture and sound over the gap, from the disk and live, without a word of complaint.
    let url = format!("http://10.2.0.1:8080/hls/hop/index.m3u8?{from}");
    let seconds = format!("{}", span + 10.0);
    let mut watch = lab.command(Host::Receiver, "ffmpeg");
    watch.args([
        "-v",
        "error",
        "-xerror",
        "-live_start_index",
        "0",
        "-i",
        &url,
    ]);
    watch.args(["-t", &seconds, "-f", "null", "-"]);
    let watch = Running::start(watch, "ffmpeg").unwrap();
    let said = watch.finish(PATIENCE).unwrap();
    assert_eq!(said, "");

    // And by the rules.
    let mut probe = lab.command(Host::Receiver, headend().to_str().unwrap());
    probe.args(["probe", &url, "--rules", "--for", "12s", "--output", "json"]);
    let said = Running::start(probe, "probe").unwrap().finish(PATIENCE);
    let report: Value = serde_json::from_str(&said.unwrap()).unwrap();
    let rules = report["rules"].as_array().unwrap();
    let held = |id: &str| {
        rules
            .iter()
            .any(|r| r["id"] == id && r["verdict"] == "held")
    };
    for rule in ["R05", "R10", "R20", "R22", "R31", "R34", "R40", "R52"] {
        assert!(held(rule), "{rule} was not judged: {report:#}");
    }
    let broken: Vec<_> = rules.iter().filter(|r| r["verdict"] == "broken").collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

/// A small file system for a folder, gone with this handle.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: &Path) -> Self {
        std::fs::create_dir_all(at).unwrap();
        let disk = Self(at.to_owned());
        assert!(disk.try_mount("size=24M"));
        disk
    }

    fn try_mount(&self, options: &str) -> bool {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]);
        mount.arg(&self.0).status().unwrap().success()
    }

    /// Takes no while a file is being written.
    fn remount(&self, word: &str) {
        let options = format!("remount,{word}");
        until("another mount", PATIENCE, || self.try_mount(&options)).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_disk_that_is_full_or_read_only_is_said_and_live_goes_on() {
    let lab = Lab::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("state/archive");
    let disk = Disk::mount(&archive);
    let quota = format!("[archive]\nquota = \"12MiB\"\n{CONFIGURATION}");
    let node = Node::start_in(&lab, folder, &quota).unwrap();
    let _encoder = encoder(&lab);
    well(&node);
    let before = reaches(&node, 6.0);
    let fill = archive.join("fill");
    drill(&node, "archive-failed", &["machine"], |on| {
        if on {
            // As far as it takes, with the room of what the archive would give up.
            std::fs::remove_dir_all(archive.join("hop")).unwrap();
            let _ = std::fs::write(&fill, vec![0; 32 << 20]);
        } else {
            std::fs::remove_file(&fill).unwrap();
        }
    });
    drill(&node, "archive-failed", &["machine"], |on| {
        disk.remount(if on { "ro" } else { "rw" });
    });
    let channel = node.channel("hop").unwrap();
    assert_eq!(channel["state"], "on-air");
    let continuity = &channel["inputs"][0]["continuity_errors_total"];
    assert_eq!(continuity, 0, "{channel:#}");
    // Live has no gap where the disk had two.
    let marks = |c: &Value| c["hls"]["discontinuity_sequence"].as_u64().unwrap();
    assert!(marks(&channel) <= marks(&before) + 1, "{channel:#}");
    let shift = get(&lab, "/hls/hop/video/index.m3u8?from=0");
    let (_, later) = shift.split_once("#EXTINF").unwrap();
    assert!(later.contains("#EXT-X-DISCONTINUITY\n"), "{shift}");
}
