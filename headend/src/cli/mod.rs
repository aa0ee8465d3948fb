//! What operators type: one file for a noun. Every command that talks to a node is a client of
//! its API; data goes to stdout, talk to stderr.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

mod channel;
mod client;
mod config;
mod demo;
mod failure;
mod help;
mod incident;
mod input;
mod log;
mod man;
mod meeting;
mod preflight;
mod probe;
mod record;
mod reference;
mod report;
mod run;
mod show;
mod soak;
mod status;
mod table;
mod top;
mod why;
mod words;

pub use failure::{Exit, Failure};
use words::Words;

use crate::config::fault::Language;

/// One-way IPTV headend: a feed in, MPEG-TS multicast and HLS out
#[derive(Debug, Parser)]
#[command(name = "headend", version, propagate_version = true, after_help = help::EXIT_CODES)]
#[command(disable_help_subcommand = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: Global,
}

/// What all commands take.
#[derive(Clone, Debug, Args)]
struct Global {
    /// The configuration file [default: ./headend.toml, then /etc/headend/headend.toml]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "HEADEND_CONFIG",
        hide_env_values = true
    )]
    config: Option<PathBuf>,
    /// The node to talk to: http(s)://HOST:PORT [default: the local socket in the state directory]
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "HEADEND_NODE",
        hide_env_values = true
    )]
    node: Option<String>,
    /// PEM file of who signed the certificate of an https:// node [default: whom this machine trusts]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "HEADEND_CA",
        hide_env_values = true
    )]
    ca: Option<PathBuf>,
    /// How data is printed
    #[arg(long, global = true, value_name = "FORM", default_value = "table")]
    output: Form,
}

/// `--output`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people
    Table,
    /// For programs
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Run(run::Run),
    #[command(subcommand)]
    Config(config::Config),
    #[command(subcommand)]
    Channel(channel::Channel),
    #[command(subcommand)]
    Input(input::Input),
    #[command(subcommand, name = "meeting")]
    Meetings(meeting::Meetings),
    #[command(subcommand)]
    Record(record::Record),
    Probe(probe::Probe),
    Status(status::Status),
    Why(why::Why),
    Preflight(Box<preflight::Preflight>),
    #[command(subcommand)]
    Incident(incident::Incident),
    #[command(subcommand)]
    Report(report::Report),
    Soak(soak::Soak),
    Top(top::Top),
    Completions(man::Completions),
    Man(man::Man),
    #[command(hide = true)]
    Reference(reference::Reference),
}

/// What a command knows of its surroundings.
struct Surroundings {
    global: Global,
    words: &'static Words,
    language: Language,
}

/// The program `headend`.
#[must_use]
pub fn main() -> ExitCode {
    let language = words::language(|name| std::env::var(name).ok());
    let command = help::in_language(Cli::command(), language);
    let matches = command.get_matches();
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let around = Surroundings {
        global: cli.global,
        words: Words::of(language),
        language,
    };
    let done = match cli.command {
        Command::Demo(demo) => demo.run(&around),
        Command::Run(run) => run.run(&around),
        Command::Config(config) => config.run(&around),
        Command::Channel(channel) => channel.run(&around),
        Command::Input(input) => input.run(&around),
        Command::Meetings(meetings) => meetings.run(&around),
        Command::Record(record) => record.run(&around),
        Command::Probe(probe) => probe.run(&around),
        Command::Report(report) => report.run(&around),
        Command::Soak(soak) => soak.run(&around),
        Command::Incident(incident) => incident.run(&around),
        Command::Why(why) => why.run(&around),
        Command::Preflight(preflight) => preflight.run(&around),
        Command::Status(status) => status.run(&around),
        Command::Top(top) => top.run(&around),
        Command::Completions(completions) => completions.run(&around),
        Command::Man(man) => man.run(&around),
        Command::Reference(reference) => reference.run(),
    };
    match done {
        Ok(exit) => exit.into(),
        Err(failure) => {
            tell(&failure.text(around.words));
            failure.exit().into()
        }
    }
}

impl Surroundings {
    fn json(&self) -> bool {
        self.global.output == Form::Json
    }

    fn client(&self) -> Result<client::Client, Failure> {
        client::Client::find(&self.global)
    }
}

/// Data, to stdout. A reader that went away (`headend status | head -1`) is no fault.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::Failed(format!("stdout: {error}"))),
        Ok(()) => Ok(()),
    }
}

/// A value as JSON, to stdout.
fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text =
        serde_json::to_string_pretty(value).map_err(|error| Failure::Failed(error.to_string()))?;
    print(&format!("{text}\n"))
}

/// Talk, to stderr.
fn tell(text: &str) {
    // Where stderr is closed there is nobody to talk to.
    let _ = writeln!(std::io::stderr().lock(), "{}", text.trim_end());
}

/// Whether colour may be used: a terminal, and no NO_COLOR (no-color.org).
fn colour(out: &impl std::io::IsTerminal) -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    out.is_terminal() && !refused
}

/// Asks for a yes; without a terminal to ask on, `--yes` is needed.
fn confirmed(question: &str, words: &Words) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Usage(words.needs_yes.to_owned()));
    }
    let mut err = std::io::stderr().lock();
    let _ = write!(err, "{question} [{}] ", words.yes_or_no);
    let _ = err.flush();
    let mut answer = String::new();
    std::io::stdin()
        .read_line(&mut answer)
        .map_err(|error| Failure::Failed(error.to_string()))?;
    let answer = answer.trim().to_lowercase();
    Ok(words.yes.contains(&answer.as_str()))
}
