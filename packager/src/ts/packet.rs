//! The transport packet: header and adaptation field (ISO/IEC 13818-1, 2.4.3.2 to 2.4.3.5).

use super::clock::Pcr;
use super::pid::Pid;

/// Bytes of a transport packet.
pub const PACKET_LEN: usize = 188;
/// The first byte of each packet.
pub const SYNC_BYTE: u8 = 0x47;

/// The bytes of one packet.
pub type RawPacket = [u8; PACKET_LEN];

/// A read-only view of one packet. Any 188 bytes make a view; no accessor can fail beyond `None`.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a>(&'a RawPacket);

/// transport_scrambling_control (table 2-4; the meaning of 2 and 3 is DVB's).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scrambling {
    /// Not scrambled.
    Clear,
    /// The reserved value 1.
    Reserved,
    /// With the even key.
    Even,
    /// With the odd key.
    Odd,
}

impl<'a> Packet<'a> {
    /// Views `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a RawPacket) -> Self {
        Self(bytes)
    }

    /// Views the first 188 bytes of `bytes`; `None` when there are fewer.
    #[must_use]
    pub fn from_slice(bytes: &'a [u8]) -> Option<Self> {
        bytes.first_chunk().map(Self)
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(self) -> &'a RawPacket {
        self.0
    }

    /// Whether the first byte is 0x47.
    #[must_use]
    pub const fn has_sync(self) -> bool {
        self.0[0] == SYNC_BYTE
    }

    /// transport_error_indicator.
    #[must_use]
    pub const fn transport_error(self) -> bool {
        self.0[1] & 0x80 != 0
    }

    /// payload_unit_start_indicator.
    #[must_use]
    pub const fn unit_start(self) -> bool {
        self.0[1] & 0x40 != 0
    }

    /// The PID.
    #[must_use]
    pub const fn pid(self) -> Pid {
        Pid::from_bits(u16::from_be_bytes([self.0[1], self.0[2]]))
    }

    /// transport_scrambling_control.
    #[must_use]
    pub const fn scrambling(self) -> Scrambling {
        match self.0[3] >> 6 {
            0 => Scrambling::Clear,
            1 => Scrambling::Reserved,
            2 => Scrambling::Even,
            _ => Scrambling::Odd,
        }
    }

    /// continuity_counter, 0 to 15.
    #[must_use]
    pub const fn continuity(self) -> u8 {
        self.0[3] & 0x0f
    }

    /// Whether adaptation_field_control announces a payload.
    #[must_use]
    pub const fn has_payload(self) -> bool {
        self.0[3] & 0x10 != 0
    }

    /// Whether adaptation_field_control announces an adaptation field.
    #[must_use]
    pub const fn has_adaptation(self) -> bool {
        self.0[3] & 0x20 != 0
    }

    /// The adaptation field after its length byte, cut at the packet's end when the length lies.
    /// `None` when there is none or it is of zero length.
    #[must_use]
    pub fn adaptation(self) -> Option<Adaptation<'a>> {
        if !self.has_adaptation() {
            return None;
        }
        let len = usize::from(self.0[4]);
        let field = self.0.get(5..)?;
        let field = field.get(..len).unwrap_or(field);
        (!field.is_empty()).then_some(Adaptation(field))
    }

    /// Where the payload begins; 188 when there is none.
    #[must_use]
    pub fn payload_offset(self) -> usize {
        match (self.has_adaptation(), self.has_payload()) {
            (_, false) => PACKET_LEN,
            (false, true) => 4,
            (true, true) => (5 + usize::from(self.0[4])).min(PACKET_LEN),
        }
    }

    /// The payload; empty when there is none or the adaptation field leaves no room.
    #[must_use]
    pub fn payload(self) -> &'a [u8] {
        self.0.get(self.payload_offset()..).unwrap_or_default()
    }

    /// The PCR, when the packet has one.
    #[must_use]
    pub fn pcr(self) -> Option<Pcr> {
        self.adaptation()?.pcr()
    }

    /// Whether the packet is a copy of `other`: each byte is the same, but those of a PCR (ISO/IEC
    /// 13818-1, 2.4.3.3).
    #[must_use]
    pub fn is_copy_of(self, other: Packet<'_>) -> bool {
        let timeless = |packet: Packet<'_>| {
            let mut bytes = *packet.0;
            restamp_pcr(&mut bytes, Pcr::from_ticks(0));
            bytes
        };
        self.0 == other.0 || timeless(self) == timeless(other)
    }

    /// discontinuity_indicator, false without an adaptation field.
    #[must_use]
    pub fn discontinuity(self) -> bool {
        self.adaptation().is_some_and(Adaptation::discontinuity)
    }

    /// random_access_indicator, false without an adaptation field.
    #[must_use]
    pub fn random_access(self) -> bool {
        self.adaptation().is_some_and(Adaptation::random_access)
    }
}

