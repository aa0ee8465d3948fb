//! What a crowd saw.

use std::cell::RefCell;
use std::fmt;
use std::time::{Duration, Instant};

use super::client::Answer;

/// Examples of errors that are kept.
const EXAMPLES: usize = 8;

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Playlist,
    Media,
}

/// What a crowd saw.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Playlists fetched.
    pub playlists: u64,
    /// Segments and init sections fetched.
    pub media: u64,
    /// Bytes of all bodies.
    pub bytes: u64,
    /// Answers other than 200, connections that broke, segments that were gone before their turn.
    pub errors: u64,
    /// The first of them, each in words.
    pub examples: Vec<String>,
    /// Segments that were whole later than their own duration after their viewer saw them listed.
    pub late: u64,
    /// Times that a viewer's buffer ran empty, picture and sound each.
    pub stalls: u64,
    /// The longest of them.
    pub longest: Duration,
    first: Vec<Duration>,
}

impl Report {
    /// The time to the first byte that `percent` of the answers had at most.
    #[must_use]
    pub fn first_byte(&self, percent: usize) -> Duration {
        let last = self.first.len().saturating_sub(1);
        self.first
            .get(last * percent / 100)
            .copied()
            .unwrap_or_default()
    }

    /// Whether no viewer saw anything: no error, no segment too late, no empty buffer.
    #[must_use]
    pub fn is_unseen(&self) -> bool {
        self.errors == 0 && self.late == 0 && self.stalls == 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} playlists, {} segments, {:.2} GB; errors {}, late {}, stalls {} (longest {:.2?}); \
             first byte {:.2?} (median), {:.2?} (p99)",
            self.playlists,
            self.media,
            self.bytes as f64 / 1e9,
            self.errors,
            self.late,
            self.stalls,
            self.longest,
            self.first_byte(50),
            self.first_byte(99),
        )?;
        self.examples.iter().try_for_each(|e| write!(f, "\n  {e}"))
    }
}

/// Where the viewers of a crowd write what they see.
#[derive(Debug, Default)]
pub(super) struct Ledger(RefCell<Report>);

impl Ledger {
    pub(super) fn answer(&self, kind: Kind, answer: &Answer) {
        let report = &mut *self.0.borrow_mut();
        match kind {
            Kind::Playlist => report.playlists += 1,
            Kind::Media => report.media += 1,
        }
        report.bytes += answer.length;
        report.first.push(answer.first);
    }

    pub(super) fn error(&self, path: &str, what: &str) {
        let report = &mut *self.0.borrow_mut();
        report.errors += 1;
        if report.examples.len() < EXAMPLES {
            report.examples.push(format!("{path}: {what}"));
        }
    }

    pub(super) fn late(&self) {
        self.0.borrow_mut().late += 1;
    }

    /// A buffer that ran empty at `runs` and was filled again, or left, at `until`.
    pub(super) fn stall(&self, runs: Instant, until: Instant) {
        let report = &mut *self.0.borrow_mut();
        let empty = until.saturating_duration_since(runs);
        if empty > Duration::ZERO {
            report.stalls += 1;
            report.longest = report.longest.max(empty);
        }
    }

    pub(super) fn report(&self) -> Report {
        let mut report = self.0.borrow().clone();
        report.first.sort_unstable();
        report
    }
}
