//! `headend record`: recordings of the channels.

use clap::{Args, Subcommand};
use hyper::Method;

use super::client::{Client, Write};
use super::table::{columns, span};
use super::why::{day_and_clock, of};
use super::{Exit, Failure, Surroundings, confirmed, print, print_json, tell};
use crate::archive::Recording;
use crate::config::fault::Language;

const ADDRESS: &str = "/api/v1/recordings";

/// Recordings of the channels: off until somebody turns one on
#[derive(Debug, Subcommand)]
pub(super) enum Record {
    /// List the recordings, the newest first
    #[command(after_help = super::help::RECORD_LIST)]
    List,
    /// Record a channel from now on; its viewers see that it is recorded
    #[command(after_help = super::help::RECORD_START)]
    Start(Start),
    /// End the recording of a channel
    #[command(after_help = super::help::RECORD_STOP)]
    Stop(Stop),
    /// Delete a recording for good
    #[command(after_help = super::help::RECORD_DELETE)]
    Delete(Delete),
}

/// What to record.
#[derive(Debug, Args)]
pub(super) struct Start {
    /// The channel's id
    #[arg(value_name = "CHANNEL")]
    id: String,
    /// What it shows [default: the channel's name]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Only print what would differ
    #[arg(long)]
    dry_run: bool,
}

/// What to end.
#[derive(Debug, Args)]
pub(super) struct Stop {
    /// The channel's id
    #[arg(value_name = "CHANNEL")]
    id: String,
    /// Only print what would differ
    #[arg(long)]
    dry_run: bool,
}

/// What to delete.
#[derive(Debug, Args)]
pub(super) struct Delete {
    /// The recording's id, as `headend record list` prints it
    #[arg(value_name = "ID")]
    id: String,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Only print what would differ
    #[arg(long)]
    dry_run: bool,
}

impl Record {
    pub(super) fn run(self, around: &Surroundings) -> Result<Exit, Failure> {
        let client = around.client()?;
        match self {
            Self::List => {
                let (all, _): (Vec<Recording>, _) = client.get(ADDRESS)?;
                show(&all, around)
            }
            Self::Start(start) => start.run(&client, around),
            Self::Stop(stop) => stop.run(&client, around),
            Self::Delete(delete) => delete.run(&client, around),
        }
    }
}

impl Start {
    fn run(self, client: &Client, around: &Surroundings) -> Result<Exit, Failure> {
        let body = match self.title {
            Some(title) => serde_json::json!({ "channel": self.id, "title": title }),
            None => serde_json::json!({ "channel": self.id }),
        };
        let write = Write {
            dry_run: self.dry_run,
            body: Some(body),
            ..Write::default()
        };
        let begun: Option<Recording> = client.change(Method::POST, ADDRESS, &write)?;
        match begun {
            Some(recording) => show(&[recording], around),
            None => {
                tell(of(
                    around.language,
                    "a recording would begin",
                    "một bản ghi sẽ được bắt đầu",
                ));
                Ok(Exit::Done)
            }
        }
    }
}

impl Stop {
    fn run(self, client: &Client, around: &Surroundings) -> Result<Exit, Failure> {
        let (all, _): (Vec<Recording>, _) = client.get(ADDRESS)?;
        let running = |r: &Recording| r.channel == self.id && r.end.is_none();
        let Some(recording) = all.into_iter().find(running) else {
            let text = of(around.language, "is not recorded", "không được ghi hình");
            return Err(Failure::Failed(format!("`{}` {text}", self.id)));
        };
        let write = Write {
            dry_run: self.dry_run,
            body: Some(serde_json::json!({ "running": false })),
            ..Write::default()
        };
        let stopped = client.change(Method::PATCH, &address(&recording.id)?, &write)?;
        show(&[stopped], around)
    }
}

impl Delete {
    fn run(self, client: &Client, around: &Surroundings) -> Result<Exit, Failure> {
        let verb = of(around.language, "Delete for good", "Xóa hẳn");
        let question = format!("{verb}: {}?", self.id);
        if !self.yes && !self.dry_run && !confirmed(&question, around.words)? {
            tell(around.words.not_done);
            return Ok(Exit::Failed);
        }
        let write = Write {
            dry_run: self.dry_run,
            ..Write::default()
        };
        let was: Recording = client.change(Method::DELETE, &address(&self.id)?, &write)?;
        show(&[was], around)
    }
}

/// The address of a recording. What cannot be an id is not put into an address.
fn address(id: &str) -> Result<String, Failure> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    match !id.is_empty() && id.len() <= 64 && id.bytes().all(plain) {
        true => Ok(format!("{ADDRESS}/{id}")),
        false => Err(Failure::Usage(format!("ID `{id}`: headend record list"))),
    }
}

fn show(all: &[Recording], around: &Surroundings) -> Result<Exit, Failure> {
    if around.json() {
        print_json(&all)?;
        return Ok(Exit::Done);
    }
    let headings = match around.language {
        Language::English => ["ID", "START", "SPAN", "MB", "STATE", "TITLE"],
        Language::Vietnamese => ["MÃ", "BẮT ĐẦU", "DÀI", "MB", "TRẠNG THÁI", "TÊN"],
    };
    let state = |recording: &Recording| match recording.end {
        None => of(around.language, "recording", "đang ghi"),
        Some(_) => of(around.language, "ended", "đã xong"),
    };
    let rows: Vec<_> = all
        .iter()
        .map(|recording| {
            vec![
                recording.id.clone(),
                day_and_clock(&recording.start),
                span(recording.span_seconds),
                (recording.bytes / 1_000_000).to_string(),
                state(recording).to_owned(),
                recording.title.clone(),
            ]
        })
        .collect();
    print(&columns(&headings, &rows))?;
    Ok(Exit::Done)
}
