//! Program map table (ISO/IEC 13818-1, 2.4.4.8).

use super::descriptor::{Descriptors, tag};
use super::pid::Pid;
use super::read::{Reader, TableError};
use super::section::{Header, Loop, SECTION_MAX, Section, long_sections};

const TABLE_ID: u8 = 0x02;

/// What one programme is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pmt {
    /// program_number.
    pub program: u16,
    /// version_number, 0 to 31.
    pub version: u8,
    /// PCR_PID; 0x1fff when the programme has no clock.
    pub pcr_pid: Pid,
    /// Of the programme.
    pub descriptors: Descriptors,
    /// In the table's order.
    pub streams: Vec<Stream>,
}

/// One elementary stream of a [`Pmt`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// stream_type.
    pub stream_type: StreamType,
    /// elementary_PID.
    pub pid: Pid,
    /// Of the stream.
    pub descriptors: Descriptors,
}

/// stream_type (table 2-34).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamType(pub u8);

impl StreamType {
    /// MPEG-1 video.
    pub const MPEG1_VIDEO: Self = Self(0x01);
    /// MPEG-2 video.
    pub const MPEG2_VIDEO: Self = Self(0x02);
    /// MPEG-1 audio.
    pub const MPEG1_AUDIO: Self = Self(0x03);
    /// MPEG-2 audio.
    pub const MPEG2_AUDIO: Self = Self(0x04);
    /// Private sections.
    pub const PRIVATE_SECTIONS: Self = Self(0x05);
    /// PES packets with private data; descriptors say what.
    pub const PRIVATE_PES: Self = Self(0x06);
    /// AAC in ADTS.
    pub const AAC: Self = Self(0x0f);
    /// AAC in LATM.
    pub const AAC_LATM: Self = Self(0x11);
    /// H.264.
    pub const H264: Self = Self(0x1b);
    /// H.265.
    pub const H265: Self = Self(0x24);
    /// AC-3 (ATSC A/53).
    pub const AC3: Self = Self(0x81);
    /// SCTE-35 sections.
    pub const SCTE35: Self = Self(0x86);
    /// Enhanced AC-3 (ATSC A/53).
    pub const EAC3: Self = Self(0x87);

    /// Whether its packets carry PES packets and not sections.
    #[must_use]
    pub const fn is_pes(self) -> bool {
        !matches!(self.0, 0x05 | 0x08..=0x0d | 0x13 | 0x14 | 0x16..=0x1a | 0x86)
    }
}

/// What a stream is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Picture.
    Video,
    /// Sound.
    Audio,
    /// Subtitles and teletext.
    Subtitle,
    /// Anything else.
    Data,
}

impl Stream {
    /// What the stream is for, by its stream_type and, for private PES packets, its descriptors
    /// (EN 300 468, 6.2 and annexes D to H; ATSC A/52 and SMPTE registrations).
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.stream_type.0 {
            0x01 | 0x02 | 0x10 | 0x1b | 0x1e..=0x21 | 0x24 | 0x25 | 0x33 | 0x42 | 0xd1 | 0xea => {
                Kind::Video
            }
            0x03 | 0x04 | 0x0f | 0x11 | 0x1c | 0x2d | 0x2e | 0x81 | 0x87 => Kind::Audio,
            0x06 => self.private_kind(),
            _ => Kind::Data,
        }
    }

    /// The language of its first ISO_639_language, subtitling or teletext descriptor, in small
    /// letters.
    #[must_use]
    pub fn language(&self) -> Option<String> {
        let tags = [tag::LANGUAGE, tag::SUBTITLING, tag::TELETEXT];
        let body = tags.iter().find_map(|t| self.descriptors.find(*t))?;
        let code: &[u8; 3] = body.first_chunk()?;
        let letters = code.iter().all(u8::is_ascii_alphabetic);
        letters.then(|| {
            code.iter()
                .map(|b| char::from(b.to_ascii_lowercase()))
                .collect()
        })
    }

    fn private_kind(&self) -> Kind {
        for (tag, body) in self.descriptors.raw() {
            match (tag, body) {
                (tag::AC3 | tag::EAC3 | tag::DTS | tag::AAC, _) => return Kind::Audio,
                (tag::SUBTITLING | tag::TELETEXT, _) => return Kind::Subtitle,
                (tag::REGISTRATION, [b'H', b'E', b'V', b'C', ..]) => return Kind::Video,
                (
                    tag::REGISTRATION,
                    [b'A' | b'E', b'A' | b'C', b'C' | b'-', ..]
                    | [b'O', b'p', b'u', b's', ..]
                    | [b'B', b'S', b'S', b'D', ..],
                ) => {
                    return Kind::Audio;
                }
                _ => {}
            }
        }
        Kind::Data
    }
}

impl Pmt {
    /// What a section says; a PMT is one section.
    ///
    /// # Errors
    /// `Table` when it is no PMT, `Cut` when an entry is not whole.
    pub fn parse(section: &Section<'_>) -> Result<Self, TableError> {
        if section.table_id() != TABLE_ID {
            return Err(TableError::Table {
                table_id: section.table_id(),
            });
        }
        let mut body = Reader::new(section.body());
        let mut pmt = Self {
            program: section.extension(),
            version: section.version(),
            pcr_pid: body.pid()?,
            descriptors: Descriptors::from_bytes(body.loop12()?.rest()),
            streams: Vec::new(),
        };
        while !body.is_empty() {
            pmt.streams.push(Stream {
                stream_type: StreamType(body.u8()?),
                pid: body.pid()?,
                descriptors: Descriptors::from_bytes(body.loop12()?.rest()),
            });
        }
        Ok(pmt)
    }

    /// The section. Streams that do not fit into the 4096 bytes are left out.
    #[must_use]
    pub fn emit(&self) -> Vec<Vec<u8>> {
        let mut body = Vec::new();
        put(&mut body, self.pcr_pid, &self.descriptors);
        for stream in &self.streams {
            let room = SECTION_MAX - 12;
            if body.len() + 5 + stream.descriptors.bytes().len() > room {
                break;
            }
            body.push(stream.stream_type.0);
            put(&mut body, stream.pid, &stream.descriptors);
        }
        let header = Header {
            table_id: TABLE_ID,
            private: false,
            extension: self.program,
            version: self.version,
        };
        let content = Loop {
            items: vec![body],
            section_max: SECTION_MAX,
        };
        long_sections(header, &content, |_, body| body.to_vec())
    }
}

fn put(out: &mut Vec<u8>, pid: Pid, descriptors: &Descriptors) {
    let length = u16::try_from(descriptors.bytes().len()).unwrap_or(0) & 0x0fff;
    out.extend_from_slice(&(0xe000 | pid.value()).to_be_bytes());
    out.extend_from_slice(&(0xf000 | length).to_be_bytes());
    out.extend_from_slice(descriptors.bytes());
}
