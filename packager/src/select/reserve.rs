//! What an input has sent since its picture could last be entered: a switch begins there.

use std::collections::VecDeque;

use crate::feed::Kept;
use crate::shape::Role;
use crate::ts::clock::Ticks;

/// Entry points kept: the cut takes the older one where the newer would leave a gap.
const ENTRIES: usize = 3;
/// Packets held: 3 s of 20 Mbit/s. What comes above pushes the oldest entry point out.
const PACKETS: usize = 40_000;

/// The last seconds of a feed, from the PCR before an entry point on.
#[derive(Debug, Default)]
pub struct Reserve {
    kept: VecDeque<Kept>,
    /// Where the oldest of `kept` stands in the row of all.
    first: u64,
    /// Entry points: the PCR before each in the row, and its decoding time.
    entries: VecDeque<(u64, Ticks)>,
    /// The last PCR in the row.
    clock: Option<u64>,
    /// The latest decoding time of a picture.
    reached: Option<Ticks>,
}

impl Reserve {
    /// Takes what the feed has given.
    pub fn push(&mut self, kept: Kept) {
        let mark = kept.mark;
        let place = self.first + self.kept.len() as u64;
        if mark.clock.is_some() {
            self.clock = Some(place);
        }
        if let Some(unit) = mark.unit.filter(|_| mark.role == Role::Video)
            && let (Some(decode), Some(clock)) = (unit.decode, self.clock)
        {
            self.reached = self.reached.max(Some(decode));
            if unit.random_access {
                self.entries.push_back((clock, decode));
            }
            if self.entries.len() > ENTRIES {
                self.entries.pop_front();
            }
        }
        self.kept.push_back(kept);
        self.forget();
    }

    /// Begins anew: the source has.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The latest decoding time of a picture.
    #[must_use]
    pub const fn reached(&self) -> Option<Ticks> {
        self.reached
    }

    /// The decoding times of the entry points, oldest first.
    pub fn entries(&self) -> impl Iterator<Item = Ticks> {
        self.entries.iter().map(|(_, decode)| *decode)
    }

    /// All from the PCR before the entry point at `decode` on, or from the last PCR on.
    pub fn since(&self, decode: Option<Ticks>) -> impl Iterator<Item = &Kept> {
        let entry = self.entries.iter().find(|(_, d)| Some(*d) == decode);
        let place = entry.map(|(place, _)| *place).or(self.clock);
        let place = place.unwrap_or(u64::MAX);
        let skip = usize::try_from(place.saturating_sub(self.first)).unwrap_or(usize::MAX);
        self.kept.iter().skip(skip)
    }

    /// Drops what lies before the oldest entry point; without one, before the last PCR.
    fn forget(&mut self) {
        while self.kept.len() > PACKETS && self.entries.pop_front().is_some() {
            self.drop_before(self.oldest());
        }
        self.drop_before(self.oldest());
        if self.kept.len() > PACKETS {
            self.clear();
        }
    }

    fn oldest(&self) -> u64 {
        let entry = self.entries.front().map(|(place, _)| *place);
        entry.or(self.clock).unwrap_or(u64::MAX)
    }

    fn drop_before(&mut self, place: u64) {
        while self.first < place && self.kept.pop_front().is_some() {
            self.first += 1;
        }
    }
}
