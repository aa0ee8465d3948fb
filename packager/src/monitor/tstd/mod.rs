//! The buffer model of ISO/IEC 13818-1, 2.4.2 (T-STD), by which TR 101 290, 3.3, 3.9 and 3.10 are
//! judged.
//!
//! In: the packets of one programme in order. Out: findings. Its only clock is the programme's
//! PCR: a packet between two PCRs arrived where its position puts it (2.4.2.2), so packets wait for
//! the PCR that follows them. Where no PCR comes, and for streams whose buffers no standard sizes,
//! it says nothing. An access unit of a picture is taken to be one PES packet; where that may hold
//! several, its lateness is not judged. Frames of sound are read from their own headers.

mod sizes;
mod stream;
mod tanks;
mod units;

use std::collections::VecDeque;

use super::check::{Buffer, Check, Findings, Place};
use super::codec::{Codec, Detail};
use crate::ts::clock::Ticks;
use crate::ts::pmt::Pmt;
use crate::ts::{Packet, Pcr, Pid};
use sizes::{Rate, Sizes};
use stream::{SECOND, Stream, empty, overflow};
use tanks::{Span, System, Transport};
use units::Unit;

/// From one PCR to the next; beyond, what lies between has no time. The limit of 2.7.2 is 100 ms,
/// which 2.3.a judges.
const STEP_MAX: Ticks = Ticks::from_millis(500);
/// Packets and units that wait for a PCR: 500 ms of 50 Mbit/s. Beyond, they have no time.
const RECORDS_MAX: usize = 16_384;
/// The least rate at which Bsys empties, bit/s, and its part of the stream's rate (2.4.2.3).
const SYSTEM_LEAST: f64 = 80_000.0;
const SYSTEM_PART: f64 = 500.0;

/// What waits for the next PCR: a few bytes a packet, for there are many.
#[derive(Clone, Copy, Debug)]
struct Record {
    /// Packets since the anchor.
    after: u32,
    /// The stream; for tables the place of their PID.
    index: u16,
    /// Bytes of payload.
    bytes: u8,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// A packet of a stream.
    Packet,
    /// The same, and a unit starts in it.
    Start,
    /// The next of [`Decoder::units`] has ended.
    Unit,
    /// The next of [`Decoder::breaks`]: a break in a stream.
    Break,
    /// A packet of tables.
    Tables,
}

/// The decoder's buffers of one programme.
#[derive(Debug)]
pub(super) struct Decoder {
    program: u16,
    clock: Pid,
    map: Pid,
    streams: Vec<Stream>,
    /// The last PCR, and its packet's number.
    anchor: Option<(Pcr, u64)>,
    /// The line at the anchor.
    line: f64,
    /// Whether a discontinuity_indicator came since the anchor.
    flagged: bool,
    records: Vec<Record>,
    /// In the order of the records.
    units: VecDeque<Unit>,
    /// Bytes of the stream so far, in the order of the records.
    breaks: VecDeque<u64>,
    system: (Transport, System),
    /// Whether anything was judged.
    judged: bool,
}

/// A packet of a stream of the programme.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival<'a> {
    pub(super) packet: Packet<'a>,
    /// Packets of the whole stream before it.
    pub(super) number: u64,
    /// Packets before it are missing.
    pub(super) broken: bool,
    /// It came before.
    pub(super) repeated: bool,
    pub(super) scrambled: bool,
}

impl Decoder {
    pub(super) fn new(program: u16, clock: Pid, map: Pid) -> Self {
        Self {
            program,
            clock,
            map,
            streams: Vec::new(),
            anchor: None,
            line: 0.0,
            flagged: false,
            records: Vec::with_capacity(256),
            units: VecDeque::with_capacity(16),
            breaks: VecDeque::new(),
            system: (Transport::system(0.0), System::new(0.0)),
            judged: false,
        }
    }

    /// Whether it models this programme.
    pub(super) fn is_of(&self, program: u16, clock: Pid, map: Pid) -> bool {
        (self.program, self.clock, self.map) == (program, clock, map)
    }

