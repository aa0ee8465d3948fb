//! When the line is spoilt, and how.

use std::time::Duration;

use serde::Deserialize;

use crate::cause::Class;
use crate::config::value::Span;

/// The default schedule begins again after this, where the run is as long.
const ROUND: Duration = Duration::from_secs(600);
/// A run shorter than this has the three plainest faults alone: each needs its time to be seen and
/// to be over.
const SHORT: Duration = Duration::from_secs(300);
/// From the end of a fault until nothing may show of it any more: causes are over 5 s after they
/// last showed, and what a pause held up is caught up.
pub const AFTERMATH: Duration = Duration::from_secs(15);
/// A fault of at least this length has to be seen.
const SEEN: Duration = Duration::from_secs(5);

/// What happens to the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// One datagram in `amount` is lost.
    Drop,
    /// `amount` datagrams in a row are lost, once a second.
    Burst,
    /// Everything comes `amount` milliseconds later.
    Delay,
    /// Each datagram comes up to `amount` milliseconds later, in its order.
    Jitter,
    /// One datagram in `amount` changes places with the next.
    Reorder,
    /// One datagram in `amount` comes twice.
    Duplicate,
    /// Nothing comes; what is sent is lost.
    Pause,
}

/// One fault of the schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// From the beginning of the round.
    pub at: Duration,
    /// How long.
    pub span: Duration,
    /// What.
    pub kind: Kind,
    /// How much, by the kind.
    pub amount: u32,
}

/// All faults of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    round: Duration,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    repeat: Span,
    #[serde(default)]
    fault: Vec<WrittenStep>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct WrittenStep {
    at: Span,
    r#for: Span,
    kind: Kind,
    #[serde(default)]
    amount: u32,
}

impl Schedule {
    /// The default for a run of `span`.
    #[must_use]
    pub fn default_for(span: Duration) -> Self {
        let all = [
            (Kind::Drop, 50),
            (Kind::Reorder, 40),
            (Kind::Pause, 0),
            (Kind::Burst, 5),
            (Kind::Jitter, 30),
            (Kind::Duplicate, 20),
            (Kind::Delay, 80),
        ];
        let faults = if span < SHORT { &all[..3] } else { &all[..] };
        let round = span.min(ROUND);
        let apart = round / (faults.len() as u32 + 1);
        let step = |(index, (kind, amount)): (usize, &(Kind, u32))| Step {
            at: apart * (index as u32 + 1),
            span: (apart / 3).min(Duration::from_secs(10)),
            kind: *kind,
            amount: *amount,
        };
        Self {
            round,
            steps: faults.iter().enumerate().map(step).collect(),
        }
    }

    /// Of a file: `repeat = "10m"` and `[[fault]]` with `at`, `for`, `kind` and `amount`.
    ///
    /// # Errors
    /// What is wrong with it, with its place.
    pub fn read(text: &str) -> Result<Self, String> {
        let written: Written = toml::from_str(text).map_err(|error| error.to_string())?;
        let step = |written: &WrittenStep| Step {
            at: written.at.0,
            span: written.r#for.0,
            kind: written.kind,
            amount: written.amount,
        };
        let schedule = Self {
            round: written.repeat.0,
            steps: written.fault.iter().map(step).collect(),
        };
        if schedule.round.is_zero() {
            return Err("`repeat` must be longer than nothing".to_owned());
        }
        for step in &schedule.steps {
            if step.at + step.span > schedule.round {
                return Err(format!(
                    "{:?} at {:?}: it ends after `repeat`",
                    step.kind, step.at
                ));
            }
            if step.amount == 0 && step.kind != Kind::Pause {
                return Err(format!(
                    "{:?} at {:?}: `amount` is missing",
                    step.kind, step.at
                ));
            }
        }
        Ok(schedule)
    }

    /// The fault at a time of the run; the first where several overlap.
    #[must_use]
    pub fn at(&self, time: Duration) -> Option<&Step> {
        let time = self.in_round(time);
        let holds = |step: &&Step| step.at <= time && time < step.at + step.span;
        self.steps.iter().find(holds)
    }

    /// The faults that may still show at a time of the run.
    pub fn around(&self, time: Duration) -> impl Iterator<Item = &Step> {
        let (first, time) = (time < self.round, self.in_round(time));
        self.steps.iter().filter(move |step| {
            let over = step.at + step.span + AFTERMATH;
            let now = step.at <= time && time <= over;
            // Of the last round, at the beginning of this one.
            now || (!first && time + self.round <= over)
        })
    }

    /// The faults that begin before `end` of the run and have to be seen, with their times.
    #[must_use]
    pub fn to_be_seen(&self, end: Duration) -> Vec<(Duration, Step)> {
        let mut all = Vec::new();
        let mut round = Duration::ZERO;
        while round < end {
            let due = self.steps.iter().filter(|step| {
                let must = matches!(step.kind, Kind::Drop | Kind::Reorder | Kind::Pause);
                must && step.span >= SEEN && round + step.at + step.span < end
            });
            all.extend(due.map(|step| (round + step.at, *step)));
            round += self.round;
        }
        all
    }

    fn in_round(&self, time: Duration) -> Duration {
        let round = self.round.as_nanos().max(1);
        let rest = u64::try_from(time.as_nanos() % round).unwrap_or(0);
        Duration::from_nanos(rest)
    }
}

impl Kind {
    /// What it may be seen as.
    #[must_use]
    pub const fn may_show(self) -> &'static [Class] {
        match self {
            Self::Drop | Self::Burst => &[Class::LineLoss, Class::LineCongested],
            Self::Delay | Self::Jitter => &[Class::ClockOff, Class::OutputOverRate],
            Self::Reorder => &[Class::Reordering],
            Self::Duplicate => &[],
            Self::Pause => &[
                Class::SourceSilent,
                Class::LineLoss,
                Class::LineCongested,
                Class::SourceRestarted,
            ],
        }
    }
}
