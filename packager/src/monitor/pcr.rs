//! The PCRs of one PID: repetition, leaps, accuracy and the jitter of their arrival.

use std::time::Duration;

use super::check::{Check, Evidence, Findings, Place};
use crate::time::{Bitrate, Mono};
use crate::ts::clock::Ticks;
use crate::ts::{PACKET_LEN, Packet, Pcr, Pid};

/// The most from one PCR to the next (ISO/IEC 13818-1, 2.7.2; TR 101 290, 2.3). The 40 ms of old
/// probes were taken out of TS 101 154 in 2005.
const STEP_MAX: Ticks = Ticks::from_millis(100);
/// A PCR that has not come for so long is gone: five times the limit, so that the jitter of the
/// line cannot be taken for it. What comes is judged by the values, which no line can move.
const GONE: Duration = Duration::from_millis(500);
/// TR 101 290, 2.4.
const OFFSET_MAX_NANOS: i64 = 500;
/// How long the base of the byte positions is kept; well under the 13 h in which a difference of
/// PCRs is unambiguous.
const BASE_MAX: Ticks = Ticks::from_millis(3_600_000);

/// Judges the PCRs of one PID.
#[derive(Debug)]
pub(super) struct PcrWatch {
    pid: Pid,
    /// Whether a PCR is expected, though none came yet.
    expected: bool,
    last: Option<Pcr>,
    /// Whether a discontinuity_indicator came since the last PCR.
    flagged: bool,
    /// Time of checks at the last PCR, or at the last alarm that none came.
    seen: Mono,
    /// Time of checks at the last PCR.
    pub(super) came: Option<Mono>,
    /// A PCR and its packet's number, from which byte positions count.
    base: Option<(Pcr, u64)>,
    jitter: Jitter,
    /// The first and the last PCR of the running second, with their packets' numbers.
    pace: Option<[(Pcr, u64); 2]>,
}

impl PcrWatch {
    pub(super) fn new(pid: Pid, expected: bool, now: Mono) -> Self {
        Self {
            pid,
            expected,
            last: None,
            flagged: false,
            seen: now,
            came: None,
            base: None,
            jitter: Jitter::default(),
            pace: None,
        }
    }

    /// Takes a packet with an adaptation field. `rate` is the declared constant rate of the whole
    /// stream, where there is one.
    pub(super) fn push(
        &mut self,
        packet: Packet<'_>,
        (now, place): (Mono, Place),
        rate: Option<Bitrate>,
        findings: &mut Findings,
    ) {
        let Some(field) = packet.adaptation() else {
            return;
        };
        self.flagged |= field.discontinuity();
        let Some(pcr) = field.pcr() else {
            return;
        };
        let continuous = self.step(pcr, place, findings);
        if !continuous {
            self.base = None;
            self.pace = None;
            self.jitter.restart();
        }
        if let Some(rate) = rate {
            self.accuracy(pcr, place, rate, findings);
        }
        self.jitter.push(place.at, pcr);
        let here = (pcr, place.packet);
        self.pace = Some([self.pace.map_or(here, |[first, _]| first), here]);
        (self.last, self.flagged) = (Some(pcr), false);
        (self.seen, self.came) = (now, Some(now));
    }

    /// Judges the way from the last PCR; whether the timeline goes on.
    fn step(&self, pcr: Pcr, place: Place, findings: &mut Findings) -> bool {
        let Some(last) = self.last else {
            return true;
        };
        if self.flagged {
            return false;
        }
        let step = pcr.since(last);
        let evidence = Evidence::PcrStep(self.pid, step);
        if step > STEP_MAX && step <= Ticks::from_duration(GONE) {
            findings.raise(Check::PcrRepetition, place, evidence);
        }
        let good = step >= Ticks::ZERO && step <= STEP_MAX;
        if !good {
            findings.raise(Check::PcrDiscontinuity, place, evidence);
        }
        good
    }

