//! What is kept for each PID.

use std::time::Duration;

use super::check::{Check, Evidence, Findings, Place};
use super::pcr::PcrWatch;
use super::si::SiWatch;
use super::stream::StreamWatch;
use super::tables::table;
use crate::time::Mono;
use crate::ts::continuity::{Continuity, Step};
use crate::ts::packet::NULL_PACKET;
use crate::ts::section::{Section, SectionAssembler, SectionError};
use crate::ts::{PACKET_LEN, Packet, Pid, RawPacket};

/// The time that a PID has to be named (TR 101 290, 3.4.a).
const NAMED_WITHIN: Duration = Duration::from_millis(500);
/// PIDs below are of tables (TR 101 290, 3.4.a).
const FIRST_OWN_PID: u16 = 0x20;

/// One PID.
#[derive(Debug)]
pub(super) struct PidWatch {
    pub(super) pid: Pid,
    pub(super) packets: u64,
    /// `packets` when the running second began.
    marked: u64,
    /// bit/s over the last whole second.
    pub(super) rate: Option<u64>,
    /// Time of checks at the last packet, or at the last alarm that none came.
    pub(super) seen: Mono,
    /// Whether the last packet was scrambled.
    pub(super) scrambled: bool,
    /// Whether a table names it.
    pub(super) named: bool,
    /// Time of checks when it came, or lost its name, or was last raised for having none.
    pub(super) nameless: Mono,
    continuity: Continuity,
    /// The last packet with payload, to tell copies from others with the same counter.
    last: RawPacket,
    pub(super) sections: Option<Box<SectionWatch>>,
    pub(super) pcr: Option<Box<PcrWatch>>,
    pub(super) stream: Option<Box<StreamWatch>>,
    /// The decoder that buffers it, and its place there.
    pub(super) buffered: Option<(u16, u16)>,
}

impl PidWatch {
    fn new(pid: Pid, now: Mono) -> Self {
        Self {
            pid,
            packets: 0,
            marked: 0,
            rate: None,
            seen: now,
            scrambled: false,
            named: false,
            nameless: now,
            continuity: Continuity::new(),
            last: NULL_PACKET,
            sections: None,
            pcr: None,
            stream: None,
            buffered: None,
        }
    }

    /// Judges the continuity counter of the next packet.
    pub(super) fn step(&mut self, packet: Packet<'_>) -> Step {
        let mut step = self.continuity.judge(packet);
        if step.is_repeat() && !packet.is_copy_of(Packet::new(&self.last)) {
            step = self.continuity.differs();
        }
        if packet.has_payload() {
            self.last = *packet.bytes();
        }
        step
    }

    /// Notes a packet with transport_error_indicator.
    pub(super) const fn marked(&mut self) {
        self.continuity.marked();
    }

    /// Ends a second of `nanos` nanoseconds.
    pub(super) fn roll(&mut self, nanos: u64) {
        self.rate = rate(self.packets - self.marked, nanos);
        self.marked = self.packets;
        if let Some(pcr) = &mut self.pcr {
            pcr.roll();
        }
    }

    /// Raises where packets come and no table names the PID for too long (3.4.a), again after each
    /// further such time. `whole` is when the tables were read.
    pub(super) fn sweep_name(
        &mut self,
        whole: Mono,
        (now, place): (Mono, Place),
        findings: &mut Findings,
    ) {
        let own = (FIRST_OWN_PID..Pid::NULL.value()).contains(&self.pid.value());
        let comes = self.packets > 0 && self.seen >= self.nameless;
        if !self.named && own && comes && now.since(self.nameless.max(whole)) > NAMED_WITHIN {
            self.nameless = now;
            let evidence = Evidence::Unreferenced(self.pid);
            findings.raise(Check::UnreferencedPid, place, evidence);
        }
    }

    /// bit/s over the last whole second, or over the `nanos` nanoseconds of the first.
    pub(super) fn rate_or(&self, nanos: u64) -> Option<u64> {
        self.rate
            .or_else(|| rate(self.packets - self.marked, nanos))
    }
}

/// bit/s of so many packets in so many nanoseconds; `None` for no time.
pub(super) fn rate(packets: u64, nanos: u64) -> Option<u64> {
    let bits = u128::from(packets) * (PACKET_LEN as u128 * 8);
    let rate = (bits * 1_000_000_000).checked_div(u128::from(nanos))?;
    u64::try_from(rate).ok()
}

