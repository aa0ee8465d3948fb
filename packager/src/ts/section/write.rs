use super::{CRC_LEN, LONG_HEADER, SECTION_MAX, SHORT_HEADER, crc32};

/// How many sections a sub-table can have: section_number is one byte.
const SECTIONS_MAX: usize = 256;

/// What the header of each section of a sub-table says.
#[derive(Clone, Copy)]
pub(crate) struct Header {
    pub(crate) table_id: u8,
    /// reserved_future_use before section_length: 0 for PSI, 1 for DVB (EN 300 468, 5.2).
    pub(crate) private: bool,
    pub(crate) extension: u16,
    pub(crate) version: u8,
}

/// The items of a sub-table's loop, emitted, and how long a section may get with them.
pub(crate) struct Loop {
    /// Never split between sections.
    pub(crate) items: Vec<Vec<u8>>,
    /// Bytes of a whole section.
    pub(crate) section_max: usize,
}

/// The sections of a sub-table in the long form, at least one. `wrap` puts the fields before the
/// loop (and the loop's length, where there is one) around the items of one section, given the
/// section's number. Items that do not fit into 256 sections, or not into one, are left out.
pub(crate) fn long_sections(
    header: Header,
    content: &Loop,
    wrap: impl Fn(usize, &[u8]) -> Vec<u8>,
) -> Vec<Vec<u8>> {
    let limit = content.section_max.min(SECTION_MAX) - LONG_HEADER - CRC_LEN;
    let mut bodies: Vec<Vec<u8>> = Vec::new();
    let mut filled: Vec<u8> = Vec::new();
    for item in &content.items {
        let room = |number, used| limit.saturating_sub(wrap(number, &[]).len() + used);
        let number = bodies.len();
        if item.len() > room(number, filled.len()) {
            if number + 1 == SECTIONS_MAX || item.len() > room(number + 1, 0) {
                continue;
            }
            bodies.push(wrap(number, &filled));
            filled.clear();
        }
        filled.extend_from_slice(item);
    }
    bodies.push(wrap(bodies.len(), &filled));
    let last = u8::try_from(bodies.len() - 1).unwrap_or(u8::MAX);
    (0u8..=last)
        .zip(&bodies)
        .map(|(number, body)| long_section(header, number, last, body))
        .collect()
}

pub(crate) fn long_section(header: Header, number: u8, last: u8, body: &[u8]) -> Vec<u8> {
    let length = LONG_HEADER - SHORT_HEADER + body.len() + CRC_LEN;
    let [high, low] = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
    let [extension_high, extension_low] = header.extension.to_be_bytes();
    let form = if header.private { 0xf0 } else { 0xb0 };
    let mut section = Vec::with_capacity(SHORT_HEADER + length);
    section.extend_from_slice(&[
        header.table_id,
        form | (high & 0x0f),
        low,
        extension_high,
        extension_low,
        0xc1 | ((header.version & 0x1f) << 1),
        number,
        last,
    ]);
    section.extend_from_slice(body);
    section.extend_from_slice(&crc32(&section).to_be_bytes());
    section
}

/// A section in the short form; with a CRC for the TOT (EN 300 468, 5.2.6), else without.
pub(crate) fn short_section(table_id: u8, body: &[u8], with_crc: bool) -> Vec<u8> {
    let length = body.len() + if with_crc { CRC_LEN } else { 0 };
    let [high, low] = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
    let mut section = vec![table_id, 0x70 | (high & 0x0f), low];
    section.extend_from_slice(body);
    if with_crc {
        section.extend_from_slice(&crc32(&section).to_be_bytes());
    }
    section
}
