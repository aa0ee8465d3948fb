//! The whole of HLS: packets in, windows out.

mod append;
mod open;
mod report;
mod texts;

use std::sync::Arc;
use std::time::Duration;

use self::open::Opening;
use super::codec::Format;
use super::demux::{Demux, Event, clock_pts};
use super::ladder::Ladder;
use super::layout::{Layout, Role, Subtitles};
use super::line::{Calendar, Place};
use super::programme::Programme;
use super::shelf::Shelf;
use super::subtitles;
use super::track::Track;
use super::unit::Access;
use super::window::{Faults, Window};
use crate::time::Wall;
use crate::ts::clock::Ticks;
use crate::ts::{Packet, RawPacket};

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
        if self.demux.layout().is_some_and(|l| l.carries_as(&layout)) {
            self.open_texts(&layout);
            self.demux.note(layout);
            return Change::Window;
        }
        let since = self
            .adopted
            .map(|at| now.unix_nanos().saturating_sub(at.unix_nanos()));
        if since.is_some_and(|since| (0..LAYOUT_REST).contains(&since)) {
            return Change::Nothing;
        }
        self.adopted = Some(now);
        let mut change = Change::Window;
        self.demux.finish();
        while let Some(Event::Pes { index, pes }) = self.demux.next() {
            if let Some(programme) = &mut self.programme {
                programme.push(index, &pes);
            }
        }
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
        self.texts.clear();
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
