//! One rendition in the making: units become samples, samples parts, parts segments.

mod place;

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

pub(super) use self::place::place_by;
use self::place::{to_ticks, to_units, units};
use super::cmaf::{self, Init, Sample};
use super::codec::{Codec, Format, Kind, VIDEO_TIMESCALE};
use super::line::STUMBLE;
use super::shelf::Label;
use super::unit::aac::FRAME_SAMPLES;
use super::unit::{Access, Splitter};
use super::window::Part;
use crate::ts::Pid;
use crate::ts::clock::Ticks;

/// Sound may be this far from its time stamps before it is put right: less than viewers notice
/// (45 ms), more than encoders' rounding.
const SOUND_TOLERANCE: Ticks = Ticks::from_millis(40);
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

/// A finished segment of one track.
#[derive(Debug)]
pub(super) struct Closed {
    pub(super) start: Ticks,
    pub(super) end: Ticks,
    pub(super) parts: Vec<Part>,
    pub(super) init: Option<Arc<Init>>,
    pub(super) format: Option<Arc<Format>>,
    /// Whether a decoder can begin at its first unit; `None` without one.
    pub(super) access: Option<Access>,
    pub(super) samples: u64,
}

impl Closed {
    /// All parts in a row, and the parts as slices of it.
    pub(super) fn body(&self) -> (Bytes, Vec<Part>) {
        let mut body = BytesMut::with_capacity(self.parts.iter().map(|p| p.bytes.len()).sum());
        for part in &self.parts {
            body.extend_from_slice(&part.bytes);
        }
        let body = body.freeze();
        let mut at = 0;
        let slices = self.parts.iter().map(|part| {
            let from = at;
            at += part.bytes.len();
            Part {
                bytes: body.slice(from..at),
            }
        });
        let slices = slices.collect();
        (body, slices)
    }
}

/// What a track could not use, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TrackFaults {
    /// Units without a usable time stamp, or too late for their segment.
    pub(super) misplaced: u64,
    /// Units beyond the caps on memory.
    pub(super) overflow: u64,
}

/// A segment being filled.
#[derive(Debug, Default)]
struct Open {
    decode: u64,
    samples: Vec<Sample>,
    length: Ticks,
    parts: Vec<Part>,
    init: Option<Arc<Init>>,
    format: Option<Arc<Format>>,
    first: Option<Access>,
    count: u64,
    bytes: usize,
}

