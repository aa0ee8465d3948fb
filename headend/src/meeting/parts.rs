//! What a channel shows when: of several meetings at one time the one of the highest rank.

use super::{LONGEST, Meeting, Meetings};
use crate::report::Millis;

/// A meeting, or as much of it as no other takes the time of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Of which meeting.
    pub meeting: &'a Meeting,
    /// Which one of its parts, from 0.
    pub number: u64,
    /// When it begins.
    pub start: Millis,
    /// When it ends.
    pub end: Millis,
}

impl Meetings {
    /// What a channel shows after `from`, the earliest first; no two parts are at one time.
    #[must_use]
    pub fn parts(&self, channel: &str, from: Millis) -> Vec<Part<'_>> {
        let near = |m: &&Meeting| m.end > from.saturating_sub(LONGEST);
        let all: Vec<&Meeting> = self.of(channel).filter(near).collect();
        let mut parts: Vec<Part<'_>> = all.iter().flat_map(|m| shown(m, &all)).collect();
        parts.retain(|part| part.end > from);
        parts.sort_by_key(|part| part.start);
        parts
    }
}

/// What is left of `meeting` among `all`, which are in the order of their starts.
fn shown<'a>(meeting: &'a Meeting, all: &[&Meeting]) -> Vec<Part<'a>> {
    let first = all.partition_point(|other| other.start <= meeting.start - LONGEST);
    let near = all.iter().skip(first);
    let near = near.take_while(|other| other.start < meeting.end);
    let mut parts = Vec::new();
    let mut from = meeting.start;
    let mut push = |start, end| {
        if start < end {
            parts.push(Part {
                meeting,
                number: parts.len() as u64,
                start,
                end,
            });
        }
    };
    for above in near.filter(|other| other.rank() > meeting.rank() && other.end > meeting.start) {
        push(from, above.start);
        from = from.max(above.end);
    }
    push(from, meeting.end);
    parts
}
