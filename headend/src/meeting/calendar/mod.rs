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

use super::Draft;
use crate::cause::Text;
use crate::report::Millis;

pub use write::render;

/// Bytes of a calendar: some thousand events.
pub const BYTES: usize = 1 << 20;
/// Events of a calendar.
pub const EVENTS: usize = 4_000;
/// Instances of one series: daily for a year, and some.
pub const INSTANCES: usize = 400;

/// One meeting of a calendar; of a series one instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Where it begins in the text, from 1.
    pub line: usize,
    /// UID.
    pub uid: String,
    /// SEQUENCE.
    pub sequence: u64,
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

/// The events of a calendar from `now` on for a year, each or why it is not taken. A meeting that
/// names no channel of its own (X-HEADEND-CHANNEL) is for `channel`.
///
/// # Errors
/// The text is no calendar, is not whole, or is too large.
pub fn read(
    text: &str,
    channel: Option<&str>,
    now: Millis,
) -> Result<Vec<Result<Event, Trouble>>, Trouble> {
    let (lines, mut found) = lines::lines(text)?;
    let components = component::components(&lines)?;
    found.extend(event::events(&components, channel, now)?);
    Ok(found)
}

/// Text of a stranger, short and on one line.
pub(crate) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}

#[cfg(test)]
mod tests;
