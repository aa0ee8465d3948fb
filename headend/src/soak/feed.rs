//! The test picture as RTP, its clock moved so that it wraps where it shall (ISO/IEC 13818-1,
//! 2.4.2.1: 33 bits of 90 kHz, 26.5 hours).

use std::time::Duration;

use packager::ts::clock::{Pcr, Ticks};
use packager::ts::packet::restamp_pcr;
use packager::ts::{Packet, RawPacket, pes};

/// Packets of a datagram.
const PACKETS: usize = 7;
/// 2^33 of 90 kHz, in 27 MHz.
const WRAP: i64 = (1 << 33) * 300;
/// Payload type of MPEG-TS (RFC 3551, 6).
const MP2T: u8 = 33;
const SSRC: u32 = 0x5eed_5eed;

/// Packets become datagrams.
#[derive(Debug)]
pub struct Feed {
    /// The first PCR lies so long before the wrap.
    before_wrap: Duration,
    /// By how much everything moves; `None` until the first PCR.
    moved: Option<Ticks>,
    /// What is left of the last read.
    rest: Vec<u8>,
    waiting: Vec<RawPacket>,
    sequence: u16,
}

impl Feed {
    /// A feed whose clock wraps after `before_wrap`.
    #[must_use]
    pub const fn new(before_wrap: Duration) -> Self {
        Self {
            before_wrap,
            moved: None,
            rest: Vec::new(),
            waiting: Vec::new(),
            sequence: 0,
        }
    }

    /// Takes bytes of a transport stream that begin at a packet; `each` gets whole datagrams, with
    /// the last PCR in them.
    pub fn push(&mut self, bytes: &[u8], each: &mut impl FnMut(&[u8], Option<Pcr>)) {
        self.rest.extend_from_slice(bytes);
        let whole = self.rest.len() / 188 * 188;
        let packets: Vec<u8> = self.rest.drain(..whole).collect();
        for packet in packets.as_chunks::<188>().0 {
            if let Some(packet) = self.moved(packet) {
                self.waiting.push(packet);
            }
            if self.waiting.len() == PACKETS {
                self.datagram(each);
            }
        }
    }

    fn moved(&mut self, packet: &RawPacket) -> Option<RawPacket> {
        let view = Packet::new(packet);
        let (pcr, start, offset) = (view.pcr(), view.unit_start(), view.payload_offset());
        if let (Some(pcr), None) = (pcr, self.moved) {
            let first = i64::try_from(pcr.ticks()).ok()?;
            let to = WRAP - Ticks::from_duration(self.before_wrap).get();
            // Whole ticks of 90 kHz, so that PTS and DTS move by the same.
            self.moved = Some(Ticks::new((to - first) / 300 * 300));
        }
        let span = self.moved?;
        let mut out = *packet;
        if let Some(pcr) = pcr {
            restamp_pcr(&mut out, pcr.offset(span));
        }
        if let Some(payload) = out.get_mut(offset..).filter(|_| start)
            && payload.starts_with(&[0, 0, 1])
        {
            pes::shift(payload, span);
        }
        Some(out)
    }

    fn datagram(&mut self, each: &mut impl FnMut(&[u8], Option<Pcr>)) {
        let mut pcrs = self.waiting.iter().filter_map(|p| Packet::new(p).pcr());
        let last = pcrs.next_back();
        let stamp = last.map_or(0, |pcr| pcr.base() as u32);
        let mut datagram = Vec::with_capacity(12 + PACKETS * 188);
        datagram.extend([0x80, MP2T]);
        datagram.extend(self.sequence.to_be_bytes());
        datagram.extend(stamp.to_be_bytes());
        datagram.extend(SSRC.to_be_bytes());
        datagram.extend(self.waiting.drain(..).flatten());
        self.sequence = self.sequence.wrapping_add(1);
        each(&datagram, last);
    }
}
