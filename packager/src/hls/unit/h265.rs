//! What a NAL unit of H.265 means for the access unit (ITU-T H.265, 7.3.1.2 and 7.4.2.4.4).

use std::sync::Arc;

use shiguredo_mp4::bitstream::h265::{
    H265ConstantFrameRate, H265SampleEntryConfig, build_hvc1_box,
};
use shiguredo_mp4::boxes::SampleEntry;

use super::Access;
use super::video::{LENGTH_SIZE, Role};
use crate::hls::codec::{Format, Shape, VIDEO_TIMESCALE};

const VPS: u8 = 32;
const SPS: u8 = 33;
const PPS: u8 = 34;

/// nal_unit_type.
fn kind(nal: &[u8]) -> u8 {
    nal.first().map_or(0, |b| (b >> 1) & 0x3f)
}

pub(super) fn role(nal: &[u8]) -> Role {
    match kind(nal) {
        kind @ 0..=31 => {
            // first_slice_segment_in_pic_flag.
            if nal.get(2).is_none_or(|b| b & 0x80 == 0) {
                return Role::Rest;
            }
            let access = match kind {
                19 | 20 => Access::Full,
                16..=23 => Access::Recovery,
                _ => Access::None,
            };
            Role::First {
                access,
                intra: (16..=23).contains(&kind),
            }
        }
        VPS | PPS => Role::Set { sequence: false },
        SPS => Role::Set { sequence: true },
        35 => Role::Delimiter,
        39 | 41..=44 | 48..=55 => Role::Prefix {
            access: Access::None,
        },
        40 => Role::Rest,
        // Ends of sequence and stream, filler, and what no standard names.
        _ => Role::Drop,
    }
}

/// The format that `sets` make; `None` when they are not whole or say what fragments cannot hold.
pub(super) fn format(sets: &[Vec<u8>]) -> Option<Arc<Format>> {
    let of = |wanted: u8| -> Vec<Vec<u8>> {
        let is = |set: &&Vec<u8>| kind(set) == wanted;
        sets.iter().filter(is).cloned().collect()
    };
    let config = H265SampleEntryConfig {
        length_size: LENGTH_SIZE,
        avg_frame_rate: H265SampleEntryConfig::AVG_FRAME_RATE_UNSPECIFIED,
        constant_frame_rate: H265ConstantFrameRate::Unknown,
    };
    let hvc1 = build_hvc1_box(&of(VPS), &of(SPS), &of(PPS), &config).ok()?;
    let shape = Shape::Picture {
        width: u32::from(hvc1.visual.width),
        height: u32::from(hvc1.visual.height),
    };
    let entry = SampleEntry::Hvc1(hvc1);
    Format::new(entry, VIDEO_TIMESCALE, shape, sets.to_vec()).map(Arc::new)
}
