//! Faults of this machine and of what is asked of it, put into a running node.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use headend_tests::certificate;
use headend_tests::drill::{configuration, drill, well};
use headend_tests::encoder::encode;
use headend_tests::lab::{Host, Lab, Running};
use headend_tests::node::Node;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

const INPUT: &str = "[[channel.input]]\nurl = \"udp://10.1.0.2:6000\"";

fn encoder(lab: &Lab) -> Running {
    let to = ["-f", "mpegts", "udp://10.1.0.2:6000?pkt_size=1316"];
    encode(lab, "640x360", "25", &to)
}

/// Does `act` again and again while it is on; it ends with its handle.
struct Again {
    on: Arc<AtomicBool>,
    ends: Arc<AtomicBool>,
}

impl Again {
    fn new(mut act: impl FnMut() + Send + 'static) -> Self {
        let again = Self {
            on: Arc::new(AtomicBool::new(false)),
            ends: Arc::new(AtomicBool::new(false)),
        };
        let (on, ends) = (again.on.clone(), again.ends.clone());
        std::thread::spawn(move || {
            while !ends.load(Ordering::Relaxed) {
                if on.load(Ordering::Relaxed) {
                    act();
                } else {
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
        });
        again
    }

    fn set(&self, on: bool) {
        self.on.store(on, Ordering::Relaxed);
    }
}

impl Drop for Again {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_machine_that_is_short_of_processor_time_says_so() {
    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, &configuration(INPUT, "6M")).unwrap();
    let _encoder = encoder(&lab);
    well(&node);
    let pid = Pid::from_raw(node.process.id().cast_signed());
    // The whole process gets no processor for 300 ms in each second.
    let halts = Again::new(move || {
        let _ = kill(pid, Signal::SIGSTOP);
        std::thread::sleep(Duration::from_millis(300));
        let _ = kill(pid, Signal::SIGCONT);
        std::thread::sleep(Duration::from_millis(700));
    });
    drill(&node, "short-of-cpu", &["machine"], |on| halts.set(on));
}

#[test]
fn a_programme_that_needs_more_than_the_output_has_is_said_by_how_much() {
    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, &configuration(INPUT, "3M")).unwrap();
    // No rate control: what is shown sets the rate, and twelve seconds of noise follow on twelve of
    // a still life.
    let picture = "testsrc2=size=640x360:rate=25,noise=alls=60:allf=t:enable='gte(mod(t,40),20)'";
    let words = "-v error -re -f lavfi -i PICTURE -re -f lavfi -i sine=sample_rate=48000 -c:v libx264 \
        -preset ultrafast -tune zerolatency -crf 30 -g 25 -pix_fmt yuv420p -c:a aac -f mpegts \
        udp://10.1.0.2:6000?pkt_size=1316";
    let words: Vec<&str> = words
        .split_whitespace()
        .map(|word| if word == "PICTURE" { picture } else { word })
        .collect();
    let _encoder = lab.start(Host::Encoder, "ffmpeg", &words).unwrap();
    well(&node);
    let places = ["source", "output"];
    drill(&node, "output-over-rate", &places, |on| {
        let over = |c: &Value| {
            let rate = c["inputs"][0]["bitrate_bits_per_second"].as_u64();
            (rate > Some(3_500_000)) == on
        };
        let patience = Duration::from_secs(45);
        node.until("hop", "the rate is another", patience, over)
            .unwrap();
    });
}

/// Ends the worker that shows the test picture, wherever it is started anew.
fn end_the_worker(node: u32) {
    let children = format!("/proc/{node}/task");
    for task in std::fs::read_dir(children).into_iter().flatten().flatten() {
        let listed = std::fs::read_to_string(task.path().join("children"));
        for pid in listed.unwrap_or_default().split_whitespace() {
            let said = std::fs::read(Path::new("/proc").join(pid).join("cmdline"));
            let said = said.unwrap_or_default();
            if said.windows(12).any(|word| word == b"test-picture") {
                let _ = kill(Pid::from_raw(pid.parse().unwrap()), Signal::SIGKILL);
            }
        }
    }
    std::thread::sleep(Duration::from_millis(100));
}

#[test]
fn a_worker_that_dies_again_and_again_is_named() {
    let lab = Lab::new().unwrap();
    let input = "slate = false\n[[channel.input]]\nurl = \"test:\"";
    let node = Node::start(&lab, &configuration(input, "6M")).unwrap();
    well(&node);
    let id = node.process.id();
    let kills = Again::new(move || end_the_worker(id));
    let places = ["source", "machine"];
    drill(&node, "worker-dying", &places, |on| kills.set(on));
}

#[test]
fn an_input_that_cannot_be_opened_is_named_and_the_other_stays_on_air() {
    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, &configuration(INPUT, "6M")).unwrap();
    let _encoder = encoder(&lab);
    well(&node);
    let text = fs::read_to_string(node.file()).unwrap();
    let nowhere = "\n\n[[channel.input]]\nurl = \"udp://239.9.9.9:6000\"\ninterface = \"n9\"";
    let more = text.replace(INPUT, &format!("{INPUT}{nowhere}"));
    drill(&node, "not-open", &["machine"], |on| {
        fs::write(node.file(), if on { &more } else { &text }).unwrap();
        node.cli(&["config", "reload"]).unwrap();
    });
}

