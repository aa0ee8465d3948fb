//! One programme of one input, on one repaired line.
//!
//! In: the packets of an input, in order. Out: those of one programme with what the stages behind
//! need to know of each ([`Kept`]), on a line of time that never goes back, and the clock that
//! this line follows. Null packets, packets without a payload and packets with
//! transport_error_indicator go; a hole that the source left stays a hole in the continuity
//! counter, so that decoders can conceal it. It knows no other input and makes no table.

mod arrival;
mod drift;
mod keys;
mod lanes;
mod programmes;
mod timeline;

use std::time::Duration;

use crate::shape::{Mark, Role, SourceClock};
use crate::time::Mono;
use crate::ts::clock::{Pcr, Ticks};
use crate::ts::pmt::{Kind, Pmt, Stream};
use crate::ts::{Packet, Pid, RawPacket};
use arrival::Arrival;
use keys::Keys;
use lanes::Lanes;
use programmes::Programmes;
use timeline::{Step, Timeline};

/// What a feed has met since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Packets that went on.
    pub packets: u64,
    /// Packets with transport_error_indicator, dropped.
    pub damaged: u64,
    /// Copies dropped (2.4.3.3 allows one).
    pub duplicates: u64,
    /// Leaps of the source's clock, repaired.
    pub leaps: u64,
    /// Times the line was moved because the path before us had become longer.
    pub delays: u64,
    /// Access units whose time stamps belong to no clock seen here, dropped.
    pub out_of_line: u64,
    /// Access units that came after their time by the source's clock (DTS before PCR).
    pub late: u64,
    /// What is added to PTS and DTS now, so that they are in time.
    pub lag: Ticks,
    /// Changes of the programme or its PMT.
    pub changes: u64,
}

/// A packet of a feed as it goes on, or its clock alone.
#[derive(Clone, Debug)]
pub struct Kept {
    /// What is known of it.
    pub mark: Mark,
    /// Its bytes.
    pub packet: Option<RawPacket>,
}

/// The programme of a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programme {
    /// transport_stream_id of its PAT.
    pub stream_id: u16,
    /// PID of its PMT.
    pub pmt_pid: Pid,
    /// As received, with the PID that carries the PCR where the source names none.
    pub pmt: Pmt,
}

impl Programme {
    /// Whether it lists picture.
    #[must_use]
    pub fn has_video(&self) -> bool {
        let mut kinds = self.pmt.streams.iter().map(Stream::kind);
        kinds.any(|kind| kind == Kind::Video)
    }
}

/// Follows one programme of one input.
#[derive(Debug)]
pub struct Feed {
    programmes: Programmes,
    programme: Option<Programme>,
    timeline: Timeline,
    clock: Option<SourceClock>,
    arrival: Arrival,
    delay: Duration,
    lanes: Lanes,
    keys: Keys,
    position: u64,
    counters: Counters,
}

impl Feed {
    /// Waits for program_number `wanted`, or for the first programme that has video or audio.
    /// Packets may come `delay` later than by a plain input of the channel.
    #[must_use]
    pub fn new(wanted: Option<u16>, delay: Duration) -> Self {
        Self {
            programmes: Programmes::new(wanted),
            programme: None,
            timeline: Timeline::default(),
            clock: None,
            arrival: Arrival::default(),
            delay,
            lanes: Lanes::default(),
            keys: Keys::default(),
            position: 0,
            counters: Counters::default(),
        }
    }

    /// Takes a packet of the input; gives the packet as it goes on, or the clock alone.
    pub fn push(&mut self, received: Mono, packet: &RawPacket) -> Option<Kept> {
        self.position += 1;
        let view = Packet::new(packet);
        if view.transport_error() {
            self.counters.damaged += 1;
            return None;
        }
        let pid = view.pid();
        if self.programmes.follows(pid) {
            if self.programmes.push(received, view) {
                self.change();
            }
            return None;
        }
        self.adopt_clock(view);
        let clock = self.read_clock(view, received);
        let mut mark = Mark {
            position: self.position,
            received,
            clock,
            role: Role::Other,
            unit: None,
        };
        let carried = self
            .lanes
            .carry(received, packet, &mut self.timeline, &mut self.counters);
        if let Some(carried) = carried {
            mark.role = carried.role;
            mark.unit = carried.unit;
            if let Some(unit) = carried.unit.filter(|_| carried.role == Role::Video)
                && let Some(decode) = unit.decode
            {
                self.keys.push(decode, unit.random_access);
            }
            self.counters.packets += 1;
            let packet = Some(carried.packet);
            return Some(Kept { mark, packet });
        }
        clock.map(|_| Kept { mark, packet: None })
    }

