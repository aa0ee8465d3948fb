//! What the running set asks of the configuration while it runs.

use std::path::Path;

use super::problem::Report;
use super::{Loaded, Sources, added};
use crate::channel::{Edit, Editor};
use crate::node_handle::Refusal;
use crate::plan::Plan;

/// Reads `sources` again, and keeps or forgets added channels. Warnings go to the log.
#[must_use]
pub fn editor(sources: Sources) -> Editor {
    Box::new(move |edit, dry_run| match edit {
        Edit::Read => {
            let loaded = sources.load().map_err(invalid)?;
            if !dry_run {
                super::log_warnings(&loaded.report);
            }
            Ok(loaded.plan)
        }
        Edit::Add(channel) => add(&sources, channel, dry_run),
        Edit::Remove(id) => remove(&sources, id, dry_run),
    })
}

fn add(sources: &Sources, channel: &serde_json::Value, dry_run: bool) -> Result<Plan, Refusal> {
    let before = sources.load().map_err(invalid)?;
    let id = channel.get("id").and_then(|id| id.as_str());
    if let Some(id) = id.filter(|id| before.plan.channels.iter().any(|c| &*c.id == *id)) {
        return Err(Refusal::ChannelExists(id.to_owned()));
    }
    let Loaded { config, plan, .. } = sources.load_with(channel).map_err(invalid)?;
    if let Some(channel) = config.channel.last().filter(|_| !dry_run) {
        let kept = added::keep(&plan.state_dir, channel);
        kept.map_err(|error| disk(&plan.state_dir, &error))?;
    }
    Ok(plan)
}

fn remove(sources: &Sources, id: &str, dry_run: bool) -> Result<Plan, Refusal> {
    let mut plan = sources.load().map_err(invalid)?.plan;
    let state_dir = plan.state_dir.clone();
    let was_added = match dry_run {
        true => added::is_added(&state_dir, id),
        false => added::forget(&state_dir, id).map_err(|error| disk(&state_dir, &error))?,
    };
    if !was_added {
        let file = sources.file.as_deref().map(Path::display);
        return Err(Refusal::InFile {
            channel: id.to_owned(),
            file: file.map_or_else(|| "the configuration".to_owned(), |file| file.to_string()),
        });
    }
    plan.channels.retain(|channel| &*channel.id != id);
    Ok(plan)
}

fn invalid(report: Report) -> Refusal {
    Refusal::Invalid((&report).into())
}

fn disk(state_dir: &Path, error: &std::io::Error) -> Refusal {
    Refusal::Failed(format!(
        "{} cannot be written: {error}; free some space or mend its permissions",
        added::dir(state_dir).display()
    ))
}
