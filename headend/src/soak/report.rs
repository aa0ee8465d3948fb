//! What a soak found, and whether that is well.

use std::time::Duration;

use serde::Serialize;

use super::rig::Observation;
use super::schedule::{Kind, Schedule};
use crate::cause::{Class, Incident};

/// A run shorter than this says nothing of memory that grows: buffers are still filling.
const WARM: Duration = Duration::from_secs(600);
/// Memory may grow by this share after a quarter of the run.
const GROWTH: f64 = 1.25;
/// Slower or faster than the source by this is a drift, ppm, where the run is long enough.
const DRIFT: f64 = 20.0;

/// An incident of the run.
#[derive(Clone, Debug, Serialize)]
pub struct Seen {
    /// Its class.
    pub class: Class,
    /// When it began, seconds of the run.
    pub at_seconds: f64,
    /// Whether the schedule explains it.
    pub expected: bool,
    /// What it is about.
    pub subject: String,
    /// Its id.
    pub id: String,
}

/// What is not well.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "fault")]
pub enum Fault {
    /// The node ended.
    NodeEnded,
    /// Nothing came out.
    Silent,
    /// The output's clock leapt.
    Clock {
        /// How often.
        count: u64,
    },
    /// The clock did not go over its 33 bits, though the run was long enough.
    NoWrap,
    /// Datagrams of the output did not come.
    OutputLost {
        /// How many.
        count: u64,
    },
    /// Packets were missing where the line was good.
    Holes {
        /// How many jumps of a counter.
        count: u64,
    },
    /// The output's clock runs away from the source's.
    Drift {
        /// Parts per million.
        ppm: f64,
    },
    /// Memory grows.
    Memory {
        /// A quarter into the run, KiB.
        from_kib: u64,
        /// At the end.
        to_kib: u64,
    },
    /// An incident that nothing explains.
    Unexpected {
        /// Its class.
        class: Class,
    },
    /// A fault of the schedule that no incident told.
    Missed {
        /// What.
        kind: String,
        /// When, seconds of the run.
        at_seconds: f64,
    },
}

/// The result of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// How long it ran.
    pub seconds: f64,
    /// Datagrams put on the line, and lost, put behind and doubled there.
    pub sent: u64,
    /// See above.
    pub line_lost: u64,
    /// See above.
    pub line_reordered: u64,
    /// See above.
    pub line_duplicated: u64,
    /// RTP packets that the node missed.
    pub node_missed: u64,
    /// Datagrams that came out.
    pub out: u64,
    /// Those that did not come.
    pub out_lost: u64,
    /// Jumps of continuity counters that the line explains.
    pub out_holes: u64,
    /// PCRs that went over 33 bits.
    pub wraps: u64,
    /// How much slower than the source's the output's clock is, ppm.
    pub drift_ppm: f64,
    /// Jitter of the output's PCR that half of all stay under, ms.
    pub jitter_p50_ms: f64,
    /// 99 of 100.
    pub jitter_p99_ms: f64,
    /// The largest.
    pub jitter_max_ms: f64,
    /// Resident memory of the node in KiB: first, last, most.
    pub memory_kib: [u64; 3],
    /// Its growth over the later three quarters, KiB an hour.
    pub memory_slope_kib_h: f64,
    /// In their order.
    pub incidents: Vec<Seen>,
    /// Empty where all is well.
    pub faults: Vec<Fault>,
}

/// What was seen of the node.
#[derive(Clone, Debug, Default)]
pub struct NodeSeen {
    /// Time of the run and resident memory, KiB.
    pub memory: Vec<(Duration, u64)>,
    /// With the time of the run in which each began.
    pub incidents: Vec<(Duration, Incident)>,
    /// RTP packets missed.
    pub missed: u64,
    /// Whether it ended before it was told to.
    pub ended: bool,
}

