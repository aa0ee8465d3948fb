//! Repair of lost RTP packets by row and column FEC (SMPTE ST 2022-1:2007).
//!
//! In: media packets of the merged stream, each once, and FEC packets of any path. Out: media
//! packets that were missing, byte for byte. A repair may make another one possible; it goes on
//! until none is. It waits for nothing and orders nothing.

mod header;
mod media;
mod parities;

use std::time::Duration;

use super::{FecCounters, Port};
use crate::time::Mono;
use header::{Cover, FecPacket};
use media::Media;
use parities::Parities;

/// A loss repairs at most the FEC packets of one matrix, in turn.
const CHAIN: usize = 64;

/// Repairs what is missing.
#[derive(Debug)]
pub(super) struct Decoder {
    media: Media,
    parities: Parities,
    /// FEC packets that may have become solvable.
    solvable: Vec<u32>,
    /// The last packet repaired.
    packet: Vec<u8>,
    ssrc: [u8; 4],
    counters: FecCounters,
}

impl Decoder {
    /// A decoder for FEC packets that come up to `window` after the packets they protect.
    pub(super) fn new(window: Duration) -> Self {
        Self {
            media: Media::new(window),
            parities: Parities::default(),
            solvable: Vec::with_capacity(CHAIN),
            packet: Vec::new(),
            ssrc: [0; 4],
            counters: FecCounters::default(),
        }
    }

    pub(super) fn counters(&self) -> FecCounters {
        FecCounters {
            unrepairable: self.parities.given_up(),
            ..self.counters
        }
    }

    /// Forgets the stream: another begins.
    pub(super) fn restart(&mut self) {
        self.media.clear();
        self.parities.clear();
    }

    /// Takes a media packet that came for the first time, and hands out what it helps to repair.
    pub(super) fn media(&mut self, received: Mono, datagram: &[u8], out: &mut impl FnMut(&[u8])) {
        let Some((sequence, image, body)) = header::image(datagram) else {
            return;
        };
        if let Some(ssrc) = datagram.get(8..).and_then(<[u8]>::first_chunk) {
            self.ssrc = *ssrc;
        }
        let covers = self.media.put(sequence, received, image, body);
        self.came(sequence, covers);
        self.solve(received, out);
    }

    /// Takes a FEC packet of `port`, and hands out what it repairs.
    pub(super) fn parity(
        &mut self,
        port: Port,
        received: Mono,
        datagram: &[u8],
        out: &mut impl FnMut(&[u8]),
    ) {
        match port {
            Port::Row => self.counters.rows += 1,
            Port::Column | Port::Media => self.counters.columns += 1,
        }
        let Some(packet) = FecPacket::parse(datagram) else {
            self.counters.malformed += 1;
            return;
        };
        if !self.media.reaches(packet.cover) || self.is_known(packet.cover) {
            return;
        }
        let missing = self.media.missing(packet.cover).count();
        if missing == 0 {
            return;
        }
        self.parities.expire(|cover| !self.media.reaches(cover));
        let id = self.parities.put(packet, missing);
        for sequence in packet.cover.numbers() {
            self.media.cover(sequence, packet.cover.row, id);
        }
        if missing == 1 {
            self.solvable.push(id);
            self.solve(received, out);
        }
    }

    /// Whether the same FEC packet waits already: it came by another path.
    fn is_known(&mut self, cover: Cover) -> bool {
        let covers = self
            .media
            .missing(cover)
            .next()
            .map(|one| self.media.covers(one));
        let id = covers.and_then(|covers| if cover.row { covers.row } else { covers.column });
        id.and_then(|id| self.parities.waiting(id))
            .is_some_and(|known| known.cover == cover)
    }

    /// Notes that one packet less is missing.
    fn came(&mut self, sequence: u16, covers: media::Covers) {
        for id in [covers.column, covers.row].into_iter().flatten() {
            if self.parities.came(id, sequence) == Some(1) && self.solvable.len() < CHAIN {
                self.solvable.push(id);
            }
        }
    }

    /// Repairs until nothing more can be.
    fn solve(&mut self, received: Mono, out: &mut impl FnMut(&[u8])) {
        while let Some(id) = self.solvable.pop() {
            let Some(parity) = self.parities.waiting(id) else {
                continue;
            };
            parity.waits = false;
            let Some(sequence) = self.media.only_missing(parity.cover) else {
                continue;
            };
            let image = self
                .media
                .rest(parity.cover, parity.image, &mut parity.body);
            if !header::write(image, (sequence, self.ssrc), &parity.body, &mut self.packet) {
                self.counters.malformed += 1;
                continue;
            }
            self.counters.repaired += 1;
            out(&self.packet);
            let body = self.packet.get(12..).unwrap_or_default();
            let covers = self.media.put(sequence, received, image, body);
            self.came(sequence, covers);
        }
    }
}

#[cfg(test)]
mod tests;
