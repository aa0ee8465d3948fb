//! PES headers (ISO/IEC 13818-1, 2.4.3.6 and 2.4.3.7).

use super::clock::{Pts, Ticks};

/// Bytes before the optional header fields: start code, stream_id, PES_packet_length.
const FIXED: usize = 6;
/// Offset of the first time stamp.
const STAMPS: usize = 9;

/// What a PES header says. The payload begins [`PesHeader::len`] bytes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PesHeader {
    /// stream_id.
    pub stream_id: u8,
    /// PES_packet_length: bytes after that field, 0 for "unbounded" (video alone).
    pub packet_length: u16,
    /// data_alignment_indicator.
    pub aligned: bool,
    /// Presentation time stamp.
    pub pts: Option<Pts>,
    /// Decoding time stamp, where it differs from the PTS.
    pub dts: Option<Pts>,
    /// Bytes of the header, start code included.
    pub len: usize,
}

/// Why bytes are no PES header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PesError {
    /// They do not begin with 00 00 01.
    #[error("no packet_start_code_prefix 00 00 01")]
    StartCode,
    /// They end inside the header.
    #[error("the PES header is cut off after {got} bytes")]
    Cut {
        /// Bytes that were there.
        got: usize,
    },
    /// The two bits before the flags are not `10`, a marker bit is 0, or PTS_DTS_flags is `01`.
    #[error("a fixed bit of the PES header is wrong at byte {at}")]
    Marker {
        /// Offset in the header.
        at: usize,
    },
}

impl PesHeader {
    /// Reads the header at the start of `bytes`.
    ///
    /// # Errors
    /// `StartCode`, `Cut` where the header goes on beyond `bytes`, and `Marker`.
    pub fn parse(bytes: &[u8]) -> Result<Self, PesError> {
        let cut = PesError::Cut { got: bytes.len() };
        let Some(&[a, b, c, stream_id, high, low]) = bytes.first_chunk::<FIXED>() else {
            return Err(cut);
        };
        if [a, b, c] != [0, 0, 1] {
            return Err(PesError::StartCode);
        }
        let packet_length = u16::from_be_bytes([high, low]);
        let bare = Self {
            stream_id,
            packet_length,
            aligned: false,
            pts: None,
            dts: None,
            len: FIXED,
        };
        if !has_fields(stream_id) {
            return Ok(bare);
        }
        let &[first, flags, length] = bytes
            .get(FIXED..)
            .and_then(<[u8]>::first_chunk)
            .ok_or(cut)?;
        if first & 0xc0 != 0x80 {
            return Err(PesError::Marker { at: FIXED });
        }
        let len = STAMPS + usize::from(length);
        let fields = bytes.get(STAMPS..len).ok_or(cut)?;
        let (pts, dts) = match flags >> 6 {
            0 => (None, None),
            2 => (Some(stamp(fields, 0)?), None),
            3 => (Some(stamp(fields, 0)?), Some(stamp(fields, 5)?)),
            _ => return Err(PesError::Marker { at: FIXED + 1 }),
        };
        Ok(Self {
            aligned: first & 0x04 != 0,
            pts,
            dts,
            len,
            ..bare
        })
    }

    /// The header's bytes with nothing but its time stamps.
    #[must_use]
    pub fn emit(&self) -> Vec<u8> {
        let [high, low] = self.packet_length.to_be_bytes();
        let mut out = vec![0, 0, 1, self.stream_id, high, low];
        if !has_fields(self.stream_id) {
            return out;
        }
        let aligned = if self.aligned { 0x04 } else { 0 };
        let (flags, length) = match (self.pts, self.dts) {
            (None, _) => (0, 0),
            (Some(_), None) => (0x80, 5),
            (Some(_), Some(_)) => (0xc0, 10),
        };
        out.extend_from_slice(&[0x80 | aligned, flags, length]);
        if let Some(pts) = self.pts {
            let prefix = if self.dts.is_some() { 0x30 } else { 0x20 };
            out.extend_from_slice(&stamp_bytes(prefix, pts));
            if let Some(dts) = self.dts {
                out.extend_from_slice(&stamp_bytes(0x10, dts));
            }
        }
        out
    }
}

