//! A datagram becomes packets in order.
//!
//! In: datagrams (or reads of a byte stream) with their receive time. Out: packets of 188 bytes
//! that begin with the sync byte, RTP order restored, with a receive time that never goes back.
//! What is thrown away is counted. It does not know what a programme is.

use std::time::Duration;

use crate::time::Mono;
use crate::ts::RawPacket;

mod order;
mod rtp;
mod sync;

use order::Order;
use sync::Deframer;

/// What a datagram holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Framing {
    /// Transport packets of 188 or 204 bytes; also the reads of a byte stream.
    Ts,
    /// RTP (RFC 3550) with transport packets as payload (RFC 2250).
    Rtp,
}

/// How long a missing RTP packet is waited for, unless [`Receiver::with_window`] says otherwise:
/// more than the skew of the paths of one network, less than a viewer notices.
pub const RTP_WINDOW: Duration = Duration::from_millis(50);

/// What came and what was thrown away, since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Datagrams or reads taken.
    pub datagrams: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Packets handed out.
    pub packets: u64,
    /// Bytes thrown away because they were not at a packet's place.
    pub resync_bytes: u64,
    /// Sync bytes that were wrong (TR 101 290, 1.2); their packets are thrown away.
    pub sync_byte_errors: u64,
    /// How often the packet grid was lost (TR 101 290, 1.1).
    pub sync_losses: u64,
    /// Of an RTP input.
    pub rtp: RtpCounters,
}

/// Counters of the RTP layer, in RTP packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RtpCounters {
    /// Datagrams that are not RTP of version 2 (RFC 3550, 5.1); plain transport streams are.
    pub malformed: u64,
    /// With another payload type than 33; taken where the payload looks like transport packets.
    pub other_payload_type: u64,
    /// Given up after the window.
    pub lost: u64,
    /// Came after they were given up; they are counted as lost too.
    pub late: u64,
    /// Came twice.
    pub duplicates: u64,
    /// Put back in order.
    pub reordered: u64,
    /// Changes of the SSRC.
    pub ssrc_changes: u64,
    /// Restarts of the sequence under the same SSRC.
    pub restarts: u64,
    /// Single packets far from the sequence, dropped.
    pub strays: u64,
}

/// Datagrams in, packets out.
#[derive(Debug)]
pub struct Receiver {
    datagrams: u64,
    bytes: u64,
    order: Option<Order>,
    deframer: Deframer,
    last: Mono,
}

impl Receiver {
    /// A receiver that waits [`RTP_WINDOW`] for a missing RTP packet.
    #[must_use]
    pub fn new(framing: Framing) -> Self {
        Self::with_window(framing, RTP_WINDOW)
    }

    /// A receiver that waits `window` for a missing RTP packet.
    #[must_use]
    pub fn with_window(framing: Framing, window: Duration) -> Self {
        Self {
            datagrams: 0,
            bytes: 0,
            order: (framing == Framing::Rtp).then(|| Order::new(window)),
            deframer: Deframer::default(),
            last: Mono::ZERO,
        }
    }

    /// Takes one datagram of any length and hands out the packets that are now in order, each
    /// with the time it was received. Where nothing is pending they are handed out in place.
    pub fn push(
        &mut self,
        received: Mono,
        datagram: &[u8],
        sink: &mut impl FnMut(Mono, &RawPacket),
    ) {
        self.datagrams += 1;
        self.bytes += datagram.len() as u64;
        let Self {
            order,
            deframer,
            last,
            ..
        } = self;
        let mut deframe = |at: Mono, payload: &[u8]| {
            *last = at.max(*last);
            deframer.push(payload, &mut |packet| sink(*last, packet));
        };
        match order {
            None => deframe(received, datagram),
            Some(order) => order.push(received, datagram, &mut deframe),
        }
    }

    /// Gives up the gaps whose window has passed at `now` and hands out what waited behind them.
    pub fn flush(&mut self, now: Mono, sink: &mut impl FnMut(Mono, &RawPacket)) {
        let Self {
            order,
            deframer,
            last,
            ..
        } = self;
        if let Some(order) = order {
            order.expire(now, &mut |at: Mono, payload: &[u8]| {
                *last = at.max(*last);
                deframer.push(payload, &mut |packet| sink(*last, packet));
            });
        }
    }

    /// When [`Receiver::flush`] has something to do; `None` while nothing waits.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Mono> {
        self.order.as_ref()?.next_deadline()
    }

    /// What came and what was thrown away.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let sync = self.deframer.counters();
        Counters {
            datagrams: self.datagrams,
            bytes: self.bytes,
            packets: sync.packets,
            resync_bytes: sync.resync_bytes,
            sync_byte_errors: sync.sync_byte_errors,
            sync_losses: sync.sync_losses,
            rtp: self
                .order
                .as_ref()
                .map_or_else(RtpCounters::default, Order::counters),
        }
    }
}

#[cfg(test)]
mod tests;
