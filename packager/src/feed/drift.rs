//! How much faster the source's clock runs than ours: the slope of the earliest arrivals of the
//! last seconds.

use std::collections::VecDeque;
use std::time::Duration;

use crate::time::Mono;

/// One point is the earliest arrival of so long.
const EACH: Duration = Duration::from_millis(500);
/// Points that are kept.
const KEPT: usize = 64;
/// The spans over which a slope is looked for, in points, and how far a clock has to have gone
/// meanwhile, ns. An encoder that stutters or a queue that fills goes some way too.
const SPANS: [(usize, f64); 4] = [(7, 25e6), (16, 12e6), (32, 12e6), (64, 12e6)];
/// One of so many may be a stutter of the encoder: without it the others show what the first of
/// the spans asks for.
const STUTTERED: usize = 8;
/// A slope is one when it is so many times its standard error.
const SURE: f64 = 8.0;
/// Each quarter of it, and four points at least, are so steep beside the whole, at least: neither a
/// step is, nor a clock that was off and is well again.
const STEEP: f64 = 0.5;
const PART: usize = 4;
/// The last points alone show a slope by which the clock goes so far in them, ns: then they have
/// to.
const LAST: usize = 7;
const PLAIN: f64 = 10e6;
/// The last point ended within this, or the clock has stopped and has no pace.
const STALE: Duration = Duration::from_millis(2_500);

/// The last seconds of one clock.
#[derive(Clone, Debug, Default)]
pub(super) struct Drift {
    /// The oldest first: when each ended, and its earliest arrival against the source's clock, ns.
    points: VecDeque<(Mono, i64)>,
    began: Mono,
    earliest: Option<i64>,
}

impl Drift {
    /// Takes when something came, and by how much later than by the source's clock, ns.
    pub(super) fn push(&mut self, now: Mono, offset: i64) {
        self.earliest = Some(self.earliest.map_or(offset, |least| least.min(offset)));
        if now.since(self.began) < EACH {
            return;
        }
        self.began = now;
        if self.points.len() == KEPT {
            self.points.pop_front();
        }
        let earliest = self.earliest.take();
        self.points.extend(earliest.map(|least| (now, least)));
    }

    /// Parts per million, faster is more than zero; `None` unless it stands out of its own scatter,
    /// as no queue's does. Of the last few seconds alone where those show it: those before may have
    /// been well.
    pub(super) fn ppm(&self, now: Mono) -> Option<f64> {
        let (newest, _) = *self.points.back()?;
        if now.since(newest) > STALE {
            return None;
        }
        let points: Vec<_> = self.drawn(newest).collect();
        let last = |count: usize| points.get(points.len().checked_sub(count)?..);
        let plain = || {
            SPANS
                .iter()
                .find_map(|(count, way)| sure(last(*count)?, *way))
        };
        plain().or_else(|| but_for_one(last(STUTTERED)?))
    }

    #[expect(clippy::cast_precision_loss, reason = "nanoseconds within seconds")]
    fn drawn(&self, newest: Mono) -> impl Iterator<Item = (f64, f64)> {
        let base = self.points.back().map_or(0, |(_, offset)| *offset);
        self.points.iter().map(move |(at, offset)| {
            let time = at.signed_nanos_since(newest) as f64;
            (time, (offset - base) as f64)
        })
    }
}

/// The slope of the points without the one whose absence leaves the least scatter.
fn but_for_one(points: &[(f64, f64)]) -> Option<f64> {
    let without = |left_out: usize| {
        let others = points.iter().enumerate().filter(|(at, _)| *at != left_out);
        let others: Vec<_> = others.map(|(_, point)| *point).collect();
        Some((line(&others)?.1, others))
    };
    let found = (0..points.len()).filter_map(without);
    let (_, others) = found.min_by(|(a, _), (b, _)| a.total_cmp(b))?;
    let [(_, way), ..] = SPANS;
    sure(&others, way)
}

