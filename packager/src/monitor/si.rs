//! The SI of one PID: which tables belong there, and how often each section comes (EN 300 468,
//! 5.1.4; TR 101 211, 4.4; TR 101 290, 3.1, 3.2 and 3.5 to 3.8).

use std::time::Duration;

use super::check::{Check, Evidence, Findings, Place};
use super::tables::table;
use crate::time::Mono;
use crate::ts::Pid;
use crate::ts::section::Section;

/// Sections watched on one PID: present and following of 1,000 services.
const PARTS_MAX: usize = 2048;
/// Between two sections of one sub-table (EN 300 468, 5.1.4).
pub(super) const LEAST: Duration = Duration::from_millis(25);

/// What the clauses say of one table.
#[derive(Clone, Copy, Debug)]
struct Rule {
    /// The clause of its own; 3.2 counts each table besides.
    check: Option<Check>,
    /// The most between two of the same section; `None` where it comes when there is news.
    most: Option<Duration>,
}

const fn rule(table_id: u8) -> Option<Rule> {
    let (check, seconds) = match table_id {
        table::NIT_ACTUAL => (Some(Check::NitActual), 10),
        table::NIT_OTHER => (Some(Check::NitOther), 10),
        table::SDT_ACTUAL => (Some(Check::SdtActual), 2),
        table::SDT_OTHER => (Some(Check::SdtOther), 10),
        table::BAT => (None, 10),
        table::EIT_ACTUAL => (Some(Check::EitActual), 2),
        table::EIT_OTHER => (Some(Check::EitOther), 10),
        // The longest of the schedules: a section does not say how far ahead it looks.
        0x50..=0x6f => (None, 30),
        table::TDT => (Some(Check::Tdt), 30),
        table::TOT => (None, 30),
        table::RST => (Some(Check::Rst), 0),
        _ => return None,
    };
    let most = match seconds {
        0 => None,
        seconds => Some(Duration::from_secs(seconds)),
    };
    Some(Rule { check, most })
}

/// Whether TR 101 290 holds two sections of the table within 25 ms against its own clause.
const fn has_least(table_id: u8) -> bool {
    matches!(
        table_id,
        table::NIT_ACTUAL | table::SDT_ACTUAL | table::EIT_ACTUAL | table::RST | table::TDT
    )
}

/// What a PID of SI carries.
#[derive(Clone, Copy, Debug)]
struct Home {
    /// Raised for a table that does not belong here.
    check: Check,
    /// The table that must always come, any section of it.
    needed: Option<u8>,
}

impl Home {
    fn of(pid: Pid) -> Option<Self> {
        let (check, needed) = match pid {
            Pid::NIT => (Check::NitActual, Some(table::NIT_ACTUAL)),
            Pid::SDT => (Check::SdtActual, Some(table::SDT_ACTUAL)),
            Pid::EIT => (Check::EitActual, None),
            Pid::RST => (Check::Rst, None),
            Pid::TDT => (Check::Tdt, Some(table::TDT)),
            _ => return None,
        };
        Some(Self { check, needed })
    }

    const fn takes(&self, table_id: u8) -> bool {
        match self.check {
            Check::NitActual => matches!(table_id, table::NIT_ACTUAL | table::NIT_OTHER),
            Check::SdtActual => {
                matches!(table_id, table::SDT_ACTUAL | table::SDT_OTHER | table::BAT)
            }
            Check::EitActual => matches!(table_id, table::EIT_ACTUAL..=0x6f),
            Check::Rst => table_id == table::RST,
            _ => matches!(table_id, table::TDT | table::TOT),
        }
    }
}

/// One section of one sub-table.
#[derive(Clone, Copy, Debug)]
struct Part {
    key: Key,
    /// Time of checks when it last came, or when its absence was last raised.
    seen: Mono,
    /// The packet in which it last came; `None` before it has.
    packet: Option<u64>,
    /// Whether another table promises it, so that its lasting absence is raised again.
    promised: bool,
    /// Since when its fellow of present/following is missing.
    alone: Mono,
}

/// table_id, table_id_extension, what tells sub-tables apart besides, and section_number, so that
/// the sections of a sub-table stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key(u64);

