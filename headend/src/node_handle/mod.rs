//! What the control side of a node shows to the world and takes from it: the one seam between the
//! running set and HTTP.
//!
//! Out: the last snapshot and the HLS windows, both read without a lock, and the events. In:
//! commands, each with its answer. Nothing here can make the packet path wait.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};
use utoipa::ToSchema;

pub mod events;
mod live_window;

pub use live_window::LiveWindow;

use crate::archive::Archive;
use crate::cause::Acknowledgement;
use crate::foreign::Foreign;
use crate::hall::Halls;
use crate::live::Lives;
use crate::meeting::Schedule;
use crate::snapshot::NodeSnapshot;
use crate::store::Record;
use events::EventLog;

/// Commands that may wait; one more is refused as busy.
pub const COMMAND_QUEUE: usize = 32;

/// The HLS window of each channel that has one, by channel id. A running channel swaps its inner
/// window at each part; the outer map changes with the configuration.
pub type Windows = HashMap<Arc<str>, Arc<LiveWindow>>;

/// What was last seen of the inputs of each channel, by channel id and index.
pub type Sightings = HashMap<(Arc<str>, usize), crate::channel::Sighting>;

/// A node as HTTP sees it. Cheap to clone.
#[derive(Clone)]
pub struct NodeHandle {
    /// Origin of `uptime_seconds` in the snapshot; a snapshot that falls behind it is stale.
    pub started: Instant,
    /// Made once a second.
    pub snapshot: Arc<ArcSwap<NodeSnapshot>>,
    /// The live windows.
    pub windows: Arc<ArcSwap<Windows>>,
    /// The live programmes as transport streams.
    pub lives: Arc<ArcSwap<Lives>>,
    /// What was last seen of each input that is looked at.
    pub sightings: Arc<ArcSwap<Sightings>>,
    /// To the running set.
    pub commands: mpsc::Sender<Command>,
    /// What happened.
    pub events: Arc<EventLog>,
    /// The meetings. A change of it goes to the disk and not to the running set.
    pub schedule: Arc<Schedule>,
    /// What the pages that watch tell of themselves.
    pub halls: Arc<Halls>,
    /// The certificate of HTTPS; `None` where there is none.
    pub certificate: Option<Arc<crate::tls::Held>>,
    /// The groups of others that are handed on over HTTP.
    pub foreign: Arc<Foreign>,
    /// The programme of the channels on disk; `None` where nothing is kept.
    pub archive: Option<Arc<Archive>>,
    /// What outlives the process; `None` where nothing is kept.
    pub record: Option<Arc<Record>>,
}

impl NodeHandle {
    /// An empty node that starts now, and where its commands arrive.
    #[must_use]
    pub fn new() -> (Self, mpsc::Receiver<Command>) {
        let (commands, taken) = mpsc::channel(COMMAND_QUEUE);
        let handle = Self {
            started: Instant::now(),
            snapshot: Arc::default(),
            windows: Arc::default(),
            lives: Arc::default(),
            sightings: Arc::default(),
            commands,
            events: Arc::new(EventLog::starting_now()),
            schedule: Arc::default(),
            halls: Arc::default(),
            certificate: None,
            foreign: Arc::default(),
            archive: None,
            record: None,
        };
        (handle, taken)
    }

    /// The same node for who shows it and asks nothing of it: this one does not keep the queue of
    /// commands open, so that the running set, which shows the node, ends when nobody can ask.
    #[must_use]
    pub fn showing(&self) -> Self {
        let (commands, _) = mpsc::channel(1);
        Self {
            commands,
            ..self.clone()
        }
    }
}

/// One wish of an operator.
#[derive(Debug)]
pub struct Command {
    /// What shall change.
    pub change: Change,
    /// Only say what would change.
    pub dry_run: bool,
    /// Refuse unless the node's generation is this one (`If-Match`).
    pub if_generation: Option<u64>,
    /// Where the answer goes; the asker may have gone away.
    pub answer: oneshot::Sender<Result<Outcome, Refusal>>,
}

/// What shall change.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Start a configured channel; starting a running one changes nothing.
    Start(String),
    /// Stop a channel; stopping a stopped one changes nothing.
    Stop(String),
    /// Add a channel: a `[[channel]]` of the configuration as JSON.
    Add(serde_json::Value),
    /// Remove a channel.
    Remove(String),
    /// Put an input of a channel on air and keep it there; `None` leaves the choice to its policy.
    Hold(String, Option<usize>),
    /// Note that somebody has an incident in hand, or nobody any more.
    Acknowledge(String, Option<Acknowledgement>),
    /// Read the configuration again and apply what differs.
    Reload,
}

/// What a command did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Outcome {
    /// Whether it was applied; false for a dry run.
    pub applied: bool,
    /// The generation after it.
    pub generation: u64,
    /// What differs, channel by channel; empty when nothing does.
    pub differences: Vec<Difference>,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Difference {
    /// The channel; `None` for the node itself.
    pub channel: Option<String>,
    /// What happens to it.
    pub kind: DifferenceKind,
    /// In a sentence, with the old and the new value.
    pub text: String,
}

/// What happens to a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceKind {
    /// It is new.
    Added,
    /// It goes.
    Removed,
    /// It starts.
    Started,
    /// It stops.
    Stopped,
    /// It restarts with other settings; its picture is interrupted.
    Restarted,
    /// It takes other settings without a gap.
    Changed,
    /// It needs a restart of the node to take effect.
    NeedsRestart,
}

/// Why a command was not carried out. Nothing changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such channel.
    #[error("there is no channel `{0}`")]
    UnknownChannel(String),
    /// A channel of that id is there.
    #[error("channel `{0}` is there already")]
    ChannelExists(String),
    /// A channel that the configuration file has is not removed by a command.
    #[error("channel `{channel}` was not added by a command, it stands in {file}")]
    InFile {
        /// The channel.
        channel: String,
        /// The configuration file.
        file: String,
    },
    /// No such input.
    #[error("channel `{channel}` has no input {input}; its inputs are 0 to {last}")]
    UnknownInput {
        /// The channel.
        channel: String,
        /// What was asked for.
        input: usize,
        /// The last there is.
        last: usize,
    },
    /// No such incident, or it is over.
    #[error("there is no incident `{0}` that lasts")]
    UnknownIncident(String),
    /// It cannot be done while the channel is stopped.
    #[error("channel `{0}` is stopped")]
    Stopped(String),
    /// The configuration has errors.
    #[error("{} in the configuration", count(.0.len()))]
    Invalid(Vec<Fault>),
    /// Somebody else changed the node in between.
    #[error("the node was changed in between: it is at generation {now}")]
    GenerationChanged {
        /// The node's generation.
        now: u64,
    },
    /// This node cannot do it now; the sentence says why and what to try.
    #[error("{0}")]
    Failed(String),
}

/// One error of a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fault {
    /// `FILE:LINE:COLUMN`, or the key's path.
    pub place: String,
    /// What is wrong.
    pub text: String,
    /// What to write instead.
    pub help: Option<String>,
}

fn count(errors: usize) -> String {
    match errors {
        1 => "1 error".to_owned(),
        n => format!("{n} errors"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_only_shows_the_node_does_not_keep_its_commands_open() {
        let (handle, mut commands) = NodeHandle::new();
        let showing = handle.showing();
        drop(handle);
        assert!(commands.recv().await.is_none());
        assert_eq!(showing.snapshot.load().generation, 0);
    }
}
