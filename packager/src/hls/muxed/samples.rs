//! Fragments taken apart again: samples as a transport stream has them.

use mp4_atom::{Atom, DecodeMaybe, FourCC, Header, Moof};
use shiguredo_mp4::bitstream::aac::{
    AdtsEncodeConfig, AdtsMpegVersion, AudioSpecificConfig, parse_audio_specific_config,
    wrap_raw_aac_in_adts,
};
use shiguredo_mp4::boxes::SampleEntry;

use crate::hls::codec::Format;
use crate::hls::track::to_ticks;
use crate::ts::clock::Ticks;
use crate::ts::pmt::StreamType;

const MDAT: FourCC = FourCC::new(b"mdat");
/// sample_is_non_sync_sample (ISO/IEC 14496-12, 8.8.3.1).
const NON_SYNC: u32 = 0x0001_0000;
/// Access unit delimiters that allow every kind of slice (ITU-T H.264, 7.4.2.4; H.265, 7.4.3.5).
const H264_DELIMITER: &[u8] = &[0, 0, 0, 1, 0x09, 0xf0];
const H265_DELIMITER: &[u8] = &[0, 0, 0, 1, 0x46, 0x01, 0x50];
const START_CODE: &[u8] = &[0, 0, 0, 1];

/// One sample of a fragment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample<'a> {
    pub(super) decode: Ticks,
    pub(super) shown: Ticks,
    /// Where the next one begins.
    pub(super) until: Ticks,
    pub(super) sync: bool,
    data: &'a [u8],
}

/// The samples of all fragments in `body`, whose times count `format`'s units.
pub(super) fn samples<'a>(body: &'a [u8], format: &Format) -> Vec<Sample<'a>> {
    let hz = i64::from(format.timescale.get());
    let (mut rest, mut found, mut moof) = (body, Vec::new(), None);
    while let Ok(Some(header)) = Header::decode_maybe(&mut rest) {
        let Some((inner, after)) = header.size.and_then(|size| rest.split_at_checked(size)) else {
            break;
        };
        rest = after;
        if header.kind == Moof::KIND {
            moof = Moof::decode_body(&mut &*inner).ok();
        } else if header.kind == MDAT
            && let Some(moof) = moof.take()
        {
            of_fragment(&moof, inner, hz, &mut found);
        }
    }
    found
}

fn of_fragment<'a>(moof: &Moof, mut data: &'a [u8], hz: i64, found: &mut Vec<Sample<'a>>) {
    let Some(traf) = moof.traf.first() else {
        return;
    };
    let mut at = traf.tfdt.as_ref().map_or(0, |t| t.base_media_decode_time);
    for entry in traf.trun.iter().flat_map(|trun| trun.samples.iter()) {
        let size = entry.size.and_then(|size| usize::try_from(size).ok());
        let Some((sample, after)) = size.and_then(|size| data.split_at_checked(size)) else {
            return;
        };
        data = after;
        let until = at + u64::from(entry.duration.unwrap_or(0));
        let shown = at.checked_add_signed(entry.cts.unwrap_or(0)).unwrap_or(0);
        found.push(Sample {
            decode: to_ticks(at, hz),
            shown: to_ticks(shown, hz),
            until: to_ticks(until, hz),
            sync: entry.flags.unwrap_or(0) & NON_SYNC == 0,
            data: sample,
        });
        at = until;
    }
}

/// Writes samples of one format as an elementary stream.
#[derive(Debug)]
pub(super) enum Writer<'a> {
    Pictures {
        delimiter: &'static [u8],
        sets: &'a [Vec<u8>],
    },
    Sound(AudioSpecificConfig),
}

impl<'a> Writer<'a> {
    /// `None` for what no transport stream carries, which is nothing that fragments do.
    pub(super) fn new(format: &'a Format) -> Option<Self> {
        let delimiter = match &format.entry {
            SampleEntry::Avc1(_) => H264_DELIMITER,
            SampleEntry::Hvc1(_) => H265_DELIMITER,
            SampleEntry::Mp4a(entry) => {
                let decoder = &entry.esds_box.es.dec_config_descr;
                let config = &decoder.dec_specific_info.as_ref()?.payload;
                return parse_audio_specific_config(config).ok().map(Self::Sound);
            }
            _ => return None,
        };
        Some(Self::Pictures {
            delimiter,
            sets: &format.sets,
        })
    }

    pub(super) const fn stream_type(&self) -> StreamType {
        match self {
            Self::Pictures {
                delimiter: [.., 0x46, _, _],
                ..
            } => StreamType::H265,
            Self::Pictures { .. } => StreamType::H264,
            Self::Sound(_) => StreamType::AAC,
        }
    }

    /// Adds the access unit of `sample` to `out`: a byte stream with its delimiter, and with the
    /// parameter sets where a decoder can begin (ISO/IEC 13818-1, 2.14.1); or a frame of ADTS.
    pub(super) fn write(&self, sample: &Sample<'_>, out: &mut Vec<u8>) {
        match self {
            Self::Pictures { delimiter, sets } => {
                out.extend_from_slice(delimiter);
                let sets = sets.iter().filter(|_| sample.sync).map(Vec::as_slice);
                for nal in sets.chain(nals(sample.data)) {
                    out.extend_from_slice(START_CODE);
                    out.extend_from_slice(nal);
                }
            }
            Self::Sound(config) => {
                let header = AdtsEncodeConfig {
                    mpeg_version: AdtsMpegVersion::Mpeg4,
                    original_copy: false,
                    home: false,
                };
                if let Ok(frame) = wrap_raw_aac_in_adts(sample.data, config, &header) {
                    out.extend_from_slice(&frame);
                }
            }
        }
    }
}

/// NAL units behind four bytes of length each.
fn nals(mut data: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (len, rest) = data.split_first_chunk::<4>()?;
        let len = usize::try_from(u32::from_be_bytes(*len)).ok()?;
        let (nal, after) = rest.split_at_checked(len)?;
        data = after;
        Some(nal)
    })
}
