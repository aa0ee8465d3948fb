//! A `headend-media` of the channel's own between the tap and HLS: encodes anew what HLS cannot
//! carry, or makes rungs of a ladder.

use packager::receive::{Entry, Framing, Receiver};
use packager::ts::RawPacket;

use crate::net::{Batch, Context, Health, Worker, WorkerError, clock};
use crate::plan::WorkerPlan;

/// Bytes that wait for a worker that is busy: 2 s of 16 Mbit/s. What comes above is lost.
const WAITING: usize = 4 << 20;

/// A worker beside the tap.
pub(super) struct Transcoder {
    worker: Worker,
    receiver: Receiver,
    batch: Batch,
    waiting: Vec<u8>,
    /// Whether a process took what it was given last time.
    runs: bool,
}

impl Transcoder {
    /// Starts it for a job that takes a stream.
    pub(super) fn start(context: &Context, plan: &WorkerPlan) -> Result<Self, WorkerError> {
        let program = context.media.as_deref().ok_or(WorkerError::NoProgram)?;
        Ok(Self {
            worker: Worker::open(program, plan)?,
            receiver: Receiver::new(Framing::Ts),
            batch: Batch::new(),
            waiting: Vec::new(),
            runs: false,
        })
    }

    pub(super) fn health(&self) -> Health {
        self.worker.health()
    }

    pub(super) fn push(&mut self, packet: &RawPacket) {
        if self.waiting.len() < WAITING {
            self.waiting.extend_from_slice(packet);
        }
    }

    /// Gives the worker what waits, and takes what it has made. `false` once when the process has
    /// gone.
    pub(super) fn turn(&mut self, mut out: impl FnMut(&RawPacket)) -> bool {
        let taken = self.worker.feed(&self.waiting);
        self.waiting.drain(..taken.unwrap_or(self.waiting.len()));
        let now = clock::now();
        while self.worker.receive(now, &mut self.batch) > 0 {
            for (at, bytes) in self.batch.iter() {
                self.receiver
                    .push(Entry::default(), at, bytes, &mut |_, packet| out(packet));
            }
        }
        let ran = std::mem::replace(&mut self.runs, taken.is_some());
        !ran || self.runs
    }
}
