//! Dates of ISO 8601 as EXT-X-PROGRAM-DATE-TIME has them (4.4.4.6).

/// Microseconds since 1970 of `2026-11-22T08:00:00.5+07:00`; without a zone it is taken as UTC.
pub(crate) fn read(text: &str) -> Option<i64> {
    let (date, time) = text.split_once('T')?;
    let mut parts = date.split('-');
    let (year, month, day) = (
        digits(parts.next()?, 4)?,
        digits(parts.next()?, 2)?,
        digits(parts.next()?, 2)?,
    );
    if parts.next().is_some() || !(1..=12).contains(&month) || day < 1 || day > length(year, month)
    {
        return None;
    }
    let (time, offset) = zone(time)?;
    let mut parts = time.split(':');
    let (hour, minute, second) = (
        digits(parts.next()?, 2)?,
        digits(parts.next()?, 2)?,
        parts.next()?,
    );
    let (second, part) = second.split_once('.').unwrap_or((second, "0"));
    let second = digits(second, 2)?;
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 60 || part.is_empty() {
        return None;
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
    Some(seconds * 1_000_000 + micros(part)?)
}

/// The time of day, and the zone's seconds before UTC.
fn zone(time: &str) -> Option<(&str, i64)> {
    if let Some(time) = time.strip_suffix('Z') {
        return Some((time, 0));
    }
    let Some(at) = time.rfind(['+', '-']) else {
        return Some((time, 0));
    };
    let (time, zone) = time.split_at_checked(at)?;
    let (sign, zone) = match zone.strip_prefix('-') {
        Some(zone) => (-1, zone),
        None => (1, zone.strip_prefix('+')?),
    };
    let (hours, minutes) = match zone.split_once(':') {
        Some((hours, minutes)) => (digits(hours, 2)?, digits(minutes, 2)?),
        None if zone.len() == 2 => (digits(zone, 2)?, 0),
        None => {
            let zone = digits(zone, 4)?;
            (zone / 100, zone % 100)
        }
    };
    (hours < 24 && minutes < 60).then_some((time, sign * (hours * 3600 + minutes * 60)))
}

fn digits(text: &str, count: usize) -> Option<i64> {
    let right = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| right)
}

/// The fraction of a second, of any length.
fn micros(part: &str) -> Option<i64> {
    if !part.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let padded: String = part.chars().chain("000000".chars()).take(6).collect();
    padded.parse().ok()
}

fn length(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let before = year - 1;
    let years = 365 * (year - 1970) + (before / 4 - before / 100 + before / 400) - 477;
    let months: i64 = (1..month).map(|month| length(year, month)).sum();
    years + months + day - 1
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn dates_are_read_with_any_zone_and_fraction() {
        for (text, micros) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T07:00:00.5+07:00", 500_000),
            ("1969-12-31T23:00:00-0100", 0),
            ("2000-02-29T00:00:00.007Z", 951_782_400_007_000),
            ("2026-11-18T11:06:40.9999999Z", 1_795_000_000_999_999),
        ] {
            assert_eq!(read(text), Some(micros), "{text}");
        }
        for wrong in [
            "",
            "2026-11-18",
            "2026-11-18 11:06:40Z",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-1-01T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00Z",
            "2026-01-01T00:00:00+7",
            "x",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
