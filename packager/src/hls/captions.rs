//! Closed captions in the picture: which of their channels and services are used, for the playlists to name. The
//! captions themselves stay where they are, in the picture's SEI.

use memchr::memmem;

/// user_data_registered_itu_t_t35 of the ATSC: country and provider, user_identifier `GA94`, and
/// user_data_type_code of cc_data (ATSC A/53 Part 4, 6.2.3).
const CC_DATA: [u8; 8] = [0xb5, 0x00, 0x31, b'G', b'A', b'9', b'4', 0x03];
/// process_cc_data_flag.
const PROCESS: u8 = 0x40;
/// Marker bits, cc_valid, and cc_type of a DTVCC packet's first bytes, and of those behind them.
const PACKET_START: u8 = 0xff;
const PACKET_DATA: u8 = 0xfe;
/// The service_number whose true number follows.
const EXTENDED: u8 = 7;

/// Which channels and services have captions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Captions {
    /// CEA-608: CC1 to CC4, one bit each.
    channels: u8,
    /// CEA-708: services 1 to 63, one bit each.
    services: u64,
}

impl Captions {
    /// Takes note of what the pictures in `samples` carry. No emulation prevention stands in cc_data,
    /// for the first of each three bytes has its upper bits set.
    pub(super) fn note(&mut self, samples: &[u8]) {
        for at in memmem::find_iter(samples, &CC_DATA) {
            let data = samples.get(at + CC_DATA.len()..).unwrap_or_default();
            if let Some((&[flags, _], triplets)) = data.split_first_chunk()
                && flags & PROCESS != 0
            {
                let count = usize::from(flags & 0x1f);
                let triplets = triplets.as_chunks().0.iter().take(count);
                self.channels |= triplets.clone().map(channel).fold(0, |all, one| all | one);
                self.note_services(triplets);
            }
        }
    }

    /// The DTVCC packets that begin in these triplets, as far as they stand there.
    fn note_services<'a>(&mut self, triplets: impl Iterator<Item = &'a [u8; 3]>) {
        let mut packet = Vec::new();
        for &[marker, first, second] in triplets {
            if marker == PACKET_START {
                self.services |= services(&packet);
                packet.clear();
            }
            if marker == PACKET_START || marker == PACKET_DATA && !packet.is_empty() {
                packet.extend([first, second]);
            }
        }
        self.services |= services(&packet);
    }

    /// INSTREAM-ID of each (RFC 8216bis, 4.4.6.1), the channels first.
    pub(super) fn ids(self) -> impl Iterator<Item = String> {
        let channels = (1..=4).filter(move |n| self.channels & bit(*n) != 0);
        let services = (1..64).filter(move |n| self.services & (1 << *n) != 0);
        channels
            .map(|n| format!("CC{n}"))
            .chain(services.map(|n| format!("SERVICE{n}")))
    }

    /// What either has.
    pub(super) const fn and(self, other: Self) -> Self {
        Self {
            channels: self.channels | other.channels,
            services: self.services | other.services,
        }
    }
}

/// The channel to which a control code speaks; each caption has some (CEA-608, 8.4). Padding, text
/// and XDS have none.
fn channel(&[marker, first, _]: &[u8; 3]) -> u8 {
    // Marker bits, cc_valid, and cc_type: field 1 or 2 (A/53 Part 4, table 6.8 and CEA-708, 4.4).
    let field = match marker {
        0xfc => 0,
        0xfd => 2,
        _ => return 0,
    };
    match first & 0x7f {
        0x10..=0x17 => bit(field + 1),
        0x18..=0x1f => bit(field + 2),
        _ => 0,
    }
}

/// The services that have a block in a DTVCC packet (CEA-708, 5 and 6.2).
fn services(packet: &[u8]) -> u64 {
    let Some((&header, blocks)) = packet.split_first() else {
        return 0;
    };
    let length = match header & 0x3f {
        0 => 127,
        pairs => usize::from(pairs) * 2 - 1,
    };
    let mut blocks = blocks.get(..length).unwrap_or(blocks);
    let mut found = 0;
    while let [head, rest @ ..] = blocks {
        let size = usize::from(head & 0x1f);
        let (number, body) = match (head >> 5, rest) {
            (EXTENDED, [extended, body @ ..]) if size > 0 => (extended & 0x3f, body),
            (number, body) => (number, body),
        };
        // Service 0 is a packet's end; a block without a body says nothing.
        if number == 0 {
            break;
        }
        if size > 0 {
            found |= 1 << number;
        }
        blocks = body.get(size..).unwrap_or_default();
    }
    found
}

const fn bit(number: u8) -> u8 {
    1 << (number - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(triplets: &[[u8; 3]]) -> Vec<String> {
        let flags = 0xc0 | u8::try_from(triplets.len()).unwrap();
        let message = [&CC_DATA[..], &[flags, 0xff], &triplets.concat(), &[0xff]];
        let mut captions = Captions::default();
        captions.note(&[&[0, 0, 0, 40, 6, 4, 71], &message.concat()[..]].concat());
        captions.ids().collect()
    }

    #[test]
    fn control_codes_tell_the_channels_and_padding_and_text_do_not() {
        assert_eq!(seen(&[[0xfc, 0x94, 0x20], [0xfd, 0x80, 0x80]]), ["CC1"]);
        assert_eq!(
            seen(&[[0xfc, 0x1c, 0x20], [0xfd, 0x15, 0x20]]),
            ["CC2", "CC3"]
        );
        assert_eq!(seen(&[[0xfd, 0x9d, 0x20]]), ["CC4"]);
        assert!(seen(&[[0xfc, 0x80, 0x80], [0xfc, 0xc8, 0xe9], [0xfd, 0x01, 0x83]]).is_empty());
        // Not valid, and the rest of a DTVCC packet.
        assert!(seen(&[[0xf8, 0x94, 0x20], [0xfe, 0x94, 0x20]]).is_empty());
    }

    #[test]
    fn the_blocks_of_a_packet_tell_the_services() {
        // Seven bytes of blocks: service 1 with two, 2 with one, an empty one of 3, and the end.
        let packet = [
            [0xff, 0x44, 0x22],
            [0xfe, 0x10, 0x48],
            [0xfe, 0x41, 0x48],
            [0xfe, 0x60, 0x00],
            // Behind its end.
            [0xfe, 0x81, 0x48],
        ];
        assert_eq!(seen(&packet), ["SERVICE1", "SERVICE2"]);
        // Service 33 by the extended header; data without a begin.
        assert_eq!(
            seen(&[[0xff, 0x02, 0xe1], [0xfe, 0x21, 0x48]]),
            ["SERVICE33"]
        );
        assert!(seen(&[[0xfe, 0x02, 0x22]]).is_empty());
    }

    #[test]
    fn messages_cut_off_and_counts_too_large_are_read_as_far_as_they_go() {
        let whole = [&CC_DATA[..], &[0xdf, 0xff, 0xfc, 0x94, 0x20]].concat();
        for len in 0..=whole.len() {
            let mut captions = Captions::default();
            captions.note(&whole[..len]);
            assert_eq!(captions.ids().count(), usize::from(len == whole.len()));
        }
    }
}
