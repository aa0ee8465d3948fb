//! How fit an input is to be on air.

use std::time::Duration;

use crate::monitor::{Cause, Presence, State};
use crate::time::Mono;

/// An input without a packet for this long is silent, if its packets come closer: under the
/// output's latency, so that a switch leaves no hole.
const SILENT: Duration = Duration::from_millis(120);
/// No pause is longer and still none: what an operator calls gone.
const MOST_PAUSE: Duration = Duration::from_secs(1);
/// A pause is forgotten in about so long.
const FORGET: Duration = Duration::from_secs(3);
/// Transport faults in each second of an input that is lossy: what a viewer calls broken.
const LOSSY: u64 = 5;

/// How fit an input is: its worst fault, the worst kind first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fitness {
    /// Nothing comes.
    #[default]
    NoPackets,
    /// Packets come, and no PAT, PMT or PCR of the programme.
    NoProgramme,
    /// The programme is scrambled and nobody asked for that.
    Scrambled,
    /// Sound without picture.
    NoVideo,
    /// The picture is black.
    Black,
    /// The picture does not move at all, not even by its noise.
    Frozen,
    /// Picture without sound.
    NoAudio,
    /// Sound comes, and is digital silence.
    Mute,
    /// Picture and sound, with transport faults in each second.
    Lossy,
    /// Picture and sound.
    Ready,
}

impl Fitness {
    /// All faults, the worst first.
    pub const FAULTS: [Self; 9] = [
        Self::NoPackets,
        Self::NoProgramme,
        Self::Scrambled,
        Self::NoVideo,
        Self::Black,
        Self::Frozen,
        Self::NoAudio,
        Self::Mute,
        Self::Lossy,
    ];

    /// The word in configuration, log, events and API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoPackets => "no-packets",
            Self::NoProgramme => "no-programme",
            Self::Scrambled => "scrambled",
            Self::NoVideo => "no-video",
            Self::Black => "black",
            Self::Frozen => "frozen",
            Self::NoAudio => "no-audio",
            Self::Mute => "mute",
            Self::Lossy => "lossy",
            Self::Ready => "ready",
        }
    }

    /// Of what the packets of an input show.
    #[must_use]
    pub fn of(presence: Presence, has_clock: bool, content: Content) -> Self {
        let scrambled = matches!(presence.cause, Some(Cause::Scrambled(_)));
        match presence.state {
            _ if !has_clock => Self::NoProgramme,
            State::Waiting | State::Lost => Self::NoProgramme,
            State::NoPicture | State::NoSound if scrambled => Self::Scrambled,
            State::NoPicture => Self::NoVideo,
            _ if content.black => Self::Black,
            _ if content.frozen => Self::Frozen,
            State::NoSound => Self::NoAudio,
            State::Receiving if content.mute => Self::Mute,
            State::Receiving => Self::Ready,
        }
    }
}

/// What decoding the pictures and the sound of an input showed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// The picture is black.
    pub black: bool,
    /// The picture stands still.
    pub frozen: bool,
    /// The sound is digital silence.
    pub mute: bool,
}

/// When the packets of an input come: a feed of sound alone, or one that comes in bursts, pauses
/// without being silent.
#[derive(Clone, Copy, Debug)]
pub struct Rhythm {
    last: Option<Mono>,
    /// The longest pause of late; long until the input is known.
    pause: Duration,
    /// Added to what an input does, where another path of it may take over.
    patience: Duration,
}

impl Rhythm {
    /// Of an input that may pause for `patience` longer than it does, while it changes to another
    /// path of its own.
    #[must_use]
    pub fn new(patience: Duration) -> Self {
        Self {
            last: None,
            pause: MOST_PAUSE / 2,
            patience,
        }
    }

    /// A packet came.
    pub fn beat(&mut self, at: Mono) {
        let pause = self.last.map_or(Duration::ZERO, |last| at.since(last));
        let forgotten = self
            .pause
            .mul_f64((pause.as_secs_f64() / FORGET.as_secs_f64()).min(1.0));
        self.pause = (self.pause - forgotten).max(pause.min(MOST_PAUSE));
        self.last = Some(at);
    }

    /// Whether the input has paused for longer than it does.
    #[must_use]
    pub fn is_silent(&self, now: Mono) -> bool {
        let most = (self.pause * 2).clamp(SILENT, MOST_PAUSE) + self.patience;
        self.last.is_none_or(|last| now.since(last) >= most)
    }
}

/// Whether transport faults come in each second.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wear {
    second: Option<Mono>,
    faults: u64,
    lossy: bool,
}

impl Wear {
    /// Takes the count of transport faults since the start, once a second; answers whether the input is lossy.
    pub fn count(&mut self, now: Mono, faults: impl FnOnce() -> u64) -> bool {
        let over = |second: &Mono| now.since(*second) >= Duration::from_secs(1);
        if self.second.as_ref().is_none_or(over) {
            let faults = faults();
            self.lossy = self.second.is_some() && faults.saturating_sub(self.faults) >= LOSSY;
            (self.second, self.faults) = (Some(now), faults);
        }
        self.lossy
    }
}
