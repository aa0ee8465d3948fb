//! Descriptor loops (ISO/IEC 13818-1, 2.6; EN 300 468, 6).

/// Bytes of the longest loop: its length has 12 bits, of which two are 0.
pub const LOOP_MAX: usize = 1_021;

/// descriptor_tag values that the headend knows.
pub mod tag {
    /// registration_descriptor (13818-1, 2.6.8).
    pub const REGISTRATION: u8 = 0x05;
    /// CA_descriptor (13818-1, 2.6.16).
    pub const CA: u8 = 0x09;
    /// ISO_639_language_descriptor (13818-1, 2.6.18).
    pub const LANGUAGE: u8 = 0x0a;
    /// service_descriptor (EN 300 468, 6.2.33).
    pub const SERVICE: u8 = 0x48;
    /// teletext_descriptor (6.2.43).
    pub const TELETEXT: u8 = 0x56;
    /// subtitling_descriptor (6.2.41).
    pub const SUBTITLING: u8 = 0x59;
    /// AC-3_descriptor (annex D).
    pub const AC3: u8 = 0x6a;
    /// enhanced_ac-3_descriptor (annex D).
    pub const EAC3: u8 = 0x7a;
    /// DTS_descriptor (annex G).
    pub const DTS: u8 = 0x7b;
    /// AAC_descriptor (annex H).
    pub const AAC: u8 = 0x7c;
}

/// A descriptor loop: whole descriptors, [`LOOP_MAX`] bytes at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Descriptors {
    bytes: Vec<u8>,
}

impl Descriptors {
    /// The whole descriptors at the start of `bytes`.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut end = 0;
        for (_, body) in raw(bytes) {
            if end + 2 + body.len() > LOOP_MAX {
                break;
            }
            end += 2 + body.len();
        }
        Self {
            bytes: bytes.get(..end).unwrap_or_default().to_vec(),
        }
    }

    /// The loop as on the wire, without its length.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Tag and body of each descriptor, in order.
    pub fn raw(&self) -> impl Iterator<Item = (u8, &[u8])> {
        raw(&self.bytes)
    }

    /// The body of the first descriptor with `tag`.
    #[must_use]
    pub fn find(&self, tag: u8) -> Option<&[u8]> {
        self.raw().find(|&(t, _)| t == tag).map(|(_, body)| body)
    }
}

fn raw(mut bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let (&[tag, length], rest) = bytes.split_first_chunk()?;
        let (body, rest) = rest.split_at_checked(length.into())?;
        bytes = rest;
        Some((tag, body))
    })
}
