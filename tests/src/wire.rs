//! A poor line between the node and the receiver: each frame is taken off one end and handed on as
//! the line would, late, slowly, or not at all.

use std::collections::VecDeque;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use nix::ifaddrs::getifaddrs;
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrLike as _, bind, recv, send,
    setsockopt, socket, sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike as _};

use crate::lab::{Host, Lab, ip, within};

/// The node's address on the wire.
pub const NODE: &str = "10.3.0.1";
/// The receiver's.
pub const RECEIVER: &str = "10.3.0.2";
/// What waits longer for its turn is dropped, as a line's own buffer does.
const PATIENCE: Duration = Duration::from_millis(300);

/// What the line does, in each direction.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// bit/s at first.
    pub rate: u64,
    /// One way.
    pub delay: Duration,
    /// One frame in so many is lost, in no order; 0: none.
    pub loss: u64,
}

/// The wire; it is cut with this handle.
#[derive(Debug)]
pub struct Wire {
    namespace: String,
    cut: Arc<AtomicBool>,
    rate: Arc<AtomicU64>,
    carriers: Vec<JoinHandle<Result<()>>>,
}

impl Wire {
    /// Joins the node, [`NODE`] on `w0`, and the receiver, [`RECEIVER`] on `w1`.
    ///
    /// # Errors
    /// Namespaces need root; `ethtool` is missing.
    pub fn new(lab: &Lab, line: Line) -> Result<Self> {
        let namespace = format!("{}-wire", lab.namespace(Host::Node));
        ip(&["netns", "add", &namespace])?;
        let cut = Arc::new(AtomicBool::new(false));
        let mut wire = Self {
            namespace,
            cut,
            rate: Arc::new(AtomicU64::new(line.rate)),
            carriers: Vec::new(),
        };
        let ends = [
            (Host::Node, "w0", "wn", NODE),
            (Host::Receiver, "w1", "wr", RECEIVER),
        ];
        for (number, (host, own, far, address)) in ends.into_iter().enumerate() {
            let host = lab.namespace(host);
            let mac = format!("02:00:00:00:00:0{}", number + 1);
            let (at, address) = (["-n", &host], format!("{address}/24"));
            let words = ["link", "add", own, "address", &mac, "type", "veth", "peer"];
            let peer = ["name", far, "netns", &wire.namespace];
            ip(&[&at[..], &words, &peer].concat())?;
            ip(&["-n", &host, "addr", "add", &address, "dev", own])?;
            // An IPv6 address that comes seconds later is a change of network to a browser, which
            // then gives up what it is fetching.
            ip(&["-n", &host, "link", "set", own, "addrgenmode", "none"])?;
            ip(&["-n", &host, "link", "set", own, "up"])?;
            ip(&["-n", &wire.namespace, "link", "set", far, "up"])?;
            // Frames as they are on a wire: one packet each, with its checksum.
            let off = ["netns", "exec", &host, "ethtool", "-K", own, "tx", "off"];
            let status = Command::new("ip").args(off).output()?.status;
            ensure!(status.success(), "ethtool (package ethtool): {status}");
        }
        for (number, from, to) in [(1, "wn", "wr"), (2, "wr", "wn")] {
            let (cut, rate) = (Arc::clone(&wire.cut), Arc::clone(&wire.rate));
            let carrier = within(&wire.namespace, move || {
                carry((from, to, number), line, &rate, &cut)
            });
            wire.carriers.push(carrier);
        }
        Ok(wire)
    }

    /// From now on it has another rate, bit/s.
    pub fn carries(&self, rate: u64) {
        self.rate.store(rate, Ordering::Relaxed);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.cut.store(true, Ordering::Relaxed);
        for carrier in self.carriers.drain(..) {
            if let Ok(Err(error)) = carrier.join() {
                eprintln!("the wire: {error:#}");
            }
        }
        let _ = ip(&["netns", "del", &self.namespace]);
    }
}

/// A socket of all frames on `interface`.
fn frames(interface: &str) -> Result<OwnedFd> {
    let kind = SockType::Raw;
    let flags = SockFlag::SOCK_CLOEXEC;
    let socket = socket(AddressFamily::Packet, kind, flags, SockProtocol::EthAll)?;
    let addresses = getifaddrs()?
        .filter(|entry| entry.interface_name == interface)
        .filter_map(|entry| entry.address);
    let link = addresses
        .filter(|address| address.family() == Some(AddressFamily::Packet))
        .find_map(|address| address.as_link_addr().copied())
        .with_context(|| format!("no interface {interface}"))?;
    bind(socket.as_raw_fd(), &link)?;
    setsockopt(&socket, sockopt::ReceiveTimeout, &TimeVal::milliseconds(1))?;
    Ok(socket)
}

/// Carries what the host `number` sends, until the wire is cut.
fn carry(
    (from, to, number): (&str, &str, u8),
    line: Line,
    rate: &AtomicU64,
    cut: &AtomicBool,
) -> Result<()> {
    let (input, output) = (frames(from)?, frames(to)?);
    let mut waiting: VecDeque<(Instant, Vec<u8>)> = VecDeque::new();
    let mut free = Instant::now();
    // xorshift64: the same losses each time.
    let mut dice = 0x9E37_79B9_7F4A_7C15 ^ u64::from(number);
    let mut frame = [0; 4096];
    while !cut.load(Ordering::Relaxed) {
        // What this wire itself puts out here is seen again, and is not the host's.
        let got = recv(input.as_raw_fd(), &mut frame, MsgFlags::empty()).unwrap_or(0);
        let now = Instant::now();
        if got > 14 && frame[11] == number {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            free = free.max(now);
            let lost = line.loss > 0 && dice.is_multiple_of(line.loss);
            if !lost && free - now < PATIENCE {
                let bits = got as u64 * 8;
                free += Duration::from_nanos(bits * 1_000_000_000 / rate.load(Ordering::Relaxed));
                waiting.push_back((free + line.delay, frame[..got].to_vec()));
            }
        }
        while let Some((_, due)) = waiting.pop_front_if(|(at, _)| *at <= now) {
            let _ = send(output.as_raw_fd(), &due, MsgFlags::empty());
        }
    }
    Ok(())
}
