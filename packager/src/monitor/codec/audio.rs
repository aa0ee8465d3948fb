//! Frame headers of sound.

use memchr::memchr_iter;

use super::{Audio, Codec, Detail};

/// Samples a second by sampling_frequency_index (ISO/IEC 14496-3, table 1.18).
pub(super) const AAC_RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
];
/// Channels by acmod, without the low frequency (ETSI TS 102 366, table 4.3).
const AC3_CHANNELS: [u8; 8] = [2, 1, 2, 3, 3, 4, 4, 5];

/// Bits of `data` from bit `at`; `None` past the end. Up to 16 bits.
pub(super) fn bits(data: &[u8], at: usize, count: usize) -> Option<usize> {
    let bytes = data.get(at / 8..)?;
    let word = [0, 1, 2].map(|i| bytes.get(i).copied().map_or(0, usize::from));
    let word = (word[0] << 16) | (word[1] << 8) | word[2];
    (at + count <= data.len() * 8).then(|| (word >> (24 - at % 8 - count)) & ((1 << count) - 1))
}

/// Bytes of a header that two frames of one stream share; the last two bits of the third are
/// padding and private.
const SHARED: [u8; 3] = [0xff, 0xff, 0xfc];

/// A header of ADTS or of MPEG audio. A PES packet need not begin with a frame: further on, a
/// header counts when the same comes again.
pub(super) fn mpeg_family(data: &[u8]) -> Option<(Codec, Detail)> {
    let one = |data: &[u8]| {
        let adts = adts(data).map(|audio| (Codec::AacAdts, Detail::Audio(audio)));
        adts.or_else(|| mpeg(data).map(|audio| (Codec::MpegAudio, Detail::Audio(audio))))
    };
    one(data).or_else(|| {
        memchr_iter(0xff, data).find_map(|at| {
            let frame = data.get(at..)?;
            let found = one(frame)?;
            comes_again(frame).then_some(found)
        })
    })
}

fn comes_again(frame: &[u8]) -> bool {
    let shared = |at: usize| {
        let bytes: &[u8; 3] = frame.get(at..)?.first_chunk()?;
        Some([
            bytes[0] & SHARED[0],
            bytes[1] & SHARED[1],
            bytes[2] & SHARED[2],
        ])
    };
    let first = shared(0);
    // Behind the header itself.
    let rest = frame.get(SHARED.len()..).unwrap_or_default();
    memchr_iter(0xff, rest).any(|at| shared(at + SHARED.len()) == first)
}

/// An ADTS header (ISO/IEC 13818-7, 6.2).
fn adts(data: &[u8]) -> Option<Audio> {
    if bits(data, 0, 12)? != 0xfff || bits(data, 13, 2)? != 0 {
        return None;
    }
    let profile = ["Main", "LC", "SSR", "LTP"].get(bits(data, 16, 2)?)?;
    let sample_rate = *AAC_RATES.get(bits(data, 18, 4)?)?;
    let channels = match bits(data, 23, 3)? {
        7 => 8,
        // 0: a programme config element in the frame says.
        n => u8::try_from(n).ok()?,
    };
    Some(Audio {
        profile,
        sample_rate,
        channels,
    })
}

/// A header of layer I, II or III (ISO/IEC 11172-3, 2.4.1.3; the lower rates of 13818-3).
fn mpeg(data: &[u8]) -> Option<Audio> {
    if bits(data, 0, 11)? != 0x7ff {
        return None;
    }
    let halvings = match bits(data, 11, 2)? {
        3 => 0,
        2 => 1,
        0 => 2,
        _ => return None,
    };
    let profile = ["", "layer III", "layer II", "layer I"]
        .get(bits(data, 13, 2)?)
        .filter(|name| !name.is_empty())?;
    let rate = [44_100, 48_000, 32_000].get(bits(data, 20, 2)?)?;
    Some(Audio {
        profile,
        sample_rate: rate >> halvings,
        channels: if bits(data, 24, 2)? == 3 { 1 } else { 2 },
    })
}

/// syncinfo and bsi of AC-3 (ETSI TS 102 366, 4.3 and 4.4) and of E-AC-3 (annex E.1.2).
pub(super) fn ac3(data: &[u8]) -> Option<Audio> {
    if bits(data, 0, 16)? != 0x0b77 {
        return None;
    }
    // bsid stands at the same place in both.
    let enhanced = bits(data, 40, 5)? > 10;
    let rates = [48_000, 44_100, 32_000];
    let (sample_rate, mode, low) = if enhanced {
        let rate = match bits(data, 32, 2)? {
            3 => rates.get(bits(data, 34, 2)?)? / 2,
            code => *rates.get(code)?,
        };
        (rate, bits(data, 36, 3)?, bits(data, 39, 1)?)
    } else {
        let rate = *rates.get(bits(data, 32, 2)?)?;
        let mode = bits(data, 48, 3)?;
        // cmixlev, surmixlev and dsurmod stand before lfeon where the mode has them.
        let levels = 2 * usize::from(mode & 1 != 0 && mode != 1)
            + 2 * usize::from(mode & 4 != 0)
            + 2 * usize::from(mode == 2);
        (rate, mode, bits(data, 51 + levels, 1)?)
    };
    Some(Audio {
        profile: "",
        sample_rate,
        channels: AC3_CHANNELS.get(mode)? + u8::try_from(low).ok()?,
    })
}