    /// Compares a PCR with its byte position at the constant rate.
    fn accuracy(&mut self, pcr: Pcr, place: Place, rate: Bitrate, findings: &mut Findings) {
        let Some((base, from)) = self.base else {
            self.base = Some((pcr, place.packet));
            return;
        };
        let bits = i128::from(place.packet - from) * (PACKET_LEN as i128 * 8);
        let ticks = bits * 27_000_000 / i128::from(rate.bits_per_second());
        let expected = Ticks::new(i64::try_from(ticks).unwrap_or(i64::MAX));
        let offset = pcr.since(base) - expected;
        if offset.as_nanos().abs() > OFFSET_MAX_NANOS {
            findings.raise(
                Check::PcrAccuracy,
                place,
                Evidence::PcrOffset(self.pid, offset),
            );
            self.base = Some((pcr, place.packet));
        } else if expected > BASE_MAX {
            self.base = Some((base.offset(expected), place.packet));
        }
    }

    /// Raises where no PCR came for too long, again after each further such time.
    pub(super) fn sweep(&mut self, now: Mono, place: Place, findings: &mut Findings) {
        let absent = now.since(self.seen);
        if absent > GONE && (self.expected || self.last.is_some()) {
            self.seen = now;
            findings.raise(
                Check::PcrRepetition,
                place,
                Evidence::Absent(self.pid, absent),
            );
        }
    }

    /// Ends the second over which jitter and rate are measured.
    pub(super) fn roll(&mut self) {
        self.jitter.roll();
        self.pace = self.pace.map(|[_, last]| [last; 2]);
    }

    /// The rate of the whole stream in the running second, by packets and PCRs.
    pub(super) fn rate(&self) -> Option<Bitrate> {
        let [(first, from), (last, to)] = self.pace?;
        let ticks = u128::try_from(last.since(first).get()).ok()?;
        let bits = u128::from(to - from) * (PACKET_LEN as u128 * 8);
        let rate = (bits * 27_000_000).checked_div(ticks)?;
        Bitrate::from_bits_per_second(u64::try_from(rate).ok()?)
    }

    /// Arrival jitter over the last whole second, peak to peak.
    pub(super) const fn jitter(&self) -> Option<Duration> {
        self.jitter.last
    }
}

/// How unevenly PCRs arrive against their own values.
#[derive(Clone, Copy, Debug, Default)]
struct Jitter {
    base: Option<(Mono, Pcr)>,
    min: i64,
    max: i64,
    /// Of the last second that had two PCRs.
    last: Option<Duration>,
}

impl Jitter {
    fn push(&mut self, at: Mono, pcr: Pcr) {
        let (received, value) = *self.base.get_or_insert((at, pcr));
        let offset = at.signed_nanos_since(received) - pcr.since(value).as_nanos();
        self.min = self.min.min(offset);
        self.max = self.max.max(offset);
    }

    fn restart(&mut self) {
        (self.base, self.min, self.max) = (None, 0, 0);
    }

