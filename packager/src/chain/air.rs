//! The stages behind the choice of an input.

use std::time::Duration;

use crate::feed::{Feed, Kept, Programme};
use crate::remux::Remux;
use crate::select::Splice;
use crate::shape::{SourceClock, TableTimer, Timed, Timing};
use crate::time::Mono;
use crate::ts::clock::Ticks;
use crate::ts::{Packet, Pid, RawPacket};

use super::{Counters, Input, Output, Settings};

/// A source this far ahead of the output's clock is faster than real time; what is further ahead
/// is dropped.
const AHEAD: Duration = Duration::from_secs(2);

/// The stages behind the choice.
#[derive(Debug)]
pub(super) struct Air {
    pub splice: Splice,
    /// Changes of the feed on air that the tables know of.
    followed: u64,
    pub remux: Remux,
    timing: Timing,
    pub clock: Option<SourceClock>,
    pub outputs: Vec<Output>,
    tap_tables: TableTimer,
    /// Where the line of the outputs is, by the last PCR.
    line: Ticks,
    pub counters: Counters,
}

impl Air {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            splice: Splice::default(),
            followed: 0,
            remux: Remux::new(settings.remux.clone()),
            timing: Timing::default(),
            clock: None,
            outputs: settings.outputs.iter().map(Output::new).collect(),
            tap_tables: TableTimer::new(Ticks::ZERO),
            line: Ticks::ZERO,
            counters: Counters::default(),
        }
    }

    /// Takes what the feed on air made of a packet.
    pub(super) fn push(
        &mut self,
        feed: &Feed,
        kept: Option<Kept>,
        tap: &mut impl FnMut(&RawPacket),
    ) {
        let changes = feed.changes();
        if self.followed != changes
            && let Some(programme) = feed.programme()
        {
            self.followed = changes;
            self.follow(programme, false, tap);
        }
        if let Some(kept) = kept {
            self.carry(feed, kept, tap);
        }
    }

    /// The programme on air is `programme` from now on. The tap is told before the first packet of
    /// another one: what reads it would take an entry point for one of the streams before.
    fn follow(&mut self, programme: &Programme, anew: bool, tap: &mut impl FnMut(&RawPacket)) {
        if self.remux.follow(programme, anew) && self.clock.is_some() {
            self.tap_tables.hurry(self.line);
            self.tell(tap);
        }
    }

    /// Gives the tap the tables that are due.
    fn tell(&mut self, tap: &mut impl FnMut(&RawPacket)) {
        while let Some(table) = self.tap_tables.pull(self.line, self.remux.tables()) {
            // What HLS makes has no use for the guide; /epg.xml has it.
            if Packet::new(&table).pid() != Pid::EIT {
                tap(&table);
            }
        }
    }

    fn carry(&mut self, feed: &Feed, kept: Kept, tap: &mut impl FnMut(&RawPacket)) {
        let Some((mark, mut packet)) = self.splice.carry(kept) else {
            return;
        };
        if let Some(line) = mark.clock {
            if self.clock.is_none() {
                self.tap_tables = TableTimer::new(line);
            }
            self.clock = self.splice.clock(feed);
        }
        let Self {
            remux,
            timing,
            clock,
            outputs,
            counters,
            ..
        } = self;
        if let Some(bytes) = &mut packet
            && !remux.carry(bytes)
        {
            packet = None;
        }
        if let Some(bytes) = &packet {
            tap(bytes);
        }
        timing.push(mark, packet.as_ref(), &mut |timed| {
            share(timed, mark.received, clock.as_ref(), outputs, counters);
        });
        if let Some(line) = mark.clock {
            self.line = line;
            self.tell(tap);
        }
    }

    /// Goes on with `input` from an entry point in its reserve; gives how long no picture is new,
    /// or `None` where there is no entry point yet.
    pub(super) fn switch(
        &mut self,
        now: Mono,
        input: &mut Input,
        tap: &mut impl FnMut(&RawPacket),
    ) -> Option<Duration> {
        let feed = &input.feed;
        let cut = match &self.clock {
            Some(air) => {
                if input.reserve.entries().next().is_some() {
                    self.splice.hold();
                }
                Some(self.splice.plan(now, air, feed, &input.reserve)?)
            }
            None => None,
        };
        let (clock, outputs, counters) =
            (self.clock.as_ref(), &mut self.outputs, &mut self.counters);
        self.timing
            .end(&mut |timed| share(timed, now, clock, outputs, counters));
        self.followed = feed.changes();
        self.follow(feed.programme()?, true, tap);
        if let Some(cut) = cut {
            self.splice.cut(cut);
            self.clock = self.splice.clock(feed);
        }
        let begin = cut.and_then(|cut| cut.entry);
        let reserve = std::mem::take(&mut input.reserve);
        for kept in reserve.since(begin) {
            self.carry(feed, kept.clone(), tap);
        }
        let gap = cut.map_or(Ticks::ZERO, |cut| cut.gap);
        Some(still(gap))
    }

    /// How long no picture would be new after a switch to `input` now.
    pub(super) fn preview(&self, now: Mono, input: &Input) -> Option<Duration> {
        let clock = self.clock.as_ref()?;
        let cut = self.splice.plan(now, clock, &input.feed, &input.reserve)?;
        Some(still(cut.gap))
    }

    /// Lets go what waits for a PCR that does not come.
    pub(super) fn flush(&mut self, now: Mono) {
        let (clock, outputs, counters) =
            (self.clock.as_ref(), &mut self.outputs, &mut self.counters);
        self.timing.flush(now, &mut |timed| {
            share(timed, now, clock, outputs, counters);
        });
    }
}

fn still(gap: Ticks) -> Duration {
    Duration::from_nanos(gap.as_nanos().unsigned_abs())
}

/// Gives a packet to every output, unless it lies too far ahead.
fn share(
    timed: &Timed,
    received: Mono,
    clock: Option<&SourceClock>,
    outputs: &mut [Output],
    counters: &mut Counters,
) {
    let Some(clock) = clock else { return };
    if clock.local(timed.at) > received + AHEAD {
        counters.too_early += 1;
        return;
    }
    for output in outputs {
        output.push(timed);
    }
}
