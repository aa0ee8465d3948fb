//! `headend reference DIR`: the pages that are made from the program. A test compares them.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _};

use super::{Cli, Exit, Failure, man, tell};
use crate::config::{reference, shape};

/// Write the reference pages
#[derive(Debug, Args)]
pub(super) struct Reference {
    /// Where they are
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Only say which differ from the program
    #[arg(long)]
    check: bool,
}

impl Reference {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let texts = texts()?;
        if !self.check {
            man::write(&self.dir, &texts)?;
            return Ok(Exit::Done);
        }
        let differ: Vec<&str> = texts
            .iter()
            .filter(|(name, text)| {
                let kept = std::fs::read_to_string(self.dir.join(name));
                kept.ok().as_deref() != Some(text)
            })
            .map(|(name, _)| name.as_str())
            .collect();
        if differ.is_empty() {
            return Ok(Exit::Done);
        }
        tell(&format!(
            "{}: {} differ from the program; `headend reference {}` writes them",
            self.dir.display(),
            differ.join(", "),
            self.dir.display()
        ));
        Ok(Exit::Failed)
    }
}

/// All pages by their names.
fn texts() -> Result<Vec<(String, String)>, Failure> {
    let schema = serde_json::to_string_pretty(&shape::schema())
        .map_err(|error| Failure::Failed(error.to_string()))?;
    let mut texts = vec![
        ("configuration.md".to_owned(), reference::page()),
        ("configuration.schema.json".to_owned(), schema + "\n"),
        ("example.toml".to_owned(), reference::example()),
        ("cli.md".to_owned(), page()),
        ("openapi.json".to_owned(), crate::http::openapi_json()),
        ("hls-rules.md".to_owned(), rules()),
    ];
    texts.extend(
        man::pages()?
            .into_iter()
            .map(|(name, page)| (format!("man/{name}"), page)),
    );
    Ok(texts)
}

/// The rules of `headend probe --rules`, as a table.
fn rules() -> String {
    let mut out = String::from(
        "# Rules of HLS\n\nMade by `headend reference` from the program: do not edit.\n\n\
         Sections are those of draft-pantos-hls-rfc8216bis-22. `headend probe URL --rules` judges \
         by them; those over time need more than one look.\n\n\
         | rule | section | over time | what it asks | tiếng Việt |\n|---|---|---|---|---|\n",
    );
    for rule in &hls_rules::RULES {
        let over_time = if rule.over_time { "yes" } else { "" };
        out += &format!(
            "| {} | {} | {over_time} | {} | {} |\n",
            rule.id(),
            rule.section,
            rule.english,
            rule.vietnamese
        );
    }
    out
}

/// The help of every command, as Markdown.
fn page() -> String {
    let mut out = String::from(
        "# Commands\n\nMade by `headend reference` from the program: do not edit.\n\n\
         With LANG=vi_VN the program speaks Vietnamese.\n",
    );
    let mut command = Cli::command().term_width(100);
    command.build();
    section(&mut command, 2, &mut out);
    out
}

fn section(command: &mut clap::Command, level: usize, out: &mut String) {
    let name = command.get_bin_name().unwrap_or("headend").to_owned();
    let help = command.render_long_help().to_string();
    let help: String = help
        .lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect();
    *out += &format!("\n{} `{name}`\n\n```text\n{}```\n", "#".repeat(level), help);
    for below in command.get_subcommands_mut() {
        if !below.is_hide_set() && below.get_name() != "help" {
            section(below, (level + 1).min(4), out);
        }
    }
}
