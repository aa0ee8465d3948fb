//! RRULE (RFC 5545, 3.3.10): when the instances of a series begin.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::lines::Line;
use super::moment::{Moment, date_time};
use super::{INSTANCES, Trouble, shown};
use crate::meeting::when;
use crate::report::Millis;

/// Series are made out for so long ahead.
const AHEAD: Millis = 366 * 86_400_000;
/// A series that began so long before is not followed: each instance would be counted through.
const BEHIND: Millis = 10 * 366 * 86_400_000;
/// Instances that are counted through, over or not.
const COUNTED: usize = 5_000;

/// When the instances begin that end after `now`.
pub(super) fn instances(
    start: &Moment,
    rule: &Line,
    lasts: Millis,
    now: Millis,
) -> Result<Vec<Millis>, Trouble> {
    let refused = |en: &str, vi: &str| {
        let written = shown(&rule.value);
        Trouble::new(
            rule.number,
            format!("RRULE `{written}`: {en}"),
            format!("RRULE `{written}`: {vi}"),
        )
    };
    let begins = start.at().unwrap_or(0);
    if begins < now - BEHIND {
        return Err(refused(
            "it began more than 10 years ago",
            "đã bắt đầu hơn 10 năm trước",
        ));
    }
    if begins > now + AHEAD {
        return Ok(Vec::new());
    }
    let Bounded { text, count } =
        bounded(start, rule, now + AHEAD).map_err(|(en, vi)| refused(&en, &vi))?;
    // The rule is followed on the clock of its zone, which has no gaps as UTC has none.
    let clock = start.local.strftime("%Y%m%dT%H%M%SZ");
    let set: rrule::RRuleSet = format!("DTSTART:{clock}\nRRULE:{text}")
        .parse()
        .map_err(|_| refused("it is not understood", "không hiểu được"))?;
    let mut found = Vec::new();
    for (counted, at) in (&set.limit()).into_iter().enumerate().take(count) {
        let utc = jiff::Timestamp::from_second(at.timestamp());
        let Ok(local) = utc.map(|utc| TimeZone::UTC.to_datetime(utc)) else {
            break;
        };
        let moment = Moment {
            local,
            ..start.clone()
        };
        let Some(at) = moment.at() else { break };
        if at + lasts > now {
            found.push(at);
        }
        if found.len() > INSTANCES || counted >= COUNTED {
            return Err(refused(
                &format!("more than {INSTANCES} instances"),
                &format!("quá {INSTANCES} lần"),
            ));
        }
    }
    Ok(found)
}

/// A rule that comes to its end.
struct Bounded {
    /// With UNTIL on the clock of its zone, and without COUNT.
    text: String,
    /// COUNT.
    count: usize,
}

/// The rule up to `last` at most, so that one that never meets its day ends too; or why it is not
/// followed.
fn bounded(start: &Moment, rule: &Line, last: Millis) -> Result<Bounded, (String, String)> {
    let wrong = |part: &str| {
        let part = shown(part);
        (
            format!("`{part}` is not followed; FREQ is DAILY, WEEKLY or MONTHLY"),
            format!("không theo được `{part}`; FREQ là DAILY, WEEKLY hoặc MONTHLY"),
        )
    };
    let (mut parts, mut count) = (Vec::new(), usize::MAX);
    let mut ends = clock_of(start, last).ok_or_else(|| wrong(&rule.value))?;
    for part in rule.value.trim().split(';').filter(|part| !part.is_empty()) {
        let part = part.to_ascii_uppercase();
        let (name, value) = part.split_once('=').unwrap_or((&part, ""));
        let fits = match name {
            "FREQ" => ["DAILY", "WEEKLY", "MONTHLY"].contains(&value),
            "INTERVAL" | "COUNT" => value.parse().is_ok_and(|number: u16| number > 0),
            "UNTIL" => until(start, value).is_some(),
            "BYDAY" | "BYMONTHDAY" | "BYMONTH" | "BYSETPOS" | "WKST" => {
                !value.is_empty() && value.len() <= 200
            }
            _ => false,
        };
        if !fits {
            return Err(wrong(&part));
        }
        match name {
            "UNTIL" => ends = until(start, value).unwrap_or(ends).min(ends),
            "COUNT" => count = value.parse().unwrap_or(count),
            _ => parts.push(part.clone()),
        }
    }
    parts.push(format!("UNTIL={}", ends.strftime("%Y%m%dT%H%M%SZ")));
    Ok(Bounded {
        text: parts.join(";"),
        count,
    })
}

/// What the clock of the series shows at a moment.
fn clock_of(start: &Moment, at: Millis) -> Option<DateTime> {
    let at = jiff::Timestamp::from_millisecond(at).ok()?;
    Some(start.zone.to_datetime(at))
}

/// The last moment of a series, by its own clock.
fn until(start: &Moment, value: &str) -> Option<DateTime> {
    let (local, is_day, utc) = date_time(value)?;
    let last = match (is_day, utc) {
        // Up to the end of that day.
        (true, _) => local
            .date()
            .to_datetime(jiff::civil::Time::constant(23, 59, 59, 0)),
        (false, false) => local,
        (false, true) => clock_of(start, when::of_local(local, &TimeZone::UTC)?)?,
    };
    Some(last)
}
