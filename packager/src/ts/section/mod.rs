//! Sections: the unit in which tables travel (ISO/IEC 13818-1, 2.4.4; EN 300 468, 5.1).

mod assemble;
mod packetize;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod write;

use crc::{CRC_32_MPEG_2, Crc, Table};

pub use assemble::SectionAssembler;
pub use packetize::Packetizer;
pub(crate) use write::{Header, Loop, long_section, long_sections, short_section};

/// The longest section of any kind: section_length of a private section is 4093 at most
/// (2.4.4.11).
pub const SECTION_MAX: usize = 4096;
/// The longest section of PSI (2.4.4.4) and of SI other than the EIT (EN 300 468, 5.1.1).
pub const PSI_SECTION_MAX: usize = 1024;
/// Bytes before section_length ends.
const SHORT_HEADER: usize = 3;
/// Bytes before the body of a section in the long form.
const LONG_HEADER: usize = 8;
const CRC_LEN: usize = 4;
/// The time offset table: short form, yet with a CRC (EN 300 468, 5.2.6).
const TOT: u8 = 0x73;

static CRC: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_MPEG_2);

/// CRC-32/MPEG-2 of `bytes`; zero over a whole section that carries its right CRC
/// (ISO/IEC 13818-1, annex A).
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    CRC.checksum(bytes)
}

/// Why bytes on a PID gave no section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum SectionError {
    /// The CRC does not fit (TR 101 290, 2.2).
    #[error("the CRC of a section of table_id 0x{table_id:02x} is wrong")]
    Crc {
        /// As read, so perhaps wrong itself.
        table_id: u8,
    },
    /// section_length is over 4093.
    #[error("section_length {length} of table_id 0x{table_id:02x} is over 4093")]
    TooLong {
        /// As read.
        table_id: u8,
        /// section_length.
        length: u16,
    },
    /// section_length leaves no room for the fields that the form has.
    #[error("section_length {length} of table_id 0x{table_id:02x} is too short")]
    TooShort {
        /// As read.
        table_id: u8,
        /// section_length.
        length: u16,
    },
    /// The bytes end, or a new section starts, before the section's end.
    #[error("a section is cut off after {got} bytes")]
    Cut {
        /// Bytes that were there.
        got: usize,
    },
    /// A packet is missing inside the section.
    #[error("a packet is missing after {got} bytes of a section")]
    Lost {
        /// Bytes that were there.
        got: usize,
    },
    /// pointer_field points out of its packet.
    #[error("pointer_field {pointer} points out of the packet")]
    Pointer {
        /// pointer_field.
        pointer: u8,
    },
}

/// A view of one whole section, table_id to CRC.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a>(&'a [u8]);

impl<'a> Section<'a> {
    /// Views the section at the start of `bytes`; what follows it is left. The CRC is not checked
    /// here: see [`Section::crc_ok`].
    ///
    /// # Errors
    /// `Cut`, `TooLong` and `TooShort`.
    pub fn new(bytes: &'a [u8]) -> Result<Self, SectionError> {
        let cut = SectionError::Cut { got: bytes.len() };
        let length = section_len(bytes)?.ok_or(cut)?;
        bytes.get(..length).map(Self).ok_or(cut)
    }

    /// table_id.
    #[must_use]
    pub fn table_id(self) -> u8 {
        self.at(0)
    }

    /// section_syntax_indicator: whether extension, version and section numbers exist.
    #[must_use]
    pub fn is_long(self) -> bool {
        self.at(1) & 0x80 != 0
    }

    /// table_id_extension: transport_stream_id, program_number, service_id or network_id. 0 in
    /// the short form.
    #[must_use]
    pub fn extension(self) -> u16 {
        u16::from_be_bytes([self.long_at(3), self.long_at(4)])
    }

    /// version_number, 0 to 31; 0 in the short form.
    #[must_use]
    pub fn version(self) -> u8 {
        (self.long_at(5) >> 1) & 0x1f
    }

    /// current_next_indicator; true in the short form.
    #[must_use]
    pub fn current(self) -> bool {
        !self.is_long() || self.at(5) & 1 != 0
    }

    /// section_number; 0 in the short form.
    #[must_use]
    pub fn number(self) -> u8 {
        self.long_at(6)
    }

    /// last_section_number; 0 in the short form.
    #[must_use]
    pub fn last_number(self) -> u8 {
        self.long_at(7)
    }

    /// What the table says: after the header, before the CRC where there is one.
    #[must_use]
    pub fn body(self) -> &'a [u8] {
        let start = if self.is_long() {
            LONG_HEADER
        } else {
            SHORT_HEADER
        };
        let end = self.0.len() - if self.has_crc() { CRC_LEN } else { 0 };
        self.0.get(start..end).unwrap_or_default()
    }

    /// The whole section.
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// Whether the section ends in a CRC: the long form, and the TOT.
    #[must_use]
    pub fn has_crc(self) -> bool {
        self.is_long() || self.table_id() == TOT
    }

    /// Whether the CRC fits; true where there is none.
    #[must_use]
    pub fn crc_ok(self) -> bool {
        !self.has_crc() || crc32(self.0) == 0
    }

    /// Whether the section is longer than its table allows: 1024 bytes for PSI (2.4.4) and for SI
    /// other than the EIT (EN 300 468, 5.1.1). It is read all the same.
    #[must_use]
    pub fn is_oversized(self) -> bool {
        let limited = matches!(
            self.table_id(),
            0x00..=0x03 | 0x40..=0x42 | 0x46 | 0x4a | 0x70..=0x73
        );
        limited && self.0.len() > PSI_SECTION_MAX
    }

    fn at(self, index: usize) -> u8 {
        self.0.get(index).copied().unwrap_or_default()
    }

    fn long_at(self, index: usize) -> u8 {
        if self.is_long() { self.at(index) } else { 0 }
    }
}

/// The length of the section that starts `bytes`, checked for its form; `None` before the length
/// has come.
fn section_len(bytes: &[u8]) -> Result<Option<usize>, SectionError> {
    let Some(&[table_id, high, low]) = bytes.first_chunk() else {
        return Ok(None);
    };
    let length = u16::from_be_bytes([high & 0x0f, low]);
    let total = SHORT_HEADER + usize::from(length);
    if total > SECTION_MAX {
        return Err(SectionError::TooLong { table_id, length });
    }
    let least = match (high & 0x80 != 0, table_id) {
        (true, _) => LONG_HEADER + CRC_LEN,
        (false, TOT) => SHORT_HEADER + CRC_LEN,
        (false, _) => SHORT_HEADER,
    };
    if total < least {
        return Err(SectionError::TooShort { table_id, length });
    }
    Ok(Some(total))
}