/// An adaptation field, flags byte first (2.4.3.4). Never empty.
#[derive(Clone, Copy, Debug)]
pub struct Adaptation<'a>(&'a [u8]);

impl<'a> Adaptation<'a> {
    /// The flags byte.
    #[must_use]
    pub fn flags(self) -> u8 {
        self.0.first().copied().unwrap_or(0)
    }

    /// discontinuity_indicator.
    #[must_use]
    pub fn discontinuity(self) -> bool {
        self.flags() & 0x80 != 0
    }

    /// random_access_indicator.
    #[must_use]
    pub fn random_access(self) -> bool {
        self.flags() & 0x40 != 0
    }

    /// elementary_stream_priority_indicator.
    #[must_use]
    pub fn priority(self) -> bool {
        self.flags() & 0x20 != 0
    }

    /// The PCR; `None` without one or when the field is too short for it.
    #[must_use]
    pub fn pcr(self) -> Option<Pcr> {
        if self.flags() & 0x10 == 0 {
            return None;
        }
        self.0.get(1..)?.first_chunk().map(read_pcr)
    }

    /// splice_countdown; `None` without one.
    #[must_use]
    pub fn splice_countdown(self) -> Option<i8> {
        if self.flags() & 0x04 == 0 {
            return None;
        }
        let skip =
            usize::from(self.flags() & 0x10 != 0) * 6 + usize::from(self.flags() & 0x08 != 0) * 6;
        self.0.get(1 + skip).map(|b| b.cast_signed())
    }

    /// The bytes, flags first.
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        self.0
    }
}

/// Reads the six bytes of a PCR.
#[must_use]
pub const fn read_pcr(b: &[u8; 6]) -> Pcr {
    let base = ((b[0] as u64) << 25)
        | ((b[1] as u64) << 17)
        | ((b[2] as u64) << 9)
        | ((b[3] as u64) << 1)
        | ((b[4] as u64) >> 7);
    Pcr::from_base_extension(base, (((b[4] & 1) as u16) << 8) | b[5] as u16)
}

/// The six bytes of `pcr`, reserved bits set.
#[must_use]
pub const fn pcr_bytes(pcr: Pcr) -> [u8; 6] {
    let (base, ext) = (pcr.base(), pcr.extension());
    [
        (base >> 25) as u8,
        (base >> 17) as u8,
        (base >> 9) as u8,
        (base >> 1) as u8,
        ((base << 7) as u8 & 0x80) | 0x7e | (ext >> 8) as u8,
        ext as u8,
    ]
}

/// Overwrites the PCR of a packet that has one; `false` and nothing done when it has none.
pub fn restamp_pcr(packet: &mut RawPacket, pcr: Pcr) -> bool {
    if Packet::new(packet).pcr().is_none() {
        return false;
    }
    if let Some(field) = packet.get_mut(6..12) {
        field.copy_from_slice(&pcr_bytes(pcr));
    }
    true
}

