//! What is not done for each packet: seconds, time-outs, what to watch, and the answers.

use std::collections::HashMap;
use std::time::Duration;

use super::check::{Check, Evidence, Finding, Place};
use super::pcr::PcrWatch;
use super::pids::{Role, SectionWatch, rate};
use super::presence::{Cause, Presence, State};
use super::stream::StreamWatch;
use super::{Clock, Codec, Findings, Monitor, PidWatch, SWEEP, Second, TABLE_PERIOD};
use crate::receive::Counters;
use crate::time::Mono;
use crate::ts::Pid;
use crate::ts::descriptor::tag;
use crate::ts::pmt::{Kind, Stream};

/// Rates and jitter are over this.
const SECOND: Duration = Duration::from_secs(1);
/// Packets after which changed tables may once more change what is watched, with
/// [`CHANGES_AT_ONCE`] changes in hand: a PMT that changes in each packet cannot take the machine.
const PACKETS_PER_CHANGE: u64 = 500;
const CHANGES_AT_ONCE: u64 = 16;
/// PIDs below are reserved (ISO/IEC 13818-1, table 2-3): none is a program_map_PID.
const FIRST_FREE_PID: u16 = 0x10;

impl Monitor {
    /// Lets time pass without a packet: presence and rates follow. Nothing to do where time comes
    /// from the stream.
    pub fn tick(&mut self, now: Mono) {
        if self.settings.clock == Clock::Receive {
            self.presence.update(now);
            self.roll(now);
        }
    }

