//! Whether two inputs are the same programme, and by how much one is behind: by how loud each 20 ms
//! of their sound are, and by what their key pictures look like. Different encoders, sizes and
//! pictures of the same meeting are still the same by its sound.

use packager::time::Mono;
use packager::ts::clock::{Pcr, Pts};

use crate::snapshot::ComparisonSnapshot;

/// Ticks of 90 kHz of one level.
const BIN: i64 = 1800;
const BIN_SECONDS: f64 = 0.02;
/// Levels kept: 30 s.
const KEPT: usize = 1500;
/// Two inputs are compared over at least so much: 10 s.
const ENOUGH: usize = 500;
/// One input may be so much behind, seconds.
const MOST_BEHIND: f64 = 10.0;
/// Quieter is nothing, dBFS.
const FLOOR: i8 = -60;
/// Sound that varies by less, dB, is a tone or a hiss: nothing to know it by.
const LEAST_VARIED: f64 = 3.0;
/// A correlation above is the same sound, one below another.
const SAME: f64 = 0.7;
const OTHER: f64 = 0.45;
/// As good elsewhere: a sound that repeats has no one offset.
const AS_GOOD: f64 = 0.1;
/// Elsewhere is further off, in levels.
const ELSEWHERE: i64 = 15;
/// Bits of 64 by which two pictures of one scene differ at most, and of two scenes at least.
const ALIKE: u32 = 8;
const UNLIKE: u32 = 16;
/// A picture with fewer bits set is nothing to know it by.
const LEAST_SHAPE: u32 = 4;
const LEAST_PICTURES: usize = 3;
/// A key picture is compared with those of the other that are so near, seconds.
const NEAR: f64 = 1.5;

/// What an input showed of late, by its PTS.
#[derive(Clone, Debug, Default)]
pub(super) struct Trace {
    first: i64,
    levels: Vec<i8>,
    /// PTS and shape.
    shapes: Vec<(i64, u64)>,
}

/// A trace, and what its PTS are on this machine's clock.
pub(super) type Timed<'a> = (&'a Trace, (Pcr, Mono));

/// What the comparison came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Likeness {
    /// Both show the same; the second is behind by so many seconds, less than zero is ahead. `None`
    /// where that cannot be told.
    Same(Option<f64>),
    /// The pictures are alike and the sound is another.
    OtherSound,
    /// Both show something else.
    Other,
    /// Nothing there to know it by: silence, a black picture, too short.
    Unknown,
}

impl Likeness {
    /// As it is shown, beside input `with`.
    pub(super) fn snapshot(self, with: usize) -> ComparisonSnapshot {
        let (programme, behind) = match self {
            Self::Same(behind) => ("same", behind),
            Self::OtherSound => ("other-sound", None),
            Self::Other => ("other", None),
            Self::Unknown => ("unknown", None),
        };
        ComparisonSnapshot {
            with,
            programme: programme.to_owned(),
            behind_seconds: behind.map(|seconds| (seconds * 100.0).round() / 100.0),
        }
    }
}

impl Trace {
    /// Takes levels from `pts` on, in ticks of 90 kHz, 20 ms each, dBFS.
    pub(super) fn hear(&mut self, pts: i64, levels: &[i8]) {
        if self.first + self.levels.len() as i64 * BIN != pts {
            self.levels.clear();
            self.first = pts;
        }
        self.levels
            .extend(levels.iter().map(|level| level.max(&FLOOR)));
        let old = self.levels.len().saturating_sub(KEPT);
        self.levels.drain(..old);
        self.first += old as i64 * BIN;
    }

    /// Takes the shape of a key picture.
    pub(super) fn see(&mut self, pts: i64, shape: u64) {
        if self.shapes.last().is_some_and(|(last, _)| *last >= pts) {
            self.shapes.clear();
        }
        let oldest = pts - KEPT as i64 * BIN;
        self.shapes.retain(|(at, _)| *at >= oldest);
        self.shapes.push((pts, shape));
    }

