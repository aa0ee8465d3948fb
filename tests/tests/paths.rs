//! Two paths of one stream, and FEC, under a simulated network: nothing is lost that one of them
//! brings or that FEC can give back.

use std::time::Duration;

use headend_tests::fec::Capture;
use headend_tests::judge::judge;
use headend_tests::sim::{Datagram, ORIGIN, Random, WALL, generated, h264, paced};
use packager::chain::{Chain, OutputSettings, Settings, Way};
use packager::emit::{Emitter, Format};
use packager::protect::{Fec, Matrix};
use packager::receive::{self, Entry, Framing, Port, Receiver};
use packager::select::Policy;
use packager::shape::Overflow;
use packager::time::{Bitrate, Mono};
use packager::ts::clock::Ticks;
use packager::ts::packet::NULL_PACKET;
use packager::{remux, ts::RawPacket};

/// A microsecond, ns.
const US: u64 = 1_000;

fn two_paths(window: Duration, fec: bool) -> receive::Settings {
    receive::Settings {
        framing: Framing::Rtp,
        paths: 2,
        window,
        fec,
    }
}

fn media(path: u8) -> Entry {
    let port = Port::Media;
    Entry { path, port }
}

/// A transport packet that holds `number`.
fn numbered(number: u64) -> RawPacket {
    let mut packet = NULL_PACKET;
    packet[4..12].copy_from_slice(&number.to_be_bytes());
    packet
}

/// RTP around packets from `number` on.
fn rtp(sequence: u64, number: u64, packets: u64) -> Vec<u8> {
    let mut d = vec![0x80, 33];
    d.extend_from_slice(&(sequence as u16).to_be_bytes());
    d.extend_from_slice(&(sequence as u32).wrapping_mul(317).to_be_bytes());
    d.extend_from_slice(&[1, 2, 3, 4]);
    (number..number + packets).for_each(|n| d.extend_from_slice(&numbered(n)));
    d
}

/// Which path is out at each datagram: `count` outages of either, 1 to 120 datagrams long, with
/// pauses between them in which both are up, or none.
fn outages(count: usize, random: &mut Random) -> Vec<Option<u8>> {
    let mut out = vec![None];
    for _ in 0..count {
        let path = (random.draw() % 2) as u8;
        out.extend(vec![Some(path); 1 + random.draw() as usize % 120]);
        out.extend(vec![None; random.draw() as usize % 60]);
    }
    out
}

/// Sends a datagram each `step` by both paths, the second `skew` later, and checks that what comes
/// out is what went in, each packet no later than `skew` after the first path would have it.
fn byte_identical(seed: u64, window: Duration, skew: u64, step: u64) {
    let mut random = Random(seed);
    let out = outages(10_000, &mut random);
    let slow = (random.draw() % 2) as u8;
    let behind = (skew / step) as usize;
    let mut receiver = Receiver::new(two_paths(window, false));
    let (mut next, mut most) = (0u64, 0);
    for n in 0..out.len() + behind {
        let now = n as u64 * step;
        let at = Mono::from_nanos(now);
        let mut sink = |_: Mono, packet: &RawPacket| {
            assert_eq!(*packet, numbered(next), "in order, each once, every byte");
            most = most.max(now - next / 7 * step);
            next += 1;
        };
        for (path, sent) in [(1 - slow, Some(n)), (slow, n.checked_sub(behind))] {
            let Some(sent) = sent.filter(|n| *n < out.len() && out[*n] != Some(path)) else {
                continue;
            };
            let sent = sent as u64;
            receiver.push(media(path), at, &rtp(sent, sent * 7, 7), &mut sink);
        }
        receiver.flush(at, &mut sink);
    }
    assert_eq!(next, out.len() as u64 * 7, "all of it");
    let counters = receiver.counters();
    assert_eq!(counters.rtp.lost, 0);
    assert!(
        most <= skew && skew <= window.as_nanos() as u64,
        "{most} ns late"
    );
    println!(
        "{} datagrams, at most {} ms late: {counters:?}",
        out.len(),
        most / 1_000_000
    );
}

#[test]
fn ten_thousand_outages_of_either_path_leave_the_stream_as_it_was_byte_for_byte() {
    // 4 Mbit/s.
    byte_identical(1, Duration::from_millis(450), 450_000_000, 2_500 * US);
    byte_identical(2, Duration::from_millis(450), 0, 2_500 * US);
    // 80 Mbit/s.
    byte_identical(3, Duration::from_millis(450), 449_000_000, 131 * US);
    byte_identical(4, Duration::from_secs(1), 999_000_000, 131 * US);
}

fn matrices() -> impl Iterator<Item = Matrix> {
    let all = (1..=20).flat_map(|l| (4..=20).map(move |d| (l, d)));
    let both = all.flat_map(|(l, d)| [false, true].map(|rows| Matrix::new(l, d, rows)));
    both.filter_map(Result::ok)
}

