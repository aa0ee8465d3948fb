//! One run of a page: what it said last, and how often it stood still.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::heard::{Figures, Heard};
use super::word::{HallState, Says};
use super::{By, HallSnapshot, Now};
use crate::cause::Word;
use crate::report::{Millis, stamp};

/// A hall reports each 10 s: three in a row are missing.
pub(super) const LOST: Duration = Duration::from_secs(30);
/// Then nobody waits for it any more.
pub(super) const FORGET: Duration = Duration::from_secs(600);
/// Letters of a session's id that are shown.
const SHOWN: usize = 8;

/// One run of a page.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) host: IpAddr,
    pub(super) channel: String,
    hall: String,
    by: By,
    first: Millis,
    pub(super) heard: Instant,
    heard_wall: Millis,
    /// `ts` of the newest report: what was kept through an outage may come after it.
    told: Millis,
    state: HallState,
    since: Instant,
    figures: Figures,
    fault: Option<Word>,
    says: Option<Says>,
    pub(super) code: Option<String>,
    stalls: Stalls,
}

/// How often and for how long the buffer was empty, as the page counts it (`bs`, `bsd`) and as its
/// states show it. Pages tell one of both or both: the larger one is true.
#[derive(Clone, Copy, Debug, Default)]
struct Stalls {
    starved: u64,
    starved_millis: f64,
    entered: u64,
    stood_millis: f64,
}

impl Stalls {
    fn count(self) -> u64 {
        self.starved.max(self.entered)
    }

    fn millis(self) -> f64 {
        self.starved_millis.max(self.stood_millis)
    }
}

impl Session {
    pub(super) fn new(host: IpAddr, by: By, now: Now) -> Self {
        Self {
            host,
            by,
            channel: String::new(),
            hall: String::new(),
            first: now.wall,
            heard: now.at,
            heard_wall: now.wall,
            told: Millis::MIN,
            state: HallState::Starting,
            since: now.at,
            figures: Figures::default(),
            fault: None,
            says: None,
            code: None,
            stalls: Stalls::default(),
        }
    }

    /// Takes a report that was made at `at`; answers the milliseconds of standing still that it
    /// added.
    pub(super) fn hear(&mut self, heard: &Heard, by: By, at: Millis, now: Now) -> f64 {
        let silent = now.at.saturating_duration_since(self.heard);
        self.heard = now.at;
        self.heard_wall = now.wall;
        let before = self.stalls.millis();
        let newer = |known: &mut String, newer: &String| {
            if !newer.is_empty() {
                known.clone_from(newer);
            }
        };
        newer(&mut self.hall, &heard.hall);
        if heard.code.is_some() {
            self.code.clone_from(&heard.code);
        }
        if by == By::Events {
            self.by = by;
        }
        self.stalls.starved += u64::from(heard.starved);
        // A page cannot have stood still for longer than nothing was heard of it, but for what it
        // kept through an outage.
        let most = silent.as_secs_f64() * 1e3 + FORGET.as_secs_f64() * 1e3;
        self.stalls.starved_millis += heard.starved_millis.unwrap_or(0.0).min(most);
        if at >= self.told {
            self.told = at;
            newer(&mut self.channel, &heard.channel);
            self.figures.renew(heard.figures);
            if self.by == by {
                self.fault = heard.fault;
                self.says = heard.fault.and(heard.says);
                self.become_(state(heard, by, self.state), now.at);
            }
        }
        self.stalls.millis() - before
    }

    fn become_(&mut self, state: HallState, now: Instant) {
        if state == self.state {
            return;
        }
        if self.state == HallState::Stalled {
            let stood = now.saturating_duration_since(self.since);
            self.stalls.stood_millis += stood.as_secs_f64() * 1e3;
        }
        self.stalls.entered += u64::from(state == HallState::Stalled);
        self.state = state;
        self.since = now;
    }

    /// Its state, and since when.
    pub(super) fn state(&self, now: Instant) -> (HallState, Instant) {
        let silent = now.saturating_duration_since(self.heard);
        match self.state {
            HallState::Ended => (HallState::Ended, self.since),
            _ if silent >= LOST => (HallState::Lost, self.heard + LOST),
            known => (known, self.since),
        }
    }

    /// Standing still that goes on counts, as long as the page is heard.
    pub(super) fn stall_millis(&self, now: Instant) -> f64 {
        let stands = match self.state(now).0 {
            HallState::Stalled => now.saturating_duration_since(self.since).as_secs_f64() * 1e3,
            _ => 0.0,
        };
        let stood = self.stalls.stood_millis + stands;
        stood.max(self.stalls.starved_millis)
    }

    /// As it was when it made `heard`, whatever it told after that.
    pub(super) fn told(&self, heard: &Heard, now: Now) -> HallSnapshot {
        let mut then = self.clone();
        then.figures.renew(heard.figures);
        then.fault = heard.fault.or(self.fault);
        then.says = heard.says.or(self.says);
        let hall = then.snapshot(&heard.session, now);
        HallSnapshot {
            state: state(heard, By::Events, hall.state),
            ..hall
        }
    }

    /// As the API has it, without the verdict. `id` is the whole `sid`.
    pub(super) fn snapshot(&self, id: &str, now: Now) -> HallSnapshot {
        let (state, since) = self.state(now.at);
        let span = |from: Instant| now.at.saturating_duration_since(from).as_secs_f64();
        let bits = |kilobits: Option<f64>| kilobits.map(|rate| whole(rate * 1e3));
        HallSnapshot {
            session: id.chars().take(SHOWN).collect(),
            hall: self.hall.clone(),
            channel: self.channel.clone(),
            state,
            state_seconds: span(since),
            first_seen: stamp(self.first),
            last_heard: stamp(self.heard_wall),
            silent_seconds: span(self.heard),
            buffer_seconds: self.figures.buffer_millis.map(|millis| millis / 1e3),
            bitrate_bits_per_second: bits(self.figures.rate),
            top_bitrate_bits_per_second: bits(self.figures.top_rate),
            throughput_bits_per_second: bits(self.figures.throughput),
            latency_seconds: self.figures.latency_millis.map(|millis| millis / 1e3),
            dropped_frames: self.figures.dropped_frames.map(whole),
            stalls: self.stalls.count(),
            stall_seconds: self.stall_millis(now.at) / 1e3,
            fault: self.fault,
            says: self.says,
            code: self.code.clone(),
            verdict: None,
        }
    }
}

/// What a report says of the state.
fn state(heard: &Heard, by: By, before: HallState) -> HallState {
    match (heard.fault, heard.state, by) {
        // A screen that waits for the channel to begin is no fault.
        (Some(_), _, _) if heard.says == Some(Says::NotStarted) => HallState::Starting,
        (Some(_), _, _) => HallState::Fault,
        (None, Some(told), _) => told,
        (None, None, By::Events) => before,
        (None, None, By::Requests) if heard.starved => HallState::Stalled,
        (None, None, By::Requests) => HallState::Playing,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped when it was read: from 0 to under 2^53"
)]
pub(super) fn whole(value: f64) -> u64 {
    value.round() as u64
}