    fn roll(&mut self) {
        self.last = self
            .base
            .map(|_| Duration::from_nanos(self.max.abs_diff(self.min)));
        self.restart();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ts::packet::{mark_discontinuity, pcr_packet};

    const PID: Pid = Pid::from_bits(0x100);

    struct Rig {
        watch: PcrWatch,
        findings: Findings,
        rate: Option<Bitrate>,
    }

    impl Rig {
        fn new() -> Self {
            Self {
                watch: PcrWatch::new(PID, true, Mono::ZERO),
                findings: Findings::default(),
                rate: None,
            }
        }

        fn push(&mut self, at: Mono, packet: u64, pcr: Pcr, flagged: bool) {
            let mut bytes = pcr_packet(PID, 0, pcr);
            if flagged {
                mark_discontinuity(&mut bytes);
            }
            let place = Place { at, packet };
            let Self {
                watch,
                findings,
                rate,
            } = self;
            watch.push(Packet::new(&bytes), (at, place), *rate, findings);
        }

        /// PCRs of these milliseconds, received at their own time.
        fn feed(&mut self, millis: &[i64]) {
            for &ms in millis {
                let pcr = Pcr::from_ticks(0).offset(Ticks::from_millis(ms));
                self.push(Mono::ZERO, 0, pcr, false);
            }
        }

        fn counts(&self) -> Vec<(Check, u64)> {
            self.findings.iter().map(|f| (f.check, f.count)).collect()
        }
    }

    #[test]
    fn steps_up_to_exactly_100_ms_are_good_across_the_wrap() {
        let mut rig = Rig::new();
        rig.feed(&[-200, -100, 0, 0, 100]);
        assert_eq!(rig.counts(), []);
    }

    #[test]
    fn a_tick_over_100_ms_raises_both_checks() {
        let mut rig = Rig::new();
        rig.push(Mono::ZERO, 0, Pcr::from_ticks(5), false);
        rig.push(Mono::ZERO, 1, Pcr::from_ticks(2_700_006), false);
        assert_eq!(
            rig.counts(),
            [(Check::PcrRepetition, 1), (Check::PcrDiscontinuity, 1)]
        );
    }

    #[test]
    fn a_leap_either_way_is_a_discontinuity_alone_and_a_flag_excuses_it() {
        let mut rig = Rig::new();
        rig.feed(&[0, 40, 9_000, 9_040, 40]);
        assert_eq!(rig.counts(), [(Check::PcrDiscontinuity, 2)]);
        rig.push(Mono::ZERO, 0, Pcr::from_ticks(1_000_000_000), true);
        assert_eq!(rig.counts(), [(Check::PcrDiscontinuity, 2)]);
    }

    #[test]
    fn a_pcr_that_ends_is_raised_after_each_further_period() {
        let mut rig = Rig::new();
        rig.feed(&[0]);
        for ms in (0..=1_600).step_by(100) {
            let now = Mono::ZERO + Duration::from_millis(ms);
            rig.watch.sweep(now, Place::default(), &mut rig.findings);
        }
        assert_eq!(rig.counts(), [(Check::PcrRepetition, 2)]);
    }

    #[test]
    fn accuracy_is_measured_from_byte_position_for_hours() {
        let mut rig = Rig::new();
        rig.rate = Bitrate::from_bits_per_second(6_000_000);
        // 160 packets of 1504 bits at 6 Mbit/s are 40.1066... ms.
        let ticks = |packet: u64| packet * 1504 * 27 / 6;
        for n in 0..150_000u64 {
            rig.push(Mono::ZERO, n * 160, Pcr::from_ticks(ticks(n * 160)), false);
        }
        assert_eq!(rig.counts(), []);
        let at = 150_000 * 160;
        rig.push(Mono::ZERO, at, Pcr::from_ticks(ticks(at) + 13), false);
        assert_eq!(rig.counts(), []);
        let at = 150_001 * 160;
        rig.push(Mono::ZERO, at, Pcr::from_ticks(ticks(at) + 14), false);
        assert_eq!(rig.counts(), [(Check::PcrAccuracy, 1)]);
    }

    #[test]
    fn jitter_is_peak_to_peak_over_the_second_and_leaps_do_not_count() {
        let mut rig = Rig::new();
        let push = |rig: &mut Rig, value: i64, arrival: u64, flag| {
            let pcr = Pcr::from_ticks(0).offset(Ticks::from_millis(value));
            rig.push(Mono::ZERO + Duration::from_millis(arrival), 0, pcr, flag);
        };
        for (value, arrival) in [(0, 1000), (40, 1043), (80, 1078), (120, 1120)] {
            push(&mut rig, value, arrival, false);
        }
        rig.watch.roll();
        assert_eq!(rig.watch.jitter(), Some(Duration::from_millis(5)));
        push(&mut rig, 160, 1160, false);
        push(&mut rig, 90_000, 1200, true);
        push(&mut rig, 90_040, 1241, false);
        rig.watch.roll();
        assert_eq!(rig.watch.jitter(), Some(Duration::from_millis(1)));
        rig.watch.roll();
        assert_eq!(rig.watch.jitter(), None);
    }
}
