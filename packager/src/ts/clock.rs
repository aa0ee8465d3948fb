//! The clocks of a transport stream and all their wrap arithmetic.
//!
//! A PCR counts 27 MHz modulo 2^33 x 300 (ISO/IEC 13818-1, 2.4.3.5); a PTS or DTS counts 90 kHz
//! modulo 2^33 (2.4.3.7). Both wrap after 26.5 hours, which a long run meets.

use std::fmt;
use std::time::Duration;

/// Ticks of the system clock in a second (ISO/IEC 13818-1, 2.4.2.1).
pub const SYSTEM_CLOCK_HZ: u64 = 27_000_000;
/// Ticks of PTS and DTS in a second.
pub const PTS_HZ: u64 = 90_000;
/// The PCR wraps at this value.
pub const PCR_MODULUS: u64 = PTS_MODULUS * 300;
/// PTS, DTS and the PCR's base wrap at this value.
pub const PTS_MODULUS: u64 = 1 << 33;

/// A program clock reference as received: 27 MHz, modulo [`PCR_MODULUS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pcr(u64);

/// A presentation or decoding time stamp as received: 90 kHz, modulo [`PTS_MODULUS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pts(u64);

/// A signed span of stream time in ticks of 27 MHz.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticks(i64);

impl Ticks {
    /// No time.
    pub const ZERO: Self = Self(0);

    /// `ticks` of 27 MHz.
    #[must_use]
    pub const fn new(ticks: i64) -> Self {
        Self(ticks)
    }

    /// `millis` milliseconds.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis * 27_000)
    }

    /// The span of `duration`, held at the type's limit.
    #[must_use]
    pub fn from_duration(duration: Duration) -> Self {
        Self(i64::try_from(duration.as_nanos() * 27 / 1000).unwrap_or(i64::MAX))
    }

    /// Ticks of 27 MHz.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Nanoseconds, rounded towards zero.
    #[must_use]
    pub const fn as_nanos(self) -> i64 {
        // Split so that no product overflows over the years a node runs.
        (self.0 / 27) * 1000 + (self.0 % 27) * 1000 / 27
    }

    /// The span from nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self((nanos / 1000) * 27 + (nanos % 1000) * 27 / 1000)
    }

    /// Seconds, for figures that people read.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / SYSTEM_CLOCK_HZ as f64
    }

    /// The magnitude of the span.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }
}

impl std::ops::Add for Ticks {
    type Output = Self;

    fn add(self, rhs: Self) -> Self {
        Self(self.0.saturating_add(rhs.0))
    }
}

impl std::ops::Sub for Ticks {
    type Output = Self;

    fn sub(self, rhs: Self) -> Self {
        Self(self.0.saturating_sub(rhs.0))
    }
}

impl std::ops::Neg for Ticks {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Pcr {
    /// The PCR of `ticks` of 27 MHz, modulo [`PCR_MODULUS`].
    #[must_use]
    pub const fn from_ticks(ticks: u64) -> Self {
        Self(ticks % PCR_MODULUS)
    }

    /// From the fields on the wire. An extension above 299 is carried, so any bits give a PCR.
    #[must_use]
    pub const fn from_base_extension(base: u64, extension: u16) -> Self {
        Self::from_ticks((base % PTS_MODULUS) * 300 + extension as u64)
    }

    /// Ticks of 27 MHz, below [`PCR_MODULUS`].
    #[must_use]
    pub const fn ticks(self) -> u64 {
        self.0
    }

    /// The 33-bit base in units of 90 kHz.
    #[must_use]
    pub const fn base(self) -> u64 {
        self.0 / 300
    }

    /// The 9-bit extension, 0 to 299.
    #[must_use]
    pub const fn extension(self) -> u16 {
        (self.0 % 300) as u16
    }

    /// The shortest signed way from `earlier` to `self` round the wrap.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Ticks {
        Ticks(shortest(self.0, earlier.0, PCR_MODULUS))
    }

    /// `self` moved by `span`, round the wrap.
    #[must_use]
    pub const fn offset(self, span: Ticks) -> Self {
        Self(moved(self.0, span.0, PCR_MODULUS))
    }
}

impl Pts {
    /// The time stamp in the low 33 bits of `ticks` of 90 kHz.
    #[must_use]
    pub const fn from_ticks(ticks: u64) -> Self {
        Self(ticks % PTS_MODULUS)
    }

    /// Ticks of 90 kHz, below [`PTS_MODULUS`].
    #[must_use]
    pub const fn ticks(self) -> u64 {
        self.0
    }

