//! Fragments: the init segment of a track and its parts (ISO/IEC 14496-12, 8.8; one track a file).

use bytes::Bytes;
use crc::{CRC_64_XZ, Crc};
use mp4_atom::{Encode, Mfhd, Moof, Tfdt, Tfhd, Traf, Trun, TrunEntry, TrunSamples};
use shiguredo_mp4::LanguageCode;
use shiguredo_mp4::mux::{Fmp4SegmentMuxer, Sample as MuxSample, SegmentMuxerOptions};

use super::codec::Format;

/// sample_depends_on = 2: depends on no other (8.8.3.1).
const SYNC: u32 = 0x0200_0000;
/// sample_depends_on = 1 and sample_is_non_sync_sample.
const NON_SYNC: u32 = 0x0101_0000;
const NAME: Crc<u64> = Crc::<u64>::new(&CRC_64_XZ);

/// Why fragments could not be written.
#[derive(Debug)]
pub(super) struct CmafError(String);

impl std::fmt::Display for CmafError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "fragments cannot hold this stream: {}", self.0)
    }
}

/// The init segment of a track.
#[derive(Clone, Debug)]
pub(super) struct Init {
    /// `init-<checksum of the bytes>.mp4`: another content has another name.
    pub(super) name: String,
    pub(super) bytes: Bytes,
}

/// One sample of a part.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    /// Units of the track's timescale.
    pub(super) duration: u32,
    /// Presentation less decode time, same units.
    pub(super) composition: i64,
    pub(super) sync: bool,
    /// Whether a decoder can begin here without a flaw.
    pub(super) independent: bool,
    pub(super) data: Vec<u8>,
}

/// Writes `ftyp` and `moov` for `format`; `language` is ISO 639-2.
pub(super) fn init(format: &Format, language: Option<&str>) -> Result<Init, CmafError> {
    let mut options = SegmentMuxerOptions::default();
    if let Some(code) = language.and_then(LanguageCode::from_ascii) {
        options.audio_track.language = code;
    }
    let fail = |e: &dyn std::fmt::Display| CmafError(e.to_string());
    let mut muxer = Fmp4SegmentMuxer::with_options(options).map_err(|e| fail(&e))?;
    // The muxer learns of a track by a sample; this one is never written.
    let sample = MuxSample {
        track_kind: format.kind().track(),
        sample_entry: Some(format.entry.clone()),
        keyframe: true,
        timescale: format.timescale,
        duration: 1,
        composition_time_offset: None,
        data_offset: 0,
        data_size: 1,
    };
    muxer
        .create_media_segment_metadata(&[sample])
        .map_err(|e| fail(&e))?;
    let bytes = muxer.init_segment_bytes().map_err(|e| fail(&e))?;
    Ok(Init {
        name: format!("init-{:016x}.mp4", NAME.checksum(&bytes)),
        bytes: bytes.into(),
    })
}

/// Writes one `moof` and its `mdat`. `decode` is the first sample's decode time.
pub(super) fn part(sequence: u32, decode: u64, samples: &[Sample]) -> Result<Vec<u8>, CmafError> {
    let payload: usize = samples.iter().map(|s| s.data.len()).sum();
    let too_large = || CmafError("a part over 2 GiB".to_owned());
    let mdat_len = u32::try_from(payload + 8).map_err(|_| too_large())?;
    let mut bytes = Vec::with_capacity(payload + 256 + samples.len() * 16);
    let mut moof = moof(sequence, decode, samples);
    moof.encode(&mut bytes)
        .map_err(|e| CmafError(e.to_string()))?;
    // The offset has a fixed width, so the second writing is as long as the first.
    let offset = i32::try_from(bytes.len() + 8).map_err(|_| too_large())?;
    if let Some(trun) = moof.traf.iter_mut().flat_map(|t| &mut t.trun).next() {
        trun.data_offset = Some(offset);
    }
    bytes.clear();
    moof.encode(&mut bytes)
        .map_err(|e| CmafError(e.to_string()))?;
    bytes.extend_from_slice(&mdat_len.to_be_bytes());
    bytes.extend_from_slice(b"mdat");
    for sample in samples {
        bytes.extend_from_slice(&sample.data);
    }
    Ok(bytes)
}

fn moof(sequence: u32, decode: u64, samples: &[Sample]) -> Moof {
    let entries = samples.iter().map(|s| TrunEntry {
        duration: Some(s.duration),
        size: u32::try_from(s.data.len()).ok(),
        flags: Some(if s.sync { SYNC } else { NON_SYNC }),
        cts: Some(s.composition),
    });
    Moof {
        mfhd: Mfhd {
            sequence_number: sequence,
        },
        traf: vec![Traf {
            tfhd: Tfhd {
                track_id: 1,
                default_base_is_moof: true,
                ..Tfhd::default()
            },
            tfdt: Some(Tfdt {
                base_media_decode_time: decode,
            }),
            trun: vec![Trun {
                data_offset: Some(0),
                samples: TrunSamples::Explicit(entries.collect()),
            }],
            ..Traf::default()
        }],
    }
}
