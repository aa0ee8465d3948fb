//! One running channel: what was opened, what could not be, and the line's last words on it.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use packager::chain::{self, Chain};
use packager::emit::Format;
use packager::remux;
use packager::select::Fitness;

use super::compare::{Timed, compare};
use super::content;
use super::follow::Follow;
use super::guide::Guide;
use super::hls::{Hls, Journal};
use super::since::wall_now;
use super::slate::Slate;
use crate::cause::{Book, Changes, HISTORY, Look, Machine};
use crate::line::{Circuit, Line, Order, Part, Report};
use crate::meeting::Meetings;
use crate::net::on_the_wire::{self, OnTheWire};
use crate::net::{Context, Exits, Source};
use crate::node_handle::LiveWindow;
use crate::plan::{ChannelPlan, OutputPlan};
use crate::report::Millis;
use crate::snapshot::{ComparisonSnapshot, OutputState};

/// What could not be opened is tried again after this.
const RETRY_EVERY: Duration = Duration::from_secs(5);
/// How long the own group is listened to.
const LISTEN: Duration = Duration::from_secs(3);
/// The own group is listened to again after this: a cable can be pulled at any time.
const LISTEN_EVERY: Duration = Duration::from_secs(30);
/// The inputs are compared again after this.
const COMPARE_EVERY: Duration = Duration::from_secs(5);
/// The line gives a circuit back within a tick; a line that does not is broken.
const BACK_WITHIN: Duration = Duration::from_secs(2);

/// An output as the control side sees it.
pub(super) struct Exit {
    /// Why it could not be opened.
    pub(super) fault: Option<String>,
    /// What was heard of it.
    pub(super) wire: Arc<ArcSwap<OnTheWire>>,
    listened: Option<Instant>,
}

/// A channel on the line.
pub(super) struct Running {
    pub(super) hls: Option<Hls>,
    pub(super) follow: Follow,
    /// Why each path of each input could not be opened.
    pub(super) entries: Vec<Vec<Option<String>>>,
    pub(super) exits: Vec<Exit>,
    /// Who looks at each input; `None` where nobody does.
    pub(super) looks: Vec<Option<content::Look>>,
    /// The newest first.
    pub(super) reports: Vec<Report>,
    /// How fit the best input is, while none of them gives a programme.
    dark: Option<Fitness>,
    /// Each input beside another one, the one on air; `None` of that one itself.
    pub(super) beside: Vec<Option<ComparisonSnapshot>>,
    /// What the line knows of the schedule.
    pub(super) guide: Guide,
    slate: Slate,
    started: Instant,
    tried: Instant,
    compared: Instant,
}

impl Running {
    /// Opens all that can be opened and puts the circuit on the line.
    pub(super) fn start(
        plan: &ChannelPlan,
        line: &Line,
        context: &Context,
        journal: &Arc<Journal>,
    ) -> Self {
        let (mut sources, mut entries) = (Vec::new(), Vec::new());
        for input in &plan.inputs {
            let opened = input.paths.iter().map(|p| apart(Source::open(p, context)));
            let (paths, faults) = opened.unzip();
            sources.push(paths);
            entries.push(faults);
        }
        // The slate's place.
        sources.push(vec![None]);
        let (mut sinks, mut exits) = (Vec::new(), Vec::new());
        for output in &plan.outputs {
            let (sink, fault) = apart(Exits::open(output));
            sinks.push(sink);
            exits.push(Exit::new(fault));
        }
        let hls = plan
            .hls
            .as_ref()
            .map(|hls| Hls::start(&plan.id, hls, journal, context));
        let (hls, packaging) = hls.unzip();
        let (follow, tap) = Follow::start(packaging);
        let looks = plan.inputs.iter().map(|input| {
            let look = input.content.then(|| content::Look::start(context));
            look.flatten().unzip()
        });
        let (looks, sights) = looks.unzip();
        let taps = (Some(tap), sights);
        let circuit = Circuit::new(plan.id.clone(), make_chain(plan), sources, sinks, taps);
        line.order(Order::Add(Box::new(circuit)));
        Self {
            hls,
            follow,
            entries,
            exits,
            looks,
            reports: Vec::with_capacity(HISTORY + 1),
            dark: None,
            beside: vec![None; plan.inputs.len()],
            guide: Guide::default(),
            slate: Slate::default(),
            started: Instant::now(),
            tried: Instant::now(),
            compared: Instant::now(),
        }
    }

