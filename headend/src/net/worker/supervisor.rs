//! The thread that keeps one worker alive.

use std::ffi::OsString;
use std::io::{PipeReader, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use packager::time::Mono;
use rtrb::Producer;

use super::super::clock;
use super::sandbox::{self, Started};
use super::words::Words;
use super::{PROGRAM, Pipes, Shared, Takes};
use crate::snapshot::WorkerSnapshot;

/// The first wait before a restart; each further one is twice as long.
const BACK_OFF_MIN: Duration = Duration::from_millis(500);
/// The longest wait before a restart.
const BACK_OFF_MAX: Duration = Duration::from_secs(2);
/// A worker that lived so long was well: the wait is short again.
const WELL: Duration = Duration::from_secs(5);
/// How often the process is looked at, for it may end without closing its pipes.
const LOOK: u16 = 200;
/// A worker that gives no byte for so long hangs. It ends by itself when its source is silent for
/// 10 s, and its own words say more than a kill can: so a little longer.
pub(super) const SILENCE_MAX: Duration = Duration::from_secs(12);
/// The same before the first byte: a connection may take 10 s, and the look into it some more.
const FIRST_BYTE_MAX: Duration = Duration::from_secs(25);

pub(super) struct Supervisor {
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<OsString>,
    /// Waits for the first byte without end: a publisher has to come.
    pub(super) patient: bool,
    pub(super) takes: Takes,
    pub(super) shared: Arc<Shared>,
    pub(super) pipes: Producer<Pipes>,
    /// Hangs up when the worker is not wanted any more.
    pub(super) ended: PipeReader,
}

/// How a worker ended.
enum End {
    /// It is not wanted any more.
    Unwanted,
    /// It ended, or had to be killed; why.
    Died(String),
}

impl Supervisor {
    pub(super) fn run(mut self) {
        let mut back_off = BACK_OFF_MIN;
        let mut restarts_total = 0;
        loop {
            let started = clock::now();
            let reason = match self.start() {
                Ok(worker) => {
                    self.tell(Some(worker.child.id()), restarts_total, None);
                    match self.watch(worker, started) {
                        End::Unwanted => return,
                        End::Died(reason) => reason,
                    }
                }
                Err(e) => format!("cannot start {}: {e}", self.program.display()),
            };
            if clock::now().since(started) >= WELL {
                back_off = BACK_OFF_MIN;
            }
            tracing::warn!(program = PROGRAM, %reason, ?back_off, "worker ended; it is started again");
            self.tell(None, restarts_total, Some(reason));
            if self.unwanted_within(back_off) {
                return;
            }
            back_off = (back_off * 2).min(BACK_OFF_MAX);
            restarts_total += 1;
        }
    }

    fn start(&self) -> std::io::Result<Started> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        sandbox::start(command, self.takes)
    }

    /// Hands the stream to the line and stays with the process until it ends.
    fn watch(&mut self, worker: Started, started: Mono) -> End {
        let Started {
            mut child,
            mut pipes,
            words: pipe,
        } = worker;
        let mut prompt = Prompt::new(match self.takes {
            Takes::Words => pipes.feed.take(),
            Takes::Nothing | Takes::Stream => None,
        });
        // An owner that took none of the pipes before takes no more: the worker ends by itself.
        let _ = self.pipes.push(pipes);
        let mut silence = Silence::new(
            (!self.patient).then_some(FIRST_BYTE_MAX),
            self.shared.bytes.load(Ordering::Relaxed),
            started,
        );
        let mut offered = self.shared.offered.load(Ordering::Relaxed);
        let mut pipe = Some(std::fs::File::from(pipe));
        let mut words = Words::default();
        loop {
            prompt.tell(&self.shared.prompt.load_full());
            if self.wait(pipe.as_ref()) {
                sandbox::kill(&mut child);
                return End::Unwanted;
            }
            if !listen(pipe.as_mut(), &mut words) {
                pipe = None;
            }
            if let Some(encoder) = words.take_encoder() {
                tracing::info!(program = PROGRAM, %encoder, "pictures are encoded");
                let mut state = WorkerSnapshot::clone(&self.shared.state.load());
                state.encoder = Some(encoder);
                self.shared.state.store(Arc::new(state));
            }
            match child.try_wait() {
                Ok(Some(status)) => {
                    listen(pipe.as_mut(), &mut words);
                    // What it started must not go on without it.
                    sandbox::kill(&mut child);
                    return End::Died(epitaph(status, words));
                }
                Ok(None) => {}
                Err(e) => return End::Died(format!("lost sight of it: {e}")),
            }
            let bytes = self.shared.bytes.load(Ordering::Relaxed);
            let now = self.shared.offered.load(Ordering::Relaxed);
            let before = std::mem::replace(&mut offered, now);
            // Without a stream it may be silent; with one that it does not take it may not.
            if self.takes == Takes::Stream && offered == before {
                silence.excuse(clock::now());
            }
            if let Some(limit) = silence.over(bytes, clock::now()) {
                sandbox::kill(&mut child);
                let said = words
                    .last()
                    .map_or_else(String::new, |last| format!("; it said last: {last}"));
                return End::Died(format!(
                    "killed: it gave no byte for {} s{said}",
                    limit.as_secs()
                ));
            }
        }
    }

    /// Waits for words or [`LOOK`]; `true` when the worker is not wanted any more.
    fn wait(&self, words: Option<&std::fs::File>) -> bool {
        let mut fds = vec![PollFd::new(self.ended.as_fd(), PollFlags::empty())];
        fds.extend(words.map(|pipe| PollFd::new(pipe.as_fd(), PollFlags::POLLIN)));
        let _ = poll(&mut fds, PollTimeout::from(LOOK));
        hung_up(&fds)
    }

    fn unwanted_within(&self, patience: Duration) -> bool {
        let deadline = clock::now() + patience;
        loop {
            let left = deadline.since(clock::now());
            let mut fds = [PollFd::new(self.ended.as_fd(), PollFlags::empty())];
            let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::ZERO);
            let _ = poll(&mut fds, timeout);
            if hung_up(&fds) || left.is_zero() {
                return hung_up(&fds);
            }
        }
    }

    fn tell(&self, pid: Option<u32>, restarts_total: u64, last_words: Option<String>) {
        let last_words = last_words.or_else(|| self.shared.state.load().last_words.clone());
        self.shared.state.store(Arc::new(WorkerSnapshot {
            pid,
            restarts_total,
            last_words,
            encoder: None,
        }));
    }
}

