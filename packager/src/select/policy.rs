//! When another input goes on air.

use std::time::Duration;

use super::Fitness;
use crate::time::Mono;

/// Two inputs that become as unfit one after the other are not told apart within this.
const SETTLED: Duration = Duration::from_millis(500);
/// What comes back has to have been well for so long.
const STEADY: Duration = Duration::from_secs(1);

/// When an input that is preferred and well again goes back on air.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revert {
    /// Never by itself. Choose it when any switch back has to be an operator's.
    Never,
    /// Once, when it has been well for this long, and then no more until an operator switches.
    /// Choose it for an input that may fail again and again.
    Once(Duration),
    /// Each time it has been well for this long. Choose it when the first input is the better one.
    WhenWell(Duration),
}

/// What makes a channel switch, how soon, and how it comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// When the preferred input comes back.
    pub revert: Revert,
    /// A switch waits so long after the last one, unless nothing comes from the input on air.
    pub hold_down: Duration,
    /// How long each of [`Fitness::FAULTS`] lasts before a fitter input goes on air; `None`
    /// leaves it on air.
    pub after: [Option<Duration>; Fitness::FAULTS.len()],
}

impl Default for Policy {
    /// What is right for a meeting: sound and picture that are gone are replaced at once; a black,
    /// still or mute picture only when it is no pause of the meeting any more.
    fn default() -> Self {
        let after = |fault: &Fitness| match fault {
            Fitness::NoPackets => Duration::ZERO,
            Fitness::NoProgramme | Fitness::NoVideo | Fitness::NoAudio => SETTLED,
            Fitness::NoClock | Fitness::NoTables => SETTLED,
            Fitness::Scrambled => Duration::from_secs(1),
            Fitness::Black | Fitness::Frozen | Fitness::Mute => Duration::from_secs(5),
            Fitness::Lossy | Fitness::Ready => Duration::from_secs(3),
        };
        Self {
            revert: Revert::WhenWell(Duration::from_secs(30)),
            hold_down: Duration::from_secs(10),
            after: std::array::from_fn(|index| Fitness::FAULTS.get(index).map(after)),
        }
    }
}

impl Policy {
    /// How long an input may be so before a fitter one replaces it; `None` for ever.
    #[must_use]
    pub fn patience(&self, fitness: Fitness) -> Option<Duration> {
        let index = Fitness::FAULTS.iter().position(|fault| *fault == fitness)?;
        self.after.get(index).copied().flatten()
    }
}

/// Why an input went on air.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The one before has this fault, and this one is fitter.
    Fault(Fitness),
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
            Self::Fault(fault) => fault.word(),
            Self::Preferred => "preferred",
            Self::Asked => "asked",
        }
    }
}

/// Decides.
#[derive(Debug, Default)]
pub struct Selector {
    policy: Policy,
    fitness: Vec<(Fitness, Mono)>,
    switched: Option<Mono>,
    /// The input an operator wants on air.
    held: Option<usize>,
    reverted: bool,
}

impl Selector {
    /// By this policy.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            ..Self::default()
        }
    }

    /// Keeps an input on air while anything comes from it; `None` leaves the choice to the policy.
    pub const fn hold(&mut self, input: Option<usize>) {
        self.held = input;
        self.reverted = false;
    }

    /// The input an operator wants on air.
    #[must_use]
    pub const fn held(&self) -> Option<usize> {
        self.held
    }

    /// How fit an input is, and since when.
    #[must_use]
    pub fn fitness(&self, input: usize) -> Option<(Fitness, Mono)> {
        self.fitness.get(input).copied()
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
        let fault = self.replace(now, on_air);
        fault.or_else(|| self.revert(now, on_air))
    }

    /// The fitter input that has to replace the one on air.
    fn replace(&self, now: Mono, on_air: usize) -> Option<(usize, Reason)> {
        let (own, own_since) = *self.fitness.get(on_air)?;
        let others = self.fitness.iter().enumerate();
        let (best, (fitness, since)) = others
            .filter(|(index, _)| *index != on_air)
            .map(|(index, known)| (index, *known))
            .max_by_key(|(index, (fitness, _))| (*fitness, std::cmp::Reverse(*index)))?;
        let lasted = now.since(own_since) >= self.policy.patience(own)?;
        if fitness <= own || !lasted {
            return None;
        }
        let reason = Reason::Fault(own);
        if own == Fitness::NoPackets {
            let steady = !self.is_held_down(now) || now.since(since) >= STEADY;
            return steady.then_some((best, reason));
        }
        let settled = now.since(own_since.max(since)) >= SETTLED;
        let free = self.held != Some(on_air) && !self.is_held_down(now);
        (settled && free).then_some((best, reason))
    }

    /// The input that is better than the one on air for being preferred.
    fn revert(&self, now: Mono, on_air: usize) -> Option<(usize, Reason)> {
        if self.is_held_down(now) || self.held == Some(on_air) {
            return None;
        }
        let (own, _) = *self.fitness.get(on_air)?;
        let well = |index: usize, long: Duration| {
            let known = self.fitness.get(index);
            known.is_some_and(|(fitness, since)| *fitness >= own && now.since(*since) >= long)
        };
        let preferred = match (self.held, self.policy.revert) {
            (Some(held), _) => Some(held).filter(|held| well(*held, STEADY)),
            (None, Revert::Once(long)) if !self.reverted => (0..on_air).find(|i| well(*i, long)),
            (None, Revert::WhenWell(long)) => (0..on_air).find(|i| well(*i, long)),
            (None, Revert::Never | Revert::Once(_)) => None,
        };
        preferred.map(|index| (index, Reason::Preferred))
    }

    fn is_held_down(&self, now: Mono) -> bool {
        self.switched
            .is_some_and(|at| now.since(at) < self.policy.hold_down)
    }

    /// A switch was made at `now`.
    pub fn switched(&mut self, now: Mono, reason: Reason) {
        self.switched = Some(now);
        self.reverted |= reason == Reason::Preferred;
    }
}
