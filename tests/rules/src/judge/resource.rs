//! Everything that a playlist listed and that is no playlist: is it there as long as it must be,
//! and is it always the same.

use std::time::Duration;

use crate::fetch::Fetch;
use crate::ledger::Sink;
use crate::media::{Digest, Init};

/// A fetch that takes longer than what it plays, and than this, is not at full speed (R39).
const SLOW: f64 = 1.0;

/// What it is listed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Init,
    Segment,
    Part,
    Hint,
}

/// Until when it must be there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Life {
    Listed,
    /// Listed no more; the rule that asks until when.
    Until(Duration, u8),
    /// Nothing is known of it any more, after an outage or its time.
    Over,
}

/// One URL, or one byte range of it.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) role: Role,
    /// Which media playlist listed it, and the number of its segment.
    pub(crate) playlist: usize,
    pub(crate) number: u64,
    pub(crate) seconds: f64,
    /// The latest time at which it was surely not listed yet; `None` where it was from the start.
    pub(crate) before: Option<Duration>,
    pub(crate) life: Life,
    pub(crate) seen: Option<(Digest, usize)>,
    pub(crate) init: Option<(Init, Vec<u8>)>,
}

impl Resource {
    /// Checks an answer as such; gives the bytes where there are any.
    pub(crate) fn answered<'a>(
        &mut self,
        fetch: &'a Fetch,
        range: Option<(u64, u64)>,
        sink: &mut Sink<'_>,
    ) -> Option<&'a [u8]> {
        let good = matches!(fetch.status, 200 | 206);
        let said = || format!("HTTP {}", fetch.status);
        match (self.life, self.role) {
            // A server that is about to go says so.
            (_, Role::Hint) if fetch.header("retry-after").is_some() => {}
            (_, Role::Hint) => sink.should(70, good, 0, said),
            (Life::Listed, _) => sink.must(39, good, 0, said),
            // What never came has its finding already.
            (Life::Until(end, rule), _) if fetch.done() < end && self.seen.is_some() => {
                sink.must(rule, good, 0, || {
                    format!(
                        "HTTP {}, {:.1} s too early",
                        fetch.status,
                        (end - fetch.at.min(end)).as_secs_f64()
                    )
                });
            }
            _ => {}
        }
        if !good {
            return None;
        }
        let took = fetch.took.as_secs_f64();
        if self.role == Role::Segment {
            sink.should(39, took <= self.seconds.max(SLOW), 0, || {
                format!("{took:.1} s for {:.1} s", self.seconds)
            });
        }
        let bytes = match range {
            Some((offset, length)) if fetch.status == 200 => {
                let begin = usize::try_from(offset).ok()?;
                let end = begin.checked_add(usize::try_from(length).ok()?)?;
                fetch.body.get(begin..end)?
            }
            _ => &fetch.body,
        };
        let now = (Digest::of(bytes), bytes.len());
        let same = self.seen.is_none_or(|before| before == now);
        sink.must(40, same, 0, || {
            format!(
                "{} bytes, before {}: other content",
                bytes.len(),
                self.seen.map_or(0, |(_, n)| n)
            )
        });
        self.seen = Some(now);
        Some(bytes)
    }

    /// Whether nothing more is asked of it.
    pub(crate) fn is_over(&self, now: Duration) -> bool {
        match self.life {
            Life::Listed => false,
            Life::Until(end, _) => now > end,
            Life::Over => true,
        }
    }
}
