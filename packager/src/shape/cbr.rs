//! Constant rate: null packets fill, and each PCR is stamped from its byte position.
//!
//! The output is a row of slots of 188 bytes. Slot k stands at `start + k x 1504 / rate` on the
//! line; the PCR in it is that time less a constant lag, so on the wire it is exact to the
//! rounding of 27 MHz whatever the machine does. A slot takes, in this order: a table that is due,
//! the PCR that is due, the packet with the earliest deadline, a null packet.

use super::clock::SourceClock;
use super::lane::{GUARD, Head, Lane, Passage};
use super::tables::{TableSet, TableTimer};
use super::timing::{Role, Timed};
use super::{CATCH_UP, Counters, Overflow, PCR_INTERVAL};
use crate::time::{Bitrate, Mono};
use crate::ts::clock::{SYSTEM_CLOCK_HZ, Ticks};
use crate::ts::packet::{NULL_PACKET, pcr_packet, restamp_pcr};
use crate::ts::{Packet, Pcr, Pid, RawPacket};

/// The least span between PCR and DTS that smoothing to a constant rate wants to find.
const WANTED_MARGIN: Ticks = Ticks::from_millis(250);
/// PIDs of one programme; more are dropped and counted.
const LANES: usize = 64;
/// Packets waiting in all lanes: 2 s of 48 Mbit/s.
const QUEUE_CAP: usize = 65_536;
/// Bits of a slot.
const SLOT_BITS: u64 = 1_504;

/// What one slot takes, in ticks times bit/s.
const SLOT: u64 = SLOT_BITS * SYSTEM_CLOCK_HZ;
/// Slots that may be stepped over at once; SLOT times this is no overflow.
const MOST_SLOTS: u64 = 1 << 28;

/// The next slot of the row: its time, and what rounding has left out, in ticks times bit/s.
#[derive(Clone, Copy, Debug)]
struct Row {
    at: Ticks,
    rest: u64,
}

impl Row {
    /// The slot after `slots` others, at most [`MOST_SLOTS`].
    fn after(self, slots: u64, rate: Bitrate) -> Self {
        let sum = self.rest + slots.min(MOST_SLOTS) * SLOT;
        let rate = rate.bits_per_second();
        Self {
            at: self.at + Ticks::new((sum / rate).cast_signed()),
            rest: sum % rate,
        }
    }
}

/// The constant-rate shaper of one output.
#[derive(Debug)]
pub struct Cbr {
    rate: Bitrate,
    overflow: Overflow,
    lanes: Vec<Lane>,
    queued: usize,
    row: Option<Row>,
    /// The PCR lies this much behind the line, to give a source with little margin room.
    lag: Ticks,
    tables: TableTimer,
    last_pcr: Option<Ticks>,
    /// What a unit needs between its arrival and its decoding.
    needed: Ticks,
    /// The next PCR follows a break and says so (2.4.3.5, discontinuity_indicator).
    broken: bool,
    counters: Counters,
}

impl Cbr {
    /// A shaper at `rate`.
    #[must_use]
    pub fn new(rate: Bitrate, overflow: Overflow) -> Self {
        Self {
            rate,
            overflow,
            lanes: Vec::with_capacity(8),
            queued: 0,
            row: None,
            lag: Ticks::ZERO,
            tables: TableTimer::new(Ticks::ZERO),
            last_pcr: None,
            // A clock is known to within the 40 ms from PCR to PCR.
            needed: Ticks::new(2 * GUARD.get()),
            broken: true,
            counters: Counters::default(),
        }
    }

    /// Takes one packet of the programme.
    pub fn push(&mut self, timed: &Timed) {
        self.counters.taken += 1;
        if self.queued >= QUEUE_CAP {
            self.counters.queue_full += 1;
            return;
        }
        if self.row.is_none() {
            self.begin(timed);
        }
        let pid = Packet::new(&timed.packet).pid();
        let (lag, at) = (self.lag, self.row.map_or(timed.at, |row| row.at));
        let Some(lane) = self.lane(pid, timed.role) else {
            self.counters.queue_full += 1;
            return;
        };
        let is_late = lane.push(timed, lag, at);
        self.counters.late += u64::from(is_late);
        self.queued += 1;
    }

    /// The first packet starts the row; the margin the source keeps decides the lag.
    fn begin(&mut self, timed: &Timed) {
        let margin = timed
            .unit
            .and_then(|u| u.decode)
            .map_or(WANTED_MARGIN, |decode| decode - timed.at);
        self.lag = (WANTED_MARGIN - margin).max(Ticks::ZERO).min(WANTED_MARGIN);
        self.row = Some(Row {
            at: timed.at,
            rest: 0,
        });
        self.tables = TableTimer::new(timed.at);
    }

    fn lane(&mut self, pid: Pid, role: Role) -> Option<&mut Lane> {
        let known = self.lanes.iter().position(|l| l.pid == pid);
        let index = match known {
            Some(index) => index,
            None if self.lanes.len() < LANES => {
                self.lanes.push(Lane::new(pid, role));
                self.lanes.len() - 1
            }
            None => return None,
        };
        let lane = self.lanes.get_mut(index)?;
        lane.role = role;
        Some(lane)
    }

