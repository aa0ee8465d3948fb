//! What the tables say: programmes, their streams and their names.

use super::check::{Check, Evidence, Findings, Place};
use crate::ts::Pid;
use crate::ts::cat::Cat;
use crate::ts::descriptor::{Service, ca_pids};
use crate::ts::pat::{Pat, PatProgram};
use crate::ts::pmt::{Kind, Pmt};
use crate::ts::sdt::Sdt;
use crate::ts::section::Section;

/// Programmes watched. Satellite multiplexes hold a few dozen; a PAT section lists 253 at most.
pub const PROGRAMS_MAX: usize = 256;

/// table_id values that this stage reads or knows as belonging to a PID.
pub(super) mod table {
    pub(crate) const PAT: u8 = 0x00;
    pub(crate) const CAT: u8 = 0x01;
    pub(crate) const PMT: u8 = 0x02;
    pub(crate) const NIT_ACTUAL: u8 = 0x40;
    pub(crate) const NIT_OTHER: u8 = 0x41;
    pub(crate) const SDT_ACTUAL: u8 = 0x42;
    pub(crate) const SDT_OTHER: u8 = 0x46;
    pub(crate) const BAT: u8 = 0x4a;
    pub(crate) const EIT_ACTUAL: u8 = 0x4e;
    pub(crate) const EIT_OTHER: u8 = 0x4f;
    pub(crate) const TDT: u8 = 0x70;
    pub(crate) const RST: u8 = 0x71;
    pub(crate) const STUFFING: u8 = 0x72;
    pub(crate) const TOT: u8 = 0x73;

    /// Whether TR 101 290, 2.2 counts a wrong CRC of it: PAT, CAT, PMT, NIT, SDT, BAT, EIT, TOT.
    pub(crate) const fn crc_is_checked(id: u8) -> bool {
        matches!(id, 0x00..=0x02 | 0x40..=0x42 | 0x46 | 0x4a | 0x4e..=0x6f | 0x73)
    }
}

/// One programme of the PAT.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) entry: PatProgram,
    pub(super) pmt: Option<Pmt>,
    /// The CRC of the PMT's section: the same again says nothing new.
    crc: Option<u32>,
}

impl Program {
    /// The PID of its PCRs. A PMT that wrongly names none is common: then the first video stream,
    /// or else the first of sound, may carry them.
    pub(super) fn clock(&self) -> Option<Pid> {
        let pmt = self.pmt.as_ref()?;
        let first = |kind| pmt.streams.iter().find(move |stream| stream.kind() == kind);
        Some(pmt.pcr_pid)
            .filter(|pid| !pid.is_null())
            .or_else(|| Some(first(Kind::Video).or_else(|| first(Kind::Audio))?.pid))
    }
}

/// A table of several sections, each read once for its CRC.
#[derive(Debug)]
struct Sections<T> {
    version: Option<u8>,
    last: u8,
    parts: Vec<(u8, u32, T)>,
}

impl<T> Default for Sections<T> {
    fn default() -> Self {
        Self {
            version: None,
            last: 0,
            parts: Vec::new(),
        }
    }
}

impl<T> Sections<T> {
    /// Whether this very section is known.
    fn knows(&self, section: &Section<'_>) -> bool {
        let (number, crc) = (section.number(), crc(section));
        self.parts.iter().any(|(n, c, _)| (*n, *c) == (number, crc))
    }

    fn insert(&mut self, section: &Section<'_>, value: T) {
        if self.version != Some(section.version()) || self.last != section.last_number() {
            self.parts.clear();
            (self.version, self.last) = (Some(section.version()), section.last_number());
        }
        self.parts
            .retain(|(number, ..)| *number != section.number());
        self.parts.push((section.number(), crc(section), value));
        self.parts.sort_by_key(|(number, ..)| *number);
    }

    /// Whether every section is there.
    fn is_whole(&self) -> bool {
        self.version.is_some() && self.parts.len() > usize::from(self.last)
    }

    fn iter(&self) -> impl Iterator<Item = &T> {
        self.parts.iter().map(|(_, _, value)| value)
    }
}

/// The tables of one transport stream.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pat: Sections<Pat>,
    cat: Sections<Cat>,
    sdt: Sections<Sdt>,
    programs: Vec<Program>,
}

impl Tables {
    /// Takes a section with a good CRC; whether the programmes or their streams changed.
    pub(super) fn push(
        &mut self,
        pid: Pid,
        section: &Section<'_>,
        place: Place,
        findings: &mut Findings,
    ) -> bool {
        if !section.current() {
            return false;
        }
        let changed = match (pid, section.table_id()) {
            (Pid::PAT, table::PAT) => self.pat(section, place, findings),
            (Pid::SDT, table::SDT_ACTUAL) => self.sdt(section),
            (Pid::CAT, table::CAT) => self.cat(section),
            (Pid::PAT | Pid::CAT | Pid::SDT, _) => Some(false),
            (_, table::PMT) => self.pmt(pid, section),
            _ => Some(false),
        };
        changed.unwrap_or_else(|| {
            findings.raise(
                Check::Syntax,
                place,
                Evidence::Table(pid, section.table_id()),
            );
            false
        })
    }

