//! Where a segment ends.
//!
//! In: the times at which a decoder can begin. Out: whether the segment ends there. The promise it
//! keeps is EXT-X-TARGETDURATION: settled with the first segment, constant ever after (6.2.1), and
//! no EXTINF rounds to more (4.4.3.1).

use std::time::Duration;

use crate::ts::clock::Ticks;

/// The longest target duration: encoders send an IDR every 10 s at the latest. Beyond, segments are
/// cut where no decoder can begin, and playback starts late instead of never.
const TARGET_CAP: u64 = 10;
/// How far a segment may pass the target and still round to it, less two sound frames, by which
/// renditions differ.
const ROUNDING: Ticks = Ticks::from_millis(440);
/// How far the first segment may pass a target that is then settled: what comes later may be a
/// little longer.
const HEADROOM: Ticks = Ticks::from_millis(300);
/// Two IDRs 2 s apart are not exactly so on a 90 kHz clock that an encoder rounded to milliseconds.
const TOLERANCE: Ticks = Ticks::from_millis(20);
/// How many distances between access points are remembered.
const MEMORY: usize = 8;

/// Decides where segments end.
#[derive(Debug)]
pub(super) struct Cutter {
    segment: Ticks,
    target: Option<u64>,
    start: Ticks,
    last_access: Option<Ticks>,
    /// The latest distances between access points, round robin.
    distances: [Ticks; MEMORY],
    turn: usize,
}

impl Cutter {
    /// `target` is what an earlier run has settled.
    pub(super) fn new(segment: Duration, target: Option<u64>) -> Self {
        Self {
            segment: Ticks::from_duration(segment),
            target,
            start: Ticks::ZERO,
            last_access: None,
            distances: [Ticks::ZERO; MEMORY],
            turn: 0,
        }
    }

    /// EXT-X-TARGETDURATION in seconds, once it is settled.
    pub(super) const fn target(&self) -> Option<u64> {
        self.target
    }

    /// A new timeline begins at `at`; the target stays.
    pub(super) fn begin(&mut self, at: Ticks) {
        self.start = at;
        self.last_access = Some(at);
    }

    /// Another track decides from now on, with distances of its own.
    pub(super) fn hand_over(&mut self) {
        self.last_access = None;
        self.distances = [Ticks::ZERO; MEMORY];
    }

    /// Whether the segment ends before the access point at `at`: the target is reached, or the next
    /// access point may come too late.
    pub(super) fn access(&mut self, at: Ticks) -> bool {
        if let Some(last) = self.last_access.replace(at)
            && let Some(distance) = self.distances.get_mut(self.turn % MEMORY)
        {
            *distance = at - last;
            self.turn = self.turn.wrapping_add(1);
        }
        let length = at - self.start;
        let longest = self.distances.iter().max().copied().unwrap_or_default();
        let limit = seconds(self.target.unwrap_or(self.floor())) + ROUNDING;
        length > Ticks::ZERO && (length + TOLERANCE >= self.segment || length + longest > limit)
    }

    /// Where the segment has to end, access point or not, if it would else run up to `end`.
    pub(super) fn overdue(&self, end: Ticks) -> bool {
        end - self.start > seconds(self.target.unwrap_or(TARGET_CAP)) + ROUNDING
    }

    /// The end of a segment of the usual length.
    pub(super) fn usual_end(&self) -> Ticks {
        let limit = seconds(self.target.unwrap_or(TARGET_CAP)) + ROUNDING;
        self.start + self.segment.min(limit)
    }

    /// Ends the segment at `at`. The first end settles the target.
    pub(super) fn cut(&mut self, at: Ticks) {
        let length = at - self.start - HEADROOM;
        let reached = u64::try_from(length.get().div_euclid(27_000_000) + 1).unwrap_or(1);
        let settled = reached.max(self.floor()).min(TARGET_CAP);
        self.target.get_or_insert(settled);
        self.start = at;
    }

    /// The target that the settings alone ask for.
    fn floor(&self) -> u64 {
        let ceil = (self.segment.get() + 26_999_999) / 27_000_000;
        u64::try_from(ceil).unwrap_or(1).clamp(1, TARGET_CAP)
    }
}

fn seconds(count: u64) -> Ticks {
    Ticks::from_millis(i64::try_from(count).unwrap_or(0) * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Segment lengths in milliseconds, for access points at `points` and frames every 40 ms.
    fn lengths(segment: u64, points: &[i64], end: i64) -> (Vec<i64>, u64) {
        let mut cutter = Cutter::new(Duration::from_millis(segment), None);
        cutter.begin(Ticks::ZERO);
        let (mut starts, mut lengths) = (0, Vec::new());
        for ms in (40..=end).step_by(40) {
            let at = Ticks::from_millis(ms);
            let here = points.contains(&ms) && cutter.access(at);
            if here || cutter.overdue(at + Ticks::from_millis(40)) {
                cutter.cut(at);
                lengths.push(ms - starts);
                starts = ms;
            }
        }
        (lengths, cutter.target().unwrap())
    }

    fn every(ms: i64, end: i64) -> Vec<i64> {
        (1..).map(|i| i * ms).take_while(|at| *at <= end).collect()
    }

    #[test]
    fn an_idr_interval_that_divides_the_target_gives_the_target() {
        for interval in [400, 1000, 2000] {
            let (lengths, target) = lengths(2000, &every(interval, 20_000), 20_000);
            assert!(
                lengths.iter().all(|l| *l == 2000),
                "{interval}: {lengths:?}"
            );
            assert_eq!(target, 2);
        }
    }

    #[test]
    fn a_longer_idr_interval_makes_a_longer_target() {
        for (interval, expected) in [(2400, 3), (3000, 3), (5000, 5), (9600, 10), (10_000, 10)] {
            let (lengths, target) = lengths(2000, &every(interval, 60_000), 60_000);
            assert!(
                lengths.iter().all(|l| *l == interval),
                "{interval}: {lengths:?}"
            );
            assert_eq!(target, expected);
        }
    }

    #[test]
    fn no_segment_rounds_to_more_than_the_target_whatever_the_idrs_do() {
        let mut seed = 7u64;
        for _ in 0..300 {
            let mut points = Vec::new();
            let mut at = 0;
            while at < 60_000 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                at += 40 * (1 + i64::try_from((seed >> 33) % 120).unwrap());
                points.push(at);
            }
            let (lengths, target) = lengths(2000, &points, 60_000);
            let target = i64::try_from(target).unwrap();
            assert!(
                lengths.iter().all(|l| (l + 500) / 1000 <= target),
                "{lengths:?}"
            );
        }
    }

    #[test]
    fn scene_cuts_under_a_longest_interval_never_force_a_cut() {
        // IDRs at scene cuts, and 2 s after the last one at the latest.
        let points = [
            600, 2600, 3000, 5000, 6800, 8800, 10_800, 11_000, 13_000, 15_000,
        ];
        let (lengths, target) = lengths(2000, &points, 15_000);
        let mut at = 0;
        for length in lengths {
            at += length;
            assert!(points.contains(&at), "cut at {at}");
        }
        assert!(target <= 3);
    }

    #[test]
    fn without_an_idr_segments_are_forced_at_the_cap() {
        let (lengths, target) = lengths(2000, &[], 40_000);
        assert_eq!(target, 10);
        assert!(lengths.iter().all(|l| *l == 10_440), "{lengths:?}");
    }
}
