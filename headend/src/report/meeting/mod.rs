//! The report of a meeting, from the record alone.
//!
//! A minute is in specification when the record says that the programme was on air and no incident
//! of critical severity touched what went out. What is not on record is not counted as good.

mod cover;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Millis, Span, Switched, parsed, stamp};
use crate::cause::{Class, Incident, Severity, Text};
use crate::snapshot::ChannelState;
use cover::Cover;

/// A span without an end that was written so lately goes on: it is written each 5 s, and the
/// writer may be a moment behind.
const FRESH: Millis = 15_000;
/// Breaks up to here belong to the meeting they are in.
const BREAK: Millis = 600_000;

/// What the record holds of a channel.
#[derive(Clone, Debug, Default)]
pub struct Records {
    /// Its spans that touch the time, the oldest first.
    pub spans: Vec<Span>,
    /// Each run of the node: when it began, and until when it is known to have lasted.
    pub runs: Vec<(Millis, Millis)>,
    /// Its switches in the time.
    pub switches: Vec<Switched>,
    /// Its incidents that touch the time, and those without an end.
    pub incidents: Vec<Incident>,
}

/// What happened on a channel in a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Meeting {
    /// The channel.
    pub channel: String,
    /// RFC 3339.
    pub from: String,
    /// RFC 3339.
    pub to: String,
    /// In numbers.
    pub sums: Sums,
    /// What "in specification" means.
    pub definition: Text,
    /// What was on air, without a hole from `from` to `to`.
    pub stretches: Vec<Stretch>,
    /// The oldest first.
    pub switches: Vec<SwitchTold>,
    /// The oldest first.
    pub incidents: Vec<IncidentTold>,
}

/// The time in parts, seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sums {
    /// All of it.
    pub total_seconds: f64,
    /// With the programme on air.
    pub on_air_seconds: f64,
    /// Of those on air, without a critical incident that touched what went out.
    pub in_specification_seconds: f64,
    /// On air with such an incident.
    pub out_of_specification_seconds: f64,
    /// The node ran and no programme was on air.
    pub off_air_seconds: f64,
    /// Nothing is on record: the node did not run, or could not write.
    pub not_recorded_seconds: f64,
}

/// A time in which one thing was on air, or nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Stretch {
    /// RFC 3339.
    pub from: String,
    /// RFC 3339.
    pub to: String,
    /// How long.
    pub seconds: f64,
    /// The channel's state; `None` where nothing is on record.
    pub state: Option<ChannelState>,
    /// The input on air.
    pub input: Option<usize>,
    /// Of that input.
    pub url: String,
    /// Whether the node ended here without a word (killed, power): the end is known to within 5 s.
    pub broken_off: bool,
}

/// A switch of the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SwitchTold {
    /// RFC 3339.
    pub at: String,
    /// The input before; none is the slate.
    pub from: Option<usize>,
    /// The input since; none is the slate.
    pub to: Option<usize>,
    /// Why.
    pub reason: String,
    /// How long no picture was new.
    pub gap_seconds: f64,
}

/// An incident of the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IncidentTold {
    /// As recorded.
    pub incident: Incident,
    /// How long it lasted within the time.
    pub seconds: f64,
    /// How much of that took the output out of specification.
    pub out_of_specification_seconds: f64,
    /// Its end is not on record: the node ended first.
    pub broken_off: bool,
}

impl Meeting {
    /// The report of `channel` from `from` to `to`, asked at `now`.
    #[must_use]
    pub fn of(channel: &str, (from, to): (Millis, Millis), records: &Records, now: Millis) -> Self {
        let to = to.min(now.max(from));
        let stretches = stretches(&records.spans, (from, to), now);
        let on_air = Cover::of(stretches.iter().filter(|s| s.on_air()).map(Piece::ends));
        let recorded = Cover::of(stretches.iter().map(Piece::ends));
        let mut struck = Vec::new();
        let mut on_air_of = HashMap::new();
        let mut incidents = Vec::new();
        for incident in &records.incidents {
            let Some((lasted, broken_off)) = lasted(incident, records, (from, to), now) else {
                continue;
            };
            let touched = match strikes(incident) {
                Strikes::Nothing => Cover::default(),
                Strikes::Output => on_air.and(&lasted),
                Strikes::Input(input) => {
                    let on_air = on_air_of.entry(input).or_insert_with(|| {
                        let own = stretches.iter().filter(|s| s.span.input == Some(input));
                        Cover::of(own.filter(|s| s.on_air()).map(Piece::ends))
                    });
                    on_air.and(&lasted)
                }
            };
            struck.extend(touched.ends());
            incidents.push(IncidentTold {
                incident: incident.clone(),
                seconds: lasted.seconds(),
                out_of_specification_seconds: touched.seconds(),
                broken_off,
            });
        }
        let struck = Cover::of(struck);
        incidents.sort_by(|one, two| one.incident.start.cmp(&two.incident.start));
        let whole = Cover::of([(from, to)]);
        let told = |switch: &&Switched| (from..=to).contains(&switch.at);
        Self {
            channel: channel.to_owned(),
            from: stamp(from),
            to: stamp(to),
            sums: Sums {
                total_seconds: whole.seconds(),
                on_air_seconds: on_air.seconds(),
                in_specification_seconds: on_air.without(&struck).seconds(),
                out_of_specification_seconds: on_air.and(&struck).seconds(),
                off_air_seconds: recorded.without(&on_air).seconds(),
                not_recorded_seconds: whole.without(&recorded).seconds(),
            },
            definition: definition(),
            stretches: told_stretches(&stretches, &whole.without(&recorded)),
            switches: records
                .switches
                .iter()
                .filter(told)
                .map(Into::into)
                .collect(),
            incidents,
        }
    }
}

