//! How fit an input is to be on air.

use std::time::Duration;

use crate::monitor::{Cause, Lack, Presence, State};
use crate::time::Mono;

/// Transport faults in each second of an input that is lossy: what a viewer calls broken.
const LOSSY: u64 = 5;
/// The same for any fault in so many seconds in a row: a picture that breaks each second.
const LOSSY_SECONDS: u32 = 3;
/// Lossy no more after so many seconds without one.
const CLEAN_SECONDS: u32 = 2;

/// How fit an input is: its worst fault, the worst kind first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fitness {
    /// Nothing comes.
    #[default]
    NoPackets,
    /// Packets come, and a PAT, PMT or PCR of the programme never did.
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
    /// Picture and sound, and their PCR has stopped: they go on by the clock that was.
    NoClock,
    /// Picture and sound, and the PAT or the PMT has stopped: they go on by the tables that were.
    NoTables,
    /// Picture and sound.
    Ready,
}

impl Fitness {
    /// All faults, the worst first.
    pub const FAULTS: [Self; 11] = [
        Self::NoPackets,
        Self::NoProgramme,
        Self::Scrambled,
        Self::NoVideo,
        Self::Black,
        Self::Frozen,
        Self::NoAudio,
        Self::Mute,
        Self::Lossy,
        Self::NoClock,
        Self::NoTables,
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
            Self::NoClock => "no-clock",
            Self::NoTables => "no-tables",
            Self::Ready => "ready",
        }
    }

    /// Of what the packets of an input show.
    #[must_use]
    pub fn of(presence: Presence, has_clock: bool, lack: Option<Lack>, content: Content) -> Self {
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
            State::Receiving => match lack {
                Some(Lack::Pat | Lack::Pmt(_)) => Self::NoTables,
                Some(Lack::Pcr(_)) => Self::NoClock,
                None => Self::Ready,
            },
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

/// Whether transport faults come in each second.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wear {
    second: Option<Mono>,
    faults: u64,
    /// Seconds in a row with faults, and without.
    rows: (u32, u32),
    lossy: bool,
}

impl Wear {
    /// Takes the count of transport faults since the start, once a second; answers whether the input is lossy.
    pub fn count(&mut self, now: Mono, faults: impl FnOnce() -> u64) -> bool {
        let over = |second: &Mono| now.since(*second) >= Duration::from_secs(1);
        if self.second.as_ref().is_none_or(over) {
            let faults = faults();
            let new = faults.saturating_sub(self.faults);
            if self.second.is_some() {
                self.end(new);
            }
            (self.second, self.faults) = (Some(now), faults);
        }
        self.lossy
    }

    fn end(&mut self, faults: u64) {
        self.rows = match (faults, self.rows) {
            (0, (_, without)) => (0, without.saturating_add(1)),
            (_, (with, _)) => (with.saturating_add(1), 0),
        };
        if faults >= LOSSY || self.rows.0 >= LOSSY_SECONDS {
            self.lossy = true;
        } else if self.rows.1 >= CLEAN_SECONDS {
            self.lossy = false;
        }
    }
}
