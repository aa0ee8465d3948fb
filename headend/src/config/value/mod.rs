//! Values with a unit or a form of their own, as an operator writes them. Each parses from text,
//! prints as it is written best, and names itself in the schema by its `format`.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

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

// Behind the macros, for they are written with them.
mod quantity;
mod rung;

pub use quantity::{Rate, Size, Span};
pub use rung::Rung;

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
