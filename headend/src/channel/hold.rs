//! An operator puts an input on air by hand.

use super::Set;
use super::command::difference;
use crate::line::Order;
use crate::node_handle::{DifferenceKind, Outcome, Refusal};
use crate::snapshot::{ChannelSnapshot, InputSnapshot};

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
    let fitness = fitness(input);
    if channel.on_air == Some(wanted) {
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
    let same = channel
        .on_air
        .and_then(|at| channel.inputs.get(at))
        .map(|before| other_codecs(before, input))
        .unwrap_or_default();
    format!("input {wanted} goes on air{before}: {fitness}; {seen}{same}")
}

fn fitness(input: &InputSnapshot) -> String {
    let span = input.fitness_seconds;
    match input.fitness.as_str() {
        "" => "not yet known".to_owned(),
        "ready" => format!("fit for {span:.0} s"),
        fault => format!("not fit, {fault} for {span:.0} s"),
    }
}

/// What a decoder has to begin anew for.
fn other_codecs(before: &InputSnapshot, after: &InputSnapshot) -> String {
    let codec = |input: &InputSnapshot, kind: &str| {
        let streams = &input.program.as_ref()?.streams;
        let stream = streams.iter().find(|stream| stream.kind == kind)?;
        Some(stream.codec.clone())
    };
    let mut said = String::new();
    for kind in ["video", "audio"] {
        let (before, after) = (codec(before, kind), codec(after, kind));
        if before != after {
            let none = || "none".to_owned();
            let (before, after) = (before.unwrap_or_else(none), after.unwrap_or_else(none));
            said += &format!("; {kind} changes from {before} to {after}");
        }
    }
    said
}
