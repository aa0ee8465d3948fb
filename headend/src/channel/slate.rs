//! The slate: a worker that is started when no input gives a programme, and ended when one does.

use std::time::{Duration, Instant};

use packager::select::Fitness;

use crate::line::{Line, Order, Part, Report};
use crate::net::{Context, Source};
use crate::plan::{ChannelPlan, SourcePlan, WorkerPlan};

/// A channel that has just started may wait for its encoder so long before the slate is made.
const PATIENCE: Duration = Duration::from_secs(5);
/// The worker is kept for so long after it was needed.
const KEEP: Duration = Duration::from_secs(10);

/// The slate of a running channel.
#[derive(Debug, Default)]
pub(super) struct Slate {
    /// When the worker that runs was last needed.
    needed: Option<Instant>,
}

impl Slate {
    /// Starts or ends the worker as the last report asks.
    pub(super) fn turn(
        &mut self,
        plan: &ChannelPlan,
        report: &Report,
        (line, context): (&Line, &Context),
        running: Duration,
    ) {
        let order = |part| {
            line.order(Order::Fit {
                id: plan.id.clone(),
                part: Box::new(part),
            });
        };
        let place = plan.inputs.len();
        let dark = report.inputs.iter().all(|input| {
            let fitness = input.fitness.map(|(fitness, _)| fitness);
            fitness.is_none_or(|fitness| fitness <= Fitness::Scrambled)
        });
        let wanted = plan.slate && dark && running >= PATIENCE;
        if wanted && self.needed.is_none() {
            let source = SourcePlan::Worker(WorkerPlan::Slate {
                name: plan.name.clone(),
                text: reason(report).to_owned(),
            });
            // Without the worker program there is no slate; a notice of the node says so.
            let Ok(source) = Source::open(&source, context) else {
                return;
            };
            order(Part::Source(place, 0, source));
        }
        if wanted || report.on_air == place {
            self.needed = Some(Instant::now());
        } else if self.needed.is_some_and(|at| at.elapsed() > KEEP) {
            self.needed = None;
            order(Part::NoSource(place, 0));
        }
    }
}

/// In plain words, for the people in a hall.
fn reason(report: &Report) -> &'static str {
    let came = report
        .inputs
        .iter()
        .any(|input| input.receiver.datagrams > 0);
    let comes = report.inputs.iter().any(|input| {
        let fitness = input.fitness.map(|(fitness, _)| fitness);
        fitness.is_some_and(|fitness| fitness > Fitness::NoPackets)
    });
    match (came, comes) {
        (false, _) => "Chương trình chưa bắt đầu\nNot started yet",
        (true, false) => "Mất tín hiệu từ nguồn\nNo signal from the source",
        (true, true) => "Tín hiệu từ nguồn không xem được\nThe signal cannot be shown",
    }
}
