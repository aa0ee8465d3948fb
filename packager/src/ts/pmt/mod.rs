//! Program map table (ISO/IEC 13818-1, 2.4.4.8).

mod stream_type;
#[cfg(test)]
mod tests;

pub use stream_type::{Kind, StreamType};

use super::descriptor::{Descriptors, Language, RESERVED, tag};
use super::pid::Pid;
use super::read::{Reader, TableError};
use super::section::{Header, SECTION_MAX, Section, long_section};

const TABLE_ID: u8 = 0x02;
/// program_info_length and ES_info_length: 12 bits of which the first two are zero.
const INFO_MAX: usize = 0x03ff;
/// Header and CRC of the section.
const SECTION_FIXED: usize = 8 + 4;

/// What one programme is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pmt {
    /// program_number.
    pub program: u16,
    /// version_number, 0 to 31.
    pub version: u8,
    /// PCR_PID; [`Pid::NULL`] when the programme has no clock.
    pub pcr_pid: Pid,
    /// Of the whole programme.
    pub descriptors: Descriptors,
    /// In the table's order.
    pub streams: Vec<Stream>,
}

/// One elementary stream of a programme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// stream_type.
    pub stream_type: StreamType,
    /// elementary_PID.
    pub pid: Pid,
    /// Of this stream.
    pub descriptors: Descriptors,
}

impl Stream {
    /// What the stream is for, by its stream_type and, where that leaves it open, its descriptors.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind::of(self.stream_type, &self.descriptors)
    }

    /// The first language that a descriptor names, of sound, subtitles or teletext, in small
    /// letters.
    #[must_use]
    pub fn language(&self) -> Option<String> {
        [tag::LANGUAGE, tag::SUBTITLING, tag::TELETEXT]
            .into_iter()
            .filter_map(|tag| self.descriptors.find(tag)?.first_chunk().copied())
            .find_map(|letters| Language(letters).code())
    }
}

impl Pmt {
    /// What the section says. A PMT is one section (2.4.4.9).
    ///
    /// # Errors
    /// `Table` when it is no PMT, `Cut` when a field or a loop is not whole.
    pub fn parse(section: &Section<'_>) -> Result<Self, TableError> {
        let mut body = Reader::of(section, &[TABLE_ID])?;
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

    /// The stream on `pid`.
    #[must_use]
    pub fn stream(&self, pid: Pid) -> Option<&Stream> {
        self.streams.iter().find(|s| s.pid == pid)
    }

    /// The one section. It is over the 1024 bytes of 2.4.4.9 when the streams need it
    /// ([`Section::is_oversized`]); streams beyond 4096 bytes are left out, and descriptors beyond
    /// 1023 bytes of a loop.
    #[must_use]
    pub fn emit(&self) -> Vec<Vec<u8>> {
        let header = Header {
            table_id: TABLE_ID,
            private: false,
            extension: self.program,
            version: self.version,
        };
        let mut body = (0xe000 | self.pcr_pid.value()).to_be_bytes().to_vec();
        self.descriptors.emit12(INFO_MAX, RESERVED, &mut body);
        for stream in &self.streams {
            let mut entry = vec![stream.stream_type.0];
            entry.extend_from_slice(&(0xe000 | stream.pid.value()).to_be_bytes());
            stream.descriptors.emit12(INFO_MAX, RESERVED, &mut entry);
            if SECTION_FIXED + body.len() + entry.len() > SECTION_MAX {
                break;
            }
            body.extend(entry);
        }
        vec![long_section(header, 0, 0, &body)]
    }
}
