//! An input, whatever its kind.

use std::io;
use std::os::fd::BorrowedFd;
use std::path::PathBuf;
use std::sync::Arc;

use packager::time::Mono;

use super::batch::Batch;
use super::clock;
use super::datagrams::{Place, Receiver, ReceiverError};
use super::fec::Protected;
use super::file::{FileError, Player};
use super::srt::{Link, SrtError};
use super::worker::{self, Worker, WorkerError};
use crate::plan::SourcePlan;
use crate::snapshot::{SrtSnapshot, WorkerSnapshot};

/// An input that the line polls. Dropping it ends all that it started.
pub enum Source {
    /// `udp://` and `rtp://`.
    Datagrams(Receiver),
    /// `rtp://` with FEC.
    Protected(Protected),
    /// `srt://`.
    Srt(Link),
    /// `file:`.
    File(Player),
    /// `test:`, `rtmp://`, `rtsp://`, `http(s)://` and `ffmpeg:`.
    Worker(Worker),
}

/// What inputs need of the process.
#[derive(Clone, Debug)]
pub struct Context {
    /// Runs SRT.
    pub runtime: tokio::runtime::Handle,
    /// The program `headend-media`, where it was found.
    pub media: Option<PathBuf>,
}

impl Context {
    /// With what is found of the worker program now.
    #[must_use]
    pub fn new(runtime: tokio::runtime::Handle) -> Self {
        Self {
            runtime,
            media: worker::find_program(),
        }
    }
}

/// Why an input cannot be opened: something for the operator to fix.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// `udp://` and `rtp://`.
    #[error(transparent)]
    Datagrams(#[from] ReceiverError),
    /// `file:`.
    #[error(transparent)]
    File(#[from] FileError),
    /// An input of `headend-media`.
    #[error(transparent)]
    Worker(#[from] WorkerError),
    /// `srt://`.
    #[error(transparent)]
    Srt(#[from] SrtError),
}

/// What an input counted since it was opened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceCounters {
    /// Datagrams or reads taken.
    pub datagrams: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Datagrams that the kernel dropped because the line was slow (SO_RXQ_OVFL).
    pub socket_drops: u64,
    /// Calls that the kernel refused; each is made again at the next turn.
    pub socket_errors: u64,
    /// Datagrams dropped on the way from an input's own thread or task to the line.
    pub ring_drops: u64,
    /// What the kernel gave as receive buffer.
    pub receive_buffer_bytes: Option<usize>,
    /// Of an SRT input.
    pub srt: Option<Arc<SrtSnapshot>>,
    /// Of an input that `headend-media` makes or opens.
    pub worker: Option<Arc<WorkerSnapshot>>,
    /// What is wrong now, in a sentence.
    pub trouble: Option<Arc<String>>,
}

impl SourceCounters {
    /// Both together, of sockets of one input.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let (one, two) = (self.receive_buffer_bytes, other.receive_buffer_bytes);
        Self {
            datagrams: self.datagrams + other.datagrams,
            bytes: self.bytes + other.bytes,
            socket_drops: self.socket_drops + other.socket_drops,
            socket_errors: self.socket_errors + other.socket_errors,
            ring_drops: self.ring_drops + other.ring_drops,
            receive_buffer_bytes: one.into_iter().chain(two).min(),
            srt: self.srt.or(other.srt),
            worker: self.worker.or(other.worker),
            trouble: self.trouble.or(other.trouble),
        }
    }
}

impl Source {
    /// Opens what `plan` describes.
    ///
    /// # Errors
    /// What the operator has to fix. What may heal by itself is no error but a state in the
    /// counters.
    pub fn open(plan: &SourcePlan, context: &Context) -> Result<Self, SourceError> {
        match plan {
            SourcePlan::Datagrams {
                address,
                interface,
                from,
                fec,
                ..
            } => {
                let place = Place {
                    address: *address,
                    interface: interface.as_deref(),
                    from: *from,
                };
                Ok(if *fec {
                    Self::Protected(Protected::open(place, clock::now())?)
                } else {
                    Self::Datagrams(Receiver::open(place, clock::now())?)
                })
            }
            SourcePlan::File(path) => Ok(Self::File(Player::open(path)?)),
            SourcePlan::Worker(job) => {
                let program = context.media.as_deref().ok_or(WorkerError::NoProgram)?;
                Ok(Self::Worker(Worker::open(program, job)?))
            }
            SourcePlan::Srt(link) => Ok(Self::Srt(Link::open(link, &context.runtime)?)),
        }
    }

    /// Replaces what `batch` holds by what has come, and says how many datagrams. Never waits.
    ///
    /// # Errors
    /// What the kernel says of the socket; the next call may succeed.
    pub fn receive(&mut self, now: Mono, batch: &mut Batch) -> io::Result<usize> {
        match self {
            Self::Datagrams(receiver) => receiver.receive(now, batch),
            Self::Protected(ports) => ports.receive(now, batch),
            Self::Srt(link) => Ok(link.receive(batch)),
            Self::File(player) => Ok(player.receive(batch)),
            Self::Worker(worker) => Ok(worker.receive(now, batch)),
        }
    }

    /// Ports that it reads, one in a call.
    #[must_use]
    pub const fn ports(&self) -> usize {
        match self {
            Self::Protected(_) => 3,
            Self::Datagrams(_) | Self::Srt(_) | Self::File(_) | Self::Worker(_) => 1,
        }
    }

    /// Cheap enough to be read once a second.
    #[must_use]
    pub fn counters(&self) -> SourceCounters {
        match self {
            Self::Datagrams(receiver) => receiver.counters().clone(),
            Self::Protected(ports) => ports.counters(),
            Self::Srt(link) => link.counters(),
            Self::File(player) => player.counters(),
            Self::Worker(worker) => worker.counters(),
        }
    }

    /// Who sent datagrams in the last second; empty for what is no plain socket.
    #[must_use]
    pub fn senders(&self, now: Mono) -> Vec<std::net::SocketAddr> {
        match self {
            Self::Datagrams(receiver) => receiver.senders(now),
            Self::Protected(ports) => ports.senders(now),
            Self::Srt(_) | Self::File(_) | Self::Worker(_) => Vec::new(),
        }
    }

    /// To wait on, where there is one: it may change from call to call.
    #[must_use]
    pub fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Self::Datagrams(receiver) => Some(receiver.descriptor()),
            Self::Protected(ports) => Some(ports.descriptor()),
            Self::Srt(_) | Self::File(_) => None,
            Self::Worker(worker) => worker.descriptor(),
        }
    }
}
