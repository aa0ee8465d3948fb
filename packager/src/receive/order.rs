//! RTP order: restored within a window, duplicates dropped, loss counted.

use std::collections::VecDeque;
use std::time::Duration;

use super::RtpCounters;
use super::rtp::{MP2T, RtpPacket};
use crate::time::Mono;
use crate::ts::{PACKET_LEN, SYNC_BYTE};

/// Sequence numbers that may be open at once. At the 8,000 packets a second of an 80 Mbit/s feed
/// the default window of 50 ms is 400.
const SPAN: u16 = 512;
/// A jump forward up to this is loss, beyond it a restart (MAX_DROPOUT of RFC 3550, A.1).
const MAX_DROPOUT: u16 = 3000;
/// Packets in a row behind the sequence, with none ahead, after which the sender has restarted
/// just behind where it was. More than any burst that a network repeats.
const BEHIND_MAX: u16 = 64;
/// Bytes held behind gaps: [`SPAN`] datagrams of an Ethernet network. Only hostile datagrams
/// reach it; then the gap is given up.
const HELD_BYTES_MAX: usize = SPAN as usize * 1500;
/// Spare buffers grow no larger than this, so one huge datagram is not kept for ever.
const SPARE_BYTES_MAX: usize = 2048;

/// A packet that came before its turn.
#[derive(Debug)]
struct Held {
    sequence: u16,
    received: Mono,
    payload: Vec<u8>,
}

/// Puts RTP packets in order.
#[derive(Debug)]
pub(super) struct Order {
    window: Duration,
    source: Option<Source>,
    /// Sorted by sequence; the first is never the next one due.
    held: VecDeque<Held>,
    held_bytes: usize,
    /// When the oldest of the held packets came; the gap before the first has been known since.
    oldest: Option<Mono>,
    spare: Vec<Vec<u8>>,
    /// One packet far from the sequence: the next one tells whether it is a restart.
    stray: Option<Held>,
    counters: RtpCounters,
}

/// Where a sender's sequence stands.
#[derive(Debug)]
struct Source {
    ssrc: u32,
    /// The sequence number due.
    next: u16,
    /// Which of the last [`SPAN`] sequence numbers came, by their value modulo [`SPAN`].
    came: [bool; SPAN as usize],
    /// Packets in a row behind the sequence.
    behind: u16,
}

impl Source {
    fn new(ssrc: u32, next: u16) -> Self {
        Self {
            ssrc,
            next,
            // What was before the first packet is none of ours: it counts as a duplicate.
            came: [true; SPAN as usize],
            behind: 0,
        }
    }

    /// Moves to the next sequence number, noting whether this one came.
    fn advance(&mut self, came: bool) {
        if let Some(slot) = self.came.get_mut(usize::from(self.next % SPAN)) {
            *slot = came;
        }
        self.next = self.next.wrapping_add(1);
    }

    /// Notes that a packet behind the sequence came; whether it is the first time.
    fn came_late(&mut self, sequence: u16) -> bool {
        self.came
            .get_mut(usize::from(sequence % SPAN))
            .is_some_and(|slot| !std::mem::replace(slot, true))
    }
}

impl Order {
    pub(super) fn new(window: Duration) -> Self {
        Self {
            window,
            source: None,
            held: VecDeque::with_capacity(usize::from(SPAN)),
            held_bytes: 0,
            oldest: None,
            spare: Vec::with_capacity(usize::from(SPAN)),
            stray: None,
            counters: RtpCounters::default(),
        }
    }

    pub(super) const fn counters(&self) -> RtpCounters {
        self.counters
    }

    pub(super) fn next_deadline(&self) -> Option<Mono> {
        Some(self.oldest? + self.window)
    }

    /// Takes one datagram and hands out the payloads that are now in order.
    pub(super) fn push(
        &mut self,
        received: Mono,
        datagram: &[u8],
        sink: &mut impl FnMut(Mono, &[u8]),
    ) {
        let Some(packet) = RtpPacket::parse(datagram) else {
            self.counters.malformed += 1;
            return;
        };
        if packet.payload_type != MP2T {
            self.counters.other_payload_type += 1;
            if !looks_like_packets(packet.payload) {
                return;
            }
        }
        if self.oldest.is_some() {
            self.expire(received, sink);
        }
        match &mut self.source {
            Some(source) if source.ssrc == packet.ssrc => {
                if source.next == packet.sequence && self.held.is_empty() {
                    self.counters.strays += u64::from(self.stray.take().is_some());
                    source.advance(true);
                    source.behind = 0;
                    sink(received, packet.payload);
                } else {
                    self.sort(received, packet, sink);
                }
            }
            source => {
                self.counters.ssrc_changes += u64::from(source.is_some());
                self.restart(received, packet, sink);
            }
        }
    }

    /// Gives up the gaps that have been open for the window.
    pub(super) fn expire(&mut self, now: Mono, sink: &mut impl FnMut(Mono, &[u8])) {
        while self.next_deadline().is_some_and(|deadline| deadline <= now) {
            self.give_up(sink);
        }
    }

    /// Takes a packet that is not simply the next one.
    fn sort(&mut self, received: Mono, packet: RtpPacket<'_>, sink: &mut impl FnMut(Mono, &[u8])) {
        // A fast stream fills the span before the window passes: the gap is given up early.
        while self.held.back().is_some_and(|last| {
            packet.sequence.wrapping_sub(last.sequence) < SPAN
                && self.ahead(packet.sequence) >= SPAN.cast_signed()
        }) {
            self.give_up(sink);
        }
        match self.ahead(packet.sequence) {
            0 => {
                self.counters.reordered += u64::from(!self.held.is_empty());
                self.in_turn(received, packet.payload, sink);
                self.drain(sink);
            }
            1..SPAN_SIGNED => self.hold(received, packet, sink),
            MINUS_SPAN..0 => self.behind(received, packet, sink),
            _ => self.far(received, packet, sink),
        }
    }

