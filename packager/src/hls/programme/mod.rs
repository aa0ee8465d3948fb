//! The tracks of one programme on one timeline, cut together.
//!
//! In: units of each track. Out: segments, one of each track under one number. The first track
//! (the picture, where there is one) decides where segments end; when it is silent, the next one
//! does, so that neither waits for the other for ever.

mod attendance;
mod hand_out;
mod making;
mod rungs;

use std::collections::VecDeque;
use std::time::Duration;

use self::attendance::Attendance;
use self::making::PATIENCE;
use super::codec::Kind;
use super::cut::Cutter;
use super::line::{Line, LineFaults, Place};
use super::track::{Closed, End, Placed, Track, place_by};
use super::unit::{Access, Pes, Unit};
use crate::ts::clock::Ticks;

/// A picture whose packets come may take this long to send its first IDR.
const FIRST_ACCESS: Ticks = Ticks::from_millis(10_500);
/// Segments of all tracks under one number.
#[derive(Debug)]
pub(super) struct Completed {
    /// Whether the timeline or the set of tracks is another than before.
    pub(super) discontinuity: bool,
    /// In the order of the tracks; `None` for a track that never had a unit.
    pub(super) tracks: Vec<Option<Closed>>,
}

/// The programme.
#[derive(Debug)]
pub(super) struct Programme {
    tracks: Vec<(Track, Attendance)>,
    line: Line,
    cutter: Cutter,
    hole: Option<Ticks>,
    /// Whether the timeline has begun with an access point of its lead.
    begun: bool,
    /// The track that decided last.
    led_by: usize,
    /// Presentation less decode time of the lead, for cuts that no access point makes.
    delay: Ticks,
    ends: VecDeque<End>,
    /// Segments handed out; the number of `ends[0]`.
    handed: u64,
    /// Where that segment begins.
    base: Ticks,
    /// Units accepted.
    accepted: u64,
    /// Timelines begun.
    epoch: u64,
    /// Whether the segment to be handed out next begins a timeline.
    discontinuity: bool,
    /// A track waits for a cut to go on with another format.
    cut_wanted: bool,
    completed: VecDeque<Completed>,
    scratch: Vec<Unit>,
    faults: LineFaults,
}

impl Programme {
    /// `target` is the target duration that an earlier run has settled; a picture that would have
    /// to stand for longer than `hole` begins a timeline of its own.
    pub(super) fn new(
        tracks: Vec<Track>,
        segment: Duration,
        target: Option<u64>,
        hole: Option<Ticks>,
    ) -> Self {
        Self {
            tracks: tracks
                .into_iter()
                .map(|t| (t, Attendance::default()))
                .collect(),
            line: Line::default(),
            cutter: Cutter::new(segment, target),
            hole,
            begun: false,
            led_by: 0,
            delay: Ticks::ZERO,
            ends: VecDeque::new(),
            handed: 0,
            base: Ticks::ZERO,
            accepted: 0,
            epoch: 0,
            discontinuity: false,
            cut_wanted: false,
            completed: VecDeque::new(),
            scratch: Vec::new(),
            faults: LineFaults::default(),
        }
    }

    pub(super) fn tracks(&self) -> impl Iterator<Item = &Track> + Clone {
        self.tracks.iter().map(|(track, _)| track)
    }

    pub(super) const fn faults(&self) -> LineFaults {
        self.faults
    }

    /// EXT-X-TARGETDURATION, once settled.
    pub(super) const fn target(&self) -> Option<u64> {
        self.cutter.target()
    }

    /// Goes up with each new timeline.
    pub(super) const fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(super) const fn line(&self) -> &Line {
        &self.line
    }

    /// Takes a PES packet of track `index`; drain [`Programme::next`] afterwards.
    pub(super) fn push(&mut self, index: usize, pes: &Pes) {
        self.split(index, |track, attendance, units| {
            attendance.heard = true;
            track.splitter.push(pes, units);
        });
        self.hand_out(false);
    }

    /// Takes the units that `split` makes of what track `index` has.
    fn split(
        &mut self,
        index: usize,
        split: impl FnOnce(&mut Track, &mut Attendance, &mut Vec<Unit>),
    ) {
        let mut units = std::mem::take(&mut self.scratch);
        if let Some((track, attendance)) = self.tracks.get_mut(index) {
            split(track, attendance, &mut units);
        }
        for unit in units.drain(..) {
            self.unit(index, unit);
        }
        self.scratch = units;
    }

    /// The next finished segments.
    pub(super) fn next(&mut self) -> Option<Completed> {
        self.completed.pop_front()
    }

