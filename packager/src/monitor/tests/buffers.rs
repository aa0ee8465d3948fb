//! A stream whose every packet stands at a chosen place, so that the decoder's buffers are known.

use super::*;
use crate::ts::clock::{Pcr, Pts, Ticks};
use crate::ts::descriptor::{Descriptors, tag};
use crate::ts::packet::{NULL_PACKET, pcr_packet, set_continuity, set_pid};
use crate::ts::pat::{Pat, PatProgram};
use crate::ts::pes::{PesHeader, StreamId};
use crate::ts::pmt::{Pmt, Stream as Listed, StreamType};
use crate::ts::section::Packetizer;
use crate::ts::{Pid, RawPacket};

const MAP: Pid = Pid::from_bits(0x100);
const PICTURE: Pid = Pid::from_bits(0x101);
const SOUND: Pid = Pid::from_bits(0x102);
const CLOCK: Pid = Pid::from_bits(0x103);
/// 40 ms.
const TICK: i64 = 1_080_000;
/// A frame of 1024 samples at 48 kHz.
const FRAME: i64 = 576_000;

/// The shape of the stream.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    /// bit/s.
    pub(super) rate: u64,
    pub(super) seconds: u64,
    /// Packets of a picture, and slots from one to the next.
    pub(super) picture: (usize, u64),
    /// From the arrival of a picture to its decoding.
    pub(super) picture_lead: i64,
    /// Whether the PMT says that pictures may be stills.
    pub(super) still: bool,
    /// Bytes of a frame of sound, and frames of a PES packet.
    pub(super) sound: (usize, usize),
    /// Slots from one packet of sound to the next.
    pub(super) sound_spacing: u64,
    pub(super) sound_lead: i64,
    /// Bytes of descriptors that the PMT carries, and milliseconds between two PMTs.
    pub(super) map: (usize, u64),
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            rate: 8_000_000,
            seconds: 3,
            picture: (50, 3),
            picture_lead: ms(400),
            still: false,
            sound: (341, 1),
            sound_spacing: 8,
            sound_lead: ms(120),
            map: (0, 80),
        }
    }
}

pub(super) const fn ms(millis: i64) -> i64 {
    millis * 27_000
}

/// Pictures of 16 Mbit/s, which wait for more than the 2.1 MB of level 3.1.
pub(super) fn full_pictures() -> Shape {
    Shape {
        rate: 33_600_000,
        picture: (440, 2),
        picture_lead: ms(1500),
        ..Shape::default()
    }
}

/// A packet and the slot from which on it may go.
type Wanted = (u64, RawPacket);

impl Shape {
    fn slot(&self, ticks: i64) -> u64 {
        (ticks as u128 * u128::from(self.rate) / (1504 * 27_000_000)) as u64
    }

    /// What the stream shows by its own PCR, under `mutation`.
    pub(super) fn show(&self, mutation: &mut dyn FnMut(&mut RawPacket)) -> Monitor {
        let mut monitor = Monitor::new(Settings::default());
        let lanes = [self.clock(), self.tables(), self.sounds(), self.pictures()];
        let mut lanes = lanes.map(|lane| lane.into_iter().peekable());
        let mut counters = [0u8; Pid::COUNT];
        for slot in 0..self.slot(self.seconds as i64 * 27_000_000) {
            let next = lanes
                .iter_mut()
                .find_map(|lane| lane.next_if(|(from, _)| *from <= slot));
            let mut packet = next.map_or(NULL_PACKET, |(_, packet)| packet);
            let view = Packet::new(&packet);
            let pid = view.pid().index();
            let nanos = u128::from(slot) * 1504 * 1_000_000_000 / u128::from(self.rate);
            if view.pid() == CLOCK {
                let ticks = u128::from(slot) * 1504 * 27_000_000 / u128::from(self.rate);
                let pcr = Pcr::from_ticks(ticks as u64);
                crate::ts::packet::restamp_pcr(&mut packet, pcr);
            } else if !view.pid().is_null() {
                set_continuity(&mut packet, counters[pid]);
                counters[pid] = (counters[pid] + 1) & 15;
            }
            mutation(&mut packet);
            monitor.push(Mono::from_nanos(nanos as u64), &packet);
        }
        monitor
    }

    fn clock(&self) -> Vec<Wanted> {
        let end = self.seconds as i64 * 27_000_000;
        let times = (0..end).step_by(ms(30) as usize);
        times
            .map(|at| (self.slot(at), pcr_packet(CLOCK, 0, Pcr::from_ticks(0))))
            .collect()
    }

    fn tables(&self) -> Vec<Wanted> {
        let (bytes, every) = self.map;
        let pat = Pat {
            programs: vec![PatProgram {
                number: 1,
                pmt: MAP,
            }],
            ..Pat::default()
        };
        let mut descriptors = Descriptors::default();
        for chunk in vec![0x5a; bytes].chunks(200) {
            assert!(descriptors.push_raw(0x80, chunk));
        }
        let mut picture = Descriptors::default();
        if self.still {
            assert!(picture.push_raw(tag::AVC_VIDEO, &[66, 0, 31, 0x80]));
        }
        let stream = |stream_type, pid, descriptors| Listed {
            stream_type,
            pid,
            descriptors,
        };
        let pmt = Pmt {
            program: 1,
            version: 0,
            pcr_pid: CLOCK,
            descriptors,
            streams: vec![
                stream(StreamType::H264, PICTURE, picture),
                stream(StreamType::AAC, SOUND, Descriptors::default()),
            ],
        };
        let mut all = Vec::new();
        let end = self.seconds * 1000;
        for at in (0..end).step_by(every as usize) {
            let slot = self.slot(ms(at as i64));
            let mut put = |p: &RawPacket| all.push((slot, *p));
            Packetizer::new(Pid::PAT).push(pat.emit(), &mut put);
            Packetizer::new(MAP).push(pmt.emit(), &mut put);
        }
        all
    }

