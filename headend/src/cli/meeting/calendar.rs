//! Meetings from and for other calendars.

use std::path::PathBuf;

use clap::Args;
use hyper::{Method, StatusCode};

use crate::cli::client::{Client, Write};
use crate::cli::why::of;
use crate::cli::{Exit, Failure, Surroundings, print, print_json, tell};
use crate::config::fault::Language;
use crate::http::Problem;
use crate::meeting::ImportOutcome;
use crate::meeting::calendar::BYTES;

/// A calendar to take.
#[derive(Debug, Args)]
pub(in crate::cli) struct Import {
    /// The iCalendar file; - is stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The channel of meetings that name none of their own
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// Only print what is new, changed, the same, kept, or refused
    #[arg(long)]
    dry_run: bool,
}

/// Which meetings.
#[derive(Debug, Args)]
pub(in crate::cli) struct Export {
    /// Only of this channel
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// Those that are over too
    #[arg(long)]
    all: bool,
}

impl Import {
    pub(super) fn run(&self, client: &Client, around: &Surroundings) -> Result<Exit, Failure> {
        let mut address = "/api/v1/meetings/imports".to_owned();
        if let Some(id) = &self.channel {
            crate::cli::channel::path(id)?;
            address += &format!("?channel={id}");
        }
        let write = Write {
            dry_run: self.dry_run,
            calendar: Some(super::bytes(&self.file, BYTES, around.language)?),
            ..Write::default()
        };
        let outcome: ImportOutcome = client.change(Method::POST, &address, &write)?;
        if around.json() {
            print_json(&outcome)?;
        } else {
            let lines = outcome.lines.iter().map(|line| {
                let what = word(&line.what, around.language);
                let file = self.file.display();
                format!("{file}:{}: {what}: {}\n", line.line, line.text)
            });
            print(&lines.collect::<String>())?;
            tell(&sums(&outcome, around.language));
        }
        Ok(match outcome.refused {
            0 => Exit::Done,
            _ => Exit::Failed,
        })
    }
}

fn word(what: &str, language: Language) -> &str {
    match what {
        "added" => of(language, "new", "mới"),
        "changed" => of(language, "changed", "sửa"),
        "kept" => of(language, "kept", "giữ lại"),
        _ => of(language, "refused", "từ chối"),
    }
}

fn sums(outcome: &ImportOutcome, language: Language) -> String {
    let ImportOutcome {
        added,
        changed,
        same,
        kept,
        left_out,
        refused,
        ..
    } = outcome;
    match language {
        Language::English => format!(
            "{}{added} new, {changed} changed, {same} the same, {kept} kept, {left_out} over, {refused} refused",
            if outcome.applied {
                ""
            } else {
                "nothing was changed; this would be: "
            }
        ),
        Language::Vietnamese => format!(
            "{}{added} mới, {changed} sửa, {same} giữ nguyên, {kept} giữ lại, {left_out} đã qua, {refused} bị từ chối",
            if outcome.applied {
                ""
            } else {
                "không có gì thay đổi; nếu làm thì: "
            }
        ),
    }
}

impl Export {
    pub(super) fn run(&self, client: &Client) -> Result<Exit, Failure> {
        let mut address = format!("/meetings.ics?all={}", self.all);
        if let Some(id) = &self.channel {
            crate::cli::channel::path(id)?;
            address += &format!("&channel={id}");
        }
        let (status, body) = client.fetch(&address)?;
        if status != StatusCode::OK {
            let problem = serde_json::from_slice::<Problem>(&body);
            return Err(problem.map_or_else(
                |_| Failure::Failed(format!("{address}: HTTP {status}")),
                |problem| Failure::Refused(Box::new(problem)),
            ));
        }
        print(&String::from_utf8_lossy(&body))?;
        Ok(Exit::Done)
    }
}
