//! Holds the segments of all renditions by the rules of a live presentation
//! (draft-pantos-hls-rfc8216bis, 6.2.2): which are listed, and which were and stay fetchable.

mod meter;
mod programme;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;

use self::meter::Meter;
use super::codec::Format;
use super::layout::{Role, Subtitles};
use super::multivariant::{self, Entry};
use super::muxed::List;
use super::playlist::{self, Form, Media, Parts, Report};
use super::subtitles;
use super::window::{Facts, Segment, Shown, Window};
use crate::ts::clock::Ticks;

/// Bytes that a channel may hold: 15 minutes of 8 Mbit/s. A longer window is time shift, which
/// does not live in memory.
const BYTES_CAP: u64 = 1 << 30;
/// Segments listed in one playlist; a hostile stream makes segments of one frame.
const LISTED_CAP: usize = 1000;
/// A playlist is never shorter than this many target durations (6.2.2).
const SHORTEST: i64 = 3;
/// Renditions' segments differ by less than two frames; the shortest playlist must still hold.
const SLACK: Ticks = Ticks::from_millis(100);

/// What identifies a rendition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Label {
    /// Its folder: `video`, `audio`, `audio-2`, `video-360p`.
    pub(super) dir: Arc<str>,
    /// ISO 639-2.
    pub(super) language: Option<String>,
    pub(super) role: Role,
    /// Lines of the ladder's largest picture.
    pub(super) top: Option<u32>,
    /// Whether the first segment waits for it though nothing of it has come.
    pub(super) awaited: bool,
}

/// A segment as its rendition hands it in, with what is measured of it.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) segment: Segment,
    pub(super) format: Option<Arc<Format>>,
    /// Samples in it.
    pub(super) samples: u64,
}

#[derive(Debug)]
struct Rendition {
    label: Label,
    live: bool,
    format: Option<Arc<Format>>,
    segments: VecDeque<Arc<Segment>>,
    /// The segment in the making, once it has a part.
    open: Option<Arc<Segment>>,
    meter: Meter,
}

/// The shelf of a channel.
#[derive(Debug)]
pub(super) struct Shelf {
    instance: u64,
    window: Ticks,
    /// PART-TARGET; `None` without low latency.
    part: Option<Ticks>,
    /// The number of the next part in each folder: none is given twice in a run.
    numbers: HashMap<Arc<str>, u64>,
    target: u64,
    renditions: Vec<Rendition>,
    /// The same in one, for boxes.
    muxed: List,
    subtitles: subtitles::List,
    /// Of the first segment listed.
    listed: u64,
    next: u64,
    /// Media time that all playlists together have run.
    elapsed: Ticks,
    longest: Ticks,
    /// Removed segments and the `elapsed` until which they stay.
    expiry: VecDeque<(u64, Ticks)>,
    /// Segments taken out of the playlists early, for want of memory.
    squeezed: u64,
}

impl Shelf {
    pub(super) fn new(instance: u64, window: Ticks, part: Option<Ticks>, next: u64) -> Self {
        Self {
            instance,
            window,
            part,
            numbers: HashMap::new(),
            target: 0,
            renditions: Vec::new(),
            muxed: List::default(),
            subtitles: subtitles::List::default(),
            listed: next,
            next,
            elapsed: Ticks::ZERO,
            longest: Ticks::ZERO,
            expiry: VecDeque::new(),
            squeezed: 0,
        }
    }

    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    pub(super) const fn instance(&self) -> u64 {
        self.instance
    }

    pub(super) const fn squeezed(&self) -> u64 {
        self.squeezed
    }

    /// Says which renditions the programme has from the next segment on, in order. One that has the
    /// folder of an earlier one goes on in its playlist; with `anew` it is measured anew.
    pub(super) fn arrange(&mut self, labels: Vec<Label>, anew: bool) {
        for rendition in &mut self.renditions {
            rendition.live = false;
            rendition.open = None;
        }
        let mut arranged: Vec<Rendition> = Vec::with_capacity(labels.len());
        for label in labels {
            let old = self
                .renditions
                .iter()
                .position(|r| r.label.dir == label.dir);
            let mut rendition = match old {
                Some(index) => self.renditions.remove(index),
                None => Rendition::new(label.clone()),
            };
            // Numbers have no gap in a playlist; one that was away begins anew.
            if rendition
                .segments
                .back()
                .is_some_and(|s| s.msn + 1 != self.next)
            {
                rendition.segments.clear();
            }
            rendition.label = label;
            rendition.live = true;
            if anew {
                rendition.meter = Meter::default();
            }
            arranged.push(rendition);
        }
        arranged.append(&mut self.renditions);
        self.renditions = arranged;
    }

