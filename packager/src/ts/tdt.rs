//! Time and date table, and time offset table (EN 300 468, 5.2.5 and 5.2.6).

use super::descriptor::{Descriptors, RESERVED};
use super::read::{Reader, TableError};
use super::section::{PSI_SECTION_MAX, Section, short_section};
use crate::time::Wall;

const TDT_ID: u8 = 0x70;
const TOT_ID: u8 = 0x73;
/// The modified Julian date of 1970-01-01 (annex C).
const UNIX_EPOCH_MJD: i64 = 40_587;
const DAY_SECONDS: i64 = 86_400;
/// section header, UTC_time, descriptors_loop_length and CRC of a TOT.
const TOT_FIXED: usize = 3 + 5 + 2 + 4;

/// The time and date table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tdt {
    /// UTC_time, in whole seconds; `None` when the field holds no time.
    pub utc: Option<Wall>,
}

/// The time offset table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tot {
    /// UTC_time, in whole seconds; `None` when the field holds no time.
    pub utc: Option<Wall>,
    /// local_time_offset_descriptors.
    pub descriptors: Descriptors,
}

impl Tdt {
    /// What the section says.
    ///
    /// # Errors
    /// `Table` when it is no TDT, `Cut` when the time is not whole.
    pub fn parse(section: &Section<'_>) -> Result<Self, TableError> {
        let mut body = Reader::of(section, &[TDT_ID])?;
        Ok(Self {
            utc: read_utc(body.array()?),
        })
    }

    /// The section.
    #[must_use]
    pub fn emit(&self) -> Vec<Vec<u8>> {
        vec![short_section(TDT_ID, &utc_bytes(self.utc), false)]
    }
}

impl Tot {
    /// What the section says.
    ///
    /// # Errors
    /// `Table` when it is no TOT, `Cut` when the time or the loop is not whole.
    pub fn parse(section: &Section<'_>) -> Result<Self, TableError> {
        let mut body = Reader::of(section, &[TOT_ID])?;
        Ok(Self {
            utc: read_utc(body.array()?),
            descriptors: Descriptors::from_bytes(body.loop12()?.rest()),
        })
    }

    /// The section; descriptors that do not fit into 1024 bytes are left out.
    #[must_use]
    pub fn emit(&self) -> Vec<Vec<u8>> {
        let mut body = utc_bytes(self.utc).to_vec();
        self.descriptors
            .emit12(PSI_SECTION_MAX - TOT_FIXED, RESERVED, &mut body);
        vec![short_section(TOT_ID, &body, true)]
    }
}

/// UTC_time or start_time: 16 bits of modified Julian date, six BCD digits. `None` for what is no
/// time of day, such as the undefined start_time of all ones.
pub(crate) fn read_utc([m0, m1, hour, minute, second]: [u8; 5]) -> Option<Wall> {
    let days = i64::from(u16::from_be_bytes([m0, m1])) - UNIX_EPOCH_MJD;
    let seconds = days * DAY_SECONDS + time_of_day([hour, minute, second])?;
    Some(Wall::from_unix_nanos(seconds * 1_000_000_000))
}

/// The five bytes of a moment, rounded down to seconds and held within the 16 bits of the date
/// (1858-11-17 to 2038-04-22); all ones for `None`.
pub(crate) fn utc_bytes(moment: Option<Wall>) -> [u8; 5] {
    let Some(moment) = moment else {
        return [0xff; 5];
    };
    let seconds = moment.unix_seconds().clamp(
        -UNIX_EPOCH_MJD * DAY_SECONDS,
        (i64::from(u16::MAX) - UNIX_EPOCH_MJD + 1) * DAY_SECONDS - 1,
    );
    let date = u16::try_from(seconds.div_euclid(DAY_SECONDS) + UNIX_EPOCH_MJD).unwrap_or(u16::MAX);
    let [m0, m1] = date.to_be_bytes();
    let [hour, minute, second] = bcd_time(seconds.rem_euclid(DAY_SECONDS));
    [m0, m1, hour, minute, second]
}

