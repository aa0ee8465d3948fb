//! `headend why`: the cause of what is wrong now, where, since when, and how it is known.

use clap::Args;

use super::table::span;
use super::words::Words;
use super::{Exit, Failure, Surroundings, print, print_json};
use crate::cause::{Evidence, Incident, Severity, Text};
use crate::config::fault::Language;
use crate::meeting::when;
use crate::report::parsed;
use crate::snapshot::{ChannelSnapshot, ChannelState, NodeSnapshot};

/// Say what is wrong, where, since when, how it is known, and what to do
#[derive(Debug, Args)]
#[command(after_help = super::help::WHY)]
pub(super) struct Why {
    /// Only this channel
    #[arg(value_name = "CHANNEL")]
    id: Option<String>,
}

impl Why {
    pub(super) fn run(self, around: &Surroundings) -> Result<Exit, Failure> {
        let client = around.client()?;
        let channels: Vec<ChannelSnapshot> = match &self.id {
            Some(id) => vec![client.get(&super::channel::path(id)?)?.0],
            None => client.get::<NodeSnapshot>("/api/v1/node")?.0.channels,
        };
        let worst = channels.iter().map(code).max().unwrap_or(0);
        if around.json() {
            let said: Vec<_> = channels.iter().map(as_json).collect();
            print_json(&said)?;
        } else {
            let said = channels.iter().map(|c| verdict(c, around.language));
            print(&said.collect::<Vec<_>>().join("\n"))?;
        }
        Ok(Exit::Check(worst))
    }
}

fn lasting(channel: &ChannelSnapshot) -> impl Iterator<Item = &Incident> {
    channel.incidents.iter().filter(|i| i.end.is_none())
}

/// 0 good, 1 warning, 2 critical, 3 unknown.
fn code(channel: &ChannelSnapshot) -> u8 {
    let worst = lasting(channel).map(|incident| incident.severity).max();
    match (worst, channel.state) {
        (Some(Severity::Critical), _) => 2,
        (Some(Severity::Warning), _) => 1,
        (None, ChannelState::OnAir | ChannelState::Stopped) => u8::from(!channel.alarms.is_empty()),
        (None, ChannelState::Waiting | ChannelState::Dark | ChannelState::Failed) => 3,
    }
}

fn as_json(channel: &ChannelSnapshot) -> serde_json::Value {
    let word = ["good", "warning", "critical", "unknown"];
    serde_json::json!({
        "channel": channel.id,
        "state": channel.state,
        "verdict": word[usize::from(code(channel)).min(3)],
        "incidents": channel.incidents,
        "alarms": channel.alarms,
        "halls": channel.halls,
    })
}

fn verdict(channel: &ChannelSnapshot, language: Language) -> String {
    let mut lasting: Vec<&Incident> = lasting(channel).collect();
    lasting.sort_by_key(|incident| std::cmp::Reverse(incident.severity));
    if lasting.is_empty() {
        return nothing(channel, language);
    }
    let said = lasting.iter().map(|i| whole(&channel.id, i, language));
    said.collect::<Vec<_>>().join("\n") + &halls(channel, language)
}

/// No incident lasts.
fn nothing(channel: &ChannelSnapshot, language: Language) -> String {
    let time = span(channel.state_seconds);
    let on_air = channel.on_air.unwrap_or(0);
    let text = match channel.state {
        ChannelState::OnAir if !channel.alarms.is_empty() => Text::new(
            format!("(warning): on air from input {on_air} for {time}, with an alarm"),
            format!("(cảnh báo): đang phát từ đầu vào {on_air}, đã {time}, có cảnh báo"),
        ),
        ChannelState::OnAir => Text::new(
            format!("good: on air from input {on_air} for {time}"),
            format!("tốt: đang phát từ đầu vào {on_air}, đã {time}"),
        ),
        ChannelState::Stopped => Text::new(
            "stopped; `headend channel start` starts it",
            "đã dừng; `headend channel start` để chạy",
        ),
        ChannelState::Waiting | ChannelState::Dark | ChannelState::Failed => Text::new(
            format!("not known yet: no programme for {time}; ask again in some seconds"),
            format!("chưa biết: chưa có chương trình trong {time}; hãy hỏi lại sau vài giây"),
        ),
    };
    let mut out = format!("{}  {}\n", channel.id, said(&text, language));
    for alarm in &channel.alarms {
        let text = Words::of(language).alarm_text(alarm);
        out += &row(
            of(language, "alarm", "cảnh báo"),
            &format!("{}: {text}", alarm.place),
        );
    }
    if let Some(last) = channel.incidents.first() {
        let end = last.end.as_deref().map(clock).unwrap_or_default();
        let (verdict, start) = (said(&last.verdict, language), clock(&last.start));
        let label = of(language, "last", "gần nhất");
        out += &format!("  {label:<10}{start} – {end}  {verdict}\n");
    }
    out + &halls(channel, language)
}

