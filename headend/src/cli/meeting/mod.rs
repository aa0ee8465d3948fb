//! `headend meeting`: the schedule.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use hyper::Method;

use super::client::{Client, Write};
use super::why::of;
use super::{Exit, Failure, Surroundings, confirmed, print_json, tell};
use crate::channel::wall_now;
use crate::config::fault::Language;
use crate::meeting::{Draft, Meeting, MeetingOutcome, when};
use crate::node_handle::Outcome;
use crate::report::{Millis, millis};

mod calendar;
mod edit;
mod show;

/// The schedule: which meeting is on which channel when
#[derive(Debug, Subcommand)]
pub(super) enum Meetings {
    /// Add a meeting
    #[command(after_help = super::help::MEETING_ADD)]
    Add(edit::Add),
    /// List the meetings that are on or to come
    #[command(after_help = super::help::MEETING_LIST)]
    List(show::List),
    /// Show all of one meeting
    #[command(after_help = super::help::MEETING_SHOW)]
    Show(One),
    /// Give a meeting another time, title or class; asks first when it is on
    #[command(after_help = super::help::MEETING_CHANGE)]
    Change(edit::Change),
    /// Call a meeting off; asks first
    #[command(after_help = super::help::MEETING_CANCEL)]
    Cancel(Cancel),
    /// Take the meetings of an iCalendar file; twice is as good as once
    #[command(after_help = super::help::MEETING_IMPORT)]
    Import(calendar::Import),
    /// Print the schedule as iCalendar
    #[command(after_help = super::help::MEETING_EXPORT)]
    Export(calendar::Export),
}

/// One meeting.
#[derive(Debug, Args)]
pub(super) struct One {
    /// The meeting's id, as `headend meeting list` prints it
    #[arg(value_name = "ID")]
    id: String,
}

/// A meeting to call off.
#[derive(Debug, Args)]
pub(super) struct Cancel {
    /// The meeting's id, as `headend meeting list` prints it
    #[arg(value_name = "ID")]
    id: String,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Only print what would differ
    #[arg(long)]
    dry_run: bool,
}

impl Meetings {
    pub(super) fn run(self, around: &Surroundings) -> Result<Exit, Failure> {
        let client = around.client()?;
        match self {
            Self::Add(add) => add.run(&client, around),
            Self::List(list) => list.run(&client, around),
            Self::Show(one) => show::one(&client, &one.id, around),
            Self::Change(change) => change.run(&client, around),
            Self::Cancel(cancel) => cancel.run(&client, around),
            Self::Import(import) => import.run(&client, around),
            Self::Export(export) => export.run(&client),
        }
    }
}

impl Cancel {
    fn run(&self, client: &Client, around: &Surroundings) -> Result<Exit, Failure> {
        let (meeting, etag) = found(client, &self.id)?;
        let ask = !self.yes && !self.dry_run && !meeting.cancelled;
        let verb = of(around.language, "Call off", "Hủy");
        if ask && !confirmed(&question(verb, &meeting, around.language), around.words)? {
            tell(around.words.not_done);
            return Ok(Exit::Failed);
        }
        let write = Write {
            dry_run: self.dry_run,
            if_match: etag,
            ..Write::default()
        };
        let outcome = client.change(Method::DELETE, &address(&self.id)?, &write)?;
        done(outcome, around)
    }
}

/// The address of a meeting. What cannot be an id is not put into an address.
pub(super) fn address(id: &str) -> Result<String, Failure> {
    let plain = |b: u8| b.is_ascii_alphanumeric();
    match !id.is_empty() && id.len() <= 32 && id.bytes().all(plain) {
        true => Ok(format!("/api/v1/meetings/{id}")),
        false => Err(Failure::Usage(format!("ID `{id}`: m12"))),
    }
}

/// A meeting, and the ETag of what was seen of it.
pub(super) fn found(client: &Client, id: &str) -> Result<(Meeting, Option<String>), Failure> {
    client.get(&address(id)?)
}

/// Names the meeting; one that is on is told to be.
fn question(verb: &str, meeting: &Meeting, language: Language) -> String {
    let on = match meeting.is_on(now()) {
        true => of(language, "It is on now. ", "Cuộc họp đang diễn ra. "),
        false => "",
    };
    format!("{on}{verb} {} ({})?", meeting.named(), meeting.channel)
}

pub(in crate::cli) fn now() -> Millis {
    millis(wall_now())
}

/// A time as an operator writes it.
pub(in crate::cli) fn time(written: &str, language: Language) -> Result<Millis, Failure> {
    when::read(written, now()).ok_or_else(|| {
        let wrong = of(language, "is not a time", "không phải là thời gian");
        let forms = "\"2026-12-01 08:00\", 08:00, 2026-12-01T08:00:00+07:00";
        Failure::Usage(format!("`{written}` {wrong}: {forms}"))
    })
}

/// How long, as an operator writes it: `3h30m`, `90m`.
fn duration(written: &str) -> Result<Millis, String> {
    let read = written.parse::<jiff::SignedDuration>();
    let lasts = read.map_or(0, |read| read.as_millis());
    match Millis::try_from(lasts) {
        Ok(lasts) if lasts > 0 => Ok(lasts),
        _ => Err("3h30m, 90m".to_owned()),
    }
}

/// What was done, or would be.
fn done(outcome: MeetingOutcome, around: &Surroundings) -> Result<Exit, Failure> {
    if around.json() {
        print_json(&outcome)?;
        return Ok(Exit::Done);
    }
    for notice in &outcome.notices {
        tell(notice);
    }
    let outcome = Outcome {
        applied: outcome.applied,
        generation: 0,
        differences: outcome.differences,
    };
    super::channel::done(&outcome, around)
}

/// A draft as the API takes it.
fn body(draft: &Draft) -> Result<serde_json::Value, Failure> {
    serde_json::to_value(draft).map_err(|error| Failure::Failed(error.to_string()))
}

/// What is in a file; - is stdin. A larger one than a calendar may be is refused unread.
fn bytes(file: &PathBuf, most: usize, language: Language) -> Result<Vec<u8>, Failure> {
    use std::io::Read as _;
    let failed = |error: std::io::Error| Failure::Failed(format!("{}: {error}", file.display()));
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    match file.as_os_str() == "-" {
        true => std::io::stdin().take(limit).read_to_end(&mut bytes),
        false => std::fs::File::open(file)
            .map_err(failed)?
            .take(limit)
            .read_to_end(&mut bytes),
    }
    .map_err(failed)?;
    if bytes.len() > most {
        let split = of(language, "split it", "hãy chia nhỏ");
        let text = format!("{}: > {} MiB; {split}", file.display(), most >> 20);
        return Err(Failure::Failed(text));
    }
    Ok(bytes)
}
