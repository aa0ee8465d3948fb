//! The signature of Standard Webhooks (standardwebhooks.com, version 1): HMAC-SHA256 (RFC 2104)
//! over `id.timestamp.body`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Bytes of a key that is written in base64.
const LENGTH: std::ops::RangeInclusive<usize> = 24..=64;
/// The least of one that is written as it is.
const LEAST: usize = 16;

/// A key that both sides know.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

impl Key {
    /// Of `whsec_` and base64 of 24 to 64 bytes, or of 16 characters and more as they are; `None`
    /// for anything shorter.
    #[must_use]
    pub fn of(written: &str) -> Option<Self> {
        let bytes = match written.strip_prefix("whsec_") {
            Some(coded) => STANDARD
                .decode(coded)
                .ok()
                .filter(|b| LENGTH.contains(&b.len()))?,
            None => Some(written.as_bytes().to_vec()).filter(|b| b.len() >= LEAST)?,
        };
        Hmac::new_from_slice(&bytes).ok().map(Self)
    }

    /// What stands in `webhook-signature`.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        let mut mac = self.0.clone();
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body.as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}
