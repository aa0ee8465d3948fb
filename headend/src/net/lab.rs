//! Network namespaces for tests: hosts with cables between them, all within the test's process.

use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sched::{CloneFlags, setns, unshare};
use packager::time::Mono;
use std::time::Duration;

use super::clock;
use crate::plan::OutputPlan;

/// A host: a network namespace that lives as long as this value.
pub(super) struct Host(OwnedFd);

impl Host {
    /// A host with `lo` up.
    pub(super) fn new() -> Self {
        let host = std::thread::spawn(|| {
            unshare(CloneFlags::CLONE_NEWNET)
                .expect("this test makes network namespaces: run it as root (CAP_SYS_ADMIN)");
            std::fs::File::open("/proc/thread-self/ns/net")
                .unwrap()
                .into()
        });
        let host = Self(host.join().unwrap());
        // Without the search for duplicates an IPv6 address can be used at once.
        host.sh("ip link set lo up && echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad");
        host
    }

    /// Two hosts with a cable: `v0` with 10.9.0.1 and fd09::1, and `v1` with 10.9.0.2 and fd09::2.
    pub(super) fn pair() -> (Self, Self) {
        let (a, b) = (Self::new(), Self::new());
        let path = format!("/proc/{}/fd/{}", std::process::id(), b.0.as_raw_fd());
        a.sh(&format!(
            "ip link add v0 type veth peer name v1 && ip link set v1 netns {path}"
        ));
        for (host, name, n) in [(&a, "v0", 1), (&b, "v1", 2)] {
            host.sh(&format!(
                "ip addr add 10.9.0.{n}/24 dev {name} && ip -6 addr add fd09::{n}/64 dev {name} nodad && ip link set {name} up"
            ));
        }
        a.wait_for_carrier("v0", true);
        // The link-local addresses are tentative at first, and without one no group is joined.
        for host in [&a, &b] {
            wait_for("IPv6 addresses", Duration::from_secs(10), || {
                host.output("ip -6 addr show tentative").is_empty()
            });
        }
        (a, b)
    }

    /// The kernel tells some time later that a cable is plugged in or out.
    pub(super) fn wait_for_carrier(&self, interface: &str, carrier: bool) {
        wait_for("the carrier", Duration::from_secs(10), || {
            self.run(|| super::interface::find(interface).is_ok_and(|i| i.carrier == carrier))
        });
    }

    /// Runs `f` on a thread of this host.
    pub(super) fn run<T: Send>(&self, f: impl FnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| {
            scope
                .spawn(|| {
                    setns(&self.0, CloneFlags::CLONE_NEWNET).unwrap();
                    f()
                })
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Runs a shell line on this host.
    pub(super) fn sh(&self, line: &str) {
        self.output(line);
    }

    /// What a shell line prints on this host.
    pub(super) fn output(&self, line: &str) -> String {
        let out = self.run(|| Command::new("sh").args(["-c", line]).output().unwrap());
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.success(), "`{line}`: {said}");
        String::from_utf8(out.stdout).unwrap()
    }

    /// Starts a program on this host; it is killed with the returned value.
    pub(super) fn start(&self, program: &str, args: &[&str]) -> Program {
        self.run(|| {
            Command::new(program)
                .args(args)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .map(Program)
                .unwrap_or_else(|e| panic!("cannot start {program}: {e}"))
        })
    }
}

/// A program that a test started.
pub(super) struct Program(std::process::Child);

impl Program {
    /// Whether it has ended by itself.
    pub(super) fn has_ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Tells a thread to end, when the test fails too.
pub(super) struct Ending<'a>(pub(super) &'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Waits until `done`, and fails after `patience`.
pub(super) fn wait_for(what: &str, patience: Duration, mut done: impl FnMut() -> bool) {
    let deadline = clock::now() + patience;
    while !done() {
        assert!(
            clock::now() < deadline,
            "waited {patience:?} for {what} in vain"
        );
        clock::sleep_until(clock::now() + Duration::from_millis(2));
    }
}

/// Sums what `step` gives until it reaches `enough` or `patience` ends.
pub(super) fn gather(
    enough: usize,
    patience: Duration,
    mut step: impl FnMut(Mono) -> usize,
) -> usize {
    let deadline = clock::now() + patience;
    let mut sum = 0;
    while sum < enough && clock::now() < deadline {
        sum += step(clock::now());
        clock::sleep_until(clock::now() + Duration::from_millis(1));
    }
    sum
}

/// An output to `address`.
pub(super) fn output(address: &str, interface: Option<&str>) -> OutputPlan {
    let address: SocketAddr = address.parse().unwrap();
    OutputPlan {
        fec: None,
        url: format!("udp://{address}"),
        rtp: false,
        address,
        interface: interface.map(str::to_owned),
        ttl: 1,
        dscp: 0,
        loopback: true,
        bitrate: None,
        overflow: packager::shape::Overflow::KeepSound,
    }
}

/// The address of a group or host, for tests.
pub(super) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// A real capture, read in place.
pub(super) fn stream(name: &str) -> std::path::PathBuf {
    let folder = std::env::var_os("HEADEND_STREAMS").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/streams"),
        Into::into,
    );
    let path = folder.join(name);
    assert!(
        path.exists(),
        "no {}: set HEADEND_STREAMS to the folder of the captures",
        path.display()
    );
    path
}