impl Report {
    /// Judges a run of `span`, which should wrap at `wrap`.
    #[must_use]
    pub fn of(
        (span, wrap): (Duration, Duration),
        schedule: &Schedule,
        seen: &Observation,
        node: &NodeSeen,
    ) -> Self {
        let found = seen.found;
        let millis = |micros: u64| micros as f64 / 1e3;
        let memory = node.memory.iter().map(|(_, kib)| *kib);
        let first = memory.clone().next().unwrap_or(0);
        let mut report = Self {
            seconds: span.as_secs_f64(),
            sent: seen.line.taken,
            line_lost: seen.line.lost,
            line_reordered: seen.line.reordered,
            line_duplicated: seen.line.duplicated,
            node_missed: node.missed,
            out: found.datagrams,
            out_lost: found.lost.saturating_sub(seen.unread),
            out_holes: found.holes,
            wraps: found.wraps,
            drift_ppm: (seen.drift * 100.0).round() / 100.0,
            jitter_p50_ms: millis(seen.jitter.0),
            jitter_p99_ms: millis(seen.jitter.1),
            jitter_max_ms: millis(found.jitter_max),
            memory_kib: [
                first,
                memory.clone().next_back().unwrap_or(0),
                memory.max().unwrap_or(0),
            ],
            memory_slope_kib_h: slope(later(&node.memory, span)),
            incidents: node.incidents.iter().map(|i| told(schedule, i)).collect(),
            faults: Vec::new(),
        };
        let long = span >= wrap + Duration::from_secs(5);
        let pairs = [
            (node.ended, Fault::NodeEnded),
            (found.datagrams == 0, Fault::Silent),
            (
                found.clock_faults > 0,
                Fault::Clock {
                    count: found.clock_faults,
                },
            ),
            (long && found.wraps == 0, Fault::NoWrap),
            (
                report.out_lost > 0,
                Fault::OutputLost {
                    count: report.out_lost,
                },
            ),
            (
                found.holes_of_our_own > 0,
                Fault::Holes {
                    count: found.holes_of_our_own,
                },
            ),
            (
                span >= WARM && seen.drift.abs() > DRIFT,
                Fault::Drift {
                    ppm: report.drift_ppm,
                },
            ),
        ];
        let faults = pairs
            .into_iter()
            .filter(|(is, _)| *is)
            .map(|(_, fault)| fault);
        report.faults = faults.collect();
        report.faults.extend(grown(&node.memory, span));
        report.faults.extend(report.unexpected());
        report.faults.extend(missed(schedule, node, span));
        report
    }

    /// 0 well, 1 something to look at, 2 the output was broken.
    #[must_use]
    pub fn code(&self) -> u8 {
        let grave = |fault: &Fault| match fault {
            Fault::Memory { .. } | Fault::Unexpected { .. } | Fault::Missed { .. } => 1,
            Fault::NodeEnded
            | Fault::Silent
            | Fault::Clock { .. }
            | Fault::NoWrap
            | Fault::OutputLost { .. }
            | Fault::Holes { .. }
            | Fault::Drift { .. } => 2,
        };
        self.faults.iter().map(grave).max().unwrap_or(0)
    }

    fn unexpected(&self) -> Vec<Fault> {
        let strange = self.incidents.iter().filter(|seen| !seen.expected);
        let strange = strange.map(|seen| Fault::Unexpected { class: seen.class });
        strange.collect()
    }
}

fn told(schedule: &Schedule, (at, incident): &(Duration, Incident)) -> Seen {
    let mut around = schedule.around(*at);
    let expected = around.any(|step| step.kind.may_show().contains(&incident.class));
    Seen {
        class: incident.class,
        at_seconds: at.as_secs_f64(),
        // A machine that is short of processor time says so and is right: it is not the chain's.
        expected: expected || incident.class == Class::ShortOfCpu,
        subject: incident.subject.clone(),
        id: incident.id.clone(),
    }
}

/// The samples after a quarter of the run.
fn later(memory: &[(Duration, u64)], span: Duration) -> &[(Duration, u64)] {
    let first = memory.partition_point(|(at, _)| *at < span / 4);
    memory.get(first..).unwrap_or_default()
}

fn grown(memory: &[(Duration, u64)], span: Duration) -> Option<Fault> {
    let later = later(memory, span);
    let ((_, from_kib), (_, to_kib)) = (*later.first()?, *later.last()?);
    let too_much = to_kib as f64 > from_kib as f64 * GROWTH;
    (span >= WARM && too_much).then_some(Fault::Memory { from_kib, to_kib })
}

/// Least squares, KiB an hour.
fn slope(memory: &[(Duration, u64)]) -> f64 {
    let n = memory.len() as f64;
    let points = || {
        memory
            .iter()
            .map(|(at, kib)| (at.as_secs_f64() / 3_600.0, *kib as f64))
    };
    let (x, y) = points().fold((0.0, 0.0), |(a, b), (x, y)| (a + x / n, b + y / n));
    let (over, under) = points().fold((0.0, 0.0), |(a, b), (px, py)| {
        (a + (px - x) * (py - y), b + (px - x) * (px - x))
    });
    match under > 0.0 {
        true => (over / under).round(),
        false => 0.0,
    }
}

/// Faults of the schedule that no incident told.
fn missed(schedule: &Schedule, node: &NodeSeen, span: Duration) -> Vec<Fault> {
    let due = schedule.to_be_seen(span).into_iter();
    let unseen = due.filter(|(at, step)| {
        let told = |(when, incident): &(Duration, Incident)| {
            let soon = *at <= *when && *when <= *at + step.span + super::schedule::AFTERMATH;
            soon && step.kind.may_show().contains(&incident.class)
        };
        !node.incidents.iter().any(told)
    });
    let fault = |(at, step): (Duration, super::schedule::Step)| Fault::Missed {
        kind: word(step.kind).to_owned(),
        at_seconds: at.as_secs_f64(),
    };
    unseen.map(fault).collect()
}

/// As in the schedule's file.
const fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Drop => "drop",
        Kind::Burst => "burst",
        Kind::Delay => "delay",
        Kind::Jitter => "jitter",
        Kind::Reorder => "reorder",
        Kind::Duplicate => "duplicate",
        Kind::Pause => "pause",
    }
}
