//! What a change of the schedule did, as it is answered.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Meeting, when};
use crate::cause::Text;
use crate::node_handle::Difference;

/// What a change of the schedule did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MeetingOutcome {
    /// Whether it was applied; false for a dry run.
    pub applied: bool,
    /// The meeting as it is now, or would be.
    pub meeting: Meeting,
    /// What differs; empty when nothing does.
    pub differences: Vec<Difference>,
    /// What is to be known of it: it has begun, it takes the time of another.
    pub notices: Vec<String>,
}

/// What an import did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportOutcome {
    /// Whether it was applied; false for a dry run.
    pub applied: bool,
    /// Meetings that are new.
    pub added: usize,
    /// Meetings that were changed or called off.
    pub changed: usize,
    /// Meetings that are on record as they are.
    pub same: usize,
    /// Meetings that are others on record, where that counts: they were changed here, or a later
    /// word was heard.
    pub kept: usize,
    /// Meetings that are over, or were called off and never here.
    pub left_out: usize,
    /// Meetings and lines that were not taken.
    pub refused: usize,
    /// What was changed, kept or refused, in the order of the calendar.
    pub lines: Vec<ImportLine>,
}

/// What became of a line of a calendar.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportLine {
    /// From 1.
    pub line: usize,
    /// `added`, `changed`, `kept` or `refused`.
    pub what: String,
    /// In a sentence.
    pub text: String,
}

/// What is another in `after`; of a new meeting all of it. Empty where nothing differs.
#[must_use]
pub fn differs(before: Option<&Meeting>, after: &Meeting) -> Text {
    let Some(before) = before else {
        let rest = format!("{}, {}", after.named(), after.class.word());
        return Text::new(format!("is new: {rest}"), format!("mới: {rest}"));
    };
    if before.cancelled != after.cancelled {
        let named = after.named();
        return match after.cancelled {
            true => Text::new(
                format!("is called off: {named}"),
                format!("bị hủy: {named}"),
            ),
            false => Text::new(
                format!("takes place after all: {named}"),
                format!("vẫn họp: {named}"),
            ),
        };
    }
    let yes = |record: bool| if record { "yes" } else { "no" };
    let all = [
        ("title", "tên", before.title.clone(), after.title.clone()),
        (
            "channel",
            "kênh",
            before.channel.clone(),
            after.channel.clone(),
        ),
        (
            "time",
            "giờ",
            when::span(before.start, before.end),
            when::span(after.start, after.end),
        ),
        (
            "class",
            "loại",
            before.class.word().to_owned(),
            after.class.word().to_owned(),
        ),
        (
            "originator",
            "đơn vị phát",
            before.originator.clone(),
            after.originator.clone(),
        ),
        (
            "record",
            "ghi lại",
            yes(before.record).to_owned(),
            yes(after.record).to_owned(),
        ),
        ("note", "ghi chú", before.note.clone(), after.note.clone()),
    ];
    let other = all.iter().filter(|(_, _, was, is)| was != is);
    let (en, vi): (Vec<_>, Vec<_>) = other
        .map(|(en, vi, was, is)| (format!("{en} {was} → {is}"), format!("{vi} {was} → {is}")))
        .unzip();
    match en.is_empty() {
        true => Text::default(),
        false => Text::new(
            format!("{}: {}", after.id, en.join("; ")),
            format!("{}: {}", after.id, vi.join("; ")),
        ),
    }
}
