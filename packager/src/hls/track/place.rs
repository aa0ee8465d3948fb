//! Where on the programme's line a unit goes.

use super::{Kind, LEAST, Placed, SOUND_TOLERANCE, Track};
use crate::hls::unit::aac::FRAME_SAMPLES;
use crate::hls::unit::{Stamp, Unit};
use crate::ts::Pts;
use crate::ts::clock::Ticks;

impl Track {
    /// Gives `unit` its place at `dts`; `None` when it comes twice or too late for its track.
    pub(in crate::hls) fn place(&mut self, unit: Unit, dts: Ticks) -> Option<Placed> {
        let placed = match self.kind {
            Kind::Video => self.place_picture(unit, dts),
            Kind::Audio => self.place_sound(unit, dts),
        };
        if placed.is_none() {
            self.faults.misplaced += 1;
        }
        placed
    }

    fn place_picture(&mut self, unit: Unit, dts: Ticks) -> Option<Placed> {
        let delay = unit.stamp.map_or(Ticks::ZERO, |s| s.pts.since(s.dts));
        let pts = dts + delay;
        // Decode times only go up; one that does not is moved, for its picture may be needed.
        let dts = match self.last {
            Some((last, _)) if dts <= last => {
                self.faults.misplaced += 1;
                last + LEAST
            }
            _ => dts,
        };
        if let Some((last, _)) = self.last {
            self.step = dts - last;
        }
        let decode = u64::try_from(dts.get() / 300).ok()?;
        self.last = Some((dts, decode));
        Some(Placed {
            pts,
            dts,
            decode,
            access: unit.access,
            format: unit.format,
            data: unit.data,
        })
    }

    /// Sound is counted in samples, which no clock rounds, as long as the stamps agree.
    fn place_sound(&mut self, unit: Unit, pts: Ticks) -> Option<Placed> {
        let hz = i64::from(unit.format.timescale.get());
        let stamped = u64::try_from(to_units(pts, hz)).ok()?;
        let same_rate = self
            .format()
            .is_none_or(|f| f.timescale == unit.format.timescale);
        let counted = self.last.filter(|_| same_rate);
        let decode = match counted.map(|(_, last)| last + u64::from(FRAME_SAMPLES)) {
            Some(next) if stamped.abs_diff(next) <= units(SOUND_TOLERANCE, hz) => next,
            Some(next) if stamped < next => return None,
            _ => stamped,
        };
        let at = to_ticks(decode, hz);
        if self.last.is_some_and(|(last, _)| at <= last) {
            return None;
        }
        self.step = to_ticks(u64::from(FRAME_SAMPLES), hz);
        self.last = Some((at, decode));
        Some(Placed {
            pts: at,
            dts: at,
            decode,
            access: unit.access,
            format: unit.format,
            data: unit.data,
        })
    }
}

/// `ticks` in units of `hz`, to the nearest.
pub(super) fn to_units(ticks: Ticks, hz: i64) -> i64 {
    let product = i128::from(ticks.get()) * i128::from(hz) + 13_500_000;
    i64::try_from(product.div_euclid(27_000_000)).unwrap_or(i64::MAX)
}

/// The same for a span that is not negative.
pub(super) fn units(ticks: Ticks, hz: i64) -> u64 {
    u64::try_from(to_units(ticks, hz)).unwrap_or(0)
}

/// Units of `hz` in ticks.
pub(in crate::hls) fn to_ticks(units: u64, hz: i64) -> Ticks {
    let product = i128::from(units) * 27_000_000;
    Ticks::new(i64::try_from(product / i128::from(hz.max(1))).unwrap_or(i64::MAX))
}

/// The stamp that decides a unit's place on the line: pictures go by decode time.
pub(in crate::hls) fn place_by(kind: Kind, stamp: Stamp) -> Pts {
    match kind {
        Kind::Video => stamp.dts,
        Kind::Audio => stamp.pts,
    }
}
