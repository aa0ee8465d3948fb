//! Where frames of sound end, and how long each lasts.

use super::Codec;
use super::audio::{AAC_RATES, bits};
use crate::ts::clock::{SYSTEM_CLOCK_HZ, Ticks};

/// The longest header that is read.
pub(in crate::monitor) const HEADER: usize = 7;

/// One frame of sound, an access unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::monitor) struct Frame {
    /// Header included.
    pub(in crate::monitor) bytes: usize,
    /// Zero where it belongs to the access unit before.
    pub(in crate::monitor) lasts: Ticks,
}

impl Frame {
    /// Reads a header of [`HEADER`] bytes; `None` where it is none of this coding.
    pub(in crate::monitor) fn read(codec: Codec, header: &[u8; HEADER]) -> Option<Self> {
        let (bytes, samples, rate) = match codec {
            Codec::AacAdts => adts(header),
            Codec::MpegAudio => mpeg(header),
            Codec::Ac3 | Codec::Eac3 => ac3(header),
            _ => None,
        }?;
        let ticks = i64::try_from(samples as u64 * SYSTEM_CLOCK_HZ / rate as u64).ok()?;
        (bytes > HEADER).then_some(Self {
            bytes,
            lasts: Ticks::new(ticks),
        })
    }
}

/// Bytes, samples and samples a second (ISO/IEC 13818-7, 6.2).
fn adts(header: &[u8]) -> Option<(usize, usize, usize)> {
    if bits(header, 0, 12)? != 0xfff || bits(header, 13, 2)? != 0 {
        return None;
    }
    let rate = *AAC_RATES.get(bits(header, 18, 4)?)?;
    let blocks = bits(header, 54, 2)? + 1;
    Some((bits(header, 30, 13)?, blocks * 1024, rate as usize))
}

/// kbit/s by bitrate_index from 1 on (ISO/IEC 11172-3, 2.4.2.3; 13818-3, 2.4.2.3).
const MPEG_RATES: [[usize; 14]; 5] = [
    [
        32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448,
    ],
    [
        32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384,
    ],
    [
        32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
    ],
    [
        32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256,
    ],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

/// Layers I, II and III.
fn mpeg(header: &[u8]) -> Option<(usize, usize, usize)> {
    if bits(header, 0, 11)? != 0x7ff {
        return None;
    }
    let halvings = match bits(header, 11, 2)? {
        3 => 0,
        2 => 1,
        0 => 2,
        _ => return None,
    };
    let layer = 4 - bits(header, 13, 2)?;
    let row = match (layer, halvings) {
        (1..=3, 0) => layer - 1,
        (1, _) => 3,
        (2 | 3, _) => 4,
        _ => return None,
    };
    let index = bits(header, 16, 4)?.checked_sub(1)?;
    let kbits = *MPEG_RATES.get(row)?.get(index)?;
    let rate = [44_100, 48_000, 32_000].get(bits(header, 20, 2)?)? >> halvings;
    let padding = bits(header, 22, 1)?;
    let samples = match (layer, halvings) {
        (1, _) => 384,
        (3, 1..) => 576,
        _ => 1152,
    };
    let bytes = match layer {
        1 => (12_000 * kbits / rate + padding) * 4,
        _ => samples / 8 * 1000 * kbits / rate + padding,
    };
    Some((bytes, samples, rate))
}

/// kbit/s by half of frmsizecod (ETSI TS 102 366, table 4.13).
const AC3_RATES: [usize; 19] = [
    32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640,
];

/// AC-3 (ETSI TS 102 366, 4.3) and E-AC-3 (annex E.1.2).
fn ac3(header: &[u8]) -> Option<(usize, usize, usize)> {
    if bits(header, 0, 16)? != 0x0b77 {
        return None;
    }
    let rates = [48_000, 44_100, 32_000];
    let code = bits(header, 32, 2)?;
    if bits(header, 40, 5)? > 10 {
        let bytes = (bits(header, 21, 11)? + 1) * 2;
        // A dependent substream belongs to the frame before.
        let dependent = bits(header, 16, 2)? == 1;
        let (blocks, rate) = match code {
            3 => (6, rates.get(bits(header, 34, 2)?)? / 2),
            _ => (*[1, 2, 3, 6].get(bits(header, 34, 2)?)?, *rates.get(code)?),
        };
        return Some((bytes, if dependent { 0 } else { blocks * 256 }, rate));
    }
    let size = bits(header, 34, 6)?;
    let kbits = *AC3_RATES.get(size / 2)?;
    let rate = *rates.get(code)?;
    let bytes = match code {
        0 => kbits * 4,
        1 => (kbits * 320 / 147 + size % 2) * 2,
        _ => kbits * 6,
    };
    Some((bytes, 1536, rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(codec: Codec, header: [u8; HEADER]) -> Option<(usize, i64)> {
        let frame = Frame::read(codec, &header)?;
        Some((frame.bytes, frame.lasts.get()))
    }

    #[test]
    fn headers_of_each_coding_tell_bytes_and_time() {
        let cases = [
            // 44.1 kHz, 1024 samples.
            (Codec::AacAdts, "fff15040213ffc", (265, 626_938)),
            // Layer II, 384 kbit/s, 48 kHz.
            (Codec::MpegAudio, "fffde404886666", (1152, 648_000)),
            // 192 kbit/s of 32 kHz.
            (Codec::Ac3, "0b7795cd944043", (1152, 1_296_000)),
            (Codec::Eac3, "0b77037f3f87c0", (1792, 864_000)),
        ];
        for (codec, digits, expected) in cases {
            let mut header = [0; HEADER];
            for (byte, pair) in header.iter_mut().zip(digits.as_bytes().chunks(2)) {
                *byte = u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
            }
            assert_eq!(read(codec, header), Some(expected), "{codec}");
        }
    }

    #[test]
    fn what_is_no_header_is_none() {
        for codec in [Codec::AacAdts, Codec::MpegAudio, Codec::Ac3, Codec::H264] {
            assert_eq!(read(codec, [0; HEADER]), None);
            assert_eq!(read(codec, [0xff; HEADER]), None);
        }
    }
}
