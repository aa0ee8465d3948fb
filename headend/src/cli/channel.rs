//! `headend channel`: the channels of a node.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use hyper::Method;

use super::client::{Client, Event, Write};
use super::status::channel_table;
use super::words::Words;
use super::{Exit, Failure, Surroundings, confirmed, print, print_json, show, tell};
use crate::config::Sources;
use crate::node_handle::{DifferenceKind, Outcome};
use crate::snapshot::{ChannelSnapshot, ChannelState, NodeSnapshot};

/// The channels of a node
#[derive(Debug, Subcommand)]
pub(super) enum Channel {
    /// List the channels
    #[command(after_help = super::help::CHANNEL_LIST)]
    List,
    /// Show all of one channel
    #[command(after_help = super::help::CHANNEL_SHOW)]
    Show(One),
    /// Start a channel
    #[command(after_help = super::help::CHANNEL_START)]
    Start(Change),
    /// Stop a channel; asks first
    #[command(after_help = super::help::CHANNEL_STOP)]
    Stop(Change),
    /// Add the channels of a file; they are kept over a restart of the node
    #[command(after_help = super::help::CHANNEL_ADD)]
    Add(Add),
    /// Remove an added channel; asks first
    #[command(after_help = super::help::CHANNEL_REMOVE)]
    Remove(Change),
    /// Print what happens, as it happens
    #[command(after_help = super::help::CHANNEL_WATCH)]
    Watch(Watch),
}

/// One channel.
#[derive(Debug, Args)]
pub(super) struct One {
    /// The channel's id
    #[arg(value_name = "CHANNEL")]
    id: String,
}

/// A channel to change.
#[derive(Debug, Args)]
pub(super) struct Change {
    /// The channel's id
    #[arg(value_name = "CHANNEL")]
    id: String,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Only print what would differ
    #[arg(long)]
    dry_run: bool,
}

/// Channels to add.
#[derive(Debug, Args)]
pub(super) struct Add {
    /// A configuration file whose channels are added; - is stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Only print what would differ
    #[arg(long)]
    dry_run: bool,
}

/// What to watch.
#[derive(Debug, Args)]
pub(super) struct Watch {
    /// Only this channel
    #[arg(value_name = "CHANNEL")]
    id: Option<String>,
}

impl Channel {
    pub(super) fn run(self, around: &Surroundings) -> Result<Exit, Failure> {
        let client = around.client()?;
        match self {
            Self::List => list(&client, around),
            Self::Show(one) => show_one(&client, &one.id, around),
            Self::Start(change) => {
                let write = Write {
                    dry_run: change.dry_run,
                    body: Some(serde_json::json!({ "running": true })),
                    ..Write::default()
                };
                let outcome = client.write(Method::PATCH, &path(&change.id)?, &write)?;
                done(&outcome, around)
            }
            Self::Stop(change) => {
                let body = serde_json::json!({ "running": false });
                interrupt(&client, &change, (Method::PATCH, Some(body)), around)
            }
            Self::Remove(change) => interrupt(&client, &change, (Method::DELETE, None), around),
            Self::Add(add) => add.run(&client, around),
            Self::Watch(watch) => follow(&client, watch.id.as_deref(), around),
        }
    }
}

/// The address of a channel. What cannot be an id is not put into an address.
pub(super) fn path(id: &str) -> Result<String, Failure> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    match !id.is_empty() && id.bytes().all(allowed) {
        true => Ok(format!("/api/v1/channels/{id}")),
        false => Err(Failure::Usage(format!("CHANNEL `{id}`: a-z 0-9 -"))),
    }
}

fn list(client: &Client, around: &Surroundings) -> Result<Exit, Failure> {
    let (channels, _): (Vec<ChannelSnapshot>, _) = client.get("/api/v1/channels")?;
    if around.json() {
        print_json(&channels)?;
    } else if channels.is_empty() {
        tell(around.words.no_channels);
    } else {
        print(&channel_table(&channels, around.words))?;
    }
    Ok(Exit::Done)
}

