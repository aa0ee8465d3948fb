//! A ladder: what is made of each stream in place of itself.
//!
//! A picture is decoded once, whatever it becomes. What is made has fixed PIDs, and the source's
//! own time, so that it fits beside the source.

use ffmpeg_next::codec::{Id, Parameters};
use ffmpeg_next::media;

use crate::ffi;

/// The PID of the first picture that is made for the ladder; the others follow.
pub(crate) const PICTURE_PID: u16 = 0x1e00;
/// The PID of the sound that is made for the ladder.
pub(crate) const SOUND_PID: u16 = 0x1f00;
/// Pictures of one ladder.
pub(crate) const MOST_RUNGS: usize = 6;

/// A picture to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rung {
    /// Even, lines.
    pub(crate) height: u32,
    /// Bits a second.
    pub(crate) bitrate: u64,
}

/// What is made of a source, in place of what it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ladder {
    /// The largest first.
    pub(crate) rungs: Vec<Rung>,
    /// Bits a second of a sound for lines that carry nothing else.
    pub(crate) sound: Option<u64>,
}

impl Ladder {
    /// Whether anything is to be made.
    pub(super) fn is_wanted(&self) -> bool {
        !self.rungs.is_empty() || self.sound.is_some()
    }

    /// Whether something is made of a stream.
    pub(super) fn takes(&self, medium: media::Type, first_sound: bool) -> bool {
        match medium {
            media::Type::Video => !self.rungs.is_empty(),
            media::Type::Audio => self.sound.is_some() && first_sound,
            _ => false,
        }
    }

    /// The rungs of a picture, each with its place in the ladder. What every browser shows stands
    /// for itself, and nothing is made larger than it is; the least rung is always made.
    pub(super) fn of(&self, source: &Parameters) -> Vec<(u16, Rung)> {
        self.below(source.id(), ffi::size_of(source).1)
    }

    /// The same of a picture of `height` lines.
    pub(super) fn below(&self, codec: Id, height: u32) -> Vec<(u16, Rung)> {
        let stands = codec == Id::H264;
        let fits = |rung: &Rung| rung.height < height || rung.height == height && !stands;
        let rungs = (0..).zip(self.rungs.iter().copied());
        let mut made: Vec<(u16, Rung)> = rungs.clone().filter(|(_, rung)| fits(rung)).collect();
        if let (true, Some((place, least))) = (made.is_empty(), rungs.last()) {
            let height = least.height.min(height & !1);
            made.push((place, Rung { height, ..least }));
        }
        made
    }
}

/// Whether players show the source's own picture beside the ladder: its IDRs are followed.
pub(super) fn is_followed(source: &Parameters) -> bool {
    matches!(source.id(), Id::H264 | Id::HEVC)
}
