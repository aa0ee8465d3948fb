//! A transport stream that `headend-media` makes, opens or encodes anew: a child process with the
//! stream on its standard output. Its owner reads the pipe (and writes to the one on its standard
//! input, where the job takes a stream); a thread starts the process, hears what it says, tells it
//! what a slate says, and starts it again when it ends.

mod sandbox;
mod supervisor;
mod words;

use std::env;
use std::ffi::OsString;
use std::io::{self, PipeWriter};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use arc_swap::ArcSwap;
use nix::errno::Errno;
use packager::time::Mono;
use rtrb::{Consumer, RingBuffer};

use super::batch::Batch;
use super::source::SourceCounters;
use crate::plan::WorkerPlan;
use crate::snapshot::WorkerSnapshot;
pub(crate) use sandbox::ends_with_us;
use supervisor::Supervisor;

/// The worker program.
pub(super) const PROGRAM: &str = "headend-media";
/// Bytes of one read: seven packets, as in a datagram.
const READ_LEN: usize = 1316;
/// Processes that may follow each other before the line looks.
const PIPES: usize = 4;
/// What the worker may be asked to open (issue of ours, not of FFmpeg: it knows many more).
const SCHEMES: [&str; 6] = ["rtmp", "rtmps", "rtsp", "rtsps", "http", "https"];

/// The owner's end of a worker. Dropping it kills the process.
pub struct Worker {
    pipes: Consumer<Pipes>,
    current: Option<Pipes>,
    counters: SourceCounters,
    shared: Arc<Shared>,
    /// Closing it tells the thread to end.
    _wanted: PipeWriter,
}

/// The pipes of one process.
struct Pipes {
    /// Its standard output.
    stream: OwnedFd,
    /// Its standard input, where the job takes a stream.
    feed: Option<OwnedFd>,
}

/// What the owner and the thread know of each other.
#[derive(Default)]
struct Shared {
    /// Bytes that the owner has read.
    bytes: AtomicU64,
    /// Bytes that the owner had for it, taken or not, where the job takes a stream.
    offered: AtomicU64,
    /// What a slate says.
    prompt: ArcSwap<String>,
    state: ArcSwap<WorkerSnapshot>,
}

/// What a job takes on its standard input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    Nothing,
    /// From the owner.
    Stream,
    /// From the thread: what a slate says, a line for a text.
    Words,
}

/// How a worker does, for whoever does not own it.
#[derive(Clone)]
pub struct Health(Arc<Shared>);

impl Health {
    /// Now.
    #[must_use]
    pub fn snapshot(&self) -> Arc<WorkerSnapshot> {
        self.0.state.load_full()
    }
}

/// Tells a slate what to say, for whoever does not own it.
pub struct Prompter(Arc<Shared>);

impl Prompter {
    /// From now on, and after a restart of the process. The lines of the picture stand one behind
    /// the other, with a tab between.
    pub fn say(&self, text: &str) {
        if *self.0.prompt.load_full() != text {
            self.0.prompt.store(Arc::new(text.to_owned()));
        }
    }
}

/// Why a worker cannot be started at all.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The program is not installed.
    #[error(
        "this input needs the program `{PROGRAM}`: it is neither beside this program nor in PATH, and HEADEND_MEDIA does not name it"
    )]
    NoProgram,
    /// The scheme of the URL is not allowed.
    #[error("`{scheme}` is none of the schemes that may be opened: {}, or ffmpeg:PATH for a local file", SCHEMES.join(", "))]
    Scheme {
        /// As far as the URL has one.
        scheme: String,
    },
    /// The system refused a thread or a pipe.
    #[error("cannot supervise `{PROGRAM}`: {0}")]
    System(#[from] io::Error),
}

