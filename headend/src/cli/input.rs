//! `headend input`: which input of a channel is on air.

use clap::{Args, Subcommand};
use hyper::Method;

use super::channel::{done, path};
use super::client::Write;
use super::{Exit, Failure, Surroundings};

/// Which input of a channel is on air
#[derive(Debug, Subcommand)]
pub(super) enum Input {
    /// Put an input on air by hand, or leave the choice to the policy again
    #[command(after_help = super::help::INPUT_SWITCH)]
    Switch(Switch),
}

/// What to put on air.
#[derive(Debug, Args)]
pub(super) struct Switch {
    /// The channel's id
    #[arg(value_name = "CHANNEL")]
    id: String,
    /// The input's number, from 0, as `headend channel show` lists them; it stays on air while
    /// anything comes from it
    #[arg(value_name = "INPUT", required_unless_present = "auto")]
    input: Option<usize>,
    /// Leave the choice to `[channel.failover]` again
    #[arg(long, conflicts_with = "input")]
    auto: bool,
    /// Only print what would happen: fit or not, and what viewers would see
    #[arg(long)]
    dry_run: bool,
}

impl Input {
    pub(super) fn run(self, around: &Surroundings) -> Result<Exit, Failure> {
        let Self::Switch(switch) = self;
        let client = around.client()?;
        let address = format!("{}/hold", path(&switch.id)?);
        let body = switch
            .input
            .map(|input| serde_json::json!({ "input": input }));
        let method = match body {
            Some(_) => Method::PUT,
            None => Method::DELETE,
        };
        let write = Write {
            dry_run: switch.dry_run,
            body,
            ..Write::default()
        };
        done(&client.write(method, &address, &write)?, around)
    }
}