    /// Takes the circuit off the line and closes it here, off the packet path.
    pub(super) fn stop(self, id: &Arc<str>, line: &Line) {
        let (back, given) = mpsc::channel();
        line.order(Order::Remove {
            id: id.clone(),
            back,
        });
        drop(self);
        if given.recv_timeout(BACK_WITHIN).is_err() {
            tracing::error!(channel = &**id, "the line did not give the channel back");
        }
    }

    /// The window that HTTP reads.
    pub(super) fn window(&self) -> Option<Arc<LiveWindow>> {
        Some(self.hls.as_ref()?.window.clone())
    }

    /// The line's last figures.
    pub(super) fn report(&self) -> Option<&Report> {
        self.reports.first()
    }

    /// Those before the last.
    pub(super) fn before(&self) -> Option<&Report> {
        self.reports.get(1)
    }

    /// What is known of it now.
    pub(super) fn look(&self, plan: &ChannelPlan, machine: &Machine, book: &mut Book) -> Changes {
        let unheard = |exit: &Exit| {
            let heard = exit.wire.load();
            let lost = heard.state == OutputState::NotOnTheWire;
            let reason = heard.reason.clone().filter(|_| lost);
            exit.fault.clone().or(reason)
        };
        // What one path lacks the others make up for.
        let fault = |paths: &Vec<Option<String>>| {
            let all = paths.iter().all(Option::is_some);
            paths.first().cloned().flatten().filter(|_| all)
        };
        let entries: Vec<Option<String>> = self.entries.iter().map(fault).collect();
        let exits: Vec<Option<String>> = self.exits.iter().map(unheard).collect();
        let contents: Vec<_> = self
            .looks
            .iter()
            .map(|look| look.as_ref()?.snapshot())
            .collect();
        let look = Look {
            contents: &contents,
            beside: &self.beside,
            plan,
            at: wall_now(),
            reports: &self.reports,
            entries: &entries,
            exits: &exits,
            transcoder: self.hls.as_ref().and_then(Hls::trouble),
            running: self.started.elapsed(),
            machine,
        };
        book.look(&look)
    }

    /// Whether another input than this is on air.
    pub(super) fn is_backup(&self, input: usize) -> bool {
        let report = self.report();
        report.is_some_and(|report| report.on_air != input && !report.is_slate())
    }

    /// Takes the line's figures.
    pub(super) fn take(&mut self, report: Report) {
        self.dark = report.dark;
        self.reports.insert(0, report);
        self.reports.truncate(HISTORY);
    }

    /// Takes that no input gives a programme any more, and how fit the best one is.
    pub(super) const fn darken(&mut self, fitness: Fitness) {
        self.dark = Some(fitness);
    }

    /// Tries again what could not be opened, and listens to the own groups when it is time.
    pub(super) fn retry(&mut self, plan: &ChannelPlan, line: &Line, context: &Context) {
        if self.tried.elapsed() >= RETRY_EVERY {
            self.tried = Instant::now();
            self.open_again(plan, line, context);
        }
        self.tell_content(&plan.id, line);
        if self.compared.elapsed() >= COMPARE_EVERY {
            self.compared = Instant::now();
            self.compare();
        }
        let Some(report) = self.reports.first() else {
            return;
        };
        for ((exit, output), sent) in self
            .exits
            .iter_mut()
            .zip(&plan.outputs)
            .zip(&report.outputs)
        {
            if sent.sink.datagrams > 0 {
                exit.listen(output);
            }
        }
    }

    /// Shows the slate where no input gives a programme, by the schedule at this time.
    pub(super) fn stand_in(
        &mut self,
        plan: &ChannelPlan,
        schedule: (&Meetings, Millis),
        reach: (&Line, &Context),
    ) {
        if let Some(report) = self.reports.first() {
            let known = (report, self.dark, self.started.elapsed());
            self.slate.turn(plan, known, schedule, reach);
        }
    }

