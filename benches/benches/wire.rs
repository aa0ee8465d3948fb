//! What the wire costs on one core: the byte scan, sections put together, tables read and written.
//! Prints GB/s and nanoseconds for each.

use std::hint::black_box;
use std::time::{Duration, Instant};

use packager::ts::descriptor::{AudioLanguage, Descriptor, Language};
use packager::ts::packet::{NULL_PACKET, pcr_packet, set_continuity, set_pid};
use packager::ts::pat::{Pat, PatProgram};
use packager::ts::pmt::{Pmt, Stream, StreamType};
use packager::ts::scan::Scan;
use packager::ts::section::{Packetizer, Section, SectionAssembler, crc32};
use packager::ts::{Packet, Pcr, Pid, RawPacket};

/// Larger than any cache, so that the scan is fed by memory.
const BUFFER_PACKETS: usize = 256 * 1024 * 1024 / 188;
/// PIDs of the buffer in turn, null packets besides.
const PIDS: usize = 40;
/// How long each figure is measured.
const LONG_ENOUGH: Duration = Duration::from_secs(1);

fn main() {
    println!("best of the passes in a second each, one core");
    scan();
    sections();
    tables();
}

fn scan() {
    let buffer = buffer();
    let bytes = buffer.as_flattened();
    let mut pids = 0;
    let best = best(|| {
        let mut scan = Scan::new();
        scan.push(black_box(bytes));
        pids = scan.pids().count();
    });
    rate("scan", bytes.len(), buffer.len(), best);
    assert_eq!(pids, PIDS + 1, "every PID was seen");
}

/// A constant rate: each PID in turn, a PCR in one packet of 200, a tenth of null packets.
fn buffer() -> Vec<RawPacket> {
    let mut counters = [15u8; PIDS];
    let packet = |n: usize| {
        if n % 10 == 9 {
            return NULL_PACKET;
        }
        let lane = n / 3 % PIDS;
        let (pid, counter) = (Pid::from_bits(0x100 + lane as u16), &mut counters[lane]);
        if n.is_multiple_of(200) {
            return pcr_packet(pid, *counter, Pcr::from_ticks(n as u64 * 10_000));
        }
        *counter = (*counter + 1) & 15;
        let mut packet = NULL_PACKET;
        set_pid(&mut packet, pid);
        set_continuity(&mut packet, *counter);
        packet
    };
    (0..BUFFER_PACKETS).map(packet).collect()
}

fn sections() {
    let small = packets(&pmt(3).emit(), 2000);
    let large = packets(&vec![long(); 20], 100);
    for (name, packets) in [
        ("sections of one packet", small),
        ("sections of 4096 bytes", large),
    ] {
        let mut count = 0u64;
        let best = best(|| {
            let mut assembler = SectionAssembler::new();
            for packet in &packets {
                assembler.push(Packet::new(packet), |section| {
                    count += u64::from(black_box(section).is_ok());
                });
            }
        });
        rate(name, packets.len() * 188, packets.len(), best);
        assert!(count > 0, "sections came out");
    }
}

/// A private section of the largest size.
fn long() -> Vec<u8> {
    let mut section = vec![0x80, 0xbf, 0xfd];
    section.resize(4092, 0x55);
    let crc = crc32(&section);
    section.extend_from_slice(&crc.to_be_bytes());
    section
}

fn packets(sections: &[Vec<u8>], times: usize) -> Vec<RawPacket> {
    let mut packetizer = Packetizer::new(Pid::from_bits(0x100));
    let mut packets = Vec::new();
    for _ in 0..times {
        packetizer.push(sections, |packet| packets.push(*packet));
    }
    packets
}

fn tables() {
    let pat = Pat {
        programs: (1..40)
            .map(|number| PatProgram {
                number,
                pmt: Pid::from_bits(number),
            })
            .collect(),
        ..Pat::default()
    };
    let pmt = pmt(8);
    let (pats, pmts) = (pat.emit(), pmt.emit());
    let pat_section = Section::new(&pats[0]).expect("a section");
    let pmt_section = Section::new(&pmts[0]).expect("a section");
    nanos("read a PAT of 39 programmes", || {
        drop(black_box(Pat::parse(&pat_section)));
    });
    nanos("read a PMT of 8 streams", || {
        drop(black_box(Pmt::parse(&pmt_section)));
    });
    nanos("write a PMT of 8 streams", || {
        drop(black_box(pmt.emit()));
    });
    nanos("what 8 streams are, and their language", || {
        for stream in &pmt.streams {
            black_box((stream.kind(), stream.language()));
        }
    });
}

fn pmt(streams: u16) -> Pmt {
    let language = AudioLanguage {
        language: Language(*b"vie"),
        audio_type: 0,
    };
    let stream = |n| Stream {
        stream_type: if n == 0 {
            StreamType::H264
        } else {
            StreamType::AAC
        },
        pid: Pid::from_bits(0x101 + n),
        descriptors: [Descriptor::Languages(vec![language])]
            .into_iter()
            .collect(),
    };
    Pmt {
        program: 1,
        version: 0,
        pcr_pid: Pid::from_bits(0x101),
        descriptors: std::iter::empty().collect(),
        streams: (0..streams).map(stream).collect(),
    }
}

/// The shortest pass.
fn best(mut pass: impl FnMut()) -> Duration {
    let start = Instant::now();
    let mut best = Duration::MAX;
    while start.elapsed() < LONG_ENOUGH {
        let before = Instant::now();
        pass();
        best = best.min(before.elapsed());
    }
    best
}

fn rate(name: &str, bytes: usize, packets: usize, best: Duration) {
    let nanos = best.as_secs_f64() * 1e9;
    println!(
        "{name:<40} {:6.2} GB/s  {:6.1} ns a packet",
        bytes as f64 / nanos,
        nanos / packets as f64
    );
}

fn nanos(name: &str, mut work: impl FnMut()) {
    const TIMES: u32 = 10_000;
    let best = best(|| (0..TIMES).for_each(|_| work()));
    println!(
        "{name:<40} {:6.0} ns",
        best.as_secs_f64() * 1e9 / f64::from(TIMES)
    );
}
