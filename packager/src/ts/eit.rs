//! Event information table: what is on now and what follows (EN 300 468, 5.2.4). The schedule
//! tables are of the same form and read the same.

use std::time::Duration;

use super::descriptor::{Descriptor, Descriptors, ShortEvent, tag};
use super::read::{Reader, TableError};
use super::sdt::Running;
use super::section::{Header, SECTION_MAX, Section, long_section};
use super::tdt::{bcd_time, from_bcd, read_utc, utc_bytes};
use crate::time::Wall;

/// present/following of this transport stream, of another, and the schedules of both.
const TABLE_IDS: std::ops::RangeInclusive<u8> = 0x4e..=0x6f;
/// Header, fixed fields, CRC of a section and the fixed fields of one event.
const SECTION_FIXED: usize = 8 + 6 + 4 + 12;

/// One section of an EIT. present/following is two of them: section 0 has what is on, section 1
/// what follows, and either may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eit {
    /// 0x4e for present/following of this transport stream, 0x4f of another, from 0x50 on
    /// schedules.
    pub table_id: u8,
    /// service_id: the program_number.
    pub service_id: u16,
    /// version_number, 0 to 31.
    pub version: u8,
    /// section_number.
    pub number: u8,
    /// last_section_number.
    pub last_number: u8,
    /// transport_stream_id.
    pub transport_stream_id: u16,
    /// original_network_id.
    pub original_network_id: u16,
    /// segment_last_section_number.
    pub segment_last: u8,
    /// last_table_id.
    pub last_table_id: u8,
    /// In the table's order.
    pub events: Vec<Event>,
}

/// One event of an [`Eit`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// event_id.
    pub id: u16,
    /// start_time in UTC, whole seconds; `None` when it is not defined.
    pub start: Option<Wall>,
    /// duration, whole seconds, under 100 hours.
    pub duration: Duration,
    /// running_status.
    pub running: Running,
    /// free_CA_mode: a stream of it is scrambled.
    pub scrambled: bool,
    /// Of the event.
    pub descriptors: Descriptors,
}

/// The service whose events a present/following table tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EitService {
    /// service_id: the program_number.
    pub id: u16,
    /// transport_stream_id.
    pub transport_stream_id: u16,
    /// original_network_id.
    pub original_network_id: u16,
}

impl Event {
    /// The first short_event_descriptor; `None` without a whole one.
    #[must_use]
    pub fn short(&self) -> Option<ShortEvent> {
        let body = self.descriptors.find(tag::SHORT_EVENT)?;
        match Descriptor::parse(tag::SHORT_EVENT, body) {
            Descriptor::ShortEvent(event) => Some(event),
            _ => None,
        }
    }

    fn emit(&self) -> Vec<u8> {
        let mut entry = self.id.to_be_bytes().to_vec();
        entry.extend_from_slice(&utc_bytes(self.start));
        let seconds = self.duration.as_secs().min(DURATION_MAX);
        entry.extend_from_slice(&bcd_time(i64::try_from(seconds).unwrap_or(0)));
        let status = self.running.bits() << 1 | u8::from(self.scrambled);
        self.descriptors
            .emit12(SECTION_MAX - SECTION_FIXED, status, &mut entry);
        entry
    }
}

impl Eit {
    /// The two sections of present/following of this transport stream, in `version`.
    #[must_use]
    pub fn present_following(
        service: EitService,
        version: u8,
        present: Option<Event>,
        following: Option<Event>,
    ) -> [Self; 2] {
        let section = |number, event: Option<Event>| Self {
            table_id: *TABLE_IDS.start(),
            service_id: service.id,
            version,
            number,
            last_number: 1,
            transport_stream_id: service.transport_stream_id,
            original_network_id: service.original_network_id,
            segment_last: 1,
            last_table_id: *TABLE_IDS.start(),
            events: event.into_iter().collect(),
        };
        [section(0, present), section(1, following)]
    }

    /// What one section says.
    ///
    /// # Errors
    /// `Table` when it is no EIT, `Cut` when an event is not whole.
    pub fn parse(section: &Section<'_>) -> Result<Self, TableError> {
        let table_id = section.table_id();
        if !TABLE_IDS.contains(&table_id) {
            return Err(TableError::Table { table_id });
        }
        let mut body = Reader::new(section.body());
        let mut eit = Self {
            table_id,
            service_id: section.extension(),
            version: section.version(),
            number: section.number(),
            last_number: section.last_number(),
            transport_stream_id: body.u16()?,
            original_network_id: body.u16()?,
            segment_last: body.u8()?,
            last_table_id: body.u8()?,
            events: Vec::new(),
        };
        while !body.is_empty() {
            let (id, start, duration) = (body.u16()?, body.array()?, body.array()?);
            let (status, descriptors) = body.loop12_with_bits()?;
            eit.events.push(Event {
                id,
                start: read_utc(start),
                duration: read_duration(duration),
                running: Running::from_bits(status >> 1),
                scrambled: status & 1 != 0,
                descriptors: Descriptors::from_bytes(descriptors.rest()),
            });
        }
        Ok(eit)
    }

