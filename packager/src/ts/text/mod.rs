//! Text of service information (EN 300 468, annex A).
//!
//! Every table of the annex is read. Written is ASCII as it is (it means the same in the default
//! table), anything else as UTF-8. Control codes never come through, except the line break: names
//! come from strangers and go to terminals.

use encoding_rs::{
    EUC_KR, Encoding, GBK, ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_5, ISO_8859_6, ISO_8859_7,
    ISO_8859_8, ISO_8859_10, ISO_8859_13, ISO_8859_14, ISO_8859_15, UTF_16BE, WINDOWS_874,
    WINDOWS_1252, WINDOWS_1254,
};

mod iso6937;

/// Selects UTF-8 (table A.3).
const UTF8: u8 = 0x15;
/// CR/LF in the single-byte tables (table A.1).
const LINE_BREAK: u8 = 0x8a;
/// CR/LF in UTF-8 and in ISO 10646 (table A.2).
const WIDE_LINE_BREAK: char = '\u{e08a}';

/// The text of `bytes`. What no table knows is U+FFFD.
#[must_use]
pub fn decode(bytes: &[u8]) -> String {
    let text = match bytes {
        [UTF8, text @ ..] => String::from_utf8_lossy(text).into_owned(),
        [0x11 | 0x14, text @ ..] => wide(text, UTF_16BE),
        [0x12, text @ ..] => wide(text, EUC_KR),
        [0x13, text @ ..] => wide(text, GBK),
        [0x10, 0, part, text @ ..] => iso8859(*part, text),
        // Tables 01 to 0b are the parts 5 to 15.
        [table @ 0x01..=0x0b, text @ ..] => iso8859(table + 4, text),
        // encoding_type_id, of which none is given out; and the reserved selectors.
        [0x1f, _, text @ ..] | [0x00..=0x1f, text @ ..] | text => {
            iso6937::decode(&single_byte(text))
        }
    };
    text.chars().filter_map(shown).collect()
}

/// `text` in `max` bytes at most, cut at a whole character.
#[must_use]
pub fn encode(text: &str, max: usize) -> Vec<u8> {
    let shown = || text.chars().filter_map(shown);
    if shown().all(|c| c.is_ascii()) {
        let byte =
            |c: char| u8::try_from(c).map_or(b'?', |b| if b == b'\n' { LINE_BREAK } else { b });
        return shown().map(byte).take(max).collect();
    }
    let mut bytes = vec![UTF8];
    for c in shown() {
        let c = if c == '\n' { WIDE_LINE_BREAK } else { c };
        if bytes.len() + c.len_utf8() > max {
            break;
        }
        bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
    bytes.truncate(max);
    bytes
}

/// The character as people may see it; `None` for control codes.
fn shown(c: char) -> Option<char> {
    match c {
        '\n' | WIDE_LINE_BREAK => Some('\n'),
        '\u{e080}'..='\u{e09f}' => None,
        c if c.is_control() => None,
        c => Some(c),
    }
}

/// The characters of a single-byte table without its control codes.
fn single_byte(text: &[u8]) -> Vec<u8> {
    let shown = |&b: &u8| match b {
        LINE_BREAK | b'\n' => Some(b'\n'),
        0x20..=0x7e | 0xa0.. => Some(b),
        _ => None,
    };
    text.iter().filter_map(shown).collect()
}

fn wide(text: &[u8], encoding: &'static Encoding) -> String {
    encoding.decode_without_bom_handling(text).0.into_owned()
}

fn iso8859(part: u8, text: &[u8]) -> String {
    let encoding = match part {
        // The same from 0xa0 on as the part of ISO 8859 that it widens.
        1 => WINDOWS_1252,
        9 => WINDOWS_1254,
        11 => WINDOWS_874,
        2 => ISO_8859_2,
        3 => ISO_8859_3,
        4 => ISO_8859_4,
        5 => ISO_8859_5,
        6 => ISO_8859_6,
        7 => ISO_8859_7,
        8 => ISO_8859_8,
        10 => ISO_8859_10,
        13 => ISO_8859_13,
        14 => ISO_8859_14,
        15 => ISO_8859_15,
        _ => return iso6937::decode(&single_byte(text)),
    };
    wide(&single_byte(text), encoding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NAME: &str = "Họp Chính phủ với các địa phương — Ủy ban nhân dân xã";

    #[test]
    fn a_vietnamese_name_is_written_as_utf8_and_reads_back() {
        let bytes = encode(NAME, 255);
        assert_eq!(bytes[0], UTF8);
        assert_eq!(std::str::from_utf8(&bytes[1..]).unwrap(), NAME);
        assert_eq!(decode(&bytes), NAME);
    }

    #[test]
    fn a_long_name_is_cut_at_a_whole_character() {
        for max in 0..80 {
            let bytes = encode(NAME, max);
            assert!(bytes.len() <= max);
            assert!(NAME.starts_with(&decode(&bytes)), "{max}");
        }
    }

    #[test]
    fn ascii_is_written_without_a_selector() {
        assert_eq!(encode("VTV1 HD", 255), b"VTV1 HD");
    }

    #[test]
    fn each_table_is_read() {
        let texts: [(&[u8], &str); 14] = [
            (b"", ""),
            (b"T\xc2el\xc2evision \xa4", "Télévision €"),
            (b"\x01\xbf\xe0\xd8\xd2\xd5\xe2", "Привет"),
            (b"\x03\xe4\xe5", "δε"),
            (b"\x05\xdd\xfe", "İş"),
            (b"\x07\xa1", "ก"),
            (b"\x0b\xa4", "€"),
            (b"\x10\x00\x01caf\xe9", "café"),
            (b"\x10\x00\x02\xb3", "ł"),
            (b"\x11\x1e\xd9\x00p", "ộp"),
            (b"\x12\xc7\xd1", "한"),
            (b"\x13\xd6\xd0", "中"),
            (b"\x15h\xe1\xbb\x8dp", "họp"),
            (b"a\x8ab\x86c\x87", "a\nbc"),
        ];
        for (bytes, text) in texts {
            assert_eq!(decode(bytes), text);
        }
    }

    #[test]
    fn an_escape_sequence_never_comes_through() {
        assert_eq!(decode(b"\x15a\x1b[2Jb"), "a[2Jb");
        assert_eq!(decode(b"a\x9b2Jb"), "a2Jb");
        assert_eq!(decode("\u{15}a\u{9b}\u{e086}b".as_bytes()), "ab");
    }

    proptest! {
        #[test]
        fn any_text_reads_back(text in any::<String>()) {
            let shown: String = text.chars().filter_map(shown).collect();
            prop_assert_eq!(decode(&encode(&text, usize::MAX)), shown);
        }

        #[test]
        fn any_bytes_are_a_text_without_control_codes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(decode(&bytes).chars().all(|c| c == '\n' || !c.is_control()));
        }
    }
}
