//! The header of a PES packet (ISO/IEC 13818-1, 2.4.3.6 and 2.4.3.7).

mod packetize;

pub use packetize::{Packetizer, packets_for};

use super::clock::{Pts, Ticks};

/// packet_start_code_prefix.
const START_CODE: [u8; 3] = [0, 0, 1];
/// Start code, stream_id and PES_packet_length.
const FIXED: usize = 6;
/// The same, and the flags and PES_header_data_length.
const WITH_FLAGS: usize = 9;
/// Bytes of a PTS or DTS.
const STAMP: usize = 5;

/// stream_id (table 2-22).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub u8);

impl StreamId {
    /// private_stream_1: AC-3, DVB subtitles, teletext.
    pub const PRIVATE_1: Self = Self(0xbd);
    /// padding_stream.
    pub const PADDING: Self = Self(0xbe);
    /// The first audio stream.
    pub const AUDIO: Self = Self(0xc0);
    /// The first video stream.
    pub const VIDEO: Self = Self(0xe0);

    /// Whether flags, time stamps and header_data_length follow the packet's length; where they
    /// do not, the data does.
    #[must_use]
    pub const fn has_header(self) -> bool {
        !matches!(self.0, 0xbc | 0xbe | 0xbf | 0xf0..=0xf2 | 0xf8 | 0xff)
    }

    /// An audio stream of MPEG's numbering.
    #[must_use]
    pub const fn is_audio(self) -> bool {
        matches!(self.0, 0xc0..=0xdf)
    }

    /// A video stream of MPEG's numbering.
    #[must_use]
    pub const fn is_video(self) -> bool {
        matches!(self.0, 0xe0..=0xef)
    }
}

/// The beginning of a PES packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PesHeader {
    /// stream_id.
    pub stream_id: StreamId,
    /// PES_packet_length: bytes behind that field; 0 is "until the next PES packet", for video.
    pub packet_length: u16,
    /// Where the data starts, counted from the start code. It may lie behind the payload that was
    /// read, in a later packet.
    pub len: usize,
    /// PTS.
    pub pts: Option<Pts>,
    /// DTS; never without a PTS.
    pub dts: Option<Pts>,
    /// PES_scrambling_control is not 0.
    pub scrambled: bool,
    /// data_alignment_indicator.
    pub aligned: bool,
    /// A marker bit, a fixed pattern or PTS_DTS_flags is not as 2.4.3.7 demands.
    pub malformed: bool,
}

/// Why a payload is not the beginning of a PES packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PesError {
    /// No packet_start_code_prefix.
    #[error("the payload does not begin with 00 00 01")]
    StartCode,
    /// The payload ends before the time stamps do.
    #[error("the payload of {got} bytes ends inside the PES header")]
    Cut {
        /// Bytes of the payload.
        got: usize,
    },
}

impl PesHeader {
    /// Reads the payload of a packet with payload_unit_start_indicator.
    ///
    /// # Errors
    /// `StartCode`, and `Cut` when fixed fields or time stamps are not whole.
    pub fn parse(payload: &[u8]) -> Result<Self, PesError> {
        let cut = PesError::Cut { got: payload.len() };
        let (&[a, b, c, stream_id, high, low], rest) =
            payload.split_first_chunk::<FIXED>().ok_or(cut)?;
        if [a, b, c] != START_CODE {
            return Err(PesError::StartCode);
        }
        let mut header = Self {
            stream_id: StreamId(stream_id),
            packet_length: u16::from_be_bytes([high, low]),
            len: FIXED,
            pts: None,
            dts: None,
            scrambled: false,
            aligned: false,
            malformed: false,
        };
        if header.stream_id.has_header() {
            let (&[first, second, length], rest) = rest.split_first_chunk().ok_or(cut)?;
            header.len = WITH_FLAGS + usize::from(length);
            header.scrambled = first & 0x30 != 0;
            header.aligned = first & 0x04 != 0;
            header.malformed = first & 0xc0 != 0x80;
            header
                .read_stamps(second >> 6, usize::from(length), rest)
                .ok_or(cut)?;
        }
        Ok(header)
    }

