//! The sequence parameter set of H.265 (ITU-T H.265, 7.3.2.2), as far as the frame rate.

use h264_reader::rbsp::{BitRead, BitReader, BitReaderError, ByteReader};

use super::{Limits, Video, limits};

/// nal_unit_type of a sequence parameter set.
const SPS: u8 = 33;
const HEADER: std::num::NonZeroUsize = std::num::NonZeroUsize::MIN.saturating_add(1);
/// num_short_term_ref_pic_sets is 64 at most (7.4.3.2.1).
const SETS_MAX: u32 = 64;
/// Pictures in one set: sps_max_dec_pic_buffering_minus1 is 15 at most (A.4.2).
const PICTURES_MAX: u32 = 16;
/// aspect_ratio_idc of an extended ratio (table E.1).
const EXTENDED_SAR: u8 = 255;

/// Why a set could not be read; nobody asks which.
struct Unreadable;

impl From<BitReaderError> for Unreadable {
    fn from(_: BitReaderError) -> Self {
        Self
    }
}

pub(super) fn read(nal: &[u8]) -> Option<Video> {
    if (nal.first()? >> 1) & 0x3f != SPS {
        return None;
    }
    let mut bits = BitReader::new(ByteReader::skipping_bytes(nal, HEADER));
    sps(&mut bits).ok()
}

fn sps(r: &mut impl BitRead) -> Result<Video, Unreadable> {
    r.skip(4, "sps_video_parameter_set_id")?;
    let sub_layers: u8 = r.read::<3, _>("sps_max_sub_layers_minus1")?;
    r.skip(1, "sps_temporal_id_nesting_flag")?;
    let Form {
        profile,
        level,
        interlaced,
        limits,
    } = profile_tier_level(r, sub_layers)?;
    r.read_ue("sps_seq_parameter_set_id")?;
    let chroma = r.read_ue("chroma_format_idc")?;
    if chroma == 3 {
        r.skip(1, "separate_colour_plane_flag")?;
    }
    let (width, height) = dimensions(r, chroma)?;
    let video = Video {
        profile,
        level,
        width,
        height,
        interlaced,
        rate: None,
        limits,
    };
    // The size is worth having where the rest cannot be read.
    let rate = rate(r, sub_layers).ok().flatten();
    Ok(Video { rate, ..video })
}

/// What profile_tier_level says.
struct Form {
    profile: &'static str,
    /// Times ten.
    level: u8,
    interlaced: bool,
    limits: Option<Limits>,
}

/// 7.3.3.
fn profile_tier_level(r: &mut impl BitRead, sub_layers: u8) -> Result<Form, Unreadable> {
    r.skip(2, "general_profile_space")?;
    let high_tier = r.read_bit("general_tier_flag")?;
    let profile: u8 = r.read::<5, _>("general_profile_idc")?;
    r.skip(32, "general_profile_compatibility_flags")?;
    let progressive = r.read_bit("general_progressive_source_flag")?;
    let interlaced = r.read_bit("general_interlaced_source_flag")?;
    r.skip(46, "general constraint flags")?;
    let level: u8 = r.read::<8, _>("general_level_idc")?;
    let mut present = Vec::with_capacity(8);
    for _ in 0..sub_layers {
        present.push((
            r.read_bit("sub_layer_profile_present_flag")?,
            r.read_bit("sub_layer_level_present_flag")?,
        ));
    }
    if sub_layers > 0 {
        r.skip(2 * (8 - u32::from(sub_layers)), "reserved_zero_2bits")?;
    }
    for (profile, level) in present {
        r.skip(
            88 * u32::from(profile) + 8 * u32::from(level),
            "sub-layer profile and level",
        )?;
    }
    let name = match profile {
        1 => "Main",
        2 => "Main 10",
        3 => "Main Still Picture",
        4 => "Range Extensions",
        _ => "",
    };
    Ok(Form {
        profile: name,
        level: level / 3,
        interlaced: interlaced && !progressive,
        limits: limits::h265(profile, high_tier, level / 3),
    })
}

fn dimensions(r: &mut impl BitRead, chroma: u32) -> Result<(u32, u32), Unreadable> {
    let width = r.read_ue("pic_width_in_luma_samples")?;
    let height = r.read_ue("pic_height_in_luma_samples")?;
    let (mut across, mut down) = (0, 0);
    if r.read_bit("conformance_window_flag")? {
        across = add(r.read_ue("left")?, r.read_ue("right")?)?;
        down = add(r.read_ue("top")?, r.read_ue("bottom")?)?;
    }
    let (sub_x, sub_y) = match chroma {
        1 => (2, 2),
        2 => (2, 1),
        _ => (1, 1),
    };
    let cut = |size: u32, by: u32, unit: u32| {
        by.checked_mul(unit)
            .and_then(|by| size.checked_sub(by))
            .filter(|left| *left > 0)
            .ok_or(Unreadable)
    };
    Ok((cut(width, across, sub_x)?, cut(height, down, sub_y)?))
}

fn add(a: u32, b: u32) -> Result<u32, Unreadable> {
    a.checked_add(b).ok_or(Unreadable)
}

