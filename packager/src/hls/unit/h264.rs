//! What a NAL unit of H.264 means for the access unit (ITU-T H.264, 7.3.1 and 7.4.1.2.3).

use std::sync::Arc;

use h264_reader::nal::sei::{HeaderType, SeiReader};
use h264_reader::nal::sps::{FrameMbsFlags, SeqParameterSet};
use h264_reader::nal::{Nal, RefNal};
use h264_reader::rbsp::{BitRead, BitReaderError};
use shiguredo_mp4::bitstream::h264::{H264SampleEntryConfig, build_avc1_box};
use shiguredo_mp4::boxes::SampleEntry;

use super::Access;
use super::video::{LENGTH_SIZE, Role, pixel_aspect};
use crate::hls::codec::{Format, Shape, VIDEO_TIMESCALE};

/// What of the active SPS is needed to read the beginning of a slice header.
#[derive(Clone, Copy, Debug, Default)]
struct SliceSyntax {
    frame_num_bits: u32,
    colour_planes: bool,
    may_be_field: bool,
}

/// The beginning of a slice header (7.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slice {
    first: bool,
    intra: bool,
    frame_num: u32,
    /// `Some(bottom)` for a slice of a field.
    field: Option<bool>,
}

/// What H.264 remembers between NAL units.
#[derive(Debug, Default)]
pub(super) struct H264 {
    syntax: Option<SliceSyntax>,
    /// The field that began the picture being collected, while its other field is missing.
    first_field: Option<(u32, bool)>,
    scratch: Vec<u8>,
}

impl H264 {
    pub(super) fn role(&mut self, nal: &[u8]) -> Role {
        let kind = nal.first().map_or(0, |b| b & 0x1f);
        match kind {
            1 | 2 | 5 => self.slice(nal, kind == 5),
            3 | 4 | 19 | 20 => Role::Rest,
            6 => Role::Prefix {
                access: if self.is_recovery_point(nal) {
                    Access::Recovery
                } else {
                    Access::None
                },
            },
            7 => {
                self.syntax = slice_syntax(nal).or(self.syntax);
                Role::Set { sequence: true }
            }
            8 => Role::Set { sequence: false },
            9 => Role::Delimiter,
            14..=18 => Role::Prefix {
                access: Access::None,
            },
            // Filler, ends of sequence and stream, and what no standard names.
            _ => Role::Drop,
        }
    }

    fn slice(&mut self, nal: &[u8], idr: bool) -> Role {
        // Without an SPS no field can be told from a frame; a first macroblock still begins one.
        let syntax = self.syntax.unwrap_or_default();
        let Ok(slice) = read_slice(nal, syntax) else {
            return Role::Rest;
        };
        if !slice.first {
            return Role::Rest;
        }
        let second = match (slice.field, self.first_field) {
            (Some(bottom), Some((frame_num, first))) => {
                frame_num == slice.frame_num && first != bottom
            }
            _ => false,
        };
        self.first_field = match slice.field {
            Some(bottom) if !second => Some((slice.frame_num, bottom)),
            _ => None,
        };
        if second {
            return Role::Rest;
        }
        Role::First {
            access: if idr { Access::Full } else { Access::None },
            intra: slice.intra,
        }
    }

    /// Whether an SEI NAL unit holds a recovery point (D.2.8).
    fn is_recovery_point(&mut self, nal: &[u8]) -> bool {
        let nal = RefNal::new(nal, &[], true);
        let mut reader = SeiReader::from_rbsp_bytes(nal.rbsp_bytes(), &mut self.scratch);
        while let Ok(Some(message)) = reader.next() {
            if message.payload_type == HeaderType::RecoveryPoint {
                return true;
            }
        }
        false
    }
}

fn slice_syntax(nal: &[u8]) -> Option<SliceSyntax> {
    let sps = SeqParameterSet::from_bits(RefNal::new(nal, &[], true).rbsp_bits()).ok()?;
    Some(SliceSyntax {
        frame_num_bits: u32::from(sps.log2_max_frame_num()),
        colour_planes: sps.chroma_info.separate_colour_plane_flag,
        may_be_field: matches!(sps.frame_mbs_flags, FrameMbsFlags::Fields { .. }),
    })
}

fn read_slice(nal: &[u8], syntax: SliceSyntax) -> Result<Slice, BitReaderError> {
    // The header's beginning is in the first bytes; the NAL unit need not be unescaped whole.
    let head = nal.get(..32).unwrap_or(nal);
    let nal = RefNal::new(head, &[], false);
    let mut bits = nal.rbsp_bits();
    let first = bits.read_ue("first_mb_in_slice")? == 0;
    let intra = matches!(bits.read_ue("slice_type")? % 5, 2 | 4);
    let mut slice = Slice {
        first,
        intra,
        frame_num: 0,
        field: None,
    };
    if !syntax.may_be_field {
        return Ok(slice);
    }
    bits.read_ue("pic_parameter_set_id")?;
    if syntax.colour_planes {
        bits.skip(2, "colour_plane_id")?;
    }
    slice.frame_num = bits.read_var(syntax.frame_num_bits, "frame_num")?;
    if bits.read_bit("field_pic_flag")? {
        slice.field = Some(bits.read_bit("bottom_field_flag")?);
    }
    Ok(slice)
}

/// The format that `sets` make; `None` when they are not whole or say what fragments cannot hold.
pub(super) fn format(sets: &[Vec<u8>]) -> Option<Arc<Format>> {
    let of = |kind: u8| -> Vec<Vec<u8>> {
        let is = |set: &&Vec<u8>| set.first().is_some_and(|b| b & 0x1f == kind);
        sets.iter().filter(is).cloned().collect()
    };
    let config = H264SampleEntryConfig {
        length_size: LENGTH_SIZE,
    };
    let sequence = of(7);
    let mut avc1 = build_avc1_box(&sequence, &of(8), &config).ok()?;
    let (mut width, height) = (u32::from(avc1.visual.width), u32::from(avc1.visual.height));
    if let Some((across, down)) = sequence.first().and_then(|sps| sample_aspect(sps)) {
        avc1.unknown_boxes.push(pixel_aspect(across, down));
        width = width * u32::from(across) / u32::from(down);
    }
    let entry = SampleEntry::Avc1(avc1);
    let shape = Shape::Picture { width, height };
    Format::new(entry, VIDEO_TIMESCALE, shape, sets.to_vec()).map(Arc::new)
}

/// The shape of a pixel where it is not square (E.2.1).
fn sample_aspect(sps: &[u8]) -> Option<(u16, u16)> {
    let sps = SeqParameterSet::from_bits(RefNal::new(sps, &[], true).rbsp_bits()).ok()?;
    let (across, down) = sps.vui_parameters?.aspect_ratio_info?.get()?;
    (across != down && across != 0 && down != 0).then_some((across, down))
}
