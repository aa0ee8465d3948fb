//! One repaired timeline: whatever the source's clock does, the line runs on.
//!
//! In: the PCRs of the source with their receive times. Out: a line of 27 MHz that never goes
//! back and never leaps further than local time did, and the offset that brings PTS and DTS onto
//! it. The offset is zero until the source leaps, so a clean source passes unchanged.

use crate::time::Mono;
use crate::ts::clock::Ticks;
use crate::ts::{Pcr, Pts};

/// The source's clock may run this much ahead of local time before it is called a leap: a bad
/// line holds packets back and then gives them all at once.
const AHEAD: Ticks = Ticks::from_millis(700);
/// How late a held-back burst may be and still be the same clock.
const LATE: Ticks = Ticks::from_millis(-10_000);
/// The lead is forgotten at 1 in 1,000, faster than any oscillator drifts.
const FORGET: i64 = 1_000;
/// Over a leap the line moves on by the local time that went by,
/// and by no more than this: a node that was suspended does not leap by hours.
const MOST_STEP: Ticks = Ticks::from_millis(60_000);
/// A time stamp further than this from the clock belongs to another time base
/// (ISO/IEC 13818-1, 2.7.4: 0.7 s between stamps; still pictures and long buffers need more).
const FAR: Ticks = Ticks::from_millis(10_000);
/// What a time stamp that was late is moved further than it needs, for those that vary.
const MARGIN: Ticks = Ticks::from_millis(100);
/// A time stamp may lie behind the clock by so much: late, and still the same time base.
const BEHIND: Ticks = Ticks::from_millis(-2_000);

/// How the source's clock went from one PCR to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The first PCR.
    First,
    /// As a clock goes.
    On,
    /// The clock leapt by so much against the time that went by, and was repaired.
    Leap(Ticks),
}

#[derive(Clone, Copy, Debug)]
struct Last {
    source: Pcr,
    received: Mono,
    line: Ticks,
    /// How far the source's clock has run ahead of local time.
    lead: Ticks,
}

/// The repaired timeline of a channel.
#[derive(Clone, Debug, Default)]
pub(super) struct Timeline {
    last: Option<Last>,
    /// Added to the source's clocks; a multiple of 300, so that PTS and PCR move alike.
    offset: Ticks,
    /// Added to PTS and DTS alone, for a source that sends its units after their time.
    lag: Ticks,
    /// A unit whose time is nearer to the clock than this is late.
    nearest: Ticks,
}

impl Timeline {
    /// Takes a PCR of the source; answers its place on the line and how the clock went.
    pub(super) fn clock(&mut self, source: Pcr, received: Mono) -> (Ticks, Step) {
        let Some(last) = self.last else {
            let line = Ticks::new(source.ticks().cast_signed()) + self.offset;
            self.last = Some(Last {
                source,
                received,
                line,
                lead: Ticks::ZERO,
            });
            return (line, Step::First);
        };
        let span = source.since(last.source);
        let elapsed = Ticks::from_duration(received.since(last.received));
        let lead = forget(last.lead + span - elapsed, elapsed);
        let (line, step, lead) = if span >= Ticks::ZERO && lead <= AHEAD {
            (last.line + span, Step::On, lead.max(LATE))
        } else {
            self.lag = Ticks::ZERO;
            let correction = whole_pts(elapsed.min(MOST_STEP) - span + Ticks::new(299));
            self.offset = self.offset + correction;
            let line = last.line + span + correction;
            (line, Step::Leap(span - elapsed), Ticks::ZERO)
        };
        self.last = Some(Last {
            source,
            received,
            line,
            lead,
        });
        (line, step)
    }

    /// Moves what comes from now on later by `by` (the path before us has become longer).
    pub(super) fn shift(&mut self, by: Ticks) {
        let by = whole_pts(by);
        self.offset = self.offset + by;
        if let Some(last) = self.last.as_mut() {
            last.line = last.line + by;
        }
    }

    /// Whether a PCR has come.
    pub(super) const fn is_running(&self) -> bool {
        self.last.is_some()
    }

    /// Moves PTS and DTS later against the clock, for units that come `late` after their time.
    pub(super) fn excuse(&mut self, late: Ticks) {
        self.lag = whole_pts(self.lag + late + MARGIN);
    }

    /// From now on a unit is late whose time is nearer to the clock than this.
    pub(super) const fn need(&mut self, nearest: Ticks) {
        self.nearest = nearest;
    }

    /// A unit whose time is nearer to the clock than this is late.
    pub(super) const fn nearest(&self) -> Ticks {
        self.nearest
    }

    /// How much later PTS and DTS go out than the source's clock would have them.
    pub(super) const fn lag(&self) -> Ticks {
        self.lag
    }

    /// What is added to the source's PCR.
    pub(super) const fn offset(&self) -> Ticks {
        self.offset
    }

    /// What is added to the source's PTS and DTS.
    pub(super) fn stamp_offset(&self) -> Ticks {
        self.offset + self.lag
    }

    /// The place of a time stamp on the line, and how far that is ahead of the last PCR; `None`
    /// before the first PCR, or when it belongs to no clock seen here. Where PCRs have stopped, the
    /// clock is taken to have gone on since.
    pub(super) fn place(&self, stamp: Pts, received: Mono) -> Option<(Ticks, Ticks)> {
        let last = self.last?;
        let ahead = stamp.since_pcr(last.source);
        let elapsed = Ticks::from_duration(received.since(last.received));
        let near = ahead >= BEHIND && ahead <= FAR + elapsed;
        let ahead = ahead + self.lag;
        near.then_some((last.line + ahead, ahead))
    }
}

