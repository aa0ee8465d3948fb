//! How a job ends: what is said, and the exit code that the parent reads.

use std::fmt::Display;
use std::process::ExitCode;

use ffmpeg_next::Error;

/// The exit codes of the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Asked to end, or the source's stream is over.
    Done = 0,
    /// The source or the machine does not allow the job.
    Failed = 1,
    /// The command line is wrong; starting again does not help.
    Usage = 2,
    /// The source was not reached, or it went silent.
    Unreachable = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a job cannot go on: a sentence for an operator, with the next step.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The sentence.
    pub(crate) text: String,
    /// What the parent sees.
    pub(crate) exit: Exit,
}

impl Failure {
    /// Nobody reads stdout any more: a quiet end.
    pub(crate) fn closed() -> Self {
        Self {
            text: "stdout was closed".into(),
            exit: Exit::Done,
        }
    }

    /// Whether FFmpeg could not write because stdout is closed.
    pub(crate) fn is_closed(error: Error) -> bool {
        matches!(error, Error::Other { errno } if errno == ffmpeg_next::error::EPIPE)
    }

    /// A failure of the job, with its cause.
    pub(crate) fn failed(what: &str, cause: impl Display) -> Self {
        Self {
            text: format!("{what}: {cause}"),
            exit: Exit::Failed,
        }
    }
}
