//! Segments as MPEG-TS, for boxes that know no fragments: picture and sound in one.
//!
//! In: the fragments of all renditions under one number. Out: a transport stream of one programme
//! with the same cuts, times and discontinuities, made when somebody asks for it: a channel that
//! nobody watches so costs nothing. It cuts nothing and measures nothing.
//!
//! What holds for every segment:
//! - It begins with PAT, PMT and PCR, then the IDR.
//! - Every PID has a multiple of 16 packets with payload, so continuity counters run on from each
//!   segment to the next, and a segment is made of its own fragments alone: the same bytes for whoever
//!   asks, in any order.
//! - The clock runs on too. Pictures arrive as slowly as their decoding times allow, so that the
//!   buffers of the T-STD hold them (ISO/IEC 13818-1, 2.4.2).

mod list;
mod pace;
mod samples;
mod write;

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

pub(super) use self::list::{List, Shown};
use super::codec::Format;
use super::window::Segment;
use crate::ts::clock::Ticks;

/// How long before its decoding time the first picture begins to arrive: a decoder's buffer for
/// sound holds hardly more (3584 bytes for two channels, 2.4.2.3).
const AHEAD: Ticks = Ticks::from_millis(110);

/// What one rendition has of a segment.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) segment: Arc<Segment>,
    pub(super) format: Arc<Format>,
    /// ISO 639-2.
    pub(super) language: Option<String>,
}

/// One segment of all renditions together.
#[derive(Debug)]
struct Muxed {
    /// The picture first, where there is one.
    pieces: Vec<Piece>,
    /// When its first packet arrives, where the first piece cannot tell.
    begin: Option<Ticks>,
    bytes: OnceLock<Bytes>,
}

impl Muxed {
    fn new(pieces: Vec<Piece>, before: Option<&Self>) -> Self {
        let lead = pieces.first();
        let stopped = lead.is_some_and(|p| p.segment.is_gap() && !p.segment.discontinuity);
        // The clock goes on without the picture that it belongs to.
        let begin = before.filter(|_| stopped).and_then(Self::end);
        Self {
            pieces,
            begin,
            bytes: OnceLock::new(),
        }
    }

    /// The segment by which this one is listed: the first that is no gap.
    fn listed(&self) -> Option<&Arc<Segment>> {
        let mut pieces = self.pieces.iter().map(|piece| &piece.segment);
        let there = pieces.clone().find(|segment| !segment.is_gap());
        there.or(pieces.next())
    }

    /// When its first packet arrives, and how long all take.
    fn span(&self) -> Option<(Ticks, Ticks)> {
        let lead = self.pieces.first()?;
        if let Some(begin) = self.begin {
            return Some((begin, lead.segment.duration));
        }
        self.pieces.iter().find_map(write::span)
    }

    fn end(&self) -> Option<Ticks> {
        let (begin, length) = self.span()?;
        Some(begin + length)
    }

    /// The transport stream; `None` where no rendition has anything.
    fn bytes(&self) -> Option<Bytes> {
        let (begin, length) = self.span().filter(|_| !self.is_gap())?;
        let bytes = self
            .bytes
            .get_or_init(|| write::write(&self.pieces, begin, length));
        Some(bytes.clone())
    }

    fn is_gap(&self) -> bool {
        self.pieces.iter().all(|piece| piece.segment.is_gap())
    }

    /// Bytes held for those who asked.
    fn held(&self) -> u64 {
        let len = self.bytes.get().map_or(0, Bytes::len);
        u64::try_from(len).unwrap_or(0)
    }
}
