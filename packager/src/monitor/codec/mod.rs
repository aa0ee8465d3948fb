//! What a stream's own headers say of it.

mod audio;
mod frame;
mod h264;
mod h265;
mod limits;
mod mpeg2;
#[cfg(test)]
mod tests;

use std::fmt;

use memchr::memmem;

use crate::ts::descriptor::tag;
use crate::ts::pmt::Stream;

pub(super) use frame::{Frame, HEADER};

/// A coding that can be told from the PMT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// ISO/IEC 11172-2.
    Mpeg1Video,
    /// ISO/IEC 13818-2.
    Mpeg2Video,
    /// ISO/IEC 14496-2.
    Mpeg4Visual,
    /// ISO/IEC 14496-10.
    H264,
    /// ISO/IEC 23008-2.
    H265,
    /// ISO/IEC 23090-3.
    H266,
    /// ISO/IEC 11172-3 or 13818-3: layer I, II or III.
    MpegAudio,
    /// ISO/IEC 13818-7 or 14496-3 in ADTS.
    AacAdts,
    /// ISO/IEC 14496-3 in LATM.
    AacLatm,
    /// ETSI TS 102 366.
    Ac3,
    /// ETSI TS 102 366, annex E.
    Eac3,
    /// ETSI TS 102 114.
    Dts,
    /// RFC 7845 and its mapping to transport streams.
    Opus,
    /// EN 300 743.
    DvbSubtitle,
    /// EN 300 472.
    Teletext,
    /// ANSI/SCTE 35.
    Scte35,
    /// Another stream_type.
    Other(u8),
}

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Detail {
    /// From a sequence header or a sequence parameter set.
    Video(Video),
    /// From a frame header.
    Audio(Audio),
}

/// A picture's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Video {
    /// Name of the profile; empty where the header has none.
    pub profile: &'static str,
    /// Level times ten; 0 where the header has none.
    pub level: u8,
    /// Pixels across, after cropping.
    pub width: u32,
    /// Pixels down, after cropping.
    pub height: u32,
    /// Whether pictures may be of two fields.
    pub interlaced: bool,
    /// Frames in so many seconds, where the header says.
    pub rate: Option<(u32, u32)>,
    /// What profile and level allow; `None` where that is not known.
    pub limits: Option<Limits>,
}

/// What profile and level allow a stream of NAL units, or of MPEG-2 video.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// The highest rate, bit/s.
    pub bit_rate: u64,
    /// The coded picture buffer, or video buffering verifier, bits.
    pub buffer: u64,
}

impl Limits {
    const fn new(bit_rate: u64, buffer: u64) -> Self {
        Self { bit_rate, buffer }
    }
}

/// A sound's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Audio {
    /// `LC`, `layer II`; empty where the header has none.
    pub profile: &'static str,
    /// Samples a second.
    pub sample_rate: u32,
    /// Channels, low frequency included; 0 where the header leaves it open.
    pub channels: u8,
}

impl Codec {
    /// The coding that the PMT names: by stream_type, and for private PES packets by descriptor
    /// (EN 300 468, annexes D, G and H).
    #[must_use]
    pub fn of(stream: &Stream) -> Self {
        match stream.stream_type.0 {
            0x01 => Self::Mpeg1Video,
            0x02 => Self::Mpeg2Video,
            0x03 | 0x04 => Self::MpegAudio,
            0x0f => Self::AacAdts,
            0x10 => Self::Mpeg4Visual,
            0x11 => Self::AacLatm,
            0x1b => Self::H264,
            0x24 => Self::H265,
            0x33 => Self::H266,
            0x81 => Self::Ac3,
            0x86 => Self::Scte35,
            0x87 => Self::Eac3,
            0x06 => stream
                .descriptors
                .raw()
                .find_map(|(tag, body)| Self::private(tag, body))
                .unwrap_or(Self::Other(0x06)),
            kind => Self::Other(kind),
        }
    }

    /// What a descriptor of a private stream says of its coding.
    fn private(tag: u8, body: &[u8]) -> Option<Self> {
        Some(match (tag, body) {
            (tag::AC3, _) => Self::Ac3,
            (tag::EAC3, _) => Self::Eac3,
            (tag::DTS, _) => Self::Dts,
            (tag::AAC, _) => Self::AacLatm,
            (tag::SUBTITLING, _) => Self::DvbSubtitle,
            (tag::TELETEXT, _) => Self::Teletext,
            (tag::REGISTRATION, [b'H', b'E', b'V', b'C', ..]) => Self::H265,
            (tag::REGISTRATION, [b'A', b'C', b'-', b'3', ..]) => Self::Ac3,
            (tag::REGISTRATION, [b'E', b'A', b'C', b'3', ..]) => Self::Eac3,
            (tag::REGISTRATION, [b'O', b'p', b'u', b's', ..]) => Self::Opus,
            _ => return None,
        })
    }