    /// The section. Events that it cannot hold are left out, and of a single one the descriptors.
    #[must_use]
    pub fn emit(&self) -> Vec<Vec<u8>> {
        let header = Header {
            table_id: self.table_id,
            private: true,
            extension: self.service_id,
            version: self.version,
        };
        let mut body = self.transport_stream_id.to_be_bytes().to_vec();
        body.extend_from_slice(&self.original_network_id.to_be_bytes());
        body.extend_from_slice(&[self.segment_last, self.last_table_id]);
        for event in &self.events {
            let entry = event.emit();
            if 8 + body.len() + entry.len() + 4 > SECTION_MAX {
                break;
            }
            body.extend(entry);
        }
        vec![long_section(header, self.number, self.last_number, &body)]
    }
}

/// 99:59:59.
const DURATION_MAX: u64 = 100 * 3600 - 1;

/// Six BCD digits, taken as they are: a duration is no time of day.
fn read_duration(bytes: [u8; 3]) -> Duration {
    let [hours, minutes, seconds] = bytes.map(|b| u64::from(from_bcd(b)));
    Duration::from_secs(((hours * 60 + minutes) * 60 + seconds).min(DURATION_MAX))
}

#[cfg(test)]
mod tests {
    use super::super::descriptor::{Language, testing::loops};
    use super::super::section::testing::section_of;
    use super::*;
    use proptest::prelude::*;

    const SERVICE: EitService = EitService {
        id: 7,
        transport_stream_id: 1,
        original_network_id: 2,
    };

    prop_compose! {
        fn events()(
            id: u16,
            start in prop::option::of(0i64..2_000_000_000),
            duration in 0..=DURATION_MAX,
            running in 0u8..8,
            scrambled: bool,
            descriptors in loops(),
        ) -> Event {
            Event {
                id,
                start: start.map(|s| Wall::from_unix_nanos(s * 1_000_000_000)),
                duration: Duration::from_secs(duration),
                running: Running::from_bits(running),
                scrambled,
                descriptors,
            }
        }
    }

    fn read(sections: &[Vec<u8>]) -> Eit {
        let section = Section::new(&sections[0]).unwrap();
        assert!(section.crc_ok() && section.bytes() == sections[0] && sections.len() == 1);
        Eit::parse(&section).unwrap()
    }

    proptest! {
        #[test]
        fn present_and_following_read_back(
            present in prop::option::of(events()),
            following in prop::option::of(events()),
            version in 0u8..32,
        ) {
            for eit in Eit::present_following(SERVICE, version, present, following) {
                prop_assert_eq!(read(&eit.emit()), eit);
            }
        }

        #[test]
        fn a_schedule_section_reads_back(table_id in TABLE_IDS, all in prop::collection::vec(events(), 0..20)) {
            let [mut eit, _] = Eit::present_following(SERVICE, 0, None, None);
            eit.table_id = table_id;
            eit.events = all;
            prop_assert_eq!(read(&eit.emit()), eit);
        }

        #[test]
        fn any_body_is_an_eit_or_an_error(body in prop::collection::vec(any::<u8>(), 0..1100)) {
            let _ = Eit::parse(&Section::new(&section_of(0x4e, &body)).unwrap());
        }
    }

    #[test]
    fn a_name_in_vietnamese_reads_back() {
        let short = ShortEvent {
            language: Language(*b"vie"),
            name: "Họp trực tuyến".to_owned(),
            text: "Từ trung ương đến xã".to_owned(),
        };
        let event = Event {
            id: 1,
            start: None,
            duration: Duration::from_secs(5400),
            running: Running::Running,
            scrambled: false,
            descriptors: [Descriptor::ShortEvent(short.clone())]
                .into_iter()
                .collect(),
        };
        assert_eq!(event.short(), Some(short));
    }

    #[test]
    fn an_event_too_long_is_cut_to_the_section() {
        let mut descriptors = Descriptors::new();
        while descriptors.push_raw(0x80, &[0; 253]) {}
        let event = Event {
            id: 1,
            start: None,
            duration: Duration::ZERO,
            running: Running::Undefined,
            scrambled: false,
            descriptors,
        };
        let [mut eit, _] = Eit::present_following(SERVICE, 0, Some(event.clone()), None);
        eit.events.push(event);
        let section = eit.emit().remove(0);
        assert!(section.len() <= SECTION_MAX);
        assert_eq!(read(&[section]).events.len(), 1);
    }
}