impl Key {
    fn of(section: &Section<'_>) -> Self {
        let word = |at: usize| {
            let bytes = section.body().get(at..).and_then(<[u8]>::first_chunk);
            bytes.map_or(0, |bytes| u16::from_be_bytes(*bytes))
        };
        let (id, extension) = (section.table_id(), section.extension());
        let (stream, network) = match id {
            table::SDT_ACTUAL | table::SDT_OTHER => (0, word(0)),
            table::EIT_ACTUAL..=0x6f => (word(0), word(2)),
            _ => (0, 0),
        };
        Self::new(id, extension, [stream, network], section.number())
    }

    fn new(table_id: u8, extension: u16, place: [u16; 2], number: u8) -> Self {
        let [stream, network] = place.map(u64::from);
        Self(
            u64::from(table_id) << 56
                | u64::from(extension) << 40
                | stream << 24
                | network << 8
                | u64::from(number),
        )
    }

    const fn table_id(self) -> u8 {
        (self.0 >> 56) as u8
    }

    const fn extension(self) -> u16 {
        (self.0 >> 40) as u16
    }

    const fn number(self) -> u8 {
        self.0 as u8
    }

    const fn first(self) -> Self {
        Self(self.0 & !0xff)
    }

    const fn last(self) -> Self {
        Self(self.0 | 0xff)
    }

    /// The other of present and following.
    const fn fellow(self) -> Option<Self> {
        match (self.table_id(), self.number()) {
            (table::EIT_ACTUAL | table::EIT_OTHER, 0 | 1) => Some(Self(self.0 ^ 1)),
            _ => None,
        }
    }
}

/// When a section came: time of checks, place, and the packets of 25 ms at the stream's rate,
/// where that is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) now: Mono,
    pub(super) place: Place,
    pub(super) least: Option<u64>,
}

/// Follows the sections of one PID of SI.
#[derive(Debug)]
pub(super) struct SiWatch {
    pid: Pid,
    home: Home,
    /// By key.
    parts: Vec<Part>,
    /// Time of checks at the last table that must come, or at the last alarm that none came.
    needed: Mono,
}

impl SiWatch {
    /// `None` for a PID that carries no SI.
    pub(super) fn new(pid: Pid, now: Mono) -> Option<Self> {
        Some(Self {
            pid,
            home: Home::of(pid)?,
            parts: Vec::new(),
            needed: now,
        })
    }

    /// Takes a section with a good CRC.
    pub(super) fn push(&mut self, section: &Section<'_>, at: Moment, findings: &mut Findings) {
        let id = section.table_id();
        if id == table::STUFFING {
            return;
        }
        if !self.home.takes(id) {
            let evidence = Evidence::TableId(self.pid, id);
            findings.raise(self.home.check, at.place, evidence);
            return;
        }
        let schedule = (0x50..=0x6f).contains(&id);
        // Of a schedule with its hundreds of sections the first of each sub-table speaks for all.
        if !section.current() || (schedule && section.number() > 0) {
            return;
        }
        if self.home.needed == Some(id) {
            self.needed = at.now;
        }
        let key = Key::of(section);
        self.least(key, at, findings);
        self.forget(key, section.last_number());
        self.note(key, at, findings);
        self.pair(key, at, findings);
    }

    /// Judges that no section of the sub-table came just before.
    fn least(&self, key: Key, at: Moment, findings: &mut Findings) {
        let Some(least) = at.least else { return };
        let sub_table = self.range(key.first(), key.last());
        let close = sub_table.iter().find(|part| {
            let packet = part.packet.map(|packet| at.place.packet - packet);
            packet.is_some_and(|packets| packets < least) && at.now.since(part.seen) < LEAST
        });
        if let Some(part) = close {
            let evidence = Evidence::Interval(self.pid, key.table_id(), at.now.since(part.seen));
            self.raise(key, at.place, evidence, findings);
        }
    }

    /// Raises 3.2 for the table, and its own clause where that speaks of the same.
    fn raise(&self, key: Key, place: Place, evidence: Evidence, findings: &mut Findings) {
        findings.raise(Check::SiRepetition, place, evidence);
        if has_least(key.table_id())
            && let Some(check) = rule(key.table_id()).and_then(|rule| rule.check)
        {
            findings.raise(check, place, evidence);
        }
    }

