//! `headend incident`: who has it in hand.

use clap::{Args, Subcommand};
use hyper::Method;

use super::channel::done;
use super::client::Write;
use super::{Exit, Failure, Surroundings};

/// Who has an incident in hand
#[derive(Debug, Subcommand)]
pub(super) enum Incident {
    /// Take an incident in hand: it goes behind those that nobody has, until it becomes worse
    #[command(after_help = super::help::INCIDENT_ACK)]
    Ack(Ack),
    /// Give an incident back: nobody has it in hand
    #[command(after_help = super::help::INCIDENT_UNACK)]
    Unack(Unack),
}

/// What to take in hand.
#[derive(Debug, Args)]
pub(super) struct Ack {
    /// The incident's id, as `headend why` prints it
    #[arg(value_name = "ID")]
    id: String,
    /// Who has it in hand, as the wall shall show it
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Only print what would differ
    #[arg(long)]
    dry_run: bool,
}

/// What to give back.
#[derive(Debug, Args)]
pub(super) struct Unack {
    /// The incident's id, as `headend why` prints it
    #[arg(value_name = "ID")]
    id: String,
    /// Only print what would differ
    #[arg(long)]
    dry_run: bool,
}

impl Incident {
    pub(super) fn run(self, around: &Surroundings) -> Result<Exit, Failure> {
        let (method, id, body, dry_run) = match self {
            Self::Ack(ack) => {
                let body = serde_json::json!({ "by": ack.by });
                (Method::PUT, ack.id, Some(body), ack.dry_run)
            }
            Self::Unack(unack) => (Method::DELETE, unack.id, None, unack.dry_run),
        };
        let known = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if id.is_empty() || !id.chars().all(known) {
            return Err(Failure::Usage(format!(
                "`{id}`: CHANNEL-MILLISECONDS-COUNT"
            )));
        }
        let write = Write {
            dry_run,
            body,
            ..Write::default()
        };
        let address = format!("/api/v1/incidents/{id}/acknowledgement");
        done(&around.client()?.write(method, &address, &write)?, around)
    }
}
