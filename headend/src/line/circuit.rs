//! One channel on the line: its chain, its sources, its sinks, its tap.

use std::sync::Arc;
use std::time::Duration;

use packager::chain::{Chain, Way};
use packager::receive::{Entry, Port};
use packager::remux::GuideEvent;
use packager::select::{Content, Fitness};
use packager::time::{Mono, Wall};
use packager::ts::RawPacket;

use super::report::{InputReport, OutputReport, Report};
use super::tap::{Sight, Tap};
use crate::net::{Batch, Exits, Source, clock};

/// Calls of one socket in one turn: a flood on one input leaves time for the others.
const CALLS: usize = 4;

/// What can be fitted while a circuit runs, with its place.
pub enum Part {
    /// A path of an input.
    Source(usize, usize, Source),
    /// Nothing more comes by a path of an input.
    NoSource(usize, usize),
    /// An output.
    Sink(usize, Exits),
}

/// A channel as the line carries it. A source or a sink that cannot be opened leaves its place
/// empty; the others work.
pub struct Circuit {
    id: Arc<str>,
    chain: Chain,
    /// Of each input, its paths.
    sources: Vec<Vec<Option<Source>>>,
    sinks: Vec<Option<Exits>>,
    tap: Option<Tap>,
    /// Who looks at each input.
    sights: Vec<Option<Sight>>,
    /// The worst departure since the last report, for each sink.
    late: Vec<Duration>,
    reported: Option<Mono>,
    /// Whether no input gives a programme, as far as was told.
    dark: bool,
    /// When the sources are read again.
    receive_at: Mono,
    /// When there is something to do.
    due: Mono,
}

impl Circuit {
    /// A circuit whose sources and sinks stand in the chain's order.
    #[must_use]
    pub fn new(
        id: Arc<str>,
        chain: Chain,
        sources: Vec<Vec<Option<Source>>>,
        sinks: Vec<Option<Exits>>,
        (tap, sights): (Option<Tap>, Vec<Option<Sight>>),
    ) -> Self {
        let late = vec![Duration::ZERO; sinks.len()];
        Self {
            id,
            chain,
            sources,
            sinks,
            tap,
            sights,
            late,
            reported: None,
            dark: false,
            receive_at: Mono::ZERO,
            due: Mono::ZERO,
        }
    }

    /// Reads the sources for the first time at `at`.
    pub(super) const fn begin(&mut self, at: Mono) {
        (self.receive_at, self.due) = (at, at);
    }

    /// When there is something to do.
    pub(super) const fn due(&self) -> Mono {
        self.due
    }

    /// Does what is due, and reads the sources each `every`; answers the time.
    pub(super) fn turn(&mut self, batch: &mut Batch, every: Duration) -> Mono {
        let now = clock::now();
        if self.receive_at <= now {
            self.receive(now, batch);
            self.receive_at = (self.receive_at + every).max(now);
        }
        let now = clock::now();
        self.send(now);
        let departs = self.chain.next_departure(now);
        self.due = departs.map_or(self.receive_at, |at| at.min(self.receive_at));
        now
    }

    /// The channel's id.
    #[must_use]
    pub const fn id(&self) -> &Arc<str> {
        &self.id
    }

    /// Fits a part into its place.
    pub(super) fn fit(&mut self, part: Part) {
        match part {
            Part::Source(input, path, source) => {
                let paths = self.sources.get_mut(input);
                if let Some(place) = paths.and_then(|paths| paths.get_mut(path)) {
                    *place = Some(source);
                }
            }
            Part::NoSource(input, path) => {
                let paths = self.sources.get_mut(input);
                if let Some(place) = paths.and_then(|paths| paths.get_mut(path)) {
                    *place = None;
                }
            }
            Part::Sink(at, sink) => {
                if let Some(place) = self.sinks.get_mut(at) {
                    *place = Some(sink);
                }
            }
        }
    }

    /// Takes another guide for the stream.
    pub(super) fn take_guide(&mut self, events: Vec<GuideEvent>) {
        self.chain.take_guide(events);
    }

    /// Keeps an input on air, or leaves the choice to the policy.
    pub(super) fn hold(&mut self, now: Mono, input: Option<usize>) {
        self.chain.hold(now, input);
    }

