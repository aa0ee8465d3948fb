//! The open segment filled: units and silence become samples, samples parts.

use std::sync::Arc;

use super::pace::{is_enough, shown};
use super::place::{to_ticks, to_units, units};
use super::{End, Open, Placed, SEGMENT_CAP, Track};
use crate::hls::cmaf::{self, Sample};
use crate::hls::codec::{Format, Kind, Shape, VIDEO_TIMESCALE};
use crate::hls::unit::Access;
use crate::hls::unit::aac::{FRAME_SAMPLES, silence};
use crate::hls::window::Part;
use crate::ts::clock::Ticks;

/// The most silence put in at once, in frames: more than any segment lasts at any rate.
const SILENCE_CAP: u64 = 1_500;

impl Track {
    /// Moves units into the open segment: those before `end`, or, where it is not yet known, those
    /// shown by `horizon`. The last unit stays until the next one says how long it lasts.
    pub(in crate::hls) fn fill(&mut self, end: Option<End>, horizon: Ticks) {
        self.queue.make_contiguous();
        loop {
            self.set_pace();
            let ([first, second, ..], _) = self.queue.as_slices() else {
                return;
            };
            let within = match end {
                Some(end) => !self.is_after(end, first),
                None => first.pts <= horizon,
            };
            if !within {
                return;
            }
            let length = second.decode.saturating_sub(first.decode);
            // A hole in the sound is filled with silence, one in the pictures by the one before it.
            let hole = self.kind == Kind::Audio && length >= 2 * u64::from(FRAME_SAMPLES);
            let length = if hole { self.usual_length() } else { length };
            let until = match self.kind {
                Kind::Audio => first.decode + length,
                Kind::Video => {
                    let last = end.filter(|end| self.is_after(*end, second));
                    self.pace.end((second.decode, shown(second)), last)
                }
            };
            self.take_first(length, until);
        }
    }

    /// Moves what is left before `end` into the open segment, for nothing more will come.
    pub(in crate::hls) fn drain(&mut self, end: End) {
        self.fill(Some(end), end.at);
        self.set_pace();
        if let Some(unit) = self.queue.front()
            && !self.is_after(end, unit)
        {
            let length = self.usual_length();
            let next = unit.decode + length;
            self.take_first(length, self.pace.end((next, u64::MAX), Some(end)));
        }
        // A picture that comes back has its own time.
        if self.kind == Kind::Video {
            self.cursor = None;
        }
    }

    /// Whether a rung's picture stops in the middle of the segment that ends at `end`.
    pub(in crate::hls) fn breaks_off(&self, end: End) -> bool {
        let smaller = self.kind == Kind::Video && self.label.role.is_rung();
        smaller && end.at - (self.made() + self.open.length) > self.step
    }

    /// Makes a gap of the open segment: a picture that goes on after a hole which no tag tells of
    /// breaks the timeline.
    pub(in crate::hls) fn give_up(&mut self) {
        self.queue.clear();
        self.open = Open::default();
        self.cursor = None;
    }

    fn usual_length(&self) -> u64 {
        match self.kind {
            Kind::Video => units(self.step, i64::from(VIDEO_TIMESCALE.get())),
            Kind::Audio => u64::from(FRAME_SAMPLES),
        }
    }

    /// Takes in the first unit, which stands for `length` and ends at `until` if its part has room.
    fn take_first(&mut self, length: u64, until: u64) {
        let Some(unit) = self.queue.pop_front() else {
            return;
        };
        // An open segment has one format; a change waits for the next segment, and what comes in
        // between is lost.
        let fits = self.open.format.as_ref().is_none_or(|f| *f == unit.format);
        if !fits || self.open.bytes + unit.data.len() > SEGMENT_CAP * 2 {
            self.faults.overflow += 1;
            return;
        }
        let hz = i64::from(unit.format.timescale.get());
        let (begin, length) = match self.kind {
            Kind::Video => self.time_picture(&unit, length, until),
            Kind::Audio => self.time_sound(&unit, length),
        };
        let sample = Sample {
            duration: u32::try_from(length).unwrap_or(u32::MAX),
            composition: match self.kind {
                Kind::Video => to_units(unit.pts, hz) - begin.cast_signed(),
                Kind::Audio => 0,
            },
            sync: unit.access != Access::None,
            independent: unit.access == Access::Full,
            data: unit.data,
        };
        self.open.first.get_or_insert(unit.access);
        self.open.units += 1;
        self.put(&unit.format, begin, sample);
    }

    /// When the sample of a frame of sound begins, and how long it is, with silence before it where there is a hole.
    fn time_sound(&mut self, unit: &Placed, length: u64) -> (u64, u64) {
        self.count_anew(&unit.format);
        self.be_silent(&unit.format, unit.decode);
        // Silence ran to the nearest frame, which may be half of this one.
        let latest = unit.decode + length - 1;
        let begin = unit.decode.max(self.cursor.unwrap_or(0).min(latest));
        (begin, (unit.decode + length).saturating_sub(begin).max(1))
    }

