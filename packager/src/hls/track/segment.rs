//! A segment of one track: in the making, as far as it is made, and whole.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use crate::hls::cmaf::{Init, Sample};
use crate::hls::codec::Format;
use crate::hls::unit::Access;
use crate::hls::window::Part;
use crate::ts::clock::Ticks;

/// A segment being filled.
#[derive(Debug, Default)]
pub(super) struct Open {
    pub(super) decode: u64,
    pub(super) samples: Vec<Sample>,
    pub(super) length: Ticks,
    pub(super) parts: Vec<Part>,
    pub(super) init: Option<Arc<Init>>,
    pub(super) format: Option<Arc<Format>>,
    pub(super) first: Option<Access>,
    /// Units among the samples; the others are silence.
    pub(super) units: u64,
    pub(super) bytes: usize,
}

/// A finished segment of one track.
#[derive(Debug)]
pub(in crate::hls) struct Closed {
    pub(in crate::hls) start: Ticks,
    pub(in crate::hls) end: Ticks,
    pub(in crate::hls) parts: Vec<Part>,
    pub(in crate::hls) init: Option<Arc<Init>>,
    pub(in crate::hls) format: Option<Arc<Format>>,
    /// Whether a decoder can begin at its first unit; `None` without one.
    pub(in crate::hls) access: Option<Access>,
    /// Units in it; without one it is a gap, or silence.
    pub(in crate::hls) units: u64,
}

impl Closed {
    /// All parts in a row, and the parts as slices of it.
    pub(in crate::hls) fn body(&self) -> (Bytes, Vec<Part>) {
        let mut body = BytesMut::with_capacity(self.parts.iter().map(|p| p.bytes.len()).sum());
        for part in &self.parts {
            body.extend_from_slice(&part.bytes);
        }
        let body = body.freeze();
        let mut at = 0;
        let slices = self.parts.iter().map(|part| {
            let from = at;
            at += part.bytes.len();
            Part {
                bytes: body.slice(from..at),
                ..part.clone()
            }
        });
        let slices = slices.collect();
        (body, slices)
    }
}

/// The segment of one track that is not yet handed out.
#[derive(Clone, Copy, Debug)]
pub(in crate::hls) struct Making<'a> {
    pub(in crate::hls) start: Ticks,
    /// Where the last sample ends, or the segment if it is closed.
    pub(in crate::hls) reached: Ticks,
    pub(in crate::hls) parts: &'a [Part],
    pub(in crate::hls) init: Option<&'a Arc<Init>>,
    /// `None` before its first sample.
    pub(in crate::hls) format: Option<&'a Arc<Format>>,
}

impl Making<'_> {
    /// Leaves the parts that end at `limit` at the latest.
    pub(in crate::hls) fn until(mut self, limit: Ticks) -> Self {
        while end_of(self.parts, self.start) > limit
            && let Some((_, before)) = self.parts.split_last()
        {
            self.parts = before;
        }
        self
    }
}

/// Where `parts` end that begin at `start`.
pub(super) fn end_of(parts: &[Part], start: Ticks) -> Ticks {
    parts.iter().fold(start, |at, part| at + part.duration)
}
