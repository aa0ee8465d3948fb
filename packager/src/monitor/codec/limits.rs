//! What profile and level allow a picture's stream, by which a decoder sizes its buffers.

use super::Limits;

/// cpbBrNalFactor by profile_idc (ISO/IEC 14496-10, table A-2).
const fn h264_factor(profile: u8) -> Option<u64> {
    Some(match profile {
        66 | 77 | 88 => 1200,
        100 => 1500,
        110 => 3600,
        122 | 244 | 44 => 4800,
        _ => return None,
    })
}

/// MaxBR and MaxCPB (ISO/IEC 14496-10, table A-1), times the factor of the profile.
pub(super) fn h264(profile: u8, level: u8) -> Option<Limits> {
    let (rate, buffer) = match level {
        9 => (128, 350),
        10 => (64, 175),
        // Also 1b of the profiles that flag it: the larger.
        11 => (192, 500),
        12 => (384, 1_000),
        13 => (768, 2_000),
        20 => (2_000, 2_000),
        21 | 22 => (4_000, 4_000),
        30 => (10_000, 10_000),
        31 => (14_000, 14_000),
        32 => (20_000, 20_000),
        40 => (20_000, 25_000),
        41 | 42 => (50_000, 62_500),
        50 => (135_000, 135_000),
        51 | 52 | 60 => (240_000, 240_000),
        61 => (480_000, 480_000),
        62 => (800_000, 800_000),
        _ => return None,
    };
    let factor = h264_factor(profile)?;
    Some(Limits::new(rate * factor, buffer * factor))
}

/// CpbNalFactor and BrNalFactor of Main and Main 10 (ITU-T H.265, table A.10).
const H265_FACTOR: u64 = 1100;

/// MaxBR and MaxCPB (ITU-T H.265, tables A.8 and A.9), `level` times ten, times the factor.
pub(super) fn h265(profile: u8, high_tier: bool, level: u8) -> Option<Limits> {
    if !matches!(profile, 1..=3) {
        return None;
    }
    let (main, high) = match level {
        10 => return Some(Limits::new(128 * H265_FACTOR, 350 * H265_FACTOR)),
        20 => (1_500, 1_500),
        21 => (3_000, 3_000),
        30 => (6_000, 6_000),
        31 => (10_000, 10_000),
        40 => (12_000, 30_000),
        41 => (20_000, 50_000),
        50 => (25_000, 100_000),
        51 => (40_000, 160_000),
        52 | 60 => (60_000, 240_000),
        61 => (120_000, 480_000),
        62 => (240_000, 800_000),
        _ => return None,
    };
    let both = H265_FACTOR * if high_tier { high } else { main };
    Some(Limits::new(both, both))
}

/// Rmax and VBVmax (ISO/IEC 13818-2, tables 8-13 and 8-14). `vbv` is the vbv_buffer_size of the
/// sequence, bits: above Main level the buffer is no larger (ISO/IEC 13818-1, 2.4.2.3).
pub(super) fn mpeg2(profile_and_level: u8, vbv: u64) -> Option<Limits> {
    let (rate, buffer, fixed) = match profile_and_level {
        0x4a => (4_000_000, 475_136, true),
        0x48 | 0x58 => (15_000_000, 1_835_008, true),
        0x46 => (60_000_000, 7_340_032, false),
        0x44 => (80_000_000, 9_781_248, false),
        0x18 => (20_000_000, 2_441_216, true),
        0x16 => (80_000_000, 9_781_248, false),
        0x14 => (100_000_000, 12_222_464, false),
        _ => return None,
    };
    Some(Limits::new(rate, if fixed { buffer } else { vbv }))
}
