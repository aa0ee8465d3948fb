//! What a channel says of itself: sentences for operators, and counts.

use super::super::codec::Kind;
use super::super::layout::Role;
use super::super::shelf::Shelf;
use super::super::track::Track;
use super::super::unit::Access;
use super::super::window::Faults;
use super::Packager;

impl Packager {
    /// What viewers do without, in sentences.
    pub(super) fn notices(&self) -> Vec<String> {
        let Some(layout) = self.demux.layout() else {
            return Vec::new();
        };
        let mut notices = layout.refused.clone();
        let refusals: Vec<_> = self.demux.refusals().collect();
        notices.extend(refusals.iter().flatten().cloned());
        if self.settings.low_latency && !layout.subtitles.is_empty() {
            notices.push("subtitles of teletext are left out with low latency".to_owned());
        }
        for (carried, scrambled) in layout.carried.iter().zip(self.demux.scrambled()) {
            if scrambled > 0 {
                let pid = carried.pid;
                notices.push(format!("PID {pid} is scrambled; HLS needs it in the clear"));
            }
        }
        if let Some(programme) = self
            .programme
            .as_ref()
            .filter(|_| !self.arranged.is_empty())
        {
            let tracks = programme.tracks().enumerate();
            let stopped = tracks
                .clone()
                .filter(|(index, _)| self.stopped.contains(index));
            notices.extend(stopped.map(|(_, track)| stopped_now(track)));
            let refused = |index: &usize| matches!(refusals.get(*index), Some(Some(_)));
            // Of the rungs some are needless, and the others come later.
            let missing = tracks.filter(|(index, track)| {
                let is_rung = track.label.role.is_rung();
                !is_rung && !self.arranged.contains(index) && !refused(index)
            });
            notices.extend(missing.map(|(index, track)| missed(track, programme.hears(index))));
        }
        match self.access {
            Some(Access::Recovery) => notices.push(
                "the picture comes without IDR: segments begin at recovery points, and the first \
                 pictures that a viewer sees may be broken"
                    .to_owned(),
            ),
            Some(Access::None) => notices.push(
                "the encoder sends IDRs too rarely: some segments begin where no decoder can, and \
                 viewers wait for their first picture"
                    .to_owned(),
            ),
            Some(Access::Full) | None => {}
        }
        notices
    }

    /// Why nothing is carried after all.
    pub(super) fn all_refused(&self) -> Option<String> {
        let refusals: Option<Vec<_>> = self.demux.refusals().collect();
        refusals?.into_iter().next()
    }

    /// Counts of all programmes so far.
    pub(super) fn faults(&self) -> Faults {
        let mut faults = self.past;
        let demux = self.demux.faults();
        faults.oversize = demux.oversize;
        faults.unreadable = demux.unreadable;
        faults.truncated = demux.truncated;
        faults.squeezed = self.shelf.as_ref().map_or(0, Shelf::squeezed);
        let Some(programme) = &self.programme else {
            return faults;
        };
        let line = programme.faults();
        faults.leaps += line.leaps;
        faults.off_line += line.off;
        faults.forced_cuts += line.forced;
        faults.gaps += line.gaps;
        for track in programme.tracks() {
            let units = track.splitter.faults();
            faults.damaged += units.damaged;
            faults.unsupported += units.unsupported;
            faults.misplaced += track.faults.misplaced;
            faults.overflow += track.faults.overflow;
        }
        faults
    }
}

/// Why a track that the PMT announces is in no playlist.
fn missed(track: &Track, is_heard: bool) -> String {
    let pid = track.pid;
    match (track.kind, is_heard) {
        (Kind::Video, false) => format!("video PID {pid} is announced, but no picture comes"),
        (Kind::Audio, false) => format!("audio PID {pid} is announced, but no sound comes"),
        (Kind::Video, true) => format!(
            "video PID {pid} comes without an IDR or a recovery point, so no decoder can begin"
        ),
        (Kind::Audio, true) => format!("audio PID {pid} comes, but holds no AAC-LC frames"),
    }
}

/// What a track that has stopped does to viewers.
fn stopped_now(track: &Track) -> String {
    let pid = track.pid;
    match track.label.role {
        Role::Smaller { lines } => {
            return format!(
                "the picture of {lines} lines is not made now: viewers have the others"
            );
        }
        Role::SoundAlone => {
            return "the sound for lines that carry no picture is not made now".to_owned();
        }
        Role::Own => {}
    }
    match track.kind {
        Kind::Video => format!("video PID {pid} has stopped: viewers have no picture"),
        Kind::Audio => format!("audio PID {pid} has stopped: viewers hear silence"),
    }
}
