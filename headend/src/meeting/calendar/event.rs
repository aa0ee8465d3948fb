//! What a VEVENT says of a meeting.

use std::collections::HashMap;

use super::component::{Component, Components};
use super::lines::Line;
use super::moment::{Moment, Zones, duration};
use super::repeat::instances;
use super::{Calendar, EVENTS, Event, Master, Revision, Trouble};
use crate::meeting::{Class, Draft, NOTE, ORIGINATOR};
use crate::report::Millis;

/// Characters of a UID; a longer one is refused.
const UID: usize = 255;
/// Meetings of a calendar, those of series too.
const MEETINGS: usize = 2 * EVENTS;
/// Series of a calendar: each is counted through from its first day.
const SERIES: usize = 500;

/// The meetings of the events of a calendar.
pub(super) fn events(
    all: &Components<'_>,
    channel: Option<&str>,
    now: Millis,
) -> Result<Calendar, Trouble> {
    let zones = Zones::of(&all.zones);
    let (
        Calendar {
            mut found,
            mut masters,
        },
        mut places,
    ) = (Calendar::default(), HashMap::<_, (bool, u64, usize)>::new());
    let starts = starts(&all.events, &zones);
    let mut series = 0;
    for component in &all.events {
        series += usize::from(component.line_of("RRULE").is_some());
        if series > SERIES {
            return Err(Trouble::new(
                component.line,
                format!("a calendar has {SERIES} series at most"),
                format!("một tệp lịch có nhiều nhất {SERIES} chuỗi họp định kỳ"),
            ));
        }
        let event = of(component, &zones, channel);
        let meetings = event.and_then(|event| {
            let series = starts.get(&event.uid);
            let meetings = meetings(component, (&zones, series), &event, now)?;
            Ok((event, meetings))
        });
        let (event, meetings) = match meetings {
            Err(trouble) => {
                found.push(Err(trouble));
                continue;
            }
            Ok(found) => found,
        };
        // An instance with an event of its own is what that says (3.8.4.4); of what stands twice
        // the later word counts.
        let own = component.line_of("RECURRENCE-ID").is_some();
        if !own {
            masters.push(Master {
                line: event.line,
                uid: event.uid,
                revision: event.revision,
            });
        }
        for event in meetings {
            let key = (event.uid.clone(), event.instance);
            let rank = (own, event.revision.sequence);
            match places.get(&key).copied() {
                Some((own, sequence, _)) if (own, sequence) > rank => {}
                Some((_, _, place)) => {
                    places.insert(key, (rank.0, rank.1, place));
                    if let Some(known) = found.get_mut(place) {
                        *known = Ok(event);
                    }
                }
                None => {
                    places.insert(key, (rank.0, rank.1, found.len()));
                    found.push(Ok(event));
                }
            }
        }
        if found.len() > MEETINGS {
            return Err(Trouble::new(
                component.line,
                format!("a calendar has {MEETINGS} meetings at most, those of series too"),
                format!("một tệp lịch có nhiều nhất {MEETINGS} cuộc họp, kể cả họp định kỳ"),
            ));
        }
    }
    Ok(Calendar { found, masters })
}