/// The way to a slate.
struct Prompt {
    pipe: Option<std::fs::File>,
    told: Arc<String>,
}

impl Prompt {
    fn new(pipe: Option<OwnedFd>) -> Self {
        Self {
            pipe: pipe.map(Into::into),
            told: Arc::default(),
        }
    }

    /// Tells `text` where that is news; what the pipe does not take now, at the next look.
    fn tell(&mut self, text: &Arc<String>) {
        let Some(pipe) = &mut self.pipe else { return };
        // A line shorter than PIPE_BUF goes whole or not at all (pipe(7)).
        if self.told != *text && pipe.write_all(format!("{text}\n").as_bytes()).is_ok() {
            self.told = Arc::clone(text);
        }
    }
}

/// How long the worker has given nothing.
pub(super) struct Silence {
    /// `None` is without end.
    limit: Option<Duration>,
    bytes: u64,
    since: Mono,
}

impl Silence {
    /// Silent from `since` on, for at most `limit` (`None`: without end) before the first byte.
    pub(super) fn new(limit: Option<Duration>, bytes: u64, since: Mono) -> Self {
        Self {
            limit,
            bytes,
            since,
        }
    }

    /// It had nothing to say until `now`.
    fn excuse(&mut self, now: Mono) {
        self.since = now;
    }

    /// The limit, when it is passed.
    pub(super) fn over(&mut self, bytes: u64, now: Mono) -> Option<Duration> {
        if bytes != self.bytes {
            *self = Self::new(Some(SILENCE_MAX), bytes, now);
        }
        self.limit.filter(|&limit| now.since(self.since) > limit)
    }
}

fn hung_up(fds: &[PollFd<'_>]) -> bool {
    fds.first()
        .and_then(PollFd::revents)
        .is_some_and(|events| !events.is_empty())
}

/// Takes what the worker says; `false` when it will say no more.
fn listen(pipe: Option<&mut std::fs::File>, words: &mut Words) -> bool {
    let Some(pipe) = pipe else {
        return false;
    };
    let mut buffer = [0; 4096];
    // A worker that never stops talking does not keep the thread from looking at it.
    for _ in 0..16 {
        match pipe.read(&mut buffer) {
            Ok(0) => return false,
            Ok(len) => words.push(&buffer[..len]),
            Err(e) => return e.kind() == std::io::ErrorKind::WouldBlock,
        }
    }
    true
}

/// `exit status: 1: no such host`
fn epitaph(status: ExitStatus, words: Words) -> String {
    match words.last() {
        Some(last) => format!("{status}: {last}"),
        None => format!("{status}, without a word"),
    }
}
