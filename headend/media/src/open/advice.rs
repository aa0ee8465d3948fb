//! What an operator is told when a source does not open or breaks off: what, and what to check.

use ffmpeg_next::{Error, error as code};

use super::source::Place;
use crate::outcome::{Exit, Failure};

impl Place {
    /// What to say when the source does not open.
    pub(super) fn failure(&self, error: Error) -> Failure {
        let (advice, exit) = match error {
            Error::Other { errno } => about_errno(errno),
            _ => about(error),
        };
        Failure {
            text: format!("{self} cannot be opened ({error}): {advice}"),
            exit,
        }
    }

    /// What to say when a source that was open breaks off.
    pub(super) fn broken(&self, error: Error) -> Failure {
        Failure {
            text: format!("{self} broke off ({error}); look at the sender and the line"),
            exit: Exit::Unreachable,
        }
    }
}

fn about(error: Error) -> (&'static str, Exit) {
    match error {
        Error::HttpNotFound => (
            "the server has no such object; check the path",
            Exit::Failed,
        ),
        Error::HttpUnauthorized | Error::HttpForbidden => {
            ("the server wants a sign-in", Exit::Failed)
        }
        Error::HttpBadRequest | Error::HttpOther4xx | Error::HttpServerError => (
            "the server refused or failed; look at its log",
            Exit::Unreachable,
        ),
        Error::InvalidData | Error::Eof | Error::DemuxerNotFound => (
            "there is no picture or sound in it that can be opened; check that it plays with \
             ffplay",
            Exit::Failed,
        ),
        _ => ("check that it plays with ffplay", Exit::Failed),
    }
}

fn about_errno(errno: i32) -> (&'static str, Exit) {
    match errno {
        code::ECONNREFUSED => (
            "nothing listens there; is the sender running, and is the port right?",
            Exit::Unreachable,
        ),
        code::ETIMEDOUT | code::EHOSTUNREACH | code::ENETUNREACH => (
            "it does not answer; check the address, the route and the firewall",
            Exit::Unreachable,
        ),
        code::EADDRINUSE => (
            "the port is taken by another program; choose another one",
            Exit::Failed,
        ),
        code::EADDRNOTAVAIL => (
            "this machine does not have that address; listen on 0.0.0.0 or one of its own",
            Exit::Failed,
        ),
        code::EINVAL => (
            "it is or names what is not opened here (a playlist in a file, another protocol)",
            Exit::Failed,
        ),
        code::EACCES | code::EPERM => (
            "this process may not open it; check its owner and rights",
            Exit::Failed,
        ),
        _ => (
            "check the address, and that it plays with ffplay",
            Exit::Unreachable,
        ),
    }
}
