//! Without a constant rate: packets leave at their own time on the source's clock, dejittered.
//!
//! Tables and missing PCRs are put between them; when the source falls silent both go on, so
//! that a receiver keeps its lock.

use std::collections::VecDeque;

use super::clock::SourceClock;
use super::tables::{TableSet, TableTimer};
use super::timing::Timed;
use super::{CATCH_UP, Counters, PCR_INTERVAL};
use crate::time::Mono;
use crate::ts::clock::Ticks;
use crate::ts::packet::{mark_discontinuity, pcr_packet, restamp_pcr};
use crate::ts::{Packet, Pcr, RawPacket};

/// Packets waiting: 2 s of 48 Mbit/s.
const QUEUE_CAP: usize = 65_536;

/// The shaper of an output without a rate.
#[derive(Debug, Default)]
pub struct OwnPace {
    queue: VecDeque<Timed>,
    started: Option<Started>,
    counters: Counters,
}

#[derive(Debug)]
struct Started {
    /// Nothing leaves before this, so that the line never goes back.
    line: Ticks,
    tables: TableTimer,
    pcr: Ticks,
    pcr_continuity: u8,
    broken: bool,
}

impl OwnPace {
    /// Takes one packet of the programme.
    pub fn push(&mut self, timed: &Timed) {
        self.counters.taken += 1;
        if self.queue.len() >= QUEUE_CAP {
            self.counters.queue_full += 1;
            return;
        }
        self.started.get_or_insert_with(|| Started {
            line: timed.at,
            tables: TableTimer::new(timed.at),
            pcr: timed.at - PCR_INTERVAL,
            pcr_continuity: 0,
            broken: true,
        });
        self.queue.push_back(timed.clone());
    }

    /// Where the packet after `ahead` others stands on the line, tables and PCRs left out; where
    /// fewer wait, whatever comes next.
    #[must_use]
    pub fn time(&self, ahead: usize, tables: &TableSet) -> Option<Ticks> {
        let state = self.started.as_ref()?;
        if let Some(timed) = self.queue.get(ahead) {
            return Some(timed.at.max(state.line));
        }
        let content = self.queue.front().map(|t| t.at);
        let pcr = tables.pcr_pid.map(|_| state.pcr + PCR_INTERVAL);
        let next = [content, state.tables.next_due(tables), pcr];
        Some(next.into_iter().flatten().min()?.max(state.line))
    }

    /// Writes the next packet that is due, and gives its time.
    pub fn pull(
        &mut self,
        now: Mono,
        clock: &SourceClock,
        tables: &TableSet,
        place: &mut RawPacket,
    ) -> Option<Ticks> {
        let state = self.started.as_mut()?;
        let content = self.queue.front().map(|t| t.at.max(state.line));
        let table = state.tables.next_due(tables).map(|t| t.max(state.line));
        let pcr = tables
            .pcr_pid
            .map(|_| (state.pcr + PCR_INTERVAL).max(state.line));
        let at = [content, table, pcr].into_iter().flatten().min()?;
        let departure = clock.departure(at);
        if departure > now {
            return None;
        }
        if now.since(departure) > CATCH_UP && content.is_none() {
            // Nothing is owed but tables: go on from here.
            state.line = clock.line(now - clock.latency());
            state.broken = true;
            self.counters.stalled += 1;
            return None;
        }
        state.line = at;
        self.counters.packets += 1;
        if pcr == Some(at)
            && let Some(pid) = tables.pcr_pid
        {
            state.pcr = at;
            *place = pcr_packet(pid, state.pcr_continuity, pcr_at(at));
            if std::mem::take(&mut state.broken) {
                mark_discontinuity(place);
            }
            return Some(at);
        }
        if table == Some(at) {
            *place = state.tables.pull(at, tables)?;
            return Some(at);
        }
        *place = self.queue.front()?.packet;
        self.queue.pop_front();
        let view = Packet::new(place);
        if tables.pcr_pid == Some(view.pid()) {
            state.pcr_continuity = view.continuity();
            if view.pcr().is_some() {
                state.pcr = at;
            }
        }
        restamp_pcr(place, pcr_at(at));
        Some(at)
    }

    /// What it has done.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// Packets waiting.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.queue.len()
    }
}

fn pcr_at(line: Ticks) -> Pcr {
    Pcr::from_ticks(0).offset(line)
}