    /// The shortest signed way from `earlier` to `self` round the wrap.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Ticks {
        Ticks(shortest(self.0, earlier.0, PTS_MODULUS) * 300)
    }

    /// The shortest signed way from a clock reference to `self` round the wrap.
    #[must_use]
    pub const fn since_pcr(self, pcr: Pcr) -> Ticks {
        Ticks(shortest(self.0 * 300, pcr.0, PCR_MODULUS))
    }

    /// `self` moved by `span`, rounded down to 90 kHz, round the wrap.
    #[must_use]
    pub const fn offset(self, span: Ticks) -> Self {
        Self(moved(self.0, span.0.div_euclid(300), PTS_MODULUS))
    }
}

/// The signed distance from `b` to `a`, in `-modulus/2 ..= modulus/2`.
const fn shortest(a: u64, b: u64, modulus: u64) -> i64 {
    let forward = (a + modulus - b) % modulus;
    if forward > modulus / 2 {
        forward.cast_signed() - modulus.cast_signed()
    } else {
        forward.cast_signed()
    }
}

const fn moved(value: u64, by: i64, modulus: u64) -> u64 {
    let modulus = modulus.cast_signed();
    (value.cast_signed() + by.rem_euclid(modulus))
        .rem_euclid(modulus)
        .cast_unsigned()
}

/// Follows one wrapping clock and gives it a line without wraps.
///
/// The first value is itself; each later one is placed the shortest way from the one before.
#[derive(Clone, Copy, Debug)]
pub struct Unwrapped {
    last: Pcr,
    line: Ticks,
}

impl Unwrapped {
    /// Starts the line at `first`.
    #[must_use]
    pub const fn new(first: Pcr) -> Self {
        Self {
            last: first,
            line: Ticks(first.0.cast_signed()),
        }
    }

    /// Places `pcr` on the line and moves there.
    pub fn advance(&mut self, pcr: Pcr) -> Ticks {
        self.line = self.line + pcr.since(self.last);
        self.last = pcr;
        self.line
    }

    /// Places `pts` on the line, near the last PCR, without moving.
    #[must_use]
    pub fn place(&self, pts: Pts) -> Ticks {
        self.line + pts.since_pcr(self.last)
    }

    /// Where the line stands.
    #[must_use]
    pub const fn line(&self) -> Ticks {
        self.line
    }
}

impl fmt::Display for Ticks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} s", self.as_seconds())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_pcr_that_wraps_goes_forward() {
        let before = Pcr::from_ticks(PCR_MODULUS - 27_000);
        let after = Pcr::from_ticks(27_000);
        assert_eq!(after.since(before), Ticks::from_millis(2));
        assert_eq!(before.since(after), Ticks::from_millis(-2));
    }

    #[test]
    fn a_pts_is_ahead_of_a_pcr_across_the_wrap() {
        let pcr = Pcr::from_ticks(PCR_MODULUS - 27_000);
        assert_eq!(Pts::from_ticks(90).since_pcr(pcr), Ticks::from_millis(2));
    }

    #[test]
    fn nanoseconds_survive_a_year_without_overflow() {
        let year = Ticks::new(365 * 86_400 * 27_000_000);
        assert_eq!(year.as_nanos(), 365 * 86_400 * 1_000_000_000);
        assert_eq!(Ticks::from_nanos(year.as_nanos()), year);
    }

    proptest! {
        #[test]
        fn offset_and_since_undo_each_other(start in 0..PCR_MODULUS, by in -(PCR_MODULUS as i64) / 2 + 1..(PCR_MODULUS as i64) / 2) {
            let a = Pcr::from_ticks(start);
            prop_assert_eq!(a.offset(Ticks::new(by)).since(a), Ticks::new(by));
        }

        #[test]
        fn base_and_extension_make_the_pcr_again(start in 0..PCR_MODULUS) {
            let a = Pcr::from_ticks(start);
            prop_assert_eq!(Pcr::from_base_extension(a.base(), a.extension()), a);
        }

        #[test]
        fn the_unwrapped_line_never_loses_a_step(steps in prop::collection::vec(0i64..27_000_000, 1..200)) {
            let first = Pcr::from_ticks(PCR_MODULUS - 27_000_000);
            let mut line = Unwrapped::new(first);
            let (mut pcr, mut sum) = (first, line.line());
            for step in steps {
                pcr = pcr.offset(Ticks::new(step));
                sum = sum + Ticks::new(step);
                prop_assert_eq!(line.advance(pcr), sum);
            }
        }
    }
}
