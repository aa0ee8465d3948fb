//! CPU for a gigabit relayed, side by side in one run: a bare receive-and-send loop (the floor),
//! headend, multicat, dvblast and FFmpeg, each with the same channels of 8 Mbit/s in network
//! namespaces; none of them decodes. Each figure is the median of the rounds, in each of which all
//! take their turn; packets lost are those of all rounds. Needs root. `HEADEND_BENCH_CHANNELS=1,10,40`,
//! `HEADEND_BENCH_SECONDS=6`, `HEADEND_BENCH_ROUNDS=3`, `HEADEND_BENCH_PEERS=floor,constant`.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use headend::net::clock;
use headend_benches::{Sample, cpu_seconds, memory_mib, receive_all, send_all};
use headend_tests::lab::{Host, Lab, Running, until};

const RATE: u64 = 8_000_000;
const IN_PORT: u16 = 5000;
const OUT_PORT: u16 = 6000;

/// One relay under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Peer {
    Floor,
    Headend,
    HeadendConstant,
    Multicat,
    Dvblast,
    Ffmpeg,
}

impl Peer {
    const ALL: [Self; 6] = [
        Self::Floor,
        Self::HeadendConstant,
        Self::Headend,
        Self::Multicat,
        Self::Dvblast,
        Self::Ffmpeg,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Floor => "bare loop (floor)",
            Self::HeadendConstant => "headend, constant rate",
            Self::Headend => "headend, own pace",
            Self::Multicat => "multicat",
            Self::Dvblast => "dvblast",
            Self::Ffmpeg => "ffmpeg -c copy",
        }
    }
}

/// All, or those whose name holds a word of `HEADEND_BENCH_PEERS`.
fn peers() -> Vec<Peer> {
    let wanted = std::env::var("HEADEND_BENCH_PEERS").unwrap_or_default();
    let words: Vec<&str> = wanted.split(',').collect();
    let asked = |peer: &Peer| words.iter().any(|word| peer.name().contains(word));
    Peer::ALL.into_iter().filter(asked).collect()
}

fn group(base: u8, channel: usize) -> Ipv4Addr {
    Ipv4Addr::new(
        239,
        base,
        0,
        u8::try_from(channel + 1).expect("at most 254 channels"),
    )
}

/// A number from the environment.
fn number(name: &str, default: u64) -> u64 {
    let written = std::env::var(name).ok();
    written.and_then(|n| n.parse().ok()).unwrap_or(default)
}

fn main() {
    let list = std::env::var("HEADEND_BENCH_CHANNELS").unwrap_or_else(|_| "1,10,40".into());
    let seconds = number("HEADEND_BENCH_SECONDS", 6);
    let rounds = number("HEADEND_BENCH_ROUNDS", 3);
    let stream = Arc::new(headend_benches::stream().expect("ffmpeg"));
    println!("{}", machine());
    println!("medians of {rounds} rounds of {seconds} s");
    println!(
        "{:<24} {:>8} {:>12} {:>10} {:>14} {:>14} {:>9}",
        "relay", "channels", "CPU s/Gbit", "x floor", "lost packets", "PCR p99 µs", "MiB"
    );
    for channels in list
        .split(',')
        .filter_map(|n| n.trim().parse::<usize>().ok())
    {
        let peers = peers();
        let mut table: Vec<Vec<Figures>> = peers.iter().map(|_| Vec::new()).collect();
        for _ in 0..rounds {
            let mut floor = None;
            for (peer, figures) in peers.iter().zip(&mut table) {
                match run(*peer, channels, seconds, &stream) {
                    Ok(mut new) => {
                        new.ratio = new.cpu_per_gigabit / *floor.get_or_insert(new.cpu_per_gigabit);
                        figures.push(new);
                    }
                    Err(error) => println!("{:<24} {channels:>8} failed: {error:#}", peer.name()),
                }
            }
        }
        for (peer, figures) in peers.iter().zip(&table) {
            let middle = |of: fn(&Figures) -> f64| median(figures.iter().map(of).collect());
            println!(
                "{:<24} {channels:>8} {:>12.3} {:>10.2} {:>14} {:>14.0} {:>9.0}",
                peer.name(),
                middle(|f| f.cpu_per_gigabit),
                middle(|f| f.ratio),
                figures.iter().map(|f| f.lost).sum::<i64>(),
                middle(|f| f.jitter),
                middle(|f| f.memory)
            );
        }
    }
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
}

