//! What watching costs: 40 channels of 8 Mbit/s, seven packets to a datagram in turn, through
//! receive and monitor with every check on. Prints nanoseconds a packet.

use std::hint::black_box;
use std::time::Instant;

use packager::monitor::{Check, Monitor, Settings};
use packager::receive::{Entry, Framing, Receiver};
use packager::time::Mono;
use packager::ts::clock::Ticks;
use packager::ts::descriptor::Descriptors;
use packager::ts::packet::{NULL_PACKET, pcr_bytes, set_continuity, set_pid};
use packager::ts::pat::{Pat, PatProgram};
use packager::ts::pes::{PesHeader, StreamId};
use packager::ts::pmt::{Pmt, Stream, StreamType};
use packager::ts::sdt::{Sdt, SdtService};
use packager::ts::section::Packetizer;
use packager::ts::{PACKET_LEN, Pcr, Pid, Pts, RawPacket};

const CHANNELS: usize = 40;
/// 40 ms of 8 Mbit/s.
const PER_PICTURE: usize = 210;
const PICTURES: usize = 100;
const PER_DATAGRAM: usize = 7;
const NANOS_A_PACKET: u64 = 40_000_000 / PER_PICTURE as u64;
const PMT: Pid = Pid::from_bits(0x100);
const VIDEO: Pid = Pid::from_bits(0x101);
const AUDIO: Pid = Pid::from_bits(0x102);
/// libx264, 1280x720, level 3.1, after an access unit delimiter: the buffers have sizes.
const SPS: [u8; 42] = [
    0, 0, 0, 1, 9, 0x10, 0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1f, 0xd9, 0x00, 0x50, 0x05, 0xbb, 0x01,
    0x10, 0x00, 0x00, 0x3e, 0x90, 0x00, 0x0e, 0xa6, 0x00, 0xf1, 0x83, 0x24, 0x80, 0, 0, 0, 1, 0x68,
    0xcb, 0x83, 0xcb, 0x20,
];
/// AAC LC, 48 kHz, stereo: one frame of 1,266 bytes fills the seven packets of a PES packet.
const ADTS: [u8; 7] = [0xff, 0xf1, 0x4c, 0x80, 0x9e, 0x5f, 0xfc];

fn main() {
    let stream = stream();
    let datagrams: Vec<_> = stream.chunks(PER_DATAGRAM * PACKET_LEN).collect();
    let rtp: Vec<_> = datagrams
        .iter()
        .enumerate()
        .map(|(n, d)| wrapped(n, d))
        .collect();
    let plain = |_: usize, n: usize| datagrams.get(n).copied().unwrap_or_default();
    let wrapped = |_: usize, n: usize| rtp.get(n).map_or(&[][..], |d| &d[..]);
    println!(
        "{CHANNELS} channels, {} packets each",
        PER_PICTURE * PICTURES
    );
    for _ in 0..3 {
        report("receive, UDP", Framing::Ts, false, plain);
        report("receive, RTP", Framing::Rtp, false, wrapped);
        report("receive and monitor, RTP", Framing::Rtp, true, wrapped);
    }
}

fn report<'a>(
    name: &str,
    framing: Framing,
    watched: bool,
    datagram: impl Fn(usize, usize) -> &'a [u8],
) {
    let mut channels: Vec<_> = (0..CHANNELS)
        .map(|_| (Receiver::new(framing), Monitor::new(Settings::default())))
        .collect();
    let (mut packets, mut sum) = (0u64, 0u64);
    let start = Instant::now();
    for n in 0..PER_PICTURE * PICTURES / PER_DATAGRAM {
        let at = Mono::from_nanos((n * PER_DATAGRAM) as u64 * NANOS_A_PACKET);
        for (index, (receiver, monitor)) in channels.iter_mut().enumerate() {
            receiver.push(
                Entry::default(),
                at,
                datagram(index, n),
                &mut |at, packet| {
                    packets += 1;
                    if watched {
                        monitor.push(at, packet);
                    } else {
                        sum += u64::from(packet[3]);
                    }
                },
            );
        }
    }
    let nanos = start.elapsed().as_nanos() as f64 / packets as f64;
    black_box(sum);
    println!("{name}: {nanos:.1} ns a packet");
    let found: u64 = channels
        .iter()
        .flat_map(|(_, m)| m.findings())
        .map(|f| f.count)
        .sum();
    assert_eq!(found, 0, "the stream is clean");
    let judged = |(_, m): &(Receiver, Monitor)| !m.unknown().any(Check::needs_buffers);
    assert!(!watched || channels.iter().all(judged), "the buffers too");
}

