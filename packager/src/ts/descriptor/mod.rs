//! Descriptors (ISO/IEC 13818-1, 2.6; EN 300 468, clause 6).
//!
//! In: the bytes of a descriptor loop. Out: the loop as it came, and each descriptor's meaning
//! for those that this project uses; others are handed on as bytes. A loop that ends inside a
//! descriptor is read up to there.

mod service;
mod stream;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::fmt;

pub use service::{LocalTimeOffset, LogicalChannel, Service, ShortEvent};
pub use stream::{AudioLanguage, AvcVideo, HevcVideo, Subtitle, TeletextPage};

use super::pid::Pid;
use super::read::TableError;

/// The longest body: descriptor_length is one byte.
pub const BODY_MAX: usize = 255;
/// The longest loop of a table: what a section of 4096 bytes can hold (2.4.4.11).
pub const LOOP_MAX: usize = 4093;

/// descriptor_tag values that are looked up by tag.
pub mod tag {
    /// video_stream_descriptor (2.6.2).
    pub const VIDEO_STREAM: u8 = 0x02;
    /// registration_descriptor (ISO/IEC 13818-1, 2.6.8).
    pub const REGISTRATION: u8 = 0x05;
    /// CA_descriptor (2.6.16).
    pub const CA: u8 = 0x09;
    /// ISO_639_language_descriptor (2.6.18).
    pub const LANGUAGE: u8 = 0x0a;
    /// AVC_video_descriptor (2.6.64).
    pub const AVC_VIDEO: u8 = 0x28;
    /// HEVC_video_descriptor (2.6.95).
    pub const HEVC_VIDEO: u8 = 0x38;
    /// network_name_descriptor (EN 300 468, 6.2.27).
    pub const NETWORK_NAME: u8 = 0x40;
    /// service_list_descriptor (6.2.35).
    pub const SERVICE_LIST: u8 = 0x41;
    /// service_descriptor (6.2.33).
    pub const SERVICE: u8 = 0x48;
    /// short_event_descriptor (6.2.37).
    pub const SHORT_EVENT: u8 = 0x4d;
    /// stream_identifier_descriptor (6.2.39).
    pub const STREAM_IDENTIFIER: u8 = 0x52;
    /// teletext_descriptor (6.2.43).
    pub const TELETEXT: u8 = 0x56;
    /// local_time_offset_descriptor (6.2.20).
    pub const LOCAL_TIME_OFFSET: u8 = 0x58;
    /// subtitling_descriptor (6.2.41).
    pub const SUBTITLING: u8 = 0x59;
    /// private_data_specifier_descriptor (6.2.31).
    pub const PRIVATE_DATA_SPECIFIER: u8 = 0x5f;
    /// data_broadcast_id_descriptor (6.2.12).
    pub const DATA_BROADCAST_ID: u8 = 0x66;
    /// AC-3_descriptor (EN 300 468, annex D.3).
    pub const AC3: u8 = 0x6a;
    /// enhanced_ac-3_descriptor (annex D.5).
    pub const EAC3: u8 = 0x7a;
    /// DTS_descriptor (annex G.2).
    pub const DTS: u8 = 0x7b;
    /// AAC_descriptor (annex H.2).
    pub const AAC: u8 = 0x7c;
    /// extension_descriptor (6.2.18.1): descriptor_tag_extension is the body's first byte.
    pub const EXTENSION: u8 = 0x7f;
    /// AC-3_audio_stream_descriptor of ATSC A/52, annex A.
    pub const ATSC_AC3: u8 = 0x81;
    /// logical_channel_descriptor (IEC 62216, under the private data specifiers that use it).
    pub const LOGICAL_CHANNEL: u8 = 0x83;
}

/// A language code of three letters (ISO 639-2), as on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(pub [u8; 3]);

impl Language {
    /// The code in small letters; `None` when the bytes are no letters.
    #[must_use]
    pub fn code(self) -> Option<String> {
        let letters = self.0.iter().all(u8::is_ascii_alphabetic);
        letters.then(|| {
            self.0
                .iter()
                .map(|&b| char::from(b.to_ascii_lowercase()))
                .collect()
        })
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Language({})", self.0.escape_ascii())
    }
}

