//! A scan over many packets at once: which PIDs there are, their continuity, their clocks.
//!
//! For files and captures, at the speed of memory. The live path measures in `monitor`.

use super::clock::{Pcr, Ticks, Unwrapped};
use super::continuity::Continuity;
use super::packet::{PACKET_LEN, Packet, RawPacket};
use super::pid::Pid;

/// What was counted so far.
#[derive(Clone, Debug)]
pub struct Scan {
    pids: Box<[PidScan]>,
    packets: u64,
    sync_errors: u64,
    transport_errors: u64,
}

/// What was counted on one PID.
#[derive(Clone, Copy, Debug, Default)]
pub struct PidScan {
    packets: u64,
    continuity: Continuity,
    continuity_errors: u32,
    scrambled: u32,
    clock: Option<Clock>,
}

/// The PCRs of one PID.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// How many there are.
    pub count: u32,
    /// The first, and the packet of the scan that it stands in.
    pub first: (u64, Pcr),
    /// The last, and the packet of the scan that it stands in.
    pub last: (u64, Pcr),
    line: Unwrapped,
}

impl Default for Scan {
    fn default() -> Self {
        Self::new()
    }
}

impl Scan {
    /// Nothing counted.
    #[must_use]
    pub fn new() -> Self {
        Self {
            pids: vec![PidScan::default(); Pid::COUNT].into(),
            packets: 0,
            sync_errors: 0,
            transport_errors: 0,
        }
    }

    /// Counts the whole packets at the start of `bytes` and gives back how many bytes they are.
    /// A packet without its sync byte counts as such and for nothing else; one with
    /// transport_error_indicator counts on its PID, but its counter and PCR are not trusted.
    pub fn push(&mut self, bytes: &[u8]) -> usize {
        let (packets, rest) = bytes.as_chunks::<PACKET_LEN>();
        for packet in packets {
            self.packet(packet);
        }
        bytes.len() - rest.len()
    }

    #[inline]
    fn packet(&mut self, packet: &RawPacket) {
        let packet = Packet::new(packet);
        let index = self.packets;
        self.packets += 1;
        if !packet.has_sync() {
            self.sync_errors += 1;
            return;
        }
        let Some(pid) = self.pids.get_mut(packet.pid().index()) else {
            return;
        };
        pid.packets += 1;
        if packet.transport_error() {
            self.transport_errors += 1;
            return;
        }
        pid.scrambled += u32::from(packet.bytes()[3] >> 7);
        pid.continuity_errors += u32::from(pid.continuity.judge(packet).is_error());
        if packet.has_adaptation()
            && let Some(pcr) = packet.pcr()
        {
            pid.tick(index, pcr);
        }
    }

    /// Packets, those without a sync byte too.
    #[must_use]
    pub const fn packets(&self) -> u64 {
        self.packets
    }

    /// Packets without a sync byte (TR 101 290, 1.2).
    #[must_use]
    pub const fn sync_errors(&self) -> u64 {
        self.sync_errors
    }

    /// Packets with transport_error_indicator (2.1).
    #[must_use]
    pub const fn transport_errors(&self) -> u64 {
        self.transport_errors
    }

    /// The PIDs that came, in their order.
    pub fn pids(&self) -> impl Iterator<Item = (Pid, &PidScan)> {
        let numbered = (0u16..).map(Pid::from_bits).zip(&self.pids);
        numbered.filter(|(_, pid)| pid.packets > 0)
    }
}

impl PidScan {
    /// Packets.
    #[must_use]
    pub const fn packets(&self) -> u64 {
        self.packets
    }

    /// Gaps, and packets that came more than twice (TR 101 290, 1.4).
    #[must_use]
    pub const fn continuity_errors(&self) -> u32 {
        self.continuity_errors
    }

    /// Packets scrambled with the even or the odd key.
    #[must_use]
    pub const fn scrambled(&self) -> u32 {
        self.scrambled
    }

    /// Its PCRs, when it has any.
    #[must_use]
    pub const fn clock(&self) -> Option<&Clock> {
        self.clock.as_ref()
    }

    #[cold]
    fn tick(&mut self, index: u64, pcr: Pcr) {
        let clock = self.clock.get_or_insert(Clock {
            count: 0,
            first: (index, pcr),
            last: (index, pcr),
            line: Unwrapped::new(pcr),
        });
        clock.count = clock.count.saturating_add(1);
        clock.last = (index, pcr);
        clock.line.advance(pcr);
    }
}

impl Clock {
    /// Stream time from the first PCR to the last, wraps counted.
    #[must_use]
    pub fn span(&self) -> Ticks {
        self.line.line() - Unwrapped::new(self.first.1).line()
    }
}

#[cfg(test)]
mod tests {
    use super::super::clock::PCR_MODULUS;
    use super::super::packet::{
        NULL_PACKET, Scrambling, mark_discontinuity, pcr_packet, set_continuity, set_pid,
    };
    use super::*;
    use proptest::prelude::*;

