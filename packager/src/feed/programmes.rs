//! Which programme of the input goes out.
//!
//! In: every packet of PID 0 and of the PMT PIDs. Out: the chosen programme's PMT, and word of
//! each change. Without a wish the first of the PAT that has video or audio is taken, once the
//! PMTs before it are known or have had their time.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::time::Mono;
use crate::ts::pat::Pat;
use crate::ts::pmt::{Kind, Pmt};
use crate::ts::section::{Section, SectionAssembler};
use crate::ts::{Packet, Pid};

/// A PMT comes every 500 ms (TR 101 290, 1.5.a); after this the next programme is taken.
const PATIENCE: Duration = Duration::from_secs(1);
/// Programmes that are looked at; a hostile PAT names thousands.
const PROGRAMS: usize = 256;

#[derive(Debug)]
struct Map {
    number: u16,
    pid: Pid,
    pmt: Option<Pmt>,
}

/// Follows PAT and PMTs and holds the choice.
#[derive(Debug, Default)]
pub(super) struct Programmes {
    wanted: Option<u16>,
    pat: SectionAssembler,
    parts: BTreeMap<u8, Pat>,
    stream_id: u16,
    maps: Vec<Map>,
    assemblers: Vec<(Pid, SectionAssembler)>,
    since: Option<Mono>,
    chosen: Option<u16>,
}

impl Programmes {
    /// Looks for program_number `wanted`, or for the first with video or audio.
    #[must_use]
    pub(super) fn new(wanted: Option<u16>) -> Self {
        Self {
            wanted,
            ..Self::default()
        }
    }

    /// Takes a packet of the input; true when the chosen programme or its PMT has changed.
    pub(super) fn push(&mut self, received: Mono, packet: Packet<'_>) -> bool {
        let before = self.chosen;
        let changed = if packet.pid() == Pid::PAT {
            self.take_pat(received, packet)
        } else {
            self.take_pmt(packet)
        };
        self.choose(received);
        changed || before != self.chosen
    }

    /// Whether the PID carries a table that is followed here.
    #[must_use]
    pub(super) fn follows(&self, pid: Pid) -> bool {
        pid == Pid::PAT || self.assemblers.iter().any(|(p, _)| *p == pid)
    }

    /// The chosen programme: transport_stream_id, PID of its PMT, PMT.
    #[must_use]
    pub(super) fn chosen(&self) -> Option<(u16, Pid, &Pmt)> {
        let map = self.maps.iter().find(|m| Some(m.number) == self.chosen)?;
        Some((self.stream_id, map.pid, map.pmt.as_ref()?))
    }

    fn take_pat(&mut self, received: Mono, packet: Packet<'_>) -> bool {
        let parts = &mut self.parts;
        let mut whole = false;
        self.pat.push(packet, |section| {
            if let Ok(section) = section {
                whole |= collect(parts, &section);
            }
        });
        if !whole {
            return false;
        }
        self.since.get_or_insert(received);
        let listed: Vec<_> = parts
            .values()
            .flat_map(|p| p.programs.iter())
            .take(PROGRAMS)
            .copied()
            .collect();
        self.stream_id = parts.values().next().map_or(0, |p| p.transport_stream_id);
        let mut old = std::mem::take(&mut self.maps);
        for program in listed {
            let known = old
                .iter()
                .position(|m| m.number == program.number && m.pid == program.pmt);
            self.maps.push(match known {
                Some(at) => old.swap_remove(at),
                None => Map {
                    number: program.number,
                    pid: program.pmt,
                    pmt: None,
                },
            });
        }
        let maps = &self.maps;
        self.assemblers
            .retain(|(pid, _)| maps.iter().any(|m| m.pid == *pid));
        for map in maps {
            if !self.assemblers.iter().any(|(pid, _)| *pid == map.pid) {
                self.assemblers.push((map.pid, SectionAssembler::new()));
            }
        }
        old.iter().any(|m| Some(m.number) == self.chosen)
    }

    fn take_pmt(&mut self, packet: Packet<'_>) -> bool {
        let pid = packet.pid();
        let Some((_, assembler)) = self.assemblers.iter_mut().find(|(p, _)| *p == pid) else {
            return false;
        };
        let (maps, chosen) = (&mut self.maps, self.chosen);
        let mut changed = false;
        assembler.push(packet, |section| {
            let Ok(section) = section else { return };
            if !section.current() {
                return;
            }
            let Ok(pmt) = Pmt::parse(&section) else {
                return;
            };
            let map = maps
                .iter_mut()
                .find(|m| m.number == pmt.program && m.pid == pid);
            if let Some(map) = map
                && map.pmt.as_ref() != Some(&pmt)
            {
                changed |= chosen == Some(pmt.program);
                map.pmt = Some(pmt);
            }
        });
        changed
    }

    fn choose(&mut self, now: Mono) {
        if self.chosen().is_some() {
            return;
        }
        self.chosen = match self.wanted {
            Some(number) => self
                .maps
                .iter()
                .find(|m| m.number == number && m.pmt.is_some()),
            None => self.first_with_media(now),
        }
        .map(|m| m.number);
    }

    fn first_with_media(&self, now: Mono) -> Option<&Map> {
        let patient = self.since.is_some_and(|since| now.since(since) < PATIENCE);
        for map in &self.maps {
            match &map.pmt {
                Some(pmt) if has_media(pmt) => return Some(map),
                None if patient => return None,
                _ => {}
            }
        }
        None
    }
}

fn has_media(pmt: &Pmt) -> bool {
    let kinds = pmt.streams.iter().map(|s| s.kind());
    kinds
        .into_iter()
        .any(|k| matches!(k, Kind::Video | Kind::Audio))
}

/// Adds a section of the PAT; true when that completes a table that differs from the last.
fn collect(parts: &mut BTreeMap<u8, Pat>, section: &Section<'_>) -> bool {
    let Ok(pat) = Pat::parse(section) else {
        return false;
    };
    if !section.current() {
        return false;
    }
    let stale =
        |p: &Pat| p.version != pat.version || p.transport_stream_id != pat.transport_stream_id;
    if parts.values().next().is_some_and(stale) {
        parts.clear();
    }
    if parts.get(&section.number()) == Some(&pat) {
        return false;
    }
    parts.insert(section.number(), pat);
    parts.len() > usize::from(section.last_number())
}
