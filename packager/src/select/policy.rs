//! When another input goes on air.

use std::time::Duration;

use crate::monitor::State;
use crate::time::Mono;

/// An input without a packet for this long is silent, if its packets come closer: under the
/// output's latency, so that a switch leaves no hole.
const SILENT: Duration = Duration::from_millis(120);
/// No pause is longer and still none: what an operator calls gone.
const MOST_PAUSE: Duration = Duration::from_secs(1);
/// A pause is forgotten in about so long.
const FORGET: Duration = Duration::from_secs(3);
/// A switch to another input, unless nothing comes from the one on air, waits so long after the
/// last one.
const HOLD_DOWN: Duration = Duration::from_secs(10);
/// Two inputs that become as unfit one after the other are not told apart within this.
const SETTLED: Duration = Duration::from_millis(500);
/// What comes back has to have been well for so long.
const STEADY: Duration = Duration::from_secs(1);

/// When an input that is preferred and well again goes back on air.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revert {
    /// Never by itself. Choose it when any switch has to be an operator's.
    Never,
    /// When it has been well for this long. Choose it when the first input is the better one.
    WhenWell(Duration),
}

impl Default for Revert {
    fn default() -> Self {
        Self::WhenWell(Duration::from_secs(30))
    }
}

/// How fit an input is, the best last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fitness {
    /// Nothing comes.
    #[default]
    Silent,
    /// Packets come, and no programme or no clock in them.
    NoProgramme,
    /// Sound without picture.
    NoPicture,
    /// Picture without sound.
    NoSound,
    /// Picture and sound.
    Ready,
}

impl Fitness {
    /// Of an input with a programme and a clock, or not.
    #[must_use]
    pub fn of(state: State, has_clock: bool, rhythm: &Rhythm, now: Mono) -> Self {
        if rhythm.is_silent(now) {
            return Self::Silent;
        }
        match state {
            _ if !has_clock => Self::NoProgramme,
            State::Waiting | State::Receiving | State::Lost => Self::Ready,
            State::NoPicture => Self::NoPicture,
            State::NoSound => Self::NoSound,
        }
    }
}

/// When the packets of an input come: a feed of sound alone, or one that comes in bursts, pauses
/// without being silent.
#[derive(Clone, Copy, Debug)]
pub struct Rhythm {
    last: Option<Mono>,
    /// The longest pause of late; long until the input is known.
    pause: Duration,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self {
            last: None,
            pause: MOST_PAUSE / 2,
        }
    }
}

impl Rhythm {
    /// A packet came.
    pub fn beat(&mut self, at: Mono) {
        let pause = self.last.map_or(Duration::ZERO, |last| at.since(last));
        let forgotten = self
            .pause
            .mul_f64((pause.as_secs_f64() / FORGET.as_secs_f64()).min(1.0));
        self.pause = (self.pause - forgotten).max(pause.min(MOST_PAUSE));
        self.last = Some(at);
    }

    /// Whether the input has paused for longer than it does.
    #[must_use]
    pub fn is_silent(&self, now: Mono) -> bool {
        let most = (self.pause * 2).clamp(SILENT, MOST_PAUSE);
        self.last.is_none_or(|last| now.since(last) >= most)
    }
}

/// Why an input went on air.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The one before is silent.
    Silent,
    /// It is fitter than the one before.
    Fitter,
    /// It is preferred, and has been well for long enough.
    Preferred,
    /// An operator asked.
    Asked,
}

impl Reason {
    /// The word in log, events and API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Fitter => "fitter",
            Self::Preferred => "preferred",
            Self::Asked => "asked",
        }
    }
}

/// Decides.
#[derive(Debug, Default)]
pub struct Selector {
    revert: Revert,
    fitness: Vec<(Fitness, Mono)>,
    switched: Option<Mono>,
}

impl Selector {
    /// By this policy.
    #[must_use]
    pub fn new(revert: Revert) -> Self {
        Self {
            revert,
            ..Self::default()
        }
    }

    /// Takes how fit each input is at `now`; answers which should go on air, and why.
    pub fn judge(
        &mut self,
        now: Mono,
        on_air: usize,
        fitness: impl Iterator<Item = Fitness>,
    ) -> Option<(usize, Reason)> {
        for (index, fitness) in fitness.enumerate() {
            match self.fitness.get_mut(index) {
                Some(known) if known.0 != fitness => *known = (fitness, now),
                Some(_) => {}
                None => self.fitness.push((fitness, now)),
            }
        }
        let (own, own_since) = *self.fitness.get(on_air)?;
        let others = self.fitness.iter().enumerate();
        let others = others.filter(|(index, _)| *index != on_air);
        let held = self.switched.is_some_and(|at| now.since(at) < HOLD_DOWN);
        let steady = |since: Mono| !held || now.since(since) >= STEADY;
        let (best, (fitness, since)) = others
            .map(|(index, known)| (index, *known))
            .max_by_key(|(index, (fitness, _))| (*fitness, std::cmp::Reverse(*index)))?;
        if fitness > own && own == Fitness::Silent && steady(since) {
            return Some((best, Reason::Silent));
        }
        if held {
            return None;
        }
        if fitness > own && now.since(own_since.max(since)) >= SETTLED {
            return Some((best, Reason::Fitter));
        }
        let Revert::WhenWell(long) = self.revert else {
            return None;
        };
        let preferred = self.fitness.iter().take(on_air);
        preferred
            .enumerate()
            .find(|(_, (fitness, since))| *fitness >= own && now.since(*since) >= long)
            .map(|(index, _)| (index, Reason::Preferred))
    }

    /// A switch was made at `now`.
    pub fn switched(&mut self, now: Mono) {
        self.switched = Some(now);
    }
}
