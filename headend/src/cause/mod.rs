//! The cause: what is wrong, where, since when, and how it is known.
//!
//! In: two reports of a channel a second apart, and what the machine says of itself. Out:
//! incidents, one for one cause, each with its place, its evidence, what the headend did and what
//! the operator can do. It reads no socket and touches no packet.

mod book;
mod certificate;
mod content;
mod incident;
mod input;
mod machine;
mod output;
mod reason;
#[cfg(test)]
mod tests;

use std::time::Duration;

use packager::time::Wall;

use crate::line::{InputReport, OutputReport, Report};
use crate::plan::ChannelPlan;
use crate::snapshot::{ComparisonSnapshot, ContentSnapshot};

use book::Suspicion;
pub use book::{Book, Changes};
pub use incident::{Acknowledgement, Class, Evidence, Incident, Place, Severity, Text, Word};
pub use machine::Machine;
pub use reason::{known_by, reason};

/// What is known of a channel at a look.
pub struct Look<'a> {
    /// What it should be.
    pub plan: &'a ChannelPlan,
    /// When.
    pub at: Wall,
    /// The reports, the newest first: up to [`HISTORY`] seconds.
    pub reports: &'a [Report],
    /// Why each input could not be opened.
    pub entries: &'a [Option<String>],
    /// What decoding each input showed.
    pub contents: &'a [Option<ContentSnapshot>],
    /// Each input beside the one on air.
    pub beside: &'a [Option<ComparisonSnapshot>],
    /// Why each output is not on the wire.
    pub exits: &'a [Option<String>],
    /// Why nothing is encoded anew for HLS, though it should be.
    pub transcoder: Option<String>,
    /// How long the channel has run.
    pub running: Duration,
    /// Of the machine.
    pub machine: &'a Machine,
}

/// Reports in which what a leap of the line leaves behind still shows.
const LEAP: usize = 4;
/// Reports that a look goes over.
pub const HISTORY: usize = 8;

impl Look<'_> {
    fn now(&self) -> Option<&Report> {
        self.reports.first()
    }

    fn before(&self) -> Option<&Report> {
        self.reports.get(1)
    }

    /// Whether the line of the input on air leapt, or another input went on air, within the last
    /// reports: what did not fit then belongs to that.
    fn begins_anew(&self) -> bool {
        let said = |report: &Report| {
            let leaps = report.inputs.get(report.on_air).map(|i| i.feed.leaps);
            (report.on_air, leaps)
        };
        let mut reports = self.reports.iter().take(LEAP).map(said);
        let now = reports.next();
        reports.any(|before| Some(before) != now)
    }

    /// An input now and a second before.
    fn input(&self, index: usize) -> Option<(&InputReport, &InputReport)> {
        let now = self.now()?.inputs.get(index)?;
        Some((now, self.before()?.inputs.get(index)?))
    }

    /// An output now and a second before.
    fn output(&self, index: usize) -> Option<(&OutputReport, &OutputReport)> {
        let now = self.now()?.outputs.get(index)?;
        Some((now, self.before()?.outputs.get(index)?))
    }

    /// What the headend did in the last second.
    fn done(&self) -> Vec<Text> {
        let Some((now, before)) = self.now().zip(self.before()) else {
            return Vec::new();
        };
        let Some(switch) = now.switch.filter(|_| now.switch != before.switch) else {
            return Vec::new();
        };
        let inputs = now.inputs.len();
        let name = |index: usize| match index < inputs {
            true => Text::new(format!("input {index}"), format!("đầu vào {index}")),
            false => Text::new("the slate", "hình thay thế"),
        };
        let (from, to) = (name(switch.from), name(switch.to));
        // The slate goes because an input is fit again, not for what was wrong before.
        let why = match switch.from < inputs {
            true => {
                let word = switch.reason.word();
                Text::new(format!(" ({word})"), format!(" ({})", reason(word).vi))
            }
            false => Text::default(),
        };
        let gap = switch.gap.as_millis();
        vec![Text::new(
            format!(
                "switched from {} to {}{}; the picture stood still for {gap} ms",
                from.en, to.en, why.en
            ),
            format!(
                "đã chuyển từ {} sang {}{}; hình đứng {gap} ms",
                from.vi, to.vi, why.vi
            ),
        )]
    }
}

impl Book {
    /// Looks at a channel; answers what began and what ended.
    pub fn look(&mut self, look: &Look<'_>) -> Changes {
        let mut suspicions = machine::suspect(look);
        for index in 0..look.plan.inputs.len() {
            suspicions.extend(input::suspect(look, index));
            suspicions.extend(content::suspect(look, index));
        }
        suspicions.extend(output::suspect(look));
        self.judge(&look.plan.id, look.at, suspicions, &look.done())
    }
}

/// How much a counter rose.
fn rose(now: u64, before: u64) -> u64 {
    now.saturating_sub(before)
}

/// A suspicion about an input.
fn of_input(look: &Look<'_>, index: usize, class: Class) -> Suspicion {
    Suspicion {
        class,
        subject: format!("input {index}"),
        places: Vec::new(),
        verdict: Text::default(),
        evidence: Vec::new(),
        next: Text::default(),
        on_air: look
            .now()
            .is_some_and(|now| now.on_air == index || now.is_slate()),
    }
}
