//! The page in a browser, driven by the scripts of `player-web/test`.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::lab::{Host, Lab};

/// A script with its arguments, on `host`.
#[must_use]
pub fn script(lab: &Lab, host: Host, words: &[&str]) -> Command {
    let mut command = lab.command(host, "node");
    command.args(words.iter().take(1).map(|name| format!("test/{name}")));
    command.args(words.iter().skip(1));
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../player-web"));
    command.env("LANG", "C.UTF-8");
    command
}

/// What `watch.mjs` has seen: its last line.
///
/// # Panics
/// It is no JSON; the panic holds all that was said.
#[must_use]
pub fn report(said: &str) -> Value {
    let last = said.lines().last().unwrap_or_default();
    serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {said}"))
}
