//! What the network is told of the channels.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[announce]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Announce {
    /// Whether the multicast outputs are announced by SAP (RFC 2974) to 224.2.127.254 and
    /// 239.255.255.255, port 9875, so that players such as VLC list the channels by themselves.
    pub sap: bool,
    /// Where the announcements leave: a name or an address of this machine. Required with `sap`.
    #[schemars(length(min = 1, max = 64), example = &"eth0")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interface: Option<String>,
    /// How many routers an announcement may pass: as many as the outputs.
    pub ttl: u8,
}

impl Default for Announce {
    fn default() -> Self {
        Self {
            sap: false,
            interface: None,
            ttl: 16,
        }
    }
}
