//! The schedule: which meeting is on which channel when, of what class and from whom.
//!
//! In: an operator's drafts and iCalendar. Out: meetings that are on record before the answer and
//! read without a lock, what is on and what comes next, and the guide. It refuses two meetings on
//! one channel at one time, and switches nothing on or off.

mod book;
pub mod calendar;
mod fault;
mod import;
mod outcome;
mod parts;
mod schedule;
pub mod when;
pub mod xmltv;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use book::{Around, Meetings, Settled};
pub use fault::{Fault, Notice};
pub use import::{Came, Heard, Word};
pub use outcome::{ImportLine, ImportOutcome, MeetingOutcome, differs};
pub use parts::Part;
pub use schedule::Schedule;

use crate::report::Millis;

/// Characters of a title: a line of a television.
pub const TITLE: usize = 128;
/// Characters of an originator.
pub const ORIGINATOR: usize = 128;
/// Characters of a note.
pub const NOTE: usize = 1_024;
/// The longest national meeting so far took 9.5 hours.
pub const LONGEST: Millis = 24 * 3_600_000;
/// Alarms page and the countdown runs from so long before a meeting.
pub const SOON: Millis = 3_600_000;

/// How a meeting stands to others, by the classes of Circular 39/2020.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
#[schema(as = MeetingClass)]
pub enum Class {
    /// Choose it for what is planned weeks ahead.
    #[default]
    Normal,
    /// Choose it for what a site should prefer when two channels have something on.
    Priority,
    /// Choose it for storm, flood and the like: it may take the time of another meeting.
    Emergency,
}

impl Class {
    /// The word in command, API and calendar.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Priority => "priority",
            Self::Emergency => "emergency",
        }
    }

    /// Of the word, in capitals or not.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Normal, Self::Priority, Self::Emergency]
            .into_iter()
            .find(|class| class.word().eq_ignore_ascii_case(word.trim()))
    }
}

/// A meeting of the schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = ScheduledMeeting)]
pub struct Meeting {
    /// Short and never used again: `m12`.
    pub id: String,
    /// The channel's id.
    pub channel: String,
    /// What it is called, 1 to 128 characters.
    pub title: String,
    /// When it begins, RFC 3339 in UTC.
    #[serde(with = "when::stamped")]
    #[schema(value_type = String)]
    pub start: Millis,
    /// When it ends, at most 24 h later, RFC 3339 in UTC.
    #[serde(with = "when::stamped")]
    #[schema(value_type = String)]
    pub end: Millis,
    /// How it stands to others.
    pub class: Class,
    /// Who broadcasts, at most 128 characters; empty when nobody said.
    pub originator: String,
    /// Whether it shall be recorded.
    pub record: bool,
    /// For operators and the guide, at most 1,024 characters.
    pub note: String,
    /// Whether it was called off.
    pub cancelled: bool,
    /// Raised with each change: SEQUENCE of RFC 5545 (3.8.7.4), and the ETag.
    pub sequence: u64,
    /// UID of RFC 5545 (3.8.4.7).
    pub uid: String,
    /// Which one of a series: RECURRENCE-ID of RFC 5545 (3.8.4.4), RFC 3339 in UTC.
    #[serde(with = "when::maybe_stamped", default)]
    #[schema(value_type = Option<String>)]
    pub instance: Option<Millis>,
    /// When it was changed last, RFC 3339 in UTC.
    #[serde(with = "when::stamped")]
    #[schema(value_type = String)]
    pub changed: Millis,
    /// What the calendar that it is from said last; left out of one that is from none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heard: Option<Heard>,
}

impl Meeting {
    /// The number of its id; 0 of what is none.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.id
            .strip_prefix('m')
            .and_then(|number| number.parse().ok())
            .unwrap_or(0)
    }

    /// Whether it is on at `now`.
    #[must_use]
    pub const fn is_on(&self, now: Millis) -> bool {
        !self.cancelled && self.start <= now && now < self.end
    }

    /// Of several on a channel the highest is the one that is shown.
    #[must_use]
    pub fn rank(&self) -> (Class, Millis, u64) {
        (self.class, self.start, self.number())
    }

    /// Whether `other` has its time: not where an emergency takes it, and not where they were at
    /// one time already when this meeting was as it `was`.
    fn gives_way_to(&self, other: &Self, was: &Self) -> bool {
        let takes = self.class == Class::Emergency && other.class != Class::Emergency;
        self.meets(other) && !takes && !was.meets(other)
    }

    fn meets(&self, other: &Self) -> bool {
        self.channel == other.channel
            && !self.cancelled
            && !other.cancelled
            && self.start < other.end
            && other.start < self.end
    }
}

/// What an operator wants of a meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MeetingDraft)]
pub struct Draft {
    /// The channel's id.
    pub channel: String,
    /// What it is called, 1 to 128 characters on one line.
    pub title: String,
    /// When it begins, RFC 3339.
    #[serde(with = "when::stamped")]
    #[schema(value_type = String)]
    pub start: Millis,
    /// When it ends, at most 24 h later, RFC 3339.
    #[serde(with = "when::stamped")]
    #[schema(value_type = String)]
    pub end: Millis,
    /// How it stands to others.
    #[serde(default)]
    pub class: Class,
    /// Who broadcasts, at most 128 characters on one line.
    #[serde(default)]
    pub originator: String,
    /// Whether it shall be recorded.
    #[serde(default)]
    pub record: bool,
    /// For operators and the guide, at most 1,024 characters.
    #[serde(default)]
    pub note: String,
}

impl From<&Meeting> for Draft {
    fn from(meeting: &Meeting) -> Self {
        Self {
            channel: meeting.channel.clone(),
            title: meeting.title.clone(),
            start: meeting.start,
            end: meeting.end,
            class: meeting.class,
            originator: meeting.originator.clone(),
            record: meeting.record,
            note: meeting.note.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
