//! One programme, its own tables, one repaired timeline.
//!
//! In: the packets of the input on air, in order. Out: the packets of one programme with what
//! the output needs to know of each ([`Mark`]), and its tables made new. PIDs and the stream and
//! language descriptors stay the source's; PAT, PMT, SDT and TDT are ours. Null packets, packets
//! without a payload and packets with transport_error_indicator go; a hole that the source left
//! stays a hole in the continuity counter, so that decoders can conceal it. It never paces.

mod lanes;
mod programmes;
mod tables;
mod timeline;

use crate::shape::{Mark, Role, TableSet};
use crate::time::{Mono, Wall};
use crate::ts::clock::Ticks;
use crate::ts::pmt::Pmt;
use crate::ts::{Packet, Pid, RawPacket};
use lanes::Lanes;
use programmes::Programmes;
use timeline::{Step, Timeline};

/// What the operator chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// program_number, or the first programme that has video or audio.
    pub program: Option<u16>,
    /// service_name of the SDT.
    pub service_name: String,
    /// version_number of the first tables, different from the last run's, so that receivers read
    /// them again.
    pub first_version: u8,
}

/// What remultiplexing has met since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Packets that went out.
    pub packets: u64,
    /// Packets with transport_error_indicator, dropped.
    pub damaged: u64,
    /// Copies dropped (2.4.3.3 allows one).
    pub duplicates: u64,
    /// Leaps of the source's clock, repaired.
    pub leaps: u64,
    /// Access units whose time stamps belong to no clock seen here, dropped.
    pub out_of_line: u64,
    /// Access units that came after their time by the source's clock (DTS before PCR).
    pub late: u64,
    /// What is added to PTS and DTS now, so that they are in time.
    pub lag: Ticks,
    /// Changes of the programme or its PMT.
    pub changes: u64,
}

/// Remultiplexes one channel.
#[derive(Debug)]
pub struct Remux {
    settings: Settings,
    programmes: Programmes,
    timeline: Timeline,
    lanes: Lanes,
    tables: TableSet,
    version: u8,
    position: u64,
    counters: Counters,
}

impl Remux {
    /// Waits for a programme.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            programmes: Programmes::new(settings.program),
            timeline: Timeline::default(),
            lanes: Lanes::default(),
            tables: TableSet::default(),
            version: settings.first_version,
            position: 0,
            counters: Counters::default(),
            settings,
        }
    }

    /// Takes a packet of the input. `out` is given the packet as it goes out, or no packet where
    /// only the clock is of use.
    pub fn push(
        &mut self,
        received: Mono,
        packet: &RawPacket,
        out: &mut impl FnMut(Mark, Option<&RawPacket>),
    ) {
        self.position += 1;
        let view = Packet::new(packet);
        if view.transport_error() {
            self.counters.damaged += 1;
            return;
        }
        let pid = view.pid();
        if self.programmes.follows(pid) {
            if self.programmes.push(received, view) {
                self.change();
            }
            return;
        }
        self.adopt_clock(view);
        let clock = self.clock(view, received);
        let mut mark = Mark {
            position: self.position,
            received,
            clock,
            role: Role::Other,
            unit: None,
        };
        let carried = self
            .lanes
            .carry(packet, &mut self.timeline, &mut self.counters);
        match carried {
            Some(carried) => {
                mark.role = carried.role;
                mark.unit = carried.unit;
                self.counters.packets += 1;
                out(mark, Some(&carried.packet));
            }
            None if clock.is_some() => out(mark, None),
            None => {}
        }
    }

    /// The tables as they stand; the TDT is empty until [`Remux::tell_time`].
    #[must_use]
    pub const fn tables(&self) -> &TableSet {
        &self.tables
    }

    /// Makes the TDT of `wall`.
    pub fn tell_time(&mut self, wall: Wall) {
        self.tables.tdt = tables::tdt(wall);
    }

    /// The PMT of the programme that goes out, as received.
    #[must_use]
    pub fn programme(&self) -> Option<&Pmt> {
        self.programmes.chosen().map(|(_, _, pmt)| pmt)
    }

    /// What it has met.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        Counters {
            lag: self.timeline.lag(),
            ..self.counters
        }
    }

    /// Moves what comes from now on later by `by` on the line.
    pub fn shift(&mut self, by: Ticks) {
        self.timeline.shift(by);
    }

    /// The programme or its PMT is another now.
    fn change(&mut self) {
        self.counters.changes += 1;
        self.version = (self.version + 1) & 0x1f;
        let tdt = std::mem::take(&mut self.tables.tdt);
        let Some((stream_id, pmt_pid, pmt)) = self.programmes.chosen() else {
            self.lanes.clear();
            return;
        };
        self.lanes.follow(pmt);
        let mut pmt = pmt.clone();
        if pmt.pcr_pid.is_null()
            && let Some(pid) = self.tables.pcr_pid.filter(|pid| self.lanes.carries(*pid))
        {
            pmt.pcr_pid = pid;
        }
        let name = &self.settings.service_name;
        self.tables = tables::make(stream_id, pmt_pid, &pmt, name, self.version);
        self.tables.tdt = tdt;
    }

    /// A PMT that names no PCR_PID (2.4.4.9) although a stream of it carries PCRs: that one is it.
    fn adopt_clock(&mut self, view: Packet<'_>) {
        if self.tables.pcr_pid.is_none() && view.pcr().is_some() && self.lanes.carries(view.pid()) {
            self.tables.pcr_pid = Some(view.pid());
            self.change();
        }
    }

    fn clock(&mut self, view: Packet<'_>, received: Mono) -> Option<Ticks> {
        if Some(view.pid()) != self.tables.pcr_pid {
            return None;
        }
        let (line, step) = self.timeline.clock(view.pcr()?, received);
        if matches!(step, Step::Leap(_)) {
            self.counters.leaps += 1;
            self.lanes.rejoin();
        }
        Some(line)
    }
}

/// PIDs that no elementary stream may have (ISO/IEC 13818-1, table 2-3; EN 300 468, table 1).
const fn is_reserved(pid: Pid) -> bool {
    pid.value() < 0x20 || pid.is_null()
}
