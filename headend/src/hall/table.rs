//! All halls that were heard of late: a bounded table.

use std::collections::HashMap;
use std::net::IpAddr;

use super::gate::Gate;
use super::heard::Heard;
use super::report::HallReport;
use super::session::{FORGET, Session, whole};
use super::verdict::of_hall;
use super::word::HallState;
use super::{By, HallPage, HallSnapshot, HallsSnapshot, Known, Now, Taken};
use crate::report::Millis;

/// Halls at once: twice the communes of the country.
pub(super) const SESSIONS: usize = 8_192;
/// Of one address, so that one host cannot push out the others; a cache in front is one.
pub(super) const SESSIONS_OF_ONE_ADDRESS: usize = 6_144;
/// A page's clock may be so much before ours, ms.
const AHEAD: Millis = 120_000;
/// What a page kept for longer is of no use, ms.
const KEPT: Millis = 86_400_000;
/// An answer has no more halls.
const MOST: usize = 1_000;

/// Too many reports come from this address, or in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many reports come from this address, or in all")]
pub struct Refused;

/// All halls.
#[derive(Debug, Default)]
pub(super) struct Table {
    gate: Gate,
    sessions: HashMap<String, Session>,
    of_hosts: HashMap<IpAddr, usize>,
    /// Standing still by channel, ms.
    totals: HashMap<String, f64>,
    refused: u64,
    dropped: u64,
}

impl Table {
    pub(super) fn hear(
        &mut self,
        (host, by): (IpAddr, By),
        heard: &Heard,
        known: Option<Known<'_>>,
        now: Now,
    ) -> Result<Taken, Refused> {
        self.pass(host, now)?;
        let at = heard.at.unwrap_or(now.wall);
        let plausible = (now.wall - KEPT..=now.wall + AHEAD).contains(&at);
        let at = if plausible { at } else { now.wall };
        let session = self.session((host, by), &heard.session, now);
        // A page repeats the code as long as its screen shows it.
        let new_code = heard.code.is_some() && session.code != heard.code;
        let added = session.hear(heard, by, at, now);
        let channel = session.channel.clone();
        let hall = session.told(heard, now);
        // Only of a channel that there is, so that made-up names take no room.
        if known.is_some() {
            *self.totals.entry(channel.clone()).or_default() += added;
        }
        if !new_code || !self.gate.code(host, now.at) {
            return Ok(Taken::State);
        }
        let halls = self.of_channel(&channel, now);
        let halls = match known {
            Some(known) => halls.judged(known, now.wall),
            None => halls,
        };
        let report = HallReport::new(hall, halls, at, now.wall);
        Ok(Taken::Report(Box::new(report)))
    }

    pub(super) fn unreadable(&mut self, host: IpAddr, now: Now) -> Result<(), Refused> {
        self.pass(host, now)?;
        self.refused += 1;
        Ok(())
    }

    fn pass(&mut self, host: IpAddr, now: Now) -> Result<(), Refused> {
        let passes = self.gate.report(host, now.at);
        self.refused += u64::from(!passes);
        passes.then_some(()).ok_or(Refused)
    }

    fn session(&mut self, (host, by): (IpAddr, By), id: &str, now: Now) -> &mut Session {
        if !self.sessions.contains_key(id) {
            let of_host = self.of_hosts.get(&host).copied().unwrap_or(0);
            if of_host >= SESSIONS_OF_ONE_ADDRESS {
                self.drop_oldest(|session| session.host == host);
            } else if self.sessions.len() >= SESSIONS {
                self.drop_oldest(|_| true);
            }
            *self.of_hosts.entry(host).or_default() += 1;
        }
        let new = || Session::new(host, by, now);
        self.sessions.entry(id.to_owned()).or_insert_with(new)
    }

    /// Makes room: the sixteenth of those that was not heard for the longest goes at once, so that a
    /// flood does not look through all of them each time.
    fn drop_oldest(&mut self, of: impl Fn(&Session) -> bool) {
        let mut ages: Vec<_> = self
            .sessions
            .iter()
            .filter(|(_, session)| of(session))
            .map(|(id, session)| (session.heard, id.clone()))
            .collect();
        ages.sort_unstable();
        let go = (ages.len() / 16).max(1);
        for (_, id) in ages.into_iter().take(go) {
            self.forget(&id);
            self.dropped += 1;
        }
    }

    fn forget(&mut self, id: &str) {
        let Some(gone) = self.sessions.remove(id) else {
            return;
        };
        if let Some(held) = self.of_hosts.get_mut(&gone.host) {
            *held -= 1;
            if *held == 0 {
                self.of_hosts.remove(&gone.host);
            }
        }
    }

    pub(super) fn counted(&mut self, now: Now) -> HashMap<String, HallsSnapshot> {
        let silent = |session: &Session| now.at.saturating_duration_since(session.heard) >= FORGET;
        let gone = self.sessions.iter().filter(|(_, s)| silent(s));
        let gone: Vec<String> = gone.map(|(id, _)| id.clone()).collect();
        for id in gone {
            self.forget(&id);
        }
        let mut counted = HashMap::<String, HallsSnapshot>::new();
        for session in self.sessions.values() {
            let counts = counted.entry(session.channel.clone()).or_default();
            count(counts, session.state(now.at).0);
        }
        for (channel, millis) in &self.totals {
            let counts = counted.entry(channel.clone()).or_default();
            counts.rebuffer_millis_total = whole(*millis);
        }
        counted
    }

    fn of_channel(&self, channel: &str, now: Now) -> HallsSnapshot {
        let mut counts = HallsSnapshot::default();
        let own = self.sessions.values().filter(|s| s.channel == channel);
        own.for_each(|session| count(&mut counts, session.state(now.at).0));
        counts.rebuffer_millis_total = whole(self.totals.get(channel).copied().unwrap_or(0.0));
        counts
    }

    pub(super) fn page<'a>(
        &self,
        channel: Option<&str>,
        (skip, limit): (usize, usize),
        known: impl Fn(&str) -> Option<Known<'a>>,
        now: Now,
    ) -> HallPage {
        let asked = |session: &&Session| channel.is_none_or(|id| session.channel == id);
        let halls = self.sessions.iter().filter(|(_, session)| asked(session));
        let mut halls: Vec<(&String, &Session)> = halls.collect();
        halls.sort_by_cached_key(|(id, session)| {
            let stood = whole(session.stall_millis(now.at));
            (
                session.state(now.at).0.rank(),
                u64::MAX - stood,
                (*id).clone(),
            )
        });
        let mut verdicts = HashMap::new();
        let shown = halls.iter().skip(skip).take(limit.min(MOST));
        let shown = shown.map(|(id, session)| {
            let hall = session.snapshot(id, now);
            let of = verdicts.entry(hall.channel.clone()).or_insert_with(|| {
                // First, so that made-up names cost nothing.
                let known = known(&hall.channel)?;
                let counts = self.of_channel(&hall.channel, now);
                counts.judged(known, now.wall).verdict
            });
            HallSnapshot {
                verdict: of_hall(&hall, of.as_ref()),
                ..hall
            }
        });
        HallPage {
            halls: shown.collect(),
            total: halls.len(),
            refused_total: self.refused,
            dropped_total: self.dropped,
        }
    }
}

fn count(counts: &mut HallsSnapshot, state: HallState) {
    let of = match state {
        HallState::Playing => &mut counts.playing,
        HallState::Stalled => &mut counts.stalled,
        HallState::Fault => &mut counts.fault,
        HallState::Lost => &mut counts.lost,
        HallState::Starting | HallState::Paused | HallState::Ended => &mut counts.other,
    };
    *of += 1;
}
