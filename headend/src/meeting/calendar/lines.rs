//! Content lines (RFC 5545, 3.1): unfolded, with name, parameters and value apart.

use super::{BYTES, Trouble, shown};

/// Bytes of one line when it is unfolded; a longer one is told and left out.
const LINE: usize = 64 << 10;
/// Lines of a calendar.
const LINES: usize = 100_000;

/// One content line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// From 1.
    pub(super) number: usize,
    /// In capitals.
    pub(super) name: String,
    /// Names in capitals, values without their quotation marks.
    parameters: Vec<(String, String)>,
    /// As it stands: escapes and all.
    pub(super) value: String,
}

impl Line {
    /// The value of a parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The value as TEXT (3.3.11); control characters become spaces, line ends stay.
    pub(super) fn text(&self) -> String {
        let mut out = String::with_capacity(self.value.len());
        let mut rest = self.value.chars();
        while let Some(c) = rest.next() {
            match c {
                '\\' => match rest.next() {
                    Some('n' | 'N') => out.push('\n'),
                    Some(other) => out.push(other),
                    None => {}
                },
                c if c.is_control() => out.push(' '),
                c => out.push(c),
            }
        }
        out
    }
}

/// Lines, and those that are none.
type Lines = (Vec<Line>, Vec<Trouble>);

/// The content lines of a calendar.
pub(super) fn lines(text: &[u8]) -> Result<Lines, Trouble> {
    if text.len() > BYTES {
        return Err(Trouble::new(
            1,
            format!("a calendar has {} MiB at most: split it", BYTES >> 20),
            format!(
                "một tệp lịch có nhiều nhất {} MiB: hãy chia nhỏ",
                BYTES >> 20
            ),
        ));
    }
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut unfolded: Vec<(usize, Vec<u8>)> = Vec::new();
    for (number, line) in (1..).zip(text.split(|b| *b == b'\n')) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match (line, unfolded.last_mut()) {
            // A fold may be within a character.
            ([b' ' | b'\t', rest @ ..], Some((_, before))) => before.extend(rest),
            _ if line.trim_ascii().is_empty() => {}
            _ => unfolded.push((number, line.to_owned())),
        }
    }
    if unfolded.len() > LINES {
        return Err(Trouble::new(
            LINES,
            format!("a calendar has {LINES} lines at most"),
            format!("một tệp lịch có nhiều nhất {LINES} dòng"),
        ));
    }
    let (mut lines, mut bad) = (Vec::with_capacity(unfolded.len()), Vec::new());
    for (number, line) in unfolded {
        let line = String::from_utf8(line).ok();
        // UTF-16 without its mark is UTF-8 with zeros.
        let line = line.filter(|line| !line.contains('\0'));
        let line = line.ok_or_else(|| not_utf8(number))?;
        match parse(number, &line) {
            Some(line) => lines.push(line),
            None => bad.push(Trouble::new(
                number,
                format!("`{}` is no line of a calendar", shown(&line)),
                format!("`{}` không phải là dòng của tệp lịch", shown(&line)),
            )),
        }
    }
    Ok((lines, bad))
}

fn not_utf8(line: usize) -> Trouble {
    Trouble::new(
        line,
        "the line is not UTF-8: save the calendar as UTF-8",
        "dòng này không phải UTF-8: hãy lưu tệp lịch dưới dạng UTF-8",
    )
}

/// `NAME;PARAMETER=value;OTHER="va:lue":value`.
fn parse(number: usize, line: &str) -> Option<Line> {
    if line.len() > LINE {
        return None;
    }
    let mut quoted = false;
    let colon = line.find(|c| {
        quoted ^= c == '"';
        c == ':' && !quoted
    })?;
    let (head, value) = (line.get(..colon)?, line.get(colon + 1..)?);
    let mut parts = head.split(|c| {
        quoted ^= c == '"';
        c == ';' && !quoted
    });
    let name = parts.next()?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    if name.is_empty() || !name.bytes().all(plain) {
        return None;
    }
    let parameters = parts.filter_map(|part| {
        let (name, value) = part.split_once('=')?;
        Some((name.to_ascii_uppercase(), value.replace('"', "")))
    });
    Some(Line {
        number,
        name: name.to_ascii_uppercase(),
        parameters: parameters.collect(),
        value: value.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folded_line_is_one_with_the_number_of_its_first() {
        let (lines, bad) = lines("BEGIN:VCALENDAR\r\nSUMMARY;X=\"a:b;c\":Họp \r\n Ch\u{ed}nh\r\n\t phủ\\, x\\nhai\r\nnhảm\r\n".as_bytes()).unwrap();
        assert_eq!(lines[1].number, 2);
        assert_eq!(lines[1].parameter("X"), Some("a:b;c"));
        assert_eq!(lines[1].text(), "Họp Chính phủ, x\nhai");
        assert_eq!((bad[0].line, bad.len()), (5, 1));
    }

    #[test]
    fn a_fold_within_a_letter_is_none_and_what_is_not_utf8_is_told_by_its_line() {
        let title = "SUMMARY:Họp".as_bytes();
        // Between the bytes of the letter.
        let folded = [&title[..10], b"\r\n ", &title[10..]].concat();
        assert_eq!(lines(&folded).unwrap().0[0].value, "Họp");
        let latin = b"BEGIN:VCALENDAR\r\nSUMMARY:H\xf4m nay\r\n";
        let utf16 = |mark: &[u16]| -> Vec<u8> {
            let text = mark.iter().copied().chain("BEGIN:".encode_utf16());
            text.flat_map(u16::to_le_bytes).collect()
        };
        for (text, line) in [(latin.to_vec(), 2), (utf16(&[0xfeff]), 1), (utf16(&[]), 1)] {
            let trouble = lines(&text).unwrap_err();
            assert_eq!(trouble.line, line);
            assert!(trouble.text.en.contains("save the calendar as UTF-8"));
        }
    }
}
