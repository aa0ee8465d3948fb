//! The output clock follows the source's: a slow loop from PCR arrivals to a line of local time.
//!
//! The line is unbroken: each correction changes the slope from now on, never the past. A network
//! delays and never hastens, so each window is judged by its earliest arrival. A source that from
//! one second to the next comes later and stays so was held up; its clock is not slower. That
//! delay is kept out of the loop and paid off at the rate by which a clock may be off
//! (ISO/IEC 13818-1, 2.4.2.1: 30 ppm).

use std::time::Duration;

use super::LATENCY;
use crate::time::Mono;
use crate::ts::clock::Ticks;

/// One judgement of the loop.
const WINDOW: Duration = Duration::from_secs(1);
/// Time constant of the phase correction once locked.
const SETTLED_SECONDS: f64 = 60.0;
/// Time constant while the first phase is found.
const ACQUIRE_SECONDS: f64 = 10.0;
/// How many windows acquisition lasts.
const ACQUIRE_WINDOWS: u32 = 120;
/// A source may be off by 100 ppm; twice that leaves room for the phase.
const MAX_PPM: f64 = 200.0;
/// Weight of the newest window in the smoothed error.
const SMOOTHING: f64 = 0.2;
/// No clock leads or lags by as much within a window: the source was held up, or caught up.
const STEP: f64 = 5e6;
/// So many windows in a row make a step one that stays.
const STEP_WINDOWS: u32 = 3;
/// How fast a step is paid off.
const REPAY_PPM: f64 = 30.0;

/// From the repaired stream line (27 MHz) to local monotonic time.
#[derive(Clone, Debug)]
pub struct SourceClock {
    base_line: Ticks,
    base: Mono,
    latency: Duration,
    slope_ppm: f64,
    drift_ppm: f64,
    window: Window,
    smoothed: Option<f64>,
    windows: u32,
    step: Step,
}

/// What came at once and is to go slowly, ns.
#[derive(Clone, Copy, Debug, Default)]
struct Step {
    owed: f64,
    repay_ppm: f64,
    /// The windows in a row that lie off, and the one of them that does so least.
    seen: u32,
    least: f64,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    start: Mono,
    earliest: Option<i64>,
}

impl SourceClock {
    /// A clock that shows `line` at `received`.
    #[must_use]
    pub const fn new(line: Ticks, received: Mono) -> Self {
        Self {
            base_line: line,
            base: received,
            latency: LATENCY,
            slope_ppm: 0.0,
            drift_ppm: 0.0,
            window: Window {
                start: received,
                earliest: None,
            },
            smoothed: None,
            windows: 0,
            step: Step {
                owed: 0.0,
                repay_ppm: 0.0,
                seen: 0,
                least: 0.0,
            },
        }
    }

    /// The same clock for a line that is `by` ahead.
    #[must_use]
    pub fn moved(&self, by: Ticks) -> Self {
        Self {
            base_line: self.base_line + by,
            ..self.clone()
        }
    }

    /// The same clock for a source whose packets may come `by` later than the earliest: its
    /// departures are as much later.
    #[must_use]
    pub fn delayed(mut self, by: Duration) -> Self {
        self.latency = LATENCY + by;
        self
    }

    /// From a packet's time on the source's clock to its departure.
    #[must_use]
    pub const fn latency(&self) -> Duration {
        self.latency
    }

    /// When the source's clock showed `line`, in local time.
    #[must_use]
    pub fn local(&self, line: Ticks) -> Mono {
        let nanos = (line - self.base_line).as_nanos();
        self.base
            .offset_nanos(nanos - scaled(nanos, self.slope_ppm))
    }

    /// When a packet at `line` departs.
    #[must_use]
    pub fn departure(&self, line: Ticks) -> Mono {
        self.local(line) + self.latency
    }

    /// What the source's clock shows at `local`.
    #[must_use]
    pub fn line(&self, local: Mono) -> Ticks {
        let nanos = local.signed_nanos_since(self.base);
        self.base_line + Ticks::from_nanos(nanos + scaled(nanos, self.slope_ppm))
    }

    /// The source's rate against ours as the loop believes it, parts per million.
    #[must_use]
    pub const fn drift_ppm(&self) -> f64 {
        self.drift_ppm
    }

    /// Takes the arrival of a PCR. Answers how far the source has come to lag behind its own
    /// line when that is more than the loop may correct: the caller then moves the timeline.
    pub fn observe(&mut self, line: Ticks, received: Mono) -> Option<Ticks> {
        let error = received.signed_nanos_since(self.local(line));
        self.window.earliest = Some(self.window.earliest.map_or(error, |e| e.min(error)));
        if received.since(self.window.start) < WINDOW {
            return None;
        }
        let earliest = self.window.earliest.take().unwrap_or(error);
        self.window.start = received;
        // All but half the common latency used up by every packet of a whole second: the source has
        // moved away.
        let allowed = self.latency - LATENCY / 2;
        if earliest > i64::try_from(allowed.as_nanos()).unwrap_or(i64::MAX) {
            return Some(Ticks::from_nanos(earliest));
        }
        self.correct(earliest, received);
        None
    }

