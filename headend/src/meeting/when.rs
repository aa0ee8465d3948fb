//! Times as people in Viet Nam write and read them, and as the record keeps them.

use jiff::civil;
use jiff::tz::{Offset, TimeZone};

use crate::report::{Millis, parsed, stamp};

/// Asia/Ho_Chi_Minh. No other time has been kept since 1975, so no time zone database is needed.
const HERE: Offset = Offset::constant(7);
/// 2038-01-01: no meeting is later; EIT cannot say 2038-04-23 (EN 300 468, annex C).
pub const LAST: Millis = 2_145_916_800_000;

/// The zone of the country.
#[must_use]
pub fn zone() -> TimeZone {
    TimeZone::fixed(HERE)
}

/// `2026-12-01 08:00`.
#[must_use]
pub fn minute(at: Millis) -> String {
    format(at, "%Y-%m-%d %H:%M")
}

/// `08:00`.
#[must_use]
pub fn clock(at: Millis) -> String {
    format(at, "%H:%M")
}

/// `2026-12-01 08:00–11:30`; with the day of the end where that is another.
#[must_use]
pub fn span(start: Millis, end: Millis) -> String {
    let day = |at| format(at, "%Y-%m-%d");
    match day(start) == day(end) {
        true => format!("{}–{}", minute(start), clock(end)),
        false => format!("{} – {}", minute(start), minute(end)),
    }
}

/// By the wall clock of the country, in strftime's words.
#[must_use]
pub fn format(at: Millis, form: &str) -> String {
    jiff::Timestamp::from_millisecond(at).map_or_else(
        |_| String::new(),
        |at| at.to_zoned(zone()).strftime(form).to_string(),
    )
}

/// The weekday by the wall clock of the country, in Vietnamese and in English.
#[must_use]
pub fn weekday(at: Millis) -> (&'static str, String) {
    let vi = match format(at, "%u").as_str() {
        "1" => "Thứ Hai",
        "2" => "Thứ Ba",
        "3" => "Thứ Tư",
        "4" => "Thứ Năm",
        "5" => "Thứ Sáu",
        "6" => "Thứ Bảy",
        _ => "Chủ nhật",
    };
    (vi, format(at, "%A"))
}

/// A time as people write it: RFC 3339, or by the country's clock `2026-12-01 08:00`,
/// `2026-12-01`, or `08:00` of the day of `now`.
#[must_use]
pub fn read(written: &str, now: Millis) -> Option<Millis> {
    let written = written.trim();
    let local = || {
        let today = jiff::Timestamp::from_millisecond(now).ok()?;
        let today = today.to_zoned(zone()).date();
        let time = written.parse::<civil::Time>();
        let at = written
            .parse::<civil::DateTime>()
            .or_else(|_| time.map(|time| today.to_datetime(time)));
        of_local(at.ok()?, &zone())
    };
    parsed(written)
        .or_else(local)
        .filter(|at| (0..=LAST).contains(at))
}

/// The moment that a clock of `zone` shows; of a time that comes twice the first.
#[must_use]
pub fn of_local(local: civil::DateTime, zone: &TimeZone) -> Option<Millis> {
    let at = zone.to_ambiguous_zoned(local).compatible().ok()?;
    Some(at.timestamp().as_millisecond())
}

/// RFC 3339 in UTC.
pub(super) mod stamped {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use super::{LAST, Millis, parsed, stamp};

    pub(in crate::meeting) fn serialize<S: Serializer>(
        at: &Millis,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(&stamp(*at))
    }

    pub(in crate::meeting) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Millis, D::Error> {
        let written = String::deserialize(from)?;
        parsed(&written)
            .filter(|at| (0..=LAST).contains(at))
            .ok_or_else(|| {
                de::Error::custom(format!(
                    "`{}` is no time from 1970 to 2037 by RFC 3339: 2026-12-01T08:00:00+07:00",
                    written.chars().take(40).collect::<String>()
                ))
            })
    }
}

/// RFC 3339 in UTC, or null.
pub(super) mod maybe_stamped {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::{Millis, parsed, stamp};

    pub(in crate::meeting) fn serialize<S: Serializer>(
        at: &Option<Millis>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => to.serialize_some(&stamp(*at)),
            None => to.serialize_none(),
        }
    }

    pub(in crate::meeting) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Millis>, D::Error> {
        let written: Option<String> = Option::deserialize(from)?;
        Ok(written.as_deref().and_then(parsed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_by_the_clock_of_the_country() {
        let now = parsed("2026-12-01T20:00:00Z").unwrap();
        let read = |written| read(written, now).map(stamp);
        let eight = Some("2026-12-01T01:00:00.000Z".to_owned());
        assert_eq!(read("2026-12-01 08:00"), eight);
        assert_eq!(read("2026-12-01T08:00:00+07:00"), eight);
        assert_eq!(read(" 2026-12-01T01:00:00Z "), eight);
        // It is the second of December in Hà Nội already.
        assert_eq!(read("08:00").as_deref(), Some("2026-12-02T01:00:00.000Z"));
        assert_eq!(
            read("2026-12-02").as_deref(),
            Some("2026-12-01T17:00:00.000Z")
        );
        for wrong in ["", "8 giờ", "2026-13-01 08:00", "9999-01-01", "1900-01-01"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_span_names_the_second_day_where_there_is_one() {
        let at = |written| read(written, 0).unwrap();
        assert_eq!(
            span(at("2026-12-01 08:00"), at("2026-12-01 11:30")),
            "2026-12-01 08:00–11:30"
        );
        assert_eq!(
            span(at("2026-12-01 22:00"), at("2026-12-02 02:00")),
            "2026-12-01 22:00 – 2026-12-02 02:00"
        );
    }
}
