//! A PES packet cut into transport packets (ISO/IEC 13818-1, 2.4.3.2 to 2.4.3.5).

use super::super::packet::{PACKET_LEN, RawPacket, SYNC_BYTE};
use super::super::pid::Pid;

/// Bytes of a packet behind its header.
const ROOM: usize = PACKET_LEN - 4;
/// The adaptation field of a packet that does nothing but say random_access_indicator.
const ACCESS: usize = 2;

/// How many packets a PES packet of `len` bytes fills.
#[must_use]
pub const fn packets_for(len: usize, random_access: bool) -> usize {
    let fixed = if random_access { ACCESS } else { 0 };
    (len + fixed).div_ceil(ROOM)
}

/// Makes packets of PES packets, with a continuity counter that runs on.
#[derive(Clone, Debug)]
pub struct Packetizer {
    pid: Pid,
    /// continuity_counter of the last packet, 15 before the first.
    last: u8,
}

impl Packetizer {
    /// For `pid`; the first packet has continuity_counter 0.
    #[must_use]
    pub const fn new(pid: Pid) -> Self {
        Self { pid, last: 15 }
    }

    /// Hands out the packets of `pes`: [`packets_for`] it, or `count` if that is more, the last
    /// ones with little in them. Each has a byte of payload at least, or it would not be counted.
    pub fn push(
        &mut self,
        pes: &[u8],
        random_access: bool,
        count: usize,
        mut out: impl FnMut(&RawPacket),
    ) {
        let count = count.max(packets_for(pes.len(), random_access));
        let mut rest = pes;
        for after in (0..count.min(pes.len())).rev() {
            let starts = rest.len() == pes.len();
            let access = starts && random_access;
            let room = if access { ROOM - ACCESS } else { ROOM };
            let (now, later) = rest.split_at(room.min(rest.len() - after));
            rest = later;
            self.last = (self.last + 1) & 0x0f;
            out(&self.packet(now, starts, access));
        }
    }

    /// A packet whose payload, `ROOM` bytes at most, is `payload`; what it leaves free is stuffed.
    fn packet(&self, payload: &[u8], starts: bool, access: bool) -> RawPacket {
        let [high, low] = self.pid.value().to_be_bytes();
        let mut packet = [0xff; PACKET_LEN];
        let field = ROOM - payload.len();
        packet[0] = SYNC_BYTE;
        packet[1] = high | if starts { 0x40 } else { 0 };
        packet[2] = low;
        packet[3] = self.last | if field > 0 { 0x30 } else { 0x10 };
        if field > 0 {
            packet[4] = u8::try_from(field - 1).unwrap_or(0);
        }
        if field > 1 {
            packet[5] = if access { 0x40 } else { 0 };
        }
        let behind = packet.iter_mut().rev().zip(payload.iter().rev());
        for (to, from) in behind {
            *to = *from;
        }
        packet
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ts::Packet;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_payloads_in_a_row_are_the_pes_packet(
            pes in prop::collection::vec(any::<u8>(), 16..2000),
            random_access: bool,
            more in 0usize..16,
        ) {
            let count = packets_for(pes.len(), random_access) + more;
            let mut packetizer = Packetizer::new(Pid::from_bits(0x100));
            let (mut back, mut counters) = (Vec::new(), Vec::new());
            packetizer.push(&pes, random_access, count.min(pes.len()), |packet| {
                let view = Packet::new(packet);
                assert!(!view.payload().is_empty());
                assert_eq!(view.unit_start(), back.is_empty());
                assert_eq!(view.random_access(), back.is_empty() && random_access);
                assert_eq!(view.pcr(), None);
                back.extend_from_slice(view.payload());
                counters.push(view.continuity());
            });
            prop_assert_eq!(back, pes);
            let expected: Vec<u8> = (0..16).cycle().take(counters.len()).collect();
            prop_assert_eq!(&counters, &expected);
            prop_assert!(counters.len() >= count.min(16));
        }
    }

    #[test]
    fn a_pes_packet_without_a_byte_makes_no_packet() {
        let mut packetizer = Packetizer::new(Pid::from_bits(0x100));
        packetizer.push(&[], true, 16, |_| panic!("a packet of nothing"));
    }
}
