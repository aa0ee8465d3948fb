//! What the tests of the tables share.

use super::super::read::TableError;
use super::{Header, Section, long_section, short_section};

/// A section of `table_id` around `body`, cut to what a section holds: in the short form from
/// 0x70 to 0x73, else in the long form.
pub(crate) fn section_of(table_id: u8, body: &[u8]) -> Vec<u8> {
    let body = body.get(..4084).unwrap_or(body);
    if (0x70..=0x73).contains(&table_id) {
        return short_section(table_id, body, table_id == 0x73);
    }
    let header = Header {
        table_id,
        private: false,
        extension: 0x1234,
        version: 3,
    };
    long_section(header, 0, 0, body)
}

/// Reads emitted sections, checks their headers, and puts them together again.
pub(crate) fn gather<T>(
    sections: &[Vec<u8>],
    parse: impl Fn(&Section<'_>) -> Result<T, TableError>,
    extend: impl Fn(&mut T, T),
) -> T {
    let mut whole: Option<T> = None;
    for (index, bytes) in sections.iter().enumerate() {
        let section = Section::new(bytes).unwrap();
        assert_eq!(section.bytes(), bytes);
        assert!(section.crc_ok() && section.current());
        assert_eq!(usize::from(section.number()), index);
        assert_eq!(usize::from(section.last_number()) + 1, sections.len());
        let part = parse(&section).unwrap();
        match &mut whole {
            Some(whole) => extend(whole, part),
            None => whole = Some(part),
        }
    }
    whole.unwrap()
}
