//! What to fetch next, and when.

use std::collections::BTreeMap;
use std::time::Duration;

/// Requests that wait; a playlist of a day has 43,200 segments of 2 s.
const WAITING: usize = 50_000;

/// A request to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Not before, since the moment that all times are since.
    pub at: Duration,
    /// Absolute.
    pub url: String,
    /// Offset and length of the bytes wanted (RFC 9110, 14.2); `None` for all.
    pub range: Option<(u64, u64)>,
    /// Whether to say `Accept-Encoding: gzip`.
    pub gzip: bool,
    /// How often it has failed so far.
    pub tries: u8,
}

/// Requests in the order of their times, those of one time in the order in which they were asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asks {
    waiting: BTreeMap<(Duration, u64), Request>,
    count: u64,
}

impl Asks {
    pub(crate) fn put(&mut self, request: Request) {
        if self.waiting.len() < WAITING {
            self.count += 1;
            self.waiting.insert((request.at, self.count), request);
        }
    }

    /// A playlist.
    pub(crate) fn playlist(&mut self, at: Duration, url: String) {
        self.put(Request {
            at,
            url,
            range: None,
            gzip: true,
            tries: 0,
        });
    }

    /// Media.
    pub(crate) fn media(&mut self, at: Duration, url: &str, range: Option<(u64, u64)>) {
        self.put(Request {
            at,
            url: url.to_owned(),
            range,
            gzip: false,
            tries: 0,
        });
    }

    pub(crate) fn take(&mut self) -> Option<Request> {
        self.waiting.pop_first().map(|(_, request)| request)
    }
}
