//! `headend config`: the configuration, on this machine and of a running node.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use hyper::Method;

use super::client::Write;
use super::{Exit, Failure, Surroundings, channel, print, print_json, tell};
use crate::config::fault::Severity;
use crate::config::problem::Report;
use crate::config::{Sources, reference, shape};

/// Where a packaged node has its configuration.
const INSTALLED: &str = "/etc/headend/headend.toml";
/// Where one has it who runs a node by hand.
const HERE: &str = "headend.toml";

/// Check, show and explain the configuration
#[derive(Debug, Subcommand)]
pub(super) enum Config {
    /// Print everything that is wrong with a file: 0 good, 1 warnings, 2 errors, 3 not readable
    #[command(after_help = super::help::CONFIG_CHECK)]
    Check(Check),
    /// Print a file with every key
    #[command(after_help = super::help::CONFIG_EXAMPLE)]
    Example,
    /// Print the JSON schema, for editors
    #[command(after_help = super::help::CONFIG_SCHEMA)]
    Schema,
    /// Say what a key is for
    #[command(after_help = super::help::CONFIG_EXPLAIN)]
    Explain(Explain),
    /// Print what a reload would change on the running node
    #[command(after_help = super::help::CONFIG_DIFF)]
    Diff,
    /// Have the running node read its configuration again
    #[command(after_help = super::help::CONFIG_RELOAD)]
    Reload(Reload),
}

/// What to check.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// The file [default: as --config]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// What to explain.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// For example channel.output.dscp
    #[arg(value_name = "KEY")]
    key: String,
}

/// How to reload.
#[derive(Debug, Args)]
pub(super) struct Reload {
    /// Only print what would differ
    #[arg(long)]
    dry_run: bool,
}

/// The file to use: the one named, or the first that is there.
pub(super) fn file(named: Option<PathBuf>) -> Option<PathBuf> {
    named.or_else(|| {
        let mut usual = [HERE, INSTALLED].into_iter().map(PathBuf::from);
        usual.find(|path| path.exists())
    })
}

impl Config {
    pub(super) fn run(self, around: &Surroundings) -> Result<Exit, Failure> {
        match self {
            Self::Check(check) => check.run(around),
            Self::Example => print(&reference::example()).map(|()| Exit::Done),
            Self::Schema => print_json(&shape::schema()).map(|()| Exit::Done),
            Self::Explain(explain) => explain.run(around),
            Self::Diff => reload(true, around),
            Self::Reload(how) => reload(how.dry_run, around),
        }
    }
}

fn reload(dry_run: bool, around: &Surroundings) -> Result<Exit, Failure> {
    let write = Write {
        dry_run,
        ..Write::default()
    };
    let path = "/api/v1/configuration/reloads";
    let outcome = around.client()?.write(Method::POST, path, &write)?;
    channel::done(&outcome, around)
}

/// Exit codes of checks.
const GOOD: Exit = Exit::Check(0);
const WARNING: Exit = Exit::Check(1);
const CRITICAL: Exit = Exit::Check(2);
const UNKNOWN: Exit = Exit::Check(3);

impl Check {
    fn run(self, around: &Surroundings) -> Result<Exit, Failure> {
        let Some(path) = file(self.file.or_else(|| around.global.config.clone())) else {
            tell(around.words.no_config_file);
            return Ok(UNKNOWN);
        };
        let readable =
            std::fs::File::open(&path).is_ok_and(|f| f.metadata().is_ok_and(|m| !m.is_dir()));
        let report = match Sources::of_process(Some(path.clone()), Vec::new()).load() {
            Ok(loaded) => loaded.report,
            Err(report) => report,
        };
        if around.json() {
            print_json(&report.shown(around.language))?;
        } else {
            print(&report.render(around.language, super::colour(&std::io::stdout())))?;
            if report.problems.is_empty() {
                tell(&format!("{}: {}", path.display(), around.words.good));
            }
        }
        Ok(if readable { verdict(&report) } else { UNKNOWN })
    }
}

fn verdict(report: &Report) -> Exit {
    match report.severity() {
        None => GOOD,
        Some(Severity::Warning) => WARNING,
        Some(Severity::Error) => CRITICAL,
    }
}

impl Explain {
    fn run(self, around: &Surroundings) -> Result<Exit, Failure> {
        let words = around.words;
        let key = reference::explain(&self.key).map_err(|like| {
            let like = like.map(|like| format!(" → {like}")).unwrap_or_default();
            Failure::Failed(format!("{}: {}{like}", self.key, words.unknown_key))
        })?;
        if around.json() {
            print_json(&key)?;
            return Ok(Exit::Done);
        }
        let mut out = format!("{}\n  {}\n  {}\n", key.key, key.text, key.form);
        for (word, text) in &key.choices {
            out += &format!("    {word}: {text}\n");
        }
        let facts = [
            (words.default, key.default),
            (words.example, key.example),
            (words.variable, Some(key.variable)),
        ];
        for (name, value) in facts {
            if let Some(value) = value {
                out += &format!("  {name}: {value}\n");
            }
        }
        if key.required {
            out += &format!("  {}\n", words.required);
        }
        print(&out)?;
        Ok(Exit::Done)
    }
}