/// `lead` brought nearer to zero by a thousandth of `elapsed`.
fn forget(lead: Ticks, elapsed: Ticks) -> Ticks {
    let most = Ticks::new(elapsed.get() / FORGET);
    let step = most.min(lead.abs());
    if lead > Ticks::ZERO {
        lead - step
    } else {
        lead + step
    }
}

/// `ticks` rounded down to whole ticks of 90 kHz.
const fn whole_pts(ticks: Ticks) -> Ticks {
    Ticks::new(ticks.get().div_euclid(300) * 300)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ts::clock::PCR_MODULUS;
    use proptest::prelude::*;

    const MS: u64 = 27_000;

    fn at(ms: u64) -> Mono {
        Mono::from_nanos(ms * 1_000_000)
    }

    #[test]
    fn a_clean_source_passes_unchanged_over_the_wrap_of_its_clock() {
        let mut timeline = Timeline::default();
        let start = PCR_MODULUS - 100 * MS;
        let mut line = timeline.clock(Pcr::from_ticks(start), at(0)).0;
        for i in 1..10 {
            let (next, step) = timeline.clock(Pcr::from_ticks(start + i * 40 * MS), at(i * 40));
            assert_eq!((next - line, step), (Ticks::from_millis(40), Step::On));
            line = next;
        }
        assert_eq!(timeline.offset(), Ticks::ZERO);
    }

    #[test]
    fn an_outage_keeps_the_source_clock_when_it_went_on_meanwhile() {
        let mut timeline = Timeline::default();
        timeline.clock(Pcr::from_ticks(0), at(0));
        let (line, step) = timeline.clock(Pcr::from_ticks(5_000 * MS), at(5_000));
        assert_eq!((line, step), (Ticks::from_millis(5_000), Step::On));
    }

    #[test]
    fn a_restarted_source_goes_on_where_local_time_stands() {
        let mut timeline = Timeline::default();
        timeline.clock(Pcr::from_ticks(90_000 * MS), at(0));
        let (line, step) = timeline.clock(Pcr::from_ticks(700 * MS), at(3_000));
        assert!(matches!(step, Step::Leap(_)));
        assert_eq!(line, Ticks::from_millis(93_000));
        let pts = Pts::from_ticks(1_000 * 90);
        let line = Ticks::from_millis(93_300);
        let placed = timeline.place(pts, at(3_000));
        assert_eq!(placed, Some((line, Ticks::from_millis(300))));
        assert_eq!(pts.offset(timeline.stamp_offset()).ticks(), 93_300 * 90);
    }

    #[test]
    fn a_burst_after_a_stall_is_the_same_clock() {
        let mut timeline = Timeline::default();
        timeline.clock(Pcr::from_ticks(0), at(0));
        for ms in (40..4_000).step_by(40) {
            let received = at(ms.max(3_000));
            let (line, step) = timeline.clock(Pcr::from_ticks(ms * MS), received);
            assert_eq!((line.get().unsigned_abs(), step), (ms * MS, Step::On));
        }
    }

    #[test]
    fn a_day_of_100_ppm_is_no_leap() {
        let mut timeline = Timeline::default();
        for second in 0..86_400u64 {
            let pcr = Pcr::from_ticks(second * 27_002_700);
            let (_, step) = timeline.clock(pcr, at(second * 1_000));
            assert!(matches!(step, Step::On | Step::First), "at {second} s");
        }
    }

    #[test]
    fn a_time_stamp_of_another_time_base_has_no_place() {
        let mut timeline = Timeline::default();
        assert_eq!(timeline.place(Pts::from_ticks(0), at(0)), None);
        timeline.clock(Pcr::from_ticks(90_000 * MS), at(0));
        for stamp in [0, 87_000, 101_000] {
            let placed = timeline.place(Pts::from_ticks(stamp * 90), at(0));
            assert_eq!(placed, None, "{stamp}");
        }
    }

    #[test]
    fn time_stamps_go_on_where_the_clock_has_stopped() {
        let mut timeline = Timeline::default();
        timeline.clock(Pcr::from_ticks(0), at(0));
        for second in (0..9 * 3_600).step_by(60) {
            let stamp = Pts::from_ticks((second * 1_000 + 300) * 90);
            let ahead = Ticks::from_millis((second * 1_000 + 300).cast_signed());
            let placed = timeline.place(stamp, at(second * 1_000));
            assert_eq!(placed, Some((ahead, ahead)), "after {second} s");
            let other = stamp.offset(Ticks::from_millis(20_000));
            assert_eq!(timeline.place(other, at(second * 1_000)), None);
        }
    }

    proptest! {
        #[test]
        fn the_line_never_goes_back_and_never_leaps(
            steps in prop::collection::vec((0..PCR_MODULUS, 0u64..500), 1..200)
        ) {
            let mut timeline = Timeline::default();
            let mut now = 0;
            let mut line = timeline.clock(Pcr::from_ticks(0), at(0)).0;
            for (pcr, ms) in steps {
                now += ms;
                let (next, _) = timeline.clock(Pcr::from_ticks(pcr), at(now));
                let step = next - line;
                prop_assert!(step >= Ticks::ZERO && step <= Ticks::from_millis(ms as i64) + AHEAD);
                let offset = timeline.offset();
                let placed = Pcr::from_ticks(pcr).offset(offset);
                prop_assert_eq!(placed, Pcr::from_ticks(0).offset(next));
                line = next;
            }
        }
    }
}