/// The slope of points that lie on a line and go at least `way`.
fn sure(points: &[(f64, f64)], way: f64) -> Option<f64> {
    let (slope, error) = line(points)?;
    let span = points.last()?.0 - points.first()?.0;
    let mut parts = points.chunks((points.len() / 4).max(PART));
    let goes = |part: &[(f64, f64)]| line(part).is_some_and(|(own, _)| own / slope >= STEEP);
    let is = (slope * span).abs() >= way && slope.abs() > SURE * error;
    let last = points.get(points.len().checked_sub(LAST)?..)?;
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

    /// What is said after these offsets (ms), half a second apart.
    fn said(offsets: impl IntoIterator<Item = f64>) -> Option<f64> {
        let mut drift = Drift::default();
        let mut now = Mono::ZERO;
        for offset in offsets {
            now += EACH;
            drift.push(now, (offset * 1e6) as i64);
        }
        drift.ppm(now).map(f64::round)
    }

    /// A clock that is off, for so many points.
    fn off(ppm: f64, count: u32) -> impl Iterator<Item = f64> + Clone {
        (0..count).map(move |point| -ppm * f64::from(point) / 2e3)
    }

    #[test]
    fn a_clock_that_is_off_is_measured_the_sooner_the_more_it_is() {
        assert_eq!(said(off(10_000.0, 6)), None);
        assert_eq!(said(off(10_000.0, 7)), Some(10_000.0));
        assert_eq!(said(off(-10_000.0, 7)), Some(-10_000.0));
        // 30 pictures a second in place of 29.97.
        assert_eq!(said(off(1_000.0, 16)), None);
        assert_eq!(said(off(1_000.0, 32)), Some(1_000.0));
        assert_eq!(said(off(500.0, 64)), Some(500.0));
        assert_eq!(said(off(100.0, 64)), None, "the line follows that");
        // It was well before.
        let late = (0..57).map(|_| 0.0).chain(off(10_000.0, 7));
        assert_eq!(said(late), Some(10_000.0));
    }

    #[test]
    fn one_stutter_does_not_hide_a_clock_that_is_off() {
        for at in 0..8 {
            let stutters = |(point, offset)| offset + if point == at { 20.0 } else { 0.0 };
            let ppm = said(off(10_000.0, 8).enumerate().map(stutters)).unwrap();
            assert!((9_000.0..13_000.0).contains(&ppm), "{at}: {ppm}");
        }
    }

    #[test]
    fn what_stutters_once_or_waits_in_a_queue_is_no_clock() {
        let step = (0..64).map(|point| if point < 32 { 0.0 } else { 40.0 });
        assert_eq!(said(step), None);
        for point in 0..64 {
            let stutter = (0..64).map(|at| if at / 2 == point / 2 { 300.0 } else { 0.0 });
            assert_eq!(said(stutter), None, "{point}");
        }
        for high in [10.0, 20.0, 40.0] {
            let queue = (0..64).map(|point| f64::from(point % 6) * high);
            assert_eq!(said(queue), None);
        }
        // An encoder that shares its processor is late by some more in each of a few seconds.
        let slow = (0..16).map(|point| f64::from((point - 9).max(0)) * 1.2);
        assert_eq!(said(slow), None);
    }

    #[test]
    fn a_clock_that_is_well_again_is_not_off() {
        for after in 7..48 {
            let was = (0..64 - after).map(|point| f64::from(point.max(50 - after)) * -5.0);
            let last = f64::from(63 - after) * -5.0;
            assert_eq!(said(was.chain((0..after).map(|_| last))), None, "{after}");
        }
        // It was off for half of each ten seconds, and is well.
        let at_times =
            (0..64).map(|point: i32| f64::from(point / 20 * 10 + (point % 20).min(10)) * -5.0);
        assert_eq!(said(at_times.clone().take(60)), None);
        assert!(said(at_times.take(50)).is_some(), "off just now");
        let fills = (0..16).map(|point| f64::from(point.max(6)) * 3.0);
        assert_eq!(said(fills), None);
    }

    #[test]
    fn a_clock_that_has_stopped_has_no_pace() {
        let mut drift = Drift::default();
        let mut now = Mono::ZERO;
        for point in 0..16 {
            now += EACH;
            drift.push(now, point * -5_000_000);
        }
        assert_eq!(
            drift.ppm(now + Duration::from_secs(1)).map(f64::round),
            Some(10_000.0)
        );
        assert_eq!(drift.ppm(now + Duration::from_secs(3)), None);
    }
}
