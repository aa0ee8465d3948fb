//! The segment in the making, shown part by part.

use std::sync::Arc;

use bytes::Bytes;

use super::Packager;
use crate::hls::codec::Format;
use crate::hls::programme::Programme;
use crate::hls::track::Closed;
use crate::hls::window::Segment;
use crate::time::Wall;
use crate::ts::clock::Ticks;

/// What stands before the first parts of a segment, in all renditions. It stays as it is until the
/// segment is whole (6.2.1), whatever comes in between.
#[derive(Debug)]
pub(super) struct Opening {
    discontinuity: bool,
    /// Tracks that have the segment. One that comes while it is made has the next.
    present: Vec<usize>,
    /// Wall time of the begin, of each track.
    dates: Vec<Option<Wall>>,
}

impl Opening {
    pub(super) const fn discontinuity(&self) -> bool {
        self.discontinuity
    }

    pub(super) fn date(&self, track: usize) -> Option<Wall> {
        self.dates.get(track).copied().flatten()
    }

    /// Takes out the tracks that came too late.
    pub(super) fn leave(&self, tracks: &mut [Option<Closed>]) {
        for (index, track) in tracks.iter_mut().enumerate() {
            if !self.present.contains(&index) {
                *track = None;
            }
        }
    }
}

impl Packager {
    /// Shows what there is of the segment that comes next; gives the number of parts shown.
    pub(super) fn open(&mut self, now: Wall) -> usize {
        let (Some(lead), Some(shelf)) = (self.part_target(), &self.shelf) else {
            return 0;
        };
        let (msn, programme) = (shelf.next(), self.programme.as_ref());
        let Some(making) = programme.and_then(|p| p.making(lead)) else {
            return self.shown_parts;
        };
        let formats = making.iter().map(|m| m.and_then(|m| m.format.cloned()));
        let formats: Vec<Option<Arc<Format>>> = formats.collect();
        let starts: Vec<Option<Ticks>> = making.iter().map(|m| m.map(|m| m.start)).collect();
        let segments = making.iter().flatten().map(|making| Segment {
            msn,
            duration: Ticks::ZERO,
            date: Wall::default(),
            discontinuity: false,
            discontinuities: self.discontinuities,
            independent: false,
            init: making.init.cloned(),
            body: Bytes::new(),
            // Without its init segment no part can be played.
            parts: making.init.map_or(Vec::new(), |_| making.parts.to_vec()),
            first_part: 0,
        });
        let segments: Vec<Segment> = segments.collect();
        let count = segments.iter().map(|s| s.parts.len()).sum();
        if count > 0 && self.opening.is_none() {
            self.begin(now, &starts, &formats);
        }
        let (Some(opening), Some(shelf)) = (&self.opening, &mut self.shelf) else {
            return 0;
        };
        let tracks = starts
            .iter()
            .enumerate()
            .filter(|(_, start)| start.is_some());
        for ((track, _), mut segment) in tracks.zip(segments) {
            let place = opening.present.iter().position(|p| *p == track);
            if let (Some(place), Some(date)) = (place, opening.date(track)) {
                segment.date = date;
                segment.discontinuity = opening.discontinuity;
                segment.discontinuities += u64::from(opening.discontinuity);
                shelf.open(place, segment);
            }
        }
        count
    }

    /// Settles what stands before the first parts.
    fn begin(&mut self, now: Wall, starts: &[Option<Ticks>], formats: &[Option<Arc<Format>>]) {
        let present = starts.iter().enumerate();
        let present: Vec<usize> = present.filter_map(|(i, start)| start.map(|_| i)).collect();
        let new_timeline = self
            .programme
            .as_ref()
            .is_some_and(Programme::begins_timeline);
        let discontinuity = self.breaks(new_timeline, &present, formats);
        if present != self.arranged {
            self.arrange(present.clone());
        }
        for &start in starts.iter().flatten() {
            self.date_by_arrival(start, now);
        }
        let dates = starts
            .iter()
            .map(|start| start.map(|at| self.calendar.wall(at)));
        self.opening = Some(Opening {
            discontinuity,
            dates: dates.collect(),
            present,
        });
    }
}
