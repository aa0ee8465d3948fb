//! What a channel says of itself: sentences for operators, and counts.

use super::super::codec::Kind;
use super::super::programme::Programme;
use super::super::shelf::Shelf;
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
        for (carried, scrambled) in layout.carried.iter().zip(self.demux.scrambled()) {
            if scrambled > 0 {
                let pid = carried.pid;
                notices.push(format!("PID {pid} is scrambled; HLS needs it in the clear"));
            }
        }
        let tracks = self.programme.iter().flat_map(Programme::tracks);
        for (index, track) in tracks.enumerate() {
            if !self.arranged.is_empty() && !self.arranged.contains(&index) {
                let (kind, what) = match track.kind {
                    Kind::Video => ("video", "picture"),
                    Kind::Audio => ("audio", "sound"),
                };
                let pid = track.pid;
                notices.push(format!(
                    "{kind} PID {pid} is announced, but no {what} comes"
                ));
            }
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