/// What a descriptor means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Descriptor {
    /// registration_descriptor.
    Registration {
        /// format_identifier, four characters as a rule.
        format: [u8; 4],
        /// additional_identification_info.
        info: Vec<u8>,
    },
    /// CA_descriptor.
    Ca {
        /// CA_system_ID.
        system: u16,
        /// CA_PID: ECMs in a PMT, EMMs in a CAT.
        pid: Pid,
        /// private_data_byte.
        private: Vec<u8>,
    },
    /// ISO_639_language_descriptor.
    Languages(Vec<AudioLanguage>),
    /// AVC_video_descriptor.
    AvcVideo(AvcVideo),
    /// HEVC_video_descriptor.
    HevcVideo(HevcVideo),
    /// network_name_descriptor.
    NetworkName(String),
    /// service_list_descriptor: service_id and service_type.
    ServiceList(Vec<(u16, u8)>),
    /// service_descriptor.
    Service(Service),
    /// short_event_descriptor.
    ShortEvent(ShortEvent),
    /// stream_identifier_descriptor: component_tag.
    StreamIdentifier(u8),
    /// teletext_descriptor.
    Teletext(Vec<TeletextPage>),
    /// local_time_offset_descriptor.
    LocalTimeOffsets(Vec<LocalTimeOffset>),
    /// subtitling_descriptor.
    Subtitling(Vec<Subtitle>),
    /// private_data_specifier_descriptor.
    PrivateDataSpecifier(u32),
    /// data_broadcast_id_descriptor.
    DataBroadcastId {
        /// data_broadcast_id.
        id: u16,
        /// id_selector_byte.
        selector: Vec<u8>,
    },
    /// AC-3_descriptor: flags and what they announce.
    Ac3(Vec<u8>),
    /// enhanced_ac-3_descriptor: flags and what they announce.
    Eac3(Vec<u8>),
    /// AAC_descriptor.
    Aac {
        /// profile_and_level.
        profile_and_level: u8,
        /// Flags and what they announce.
        rest: Vec<u8>,
    },
    /// logical_channel_descriptor.
    LogicalChannels(Vec<LogicalChannel>),
    /// Any other, and any whose body is not as its tag demands.
    Other {
        /// descriptor_tag.
        tag: u8,
        /// What follows descriptor_length.
        body: Vec<u8>,
    },
}

impl Descriptor {
    /// Reads `body` by `tag`. A body that is not as the tag demands gives [`Descriptor::Other`].
    #[must_use]
    pub fn parse(tag: u8, body: &[u8]) -> Self {
        let known = match stream::parse(tag, body) {
            Ok(None) => service::parse(tag, body),
            known => known,
        };
        known.ok().flatten().unwrap_or_else(|| Self::Other {
            tag,
            body: body.to_vec(),
        })
    }

    /// descriptor_tag.
    #[must_use]
    pub const fn tag(&self) -> u8 {
        match self {
            Self::Registration { .. } => tag::REGISTRATION,
            Self::Ca { .. } => tag::CA,
            Self::Languages(_) => tag::LANGUAGE,
            Self::AvcVideo(_) => tag::AVC_VIDEO,
            Self::HevcVideo(_) => tag::HEVC_VIDEO,
            Self::NetworkName(_) => tag::NETWORK_NAME,
            Self::ServiceList(_) => tag::SERVICE_LIST,
            Self::Service(_) => tag::SERVICE,
            Self::ShortEvent(_) => tag::SHORT_EVENT,
            Self::StreamIdentifier(_) => tag::STREAM_IDENTIFIER,
            Self::Teletext(_) => tag::TELETEXT,
            Self::LocalTimeOffsets(_) => tag::LOCAL_TIME_OFFSET,
            Self::Subtitling(_) => tag::SUBTITLING,
            Self::PrivateDataSpecifier(_) => tag::PRIVATE_DATA_SPECIFIER,
            Self::DataBroadcastId { .. } => tag::DATA_BROADCAST_ID,
            Self::Ac3(_) => tag::AC3,
            Self::Eac3(_) => tag::EAC3,
            Self::Aac { .. } => tag::AAC,
            Self::LogicalChannels(_) => tag::LOGICAL_CHANNEL,
            Self::Other { tag, .. } => *tag,
        }
    }

    /// The body, cut at whole entries, texts at whole characters, to [`BODY_MAX`] bytes.
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        let mut body = match self {
            Self::Other { body, .. } => body.clone(),
            known => stream::body(known).unwrap_or_else(|| service::body(known)),
        };
        body.truncate(BODY_MAX);
        body
    }
}

/// A descriptor loop: whole descriptors, [`LOOP_MAX`] bytes at most.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Descriptors {
    bytes: Vec<u8>,
}

