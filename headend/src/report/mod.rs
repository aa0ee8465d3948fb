//! What is told after a meeting: what was on air, what went wrong, and the figures around it.
//!
//! In: one look a second at each channel. Out: samples and spans for the record, and from the
//! record the report of a meeting. It reads no clock and no disk: the time and the records come in.

mod journal;
pub mod meeting;
mod sample;
mod series;

pub use journal::{Journal, Span, Switched};
pub use meeting::Meeting;
pub use sample::{InputSample, Sample};
pub use series::{AFTER, BEFORE, Series};

use packager::time::Wall;

/// Milliseconds of the wall clock since 1970.
pub type Millis = i64;

/// As the record keeps it.
#[must_use]
pub const fn millis(wall: Wall) -> Millis {
    wall.unix_nanos().div_euclid(1_000_000)
}

/// RFC 3339 in UTC.
#[must_use]
pub fn stamp(at: Millis) -> String {
    crate::channel::stamp(Wall::from_unix_nanos(at.saturating_mul(1_000_000)))
}

/// Of RFC 3339.
#[must_use]
pub fn parsed(stamp: &str) -> Option<Millis> {
    let at: jiff::Timestamp = stamp.parse().ok()?;
    Some(at.as_millisecond())
}
