//! The halls: what the pages that watch say of themselves, by CMCD (CTA-5004-B).
//!
//! In: reports of pages, read from `POST /cmcd` and from requests for HLS. Out: the state of each hall,
//! counts for each channel with whose fault it is, and reports with a code for the record. Anybody
//! may send anything: everything here has a cap, and nothing of it decides what is on air.

pub mod cmcd;
pub mod code;
mod gate;
mod heard;
mod report;
mod session;
mod table;
#[cfg(test)]
mod tests;
mod verdict;
mod word;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::cause::{Incident, Word};
use crate::report::Millis;
use table::Table;

pub use heard::{Figures, Heard, Wrong};
pub use report::{HallReport, Told};
pub use table::Refused;
pub use verdict::{HallVerdict, Whose};
pub use word::{HallState, Says};

/// One moment on both clocks: spans are of the monotonic one, stamps of the wall.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// Monotonic.
    pub at: Instant,
    /// Of the wall.
    pub wall: Millis,
}

impl Now {
    /// Reads both clocks.
    #[must_use]
    pub fn read() -> Self {
        Self {
            at: Instant::now(),
            wall: crate::report::millis(crate::channel::wall_now()),
        }
    }
}

/// What the node knows of a channel.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Whether a programme goes out.
    pub on_air: bool,
    /// Those that last, and those that ended of late.
    pub incidents: &'a [Incident],
}

/// By what a page is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// It tells its state (`POST /cmcd`, event mode).
    Events,
    /// It only asks for HLS with some figures (request mode): a state is guessed from them, as long
    /// as the same page tells none.
    Requests,
}

/// The halls of a channel, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct HallsSnapshot {
    /// They play.
    pub playing: u64,
    /// Their buffer is empty.
    pub stalled: u64,
    /// They show a fault's screen.
    pub fault: u64,
    /// They have said nothing for 30 s and had not ended; forgotten after 10 minutes.
    pub lost: u64,
    /// They start, are paused, or have ended.
    pub other: u64,
    /// For so long halls stood still with an empty buffer, ms, all together, since the node started.
    pub rebuffer_millis_total: u64,
    /// Whose fault it is when some stall or show a fault; `None` while none does.
    pub verdict: Option<HallVerdict>,
}

impl HallsSnapshot {
    /// Halls that see nothing, or say that something is wrong.
    #[must_use]
    pub const fn struck(&self) -> u64 {
        self.stalled + self.fault
    }

    /// With whose fault it is, by what is known of the channel at `now`.
    #[must_use]
    pub fn judged(self, known: Known<'_>, now: Millis) -> Self {
        let verdict = verdict::of_channel(&self, known, now);
        Self { verdict, ..self }
    }

    /// Halls that want to see the channel and are heard.
    #[must_use]
    pub const fn watching(&self) -> u64 {
        self.playing + self.struck()
    }
}

/// One hall now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HallSnapshot {
    /// The first letters of the page's own id of this run: enough to tell halls apart, and too
    /// little to speak in another's name.
    pub session: String,
    /// The hall's name as its page has it; empty where none is set.
    pub hall: String,
    /// The channel's id.
    pub channel: String,
    /// What it does.
    pub state: HallState,
    /// In this state for so many seconds.
    pub state_seconds: f64,
    /// First heard, RFC 3339.
    pub first_seen: String,
    /// Last heard, RFC 3339.
    pub last_heard: String,
    /// So many seconds ago.
    pub silent_seconds: f64,
    /// What is buffered.
    pub buffer_seconds: Option<f64>,
    /// Of the rendition that it plays.
    pub bitrate_bits_per_second: Option<u64>,
    /// Of the best rendition that it may play.
    pub top_bitrate_bits_per_second: Option<u64>,
    /// What its line gave of late.
    pub throughput_bits_per_second: Option<u64>,
    /// Behind live.
    pub latency_seconds: Option<f64>,
    /// Pictures that it could not show.
    pub dropped_frames: Option<u64>,
    /// How often its buffer ran empty.
    pub stalls: u64,
    /// For how long, all together.
    pub stall_seconds: f64,
    /// What its screen says.
    pub fault: Option<Word>,
    /// Whose fault it is by its screen.
    pub says: Option<Says>,
    /// The last report code that it showed.
    pub code: Option<String>,
    /// Whose fault it is by the node; `None` while nothing is wrong.
    pub verdict: Option<HallVerdict>,
}

/// Some of the halls.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HallPage {
    /// So many there are in all, of the channel that was asked for.
    pub total: usize,
    /// Reports that could not be taken since the start: too many at once, or not readable.
    pub refused_total: u64,
    /// Halls that were forgotten before their time, because there were too many.
    pub dropped_total: u64,
    /// Those that need somebody first.
    pub halls: Vec<HallSnapshot>,
}

/// What a report did.
#[derive(Clone, Debug, PartialEq)]
pub enum Taken {
    /// The hall's state is known.
    State,
    /// And it has a code, for the record.
    Report(Box<HallReport>),
}

/// The halls of a node.
#[derive(Debug, Default)]
pub struct Halls {
    table: Mutex<Table>,
}

impl Halls {
    fn table(&self) -> MutexGuard<'_, Table> {
        // Every change is complete when the lock is let go: poison says nothing.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a report that came from `host`; `known` is `None` where the node has no such channel.
    ///
    /// # Errors
    /// Too many come.
    pub fn hear(
        &self,
        (host, by): (IpAddr, By),
        heard: &Heard,
        known: Option<Known<'_>>,
        now: Now,
    ) -> Result<Taken, Refused> {
        self.table().hear((host, by), heard, known, now)
    }

    /// Counts a report that cannot be read, and what it cost.
    ///
    /// # Errors
    /// Too many come.
    pub fn unreadable(&self, host: IpAddr, now: Now) -> Result<(), Refused> {
        self.table().unreadable(host, now)
    }

    /// Forgets what is long silent, and counts the rest by channel.
    #[must_use]
    pub fn counted(&self, now: Now) -> HashMap<String, HallsSnapshot> {
        self.table().counted(now)
    }

    /// The halls of one channel, or of all, those that need somebody first: `limit` of them after the
    /// first `skip`. `known` gives what the node knows of a channel.
    #[must_use]
    pub fn page<'a>(
        &self,
        channel: Option<&str>,
        (skip, limit): (usize, usize),
        known: impl Fn(&str) -> Option<Known<'a>>,
        now: Now,
    ) -> HallPage {
        self.table().page(channel, (skip, limit), known, now)
    }
}
