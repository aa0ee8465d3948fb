//! How far a playlist is, by parts (4.4.5.4), and when that is.

use std::fmt;

use super::media::{Media, micros};

/// How far a playlist is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reach {
    /// Of the last segment, one in the making included.
    pub(crate) number: u64,
    /// How many parts of it are listed.
    pub(crate) parts: u64,
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} parts of {}", self.parts, self.number)
    }
}

impl Media {
    pub(crate) fn reach(&self) -> Reach {
        let (number, last) = match self.segments.last() {
            Some(last) if self.open.parts.is_empty() => (self.end().saturating_sub(1), last),
            _ => (self.end(), &self.open),
        };
        Reach {
            number,
            parts: last.parts.len() as u64,
        }
    }

    /// The wall time in microseconds at which the last part of `reach` ends; `None` where it is not
    /// listed, or has no date.
    pub(crate) fn time_of(&self, reach: Reach) -> Option<i64> {
        let (segment, begin) = match self.segment(reach.number) {
            Some(segment) => {
                let mut dates = self.dates().into_iter();
                (segment, dates.find(|(n, _)| *n == reach.number)?.1)
            }
            None if reach.number == self.end() => (&self.open, self.open.date?),
            None => return None,
        };
        let count = usize::try_from(reach.parts).ok().filter(|n| *n > 0)?;
        let seconds: f64 = segment.parts.get(..count)?.iter().map(|p| p.seconds).sum();
        Some(begin.saturating_add(micros(seconds)))
    }
}
