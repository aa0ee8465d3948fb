//! The whole of HLS: packets in, windows out.

mod open;
mod report;
mod texts;

use std::sync::Arc;
use std::time::Duration;

use self::open::Opening;
use super::codec::{Format, Kind};
use super::demux::{Demux, Event, clock_pts};
use super::ladder::Ladder;
use super::layout::{Layout, Role, Subtitles};
use super::line::{Calendar, Place};
use super::programme::{Completed, Programme};
use super::shelf::{Delivery, Shelf};
use super::subtitles;
use super::track::{Closed, Track};
use super::unit::Access;
use super::window::{Faults, Segment, Window};
use crate::time::Wall;
use crate::ts::clock::Ticks;
use crate::ts::{Packet, RawPacket};

/// Numbers left out on a restart: the journal may lack its last entries after a power cut.
const RESUME_SKIP: u64 = 3;
/// A PMT may change the tracks once in this time; one that changes at each repetition would make
/// segments of nothing.
const LAYOUT_REST: i64 = 1_000_000_000;

/// Shorter parts hold less than three pictures of 25 Hz.
const PART_LEAST: Duration = Duration::from_millis(100);
/// How old the figures of a window may be.
const STALE: i64 = 1_000_000_000;

/// How a channel is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Target duration of a segment.
    pub segment: Duration,
    /// Target duration of a part; under 100 ms is 100 ms.
    pub part: Duration,
    /// Whether parts are listed as they are made, for players that stay close behind.
    pub low_latency: bool,
    /// How much the playlists show; at least three target durations are shown.
    pub window: Duration,
}

/// What a channel needs to go on after a restart. `Resume::default()` is a first start.
///
/// The caller stores it whenever [`Packager::push`] tells of a segment, before it shows the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resume {
    /// The number of the segment to come.
    pub next_media_sequence: u64,
    /// Discontinuities up to there.
    pub discontinuity_sequence: u64,
    /// The run, in the name of each segment; 0 is none yet.
    pub instance: u64,
    /// EXT-X-TARGETDURATION in seconds; 0 is not yet settled.
    pub target_duration: u64,
    /// [`Settings::segment`] in milliseconds, for which the target duration was settled. Another
    /// segment duration settles another.
    pub segment_millis: u64,
}

/// What a packet has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// Nothing.
    #[default]
    Nothing,
    /// The window: a part, a sentence, or figures that were a second old.
    Window,
    /// The window and the journal: a segment.
    Segment,
}

/// Makes HLS of one channel's programme.
#[derive(Debug)]
pub struct Packager {
    settings: Settings,
    resume: Resume,
    demux: Demux,
    adopted: Option<Wall>,
    programme: Option<Programme>,
    shelf: Option<Shelf>,
    calendar: Calendar,
    /// Subtitles, each with its label.
    texts: Vec<(Subtitles, subtitles::Track)>,
    epoch: u64,
    target: Option<u64>,
    discontinuities: u64,
    /// Whether the next segment comes after a discontinuity.
    discontinuity: bool,
    /// Of each track when it last had a segment; empty until the tracks are arranged.
    formats: Vec<Option<Arc<Format>>>,
    /// Tracks on the shelf, by index in the programme.
    arranged: Vec<usize>,
    /// Tracks that had nothing for the last segment.
    stopped: Vec<usize>,
    /// What was said of the segment in the making with its first part.
    opening: Option<Opening>,
    shown_parts: usize,
    /// How the picture's last segment begins.
    access: Option<Access>,
    past: Faults,
    window: Arc<Window>,
    /// When the window was made.
    made: Wall,
}

impl Packager {
    /// A channel that goes on from `resume`.
    #[must_use]
    pub fn new(settings: Settings, resume: Resume) -> Self {
        let settings = Settings {
            part: settings.part.max(PART_LEAST),
            ..settings
        };
        let known =
            resume.target_duration != 0 && resume.segment_millis == millis(settings.segment);
        Self {
            settings,
            resume,
            demux: Demux::default(),
            adopted: None,
            programme: None,
            shelf: None,
            calendar: Calendar::default(),
            texts: Vec::new(),
            epoch: 0,
            target: known.then_some(resume.target_duration),
            discontinuities: resume.discontinuity_sequence + u64::from(resume.instance != 0),
            discontinuity: resume.instance != 0,
            formats: Vec::new(),
            arranged: Vec::new(),
            stopped: Vec::new(),
            opening: None,
            shown_parts: 0,
            access: None,
            past: Faults::default(),
            window: Arc::new(Window::unavailable("nothing has been received yet")),
            made: Wall::default(),
        }
    }

    /// The same with a ladder.
    #[must_use]
    pub fn with_ladder(settings: Settings, resume: Resume, ladder: Ladder) -> Self {
        Self {
            demux: Demux::with(ladder),
            ..Self::new(settings, resume)
        }
    }

    /// Takes the next packet of what is made for the ladder, on its PIDs. As [`Packager::push`].
    #[must_use = "a segment has to be journalled before the window is shown"]
    pub fn push_rung(&mut self, now: Wall, packet: &RawPacket) -> Change {
        self.demux.push_rung(Packet::new(packet));
        self.work(now)
    }

    /// What makes the smaller pictures has ended, or with `sound` what makes the sound: the others
    /// do not wait for it. As [`Packager::push`].
    #[must_use = "a segment has to be journalled before the window is shown"]
    pub fn lose_rungs(&mut self, now: Wall, sound: bool) -> Change {
        if let Some(programme) = &mut self.programme {
            programme.lose_rungs(|role| (role == Role::SoundAlone) == sound);
        }
        let change = self.publish(now);
        self.show(now, change)
    }