    /// Takes what decoding an input showed.
    pub(super) fn tell(&mut self, input: usize, content: Option<Content>) {
        self.chain.tell(input, content);
    }

    /// Takes what has come to the sources.
    fn receive(&mut self, now: Mono, batch: &mut Batch) {
        let Self {
            chain,
            sources,
            tap,
            sights,
            ..
        } = self;
        let mut tap = |packet: &RawPacket| {
            if let Some(tap) = tap {
                tap.push(packet);
            }
        };
        for (input, paths) in sources.iter_mut().enumerate() {
            for (path, source) in (0..).zip(paths) {
                let Some(source) = source else { continue };
                for _ in 0..CALLS * source.ports() {
                    // An error of a socket is counted by the source and tried again at the next
                    // turn.
                    if !matches!(source.receive(now, batch), Ok(1..)) {
                        break;
                    }
                    let port = batch.port();
                    for (received, datagram) in batch.iter() {
                        if let Some(Some(sight)) = sights.get_mut(input)
                            && (path, port) == (0, Port::Media)
                        {
                            sight.push(datagram);
                        }
                        let entry = Entry { path, port };
                        chain.push(Way { input, entry }, received, datagram, &mut tap);
                    }
                }
            }
        }
        chain.tick(now, wall_now(), &mut tap);
    }

    /// Sends what is due.
    fn send(&mut self, now: Mono) {
        let Self {
            chain, sinks, late, ..
        } = self;
        chain.pull(now, &mut |output, port, departure, datagram| {
            if let Some(worst) = late.get_mut(output) {
                *worst = now.since(departure).max(*worst);
            }
            if let Some(Some(sink)) = sinks.get_mut(output) {
                sink.send(port, datagram);
            }
        });
    }

    /// How fit the best input is, when none of them gives a programme any more: once each time.
    pub(super) fn darkens(&mut self) -> Option<Fitness> {
        let dark = self.chain.dark();
        let was = std::mem::replace(&mut self.dark, dark.is_some());
        dark.filter(|_| !was)
    }

    /// The circuit's figures, when `every` has passed since the last.
    pub(super) fn report(&mut self, now: Mono, every: Duration) -> Option<Report> {
        let due = self.reported.is_none_or(|at| now.since(at) >= every);
        if !due {
            return None;
        }
        self.reported = Some(now);
        let on_air = self.chain.inputs().get(self.chain.on_air());
        let inputs = self.chain.inputs().iter().zip(&self.sources);
        let outputs = self
            .chain
            .outputs()
            .iter()
            .zip(&self.sinks)
            .zip(&mut self.late);
        Some(Report {
            id: self.id.clone(),
            at: now,
            on_air: self.chain.on_air(),
            held: self.chain.held(),
            has_programme: self.chain.remux().programme().is_some(),
            has_clock: self.chain.clock().is_some(),
            chain: self.chain.counters(),
            feed: on_air
                .map(|input| input.feed.counters())
                .unwrap_or_default(),
            dark: self.chain.dark(),
            switch: self.chain.last_switch(),
            tap_dropped: self.tap.as_ref().map_or(0, |t| t.dropped),
            inputs: inputs
                .enumerate()
                .map(|(index, (input, source))| InputReport {
                    fitness: self.chain.fitness(index),
                    still: self.chain.preview(now, index),
                    senders: senders(source, now),
                    ..InputReport::new(now, input, source)
                })
                .collect(),
            outputs: outputs
                .map(|((output, sink), late)| OutputReport {
                    shaper: output.shaper.counters(),
                    queued: output.shaper.queued(),
                    sink: sink.as_ref().map(Exits::counters).unwrap_or_default(),
                    late: std::mem::take(late),
                })
                .collect(),
        })
    }
}

fn wall_now() -> Wall {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let nanos = since.map_or(0, |d| i64::try_from(d.as_nanos()).unwrap_or(i64::MAX));
    Wall::from_unix_nanos(nanos)
}

/// Who sends to the path that has the most senders: one is as it should be.
fn senders(paths: &[Option<Source>], now: Mono) -> Vec<std::net::SocketAddr> {
    let heard = paths.iter().flatten().map(|source| source.senders(now));
    heard.max_by_key(Vec::len).unwrap_or_default()
}
