//! Access units: what a decoder takes in one piece.
//!
//! In: the PES packets of one PID, possibly cut off. Out: pictures and sound frames as fragments
//! store them, each with its time stamps where the stream gives them. It never decides where a
//! segment is cut.

pub(super) mod aac;
mod annexb;
mod h264;
mod h265;
pub(super) mod video;

use std::sync::Arc;

use super::codec::{Codec, Format};
use crate::ts::Pts;

/// One PES packet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pes {
    /// Of the first unit that begins in it.
    pub(super) stamp: Option<Stamp>,
    /// The elementary stream's bytes.
    pub(super) payload: Vec<u8>,
    /// Whether its end is missing.
    pub(super) truncated: bool,
}

/// When a unit is shown and decoded; both are equal where the stream gives only one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) pts: Pts,
    pub(super) dts: Pts,
}

/// Whether a decoder can begin at a unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Access {
    /// It cannot.
    #[default]
    None,
    /// It can, and pictures shown before this one may be broken (open GOP, recovery point).
    Recovery,
    /// It can, without a flaw (IDR, any sound frame).
    Full,
}

/// One picture, or one sound frame.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Unit {
    /// `None` for the later units of a PES packet.
    pub(super) stamp: Option<Stamp>,
    pub(super) access: Access,
    pub(super) format: Arc<Format>,
    /// The sample: length-prefixed NAL units, or raw AAC.
    pub(super) data: Vec<u8>,
}

/// What went wrong in an elementary stream, counted by its track.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct UnitFaults {
    /// Units or parts of them thrown away: cut off, without a slice, or out of sync.
    pub(super) damaged: u64,
    /// Parameter sets or headers that say something fragments cannot carry.
    pub(super) unsupported: u64,
}

/// Splits one PID's PES packets into units.
#[derive(Debug)]
pub(super) enum Splitter {
    Video(Box<video::Assembler>),
    Aac(aac::Framer),
}

impl Splitter {
    pub(super) fn new(codec: Codec) -> Self {
        match codec {
            Codec::H264 => Self::Video(Box::new(video::Assembler::h264())),
            Codec::H265 => Self::Video(Box::new(video::Assembler::h265())),
            Codec::AacAdts => Self::Aac(aac::Framer::default()),
        }
    }

    /// Takes one PES packet and hands out the units that are complete.
    pub(super) fn push(&mut self, pes: &Pes, out: &mut Vec<Unit>) {
        match self {
            Self::Video(assembler) => assembler.push(pes, out),
            Self::Aac(framer) => framer.push(pes, out),
        }
    }

    /// Hands out the unit that has begun: nothing more comes.
    pub(super) fn finish(&mut self, out: &mut Vec<Unit>) {
        match self {
            Self::Video(assembler) => assembler.finish(out),
            // A frame says how long it is.
            Self::Aac(_) => {}
        }
    }

    pub(super) fn faults(&self) -> UnitFaults {
        match self {
            Self::Video(assembler) => assembler.faults(),
            Self::Aac(framer) => framer.faults(),
        }
    }
}

#[cfg(test)]
mod tests;