    fn packet(pid: u16, counter: u8) -> RawPacket {
        let mut p = NULL_PACKET;
        set_pid(&mut p, Pid::from_bits(pid));
        set_continuity(&mut p, counter);
        p
    }

    fn scan(packets: &[RawPacket]) -> Scan {
        let mut scan = Scan::new();
        assert_eq!(
            scan.push(packets.as_flattened()),
            packets.len() * PACKET_LEN
        );
        scan
    }

    #[test]
    fn packets_are_counted_on_their_pid() {
        let scan = scan(&[
            packet(5, 0),
            packet(9, 3),
            packet(5, 1),
            packet(5, 3),
            NULL_PACKET,
        ]);
        let pids: Vec<_> = scan
            .pids()
            .map(|(pid, s)| (pid.value(), s.packets(), s.continuity_errors()))
            .collect();
        assert_eq!(pids, [(5, 3, 1), (9, 1, 0), (0x1fff, 1, 0)]);
    }

    #[test]
    fn a_lost_sync_byte_and_a_transport_error_are_counted_and_not_judged() {
        let (mut no_sync, mut error) = (packet(5, 7), packet(5, 9));
        no_sync[0] = 0;
        error[1] |= 0x80;
        let scan = scan(&[packet(5, 0), no_sync, error, packet(5, 1)]);
        assert_eq!(
            (scan.packets(), scan.sync_errors(), scan.transport_errors()),
            (4, 1, 1)
        );
        let (_, pid) = scan.pids().next().unwrap();
        assert_eq!((pid.packets(), pid.continuity_errors()), (3, 0));
    }

    #[test]
    fn a_clock_is_followed_over_its_wrap() {
        let at = |ms: u64| Pcr::from_ticks(PCR_MODULUS - 27_000 + ms * 27_000);
        let pcr = |ms| pcr_packet(Pid::from_bits(7), 0, at(ms));
        let scan = scan(&[NULL_PACKET, pcr(0), NULL_PACKET, pcr(40), pcr(80)]);
        let (_, pid) = scan.pids().next().unwrap();
        let clock = pid.clock().unwrap();
        assert_eq!(
            (clock.count, clock.first, clock.last),
            (3, (1, at(0)), (4, at(80)))
        );
        assert_eq!(clock.span(), Ticks::from_millis(80));
    }

    #[test]
    fn a_packet_cut_off_is_left_for_the_next_push() {
        let bytes = [packet(5, 0), packet(5, 1)].as_flattened().to_vec();
        let mut scan = Scan::new();
        assert_eq!(scan.push(&bytes[..200]), 188);
        assert_eq!(scan.push(&bytes[188..]), 188);
        assert_eq!(scan.packets(), 2);
    }

    /// The same by one pass for each PID.
    fn plainly(packets: &[RawPacket], pid: Pid) -> (u64, u32, u32, u32) {
        let (mut count, mut errors, mut scrambled, mut pcrs) = (0, 0, 0, 0);
        let mut continuity = Continuity::new();
        for view in packets.iter().map(Packet::new) {
            if !view.has_sync() || view.pid() != pid {
                continue;
            }
            count += 1;
            if view.transport_error() {
                continue;
            }
            let key = matches!(view.scrambling(), Scrambling::Even | Scrambling::Odd);
            scrambled += u32::from(key);
            errors += u32::from(continuity.judge(view).is_error());
            pcrs += u32::from(view.pcr().is_some());
        }
        (count, errors, scrambled, pcrs)
    }

    fn packets() -> impl Strategy<Value = RawPacket> {
        let header = (
            0u16..4,
            any::<[u8; 3]>(),
            any::<u8>(),
            prop::bool::weighted(0.02),
        );
        header.prop_map(|(pid, [flags, length, adaptation], counter, no_sync)| {
            let mut p = packet(pid, counter & 3);
            p[1] |= flags & 0xc0;
            p[3] = (p[3] & 0x0f) | (flags << 2 & 0xf0);
            (p[4], p[5]) = (length, adaptation);
            if flags & 1 != 0 {
                mark_discontinuity(&mut p);
            }
            if no_sync {
                p[0] = 0;
            }
            p
        })
    }

    proptest! {
        #[test]
        fn the_scan_counts_as_the_plain_path(packets in prop::collection::vec(packets(), 0..200)) {
            let scan = scan(&packets);
            let sum: u64 = scan.pids().map(|(_, pid)| pid.packets()).sum();
            prop_assert_eq!(sum + scan.sync_errors(), packets.len() as u64);
            for (pid, counted) in scan.pids() {
                let pcrs = counted.clock().map_or(0, |c| c.count);
                let counted = (counted.packets(), counted.continuity_errors(), counted.scrambled(), pcrs);
                prop_assert_eq!(counted, plainly(&packets, pid));
            }
        }

        #[test]
        fn any_bytes_are_scanned(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            let mut scan = Scan::new();
            prop_assert_eq!(scan.push(&bytes), bytes.len() / PACKET_LEN * PACKET_LEN);
        }
    }
}
