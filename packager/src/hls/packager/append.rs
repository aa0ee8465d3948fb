//! A segment that is whole goes onto the shelf.

use std::sync::Arc;

use super::Packager;
use super::open::Opening;
use crate::hls::codec::{Format, Kind};
use crate::hls::programme::{Completed, Programme};
use crate::hls::shelf::{Delivery, Shelf};
use crate::hls::track::Closed;
use crate::hls::unit::Access;
use crate::hls::window::Segment;
use crate::time::Wall;
use crate::ts::clock::Ticks;

/// Numbers left out on a restart: the journal may lack its last entries after a power cut.
const RESUME_SKIP: u64 = 3;

impl Packager {
    pub(super) fn append(&mut self, now: Wall, completed: Completed) {
        self.target = self.programme.as_ref().and_then(Programme::target);
        let opening = self.opening.take();
        let mut completed = completed;
        if let Some(opening) = &opening {
            opening.leave(&mut completed.tracks);
        }
        let present = |(index, closed): (usize, &Option<Closed>)| closed.as_ref().map(|_| index);
        let present: Vec<_> = completed
            .tracks
            .iter()
            .enumerate()
            .filter_map(present)
            .collect();
        let formats = completed
            .tracks
            .iter()
            .map(|closed| closed.as_ref()?.format.clone());
        let formats: Vec<_> = formats.collect();
        let breaks = self.breaks(completed.discontinuity, &present, &formats);
        self.discontinuity = false;
        let discontinuity = opening.as_ref().map_or(breaks, Opening::discontinuity);
        self.discontinuities += u64::from(discontinuity);
        self.formats = formats;
        let stopped = completed.tracks.iter().enumerate();
        let stopped = stopped.filter(|(_, c)| c.as_ref().is_some_and(|c| c.units == 0));
        self.stopped = stopped.map(|(index, _)| index).collect();
        self.open_shelf(now);
        if present != self.arranged {
            self.arrange(present);
        }
        let texts = self.cut_texts(&completed);
        let deliveries = completed.tracks.into_iter().enumerate();
        let deliveries = deliveries.filter_map(|(index, closed)| {
            let date = opening.as_ref().and_then(|opening| opening.date(index));
            let closed = closed?;
            let is_video = closed
                .format
                .as_ref()
                .is_some_and(|f| f.kind() == Kind::Video);
            if is_video && index == 0 {
                self.access = closed.access;
            }
            Some(self.delivery((now, date), closed, discontinuity))
        });
        let deliveries: Vec<_> = deliveries.collect();
        if let (Some(shelf), Some(target)) = (&mut self.shelf, self.target) {
            shelf.append(target, deliveries, texts);
        }
        self.calendar.follow();
    }

    /// Whether what comes next does not continue what was before.
    pub(super) fn breaks(
        &self,
        new_timeline: bool,
        present: &[usize],
        formats: &[Option<Arc<Format>>],
    ) -> bool {
        let mut pairs = self.formats.iter().zip(formats);
        let changed = pairs.any(|(old, new)| match (old, new) {
            (Some(old), Some(new)) => !old.is_like(new),
            _ => false,
        });
        let rearranged = !self.arranged.is_empty() && !self.only_rungs_differ(present);
        self.discontinuity || new_timeline || changed || rearranged
    }

    /// Whether the tracks of the source's own are the same as before.
    fn only_rungs_differ(&self, present: &[usize]) -> bool {
        let layout = self.demux.layout();
        let is_own = |index: &&usize| {
            let carried = layout.and_then(|layout| layout.carried.get(**index));
            carried.is_none_or(|carried| !carried.role.is_rung())
        };
        let own = present.iter().filter(is_own);
        own.eq(self.arranged.iter().filter(is_own))
    }

    /// The shelf begins with the first segment, when the time gives the run its name.
    fn open_shelf(&mut self, now: Wall) {
        if self.shelf.is_some() {
            return;
        }
        let begun = u64::try_from(now.unix_seconds()).unwrap_or(1);
        let instance = begun.max(self.resume.instance + 1);
        let skip = if self.resume.instance == 0 {
            0
        } else {
            RESUME_SKIP
        };
        let next = self.resume.next_media_sequence + skip;
        let window = Ticks::from_duration(self.settings.window);
        let part = self.part_target();
        self.shelf = Some(Shelf::new(instance, window, part, next));
    }

    pub(super) fn arrange(&mut self, present: Vec<usize>) {
        let Some(programme) = &self.programme else {
            return;
        };
        let labels = programme.tracks().map(|track| &track.label);
        let labels: Vec<_> = labels.cloned().collect();
        let labels = present
            .iter()
            .filter_map(|&i| labels.get(i).cloned())
            .collect();
        let anew = self.arranged.is_empty() || !self.only_rungs_differ(&present);
        if let Some(shelf) = &mut self.shelf {
            shelf.arrange(labels, anew);
        }
        self.arranged = present;
    }

    /// `date` is what was said of its begin already.
    fn delivery(
        &mut self,
        (now, date): (Wall, Option<Wall>),
        closed: Closed,
        discontinuity: bool,
    ) -> Delivery {
        self.date_by_arrival(closed.end, now);
        let (body, parts) = closed.body();
        Delivery {
            segment: Segment {
                msn: self.shelf.as_ref().map_or(0, Shelf::next),
                duration: closed.end - closed.start,
                date: date.unwrap_or_else(|| self.calendar.wall(closed.start)),
                discontinuity,
                discontinuities: self.discontinuities,
                independent: closed.access == Some(Access::Full),
                init: closed.init,
                body,
                parts,
                first_part: 0,
            },
            format: closed.format,
            samples: closed.units,
        }
    }

    /// A stream without PCR still has dates: its media is as old as its arrival.
    pub(super) fn date_by_arrival(&mut self, at: Ticks, now: Wall) {
        if !self.calendar.is_set() {
            self.calendar.observe(at, now);
        }
    }
}
