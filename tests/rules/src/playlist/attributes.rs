//! Attribute lists (4.2).

use crate::ledger::Sink;

use super::tags::{Attribute, Kind};

/// A value as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Quoted(String),
    Bare(String),
}

impl Value {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Quoted(text) | Self::Bare(text) => text,
        }
    }
}

/// The attributes of a tag, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attributes(Vec<(String, Value)>);

impl Attributes {
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let mut named = self.0.iter().filter(|(n, _)| n == name);
        named.next().map(|(_, value)| value.text())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    pub(crate) fn is_yes(&self, name: &str) -> bool {
        self.value(name) == Some("YES")
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.value(name).and_then(|text| text.parse().ok())
    }

    pub(crate) fn seconds(&self, name: &str) -> Option<f64> {
        self.value(name).and_then(float)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(String, Value)> {
        self.0.iter()
    }
}

/// Reads the list behind a tag and checks it against what the tag may have.
pub(crate) fn read(
    line: usize,
    text: &str,
    known: &[Attribute],
    sink: &mut Sink<'_>,
) -> Attributes {
    let mut list = Attributes::default();
    let mut rest = text;
    loop {
        let Some((name, after)) = rest.split_once('=') else {
            sink.must(4, false, line, || format!("an attribute without =: {rest}"));
            break;
        };
        let right = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-';
        sink.must(4, !name.is_empty() && name.bytes().all(right), line, || {
            format!("name {name:?}")
        });
        sink.must(4, !list.has(name), line, || format!("{name} twice"));
        let (value, after) = take(after);
        if let Some(attribute) = known.iter().find(|known| known.name == name) {
            sink.must(4, fits(&value, attribute.kind), line, || {
                format!("{name}={value:?}")
            });
        } else {
            let whole = match &value {
                Value::Quoted(text) => !text.contains('"'),
                Value::Bare(text) => !text.is_empty() && !text.contains([' ', '"']),
            };
            sink.must(4, whole, line, || format!("{name}={value:?}"));
        }
        list.0.push((name.to_owned(), value));
        match after {
            Some(after) => rest = after,
            None => break,
        }
    }
    for attribute in known.iter().filter(|known| known.asked > 0) {
        sink.must(attribute.asked, list.has(attribute.name), line, || {
            format!("no {}", attribute.name)
        });
    }
    list
}

/// One value, and what stands behind its comma.
fn take(text: &str) -> (Value, Option<&str>) {
    let Some((inside, after)) = text.strip_prefix('"').and_then(|t| t.split_once('"')) else {
        return match text.split_once(',') {
            Some((value, after)) => (Value::Bare(value.to_owned()), Some(after)),
            None => (Value::Bare(text.to_owned()), None),
        };
    };
    match after.strip_prefix(',') {
        Some(after) => (Value::Quoted(inside.to_owned()), Some(after)),
        None if after.is_empty() => (Value::Quoted(inside.to_owned()), None),
        // Anything between the quote and the comma makes it no quoted string.
        None => (Value::Bare(text.to_owned()), None),
    }
}

fn fits(value: &Value, kind: Kind) -> bool {
    match (kind, value) {
        (Kind::Quoted, Value::Quoted(_)) => true,
        (Kind::Quoted, Value::Bare(_)) | (_, Value::Quoted(_)) => false,
        (Kind::Integer, Value::Bare(text)) => integer(text).is_some(),
        (Kind::Float, Value::Bare(text)) => float(text).is_some(),
        (Kind::Signed, Value::Bare(text)) => {
            float(text.strip_prefix('-').unwrap_or(text)).is_some()
        }
        (Kind::Hex, Value::Bare(text)) => {
            let digits = text.strip_prefix("0x").or(text.strip_prefix("0X"));
            digits.is_some_and(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_hexdigit()))
        }
        (Kind::Size, Value::Bare(text)) => {
            let sides = text.split_once('x');
            sides.is_some_and(|(w, h)| integer(w).is_some() && integer(h).is_some())
        }
        (Kind::OneOf(words), Value::Bare(text)) => words.contains(&text.as_str()),
        (Kind::Word, Value::Bare(text)) => !text.is_empty() && !text.contains([' ', '"', ',']),
    }
}

/// A decimal-integer: 0 to 2^64-1 in 1 to 20 digits.
pub(crate) fn integer(text: &str) -> Option<u64> {
    let right = (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| right)
}

/// A decimal-floating-point: digits and one dot, no sign, no exponent.
pub(crate) fn float(text: &str) -> Option<f64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let right = digits(whole) && digits(part) && text.len() <= 40;
    text.parse().ok().filter(|_| right)
}
