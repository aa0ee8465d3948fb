//! `headend completions` and `headend man`: made from the definitions of the commands.

use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, Exit, Failure, Surroundings, print};

/// Print the completions of a shell
#[derive(Debug, Args)]
#[command(after_help = super::help::COMPLETIONS)]
pub(super) struct Completions {
    /// bash, zsh, fish, …
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self, _: &Surroundings) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "headend", &mut script);
        print(&String::from_utf8_lossy(&script)).map(|()| Exit::Done)
    }
}

/// Print the manual page of headend, or write those of all commands
#[derive(Debug, Args)]
#[command(after_help = super::help::MAN)]
pub(super) struct Man {
    /// Write one page for each command into this directory
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(self, _: &Surroundings) -> Result<Exit, Failure> {
        let pages = pages()?;
        match &self.dir {
            Some(dir) => write(dir, &pages)?,
            None => {
                if let Some((_, page)) = pages.first() {
                    print(page)?;
                }
            }
        }
        Ok(Exit::Done)
    }
}

/// The manual pages of the program and of each command, by file name.
pub(super) fn pages() -> Result<Vec<(String, String)>, Failure> {
    let mut command = Cli::command().disable_version_flag(true);
    command.build();
    let mut pages = Vec::new();
    collect(&command, "headend", &mut pages)?;
    Ok(pages)
}

fn collect(
    command: &Command,
    name: &str,
    pages: &mut Vec<(String, String)>,
) -> Result<(), Failure> {
    // roff needs a static name: the page is made of a copy with the whole name.
    let copy = command
        .clone()
        .name(name.to_owned())
        .display_name(name.to_owned());
    let mut page = Vec::new();
    clap_mangen::Man::new(copy)
        .date("")
        .render(&mut page)
        .map_err(|error| Failure::Failed(error.to_string()))?;
    pages.push((
        format!("{name}.1"),
        String::from_utf8_lossy(&page).into_owned(),
    ));
    for below in command
        .get_subcommands()
        .filter(|c| !c.is_hide_set() && c.get_name() != "help")
    {
        collect(below, &format!("{name}-{}", below.get_name()), pages)?;
    }
    Ok(())
}

/// Writes texts by their names.
pub(super) fn write(dir: &Path, texts: &[(String, String)]) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::Failed(format!("{}: {error}", dir.display()));
    for (name, text) in texts {
        let path = dir.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(dir)).map_err(failed)?;
        std::fs::write(path, text).map_err(failed)?;
    }
    Ok(())
}
