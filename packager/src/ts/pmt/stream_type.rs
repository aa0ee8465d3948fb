//! What an elementary stream is (ISO/IEC 13818-1, table 2-34; EN 300 468, clause 6 and annexes D,
//! G and H; the format_identifiers of the SMPTE registration authority).

use super::super::descriptor::{Descriptors, tag};

/// stream_type of a PMT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamType(pub u8);

impl StreamType {
    /// MPEG-1 video.
    pub const MPEG1_VIDEO: Self = Self(0x01);
    /// MPEG-2 video.
    pub const MPEG2_VIDEO: Self = Self(0x02);
    /// MPEG-1 audio.
    pub const MPEG1_AUDIO: Self = Self(0x03);
    /// MPEG-2 audio.
    pub const MPEG2_AUDIO: Self = Self(0x04);
    /// private_sections.
    pub const PRIVATE_SECTIONS: Self = Self(0x05);
    /// PES packets with private data: the descriptors say what.
    pub const PRIVATE_PES: Self = Self(0x06);
    /// AAC in ADTS.
    pub const AAC: Self = Self(0x0f);
    /// MPEG-4 visual.
    pub const MPEG4_VISUAL: Self = Self(0x10);
    /// AAC in LATM.
    pub const AAC_LATM: Self = Self(0x11);
    /// H.264.
    pub const H264: Self = Self(0x1b);
    /// H.265.
    pub const H265: Self = Self(0x24);
    /// H.266.
    pub const H266: Self = Self(0x33);
    /// AC-3 (ATSC A/53).
    pub const AC3: Self = Self(0x81);
    /// SCTE-35 sections.
    pub const SCTE35: Self = Self(0x86);
    /// Enhanced AC-3 (ATSC A/53).
    pub const EAC3: Self = Self(0x87);

    /// Whether its packets carry PES packets and not sections.
    #[must_use]
    pub const fn is_pes(self) -> bool {
        !matches!(self.0, 0x05 | 0x08..=0x0d | 0x13 | 0x14 | 0x16..=0x1a | 0x86)
    }
}

/// What a stream is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Picture.
    Video,
    /// Sound.
    Audio,
    /// Subtitles and teletext.
    Subtitle,
    /// Anything else.
    Data,
}

/// descriptor_tag_extension of AC-4 (EN 300 468, table 109).
const EXTENSION_AC4: u8 = 0x15;
/// descriptor_tag_extension that Opus uses, one of the user defined.
const EXTENSION_OPUS: u8 = 0x80;

impl Kind {
    /// By stream_type; for private PES packets and stream types that are user private, by the
    /// descriptors.
    pub(super) fn of(stream_type: StreamType, descriptors: &Descriptors) -> Self {
        let registered = || registered(descriptors).unwrap_or(Self::Data);
        match stream_type.0 {
            // H.262, H.263, MPEG-4 visual, auxiliary video, JPEG 2000, H.264 with its extensions,
            // H.265, CAVS, H.266, AVS, Dirac, VC-1.
            0x01 | 0x02 | 0x10 | 0x1b | 0x1e..=0x21 | 0x24 | 0x25 | 0x33 | 0x42 | 0xd1 | 0xea => {
                Self::Video
            }
            // MPEG-1 and 2, ADTS, LATM, raw MPEG-4, MPEG-H, AC-3, E-AC-3.
            0x03 | 0x04 | 0x0f | 0x11 | 0x1c | 0x2d | 0x2e | 0x81 | 0x87 => Self::Audio,
            0x06 => described(descriptors).unwrap_or_else(registered),
            0x86 => Self::Data,
            0x80.. => registered(),
            _ => Self::Data,
        }
    }
}

fn described(descriptors: &Descriptors) -> Option<Kind> {
    descriptors
        .raw()
        .find_map(|(tag, body)| match (tag, body.first()) {
            (tag::AC3 | tag::ATSC_AC3 | tag::EAC3 | tag::DTS | tag::AAC, _)
            | (tag::EXTENSION, Some(&(EXTENSION_AC4 | EXTENSION_OPUS))) => Some(Kind::Audio),
            (tag::SUBTITLING | tag::TELETEXT, _) => Some(Kind::Subtitle),
            _ => None,
        })
}

/// By the format_identifier of a registration_descriptor.
fn registered(descriptors: &Descriptors) -> Option<Kind> {
    let mut all = descriptors
        .raw()
        .filter(|&(tag, _)| tag == tag::REGISTRATION);
    all.find_map(|(_, body)| match body.first_chunk()? {
        b"HEVC" | b"VVC " | b"AV01" | b"VC-1" | b"drac" => Some(Kind::Video),
        b"AC-3" | b"EAC3" | b"AC-4" | b"DTS1" | b"DTS2" | b"DTS3" | b"Opus" | b"BSSD" => {
            Some(Kind::Audio)
        }
        _ => None,
    })
}
