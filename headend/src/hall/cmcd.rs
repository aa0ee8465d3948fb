//! The text of CMCD (CTA-5004-B): one report is one dictionary of structured fields (RFC 8941, 3.2).
//!
//! In: one line, or the value of `?CMCD=`. Out: its keys with their values, in order. What a key
//! means is not known here. It stands alone, so that the fuzzer has it without the program.
//!
//! Two things that RFC 8941 does not have are read: letters beyond ASCII in a string, because names of
//! halls have them, and display strings (RFC 9651, 3.3.8), which are the right form for such names.

/// Bytes of one report: one with all keys of the standard has 1 kB.
pub const REPORT_BYTES: usize = 8 * 1024;
/// Members of one report: the standard has under 60 keys.
const MEMBERS: usize = 96;
/// Items of an inner list, and parameters of an item.
const ITEMS: usize = 32;

/// The value of a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `key` or `key=?1`; `key=?0`.
    Flag(bool),
    /// An integer, a decimal or a date.
    Number(f64),
    /// A string or a display string.
    Text(String),
    /// A token, or the bytes of a byte sequence as they are written.
    Token(String),
    /// An inner list, without parameters.
    List(Vec<Self>),
}

/// Why a report cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {at}: {why}")]
pub struct Unreadable {
    /// Where, from 0.
    pub at: usize,
    /// What is expected, or is too much.
    pub why: &'static str,
}

/// Reads one report. A key that comes twice is given twice; the later one counts (RFC 8941, 3.2).
///
/// # Errors
/// The first place that is no dictionary of structured fields, or is over a limit.
pub fn parse(text: &str) -> Result<Vec<(&str, Value)>, Unreadable> {
    let mut reader = Reader { text, at: 0 };
    if text.len() > REPORT_BYTES {
        return Err(reader.not("a report has 8 kB at most"));
    }
    let mut members = Vec::new();
    reader.spaces();
    while !reader.ended() {
        if members.len() == MEMBERS {
            return Err(reader.not("a report has 96 keys at most"));
        }
        members.push(reader.member()?);
        reader.spaces();
        if reader.ended() {
            break;
        }
        if !reader.take(b',') {
            return Err(reader.not("a comma between two keys is expected"));
        }
        reader.spaces();
        if reader.ended() {
            return Err(reader.not("a key after the comma is expected"));
        }
    }
    Ok(members)
}

