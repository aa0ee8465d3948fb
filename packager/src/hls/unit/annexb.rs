//! NAL units in a byte stream (ITU-T H.264, Annex B).

use memchr::memmem;

/// Cuts `bytes` at its start codes: what stands before the first one (the rest of a NAL unit that
/// began earlier), and the NAL units after it, without the zeros that pad them.
pub(super) fn split(bytes: &[u8]) -> (&[u8], impl Iterator<Item = &[u8]>) {
    let mut codes = memmem::find_iter(bytes, b"\0\0\x01").peekable();
    let lead = codes.peek().copied().unwrap_or(bytes.len());
    let lead = trim(bytes.get(..lead).unwrap_or_default());
    let nals = std::iter::from_fn(move || {
        let at = codes.next()? + 3;
        let end = codes.peek().copied().unwrap_or(bytes.len());
        Some(trim(bytes.get(at..end).unwrap_or_default()))
    });
    (lead, nals.filter(|nal| !nal.is_empty()))
}

/// No NAL unit ends in a zero byte (7.4.1), so zeros at its end are padding.
fn trim(nal: &[u8]) -> &[u8] {
    let end = nal.iter().rposition(|&b| b != 0).map_or(0, |at| at + 1);
    nal.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nals(bytes: &[u8]) -> Vec<&[u8]> {
        split(bytes).1.collect()
    }

    #[test]
    fn start_codes_of_three_and_four_bytes_are_told_apart_from_content() {
        let bytes = [
            0, 0, 0, 1, 9, 0xf0, 0, 0, 1, 0x65, 1, 0, 0, 3, 1, 0, 0, 0, 1, 6, 5,
        ];
        assert_eq!(
            nals(&bytes),
            [&[9, 0xf0][..], &[0x65, 1, 0, 0, 3, 1], &[6, 5]]
        );
    }

    #[test]
    fn what_stands_before_the_first_start_code_is_handed_out_apart() {
        let (lead, mut rest) = split(&[7, 8, 0, 0, 0, 1, 9]);
        assert_eq!(lead, [7, 8]);
        assert_eq!(rest.next(), Some(&[9][..]));
        assert_eq!(rest.next(), None);
    }

    #[test]
    fn empty_nal_units_and_empty_input_give_nothing() {
        assert!(nals(&[]).is_empty());
        assert!(nals(&[0, 0, 1]).is_empty());
        assert!(nals(&[0, 0, 1, 0, 0, 1, 0, 0, 0]).is_empty());
    }
}
