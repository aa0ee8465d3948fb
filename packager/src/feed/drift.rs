//! How much faster the source's clock runs than ours: the slope of the earliest arrivals of the
//! last seconds.

use std::collections::VecDeque;
use std::time::Duration;

use crate::time::Mono;

/// Seconds that are kept.
const SECONDS: usize = 32;
/// The spans over which a slope is looked for, in points a second apart, and how far a clock has to
/// have gone meanwhile, ns. An encoder that stutters or a queue that fills goes some way too.
const SPANS: [(usize, f64); 4] = [(4, 25e6), (8, 12e6), (16, 12e6), (32, 12e6)];
/// A slope is one when it is so many times its standard error.
const SURE: f64 = 8.0;
/// Each quarter of it (of four points each half) is so steep beside the whole, at least: neither a
/// step is, nor a clock that was off and is well again.
const STEEP: f64 = 0.5;
/// The last four seconds alone show a slope by which the clock goes so far in them, ns: then they
/// have to.
const PLAIN: f64 = 10e6;
/// The last second ended within this, or the clock has stopped and has no pace.
const STALE: Duration = Duration::from_millis(2_500);

/// The last seconds of one clock, the oldest first: when each ended, and its earliest arrival
/// against the source's clock, ns.
#[derive(Clone, Debug, Default)]
pub(super) struct Drift {
    seconds: VecDeque<(Mono, i64)>,
}

impl Drift {
    pub(super) fn push(&mut self, second: (Mono, i64)) {
        if self.seconds.len() == SECONDS {
            self.seconds.pop_front();
        }
        self.seconds.push_back(second);
    }

    pub(super) fn clear(&mut self) {
        self.seconds.clear();
    }

    /// Parts per million, faster is more than zero; `None` unless it stands out of its own scatter,
    /// as no queue's does. Of the last few seconds alone where those show it: those before may have
    /// been well.
    pub(super) fn ppm(&self, now: Mono) -> Option<f64> {
        let (newest, _) = *self.seconds.back()?;
        if now.since(newest) > STALE {
            return None;
        }
        let points: Vec<_> = self.points(newest).collect();
        SPANS.iter().find_map(|(count, way)| {
            let points = points.get(points.len().checked_sub(*count)?..)?;
            sure(points, *way)
        })
    }

    #[expect(clippy::cast_precision_loss, reason = "nanoseconds within seconds")]
    fn points(&self, newest: Mono) -> impl Iterator<Item = (f64, f64)> {
        let base = self.seconds.back().map_or(0, |(_, offset)| *offset);
        self.seconds.iter().map(move |(at, offset)| {
            let time = at.signed_nanos_since(newest) as f64;
            (time, (offset - base) as f64)
        })
    }
}

/// The slope of points that lie on a line and go at least `way`.
fn sure(points: &[(f64, f64)], way: f64) -> Option<f64> {
    let (slope, error) = line(points)?;
    let span = points.last()?.0 - points.first()?.0;
    let mut parts = points.chunks((points.len() / 4).max(2));
    let goes = |part: &[(f64, f64)]| line(part).is_some_and(|(own, _)| own / slope >= STEEP);
    let is = (slope * span).abs() >= way && slope.abs() > SURE * error;
    let last = points.get(points.len().checked_sub(4)?..)?;
    let plain = slope.abs() * (last.last()?.0 - last.first()?.0) >= PLAIN;
    (is && parts.all(goes) && (!plain || goes(last))).then_some(-slope * 1e6)
}

/// The slope of the line of least squares, and its standard error.
#[expect(clippy::cast_precision_loss, reason = "a few points")]
fn line(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let spread: f64 = points.iter().map(|p| (p.0 - x).powi(2)).sum();
    let slope = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum::<f64>() / spread;
    let scatter = points.iter().map(|p| (p.1 - y - slope * (p.0 - x)).powi(2));
    let free = (count - 2.0).max(1.0);
    let error = (scatter.sum::<f64>() / free / spread).sqrt();
    (spread > 0.0).then_some((slope, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said after these offsets (ms), a second apart.
    fn said(offsets: impl IntoIterator<Item = f64>) -> Option<f64> {
        let mut drift = Drift::default();
        let mut now = Mono::ZERO;
        for offset in offsets {
            now += Duration::from_secs(1);
            drift.push((now, (offset * 1e6) as i64));
        }
        drift.ppm(now).map(f64::round)
    }

    #[test]
    fn a_clock_that_is_off_is_measured_the_sooner_the_more_it_is() {
        let off = |ppm: f64, count: u32| (0..count).map(move |s| -ppm * f64::from(s) / 1e3);
        assert_eq!(said(off(10_000.0, 4)), Some(10_000.0));
        assert_eq!(said(off(-10_000.0, 4)), Some(-10_000.0));
        // 30 pictures a second in place of 29.97.
        assert_eq!(said(off(1_000.0, 8)), None);
        assert_eq!(said(off(1_000.0, 16)), Some(1_000.0));
        assert_eq!(said(off(500.0, 32)), Some(500.0));
        assert_eq!(said(off(100.0, 32)), None, "the line follows that");
        // It was well before.
        let late = (0..28).map(|_| 0.0).chain(off(10_000.0, 4));
        assert_eq!(said(late), Some(10_000.0));
    }

    #[test]
    fn what_stutters_once_or_waits_in_a_queue_is_no_clock() {
        let step = (0..32).map(|second| if second < 16 { 0.0 } else { 40.0 });
        assert_eq!(said(step), None);
        let stutter = (0..32).map(|second| if second == 20 { 300.0 } else { 0.0 });
        assert_eq!(said(stutter), None);
        let queue = (0..32).map(|second| f64::from(second % 3) * 20.0);
        assert_eq!(said(queue), None);
        // An encoder that shares its processor is late by some more in each of a few seconds.
        let slow = [0.0, 0.0, 0.0, 0.0, 0.0, 2.4, 4.8, 7.3];
        assert_eq!(said(slow), None);
        // It was off for some seconds, and is well again.
        for after in 4..24 {
            let was = (0..32 - after).map(|second| f64::from(second.max(25 - after)) * -10.0);
            let last = f64::from(31 - after) * -10.0;
            assert_eq!(said(was.chain((0..after).map(|_| last))), None, "{after}");
        }
        // It was off for half of each ten seconds, and is well.
        let at_times =
            (0..32).map(|second: i32| f64::from(second / 10 * 5 + (second % 10).min(5)) * -10.0);
        assert_eq!(said(at_times.clone().take(30)), None);
        assert!(said(at_times.take(25)).is_some(), "off just now");
        let fills = (0..8).map(|second| f64::from(second.max(3)) * 6.0);
        assert_eq!(said(fills), None);
    }

    #[test]
    fn a_clock_that_has_stopped_has_no_pace() {
        let mut drift = Drift::default();
        for second in 0..8 {
            drift.push((
                Mono::from_nanos(second * 1_000_000_000),
                second as i64 * -10_000_000,
            ));
        }
        let after = |millis: u64| Mono::from_nanos(7_000_000_000 + millis * 1_000_000);
        assert_eq!(drift.ppm(after(1_000)).map(f64::round), Some(10_000.0));
        assert_eq!(drift.ppm(after(3_000)), None);
        drift.clear();
        assert_eq!(drift.ppm(after(1_000)), None);
    }
}
