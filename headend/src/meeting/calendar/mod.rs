//! iCalendar (RFC 5545): in, from any calendar program; out, for any.
//!
//! In: a text of a stranger. Out: its events with the line where each stands, or why one is not
//! taken. It holds at most what its limits say, whatever the text is.

mod component;
mod event;
mod lines;
mod moment;
mod repeat;
mod write;

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Draft, when};
use crate::cause::Text;
use crate::report::Millis;

pub use write::render;

/// Bytes of a calendar: some thousand events.
pub const BYTES: usize = 1 << 20;
/// Events of a calendar.
pub const EVENTS: usize = 4_000;
/// Instances of one series: daily for a year, and some.
pub const INSTANCES: usize = 400;

/// Which word of a calendar on a meeting this is (RFC 5546, 2.1.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = MeetingRevision)]
pub struct Revision {
    /// SEQUENCE.
    pub sequence: u64,
    /// LAST-MODIFIED, or else DTSTAMP: RFC 3339 in UTC.
    #[serde(with = "when::maybe_stamped", default)]
    #[schema(value_type = Option<String>)]
    pub stamp: Option<Millis>,
}

impl Revision {
    /// Whether it is the earlier or the later word. Without a stamp the sequence alone counts.
    #[must_use]
    pub fn against(self, other: Self) -> Ordering {
        let stamps = self.stamp.zip(other.stamp);
        let stamps = stamps.map_or(Ordering::Equal, |(own, other)| own.cmp(&other));
        self.sequence.cmp(&other.sequence).then(stamps)
    }
}

/// The meetings of a calendar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Each meeting, or why it is not taken.
    pub found: Vec<Result<Event, Trouble>>,
    /// The events that say all of their UID: each series, and each meeting that is none.
    pub masters: Vec<Master>,
}

/// An event that says all of its UID: another instance of it is no more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Master {
    /// Where it begins in the text, from 1.
    pub line: usize,
    /// UID.
    pub uid: String,
    /// Which word on it.
    pub revision: Revision,
}

/// One meeting of a calendar; of a series one instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Where it begins in the text, from 1.
    pub line: usize,
    /// UID.
    pub uid: String,
    /// Which word on it.
    pub revision: Revision,
    /// RECURRENCE-ID, or the start of an instance of a series.
    pub instance: Option<Millis>,
    /// STATUS:CANCELLED, or METHOD:CANCEL.
    pub cancelled: bool,
    /// The rest.
    pub draft: Draft,
}

/// What is not taken of a calendar, and where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    /// From 1.
    pub line: usize,
    /// Why.
    pub text: Text,
}

impl Trouble {
    fn new(line: usize, en: impl Into<String>, vi: impl Into<String>) -> Self {
        Self {
            line,
            text: Text::new(en, vi),
        }
    }
}

/// The meetings of a calendar from `now` on for a year. One that names no channel of its own
/// (X-HEADEND-CHANNEL) is for `channel`.
///
/// # Errors
/// The text is no calendar, is not whole, is not UTF-8, or is too large.
pub fn read(text: &[u8], channel: Option<&str>, now: Millis) -> Result<Calendar, Trouble> {
    let (lines, bad) = lines::lines(text)?;
    let components = component::components(&lines)?;
    let mut calendar = event::events(&components, channel, now)?;
    calendar.found.extend(bad.into_iter().map(Err));
    Ok(calendar)
}

/// Text of a stranger, short and on one line.
pub(crate) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}

#[cfg(test)]
mod tests;
