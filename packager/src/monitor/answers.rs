//! What a monitor tells when it is asked.

use std::time::Duration;

use super::check::{Check, Finding};
use super::mdi::Mdi;
use super::pids::rate;
use super::presence::{Cause, Lack, Presence, State};
use super::tstd::Decoder;
use super::upkeep::SECOND;
use super::{Clock, Monitor, TABLE_PERIOD};
use crate::time::Mono;
use crate::ts::Pid;
use crate::ts::pmt::Kind;

impl Monitor {
    /// What was found, in the order of the clauses.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter()
    }

    /// How often `check` was raised.
    #[must_use]
    pub fn count(&self, check: Check) -> u64 {
        self.findings()
            .find(|finding| finding.check == check)
            .map_or(0, |finding| finding.count)
    }

    /// The checks to which this stream, with these settings, allows no honest answer.
    pub fn unknown(&self) -> impl Iterator<Item = Check> {
        let (clock, rate) = (self.timeline.is_known(), self.settings.constant_rate);
        let buffers = self.decoders.iter().any(Decoder::is_judged);
        Check::ALL.into_iter().filter(move |check| match check {
            Check::PcrAccuracy => rate.is_none(),
            check if check.needs_buffers() => !buffers,
            check => check.needs_clock() && !clock,
        })
    }

    /// The state of the chosen programme.
    #[must_use]
    pub fn presence(&self) -> Presence {
        let state = self.presence.state();
        Presence {
            state,
            since: self.presence.since(),
            cause: match state {
                State::NoPicture => Some(self.cause(Kind::Video)),
                State::NoSound => Some(self.cause(Kind::Audio)),
                State::Waiting | State::Receiving | State::Lost => None,
            },
        }
    }

    /// The first of PAT, PMT and PCR of the chosen programme that came before and has not come for
    /// 500 ms while other packets do (TR 101 290, 1.3.a and 1.5.a; for a PCR five times 2.3.a).
    #[must_use]
    pub fn lack(&self) -> Option<Lack> {
        let late = |came: Option<Mono>| came.is_some_and(|at| self.now.since(at) > TABLE_PERIOD);
        let table = |pid: Pid| {
            let sections = self.pids.find(pid).and_then(|pid| pid.sections.as_ref());
            late(sections.and_then(|sections| sections.came))
        };
        let mut programs = self.tables.programs().iter();
        let program = programs.find(|p| Some(p.entry.number) == self.program)?;
        let pmt = program.entry.pmt;
        let clock = program.clock().filter(|pid| {
            let pcr = self.pids.find(*pid).and_then(|pid| pid.pcr.as_ref());
            late(pcr.and_then(|pcr| pcr.came))
        });
        let lacks = [
            table(Pid::PAT).then_some(Lack::Pat),
            table(pmt).then_some(Lack::Pmt(pmt)),
            clock.map(Lack::Pcr),
        ];
        lacks.into_iter().flatten().next()
    }

    /// Why the chosen programme shows nothing of this kind.
    fn cause(&self, kind: Kind) -> Cause {
        let chosen = |p: &&super::tables::Program| Some(p.entry.number) == self.program;
        let Some(pmt) = self
            .tables
            .programs()
            .iter()
            .find(chosen)
            .and_then(|p| p.pmt.as_ref())
        else {
            return Cause::NoTables;
        };
        let listed = pmt.streams.iter().find(|s| s.kind() == kind);
        let Some(pid) = listed.map(|stream| stream.pid) else {
            return Cause::NotListed;
        };
        match self.pids.find(pid) {
            Some(watch) if watch.scrambled => Cause::Scrambled(pid),
            Some(watch) if watch.packets > 0 && self.now.since(watch.seen) < SECOND => {
                Cause::NoPes(pid)
            }
            _ => Cause::NoPackets(pid),
        }
    }

    /// The chosen programme, once its PMT was read.
    #[must_use]
    pub const fn program(&self) -> Option<u16> {
        self.program
    }

    /// Packets taken.
    #[must_use]
    pub const fn packets(&self) -> u64 {
        self.packets
    }

    /// bit/s of the whole stream over the last whole second, or over the first while it runs;
    /// `None` where there is no time.
    #[must_use]
    pub fn bitrate(&self) -> Option<u64> {
        let so_far = || rate(self.packets - self.second.marked, self.running());
        self.second.rate.or_else(so_far)
    }

    /// Arrival jitter of the chosen programme's PCRs over the last whole second, peak to peak.
    /// `None` where there were none, and where time comes from the PCR itself.
    #[must_use]
    pub fn jitter(&self) -> Option<Duration> {
        if self.settings.clock == Clock::Pcr {
            return None;
        }
        let mut programs = self.tables.programs().iter();
        let program = programs.find(|p| Some(p.entry.number) == self.program)?;
        self.pids.find(program.clock()?)?.pcr.as_ref()?.jitter()
    }

    /// The media delivery index of the last whole second. `None` before it, where no media rate is
    /// known, and where time comes from the PCR itself.
    #[must_use]
    pub const fn mdi(&self) -> Option<Mdi> {
        self.mdi.last
    }
}