/// How late this machine wakes a thread of the line's kind: no jitter below is less.
fn machine() -> String {
    let measure = || {
        let real_time = clock::fine_timers().is_ok() && clock::realtime(20).is_ok();
        let mut at = clock::now();
        let mut late = Vec::new();
        for _ in 0..10_000 {
            at += Duration::from_micros(380);
            clock::sleep_until(at);
            late.push(clock::now().since(at));
        }
        late.sort();
        (real_time, late)
    };
    let (real_time, late) = std::thread::spawn(measure).join().expect("a clock");
    let class = if real_time { "SCHED_FIFO" } else { "ordinary" };
    format!(
        "idle machine: a {class} thread wakes late by {:?} (median), {:?} (p99), {:?} (most)",
        late[late.len() / 2],
        late[late.len() * 99 / 100],
        late[late.len() - 1]
    )
}

struct Figures {
    cpu_per_gigabit: f64,
    /// Times the first of the round.
    ratio: f64,
    lost: i64,
    jitter: f64,
    memory: f64,
}

fn run(
    peer: Peer,
    channels: usize,
    seconds: u64,
    stream: &Arc<Vec<u8>>,
) -> anyhow::Result<Figures> {
    let lab = Lab::new()?;
    let folder = tempfile::tempdir()?;
    let stop = Arc::new(AtomicBool::new(false));
    let loop_ids = Arc::new(AtomicU64::new(0));
    let mut relays = Vec::new();
    let mut floor = None;
    if peer == Peer::Floor {
        let (stop, ids) = (stop.clone(), loop_ids.clone());
        floor = Some(lab.on(Host::Node, move || bare_loop(channels, &stop, &ids)));
    } else {
        relays = start(peer, channels, &lab, folder.path())?;
    }
    std::thread::sleep(Duration::from_secs(2));
    let sending = {
        let (stream, stop) = (stream.clone(), stop.clone());
        lab.on(Host::Encoder, move || {
            let groups: Vec<_> = (0..channels).map(|c| group(1, c)).collect();
            send_all(&stream, &groups, IN_PORT, RATE, &stop)
        })
    };
    // The measured span begins when everything runs.
    std::thread::sleep(Duration::from_secs(3));
    let receiving = lab.on(Host::Receiver, move || {
        let groups: Vec<_> = (0..channels).map(|c| group(2, c)).collect();
        receive_all(&groups, OUT_PORT, Duration::from_secs(seconds))
    });
    let cpu = || match peer {
        Peer::Floor => cpu_seconds_of_thread(loop_ids.load(Ordering::Relaxed)),
        _ => relays.iter().map(|r| cpu_seconds(r.id())).sum(),
    };
    let before = cpu();
    let sample: Vec<Sample> = receiving.join().expect("receiver")?;
    let used = cpu() - before;
    let memory = relays.iter().map(|r| memory_mib(r.id())).sum();
    stop.store(true, Ordering::Relaxed);
    sending.join().expect("sender")?;
    if let Some(floor) = floor {
        floor.join().expect("floor")?;
    }
    let packets: u64 = sample.iter().map(|s| s.packets).sum();
    anyhow::ensure!(
        packets > 0,
        "nothing came out: {}",
        relays.first().map(Running::said).unwrap_or_default()
    );
    Ok(Figures {
        cpu_per_gigabit: used / (packets as f64 * 1504.0 / 1e9),
        ratio: 1.0,
        lost: sample.iter().map(|s| s.lost).sum(),
        jitter: sample.first().map_or(0.0, |s| s.jitter_p99_us),
        memory,
    })
}

