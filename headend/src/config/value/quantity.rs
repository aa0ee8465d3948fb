//! Numbers with a unit: rates, spans of time, sizes.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use packager::time::Bitrate;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::super::fault::{Fault, Value};

/// A rate in bit/s: `6M`, `800k`, `2.5M`, `1G`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rate(pub Bitrate);

written_as_text!(Rate, "rate", "^[0-9]+(\\.[0-9]+)?[kMG]$");

const RATE_UNITS: &[(&str, u64)] = &[("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000)];

impl FromStr for Rate {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let bits = scaled(text, RATE_UNITS).map_err(|n| {
            n.map_or_else(|| Value::Rate(text.into()).into(), Fault::rate_without_unit)
        })?;
        Bitrate::from_bits_per_second(bits)
            .map(Self)
            .ok_or_else(|| Value::Rate(text.into()).into())
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal(self.0.bits_per_second()))
    }
}

/// `bits` in the unit that keeps it exact: `6M`, `2.5M`, `999.999k`.
fn decimal(bits: u64) -> String {
    let (unit, size) = if bits >= 1_000_000 {
        ("M", 1_000_000)
    } else {
        ("k", 1_000)
    };
    let (whole, rest) = (bits / size, bits % size);
    let digits = size.ilog10() as usize;
    let rest = format!("{rest:0digits$}");
    let rest = rest.trim_end_matches('0');
    let dot = if rest.is_empty() { "" } else { "." };
    format!("{whole}{dot}{rest}{unit}")
}

/// A span of time: `2s`, `400ms`, `1m`, `4h`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Span(pub Duration);

written_as_text!(Span, "time-span", "^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$");

const SPAN_UNITS: &[(&str, u64)] = &[("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

impl Span {
    /// `millis` milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }
}

impl FromStr for Span {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        match scaled(text, SPAN_UNITS) {
            Ok(0) | Err(None) => Err(Value::Span(text.into()).into()),
            Ok(millis) => Ok(Self::from_millis(millis)),
            Err(Some(number)) => Err(Fault::span_without_unit(number)),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_millis() {
            m if m % 3_600_000 == 0 && m > 0 => write!(f, "{}h", m / 3_600_000),
            m if m % 60_000 == 0 => write!(f, "{}m", m / 60_000),
            m if m % 1_000 == 0 => write!(f, "{}s", m / 1_000),
            m => write!(f, "{m}ms"),
        }
    }
}

/// A number of bytes: `500MiB`, `50GiB`, `2TiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Size(pub u64);

written_as_text!(Size, "size", "^[0-9]+(\\.[0-9]+)?[MGT]iB$");

const SIZE_UNITS: &[(&str, u64)] = &[("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40)];

impl FromStr for Size {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        match scaled(text, SIZE_UNITS) {
            Ok(bytes) if bytes > 0 => Ok(Self(bytes)),
            Err(Some(number)) => Err(Fault::size_without_unit(number)),
            _ => Err(Value::Size(text.into()).into()),
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |(_, size): &&(&str, u64)| self.0.is_multiple_of(*size);
        match SIZE_UNITS.iter().rev().find(fits) {
            Some((unit, size)) => write!(f, "{}{unit}", self.0 / size),
            // Written as a fraction: exact in the smallest unit.
            None => write!(f, "{}MiB", self.0 as f64 / 1_048_576.0),
        }
    }
}

/// Reads a decimal number and a unit exactly. `Err(Some(n))` is a whole number without a unit.
fn scaled(text: &str, units: &[(&str, u64)]) -> Result<u64, Option<u64>> {
    let split = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if unit.is_empty() {
        return Err(number.parse().ok());
    }
    let size = units.iter().find(|(name, _)| *name == unit).ok_or(None)?.1;
    let part = fraction_of(fraction, size).ok_or(None)?;
    let whole: u64 = whole.parse().map_err(|_| None)?;
    whole
        .checked_mul(size)
        .and_then(|n| n.checked_add(part))
        .ok_or(None)
}

/// `0.{digits}` of `size`; `None` where that is no whole number.
fn fraction_of(digits: &str, size: u64) -> Option<u64> {
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        return Some(0);
    }
    let power = 10u64.checked_pow(u32::try_from(digits.len()).ok()?)?;
    let scaled = digits.parse::<u64>().ok()?.checked_mul(size)?;
    (scaled % power == 0).then_some(scaled / power)
}
