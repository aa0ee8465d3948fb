//! `headend run`: the daemon.

use std::path::PathBuf;

use clap::Args;

use super::{Exit, Failure, Surroundings, tell};
use crate::config::Sources;
use crate::config::editor::editor;
use crate::config::outside::Setting;
use crate::node::Addresses;

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
        super::log::start();
        let file = super::config::file(around.global.config.clone());
        if file.is_none() {
            tell(around.words.no_config_file);
        }
        let sources = Sources::of_process(file, self.flags());
        start(sources, around, |addresses| {
            for address in &addresses.http {
                tracing::info!("http://{address}/");
            }
            for address in &addresses.https {
                tracing::info!("https://{address}/");
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
    ready: impl FnOnce(&Addresses),
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