    /// `None` when they are not whole in `fields`.
    fn read_stamps(&mut self, flags: u8, length: usize, fields: &[u8]) -> Option<()> {
        let needed = match flags {
            0 => return Some(()),
            2 => STAMP,
            3 => 2 * STAMP,
            _ => 0,
        };
        if needed == 0 || length < needed {
            self.malformed = true;
            return Some(());
        }
        let (pts, rest) = fields.split_first_chunk()?;
        self.malformed |= !stamp_ok(pts, flags);
        self.pts = Some(read_stamp(pts));
        if flags == 3 {
            let dts = rest.first_chunk()?;
            self.malformed |= !stamp_ok(dts, 1);
            self.dts = Some(read_stamp(dts));
        }
        Some(())
    }

    /// Bytes of data that PES_packet_length announces; `None` when it is 0.
    #[must_use]
    pub const fn data_len(&self) -> Option<usize> {
        match self.packet_length {
            0 => None,
            length => Some((length as usize + FIXED).saturating_sub(self.len)),
        }
    }

    /// The header, stuffed up to `len` where the fields are shorter. A DTS is written only
    /// with a PTS.
    #[must_use]
    pub fn emit(&self) -> Vec<u8> {
        let [a, b, c] = START_CODE;
        let [high, low] = self.packet_length.to_be_bytes();
        let mut bytes = vec![a, b, c, self.stream_id.0, high, low];
        if !self.stream_id.has_header() {
            return bytes;
        }
        let (flags, stamps) = match (self.pts, self.dts) {
            (None, _) => (0, Vec::new()),
            (Some(pts), None) => (2, stamp_bytes(2, pts).to_vec()),
            (Some(pts), Some(dts)) => (3, [stamp_bytes(3, pts), stamp_bytes(1, dts)].concat()),
        };
        let length = self.len.saturating_sub(WITH_FLAGS).max(stamps.len());
        let length = u8::try_from(length).unwrap_or(u8::MAX);
        let scrambled = if self.scrambled { 0x10 } else { 0 };
        let aligned = if self.aligned { 0x04 } else { 0 };
        bytes.extend_from_slice(&[0x80 | scrambled | aligned, flags << 6, length]);
        bytes.extend_from_slice(&stamps);
        bytes.resize(WITH_FLAGS + usize::from(length), 0xff);
        bytes
    }
}

/// Moves the PTS and DTS of the header at the start of `payload` by `span`, in place; `false` and
/// nothing done when the header cannot be read. Nothing else changes, but marker bits are put
/// right.
pub fn shift(payload: &mut [u8], span: Ticks) -> bool {
    let Ok(header) = PesHeader::parse(payload) else {
        return false;
    };
    let stamps = payload.get_mut(WITH_FLAGS..).unwrap_or_default();
    let prefix = if header.dts.is_some() { 3 } else { 2 };
    let each = [(header.pts, prefix), (header.dts, 1)];
    for (bytes, (stamp, prefix)) in stamps.as_chunks_mut::<STAMP>().0.iter_mut().zip(each) {
        if let Some(stamp) = stamp {
            *bytes = stamp_bytes(prefix, stamp.offset(span));
        }
    }
    true
}

/// The five bytes of a time stamp behind a prefix of four bits.
const fn stamp_bytes(prefix: u8, stamp: Pts) -> [u8; STAMP] {
    let ticks = stamp.ticks();
    [
        (prefix << 4) | (((ticks >> 30) as u8 & 0x07) << 1) | 1,
        (ticks >> 22) as u8,
        (((ticks >> 15) as u8) << 1) | 1,
        (ticks >> 7) as u8,
        ((ticks as u8) << 1) | 1,
    ]
}

const fn read_stamp(&[a, b, c, d, e]: &[u8; STAMP]) -> Pts {
    Pts::from_ticks(
        (((a >> 1) & 0x07) as u64) << 30
            | (b as u64) << 22
            | ((c >> 1) as u64) << 15
            | (d as u64) << 7
            | (e >> 1) as u64,
    )
}

/// Whether prefix and marker bits are right.
const fn stamp_ok(&[a, _, c, _, e]: &[u8; STAMP], prefix: u8) -> bool {
    a >> 4 == prefix && a & c & e & 1 == 1
}

#[cfg(test)]
mod tests;
