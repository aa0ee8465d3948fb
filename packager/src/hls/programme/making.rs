//! The segment in the making, for low latency: how far it is shown, and what is not waited for.

use super::Programme;
use super::attendance::Attendance;
use crate::hls::codec::Kind;
use crate::hls::track::{Making, Track};
use crate::hls::unit::{Access, Unit};
use crate::ts::clock::Ticks;

/// A track that is so far behind the others is not waited for: sound is muxed up to 1 s after its
/// picture (T-STD), and a little more is still worth the wait.
pub(super) const PATIENCE: Ticks = Ticks::from_millis(3_000);
/// With low latency viewers have no more than that to play meanwhile.
const LOW_LATENCY_PATIENCE: Ticks = Ticks::from_millis(1_500);

/// A rung comes later than what it is made of by one decoder and one encoder. One that needs more
/// time than that would hold the others back for longer than a playlist may take (6.2.1).
pub(super) const RUNG_PATIENCE: Ticks = Ticks::from_millis(1_500);

impl Programme {
    /// Whether the segment to be handed out next begins a timeline.
    pub(in crate::hls) const fn begins_timeline(&self) -> bool {
        self.discontinuity
    }

    /// The segment that follows those handed out, of each track that is there, so far as no track
    /// is more than `lead` ahead of one that is waited for. `None` until all of these have begun it.
    pub(in crate::hls) fn making(&self, lead: Ticks) -> Option<Vec<Option<Making<'_>>>> {
        let first = self.handed == 0;
        let unknown = |t: &Track, a: &Attendance| first && !a.ready && Self::may_come(t, a);
        if self.tracks.iter().any(|(track, a)| unknown(track, a)) {
            return None;
        }
        let now = self.line.latest().unwrap_or_default();
        let comes = |track: &Track| track.last().is_some_and(|at| now - at <= self.patience());
        let awaited = self.tracks.iter();
        let awaited = awaited.filter(|(track, a)| {
            a.ready && !a.absent && a.joined != Some(self.handed) && comes(track)
        });
        let mut slowest = Ticks::new(i64::MAX / 2);
        for making in awaited.map(|(track, _)| track.making()) {
            making.format?;
            slowest = slowest.min(making.reached);
        }
        let making = self.tracks.iter().map(|(track, attendance)| {
            let ready = attendance.ready.then(|| track.making());
            ready.map(|making| making.until(slowest + lead))
        });
        Some(making.collect())
    }

    /// How far a track may be behind the others.
    pub(super) const fn patience(&self) -> Ticks {
        match self.hole {
            Some(_) => LOW_LATENCY_PATIENCE,
            None => PATIENCE,
        }
    }

    /// Whether the picture before `unit` would make a part longer than EXT-X-PART-INF says, and a
    /// timeline can begin here instead. Where none can, sound goes on, and the long part is the
    /// lesser evil. A source of so few pictures has no holes.
    pub(super) fn is_after_hole(&self, track: &Track, unit: &Unit, at: Ticks) -> bool {
        let (Some(hole), Some(last)) = (self.hole, track.last()) else {
            return false;
        };
        let usual = track.step() + track.step();
        let can_begin = track.kind == Kind::Video && unit.access != Access::None;
        can_begin && (at - last > hole.max(usual) || track.is_far_ahead())
    }
}