    /// Takes over the streams of the PMT; those that stay go on.
    pub(super) fn follow(&mut self, pmt: &Pmt) {
        // What waits speaks of streams by their places.
        self.clear();
        self.anchor = None;
        let mut before = std::mem::take(&mut self.streams);
        for listed in &pmt.streams {
            let known = before.iter().position(|stream| stream.pid == listed.pid);
            let mut stream = match known {
                Some(index) => before.swap_remove(index),
                None => Stream::new(listed.pid, self.line),
            };
            stream.still = super::codec::is_still(listed);
            self.streams.push(stream);
        }
    }

    /// PIDs of the streams, in their order.
    pub(super) fn pids(&self) -> impl Iterator<Item = Pid> {
        self.streams.iter().map(|stream| stream.pid)
    }

    /// Whether anything could be judged.
    pub(super) const fn is_judged(&self) -> bool {
        self.judged
    }

    /// The header of a stream says this.
    pub(super) fn learn(&mut self, index: u16, found: (Codec, Detail)) {
        let line = self.line;
        let Some(stream) = self.streams.get_mut(usize::from(index)) else {
            return;
        };
        if stream.known == Some(found) {
            return;
        }
        stream.known = Some(found);
        stream.sizes = Sizes::of(found.0, &found.1);
        stream.transport = stream.sizes.map(|sizes| Transport::new(sizes.rx, line));
        stream.units.forget();
        if self.anchor.is_some() && self.records.len() < RECORDS_MAX {
            self.breaks.push_back(stream.units.total());
            self.records.push(Record {
                after: 0,
                index,
                bytes: 0,
                what: What::Break,
            });
        }
    }

    /// Takes a packet of the stream at `index`.
    pub(super) fn push(&mut self, index: u16, arrival: Arrival<'_>) {
        let Some(stream) = self.streams.get_mut(usize::from(index)) else {
            return;
        };
        let (Some(sizes), Some((_, anchor))) = (&stream.sizes, self.anchor) else {
            return;
        };
        if self.records.len() >= RECORDS_MAX {
            self.anchor = None;
            return;
        }
        let (records, units) = (&mut self.records, &mut self.units);
        let mut record = Record {
            after: after(arrival.number, anchor),
            index,
            bytes: 0,
            what: What::Break,
        };
        if arrival.broken || arrival.scrambled {
            self.breaks.push_back(stream.units.total());
            records.push(record);
        }
        record.what = What::Packet;
        if arrival.repeated || arrival.scrambled {
            records.push(record);
            return;
        }
        let packet = arrival.packet;
        let payload = packet.payload();
        record.bytes = u8::try_from(payload.len()).unwrap_or(u8::MAX);
        let before = units.len();
        let payload = (payload, packet.unit_start());
        let joined = !arrival.broken;
        let starts = stream
            .units
            .push(payload, joined, &sizes.main, &mut |unit| {
                units.push_back(unit);
            });
        if starts {
            record.what = What::Start;
        }
        records.push(record);
        record.what = What::Unit;
        for _ in before..units.len() {
            records.push(record);
        }
    }

    /// Takes a packet of tables.
    pub(super) fn tables(&mut self, packet: Packet<'_>, number: u64) {
        let pid = packet.pid();
        let own = pid == Pid::PAT || pid == Pid::CAT || pid == self.map;
        let Some((_, anchor)) = self.anchor.filter(|_| own) else {
            return;
        };
        if self.records.len() >= RECORDS_MAX {
            return;
        }
        // Stuffing says nothing to a decoder.
        let payload = packet.payload();
        let stuffing = payload.iter().rev().take_while(|b| **b == 0xff).count();
        let bytes = u8::try_from(payload.len() - stuffing).unwrap_or(u8::MAX);
        self.records.push(Record {
            after: after(number, anchor),
            index: pid.value(),
            bytes,
            what: What::Tables,
        });
    }

