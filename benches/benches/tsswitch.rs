//! How soon tsswitch of TSDuck has another input on air, for the table of `failover`: it runs in real
//! time over loopback, with the streams that headend gets there. Left out where it is not installed.

use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use headend_tests::sim::{Datagram, Random, generated, h264, paced};

const LOSSES: usize = 50;
/// Of the pictures: FFmpeg's first PID, and that of the other encoder.
const MAIN: u16 = 0x100;
const BACKUP: u16 = 0x200;
const PATIENCE: Duration = Duration::from_secs(10);
/// Where it takes its inputs, and where it sends.
const PORTS: [u16; 3] = [7_401, 7_402, 7_403];

fn main() {
    let found = Command::new("tsswitch")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !found.is_ok_and(|status| status.success()) {
        println!("tsswitch is not on the PATH (TSDuck, https://tsduck.io): left out");
        return;
    }
    let main = generated("h264-3m", 40, &h264("3M")).expect("ffmpeg");
    let mut other = h264("2M");
    other.extend(["-g", "40", "-mpegts_start_pid", "512"]);
    let backup = generated("h264-2m-g40-bench", 40, &other).expect("ffmpeg");
    let main = paced(&main, 0.0, 0, 1).expect("a PCR");
    let backup = paced(&backup, 0.0, 0, 2).expect("a PCR");
    println!("tsswitch, median and worst of {LOSSES}, no packets, all inputs received at once");
    measure("its timeout of 2 s", &[], [&main, &backup]);
    let short = ["--receive-timeout", "200"];
    measure("a timeout of 200 ms", &short, [&main, &backup]);
}

/// The process, ended with the measurement.
struct Switch(Child);

impl Drop for Switch {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn measure(name: &str, options: &[&str], [main, backup]: [&[Datagram]; 2]) {
    let place = |port: u16| format!("127.0.0.1:{port}");
    let [first, second, out] = PORTS;
    let receiver = UdpSocket::bind(place(out)).expect("a free port");
    receiver
        .set_read_timeout(Some(Duration::from_millis(100)))
        .expect("a timeout");
    let mut command = Command::new("tsswitch");
    command.args(["--fast-switch", "--primary-input", "0"]);
    let (first_port, second_port) = (first.to_string(), second.to_string());
    command.args(options).args(["-I", "ip", &first_port]);
    command.args(["-I", "ip", &second_port, "-O", "ip", &place(out)]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let _switch = Switch(command.spawn().expect("it starts"));
    let (sends, ends) = (AtomicBool::new(true), AtomicBool::new(false));
    let mut times = Vec::new();
    thread::scope(|scope| {
        scope.spawn(|| send(main, first, &sends, &ends));
        scope.spawn(|| send(backup, second, &AtomicBool::new(true), &ends));
        let mut random = Random(3);
        for _ in 0..LOSSES {
            if until(&receiver, MAIN).is_none() {
                break;
            }
            let rest = Duration::from_millis(500 + random.draw() % 1_000);
            let start = Instant::now();
            while start.elapsed() < rest && until(&receiver, MAIN).is_some() {}
            let lost = Instant::now();
            sends.store(false, Ordering::Relaxed);
            times.extend(until(&receiver, BACKUP).map(|_| lost.elapsed()));
            sends.store(true, Ordering::Relaxed);
        }
        ends.store(true, Ordering::Relaxed);
    });
    times.sort();
    match times.get(LOSSES / 2).zip(times.last()) {
        Some((median, worst)) if times.len() == LOSSES => println!(
            "{name:<22} on air after {:4} ms, worst {:4} ms",
            median.as_millis(),
            worst.as_millis()
        ),
        _ => println!("{name:<22} on air {} of {LOSSES} times", times.len()),
    }
}

/// Sends a stream at its pace, again and again, while it is to be sent.
fn send(stream: &[Datagram], port: u16, sends: &AtomicBool, ends: &AtomicBool) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let start = Instant::now();
    let length = stream.last().map_or(0, |(at, _)| *at);
    for round in 0.. {
        for (at, bytes) in stream {
            let due = start + Duration::from_nanos(round * length + at);
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if ends.load(Ordering::Relaxed) {
                return;
            }
            if sends.load(Ordering::Relaxed) {
                // Before it listens, and after it has ended, the port refuses.
                let _ = socket.send_to(bytes, ("127.0.0.1", port));
            }
        }
    }
}

/// Reads until a packet of `pid` comes; `None` when none does in [`PATIENCE`].
fn until(receiver: &UdpSocket, pid: u16) -> Option<()> {
    let deadline = Instant::now() + PATIENCE;
    let mut bytes = [0; 65_536];
    while Instant::now() < deadline {
        let Ok(size) = receiver.recv(&mut bytes) else {
            continue;
        };
        let packets = bytes.get(..size)?.as_chunks::<188>().0.iter();
        let mut pids = packets.map(|p| u16::from_be_bytes([p[1], p[2]]) & 0x1fff);
        if pids.any(|of| of == pid) {
            return Some(());
        }
    }
    None
}
