//! What a channel costs without sockets: 40 chains of 8 Mbit/s as the line drives them, HLS from
//! the tap, playlists. Time is driven, so all runs as fast as it can, on one core.

use std::hint::black_box;
use std::time::{Duration, Instant};

use headend_tests::sim::{Datagram, WALL, chain, paced};
use packager::chain::Chain;
use packager::hls::{Change, Packager, Resume, Settings};
use packager::time::Mono;
use packager::ts::RawPacket;

const CHANNELS: usize = 40;
/// Of the stream, and so of the simulated time.
const SECONDS: u64 = 20;
const TICK: u64 = 250_000;
const RECEIVE_EVERY: u64 = 8;
const RATE: u64 = 8_400_000;

fn main() {
    let stream = headend_benches::stream().expect("ffmpeg");
    let datagrams = paced(&stream, 0.0, 1_000_000, 1).expect("a PCR");
    println!("{CHANNELS} channels of 8 Mbit/s, one core; best of three runs");
    carry("chain, constant rate", &[Some(RATE)], &datagrams);
    carry("chain, own pace", &[None], &datagrams);
    carry("chain without an output", &[], &datagrams);
    package(&stream);
}

fn carry(name: &str, outputs: &[Option<u64>], datagrams: &[Datagram]) {
    let run = || {
        let mut chains: Vec<_> = (0..CHANNELS).map(|_| chain(outputs)).collect();
        let start = Instant::now();
        let packets: u64 = drive(&mut chains, datagrams);
        (start.elapsed(), packets)
    };
    let (took, packets) = (0..3).map(|_| run()).min().expect("three runs");
    println!(
        "{name:<28} {:6.0} ns a packet, {:5.1} % of a core",
        took.as_nanos() as f64 / packets as f64,
        100.0 * took.as_secs_f64() / SECONDS as f64
    );
}

/// As the line does it; gives the packets that came in.
fn drive(chains: &mut [Chain], datagrams: &[Datagram]) -> u64 {
    let mut next = vec![0; chains.len()];
    let (mut packets, mut sent) = (0, 0u64);
    for tick in 0..SECONDS * 1_000_000_000 / TICK {
        let now = Mono::from_nanos(1_000_000_000 + tick * TICK);
        for (index, chain) in chains.iter_mut().enumerate() {
            if (tick + index as u64).is_multiple_of(RECEIVE_EVERY) {
                while let Some((at, bytes)) = datagrams.get(next[index])
                    && *at <= tick * TICK
                {
                    let at = Mono::from_nanos(1_000_000_000 + at);
                    chain.push(0, at, bytes, &mut |_| {});
                    packets += (bytes.len() / 188) as u64;
                    next[index] += 1;
                }
                chain.tick(now, WALL, &mut |_| {});
            }
            chain.pull(now, &mut |_, _, _, datagram| {
                sent += black_box(datagram).len() as u64;
            });
        }
    }
    black_box(sent);
    packets
}

fn package(stream: &[u8]) {
    let mut tap: Vec<RawPacket> = Vec::new();
    let mut chain = chain(&[]);
    for (at, bytes) in paced(stream, 0.0, 0, 1).expect("a PCR") {
        let at = Mono::from_nanos(1_000_000_000 + at);
        chain.push(0, at, &bytes, &mut |p| {
            tap.push(*p);
        });
    }
    let settings = Settings {
        segment: Duration::from_secs(2),
        part: Duration::from_millis(400),
        low_latency: false,
        window: Duration::from_secs(60),
    };
    let mut best = Duration::MAX;
    for _ in 0..3 {
        let mut packager = Packager::new(settings, Resume::default());
        let start = Instant::now();
        for packet in &tap {
            black_box(packager.push(WALL, packet));
        }
        best = best.min(start.elapsed());
    }
    let bits = tap.len() as f64 * 1504.0;
    println!(
        "{:<28} {:6.2} Gbit/s a core, {:5.2} % of a core for a channel",
        "HLS: CMAF parts and segments",
        bits / best.as_secs_f64() / 1e9,
        100.0 * best.as_secs_f64() / 30.0
    );
    parts(&tap, settings);
}

/// The packets that end a part or a segment make its fragment, the playlists and the window.
fn parts(tap: &[RawPacket], settings: Settings) {
    let mut packager = Packager::new(settings, Resume::default());
    let (mut took, mut made) = (Duration::ZERO, 0u32);
    for packet in tap {
        let start = Instant::now();
        if packager.push(WALL, packet) > Change::Nothing {
            took += start.elapsed();
            made += 1;
        }
    }
    println!(
        "{:<28} {:6.1} µs each ({made} of them)",
        "HLS: a part and its playlists",
        took.as_micros() as f64 / f64::from(made)
    );
}
