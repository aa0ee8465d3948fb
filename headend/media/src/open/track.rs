//! One elementary stream of the source: what is done with it, and how a packet goes through.

use std::cmp::Reverse;

use ffmpeg_next::codec::{Id, Parameters};
use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Error, Packet, Rational, Stream, media};

use super::picture::Picture;
use super::sound::Sound;
use super::timeline::Ticks;
use crate::ffi;
use crate::mux::{Lane, TICKS};

/// What is done with a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Its packets go on as they are.
    Copy,
    /// It is decoded and encoded anew, as H.264 or AAC-LC.
    Transcode,
    /// A transport stream cannot carry it, or another one is better.
    Drop,
}

/// A stream that goes out.
pub(super) struct Track {
    /// Its lane of the muxer.
    pub(super) lane: usize,
    /// For the muxer.
    parameters: Parameters,
    /// ISO 639-2 of the source.
    language: Option<String>,
    /// Packets come now and then.
    pub(super) sparse: bool,
    base: Rational,
    work: Work,
}

enum Work {
    Copy,
    Picture(Box<Picture>),
    Sound(Box<Sound>),
}

/// What to do with a codec. `transcode` asks for what HLS can carry.
pub(super) fn action(codec: Id, medium: media::Type, transcode: bool) -> Action {
    match (codec, medium) {
        (Id::H264 | Id::HEVC | Id::AAC, _) => Action::Copy,
        (Id::MPEG1VIDEO | Id::MPEG2VIDEO | Id::MP2 | Id::AC3, _) if !transcode => Action::Copy,
        (Id::DVB_SUBTITLE | Id::DVB_TELETEXT, _) => Action::Copy,
        (Id::None, _) => Action::Drop,
        (_, media::Type::Video | media::Type::Audio) => Action::Transcode,
        _ => Action::Drop,
    }
}

impl Track {
    /// Sets a stream up. The error says why it cannot go out.
    pub(super) fn new(stream: &Stream<'_>, action: Action) -> Result<Self, Error> {
        let source = stream.parameters();
        let medium = source.medium();
        let (work, parameters) = match (action, medium) {
            (Action::Copy, _) => (Work::Copy, source.clone()),
            (Action::Transcode, media::Type::Video) => {
                let picture = Picture::new(stream)?;
                let parameters = picture.parameters();
                (Work::Picture(Box::new(picture)), parameters)
            }
            (Action::Transcode, media::Type::Audio) => {
                let sound = Sound::new(stream)?;
                let parameters = sound.parameters();
                (Work::Sound(Box::new(sound)), parameters)
            }
            _ => return Err(Error::DecoderNotFound),
        };
        Ok(Self {
            lane: 0,
            parameters,
            language: language(stream),
            sparse: medium == media::Type::Subtitle,
            base: stream.time_base(),
            work,
        })
    }

    /// How the muxer sees it.
    pub(super) fn lane(&self) -> Lane<'_> {
        Lane {
            parameters: self.parameters.clone(),
            language: self.language.as_deref(),
        }
    }

    /// A time of the source in ticks.
    pub(super) fn ticks(&self, time: i64) -> Ticks {
        ffi::rescale(time, self.base, Rational(1, TICKS))
    }

    /// Takes a packet whose times are repaired; gives what goes out.
    pub(super) fn push(
        &mut self,
        packet: Packet,
        mut out: impl FnMut(Packet),
    ) -> Result<(), Error> {
        match &mut self.work {
            Work::Copy => {
                out(packet);
                Ok(())
            }
            Work::Picture(picture) => picture.push(&packet, &mut out),
            Work::Sound(sound) => sound.push(&packet, &mut out),
        }
    }

    /// The source has ended or starts anew: gives what the decoder holds.
    pub(super) fn drain(&mut self, mut out: impl FnMut(Packet)) -> Result<(), Error> {
        match &mut self.work {
            Work::Copy => Ok(()),
            Work::Picture(picture) => picture.drain(&mut out),
            Work::Sound(sound) => sound.drain(&mut out),
        }
    }
}

impl Action {
    /// As an event says it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Transcode => "transcode",
            Self::Drop => "drop",
        }
    }
}

