//! Pictures out of an Annex B byte stream: one file for H.264 and H.265, which differ only in what
//! a NAL unit means.

use std::sync::Arc;

use shiguredo_mp4::bitstream::h264::LengthSize;
use shiguredo_mp4::boxes::UnknownBox;
use shiguredo_mp4::{BoxSize, BoxType};

use super::{Access, Pes, Stamp, Unit, UnitFaults, annexb, h264, h265};
use crate::hls::codec::Format;

/// Four bytes of length before each NAL unit, the usual choice.
pub(super) const LENGTH_SIZE: LengthSize = LengthSize::FourBytes;
/// A picture larger than this is thrown away: the largest legal one (level 6.2) is smaller by far
/// in a broadcast, and memory is not unlimited.
const UNIT_CAP: usize = 8 << 20;
/// Parameter sets of one picture; broadcast encoders use fewer than ten.
const SETS_CAP: usize = 64;
/// Bytes of one parameter set; with scaling lists and VUI they stay under 1,000.
const SET_LEN_CAP: usize = 4096;

/// What a NAL unit means for the access unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Begins an access unit and is not stored.
    Delimiter,
    /// A parameter set: begins an access unit after a slice.
    Set {
        /// Whether it is a sequence parameter set.
        sequence: bool,
    },
    /// Begins an access unit after a slice and is stored.
    Prefix {
        /// What it says of the picture.
        access: Access,
    },
    /// The first slice of a picture.
    First {
        /// What its type says.
        access: Access,
        /// Whether it is an I slice.
        intra: bool,
    },
    /// Another slice of the picture, its second field, or what follows the slices.
    Rest,
    /// Not stored.
    Drop,
}

#[derive(Debug)]
enum Syntax {
    H264(h264::H264),
    H265,
}

impl Syntax {
    fn role(&mut self, nal: &[u8]) -> Role {
        match self {
            Self::H264(state) => state.role(nal),
            Self::H265 => h265::role(nal),
        }
    }

    fn format(&self, sets: &[Vec<u8>]) -> Option<Arc<Format>> {
        match self {
            Self::H264(_) => h264::format(sets),
            Self::H265 => h265::format(sets),
        }
    }
}

/// The picture being collected.
#[derive(Debug, Default)]
struct Picture {
    stamp: Option<Stamp>,
    access: Access,
    intra: bool,
    has_slice: bool,
    /// Where the last NAL unit's length stands in `data`.
    last: usize,
    data: Vec<u8>,
    sets: Vec<Vec<u8>>,
    has_sequence_set: bool,
}

/// Collects pictures.
#[derive(Debug)]
pub(in crate::hls) struct Assembler {
    syntax: Syntax,
    picture: Picture,
    /// The stamp of the present PES packet, until a picture takes it.
    stamp: Option<Stamp>,
    sets: Vec<Vec<u8>>,
    format: Option<Arc<Format>>,
    faults: UnitFaults,
}

impl Assembler {
    pub(in crate::hls) fn h264() -> Self {
        Self::new(Syntax::H264(h264::H264::default()))
    }

    pub(in crate::hls) fn h265() -> Self {
        Self::new(Syntax::H265)
    }

    fn new(syntax: Syntax) -> Self {
        Self {
            syntax,
            picture: Picture::default(),
            stamp: None,
            sets: Vec::new(),
            format: None,
            faults: UnitFaults::default(),
        }
    }

    pub(in crate::hls) fn faults(&self) -> UnitFaults {
        self.faults
    }

    /// Takes one PES packet; a picture is complete when the next one begins.
    pub(in crate::hls) fn push(&mut self, pes: &Pes, out: &mut Vec<Unit>) {
        let (lead, nals) = annexb::split(&pes.payload);
        if !lead.is_empty() {
            self.extend_last(lead);
        }
        self.stamp = pes.stamp;
        let mut nals = nals.peekable();
        while let Some(nal) = nals.next() {
            if pes.truncated && nals.peek().is_none() {
                // The NAL unit in which the gap fell: half a slice disturbs a decoder more than none.
                self.faults.damaged += 1;
                self.forget_begun();
                break;
            }
            self.nal(nal, out);
        }
    }

    /// The picture whose first slice was lost is none, and its stamp is not the next one's.
    fn forget_begun(&mut self) {
        if !self.picture.has_slice {
            self.picture = Picture::default();
        }
    }

