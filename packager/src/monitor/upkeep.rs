//! What time brings: the end of each second, and what has not come for too long.

use std::time::Duration;

use super::check::{Check, Evidence, Place};
use super::pids::rate;
use super::{Clock, Monitor, SWEEP, Second, TABLE_PERIOD};
use crate::receive::Counters;
use crate::time::{Bitrate, Mono};
use crate::ts::Pid;

/// PAT and PMTs may take this long to come (TR 101 290, 1.3.a and 1.5.a): no PID is called nameless
/// before.
const JOINED: Duration = TABLE_PERIOD.saturating_mul(2);
/// Rates and jitter are over this.
pub(super) const SECOND: Duration = Duration::from_secs(1);

impl Monitor {
    /// Lets time pass without a packet: presence and rates follow. Nothing to do where time comes
    /// from the stream.
    pub fn tick(&mut self, now: Mono) {
        if self.settings.clock == Clock::Receive {
            self.presence.update(now);
            if self.second.began.is_some() {
                self.roll(now);
            }
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

    /// Nanoseconds of the running second so far.
    pub(super) fn running(&self) -> u64 {
        let Second { began, last, .. } = self.second;
        began.map_or(0, |began| last.as_nanos() - began.as_nanos())
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
        self.mdi.roll(self.media_rate());
        for watch in self.pids.iter_mut() {
            watch.roll(nanos);
        }
    }

    /// The declared rate, or that of the second by the PCR of the chosen programme, or by arrival.
    fn media_rate(&self) -> Option<Bitrate> {
        let mut programs = self.tables.programs().iter();
        let program = programs.find(|p| Some(p.entry.number) == self.program);
        let clock = program.and_then(|program| self.pids.find(program.clock()?)?.pcr.as_ref());
        let arrived = || Bitrate::from_bits_per_second(self.second.rate?);
        let rate = self.settings.constant_rate;
        rate.or_else(|| clock?.rate()).or_else(arrived)
    }

    /// Raises what has not come for too long.
    pub(super) fn sweep(&mut self, place: Place) {
        let now = self.now;
        self.sweep_due = now + SWEEP;
        self.presence.update(place.at);
        let whole = self.whole.unwrap_or(Mono::ZERO + JOINED);
        let findings = &mut self.findings;
        for watch in self.pids.iter_mut() {
            let pid = watch.pid;
            if let Some(si) = watch.sections.as_mut().and_then(|s| s.si.as_mut()) {
                si.sweep(now, place, findings);
            }
            watch.sweep_name(whole, (now, place), findings);
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
        let from = cat
            .filter(|cat| cat.came.is_some())
            .map_or(since, |cat| cat.seen.max(since));
        let absent = now.since(from);
        if absent > TABLE_PERIOD {
            self.scrambled_since = None;
            let evidence = Evidence::Absent(Pid::CAT, absent);
            self.findings.raise(Check::Cat, place, evidence);
        }
    }
}
