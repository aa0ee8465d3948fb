//! What HLS can carry, what an init segment must say of it, and the sentence for what it cannot.

use std::num::NonZeroU32;

use shiguredo_mp4::TrackKind;
use shiguredo_mp4::boxes::SampleEntry;
use shiguredo_mp4::codec_string;

use crate::monitor;
use crate::ts::Pid;

/// Video runs in units of 90 kHz, as on the wire, so no time stamp is rounded.
pub(super) const VIDEO_TIMESCALE: NonZeroU32 = NonZeroU32::new(90_000).unwrap();

/// Picture or sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Video,
    Audio,
}

impl Kind {
    pub(super) const fn track(self) -> TrackKind {
        match self {
            Self::Video => TrackKind::Video,
            Self::Audio => TrackKind::Audio,
        }
    }
}

/// A codec that fragments carry and browsers play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    H264,
    H265,
    AacAdts,
}

impl Codec {
    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::H264 | Self::H265 => Kind::Video,
            Self::AacAdts => Kind::Audio,
        }
    }
}

/// Everything that an init segment says of a track. Equal formats make equal init segments.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Format {
    /// The sample entry: avc1, hvc1 or mp4a.
    pub(super) entry: SampleEntry,
    /// RFC 6381, for example `avc1.64001f`.
    pub(super) codecs: String,
    /// Units a second of decode times and durations.
    pub(super) timescale: NonZeroU32,
    /// The shape of the picture or the sound.
    pub(super) shape: Shape,
    /// The parameter sets of the sample entry; those are taken out of the samples.
    pub(super) sets: Vec<Vec<u8>>,
}

/// Picture or sound, with its figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Square pixels as displayed.
    Picture { width: u32, height: u32 },
    /// Speakers' channels.
    Sound { channels: u16 },
}

impl Format {
    /// `None` when the sample entry has no RFC 6381 name, which none made here lacks.
    pub(super) fn new(
        entry: SampleEntry,
        timescale: NonZeroU32,
        shape: Shape,
        sets: Vec<Vec<u8>>,
    ) -> Option<Self> {
        let codecs = codec_string::from_sample_entry(&entry).ok()?;
        Some(Self {
            entry,
            codecs,
            timescale,
            shape,
            sets,
        })
    }

    /// Whether no discontinuity is needed between the two: the same media in the same shape.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.codecs == other.codecs
            && self.shape == other.shape
            && self.timescale == other.timescale
    }

    pub(super) const fn kind(&self) -> Kind {
        match self.shape {
            Shape::Picture { .. } => Kind::Video,
            Shape::Sound { .. } => Kind::Audio,
        }
    }
}

/// Why a stream of the programme is not in the playlists.
pub(super) fn refusal(kind: Kind, pid: Pid, codec: monitor::Codec) -> String {
    let kind = match kind {
        Kind::Video => "video",
        Kind::Audio => "audio",
    };
    format!("{kind} PID {pid} is {codec}, which browsers cannot play; set `transcode = true`")
}