/// The halls that are struck, and whose fault it is.
fn halls(channel: &ChannelSnapshot, language: Language) -> String {
    let verdict = channel.halls.verdict.as_ref();
    verdict.map_or_else(String::new, |verdict| {
        row(
            of(language, "halls", "nơi xem"),
            said(&verdict.text, language),
        )
    })
}

/// One incident: the verdict, where, since when, the evidence, what was done, the next step.
pub(super) fn whole(channel: &str, incident: &Incident, language: Language) -> String {
    let word = incident.word.text();
    let severity = match incident.severity {
        Severity::Critical => of(language, "critical", "nghiêm trọng"),
        Severity::Warning => of(language, "warning", "cảnh báo"),
    };
    let mut out = format!(
        "{channel}  {} ({severity}): {}\n",
        said(&word, language),
        said(&incident.verdict, language)
    );
    let places = incident.places.iter();
    let places: Vec<String> = places
        .map(|place| said(&place.text(), language).to_owned())
        .collect();
    let or = of(language, ", or ", ", hoặc ");
    let rows = [
        (of(language, "where", "ở đâu"), places.join(or)),
        (of(language, "since", "từ lúc"), clock(&incident.start)),
    ];
    for (label, text) in rows {
        out += &row(label, &text);
    }
    out += &facts(
        of(language, "known by", "căn cứ"),
        &incident.evidence,
        language,
    );
    out += &facts(of(language, "done", "đã làm"), &incident.actions, language);
    out += &row(
        of(language, "next", "cần làm"),
        said(&incident.next, language),
    );
    out += &row("id", &incident.id);
    if let Some(taken) = &incident.acknowledged {
        let text = format!("{}  {}", clock(&taken.at), taken.by);
        out += &row(of(language, "in hand", "xử lý"), &text);
    }
    out
}

fn facts(label: &str, facts: &[Evidence], language: Language) -> String {
    let labels = std::iter::once(label).chain(std::iter::repeat(""));
    let rows = labels.zip(facts).map(|(label, fact)| {
        let text = format!("{}  {}", clock(&fact.at), said(&fact.text, language));
        row(label, &text)
    });
    rows.collect()
}

pub(super) fn row(label: &str, text: &str) -> String {
    format!("  {label:<10}{text}\n")
}

pub(super) fn said(text: &Text, language: Language) -> &str {
    of(language, &text.en, &text.vi)
}

pub(super) const fn of<'a>(language: Language, english: &'a str, vietnamese: &'a str) -> &'a str {
    match language {
        Language::English => english,
        Language::Vietnamese => vietnamese,
    }
}

/// The hour of an RFC 3339 time, by the wall clock of the country.
pub(super) fn clock(stamp: &str) -> String {
    parsed(stamp).map_or_else(|| stamp.to_owned(), |at| when::format(at, "%H:%M:%S"))
}

/// The day and the hour of an RFC 3339 time, by the wall clock of the country.
pub(super) fn day_and_clock(stamp: &str) -> String {
    let form = "%Y-%m-%d %H:%M:%S";
    parsed(stamp).map_or_else(|| stamp.to_owned(), |at| when::format(at, form))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Alarm;

    #[test]
    fn an_alarm_without_an_incident_is_a_warning_with_its_place() {
        let mut channel = ChannelSnapshot {
            id: "hop".to_owned(),
            state: ChannelState::OnAir,
            ..ChannelSnapshot::default()
        };
        assert_eq!(code(&channel), 0);
        assert!(verdict(&channel, Language::English).contains("good"));
        channel.alarms.push(Alarm {
            place: "output 1".to_owned(),
            text: "another sender".to_owned(),
            ..Alarm::default()
        });
        assert_eq!(code(&channel), 1);
        let said = verdict(&channel, Language::English);
        assert!(!said.contains("good"), "{said}");
        assert!(said.contains("output 1: another sender"), "{said}");
    }

    #[test]
    fn an_hour_is_that_of_the_country_on_any_machine() {
        assert_eq!(clock("2026-11-22T18:30:05.250Z"), "01:30:05");
        assert_eq!(clock("long ago"), "long ago");
        assert_eq!(
            day_and_clock("2026-11-22T18:30:05.250Z"),
            "2026-11-23 01:30:05"
        );
    }
}