    /// How far `sequence` is ahead of the one due.
    fn ahead(&self, sequence: u16) -> i16 {
        self.source
            .as_ref()
            .map_or(0, |source| sequence.wrapping_sub(source.next).cast_signed())
    }

    fn in_turn(&mut self, received: Mono, payload: &[u8], sink: &mut impl FnMut(Mono, &[u8])) {
        if let Some(source) = &mut self.source {
            source.advance(true);
            source.behind = 0;
        }
        sink(received, payload);
    }

    fn hold(&mut self, received: Mono, packet: RtpPacket<'_>, sink: &mut impl FnMut(Mono, &[u8])) {
        if let Some(source) = &mut self.source {
            source.behind = 0;
        }
        let ahead = self.ahead(packet.sequence);
        let place = self
            .held
            .partition_point(|held| self.ahead(held.sequence) < ahead);
        if self.held.get(place).map(|held| held.sequence) == Some(packet.sequence) {
            self.counters.duplicates += 1;
            return;
        }
        if place < self.held.len() {
            self.counters.reordered += 1;
        }
        self.held_bytes += packet.payload.len();
        let held = self.keep(received, packet);
        self.held.insert(place, held);
        self.oldest = Some(self.oldest.map_or(received, |oldest| oldest.min(received)));
        while self.held_bytes > HELD_BYTES_MAX {
            self.give_up(sink);
        }
    }

    /// Takes a packet whose number was handed out or given up already.
    fn behind(
        &mut self,
        received: Mono,
        packet: RtpPacket<'_>,
        sink: &mut impl FnMut(Mono, &[u8]),
    ) {
        let Some(source) = &mut self.source else {
            return;
        };
        source.behind += 1;
        if source.behind >= BEHIND_MAX {
            self.counters.restarts += 1;
            self.restart(received, packet, sink);
        } else if source.came_late(packet.sequence) {
            self.counters.late += 1;
        } else {
            self.counters.duplicates += 1;
        }
    }

    /// Takes a packet far from the sequence: two in a row are a restart or a long loss.
    fn far(&mut self, received: Mono, packet: RtpPacket<'_>, sink: &mut impl FnMut(Mono, &[u8])) {
        let Some(before) = self
            .stray
            .take_if(|stray| stray.sequence.wrapping_add(1) == packet.sequence)
        else {
            let stray = self.keep(received, packet);
            self.counters.strays += u64::from(self.stray.replace(stray).is_some());
            return;
        };
        self.flush(sink);
        let jump = self.ahead(before.sequence);
        if (1..MAX_DROPOUT.cast_signed()).contains(&jump) {
            self.counters.lost += u64::from(jump.unsigned_abs());
        } else {
            self.counters.restarts += 1;
        }
        self.source = Some(Source::new(packet.ssrc, packet.sequence.wrapping_add(1)));
        sink(before.received, &before.payload);
        self.give_back(before.payload);
        sink(received, packet.payload);
    }

    /// Begins anew with `packet`, after what waited.
    fn restart(
        &mut self,
        received: Mono,
        packet: RtpPacket<'_>,
        sink: &mut impl FnMut(Mono, &[u8]),
    ) {
        self.flush(sink);
        self.counters.strays += u64::from(self.stray.take().is_some());
        self.source = Some(Source::new(packet.ssrc, packet.sequence.wrapping_add(1)));
        sink(received, packet.payload);
    }

    fn flush(&mut self, sink: &mut impl FnMut(Mono, &[u8])) {
        while !self.held.is_empty() {
            self.give_up(sink);
        }
    }

    /// Counts the first gap as lost and hands out what is in order behind it.
    fn give_up(&mut self, sink: &mut impl FnMut(Mono, &[u8])) {
        if let (Some(source), Some(first)) = (&mut self.source, self.held.front()) {
            while source.next != first.sequence {
                source.advance(false);
                self.counters.lost += 1;
            }
        }
        self.drain(sink);
    }

    /// Hands out the held packets whose turn it is.
    fn drain(&mut self, sink: &mut impl FnMut(Mono, &[u8])) {
        while let Some(held) = self.held.pop_front_if(|held| {
            self.source
                .as_ref()
                .is_none_or(|source| source.next == held.sequence)
        }) {
            self.held_bytes -= held.payload.len();
            self.in_turn(held.received, &held.payload, sink);
            self.give_back(held.payload);
        }
        self.oldest = self.held.iter().map(|held| held.received).min();
    }

    fn keep(&mut self, received: Mono, packet: RtpPacket<'_>) -> Held {
        let mut payload = self.spare.pop().unwrap_or_default();
        payload.clear();
        payload.extend_from_slice(packet.payload);
        Held {
            sequence: packet.sequence,
            received,
            payload,
        }
    }

    fn give_back(&mut self, payload: Vec<u8>) {
        if payload.capacity() <= SPARE_BYTES_MAX && self.spare.len() < usize::from(SPAN) {
            self.spare.push(payload);
        }
    }
}

const SPAN_SIGNED: i16 = SPAN.cast_signed();
const MINUS_SPAN: i16 = -SPAN_SIGNED;

fn looks_like_packets(payload: &[u8]) -> bool {
    payload.first() == Some(&SYNC_BYTE)
        && payload
            .get(PACKET_LEN)
            .is_none_or(|byte| *byte == SYNC_BYTE)
}

#[cfg(test)]
mod tests;