/// Six BCD digits as seconds; `None` when they are no time of day.
pub(crate) fn time_of_day(bytes: [u8; 3]) -> Option<i64> {
    let decimal = bytes.iter().all(|b| b >> 4 < 10 && b & 15 < 10);
    let [hour, minute, second] = bytes.map(from_bcd);
    let in_range = decimal && hour < 24 && minute < 60 && second < 60;
    in_range.then(|| (i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second))
}

/// Hours, minutes and seconds in BCD; `seconds` is under a day.
pub(crate) fn bcd_time(seconds: i64) -> [u8; 3] {
    [seconds / 3600, seconds / 60 % 60, seconds % 60].map(|n| bcd(u8::try_from(n).unwrap_or(0)))
}

/// Two BCD digits; `value` is under 100.
pub(crate) const fn bcd(value: u8) -> u8 {
    ((value / 10) << 4) | (value % 10)
}

/// The value of two BCD digits.
pub(crate) const fn from_bcd(digits: u8) -> u8 {
    (digits >> 4) * 10 + (digits & 15)
}

#[cfg(test)]
mod tests {
    use super::super::descriptor::{Descriptor, LocalTimeOffset};
    use super::super::section::testing::{gather, section_of};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_example_of_annex_c_is_read() {
        // 93/10/13 12:45:00 is coded as 0xC079124500.
        let utc = read_utc([0xc0, 0x79, 0x12, 0x45, 0x00]).unwrap();
        assert_eq!(utc.unix_seconds(), 750_516_300);
        assert_eq!(utc_bytes(Some(utc)), [0xc0, 0x79, 0x12, 0x45, 0x00]);
    }

    #[test]
    fn digits_that_are_no_time_give_none() {
        for bytes in [
            [0xff; 5],
            [0, 0, 0x24, 0, 0],
            [0, 0, 0x1a, 0, 0],
            [0, 0, 0, 0x60, 0],
        ] {
            assert_eq!(read_utc(bytes), None);
        }
    }

    #[test]
    fn a_moment_after_2038_is_held_at_the_last_the_date_can_say() {
        let late = Wall::from_unix_nanos(i64::MAX);
        assert_eq!(utc_bytes(Some(late)), [0xff, 0xff, 0x23, 0x59, 0x59]);
    }

    #[test]
    fn a_time_offset_table_without_its_crc_fails_the_check() {
        let mut section = Tot {
            utc: None,
            descriptors: Descriptors::new(),
        }
        .emit()
        .remove(0);
        assert!(Section::new(&section).unwrap().crc_ok());
        section[3] ^= 1;
        assert!(!Section::new(&section).unwrap().crc_ok());
    }

    fn moments() -> impl Strategy<Value = Option<Wall>> {
        let in_range = -UNIX_EPOCH_MJD * DAY_SECONDS..(65_536 - UNIX_EPOCH_MJD) * DAY_SECONDS;
        prop::option::of(in_range.prop_map(|s| Wall::from_unix_nanos(s * 1_000_000_000)))
    }

    proptest! {
        #[test]
        fn both_tables_read_back(utc in moments(), change in moments(), minutes in 0i16..5999, east: bool) {
            let signed = |m: i16| if east { m } else { -m };
            let offset = LocalTimeOffset {
                country: *b"VNM",
                region: 0,
                minutes: signed(minutes),
                change,
                next_minutes: signed(5999 - minutes),
            };
            let tdt = Tdt { utc };
            prop_assert_eq!(gather(&tdt.emit(), Tdt::parse, |_, _| {}), tdt);
            let descriptors = [Descriptor::LocalTimeOffsets(vec![offset])].into_iter().collect();
            let tot = Tot { utc, descriptors };
            prop_assert_eq!(gather(&tot.emit(), Tot::parse, |_, _| {}), tot.clone());
            let read = tot.descriptors.iter().next();
            prop_assert_eq!(read, Some(Descriptor::LocalTimeOffsets(vec![offset])));
        }

        #[test]
        fn any_body_is_a_table_or_an_error(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Tdt::parse(&Section::new(&section_of(TDT_ID, &body)).unwrap());
            let _ = Tot::parse(&Section::new(&section_of(TOT_ID, &body)).unwrap());
        }
    }
}
