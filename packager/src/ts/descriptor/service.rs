//! Descriptors of the SDT, the NIT, the EIT and the TOT.

use super::super::read::{Reader, TableError};
use super::super::tdt::{bcd, from_bcd, read_utc, utc_bytes};
use super::super::text;
use super::{BODY_MAX, Descriptor, Language, Parsed, entries, tag, written};
use crate::time::Wall;

/// The service_descriptor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// service_type (EN 300 468, table 87): 1 television, 2 radio, 0x19 HD television.
    pub service_type: u8,
    /// service_provider_name.
    pub provider: String,
    /// service_name.
    pub name: String,
}

/// The short_event_descriptor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShortEvent {
    /// ISO_639_language_code.
    pub language: Language,
    /// event_name.
    pub name: String,
    /// text.
    pub text: String,
}

/// One entry of the local_time_offset_descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTimeOffset {
    /// country_code (ISO 3166), three letters.
    pub country: [u8; 3],
    /// country_region_id, 6 bits.
    pub region: u8,
    /// local_time_offset in minutes, positive east of Greenwich; under 100 hours.
    pub minutes: i16,
    /// time_of_change, in whole seconds; `None` when the field holds no time.
    pub change: Option<Wall>,
    /// next_time_offset in minutes, of the same sign as `minutes`.
    pub next_minutes: i16,
}

/// One entry of the logical_channel_descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LogicalChannel {
    /// service_id.
    pub service: u16,
    /// visible_service_flag.
    pub visible: bool,
    /// logical_channel_number, 10 bits.
    pub number: u16,
}

pub(super) fn parse(tag: u8, body: &[u8]) -> Parsed {
    let mut fields = Reader::new(body);
    let descriptor = match tag {
        tag::NETWORK_NAME => Descriptor::NetworkName(text::decode(body)),
        tag::SERVICE_LIST => Descriptor::ServiceList(entries(body, |&[high, low, kind]| {
            (u16::from_be_bytes([high, low]), kind)
        })?),
        tag::SERVICE => Descriptor::Service(Service {
            service_type: fields.u8()?,
            provider: text::decode(fields.run8()?),
            name: text::decode(fields.run8()?),
        }),
        tag::SHORT_EVENT => Descriptor::ShortEvent(ShortEvent {
            language: Language(fields.array()?),
            name: text::decode(fields.run8()?),
            text: text::decode(fields.run8()?),
        }),
        tag::LOCAL_TIME_OFFSET => Descriptor::LocalTimeOffsets(offsets(fields)?),
        tag::PRIVATE_DATA_SPECIFIER => Descriptor::PrivateDataSpecifier(fields.u32()?),
        tag::LOGICAL_CHANNEL => {
            Descriptor::LogicalChannels(entries(body, |&[s0, s1, n0, n1]| LogicalChannel {
                service: u16::from_be_bytes([s0, s1]),
                visible: n0 & 0x80 != 0,
                number: u16::from_be_bytes([n0 & 0x03, n1]),
            })?)
        }
        _ => return Ok(None),
    };
    Ok(Some(descriptor))
}

fn offsets(mut fields: Reader<'_>) -> Result<Vec<LocalTimeOffset>, TableError> {
    let mut all = Vec::new();
    while !fields.is_empty() {
        let country = fields.array()?;
        let place = fields.u8()?;
        let west = place & 1 != 0;
        let minutes = |[hours, minutes]: [u8; 2]| {
            let minutes = i16::from(from_bcd(hours)) * 60 + i16::from(from_bcd(minutes));
            if west { -minutes } else { minutes }
        };
        all.push(LocalTimeOffset {
            country,
            region: place >> 2,
            minutes: minutes(fields.array()?),
            change: read_utc(fields.array()?),
            next_minutes: minutes(fields.array()?),
        });
    }
    Ok(all)
}

/// The body of a descriptor of this file; empty for those of the other.
pub(super) fn body(descriptor: &Descriptor) -> Vec<u8> {
    match descriptor {
        Descriptor::NetworkName(name) => text::encode(name, BODY_MAX),
        Descriptor::ServiceList(services) => written(services, |&(service, kind)| {
            let [high, low] = service.to_be_bytes();
            [high, low, kind]
        }),
        Descriptor::Service(service) => {
            // The name counts for more than the provider.
            let name = text::encode(&service.name, BODY_MAX - 3);
            let provider = text::encode(&service.provider, BODY_MAX - 3 - name.len());
            [vec![service.service_type], run8(provider), run8(name)].concat()
        }
        Descriptor::ShortEvent(event) => {
            let name = text::encode(&event.name, BODY_MAX - 5);
            let rest = text::encode(&event.text, BODY_MAX - 5 - name.len());
            [event.language.0.to_vec(), run8(name), run8(rest)].concat()
        }
        Descriptor::LocalTimeOffsets(offsets) => written(offsets, offset),
        Descriptor::PrivateDataSpecifier(specifier) => specifier.to_be_bytes().to_vec(),
        Descriptor::LogicalChannels(channels) => written(channels, |channel| {
            let [s0, s1] = channel.service.to_be_bytes();
            let visible = if channel.visible { 0x8000 } else { 0 };
            let [n0, n1] = (visible | 0x7c00 | (channel.number & 0x03ff)).to_be_bytes();
            [s0, s1, n0, n1]
        }),
        _ => Vec::new(),
    }
}

/// `bytes`, 255 at most, behind their count.
fn run8(bytes: Vec<u8>) -> Vec<u8> {
    let mut run = vec![u8::try_from(bytes.len()).unwrap_or(u8::MAX)];
    run.extend(bytes);
    run
}

fn offset(offset: &LocalTimeOffset) -> [u8; 13] {
    let bcd_time = |minutes: i16| {
        let minutes = minutes.unsigned_abs().min(99 * 60 + 59);
        let digits = |value: u16| bcd(u8::try_from(value).unwrap_or(u8::MAX));
        [digits(minutes / 60), digits(minutes % 60)]
    };
    let [c0, c1, c2] = offset.country;
    let west = u8::from(offset.minutes < 0 || offset.next_minutes < 0);
    let [h, m] = bcd_time(offset.minutes);
    let [t0, t1, t2, t3, t4] = utc_bytes(offset.change);
    let [nh, nm] = bcd_time(offset.next_minutes);
    [
        c0,
        c1,
        c2,
        (offset.region << 2) | 0x02 | west,
        h,
        m,
        t0,
        t1,
        t2,
        t3,
        t4,
        nh,
        nm,
    ]
}