#[test]
fn a_certificate_near_its_end_is_told_and_a_renewal_ends_it() {
    const DAY: Duration = Duration::from_secs(86_400);
    let lab = Lab::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().to_owned();
    certificate::put(&own, DAY * 90);
    let listen = "listen = [\"0.0.0.0:8080\"]\n";
    let secure = format!(
        "{listen}tls-listen = [\"0.0.0.0:8443\"]\ncertificate = \"chain.pem\"\nkey-file = \"key.pem\"\n"
    );
    let text = configuration(INPUT, "6M").replace(listen, &secure);
    let node = Node::start_in(&lab, folder, &text).unwrap();
    let _encoder = encoder(&lab);
    well(&node);
    drill(&node, "certificate-ending", &["machine"], |on| {
        certificate::put(&own, if on { DAY } else { DAY * 90 });
    });
    let channel = node.channel("hop").unwrap();
    let mut incidents = channel["incidents"].as_array().unwrap().iter();
    let told = incidents.find(|i| i["class"] == "certificate-ending");
    let evidence = told.unwrap()["evidence"][0]["text"]["en"].as_str().unwrap();
    assert!(evidence.contains("localhost, 127.0.0.1"), "{evidence}");
    let hls = "https://localhost:8443/hls/hop/index.m3u8";
    let chain = own.join("chain.pem");
    let mut curl = lab.command(Host::Node, "curl");
    curl.args([
        "--http2",
        "--silent",
        "--fail",
        "--max-time",
        "10",
        "--cacert",
    ]);
    let fetched = curl.arg(chain).arg(hls).output().unwrap();
    assert!(fetched.stdout.starts_with(b"#EXTM3U"), "{fetched:?}");
}

/// What sets the wall clock of the process that it is loaded into, and no other.
fn own_clock(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/own_clock.c");
    let made = folder.join("own_clock.so");
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O2", "-o"]).arg(&made);
    assert!(cc.arg(source).status().unwrap().success());
    made
}

#[test]
fn a_clock_that_is_set_is_told_and_touches_nothing() {
    let lab = Lab::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let clock = own_clock(folder.path());
    let at = folder.path().join("ahead");
    std::fs::write(&at, 0i64.to_ne_bytes()).unwrap();
    let ahead = std::fs::File::options().write(true).open(&at).unwrap();
    let mut by = 0i64;
    let environment = [
        ("LD_PRELOAD", clock.to_str().unwrap()),
        ("OWN_CLOCK", at.to_str().unwrap()),
    ];
    let node = Node::start_with(&lab, folder, &configuration(INPUT, "6M"), &environment).unwrap();
    let _encoder = encoder(&lab);
    well(&node);
    drill(&node, "clock-stepped", &["machine"], |on| {
        // Set once for each round: setting it back is the same fault.
        if on {
            by += 10;
            ahead.write_all_at(&by.to_ne_bytes(), 0).unwrap();
        }
    });
    let channel = node.channel("hop").unwrap();
    assert_eq!(channel["state"], "on-air");
    assert_eq!(
        channel["inputs"][0]["continuity_errors_total"], 0,
        "{channel:#}"
    );
}

/// A file system of its own for a folder, gone with this handle.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    fn mount(at: &'a Path) -> Self {
        std::fs::create_dir_all(at).unwrap();
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=4M", "tmpfs"])
            .arg(at);
        assert!(mount.status().unwrap().success());
        Self(at)
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[test]
fn a_full_disk_is_said_and_nothing_else_is_touched() {
    let lab = Lab::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let _disk = Disk::mount(&state);
    let node = Node::start_in(&lab, folder, &configuration(INPUT, "6M")).unwrap();
    let _encoder = encoder(&lab);
    well(&node);
    let fill = state.join("fill");
    drill(&node, "record-failed", &["machine"], |on| {
        if on {
            // As far as it takes.
            let _ = std::fs::write(&fill, vec![0; 8 << 20]);
        } else {
            std::fs::remove_file(&fill).unwrap();
        }
    });
    let channel = node.channel("hop").unwrap();
    assert_eq!(channel["state"], "on-air");
    let continuity = &channel["inputs"][0]["continuity_errors_total"];
    assert_eq!(continuity, 0, "{channel:#}");
}
