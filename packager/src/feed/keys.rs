//! How far apart the pictures come that a decoder can begin with.

use std::collections::VecDeque;

use crate::ts::clock::Ticks;

/// Key pictures looked back on: a distance that varies shows within these.
const KEPT: usize = 8;
/// One that has not come for so long is far away, whatever comes.
const PATIENCE: Ticks = Ticks::from_millis(20_000);

/// The last key pictures of a feed, by their decoding times on its line.
#[derive(Debug, Default)]
pub(super) struct Keys {
    seen: VecDeque<Ticks>,
    /// The first picture, until a key picture comes.
    first: Option<Ticks>,
    reached: Ticks,
}

impl Keys {
    pub(super) fn push(&mut self, decode: Ticks, is_key: bool) {
        self.reached = self.reached.max(decode);
        self.first.get_or_insert(decode);
        if is_key {
            self.seen.push_back(decode);
        }
        if self.seen.len() > KEPT {
            self.seen.pop_front();
        }
    }

    /// The longest wait for one; `None` while fewer than two came and that says nothing yet.
    pub(super) fn apart(&self) -> Option<Ticks> {
        let last = self.seen.back().copied().or(self.first)?;
        let running = self.reached - last;
        let pairs = self.seen.iter().zip(self.seen.iter().skip(1));
        let longest = pairs.map(|(one, next)| *next - *one).max();
        match longest {
            Some(longest) => Some(longest.max(running)),
            None => (running >= PATIENCE).then_some(running),
        }
    }
}
