//! Sound frames out of ADTS (ISO/IEC 13818-7, 6.2), which may run over PES boundaries.

use std::num::NonZeroU32;
use std::sync::Arc;

use memchr::memchr;
use shiguredo_mp4::bitstream::aac::{
    AdtsHeader, AudioSpecificConfig, Mp4aSampleEntryConfig, SamplingFrequency, build_mp4a_box,
    parse_adts_frame,
};
use shiguredo_mp4::boxes::SampleEntry;

use super::{Access, Pes, Stamp, Unit, UnitFaults};
use crate::hls::codec::{Format, Shape};

/// Samples of one AAC frame, in each channel.
pub(in crate::hls) const FRAME_SAMPLES: u32 = 1024;
/// Bytes of an ADTS header without its CRC.
const HEADER_LEN: usize = 7;
const SAMPLE_RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
];

/// Cuts ADTS into frames.
#[derive(Debug, Default)]
pub(in crate::hls) struct Framer {
    /// The beginning of a frame whose rest is in the next PES packet; under 8 KiB.
    carry: Vec<u8>,
    /// The stamp of the frame in `carry`.
    carry_stamp: Option<Stamp>,
    header: Option<AdtsHeader>,
    format: Option<Arc<Format>>,
    faults: UnitFaults,
}

impl Framer {
    pub(in crate::hls) fn faults(&self) -> UnitFaults {
        self.faults
    }

    pub(in crate::hls) fn push(&mut self, pes: &Pes, out: &mut Vec<Unit>) {
        let carried = self.carry.len();
        self.carry.extend_from_slice(&pes.payload);
        let bytes = std::mem::take(&mut self.carry);
        let mut carry_stamp = self.carry_stamp.take();
        let mut stamp = pes.stamp;
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let Some(len) = frame_len(rest) else {
                if rest.len() < HEADER_LEN && rest.first() == Some(&0xff) {
                    break;
                }
                at += 1 + memchr(0xff, rest.get(1..).unwrap_or_default())
                    .unwrap_or(rest.len().saturating_sub(1));
                self.faults.damaged += 1;
                carry_stamp = None;
                continue;
            };
            let Some(frame) = rest.get(..len) else {
                break;
            };
            // The PES packet's stamp is of the first frame that begins in it (2.4.3.7).
            let stamp = if at < carried {
                carry_stamp.take()
            } else {
                stamp.take()
            };
            self.frame(frame, stamp, out);
            at += len;
        }
        if pes.truncated {
            return;
        }
        self.carry = bytes.get(at..).unwrap_or_default().to_vec();
        if !self.carry.is_empty() {
            self.carry_stamp = if at < carried { carry_stamp } else { stamp };
        }
    }

    fn frame(&mut self, frame: &[u8], stamp: Option<Stamp>, out: &mut Vec<Unit>) {
        let Ok((header, data)) = parse_adts_frame(frame) else {
            self.faults.unsupported += 1;
            return;
        };
        let same = |old: &AdtsHeader| {
            old.sampling_frequency_index == header.sampling_frequency_index
                && old.channel_configuration == header.channel_configuration
        };
        if !self.header.as_ref().is_some_and(same) {
            self.format = format(&header);
            self.header = Some(header);
        }
        let Some(format) = &self.format else {
            self.faults.unsupported += 1;
            return;
        };
        out.push(Unit {
            stamp,
            access: Access::Full,
            format: format.clone(),
            data: data.to_vec(),
        });
    }
}

/// A frame of silence for so many channels, as the default channel configurations order their
/// elements (ISO/IEC 14496-3, table 1.19); `None` where there is no such configuration.
pub(in crate::hls) fn silence(channels: u16) -> Option<Vec<u8>> {
    // id_syn_ele (4.5.2.1.1): a single channel, a pair, a low frequency channel.
    const SINGLE: u64 = 0;
    const PAIR: u64 = 1;
    const LOW: u64 = 3;
    let elements: &[u64] = match channels {
        1 => &[SINGLE],
        2 => &[PAIR],
        3 => &[SINGLE, PAIR],
        4 => &[SINGLE, PAIR, SINGLE],
        5 => &[SINGLE, PAIR, PAIR],
        6 => &[SINGLE, PAIR, PAIR, LOW],
        8 => &[SINGLE, PAIR, PAIR, PAIR, LOW],
        _ => return None,
    };
    let mut bits = Vec::new();
    let mut push = |value: u64, count: u32| {
        bits.extend((0..count).rev().map(|bit| value >> bit & 1 == 1));
    };
    for (i, &element) in elements.iter().enumerate() {
        let tag = elements.iter().take(i).filter(|e| **e == element).count();
        push(element, 3);
        push(u64::try_from(tag).unwrap_or(0), 4);
        // common_window = 0 before the two streams of a pair. A stream without bands (max_sfb = 0)
        // is zeros: global_gain, ics_info, and no pulse, TNS or gain control (table 4.50).
        let zeros = if element == PAIR { 1 + 2 * 22 } else { 22 };
        push(0, zeros);
    }
    // ID_END, and the padding to a whole byte.
    push(7, 3);
    let bytes = bits.chunks(8).map(|byte| {
        let ones = byte.iter().enumerate().filter(|(_, bit)| **bit);
        ones.fold(0u8, |byte, (i, _)| byte | 0x80 >> i)
    });
    Some(bytes.collect())
}

/// The length of the frame that `bytes` begin with; `None` where no header stands.
fn frame_len(bytes: &[u8]) -> Option<usize> {
    let header: &[u8; HEADER_LEN] = bytes.first_chunk()?;
    let [sync, flags, _, b3, b4, b5, _] = *header;
    if sync != 0xff || flags & 0xf6 != 0xf0 {
        return None;
    }
    let len = (usize::from(b3 & 3) << 11) | (usize::from(b4) << 3) | (usize::from(b5) >> 5);
    // A sync word inside a frame is told from a real one by what follows the frame.
    let followed = bytes.get(len).is_none_or(|&next| next == 0xff);
    (len >= HEADER_LEN && followed).then_some(len)
}

fn format(header: &AdtsHeader) -> Option<Arc<Format>> {
    let hz = *SAMPLE_RATES.get(usize::from(header.sampling_frequency_index))?;
    let config = AudioSpecificConfig {
        audio_object_type: header.audio_object_type,
        sampling_frequency: SamplingFrequency::from_hz(hz).ok()?,
        channel_configuration: header.channel_configuration,
    };
    let entry = Mp4aSampleEntryConfig {
        es_id: 1,
        buffer_size_db: 0,
        max_bitrate: 0,
        avg_bitrate: 0,
    };
    let shape = Shape::Sound {
        channels: header.channel_configuration.channel_count(),
    };
    let entry = SampleEntry::Mp4a(build_mp4a_box(&config, &entry).ok()?);
    Format::new(entry, NonZeroU32::new(hz)?, shape, Vec::new()).map(Arc::new)
}
