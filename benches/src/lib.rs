//! What the benches share: a paced sender, a counting receiver, CPU and memory of a process.

use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use headend_tests::receiver;
use nix::sys::socket::{setsockopt, sockopt};
use socket2::{Domain, Protocol, Socket, Type};

/// What one group received.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// Packets, null packets too.
    pub packets: u64,
    /// Holes of continuity counters.
    pub lost: i64,
    /// PCR against kernel arrival time: the 99th percentile of the deviation from the median.
    pub jitter_p99_us: f64,
}

/// Half a minute of a channel at a constant 8 Mbit/s.
///
/// # Errors
/// FFmpeg is missing or refuses.
pub fn stream() -> Result<Vec<u8>> {
    let encode = "-c:v libx264 -preset ultrafast -g 25 -b:v 6.5M -maxrate 6.5M -bufsize 3M \
        -x264-params nal-hrd=cbr -pix_fmt yuv420p -c:a aac -b:a 128k -muxrate 8M";
    let words: Vec<&str> = encode.split_whitespace().collect();
    headend_tests::sim::generated("bench-8m", 30, &words)
}

/// A program of the release build.
///
/// # Panics
/// When the bench does not run from a build folder.
#[must_use]
pub fn release(name: &str) -> String {
    let own = std::env::current_exe().expect("a bench knows itself");
    let folder = own
        .parent()
        .and_then(std::path::Path::parent)
        .expect("a build folder");
    folder.join(name).display().to_string()
}

/// A socket that is a member of the group on the interface with `address`; never waits.
///
/// # Errors
/// The kernel refuses.
pub fn member(group: Ipv4Addr, port: u16, address: Ipv4Addr) -> Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    setsockopt(&socket, sockopt::RcvBufForce, &(4 << 20))?;
    socket.bind(&SocketAddrV4::new(group, port).into())?;
    socket.join_multicast_v4(&group, &address)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// Sends the stream to every group at `rate`, each datagram at its time, until `stop`. Groups are
/// spread over a datagram's time.
///
/// # Errors
/// The kernel refuses.
pub fn send_all(
    stream: &[u8],
    groups: &[Ipv4Addr],
    port: u16,
    rate: u64,
    stop: &AtomicBool,
) -> Result<()> {
    let mut sockets = Vec::new();
    for group in groups {
        let socket = UdpSocket::bind("10.1.0.1:0")?;
        socket.set_multicast_ttl_v4(4)?;
        socket.connect((*group, port))?;
        sockets.push(socket);
    }
    let period = Duration::from_nanos(1_316 * 8 * 1_000_000_000 / rate);
    let phase = period / u32::try_from(groups.len().max(1))?;
    let start = Instant::now();
    for (n, datagram) in stream.chunks_exact(1_316).enumerate() {
        let at = period * u32::try_from(n)?;
        for (index, socket) in sockets.iter().enumerate() {
            let due = start + at + phase * u32::try_from(index)?;
            let left = due.saturating_duration_since(Instant::now());
            if left > Duration::from_micros(100) {
                std::thread::sleep(left);
            }
            let _ = socket.send(datagram);
        }
        if stop.load(Ordering::Relaxed) {
            break;
        }
    }
    Ok(())
}

/// Receives every group for `span` on the receiver's host.
///
/// # Errors
/// The kernel refuses.
pub fn receive_all(groups: &[Ipv4Addr], port: u16, span: Duration) -> Result<Vec<Sample>> {
    let address = Ipv4Addr::new(10, 2, 0, 2);
    let mut readers = Vec::new();
    for group in groups {
        let socket = member(*group, port, address)?;
        setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
        readers.push(Reader::new(socket));
    }
    let start = Instant::now();
    while start.elapsed() < span {
        for reader in &mut readers {
            reader.drain();
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(readers.into_iter().map(Reader::finish).collect())
}

struct Reader {
    socket: UdpSocket,
    sample: Sample,
    counters: Vec<u8>,
    arrivals: Vec<(i128, u64)>,
}

impl Reader {
    fn new(socket: UdpSocket) -> Self {
        Self {
            socket,
            sample: Sample::default(),
            counters: vec![0xff; 8192],
            arrivals: Vec::new(),
        }
    }

    fn drain(&mut self) {
        let mut bytes = [0; 2048];
        while let Some((arrived, length)) = receiver::next(&self.socket, &mut bytes) {
            for packet in bytes[..length].as_chunks::<188>().0 {
                self.packet(arrived, packet);
            }
        }
    }

    fn packet(&mut self, arrived: u64, p: &[u8; 188]) {
        self.sample.packets += 1;
        let pid = usize::from(u16::from_be_bytes([p[1] & 0x1f, p[2]]));
        if pid == 0x1fff {
            return;
        }
        let flags = if p[3] & 0x20 != 0 && p[4] > 0 {
            p[5]
        } else {
            0
        };
        if p[3] & 0x10 != 0 {
            let counter = p[3] & 0x0f;
            let last = std::mem::replace(&mut self.counters[pid], counter);
            if last != 0xff && counter != (last + 1) & 0x0f && flags & 0x80 == 0 {
                self.sample.lost += i64::from((counter.wrapping_sub(last + 1)) & 0x0f);
            }
        }
        if flags & 0x10 != 0 {
            let base = (i128::from(p[6]) << 25)
                | (i128::from(p[7]) << 17)
                | (i128::from(p[8]) << 9)
                | (i128::from(p[9]) << 1)
                | (i128::from(p[10]) >> 7);
            self.arrivals.push((
                base * 300 + (((i128::from(p[10]) & 1) << 8) | i128::from(p[11])),
                arrived,
            ));
        }
    }

    fn finish(mut self) -> Sample {
        self.sample.jitter_p99_us = headend_tests::judge::jitter(&self.arrivals);
        self.sample
    }
}

/// User and system seconds of a process, from its start.
#[must_use]
pub fn cpu_seconds(process: u32) -> f64 {
    // `ip netns exec` becomes the program, so the process is the program itself.
    cpu_of(&format!("/proc/{process}/stat"))
}

/// User and system seconds of a process and of all that it started and that lives.
#[must_use]
pub fn cpu_of_family(process: u32) -> f64 {
    let children = format!("/proc/{process}/task/{process}/children");
    let children = std::fs::read_to_string(children).unwrap_or_default();
    let children = children.split_whitespace().filter_map(|id| id.parse().ok());
    cpu_seconds(process) + children.map(cpu_of_family).sum::<f64>()
}

/// User and system seconds in a `stat` file (proc(5): fields 14 and 15, ticks of 10 ms).
#[must_use]
pub fn cpu_of(path: &str) -> f64 {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let after = text.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let fields: Vec<f64> = after
        .split(' ')
        .skip(11)
        .take(2)
        .filter_map(|f| f.parse().ok())
        .collect();
    fields.iter().sum::<f64>() / 100.0
}

/// Resident memory of a process.
#[must_use]
pub fn memory_mib(process: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    let kib = line.and_then(|l| l.trim().trim_end_matches(" kB").trim().parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}
