//! The sequence parameter set of H.264 (ISO/IEC 14496-10, 7.3.2.1).

use h264_reader::nal::sps::{FrameMbsFlags, SeqParameterSet};
use h264_reader::rbsp::{BitReader, ByteReader};

use super::Video;

/// nal_unit_type of a sequence parameter set.
const SPS: u8 = 7;

pub(super) fn read(nal: &[u8]) -> Option<Video> {
    if nal.first()? & 0x1f != SPS {
        return None;
    }
    let sps =
        SeqParameterSet::from_bits(BitReader::new(ByteReader::skipping_h264_header(nal))).ok()?;
    let (width, height) = sps.pixel_dimensions().ok()?;
    let timing = sps
        .vui_parameters
        .as_ref()
        .and_then(|vui| vui.timing_info.as_ref());
    Some(Video {
        profile: profile(u8::from(sps.profile_idc), sps.constraint_flags.flag1()),
        level: sps.level_idc,
        width,
        height,
        interlaced: sps.frame_mbs_flags != FrameMbsFlags::Frames,
        rate: timing
            .and_then(|t| Some((t.time_scale, t.num_units_in_tick.checked_mul(2)?)))
            .filter(|(ticks, units)| *ticks > 0 && *units > 0),
        limits: super::limits::h264(u8::from(sps.profile_idc), sps.level_idc),
    })
}

const fn profile(idc: u8, constrained: bool) -> &'static str {
    match (idc, constrained) {
        (66, true) => "Constrained Baseline",
        (66, false) => "Baseline",
        (77, _) => "Main",
        (88, _) => "Extended",
        (100, _) => "High",
        (110, _) => "High 10",
        (122, _) => "High 4:2:2",
        (244, _) => "High 4:4:4",
        _ => "",
    }
}