    /// Shows what there is of the segment to come, of the live rendition `index`.
    pub(super) fn open(&mut self, index: usize, mut segment: Segment) {
        let Some(rendition) = self.renditions.get_mut(index) else {
            return;
        };
        let number = self.numbers.get(&rendition.label.dir);
        segment.first_part = number.copied().unwrap_or(0);
        // What was shown stays, though a track that comes late may hold the others back.
        let shown = rendition.open.as_ref().map_or(0, |open| open.parts.len());
        if segment.parts.len() > shown {
            rendition.open = Some(Arc::new(segment));
        }
    }

    /// Takes one segment for each live rendition, in their order, and the subtitles of the same time.
    pub(super) fn append(
        &mut self,
        target: u64,
        deliveries: Vec<Delivery>,
        texts: Vec<(Subtitles, String)>,
    ) {
        self.target = target;
        self.next += 1;
        let mut lead = Ticks::ZERO;
        for (rendition, mut delivery) in self.renditions.iter_mut().zip(deliveries).rev() {
            lead = delivery.segment.duration;
            rendition.open = None;
            let number = self.numbers.entry(rendition.label.dir.clone()).or_default();
            delivery.segment.first_part = *number;
            *number = delivery.segment.next_part();
            rendition.meter.take(&delivery, target);
            rendition.format = delivery.format;
            rendition.segments.push_back(Arc::new(delivery.segment));
        }
        self.elapsed = self.elapsed + lead;
        self.mux();
        if let Some(lead) = self.renditions.first().and_then(|r| r.segments.back()) {
            self.subtitles.append(lead, texts);
        }
        self.remove();
        self.expire();
        self.list_muxed();
        let head = (self.target, self.instance);
        self.subtitles.render(head, self.listed);
    }

    /// How long the shortest playlist is when segments before `from` are not listed.
    fn shortest(&self, from: u64) -> Ticks {
        let full = self
            .renditions
            .iter()
            .filter(|r| r.live && r.lists(self.listed));
        let sums = full.map(|r| {
            let listed = r.segments.iter().filter(|s| s.msn >= from);
            listed.fold(Ticks::ZERO, |sum, s| sum + s.duration)
        });
        sums.min().unwrap_or_default()
    }

    fn remove(&mut self) {
        let target = Ticks::from_millis(i64::try_from(self.target).unwrap_or(0) * 1000 * SHORTEST);
        let keep = self.window.max(target + SLACK);
        self.longest = self.longest.max(self.shortest(self.listed));
        while self.listed < self.next && self.shortest(self.listed + 1) >= keep {
            self.unlist();
        }
        while self.listed_count() > LISTED_CAP || self.over_cap() {
            self.squeezed += 1;
            self.unlist();
        }
    }

    fn listed_count(&self) -> usize {
        usize::try_from(self.next - self.listed).unwrap_or(usize::MAX)
    }

    /// Whether the listed segments alone need too much memory.
    fn over_cap(&self) -> bool {
        self.listed + 1 < self.next && self.bytes_from(self.listed) > BYTES_CAP
    }

    fn bytes_from(&self, msn: u64) -> u64 {
        let segments = self.renditions.iter().flat_map(|r| &r.segments);
        let bodies = segments.filter(|s| s.msn >= msn).map(|s| s.body.len());
        let bodies: u64 = bodies.map(|len| u64::try_from(len).unwrap_or(0)).sum();
        bodies + self.muxed.bytes_from(msn)
    }

    /// Takes the first segment out of the playlists. It stays fetchable for its duration and that
    /// of the longest playlist that listed it (6.2.2), counted in media time, so that neither a
    /// step of the wall clock nor a pause of the source loses it early.
    fn unlist(&mut self) {
        let of = |r: &Rendition| Some(r.segments.get(r.index(self.listed)?)?.duration);
        let duration = self.renditions.iter().filter_map(of).max();
        let until = self.elapsed + duration.unwrap_or_default() + self.longest;
        self.expiry.push_back((self.listed, until));
        self.listed += 1;
    }

    fn expire(&mut self) {
        while let Some(&(msn, until)) = self.expiry.front() {
            if until > self.elapsed && self.bytes_from(0) <= 2 * BYTES_CAP {
                break;
            }
            self.expiry.pop_front();
            self.muxed.expire(msn);
            self.subtitles.expire(msn);
            for rendition in &mut self.renditions {
                while rendition.segments.front().is_some_and(|s| s.msn <= msn) {
                    rendition.segments.pop_front();
                }
            }
        }
        self.renditions.retain(|r| r.live || !r.segments.is_empty());
    }

