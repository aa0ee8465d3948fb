//! Why a command did not do its work, and the exit code that scripts read.

use std::process::ExitCode;

use super::words::Words;
use crate::http::Problem;

/// Exit codes of all commands but the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// Not done; stderr says why.
    Failed,
    /// Wrong arguments.
    Usage,
    /// No node was reached.
    NotReached,
    /// The node was changed in between, or has it already.
    Conflict,
    /// Of a check: its own codes (0 good, 1 warning, 2 critical, 3 unknown).
    Check(u8),
}

impl Exit {
    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotReached => 3,
            Self::Conflict => 4,
            Self::Check(code) => code,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command did not do its work.
#[derive(Debug)]
pub enum Failure {
    /// No node answers at this place.
    NotReached {
        /// The socket or the URL.
        place: String,
        /// The system's words.
        reason: String,
    },
    /// The local socket is not for this user.
    NotAllowed {
        /// The socket.
        place: String,
    },
    /// The node said no.
    Refused(Box<Problem>),
    /// Wrong arguments.
    Usage(String),
    /// Anything else, in a sentence.
    Failed(String),
}

impl Failure {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::NotReached { .. } | Self::NotAllowed { .. } => Exit::NotReached,
            Self::Refused(problem) if matches!(problem.status, 409 | 412) => Exit::Conflict,
            Self::Refused(_) | Self::Failed(_) => Exit::Failed,
            Self::Usage(_) => Exit::Usage,
        }
    }

    pub(super) fn text(&self, words: &Words) -> String {
        let error = words.error;
        match self {
            Self::NotReached { place, reason } => {
                format!(
                    "{error}: {} {place}: {reason}\n{}",
                    words.no_node_at, words.start_a_node
                )
            }
            Self::NotAllowed { place } => {
                format!(
                    "{error}: {} {place}\n{}",
                    words.not_allowed, words.ask_for_the_group
                )
            }
            Self::Refused(problem) => {
                let mut text = format!("{error}: {}: {}", problem.title, problem.detail);
                for fault in &problem.errors {
                    text += &format!("\n  {}: {}", fault.place, fault.text);
                    if let Some(help) = &fault.help {
                        text += &format!("\n    {help}");
                    }
                }
                format!("{text}\n{}", problem.next)
            }
            Self::Usage(text) | Self::Failed(text) => format!("{error}: {text}"),
        }
    }
}

impl From<anyhow::Error> for Failure {
    /// Many errors say the words of their source themselves: those are not said again.
    fn from(error: anyhow::Error) -> Self {
        let mut text = error.to_string();
        for source in error.chain().skip(1).map(ToString::to_string) {
            if !text.contains(&source) {
                text += &format!(": {source}");
            }
        }
        Self::Failed(text)
    }
}