    /// When [`Monitor::tick`] has something to do; `None` while only a packet can change anything.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Mono> {
        if self.settings.clock == Clock::Pcr {
            return None;
        }
        let idle = self.second.rate == Some(0) && self.second.marked == self.packets;
        let second = self.second.began.filter(|_| !idle).map(|b| b + SECOND);
        [second, self.presence.next_deadline()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Takes over what the receiver counted where packets were cut out of datagrams: those with a
    /// wrong sync byte never come here.
    pub fn received(&mut self, at: Mono, counters: &Counters) {
        let (errors, losses) = (counters.sync_byte_errors, counters.sync_losses);
        let (errors_before, losses_before) = std::mem::replace(&mut self.counted, (errors, losses));
        let place = Place {
            at,
            packet: self.packets,
        };
        for (check, now, before) in [
            (Check::SyncByte, errors, errors_before),
            (Check::SyncLoss, losses, losses_before),
        ] {
            let more = now.saturating_sub(before);
            if more > 0 {
                let evidence = Evidence::SyncCounted(more);
                self.findings.raise_times(more, check, place, evidence);
            }
        }
    }

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
        Check::ALL
            .into_iter()
            .filter(move |check| match check {
                Check::PcrAccuracy => rate.is_none(),
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

    /// Why the chosen programme shows nothing of this kind.
    fn cause(&self, kind: Kind) -> Cause {
        let chosen = |p: &&super::tables::Program| Some(p.entry.number) == self.program;
        let Some(pmt) = self.tables.programs().iter().find(chosen).and_then(|p| p.pmt.as_ref())
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

    /// Nanoseconds of the running second so far.
    pub(super) fn running(&self) -> u64 {
        let Second { began, last, .. } = self.second;
        began.map_or(0, |began| last.as_nanos() - began.as_nanos())
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
        let pid = program.pmt.as_ref()?.pcr_pid;
        self.pids.find(pid)?.pcr.as_ref()?.jitter()
    }

    /// Ends the running second when it is over.
    pub(super) fn roll(&mut self, at: Mono) {
        let began = *self.second.began.get_or_insert(at);
        self.second.last = at.max(self.second.last);
        let elapsed = at.since(began);
        if elapsed < SECOND {
            return;
        }
        let nanos = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
        self.second = Second {
            began: Some(at),
            last: at,
            marked: self.packets,
            rate: rate(self.packets - self.second.marked, nanos),
        };
        for watch in self.pids.iter_mut() {
            watch.roll(nanos);
        }
    }

    /// Raises what has not come for too long.
    pub(super) fn sweep(&mut self, place: Place) {
        let now = self.now;
        self.sweep_due = now + SWEEP;
        self.presence.update(place.at);
        let findings = &mut self.findings;
        for watch in self.pids.iter_mut() {
            let pid = watch.pid;
            if let Some(sections) = &mut watch.sections
                && let Some(check) = sections.check()
            {
                let absent = now.since(sections.seen);
                if absent > TABLE_PERIOD {
                    sections.seen = now;
                    findings.raise(check, place, Evidence::Absent(pid, absent));
                }
            }
            if let Some(pcr) = &mut watch.pcr {
                pcr.sweep(now, place, findings);
            }
            if let Some(stream) = &mut watch.stream {
                stream.sweep(now, place, findings);
                let absent = now.since(watch.seen);
                if stream.referred && absent > self.settings.pid_period {
                    watch.seen = now;
                    findings.raise(Check::Pid, place, Evidence::Absent(pid, absent));
                }
            }
        }
        self.sweep_cat(place);
    }

    /// Scrambled packets need a CAT.
    fn sweep_cat(&mut self, place: Place) {
        let Some(since) = self.scrambled_since else {
            return;
        };
        let now = self.now;
        let cat = self.pids.find(Pid::CAT).and_then(|w| w.sections.as_ref());
        let from = cat.filter(|cat| cat.came).map_or(since, |cat| cat.seen.max(since));
        let absent = now.since(from);
        if absent > TABLE_PERIOD {
            self.scrambled_since = None;
            let evidence = Evidence::Absent(Pid::CAT, absent);
            self.findings.raise(Check::Cat, place, evidence);
        }
    }

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
            uses.entry(pmt.pcr_pid).or_insert_with(Use::default).pcr = true;
            for stream in &pmt.streams {
                let used = uses.entry(stream.pid).or_insert_with(Use::default);
                used.stream = Some((stream.kind(), Codec::of(stream)));
                used.chosen |= Some(program.entry.number) == self.program;
                used.referred |= is_steady(stream);
            }
        }
        for watch in self.pids.iter_mut() {
            let used = uses.remove(&watch.pid).unwrap_or_default();
            used.apply(watch, now, place, &mut self.findings);
        }
        for (pid, used) in uses {
            if let Some(watch) = self.pids.get(pid, now) {
                used.apply(watch, now, place, &mut self.findings);
            }
        }
    }

    /// The programme asked for, or the first that has video or audio.
    fn choose(&self) -> Option<u16> {
        let mut programs = self.tables.programs().iter();
        let found = programs.find(|program| match (self.settings.program, &program.pmt) {
            (Some(asked), _) => program.entry.number == asked,
            (None, Some(pmt)) => pmt.streams.iter().any(|stream| {
                matches!(stream.kind(), Kind::Video | Kind::Audio)
            }),
            (None, None) => false,
        });
        found.map(|program| program.entry.number)
    }
}

/// What the tables use a PID for.
#[derive(Clone, Copy, Debug, Default)]
struct Use {
    map: bool,
    pcr: bool,
    stream: Option<(Kind, Codec)>,
    chosen: bool,
    referred: bool,
}

impl Use {
    /// Makes the watch of a PID fit its use; what is still of use goes on.
    fn apply(
        self,
        watch: &mut PidWatch,
        now: Mono,
        place: Place,
        findings: &mut Findings,
    ) {
        let pid = watch.pid;
        let is_map = watch.sections.as_ref().is_some_and(|s| s.is_pmt());
        if !self.map && is_map {
            watch.sections = None;
        } else if self.map && !is_map {
            if watch.sections.is_some() || pid.value() < FIRST_FREE_PID || pid.is_null() {
                findings.raise(Check::Syntax, place, Evidence::Reserved(pid));
            } else {
                watch.sections = Some(Box::new(SectionWatch::new(Role::Pmt, now)));
            }
        }
        match (self.pcr && !pid.is_null(), &watch.pcr) {
            (true, None) => watch.pcr = Some(Box::new(PcrWatch::new(pid, now))),
            (false, Some(_)) => watch.pcr = None,
            _ => {}
        }
        self.apply_stream(watch, now);
    }

    fn apply_stream(self, watch: &mut PidWatch, now: Mono) {
        let Some((kind, codec)) = self.stream else {
            watch.stream = None;
            return;
        };
        if watch.stream.as_ref().is_none_or(|s| s.codec != codec) {
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
            body.and_then(|body| body.get(3)).is_none_or(|kind| *kind == 0)
        }
        Kind::Subtitle | Kind::Data => false,
    }
}