    /// What the elementary stream `data`, from the start of a PES packet, says of itself; `None`
    /// where no header of this coding can be read. The coding comes with it, because a PMT may
    /// call AAC in ADTS MPEG audio, and the reverse.
    #[must_use]
    pub fn read(self, data: &[u8]) -> Option<(Self, Detail)> {
        let detail = match self {
            Self::H264 => nals(data).find_map(h264::read).map(Detail::Video),
            Self::H265 => nals(data).find_map(h265::read).map(Detail::Video),
            Self::Mpeg1Video | Self::Mpeg2Video => mpeg2::read(data).map(Detail::Video),
            Self::AacAdts | Self::MpegAudio => return audio::mpeg_family(data),
            Self::Ac3 | Self::Eac3 => audio::ac3(data).map(Detail::Audio),
            _ => None,
        };
        Some((self, detail?))
    }

    /// Whether [`Codec::read`] can say something.
    #[must_use]
    pub const fn has_detail(self) -> bool {
        matches!(
            self,
            Self::H264
                | Self::H265
                | Self::Mpeg1Video
                | Self::Mpeg2Video
                | Self::AacAdts
                | Self::MpegAudio
                | Self::Ac3
                | Self::Eac3
        )
    }
}

/// Whether the PMT says that a stream may show still pictures (ISO/IEC 13818-1, 2.6.2 and 2.6.64).
pub(super) fn is_still(stream: &Stream) -> bool {
    stream.descriptors.raw().any(|(tag, body)| match tag {
        tag::VIDEO_STREAM => body.first().is_some_and(|flags| flags & 0x01 != 0),
        tag::AVC_VIDEO => body.get(3).is_some_and(|flags| flags & 0x80 != 0),
        tag::HEVC_VIDEO => body.get(12).is_some_and(|flags| flags & 0x40 != 0),
        _ => false,
    })
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mpeg1Video => "MPEG-1 video",
            Self::Mpeg2Video => "MPEG-2 video",
            Self::Mpeg4Visual => "MPEG-4 visual",
            Self::H264 => "H.264",
            Self::H265 => "H.265",
            Self::H266 => "H.266",
            Self::MpegAudio => "MPEG audio",
            Self::AacAdts => "AAC",
            Self::AacLatm => "AAC (LATM)",
            Self::Ac3 => "AC-3",
            Self::Eac3 => "E-AC-3",
            Self::Dts => "DTS",
            Self::Opus => "Opus",
            Self::DvbSubtitle => "DVB subtitles",
            Self::Teletext => "teletext",
            Self::Scte35 => "SCTE-35",
            Self::Other(kind) => return write!(f, "stream_type 0x{kind:02x}"),
        })
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Video(video) => video.fmt(f),
            Self::Audio(audio) => audio.fmt(f),
        }
    }
}

impl fmt::Display for Video {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.profile.is_empty() {
            write!(f, "{} ", self.profile)?;
        }
        if self.level != 0 {
            write!(f, "{}.{} ", self.level / 10, self.level % 10)?;
        }
        write!(f, "{}x{}", self.width, self.height)?;
        if self.interlaced {
            f.write_str("i")?;
        }
        if let Some((frames, seconds)) = self.rate {
            // 25, 29.97, 23.976: as many decimals as the figure needs, three at most.
            let rate = format!("{:.3}", f64::from(frames) / f64::from(seconds));
            let rate = rate.trim_end_matches('0').trim_end_matches('.');
            write!(f, " {rate} fps")?;
        }
        Ok(())
    }
}

impl fmt::Display for Audio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.profile.is_empty() {
            write!(f, "{} ", self.profile)?;
        }
        write!(f, "{} kHz", f64::from(self.sample_rate) / 1000.0)?;
        match self.channels {
            0 => Ok(()),
            1 => f.write_str(" mono"),
            2 => f.write_str(" stereo"),
            6 => f.write_str(" 5.1"),
            8 => f.write_str(" 7.1"),
            n => write!(f, " {n} channels"),
        }
    }
}

/// The NAL units behind the start codes of `data` (ISO/IEC 14496-10, annex B).
fn nals(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut starts = memmem::find_iter(data, &[0, 0, 1])
        .map(|at| at + 3)
        .peekable();
    std::iter::from_fn(move || {
        let start = starts.next()?;
        let end = starts.peek().map_or(data.len(), |next| next - 3);
        let nal = data.get(start..end)?;
        let zeros = nal.iter().rev().take_while(|byte| **byte == 0).count();
        nal.get(..nal.len() - zeros)
    })
}