    /// One turn of the loop: proportional and integral, critically damped.
    #[expect(
        clippy::cast_precision_loss,
        reason = "nanoseconds of error, far below 2^52"
    )]
    fn correct(&mut self, earliest: i64, received: Mono) {
        let elapsed = received.signed_nanos_since(self.base) as f64;
        let known = self.smoothed.filter(|_| self.windows >= ACQUIRE_WINDOWS);
        let Some(error) = self.step.without(earliest as f64, elapsed, known) else {
            return;
        };
        let smoothed = self.smoothed.map_or(error, |s| s + SMOOTHING * (error - s));
        self.smoothed = Some(smoothed);
        self.windows = self.windows.saturating_add(1);
        let tau = if self.windows < ACQUIRE_WINDOWS {
            ACQUIRE_SECONDS
        } else {
            SETTLED_SECONDS
        };
        // 1 ns of error over tau seconds is 1/tau ns a second: 0.001 ppm.
        let phase_ppm = smoothed / tau / 1000.0;
        // A source that arrives ever later is slower than we: negative drift.
        self.drift_ppm = (self.drift_ppm - phase_ppm / (4.0 * tau)).clamp(-MAX_PPM, MAX_PPM);
        let line = self.line(received);
        self.base = self.local(line);
        self.base_line = line;
        self.slope_ppm =
            (self.drift_ppm - phase_ppm).clamp(-MAX_PPM, MAX_PPM) - self.step.repay_ppm;
    }
}

impl Step {
    /// The error of a window without what is owed: `None` until it is known whether a step stays.
    /// For `elapsed` ns the debt has been paid since the last answer; `known` is the error so far.
    fn without(&mut self, error: f64, elapsed: f64, known: Option<f64>) -> Option<f64> {
        let mut owed = self.owed - self.repay_ppm * elapsed / 1e6;
        let off = known.map_or(0.0, |known| error - owed - known);
        if off.abs() <= STEP {
            self.seen = 0;
        } else {
            if self.seen == 0 || off * self.least < 0.0 {
                (self.seen, self.least) = (0, off);
            }
            self.seen += 1;
            if off.abs() < self.least.abs() {
                self.least = off;
            }
            if self.seen < STEP_WINDOWS {
                return None;
            }
            self.seen = 0;
            owed += self.least;
        }
        self.owed = owed;
        // 1 ppm pays 1,000 ns in a second.
        self.repay_ppm = (owed / 1000.0).clamp(-REPAY_PPM, REPAY_PPM);
        Some(error - owed)
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a correction of at most 200 ppm of a span since the last base"
)]
fn scaled(nanos: i64, ppm: f64) -> i64 {
    (nanos as f64 * ppm / 1e6) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    const PCR_EVERY: u64 = 40_000_000;
    const DAY: u64 = 86_400;

    /// PCRs of a source whose clock is off by `ppm(second)`, each up to 20 ms late (seeded) and all
    /// by `held(second)`. Gives after each second how far the clock is from the truth, ns, and what
    /// it believes.
    fn follow(
        seconds: u64,
        ppm: impl Fn(u64) -> f64,
        held: impl Fn(u64) -> Duration,
        mut each: impl FnMut(u64, i64, f64),
    ) {
        let (mut line, mut random) = (0.0, 1u64);
        let mut clock: Option<SourceClock> = None;
        let mut departure = Mono::ZERO;
        for n in 0..seconds * 1_000_000_000 / PCR_EVERY {
            let truth = Mono::from_nanos(1_000_000_000 + n * PCR_EVERY);
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let second = n * PCR_EVERY / 1_000_000_000;
            let late = Duration::from_nanos((random >> 33) % 20_000_000);
            let received = truth + held(second) + late;
            let at = Ticks::from_nanos(line as i64);
            let clock = clock.get_or_insert_with(|| SourceClock::new(at, received));
            assert_eq!(clock.observe(at, received), None, "no leap is seen");
            assert!(clock.departure(at) >= departure, "no departure goes back");
            departure = clock.departure(at);
            if n % 25 == 0 {
                let error = clock.local(at).signed_nanos_since(truth);
                each(second, error, clock.drift_ppm());
            }
            line += PCR_EVERY as f64 * (1.0 + ppm(second) / 1e6);
        }
    }

    #[test]
    fn three_days_of_a_source_whose_rate_wanders_by_100_ppm_move_the_output_by_no_more_than_its_jitter()
     {
        // Warm by day, cold by night.
        let ppm = |second: u64| 100.0 * (second as f64 / DAY as f64 * std::f64::consts::TAU).sin();
        let (mut least, mut most) = (i64::MAX, i64::MIN);
        let punctual = |_| Duration::ZERO;
        follow(3 * DAY, ppm, punctual, |second, error, believed| {
            if second > 600 {
                (least, most) = (least.min(error), most.max(error));
                let off = (believed - ppm(second)).abs();
                assert!(off < 10.0, "{believed} ppm at {second} s");
            }
        });
        assert!(
            least > -5_000_000 && most < 20_000_000,
            "{least} to {most} ns"
        );
    }

    #[test]
    fn a_source_that_was_held_up_makes_the_output_no_faster_than_a_clock_may_be() {
        const HELD: Duration = Duration::from_millis(80);
        let held = |second| {
            if second < 1_000 { Duration::ZERO } else { HELD }
        };
        let (mut last, mut fastest, mut left) = (None, 0, 0);
        follow(
            6_000,
            |_| 20.0,
            held,
            |second, error, believed| {
                if second > 900 {
                    let step = error - last.unwrap_or(error);
                    fastest = fastest.max(step);
                    let off = (believed - 20.0).abs();
                    assert!(off < 5.0, "{believed} ppm at {second} s");
                }
                (last, left) = (Some(error), error);
            },
        );
        // 30 ppm, and as much by the 20 ms of jitter that the loop follows.
        assert!(fastest < 60_000, "{fastest} ns in a second");
        let all = i64::try_from(HELD.as_nanos()).unwrap();
        assert!(left > all - 5_000_000, "{left} ns of {all} are paid");
    }
}