    fn varies(&self) -> bool {
        let count = self.levels.len().max(1) as f64;
        let mean = self.levels.iter().map(|l| f64::from(*l)).sum::<f64>() / count;
        let square = self.levels.iter().map(|l| (f64::from(*l) - mean).powi(2));
        (square.sum::<f64>() / count).sqrt() >= LEAST_VARIED
    }
}

/// Compares the second with the first.
pub(super) fn compare(first: Timed<'_>, second: Timed<'_>) -> Likeness {
    let sound = match first.0.varies() && second.0.varies() {
        true => by_sound(first, second),
        false => None,
    };
    match sound {
        Some((best, behind)) if best >= SAME => Likeness::Same(behind),
        Some((best, _)) if best < OTHER => match by_picture(first, second) {
            Some(apart) if apart <= ALIKE => Likeness::OtherSound,
            _ => Likeness::Other,
        },
        _ => match by_picture(first, second) {
            Some(apart) if apart <= ALIKE => Likeness::Same(None),
            Some(apart) if apart >= UNLIKE => Likeness::Other,
            _ => Likeness::Unknown,
        },
    }
}

/// The best correlation of the two sounds, and the offset that gives it where that is the only one.
fn by_sound(first: Timed<'_>, second: Timed<'_>) -> Option<(f64, Option<f64>)> {
    let (a, b) = (&first.0.levels, &second.0.levels);
    let apart = seconds(second, second.0.first) - seconds(first, first.0.first);
    let middle = (-apart / BIN_SECONDS).round() as i64;
    let range = (MOST_BEHIND / BIN_SECONDS) as i64;
    let steps = middle - range..=middle + range;
    let tried = steps.filter_map(|step| Some((step, correlation(a, b, step)?)));
    let tried: Vec<(i64, f64)> = tried.collect();
    let (step, best) = *tried.iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let elsewhere =
        |(other, found): &(i64, f64)| (other - step).abs() > ELSEWHERE && *found > best - AS_GOOD;
    let behind = apart + step as f64 * BIN_SECONDS;
    Some((best, (!tried.iter().any(elsewhere)).then_some(behind)))
}

/// Pearson's, of `b` moved later by `step`; `None` where they share too little.
fn correlation(a: &[i8], b: &[i8], step: i64) -> Option<f64> {
    let skip = |by: i64| usize::try_from(by).unwrap_or(0);
    let pairs = a.get(skip(step)..)?.iter().zip(b.get(skip(-step)..)?);
    let count = pairs.len();
    if count < ENOUGH {
        return None;
    }
    let (mut sum_a, mut sum_b, mut aa, mut bb, mut ab) = (0i64, 0i64, 0i64, 0i64, 0i64);
    for (a, b) in pairs {
        let (a, b) = (i64::from(*a), i64::from(*b));
        sum_a += a;
        sum_b += b;
        aa += a * a;
        bb += b * b;
        ab += a * b;
    }
    let count = count as i64;
    let over = (count * ab - sum_a * sum_b) as f64;
    let under = ((count * aa - sum_a * sum_a) as f64 * (count * bb - sum_b * sum_b) as f64).sqrt();
    (under > 0.0).then(|| over / under)
}

/// By how many bits the pictures of the second differ from the nearest of the first: the middle one.
fn by_picture(first: Timed<'_>, second: Timed<'_>) -> Option<u32> {
    let known = |shape: u64| shape.count_ones() >= LEAST_SHAPE;
    let near = |pts: i64, shape: u64| {
        let at = seconds(second, pts);
        let others = first.0.shapes.iter().filter(|(pts, shape)| {
            known(*shape) && (seconds(first, *pts) - at).abs() < MOST_BEHIND.min(NEAR)
        });
        others.map(|(_, other)| (other ^ shape).count_ones()).min()
    };
    let shapes = second.0.shapes.iter().filter(|(_, shape)| known(*shape));
    let mut apart: Vec<u32> = shapes
        .filter_map(|(pts, shape)| near(*pts, *shape))
        .collect();
    apart.sort_unstable();
    let middle = apart.get(apart.len() / 2).copied();
    middle.filter(|_| apart.len() >= LEAST_PICTURES)
}

