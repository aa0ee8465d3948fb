//! An operator puts an input on air by hand.

use super::Set;
use super::assess::assess;
use super::command::difference;
use crate::line::Order;
use crate::node_handle::{DifferenceKind, Outcome, Refusal};
use crate::snapshot::ChannelSnapshot;

impl Set {
    /// Puts `input` on air and keeps it there; `None` leaves the choice to the policy.
    pub(super) fn hold(
        &mut self,
        id: &str,
        input: Option<usize>,
        dry: bool,
    ) -> Result<Outcome, Refusal> {
        let unknown = || Refusal::UnknownChannel(id.to_owned());
        let index = self.find(id).ok_or_else(unknown)?;
        let channel = &self.channels[index];
        if let Some(input) = input.filter(|input| *input >= channel.plan.inputs.len()) {
            return Err(Refusal::UnknownInput {
                channel: id.to_owned(),
                input,
                last: channel.plan.inputs.len().saturating_sub(1),
            });
        }
        if channel.running.is_none() {
            return Err(Refusal::Stopped(id.to_owned()));
        }
        let shown = self.handle.snapshot.load();
        let now = shown.channels.iter().find(|shown| shown.id == id);
        let now = now.cloned().unwrap_or_default();
        let mut differences = Vec::new();
        if now.held != input {
            let text = preview(&now, input);
            differences.push(difference(id, DifferenceKind::Changed, text));
        }
        if !dry {
            let id = channel.plan.id.clone();
            self.line.order(Order::Hold { id, input });
        }
        Ok(self.outcome(dry, differences))
    }
}

/// What happens, in a sentence: which input goes on air, how fit it is, what viewers see.
fn preview(channel: &ChannelSnapshot, wanted: Option<usize>) -> String {
    let Some((wanted, input)) = wanted.and_then(|at| Some((at, channel.inputs.get(at)?))) else {
        return "the policy chooses the input again".to_owned();
    };
    if channel.on_air == Some(wanted) {
        let fitness = assess(input, None).en;
        return format!("input {wanted} ({fitness}) is on air and stays there");
    }
    let before = match channel.on_air {
        Some(before) => format!(" in place of input {before}"),
        None => String::new(),
    };
    let seen = match input.switch_gap_seconds {
        Some(gap) if gap < 0.05 => "viewers see a plain cut".to_owned(),
        Some(gap) => format!("the picture stands still for {gap:.1} s"),
        None => "it waits up to 5 s for a picture that can be entered, and is given up after that"
            .to_owned(),
    };
    let on_air = channel.on_air.and_then(|at| channel.inputs.get(at));
    let fitness = assess(input, on_air).en;
    format!("input {wanted} goes on air{before}: {fitness}; {seen}")
}
