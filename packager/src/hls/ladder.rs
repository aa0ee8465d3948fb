//! What is made beside a programme: its picture again in smaller sizes, and its sound again for
//! lines that carry nothing else.

use super::codec::Codec;
use super::layout::{Carried, Role};
use crate::ts::Pid;

/// The PID of the largest picture that is made; the others follow.
const PICTURE_PID: u16 = 0x1e00;
/// The PID of the sound that is made.
const SOUND_PID: u16 = 0x1f00;
/// Pictures of one ladder.
const MOST_PICTURES: usize = 6;

/// The rungs of a ladder that are made beside what the source sends. Their packets come by
/// [`Packager::push_rung`](super::Packager::push_rung), on the programme's own timeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ladder {
    /// Lines of each picture, the largest first, 6 at most. Their PIDs are 0x1e00 and those that
    /// follow. One that the source makes needless never comes.
    pub pictures: Vec<u32>,
    /// Whether there is a sound for lines that carry nothing else, on PID 0x1f00.
    pub sound: bool,
}

impl Ladder {
    /// The rungs of the picture.
    pub(super) fn pictures(&self) -> impl Iterator<Item = Carried> {
        let pids = (PICTURE_PID..).filter_map(Pid::new);
        let pictures = self.pictures.iter().take(MOST_PICTURES).zip(pids);
        pictures.map(|(&lines, pid)| made(pid, Codec::H264, Role::Smaller { lines }))
    }

    /// The rung of the sound.
    pub(super) fn sound(&self) -> Option<Carried> {
        let pid = Pid::new(SOUND_PID).filter(|_| self.sound)?;
        Some(made(pid, Codec::AacAdts, Role::SoundAlone))
    }
}

fn made(pid: Pid, codec: Codec, role: Role) -> Carried {
    Carried {
        pid,
        codec,
        role,
        on_probation: false,
        language: None,
    }
}