    /// Forgets the sections that a shorter table no longer has.
    fn forget(&mut self, key: Key, last: u8) {
        let (from, to) = (Key(key.first().0 | u64::from(last)), key.last());
        self.parts
            .retain(|part| part.key <= from || part.key > to || part.promised);
    }

    /// Notes that the section came.
    fn note(&mut self, key: Key, at: Moment, findings: &mut Findings) {
        let full = self.parts.len() >= PARTS_MAX;
        match self.parts.binary_search_by_key(&key, |part| part.key) {
            Ok(index) => {
                if let Some(part) = self.parts.get_mut(index) {
                    (part.seen, part.packet) = (at.now, Some(at.place.packet));
                }
            }
            Err(_) if full => {
                let evidence = Evidence::SubTables(self.pid, PARTS_MAX);
                findings.raise(Check::Excess, at.place, evidence);
            }
            Err(index) => self.parts.insert(
                index,
                Part {
                    key,
                    seen: at.now,
                    packet: Some(at.place.packet),
                    promised: false,
                    alone: at.now,
                },
            ),
        }
    }

    /// Judges that present and following both come (3.6.c).
    fn pair(&mut self, key: Key, at: Moment, findings: &mut Findings) {
        let Some(fellow) = key.fellow() else { return };
        let Some(most) = rule(key.table_id()).and_then(|rule| rule.most) else {
            return;
        };
        let fellow = self.range(fellow, fellow).first();
        let there =
            fellow.is_some_and(|part| part.packet.is_some() && at.now.since(part.seen) <= most);
        let Ok(index) = self.parts.binary_search_by_key(&key, |part| part.key) else {
            return;
        };
        let Some(part) = self.parts.get_mut(index) else {
            return;
        };
        if there {
            part.alone = at.now;
        } else if at.now.since(part.alone) > most {
            part.alone = at.now;
            let evidence = Evidence::Alone(key.extension(), key.number());
            findings.raise(Check::EitPf, at.place, evidence);
        }
    }

    /// The parts from one key to another.
    fn range(&self, from: Key, to: Key) -> &[Part] {
        let start = self.parts.partition_point(|part| part.key < from);
        let end = self.parts.partition_point(|part| part.key <= to);
        self.parts.get(start..end).unwrap_or_default()
    }

    /// Present and following of these services of the actual stream (service_id,
    /// transport_stream_id, original_network_id) are promised by the SDT, and of no others.
    pub(super) fn promise(&mut self, services: impl Iterator<Item = [u16; 3]>, now: Mono) {
        for part in &mut self.parts {
            part.promised = false;
        }
        for [service, stream, network] in services {
            for number in 0..=1 {
                let key = Key::new(table::EIT_ACTUAL, service, [stream, network], number);
                match self.parts.binary_search_by_key(&key, |part| part.key) {
                    Ok(index) => {
                        if let Some(part) = self.parts.get_mut(index) {
                            part.promised = true;
                        }
                    }
                    Err(index) if self.parts.len() < PARTS_MAX => self.parts.insert(
                        index,
                        Part {
                            key,
                            seen: now,
                            packet: None,
                            promised: true,
                            alone: now,
                        },
                    ),
                    Err(_) => {}
                }
            }
        }
    }

    /// Raises what has not come for too long: again after each further such time where it must
    /// come, else once.
    pub(super) fn sweep(&mut self, now: Mono, place: Place, findings: &mut Findings) {
        let pid = self.pid;
        if let Some(id) = self.home.needed
            && let Some(Rule {
                check: Some(check),
                most: Some(most),
            }) = rule(id)
        {
            let absent = now.since(self.needed);
            if absent > most {
                self.needed = now;
                findings.raise(check, place, Evidence::Interval(pid, id, absent));
            }
        }
        self.parts.retain_mut(|part| {
            let id = part.key.table_id();
            let Some(Rule {
                check,
                most: Some(most),
            }) = rule(id)
            else {
                return true;
            };
            let absent = now.since(part.seen);
            if absent <= most {
                return true;
            }
            part.seen = now;
            let evidence = Evidence::Interval(pid, id, absent);
            findings.raise(Check::SiRepetition, place, evidence);
            // The clauses of NIT and SDT of the actual stream, and of the TDT, ask for any section.
            if let Some(check) = check
                && self.home.needed != Some(id)
            {
                findings.raise(check, place, evidence);
            }
            part.promised
        });
    }
}
