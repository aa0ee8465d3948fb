//! The programme's stream time without wraps, and its mapping to wall time.

use crate::time::Wall;
use crate::ts::Pts;
use crate::ts::clock::{PTS_MODULUS, Ticks};

/// How far a time stamp may lie behind what was last accepted: a track may be late by the largest
/// decoder buffer of the T-STD (10 s, ISO/IEC 13818-1, 2.4.2.6).
const BEHIND: Ticks = Ticks::from_millis(10_000);
/// How far it may lie ahead. Sound is muxed after the picture it belongs to; a leap beyond this is
/// another timeline or a long loss, and neither may be shown as one frame.
const AHEAD: Ticks = Ticks::from_millis(2_000);
/// How far a track may fall behind its own last unit before that is another timeline.
pub(super) const STUMBLE: Ticks = Ticks::from_millis(2_000);
/// Wall clock and media clock may part by this before playlists follow (the drift of 100 ppm makes
/// it in 40 minutes).
const DRIFT: i64 = 250_000_000;
/// The most that the mapping goes back at once: overlaps under a second are no ambiguity.
const STEP_BACK: i64 = 500_000_000;

/// Faults of the programme's timeline, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LineFaults {
    /// New timelines after the first.
    pub(super) leaps: u64,
    /// Units whose time stamps have nothing to do with the programme's.
    pub(super) off: u64,
    /// Segments cut where no decoder can begin.
    pub(super) forced: u64,
    /// Segments that a track had nothing for.
    pub(super) gaps: u64,
}

/// Follows the wrapping 33-bit clock of the programme.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Line {
    near: Option<Ticks>,
}

/// Where a time stamp lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// On the present timeline.
    On(Ticks),
    /// Elsewhere: if it is to be accepted, a new timeline begins there.
    Leap(Ticks),
}

impl Line {
    /// Places `pts` near what was last accepted.
    pub(super) fn place(&self, pts: Pts) -> Place {
        let Some(near) = self.near else {
            return Place::Leap(Ticks::new(pts.ticks().cast_signed() * 300));
        };
        let way = pts.since(base(near));
        let at = near + way;
        // Fragments have no negative time. Only a leap backwards over the origin gives one.
        if at < Ticks::ZERO {
            return Place::Leap(at + Ticks::new(PTS_MODULUS.cast_signed() * 300));
        }
        if way > AHEAD || -way > BEHIND {
            Place::Leap(at)
        } else {
            Place::On(at)
        }
    }

    /// `pts` near `at`, wherever the line stands.
    pub(super) fn near(pts: Pts, at: Ticks) -> Ticks {
        at + pts.since(base(at))
    }

    /// Accepts `at` of the present timeline; the line never goes back.
    pub(super) fn advance(&mut self, at: Ticks) {
        self.near = Some(self.near.map_or(at, |near| near.max(at)));
    }

    /// Begins a new timeline.
    pub(super) fn restart(&mut self, at: Ticks) {
        self.near = Some(at);
    }

    /// The latest accepted time.
    pub(super) const fn latest(&self) -> Option<Ticks> {
        self.near
    }
}

fn base(at: Ticks) -> Pts {
    let ticks = at
        .get()
        .div_euclid(300)
        .rem_euclid(PTS_MODULUS.cast_signed());
    Pts::from_ticks(ticks.cast_unsigned())
}

/// Wall time of stream time: an anchor carried by the media clock, so that what playlists say is
/// smooth, and moved only when the two clocks have parted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Calendar {
    anchor: Option<(Ticks, Wall)>,
    /// The least lateness seen since the last segment: delays come and go, drift stays.
    lateness: Option<i64>,
}

impl Calendar {
    /// Takes note that `at` of the stream's clock came at `now`.
    pub(super) fn observe(&mut self, at: Ticks, now: Wall) {
        if self.anchor.is_none() {
            self.anchor = Some((at, now));
        }
        let late = now.unix_nanos().saturating_sub(self.wall(at).unix_nanos());
        self.lateness = Some(self.lateness.map_or(late, |least| least.min(late)));
    }

    /// Whether anything was observed.
    pub(super) const fn is_set(&self) -> bool {
        self.anchor.is_some()
    }

    /// The wall time of `at`.
    pub(super) fn wall(&self, at: Ticks) -> Wall {
        self.anchor.map_or(Wall::default(), |(zero, wall)| {
            wall.offset_nanos((at - zero).as_nanos())
        })
    }

    /// Follows the wall clock, once a segment.
    pub(super) fn follow(&mut self) {
        let Some(late) = self.lateness.take() else {
            return;
        };
        if let Some((_, wall)) = &mut self.anchor
            && late.abs() > DRIFT
        {
            *wall = wall.offset_nanos(late.max(-STEP_BACK));
        }
    }

    /// Forgets the mapping; a new timeline begins.
    pub(super) fn restart(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pts(ticks: u64) -> Pts {
        Pts::from_ticks(ticks)
    }

    #[test]
    fn a_wrap_of_33_bits_goes_on_upwards() {
        let mut line = Line::default();
        let Place::Leap(start) = line.place(pts(PTS_MODULUS - 90_000)) else {
            panic!("the first is no leap");
        };
        line.restart(start);
        let Place::On(after) = line.place(pts(45_000)) else {
            panic!("the wrap is a leap");
        };
        assert_eq!(after - start, Ticks::from_millis(1500));
    }

    #[test]
    fn a_stamp_before_the_origin_is_placed_one_wrap_later() {
        let mut line = Line::default();
        line.restart(Ticks::from_millis(100));
        let Place::Leap(at) = line.place(pts(PTS_MODULUS - 90_000)) else {
            panic!("accepted below zero");
        };
        assert!(at > Ticks::ZERO);
    }

    #[test]
    fn late_sound_is_on_the_line_and_a_leap_is_not() {
        let mut line = Line::default();
        line.restart(Ticks::from_millis(100_000));
        assert!(matches!(line.place(pts(95 * 90_000)), Place::On(_)));
        assert!(matches!(line.place(pts(101 * 90_000)), Place::On(_)));
        assert!(matches!(line.place(pts(103 * 90_000)), Place::Leap(_)));
        assert!(matches!(line.place(pts(80 * 90_000)), Place::Leap(_)));
    }

    #[test]
    fn the_calendar_is_smooth_under_jitter_and_follows_drift() {
        let mut calendar = Calendar::default();
        let at = |ms: i64| Ticks::from_millis(ms);
        let wall = |ms: i64| Wall::from_unix_nanos(ms * 1_000_000);
        for i in 0..50 {
            calendar.observe(at(i * 40), wall(1_000_000 + i * 40 + (i % 7) * 30));
        }
        calendar.follow();
        assert_eq!(calendar.wall(at(2000)), wall(1_002_000));
        for i in 50..100 {
            calendar.observe(at(i * 40), wall(1_000_300 + i * 40 + (i % 7) * 30));
        }
        calendar.follow();
        // The least lateness of these is 300 ms (at i = 56): drift, not jitter.
        assert_eq!(calendar.wall(at(4000)), wall(1_004_300));
    }

    #[test]
    fn a_wall_clock_set_back_moves_the_calendar_by_half_a_second_a_segment() {
        let mut calendar = Calendar::default();
        let at = |ms: i64| Ticks::from_millis(ms);
        let wall = |ms: i64| Wall::from_unix_nanos(ms * 1_000_000);
        calendar.observe(at(0), wall(100_000));
        calendar.follow();
        calendar.observe(at(2000), wall(92_000));
        calendar.follow();
        assert_eq!(calendar.wall(at(2000)), wall(101_500));
    }
}
