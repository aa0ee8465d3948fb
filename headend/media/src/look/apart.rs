//! Sound against picture, where the test picture's flash and beep are in the stream: both begin on
//! each whole second, so what lies between them was put there by what lies between.

use std::collections::VecDeque;

/// What came before a beep or a flash has to be still for so long, seconds.
const PAUSE: f64 = 0.3;
/// Beeps in a row that are a second apart, and by how much that may be wrong.
const ENOUGH: usize = 3;
const SLACK: f64 = 0.03;
/// A flash and a beep that are further apart are not of one second.
const MOST: f64 = 0.5;
/// The last beeps and flashes that are kept.
const KEPT: usize = 5;
/// What was measured longer ago says nothing of now, seconds.
const FRESH: f64 = 5.0;

/// Tells where something begins that was not there for [`PAUSE`].
#[derive(Debug, Default)]
struct Edge {
    /// When it was last there.
    seen: Option<f64>,
    /// When anything was last known.
    known: Option<f64>,
}

impl Edge {
    /// Whether it begins at `at`.
    fn rises(&mut self, at: f64, there: bool) -> bool {
        let known = self.known.replace(at);
        // After a leap of the time stamps nothing is known of what was before.
        if known.is_some_and(|known| at < known || at - known > MOST) {
            self.seen = Some(at);
        }
        let paused = match self.seen {
            Some(seen) => at - seen > PAUSE,
            None => false,
        };
        if there || self.seen.is_none() {
            self.seen = Some(at);
        }
        there && paused
    }
}

/// The offset of one stream's sound to its picture.
#[derive(Debug, Default)]
pub(super) struct Apart {
    beep: Edge,
    flash: Edge,
    beeps: VecDeque<f64>,
    flashes: VecDeque<f64>,
    offsets: VecDeque<f64>,
    measured: Option<f64>,
}

impl Apart {
    /// Takes whether a tone sounds at `at`, seconds of the stream.
    pub(super) fn hear(&mut self, at: f64, tone: bool) {
        if self.beep.rises(at, tone) {
            keep(&mut self.beeps, at);
            self.measure();
        }
    }

    /// Takes whether the picture of that time flashes.
    pub(super) fn see(&mut self, at: f64, flash: bool) {
        if self.flash.rises(at, flash) {
            keep(&mut self.flashes, at);
            self.measure();
        }
    }

    /// Whether every picture has to be decoded at `at`: the beeps are those of a test picture.
    pub(super) fn wants_all(&self, at: f64) -> bool {
        let near = self
            .beeps
            .back()
            .is_some_and(|last| (at - last).abs() < 2.0);
        let pairs = self.beeps.iter().zip(self.beeps.iter().skip(1));
        let steady = pairs.filter(|(a, b)| (*b - *a - 1.0).abs() < SLACK).count() + 1;
        near && steady >= ENOUGH
    }

    /// By how much the sound is later than the picture, seconds: the middle one of the last
    /// differences; `None` where that is not known.
    pub(super) fn offset(&self, at: f64) -> Option<f64> {
        let fresh = (0.0..FRESH).contains(&(at - self.measured?));
        let mut last: Vec<f64> = self.offsets.iter().rev().take(ENOUGH).copied().collect();
        last.sort_by(f64::total_cmp);
        let known = fresh && last.len() == ENOUGH;
        last.get(ENOUGH / 2).copied().filter(|_| known)
    }

    /// Pairs the newest of both, when they are of one second and of no pair yet.
    fn measure(&mut self) {
        let (Some(beep), Some(flash)) = (self.beeps.back(), self.flashes.back()) else {
            return;
        };
        let (offset, at) = (beep - flash, beep.max(*flash));
        let new = self.measured.is_none_or(|last| (at - last).abs() > MOST);
        if offset.abs() < MOST && new {
            self.measured = Some(at);
            keep(&mut self.offsets, offset);
        }
    }
}

fn keep(all: &mut VecDeque<f64>, new: f64) {
    all.push_back(new);
    if all.len() > KEPT {
        all.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream whose sound is later by so much, for so many seconds.
    fn stream(apart: &mut Apart, offset: f64, seconds: u32) -> u32 {
        let mut decoded = 0;
        for step in 0..seconds * 500 {
            let at = f64::from(step) / 500.0;
            let phase = |at: f64| at >= 0.0 && at.fract() < 0.1;
            apart.hear(at, phase(at - offset));
            if step % 20 == 0 && apart.wants_all(at) {
                decoded += 1;
                apart.see(at, phase(at));
            }
        }
        decoded
    }

    #[test]
    fn the_offset_is_found_to_a_few_milliseconds_whichever_is_late() {
        for offset in [0.0, 0.12, -0.2, 0.4] {
            let mut apart = Apart::default();
            stream(&mut apart, offset, 20);
            let found = apart.offset(20.0).unwrap();
            assert!((found - offset).abs() < 0.005, "{found} for {offset}");
        }
    }

    #[test]
    fn another_offset_is_told_with_its_second_beep() {
        let mut apart = Apart::default();
        let mut seen = None;
        for step in 0..20 * 500 {
            let at = f64::from(step) / 500.0;
            let phase = |at: f64| at >= 0.0 && at.fract() < 0.1;
            apart.hear(at, phase(if at < 10.5 { at } else { at - 0.32 }));
            if step % 20 == 0 && apart.wants_all(at) {
                apart.see(at, phase(at));
            }
            let late = apart.offset(at).is_some_and(|offset| offset > 0.3);
            seen = seen.or(late.then_some(at));
        }
        assert!((12.3..12.4).contains(&seen.unwrap()), "{seen:?}");
    }

    #[test]
    fn without_a_test_picture_no_picture_but_the_key_pictures_is_decoded() {
        let mut apart = Apart::default();
        let decoded = stream(&mut apart, 0.1, 20);
        assert!(decoded > 16 * 25, "{decoded}");
        let after = (0..5_000).map(|step| 20.0 + f64::from(step) / 500.0);
        let wanted = after.filter(|at| {
            apart.hear(*at, false);
            apart.wants_all(*at)
        });
        assert!(wanted.count() < 1_000);
    }

    #[test]
    fn a_tone_that_never_pauses_and_one_that_beats_otherwise_ask_for_nothing() {
        for period in [0.7, 1.5, f64::MAX] {
            let mut apart = Apart::default();
            for step in 0..10_000 {
                let at = f64::from(step) / 500.0;
                apart.hear(at, at % period < 0.1);
                assert!(!apart.wants_all(at), "{period} at {at}");
            }
            assert_eq!(apart.offset(20.0), None);
        }
    }
}
