//! The rig: the test picture, the bad line, the node's sockets and the judge, in one loop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use packager::shape::Overflow;
use packager::time::{Bitrate, Mono};

use super::feed::Feed;
use super::impair::{Counters, Line};
use super::judge::{Clock, Found, Judge};
use super::schedule::{AFTERMATH, Schedule};
use crate::net::Context;
use crate::net::{Batch, Sink, SinkError, Source, SourceError, Worker, WorkerError, clock};
use crate::plan::{OutputPlan, SourcePlan, WorkerPlan};

/// The loop runs so often; a datagram is at most so much late by it.
const TURN: Duration = Duration::from_millis(1);
/// The picture that goes through: small, so that hours of it cost little.
const PICTURE: (u32, u32, u32, u64) = (640, 360, 25, 1_000_000);
/// What a stream of datagrams costs nothing at its begin: the node finds its programme first.
const SETTLE: Duration = Duration::from_secs(5);

/// What the rig is made of.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the node takes its feed.
    pub to: SocketAddr,
    /// Where the node sends.
    pub from: SocketAddr,
    /// When the clock wraps.
    pub wrap: Duration,
    /// When the line is spoilt.
    pub schedule: Schedule,
    /// The worker program, where it was found.
    pub media: Option<PathBuf>,
}

/// Why there is no rig.
#[derive(Debug, thiserror::Error)]
pub enum RigError {
    /// No test picture.
    #[error(transparent)]
    Worker(#[from] WorkerError),
    /// Nothing can be sent to the node.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// Nothing can be taken from the node.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A rate that is none.
    #[error("the rate of the test picture is no rate")]
    Rate,
}

/// Everything but the node.
pub struct Rig {
    picture: Worker,
    feed: Feed,
    source: Clock,
    line: Line,
    sink: Sink,
    out: Source,
    judge: Judge,
    schedule: Schedule,
    batch: Batch,
    begin: Mono,
}

/// How it stands.
#[derive(Clone, Copy, Debug)]
pub struct Observation {
    /// What the line did.
    pub line: Counters,
    /// What the judge found.
    pub found: Found,
    /// Jitter that half and 99 of 100 PCRs stay under, µs.
    pub jitter: (u64, u64),
    /// How much slower the output's clock is than the source's, ppm.
    pub drift: f64,
    /// Datagrams that the judge's own socket dropped.
    pub unread: u64,
}

impl Rig {
    /// Opens everything; the picture begins at once.
    ///
    /// # Errors
    /// The worker program is missing, or a port is taken.
    pub fn open(settings: &Settings, runtime: &tokio::runtime::Handle) -> Result<Self, RigError> {
        let context = Context {
            runtime: runtime.clone(),
            media: settings.media.clone(),
        };
        let out = SourcePlan::Datagrams {
            rtp: true,
            address: settings.from,
            interface: None,
            from: None,
            fec: false,
        };
        let (width, height, rate, bitrate) = PICTURE;
        let picture = WorkerPlan::TestPicture {
            name: "soak".to_owned(),
            width,
            height,
            rate,
            bitrate: Bitrate::from_bits_per_second(bitrate).ok_or(RigError::Rate)?,
        };
        let program = context.media.as_deref().ok_or(WorkerError::NoProgram)?;
        Ok(Self {
            out: Source::open(&out, &context)?,
            sink: Sink::open(&sink(settings.to))?,
            picture: Worker::open(program, &picture)?,
            feed: Feed::new(settings.wrap),
            source: Clock::default(),
            line: Line::new(settings.schedule.clone()),
            judge: Judge::default(),
            schedule: settings.schedule.clone(),
            batch: Batch::new(),
            begin: clock::now(),
        })
    }

    /// The time of the run.
    #[must_use]
    pub fn time(&self) -> Duration {
        clock::now().since(self.begin)
    }

    /// Carries the stream for `span`.
    pub fn carry(&mut self, span: Duration) {
        let end = clock::now() + span;
        loop {
            let now = clock::now();
            if now >= end {
                return;
            }
            self.turn(now);
            clock::sleep_until(now + TURN);
        }
    }

    fn turn(&mut self, now: Mono) {
        let time = now.since(self.begin);
        while self.picture.receive(now, &mut self.batch) > 0 {
            for (_, bytes) in self.batch.iter() {
                self.feed.push(bytes, &mut |datagram, pcr| {
                    if let Some(pcr) = pcr {
                        let _ = self.source.push(time, pcr);
                    }
                    self.line.push(time, datagram);
                });
            }
        }
        while let Some(datagram) = self.line.pull(time) {
            self.sink.send([datagram.as_slice()]);
        }
        let spoilt = time < SETTLE + AFTERMATH || self.schedule.around(time).next().is_some();
        // A socket that fails is seen as a stream that does not come.
        while self.out.receive(now, &mut self.batch).is_ok_and(|n| n > 0) {
            for (at, datagram) in self.batch.iter() {
                self.judge.push(at.since(self.begin), datagram, spoilt);
            }
        }
    }

    /// How it stands.
    #[must_use]
    pub fn observed(&self) -> Observation {
        Observation {
            line: self.line.counters(),
            found: self.judge.found(),
            jitter: (self.judge.jitter(0.5), self.judge.jitter(0.99)),
            drift: self.judge.clock().slow() - self.source.slow(),
            unread: self.out.counters().socket_drops,
        }
    }
}

fn sink(address: SocketAddr) -> OutputPlan {
    OutputPlan {
        url: format!("rtp://{address}"),
        rtp: true,
        address,
        interface: None,
        ttl: 1,
        dscp: 0,
        loopback: true,
        bitrate: None,
        overflow: Overflow::KeepSound,
        fec: None,
    }
}
