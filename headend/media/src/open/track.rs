//! One elementary stream of the source: what is done with it, and how a packet goes through.

use std::cmp::Reverse;

use ffmpeg_next::codec::{Id, Parameters};
use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Error, Packet, Rational, Stream, media};

use super::ladder::{self, Ladder, PICTURE_PID, SOUND_PID};
use super::picture::Picture;
use super::sound::Sound;
use super::timeline::Ticks;
use crate::encode::AUDIO_BITRATE;
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

/// A stream that goes out, whole, as smaller ones made of it, or both.
pub(super) struct Track {
    /// Its first lane of the muxer.
    pub(super) lane: usize,
    /// For the muxer, each with its PID where that is ours to choose.
    outlets: Vec<(Parameters, Option<u16>)>,
    /// ISO 639-2 of the source.
    language: Option<String>,
    /// Packets come now and then.
    pub(super) sparse: bool,
    base: Rational,
    /// Its packets go on as they are, on the first lane.
    whole: bool,
    /// What is made of it, on the lanes after that.
    makers: Vec<Maker>,
}

enum Maker {
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
    pub(super) fn new(stream: &Stream<'_>, action: Action, ladder: &Ladder) -> Result<Self, Error> {
        let source = stream.parameters();
        let medium = source.medium();
        let whole = action == Action::Copy;
        let mut outlets: Vec<_> = whole.then(|| (source.clone(), None)).into_iter().collect();
        let mut makers = Vec::new();
        match medium {
            _ if whole => {}
            media::Type::Video => {
                let rungs = ladder.of(&source);
                let sizes: Vec<_> = rungs.iter().map(|(_, rung)| *rung).collect();
                let follows = !rungs.is_empty() && ladder::is_followed(&source);
                let picture = Picture::new(stream, &sizes, follows)?;
                let pids = rungs.iter().map(|(place, _)| Some(PICTURE_PID + place));
                outlets.extend(picture.parameters().zip(pids.chain([None])));
                makers.push(Maker::Picture(Box::new(picture)));
            }
            media::Type::Audio => {
                let sound = Sound::new(stream, ladder.sound.unwrap_or(AUDIO_BITRATE))?;
                outlets.push((sound.parameters(), ladder.sound.map(|_| SOUND_PID)));
                makers.push(Maker::Sound(Box::new(sound)));
            }
            _ => return Err(Error::DecoderNotFound),
        }
        Ok(Self {
            lane: 0,
            outlets,
            language: language(stream),
            sparse: medium == media::Type::Subtitle,
            base: stream.time_base(),
            whole,
            makers,
        })
    }

    /// The picture that is made, if it is one.
    pub(super) fn picture(&mut self) -> Option<&mut Picture> {
        self.makers.iter_mut().find_map(|maker| match maker {
            Maker::Picture(picture) => Some(&mut **picture),
            Maker::Sound(_) => None,
        })
    }

    /// How the muxer sees them.
    pub(super) fn lanes(&self) -> impl Iterator<Item = Lane<'_>> {
        self.outlets.iter().map(|(parameters, pid)| Lane {
            parameters: parameters.clone(),
            language: self.language.as_deref(),
            pid: *pid,
        })
    }

    /// A time of the source in ticks.
    pub(super) fn ticks(&self, time: i64) -> Ticks {
        ffi::rescale(time, self.base, Rational(1, TICKS))
    }

    /// Takes a packet whose times are repaired; gives what goes out, with its lane.
    pub(super) fn push(
        &mut self,
        packet: Packet,
        mut out: impl FnMut(usize, Packet),
    ) -> Result<(), Error> {
        let mut first = Ok(());
        let lanes = self.lane + usize::from(self.whole)..;
        for (lane, maker) in lanes.zip(&mut self.makers) {
            let made = match maker {
                Maker::Picture(picture) => picture.push(&packet, &mut |n, p| out(lane + n, p)),
                Maker::Sound(sound) => sound.push(&packet, &mut |p| out(lane, p)),
            };
            first = first.and(made);
        }
        if self.whole {
            out(self.lane, packet);
        }
        first
    }

    /// The source has ended or starts anew: gives what the decoders hold.
    pub(super) fn drain(&mut self, mut out: impl FnMut(usize, Packet)) -> Result<(), Error> {
        let lanes = self.lane + usize::from(self.whole)..;
        for (lane, maker) in lanes.zip(&mut self.makers) {
            match maker {
                Maker::Picture(picture) => picture.drain(&mut |n, p| out(lane + n, p))?,
                Maker::Sound(sound) => sound.drain(&mut |p| out(lane, p))?,
            }
        }
        Ok(())
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
/// With a ladder all that goes out is made of them.
pub(super) fn choose(input: &Input, transcode: bool, ladder: &Ladder) -> Vec<Choice> {
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
            let (width, height) = ffi::size_of(&stream.parameters());
            let pixels = u64::from(width) * u64::from(height);
            (pixels, Reverse(stream.index()))
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
    let mut heard = false;
    let act = |stream: Stream<'_>| {
        let parameters = stream.parameters();
        let medium = parameters.medium();
        let own = action(parameters.id(), medium, transcode);
        let carried = wanted(&stream) && own != Action::Drop;
        let first_sound =
            carried && medium == media::Type::Audio && !std::mem::replace(&mut heard, true);
        let action = match carried {
            true if !ladder.is_wanted() => own,
            true if ladder.takes(medium, first_sound) => Action::Transcode,
            _ => Action::Drop,
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