    fn sounds(&self) -> Vec<Wanted> {
        let (bytes, frames) = self.sound;
        let mut all = Vec::new();
        let count = self.seconds as i64 * 27_000_000 / FRAME;
        for first in (0..count).step_by(frames) {
            let from = self.slot(first * FRAME);
            let pts = first * FRAME + self.sound_lead;
            let mut data = pes(StreamId::AUDIO, pts);
            for _ in 0..frames {
                data.extend_from_slice(&frame(bytes));
            }
            for (n, packet) in packets(SOUND, &data).into_iter().enumerate() {
                all.push((from + n as u64 * self.sound_spacing, packet));
            }
        }
        all
    }

    fn pictures(&self) -> Vec<Wanted> {
        let (count, spacing) = self.picture;
        let mut all = Vec::new();
        for picture in 0..self.seconds as i64 * 25 {
            let from = self.slot(picture * TICK);
            let mut data = pes(StreamId::VIDEO, picture * TICK + self.picture_lead);
            data.extend_from_slice(&super::generated::SPS);
            data.resize(count * 184, 0x5a);
            for (n, packet) in packets(PICTURE, &data).into_iter().enumerate() {
                all.push((from + n as u64 * spacing, packet));
            }
        }
        all
    }
}

fn pes(stream_id: StreamId, pts: i64) -> Vec<u8> {
    let pts = Pts::from_ticks(0).offset(Ticks::new(pts));
    PesHeader {
        stream_id,
        packet_length: 0,
        scrambled: false,
        aligned: true,
        malformed: false,
        pts: Some(pts),
        dts: None,
        len: 14,
    }
    .emit()
}

/// AAC LC, 48 kHz, stereo, in ADTS.
fn frame(bytes: usize) -> Vec<u8> {
    let mut frame = vec![0x5a; bytes];
    let (high, mid, low) = (bytes >> 11, bytes >> 3 & 0xff, bytes & 7);
    frame[..7].copy_from_slice(&[
        0xff,
        0xf1,
        0x4c,
        0x80 | high as u8,
        mid as u8,
        (low as u8) << 5 | 0x1f,
        0xfc,
    ]);
    frame
}

/// The packets of one PES packet, the last one stuffed.
fn packets(pid: Pid, pes: &[u8]) -> Vec<RawPacket> {
    let packet = |(n, data): (usize, &[u8])| {
        let mut packet = NULL_PACKET;
        set_pid(&mut packet, pid);
        let stuffing = 184 - data.len();
        if stuffing > 0 {
            packet[3] |= 0x20;
            packet[4] = (stuffing - 1) as u8;
            if stuffing > 1 {
                packet[5] = 0;
            }
        }
        packet[4 + stuffing..].copy_from_slice(data);
        if n == 0 {
            packet[1] |= 0x40;
        }
        packet
    };
    pes.chunks(184).enumerate().map(packet).collect()
}

/// What a monitor finds of the buffer model's checks.
fn found(shape: &Shape) -> Vec<(Check, u64)> {
    let mut counts = counts(&shape.show(&mut |_| {}));
    counts.retain(|(check, _)| check.needs_buffers());
    counts
}

fn examples(shape: &Shape) -> Vec<String> {
    let monitor = shape.show(&mut |_| {});
    let findings = monitor.findings().filter(|f| f.check.needs_buffers());
    findings.map(|f| f.example.to_string()).collect()
}

#[test]
fn the_clean_stream_fits_its_buffers() {
    let monitor = Shape::default().show(&mut |_| {});
    assert_eq!(counts(&monitor), [(Check::SdtActual, 1)]);
    assert!(!monitor.unknown().any(Check::needs_buffers));
}

#[test]
fn each_buffer_overflows_by_its_own_name() {
    let tb = Shape {
        sound: (341, 8),
        sound_spacing: 1,
        sound_lead: ms(40),
        ..Shape::default()
    };
    let b = Shape {
        sound_lead: ms(400),
        ..Shape::default()
    };
    let mb = full_pictures();
    let tbsys = Shape {
        map: (780, 200),
        ..Shape::default()
    };
    let bsys = Shape {
        map: (260, 20),
        ..Shape::default()
    };
    for (shape, name) in [
        (tb, ": TB overflows"),
        (b, ": B overflows"),
        (mb, ": MB overflows"),
        (tbsys, ": TBsys overflows"),
        (bsys, ": Bsys overflows"),
    ] {
        let told = examples(&shape);
        assert!(told.iter().any(|t| t.contains(name)), "{name}: {told:?}");
    }
}

#[test]
fn a_frame_that_comes_after_its_time_is_an_underflow_to_the_packet() {
    let late = |lead: i64| Shape {
        sound_lead: lead,
        ..Shape::default()
    };
    // Two packets, eight slots of 188 µs apart, the second 564 µs in TB behind its own slot.
    assert_eq!(found(&late(ms(3))), []);
    assert!(matches!(found(&late(ms(2)))[..], [(Check::Buffer, 100..)]));
}

#[test]
fn without_a_clock_or_without_sizes_the_buffers_are_unknown() {
    let unknown = |mutation: &mut dyn FnMut(&mut RawPacket)| {
        let monitor = Shape::default().show(mutation);
        assert!(
            !counts(&monitor)
                .iter()
                .any(|(check, _)| check.needs_buffers())
        );
        monitor
            .unknown()
            .filter(|check| check.needs_buffers())
            .count()
    };
    assert_eq!(
        unknown(&mut |p| p[5] &= if p[3] & 0x20 != 0 { !0x10 } else { 0xff }),
        3
    );
}
