//! RTP order: paths merged by sequence (SMPTE ST 2022-7), order restored within a window,
//! duplicates dropped, loss counted, of the stream and of each path.
//!
//! A packet that is next in order is handed out at once, by whichever path it comes; only behind
//! a gap anything waits.

mod beginning;
mod path;
mod ring;

use std::time::Duration;

use super::rtp::{MP2T, RtpPacket};
use super::{PATHS_MAX, PathCounters, RtpCounters};
use crate::time::Mono;
use crate::ts::{PACKET_LEN, SYNC_BYTE};
use path::Path;
use ring::{BEFORE, REPAIRED, Ring};

/// Packets a millisecond at 80 Mbit/s: 7.6 of seven transport packets.
const PACKETS_A_MILLI: u128 = 8;
/// Sequence numbers that may be open at once, at least: 64 ms of the same.
const SPAN_LEAST: usize = 512;
/// And at most, or ahead and behind were one. At 80 Mbit/s it is 2 s.
const SPAN_MOST: usize = 16_384;
/// Bytes held behind gaps for each number of the span: a datagram of an Ethernet network. Only
/// hostile datagrams reach it; then the gap is given up.
const HELD_BYTES_EACH: usize = 1500;

/// Puts RTP packets in order.
#[derive(Debug)]
pub(super) struct Order {
    window: Duration,
    span: i16,
    source: Option<Source>,
    ring: Ring,
    paths: [Path; PATHS_MAX],
    /// As many of them are used.
    used: usize,
    oldest: Option<Mono>,
    counters: RtpCounters,
}

/// Where a sender's sequence stands.
#[derive(Clone, Copy, Debug)]
struct Source {
    ssrc: u32,
    /// The sequence number due.
    next: u16,
    /// Up to here it is counted what each path lost.
    judged: u16,
}

impl Order {
    /// Waits `window` for a missing packet of a stream that comes by so many paths.
    pub(super) fn new(window: Duration, paths: u8) -> Self {
        let packets = window.as_millis() * PACKETS_A_MILLI;
        let span = usize::try_from(packets)
            .unwrap_or(SPAN_MOST)
            .clamp(SPAN_LEAST, SPAN_MOST)
            .next_power_of_two();
        let span = u16::try_from(span).unwrap_or(u16::MAX);
        Self {
            window,
            span: span.cast_signed(),
            source: None,
            ring: Ring::new(span),
            paths: Default::default(),
            used: usize::from(paths).clamp(1, PATHS_MAX),
            oldest: None,
            counters: RtpCounters::default(),
        }
    }

    pub(super) const fn counters(&self) -> RtpCounters {
        self.counters
    }

    pub(super) fn paths(&self) -> [PathCounters; PATHS_MAX] {
        self.paths.each_ref().map(|path| path.counters)
    }

    pub(super) fn next_deadline(&self) -> Option<Mono> {
        Some(self.oldest? + self.window)
    }

    /// How often the stream began anew.
    pub(super) const fn beginnings(&self) -> u64 {
        self.counters.ssrc_changes + self.counters.restarts
    }

    /// Takes one datagram of a path and hands out the payloads that are now in order. Whether it
    /// brought a packet of the stream for the first time.
    pub(super) fn push(
        &mut self,
        path: usize,
        received: Mono,
        datagram: &[u8],
        sink: &mut impl FnMut(Mono, &[u8]),
    ) -> bool {
        let Some(packet) = RtpPacket::parse(datagram) else {
            self.counters.malformed += 1;
            return false;
        };
        if packet.payload_type != MP2T {
            self.counters.other_payload_type += 1;
            if !looks_like_packets(packet.payload) {
                return false;
            }
        }
        let path = path.min(self.used - 1);
        self.expire(received, sink);
        match &mut self.source {
            Some(source) if source.ssrc == packet.ssrc => self.sort(path, received, packet, sink),
            source => {
                let first = source.is_none();
                if !first && self.is_elsewhere(path, received) {
                    self.foreign(path);
                    return false;
                }
                self.counters.ssrc_changes += u64::from(!first);
                self.restart(path, received, packet, sink);
                true
            }
        }
    }

    /// Takes a datagram that FEC has repaired; whether it was still missing.
    pub(super) fn repaired(
        &mut self,
        received: Mono,
        datagram: &[u8],
        sink: &mut impl FnMut(Mono, &[u8]),
    ) -> bool {
        let Some(packet) = RtpPacket::parse(datagram).filter(|p| p.payload_type == MP2T) else {
            return false;
        };
        let ahead = self.ahead(packet.sequence);
        if self.source.is_none_or(|source| source.ssrc != packet.ssrc)
            || !(0..self.span).contains(&ahead)
            || self.ring.place(packet.sequence).is_none_or(|p| p.came != 0)
        {
            return false;
        }
        self.note(REPAIRED, received, packet.sequence);
        self.accept(ahead, received, packet, sink);
        true
    }

    /// Gives up the gaps that have been open for the window.
    pub(super) fn expire(&mut self, now: Mono, sink: &mut impl FnMut(Mono, &[u8])) {
        while self.next_deadline().is_some_and(|deadline| deadline <= now) {
            self.give_up(sink);
        }
        self.judge(now);
    }

