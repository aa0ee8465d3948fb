//! The header of a FEC packet (SMPTE ST 2022-1:2007, 8; in RTP as RFC 2733, 3.2 to 3.4).

/// Columns that a matrix may have with column FEC alone; with rows too they are four at least.
const COLUMNS: std::ops::RangeInclusive<u8> = 1..=20;
/// Rows of a matrix.
const ROWS: std::ops::RangeInclusive<u8> = 4..=20;
/// Packets of a matrix at most.
const MATRIX_MAX: u16 = 100;
/// RTP header and FEC header.
pub(super) const HEADER_LEN: usize = 12 + 16;

/// What FEC protects of a packet's RTP header, as one word list: the first byte without the
/// version, marker and payload type, time stamp, and the length of what follows the header.
pub(super) type Image = [u8; 8];

/// Which packets a FEC packet protects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cover {
    /// Of the first.
    pub(super) base: u16,
    /// From one to the next.
    pub(super) step: u8,
    /// How many.
    pub(super) count: u8,
    /// Of a row, not of a column.
    pub(super) row: bool,
}

impl Cover {
    /// The sequence numbers in order.
    pub(super) fn numbers(self) -> impl Iterator<Item = u16> {
        (0..u16::from(self.count)).map(move |n| self.base.wrapping_add(n * u16::from(self.step)))
    }

    /// Whether `sequence` is one of them.
    pub(super) fn has(self, sequence: u16) -> bool {
        let from = sequence.wrapping_sub(self.base);
        let step = u16::from(self.step);
        from.is_multiple_of(step) && from / step < u16::from(self.count)
    }
}

/// A view of one FEC packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FecPacket<'a> {
    pub(super) cover: Cover,
    pub(super) image: Image,
    pub(super) body: &'a [u8],
}

impl<'a> FecPacket<'a> {
    /// Views `datagram`; `None` when it is no XOR packet of a legal matrix. CSRC count, extension
    /// and padding of its RTP header are those of the protected packets (RFC 2733, 3.2), so none
    /// of these follows here.
    pub(super) fn parse(datagram: &'a [u8]) -> Option<Self> {
        let (header, body) = datagram.split_first_chunk::<HEADER_LEN>()?;
        let [first, second, _, _, _, _, _, _, _, _, _, _, fec @ ..] = *header;
        let [
            b1,
            b2,
            l1,
            l2,
            e_pt,
            m1,
            m2,
            m3,
            t1,
            t2,
            t3,
            t4,
            kind,
            offset,
            na,
            _,
        ] = fec;
        // N (or X), type and index: zero for XOR (8.4). The mask is of RFC 2733 alone.
        if first >> 6 != 2 || kind & 0b1011_1111 != 0 || [m1, m2, m3] != [0; 3] {
            return None;
        }
        let row = kind & 0x40 != 0;
        let legal = if row {
            offset == 1 && COLUMNS.contains(&na)
        } else {
            COLUMNS.contains(&offset)
                && ROWS.contains(&na)
                && u16::from(offset) * u16::from(na) <= MATRIX_MAX
        };
        let marker_type = second & 0x80 | e_pt & 0x7f;
        legal.then_some(Self {
            cover: Cover {
                base: u16::from_be_bytes([b1, b2]),
                step: offset,
                count: na,
                row,
            },
            image: [first & 0x3f, marker_type, t1, t2, t3, t4, l1, l2],
            body,
        })
    }
}

/// The image of an RTP packet and what follows its header; `None` when it is too short to be one
/// or too long to be protected.
pub(super) fn image(datagram: &[u8]) -> Option<(u16, Image, &[u8])> {
    let (header, body) = datagram.split_first_chunk::<12>()?;
    let [first, second, s1, s2, t1, t2, t3, t4, ..] = *header;
    let [l1, l2] = u16::try_from(body.len()).ok()?.to_be_bytes();
    let image = [first & 0x3f, second, t1, t2, t3, t4, l1, l2];
    Some((u16::from_be_bytes([s1, s2]), image, body))
}

/// Writes the RTP packet of `image` with its body to `out`; whether its length is possible.
pub(super) fn write(
    image: Image,
    (sequence, ssrc): (u16, [u8; 4]),
    body: &[u8],
    out: &mut Vec<u8>,
) -> bool {
    let [flags, marker_type, t1, t2, t3, t4, l1, l2] = image;
    let Some(body) = body.get(..usize::from(u16::from_be_bytes([l1, l2]))) else {
        return false;
    };
    let [s1, s2] = sequence.to_be_bytes();
    out.clear();
    out.extend_from_slice(&[0x80 | flags, marker_type, s1, s2, t1, t2, t3, t4]);
    out.extend_from_slice(&ssrc);
    out.extend_from_slice(body);
    true
}

/// XORs `other` into `bytes`, which grows to hold it.
pub(super) fn xor(bytes: &mut Vec<u8>, other: &[u8]) {
    if bytes.len() < other.len() {
        bytes.resize(other.len(), 0);
    }
    for (byte, other) in bytes.iter_mut().zip(other) {
        *byte ^= other;
    }
}