/// What an RTP output with FEC sends for `datagrams` full datagrams and a short one now and then.
fn sent(matrix: Matrix, datagrams: u64) -> Vec<(Port, Vec<u8>)> {
    let mut emitter = Emitter::new(Format::Rtp {
        ssrc: 7,
        sequence: 65_400,
    });
    let mut fec = Fec::new(matrix, 65_400);
    let mut all: Vec<(Port, Vec<u8>)> = Vec::new();
    let mut number = 0;
    while all.iter().filter(|(port, _)| *port == Port::Media).count() < datagrams as usize {
        number += 1;
        let at = Ticks::from_millis(number);
        let fill = |place: &mut RawPacket| {
            *place = numbered(number as u64);
            Some(at)
        };
        let full = emitter.push(fill).unwrap().1.map(<[u8]>::to_vec);
        let late = at + Ticks::from_millis(9);
        let short = || emitter.flush(late).map(<[u8]>::to_vec);
        if let Some(d) = full.or_else(|| (number % 17 == 0).then(short).flatten()) {
            all.push((Port::Media, d.clone()));
            fec.push(&d, &mut |port, fec| all.push((port, fec.to_vec())));
        }
    }
    all
}

#[test]
fn what_our_fec_protects_an_independent_decoder_repairs_on_every_legal_matrix() {
    let mut count = 0;
    for matrix in matrices() {
        let size = u64::from(matrix.columns()) * u64::from(matrix.rows());
        let all = sent(matrix, size * 3);
        let media: Vec<&Vec<u8>> = all
            .iter()
            .filter(|a| a.0 == Port::Media)
            .map(|a| &a.1)
            .collect();
        let mut capture = Capture::default();
        // A burst as long as a row is, across the end of one, in the second matrix.
        let burst = size as usize + 2..size as usize + 2 + usize::from(matrix.columns());
        for (n, packet) in media.iter().enumerate().filter(|(n, _)| !burst.contains(n)) {
            assert!(n < media.len());
            capture.take(packet);
        }
        capture.fec = all
            .iter()
            .filter(|a| a.0 != Port::Media)
            .map(|a| a.1.clone())
            .collect();
        let repaired = capture.repair();
        assert_eq!(repaired.len(), burst.len(), "{matrix:?}");
        for packet in &media[burst] {
            let sequence = u16::from_be_bytes([packet[2], packet[3]]);
            assert_eq!(&&capture.media[&sequence], packet, "{matrix:?}");
        }
        count += 1;
    }
    println!("{count} matrices");
}

/// A stream of small datagrams by two paths with FEC beside it; `lost` says what each path loses.
struct Link {
    receiver: Receiver,
    fec: Fec,
    sent: u64,
    packets: u64,
}

impl Link {
    fn new(matrix: Matrix) -> Self {
        Self {
            receiver: Receiver::new(two_paths(Duration::from_millis(450), true)),
            fec: Fec::new(matrix, 0),
            sent: 0,
            packets: 0,
        }
    }

    /// 5,000 datagrams a second.
    fn send(&mut self, lost: &mut impl FnMut(Port, u64, u8) -> bool) {
        let Self {
            receiver,
            fec,
            sent,
            packets,
        } = self;
        let n = *sent;
        let at = Mono::from_nanos(n * 200 * US);
        let datagram = rtp(n, n, 1);
        let mut sink = |_: Mono, _: &RawPacket| *packets += 1;
        let mut give = |port, bytes: &[u8]| {
            for path in 0..2 {
                if !lost(port, n, path) {
                    receiver.push(Entry { path, port }, at, bytes, &mut sink);
                }
            }
        };
        give(Port::Media, &datagram);
        fec.push(&datagram, &mut give);
        *sent += 1;
    }

    fn end(&mut self) {
        let (end, packets) = (
            Mono::from_nanos(self.sent * 200 * US + 2_000_000_000),
            &mut self.packets,
        );
        self.receiver.flush(end, &mut |_, _| *packets += 1);
    }
}

/// `HEADEND_FEC_PACKETS=100000000` runs the whole simulation.
#[test]
fn five_percent_loss_on_both_paths_leaves_less_than_is_seen() {
    let count = std::env::var("HEADEND_FEC_PACKETS").map_or(1_000_000, |n| n.parse().unwrap());
    let mut link = Link::new(Matrix::new(10, 10, true).unwrap());
    let mut random = Random(5);
    for n in 0..count {
        let mut lose = |_, _, _| n > 0 && random.draw() % 100 < 5;
        link.send(&mut lose);
    }
    link.end();
    let counters = link.receiver.counters();
    let lost = counters.rtp.lost;
    println!(
        "{count} packets, {lost} lost: {:.1e}; {counters:?}",
        lost as f64 / count as f64
    );
    // ITU-T G.1080: one visible event in 4 h.
    assert!(lost as f64 <= 1.2e-6 * count as f64, "{lost} of {count}");
    assert_eq!(link.packets + lost, count);
    let out = counters.paths[0].lost as f64 / count as f64;
    assert!(
        (out - 0.05).abs() < 0.002,
        "the path did lose its 5 %: {out}"
    );
    assert!(
        counters.fec.repaired as f64 > 0.002 * count as f64,
        "and FEC had work"
    );
}

