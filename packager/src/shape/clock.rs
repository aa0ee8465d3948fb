//! The output clock follows the source's: a slow loop from PCR arrivals to a line of local time.
//!
//! The line is unbroken: each correction changes the slope from now on, never the past. A network
//! delays and never hastens, so each window is judged by its earliest arrival.

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
        let error = earliest as f64;
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
        self.slope_ppm = (self.drift_ppm - phase_ppm).clamp(-MAX_PPM, MAX_PPM);
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

    /// PCRs of a source whose clock is off by `ppm(second)`, each up to 20 ms late (seeded). Gives
    /// after each second how far the clock is from the truth, ns, and what it believes.
    fn follow(seconds: u64, ppm: impl Fn(u64) -> f64, mut each: impl FnMut(u64, i64, f64)) {
        let (mut line, mut random) = (0.0, 1u64);
        let mut clock: Option<SourceClock> = None;
        let mut departure = Mono::ZERO;
        for n in 0..seconds * 1_000_000_000 / PCR_EVERY {
            let truth = Mono::from_nanos(1_000_000_000 + n * PCR_EVERY);
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let received = truth + Duration::from_nanos((random >> 33) % 20_000_000);
            let at = Ticks::from_nanos(line as i64);
            let clock = clock.get_or_insert_with(|| SourceClock::new(at, received));
            assert_eq!(clock.observe(at, received), None, "no leap is seen");
            assert!(clock.departure(at) >= departure, "no departure goes back");
            departure = clock.departure(at);
            let second = n * PCR_EVERY / 1_000_000_000;
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
        follow(3 * DAY, ppm, |second, error, believed| {
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
}
