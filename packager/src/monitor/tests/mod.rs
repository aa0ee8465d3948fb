//! Each check has a mutated stream that raises it and the clean one, which raises none.

mod buffers;
mod captures;
mod checks;
mod generated;
mod hostile;
mod mutations;
mod presences;

use super::*;
use generated::{Generator, Mutation};

/// What was found in `seconds` of the generated stream after `mutation`, received in real time.
fn watch(settings: Settings, seconds: u64, mutation: &mut Mutation<'_>) -> Monitor {
    let mut monitor = Monitor::new(settings);
    Generator::default().run(seconds, mutation, &mut |at, packet| {
        monitor.push(at, packet);
    });
    monitor
}

/// Names and counts.
fn counts(monitor: &Monitor) -> Vec<(Check, u64)> {
    monitor.findings().map(|f| (f.check, f.count)).collect()
}

/// The same without priority 3: what a fault does to the decoder's buffers is told there besides.
fn urgent(monitor: &Monitor) -> Vec<(Check, u64)> {
    let mut counts = counts(monitor);
    counts.retain(|(check, _)| check.priority() < 3);
    counts
}
