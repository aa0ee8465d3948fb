//! Seven packets to a datagram, plain or in RTP (RFC 2250, RFC 3551 payload type 33).
//!
//! In: packets with their time on the line. Out: datagrams. It never sends.

mod join;

pub use join::{Join, Piece};

use crate::ts::clock::Ticks;
use crate::ts::{PACKET_LEN, RawPacket};

/// Packets in a datagram: 1,316 bytes fit every Ethernet MTU.
pub const PACKETS: usize = 7;
/// MP2T (RFC 3551, table 5).
pub const PAYLOAD_TYPE: u8 = 33;

const RTP_HEADER: usize = 12;
const LEN: usize = RTP_HEADER + PACKETS * PACKET_LEN;
/// A datagram that does not fill leaves after this: a quiet output still keeps its PCR spacing.
const PATIENCE: Ticks = Ticks::from_millis(4);

/// RTP header or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Packets alone.
    Udp,
    /// After an RTP header with this SSRC.
    Rtp {
        /// Chosen at random by the driver (RFC 3550, 8.1).
        ssrc: u32,
        /// First sequence number, chosen at random (5.1).
        sequence: u16,
    },
}

/// Fills datagrams.
#[derive(Debug)]
pub struct Emitter {
    format: Format,
    buffer: [u8; LEN],
    packets: usize,
    first: Ticks,
}

impl Emitter {
    /// An emitter in `format`.
    #[must_use]
    pub const fn new(format: Format) -> Self {
        Self {
            format,
            buffer: [0; LEN],
            packets: 0,
            first: Ticks::ZERO,
        }
    }

    /// Lets `fill` write the next packet and say where it stands; gives the datagram when it is
    /// full. `None` is an answer of `fill` too: there is no packet now.
    pub fn push(
        &mut self,
        fill: impl FnOnce(&mut RawPacket) -> Option<Ticks>,
    ) -> Option<(Ticks, Option<&[u8]>)> {
        let start = RTP_HEADER + self.packets * PACKET_LEN;
        let place = self.buffer.get_mut(start..)?.first_chunk_mut()?;
        let at = fill(place)?;
        if self.packets == 0 {
            self.first = at;
        }
        self.packets += 1;
        let full = self.packets == PACKETS;
        Some((at, if full { self.take() } else { None }))
    }

    /// Packets that fit into the datagram yet, 1 to 7.
    #[must_use]
    pub const fn room(&self) -> usize {
        PACKETS - self.packets
    }

    /// Where on the line a datagram that has begun leaves although it is not full.
    #[must_use]
    pub fn patience(&self) -> Option<Ticks> {
        (self.packets > 0).then(|| self.first + PATIENCE)
    }

    /// Gives a datagram that began too long before `at` to wait for more.
    pub fn flush(&mut self, at: Ticks) -> Option<&[u8]> {
        let end = self.patience()?;
        if at < end { None } else { self.take() }
    }

    fn take(&mut self) -> Option<&[u8]> {
        let end = RTP_HEADER + std::mem::take(&mut self.packets) * PACKET_LEN;
        let Format::Rtp { ssrc, sequence } = &mut self.format else {
            return self.buffer.get(RTP_HEADER..end);
        };
        let stamp = self.first.get().div_euclid(300).rem_euclid(1 << 32);
        let stamp = u32::try_from(stamp).unwrap_or(0);
        let mut header = [0; RTP_HEADER];
        header[0] = 0x80;
        header[1] = PAYLOAD_TYPE;
        header[2..4].copy_from_slice(&sequence.to_be_bytes());
        header[4..8].copy_from_slice(&stamp.to_be_bytes());
        header[8..12].copy_from_slice(&ssrc.to_be_bytes());
        *sequence = sequence.wrapping_add(1);
        if let Some(place) = self.buffer.get_mut(..RTP_HEADER) {
            place.copy_from_slice(&header);
        }
        self.buffer.get(..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ts::packet::NULL_PACKET;

    fn push(emitter: &mut Emitter, millis: i64) -> Option<&[u8]> {
        let fill = |place: &mut RawPacket| {
            *place = NULL_PACKET;
            Some(Ticks::from_millis(millis))
        };
        emitter.push(fill).unwrap().1
    }

    #[test]
    fn seven_packets_make_a_datagram_and_the_rtp_sequence_runs_round() {
        let mut emitter = Emitter::new(Format::Rtp {
            ssrc: 0x0102_0304,
            sequence: 65_535,
        });
        for expected in [65_535u16, 0, 1] {
            for _ in 0..6 {
                assert!(push(&mut emitter, 10).is_none());
            }
            let datagram = push(&mut emitter, 12).unwrap();
            assert_eq!(datagram.len(), 12 + 7 * 188);
            assert_eq!(
                datagram[..4],
                [0x80, 33, (expected >> 8) as u8, expected as u8]
            );
            assert_eq!(datagram[4..8], 900u32.to_be_bytes());
            assert_eq!(datagram[8..12], [1, 2, 3, 4]);
        }
    }

    #[test]
    fn a_datagram_that_does_not_fill_leaves_after_its_patience() {
        let mut emitter = Emitter::new(Format::Udp);
        assert!(push(&mut emitter, 0).is_none());
        assert!(emitter.flush(Ticks::from_millis(3)).is_none());
        assert_eq!(emitter.flush(Ticks::from_millis(4)).unwrap().len(), 188);
        assert!(emitter.flush(Ticks::from_millis(400)).is_none());
    }
}