/// Moves the PTS and DTS of the header at the start of `bytes` by `span`, in place; `false` and
/// nothing done when the header cannot be read.
pub fn shift(bytes: &mut [u8], span: Ticks) -> bool {
    let Ok(header) = PesHeader::parse(bytes) else {
        return false;
    };
    let stamps = [(STAMPS, header.pts), (STAMPS + 5, header.dts)];
    for (at, stamp) in stamps {
        let Some(stamp) = stamp else { continue };
        if let Some(place) = bytes.get_mut(at..at + 5) {
            let prefix = place.first().map_or(0, |b| b & 0xf0);
            place.copy_from_slice(&stamp_bytes(prefix, stamp.offset(span)));
        }
    }
    true
}

/// Whether a stream_id has the flags and fields behind PES_packet_length (table 2-21).
#[must_use]
pub const fn has_fields(stream_id: u8) -> bool {
    !matches!(
        stream_id,
        0xbc | 0xbe | 0xbf | 0xf0 | 0xf1 | 0xf2 | 0xf8 | 0xff
    )
}

fn stamp(fields: &[u8], at: usize) -> Result<Pts, PesError> {
    let cut = PesError::Cut { got: STAMPS + at };
    let b: &[u8; 5] = fields.get(at..).and_then(<[u8]>::first_chunk).ok_or(cut)?;
    if b[0] & b[2] & b[4] & 1 == 0 {
        return Err(PesError::Marker { at: STAMPS + at });
    }
    let ticks = (u64::from(b[0] >> 1 & 7) << 30)
        | (u64::from(b[1]) << 22)
        | (u64::from(b[2] >> 1) << 15)
        | (u64::from(b[3]) << 7)
        | u64::from(b[4] >> 1);
    Ok(Pts::from_ticks(ticks))
}

const fn stamp_bytes(prefix: u8, pts: Pts) -> [u8; 5] {
    let t = pts.ticks();
    [
        prefix | ((t >> 29) as u8 & 0x0e) | 1,
        (t >> 22) as u8,
        (t >> 14) as u8 | 1,
        (t >> 7) as u8,
        (t << 1) as u8 | 1,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    prop_compose! {
        fn any_header()(
            stream_id in prop::sample::select(vec![0xc0u8, 0xe0, 0xbd, 0xfd, 0xbe]),
            packet_length: u16,
            aligned: bool,
            stamps in prop::option::of((0u64..1 << 33, prop::option::of(0u64..1 << 33))),
        ) -> PesHeader {
            let fields = has_fields(stream_id);
            let stamps = stamps.filter(|_| fields);
            let pts = stamps.map(|(p, _)| Pts::from_ticks(p));
            let dts = stamps.and_then(|(_, d)| d).map(Pts::from_ticks);
            let len = if fields { 9 + 5 * (usize::from(pts.is_some()) + usize::from(dts.is_some())) } else { 6 };
            PesHeader { stream_id, packet_length, aligned: aligned && fields, pts, dts, len }
        }
    }

    proptest! {
        #[test]
        fn a_header_reads_back(header in any_header()) {
            prop_assert_eq!(PesHeader::parse(&header.emit()), Ok(header));
        }

        #[test]
        fn a_shift_moves_both_stamps(header in any_header(), span in -1_000_000_000i64..1_000_000_000) {
            let span = Ticks::new(span * 300);
            let mut bytes = header.emit();
            prop_assert!(shift(&mut bytes, span));
            let moved = PesHeader::parse(&bytes).unwrap();
            prop_assert_eq!(moved.pts, header.pts.map(|p| p.offset(span)));
            prop_assert_eq!(moved.dts, header.dts.map(|d| d.offset(span)));
        }

        #[test]
        fn any_bytes_are_taken(mut bytes in prop::collection::vec(any::<u8>(), 0..40), start: bool) {
            if start && bytes.len() > 3 {
                bytes[..3].copy_from_slice(&[0, 0, 1]);
            }
            let _ = PesHeader::parse(&bytes);
            let _ = shift(&mut bytes, Ticks::new(300));
        }
    }
}
