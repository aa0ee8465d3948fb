//! Time and date table (EN 300 468, 5.2.5).

use super::section::short_section;
use crate::time::Wall;

const TABLE_ID: u8 = 0x70;
/// Modified Julian Date of 1970-01-01 (EN 300 468, annex C).
const MJD_OF_1970: i64 = 40_587;

/// The time in UTC, whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tdt {
    /// UTC.
    pub utc: Wall,
}

impl Tdt {
    /// The section.
    #[must_use]
    pub fn emit(&self) -> Vec<Vec<u8>> {
        let seconds = self.utc.unix_seconds();
        let mjd = seconds.div_euclid(86_400) + MJD_OF_1970;
        let day = seconds.rem_euclid(86_400);
        let [high, low] = u16::try_from(mjd.clamp(0, 65_535))
            .unwrap_or(0)
            .to_be_bytes();
        let bcd = |v: i64| u8::try_from(v / 10 * 16 + v % 10).unwrap_or(0);
        let body = [
            high,
            low,
            bcd(day / 3_600),
            bcd(day / 60 % 60),
            bcd(day % 60),
        ];
        vec![short_section(TABLE_ID, &body, false)]
    }
}
