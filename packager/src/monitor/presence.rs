//! The state of the chosen programme in an operator's words.

use std::time::Duration;

use crate::time::Mono;
use crate::ts::Pid;

/// No packet for this long is a lost connection. A healthy line brings one each 164 ms even for
/// 64 kbit/s of sound; a second is what an operator calls gone.
pub const LOST_AFTER: Duration = Duration::from_secs(1);
/// No PES packet for this long is no picture or no sound. Several times the 700 ms that a PTS may
/// be apart (ISO/IEC 13818-1, 2.7.4), so that a slow encoder is not taken for a dead one.
pub const SILENT_AFTER: Duration = Duration::from_secs(2);

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
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Watch {
    state: State,
    since: Mono,
    /// The last packet of any PID.
    packet: Option<Mono>,
    /// The first packet after the last silence.
    resumed: Mono,
    picture: Option<Mono>,
    sound: Option<Mono>,
    /// When it was last judged.
    judged: Mono,
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
        self.picture = Some(at);
        if self.state != State::Receiving {
            self.update(at);
        }
    }

    pub(super) fn sound(&mut self, at: Mono) {
        self.sound = Some(at);
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
            State::NoPicture => self.picture,
            State::NoSound => self.sound,
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
        let fresh = |last: Option<Mono>| {
            last.is_some_and(|l| l >= self.resumed && now.since(l) < SILENT_AFTER)
        };
        match (fresh(self.picture), fresh(self.sound)) {
            (true, true) => State::Receiving,
            // A stream that begins, or begins again, is given the time to show both.
            _ if now.since(self.resumed) < SILENT_AFTER => self.state,
            (false, _) => State::NoPicture,
            (true, false) => State::NoSound,
        }
    }

    /// When [`Watch::update`] may find another state; `None` while only a packet can change it.
    pub(super) fn next_deadline(&self) -> Option<Mono> {
        let packet = self.packet?;
        let silent = [Some(self.resumed), self.picture, self.sound]
            .into_iter()
            .flatten()
            .map(|last| last + SILENT_AFTER);
        silent
            .chain([packet + LOST_AFTER])
            .filter(|due| *due > self.judged)
            .min()
    }
}

#[cfg(test)]
mod tests;
