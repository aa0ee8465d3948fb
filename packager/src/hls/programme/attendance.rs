//! Whether a track is there, and what it sends that the programme cannot use.

use crate::hls::line::{Line, STUMBLE};
use crate::ts::Pts;
use crate::ts::clock::Ticks;

/// What a track is doing, beside its media.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Attendance {
    /// PES packets came.
    pub(super) heard: bool,
    /// It turned out to be what HLS cannot carry.
    pub(super) refused: bool,
    /// A unit was accepted, on this timeline or an earlier one.
    pub(super) ready: bool,
    /// The segment in whose middle its first unit came.
    pub(super) joined: Option<u64>,
    /// Segments ended without it; a picture comes back at an access point.
    pub(super) absent: bool,
    /// Units that are not on the line.
    pub(super) stray: Option<Stray>,
    /// Segments this track has closed.
    pub(super) segments: u64,
}

/// A run of units that are not on the line, followed on their own clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stray {
    pub(super) first: Ticks,
    pub(super) last: Ticks,
    /// What the count of accepted units was at the first.
    pub(super) accepted: u64,
}

impl Attendance {
    /// Follows a run of stray units to `stamp`, or to `at` where there is none: where the run
    /// began, and where it is now. A run ends when a unit is accepted or the track stumbles.
    pub(super) fn follow(
        &mut self,
        stamp: Option<Pts>,
        at: Ticks,
        accepted: u64,
    ) -> (Ticks, Ticks) {
        let at = match (self.stray, stamp) {
            (Some(stray), Some(stamp)) => Line::near(stamp, stray.last),
            _ => at,
        };
        let run = self.stray.filter(|s| s.accepted == accepted);
        let run = run.filter(|s| (at - s.last).abs() <= STUMBLE);
        let first = run.map_or(at, |s| s.first);
        self.stray = Some(Stray {
            first,
            last: at,
            accepted,
        });
        (first, at)
    }
}