    /// Writes the packet of the next slot when that slot is due, and gives its time.
    pub fn pull(
        &mut self,
        now: Mono,
        clock: &SourceClock,
        tables: &TableSet,
        place: &mut RawPacket,
    ) -> Option<Ticks> {
        let row = self.row?;
        let at = row.at;
        let departure = clock.departure(at);
        if departure > now {
            return None;
        }
        if now.since(departure) > CATCH_UP {
            self.give_up(now, clock);
            return None;
        }
        self.fill(at, tables, place);
        self.row = Some(row.after(1, self.rate));
        self.counters.packets += 1;
        Some(at)
    }

    /// Where the slot after `ahead` others stands on the line.
    #[must_use]
    pub fn slot_time(&self, ahead: u64) -> Option<Ticks> {
        Some(self.row?.after(ahead, self.rate).at)
    }

    /// Leaves out the slots that a stalled machine owes, and marks the break.
    fn give_up(&mut self, now: Mono, clock: &SourceClock) {
        let Some(row) = self.row else { return };
        let target = clock.line(now - clock.latency());
        let behind = u64::try_from((target - row.at).get()).unwrap_or(0);
        let slots = u128::from(behind) * u128::from(self.rate.bits_per_second()) / u128::from(SLOT);
        let slots = u64::try_from(slots)
            .unwrap_or(u64::MAX)
            .clamp(1, MOST_SLOTS);
        self.row = Some(row.after(slots, self.rate));
        self.counters.stalled += slots;
        self.broken = true;
        self.tables.hurry(target);
    }

    fn fill(&mut self, at: Ticks, tables: &TableSet, place: &mut RawPacket) {
        let pcr = pcr_at(at - self.lag);
        if let Some(table) = self.tables.pull(at, tables) {
            *place = table;
            return;
        }
        let pcr_due = self.last_pcr.is_none_or(|last| at - last >= PCR_INTERVAL);
        if pcr_due && let Some(pid) = tables.pcr_pid {
            *place = self.own_pcr(at, pid, pcr);
        } else if self.next_packet(at, place) {
            let stamped = restamp_pcr(place, pcr);
            if stamped && tables.pcr_pid == Some(Packet::new(place).pid()) {
                self.last_pcr = Some(at);
            }
        } else {
            self.counters.nulls += 1;
            *place = NULL_PACKET;
        }
    }

    fn own_pcr(&mut self, at: Ticks, pid: Pid, pcr: Pcr) -> RawPacket {
        self.last_pcr = Some(at);
        let continuity = self
            .lanes
            .iter()
            .find(|l| l.pid == pid)
            .map_or(0, Lane::last_continuity);
        let mut packet = pcr_packet(pid, continuity, pcr);
        if std::mem::take(&mut self.broken) {
            crate::ts::packet::mark_discontinuity(&mut packet);
        }
        packet
    }

    /// Writes the packet with the earliest deadline among those that may leave at `at`; whether
    /// there is one.
    fn next_packet(&mut self, at: Ticks, place: &mut RawPacket) -> bool {
        while let Some((index, head)) = self.earliest(at) {
            let Some(lane) = self.lanes.get_mut(index) else {
                break;
            };
            self.queued = self.queued.saturating_sub(1);
            match lane.passes(head, head.deadline - at) {
                Passage::Leaves => return lane.pop(at, place),
                Passage::Dropped => lane.drop_head(),
                Passage::Overflows => {
                    let role = lane.role;
                    lane.drop_head();
                    self.begin_overflow(role, head.deadline - head.ready);
                }
            }
            self.counters.overflow += 1;
        }
        false
    }

    fn earliest(&self, at: Ticks) -> Option<(usize, Head)> {
        let heads = self.lanes.iter().enumerate();
        heads
            .filter_map(|(i, lane)| Some((i, lane.head()?)))
            .filter(|(_, head)| head.ready <= at)
            .min_by_key(|(_, head)| head.order)
    }

    /// A unit could not leave in time, with `lead` from its arrival to its decoding.
    fn begin_overflow(&mut self, role: Role, lead: Ticks) {
        self.counters.overflows += 1;
        if lead < WANTED_MARGIN {
            self.needed = WANTED_MARGIN;
        }
        // Sound that came late tells nothing of the rate.
        if role != Role::Video && lead < GUARD {
            return;
        }
        for lane in &mut self.lanes {
            let goes = match self.overflow {
                Overflow::KeepSound => lane.role == Role::Video,
                Overflow::DropAll => true,
            };
            if goes {
                lane.close();
            }
        }
    }

    /// What it has done.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// Time stamps nearer to the source's clock than this cannot be sent in time.
    #[must_use]
    pub fn nearest(&self) -> Ticks {
        let needed = (self.needed - self.lag).max(Ticks::ZERO);
        self.row.map_or(Ticks::ZERO, |_| needed)
    }

    /// Packets waiting.
    #[must_use]
    pub const fn queued(&self) -> usize {
        self.queued
    }
}

fn pcr_at(line: Ticks) -> Pcr {
    Pcr::from_ticks(0).offset(line)
}
