//! TLS: the node's own certificate, and whom its clients trust.
//!
//! In: PEM files. Out: what a handshake needs, and what people are told of a certificate: its
//! names and its end. A file that cannot be used never takes the place of one that can.

mod held;
mod identity;
#[cfg(test)]
pub(crate) mod tests;
mod trust;

use std::sync::Arc;

use rustls::crypto::CryptoProvider;

pub use held::{Facts, Held};
pub(crate) use identity::{Certificate, key};
pub use trust::{Untrusting, connector, name};

/// Days before its end from which a certificate is a warning: a renewal every week has failed once.
pub const ENDING: i64 = 14;
/// Days before its end from which it is critical: the meeting of tomorrow is at stake.
pub const ENDED: i64 = 2;
/// Seconds of a day.
pub const DAY: i64 = 86_400;

/// RFC 3339 of Unix seconds; the last moment that can be written where it is later.
#[must_use]
pub fn stamp(seconds: i64) -> String {
    let at = jiff::Timestamp::from_second(seconds);
    at.unwrap_or(jiff::Timestamp::MAX).to_string()
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