/// One elementary stream on its way into segments.
#[derive(Debug)]
pub(super) struct Track {
    pub(super) pid: Pid,
    pub(super) kind: Kind,
    pub(super) label: Label,
    pub(super) splitter: Splitter,
    part: Ticks,
    /// The last unit's decode time, in ticks and in units of the track.
    last: Option<(Ticks, u64)>,
    /// How far the last unit was from the one before.
    step: Ticks,
    queue: VecDeque<Placed>,
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
    pub(super) fn new(pid: Pid, codec: Codec, label: Label, part: Ticks) -> Self {
        Self {
            pid,
            kind: codec.kind(),
            label,
            splitter: Splitter::new(codec),
            part,
            last: None,
            step: FIRST_STEP,
            queue: VecDeque::new(),
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
        let queued = self.queue.back().map(|u| &u.format);
        queued
            .or(self.open.format.as_ref())
            .or(self.init.as_ref().map(|(f, _)| f))
    }

    /// Whether the open segment has reached the cap on memory.
    pub(super) const fn is_full(&self) -> bool {
        self.open.bytes > SEGMENT_CAP
    }

    /// The open segment begins at `at`.
    pub(super) fn begin(&mut self, at: Ticks) {
        self.edge = at;
    }

    /// Lines `unit` up.
    pub(super) fn queue(&mut self, unit: Placed) {
        let half = Ticks::new(self.step.get() / 2);
        if self.kind == Kind::Audio && self.queue.is_empty() && unit.pts + half < self.edge {
            self.faults.misplaced += 1;
            return;
        }
        if self.queue.len() >= QUEUE_CAP {
            self.faults.overflow += 1;
            return;
        }
        self.queue.push_back(unit);
    }

    /// Moves units into the open segment: those before `end`, or, where it is not yet known, those
    /// shown by `horizon`. The last unit stays until the next one says how long it lasts.
    pub(super) fn fill(&mut self, end: Option<End>, horizon: Ticks) {
        while let [first, second, ..] = self.queue.make_contiguous() {
            let within = match end {
                Some(end) => !end.is_before(self.kind, first, self.step),
                None => first.pts <= horizon,
            };
            if !within {
                return;
            }
            let length = second.decode.saturating_sub(first.decode);
            self.take_first(length);
        }
    }

    /// Whether the next unit belongs after `end`.
    pub(super) fn has_reached(&self, end: End) -> bool {
        let first = self.queue.front();
        first.is_some_and(|unit| end.is_before(self.kind, unit, self.step))
    }

    /// Moves what is left before `end` into the open segment, for nothing more will come.
    pub(super) fn drain(&mut self, end: End) {
        self.fill(Some(end), end.at);
        if self
            .queue
            .front()
            .is_some_and(|unit| !end.is_before(self.kind, unit, self.step))
        {
            self.take_first(self.usual_length());
        }
    }

    /// Forgets the timeline, and the units that wait.
    pub(super) fn restart(&mut self) {
        self.queue.clear();
        self.open = Open::default();
        self.last = None;
    }

    fn usual_length(&self) -> u64 {
        match self.kind {
            Kind::Video => units(self.step, i64::from(VIDEO_TIMESCALE.get())),
            Kind::Audio => u64::from(FRAME_SAMPLES),
        }
    }

    fn take_first(&mut self, length: u64) {
        let Some(unit) = self.queue.pop_front() else {
            return;
        };
        let hz = i64::from(unit.format.timescale.get());
        let length = u32::try_from(length.max(1)).unwrap_or(u32::MAX);
        let span = to_ticks(u64::from(length), hz);
        // An open segment has one format; a change waits for the next segment, and what comes in
        // between is lost.
        let fits = self.open.format.as_ref().is_none_or(|f| *f == unit.format);
        if !fits || self.open.bytes + unit.data.len() > SEGMENT_CAP * 2 {
            self.faults.overflow += 1;
            return;
        }
        if !self.open.samples.is_empty() && self.open.length + span > self.part {
            self.close_part();
        }
        if self.open.samples.is_empty() {
            self.open.decode = unit.decode;
        }
        self.open.format.get_or_insert_with(|| unit.format.clone());
        self.open.first.get_or_insert(unit.access);
        self.open.length = self.open.length + span;
        self.open.count += 1;
        self.open.bytes += unit.data.len();
        self.open.samples.push(Sample {
            duration: length,
            composition: to_units(unit.pts - unit.dts, hz),
            sync: unit.access != Access::None,
            data: unit.data,
        });
    }

    fn close_part(&mut self) {
        let samples = std::mem::take(&mut self.open.samples);
        self.open.length = Ticks::ZERO;
        if samples.is_empty() {
            return;
        }
        self.sequence = self.sequence.wrapping_add(1);
        match cmaf::part(self.sequence, self.open.decode, &samples) {
            Ok(bytes) => self.open.parts.push(Part {
                bytes: bytes.into(),
            }),
            Err(_) => self.faults.overflow += 1,
        }
    }

    /// Ends the open segment at `at`, or where its next unit begins if that is nearly there.
    pub(super) fn close(&mut self, at: Ticks) {
        self.close_part();
        let mut open = std::mem::take(&mut self.open);
        let next = self.queue.front().map(|unit| unit.pts);
        let near = |next: &Ticks| self.kind == Kind::Audio && (*next - at).abs() <= self.step;
        let end = next.filter(near).unwrap_or(at).max(self.edge + LEAST);
        if let Some(format) = &open.format {
            open.init = self.init_for(format);
        }
        // Without its init segment no part can be played.
        if open.init.is_none() {
            open.parts.clear();
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
            samples: open.count,
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

    /// The parts, so far, of the segment that follows those already taken.
    pub(super) fn open_parts(&self) -> &[Part] {
        self.closed
            .front()
            .map_or(&self.open.parts, |closed| &closed.parts)
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

impl End {
    /// Whether `unit` belongs to the next segment; sound goes to the side where most of it lies.
    fn is_before(self, kind: Kind, unit: &Placed, step: Ticks) -> bool {
        match kind {
            Kind::Video => unit.dts >= self.decode,
            Kind::Audio => unit.pts + Ticks::new(step.get() / 2) >= self.at,
        }
    }
}

#[cfg(test)]
#[path = "track_tests.rs"]
mod tests;
