//! DATE, DATE-TIME and DURATION (RFC 5545, 3.3.4 to 3.3.6), and the time zones that they name.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

use super::component::Component;
use super::lines::Line;
use super::{Trouble, shown};
use crate::meeting::when;
use crate::report::Millis;

/// A moment as a calendar writes it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Moment {
    /// By the clock of its zone.
    pub(super) local: DateTime,
    /// Whether it is a day without a time.
    pub(super) is_day: bool,
    /// Whose clock.
    pub(super) zone: TimeZone,
}

impl Moment {
    /// On the wall clock.
    pub(super) fn at(&self) -> Option<Millis> {
        let at = when::of_local(self.local, &self.zone)?;
        // 1900 to 2037: outside it is no meeting.
        (-2_208_988_800_000..2_145_916_800_000)
            .contains(&at)
            .then_some(at)
    }

    /// On another day, at the same time by the same clock.
    pub(super) fn on(&self, day: Date) -> Self {
        Self {
            local: day.to_datetime(self.local.time()),
            ..self.clone()
        }
    }
}

/// The zones of a calendar, by TZID.
#[derive(Clone, Debug, Default)]
pub(super) struct Zones(Vec<(String, Option<TimeZone>)>);

impl Zones {
    /// Of its VTIMEZONE components. A zone that this machine does not know by name counts where it
    /// has one offset alone.
    pub(super) fn of(components: &[Component<'_>]) -> Self {
        let zones = components.iter().filter_map(|zone| {
            let id = zone.line_of("TZID")?.text();
            let offsets = zone
                .within
                .iter()
                .filter(|(_, line)| line.name == "TZOFFSETTO");
            let mut offsets = offsets.map(|(_, line)| offset(&line.value));
            let first = offsets.next().flatten();
            let one = first.filter(|first| offsets.all(|other| other == Some(*first)));
            Some((id, one.map(TimeZone::fixed)))
        });
        Self(zones.collect())
    }

    fn find(&self, id: &str) -> Option<TimeZone> {
        // The names of this country's time, of which one is Windows'.
        let here = ["Asia/Ho_Chi_Minh", "Asia/Saigon", "SE Asia Standard Time"];
        if here.iter().any(|known| known.eq_ignore_ascii_case(id)) {
            return Some(when::zone());
        }
        let own = self.0.iter().find(|(known, _)| known == id);
        own.and_then(|(_, zone)| zone.clone())
            .or_else(|| TimeZone::get(id).ok())
    }

    /// The moment of a line; floating time is this country's.
    pub(super) fn moment(&self, line: &Line) -> Result<Moment, Trouble> {
        self.moment_of(line, line.value.trim())
    }

    /// One of the moments of a line with several (EXDATE).
    pub(super) fn moment_of(&self, line: &Line, value: &str) -> Result<Moment, Trouble> {
        let wrong = || {
            Trouble::new(
                line.number,
                format!("{} `{}` is no time", line.name, shown(value)),
                format!("{} `{}` không phải là thời gian", line.name, shown(value)),
            )
        };
        let (local, is_day, utc) = date_time(value).ok_or_else(wrong)?;
        let zone = match (utc, line.parameter("TZID")) {
            (true, _) => TimeZone::UTC,
            (false, None) => when::zone(),
            (false, Some(id)) => self.find(id).ok_or_else(|| {
                Trouble::new(
                    line.number,
                    format!("the time zone `{}` is not known", shown(id)),
                    format!("không biết múi giờ `{}`", shown(id)),
                )
            })?,
        };
        let moment = Moment {
            local,
            is_day,
            zone,
        };
        moment.at().map(|_| moment.clone()).ok_or_else(wrong)
    }
}

/// `20261201`, `20261201T080000`, `20261201T010000Z`: the clock, whether it is a day, and whether
/// it is UTC.
pub(super) fn date_time(value: &str) -> Option<(DateTime, bool, bool)> {
    let (value, utc) = match value.strip_suffix(['Z', 'z']) {
        Some(rest) => (rest, true),
        None => (value, false),
    };
    let (date, time) = match value.split_once(['T', 't']) {
        Some((date, time)) => (date, Some(time)),
        None => (value, None),
    };
    let year = digits(date, 0..4, 8)?;
    let (month, day) = (digits(date, 4..6, 8)?, digits(date, 6..8, 8)?);
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let Some(time) = time else {
        return (!utc).then(|| (date.to_datetime(Time::midnight()), true, false));
    };
    let part = |range| i8::try_from(digits(time, range, 6)?).ok();
    // A leap second is the one before it (3.3.12).
    let second = part(4..6)?.min(59);
    let time = Time::new(part(0..2)?, part(2..4)?, second, 0).ok()?;
    Some((date.to_datetime(time), false, utc))
}

fn digits(text: &str, range: std::ops::Range<usize>, length: usize) -> Option<i16> {
    let all = text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    text.get(range).filter(|_| all)?.parse().ok()
}

/// `+0700`, `-053000`.
fn offset(value: &str) -> Option<Offset> {
    let value = value.trim();
    let sign = match value.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let value = value.get(1..)?;
    let length = value.len();
    let part = |range| digits(value, range, length).map(i32::from);
    let seconds = match length {
        4 => 0,
        6 => part(4..6)?,
        _ => return None,
    };
    let seconds = part(0..2)? * 3_600 + part(2..4)? * 60 + seconds;
    Offset::from_seconds(sign * seconds).ok()
}

/// `PT3H30M`, `P1D`, `P2W`, in milliseconds; a year at most.
pub(super) fn duration(value: &str) -> Option<Millis> {
    let rest = value.trim().strip_prefix('+').unwrap_or(value.trim());
    let (days, time) = match rest.strip_prefix('P')?.split_once('T') {
        Some((days, time)) => (days, time),
        None => (rest.strip_prefix('P')?, ""),
    };
    let mut sum: Millis = 0;
    for (text, units) in [
        (days, &[('W', 604_800), ('D', 86_400)][..]),
        (time, &[('H', 3_600), ('M', 60), ('S', 1)][..]),
    ] {
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit())?;
            let number: i64 = rest.get(..end)?.parse().ok().filter(|n| *n <= 10_000_000)?;
            let unit = rest.get(end..)?.chars().next()?;
            let (_, seconds) = units.iter().find(|(known, _)| *known == unit)?;
            sum = sum.saturating_add(number * seconds * 1_000);
            rest = rest.get(end + 1..)?;
        }
    }
    (1..=366 * 86_400_000).contains(&sum).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_what_rfc_5545_writes_and_nothing_else() {
        for good in ["20261201", "20261201T080000", "20261201T010000Z"] {
            assert!(date_time(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "2026121",
            "20261301",
            "20260230",
            "20261201Z",
            "20261201T8000",
            "20261201T250000",
            "2026-12-01",
            "20261201T080000+0700",
            "２０２６1201",
            "-0261201",
        ] {
            assert!(date_time(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn durations_are_sums_of_their_parts() {
        assert_eq!(duration("PT3H30M"), Some(12_600_000));
        assert_eq!(duration("P1DT1S"), Some(86_401_000));
        assert_eq!(duration("P1W"), Some(604_800_000));
        for bad in [
            "",
            "P",
            "PT",
            "-PT1H",
            "PT1X",
            "P1H",
            "PT99999999999999999999H",
            &format!("P{}", "9999999W".repeat(2_000)),
            "PT1",
            "1H",
        ] {
            assert_eq!(duration(bad), None, "{bad}");
        }
        assert_eq!(offset("+0700").map(Offset::seconds), Some(25_200));
        assert_eq!(offset("-0530").map(Offset::seconds), Some(-19_800));
        assert_eq!(offset("0700"), None);
    }
}
