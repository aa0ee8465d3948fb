//! A state with the time since when it holds.

use packager::time::Wall;

/// A value and when it became so.
#[derive(Clone, Debug)]
pub(super) struct Since<T> {
    pub(super) value: T,
    pub(super) wall: Wall,
}

impl<T: PartialEq> Since<T> {
    pub(super) fn now(value: T) -> Self {
        Self {
            value,
            wall: wall_now(),
        }
    }

    /// Becomes `value`; true when that is a change.
    pub(super) fn become_(&mut self, value: T) -> bool {
        let changed = self.value != value;
        if changed {
            *self = Self::now(value);
        }
        changed
    }

    /// RFC 3339.
    pub(super) fn stamp(&self) -> String {
        stamp(self.wall)
    }

    #[expect(clippy::cast_precision_loss, reason = "seconds for people")]
    pub(super) fn seconds(&self) -> f64 {
        let nanos = wall_now().unix_nanos() - self.wall.unix_nanos();
        (nanos.max(0) / 1_000_000) as f64 / 1e3
    }
}

/// The wall clock now.
pub fn wall_now() -> Wall {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let nanos = since.map_or(0, |d| i64::try_from(d.as_nanos()).unwrap_or(i64::MAX));
    Wall::from_unix_nanos(nanos)
}

/// RFC 3339 in UTC to the millisecond.
#[must_use]
pub fn stamp(wall: Wall) -> String {
    let millis = wall.unix_nanos().div_euclid(1_000_000);
    jiff::Timestamp::from_millisecond(millis).map_or_else(|_| String::new(), |t| format!("{t:.3}"))
}
