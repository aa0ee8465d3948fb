//! A `headend-media` of the channel's own between the tap and HLS: encodes anew what HLS cannot
//! carry, or makes rungs of a ladder.

use packager::receive::{Entry, Framing, Receiver};
use packager::ts::pat::Pat;
use packager::ts::pmt::{Kind, Pmt, Stream, StreamType};
use packager::ts::section::SectionAssembler;
use packager::ts::{Packet, Pid, RawPacket};

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
    tables: Tables,
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
            tables: Tables::default(),
            runs: false,
        })
    }

    pub(super) fn health(&self) -> Health {
        self.worker.health()
    }

    pub(super) fn push(&mut self, packet: &RawPacket) {
        if self.tables.become_others(packet) {
            self.waiting.clear();
            self.worker.begin_anew();
        }
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

/// What the streams are. FFmpeg stays with the codec that a PID had first, so a worker begins anew
/// where a switch of the source leaves the PIDs and changes the codecs.
#[derive(Default)]
struct Tables {
    pat: SectionAssembler,
    pmt: SectionAssembler,
    pmt_pid: Option<Pid>,
    streams: Vec<Stream>,
}

impl Tables {
    /// Takes a packet; whether it tells that a PID carries another codec.
    fn become_others(&mut self, packet: &RawPacket) -> bool {
        let packet = Packet::new(packet);
        if packet.pid() == Pid::PAT {
            let pmt_pid = &mut self.pmt_pid;
            self.pat.push(packet, |section| {
                if let Some(pat) = section.ok().and_then(|section| Pat::parse(&section).ok()) {
                    *pmt_pid = pat.programs.first().map(|program| program.pmt);
                }
            });
            return false;
        }
        if Some(packet.pid()) != self.pmt_pid {
            return false;
        }
        let mut found = None;
        self.pmt.push(packet, |section| {
            found = section.ok().and_then(|section| Pmt::parse(&section).ok());
        });
        let Some(pmt) = found else {
            return false;
        };
        let before = std::mem::replace(&mut self.streams, pmt.streams);
        let other = |stream: &Stream| {
            let was = before.iter().find(|was| was.pid == stream.pid);
            // Of private data the descriptors say what it is (ETSI EN 300 468 clause 6.2).
            let private =
                stream.stream_type == StreamType::PRIVATE_PES && stream.kind() == Kind::Audio;
            was.is_some_and(|was| {
                was.stream_type != stream.stream_type
                    || private && was.descriptors != stream.descriptors
            })
        };
        self.streams.iter().any(other)
    }
}