    /// A packet with an adaptation field came on a PID that may be the clock's: what waits is judged
    /// at a PCR.
    pub(super) fn clock(&mut self, packet: Packet<'_>, place: Place, findings: &mut Findings) {
        if packet.pid() != self.clock {
            return;
        }
        self.flagged |= packet.discontinuity();
        let Some(pcr) = packet.pcr() else { return };
        let before = self.anchor.replace((pcr, place.packet));
        let flagged = std::mem::take(&mut self.flagged);
        let step = before.map(|(last, number)| (pcr.since(last), place.packet - number));
        match (before, step) {
            (Some((last, _)), Some((step, packets)))
                if !flagged && step > Ticks::ZERO && step <= STEP_MAX && packets > 0 =>
            {
                self.settle(last, (step, packets), place, findings);
            }
            _ => self.restart(),
        }
    }

    /// Forgets what waits.
    fn clear(&mut self) {
        self.records.clear();
        self.units.clear();
        self.breaks.clear();
    }

    /// The clock does not go on: what is in the buffers is not known.
    fn restart(&mut self) {
        self.clear();
        let line = self.line;
        self.system = (Transport::system(line), System::new(line));
        for stream in &mut self.streams {
            stream.transport = stream.sizes.map(|sizes| Transport::new(sizes.rx, line));
            stream.store.restart(line, stream.units.total());
            stream.units.forget();
        }
    }

    /// Gives what waited its time, and judges it.
    #[expect(clippy::cast_precision_loss, reason = "a step is under 2^53 ticks")]
    fn settle(
        &mut self,
        anchor: Pcr,
        (step, packets): (Ticks, u64),
        place: Place,
        findings: &mut Findings,
    ) {
        let each = step.get() as f64 / packets as f64;
        let base = self.line;
        let bits = 188.0 * 8.0 * SECOND / each;
        let leak = Rate::new((bits / SYSTEM_PART).max(SYSTEM_LEAST));
        let mut records = std::mem::take(&mut self.records);
        for record in records.drain(..) {
            let from = base + f64::from(record.after) * each;
            let span = Span {
                from,
                to: from + each,
            };
            let bytes = record.bytes;
            if record.what == What::Tables {
                let pid = Pid::from_bits(record.index);
                self.system(pid, (span, bytes, leak), place, findings);
                continue;
            }
            let Some(stream) = self.streams.get_mut(usize::from(record.index)) else {
                continue;
            };
            match record.what {
                What::Packet | What::Start => {
                    let starts = record.what == What::Start;
                    self.judged |= stream.take((span, bytes, starts), place, findings);
                }
                What::Unit => {
                    if let Some(unit) = self.units.pop_front() {
                        let decode = base + unit.decode.since_pcr(anchor).get() as f64;
                        stream.end(&unit, decode, place, findings);
                    }
                }
                What::Break => {
                    let bytes = self.breaks.pop_front().unwrap_or_default();
                    stream.store.restart(base, bytes);
                }
                What::Tables => {}
            }
        }
        self.records = records;
        self.line += step.get() as f64;
    }

    fn system(
        &mut self,
        pid: Pid,
        (span, bytes, leak): (Span, u8, Rate),
        place: Place,
        findings: &mut Findings,
    ) {
        let (transport, main) = &mut self.system;
        let passed = transport.take(span);
        if let Some(bytes) = passed.overflow {
            let evidence = overflow(pid, Buffer::TransportSystem, bytes);
            findings.raise(Check::Buffer, place, evidence);
        }
        if let Some(bytes) = main.take(bytes.into(), passed.exit, leak) {
            let evidence = overflow(pid, Buffer::MainSystem, bytes);
            findings.raise(Check::Buffer, place, evidence);
        }
        empty(
            pid,
            Buffer::TransportSystem,
            transport.full_for(),
            place,
            findings,
        )
        .then(|| transport.empty = passed.exit);
        self.judged = true;
    }
}

/// Packets from the anchor on; more than 500 ms of any stream are fewer than 2^32.
fn after(number: u64, anchor: u64) -> u32 {
    u32::try_from(number - anchor).unwrap_or(u32::MAX)
}
