//! What is kept of a channel: which of it is listed, and its playlists.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use packager::hls::{Ending, Kept, KeptHead, named_segment, render_kept};
use packager::time::Wall;
use packager::ts::clock::Ticks;

use super::entry::Entry;

/// A playlist without an end is never shorter than this many target durations
/// (draft-pantos-hls-rfc8216bis, 6.2.2), and the segment that begins within them.
const SHORTEST: i64 = 4;

/// The kept segments of a channel or of a recording, oldest first.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    entries: VecDeque<Arc<Entry>>,
    /// The number of the first that playlists may list.
    listed: u64,
    /// How long all of them last, and the listed ones.
    held: Ticks,
    span: Ticks,
    bytes: u64,
    pub(super) multivariant: Option<Bytes>,
}

impl Shelf {
    pub(super) fn last(&self) -> Option<&Arc<Entry>> {
        self.entries.back()
    }

    pub(super) fn first(&self) -> Option<&Arc<Entry>> {
        self.entries.front()
    }

    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How long all segments last.
    pub(super) const fn held(&self) -> Ticks {
        self.held
    }

    /// How long the listed segments last.
    pub(super) const fn span(&self) -> Ticks {
        self.span
    }

    /// The first that is listed.
    pub(super) fn earliest(&self) -> Option<&Arc<Entry>> {
        self.listed().next()
    }

    /// Takes the next entry. Numbers that do not follow, and another target duration, begin the
    /// playlists anew.
    pub(super) fn push(&mut self, entry: Entry) {
        let follows =
            |last: &Arc<Entry>| last.number + 1 == entry.number && last.target == entry.target;
        if !self.last().is_some_and(follows) {
            self.listed = entry.number;
            self.span = Ticks::ZERO;
        }
        self.held = self.held + entry.duration();
        self.span = self.span + entry.duration();
        self.bytes += entry.bytes();
        self.entries.push_back(Arc::new(entry));
    }

    /// Lists no more than `shift`, and gives up what is older than twice that: a segment stays for
    /// as long as the longest playlist that listed it (6.2.2). Answers what has to go.
    pub(super) fn expire(&mut self, shift: Duration) -> Vec<Arc<Entry>> {
        let shift = Ticks::from_duration(shift);
        while let Some(first) = self.earliest()
            && self.span - first.duration() >= shift
        {
            let duration = first.duration();
            self.unlist(duration);
        }
        let mut gone = Vec::new();
        while let Some(first) = self.first()
            && first.number < self.listed
            && self.held - first.duration() >= shift + shift
        {
            gone.extend(self.remove_first());
        }
        gone
    }

    fn unlist(&mut self, duration: Ticks) {
        self.listed += 1;
        self.span = self.span - duration;
    }

    /// Gives up the oldest, listed or not.
    pub(super) fn remove_first(&mut self) -> Option<Arc<Entry>> {
        let first = self.entries.pop_front()?;
        self.held = self.held - first.duration();
        self.bytes -= first.bytes();
        if first.number >= self.listed {
            self.unlist(first.duration());
        }
        Some(first)
    }

    fn listed(&self) -> impl Iterator<Item = &Arc<Entry>> {
        let from = self.entries.partition_point(|e| e.number < self.listed);
        self.entries.range(from..)
    }

    /// The playlist of `dir` that begins with the segment that has `from` in it, or with the
    /// earliest, and ends live; `None` where there is nothing of it.
    pub(super) fn since(&self, dir: &str, from: Wall) -> Option<String> {
        let target = i64::try_from(self.last()?.target).ok()?;
        let least = Ticks::from_millis(target.saturating_mul(1000 * SHORTEST));
        let mut after = Ticks::ZERO;
        // What the shortest playlist begins with.
        let short = self.listed().collect::<Vec<_>>();
        let short = short.into_iter().rev().find(|entry| {
            after = after + entry.duration();
            after >= least
        });
        let short = short.or_else(|| self.earliest())?.number;
        let ends = |e: &Entry| e.date().offset_nanos(e.duration().as_nanos());
        let begins = self.listed().find(|e| ends(e) > from);
        let first = begins.map_or(short, |e| e.number.min(short));
        self.render(dir, first, Ending::Live)
    }

    /// The playlist of all of `dir`.
    pub(super) fn all(&self, dir: &str, ending: Ending) -> Option<String> {
        self.render(dir, 0, ending)
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Arc<Entry>> + Clone {
        self.entries.iter()
    }

    fn render(&self, dir: &str, first: u64, ending: Ending) -> Option<String> {
        let from = self.entries.partition_point(|e| e.number < first);
        let list = || self.entries.range(from..);
        let first = list().next()?;
        list().find(|e| e.track(dir).is_some())?;
        let head = KeptHead {
            target: list().map(|e| e.target).max()?,
            sequence: first.number,
            discontinuities: first.discontinuities - u64::from(first.discontinuity),
            ending,
        };
        Some(render_kept(head, list().map(|entry| kept(entry, dir))))
    }

    /// The entry that has `file` of rendition `dir`, a segment or an init segment.
    pub(super) fn find(&self, dir: &str, file: &str) -> Option<&Arc<Entry>> {
        if let Some(name) = named_segment(file) {
            let entry = self.entries.iter().rev().find(|e| e.name == name)?;
            return (entry.track(dir)?.len > 0).then_some(entry);
        }
        let has = |e: &&Arc<Entry>| {
            e.track(dir)
                .is_some_and(|t| t.init.as_deref() == Some(file))
        };
        self.entries.iter().rev().find(has)
    }
}

/// What stands in the playlist of `dir`; a rendition that is not in it has a gap.
fn kept<'a>(entry: &'a Entry, dir: &str) -> Kept<'a> {
    let track = entry.track(dir);
    let (instance, msn) = entry.name;
    Kept {
        instance,
        msn,
        discontinuity: entry.discontinuity,
        date: track.map_or_else(|| entry.date(), |t| t.date),
        duration: track.map_or_else(|| entry.duration(), |t| t.duration),
        init: track.and_then(|t| t.init.as_deref()),
        gap: track.is_none_or(|t| t.len == 0),
    }
}
