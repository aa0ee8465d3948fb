//! Where the HLS numbers of a channel stand, and how they never go back.

use packager::hls::Resume;
use packager::time::Wall;

/// No segment is shorter: a channel takes two numbers a second at most.
pub const SHORTEST_SEGMENT_NANOS: i64 = 500_000_000;
/// Numbers skipped after a crash whose time is not known, because the clock went back.
pub const SKIP_WITHOUT_CLOCK: u64 = 1_000;
/// 2026-01-01T00:00:00Z: the numbers of a channel that the record does not know count from here.
const ORIGIN_NANOS: i64 = 1_767_225_600_000_000_000;
/// Their step: faster than any channel takes numbers, so that a lost record never makes them go
/// back.
const STEP_NANOS: i64 = 100_000_000;

/// Discontinuities are rare, and players count arrays by their number (hls.js takes seconds for
/// each playlist at millions), so this number has a slow clock of its own: one an hour.
const DISCONTINUITY_STEP_NANOS: i64 = 3_600_000_000_000;
/// Discontinuities that the last unwritten moments may have brought.
const DISCONTINUITY_SKIP: u64 = 4;

/// Where a channel goes on that the record does not know: from the wall clock, above every number
/// that a channel which started this way can have reached.
#[must_use]
pub fn unknown(now: Wall) -> Resume {
    let since = now.unix_nanos() - ORIGIN_NANOS;
    let number = u64::try_from(since / STEP_NANOS).unwrap_or(0);
    Resume {
        next_media_sequence: number,
        discontinuity_sequence: u64::try_from(since / DISCONTINUITY_STEP_NANOS).unwrap_or(0),
        instance: number,
        ..Resume::default()
    }
}

/// Where a channel goes on that stood at `position` when it was last written, `nanos` before the
/// crash at most: above what it can have shown since. Negative means that the clock went back.
#[must_use]
pub fn after_crash(position: Resume, nanos: i64) -> Resume {
    let skip = match u64::try_from(nanos) {
        Ok(nanos) => nanos / SHORTEST_SEGMENT_NANOS.unsigned_abs() + 1,
        Err(_) => SKIP_WITHOUT_CLOCK,
    };
    Resume {
        next_media_sequence: position.next_media_sequence.saturating_add(skip),
        discontinuity_sequence: position
            .discontinuity_sequence
            .saturating_add(DISCONTINUITY_SKIP),
        // At most one start for each segment.
        instance: position.instance.saturating_add(skip),
        ..position
    }
}

/// Another run of the same channel: no URL of this one was a URL of an earlier one.
pub(super) const fn next_run(position: Resume) -> Resume {
    Resume {
        instance: position.instance.saturating_add(1),
        ..position
    }
}