/// Finds the worker program: HEADEND_MEDIA names it, or it stands beside this program, or in PATH.
#[must_use]
pub(super) fn find_program() -> Option<PathBuf> {
    if let Some(named) = env::var_os("HEADEND_MEDIA").filter(|named| !named.is_empty()) {
        return Some(named.into());
    }
    let beside = env::current_exe()
        .ok()
        .and_then(|own| Some(own.parent()?.join(PROGRAM)));
    let path = env::var_os("PATH").unwrap_or_default();
    beside
        .into_iter()
        .chain(env::split_paths(&path).map(|folder| folder.join(PROGRAM)))
        .find(|candidate| candidate.is_file())
}

impl Worker {
    /// Starts `program` for the job that `plan` describes.
    ///
    /// # Errors
    /// The URL's scheme is not allowed, or the system is out of threads or descriptors. A process
    /// that cannot be started or dies is no error but a state.
    pub fn open(program: &Path, plan: &WorkerPlan) -> Result<Self, WorkerError> {
        let arguments = arguments(plan)?;
        let (ended, wanted) = io::pipe()?;
        let (producer, pipes) = RingBuffer::new(PIPES);
        let shared = Arc::new(Shared::default());
        let supervisor = Supervisor {
            program: program.to_owned(),
            arguments,
            patient: matches!(plan, WorkerPlan::Open { listen: true, .. }),
            takes: takes(plan),
            shared: Arc::clone(&shared),
            pipes: producer,
            ended,
        };
        thread::Builder::new()
            .name("worker".into())
            .spawn(move || supervisor.run())?;
        Ok(Self {
            pipes,
            current: None,
            counters: SourceCounters::default(),
            shared,
            _wanted: wanted,
        })
    }

    /// Replaces what `batch` holds by what the worker has written.
    pub fn receive(&mut self, now: Mono, batch: &mut Batch) -> usize {
        batch.clear();
        while !batch.is_full() {
            if !self.has_process() {
                break;
            }
            let Some(Pipes { stream, .. }) = &self.current else {
                break;
            };
            let mut ended = false;
            let added = batch.add(now, |buffer| {
                match nix::unistd::read(stream, &mut buffer[..READ_LEN]) {
                    Ok(0) => {
                        ended = true;
                        None
                    }
                    Ok(len) => Some(len),
                    Err(Errno::EAGAIN | Errno::EINTR) => None,
                    Err(_) => {
                        ended = true;
                        None
                    }
                }
            });
            if ended {
                self.current = None;
            } else if !added {
                break;
            }
        }
        let bytes: usize = batch.iter().map(|(_, bytes)| bytes.len()).sum();
        self.counters.datagrams += batch.len() as u64;
        self.counters.bytes += bytes as u64;
        self.shared
            .bytes
            .store(self.counters.bytes, Ordering::Relaxed);
        batch.len()
    }

    /// Writes of `bytes` what the process takes now, and says how many those are. `None`: there
    /// is no process, or it has gone; the next one begins anew.
    pub fn feed(&mut self, bytes: &[u8]) -> Option<usize> {
        if !self.has_process() {
            return None;
        }
        let feed = self.current.as_ref()?.feed.as_ref()?;
        let offered = bytes.len() as u64;
        self.shared.offered.fetch_add(offered, Ordering::Relaxed);
        let written = match nix::unistd::write(feed, bytes) {
            Ok(written) => written,
            Err(Errno::EAGAIN | Errno::EINTR) => 0,
            Err(_) => {
                self.current = None;
                return None;
            }
        };
        Some(written)
    }

    /// Has the process end that takes a stream: its standard input is over. The next one begins
    /// with what is fed from now on.
    pub fn begin_anew(&mut self) {
        self.current = None;
    }

    /// Takes the pipes of the process that runs now, if there are none.
    fn has_process(&mut self) -> bool {
        if self.current.is_none() {
            self.current = self.pipes.pop().ok();
        }
        self.current.is_some()
    }

    /// How it does, wherever it is moved to.
    #[must_use]
    pub fn health(&self) -> Health {
        Health(Arc::clone(&self.shared))
    }

