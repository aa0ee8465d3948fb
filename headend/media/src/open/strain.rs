//! Whether this machine keeps up with a live source. In: how long each read had to wait, and the
//! time of what was read. Out: that one rung less is to be made, or one more again.

use std::time::{Duration, Instant};

use super::timeline::Ticks;
use crate::mux::TICKS;

/// How long it is looked at what was waited.
const LOOK: Duration = Duration::from_secs(2);
/// Who waits for less than a tenth of the time is busy.
const BUSY: u32 = 10;
/// So much further behind the source while busy is too slow: 2 s of 16 Mbit/s wait before any is
/// lost.
const BEHIND: Ticks = TICKS as Ticks;
/// How long until one that was dropped is tried again; each time that fails it is twice as long.
const REST: Duration = Duration::from_secs(60);
/// The longest.
const REST_MOST: Duration = Duration::from_secs(960);

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relief {
    /// Make one picture less, the largest.
    Less,
    /// Make one more of those that were dropped.
    More,
}

/// How it goes.
#[derive(Default)]
pub(super) struct Strain {
    /// The first moment, and when the present look began.
    clock: Option<(Instant, Instant)>,
    rested: Duration,
    /// How late what came was, at best, since there was time to spare.
    least: Ticks,
    dropped: u32,
    /// When the last change was, and how long it holds.
    changed: Option<(Instant, Duration)>,
}

impl Strain {
    /// A read had to wait for so long.
    pub(super) fn rested(&mut self, time: Duration) {
        self.rested += time;
    }

    /// What to do now that a packet of `dts` was read.
    pub(super) fn judge(&mut self, now: Instant, dts: Ticks) -> Option<Relief> {
        let (zero, begun) = *self.clock.get_or_insert((now, now));
        let passed = now.saturating_duration_since(zero).as_micros() * 9 / 100;
        let late = Ticks::try_from(passed).unwrap_or(Ticks::MAX) - dts;
        let look = now.saturating_duration_since(begun);
        if zero == now {
            self.least = late;
        }
        self.least = self.least.min(late);
        if look < LOOK {
            return None;
        }
        let busy = self.rested * BUSY < look;
        self.clock = Some((zero, now));
        self.rested = Duration::ZERO;
        if !busy {
            self.least = late;
            return self.more(now);
        }
        if late - self.least < BEHIND {
            return None;
        }
        self.least = late;
        self.dropped += 1;
        let rest = self
            .changed
            .map_or(REST, |(_, rest)| (rest * 2).min(REST_MOST));
        self.changed = Some((now, rest));
        Some(Relief::Less)
    }

    fn more(&mut self, now: Instant) -> Option<Relief> {
        let (at, rest) = self.changed?;
        if self.dropped == 0 || now.saturating_duration_since(at) < rest {
            return None;
        }
        self.dropped -= 1;
        self.changed = Some((now, rest));
        Some(Relief::More)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a source of 25 pictures a second for `seconds`, each of which takes `work` milliseconds
    /// while `made` pictures are made; gives when what was done.
    fn run(seconds: u64, work: impl Fn(u64, i64) -> u64) -> Vec<(u64, Relief)> {
        let (zero, mut strain) = (Instant::now(), Strain::default());
        let (mut free, mut made, mut done) = (0, 3, Vec::new());
        for i in 0..seconds * 25 {
            let comes = i * 40;
            let now = comes.max(free);
            strain.rested(Duration::from_millis(now - free));
            let dts = Ticks::try_from(i).expect("small") * 3600 + 77_000_000;
            if let Some(relief) = strain.judge(zero + Duration::from_millis(now), dts) {
                made += if relief == Relief::Less { -1 } else { 1 };
                done.push((now / 1000, relief));
            }
            free = now + work(now, made);
        }
        done
    }

    #[test]
    fn what_is_fast_enough_is_left_alone_whatever_hinders_it_now_and_then() {
        assert_eq!(run(600, |_, _| 30), []);
        // A hiccup of 900 ms each 10 s.
        let hiccup = |now: u64, _| if now % 10_000 < 40 { 900 } else { 20 };
        assert_eq!(run(600, hiccup), []);
    }

    #[test]
    fn what_is_too_slow_drops_one_after_the_other_and_tries_again_ever_more_rarely() {
        let done = run(400, |_, made| u64::try_from(made).expect("few") * 15 + 5);
        let less: Vec<_> = done.iter().filter(|(_, r)| *r == Relief::Less).collect();
        assert_eq!(less.first().map(|(at, _)| *at < 10), Some(true), "{done:?}");
        let tried = done.iter().filter(|(_, r)| *r == Relief::More).count();
        assert!((2..=3).contains(&tried), "{done:?}");
        assert_eq!(less.len(), tried + 1, "one picture too many: {done:?}");
    }
}