    /// Track `index` will never have a unit.
    pub(super) fn refuse(&mut self, index: usize) {
        if let Some((_, attendance)) = self.tracks.get_mut(index) {
            attendance.refused = true;
        }
        self.hand_out(false);
    }

    /// Whether a picture comes in which no decoder could begin yet.
    pub(super) fn awaits_picture(&self) -> bool {
        let first = self.tracks.first();
        first.is_some_and(|(track, a)| track.kind == Kind::Video && a.heard && !a.ready)
    }

    /// Whether packets of track `index` come, whatever they hold.
    pub(super) fn hears(&self, index: usize) -> bool {
        self.tracks
            .get(index)
            .is_some_and(|(_, attendance)| attendance.heard)
    }

    /// Ends the programme: what is collected becomes its last segment.
    pub(super) fn finish(&mut self) {
        for index in 0..self.tracks.len() {
            self.split(index, |track, _, units| track.splitter.finish(units));
        }
        self.end_timeline();
    }

    /// The track that decides: the first that is there.
    fn lead(&self) -> Option<usize> {
        let now = self.line.latest()?;
        self.tracks.iter().position(|(track, attendance)| {
            attendance.ready
                && track
                    .last()
                    .is_some_and(|last| now - last <= self.patience())
        })
    }

    fn unit(&mut self, index: usize, unit: Unit) {
        let Some((track, place)) = self.place(index, &unit) else {
            return;
        };
        let leads = self.lead().is_none_or(|lead| lead == index);
        match place {
            Place::On(at) | Place::Leap(at) if !self.begun => {
                if index == 0 {
                    self.start(index, unit, at);
                } else {
                    self.stray(index, unit, at);
                }
            }
            Place::On(at) if leads && self.is_after_hole(track, &unit, at) => {
                self.leap(index, unit, at);
            }
            Place::On(at) if !leads || !track.stumbles(at) => self.accept(index, unit, at),
            Place::On(at) | Place::Leap(at) if leads && index == 0 => self.leap(index, unit, at),
            Place::On(at) | Place::Leap(at) => self.stray(index, unit, at),
        }
    }

    /// Where a unit goes; one without a stamp goes where the one before it went.
    fn place(&self, index: usize, unit: &Unit) -> Option<(&Track, Place)> {
        let (track, attendance) = self.tracks.get(index)?;
        let place = match (unit.stamp, attendance.stray) {
            (Some(stamp), _) => self.line.place(place_by(track.kind, stamp)),
            (None, Some(stray)) => Place::Leap(stray.last + track.step()),
            (None, None) => Place::On(track.next()?),
        };
        Some((track, place))
    }

    /// A unit that is not on the line, or comes before the line begins. When such units go on and
    /// nothing else comes, the line moves to them.
    fn stray(&mut self, index: usize, unit: Unit, at: Ticks) {
        let accepted = self.accepted;
        // A picture whose packets come is waited for until its first IDR.
        let silent = |(_, other): &(Track, Attendance)| other.heard && !other.ready;
        let patience = if self.tracks.iter().take(index).any(silent) {
            FIRST_ACCESS
        } else {
            PATIENCE
        };
        let Some((track, attendance)) = self.tracks.get_mut(index) else {
            return;
        };
        let stamp = unit.stamp.map(|stamp| stamp.pts);
        let (first, at) = attendance.follow(stamp, at, accepted);
        if at - first > patience {
            return self.leap(index, unit, at);
        }
        track.keep_early(unit);
        self.faults.off += u64::from(self.begun);
    }

    /// A new timeline begins at `unit`.
    fn leap(&mut self, index: usize, unit: Unit, at: Ticks) {
        self.faults.leaps += u64::from(self.begun);
        self.end_timeline();
        self.start(index, unit, at);
    }

    fn start(&mut self, index: usize, unit: Unit, at: Ticks) {
        if at < Ticks::ZERO || unit.access == Access::None {
            return;
        }
        self.epoch += 1;
        self.line.restart(at);
        self.accept(index, unit, at);
        self.take_early();
    }

    /// Takes up the units of the other tracks that came before the timeline's first.
    fn take_early(&mut self) {
        for index in 0..self.tracks.len() {
            let track = self.tracks.get_mut(index).map(|(track, _)| track);
            let early = track.map(Track::take_early).unwrap_or_default();
            for unit in early {
                if let Some((_, Place::On(at))) = self.place(index, &unit) {
                    self.accept(index, unit, at);
                }
            }
        }
    }

    fn end_timeline(&mut self) {
        if self.begun {
            self.finish_segment();
        }
        for (track, attendance) in &mut self.tracks {
            track.restart();
            attendance.stray = None;
        }
        self.begun = false;
        self.discontinuity = self.handed > 0;
    }

