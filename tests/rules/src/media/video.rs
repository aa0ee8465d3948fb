//! Whether an access unit is an IDR: H.264 7.4.1.2.4, H.265 7.4.2.2.

/// How NAL units are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nal {
    H264,
    H265,
}

impl Nal {
    pub(crate) fn of(codec: &str) -> Option<Self> {
        match codec {
            "avc1" | "avc3" => Some(Self::H264),
            "hvc1" | "hev1" => Some(Self::H265),
            _ => None,
        }
    }

    /// Whether a NAL unit is a slice, and of an IDR (in H.265, of an IRAP).
    fn slice(self, header: u8) -> Option<bool> {
        match self {
            Self::H264 => match header & 0x1f {
                5 => Some(true),
                1..=4 => Some(false),
                _ => None,
            },
            Self::H265 => match header >> 1 & 0x3f {
                16..=21 => Some(true),
                0..=15 => Some(false),
                _ => None,
            },
        }
    }
}

/// Of an Annex B byte stream: what its first slice is.
pub(crate) fn annex_b(nal: Nal, bytes: &[u8]) -> Option<bool> {
    let starts = bytes.windows(4).filter_map(|w| match w {
        [0, 0, 1, header] => Some(*header),
        _ => None,
    });
    starts.into_iter().find_map(|header| nal.slice(header))
}

/// Of a sample with lengths of `size` bytes before each NAL unit.
pub(crate) fn sample(nal: Nal, size: usize, mut bytes: &[u8]) -> Option<bool> {
    while let Some((length, rest)) = bytes.split_at_checked(size) {
        let length = length
            .iter()
            .fold(0usize, |sum, byte| sum << 8 | usize::from(*byte));
        let (unit, rest) = rest.split_at_checked(length)?;
        if let Some(found) = unit.first().and_then(|header| nal.slice(*header)) {
            return Some(found);
        }
        if size == 0 {
            return None;
        }
        bytes = rest;
    }
    None
}
