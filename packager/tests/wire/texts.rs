//! The texts of annex A against dvb-si's reading of them.

use dvb_si::text::decode_dvb_string;
use packager::ts::text::{decode, encode};
use proptest::prelude::*;

/// What stands before a text of each single-byte table.
const SELECTORS: [&[u8]; 13] = [
    b"",
    b"\x01",
    b"\x02",
    b"\x03",
    b"\x05",
    b"\x06",
    b"\x07",
    b"\x09",
    b"\x0a",
    b"\x0b",
    b"\x10\x00\x01",
    b"\x10\x00\x02",
    b"\x10\x00\x0f",
];

#[test]
fn each_character_of_each_single_byte_table_is_read_the_same() {
    for selector in SELECTORS {
        for byte in (0x20..=0x7eu8).chain(0xa0..=0xff) {
            let text = [selector, &[byte, b'x']].concat();
            // The ohm sign, in the composed form that NFC gives it.
            let theirs = decode_dvb_string(&text).replace('\u{2126}', "\u{3a9}");
            assert_eq!(decode(&text), theirs, "{text:02x?}");
        }
    }
}

proptest! {
    #[test]
    fn what_we_write_is_read_the_same(text in "[ -~À-ỹ]{0,80}") {
        prop_assert_eq!(decode_dvb_string(&encode(&text, 255)), text);
    }
}