#[test]
fn a_burst_of_as_many_packets_as_the_matrix_has_columns_leaves_no_loss_on_either_path() {
    for (columns, rows) in [(10, 10), (20, 5), (5, 20), (4, 4)] {
        let mut link = Link::new(Matrix::new(columns, rows, true).unwrap());
        let size = u64::from(columns) * u64::from(rows);
        // One burst in every second matrix, at every place of it in turn.
        let end = size * size * 2;
        for n in 0..end + 2 * size {
            let from = n / (2 * size) * (2 * size) + n / (2 * size) % size;
            let burst = (from..from + u64::from(columns)).contains(&n) && n > size && n < end;
            link.send(&mut |port, _, _| burst && port == Port::Media);
        }
        link.end();
        let counters = link.receiver.counters();
        assert_eq!(counters.rtp.lost, 0, "{columns}x{rows}");
        assert_eq!(link.packets, link.sent);
        assert!(counters.fec.repaired > size * u64::from(columns) / 2);
    }
}

/// One input by two paths, the second 400 ms behind; one output at 6 Mbit/s with FEC.
fn chain() -> Chain {
    Chain::new(Settings {
        inputs: vec![two_paths(Duration::from_millis(450), false)],
        program: None,
        policy: Policy::default(),
        slate: false,
        remux: remux::Settings {
            service_name: "Họp".into(),
            number: None,
            first_version: 7,
        },
        outputs: vec![OutputSettings {
            bitrate: Bitrate::from_bits_per_second(6_000_000),
            overflow: Overflow::KeepSound,
            format: Format::Rtp {
                ssrc: 9,
                sequence: 1,
            },
            fec: Matrix::new(10, 10, true).ok(),
        }],
    })
}

#[test]
fn a_channel_stays_clean_while_its_paths_come_and_go() {
    const SKEW: u64 = 400_000_000;
    let stream = generated("h264-3m", 20, &h264("3M")).unwrap();
    let datagrams: Vec<Datagram> = paced(&stream, 0.0, 2_000_000, 3).unwrap();
    // Each path is out for 2.5 s at a time, one after the other, with both up first.
    let up = |path: u64, at: u64| (at / 1_000_000 + 5000) % 7000 / 2500 != path;
    let mut coming: Vec<(u64, u8, Vec<u8>)> = Vec::new();
    for (n, (at, bytes)) in datagrams.iter().enumerate() {
        let mut d = rtp(n as u64, 0, 0);
        d.extend_from_slice(bytes);
        for path in (0..2u8).filter(|path| up((*path).into(), *at)) {
            coming.push((at + u64::from(path) * SKEW, path, d.clone()));
        }
    }
    coming.sort_by_key(|(at, ..)| *at);
    let (mut chain, mut packets, mut fec) = (chain(), Vec::new(), [0; 2]);
    let mut coming = coming.into_iter().peekable();
    for now in (0..20_000_000_000).step_by(500_000) {
        while let Some((at, path, d)) = coming.next_if(|(at, ..)| *at <= now) {
            let entry = media(path);
            let at = Mono::from_nanos(ORIGIN + at);
            chain.push(Way { input: 0, entry }, at, &d, &mut |_| {});
        }
        let wall = WALL.offset_nanos(now.cast_signed());
        chain.tick(Mono::from_nanos(ORIGIN + now), wall, &mut |_| {});
        let mut sink = |_, port, at: Mono, d: &[u8]| match port {
            Port::Media => {
                let at = at.as_nanos() - ORIGIN;
                packets.extend(d[12..].as_chunks::<188>().0.iter().map(|p| (at, *p)));
            }
            Port::Column => fec[0] += 1,
            Port::Row => fec[1] += 1,
        };
        chain.pull(Mono::from_nanos(ORIGIN + now), &mut sink);
    }
    let verdict = judge(&packets, 6_000_000);
    let counters = chain.inputs()[0].receiver.counters();
    println!(
        "{verdict}\n{counters:?} {:?}",
        chain.inputs()[0].feed.counters()
    );
    assert_eq!(verdict.faults(), Vec::<String>::new());
    assert_eq!(verdict.discontinuities, 1, "the start alone is marked");
    assert_eq!(counters.rtp.lost, 0);
    assert_eq!(chain.inputs()[0].feed.counters().delays, 0);
    let datagrams = packets.len() as i64 / 7;
    assert!(
        (fec[1] - datagrams / 10).abs() < 3 && (fec[0] - datagrams / 10).abs() < 12,
        "{fec:?}"
    );
}
