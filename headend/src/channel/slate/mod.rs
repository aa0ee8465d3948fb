//! The slate: a worker that is started when no input gives a programme, told what to say, and
//! ended when one does.

mod words;

use std::time::{Duration, Instant};

use packager::select::Fitness;

use crate::line::{Line, Order, Part, Report};
use crate::meeting::Meetings;
use crate::net::{Context, Prompter, Source};
use crate::plan::{ChannelPlan, SourcePlan, WorkerPlan};
use crate::report::Millis;

/// A channel that has just started may wait for its encoder so long before the slate is made.
const PATIENCE: Duration = Duration::from_secs(5);
/// The worker is kept for so long after it was needed.
const KEEP: Duration = Duration::from_secs(10);

/// The slate of a running channel.
#[derive(Default)]
pub(super) struct Slate {
    made: Option<Made>,
}

/// A worker that runs.
struct Made {
    /// When it was last needed.
    needed: Instant,
    prompter: Prompter,
}

impl Slate {
    /// Starts or ends the worker as the last report and `dark` ask, how fit the best input is while none
    /// gives a programme, and tells it what they and the schedule say.
    pub(super) fn turn(
        &mut self,
        plan: &ChannelPlan,
        (report, dark, running): (&Report, Option<Fitness>, Duration),
        (meetings, now): (&Meetings, Millis),
        (line, context): (&Line, &Context),
    ) {
        let order = |part| {
            line.order(Order::Fit {
                id: plan.id.clone(),
                part: Box::new(part),
            });
        };
        let place = plan.inputs.len();
        let wanted = plan.slate && dark.is_some() && running >= PATIENCE;
        if wanted && self.made.is_none() {
            let source = SourcePlan::Worker(WorkerPlan::Slate {
                name: plan.name.clone(),
            });
            // Without the worker program there is no slate; a notice of the node says so.
            let Ok(Source::Worker(worker)) = Source::open(&source, context) else {
                return;
            };
            self.made = Some(Made {
                needed: Instant::now(),
                prompter: worker.prompter(),
            });
            order(Part::Source(place, 0, Source::Worker(worker)));
        }
        let Some(made) = &mut self.made else { return };
        if wanted || report.on_air == place {
            made.needed = Instant::now();
            let said = words::say(&plan.id, meetings, now, words::fault(report, dark));
            made.prompter.say(&said);
        } else if made.needed.elapsed() > KEEP {
            self.made = None;
            order(Part::NoSource(place, 0));
        }
    }
}
