//! When a segment is complete in all tracks, and when it is no longer waited for.

use super::attendance::Attendance;
use super::making::RUNG_PATIENCE;
use super::{Completed, Programme};
use crate::hls::track::{End, Track};

impl Programme {
    /// Hands out the segments that all tracks have closed, or all that are known when no more will
    /// come (`last`).
    pub(super) fn hand_out(&mut self, last: bool) {
        while let Some(&end) = self.ends.front() {
            let late = self
                .line
                .latest()
                .is_some_and(|now| now - end.at > self.patience());
            self.close_without(end, last, late);
            let handed = self.handed;
            let first = handed == 0 && !late && !last;
            let awaited = |(track, a): &(Track, Attendance)| {
                (a.ready || first && Self::may_come(track, a)) && a.segments <= handed
            };
            if self.tracks.iter().any(awaited) {
                return;
            }
            self.ends.pop_front();
            self.handed += 1;
            self.base = end.at;
            let tracks = self
                .tracks
                .iter_mut()
                .map(|(track, _)| track.closed.pop_front());
            let tracks: Vec<_> = tracks.collect();
            let gaps = tracks.iter().flatten().filter(|c| c.units == 0).count();
            self.faults.gaps += u64::try_from(gaps).unwrap_or(0);
            self.completed.push_back(Completed {
                discontinuity: std::mem::take(&mut self.discontinuity),
                tracks,
            });
        }
    }

    /// Ends the first segment in the tracks that have not come to its end and are not waited for.
    fn close_without(&mut self, end: End, last: bool, late: bool) {
        let now = self.line.latest().unwrap_or_default();
        let rungs_late = now - end.at > RUNG_PATIENCE;
        // Parts that players may have cannot be taken back.
        let shown = self.hole.is_some();
        for (track, attendance) in &mut self.tracks {
            let late = late || rungs_late && track.label.role.is_rung();
            if attendance.ready
                && attendance.segments <= self.handed
                && (last || late || attendance.absent)
            {
                track.drain(end);
                if !last && !shown && track.breaks_off(end) {
                    track.give_up();
                }
                track.close(end.at);
                attendance.segments = self.handed + 1;
                attendance.absent |= !last;
            }
        }
    }
}
