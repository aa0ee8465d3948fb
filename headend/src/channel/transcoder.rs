//! Encodes anew what HLS cannot carry: the tap goes through a `headend-media` of the channel's
//! own, which copies what is H.264, H.265 and AAC.

use packager::receive::{Entry, Framing, Receiver};
use packager::ts::RawPacket;

use crate::net::{Batch, Context, Health, Worker, WorkerError, clock};
use crate::plan::WorkerPlan;

/// Bytes that wait for a worker that is busy: 2 s of 16 Mbit/s. What comes above is lost.
const WAITING: usize = 4 << 20;

/// A worker between the tap and HLS.
pub(super) struct Transcoder {
    worker: Worker,
    receiver: Receiver,
    batch: Batch,
    waiting: Vec<u8>,
}

impl Transcoder {
    pub(super) fn start(context: &Context) -> Result<Self, WorkerError> {
        let program = context.media.as_deref().ok_or(WorkerError::NoProgram)?;
        Ok(Self {
            worker: Worker::open(program, &WorkerPlan::Transcode)?,
            receiver: Receiver::new(Framing::Ts),
            batch: Batch::new(),
            waiting: Vec::new(),
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

    /// Gives the worker what waits, and takes what it has made.
    pub(super) fn turn(&mut self, mut out: impl FnMut(&RawPacket)) {
        let taken = self.worker.feed(&self.waiting);
        self.waiting.drain(..taken.unwrap_or(self.waiting.len()));
        let now = clock::now();
        while self.worker.receive(now, &mut self.batch) > 0 {
            for (at, bytes) in self.batch.iter() {
                self.receiver
                    .push(Entry::default(), at, bytes, &mut |_, packet| out(packet));
            }
        }
    }
}