/// Undoes percent encoding (RFC 3986, 2.1); what is no UTF-8 then becomes U+FFFD.
#[must_use]
pub fn decoded(text: &str) -> String {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let pair = digit(bytes.get(at + 1)).zip(digit(bytes.get(at + 2)));
        match (byte, pair) {
            (b'%', Some((high, low))) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or_default());
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    const fn not(&self, why: &'static str) -> Unreadable {
        Unreadable { at: self.at, why }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.rest().bytes().next()
    }

    fn ended(&self) -> bool {
        self.rest().is_empty()
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn spaces(&mut self) {
        while self.take(b' ') || self.take(b'\t') {}
    }

    /// The longest run of ASCII letters for which `holds`.
    fn run(&mut self, holds: impl Fn(u8) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.bytes().take_while(|&b| b.is_ascii() && holds(b));
        let length = length.count();
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn member(&mut self) -> Result<(&'a str, Value), Unreadable> {
        let key = self.key()?;
        let value = match self.take(b'=') {
            true if self.peek() == Some(b'(') => self.list()?,
            true => self.item()?,
            false => Value::Flag(true),
        };
        self.parameters()?;
        Ok((key, value))
    }

    /// RFC 8941, 3.1.2.
    fn key(&mut self) -> Result<&'a str, Unreadable> {
        match self.peek() {
            Some(b'a'..=b'z' | b'*') => Ok(self.run(|b| {
                b.is_ascii_lowercase()
                    || b.is_ascii_digit()
                    || matches!(b, b'_' | b'-' | b'.' | b'*')
            })),
            _ => Err(self.not("a key in small letters is expected")),
        }
    }

    /// Parameters say nothing that is used: they are read and left.
    fn parameters(&mut self) -> Result<(), Unreadable> {
        for _ in 0..ITEMS {
            if !self.take(b';') {
                return Ok(());
            }
            self.spaces();
            self.key()?;
            if self.take(b'=') {
                self.item()?;
            }
        }
        Err(self.not("an item has 31 parameters at most"))
    }

    fn list(&mut self) -> Result<Value, Unreadable> {
        self.take(b'(');
        let mut items = Vec::new();
        loop {
            self.spaces();
            if self.take(b')') {
                return Ok(Value::List(items));
            }
            if items.len() == ITEMS {
                return Err(self.not("a list has 32 items at most"));
            }
            items.push(self.item()?);
            self.parameters()?;
            if !matches!(self.peek(), Some(b' ' | b'\t' | b')')) {
                return Err(self.not("a space or the end of the list is expected"));
            }
        }
    }

    fn item(&mut self) -> Result<Value, Unreadable> {
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'%') => self.display(),
            Some(b'?') => self.flag(),
            Some(b':') => self.bytes(),
            Some(b'@') => {
                self.at += 1;
                self.number()
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'*') => {
                let token =
                    self.run(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:/".contains(&b));
                Ok(Value::Token(token.to_owned()))
            }
            _ => Err(self.not("a value is expected")),
        }
    }

    fn flag(&mut self) -> Result<Value, Unreadable> {
        self.take(b'?');
        match (self.take(b'1'), self.take(b'0')) {
            (true, false) => Ok(Value::Flag(true)),
            (false, true) => Ok(Value::Flag(false)),
            _ => Err(self.not("?1 or ?0 is expected")),
        }
    }

    /// At most 15 digits, or 12 and 3 after the point (RFC 8941, 3.3.1 and 3.3.2): a decimal of a
    /// player that rounds nothing has more after the point, and is read.
    fn number(&mut self) -> Result<Value, Unreadable> {
        let from = self.at;
        self.take(b'-');
        let whole = self.run(|b| b.is_ascii_digit());
        if self.take(b'.') && self.run(|b| b.is_ascii_digit()).is_empty() {
            return Err(self.not("digits after the point are expected"));
        }
        let written = self.text.get(from..self.at).unwrap_or_default();
        let number = written.parse::<f64>().ok();
        let number = number.filter(|_| (1..=15).contains(&whole.len()) && written.len() <= 40);
        number.map(Value::Number).ok_or(Unreadable {
            at: from,
            why: "a number of 1 to 15 digits is expected",
        })
    }

    fn string(&mut self) -> Result<Value, Unreadable> {
        self.take(b'"');
        let mut out = String::new();
        let mut letters = self.rest().chars();
        while let Some(letter) = letters.next() {
            let (letter, bytes) = match letter {
                '"' => {
                    self.at += 1;
                    return Ok(Value::Text(out));
                }
                '\\' => match letters.next() {
                    Some(escaped @ ('"' | '\\')) => (escaped, 2),
                    _ => return Err(self.not("\\\" or \\\\ is expected")),
                },
                control if control.is_control() => {
                    return Err(self.not("a string has no control characters"));
                }
                other => (other, other.len_utf8()),
            };
            out.push(letter);
            self.at += bytes;
        }
        Err(self.not("the end of the string is missing"))
    }

    /// RFC 9651, 3.3.8: `%"X%c3%a3"`.
    fn display(&mut self) -> Result<Value, Unreadable> {
        self.take(b'%');
        if !self.take(b'"') {
            return Err(self.not("a quote after the percent sign is expected"));
        }
        let written = self.run(|b| (0x20..0x7f).contains(&b) && b != b'"');
        match self.take(b'"') {
            true => Ok(Value::Text(decoded(written))),
            false => Err(self.not("the end of the display string is expected")),
        }
    }

    fn bytes(&mut self) -> Result<Value, Unreadable> {
        self.take(b':');
        let written = self.run(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b));
        match self.take(b':') {
            true => Ok(Value::Token(written.to_owned())),
            false => Err(self.not("the end of the byte sequence is expected")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Value {
        Value::Text(value.to_owned())
    }

    #[test]
    fn a_line_of_the_second_version_is_read_whole() {
        let line = r#"bl=(21300;v 128;a),br=(2400;v),bs,e=ps,sid="6e2fb550-c457-11e9-bb97-0800200c9a66",sta=r,ts=1795344386416,v=2,vn.headend-hall="Xã \"Tân\\Phú\"""#;
        let read = parse(line).unwrap();
        let numbers =
            |numbers: &[f64]| Value::List(numbers.iter().copied().map(Value::Number).collect());
        assert_eq!(read[0], ("bl", numbers(&[21_300.0, 128.0])));
        assert_eq!(read[1], ("br", numbers(&[2_400.0])));
        assert_eq!(read[2], ("bs", Value::Flag(true)));
        assert_eq!(read[3], ("e", Value::Token("ps".to_owned())));
        assert_eq!(read[6], ("ts", Value::Number(1_795_344_386_416.0)));
        assert_eq!(read[8], ("vn.headend-hall", text(r#"Xã "Tân\Phú""#)));
    }

    #[test]
    fn every_kind_of_value_is_read() {
        let line = r#"a=?0, b=-1.25;q="x";z, c=%"X%c3%a3", d=:aGk=:, e=@1659578233, f=( ), g="", h=tok:en/1, b=7"#;
        let read = parse(line).unwrap();
        let values: Vec<Value> = read.into_iter().map(|(_, value)| value).collect();
        let expected = [
            Value::Flag(false),
            Value::Number(-1.25),
            text("Xã"),
            Value::Token("aGk=".to_owned()),
            Value::Number(1_659_578_233.0),
            Value::List(Vec::new()),
            text(""),
            Value::Token("tok:en/1".to_owned()),
            Value::Number(7.0),
        ];
        assert_eq!(values, expected);
        assert_eq!(parse("  "), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_report_is_told_with_its_place() {
        for (line, at) in [
            ("A=1", 0),
            ("a=1,", 4),
            ("a=1 b=2", 4),
            ("a=", 2),
            ("a=\"x", 4),
            ("a=\"x\u{7}\"", 4),
            ("a=\"\\x\"", 3),
            ("a=1234567890123456", 2),
            ("a=1.", 4),
            ("a=--1", 2),
            ("a=(1", 4),
            ("a=((1))", 3),
            ("a=(1,2)", 4),
            ("a=?2", 3),
            ("a=%x", 3),
            ("a=:x", 4),
            ("a=\u{1f6d1}", 2),
            ("{\"a\":1}", 0),
        ] {
            assert_eq!(parse(line).map_err(|e| e.at), Err(at), "{line}");
        }
    }

    #[test]
    fn nothing_is_read_without_a_limit() {
        let many = |one: &str, count: usize| vec![one; count].join(",");
        assert!(parse(&many("a", MEMBERS)).is_ok());
        assert!(parse(&many("a", MEMBERS + 1)).is_err());
        assert!(parse(&format!("a=({})", "1 ".repeat(ITEMS + 1))).is_err());
        assert!(parse(&format!("a{}", ";b".repeat(ITEMS))).is_err());
        assert!(parse(&"a".repeat(REPORT_BYTES + 1)).is_err());
        assert!(parse(&format!("a=1.{}", "3".repeat(60))).is_err());
    }

    #[test]
    fn percent_encoding_is_undone_and_what_is_none_stays() {
        assert_eq!(decoded("bl%3D100%2Csid%3D%22x%22"), "bl=100,sid=\"x\"");
        assert_eq!(decoded("100%"), "100%");
        assert_eq!(decoded("%g1%C3%A3%ff"), "%g1ã\u{fffd}");
    }
}
