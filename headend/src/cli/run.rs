//! `headend run`: the daemon.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::{Exit, Failure, Surroundings, tell};
use crate::config::Sources;
use crate::config::editor::editor;
use crate::config::outside::Setting;

/// Run a node until it is told to end; SIGHUP reads the configuration again
#[derive(Debug, Args)]
#[command(after_help = super::help::RUN)]
pub(super) struct Run {
    /// Addresses for HTTP, over [http] listen
    #[arg(long, value_name = "ADDRESS:PORT", value_delimiter = ',')]
    listen: Vec<String>,
    /// The node's name, over [node] name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The state directory, over [node] state-dir
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,
}

impl Run {
    pub(super) fn run(self, around: &Surroundings) -> Result<Exit, Failure> {
        log();
        let file = super::config::file(around.global.config.clone());
        if file.is_none() {
            tell(around.words.no_config_file);
        }
        let sources = Sources::of_process(file, self.flags());
        start(sources, around, |addresses| {
            for address in addresses {
                tracing::info!("http://{address}/");
            }
        })
    }

    fn flags(self) -> Vec<Setting> {
        let mut flags = Vec::new();
        if !self.listen.is_empty() {
            flags.push(Setting::flag(
                "--listen",
                "http.listen",
                self.listen.join(","),
            ));
        }
        if let Some(name) = self.name {
            flags.push(Setting::flag("--name", "node.name", name));
        }
        if let Some(dir) = self.state_dir {
            let dir = dir.to_string_lossy();
            flags.push(Setting::flag("--state-dir", "node.state-dir", dir));
        }
        flags
    }
}

/// Runs a node from `sources` until it is told to end.
pub(super) fn start(
    sources: Sources,
    around: &Surroundings,
    ready: impl FnOnce(&[SocketAddr]),
) -> Result<Exit, Failure> {
    let loaded = match sources.load() {
        Ok(loaded) => loaded,
        Err(report) => {
            let colour = super::colour(&std::io::stderr());
            tell(&report.render(around.language, colour));
            return Ok(Exit::Failed);
        }
    };
    crate::config::log_warnings(&loaded.report);
    crate::node::run(loaded.plan, editor(sources), ready)?;
    Ok(Exit::Done)
}

/// The log goes to stderr: the journal takes it from there. HEADEND_LOG chooses more
/// (`HEADEND_LOG=debug`) or less.
pub(super) fn log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("HEADEND_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let terminal = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(super::colour(&std::io::stderr()));
    // The journal has the time already. A second log of one process is a test's.
    let _ = match terminal {
        true => log.try_init(),
        false => log.without_time().try_init(),
    };
}
