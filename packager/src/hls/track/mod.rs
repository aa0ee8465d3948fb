//! One rendition in the making: units become samples, samples parts, parts segments.

mod fill;
mod pace;
mod place;
mod segment;

use std::collections::VecDeque;
use std::sync::Arc;

pub(super) use self::pace::APART;
use self::pace::Pace;
use self::place::units;
pub(super) use self::place::{place_by, to_ticks};
pub(super) use self::segment::{Closed, Making};
use self::segment::{Open, end_of};
use super::cmaf::{self, Init};
use super::codec::{Codec, Format, Kind};
use super::layout::{Carried, Layout, Role};
use super::line::STUMBLE;
use super::shelf::Label;
use super::unit::{Access, Splitter, Unit};
use super::window::Part;
use crate::ts::Pid;
use crate::ts::clock::Ticks;

/// Sound may be this far from its time stamps before it is put right: less than viewers notice
/// (45 ms), more than encoders' rounding.
const SOUND_TOLERANCE: Ticks = Ticks::from_millis(40);
/// Units kept from before a timeline begins: a little over the second by which sound may come
/// before a picture that is not yet whole.
const EARLY_CAP: usize = 64;
/// Units that wait to be told into which segment they go; 10 s of sound are 500.
const QUEUE_CAP: usize = 4096;
/// Bytes of one open segment; 60 Mbit/s for 10 s.
const SEGMENT_CAP: usize = 80 << 20;
/// A picture is taken to last this long until the next one tells.
const FIRST_STEP: Ticks = Ticks::from_millis(40);
/// One unit of 90 kHz.
const LEAST: Ticks = Ticks::new(300);

/// A unit with its place on the programme's line.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) pts: Ticks,
    pub(super) dts: Ticks,
    /// Decode time in units of the track.
    decode: u64,
    pub(super) access: Access,
    pub(super) format: Arc<Format>,
    data: Vec<u8>,
}

/// What a track could not use, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TrackFaults {
    /// Units without a usable time stamp, or too late for their segment.
    pub(super) misplaced: u64,
    /// Units beyond the caps on memory.
    pub(super) overflow: u64,
}

/// One elementary stream on its way into segments.
#[derive(Debug)]
pub(super) struct Track {
    pub(super) pid: Pid,
    pub(super) kind: Kind,
    pub(super) label: Label,
    pub(super) splitter: Splitter,
    part: Ticks,
    /// No picture is longer than its part then.
    parts_are_told: bool,
    /// The last unit's decode time, in ticks and in units of the track.
    last: Option<(Ticks, u64)>,
    /// How far the last unit was from the one before.
    step: Ticks,
    /// Units that came before their timeline had begun.
    early: VecDeque<Unit>,
    queue: VecDeque<Placed>,
    /// Where the last sample ended, in units of the track.
    cursor: Option<u64>,
    pace: Pace,
    open: Open,
    /// Where the open segment begins.
    edge: Ticks,
    /// Segments closed and not yet taken.
    pub(super) closed: VecDeque<Closed>,
    init: Option<(Arc<Format>, Arc<Init>)>,
    sequence: u32,
    pub(super) faults: TrackFaults,
}

impl Track {
    /// The tracks of a layout, each with its folder: `video`, `audio`, `audio-2`, `video-360p`,
    /// `audio-only`; with the length of their parts, and whether players are told of them.
    pub(super) fn of(layout: &Layout, part: (Ticks, bool)) -> Vec<Self> {
        let mut sounds = 0;
        let of = |kind: Kind| move |c: &&Carried| c.codec.kind() == kind;
        let smallest = layout.carried.iter().rfind(of(Kind::Video)).map(|c| c.pid);
        let tracks = layout.carried.iter().map(|carried| {
            let dir = match (carried.role, carried.codec.kind()) {
                (Role::Smaller { lines }, _) => format!("video-{lines}p"),
                (Role::SoundAlone, _) => "audio-only".to_owned(),
                (Role::Own, Kind::Video) => "video".to_owned(),
                (Role::Own, Kind::Audio) => {
                    sounds += 1;
                    match sounds {
                        1 => "audio".to_owned(),
                        n => format!("audio-{n}"),
                    }
                }
            };
            let label = Label {
                dir: dir.into(),
                language: carried.language.clone(),
                role: carried.role,
                top: layout.top,
                awaited: carried.codec.kind() == Kind::Audio
                    || carried.role == Role::Own
                    || smallest == Some(carried.pid),
            };
            Self::new(carried.pid, carried.codec, label, part)
        });
        tracks.collect()
    }

    fn new(pid: Pid, codec: Codec, label: Label, (part, are_told): (Ticks, bool)) -> Self {
        Self {
            pid,
            kind: codec.kind(),
            label,
            splitter: Splitter::new(codec),
            part,
            parts_are_told: are_told,
            last: None,
            step: FIRST_STEP,
            early: VecDeque::new(),
            queue: VecDeque::new(),
            cursor: None,
            pace: Pace::default(),
            open: Open::default(),
            edge: Ticks::ZERO,
            closed: VecDeque::new(),
            init: None,
            sequence: 0,
            faults: TrackFaults::default(),
        }
    }

    /// Decode time of the last unit placed.
    pub(super) fn last(&self) -> Option<Ticks> {
        self.last.map(|(dts, _)| dts)
    }

    /// Whether `at` lies so far behind the last unit that the timeline is another.
    pub(super) fn stumbles(&self, at: Ticks) -> bool {
        self.last().is_some_and(|last| last - at > STUMBLE)
    }

    /// How long the next unit is expected to last.
    pub(super) const fn step(&self) -> Ticks {
        self.step
    }

