//! Content lines (RFC 5545, 3.1): unfolded, with name, parameters and value apart.

use super::{BYTES, Event, Trouble, shown};

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
type Lines = (Vec<Line>, Vec<Result<Event, Trouble>>);

/// The content lines of a calendar.
pub(super) fn lines(text: &str) -> Result<Lines, Trouble> {
    if text.len() > BYTES {
        return Err(Trouble::new(
            1,
            format!("a calendar has {} MiB at most", BYTES >> 20),
            format!("một tệp lịch có nhiều nhất {} MiB", BYTES >> 20),
        ));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut unfolded: Vec<(usize, String)> = Vec::new();
    for (number, line) in (1..).zip(text.split('\n')) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match (line.strip_prefix([' ', '\t']), unfolded.last_mut()) {
            (Some(rest), Some((_, before))) => before.push_str(rest),
            _ if line.trim().is_empty() => {}
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
        match parse(number, &line) {
            Some(line) => lines.push(line),
            None => bad.push(Err(Trouble::new(
                number,
                format!("`{}` is no line of a calendar", shown(&line)),
                format!("`{}` không phải là dòng của tệp lịch", shown(&line)),
            ))),
        }
    }
    Ok((lines, bad))
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
        let (lines, bad) = lines("BEGIN:VCALENDAR\r\nSUMMARY;X=\"a:b;c\":Họp \r\n Ch\u{ed}nh\r\n\t phủ\\, x\\nhai\r\nnhảm\r\n").unwrap();
        assert_eq!(lines[1].number, 2);
        assert_eq!(lines[1].parameter("X"), Some("a:b;c"));
        assert_eq!(lines[1].text(), "Họp Chính phủ, x\nhai");
        let Err(trouble) = &bad[0] else {
            panic!("{bad:?}")
        };
        assert_eq!((trouble.line, bad.len()), (5, 1));
    }
}
