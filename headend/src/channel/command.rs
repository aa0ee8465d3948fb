//! An operator's commands on the running set.

use super::edit::Edit;
use super::{Channel, Set};
use crate::node_handle::events::EventKind;
use crate::node_handle::{Change, Command, Difference, DifferenceKind, Outcome, Refusal};
use crate::plan::{ChannelPlan, Plan};

impl Set {
    /// Carries a command out and answers it.
    pub(super) fn obey(&mut self, command: Command) {
        let answer = self.carry_out(&command);
        if let Ok(outcome) = &answer
            && outcome.applied
            && !outcome.differences.is_empty()
        {
            self.show();
            self.handle
                .events
                .publish(EventKind::Configuration, outcome);
        }
        // Whoever asked may have gone away.
        let _ = command.answer.send(answer);
    }

    fn carry_out(&mut self, command: &Command) -> Result<Outcome, Refusal> {
        if command.if_generation.is_some_and(|g| g != self.generation) {
            return Err(Refusal::GenerationChanged {
                now: self.generation,
            });
        }
        let dry = command.dry_run;
        match &command.change {
            Change::Start(id) => self.switch(id, true, dry),
            Change::Stop(id) => self.switch(id, false, dry),
            Change::Hold(id, input) => self.hold(id, *input, dry),
            Change::Acknowledge(id, by) => self.acknowledge(id, by.as_ref(), dry),
            Change::Reload => self.edit(&Edit::Read, dry),
            Change::Add(channel) => self.edit(&Edit::Add(channel.clone()), dry),
            Change::Remove(id) => {
                let unknown = || Refusal::UnknownChannel(id.clone());
                self.find(id).ok_or_else(unknown)?;
                self.edit(&Edit::Remove(id.clone()), dry)
            }
        }
    }

    fn switch(&mut self, id: &str, on: bool, dry: bool) -> Result<Outcome, Refusal> {
        let unknown = || Refusal::UnknownChannel(id.to_owned());
        let index = self.find(id).ok_or_else(unknown)?;
        let mut differences = Vec::new();
        if self.channels[index].running.is_some() != on {
            let (kind, text) = if on {
                (DifferenceKind::Started, "starts")
            } else {
                (DifferenceKind::Stopped, "stops")
            };
            differences.push(difference(id, kind, text.to_owned()));
            match (dry, on) {
                (true, _) => {}
                (false, true) => self.start(index),
                (false, false) => self.stop(index),
            }
        }
        Ok(self.outcome(dry, differences))
    }

    fn edit(&mut self, edit: &Edit, dry: bool) -> Result<Outcome, Refusal> {
        let plan = (self.editor)(edit, dry)?;
        let mut differences = compare(&self.plan, &plan);
        if !dry && !differences.is_empty() {
            self.generation += 1;
            self.apply(plan);
        }
        if !dry {
            differences.extend(self.renewed());
        }
        Ok(self.outcome(dry, differences))
    }

    /// Reads the certificate's files now; what is new.
    fn renewed(&self) -> Option<Difference> {
        let certificate = self.handle.certificate.as_ref()?;
        let renewed = certificate.look();
        renewed.then(|| Difference {
            channel: None,
            kind: DifferenceKind::Changed,
            text: format!(
                "another certificate is in use, until {}; no connection is touched",
                crate::tls::stamp(certificate.facts().not_after)
            ),
        })
    }

    /// Touches the channels that differ, and no other.
    fn apply(&mut self, plan: Plan) {
        let mut starting = Vec::new();
        for wanted in &plan.channels {
            let known = self.channels.iter().find(|c| c.plan.id == wanted.id);
            let differs = known.is_none_or(|c| c.plan != *wanted);
            if differs && wanted.autostart && known.is_none_or(|c| c.shown.ran()) {
                starting.push(wanted.id.clone());
            }
        }
        for index in 0..self.channels.len() {
            if !plan.channels.contains(&self.channels[index].plan) {
                self.stop(index);
            }
        }
        for index in 0..self.channels.len() {
            if !plan.channels.contains(&self.channels[index].plan) {
                self.end_incidents(index);
            }
        }
        let mut old: Vec<Channel> = std::mem::take(&mut self.channels);
        for wanted in &plan.channels {
            let same = old.iter().position(|c| c.plan == *wanted);
            self.channels.push(match same {
                Some(at) => old.swap_remove(at),
                None => Channel::stopped(wanted.clone()),
            });
        }
        self.webhooks.serve(&plan.webhooks);
        self.announcer.serve(plan.sap.as_ref());
        self.archive.serve(super::kept::wanted(&plan));
        if let (Some(certificate), Some(tls)) = (&self.handle.certificate, &plan.tls) {
            certificate.follow(tls);
        }
        self.plan = plan;
        for id in starting {
            if let Some(index) = self.find(&id) {
                self.start(index);
            }
        }
        self.publish_windows();
    }

