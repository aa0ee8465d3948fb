//! What the schedule means for a channel: its guide in the stream, and what is on and comes next.

use std::sync::Arc;
use std::time::Duration;

use packager::remux::GuideEvent;
use packager::time::Wall;

use crate::line::{Line, Order};
use crate::meeting::{Meetings, Part};
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
        let parts = meetings.parts(id, now - BACK).into_iter();
        let near = parts.filter(|part| part.start < now + AHEAD);
        line.order(Order::Guide {
            id: id.clone(),
            events: near.map(event).collect(),
        });
    }
}

fn event(part: Part<'_>) -> GuideEvent {
    let lasts = u64::try_from(part.end - part.start).unwrap_or(0);
    GuideEvent {
        // No two of the same week are alike, what goes on after an emergency among them.
        id: (part.meeting.number().wrapping_add(part.number << 13) & 0xffff) as u16,
        start: Wall::from_unix_nanos(part.start.saturating_mul(1_000_000)),
        duration: Duration::from_millis(lasts),
        name: part.meeting.title.clone(),
        text: part.meeting.originator.clone(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meeting::{Around, Class, Draft};

    #[test]
    fn what_goes_on_after_an_emergency_is_an_event_of_its_own() {
        const HOUR: Millis = 3_600_000;
        let (mut all, channels) = (Meetings::default(), ["hop".to_owned()]);
        for (title, start, end, class) in [
            ("Họp", 8, 12, Class::Normal),
            ("Bão", 9, 10, Class::Emergency),
        ] {
            let draft = Draft {
                channel: "hop".to_owned(),
                title: title.to_owned(),
                start: start * HOUR,
                end: end * HOUR,
                class,
                ..Draft::default()
            };
            let around = Around {
                channels: &channels,
                node: "n",
                now: 0,
            };
            all.add(draft, around).unwrap();
        }
        let events: Vec<GuideEvent> = all.parts("hop", 0).into_iter().map(event).collect();
        let seen = events.iter().map(|event| {
            let lasts = event.duration.as_secs() / 3_600;
            (
                event.name.as_str(),
                event.start.unix_seconds() / 3_600,
                lasts,
            )
        });
        assert!(seen.eq([("Họp", 8, 1), ("Bão", 9, 1), ("Họp", 10, 2)]));
        assert!(events[0].id != events[2].id && events[1].id != events[2].id);
    }
}