    /// Takes the tap's next packet, which came at `now`.
    ///
    /// On [`Change::Segment`] the caller stores [`Packager::journal`], then shows
    /// [`Packager::window`].
    #[must_use = "a segment has to be journalled before the window is shown"]
    pub fn push(&mut self, now: Wall, packet: &RawPacket) -> Change {
        self.demux.push(Packet::new(packet));
        self.work(now)
    }

    fn work(&mut self, now: Wall) -> Change {
        let mut change = Change::Nothing;
        while let Some(event) = self.demux.next() {
            change = change.max(self.event(now, event));
        }
        self.show(now, change)
    }

    fn show(&mut self, now: Wall, mut change: Change) -> Change {
        let age = now.unix_nanos().saturating_sub(self.made.unix_nanos());
        if !(0..STALE).contains(&age) {
            change = change.max(Change::Window);
        }
        if change > Change::Nothing {
            self.made = now;
            self.refresh();
        }
        change
    }

    /// Everything that can be fetched now.
    #[must_use]
    pub fn window(&self) -> Arc<Window> {
        self.window.clone()
    }

    /// What a restart needs.
    #[must_use]
    pub fn journal(&self) -> Resume {
        let Some(shelf) = &self.shelf else {
            return self.resume;
        };
        Resume {
            next_media_sequence: shelf.next(),
            discontinuity_sequence: self.discontinuities,
            instance: shelf.instance(),
            target_duration: self.target.unwrap_or(0),
            segment_millis: millis(self.settings.segment),
        }
    }

    fn event(&mut self, now: Wall, event: Event) -> Change {
        match event {
            Event::Layout(layout) => self.adopt(now, layout),
            Event::Clock(pcr) => {
                if let Some(programme) = &self.programme
                    && let Place::On(at) = programme.line().place(clock_pts(pcr))
                {
                    self.calendar.observe(at, now);
                }
                Change::Nothing
            }
            Event::Refused { index } => {
                if let Some(programme) = &mut self.programme {
                    programme.refuse(index);
                }
                Change::Window
            }
            Event::Text { pid, pes } => {
                self.push_text(pid, &pes);
                Change::Nothing
            }
            Event::Pes { index, pes } => {
                if let Some(programme) = &mut self.programme {
                    programme.push(index, &pes);
                }
                self.publish(now)
            }
        }
    }

    /// Takes on the tracks of a new PMT.
    fn adopt(&mut self, now: Wall, layout: Layout) -> Change {
        let since = self
            .adopted
            .map(|at| now.unix_nanos().saturating_sub(at.unix_nanos()));
        if since.is_some_and(|since| (0..LAYOUT_REST).contains(&since)) {
            return Change::Nothing;
        }
        self.adopted = Some(now);
        let mut change = Change::Window;
        if let Some(programme) = &mut self.programme {
            programme.finish();
            change = change.max(self.publish(now));
            self.discontinuity = true;
        }
        self.retire();
        let usable = layout.unavailable.is_none();
        let hole = self.part_target();
        let part = (Ticks::from_duration(self.settings.part), hole.is_some());
        let tracks = usable.then(|| Track::of(&layout, part));
        self.programme =
            tracks.map(|t| Programme::new(t, self.settings.segment, self.target, hole));
        self.open_texts(&layout);
        self.demux.adopt(layout);
        change
    }

    /// Keeps the counts of a programme that ends.
    fn retire(&mut self) {
        self.past = self.faults();
        self.programme = None;
        self.formats.clear();
        self.arranged.clear();
        self.stopped.clear();
        self.opening = None;
        self.access = None;
        self.epoch = 0;
        self.calendar.restart();
    }

    fn publish(&mut self, now: Wall) -> Change {
        let mut change = Change::Nothing;
        while let Some(completed) = self.programme.as_mut().and_then(Programme::next) {
            self.append(now, completed);
            change = Change::Segment;
        }
        let Some(programme) = &self.programme else {
            return change;
        };
        if programme.epoch() != self.epoch {
            self.epoch = programme.epoch();
            self.calendar.restart();
            self.texts.iter_mut().for_each(|(_, text)| text.restart());
        }
        let parts = self.open(now);
        if parts != std::mem::replace(&mut self.shown_parts, parts) {
            change = change.max(Change::Window);
        }
        change
    }

    fn append(&mut self, now: Wall, completed: Completed) {
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
    fn breaks(
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

    fn arrange(&mut self, present: Vec<usize>) {
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
    fn date_by_arrival(&mut self, at: Ticks, now: Wall) {
        if !self.calendar.is_set() {
            self.calendar.observe(at, now);
        }
    }

    fn part_target(&self) -> Option<Ticks> {
        let part = Ticks::from_duration(self.settings.part);
        self.settings.low_latency.then_some(part)
    }

    fn refresh(&mut self) {
        let layout = self.demux.layout();
        let unavailable = layout.and_then(|l| l.unavailable.clone());
        let unavailable = unavailable.or_else(|| self.all_refused());
        let mut window = match (&self.shelf, &self.programme) {
            (Some(shelf), _) => shelf.window(),
            (None, Some(programme)) if programme.awaits_picture() => {
                Window::unavailable("waiting for the picture's first IDR")
            }
            (None, Some(_)) => Window::unavailable("waiting for the first segment"),
            (None, None) => Window::unavailable("waiting for a programme"),
        };
        if let Some(sentence) = unavailable {
            window.withdraw(sentence);
        }
        window.facts.notices = self.notices();
        window.facts.faults = self.faults();
        self.window = Arc::new(window);
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