fn show_one(client: &Client, id: &str, around: &Surroundings) -> Result<Exit, Failure> {
    let (channel, _): (ChannelSnapshot, _) = client.get(&path(id)?)?;
    match around.json() {
        true => print_json(&channel)?,
        false => print(&show::whole_channel(&channel, around.words))?,
    }
    Ok(Exit::Done)
}

/// A change that stops a picture: what is on air is told, and a yes is needed. What was asked
/// about must still hold when it is done (`If-Match`).
fn interrupt(
    client: &Client,
    change: &Change,
    (method, body): (Method, Option<serde_json::Value>),
    around: &Surroundings,
) -> Result<Exit, Failure> {
    let address = path(&change.id)?;
    let (node, etag): (NodeSnapshot, _) = client.get("/api/v1/node")?;
    let channel = node.channels.iter().find(|c| c.id == change.id);
    let on_air = channel.filter(|channel| channel.state != ChannelState::Stopped);
    if let Some(channel) = on_air.filter(|_| !change.yes && !change.dry_run) {
        let words = around.words;
        let verb = match method == Method::DELETE {
            true => words.remove_question,
            false => words.stop_question,
        };
        let question = format!(
            "{}{verb} {} ({})?",
            audience(channel, words),
            channel.id,
            channel.name
        );
        if !confirmed(&question, words)? {
            tell(words.not_done);
            return Ok(Exit::Failed);
        }
    }
    let write = Write {
        dry_run: change.dry_run,
        if_match: etag,
        body,
        ..Write::default()
    };
    let outcome = client.write(method, &address, &write)?;
    done(&outcome, around)
}

/// Where the channel goes out now: who loses the picture.
fn audience(channel: &ChannelSnapshot, words: &Words) -> String {
    let mut places: Vec<&str> = channel.outputs.iter().map(|o| o.url.as_str()).collect();
    if channel.hls.is_some() {
        places.push("HLS");
    }
    match places.is_empty() {
        true => String::new(),
        false => format!("{} {}.\n", words.goes_out, places.join(", ")),
    }
}

/// What was done, or would be.
pub(super) fn done(outcome: &Outcome, around: &Surroundings) -> Result<Exit, Failure> {
    if around.json() {
        print_json(outcome)?;
        return Ok(Exit::Done);
    }
    match (outcome.differences.is_empty(), outcome.applied) {
        (true, _) => tell(around.words.nothing_differs),
        (false, false) => tell(around.words.would_differ),
        (false, true) => {}
    }
    let lines = outcome.differences.iter().map(|difference| {
        let sign = match difference.kind {
            DifferenceKind::Added | DifferenceKind::Started => '+',
            DifferenceKind::Removed | DifferenceKind::Stopped => '-',
            DifferenceKind::Restarted | DifferenceKind::Changed => '~',
            DifferenceKind::NeedsRestart => '!',
        };
        let channel = difference.channel.as_deref().unwrap_or("node");
        format!("{sign} {channel}: {}\n", difference.text)
    });
    print(&lines.collect::<String>())?;
    Ok(Exit::Done)
}

impl Add {
    fn run(self, client: &Client, around: &Surroundings) -> Result<Exit, Failure> {
        let channels = self.channels(around)?;
        let dry_run = self.dry_run;
        for channel in channels {
            let write = Write {
                dry_run,
                body: Some(channel),
                ..Write::default()
            };
            let outcome = client.write(Method::POST, "/api/v1/channels", &write)?;
            done(&outcome, around)?;
        }
        Ok(Exit::Done)
    }

