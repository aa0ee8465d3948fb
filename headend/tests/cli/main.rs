//! The program as an operator has it in hand: its words, its exit codes, and a node that runs.

mod files;
mod live;
mod probe;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The program, away from this machine's environment and locale.
fn headend(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headend"));
    command
        .current_dir(dir)
        .stdin(std::process::Stdio::null())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

/// What a command did.
#[derive(Debug)]
struct Done {
    code: i32,
    out: String,
    err: String,
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn run(dir: &Path, arguments: &[&str]) -> Done {
    headend(dir).args(arguments).output().unwrap().into()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
