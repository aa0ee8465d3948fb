//! Which samples are kept: those around incidents.

use std::collections::VecDeque;

use super::{Millis, Sample};

/// Kept from so long before an incident, ms; and so many samples are in memory.
pub const BEFORE: Millis = 120_000;
/// Kept for so long after its end, ms.
pub const AFTER: Millis = 120_000;
/// Of an incident that lasts, its first ten minutes and its last two are kept: a feed that is
/// gone for a week says no more in its second hour than in its first.
const LONGEST: Millis = 600_000;

/// The last samples of a channel.
#[derive(Debug, Default)]
pub struct Series {
    recent: VecDeque<Sample>,
    /// When the last sample was that was given to be kept.
    given: Millis,
    /// Everything up to here is kept.
    until: Millis,
    /// When the last incident began.
    began: Millis,
}

impl Series {
    /// Takes a sample; `began` and `ended` say whether an incident did with it, `lasts` whether one
    /// lasts. Answers what has to be kept now, the oldest first.
    pub fn take(
        &mut self,
        sample: Sample,
        (began, ended, lasts): (bool, bool, bool),
    ) -> Vec<Sample> {
        let at = sample.at;
        if self.recent.back().is_some_and(|last| last.at >= at) {
            // The wall clock was set back: what was given says nothing of these times.
            (self.given, self.until) = (Millis::MIN, Millis::MIN);
        }
        self.recent.push_back(sample);
        while self.recent.front().is_some_and(|old| {
            old.at < at.saturating_sub(BEFORE) || self.recent.len() as i64 > BEFORE / 1_000 + 1
        }) {
            self.recent.pop_front();
        }
        if began {
            self.began = at;
        }
        if began || ended {
            self.until = self.until.max(at.saturating_add(AFTER));
        }
        let young = lasts && at <= self.began.saturating_add(LONGEST);
        if !young && at > self.until {
            return Vec::new();
        }
        let given = std::mem::replace(&mut self.given, at);
        let new = self.recent.iter().filter(|sample| sample.at > given);
        new.cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: (bool, bool, bool) = (false, false, false);
    const BEGAN: (bool, bool, bool) = (true, false, true);
    const LASTS: (bool, bool, bool) = (false, false, true);
    const ENDED: (bool, bool, bool) = (false, true, false);

    fn at(second: i64) -> Sample {
        Sample {
            at: second * 1_000,
            ..Sample::default()
        }
    }

    /// The seconds kept when something happens at some seconds.
    fn kept(seconds: i64, what: impl Fn(i64) -> (bool, bool, bool)) -> Vec<i64> {
        let mut series = Series::default();
        let kept = (1..=seconds).flat_map(|s| series.take(at(s), what(s)));
        kept.map(|sample| sample.at / 1_000).collect()
    }

    #[test]
    fn nothing_is_kept_while_nothing_is_wrong() {
        assert_eq!(kept(1_000, |_| NOTHING), Vec::<i64>::new());
    }

    #[test]
    fn two_minutes_before_to_two_after_are_kept_and_none_twice() {
        let all = kept(2_000, |s| match s {
            500 => BEGAN,
            501..510 => LASTS,
            510 => ENDED,
            _ => NOTHING,
        });
        assert_eq!(all, (380..=630).collect::<Vec<_>>());
    }

    #[test]
    fn the_middle_of_a_long_incident_is_not_kept() {
        let all = kept(5_000, |s| match s {
            500 => BEGAN,
            501..4_000 => LASTS,
            4_000 => ENDED,
            _ => NOTHING,
        });
        let expected = (380..=1_100).chain(3_880..=4_120);
        assert_eq!(all, expected.collect::<Vec<_>>());
    }

    #[test]
    fn memory_is_bounded_when_the_clock_is_set_to_and_fro() {
        let mut series = Series::default();
        for n in 0..10_000 {
            let _ = series.take(at((n * 7_919) % 100), LASTS);
            assert!(series.recent.len() <= 122);
        }
    }
}