    /// Tells the line what decoding the inputs shows, when that is something else.
    fn tell_content(&mut self, id: &Arc<str>, line: &Line) {
        for (input, look) in self.looks.iter_mut().enumerate() {
            let Some(look) = look else { continue };
            let content = look.content();
            if content != look.told {
                look.told = content;
                let id = id.clone();
                line.order(Order::Content { id, input, content });
            }
        }
    }

    /// Puts each input beside the one on air.
    fn compare(&mut self) {
        let Some(report) = self.reports.first() else {
            return;
        };
        let on_air = if report.is_slate() { 0 } else { report.on_air };
        let seen = self.looks.iter().map(|look| look.as_ref()?.fresh());
        let seen: Vec<_> = seen.collect();
        let timed = |index: usize| -> Option<Timed<'_>> {
            let seen = seen.get(index)?.as_ref()?;
            Some((&seen.trace, report.inputs.get(index)?.stamp?))
        };
        for (index, beside) in self.beside.iter_mut().enumerate() {
            let pair = timed(on_air).zip(timed(index)).filter(|_| index != on_air);
            *beside = pair.map(|(first, second)| compare(first, second).snapshot(on_air));
        }
    }

    fn open_again(&mut self, plan: &ChannelPlan, line: &Line, context: &Context) {
        let fit = |part| {
            line.order(Order::Fit {
                id: plan.id.clone(),
                part: Box::new(part),
            });
        };
        for (input, (faults, planned)) in self.entries.iter_mut().zip(&plan.inputs).enumerate() {
            for (path, (fault, plan)) in faults.iter_mut().zip(&planned.paths).enumerate() {
                if fault.is_some() {
                    let (source, again) = apart(Source::open(plan, context));
                    *fault = again;
                    if let Some(source) = source {
                        fit(Part::Source(input, path, source));
                    }
                }
            }
        }
        for (index, (exit, output)) in self.exits.iter_mut().zip(&plan.outputs).enumerate() {
            if exit.fault.is_some() {
                let (sink, again) = apart(Exits::open(output));
                exit.fault = again;
                if let Some(sink) = sink {
                    fit(Part::Sink(index, sink));
                }
            }
        }
    }
}

impl Exit {
    fn new(fault: Option<String>) -> Self {
        let unknown = OnTheWire {
            state: OutputState::Checking,
            reason: None,
        };
        Self {
            fault,
            wire: Arc::new(ArcSwap::from_pointee(unknown)),
            listened: None,
        }
    }

    fn listen(&mut self, output: &OutputPlan) {
        if self.listened.is_some_and(|at| at.elapsed() < LISTEN_EVERY) {
            return;
        }
        self.listened = Some(Instant::now());
        let (wire, output) = (self.wire.clone(), output.clone());
        tokio::task::spawn_blocking(move || {
            wire.store(Arc::new(on_the_wire::verify(&output, LISTEN)));
        });
    }
}

fn make_chain(plan: &ChannelPlan) -> Chain {
    let now = wall_now().unix_nanos();
    let output = |(index, output): (usize, &OutputPlan)| chain::OutputSettings {
        bitrate: output.bitrate,
        overflow: output.overflow,
        format: if output.rtp {
            let random = random(index as u64);
            Format::Rtp {
                ssrc: (random >> 32) as u32,
                sequence: random as u16,
            }
        } else {
            Format::Udp
        },
        fec: output.fec,
    };
    Chain::new(chain::Settings {
        inputs: plan.inputs.iter().map(|i| i.receive).collect(),
        program: plan.program,
        policy: plan.failover,
        slate: plan.slate,
        remux: remux::Settings {
            service_name: plan.name.clone(),
            number: plan.number,
            // Each start gets other version numbers, so that receivers read the tables again.
            first_version: now.div_euclid(1_000_000_000).rem_euclid(32) as u8,
        },
        outputs: plan.outputs.iter().enumerate().map(output).collect(),
    })
}

/// Hard enough to guess for an SSRC (RFC 3550, 8.1): the standard library's keyed hash.
fn random(salt: u64) -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(salt)
}

fn apart<T, E: std::fmt::Display>(opened: Result<T, E>) -> (Option<T>, Option<String>) {
    match opened {
        Ok(value) => (Some(value), None),
        Err(fault) => (None, Some(fault.to_string())),
    }
}
