//! One elementary stream: its time stamps, and what its own headers say.

use std::time::Duration;

use super::check::{Check, Evidence, Findings, Place};
use super::codec::{Codec, Detail};
use crate::time::Mono;
use crate::ts::pes::PesHeader;
use crate::ts::pmt::Kind;
use crate::ts::{Packet, Pid};

/// The most between two PTSs (ISO/IEC 13818-1, 2.7.4; TR 101 290, 2.5).
const PTS_MAX: Duration = Duration::from_millis(700);
/// Bytes of a PES packet in which a header is looked for: parameter sets stand before the slices,
/// and two frames of MPEG audio of 192 kbit/s begin within.
const LOOKED_AT: usize = 2048;
/// Once a header was read, the next look is this much later.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What one packet showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    Nothing,
    /// A PES packet starts.
    Start,
}

/// Follows one elementary stream.
#[derive(Debug)]
pub(super) struct StreamWatch {
    pid: Pid,
    pub(super) kind: Kind,
    /// As the PMT says.
    pub(super) listed: Codec,
    /// As the stream's own header says.
    pub(super) found: Option<(Codec, Detail)>,
    /// Whether the chosen programme has it.
    pub(super) chosen: bool,
    /// Whether its absence is an error (1.6).
    pub(super) referred: bool,
    /// Time of checks at the last PTS, or at the last alarm that none came; `None` while the
    /// stream shows none of its packets in the clear.
    stamped: Option<Mono>,
    look: Look,
    /// The start of a PES packet, while it is taken; kept for its room.
    taken: Vec<u8>,
}

/// The look into the payload.
#[derive(Clone, Copy, Debug)]
enum Look {
    /// Not before this.
    Later(Mono),
    /// Taking the start of a PES packet.
    Taking,
}

impl StreamWatch {
    pub(super) fn new(pid: Pid, kind: Kind, codec: Codec) -> Self {
        Self {
            pid,
            kind,
            listed: codec,
            found: None,
            chosen: false,
            referred: false,
            stamped: None,
            look: Look::Later(Mono::ZERO),
            taken: Vec::new(),
        }
    }

    /// Takes a packet in the clear; `joined` is false where packets before it are missing. A copy
    /// does no harm: the header is found at the second one.
    pub(super) fn push(&mut self, packet: Packet<'_>, now: Mono, joined: bool) -> Seen {
        if !packet.unit_start() {
            if matches!(self.look, Look::Taking) {
                if joined {
                    self.taken.extend_from_slice(packet.payload());
                    self.look_into(now, false);
                } else {
                    self.look = Look::Later(now);
                }
            }
            return Seen::Nothing;
        }
        self.start(packet, now)
    }

    fn start(&mut self, packet: Packet<'_>, now: Mono) -> Seen {
        self.look_into(now, true);
        let payload = packet.payload();
        let Ok(header) = PesHeader::parse(payload) else {
            return Seen::Nothing;
        };
        if header.pts.is_some() || self.stamped.is_none() {
            self.stamped = Some(now);
        }
        if matches!(self.look, Look::Later(due) if due <= now) && self.listed.has_detail() {
            self.taken.clear();
            self.taken
                .extend_from_slice(payload.get(header.len..).unwrap_or_default());
            self.look = Look::Taking;
        }
        Seen::Start
    }

    /// Reads the header in what was taken, when it is enough or `complete`.
    fn look_into(&mut self, now: Mono, complete: bool) {
        let enough = complete || self.taken.len() >= LOOKED_AT;
        if !enough || !matches!(self.look, Look::Taking) {
            return;
        }
        let found = self.listed.read(&self.taken);
        self.look = Look::Later(if found.is_some() {
            now + LOOK_AGAIN
        } else {
            now
        });
        self.found = found.or(self.found);
    }

    /// Notes a scrambled packet: time stamps and headers cannot be read.
    pub(super) fn scrambled(&mut self, now: Mono) {
        self.stamped = None;
        self.look = Look::Later(now);
    }

    /// Raises where no PTS came for too long, again after each further such time.
    pub(super) fn sweep(&mut self, now: Mono, place: Place, findings: &mut Findings) {
        let Some(stamped) = self.stamped else {
            return;
        };
        let absent = now.since(stamped);
        if absent > PTS_MAX && matches!(self.kind, Kind::Video | Kind::Audio) {
            self.stamped = Some(now);
            findings.raise(Check::Pts, place, Evidence::Absent(self.pid, absent));
        }
    }
}