    /// The programme, once it is found.
    #[must_use]
    pub const fn programme(&self) -> Option<&Programme> {
        self.programme.as_ref()
    }

    /// The clock that the line follows; `None` before the first PCR.
    #[must_use]
    pub const fn clock(&self) -> Option<&SourceClock> {
        self.clock.as_ref()
    }

    /// From now on units are late whose time stamps are nearer to the clock than this: what they go
    /// to needs so much. Where that goes on, all stamps are moved later.
    pub const fn need(&mut self, nearest: Ticks) {
        self.timeline.need(nearest);
    }

    /// When the last whole second ended, and how its earliest PCR came against the source's clock,
    /// in nanoseconds from how its first one did. What falls second by second is a source that runs
    /// fast, what rises one that runs slow, or a line that fills.
    #[must_use]
    pub const fn arrival(&self) -> Option<(Mono, i64)> {
        self.arrival.second()
    }

    /// How much faster the source's clock runs than ours at `now`, ppm: the slope of the earliest
    /// arrivals of the last seconds; `None` unless it stands out of their scatter.
    #[must_use]
    pub fn drift(&self, now: Mono) -> Option<f64> {
        self.arrival.drift(now)
    }

    /// The last PCR, and when the earliest of the last second would have brought it: what a PTS of
    /// this input is on the clock of this machine, whatever the line's jitter.
    #[must_use]
    pub fn stamp(&self) -> Option<(Pcr, Mono)> {
        self.arrival.stamp()
    }

    /// How long one has waited at most of late for a picture that a decoder can begin with.
    #[must_use]
    pub fn key_pictures_apart(&self) -> Option<Ticks> {
        self.keys.apart()
    }

    /// How often what it says of its programme has changed.
    #[must_use]
    pub const fn changes(&self) -> u64 {
        self.counters.changes
    }

    /// What it has met.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        Counters {
            lag: self.timeline.lag(),
            ..self.counters
        }
    }

    /// The programme or its PMT is another now.
    fn change(&mut self) {
        self.counters.changes += 1;
        let Some((stream_id, pmt_pid, pmt)) = self.programmes.chosen() else {
            self.lanes.clear();
            return;
        };
        self.lanes.follow(pmt);
        let mut pmt = pmt.clone();
        if pmt.pcr_pid.is_null()
            && let Some(pid) = self.pcr_pid().filter(|pid| self.lanes.carries(*pid))
        {
            pmt.pcr_pid = pid;
        }
        self.programme = Some(Programme {
            stream_id,
            pmt_pid,
            pmt,
        });
    }

    fn pcr_pid(&self) -> Option<Pid> {
        let pid = self.programme.as_ref()?.pmt.pcr_pid;
        (!pid.is_null()).then_some(pid)
    }

    /// A PMT that names no PCR_PID (2.4.4.9) although a stream of it carries PCRs: that one is it.
    fn adopt_clock(&mut self, view: Packet<'_>) {
        if view.pcr().is_none() || !self.lanes.carries(view.pid()) || self.pcr_pid().is_some() {
            return;
        }
        if let Some(programme) = &mut self.programme {
            programme.pmt.pcr_pid = view.pid();
            self.counters.changes += 1;
        }
    }

    fn read_clock(&mut self, view: Packet<'_>, received: Mono) -> Option<Ticks> {
        let pcr = view.pcr()?;
        if Some(view.pid()) != self.pcr_pid() {
            return None;
        }
        let (line, step) = self.timeline.clock(pcr, received);
        if matches!(step, Step::Leap(_)) {
            self.counters.leaps += 1;
            self.lanes.rejoin();
            self.keys = Keys::default();
            self.arrival.restart();
        }
        self.arrival.push(pcr, line, received);
        let clock = self
            .clock
            .get_or_insert_with(|| SourceClock::new(line, received).delayed(self.delay));
        if let Some(by) = clock.observe(line, received) {
            self.timeline.shift(by);
            self.counters.delays += 1;
        }
        Some(line)
    }
}

/// PIDs that no elementary stream may have (ISO/IEC 13818-1, table 2-3; EN 300 468, table 1).
pub(crate) const fn is_reserved(pid: Pid) -> bool {
    pid.value() < 0x20 || pid.is_null()
}
