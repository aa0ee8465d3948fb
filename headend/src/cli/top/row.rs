//! A channel's line in `headend top`, and its place: what fails and nobody has in hand stands first.

use std::cmp::Reverse;

use super::super::table::span;
use super::super::why::{of, said};
use super::super::words::Words;
use crate::cause::{Incident, Severity};
use crate::config::fault::Language;
use crate::hall::HallsSnapshot;
use crate::snapshot::{ChannelSnapshot, ChannelState, InputSnapshot};

/// Where a channel stands; the first ones fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Viewers are struck, and nobody has it in hand.
    Critical,
    /// It could come to that.
    Warning,
    /// Somebody has it in hand.
    Acknowledged,
    /// An alarm that is no incident.
    Notice,
    /// On air.
    Good,
    /// Nothing received yet.
    Waiting,
    /// Not running.
    Stopped,
}

/// Cells of the level bar, from -60 to 0 LUFS.
const BAR: usize = 10;

/// Unacknowledged before acknowledged, the worse before the milder, the newer before the older.
pub(super) fn lasting(channel: &ChannelSnapshot) -> Vec<&Incident> {
    let mut lasting: Vec<&Incident> = channel
        .incidents
        .iter()
        .filter(|incident| incident.end.is_none())
        .collect();
    lasting.sort_by_key(|incident| {
        (
            incident.acknowledged.is_some(),
            Reverse((incident.severity, incident.start.clone())),
        )
    });
    lasting
}

pub(super) fn rank(channel: &ChannelSnapshot) -> Rank {
    let first = lasting(channel).first().copied();
    match (
        first.map(|first| (&first.acknowledged, first.severity)),
        channel.state,
    ) {
        (Some((Some(_), _)), _) => Rank::Acknowledged,
        (Some((None, Severity::Critical)), _) => Rank::Critical,
        (Some((None, Severity::Warning)), _) => Rank::Warning,
        (None, ChannelState::Dark | ChannelState::Failed) => Rank::Critical,
        (None, ChannelState::Stopped) => Rank::Stopped,
        (None, _) if !channel.alarms.is_empty() => Rank::Notice,
        (None, ChannelState::OnAir) => Rank::Good,
        (None, ChannelState::Waiting) => Rank::Waiting,
    }
}

/// The channels as they stand on the screen: by rank, the newer trouble first, else as configured.
pub(super) fn ordered(channels: &[ChannelSnapshot]) -> Vec<&ChannelSnapshot> {
    let mut ordered: Vec<&ChannelSnapshot> = channels.iter().collect();
    ordered.sort_by_key(|channel| {
        let start = lasting(channel).first().map(|first| first.start.clone());
        (rank(channel), Reverse(start))
    });
    ordered
}

/// Id, name, state, since, level, backups, halls, what is wrong.
pub(super) fn cells(channel: &ChannelSnapshot, words: &Words, language: Language) -> [String; 8] {
    let on_air = channel.on_air.unwrap_or(0);
    let backups = channel.inputs.iter().enumerate();
    let backups = backups.filter(|(index, _)| *index != on_air);
    let backups: Vec<String> = backups.map(|(index, input)| backup(index, input)).collect();
    [
        channel.id.clone(),
        channel.name.clone(),
        words.channel_state(channel.state).to_owned(),
        span(channel.state_seconds),
        level(channel.inputs.get(on_air)),
        match backups.is_empty() {
            true => "–".to_owned(),
            false => backups.join(" "),
        },
        halls(&channel.halls),
        wrong(channel, language),
    ]
}

/// `38/40`: halls that play, of those that watch; `+2`: so many are not heard any more.
fn halls(halls: &HallsSnapshot) -> String {
    let lost = match halls.lost {
        0 => String::new(),
        lost => format!("+{lost}"),
    };
    match halls.watching() + halls.lost {
        0 => "–".to_owned(),
        _ => format!("{}/{}{lost}", halls.playing, halls.watching()),
    }
}

fn backup(index: usize, input: &InputSnapshot) -> String {
    let fitness = match input.fitness.as_str() {
        "" => "?",
        known => known,
    };
    format!("{index}:{fitness}")
}

/// `██████──── -23`: loudness over 3 s, LUFS.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0 to 10 after the clamp"
)]
fn level(input: Option<&InputSnapshot>) -> String {
    let content = input.and_then(|input| input.content.as_ref());
    let Some(lufs) = content.and_then(|content| content.short_term_lufs) else {
        return "–".to_owned();
    };
    let full = ((lufs + 60.0) / 6.0).round().clamp(0.0, BAR as f64) as usize;
    format!("{}{} {lufs:.0}", "█".repeat(full), "─".repeat(BAR - full))
}

fn wrong(channel: &ChannelSnapshot, language: Language) -> String {
    let Some(incident) = lasting(channel).first().copied() else {
        let alarm = channel.alarms.first();
        let text = |alarm| Words::of(language).alarm_text(alarm).to_owned();
        return alarm.map_or_else(|| "–".to_owned(), text);
    };
    let verdict = said(&incident.verdict, language);
    match &incident.acknowledged {
        Some(taken) => {
            let has = of(language, "has it", "đang xử lý");
            format!("✓ {} {has}: {verdict}", taken.by)
        }
        None => verdict.to_owned(),
    }
}
