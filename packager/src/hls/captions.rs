//! Closed captions in the picture: which of their channels are used, for the playlists to name. The
//! captions themselves stay where they are, in the picture's SEI.

use memchr::memmem;

/// user_data_registered_itu_t_t35 of the ATSC: country and provider, user_identifier `GA94`, and
/// user_data_type_code of cc_data (ATSC A/53 Part 4, 6.2.3).
const CC_DATA: [u8; 8] = [0xb5, 0x00, 0x31, b'G', b'A', b'9', b'4', 0x03];
/// process_cc_data_flag.
const PROCESS: u8 = 0x40;

/// Which channels of CEA-608 have captions: CC1 to CC4, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Captions(u8);

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
                self.0 |= triplets.map(channel).fold(0, |all, one| all | one);
            }
        }
    }

    /// The channels by their INSTREAM-ID, 1 to 4.
    pub(super) fn channels(self) -> impl Iterator<Item = u8> {
        (1..=4).filter(move |number| self.0 & bit(*number) != 0)
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

const fn bit(number: u8) -> u8 {
    1 << (number - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(triplets: &[[u8; 3]]) -> Vec<u8> {
        let flags = 0xc0 | u8::try_from(triplets.len()).unwrap();
        let message = [&CC_DATA[..], &[flags, 0xff], &triplets.concat(), &[0xff]];
        let mut captions = Captions::default();
        captions.note(&[&[0, 0, 0, 40, 6, 4, 71], &message.concat()[..]].concat());
        captions.channels().collect()
    }

    #[test]
    fn control_codes_tell_the_channels_and_padding_and_text_do_not() {
        assert_eq!(seen(&[[0xfc, 0x94, 0x20], [0xfd, 0x80, 0x80]]), [1]);
        assert_eq!(seen(&[[0xfc, 0x1c, 0x20], [0xfd, 0x15, 0x20]]), [2, 3]);
        assert_eq!(seen(&[[0xfd, 0x9d, 0x20]]), [4]);
        assert!(seen(&[[0xfc, 0x80, 0x80], [0xfc, 0xc8, 0xe9], [0xfd, 0x01, 0x83]]).is_empty());
        // Not valid, and DTVCC.
        assert!(seen(&[[0xf8, 0x94, 0x20], [0xff, 0x94, 0x20], [0xfe, 0x94, 0x20]]).is_empty());
    }

    #[test]
    fn messages_cut_off_and_counts_too_large_are_read_as_far_as_they_go() {
        let whole = [&CC_DATA[..], &[0xdf, 0xff, 0xfc, 0x94, 0x20]].concat();
        for len in 0..=whole.len() {
            let mut captions = Captions::default();
            captions.note(&whole[..len]);
            assert_eq!(captions.channels().count(), usize::from(len == whole.len()));
        }
    }
}
