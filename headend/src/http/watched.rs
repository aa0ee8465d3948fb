//! The response bodies of a connection, such that its ledger sees what moves. hyper asks for a piece
//! when it has handed on the one before: a peer that takes nothing stops that, over HTTP/2 as well.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use super::counters::Counters;
use super::deadline::InFlight;
use super::limits::CHUNK_BYTES;

/// A response body that hands out small pieces and tells the ledger of each.
#[derive(Debug)]
pub(super) struct WatchedBody {
    inner: axum::body::Body,
    rest: Bytes,
    flight: InFlight,
    counters: Arc<Counters>,
}

impl WatchedBody {
    pub(super) fn new(inner: axum::body::Body, flight: InFlight, counters: Arc<Counters>) -> Self {
        Self {
            inner,
            rest: Bytes::new(),
            flight,
            counters,
        }
    }

    fn piece(&mut self) -> Frame<Bytes> {
        let length = self.rest.len().min(CHUNK_BYTES);
        self.counters
            .response_bytes
            .fetch_add(length as u64, Ordering::Relaxed);
        Frame::data(self.rest.split_to(length))
    }
}

impl Body for WatchedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.flight.moved();
        if !self.rest.is_empty() {
            return Poll::Ready(Some(Ok(self.piece())));
        }
        let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(cx) else {
            return Poll::Pending;
        };
        let Some(frame) = frame.transpose()? else {
            return Poll::Ready(None);
        };
        Poll::Ready(Some(Ok(match frame.into_data() {
            Ok(data) => {
                self.rest = data;
                self.piece()
            }
            Err(trailers) => trailers,
        })))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let held = self.rest.len() as u64;
        let inner = self.inner.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower() + held);
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper + held);
        }
        hint
    }
}
