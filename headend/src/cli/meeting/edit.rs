//! Meetings made and changed.

use clap::Args;
use hyper::Method;

use super::{address, body, done, duration, found, question, time};
use crate::cli::client::{Client, Write};
use crate::cli::why::of;
use crate::cli::{Exit, Failure, Surroundings, confirmed, tell};
use crate::meeting::{Class, Draft};
use crate::report::Millis;

/// A new meeting.
#[derive(Debug, Args)]
pub(in crate::cli) struct Add {
    /// What it is called
    #[arg(value_name = "TITLE")]
    title: String,
    /// The channel's id
    #[arg(long, value_name = "CHANNEL")]
    channel: String,
    /// When it begins: "2026-12-01 08:00", or 08:00 of today, by Viet Nam's clock
    #[arg(long, value_name = "TIME")]
    start: String,
    /// When it ends
    #[arg(long, value_name = "TIME", required_unless_present = "lasts")]
    end: Option<String>,
    /// How long it takes: 3h30m
    #[arg(long = "for", value_name = "DURATION", conflicts_with = "end", value_parser = duration)]
    lasts: Option<Millis>,
    /// How it stands to others; an emergency may take the time of another meeting
    #[arg(long, value_enum, default_value_t)]
    class: Class,
    /// Who broadcasts
    #[arg(long, value_name = "NAME", default_value = "")]
    originator: String,
    /// It shall be recorded
    #[arg(long)]
    record: bool,
    /// For operators and the guide
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
    /// Only print what would differ
    #[arg(long)]
    dry_run: bool,
}

/// Other values for a meeting.
#[derive(Debug, Args)]
pub(in crate::cli) struct Change {
    /// The meeting's id, as `headend meeting list` prints it
    #[arg(value_name = "ID")]
    id: String,
    /// Another title
    #[arg(long, value_name = "TITLE")]
    title: Option<String>,
    /// Another channel
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// Another start; it takes as long as before unless --end or --for says
    #[arg(long, value_name = "TIME")]
    start: Option<String>,
    /// Another end
    #[arg(long, value_name = "TIME")]
    end: Option<String>,
    /// How long it takes: 3h30m
    #[arg(long = "for", value_name = "DURATION", conflicts_with = "end", value_parser = duration)]
    lasts: Option<Millis>,
    /// Another class
    #[arg(long, value_enum)]
    class: Option<Class>,
    /// Another originator
    #[arg(long, value_name = "NAME")]
    originator: Option<String>,
    /// Whether it shall be recorded: true or false
    #[arg(long, value_name = "YES")]
    record: Option<bool>,
    /// Another note
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Only print what would differ
    #[arg(long)]
    dry_run: bool,
}

impl Add {
    pub(super) fn run(self, client: &Client, around: &Surroundings) -> Result<Exit, Failure> {
        let start = time(&self.start, around.language)?;
        let end = match (&self.end, self.lasts) {
            (Some(end), _) => time(end, around.language)?,
            (None, lasts) => start.saturating_add(lasts.unwrap_or(0)),
        };
        let draft = Draft {
            channel: self.channel,
            title: self.title,
            start,
            end,
            class: self.class,
            originator: self.originator,
            record: self.record,
            note: self.note,
        };
        let write = Write {
            dry_run: self.dry_run,
            body: Some(body(&draft)?),
            ..Write::default()
        };
        let outcome = client.change(Method::POST, "/api/v1/meetings", &write)?;
        done(outcome, around)
    }
}

impl Change {
    pub(super) fn run(self, client: &Client, around: &Surroundings) -> Result<Exit, Failure> {
        let (meeting, etag) = found(client, &self.id)?;
        let ask = !self.yes && !self.dry_run && meeting.is_on(super::now());
        let verb = of(around.language, "Change", "Sửa");
        if ask && !confirmed(&question(verb, &meeting, around.language), around.words)? {
            tell(around.words.not_done);
            return Ok(Exit::Failed);
        }
        let (id, dry_run) = (self.id.clone(), self.dry_run);
        let draft = self.draft(Draft::from(&meeting), around)?;
        let write = Write {
            dry_run,
            if_match: etag,
            body: Some(body(&draft)?),
            ..Write::default()
        };
        let outcome = client.change(Method::PUT, &address(&id)?, &write)?;
        done(outcome, around)
    }

    fn draft(self, was: Draft, around: &Surroundings) -> Result<Draft, Failure> {
        let read = |written: Option<&String>| {
            let read = written.map(|written| time(written, around.language));
            read.transpose()
        };
        let start = read(self.start.as_ref())?.unwrap_or(was.start);
        let lasts = self.lasts.unwrap_or(was.end - was.start);
        let end = read(self.end.as_ref())?.unwrap_or(start.saturating_add(lasts));
        Ok(Draft {
            channel: self.channel.unwrap_or(was.channel),
            title: self.title.unwrap_or(was.title),
            start,
            end,
            class: self.class.unwrap_or(was.class),
            originator: self.originator.unwrap_or(was.originator),
            record: self.record.unwrap_or(was.record),
            note: self.note.unwrap_or(was.note),
        })
    }
}
