//! A bad line: datagrams go in at their time and come out later, in another order, twice, or not at
//! all, as the schedule says. The same seed gives the same faults.

use std::collections::VecDeque;
use std::time::Duration;

use super::schedule::{Kind, Schedule};

/// Datagrams that are on the line at once: a second of 40 Mbit/s. What comes above is lost.
const ON_THE_LINE: usize = 4_000;

/// The line.
#[derive(Debug)]
pub struct Line {
    schedule: Schedule,
    waiting: VecDeque<(Duration, Vec<u8>)>,
    random: u64,
    counters: Counters,
    /// Datagrams left of a burst, and the second in which the last one began.
    burst: (u32, Option<u64>),
    /// One that lets the next one pass first.
    held: Option<Vec<u8>>,
}

/// What the line did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Datagrams put in.
    pub taken: u64,
    /// Lost on purpose.
    pub lost: u64,
    /// Put behind the next.
    pub reordered: u64,
    /// Doubled.
    pub duplicated: u64,
}

impl Line {
    /// A line that is spoilt by `schedule`.
    #[must_use]
    pub fn new(schedule: Schedule) -> Self {
        Self {
            schedule,
            waiting: VecDeque::with_capacity(ON_THE_LINE),
            random: 0x5eed,
            counters: Counters::default(),
            burst: (0, None),
            held: None,
        }
    }

    /// Takes a datagram at `now`, the time of the run.
    pub fn push(&mut self, now: Duration, datagram: &[u8]) {
        self.counters.taken += 1;
        let step = self.schedule.at(now).copied();
        let kind = step.map(|step| step.kind);
        let amount = step.map_or(0, |step| step.amount);
        if kind != Some(Kind::Burst) {
            self.burst = (0, None);
        }
        match kind {
            Some(Kind::Pause) => return self.lose(),
            Some(Kind::Drop) if self.one_in(amount) => return self.lose(),
            Some(Kind::Burst) if self.in_burst(now, amount) => return self.lose(),
            Some(Kind::Reorder) if self.held.is_none() && self.one_in(amount) => {
                self.held = Some(datagram.to_vec());
                self.counters.reordered += 1;
                return;
            }
            _ => {}
        }
        let late = match kind {
            Some(Kind::Delay) => Duration::from_millis(amount.into()),
            Some(Kind::Jitter) => {
                let micros = self.draw() % (u64::from(amount) * 1_000 + 1);
                Duration::from_micros(micros)
            }
            _ => Duration::ZERO,
        };
        self.leave(now + late, datagram.to_vec());
        if kind == Some(Kind::Duplicate) && self.one_in(amount) {
            self.counters.duplicated += 1;
            self.leave(now + late, datagram.to_vec());
        }
        if let Some(held) = self.held.take() {
            self.leave(now + late, held);
        }
    }

    /// The next datagram that has come through by `now`.
    pub fn pull(&mut self, now: Duration) -> Option<Vec<u8>> {
        let due = self.waiting.pop_front_if(|(at, _)| *at <= now);
        due.map(|(_, datagram)| datagram)
    }

    /// What it did so far.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    fn leave(&mut self, at: Duration, datagram: Vec<u8>) {
        if self.waiting.len() >= ON_THE_LINE {
            return self.lose();
        }
        // A line keeps its order: nothing passes what waits before it.
        let last = self.waiting.back().map_or(Duration::ZERO, |(at, _)| *at);
        self.waiting.push_back((at.max(last), datagram));
    }

    const fn lose(&mut self) {
        self.counters.lost += 1;
    }

    fn in_burst(&mut self, now: Duration, length: u32) -> bool {
        let second = now.as_secs();
        if self.burst.1 != Some(second) {
            self.burst = (length, Some(second));
        }
        let lost = self.burst.0 > 0;
        self.burst.0 = self.burst.0.saturating_sub(1);
        lost
    }

    fn one_in(&mut self, amount: u32) -> bool {
        self.draw().is_multiple_of(u64::from(amount.max(1)))
    }

    /// A linear congruential generator (Knuth, MMIX).
    const fn draw(&mut self) -> u64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.random >> 33
    }
}