    /// Where a unit without a time stamp goes: after the last one.
    pub(super) fn next(&self) -> Option<Ticks> {
        self.last.map(|(dts, _)| dts + self.step)
    }

    /// The format of the latest unit.
    pub(super) fn format(&self) -> Option<&Arc<Format>> {
        self.holds().or(self.init.as_ref().map(|(f, _)| f))
    }

    /// The format that the open segment would end with.
    pub(super) fn holds(&self) -> Option<&Arc<Format>> {
        let queued = self.queue.back().map(|u| &u.format);
        queued.or(self.open.format.as_ref())
    }

    /// Whether the open segment has reached the cap on memory.
    pub(super) const fn is_full(&self) -> bool {
        self.open.bytes > SEGMENT_CAP
    }

    /// The open segment begins at `at`.
    pub(super) fn begin(&mut self, at: Ticks) {
        self.edge = at;
    }

    /// Keeps `unit` until its timeline begins; the newest are kept.
    pub(super) fn keep_early(&mut self, unit: Unit) {
        if self.early.len() >= EARLY_CAP {
            self.early.pop_front();
        }
        self.early.push_back(unit);
    }

    /// Hands out what was kept.
    pub(super) fn take_early(&mut self) -> VecDeque<Unit> {
        std::mem::take(&mut self.early)
    }

    /// Lines `unit` up.
    pub(super) fn queue(&mut self, unit: Placed) {
        let half = Ticks::new(self.step.get() / 2);
        if self.kind == Kind::Audio && self.queue.is_empty() && unit.pts + half < self.edge {
            // Before the first segment that is no fault.
            self.faults.misplaced += u64::from(self.sequence > 0);
            return;
        }
        if self.queue.len() >= QUEUE_CAP {
            self.faults.overflow += 1;
            return;
        }
        self.queue.push_back(unit);
    }

    /// Whether the next unit belongs after `end`.
    pub(super) fn has_reached(&self, end: End) -> bool {
        let first = self.queue.front();
        first.is_some_and(|unit| self.is_after(end, unit))
    }

    /// Forgets the timeline, and the units that wait.
    pub(super) fn restart(&mut self) {
        self.queue.clear();
        self.open = Open::default();
        self.last = None;
        self.cursor = None;
        self.pace = Pace::default();
    }

    /// Ends the open segment at `at`, or, of sound, where the frame nearest to it ends.
    pub(super) fn close(&mut self, at: Ticks) {
        let next = self.queue.front().map(|unit| unit.pts);
        let (is_sound, step) = (self.kind == Kind::Audio, self.step);
        let near = |next: &Ticks| is_sound && (*next - at).abs() <= step;
        let mut end = next.filter(near).unwrap_or(at);
        let known = self.init.as_ref().map(|(format, _)| format);
        if let Some(format) = self.open.format.as_ref().or(known).cloned() {
            let hz = i64::from(format.timescale.get());
            self.be_silent(&format, units(end, hz));
            let sounded = self.cursor.map(|cursor| to_ticks(cursor, hz));
            end = sounded.filter(near).unwrap_or(end);
        }
        let end = end.max(self.edge + LEAST);
        self.close_part();
        self.close_gap(end);
        if self.kind == Kind::Video && self.open.units == 0 {
            self.cursor = None;
        }
        let mut open = std::mem::take(&mut self.open);
        // Without its init segment no part can be played.
        if open.init.is_none() {
            open.parts.retain(Part::is_gap);
        }
        self.closed.push_back(Closed {
            start: self.edge,
            end,
            parts: open.parts,
            init: open
                .init
                .or_else(|| self.init.as_ref().map(|(_, init)| init.clone())),
            format: open
                .format
                .or_else(|| self.init.as_ref().map(|(f, _)| f.clone())),
            access: open.first,
            units: open.units,
        });
        self.edge = end;
    }

    fn init_for(&mut self, format: &Arc<Format>) -> Option<Arc<Init>> {
        if let Some((known, init)) = &self.init
            && known == format
        {
            return Some(init.clone());
        }
        let init = cmaf::init(format, self.label.language.as_deref()).ok()?;
        let init = Arc::new(init);
        self.init = Some((format.clone(), init.clone()));
        Some(init)
    }

    /// The segment that follows those already taken, as far as it is made.
    pub(super) fn making(&self) -> Making<'_> {
        if let Some(closed) = self.closed.front() {
            return Making {
                start: closed.start,
                reached: closed.end,
                parts: &closed.parts,
                init: closed.init.as_ref(),
                format: closed.format.as_ref(),
            };
        }
        let known = self.init.as_ref().map(|(_, init)| init);
        Making {
            start: self.edge,
            reached: end_of(&self.open.parts, self.edge) + self.open.length,
            parts: &self.open.parts,
            init: match self.open.format {
                Some(_) => self.open.init.as_ref(),
                None => known,
            },
            format: self.open.format.as_ref(),
        }
    }
}

/// Where a segment ends in all tracks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    /// In presentation time.
    pub(super) at: Ticks,
    /// In decode time, which decides for pictures.
    pub(super) decode: Ticks,
}

impl Track {
    /// Whether `unit` belongs to the segment after `end`; sound goes to the side where most of it
    /// lies. A rung has its pictures in the order in which they are shown.
    fn is_after(&self, end: End, unit: &Placed) -> bool {
        match (self.kind, self.label.role) {
            (Kind::Video, Role::Own) => unit.dts >= end.decode,
            (Kind::Video, _) => unit.pts >= end.at,
            (Kind::Audio, _) => unit.pts + Ticks::new(self.step.get() / 2) >= end.at,
        }
    }
}

#[cfg(test)]
mod tests;