    /// The window now.
    pub(super) fn window(&self) -> Window {
        let reports: Vec<_> = self.playable().map(|r| r.report(self.next)).collect();
        let shown = self.renditions.iter();
        let shown = shown.map(|r| r.shown(self, &reports)).collect();
        let lead = self.renditions.first();
        let first = lead.and_then(|r| r.segments.get(r.index(self.listed)?));
        let any = self.listed < self.next;
        Window {
            instance: self.instance,
            part_target: self.part,
            multivariant: self.multivariant().filter(|_| any).map(Bytes::from),
            renditions: shown,
            muxed: self.muxed.shown(),
            subtitles: self.subtitles.clone(),
            facts: Facts {
                media_sequence: self.listed,
                discontinuity_sequence: first
                    .map_or(0, |s| s.discontinuities - u64::from(s.discontinuity)),
                target_duration: self.target,
                segments: self.next - self.listed,
                bytes: self.bytes_from(0),
                ..Facts::default()
            },
        }
    }

    /// The renditions that have a playlist: one that comes has it with its first whole segment.
    fn playable(&self) -> impl Iterator<Item = &Rendition> {
        let last = |r: &Rendition| r.segments.back().map(|s| s.msn);
        let live = self.renditions.iter().filter(|r| r.live);
        live.filter(move |r| last(r) >= Some(self.listed))
    }

    fn multivariant(&self) -> Option<String> {
        let entries: Vec<_> = self.playable().filter_map(Rendition::entry).collect();
        let listed = self.renditions.iter().flat_map(|r| &r.segments);
        let mut listed = listed.filter(|s| s.msn >= self.listed && !s.is_gap());
        let texts: Vec<_> = self.subtitles.entries().collect();
        multivariant::render(&entries, &texts, listed.all(|s| s.independent))
    }
}

impl Rendition {
    fn new(label: Label) -> Self {
        Self {
            label,
            live: true,
            format: None,
            segments: VecDeque::new(),
            open: None,
            meter: Meter::default(),
        }
    }

    fn index(&self, msn: u64) -> Option<usize> {
        let first = self.segments.front()?.msn;
        usize::try_from(msn.checked_sub(first)?).ok()
    }

    fn lists(&self, msn: u64) -> bool {
        self.index(msn).is_some_and(|i| i < self.segments.len())
    }

    /// How far it is; `next` is the number of the segment in the making.
    fn report(&self, next: u64) -> Report {
        let last = self.open.as_ref().or(self.segments.back());
        Report {
            dir: self.label.dir.clone(),
            last_msn: last.map_or(next.saturating_sub(1), |s| s.msn),
            last_part: last.and_then(|s| s.parts.len().checked_sub(1)),
        }
    }

    fn shown(&self, shelf: &Shelf, reports: &[Report]) -> Shown {
        let segments: Vec<_> = self.segments.iter().cloned().collect();
        let listed = segments.partition_point(|s| s.msn < shelf.listed);
        let next_part = shelf.numbers.get(&self.label.dir).copied().unwrap_or(0);
        let next_part = self.open.as_ref().map_or(next_part, |s| s.next_part());
        let others = reports.iter().filter(|r| r.dir != self.label.dir);
        let others: Vec<_> = others.cloned().collect();
        let media = Media {
            form: Form::Fragments,
            target: shelf.target,
            instance: shelf.instance,
            segments: segments.get(listed..).unwrap_or_default(),
            parts: shelf.part.map(|target| Parts {
                target,
                open: self.open.as_deref(),
                next: next_part,
                reports: &others,
            }),
        };
        let is_listed = self.live && listed < segments.len();
        let playlist = is_listed.then(|| Bytes::from(playlist::render(media)));
        let delta = is_listed.then(|| playlist::render_delta(media)).flatten();
        Shown {
            dir: self.label.dir.clone(),
            playlist,
            delta: delta.map(Bytes::from),
            segments,
            next: shelf.next,
            open: self.open.clone(),
            next_part,
        }
    }

    /// For the multivariant playlist; `None` for a rung that is away.
    fn entry(&self) -> Option<Entry<'_>> {
        let away = self.segments.back().is_none_or(|s| s.is_gap());
        if away && self.label.role.is_rung() {
            return None;
        }
        Some(Entry {
            dir: &self.label.dir,
            format: self.format.as_deref()?,
            language: self.label.language.as_deref(),
            role: self.label.role,
            top: self.label.top,
            rate: self.meter.rate(),
            frame_rate: self.meter.frame_rate,
            captions: self.meter.captions,
        })
    }
}

#[cfg(test)]
mod tests;