/// As an event says it.
pub(super) fn kind(stream: &Stream<'_>) -> &'static str {
    match stream.parameters().medium() {
        media::Type::Video => "video",
        media::Type::Audio => "audio",
        media::Type::Subtitle => "subtitle",
        _ => "data",
    }
}

/// ISO 639-2 when the source says it.
pub(super) fn language(stream: &Stream<'_>) -> Option<String> {
    let metadata = stream.metadata();
    let language = metadata.get("language")?;
    let known = language.len() == 3 && language.bytes().all(|letter| letter.is_ascii_lowercase());
    (known && language != "und").then(|| language.to_owned())
}

/// A stream as the source holds it now, and what was chosen for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    /// Its codec.
    pub(super) codec: Id,
    /// What is done with it.
    pub(super) action: Action,
    /// Differs when the stream differs; `None` while it is not known well enough to go out.
    pub(super) facts: Option<u64>,
}

/// What happens to each stream of a source: the largest picture, and all that belongs to it.
pub(super) fn choose(input: &Input, transcode: bool) -> Vec<Choice> {
    // Where there are programmes, a stream outside of them is a guess of FFmpeg.
    let belongs = |stream: &Stream<'_>| {
        !ffi::has_programs(input) || ffi::program_of(input, stream.index()).is_some()
    };
    let of = |medium| {
        let right = move |stream: &Stream<'_>| stream.parameters().medium() == medium;
        input.streams().filter(right).filter(belongs)
    };
    let picture = of(media::Type::Video)
        .filter(|stream| !is_cover(stream))
        .max_by_key(|stream| {
            (
                ffi::pixels_of(&stream.parameters()),
                Reverse(stream.index()),
            )
        })
        .map(|stream| stream.index());
    let sound = of(media::Type::Audio).map(|stream| stream.index()).next();
    let main = picture.or(sound);
    let program = main.and_then(|index| ffi::program_of(input, index));
    let wanted = |stream: &Stream<'_>| {
        let index = stream.index();
        let elsewhere = program.as_ref().is_some_and(|list| !list.contains(&index));
        let second = stream.parameters().medium() == media::Type::Video && picture != Some(index);
        !elsewhere && !second
    };
    let act = |stream: Stream<'_>| {
        let parameters = stream.parameters();
        let action = if wanted(&stream) {
            action(parameters.id(), parameters.medium(), transcode)
        } else {
            Action::Drop
        };
        Choice {
            codec: parameters.id(),
            action,
            facts: ffi::facts_of(&parameters),
        }
    };
    input.streams().map(act).collect()
}

/// The cover of a record is no picture that moves.
fn is_cover(stream: &Stream<'_>) -> bool {
    use ffmpeg_next::format::stream::Disposition;
    stream.disposition().contains(Disposition::ATTACHED_PIC)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ffmpeg_next::media::Type::{Audio, Data, Subtitle, Video};

    #[test]
    fn what_a_transport_stream_carries_is_copied_and_the_rest_transcoded() {
        for (codec, medium, plain, for_hls) in [
            (Id::H264, Video, Action::Copy, Action::Copy),
            (Id::HEVC, Video, Action::Copy, Action::Copy),
            (Id::AAC, Audio, Action::Copy, Action::Copy),
            (Id::MPEG2VIDEO, Video, Action::Copy, Action::Transcode),
            (Id::MP2, Audio, Action::Copy, Action::Transcode),
            (Id::AC3, Audio, Action::Copy, Action::Transcode),
            (Id::OPUS, Audio, Action::Transcode, Action::Transcode),
            (Id::PCM_ALAW, Audio, Action::Transcode, Action::Transcode),
            (Id::ADPCM_G722, Audio, Action::Transcode, Action::Transcode),
            (Id::VP8, Video, Action::Transcode, Action::Transcode),
            (Id::DVB_SUBTITLE, Subtitle, Action::Copy, Action::Copy),
            (Id::SUBRIP, Subtitle, Action::Drop, Action::Drop),
            (Id::None, Data, Action::Drop, Action::Drop),
        ] {
            assert_eq!(action(codec, medium, false), plain, "{codec:?}");
            assert_eq!(action(codec, medium, true), for_hls, "{codec:?}");
        }
    }
}
