//! Descriptors of the PMT and the CAT.

use super::super::pid::Pid;
use super::super::read::Reader;
use super::{Descriptor, Language, Parsed, entries, tag, written};

/// One entry of the ISO_639_language_descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AudioLanguage {
    /// ISO_639_language_code.
    pub language: Language,
    /// audio_type: 0 undefined, 1 clean effects, 2 hearing impaired, 3 visual impaired commentary.
    pub audio_type: u8,
}

/// The AVC_video_descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AvcVideo {
    /// profile_idc.
    pub profile: u8,
    /// constraint_set flags and AVC_compatible_flags.
    pub constraints: u8,
    /// level_idc.
    pub level: u8,
    /// AVC_still_present, AVC_24_hour_picture_flag, Frame_Packing_SEI_not_present_flag.
    pub flags: u8,
}

/// The HEVC_video_descriptor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HevcVideo {
    /// profile_space, tier_flag and profile_idc.
    pub profile: u8,
    /// profile_compatibility_indication.
    pub compatibility: u32,
    /// The 48 bits from progressive_source_flag on.
    pub constraints: [u8; 6],
    /// level_idc.
    pub level: u8,
    /// The flags behind it, and the temporal ids where they are.
    pub rest: Vec<u8>,
}

/// One entry of the subtitling_descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subtitle {
    /// ISO_639_language_code.
    pub language: Language,
    /// subtitling_type (EN 300 468, table 26, stream_content 3).
    pub kind: u8,
    /// composition_page_id.
    pub composition: u16,
    /// ancillary_page_id.
    pub ancillary: u16,
}

/// One entry of the teletext_descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TeletextPage {
    /// ISO_639_language_code.
    pub language: Language,
    /// teletext_type, 5 bits: 1 initial page, 2 subtitles, 5 subtitles for the hard of hearing.
    pub kind: u8,
    /// teletext_magazine_number, 3 bits; 0 is magazine 8.
    pub magazine: u8,
    /// teletext_page_number, two digits in BCD.
    pub page: u8,
}

pub(super) fn parse(tag: u8, body: &[u8]) -> Parsed {
    let mut fields = Reader::new(body);
    let descriptor = match tag {
        tag::REGISTRATION => Descriptor::Registration {
            format: fields.array()?,
            info: fields.rest().to_vec(),
        },
        tag::CA => Descriptor::Ca {
            system: fields.u16()?,
            pid: fields.pid()?,
            private: fields.rest().to_vec(),
        },
        tag::LANGUAGE => {
            Descriptor::Languages(entries(body, |&[a, b, c, audio_type]| AudioLanguage {
                language: Language([a, b, c]),
                audio_type,
            })?)
        }
        tag::AVC_VIDEO => {
            let [profile, constraints, level, flags] = fields.array()?;
            Descriptor::AvcVideo(AvcVideo {
                profile,
                constraints,
                level,
                flags,
            })
        }
        tag::HEVC_VIDEO => Descriptor::HevcVideo(HevcVideo {
            profile: fields.u8()?,
            compatibility: fields.u32()?,
            constraints: fields.array()?,
            level: fields.u8()?,
            rest: fields.rest().to_vec(),
        }),
        tag::STREAM_IDENTIFIER => Descriptor::StreamIdentifier(fields.u8()?),
        tag::TELETEXT => {
            Descriptor::Teletext(entries(body, |&[a, b, c, place, page]| TeletextPage {
                language: Language([a, b, c]),
                kind: place >> 3,
                magazine: place & 7,
                page,
            })?)
        }
        tag::SUBTITLING => Descriptor::Subtitling(entries(body, subtitle)?),
        tag::DATA_BROADCAST_ID => Descriptor::DataBroadcastId {
            id: fields.u16()?,
            selector: fields.rest().to_vec(),
        },
        tag::AC3 => Descriptor::Ac3(body.to_vec()),
        tag::EAC3 => Descriptor::Eac3(body.to_vec()),
        tag::AAC => Descriptor::Aac {
            profile_and_level: fields.u8()?,
            rest: fields.rest().to_vec(),
        },
        _ => return Ok(None),
    };
    Ok(Some(descriptor))
}

fn subtitle(&[a, b, c, kind, c0, c1, a0, a1]: &[u8; 8]) -> Subtitle {
    Subtitle {
        language: Language([a, b, c]),
        kind,
        composition: u16::from_be_bytes([c0, c1]),
        ancillary: u16::from_be_bytes([a0, a1]),
    }
}

/// The body of a descriptor of this file; `None` for those of the other.
pub(super) fn body(descriptor: &Descriptor) -> Option<Vec<u8>> {
    Some(match descriptor {
        Descriptor::Registration { format, info } => [format, info.as_slice()].concat(),
        Descriptor::Ca {
            system,
            pid,
            private,
        } => ca(*system, *pid, private),
        Descriptor::Languages(all) => written(all, |entry| {
            let [a, b, c] = entry.language.0;
            [a, b, c, entry.audio_type]
        }),
        Descriptor::AvcVideo(avc) => vec![avc.profile, avc.constraints, avc.level, avc.flags],
        Descriptor::HevcVideo(hevc) => [
            &[hevc.profile],
            hevc.compatibility.to_be_bytes().as_slice(),
            &hevc.constraints,
            &[hevc.level],
            &hevc.rest,
        ]
        .concat(),
        Descriptor::StreamIdentifier(component_tag) => vec![*component_tag],
        Descriptor::Teletext(pages) => written(pages, |page| {
            let [a, b, c] = page.language.0;
            [a, b, c, (page.kind << 3) | (page.magazine & 7), page.page]
        }),
        Descriptor::Subtitling(subtitles) => written(subtitles, |subtitle| {
            let [a, b, c] = subtitle.language.0;
            let [c0, c1] = subtitle.composition.to_be_bytes();
            let [a0, a1] = subtitle.ancillary.to_be_bytes();
            [a, b, c, subtitle.kind, c0, c1, a0, a1]
        }),
        Descriptor::DataBroadcastId { id, selector } => {
            [id.to_be_bytes().as_slice(), selector].concat()
        }
        Descriptor::Ac3(body) | Descriptor::Eac3(body) => body.clone(),
        Descriptor::Aac {
            profile_and_level,
            rest,
        } => [&[*profile_and_level], rest.as_slice()].concat(),
        _ => return None,
    })
}

fn ca(system: u16, pid: Pid, private: &[u8]) -> Vec<u8> {
    let pid = 0xe000 | pid.value();
    [&system.to_be_bytes(), pid.to_be_bytes().as_slice(), private].concat()
}