    /// Goes on in units of `format`.
    fn count_anew(&mut self, format: &Format) {
        if let (Some(cursor), Some((known, _))) = (self.cursor, &self.init) {
            let at = to_ticks(cursor, i64::from(known.timescale.get()));
            if known.timescale != format.timescale {
                self.cursor = Some(units(at, i64::from(format.timescale.get())));
            }
        }
    }

    /// What of the open part is there, and its target, in units of `hz`.
    pub(super) fn parts_of(&self, hz: u32) -> (u64, u64) {
        let hz = i64::from(hz);
        (units(self.open.length, hz), units(self.part, hz))
    }

    /// Fills the time up to `until` with silence, to the nearest frame, so that the picture of a
    /// source without sound goes on in players that need both.
    pub(super) fn be_silent(&mut self, format: &Arc<Format>, until: u64) {
        let (Some(cursor), Shape::Sound { channels }) = (self.cursor, format.shape) else {
            return;
        };
        let frame = u64::from(FRAME_SAMPLES);
        let missing = (until.saturating_sub(cursor) + frame / 2) / frame;
        if missing == 0 {
            return;
        }
        let Some(data) = silence(channels).filter(|_| missing <= SILENCE_CAP) else {
            return;
        };
        for i in 0..missing {
            let sample = Sample {
                duration: FRAME_SAMPLES,
                composition: 0,
                sync: true,
                independent: true,
                data: data.clone(),
            };
            self.open.first.get_or_insert(Access::Full);
            self.put(format, cursor + i * frame, sample);
        }
    }

    /// Makes parts of the time up to `until` in which nothing comes: silence, or gaps in the picture.
    pub(in crate::hls) fn stand_in(&mut self, until: Ticks) {
        match self.kind {
            Kind::Audio => {
                let known = self.init.as_ref().map(|(format, _)| format.clone());
                if let Some(format) = self.open.format.clone().or(known) {
                    let hz = i64::from(format.timescale.get());
                    self.be_silent(&format, units(until, hz));
                }
            }
            Kind::Video => {
                while self.open.samples.is_empty() && self.made() + self.part <= until {
                    self.open.parts.push(Part::gap(self.part));
                }
            }
        }
    }

    /// Where the parts of the open segment end.
    fn made(&self) -> Ticks {
        let parts = self.open.parts.iter();
        parts.fold(self.edge, |at, part| at + part.duration)
    }

    /// The rest of a segment of gaps, which ends at `end`.
    pub(super) fn close_gap(&mut self, end: Ticks) {
        let made = self.made();
        if self.open.parts.last().is_some_and(Part::is_gap) && end > made {
            let rest = (end - made).min(self.part);
            self.open.parts.push(Part::gap(rest));
        }
    }

    fn put(&mut self, format: &Arc<Format>, decode: u64, sample: Sample) {
        let hz = i64::from(format.timescale.get());
        let span = to_ticks(u64::from(sample.duration), hz);
        let continues = self.cursor == Some(decode);
        let is_full = self.open.length + span > self.part;
        if !self.open.samples.is_empty() && (is_full || !continues) {
            self.close_part();
        }
        if self.open.samples.is_empty() {
            self.open.decode = decode;
        }
        // What begins a timeline may lie before it by half a frame.
        if self.cursor.is_none() && self.kind == Kind::Audio {
            self.edge = self.edge.min(to_ticks(decode, hz));
        }
        self.cursor = Some(decode + u64::from(sample.duration));
        if self.open.format.is_none() {
            self.open.init = self.init_for(format);
            self.open.format = Some(format.clone());
        }
        self.open.length = self.open.length + span;
        self.open.bytes += sample.data.len();
        self.open.samples.push(sample);
        // Another like this one would not fit: the part is whole before that comes.
        let (made, part) = self.parts_of(format.timescale.get());
        let may_end = self.kind == Kind::Audio || is_enough(made, part);
        if may_end && self.open.length + span > self.part {
            self.close_part();
        }
    }

    pub(super) fn close_part(&mut self) {
        let samples = std::mem::take(&mut self.open.samples);
        let duration = std::mem::take(&mut self.open.length);
        let Some(first) = samples.first() else {
            return;
        };
        let independent = first.independent;
        self.sequence = self.sequence.wrapping_add(1);
        match cmaf::part(self.sequence, self.open.decode, &samples) {
            Ok(bytes) => self.open.parts.push(Part {
                bytes: bytes.into(),
                duration,
                independent,
            }),
            Err(_) => self.faults.overflow += 1,
        }
    }
}
