//! A second pair of eyes on the job: it ends the process when a step takes too long (a decoder
//! that never returns, a name server that is silent) and when nobody reads stdout any more.

use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit, setrlimit};

use crate::ffi;
use crate::outcome::Exit;
use crate::report::Reporter;

/// How often it looks.
const TICK: Duration = Duration::from_millis(250);
/// How long FFmpeg may take until its listening socket is open.
const BIND: Duration = Duration::from_secs(1);
/// Address space of a worker that the parent gave no limit.
const ADDRESS_SPACE: u64 = 4 << 30;

/// What the job does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Waiting for its time, for the reader of stdout, or for whoever writes to stdin.
    Waiting,
    /// Waiting for a publisher at a TCP port.
    Listening {
        /// Where this process listens.
        port: u16,
    },
    /// Connecting and finding out what the source holds.
    Opening,
    /// Waiting for the next packet.
    Reading,
    /// Decoding, filtering, encoding one packet.
    Working,
}

impl Phase {
    /// How long it may take, what to say when it takes longer, and how to end.
    fn limit(self) -> Option<(u64, &'static str, Exit)> {
        match self {
            Self::Waiting | Self::Listening { .. } => None,
            // 10 s to connect and 5 s to find out what is in it.
            Self::Opening => Some((
                15,
                "gave no picture or sound; check the address, and that the sender sends",
                Exit::Unreachable,
            )),
            Self::Reading => Some((
                10,
                "sent nothing; look at the sender and the line",
                Exit::Unreachable,
            )),
            Self::Working => Some((
                10,
                "has a packet that is not decoded or encoded in this time: it is malformed, or \
                 this machine is too busy",
                Exit::Failed,
            )),
        }
    }
}

/// The phase of the job, seen from the watching thread.
pub(crate) struct Watch {
    subject: String,
    reporter: Reporter,
    phase: Mutex<(Phase, Instant)>,
}

impl Watch {
    /// Watches nothing until `start`. `subject` names the job in what is said.
    pub(crate) fn new(subject: String, reporter: Reporter) -> Self {
        Self {
            subject,
            reporter,
            phase: Mutex::new((Phase::Waiting, Instant::now())),
        }
    }

    /// Starts the thread; it lives as long as the process.
    pub(crate) fn start(self: &Arc<Self>) {
        let watch = Arc::clone(self);
        thread::spawn(move || {
            loop {
                thread::sleep(TICK);
                watch.look(Instant::now());
            }
        });
    }

    /// The job does something else from now on.
    pub(crate) fn enter(&self, phase: Phase) {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner) = (phase, Instant::now());
    }

    fn look(&self, now: Instant) {
        self.reporter.flush();
        if !stdout_is_read() {
            self.reporter.ended("nobody reads stdout any more");
            ffi::exit_now(Exit::Done);
        }
        let (phase, since) = *self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        let spent = now.saturating_duration_since(since);
        if let Phase::Listening { port } = phase {
            // FFmpeg closes the listening socket when a publisher has come.
            if spent > BIND && !listens(port) {
                self.enter(Phase::Opening);
            }
        }
        if let Some((seconds, complaint, exit)) = phase.limit()
            && spent > Duration::from_secs(seconds)
        {
            let subject = &self.subject;
            self.reporter
                .error(&format!("for {seconds} s {subject} {complaint}"));
            ffi::exit_now(exit);
        }
    }
}

/// Whether a socket of this network namespace listens at a TCP port (proc(5): state 0A).
fn listens(port: u16) -> bool {
    let local = format!(":{port:04X}");
    ["/proc/self/net/tcp", "/proc/self/net/tcp6"]
        .iter()
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .any(|table| {
            table.lines().any(|line| {
                let mut words = line.split_whitespace();
                words
                    .nth(1)
                    .is_some_and(|address| address.ends_with(&local))
                    && words.nth(1) == Some("0A")
            })
        })
}

/// Whether the other end of stdout is still open (a file always is).
fn stdout_is_read() -> bool {
    let stdout = std::io::stdout();
    let mut fds = [PollFd::new(stdout.as_fd(), PollFlags::empty())];
    match poll(&mut fds, PollTimeout::ZERO) {
        Ok(_) => !fds[0]
            .revents()
            .is_some_and(|events| events.intersects(PollFlags::POLLERR | PollFlags::POLLNVAL)),
        Err(_) => true,
    }
}

/// No new privileges, and limits where the parent set none: no core file, bounded memory.
pub(crate) fn limit_process(reporter: &Reporter) {
    let limits = [
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_AS, ADDRESS_SPACE),
    ];
    let done = nix::sys::prctl::set_no_new_privs().and_then(|()| {
        limits.iter().try_for_each(|&(resource, most)| {
            let (soft, _) = getrlimit(resource)?;
            match soft {
                RLIM_INFINITY => setrlimit(resource, most, most),
                _ => Ok(()),
            }
        })
    });
    if let Err(error) = done {
        reporter.warning(&format!("the worker runs without its limits: {error}"));
    }
}