    fn nal(&mut self, nal: &[u8], out: &mut Vec<Unit>) {
        let role = self.syntax.role(nal);
        let begins = !matches!(role, Role::Rest | Role::Drop);
        if begins {
            self.finish(out);
        }
        if begins && self.picture.stamp.is_none() {
            self.picture.stamp = self.stamp.take();
        }
        let picture = &mut self.picture;
        match role {
            Role::Delimiter | Role::Drop => {}
            Role::Set { sequence } => self.set(nal, sequence),
            Role::Prefix { access } => {
                picture.access = picture.access.max(access);
                self.store(nal);
            }
            Role::First { access, intra } => {
                picture.access = picture.access.max(access);
                picture.intra = intra;
                picture.has_slice = true;
                self.store(nal);
            }
            Role::Rest => {
                if picture.has_slice {
                    self.store(nal);
                }
            }
        }
    }

    fn set(&mut self, nal: &[u8], sequence: bool) {
        if nal.len() > SET_LEN_CAP || self.picture.sets.len() >= SETS_CAP {
            self.faults.unsupported += 1;
            return;
        }
        self.picture.has_sequence_set |= sequence;
        if !self.picture.sets.iter().any(|set| set == nal) {
            self.picture.sets.push(nal.to_vec());
        }
    }

    fn store(&mut self, nal: &[u8]) {
        let picture = &mut self.picture;
        let Ok(len) = u32::try_from(nal.len()) else {
            return;
        };
        if picture.data.len() + nal.len() > UNIT_CAP {
            self.faults.damaged += 1;
            return;
        }
        picture.last = picture.data.len();
        picture.data.extend_from_slice(&len.to_be_bytes());
        picture.data.extend_from_slice(nal);
    }

    /// The rest of a NAL unit that began in the PES packet before.
    fn extend_last(&mut self, bytes: &[u8]) {
        let picture = &mut self.picture;
        if !picture.has_slice || picture.data.len() + bytes.len() > UNIT_CAP {
            self.faults.damaged += 1;
            return;
        }
        picture.data.extend_from_slice(bytes);
        let len = picture.data.len() - picture.last - 4;
        let field = picture.data.get_mut(picture.last..picture.last + 4);
        if let (Some(field), Ok(len)) = (field, u32::try_from(len)) {
            field.copy_from_slice(&len.to_be_bytes());
        }
    }

    /// Hands out the picture that has begun, where it has a slice.
    pub(in crate::hls) fn finish(&mut self, out: &mut Vec<Unit>) {
        if !self.picture.has_slice {
            return;
        }
        let mut picture = std::mem::take(&mut self.picture);
        // An I picture with its SPS before it is where a decoder begins, said or not: broadcast
        // encoders with open GOPs send no IDR, and some no recovery point either.
        if picture.access == Access::None && picture.intra && picture.has_sequence_set {
            picture.access = Access::Recovery;
        }
        self.adopt_sets(&mut picture);
        let Some(format) = &self.format else {
            return;
        };
        out.push(Unit {
            stamp: picture.stamp,
            access: picture.access,
            format: format.clone(),
            data: picture.data,
        });
    }

    /// At a random access point the sets in use become the format. Elsewhere a set that the format
    /// lacks stays in the sample, where decoders find it too.
    fn adopt_sets(&mut self, picture: &mut Picture) {
        let sets = std::mem::take(&mut picture.sets);
        if picture.access == Access::None {
            let known = self.format.as_ref().map_or(&[][..], |f| &f.sets);
            let new: Vec<_> = sets
                .into_iter()
                .filter(|set| !known.contains(set))
                .collect();
            let mut head = Vec::new();
            for set in new {
                head.extend_from_slice(&u32::try_from(set.len()).unwrap_or(0).to_be_bytes());
                head.extend_from_slice(&set);
                if !self.sets.contains(&set) && self.sets.len() < SETS_CAP {
                    self.sets.push(set);
                }
            }
            if !head.is_empty() {
                head.append(&mut picture.data);
                picture.data = head;
            }
            return;
        }
        if picture.has_sequence_set {
            self.sets = sets;
        } else {
            for set in sets {
                if !self.sets.contains(&set) && self.sets.len() < SETS_CAP {
                    self.sets.push(set);
                }
            }
        }
        if self.format.as_ref().is_some_and(|f| f.sets == self.sets) {
            return;
        }
        match self.syntax.format(&self.sets) {
            Some(format) => self.format = Some(format),
            None => self.faults.unsupported += 1,
        }
    }
}

/// The `pasp` box (ISO/IEC 14496-12, 12.1.4).
pub(super) fn pixel_aspect(across: u16, down: u16) -> UnknownBox {
    let mut payload = u32::from(across).to_be_bytes().to_vec();
    payload.extend_from_slice(&u32::from(down).to_be_bytes());
    UnknownBox {
        box_type: BoxType::Normal(*b"pasp"),
        box_size: BoxSize::U32(16),
        payload,
    }
}