impl Descriptors {
    /// No descriptor.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    /// The whole descriptors at the start of `bytes`.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self {
            bytes: whole(bytes, LOOP_MAX).to_vec(),
        }
    }

    /// The loop as on the wire, without its length.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether there is no descriptor.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Tag and body of each descriptor, in order.
    pub fn raw(&self) -> impl Iterator<Item = (u8, &[u8])> {
        raw(&self.bytes)
    }

    /// The meaning of each descriptor, in order.
    pub fn iter(&self) -> impl Iterator<Item = Descriptor> {
        self.raw().map(|(tag, body)| Descriptor::parse(tag, body))
    }

    /// The body of the first descriptor with `tag`.
    #[must_use]
    pub fn find(&self, tag: u8) -> Option<&[u8]> {
        self.raw().find(|&(t, _)| t == tag).map(|(_, body)| body)
    }

    /// Adds a descriptor at the end; `false` and nothing done when the loop has no room for it.
    pub fn push(&mut self, descriptor: &Descriptor) -> bool {
        self.push_raw(descriptor.tag(), &descriptor.body())
    }

    /// Adds a descriptor at the end; `false` and nothing done when `body` is over [`BODY_MAX`] or
    /// the loop has no room for it.
    pub fn push_raw(&mut self, tag: u8, body: &[u8]) -> bool {
        let fits = self.bytes.len() + 2 + body.len() <= LOOP_MAX;
        let (true, Ok(length)) = (fits, u8::try_from(body.len())) else {
            return false;
        };
        self.bytes.extend_from_slice(&[tag, length]);
        self.bytes.extend_from_slice(body);
        true
    }

    /// Keeps the descriptors for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(u8, &[u8]) -> bool) {
        let mut kept = Self::new();
        for (tag, body) in self.raw() {
            if keep(tag, body) {
                kept.push_raw(tag, body);
            }
        }
        *self = kept;
    }

    /// Each descriptor as on the wire.
    pub(crate) fn items(&self) -> Vec<Vec<u8>> {
        let item = |(tag, body): (u8, &[u8])| {
            let length = u8::try_from(body.len()).unwrap_or(u8::MAX);
            [&[tag, length], body].concat()
        };
        self.raw().map(item).collect()
    }

    /// The loop behind its length of 12 bits, cut to whole descriptors in `max` bytes; `above` is
    /// what the four bits above the length hold.
    pub(crate) fn emit12(&self, max: usize, above: u8, out: &mut Vec<u8>) {
        emit12(whole(&self.bytes, max), above, out);
    }
}

impl FromIterator<Descriptor> for Descriptors {
    fn from_iter<I: IntoIterator<Item = Descriptor>>(descriptors: I) -> Self {
        let mut all = Self::new();
        for descriptor in descriptors {
            all.push(&descriptor);
        }
        all
    }
}

impl fmt::Debug for Descriptors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// `content` behind its length of 12 bits and what the four bits above hold.
pub(crate) fn emit12(content: &[u8], above: u8, out: &mut Vec<u8>) {
    let length = u16::try_from(content.len()).unwrap_or(0x0fff) & 0x0fff;
    out.extend_from_slice(&(u16::from(above) << 12 | length).to_be_bytes());
    out.extend_from_slice(content);
}

/// CA_PID of each CA_descriptor (ISO/IEC 13818-1, 2.6.16).
pub(crate) fn ca_pids(descriptors: &Descriptors) -> impl Iterator<Item = Pid> {
    let of_ca = descriptors.raw().filter(|(tag, _)| *tag == tag::CA);
    of_ca.filter_map(|(_, body)| {
        let bytes = body.get(2..)?.first_chunk()?;
        Some(Pid::from_bits(u16::from_be_bytes(*bytes)))
    })
}

/// The four bits above a length where they are reserved.
pub(crate) const RESERVED: u8 = 0x0f;

fn raw(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (&[tag, length], after) = rest.split_first_chunk()?;
        let (body, after) = after.split_at_checked(usize::from(length))?;
        rest = after;
        Some((tag, body))
    })
}

/// The whole descriptors in the first `max` bytes.
fn whole(bytes: &[u8], max: usize) -> &[u8] {
    let bytes = bytes.get(..max).unwrap_or(bytes);
    let length = raw(bytes).map(|(_, body)| 2 + body.len()).sum();
    bytes.get(..length).unwrap_or_default()
}

/// What a known tag's body gives; `Ok(None)` for a tag that is not known there.
type Parsed = Result<Option<Descriptor>, TableError>;

/// Entries of `N` bytes; an error when the last is not whole.
fn entries<const N: usize, T>(
    body: &[u8],
    read: impl Fn(&[u8; N]) -> T,
) -> Result<Vec<T>, TableError> {
    let (entries, rest) = body.as_chunks::<N>();
    if !rest.is_empty() {
        return Err(TableError::Cut {
            at: body.len() - rest.len(),
        });
    }
    Ok(entries.iter().map(read).collect())
}

/// As many whole entries of `N` bytes as a body holds.
fn written<const N: usize, T>(items: &[T], write: impl Fn(&T) -> [u8; N]) -> Vec<u8> {
    items.iter().take(BODY_MAX / N).flat_map(write).collect()
}
