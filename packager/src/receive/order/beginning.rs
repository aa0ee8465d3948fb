//! When a stream begins anew: another SSRC, a sequence that leaps, a sender that restarts; and what
//! is of no stream of ours.
//!
//! While another path carries the stream, a path that brings something else is another sender's, or
//! ahead of the others after a restart: it waits until no path brings the old stream any more.

use super::path::{Path, Stray};
use super::{Order, RtpPacket, Source};
use crate::time::Mono;

/// A jump forward up to this is loss, beyond it a restart (MAX_DROPOUT of RFC 3550, A.1); of a
/// longer span, twice that.
const MAX_DROPOUT: i16 = 3000;
/// Packets in a row behind the sequence, with none ahead, after which the sender has restarted
/// just behind where it was. More than any burst that a network repeats.
const BEHIND_MAX: u16 = 64;

impl Order {
    /// Whether the path has been behind so long that its sender has restarted, and no other path
    /// carries on.
    pub(super) fn is_restart(&mut self, path: usize, received: Mono) -> bool {
        let stepped = |path: &Path| path.behind >= BEHIND_MAX;
        self.paths.get(path).is_some_and(stepped)
            && !self.paths.iter().enumerate().any(|(at, other)| {
                at != path && !stepped(other) && other.is_alive(received, self.window)
            })
    }

    /// Whether another path carries the stream.
    pub(super) fn is_elsewhere(&self, path: usize, received: Mono) -> bool {
        self.paths
            .iter()
            .enumerate()
            .any(|(at, other)| at != path && other.is_alive(received, self.window))
    }

    /// Counts a packet that is of no stream of ours.
    pub(super) fn foreign(&mut self, path: usize) {
        if let Some(own) = self.paths.get_mut(path) {
            own.leave();
            own.counters.foreign += 1;
        }
    }

    /// Takes a packet far from the sequence: two in a row are a restart or a long loss.
    pub(super) fn far(
        &mut self,
        path: usize,
        received: Mono,
        packet: RtpPacket<'_>,
        sink: &mut impl FnMut(Mono, &[u8]),
    ) -> bool {
        if self.is_elsewhere(path, received) {
            self.foreign(path);
            return false;
        }
        let Some(own) = self.paths.get_mut(path) else {
            return false;
        };
        let follows = |stray: &mut Stray| stray.sequence.wrapping_add(1) == packet.sequence;
        let Some(before) = own.stray.take_if(follows) else {
            let again = own.stray.replace(Stray {
                sequence: packet.sequence,
                received,
                payload: packet.payload.to_vec(),
            });
            self.counters.strays += u64::from(again.is_some());
            return false;
        };
        self.flush(sink);
        let jump = self.ahead(before.sequence);
        let dropout = MAX_DROPOUT.max(self.span.saturating_mul(2));
        if (1..dropout).contains(&jump) {
            self.counters.lost += u64::from(jump.unsigned_abs());
        } else {
            self.counters.restarts += 1;
        }
        sink(before.received, &before.payload);
        self.begin(path, received, packet);
        sink(received, packet.payload);
        true
    }

    /// Begins anew with `packet`, after what waited.
    pub(super) fn restart(
        &mut self,
        path: usize,
        received: Mono,
        packet: RtpPacket<'_>,
        sink: &mut impl FnMut(Mono, &[u8]),
    ) {
        self.flush(sink);
        self.begin(path, received, packet);
        sink(received, packet.payload);
    }

    fn begin(&mut self, path: usize, received: Mono, packet: RtpPacket<'_>) {
        let next = packet.sequence.wrapping_add(1);
        self.source = Some(Source {
            ssrc: packet.ssrc,
            next,
            judged: next,
        });
        self.ring.restart(next);
        if let Some(place) = self.ring.place(packet.sequence) {
            (place.came, place.first) = (1 << path, received);
        }
        self.oldest = None;
        for own in &mut self.paths {
            self.counters.strays += u64::from(own.stray.take().is_some());
            own.leave();
        }
        if let Some(own) = self.paths.get_mut(path) {
            own.begin(packet.sequence, received);
        }
    }
}
