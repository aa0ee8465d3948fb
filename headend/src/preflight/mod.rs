//! What must hold before a meeting: the judging of facts that others gathered.
//!
//! In: the node's snapshot, what this machine says of itself, what was heard of the group, what a
//! player fetched, what a drill did. Out: [`Line`]s, each with a grade, the fact in words and the
//! fix. It opens no socket and asks no node; `cli/preflight` gathers, `report` and `sign` keep.

pub(crate) mod certificate;
pub(crate) mod channel;
pub(crate) mod drill;
pub(crate) mod hls;
pub(crate) mod listen;
pub(crate) mod machine;
pub(crate) mod output;
pub(crate) mod profile;
pub(crate) mod report;
pub(crate) mod schedule;
pub(crate) mod sign;
#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::cause::Text;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Grade {
    /// It holds.
    Good,
    /// It holds, and may not for long; or viewers lose something.
    Warning,
    /// It does not hold: fix it before the meeting.
    Critical,
    /// It could not be found out.
    Unknown,
    /// There is nothing to check here, or it was not asked for.
    NotUsed,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Line {
    /// Stable word, for example `same-programme`.
    pub(crate) check: &'static str,
    /// `machine`, `hop`, `hop input 0`.
    pub(crate) place: String,
    /// How it ended.
    pub(crate) grade: Grade,
    /// What was found, with its figures.
    pub(crate) text: Text,
    /// What to do; none where nothing is to be done.
    pub(crate) fix: Option<Text>,
}

impl Line {
    fn new(check: &'static str, place: &str, grade: Grade, text: Text) -> Self {
        Self {
            check,
            place: place.to_owned(),
            grade,
            text,
            fix: None,
        }
    }

    pub(crate) fn good(check: &'static str, place: &str, text: Text) -> Self {
        Self::new(check, place, Grade::Good, text)
    }

    pub(crate) fn warning(check: &'static str, place: &str, text: Text) -> Self {
        Self::new(check, place, Grade::Warning, text)
    }

    pub(crate) fn critical(check: &'static str, place: &str, text: Text) -> Self {
        Self::new(check, place, Grade::Critical, text)
    }

    pub(crate) fn unknown(check: &'static str, place: &str, text: Text) -> Self {
        Self::new(check, place, Grade::Unknown, text)
    }

    pub(crate) fn not_used(check: &'static str, place: &str, text: Text) -> Self {
        Self::new(check, place, Grade::NotUsed, text)
    }

    pub(crate) fn fix(mut self, fix: Text) -> Self {
        self.fix = Some(fix);
        self
    }
}

/// A sentence in both languages.
pub(crate) fn say(en: impl Into<String>, vi: impl Into<String>) -> Text {
    Text::new(en, vi)
}

/// The exit code: 2 where anything is critical; else 3 where anything could not be found out, for
/// that may be anything; else 1 for warnings; else 0.
pub(crate) fn code(lines: &[Line]) -> u8 {
    let any = |grade| lines.iter().any(|line| line.grade == grade);
    match () {
        () if any(Grade::Critical) => 2,
        () if any(Grade::Unknown) || lines.is_empty() => 3,
        () if any(Grade::Warning) => 1,
        () => 0,
    }
}