    /// Takes a packet of the stream's SSRC.
    fn sort(
        &mut self,
        path: usize,
        received: Mono,
        packet: RtpPacket<'_>,
        sink: &mut impl FnMut(Mono, &[u8]),
    ) -> bool {
        // A fast stream fills the span before the window passes: the gap is given up early.
        while self.ring.last().is_some_and(|last| {
            let beyond = packet.sequence.wrapping_sub(last).cast_signed();
            (0..self.span).contains(&beyond) && self.ahead(packet.sequence) >= self.span
        }) {
            self.give_up(sink);
        }
        let ahead = self.ahead(packet.sequence);
        let (span, before) = (self.span, -self.span);
        if !(before..span).contains(&ahead) {
            return self.far(path, received, packet, sink);
        }
        let back = self.paths.get_mut(path).is_some_and(|own| {
            self.counters.strays += u64::from(ahead >= 0 && own.stray.take().is_some());
            own.arrived(packet.sequence, received, ahead >= 0)
        });
        if ahead < 0 && self.is_restart(path, received) {
            self.counters.restarts += 1;
            self.restart(path, received, packet, sink);
            return true;
        }
        let first = self.merge(path, received, packet.sequence);
        if !first {
            return false;
        }
        if ahead < 0 {
            self.counters.late += 1;
            if let Some(own) = self.paths.get_mut(path) {
                own.counters.late += 1;
            }
            return true;
        }
        self.counters.reordered += u64::from(back);
        self.accept(ahead, received, packet, sink);
        true
    }

    /// How far `sequence` is ahead of the one due.
    fn ahead(&self, sequence: u16) -> i16 {
        self.source
            .map_or(0, |source| sequence.wrapping_sub(source.next).cast_signed())
    }

    /// Notes by which path a packet came; whether it came for the first time.
    fn merge(&mut self, path: usize, received: Mono, sequence: u16) -> bool {
        let (Some(place), Some(own)) = (self.ring.place(sequence), self.paths.get_mut(path)) else {
            return false;
        };
        let bit = 1 << path;
        let first = place.came == 0;
        if place.came & (bit | BEFORE) != 0 {
            self.counters.duplicates += u64::from(self.used == 1 || place.came & bit != 0);
            return false;
        }
        own.counters.received += 1;
        if place.came & !REPAIRED != 0 {
            // Only what two paths brought tells which is how far behind.
            let (fastest, late) = (place.came.trailing_zeros(), received.since(place.first));
            let alone = place.came.is_power_of_two();
            own.is_behind(late);
            if let Some(fastest) = self.paths.get_mut(fastest as usize).filter(|_| alone) {
                fastest.is_behind(Duration::ZERO);
            }
        }
        self.note(bit, received, sequence);
        first
    }

    fn note(&mut self, bit: u8, received: Mono, sequence: u16) {
        if let Some(place) = self.ring.place(sequence) {
            if place.came == 0 {
                place.first = received;
            }
            place.came |= bit;
        }
    }

    /// Hands out a packet whose turn it is, or keeps it.
    fn accept(
        &mut self,
        ahead: i16,
        received: Mono,
        packet: RtpPacket<'_>,
        sink: &mut impl FnMut(Mono, &[u8]),
    ) {
        if ahead == 0 {
            self.advance();
            sink(received, packet.payload);
            if self.ring.held() > 0 {
                self.drain(sink);
            }
            return;
        }
        self.ring.hold(packet.sequence, packet.payload);
        self.oldest = self.oldest.or(Some(received));
        let most = usize::from(self.span.unsigned_abs()) * HELD_BYTES_EACH;
        while self.ring.held_bytes() > most {
            self.give_up(sink);
        }
    }

    fn flush(&mut self, sink: &mut impl FnMut(Mono, &[u8])) {
        while self.ring.held() > 0 {
            self.give_up(sink);
        }
    }

    /// Counts the first gap as lost and hands out what is in order behind it.
    fn give_up(&mut self, sink: &mut impl FnMut(Mono, &[u8])) {
        let now = self.next_deadline().unwrap_or(Mono::ZERO);
        while let Some(source) = self.source.filter(|_| self.ring.held() > 0) {
            let Some(place) = self.ring.place(source.next) else {
                break;
            };
            if place.came != 0 {
                break;
            }
            place.first = now;
            self.counters.lost += 1;
            self.advance();
        }
        self.drain(sink);
    }

    /// Hands out the held packets whose turn it is.
    fn drain(&mut self, sink: &mut impl FnMut(Mono, &[u8])) {
        while let Some((received, payload)) =
            self.source.and_then(|source| self.ring.take(source.next))
        {
            self.advance();
            sink(received, &payload);
            self.ring.give_back(payload);
        }
        self.oldest = self.ring.oldest();
    }

    /// Moves to the next sequence number.
    fn advance(&mut self) {
        let Some(source) = &mut self.source else {
            return;
        };
        if source.next.wrapping_sub(source.judged) >= self.span.unsigned_abs() {
            self.judge_one();
        }
        if let Some(source) = &mut self.source {
            self.ring.advance(source.next);
            source.next = source.next.wrapping_add(1);
        }
    }

    /// Counts what each path had not brought when the window was over.
    fn judge(&mut self, now: Mono) {
        while let Some(source) = self.source.filter(|s| s.judged != s.next)
            && let Some(place) = self.ring.place(source.judged)
            && place.first + self.window <= now
        {
            self.judge_one();
        }
    }

    fn judge_one(&mut self) {
        let Some(source) = &mut self.source else {
            return;
        };
        let came = self.ring.place(source.judged).map_or(0, |place| place.came);
        source.judged = source.judged.wrapping_add(1);
        for (at, path) in self.paths.iter_mut().enumerate().take(self.used) {
            path.counters.lost += u64::from(came & (1 << at) == 0);
        }
    }
}

fn looks_like_packets(payload: &[u8]) -> bool {
    payload.first() == Some(&SYNC_BYTE)
        && payload
            .get(PACKET_LEN)
            .is_none_or(|byte| *byte == SYNC_BYTE)
}

#[cfg(test)]
mod merge_tests;
#[cfg(test)]
mod tests;
