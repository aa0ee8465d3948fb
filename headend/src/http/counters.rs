//! What the server counts of itself.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters since the start, and what is open now.
#[derive(Debug, Default)]
pub struct Counters {
    pub(crate) connections: AtomicU64,
    pub(crate) accepted: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) overdue: AtomicU64,
    pub(crate) tls_failed: AtomicU64,
    pub(crate) requests: AtomicU64,
    pub(crate) server_errors: AtomicU64,
    pub(crate) response_bytes: AtomicU64,
    pub(crate) event_streams: AtomicU64,
    pub(crate) lagged_event_streams: AtomicU64,
    pub(crate) stream_readers: AtomicU64,
    pub(crate) lagged_stream_readers: AtomicU64,
    pub(crate) waiting_requests: AtomicU64,
    pub(crate) late_requests: AtomicU64,
}

/// The counters at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HttpSnapshot {
    /// Connections open now.
    pub connections: u64,
    /// Connections accepted.
    pub accepted_total: u64,
    /// Connections closed at once because a cap was reached.
    pub refused_total: u64,
    /// Connections closed because a deadline passed.
    pub overdue_total: u64,
    /// Connections to a TLS port that came to no handshake, deadlines left out.
    pub tls_failed_total: u64,
    /// Requests answered.
    pub requests_total: u64,
    /// Answers with a status of 500 or more.
    pub server_errors_total: u64,
    /// Bytes of response bodies handed to connections.
    pub response_bytes_total: u64,
    /// Event streams open now.
    pub event_streams: u64,
    /// Event streams closed because the listener fell behind.
    pub lagged_event_streams_total: u64,
    /// Readers of transport streams now.
    pub stream_readers: u64,
    /// Readers of transport streams let go because they fell behind.
    pub lagged_stream_readers_total: u64,
    /// Requests that wait for a segment or a part now.
    pub waiting_requests: u64,
    /// Requests for a segment or a part that did not come in time.
    pub late_requests_total: u64,
}

impl Counters {
    /// The counters now.
    #[must_use]
    pub fn snapshot(&self) -> HttpSnapshot {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        HttpSnapshot {
            connections: read(&self.connections),
            accepted_total: read(&self.accepted),
            refused_total: read(&self.refused),
            overdue_total: read(&self.overdue),
            tls_failed_total: read(&self.tls_failed),
            requests_total: read(&self.requests),
            server_errors_total: read(&self.server_errors),
            response_bytes_total: read(&self.response_bytes),
            event_streams: read(&self.event_streams),
            lagged_event_streams_total: read(&self.lagged_event_streams),
            stream_readers: read(&self.stream_readers),
            lagged_stream_readers_total: read(&self.lagged_stream_readers),
            waiting_requests: read(&self.waiting_requests),
            late_requests_total: read(&self.late_requests),
        }
    }
}

pub(crate) fn up(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn down(counter: &AtomicU64) {
    counter.fetch_sub(1, Ordering::Relaxed);
}
