//! One path of a stream: whether it carries the stream now, and what it brought.

use std::time::Duration;

use crate::receive::PathCounters;
use crate::time::Mono;

/// Weight of a new skew in the smoothed one: one in so many.
const SKEW_WEIGHT: u32 = 16;

/// A packet far from the sequence.
#[derive(Debug)]
pub(super) struct Stray {
    pub(super) sequence: u16,
    pub(super) received: Mono,
    pub(super) payload: Vec<u8>,
}

/// What is known of one path.
#[derive(Debug, Default)]
pub(super) struct Path {
    /// Whether its last packet was of the stream; with the time it came.
    in_line: Option<Mono>,
    /// The newest number that it brought, and the last.
    highest: u16,
    last: u16,
    /// Packets in a row that are behind both the stream and the path itself; copies count once.
    pub(super) behind: u16,
    /// One packet far from the sequence: the next one tells whether it is a restart.
    pub(super) stray: Option<Stray>,
    pub(super) counters: PathCounters,
}

impl Path {
    /// Notes a packet of the stream; whether it is out of the path's own order.
    pub(super) fn arrived(&mut self, sequence: u16, received: Mono, ahead: bool) -> bool {
        let own = sequence.wrapping_sub(self.highest).cast_signed();
        let back = self.in_line.is_some() && own <= 0;
        if !back {
            self.highest = sequence;
        }
        let again = self.last == sequence;
        self.last = sequence;
        self.behind = if ahead || !back {
            0
        } else {
            self.behind.saturating_add(u16::from(!again))
        };
        self.in_line = Some(received);
        back
    }

    /// The path begins the stream anew with this packet.
    pub(super) fn begin(&mut self, sequence: u16, received: Mono) {
        self.in_line = Some(received);
        (self.highest, self.last) = (sequence, sequence);
        self.behind = 0;
        self.counters.received += 1;
    }

    /// The path carries something else now.
    pub(super) fn leave(&mut self) {
        self.in_line = None;
    }

    /// Whether it carried the stream within `window` before `now`.
    pub(super) fn is_alive(&self, now: Mono, window: Duration) -> bool {
        self.in_line.is_some_and(|heard| now < heard + window)
    }

    /// Notes a packet that came so long after the fastest path's.
    pub(super) fn is_behind(&mut self, late: Duration) {
        let skew = self.counters.skew;
        self.counters.skew = skew - skew / SKEW_WEIGHT + late / SKEW_WEIGHT;
    }
}