/// When series begin, by UID.
fn starts(events: &[Component<'_>], zones: &Zones) -> HashMap<String, Moment> {
    let series = events.iter().filter(|e| e.line_of("RRULE").is_some());
    let starts = series.take(SERIES).filter_map(|event| {
        let start = zones.moment(event.line_of("DTSTART")?).ok()?;
        Some((uid(event)?, start))
    });
    starts.collect()
}

/// `series` is when that of the same UID begins.
fn meetings(
    component: &Component<'_>,
    (zones, series): (&Zones, Option<&Moment>),
    event: &Event,
    now: Millis,
) -> Result<Vec<Event>, Trouble> {
    let start = component.line_of("DTSTART").ok_or_else(|| {
        Trouble::new(
            component.line,
            "the event has no DTSTART",
            "sự kiện không có DTSTART",
        )
    })?;
    let begins = zones.moment(start)?;
    let lasts = lasts(component, zones, (start, &begins))?;
    let at = |begins: Millis, instance| Event {
        instance,
        draft: Draft {
            start: begins,
            end: begins.saturating_add(lasts),
            ..event.draft.clone()
        },
        ..event.clone()
    };
    let begin = begins.at().unwrap_or(0);
    if let Some(line) = component.line_of("RECURRENCE-ID") {
        if line.parameter("RANGE").is_some() {
            return Err(not_followed(line, "RANGE"));
        }
        let of = zones.moment(line)?;
        // A day that stands for the instance on it, though it should have its time (3.8.4.4).
        let timed = series.filter(|series| of.is_day && !series.is_day);
        let instance = timed.map_or(of.at(), |series| series.on(of.local.date()).at());
        return Ok(vec![at(begin, instance)]);
    }
    if let Some(line) = component.line_of("RDATE") {
        return Err(not_followed(line, "RDATE"));
    }
    let Some(rule) = component.line_of("RRULE") else {
        return Ok(vec![at(begin, None)]);
    };
    let mut left_out = Vec::new();
    for line in component.own.iter().filter(|line| line.name == "EXDATE") {
        for value in line.value.split(',') {
            let out = zones.moment_of(line, value.trim())?;
            // A day leaves out what begins on it (3.8.5.1).
            left_out.push(match out.is_day && !begins.is_day {
                true => begins.on(out.local.date()).at(),
                false => out.at(),
            });
        }
    }
    let all = instances(&begins, rule, lasts, now)?;
    let all = all.into_iter().filter(|at| !left_out.contains(&Some(*at)));
    Ok(all.map(|begin| at(begin, Some(begin))).collect())
}

/// From DTEND, DURATION, or of a day without either the day (3.6.1).
fn lasts(
    component: &Component<'_>,
    zones: &Zones,
    (start, begins): (&Line, &Moment),
) -> Result<Millis, Trouble> {
    const DAY: Millis = 86_400_000;
    if let Some(line) = component.line_of("DTEND") {
        let ends = zones.moment(line)?.at();
        let lasts = ends.zip(begins.at()).map(|(end, start)| end - start);
        return lasts.filter(|lasts| *lasts > 0).ok_or_else(|| {
            Trouble::new(
                line.number,
                "it would end before it begins",
                "giờ kết thúc không sau giờ bắt đầu",
            )
        });
    }
    if let Some(line) = component.line_of("DURATION") {
        return duration(&line.value).ok_or_else(|| {
            Trouble::new(
                line.number,
                "DURATION is no time that a meeting takes",
                "DURATION không phải là thời lượng của cuộc họp",
            )
        });
    }
    begins.is_day.then_some(DAY).ok_or_else(|| {
        Trouble::new(
            start.number,
            "the event has neither DTEND nor DURATION",
            "sự kiện không có DTEND hay DURATION",
        )
    })
}

/// All but its times.
fn of(component: &Component<'_>, zones: &Zones, channel: Option<&str>) -> Result<Event, Trouble> {
    let text = |name| component.line_of(name).map(Line::text);
    let uid = uid(component).ok_or_else(|| {
        Trouble::new(
            component.line,
            format!("the event has no UID of 1 to {UID} characters"),
            format!("sự kiện không có UID dài 1 đến {UID} ký tự"),
        )
    })?;
    let channel = text("X-HEADEND-CHANNEL").or_else(|| channel.map(str::to_owned));
    let channel = channel.ok_or_else(|| {
        Trouble::new(
            component.line,
            "which channel? the event has no X-HEADEND-CHANNEL; give --channel",
            "kênh nào? sự kiện không có X-HEADEND-CHANNEL; hãy cho --channel",
        )
    })?;
    let organizer = component.line_of("ORGANIZER");
    let organizer = organizer.and_then(|line| line.parameter("CN"));
    let originator = text("X-HEADEND-ORIGINATOR").or_else(|| organizer.map(str::to_owned));
    let categories = text("X-HEADEND-CLASS").or_else(|| text("CATEGORIES"));
    let class = categories.as_deref().unwrap_or_default().split(',');
    let sequence = text("SEQUENCE").and_then(|sequence| sequence.trim().parse().ok());
    let stamp = component.line_of("LAST-MODIFIED");
    let stamp = stamp.or_else(|| component.line_of("DTSTAMP"));
    let record = text("X-HEADEND-RECORD");
    Ok(Event {
        line: component.line,
        uid,
        revision: Revision {
            // An INTEGER (3.3.8).
            sequence: sequence.filter(|s| *s <= 0x7fff_ffff).unwrap_or(0),
            stamp: stamp.and_then(|line| zones.moment(line).ok()?.at()),
        },
        instance: None,
        cancelled: component.cancels
            || text("STATUS").is_some_and(|s| s.trim().eq_ignore_ascii_case("CANCELLED")),
        draft: Draft {
            channel,
            title: one_line(&text("SUMMARY").unwrap_or_default()),
            class: class.filter_map(Class::of_word).max().unwrap_or_default(),
            originator: cut(&one_line(&originator.unwrap_or_default()), ORIGINATOR)
                .trim_end()
                .to_owned(),
            record: record.is_some_and(|record| record.trim().eq_ignore_ascii_case("TRUE")),
            // An invitation has pages of how to dial in.
            note: cut(text("DESCRIPTION").unwrap_or_default().trim(), NOTE),
            ..Draft::default()
        },
    })
}

fn uid(component: &Component<'_>) -> Option<String> {
    let uid = component.line_of("UID")?.text().trim().to_owned();
    (!uid.is_empty() && uid.chars().count() <= UID).then_some(uid)
}

fn one_line(text: &str) -> String {
    text.replace('\n', " ").trim().to_owned()
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

fn not_followed(line: &Line, what: &str) -> Trouble {
    Trouble::new(
        line.number,
        format!("{what} is not followed; write each of these meetings as an event of its own"),
        format!("không theo được {what}; hãy ghi mỗi cuộc họp đó thành một sự kiện riêng"),
    )
}
