//! What is watched, as the tables say.

use std::collections::HashMap;

use super::check::{Check, Evidence, Place};
use super::pcr::PcrWatch;
use super::pids::{Role, SectionWatch};
use super::stream::StreamWatch;
use super::tstd::Decoder;
use super::{Codec, Findings, Monitor, PidWatch};
use crate::time::Mono;
use crate::ts::Pid;
use crate::ts::descriptor::tag;
use crate::ts::pmt::{Kind, Stream};

/// Packets after which changed tables may once more change what is watched, with
/// [`CHANGES_AT_ONCE`] changes in hand: a PMT that changes in each packet cannot take the machine.
const PACKETS_PER_CHANGE: u64 = 500;
const CHANGES_AT_ONCE: u64 = 16;
/// PIDs below are reserved (ISO/IEC 13818-1, table 2-3): none is a program_map_PID.
const FIRST_FREE_PID: u16 = 0x10;

impl Monitor {
    /// Watches what the tables now say, unless they change too often.
    pub(super) fn apply(&mut self, place: Place) {
        let floor = self.packets / PACKETS_PER_CHANGE;
        self.changes = self.changes.max(floor);
        if self.changes >= floor + CHANGES_AT_ONCE {
            return;
        }
        self.changes += 1;
        self.changed = false;
        self.program = self.choose();
        let (now, mut uses) = (self.now, HashMap::new());
        for program in self.tables.programs() {
            let map = program.entry.pmt;
            uses.entry(map).or_insert_with(Use::default).map = true;
            let Some(pmt) = &program.pmt else {
                continue;
            };
            if let Some(pid) = program.clock() {
                uses.entry(pid).or_insert_with(Use::default).pcr = Some(!pmt.pcr_pid.is_null());
            }
            for stream in &pmt.streams {
                let used = uses.entry(stream.pid).or_insert_with(Use::default);
                used.stream = Some((stream.kind(), Codec::of(stream)));
                used.chosen |= Some(program.entry.number) == self.program;
                used.referred |= is_steady(stream);
            }
        }
        for pid in self.tables.named() {
            uses.entry(pid).or_insert_with(Use::default);
        }
        self.model();
        if self.tables.are_whole() {
            self.whole.get_or_insert(now);
        }
        let eit = self.pids.get(Pid::EIT, now);
        if let Some(si) = eit.and_then(|w| w.sections.as_mut()?.si.as_mut()) {
            si.promise(self.tables.with_events(), now);
        }
        for watch in self.pids.iter_mut() {
            let used = uses.remove(&watch.pid);
            if used.is_none() && watch.named {
                watch.nameless = now;
            }
            watch.named = used.is_some();
            used.unwrap_or_default()
                .apply(watch, now, place, &mut self.findings);
        }
        for (pid, used) in uses {
            if let Some(watch) = self.pids.get(pid, now) {
                watch.named = true;
                used.apply(watch, now, place, &mut self.findings);
            }
        }
    }

    /// Makes a decoder for each programme that has a clock; those of programmes that stay go on.
    fn model(&mut self) {
        let mut before = std::mem::take(&mut self.decoders);
        for watch in self.pids.iter_mut() {
            watch.buffered = None;
        }
        for program in self.tables.programs() {
            let (Some(pmt), Some(clock)) = (&program.pmt, program.clock()) else {
                continue;
            };
            let (number, map) = (program.entry.number, program.entry.pmt);
            let known = before.iter().position(|d| d.is_of(number, clock, map));
            let mut decoder = match known {
                Some(index) => before.swap_remove(index),
                None => Decoder::new(number, clock, map),
            };
            decoder.follow(pmt);
            let Ok(place) = u16::try_from(self.decoders.len()) else {
                break;
            };
            for (index, pid) in (0..).zip(decoder.pids()) {
                if let Some(watch) = self.pids.get(pid, self.now) {
                    watch.buffered.get_or_insert((place, index));
                }
            }
            self.decoders.push(decoder);
        }
    }

    /// The programme asked for, or the first that has video or audio.
    fn choose(&self) -> Option<u16> {
        let mut programs = self.tables.programs().iter();
        let found = programs.find(|program| match (self.settings.program, &program.pmt) {
            (Some(asked), _) => program.entry.number == asked,
            (None, Some(pmt)) => pmt
                .streams
                .iter()
                .any(|stream| matches!(stream.kind(), Kind::Video | Kind::Audio)),
            (None, None) => false,
        });
        found.map(|program| program.entry.number)
    }
}

/// What the tables use a PID for.
#[derive(Clone, Copy, Debug, Default)]
struct Use {
    map: bool,
    /// Whether the PMT names it as PCR_PID; `None` where nothing expects a PCR here.
    pcr: Option<bool>,
    stream: Option<(Kind, Codec)>,
    chosen: bool,
    referred: bool,
}

impl Use {
    /// Makes the watch of a PID fit its use; what is still of use goes on.
    fn apply(self, watch: &mut PidWatch, now: Mono, place: Place, findings: &mut Findings) {
        let pid = watch.pid;
        let is_map = watch.sections.as_ref().is_some_and(|s| s.is_pmt());
        if !self.map && is_map {
            watch.sections = None;
        } else if self.map && !is_map {
            if watch.sections.is_some() || pid.value() < FIRST_FREE_PID || pid.is_null() {
                findings.raise(Check::Syntax, place, Evidence::Reserved(pid));
            } else {
                watch.sections = Some(Box::new(SectionWatch::new(pid, Role::Pmt, now)));
            }
        }
        match (self.pcr, &watch.pcr) {
            (Some(named), None) => watch.pcr = Some(Box::new(PcrWatch::new(pid, named, now))),
            (None, Some(_)) => watch.pcr = None,
            _ => {}
        }
        self.apply_stream(watch, now);
    }

    fn apply_stream(self, watch: &mut PidWatch, now: Mono) {
        let Some((kind, codec)) = self.stream else {
            watch.stream = None;
            return;
        };
        if watch.stream.as_ref().is_none_or(|s| s.listed != codec) {
            // A PID that is new, or newly referred to, has the whole period to show itself.
            watch.seen = now;
            watch.stream = Some(Box::new(StreamWatch::new(watch.pid, kind, codec)));
        }
        if let Some(stream) = &mut watch.stream {
            (stream.kind, stream.chosen, stream.referred) = (kind, self.chosen, self.referred);
        }
    }
}

/// Whether the absence of a stream is an error: of picture and sound, but not of sound for some
/// viewers alone, by its audio_type (TR 101 290, 1.6; ISO/IEC 13818-1, 2.6.18).
fn is_steady(stream: &Stream) -> bool {
    match stream.kind() {
        Kind::Video => true,
        Kind::Audio => {
            let body = stream.descriptors.find(tag::LANGUAGE);
            body.and_then(|body| body.get(3))
                .is_none_or(|kind| *kind == 0)
        }
        Kind::Subtitle | Kind::Data => false,
    }
}