/// When what is stamped so is due on this machine's clock.
fn seconds((_, (pcr, at)): Timed<'_>, pts: i64) -> f64 {
    let way = Pts::from_ticks(pts.rem_euclid(1 << 33).unsigned_abs()).since_pcr(pcr);
    at.as_nanos() as f64 / 1e9 + way.as_seconds()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A speaker: words and pauses that never repeat.
    fn speech(seed: u64) -> impl FnMut() -> i8 {
        let mut state = seed;
        let (mut left, mut level) = (0, -50);
        move || {
            if left == 0 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                left = 3 + (state >> 33) % 40;
                level = if level == -50 {
                    -25 + (state >> 60) as i8
                } else {
                    -50
                };
            }
            left -= 1;
            level
        }
    }

    fn trace(seed: u64, skip: usize, first: i64) -> Trace {
        let mut speaker = speech(seed);
        let mut trace = Trace::default();
        for _ in 0..skip {
            speaker();
        }
        for second in 0..30 {
            let levels: Vec<i8> = (0..50).map(|_| speaker()).collect();
            trace.hear(first + second * 90_000, &levels);
        }
        trace
    }

    /// PTS 0 is `at` seconds on the machine's clock.
    fn stamp(at: f64) -> (Pcr, Mono) {
        (Pcr::from_ticks(0), Mono::from_nanos((at * 1e9) as u64))
    }

    #[test]
    fn the_same_sound_is_known_with_its_offset_whatever_the_stamps() {
        // Both took up the same 30 s; the PTS of the second are others, across the wrap.
        let wrap = (1i64 << 33) - 900_000;
        let (first, second) = (trace(7, 0, 900_000), trace(7, 0, wrap));
        let near = Pcr::from_ticks(wrap as u64 * 300);
        for behind in [0.0, 1.84, -3.2, 9.9] {
            let late = Mono::from_nanos(((110.0 + behind) * 1e9) as u64);
            let likeness = compare((&first, stamp(100.0)), (&second, (near, late)));
            let Likeness::Same(Some(found)) = likeness else {
                panic!("{likeness:?} at {behind}");
            };
            assert!((found - behind).abs() < 0.021, "{found} for {behind}");
        }
    }

    #[test]
    fn another_sound_is_another_programme_unless_the_pictures_are_alike() {
        let (mut first, mut second) = (trace(7, 0, 0), trace(8, 0, 0));
        let both = |a: &Trace, b: &Trace| compare((a, stamp(5.0)), (b, stamp(5.4)));
        assert_eq!(both(&first, &second), Likeness::Other);
        for key in 0..10 {
            first.see(key * 90_000, 0x0ff0_1234_5678_9abc);
            second.see(key * 90_000, 0x0ff0_1234_5678_9ab8);
        }
        assert_eq!(both(&first, &second), Likeness::OtherSound);
    }

    #[test]
    fn a_sound_that_repeats_has_no_offset_and_silence_says_nothing() {
        let beeps: Vec<i8> = (0..1500)
            .map(|bin| if bin % 50 < 5 { -15 } else { -60 })
            .collect();
        let mut first = Trace::default();
        first.hear(0, &beeps);
        let likeness = compare((&first, stamp(5.0)), (&first, stamp(5.0)));
        assert_eq!(likeness, Likeness::Same(None));
        let mut still = Trace::default();
        still.hear(0, &[-60; 1500]);
        let both = |a: &Trace, b: &Trace| compare((a, stamp(5.0)), (b, stamp(5.0)));
        assert_eq!(both(&still, &still), Likeness::Unknown);
        assert_eq!(both(&Trace::default(), &first), Likeness::Unknown);
    }

    #[test]
    fn without_sound_the_pictures_decide() {
        let shown = |shape: u64| {
            let mut trace = Trace::default();
            (0..10).for_each(|key| trace.see(key * 90_000, shape));
            trace
        };
        let both = |a: u64, b: u64| compare((&shown(a), stamp(5.0)), (&shown(b), stamp(5.0)));
        assert_eq!(both(0xffff, 0xfffe), Likeness::Same(None));
        assert_eq!(both(0xffff, 0xffff << 32), Likeness::Other);
        assert_eq!(both(0xffff, 0), Likeness::Unknown, "a flat picture");
    }
}
