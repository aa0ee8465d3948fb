//! Pace and rate of an output.
//!
//! In: packets of one programme with their place on the output's line of time. Out: datagrams'
//! worth of packets with departure times, at a constant rate where the output has one, PCRs
//! stamped from byte position. It never sends and never looks into a payload.

mod cbr;
mod clock;
mod lane;
mod own_pace;
mod tables;
mod timing;

pub use cbr::Cbr;
pub use clock::SourceClock;
pub use own_pace::OwnPace;
pub use tables::{TableSet, TableTimer};
pub use timing::{Mark, Role, Timed, Timing, Unit};

use std::time::Duration;

use crate::time::{Bitrate, Mono};
use crate::ts::RawPacket;
use crate::ts::clock::Ticks;

/// From a packet's time on the source clock to its departure: covers the wait for the next PCR
/// (100 ms at most, TR 101 290 2.3.a) and the jitter of the line before us. An input that waits
/// for other paths or for FEC adds its window.
pub const LATENCY: Duration = Duration::from_millis(200);

/// Between two PCRs on the wire; old probes still alarm at 40 ms.
pub const PCR_INTERVAL: Ticks = Ticks::from_millis(32);

/// A stalled machine catches up with what it owes up to this; beyond it the time is given up.
pub const CATCH_UP: Duration = Duration::from_millis(500);

/// What goes when the input is faster than the output's constant rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Overflow {
    /// Video waits for the next random access point that fits; sound and tables go on. Choose it
    /// for meetings: sound matters most.
    #[default]
    KeepSound,
    /// Everything of the programme is dropped until a random access point fits. Choose it when
    /// the receiver cannot bear sound without picture.
    DropAll,
}

impl Overflow {
    /// The word in configuration, log and API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::KeepSound => "keep-sound",
            Self::DropAll => "drop-all",
        }
    }
}

/// What an output has done since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Packets given to the wire, null packets and tables included.
    pub packets: u64,
    /// Null packets among them.
    pub nulls: u64,
    /// Packets of the programme taken in.
    pub taken: u64,
    /// Packets of the programme dropped by the overflow policy.
    pub overflow: u64,
    /// Access units that came when there was no time left to send them, whatever the rate: dropped
    /// with what follows up to the next random access point, and among `overflow`.
    pub late: u64,
    /// Times the overflow policy began to drop.
    pub overflows: u64,
    /// Packets dropped because the queue was at its cap.
    pub queue_full: u64,
    /// Slots given up because the machine stalled for longer than [`CATCH_UP`].
    pub stalled: u64,
}

/// The pace of one output.
#[derive(Debug)]
pub enum Shaper {
    /// Constant rate.
    Constant(Box<Cbr>),
    /// The input's own pace.
    Own(Box<OwnPace>),
}

impl Shaper {
    /// A shaper for an output with or without a constant rate.
    #[must_use]
    pub fn new(bitrate: Option<Bitrate>, overflow: Overflow) -> Self {
        match bitrate {
            Some(rate) => Self::Constant(Box::new(Cbr::new(rate, overflow))),
            None => Self::Own(Box::default()),
        }
    }

    /// Takes one packet of the programme.
    pub fn push(&mut self, timed: &Timed) {
        match self {
            Self::Constant(cbr) => cbr.push(timed),
            Self::Own(own) => own.push(timed),
        }
    }

    /// Writes the next packet that is due at `now` into `place` and gives its time on the line;
    /// `None` when none is.
    pub fn pull(
        &mut self,
        now: Mono,
        clock: &SourceClock,
        tables: &TableSet,
        place: &mut RawPacket,
    ) -> Option<Ticks> {
        match self {
            Self::Constant(cbr) => cbr.pull(now, clock, tables, place),
            Self::Own(own) => own.pull(now, clock, tables, place),
        }
    }

    /// When the packet after `ahead` others is due, as far as is known now; where fewer wait, the
    /// next one. `None` before the first.
    #[must_use]
    pub fn departure(&self, ahead: usize, clock: &SourceClock, tables: &TableSet) -> Option<Mono> {
        let at = match self {
            Self::Constant(cbr) => cbr.slot_time(ahead as u64),
            Self::Own(own) => own.time(ahead, tables),
        };
        Some(clock.departure(at?))
    }

    /// What it has done.
    #[must_use]
    pub fn counters(&self) -> Counters {
        match self {
            Self::Constant(cbr) => cbr.counters(),
            Self::Own(own) => own.counters(),
        }
    }

    /// Time stamps nearer to the source's clock than this cannot be sent in time.
    #[must_use]
    pub fn nearest(&self) -> Ticks {
        match self {
            Self::Constant(cbr) => cbr.nearest(),
            Self::Own(_) => Ticks::ZERO,
        }
    }

    /// Packets waiting.
    #[must_use]
    pub fn queued(&self) -> usize {
        match self {
            Self::Constant(cbr) => cbr.queued(),
            Self::Own(own) => own.queued(),
        }
    }
}
