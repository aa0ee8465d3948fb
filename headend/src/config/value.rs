//! Values with a unit or a form of their own, as an operator writes them. Each parses from text,
//! prints as it is written best, and names itself in the schema by its `format`.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use packager::time::Bitrate;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::fault::{Fault, Value};
use crate::foreign::Allowed;

/// Serde by way of text, and the schema of a text with a format.
macro_rules! written_as_text {
    ($type:ty, $format:literal, $pattern:literal) => {
        impl TryFrom<String> for $type {
            type Error = Fault;

            fn try_from(text: String) -> Result<Self, Fault> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.to_string()
            }
        }

        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                $format.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "format": $format, "pattern": $pattern })
            }
        }
    };
}

/// The schema of a type that is only ever checked here.
macro_rules! form_of_text {
    ($type:ident, $format:literal, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Copy, Debug)]
        pub struct $type;

        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                $format.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "format": $format })
            }
        }
    };
}

form_of_text!(
    ListenAddress,
    "listen-address",
    "An address and a port to listen on."
);
form_of_text!(HostAddress, "host-address", "The address of a host.");
form_of_text!(ChannelId, "channel-id", "The id of a channel.");

/// Checks `text` against the `format` of a schema; formats of no concern here pass.
pub fn check_format(format: &str, text: &str) -> Result<(), Fault> {
    match format {
        "rate" => text.parse::<Rate>().map(drop),
        "time-span" => text.parse::<Span>().map(drop),
        "rung" => text.parse::<Rung>().map(drop),
        "size" => text.parse::<Size>().map(drop),
        "dscp" => text.parse::<Dscp>().map(drop),
        "allowed-group" => text.parse::<AllowedGroup>().map(drop),
        "listen-address" => match text.parse::<SocketAddr>() {
            Ok(_) => Ok(()),
            Err(_) => Err(Value::ListenAddress(text.into()).into()),
        },
        "host-address" => match text.parse::<IpAddr>() {
            Ok(_) => Ok(()),
            Err(_) => Err(Value::HostAddress(text.into()).into()),
        },
        "channel-id" if is_channel_id(text) => Ok(()),
        "channel-id" => Err(Value::ChannelId(text.into()).into()),
        _ => Ok(()),
    }
}

fn is_channel_id(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

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

/// The six bits of the DSCP, by name or number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Dscp(pub u8);

written_as_text!(
    Dscp,
    "dscp",
    "^(ef|af[1-4][1-3]|cs[0-7]|[0-9]|[1-5][0-9]|6[0-3])$"
);

impl Dscp {
    /// Multimedia conferencing (RFC 4594, table 3).
    pub const AF41: Self = Self(34);

    /// All names, with their six bits (RFC 2474, 2597, 3246).
    pub fn names() -> impl Iterator<Item = (String, Self)> {
        let selectors = (0..8).map(|class| (format!("cs{class}"), Self(class * 8)));
        let assured = (1..=4).flat_map(|class| {
            (1..=3).map(move |drop| (format!("af{class}{drop}"), Self(class * 8 + drop * 2)))
        });
        selectors.chain(assured).chain([("ef".into(), Self(46))])
    }
}

impl FromStr for Dscp {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        if let Ok(number @ 0..=63) = text.parse() {
            return Ok(Self(number));
        }
        Self::names()
            .find(|(name, _)| *name == text)
            .map(|(_, value)| value)
            .ok_or_else(|| Value::Dscp(text.into()).into())
    }
}

impl fmt::Display for Dscp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::names().find(|(_, value)| value == self) {
            Some((name, _)) => f.write_str(&name),
            None => write!(f, "{}", self.0),
        }
    }
}

/// Multicast groups: `239.1.0.0/16:5000`, `239.1.0.1`, `[ff15::/32]:5000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AllowedGroup(pub Allowed);

written_as_text!(
    AllowedGroup,
    "allowed-group",
    "^([0-9.]+(/[0-9]+)?|\\[[0-9a-f:.]+(/[0-9]+)?\\])(:[0-9]+)?$"
);

impl FromStr for AllowedGroup {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let fault = || Value::AllowedGroup(text.into());
        allowed(text).map(Self).ok_or_else(|| fault().into())
    }
}

fn allowed(text: &str) -> Option<Allowed> {
    let (network, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (network, port) = rest.split_once(']')?;
            (
                network,
                port.strip_prefix(':').or(port.is_empty().then_some("")),
            )
        }
        None => match text.split_once(':') {
            Some((network, port)) => (network, Some(port)),
            None => (text, Some("")),
        },
    };
    let port = match port? {
        "" if !text.ends_with(':') => None,
        port => Some(port.parse().ok().filter(|port| *port > 0)?),
    };
    let (address, prefix) = match network.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.parse().ok()?)),
        None => (network, None),
    };
    let network: IpAddr = address.parse().ok()?;
    let longest = if network.is_ipv4() { 32 } else { 128 };
    let prefix = prefix.unwrap_or(longest);
    let brackets = text.starts_with('[');
    let good = network.is_multicast() && prefix <= longest && brackets == network.is_ipv6();
    good.then_some(Allowed {
        network,
        prefix,
        port,
    })
}

impl fmt::Display for AllowedGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Allowed {
            network,
            prefix,
            port,
        } = self.0;
        match network {
            IpAddr::V4(network) => write!(f, "{network}/{prefix}")?,
            IpAddr::V6(network) => write!(f, "[{network}/{prefix}]")?,
        }
        port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// One rung of a ladder: `720p 1.5M`, or `audio 64k`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rung {
    /// Lines of the picture; `None` is sound alone.
    pub lines: Option<u32>,
    /// Of the picture, or of the sound.
    pub rate: Rate,
}

written_as_text!(Rung, "rung", "^([0-9]+p|audio) [0-9]+(\\.[0-9]+)?[kM]$");

/// Smaller ones are no picture that people read; the largest is 4K.
const LINES: RangeInclusive<u32> = 90..=2160;
/// What x264 makes a picture of, and what a commune's line may carry.
const PICTURE_BITS: RangeInclusive<u64> = 100_000..=50_000_000;
/// AAC-LC in stereo.
const SOUND_BITS: RangeInclusive<u64> = 16_000..=320_000;

impl FromStr for Rung {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        rung(text).ok_or_else(|| Value::Rung(text.into()).into())
    }
}

fn rung(text: &str) -> Option<Rung> {
    let (what, rate) = text.split_once(' ')?;
    let rate: Rate = rate.parse().ok()?;
    let (lines, limits) = match what.strip_suffix('p') {
        Some(lines) => (Some(lines.parse().ok()?), PICTURE_BITS),
        None if what == "audio" => (None, SOUND_BITS),
        None => return None,
    };
    // H.264 of 4:2:0 has pairs of lines.
    let even = lines.is_none_or(|n: u32| LINES.contains(&n) && n.is_multiple_of(2));
    (even && limits.contains(&rate.0.bits_per_second())).then_some(Rung { lines, rate })
}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lines {
            Some(lines) => write!(f, "{lines}p {}", self.rate),
            None => write!(f, "audio {}", self.rate),
        }
    }
}
