//! The state of the chosen programme in an operator's words.

use std::time::Duration;

use super::rhythm::Rhythm;
use crate::time::Mono;
use crate::ts::Pid;

/// No packet for this long is a lost connection. A healthy line brings one each 164 ms even for
/// 64 kbit/s of sound; a second is what an operator calls gone.
pub const LOST_AFTER: Duration = Duration::from_secs(1);
/// No PES packet while others come for this long is no picture or no sound: the most that two PTS
/// may be apart (ISO/IEC 13818-1, 2.7.4).
pub const SILENT_AFTER: Duration = Duration::from_millis(700);
/// The same where a slow encoder's own pauses are as long, and for a stream that begins.
pub const SILENT_AFTER_PAUSES: Duration = Duration::from_secs(2);

/// What an operator calls the state of an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum State {
    /// Nothing has come yet.
    #[default]
    Waiting,
    /// Picture and sound come.
    Receiving,
    /// Packets come, but no picture. Also for a programme that has only sound by design.
    NoPicture,
    /// Packets come, but no sound.
    NoSound,
    /// Packets came and stopped.
    Lost,
}

/// Why there is no picture or no sound, as far as the stream tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// No PAT, or no PMT of the programme, has been read.
    NoTables,
    /// The PMT lists no such stream: a conference recorded as sound only looks so.
    NotListed,
    /// The PMT lists this PID and no packet comes on it.
    NoPackets(Pid),
    /// Packets come on this PID, all scrambled.
    Scrambled(Pid),
    /// Packets come on this PID and no PES packet starts in them.
    NoPes(Pid),
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoTables => f.write_str("no PMT was read"),
            Self::NotListed => f.write_str("the PMT lists no such stream"),
            Self::NoPackets(pid) => write!(f, "no packets on PID {pid}, which the PMT lists"),
            Self::Scrambled(pid) => write!(f, "PID {pid} is scrambled"),
            Self::NoPes(pid) => write!(f, "no PES packet starts on PID {pid}"),
        }
    }
}

/// What a receiver needs beside picture and sound, and what came and comes no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lack {
    /// The PAT.
    Pat,
    /// The PMT of the programme, on this PID.
    Pmt(Pid),
    /// The PCR of the programme, on this PID.
    Pcr(Pid),
}

impl std::fmt::Display for Lack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Pat => f.write_str("PAT"),
            Self::Pmt(pid) => write!(f, "PMT on PID {pid}"),
            Self::Pcr(pid) => write!(f, "PCR on PID {pid}"),
        }
    }
}

/// The state and since when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    /// The state.
    pub state: State,
    /// When it began: the last packet for [`State::Lost`], the last picture or sound where there
    /// was one, else the moment it was seen. [`Mono::ZERO`] while nothing has come.
    pub since: Mono,
    /// Of [`State::NoPicture`] and [`State::NoSound`].
    pub cause: Option<Cause>,
}

/// Follows the state of one programme.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watch {
    state: State,
    since: Mono,
    /// The last packet of any PID.
    packet: Option<Mono>,
    /// The first packet after the last silence.
    resumed: Mono,
    picture: Rhythm,
    sound: Rhythm,
    /// When it was last judged.
    judged: Mono,
}

impl Default for Watch {
    fn default() -> Self {
        let rhythm = Rhythm::new(SILENT_AFTER, SILENT_AFTER_PAUSES);
        Self {
            state: State::default(),
            since: Mono::ZERO,
            packet: None,
            resumed: Mono::ZERO,
            picture: rhythm,
            sound: rhythm,
            judged: Mono::ZERO,
        }
    }
}

impl Watch {
    pub(super) fn packet(&mut self, at: Mono) {
        if self.packet.is_none_or(|last| at.since(last) >= LOST_AFTER) {
            self.resume(at);
        }
        self.packet = Some(at);
    }

    /// The first packet, or the first after a silence.
    #[cold]
    fn resume(&mut self, at: Mono) {
        self.update(at);
        self.resumed = at;
    }

    pub(super) fn picture(&mut self, at: Mono) {
        self.picture.beat(at);
        if self.state != State::Receiving {
            self.update(at);
        }
    }

    pub(super) fn sound(&mut self, at: Mono) {
        self.sound.beat(at);
        if self.state != State::Receiving {
            self.update(at);
        }
    }

    pub(super) const fn state(&self) -> State {
        self.state
    }

    pub(super) const fn since(&self) -> Mono {
        self.since
    }

    /// Judges anew at `now`.
    pub(super) fn update(&mut self, now: Mono) {
        self.judged = now;
        let state = self.judge(now);
        if state == self.state {
            return;
        }
        self.since = match state {
            State::Lost => self.packet,
            State::NoPicture => self.picture.last(),
            State::NoSound => self.sound.last(),
            State::Waiting | State::Receiving => None,
        }
        .unwrap_or(now);
        self.state = state;
    }

    fn judge(&self, now: Mono) -> State {
        let Some(packet) = self.packet else {
            return State::Waiting;
        };
        if now.since(packet) >= LOST_AFTER {
            return State::Lost;
        }
        // What comes with the others is not missing while none come.
        let fresh = |kind: &Rhythm| {
            let in_time = |last: Mono| last >= self.resumed && packet.since(last) < kind.allowed();
            kind.last().is_some_and(in_time)
        };
        match (fresh(&self.picture), fresh(&self.sound)) {
            (true, true) => State::Receiving,
            // A stream that begins, or begins again, is given the time to show both.
            _ if packet.since(self.resumed) < SILENT_AFTER_PAUSES => self.state,
            (false, _) => State::NoPicture,
            (true, false) => State::NoSound,
        }
    }

    /// When [`Watch::update`] may find another state; `None` while only a packet can change it.
    pub(super) fn next_deadline(&self) -> Option<Mono> {
        let lost = self.packet? + LOST_AFTER;
        (lost > self.judged).then_some(lost)
    }
}

#[cfg(test)]
mod tests;