/// Frames in so many seconds, from vui_timing_info.
fn rate(r: &mut impl BitRead, sub_layers: u8) -> Result<Option<(u32, u32)>, Unreadable> {
    r.read_ue("bit_depth_luma_minus8")?;
    r.read_ue("bit_depth_chroma_minus8")?;
    let order_bits = add(r.read_ue("log2_max_pic_order_cnt_lsb_minus4")?, 4)?;
    let each = r.read_bit("sps_sub_layer_ordering_info_present_flag")?;
    for _ in 0..=(if each { sub_layers } else { 0 }) {
        r.read_ue("sps_max_dec_pic_buffering_minus1")?;
        r.read_ue("sps_max_num_reorder_pics")?;
        r.read_ue("sps_max_latency_increase_plus1")?;
    }
    for _ in 0..6 {
        r.read_ue("coding block sizes")?;
    }
    if r.read_bit("scaling_list_enabled_flag")?
        && r.read_bit("sps_scaling_list_data_present_flag")?
    {
        scaling_lists(r)?;
    }
    r.skip(2, "amp_enabled_flag, sample_adaptive_offset_enabled_flag")?;
    if r.read_bit("pcm_enabled_flag")? {
        r.skip(8, "pcm bit depths")?;
        r.read_ue("log2_min_pcm_luma_coding_block_size_minus3")?;
        r.read_ue("log2_diff_max_min_pcm_luma_coding_block_size")?;
        r.skip(1, "pcm_loop_filter_disabled_flag")?;
    }
    reference_sets(r)?;
    if r.read_bit("long_term_ref_pics_present_flag")? {
        for _ in 0..capped(r.read_ue("num_long_term_ref_pics_sps")?, 32)? {
            r.skip(order_bits.min(16), "lt_ref_pic_poc_lsb_sps")?;
            r.skip(1, "used_by_curr_pic_lt_sps_flag")?;
        }
    }
    r.skip(
        2,
        "sps_temporal_mvp_enabled_flag, strong_intra_smoothing_enabled_flag",
    )?;
    if !r.read_bit("vui_parameters_present_flag")? {
        return Ok(None);
    }
    timing(r)
}

fn capped(count: u32, max: u32) -> Result<u32, Unreadable> {
    if count > max {
        Err(Unreadable)
    } else {
        Ok(count)
    }
}

/// 7.3.4.
fn scaling_lists(r: &mut impl BitRead) -> Result<(), Unreadable> {
    for size in 0..4u32 {
        for _ in 0..(if size == 3 { 2 } else { 6 }) {
            if !r.read_bit("scaling_list_pred_mode_flag")? {
                r.read_ue("scaling_list_pred_matrix_id_delta")?;
                continue;
            }
            let coefficients = 64.min(1 << (4 + (size << 1)));
            let first = u32::from(size > 1);
            for _ in 0..coefficients + first {
                r.read_se("scaling_list_delta_coef")?;
            }
        }
    }
    Ok(())
}

/// 7.3.7, with the count that a predicted set derives (7-61, 7-62).
fn reference_sets(r: &mut impl BitRead) -> Result<(), Unreadable> {
    let sets = capped(r.read_ue("num_short_term_ref_pic_sets")?, SETS_MAX)?;
    let mut pictures = 0;
    for set in 0..sets {
        if set > 0 && r.read_bit("inter_ref_pic_set_prediction_flag")? {
            r.skip(1, "delta_rps_sign")?;
            r.read_ue("abs_delta_rps_minus1")?;
            let mut kept = 0;
            for _ in 0..=pictures {
                if r.read_bit("used_by_curr_pic_flag")? || r.read_bit("use_delta_flag")? {
                    kept += 1;
                }
            }
            pictures = capped(kept, PICTURES_MAX)?;
            continue;
        }
        let negative = capped(r.read_ue("num_negative_pics")?, PICTURES_MAX)?;
        let positive = capped(r.read_ue("num_positive_pics")?, PICTURES_MAX)?;
        pictures = capped(negative + positive, PICTURES_MAX)?;
        for _ in 0..pictures {
            r.read_ue("delta_poc_minus1")?;
            r.skip(1, "used_by_curr_pic_flag")?;
        }
    }
    Ok(())
}

/// vui_parameters as far as vui_timing_info (E.2.1).
fn timing(r: &mut impl BitRead) -> Result<Option<(u32, u32)>, Unreadable> {
    if r.read_bit("aspect_ratio_info_present_flag")?
        && r.read::<8, u8>("aspect_ratio_idc")? == EXTENDED_SAR
    {
        r.skip(32, "sar_width, sar_height")?;
    }
    if r.read_bit("overscan_info_present_flag")? {
        r.skip(1, "overscan_appropriate_flag")?;
    }
    if r.read_bit("video_signal_type_present_flag")? {
        r.skip(4, "video_format, video_full_range_flag")?;
        if r.read_bit("colour_description_present_flag")? {
            r.skip(24, "colour description")?;
        }
    }
    if r.read_bit("chroma_loc_info_present_flag")? {
        r.read_ue("chroma_sample_loc_type_top_field")?;
        r.read_ue("chroma_sample_loc_type_bottom_field")?;
    }
    r.skip(
        3,
        "neutral_chroma_indication_flag, field_seq_flag, frame_field_info_present_flag",
    )?;
    if r.read_bit("default_display_window_flag")? {
        for _ in 0..4 {
            r.read_ue("default display window")?;
        }
    }
    if !r.read_bit("vui_timing_info_present_flag")? {
        return Ok(None);
    }
    let units = r.read::<32, u32>("vui_num_units_in_tick")?;
    let scale = r.read::<32, u32>("vui_time_scale")?;
    Ok((units > 0 && scale > 0).then_some((scale, units)))
}