    /// The channels of the file as JSON, paths made whole: the node has another directory.
    fn channels(&self, around: &Surroundings) -> Result<Vec<serde_json::Value>, Failure> {
        let stdin = self.file == Path::new("-");
        let path = match stdin {
            true => PathBuf::from("/dev/stdin"),
            false => self.file.clone(),
        };
        let sources = Sources {
            file: Some(path.clone()),
            machine: crate::config::machine::Machine::this(),
            ..Sources::default()
        };
        let loaded = sources.load_alone().map_err(|report| {
            let colour = super::colour(&std::io::stderr());
            Failure::Failed(format!(
                "{}\n{}",
                path.display(),
                report.render(around.language, colour)
            ))
        })?;
        let dir = match path.parent() {
            Some(dir) if !stdin && !dir.as_os_str().is_empty() => std::path::absolute(dir),
            _ => std::env::current_dir(),
        };
        let dir = dir.map_err(|error| Failure::Failed(error.to_string()))?;
        let mut channels = loaded.config.channel;
        for input in channels.iter_mut().flat_map(|channel| &mut channel.input) {
            if let Some(path) = &mut input.passphrase_file {
                *path = dir.join(&*path);
            }
            for scheme in ["file:", "ffmpeg:"] {
                let relative = input
                    .url
                    .strip_prefix(scheme)
                    .filter(|path| !path.starts_with('/'));
                if let Some(path) = relative {
                    input.url = format!("{scheme}{}", dir.join(path).display());
                }
            }
        }
        channels
            .iter()
            .map(|channel| {
                serde_json::to_value(channel).map_err(|error| Failure::Failed(error.to_string()))
            })
            .collect()
    }
}

/// A node that is gone for so long does not come back by itself.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two tries to reach it again.
const PAUSE: Duration = Duration::from_secs(1);

fn follow(client: &Client, id: Option<&str>, around: &Surroundings) -> Result<Exit, Failure> {
    if let Some(id) = id {
        let _: (ChannelSnapshot, _) = client.get(&path(id)?)?;
    }
    let mut last: Option<String> = None;
    let mut reached = Instant::now();
    for again in 0_u64.. {
        let mut broken = None;
        let from = last.clone();
        let followed = client.follow(from.as_deref(), |event| {
            reached = Instant::now();
            last = event.id.clone().or(last.take());
            match told(&event, id, around) {
                Ok(()) => true,
                Err(failure) => {
                    broken = Some(failure);
                    false
                }
            }
        });
        match (broken, followed) {
            (Some(failure), _) => return Err(failure),
            (None, Err(failure)) if again == 0 || reached.elapsed() > PATIENCE => {
                return Err(failure);
            }
            (None, Err(_)) => {}
            (None, Ok(())) => {
                reached = Instant::now();
                tell(around.words.connection_lost);
            }
        }
        std::thread::sleep(PAUSE);
    }
    Ok(Exit::Done)
}

fn told(event: &Event, id: Option<&str>, around: &Surroundings) -> Result<(), Failure> {
    if event.kind == "missed" || event.kind == "lagged" {
        tell(around.words.events_missed);
        return Ok(());
    }
    let data: serde_json::Value = serde_json::from_str(&event.data).unwrap_or_default();
    let channel = data.get("channel").or_else(|| data.get("id"));
    let channel = channel.and_then(|value| value.as_str());
    if id.is_some() && channel != id {
        return Ok(());
    }
    if around.json() {
        return print(&format!(
            "{}\n",
            serde_json::json!({ "event": event.kind, "id": event.id, "data": data })
        ));
    }
    print(&format!("{}\n", event_line(event, &data, around.words)))
}

/// `input hop-chinh-phu input=0 state=connection lost`
fn event_line(event: &Event, data: &serde_json::Value, words: &Words) -> String {
    let mut line = format!("{:<13}", event.kind);
    for (key, value) in data.as_object().into_iter().flatten() {
        match (key.as_str(), value) {
            (_, serde_json::Value::Null) => {}
            ("channel", serde_json::Value::String(text)) => line += &format!(" {text}"),
            ("state", value) => line += &format!(" {}", state_word(&event.kind, value, words)),
            (key, serde_json::Value::String(text)) => line += &format!(" {key}={text}"),
            (key, value) => line += &format!(" {key}={value}"),
        }
    }
    line
}

fn state_word(kind: &str, state: &serde_json::Value, words: &Words) -> String {
    let state = state.clone();
    let word = match kind {
        "channel" => serde_json::from_value(state.clone()).map(|state| words.channel_state(state)),
        "input" => serde_json::from_value(state.clone()).map(|state| words.input_state(state)),
        _ => serde_json::from_value(state.clone()).map(|state| words.output_state(state)),
    };
    word.map_or_else(|_| state.to_string(), str::to_owned)
}
