//! What the schedule means for a channel: its guide in the stream, and what is on and comes next.

use std::sync::Arc;
use std::time::Duration;

use packager::remux::GuideEvent;
use packager::time::Wall;

use crate::line::{Line, Order};
use crate::meeting::{Meeting, Meetings};
use crate::report::Millis;
use crate::snapshot::ChannelMeetings;

/// The guide in the stream looks back so far: what is on began within it.
const BACK: Millis = 24 * 3_600_000;
/// Eight days are in the stream, from the last midnight on; one more for the next midnight.
const AHEAD: Millis = 9 * 24 * 3_600_000;
/// What the line has is looked over so often: meetings come within reach.
const AGAIN: Millis = 3_600_000;

/// What the line was told.
#[derive(Debug, Default)]
pub(super) struct Guide {
    /// The schedule's version, and the hour.
    told: Option<(u64, Millis)>,
}

impl Guide {
    /// Tells the line of the channel's meetings where they may be others.
    pub(super) fn tell(&mut self, id: &Arc<str>, meetings: &Meetings, now: Millis, line: &Line) {
        let of = (meetings.version, now.div_euclid(AGAIN));
        if self.told.replace(of) == Some(of) {
            return;
        }
        let near = |m: &&Meeting| m.end > now - BACK && m.start < now + AHEAD;
        let mut near: Vec<&Meeting> = meetings.of(id).filter(near).collect();
        // Of two that begin at once the one of the higher class is the later.
        near.sort_by_key(|meeting| (meeting.start, meeting.class));
        line.order(Order::Guide {
            id: id.clone(),
            events: near.into_iter().map(event).collect(),
        });
    }
}

fn event(meeting: &Meeting) -> GuideEvent {
    let lasts = u64::try_from(meeting.end - meeting.start).unwrap_or(0);
    GuideEvent {
        // The last 16 bits: no two of the same week are alike.
        id: (meeting.number() & 0xffff) as u16,
        start: Wall::from_unix_nanos(meeting.start.saturating_mul(1_000_000)),
        duration: Duration::from_millis(lasts),
        name: meeting.title.clone(),
        text: meeting.originator.clone(),
    }
}

/// What is on and what comes next on a channel.
pub(super) fn shown(id: &str, meetings: &Meetings, now: Millis) -> ChannelMeetings {
    ChannelMeetings {
        now: meetings.now(id, now).cloned(),
        next: meetings.next(id, now).cloned(),
        near: meetings.is_near(id, now),
    }
}