/// The last time on air in `records`, breaks of up to ten minutes and broken-off ends within it.
#[must_use]
pub fn last_on_air(records: &Records, now: Millis) -> Option<(Millis, Millis)> {
    let spans = records
        .spans
        .iter()
        .filter(|s| s.state == ChannelState::OnAir);
    let mut found: Option<(Millis, Millis)> = None;
    for span in spans {
        let end = end_of(span, now);
        found = match found {
            Some((from, to)) if span.start - to <= BREAK => Some((from, to.max(end))),
            _ => Some((span.start, end)),
        };
    }
    found
}

/// In both languages.
fn definition() -> Text {
    Text::new(
        "In specification: the programme was on air, and no incident of critical severity touched what went out (an incident of an input counts while that input is on air). What is not on record counts as not good.",
        "Đạt yêu cầu: chương trình được phát, và không có sự cố nghiêm trọng nào chạm đến tín hiệu phát ra (sự cố của một đầu vào chỉ tính khi đầu vào đó đang phát). Khoảng thời gian không có trong sổ không được tính là tốt.",
    )
}

/// A span within the time of the report.
struct Piece<'a> {
    from: Millis,
    to: Millis,
    span: &'a Span,
    broken_off: bool,
}

impl Piece<'_> {
    fn on_air(&self) -> bool {
        self.span.state == ChannelState::OnAir
    }

    const fn ends(&self) -> (Millis, Millis) {
        (self.from, self.to)
    }
}

fn end_of(span: &Span, now: Millis) -> Millis {
    match goes_on(span, now) {
        true => now,
        false => span.last,
    }
}

fn goes_on(span: &Span, now: Millis) -> bool {
    !span.closed && (0..=FRESH).contains(&(now - span.last))
}

fn stretches(spans: &[Span], (from, to): (Millis, Millis), now: Millis) -> Vec<Piece<'_>> {
    let piece = |span| {
        let end = end_of(span, now);
        let piece = Piece {
            from: span.start.max(from),
            to: end.min(to),
            span,
            broken_off: !span.closed && !goes_on(span, now) && end <= to,
        };
        (piece.from < piece.to).then_some(piece)
    };
    let mut pieces: Vec<Piece<'_>> = spans.iter().filter_map(piece).collect();
    pieces.sort_by_key(Piece::ends);
    pieces
}

fn told_stretches(pieces: &[Piece<'_>], gaps: &Cover) -> Vec<Stretch> {
    let known = pieces.iter().map(|piece| {
        let stretch = Stretch {
            state: Some(piece.span.state),
            input: piece.span.input,
            url: piece.span.url.clone(),
            broken_off: piece.broken_off,
            ..unknown(piece.ends())
        };
        (piece.from, stretch)
    });
    let gaps = gaps.ends().map(|ends| (ends.0, unknown(ends)));
    let mut all: Vec<(Millis, Stretch)> = known.chain(gaps).collect();
    all.sort_by_key(|(from, _)| *from);
    all.into_iter().map(|(_, stretch)| stretch).collect()
}

fn unknown((from, to): (Millis, Millis)) -> Stretch {
    Stretch {
        from: stamp(from),
        to: stamp(to),
        seconds: Cover::of([(from, to)]).seconds(),
        state: None,
        input: None,
        url: String::new(),
        broken_off: false,
    }
}

/// When the incident lasted within the time, and whether its end is not on record.
fn lasted(
    incident: &Incident,
    records: &Records,
    (from, to): (Millis, Millis),
    now: Millis,
) -> Option<(Cover, bool)> {
    let start = parsed(&incident.start)?;
    let (end, broken_off) = match incident.end.as_deref().and_then(parsed) {
        Some(end) => (end, false),
        None => {
            // What lasted when the node ended is over with it: the next run judges anew.
            let run = records.runs.iter().filter(|run| run.0 <= start).max();
            let last = run.map_or(start, |run| run.1);
            match now - last <= FRESH {
                true => (now, false),
                false => (last.max(start), true),
            }
        }
    };
    let touches = start <= to && end >= from;
    touches.then(|| (Cover::of([(start.max(from), end.min(to))]), broken_off))
}

/// What an incident took out of specification while it was on air.
enum Strikes {
    Nothing,
    Output,
    Input(usize),
}

fn strikes(incident: &Incident) -> Strikes {
    // A certificate strikes the door to a page, and nothing that goes out.
    let door = incident.class == Class::CertificateEnding;
    if incident.severity != Severity::Critical || door {
        return Strikes::Nothing;
    }
    let input = incident.subject.strip_prefix("input ");
    let input = input.and_then(|index| index.parse().ok());
    input.map_or(Strikes::Output, Strikes::Input)
}

impl From<&Switched> for SwitchTold {
    fn from(switch: &Switched) -> Self {
        Self {
            at: stamp(switch.at),
            from: switch.from,
            to: switch.to,
            reason: switch.reason.clone(),
            gap_seconds: switch.gap_seconds,
        }
    }
}