    /// `None` when it cannot be read.
    fn pat(
        &mut self,
        section: &Section<'_>,
        place: Place,
        findings: &mut Findings,
    ) -> Option<bool> {
        if self.pat.knows(section) {
            return Some(false);
        }
        self.pat.insert(section, Pat::parse(section).ok()?);
        if !self.pat.is_whole() {
            return Some(false);
        }
        let entries = self.pat.iter().flat_map(|pat| &pat.programs).copied();
        let mut before = std::mem::take(&mut self.programs);
        let mut count = 0;
        for entry in entries {
            count += 1;
            if count > PROGRAMS_MAX {
                continue;
            }
            let known = before.iter().position(|program| program.entry == entry);
            self.programs.push(match known {
                Some(index) => before.swap_remove(index),
                None => Program {
                    entry,
                    pmt: None,
                    crc: None,
                },
            });
        }
        if count > PROGRAMS_MAX {
            findings.raise(Check::Excess, place, Evidence::Count(Pid::PAT, count));
        }
        Some(true)
    }

    /// `None` when it cannot be read.
    fn pmt(&mut self, pid: Pid, section: &Section<'_>) -> Option<bool> {
        let entry = PatProgram {
            number: section.extension(),
            pmt: pid,
        };
        let Some(program) = self.programs.iter_mut().find(|p| p.entry == entry) else {
            return Some(false);
        };
        let crc = Some(crc(section));
        if program.crc == crc {
            return Some(false);
        }
        program.pmt = Some(Pmt::parse(section).ok()?);
        program.crc = crc;
        Some(true)
    }

    /// `None` when it cannot be read.
    fn sdt(&mut self, section: &Section<'_>) -> Option<bool> {
        let known = self.sdt.knows(section);
        if !known {
            self.sdt.insert(section, Sdt::parse(section).ok()?);
        }
        Some(!known)
    }

    /// `None` when it cannot be read.
    fn cat(&mut self, section: &Section<'_>) -> Option<bool> {
        let known = self.cat.knows(section);
        if !known {
            self.cat.insert(section, Cat::parse(section).ok()?);
        }
        Some(!known)
    }

    /// In the PAT's order.
    pub(super) fn programs(&self) -> &[Program] {
        &self.programs
    }

    /// Whether the PAT and each PMT that it lists were read.
    pub(super) fn are_whole(&self) -> bool {
        self.pat.is_whole() && self.programs.iter().all(|program| program.pmt.is_some())
    }

    /// PIDs that the tables name for other uses than a programme's streams: the NIT, and messages
    /// of conditional access.
    pub(super) fn named(&self) -> impl Iterator<Item = Pid> {
        let networks = self.pat.iter().filter_map(|pat| pat.network);
        let management = self.cat.iter().flat_map(|cat| ca_pids(&cat.descriptors));
        let pmts = self
            .programs
            .iter()
            .filter_map(|program| program.pmt.as_ref());
        let control = pmts.flat_map(|pmt| {
            let streams = pmt.streams.iter().map(|stream| &stream.descriptors);
            streams.chain([&pmt.descriptors]).flat_map(ca_pids)
        });
        networks.chain(management).chain(control)
    }

    /// service_id, transport_stream_id and original_network_id of the services whose
    /// EIT_present_following_flag is set (EN 300 468, 5.2.3).
    pub(super) fn with_events(&self) -> impl Iterator<Item = [u16; 3]> {
        self.sdt.iter().flat_map(|sdt| {
            let services = sdt.services.iter().filter(|s| s.present_following);
            services.map(|s| [s.id, sdt.transport_stream_id, sdt.original_network_id])
        })
    }

    /// transport_stream_id, once a PAT was read.
    pub(super) fn transport_stream_id(&self) -> Option<u16> {
        self.pat.iter().next().map(|pat| pat.transport_stream_id)
    }

    /// What an SDT says of the programme with this number.
    pub(super) fn service(&self, number: u16) -> Option<Service> {
        let mut services = self.sdt.iter().flat_map(|sdt| &sdt.services);
        services.find(|service| service.id == number)?.service()
    }
}

/// The CRC that ends the section; 0 where it has none.
fn crc(section: &Section<'_>) -> u32 {
    section
        .bytes()
        .last_chunk()
        .map_or(0, |bytes| u32::from_be_bytes(*bytes))
}
