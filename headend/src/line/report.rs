//! What a circuit tells of itself once a second.

use std::sync::Arc;
use std::time::Duration;

use packager::time::Mono;
use packager::{chain, monitor, receive, remux, shape};

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
    /// Whether a programme has been found.
    pub has_programme: bool,
    /// Whether the programme's clock has been seen.
    pub has_clock: bool,
    /// Of the chain.
    pub chain: chain::Counters,
    /// Of the remultiplexer.
    pub remux: remux::Counters,
    /// Packets that HLS was too slow for.
    pub tap_dropped: u64,
    /// In the configuration's order.
    pub inputs: Vec<InputReport>,
    /// In the configuration's order.
    pub outputs: Vec<OutputReport>,
}

/// One input.
#[derive(Debug)]
pub struct InputReport {
    /// Datagrams to packets.
    pub receiver: receive::Counters,
    /// Sockets, links, workers.
    pub source: SourceCounters,
    /// What is in the stream and what is wrong with it.
    pub stream: monitor::Report,
}

impl InputReport {
    pub(super) fn new(input: &chain::Input, source: &Source, now: Mono) -> Self {
        Self {
            receiver: input.receiver.counters(),
            source: source.counters(),
            stream: input.monitor.report(now),
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
