//! The RTP header (RFC 3550, 5.1 and 5.3.1).

/// The payload type of a transport stream (RFC 3551, table 5).
pub(super) const MP2T: u8 = 33;

/// A view of one RTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RtpPacket<'a> {
    pub(super) payload_type: u8,
    pub(super) sequence: u16,
    pub(super) ssrc: u32,
    /// After CSRC list and extension, without padding.
    pub(super) payload: &'a [u8],
}

impl<'a> RtpPacket<'a> {
    /// Views `datagram`; `None` when it is not RTP of version 2 or a length in it lies.
    pub(super) fn parse(datagram: &'a [u8]) -> Option<Self> {
        let (header, rest) = datagram.split_first_chunk::<12>()?;
        let [first, second, s1, s2, _, _, _, _, c1, c2, c3, c4] = *header;
        if first >> 6 != 2 {
            return None;
        }
        let mut payload = rest.get(usize::from(first & 0x0f) * 4..)?;
        if first & 0x10 != 0 {
            let ([_, _, l1, l2], after) = payload.split_first_chunk::<4>()?;
            payload = after.get(usize::from(u16::from_be_bytes([*l1, *l2])) * 4..)?;
        }
        if first & 0x20 != 0 {
            let padding = usize::from(*payload.last()?);
            // The count includes itself, so zero is a lie too.
            let end = payload.len().checked_sub(padding)?;
            payload = payload.get(..end).filter(|_| padding > 0)?;
        }
        Some(Self {
            payload_type: second & 0x7f,
            sequence: u16::from_be_bytes([s1, s2]),
            ssrc: u32::from_be_bytes([c1, c2, c3, c4]),
            payload,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Flags, payload type 33, sequence 0x0102, time stamp 0, SSRC 7, then `rest`.
    fn packet(flags: u8, rest: &[u8]) -> Vec<u8> {
        let mut p = vec![flags, 33, 1, 2, 0, 0, 0, 0, 0, 0, 0, 7];
        p.extend_from_slice(rest);
        p
    }

    #[test]
    fn the_plain_header_is_twelve_bytes() {
        let bytes = packet(0x80, &[9, 9]);
        assert_eq!(
            RtpPacket::parse(&bytes),
            Some(RtpPacket {
                payload_type: 33,
                sequence: 0x0102,
                ssrc: 7,
                payload: &[9, 9]
            })
        );
    }

    #[test]
    fn csrc_extension_and_padding_are_taken_off() {
        let mut rest = vec![1; 8]; // two CSRCs
        rest.extend_from_slice(&[0xbe, 0xde, 0, 1, 2, 2, 2, 2]); // an extension of one word
        rest.extend_from_slice(&[0x47, 0x48, 0, 0, 3]); // payload and three bytes of padding
        let bytes = packet(0x80 | 0x20 | 0x10 | 2, &rest);
        assert_eq!(RtpPacket::parse(&bytes).unwrap().payload, &[0x47, 0x48]);
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        assert_eq!(RtpPacket::parse(&packet(0x8f, &[0; 59])), None, "CSRC");
        assert_eq!(RtpPacket::parse(&packet(0x90, &[0, 0, 0, 1])), None, "ext");
        assert_eq!(RtpPacket::parse(&packet(0xa0, &[1, 2, 4])), None, "padding");
        assert_eq!(RtpPacket::parse(&packet(0xa0, &[1, 2, 0])), None, "zero");
        assert_eq!(RtpPacket::parse(&packet(0xa0, &[])), None, "no padding");
        assert_eq!(RtpPacket::parse(&packet(0x40, &[1])), None, "version 1");
        assert_eq!(RtpPacket::parse(&[0x80; 11]), None, "too short");
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Some(view) = RtpPacket::parse(&bytes) {
                prop_assert!(view.payload.len() + 12 <= bytes.len());
            }
        }
    }
}