    pub(super) const fn outcome(&self, dry: bool, differences: Vec<Difference>) -> Outcome {
        Outcome {
            applied: !dry,
            generation: self.generation,
            differences,
        }
    }
}

/// What differs between two plans, channel by channel.
fn compare(old: &Plan, new: &Plan) -> Vec<Difference> {
    let mut differences = Vec::new();
    let node = |p: &Plan| {
        let tls = p.tls.as_ref().map(|tls| tls.listen.clone());
        let http = (p.listen.clone(), tls, p.foreign.clone());
        (p.name.clone(), p.state_dir.clone(), http)
    };
    if node(old) != node(new) {
        differences.push(Difference {
            channel: None,
            kind: DifferenceKind::NeedsRestart,
            text: "`[node]` or `[http]` differs; it takes effect when the node restarts".to_owned(),
        });
    }
    let files = |p: &Plan| {
        p.tls
            .as_ref()
            .map(|t| (t.certificate.clone(), t.key.clone()))
    };
    if old.tls.is_some() && new.tls.is_some() && files(old) != files(new) {
        differences.push(Difference {
            channel: None,
            kind: DifferenceKind::Changed,
            text: "the certificate comes from other files; no connection is touched".to_owned(),
        });
    }
    let parts = [
        ("`[player]`", old.help != new.help),
        ("`[[webhook]]`", old.webhooks != new.webhooks),
        ("`[announce]`", old.sap != new.sap),
        ("`[archive]`", old.archive_quota != new.archive_quota),
    ];
    for (part, _) in parts.iter().filter(|(_, differs)| *differs) {
        differences.push(Difference {
            channel: None,
            kind: DifferenceKind::Changed,
            text: format!("{part} differs; no channel is touched"),
        });
    }
    for channel in &old.channels {
        if !new.channels.iter().any(|c| c.id == channel.id) {
            let kind = DifferenceKind::Removed;
            differences.push(difference(&channel.id, kind, "goes".to_owned()));
        }
    }
    for channel in &new.channels {
        match old.channels.iter().find(|c| c.id == channel.id) {
            None => {
                let text = format!("is new: {}", channel.name);
                differences.push(difference(&channel.id, DifferenceKind::Added, text));
            }
            Some(was) if was != channel => {
                let text = what_differs(was, channel);
                differences.push(difference(&channel.id, DifferenceKind::Restarted, text));
            }
            Some(_) => {}
        }
    }
    differences
}

fn what_differs(was: &ChannelPlan, now: &ChannelPlan) -> String {
    let parts = [
        ("name", was.name != now.name),
        ("group", was.group != now.group),
        ("logo", was.logo != now.logo),
        ("number", was.number != now.number),
        ("program", was.program != now.program),
        ("autostart", was.autostart != now.autostart),
        ("input", was.inputs != now.inputs),
        ("failover", was.failover != now.failover),
        ("slate", was.slate != now.slate),
        ("output", was.outputs != now.outputs),
        ("hls", was.hls != now.hls),
    ];
    let differ: Vec<_> = parts
        .iter()
        .filter(|(_, differs)| *differs)
        .map(|(name, _)| *name)
        .collect();
    format!("restarts: `{}` differs", differ.join("`, `"))
}

pub(super) fn difference(id: &str, kind: DifferenceKind, text: String) -> Difference {
    Difference {
        channel: Some(id.to_owned()),
        kind,
        text,
    }
}