fn start(peer: Peer, channels: usize, lab: &Lab, folder: &Path) -> anyhow::Result<Vec<Running>> {
    let mut relays = Vec::new();
    match peer {
        Peer::Headend | Peer::HeadendConstant => {
            let text = configuration(peer, channels, folder);
            let file = folder.join("headend.toml");
            std::fs::write(&file, text)?;
            let program = headend_benches::release("headend");
            relays.push(lab.start(
                Host::Node,
                &program,
                &["run", "--config", &file.display().to_string()],
            )?);
            until("the node's socket", Duration::from_secs(10), || {
                folder.join("headend.sock").exists()
            })?;
        }
        Peer::Multicat => {
            for c in 0..channels {
                let (from, to) = (
                    format!("@{}:{IN_PORT}/ifaddr=10.1.0.2", group(1, c)),
                    format!("{}:{OUT_PORT}@10.2.0.1/ifaddr=10.2.0.1", group(2, c)),
                );
                relays.push(lab.start(
                    Host::Node,
                    "multicat",
                    &["-t", "4", "-u", "-U", &from, &to],
                )?);
            }
        }
        Peer::Dvblast => {
            for c in 0..channels {
                let list = folder.join(format!("dvblast-{c}.conf"));
                std::fs::write(
                    &list,
                    format!("{}:{OUT_PORT}@10.2.0.1/udp 1 1\n", group(2, c)),
                )?;
                let from = format!("@{}:{IN_PORT}/udp/ifaddr=10.1.0.2", group(1, c));
                relays.push(lab.start(
                    Host::Node,
                    "dvblast",
                    &["-D", &from, "-c", &list.display().to_string()],
                )?);
            }
        }
        Peer::Ffmpeg => {
            for c in 0..channels {
                let from = format!(
                    "udp://{}:{IN_PORT}?localaddr=10.1.0.2&fifo_size=100000",
                    group(1, c)
                );
                let to = format!(
                    "udp://{}:{OUT_PORT}?localaddr=10.2.0.1&pkt_size=1316",
                    group(2, c)
                );
                relays.push(lab.start(
                    Host::Node,
                    "ffmpeg",
                    &[
                        "-v", "error", "-i", &from, "-map", "0", "-c", "copy", "-f", "mpegts", &to,
                    ],
                )?);
            }
        }
        Peer::Floor => {}
    }
    Ok(relays)
}

fn configuration(peer: Peer, channels: usize, folder: &Path) -> String {
    let mut text = format!(
        "[node]\nstate-dir = {:?}\n[http]\nlisten = [\"127.0.0.1:8080\"]\n",
        folder.display().to_string()
    );
    for c in 0..channels {
        let rate = match peer {
            Peer::HeadendConstant => "bitrate = \"8400k\"\n",
            _ => "",
        };
        let _ = write!(
            text,
            "[[channel]]\nid = \"c{c}\"\nname = \"C{c}\"\n[[channel.input]]\nurl = \"udp://{}:{IN_PORT}\"\ninterface = \"n0\"\ncontent = false\n[[channel.output]]\nurl = \"udp://{}:{OUT_PORT}\"\ninterface = \"n1\"\n{rate}",
            group(1, c),
            group(2, c)
        );
    }
    text
}

/// Receives and sends, and does nothing else: what the sockets alone cost.
fn bare_loop(channels: usize, stop: &AtomicBool, id: &AtomicU64) -> anyhow::Result<()> {
    id.store(
        nix::unistd::gettid().as_raw().unsigned_abs().into(),
        Ordering::Relaxed,
    );
    let node_in = Ipv4Addr::new(10, 1, 0, 2);
    let mut pairs = Vec::new();
    for c in 0..channels {
        let from = headend_benches::member(group(1, c), IN_PORT, node_in)?;
        let to = UdpSocket::bind("10.2.0.1:0")?;
        to.connect((group(2, c), OUT_PORT))?;
        pairs.push((from, to));
    }
    let mut buffer = [0; 2048];
    let mut next = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        for (from, to) in &pairs {
            while let Ok(length) = from.recv(&mut buffer) {
                let _ = to.send(&buffer[..length]);
            }
        }
        next += Duration::from_millis(1);
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    Ok(())
}

fn cpu_seconds_of_thread(thread: u64) -> f64 {
    headend_benches::cpu_of(&format!("/proc/self/task/{thread}/stat"))
}