    /// Closes the open segment in all tracks, with all that they have. Before the first segment
    /// nothing is known of the target duration, and what is collected is given up.
    fn finish_segment(&mut self) {
        let lead = self.lead().and_then(|lead| self.tracks.get(lead));
        let decode = lead.and_then(|(track, _)| track.next());
        if let Some(decode) = decode.filter(|_| self.cutter.target().is_some()) {
            self.end_segment(decode + self.delay, decode);
        }
        self.hand_out(true);
    }

    fn accept(&mut self, index: usize, unit: Unit, at: Ticks) {
        let waits = !self.begun;
        let follows = self.follows(index);
        let in_step = !follows || self.begins_here(at);
        let Some((track, attendance)) = self.tracks.get_mut(index) else {
            return;
        };
        attendance.stray = None;
        let needs_access = waits || attendance.absent || !attendance.ready;
        if needs_access && unit.access == Access::None {
            return;
        }
        if needs_access && !waits && !in_step {
            return;
        }
        let changes = track.holds().is_some_and(|format| *format != unit.format);
        let Some(unit) = track.place(unit, at) else {
            return;
        };
        let joins = needs_access && !waits;
        if !attendance.ready {
            attendance.ready = true;
            attendance.joined = joins.then_some(self.handed);
            attendance.segments = self.handed;
            track.begin(self.base);
        }
        // A picture that comes or comes back begins a segment, as every picture does.
        self.cut_wanted |= joins && track.kind == Kind::Video && !follows;
        attendance.absent = false;
        self.accepted += 1;
        self.line.advance(unit.dts);
        if waits {
            self.begin(unit.pts, unit.pts - unit.dts);
        }
        if self.lead() == Some(index) {
            self.steer(index, &unit, changes);
        } else {
            self.cut_wanted |= changes && !follows;
        }
        if let Some((track, _)) = self.tracks.get_mut(index) {
            track.queue(unit);
        }
        self.move_on();
    }

    fn begin(&mut self, at: Ticks, delay: Ticks) {
        self.begun = true;
        self.cut_wanted = false;
        self.delay = delay;
        self.base = at;
        self.cutter.begin(at);
        for (track, attendance) in &mut self.tracks {
            track.begin(at);
            attendance.segments = self.handed;
        }
    }

    /// Decides whether the segment ends before the lead's unit.
    fn steer(&mut self, index: usize, unit: &Placed, changes: bool) {
        let Some((track, _)) = self.tracks.get(index) else {
            return;
        };
        if std::mem::replace(&mut self.led_by, index) != index {
            self.cutter.hand_over();
        }
        let (pts, dts) = (unit.pts, unit.dts);
        let (step, full) = (track.step(), track.is_full());
        let at = dts + self.delay;
        // A hole may be longer than a segment.
        while self.cutter.overdue(at) {
            let end = self.cutter.usual_end();
            self.end_segment(end, end - self.delay);
            self.faults.forced += 1;
        }
        if unit.access != Access::None {
            if self.cutter.access(pts) || changes || self.cut_wanted {
                self.cut_wanted = false;
                self.delay = pts - dts;
                self.end_segment(pts, dts);
            }
        } else if full || self.cutter.overdue(at + step) {
            self.faults.forced += 1;
            self.end_segment(at, dts);
        }
    }

    fn end_segment(&mut self, at: Ticks, decode: Ticks) {
        self.cutter.cut(at);
        self.ends.push_back(End { at, decode });
    }

    /// Moves units of all tracks as far as it is known where they belong.
    fn move_on(&mut self) {
        let lead = self.lead();
        let horizon = lead.and_then(|lead| self.tracks.get(lead)?.0.last());
        let horizon = horizon.unwrap_or_default();
        let low_latency = self.hole.is_some();
        for (index, (track, attendance)) in self.tracks.iter_mut().enumerate() {
            loop {
                let ahead = attendance.segments.saturating_sub(self.handed);
                let end = usize::try_from(ahead).ok().and_then(|i| self.ends.get(i));
                let own = if lead == Some(index) {
                    Ticks::new(i64::MAX)
                } else {
                    horizon
                };
                track.fill(end.copied(), own);
                match end {
                    Some(end) if track.has_reached(*end) => {
                        track.close(end.at);
                        attendance.segments += 1;
                    }
                    Some(_) => break,
                    None => {
                        if low_latency && attendance.absent {
                            track.stand_in(horizon);
                        }
                        break;
                    }
                }
            }
        }
    }
}
