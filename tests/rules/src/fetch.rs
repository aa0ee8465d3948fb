//! One request and what came back.

use std::time::Duration;

use crate::url;

/// The HTTP that was agreed on where HTTP/2 was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.0 or HTTP/1.1.
    Http1,
    /// HTTP/2.
    Http2,
    /// HTTP/3.
    Http3,
}

/// One request and what came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetch {
    /// What was asked for, absolute, directives included.
    pub url: String,
    /// When the request was sent, since some moment that is the same for all.
    pub at: Duration,
    /// From the request to the head of the answer.
    pub first: Duration,
    /// From the request to the first byte of the content.
    pub content: Duration,
    /// From the request to the last byte.
    pub took: Duration,
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The content, with its Content-Encoding undone.
    pub body: Vec<u8>,
    /// `None` where HTTP/2 was not offered.
    pub protocol: Option<Protocol>,
    /// Whether the request said `Accept-Encoding: gzip`.
    pub gzip: bool,
}

impl Fetch {
    /// When the last byte had come.
    #[must_use]
    pub fn done(&self) -> Duration {
        self.at.saturating_add(self.took)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut named = self.headers.iter().filter(|(n, _)| n == name);
        named.next().map(|(_, value)| value.as_str())
    }

    /// Content-Type without parameters, in lower case.
    pub(crate) fn kind(&self) -> String {
        let kind = self.header("content-type").unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default();
        kind.trim().to_ascii_lowercase()
    }

    /// How long a cache may keep the answer (RFC 9111, 5.2.2): `None` where nothing is said.
    pub(crate) fn max_age(&self) -> Option<u64> {
        let control = self.header("cache-control")?.to_ascii_lowercase();
        let mut words = control.split(',').map(str::trim);
        if words.clone().any(|w| w == "no-store" || w == "no-cache") {
            return Some(0);
        }
        let age = |w: &str| w.strip_prefix("max-age=").and_then(|n| n.parse().ok());
        words.find_map(age)
    }

    /// A delivery directive of the request (6.2.5).
    pub(crate) fn directive(&self, name: &str) -> Option<&str> {
        url::query(&self.url, name)
    }
}
