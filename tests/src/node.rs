//! A node under test: the real program with a configuration of the test's.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::lab::{Host, Lab, Running, until};

/// The folder of the built programs: the one that holds this test's own binary.
///
/// # Panics
/// When the test does not run from a build folder.
#[must_use]
pub fn programs() -> PathBuf {
    let own = std::env::current_exe().expect("a test knows itself");
    let deps = own.parent().expect("a folder");
    deps.parent().expect("a build folder").to_owned()
}

/// `headend`, as built.
#[must_use]
pub fn headend() -> PathBuf {
    programs().join("headend")
}

/// Real captures, outside the project; `HEADEND_STREAMS` moves them.
#[must_use]
pub fn streams() -> PathBuf {
    std::env::var_os("HEADEND_STREAMS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/streams"),
        PathBuf::from,
    )
}

/// A running node.
pub struct Node {
    /// The process.
    pub process: Running,
    folder: tempfile::TempDir,
}

impl Node {
    /// Starts a node on the lab's node host. `configuration` is put behind a `[node]` table.
    ///
    /// # Errors
    /// It does not answer within 10 s; the error holds what it said.
    pub fn start(lab: &Lab, configuration: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        Self::start_in(lab, folder, configuration)
    }

    /// The same with the folder of an earlier node, for restarts.
    ///
    /// # Errors
    /// It does not answer within 10 s; the error holds what it said.
    pub fn start_in(lab: &Lab, folder: tempfile::TempDir, configuration: &str) -> Result<Self> {
        Self::start_with(lab, folder, configuration, &[])
    }

    /// The same with more in its environment.
    ///
    /// # Errors
    /// It does not answer within 10 s; the error holds what it said.
    pub fn start_with(
        lab: &Lab,
        folder: tempfile::TempDir,
        configuration: &str,
        environment: &[(&str, &str)],
    ) -> Result<Self> {
        let state = folder.path().join("state");
        let file = folder.path().join("headend.toml");
        let text = format!(
            "[node]\nname = \"lab\"\nstate-dir = {:?}\n\n{configuration}",
            state.display().to_string()
        );
        std::fs::write(&file, text)?;
        let mut command = lab.command(Host::Node, headend().to_str().context("path")?);
        command.args(["run", "--config"]).arg(&file);
        command.envs(environment.iter().copied());
        let process = Running::start(command, "headend run")?;
        let socket = state.join("headend.sock");
        let node = Self { process, folder };
        until("the node's socket", Duration::from_secs(10), || {
            socket.exists()
        })
        .with_context(|| node.process.said())?;
        Ok(node)
    }

    /// Ends the node and gives its folder back for another start.
    #[must_use]
    pub fn stop(self) -> tempfile::TempDir {
        drop(self.process);
        self.folder
    }

    /// Kills the node (SIGKILL) and gives its folder back.
    #[must_use]
    pub fn kill(self) -> tempfile::TempDir {
        self.process.signal(nix::sys::signal::Signal::SIGKILL);
        drop(self.process);
        self.folder
    }

    /// The node's configuration file.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("headend.toml")
    }

    /// Runs the CLI against the node.
    ///
    /// # Errors
    /// It fails; the error holds what it said.
    pub fn cli(&self, args: &[&str]) -> Result<String> {
        let output = Command::new(headend())
            .args(args)
            .env("HEADEND_CONFIG", self.file())
            .env("LANG", "C.UTF-8")
            .output()?;
        anyhow::ensure!(
            output.status.success(),
            "headend {} ended with {}: {}",
            args.join(" "),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(String::from_utf8(output.stdout)?)
    }

    /// What `headend why` says of a channel, with its exit code.
    ///
    /// # Panics
    /// The program cannot be started.
    #[must_use]
    pub fn why(&self, id: &str) -> (String, Option<i32>) {
        let output = Command::new(headend())
            .args(["why", id])
            .env("HEADEND_CONFIG", self.file())
            .env("LANG", "C.UTF-8")
            .output()
            .expect("the program is there");
        (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            output.status.code(),
        )
    }

    /// The snapshot of one channel.
    ///
    /// # Errors
    /// The node does not answer, or has no such channel.
    pub fn channel(&self, id: &str) -> Result<Value> {
        Ok(serde_json::from_str(
            &self.cli(&["channel", "show", id, "--output", "json"])?,
        )?)
    }

    /// Waits until the channel's snapshot fulfils `holds`.
    ///
    /// # Errors
    /// It does not in `patience`; the error holds the last snapshot and what the node said.
    pub fn until(
        &self,
        id: &str,
        what: &str,
        patience: Duration,
        holds: impl Fn(&Value) -> bool,
    ) -> Result<Value> {
        let mut last = Value::Null;
        until(what, patience, || {
            last = self
                .channel(id)
                .unwrap_or_else(|e| Value::String(e.to_string()));
            holds(&last)
        })
        .with_context(|| format!("last: {last:#}\nnode said: {}", self.process.said()))?;
        Ok(last)
    }
}
