//! What an SRT link shows of itself.

use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};
use rsrt::Stats;

use crate::snapshot::SrtSnapshot;

/// What the task shows and the line reads.
pub(super) struct Shared {
    pub(super) state: ArcSwap<SrtSnapshot>,
    pub(super) trouble: ArcSwapOption<String>,
}

/// The task's side.
pub(super) struct Reporter {
    shared: Arc<Shared>,
    now: SrtSnapshot,
    /// The totals of the connections before this one.
    before: Totals,
}

#[derive(Clone, Copy, Default)]
struct Totals {
    lost: u64,
    retransmitted: u64,
    dropped: u64,
}

pub(super) fn new() -> (Reporter, Arc<Shared>) {
    let shared = Arc::new(Shared {
        state: ArcSwap::default(),
        trouble: ArcSwapOption::empty(),
    });
    let reporter = Reporter {
        shared: Arc::clone(&shared),
        now: SrtSnapshot::default(),
        before: Totals::default(),
    };
    (reporter, shared)
}

impl Reporter {
    /// A peer is connected.
    pub(super) fn up(&mut self, peer: SocketAddr) {
        tracing::info!(%peer, "SRT connected");
        self.now.connected = true;
        self.now.peer = Some(peer.to_string());
        self.before = Totals {
            lost: self.now.lost_total,
            retransmitted: self.now.retransmitted_total,
            dropped: self.now.dropped_total,
        };
        self.shared.trouble.store(None);
        self.show();
    }

    /// The statistics of the connection that is up.
    pub(super) fn stats(&mut self, stats: Stats) {
        self.now.rtt_seconds = f64::from(stats.rtt_us) / 1e6;
        self.now.lost_total = self.before.lost + stats.pkts_recv_lost;
        self.now.retransmitted_total = self.before.retransmitted + stats.pkts_recv_retransmitted;
        self.now.dropped_total = self.before.dropped + stats.pkts_recv_dropped;
        // A packet is held for the latency agreed, unless it comes late.
        self.now.buffer_seconds =
            std::time::Duration::from_micros(stats.rcv_latency_us).as_secs_f64();
        self.show();
    }

    /// How many were refused so far, and the last of them in a sentence.
    pub(super) fn refusals(&mut self, total: u64, last: Option<String>) {
        if total != self.now.refused_total {
            let last = last.or_else(|| self.now.last_refusal.take());
            tracing::warn!(refused_total = total, last, "SRT refused");
            self.now.refused_total = total;
            self.now.last_refusal = last;
            self.show();
        }
    }

    /// A peer refused us.
    pub(super) fn refused(&mut self, reason: String) {
        self.refusals(self.now.refused_total + 1, Some(reason));
    }

    /// The peer has gone; the next one may come at once.
    pub(super) fn gone(&mut self, reason: &str) {
        tracing::warn!(reason, peer = self.now.peer, "SRT connection ended");
        self.now.connected = false;
        self.now.peer = None;
        (self.now.rtt_seconds, self.now.buffer_seconds) = (0.0, 0.0);
        self.show();
    }

    /// Nothing runs; it is tried again.
    pub(super) fn down(&mut self, reason: String) {
        self.gone(&reason);
        self.shared.trouble.store(Some(Arc::new(reason)));
    }

    fn show(&self) {
        self.shared.state.store(Arc::new(self.now.clone()));
    }
}
