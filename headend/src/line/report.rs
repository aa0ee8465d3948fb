//! What a circuit tells of itself once a second.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use packager::monitor::{Finding, Inventory, Lack, Mdi, Presence};
use packager::select::{Content, Fitness};
use packager::time::Mono;
use packager::ts::clock::{Pcr, Ticks};
use packager::{chain, feed, receive, shape};

use crate::net::{SinkCounters, Source, SourceCounters};

/// A circuit's figures at one moment; counters count since its start.
#[derive(Debug)]
pub struct Report {
    /// The channel.
    pub id: Arc<str>,
    /// When.
    pub at: Mono,
    /// The input on air.
    pub on_air: usize,
    /// The input that an operator wants on air.
    pub held: Option<usize>,
    /// Whether a programme has been found.
    pub has_programme: bool,
    /// Whether the programme's clock has been seen.
    pub has_clock: bool,
    /// Of the chain.
    pub chain: chain::Counters,
    /// Of the input on air.
    pub feed: feed::Counters,
    /// How fit the best input is, while none of them gives a programme.
    pub dark: Option<Fitness>,
    /// The last switch.
    pub switch: Option<chain::Switch>,
    /// Packets that HLS was too slow for.
    pub tap_dropped: u64,
    /// In the configuration's order.
    pub inputs: Vec<InputReport>,
    /// In the configuration's order.
    pub outputs: Vec<OutputReport>,
}

impl Report {
    /// Whether the slate is on air.
    #[must_use]
    pub fn is_slate(&self) -> bool {
        self.on_air >= self.inputs.len()
    }
}

/// One input.
#[derive(Debug)]
pub struct InputReport {
    /// Datagrams to packets.
    pub receiver: receive::Counters,
    /// Sockets, links, workers.
    pub source: SourceCounters,
    /// The state of the programme in an operator's words.
    pub presence: Presence,
    /// What its programme needs, and what came and comes no more.
    pub lack: Option<Lack>,
    /// What is in the stream.
    pub inventory: Inventory,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    /// Arrival jitter over the last second, peak to peak.
    pub jitter: Option<Duration>,
    /// Media delivery index (RFC 4445) of the last second.
    pub mdi: Option<Mdi>,
    /// The programme that is measured.
    pub program: Option<u16>,
    /// What its programme met on the way to one line.
    pub feed: feed::Counters,
    /// Who sent in the last second.
    pub senders: Vec<SocketAddr>,
    /// When the last whole second ended, and its earliest PCR against the source's clock, ns.
    pub arrival: Option<(Mono, i64)>,
    /// How much faster the source's clock runs than ours, ppm, where that is sure.
    pub drift: Option<f64>,
    /// Its last PCR, and when that came but for jitter.
    pub stamp: Option<(Pcr, Mono)>,
    /// How long one waits at most for a key picture of it.
    pub keys_apart: Option<Ticks>,
    /// What decoding it showed.
    pub content: Option<Content>,
    /// How fit it is to be on air, and since when.
    pub fitness: Option<(Fitness, Mono)>,
    /// How long no picture would be new if it went on air now; `None` while it cannot.
    pub still: Option<Duration>,
}

impl InputReport {
    pub(super) fn new(now: Mono, input: &chain::Input, paths: &[Option<Source>]) -> Self {
        let opened = paths.iter().flatten().map(Source::counters);
        let source = opened.reduce(SourceCounters::and).unwrap_or_default();
        Self {
            receiver: input.receiver.counters(),
            source,
            presence: input.monitor.presence(),
            lack: input.monitor.lack(),
            inventory: input.monitor.inventory(),
            findings: input.monitor.findings().copied().collect(),
            jitter: input.monitor.jitter(),
            mdi: input.monitor.mdi(),
            program: input.monitor.program(),
            feed: input.feed.counters(),
            senders: Vec::new(),
            arrival: input.feed.arrival(),
            drift: input.feed.drift(now),
            stamp: input.feed.stamp(),
            keys_apart: input.feed.key_pictures_apart(),
            content: input.content(),
            fitness: None,
            still: None,
        }
    }
}

/// One output.
#[derive(Clone, Copy, Debug)]
pub struct OutputReport {
    /// Packets.
    pub shaper: shape::Counters,
    /// Packets waiting.
    pub queued: usize,
    /// Datagrams.
    pub sink: SinkCounters,
    /// The worst departure after its time since the last report.
    pub late: Duration,
}
