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
        self.local(line) + LATENCY
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
        // Half the latency used up by every packet of a whole second: the path has changed.
        if earliest > i64::try_from(LATENCY.as_nanos() / 2).unwrap_or(i64::MAX) {
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
