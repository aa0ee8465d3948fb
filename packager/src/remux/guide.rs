//! The guide in the stream: EIT present/following and schedule of the one service (EN 300 468,
//! 5.2.4; TR 101 211, 4.1.4).
//!
//! Each section is one packet, with one event or none: no receiver's buffer fills, and a table
//! that is made new is never torn. A name that is too long for that is cut at a whole character.

use std::time::Duration;

use super::tables::packets;
use crate::shape::TableSet;
use crate::time::Wall;
use crate::ts::descriptor::{Descriptor, Language, ShortEvent};
use crate::ts::eit::{Eit, EitService, Event};
use crate::ts::sdt::Running;
use crate::ts::text;
use crate::ts::{Pid, RawPacket};

/// The language of names (ISO 639-2).
const LANGUAGE: Language = Language(*b"vie");
/// The first schedule of this stream; each holds four days.
const SCHEDULE: u8 = 0x50;
/// Tables of the schedule: eight days.
const TABLES: i64 = 2;
/// A table has 32 segments of three hours, a segment eight sections.
const SEGMENT_SECONDS: i64 = 3 * 3_600;
const SEGMENTS: i64 = 32;
const SEGMENT_SECTIONS: usize = 8;
const DAY_SECONDS: i64 = 86_400;
/// Bytes of name and text in a section of one packet: 184, less pointer_field, header (8), fixed
/// fields (6), CRC (4), the event's own (12) and the descriptor's (7).
const TEXTS: usize = 184 - 1 - 8 - 6 - 4 - 12 - 7;
/// Events that are held. More than eight days have.
const MOST: usize = 1_024;

/// One event of the guide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuideEvent {
    /// event_id.
    pub id: u16,
    /// start_time; whole seconds count.
    pub start: Wall,
    /// duration.
    pub duration: Duration,
    /// event_name.
    pub name: String,
    /// What there is to say of it, as far as there is room.
    pub text: String,
}

impl GuideEvent {
    fn is_on(&self, wall: Wall) -> bool {
        let lasts = i64::try_from(self.duration.as_nanos()).unwrap_or(i64::MAX);
        self.start <= wall && wall < self.start.offset_nanos(lasts)
    }

    fn event(&self, running: Running) -> Event {
        let name = cut(&self.name, TEXTS);
        let left = TEXTS.saturating_sub(text::encode(&name, TEXTS).len());
        let short = ShortEvent {
            language: LANGUAGE,
            text: cut(&self.text, left),
            name,
        };
        Event {
            id: self.id,
            start: Some(self.start),
            duration: self.duration,
            running,
            scrambled: false,
            descriptors: [Descriptor::ShortEvent(short)].into_iter().collect(),
        }
    }
}

/// What of the guide is in the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shown {
    present: Option<usize>,
    following: Option<usize>,
    /// The day of the first segment, since 1970.
    day: i64,
    service: (u16, u16),
}

/// The guide of one channel.
#[derive(Debug, Default)]
pub(super) struct Guide {
    events: Vec<GuideEvent>,
    /// Whether there ever was an event: receivers that know of a guide are told that it is empty.
    announced: bool,
    shown: Option<Shown>,
    present_version: u8,
    schedule_version: u8,
}

impl Guide {
    /// A guide whose first tables have a version after `version`.
    pub(super) const fn new(version: u8) -> Self {
        Self {
            events: Vec::new(),
            announced: false,
            shown: None,
            present_version: version,
            schedule_version: version,
        }
    }

    /// Takes other events; whether they are others.
    pub(super) fn set(&mut self, mut events: Vec<GuideEvent>) -> bool {
        events.truncate(MOST);
        events.sort_by_key(|event| event.start);
        if events == self.events {
            return false;
        }
        self.announced |= !events.is_empty();
        self.events = events;
        self.shown = None;
        true
    }

    /// Whether there is none, and was none.
    pub(super) const fn is_empty(&self) -> bool {
        !self.announced
    }

    /// Makes the tables new where `wall` asks for it.
    pub(super) fn tell(&mut self, wall: Wall, service: EitService, tables: &mut TableSet) {
        let shown = Shown {
            present: self.events.iter().rposition(|event| event.is_on(wall)),
            following: self.events.iter().position(|event| event.start > wall),
            day: wall.unix_seconds().div_euclid(DAY_SECONDS),
            service: (service.id, service.transport_stream_id),
        };
        let before = self.shown.replace(shown);
        if before == Some(shown) {
            return;
        }
        if !self.announced {
            return;
        }
        self.present_version = (self.present_version + 1) & 0x1f;
        tables.eit_present = self.present(shown, service);
        if before.is_none_or(|before| before.day != shown.day || before.service != shown.service) {
            self.schedule_version = (self.schedule_version + 1) & 0x1f;
            tables.eit_schedule = self.schedule(shown.day, service);
        }
    }

    fn present(&self, shown: Shown, service: EitService) -> Vec<RawPacket> {
        let event = |place: Option<usize>, running| {
            let event = self.events.get(place?)?;
            Some(event.event(running))
        };
        let present = event(shown.present, Running::Running);
        let following = event(shown.following, Running::NotRunning);
        Eit::present_following(service, self.present_version, present, following)
            .iter()
            .flat_map(one_packet)
            .collect()
    }

    /// From the midnight of `day` on.
    fn schedule(&self, day: i64, service: EitService) -> Vec<RawPacket> {
        let segment_of = |event: &GuideEvent| {
            let since = event.start.unix_seconds() - day * DAY_SECONDS;
            let segment = since.div_euclid(SEGMENT_SECONDS);
            (0..SEGMENTS * TABLES).contains(&segment).then_some(segment)
        };
        let last = self.events.iter().filter_map(segment_of).max();
        let last = last.unwrap_or(0);
        let in_segment = |segment: i64| {
            let events = self.events.iter();
            events
                .filter(move |event| segment_of(event) == Some(segment))
                .take(SEGMENT_SECTIONS)
        };
        let first_section = |segment: i64| (segment % SEGMENTS) * SEGMENT_SECTIONS as i64;
        let byte = |number: i64| u8::try_from(number).unwrap_or(u8::MAX);
        let last_section = |segment: i64| {
            let count = in_segment(segment).count().max(1) as i64;
            byte(first_section(segment) + count - 1)
        };
        let mut out = Vec::new();
        for segment in 0..=last {
            let table = segment / SEGMENTS;
            let last_of_table = last.min((table + 1) * SEGMENTS - 1);
            let mut events = in_segment(segment);
            let mut number = byte(first_section(segment));
            loop {
                let event = events.next().map(|e| e.event(Running::Undefined));
                let eit = Eit {
                    table_id: SCHEDULE + byte(table),
                    service_id: service.id,
                    version: self.schedule_version,
                    number,
                    last_number: last_section(last_of_table),
                    transport_stream_id: service.transport_stream_id,
                    original_network_id: service.original_network_id,
                    segment_last: last_section(segment),
                    last_table_id: SCHEDULE + byte(last / SEGMENTS),
                    events: event.into_iter().collect(),
                };
                out.extend(one_packet(&eit));
                if number >= last_section(segment) {
                    break;
                }
                number += 1;
            }
        }
        out
    }
}

fn one_packet(eit: &Eit) -> Vec<RawPacket> {
    packets(Pid::EIT, &eit.emit())
}

/// As much of `text` as its coding has room for.
fn cut(text: &str, most: usize) -> String {
    text::decode(&text::encode(text, most))
}

#[cfg(test)]
mod tests;