/// The sections of one PID.
#[derive(Debug)]
pub(super) struct SectionWatch {
    pub(super) assembler: SectionAssembler,
    role: Role,
    /// Time of checks at the last table that belongs here, or at the last alarm.
    pub(super) seen: Mono,
    /// Time of checks at the last such table.
    pub(super) came: Option<Mono>,
    /// Of a PID of SI.
    pub(super) si: Option<SiWatch>,
}

/// Which tables a PID carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Pat,
    Cat,
    Pmt,
    /// SI of EN 300 468.
    Si,
}

impl SectionWatch {
    pub(super) fn new(pid: Pid, role: Role, now: Mono) -> Self {
        Self {
            assembler: SectionAssembler::new(),
            role,
            seen: now,
            came: None,
            si: SiWatch::new(pid, now).filter(|_| role == Role::Si),
        }
    }

    pub(super) const fn role(&self) -> Role {
        self.role
    }

    pub(super) fn is_pmt(&self) -> bool {
        self.role == Role::Pmt
    }

    /// The check that the absence, or the scrambling, of this PID's table raises.
    pub(super) const fn check(&self) -> Option<Check> {
        match self.role {
            Role::Pat => Some(Check::Pat),
            Role::Pmt => Some(Check::Pmt),
            Role::Cat | Role::Si => None,
        }
    }
}

impl Role {
    /// Judges that a table came on a PID of this role; whether it belongs there.
    pub(super) fn judge(
        self,
        (pid, section): (Pid, &Section<'_>),
        place: Place,
        findings: &mut Findings,
    ) -> bool {
        let id = section.table_id();
        let (own, check) = match self {
            Self::Pat => (table::PAT, Some(Check::Pat)),
            Self::Cat => (table::CAT, Some(Check::Cat)),
            // Other tables may share a program_map_PID (ISO/IEC 13818-1, 2.4.4.8).
            Self::Pmt => (table::PMT, None),
            Self::Si => return true,
        };
        if id != own
            && let Some(check) = check
        {
            findings.raise(check, place, Evidence::TableId(pid, id));
        }
        id == own
    }
}

/// Raises what is wrong with the form of a section.
pub(super) fn raise_section_error(
    pid: Pid,
    error: SectionError,
    place: Place,
    findings: &mut Findings,
) {
    let check = match error {
        SectionError::Crc { table_id } if table::crc_is_checked(table_id) => Check::Crc,
        // The loss itself is counted by its own name.
        SectionError::Lost { .. } => return,
        _ => Check::Syntax,
    };
    findings.raise(check, place, Evidence::Section(pid, error));
}

/// All PIDs seen or referred to, at most [`Pid::COUNT`].
#[derive(Debug)]
pub(super) struct Pids {
    /// Index into `watches` plus one; 0 where there is none.
    slots: Box<[u16]>,
    watches: Vec<PidWatch>,
}

impl Pids {
    pub(super) fn new() -> Self {
        let mut pids = Self {
            slots: vec![0; Pid::COUNT].into_boxed_slice(),
            watches: Vec::with_capacity(64),
        };
        let fixed = [
            (Pid::PAT, Role::Pat),
            (Pid::CAT, Role::Cat),
            (Pid::NIT, Role::Si),
            (Pid::SDT, Role::Si),
            (Pid::EIT, Role::Si),
            (Pid::RST, Role::Si),
            (Pid::TDT, Role::Si),
        ];
        for (pid, role) in fixed {
            if let Some(watch) = pids.get(pid, Mono::ZERO) {
                watch.sections = Some(Box::new(SectionWatch::new(pid, role, Mono::ZERO)));
            }
        }
        pids
    }

    /// The watch of `pid`, made where there is none. Always there.
    pub(super) fn get(&mut self, pid: Pid, now: Mono) -> Option<&mut PidWatch> {
        let slot = self.slots.get_mut(pid.index())?;
        if *slot == 0 {
            self.watches.push(PidWatch::new(pid, now));
            *slot = u16::try_from(self.watches.len()).ok()?;
        }
        self.watches.get_mut(usize::from(*slot) - 1)
    }

    pub(super) fn find(&self, pid: Pid) -> Option<&PidWatch> {
        let slot = *self.slots.get(pid.index())?;
        self.watches.get(usize::from(slot).checked_sub(1)?)
    }

    pub(super) fn find_mut(&mut self, pid: Pid) -> Option<&mut PidWatch> {
        let slot = *self.slots.get(pid.index())?;
        self.watches.get_mut(usize::from(slot).checked_sub(1)?)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &PidWatch> {
        self.watches.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut PidWatch> {
        self.watches.iter_mut()
    }
}
