//! The keys of `[[webhook]]`.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[[webhook]]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Webhook {
    /// `http://HOST:PORT/PATH` on this machine or its own network, `https://` further away.
    #[schemars(length(min = 1, max = 2048), extend("x-required" = true), example = &"http://127.0.0.1:9000/su-co")]
    pub url: String,
    /// A file that holds the key of the signature, read by the node's user alone: `whsec_` and
    /// base64 of 24 to 64 bytes, or 16 characters and more as they are. Relative to the file that
    /// names it.
    #[schemars(length(min = 1), extend("x-required" = true), example = &"webhook.key")]
    pub secret_file: PathBuf,
    /// A PEM file with who signed the receiver's certificate, for `https://`. Left out: whom this
    /// machine trusts.
    #[schemars(length(min = 1), example = &"authority.pem")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// What is told. Left out: all three.
    #[schemars(length(max = 3), example = &["opened", "closed"])]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<WebhookEvent>,
}

/// `events` of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WebhookEvent {
    /// An incident began.
    Opened,
    /// An incident became graver, was found at another place, or the headend did something.
    Changed,
    /// An incident ended.
    Closed,
}
