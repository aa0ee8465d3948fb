//! A digest that can be fed in pieces (FNV-1a, 64 bits). It tells contents apart that differ by
//! fault; nobody forges a segment against a validator.

/// Of all bytes pushed so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Digest {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut digest = Self::default();
        digest.push(bytes);
        digest
    }
}
