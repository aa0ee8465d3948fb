//! What is made of the programme beside it: it comes later, and comes and goes without the others.

use super::Programme;
use super::attendance::Attendance;
use crate::hls::codec::Kind;
use crate::hls::layout::Role;
use crate::hls::track::{APART, Track};
use crate::ts::clock::Ticks;

impl Programme {
    /// Whether a track may still have its first unit. Of the pictures that are made some may be
    /// needless; all come together, and the smallest is needless least often.
    pub(super) fn may_come(track: &Track, attendance: &Attendance) -> bool {
        !attendance.refused && (attendance.heard || track.label.awaited)
    }

    /// What makes the rungs that `which` names is gone: nobody waits for them.
    pub(in crate::hls) fn lose_rungs(&mut self, which: impl Fn(Role) -> bool) {
        for (track, attendance) in &mut self.tracks {
            let role = track.label.role;
            attendance.absent |= attendance.ready && role.is_rung() && which(role);
        }
        self.hand_out(false);
    }

    /// Whether track `index` is a smaller picture beside another one, which decides where segments
    /// end.
    pub(super) fn follows(&self, index: usize) -> bool {
        let pictures = self.tracks.iter().take(index);
        let mut pictures = pictures.filter(|(track, _)| track.kind == Kind::Video);
        let before = |(track, a): &(Track, Attendance)| !track.label.role.is_rung() || a.heard;
        let role = self.tracks.get(index).map(|(track, _)| track.label.role);
        matches!(role, Some(Role::Smaller { .. })) && pictures.any(before)
    }

    /// Whether a segment that is not handed out begins at `at`.
    pub(super) fn begins_here(&self, at: Ticks) -> bool {
        let mut begins = self.ends.iter().map(|end| end.at);
        (self.base - at).abs() <= APART || begins.any(|begin| (begin - at).abs() <= APART)
    }
}