    /// Who tells it what to say, wherever it is moved to.
    #[must_use]
    pub fn prompter(&self) -> Prompter {
        Prompter(Arc::clone(&self.shared))
    }

    /// What was read since the input was opened, and how the process does.
    #[must_use]
    pub fn counters(&self) -> SourceCounters {
        let worker = self.shared.state.load_full();
        SourceCounters {
            trouble: worker
                .last_words
                .clone()
                .filter(|_| worker.pid.is_none())
                .map(Arc::new),
            worker: Some(worker),
            ..self.counters.clone()
        }
    }

    /// To wait on, while a process runs.
    #[must_use]
    pub fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        Some(self.current.as_ref()?.stream.as_fd())
    }
}

/// The worker's command line.
fn arguments(plan: &WorkerPlan) -> Result<Vec<OsString>, WorkerError> {
    let words = match plan {
        WorkerPlan::TestPicture {
            name,
            width,
            height,
            rate,
            bitrate,
        } => vec![
            "test-picture".into(),
            "--name".into(),
            name.into(),
            "--width".into(),
            width.to_string().into(),
            "--height".into(),
            height.to_string().into(),
            "--rate".into(),
            rate.to_string().into(),
            "--bitrate".into(),
            bitrate.bits_per_second().to_string().into(),
        ],
        WorkerPlan::Open { url, listen } => {
            let mut words = vec!["open".into(), place(url)?];
            words.extend(listen.then(|| "--listen".into()));
            words
        }
        WorkerPlan::Slate { name } => {
            let size = ["--width", "1280", "--height", "720", "--rate", "25"];
            let mut words: Vec<OsString> =
                vec!["test-picture".into(), "--name".into(), name.into()];
            words.extend(
                ["--slate"]
                    .into_iter()
                    .chain(size)
                    .chain(["--bitrate", "800000"])
                    .map(Into::into),
            );
            words
        }
        WorkerPlan::Transcode => ["open", "-", "--transcode"].map(Into::into).to_vec(),
        WorkerPlan::Pictures(rungs) => {
            let rungs = rungs.iter().flat_map(|(lines, rate)| {
                let rung = format!("{lines}@{}", rate.bits_per_second());
                ["--rung".into(), rung.into()]
            });
            ["open", "-"]
                .map(Into::into)
                .into_iter()
                .chain(rungs)
                .collect()
        }
        WorkerPlan::Sound(rate) => {
            let rate = rate.bits_per_second().to_string();
            ["open", "-", "--sound", &rate].map(Into::into).to_vec()
        }
        WorkerPlan::Look => ["look", "-"].map(Into::into).to_vec(),
    };
    Ok(words)
}

const fn takes(plan: &WorkerPlan) -> Takes {
    match plan {
        WorkerPlan::TestPicture { .. } | WorkerPlan::Open { .. } => Takes::Nothing,
        WorkerPlan::Slate { .. } => Takes::Words,
        WorkerPlan::Transcode
        | WorkerPlan::Pictures(_)
        | WorkerPlan::Sound(_)
        | WorkerPlan::Look => Takes::Stream,
    }
}

/// What the worker opens: a URL of an allowed scheme, or the path of `ffmpeg:PATH`.
fn place(url: &str) -> Result<OsString, WorkerError> {
    if let Some(path) = url.strip_prefix("ffmpeg:") {
        // A path that looks like an option or a URL is made one that does not.
        let path = Path::new(path);
        return Ok(if path.is_absolute() {
            path.into()
        } else {
            Path::new(".").join(path).into()
        });
    }
    let scheme = url.split_once("://").map_or(url, |(scheme, _)| scheme);
    if SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()) {
        Ok(url.into())
    } else {
        Err(WorkerError::Scheme {
            scheme: scheme.chars().take(32).collect(),
        })
    }
}

#[cfg(test)]
mod tests;