/// Overwrites the continuity counter.
pub const fn set_continuity(packet: &mut RawPacket, counter: u8) {
    packet[3] = (packet[3] & 0xf0) | (counter & 0x0f);
}

/// Overwrites the PID.
pub const fn set_pid(packet: &mut RawPacket, pid: Pid) {
    let [high, low] = pid.value().to_be_bytes();
    packet[1] = (packet[1] & 0xe0) | high;
    packet[2] = low;
}

/// Sets discontinuity_indicator in a packet whose adaptation field has room for flags; `false`
/// and nothing done otherwise.
pub fn mark_discontinuity(packet: &mut RawPacket) -> bool {
    if Packet::new(packet).adaptation().is_none() {
        return false;
    }
    packet[5] |= 0x80;
    true
}

/// A null packet (2.4.3.3, PID 0x1fff, payload 0xff).
pub const NULL_PACKET: RawPacket = {
    let mut p = [0xff; PACKET_LEN];
    p[0] = SYNC_BYTE;
    p[1] = 0x1f;
    p[3] = 0x10;
    p
};

/// A packet that carries a PCR and no payload; its continuity counter does not advance
/// (2.4.3.3), so `continuity` is the last one sent on that PID.
#[must_use]
pub fn pcr_packet(pid: Pid, continuity: u8, pcr: Pcr) -> RawPacket {
    let mut p = [0xff; PACKET_LEN];
    let [high, low] = pid.value().to_be_bytes();
    p[..6].copy_from_slice(&[SYNC_BYTE, high, low, 0x20 | (continuity & 0x0f), 183, 0x10]);
    p[6..12].copy_from_slice(&pcr_bytes(pcr));
    p
}

#[cfg(test)]
mod tests {
    use super::super::clock::PCR_MODULUS;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_copy_may_differ_in_its_pcr_and_nowhere_else() {
        let pid = Pid::from_bits(0x100);
        let at = |ticks| pcr_packet(pid, 3, Pcr::from_ticks(ticks));
        let first = at(5);
        for ticks in [5, 27_000_000] {
            assert!(Packet::new(&at(ticks)).is_copy_of(Packet::new(&first)));
            for byte in [1, 3, 5, 12, 187] {
                let mut other = at(ticks);
                other[byte] ^= 1;
                assert!(!Packet::new(&other).is_copy_of(Packet::new(&first)));
            }
        }
    }

    #[test]
    fn an_adaptation_field_that_lies_about_its_length_is_cut_at_the_packet_end() {
        let mut p = NULL_PACKET;
        p[3] = 0x30;
        p[4] = 255;
        p[5] = 0x10;
        assert_eq!(Packet::new(&p).payload(), &[] as &[u8]);
        assert_eq!(Packet::new(&p).adaptation().unwrap().bytes().len(), 183);
    }

    proptest! {
        #[test]
        fn a_pcr_packet_reads_back(pid in 0u16..0x2000, cc in 0u8..16, ticks in 0..PCR_MODULUS) {
            let pid = Pid::from_bits(pid);
            let p = pcr_packet(pid, cc, Pcr::from_ticks(ticks));
            let view = Packet::new(&p);
            prop_assert_eq!((view.pid(), view.continuity(), view.pcr()), (pid, cc, Some(Pcr::from_ticks(ticks))));
            prop_assert!(!view.has_payload() && view.payload().is_empty());
        }

        #[test]
        fn any_bytes_make_a_view(bytes in prop::array::uniform32(any::<u8>())) {
            let mut p = NULL_PACKET;
            p[..32].copy_from_slice(&bytes);
            let view = Packet::new(&p);
            let _ = (view.adaptation().map(|a| (a.pcr(), a.splice_countdown())), view.payload().len(), view.pcr());
            let _ = restamp_pcr(&mut p, Pcr::from_ticks(1));
        }
    }
}
