//! What the targets share.
//!
//! A target takes any bytes, calls what a receiver would call, and checks what must hold of the
//! answer. A new one is a file in `fuzz_targets` and a `[[bin]]` in `Cargo.toml`.

pub mod feed;

use packager::ts::section::{Section, crc32};
use packager::ts::{TableError, section::SECTION_MAX};

/// Reads `bytes` as the body of a section of `table_id`; what it says must be written in whole
/// sections with a good CRC, each of which is read again; and what was written once, and so lies
/// within the limits of its sections, must be written the same once more.
pub fn table<T: PartialEq + std::fmt::Debug>(
    (table_id, long): (u8, bool),
    bytes: &[u8],
    parse: impl Fn(&Section<'_>) -> Result<T, TableError>,
    extend: impl Fn(&mut T, T),
    emit: impl Fn(&T) -> Vec<Vec<u8>>,
) {
    let bytes = section(table_id, long, bytes);
    let Ok(value) = parse(&Section::new(&bytes).expect("it was made so")) else {
        return;
    };
    let again = |value: &T| {
        let mut whole: Option<T> = None;
        for bytes in emit(value) {
            let section = Section::new(&bytes).expect("a written section is whole");
            assert!(section.crc_ok() && section.bytes() == bytes);
            let part = parse(&section).expect("what is written is read");
            match &mut whole {
                Some(whole) => extend(whole, part),
                None => whole = Some(part),
            }
        }
        whole.expect("a table has a section")
    };
    let written = again(&value);
    assert_eq!(again(&written), written);
}

/// A section around `body`, cut to what one holds, with its CRC.
pub fn section(table_id: u8, long: bool, body: &[u8]) -> Vec<u8> {
    let body = &body[..body.len().min(SECTION_MAX - 12)];
    let header = [0x12, 0x34, 0xc3, 0, 0];
    let header = if long { &header[..] } else { &[] };
    let length = u16::try_from(header.len() + body.len() + 4).expect("it is cut");
    let [high, low] = length.to_be_bytes();
    let form = if long { 0xb0 } else { 0x70 };
    let mut section = vec![table_id, form | high, low];
    section.extend_from_slice(header);
    section.extend_from_slice(body);
    let crc = crc32(&section);
    section.extend_from_slice(&crc.to_be_bytes());
    section
}