fn wrapped(n: usize, datagram: &[u8]) -> Vec<u8> {
    let mut rtp = vec![0x80, 33];
    rtp.extend_from_slice(&(n as u16).to_be_bytes());
    rtp.extend_from_slice(&[0; 8]);
    rtp.extend_from_slice(datagram);
    rtp
}

/// One programme: pictures and sound with PES headers, a PCR each 40 ms, tables each 80 ms, an SDT each second.
fn stream() -> Vec<u8> {
    let kinds = [(StreamType::H264, VIDEO), (StreamType::AAC, AUDIO)];
    let pat = Pat {
        programs: vec![PatProgram {
            number: 1,
            pmt: PMT,
        }],
        ..Pat::default()
    };
    let pmt = Pmt {
        program: 1,
        version: 0,
        pcr_pid: VIDEO,
        descriptors: Descriptors::default(),
        streams: kinds
            .map(|(stream_type, pid)| Stream {
                stream_type,
                pid,
                descriptors: Descriptors::default(),
            })
            .to_vec(),
    };
    let sdt = Sdt {
        actual: true,
        transport_stream_id: 0,
        original_network_id: 1,
        version: 0,
        services: vec![SdtService {
            id: 1,
            ..SdtService::default()
        }],
    };
    let mut sdts = Packetizer::new(Pid::SDT);
    let (mut pats, mut pmts) = (Packetizer::new(Pid::PAT), Packetizer::new(PMT));
    let mut counters = [0u8; 2];
    let mut out = Vec::new();
    for n in 0..PER_PICTURE * PICTURES {
        let (picture, slot) = (n / PER_PICTURE, n % PER_PICTURE);
        let mut packet = NULL_PACKET;
        match slot {
            1 if picture % 2 == 0 => pats.push(pat.emit(), |p| packet = *p),
            2 if picture % 2 == 0 => pmts.push(pmt.emit(), |p| packet = *p),
            3 if picture % 25 == 1 => sdts.push(sdt.emit(), |p| packet = *p),
            s if s % 30 == 29 => packet = elementary(1, &mut counters, (s == 29).then_some(n)),
            s if s < 200 => packet = elementary(0, &mut counters, (s == 0).then_some(n)),
            _ => {}
        }
        out.extend_from_slice(&packet);
    }
    out
}

/// A packet of video (0) or audio (1); a PES packet starts in it where `start` gives its number.
fn elementary(which: usize, counters: &mut [u8; 2], start: Option<usize>) -> RawPacket {
    let mut packet = NULL_PACKET;
    packet[4..].fill(0x5a);
    set_pid(&mut packet, [VIDEO, AUDIO][which]);
    set_continuity(&mut packet, counters[which]);
    counters[which] = (counters[which] + 1) & 0x0f;
    let Some(n) = start else {
        return packet;
    };
    let pcr = Pcr::from_ticks(n as u64 * NANOS_A_PACKET * 27 / 1000);
    // The main buffer of sound holds 113 ms of it.
    let lead = Ticks::from_millis([300, 80][which]);
    let pts = pcr.offset(lead);
    let header = PesHeader {
        stream_id: [StreamId::VIDEO, StreamId::AUDIO][which],
        packet_length: 0,
        scrambled: false,
        aligned: true,
        malformed: false,
        pts: Some(Pts::from_ticks(pts.base())),
        dts: None,
        len: 14,
    };
    packet[1] |= 0x40;
    packet[3] |= 0x20;
    packet[4] = 7;
    packet[5] = if which == 0 { 0x10 } else { 0 };
    packet[6..12].copy_from_slice(&pcr_bytes(pcr));
    packet[12..26].copy_from_slice(&header.emit());
    let start: &[u8] = [&SPS[..], &ADTS][which];
    packet[26..26 + start.len()].copy_from_slice(start);
    packet
}
