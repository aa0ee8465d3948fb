//! The picture of the house as one struct: a channel's stages in the stream's order.
//!
//! `push` takes what a socket gave, `tick` does what time alone brings, `pull` gives what is due,
//! `next_departure` says when that will be.
//! The driver adds sockets and clocks, and no decision.

use std::time::Duration;

use crate::emit::{Emitter, Format};
use crate::feed::{Feed, Kept};
use crate::monitor::{self, Monitor};
use crate::receive::{Framing, Receiver};
use crate::remux::{self, Remux};
use crate::select::{Fitness, Reason, Reserve, Revert, Rhythm, Selector, Splice};
use crate::shape::{LATENCY, Overflow, Shaper, SourceClock, TableTimer, Timed, Timing};
use crate::time::{Bitrate, Mono, Wall};
use crate::ts::RawPacket;
use crate::ts::clock::Ticks;

/// A source this far ahead of the output's clock is faster than real time; what is further ahead
/// is dropped.
const AHEAD: Duration = Duration::from_secs(2);
/// The TDT is made new at this interval; it is sent every 20 s.
const TIME_INTERVAL: Duration = Duration::from_secs(1);

/// A switch that was asked for and cannot be made for so long is given up.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a channel is made of.
#[derive(Clone, Debug)]
pub struct Settings {
    /// In order of preference.
    pub inputs: Vec<Framing>,
    /// program_number, or the first programme that has video or audio.
    pub program: Option<u16>,
    /// When a preferred input goes back on air.
    pub revert: Revert,
    /// Name, first table version.
    pub remux: remux::Settings,
    /// Any number.
    pub outputs: Vec<OutputSettings>,
}

/// One output of a channel.
#[derive(Clone, Copy, Debug)]
pub struct OutputSettings {
    /// Constant rate, or the input's own pace.
    pub bitrate: Option<Bitrate>,
    /// What goes when the input is faster.
    pub overflow: Overflow,
    /// UDP or RTP.
    pub format: Format,
}

/// One input: its packets in order, and what is known of them.
#[derive(Debug)]
pub struct Input {
    /// Datagrams to packets.
    pub receiver: Receiver,
    /// Packets to findings.
    pub monitor: Monitor,
    /// One programme of it on one line.
    pub feed: Feed,
    /// What a switch to it would begin with; empty while it is on air.
    reserve: Reserve,
    rhythm: Rhythm,
}

impl Input {
    /// How fit it is to be on air.
    #[must_use]
    pub fn fitness(&self, now: Mono) -> Fitness {
        let has_clock = self.feed.clock().is_some() && self.feed.programme().is_some();
        Fitness::of(self.monitor.presence().state, has_clock, &self.rhythm, now)
    }
}

/// A switch that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switch {
    /// When.
    pub at: Mono,
    /// The input before, an index into [`Chain::inputs`].
    pub from: usize,
    /// The input on air since.
    pub to: usize,
    /// Why.
    pub reason: Reason,
    /// How long no picture was new.
    pub gap: Duration,
}

/// One output: its pace and its datagrams.
#[derive(Debug)]
pub struct Output {
    /// Packets to departure times.
    pub shaper: Shaper,
    emitter: Emitter,
    /// Nothing leaves before; `None` when that is to be found out.
    due: Option<Mono>,
}

/// What the chain itself has met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Packets dropped because the source is faster than real time.
    pub too_early: u64,
    /// Switches from one input to another.
    pub switches: u64,
}

/// One channel from its inputs to its outputs.
#[derive(Debug)]
pub struct Chain {
    inputs: Vec<Input>,
    on_air: usize,
    selector: Selector,
    switch: Option<Switch>,
    /// A switch that waits for the picture of its input, and since when.
    coming: Option<(usize, Reason, Mono)>,
    air: Air,
    told: Option<Mono>,
}

impl Chain {
    /// A channel that waits for its first input.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let program = settings.program;
        let input = |framing| Input {
            receiver: Receiver::new(framing),
            monitor: Monitor::new(monitor::Settings {
                program,
                ..monitor::Settings::default()
            }),
            feed: Feed::new(program),
            reserve: Reserve::default(),
            rhythm: Rhythm::default(),
        };
        let output = |o: &OutputSettings| Output {
            shaper: Shaper::new(o.bitrate, o.overflow),
            emitter: Emitter::new(o.format),
            due: None,
        };
        Self {
            inputs: settings.inputs.into_iter().map(input).collect(),
            on_air: 0,
            selector: Selector::new(settings.revert),
            switch: None,
            coming: None,
            air: Air {
                splice: Splice::default(),
                followed: 0,
                remux: Remux::new(settings.remux),
                timing: Timing::default(),
                clock: None,
                outputs: settings.outputs.iter().map(output).collect(),
                tap_tables: TableTimer::new(Ticks::ZERO),
                counters: Counters::default(),
            },
            told: None,
        }
    }

    /// Takes one datagram of `input`. The tap is given every packet of the programme at once,
    /// its tables among them.
    pub fn push(
        &mut self,
        input: usize,
        received: Mono,
        datagram: &[u8],
        tap: &mut impl FnMut(&RawPacket),
    ) {
        let on_air = input == self.on_air;
        let Some(input) = self.inputs.get_mut(input) else {
            return;
        };
        let air = on_air.then_some(&mut self.air);
        input.receive(air, tap, |receiver, sink| {
            receiver.push(received, datagram, &mut |at, packet| sink(at, packet));
        });
    }

    /// Does what time alone brings: gives up RTP gaps, and renews the time and date table.
    pub fn tick(&mut self, now: Mono, wall: Wall, tap: &mut impl FnMut(&RawPacket)) {
        if self
            .told
            .is_none_or(|told| now.since(told) >= TIME_INTERVAL)
        {
            self.told = Some(now);
            self.air.remux.tell_time(wall);
        }
        for (index, input) in self.inputs.iter_mut().enumerate() {
            let air = (index == self.on_air).then_some(&mut self.air);
            input.receive(air, tap, |receiver, sink| {
                receiver.flush(now, &mut |at, packet| sink(at, packet));
            });
            input.monitor.received(now, &input.receiver.counters());
            input.monitor.tick(now);
        }
        self.air.flush(now);
        self.choose(now, tap);
    }

    /// Puts another input on air where that is due.
    fn choose(&mut self, now: Mono, tap: &mut impl FnMut(&RawPacket)) {
        let fitness = self.inputs.iter().map(|input| input.fitness(now));
        let due = self.selector.judge(now, self.on_air, fitness);
        let asked = self
            .coming
            .filter(|(_, reason, _)| *reason == Reason::Asked);
        match (due, self.coming) {
            (Some((to, reason)), _) if asked.is_none() => self.ask(now, to, reason),
            (None, Some(_)) if asked.is_none() => self.leave_it(),
            _ => {}
        }
        if let Some((to, reason, since)) = self.coming {
            if now.since(since) > PATIENCE {
                self.leave_it();
            } else if self.put_on_air(now, to, reason, tap) {
                self.coming = None;
            }
        }
    }

    /// Has `to` put on air as soon as its picture can be entered; given up after a while.
    pub fn ask(&mut self, now: Mono, to: usize, reason: Reason) {
        if to != self.on_air && self.coming.is_none_or(|(coming, _, _)| coming != to) {
            self.coming = Some((to, reason, now));
        }
    }

    fn leave_it(&mut self) {
        self.coming = None;
        self.air.splice.release();
    }

    fn put_on_air(
        &mut self,
        now: Mono,
        to: usize,
        reason: Reason,
        tap: &mut impl FnMut(&RawPacket),
    ) -> bool {
        let from = self.on_air;
        let Some(input) = self.inputs.get_mut(to) else {
            return false;
        };
        let Some(gap) = self.air.switch(now, input, tap) else {
            return false;
        };
        self.on_air = to;
        self.selector.switched(now);
        self.air.counters.switches += 1;
        self.switch = Some(Switch {
            at: now,
            from,
            to,
            reason,
            gap,
        });
        true
    }

    /// The last switch.
    #[must_use]
    pub const fn last_switch(&self) -> Option<Switch> {
        self.switch
    }

    /// Gives every datagram that is due at `now` with its output and its departure time.
    pub fn pull(&mut self, now: Mono, sink: &mut impl FnMut(usize, Mono, &[u8])) {
        let Some(clock) = &self.air.clock else { return };
        let tables = self.air.remux.tables();
        for (index, output) in self.air.outputs.iter_mut().enumerate() {
            if output.due.is_some_and(|due| now < due) {
                continue;
            }
            let Output {
                shaper,
                emitter,
                due,
            } = output;
            while let Some((at, full)) =
                emitter.push(|place| shaper.pull(now, clock, tables, place))
            {
                if let Some(datagram) = full {
                    sink(index, clock.departure(at), datagram);
                }
            }
            if let Some(datagram) = emitter.flush(clock.line(now - LATENCY)) {
                sink(index, now, datagram);
            }
            let full = shaper.departure(emitter.room() - 1, clock, tables);
            let patience = emitter.patience().map(|at| clock.departure(at));
            *due = full.into_iter().chain(patience).min();
        }
    }

    /// When the next datagram leaves, unless something comes in before; `None` where nothing is
    /// on its way.
    #[must_use]
    pub fn next_departure(&self, now: Mono) -> Option<Mono> {
        self.air.clock.as_ref()?;
        let outputs = self.air.outputs.iter();
        outputs.map(|output| output.due.unwrap_or(now)).min()
    }

    /// The inputs, with what is known of them.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// The input on air, an index into [`Chain::inputs`].
    #[must_use]
    pub const fn on_air(&self) -> usize {
        self.on_air
    }

    /// The outputs.
    #[must_use]
    pub fn outputs(&self) -> &[Output] {
        &self.air.outputs
    }

    /// The stage that makes the programme.
    #[must_use]
    pub const fn remux(&self) -> &Remux {
        &self.air.remux
    }

    /// The clock of the outputs' line; `None` before the first PCR.
    #[must_use]
    pub const fn clock(&self) -> Option<&SourceClock> {
        self.air.clock.as_ref()
    }

    /// What the chain has met.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.air.counters
    }
}

impl Input {
    /// Takes what the receiver hands out: to `air` when it is on air, else to the reserve.
    fn receive(
        &mut self,
        mut air: Option<&mut Air>,
        tap: &mut impl FnMut(&RawPacket),
        hand_out: impl FnOnce(&mut Receiver, &mut dyn FnMut(Mono, &RawPacket)),
    ) {
        let Self {
            receiver,
            monitor,
            feed,
            reserve,
            rhythm,
        } = self;
        hand_out(receiver, &mut |at, packet| {
            rhythm.beat(at);
            monitor.push(at, packet);
            let kept = feed.push(at, packet);
            match &mut air {
                Some(air) => air.push(feed, kept, tap),
                None => kept.into_iter().for_each(|kept| reserve.push(kept)),
            }
        });
    }
}

/// The stages behind the choice.
#[derive(Debug)]
struct Air {
    splice: Splice,
    /// Changes of the feed on air that the tables know of.
    followed: u64,
    remux: Remux,
    timing: Timing,
    clock: Option<SourceClock>,
    outputs: Vec<Output>,
    tap_tables: TableTimer,
    counters: Counters,
}

impl Air {
    /// Takes what the feed on air made of a packet.
    fn push(&mut self, feed: &Feed, kept: Option<Kept>, tap: &mut impl FnMut(&RawPacket)) {
        let changes = feed.counters().changes;
        if self.followed != changes
            && let Some(programme) = feed.programme()
        {
            self.followed = changes;
            self.remux.follow(programme, false);
        }
        if let Some(kept) = kept {
            self.carry(feed, kept, tap);
        }
    }

    fn carry(&mut self, feed: &Feed, kept: Kept, tap: &mut impl FnMut(&RawPacket)) {
        let Some((mark, mut packet)) = self.splice.carry(kept) else {
            return;
        };
        let Self {
            splice,
            remux,
            timing,
            clock,
            outputs,
            tap_tables,
            counters,
            ..
        } = self;
        if let Some(line) = mark.clock {
            if clock.is_none() {
                *tap_tables = TableTimer::new(line);
            }
            *clock = splice.clock(feed);
        }
        if let Some(bytes) = &mut packet
            && !remux.carry(bytes)
        {
            packet = None;
        }
        if let Some(bytes) = &packet {
            tap(bytes);
        }
        timing.push(mark, packet.as_ref(), &mut |timed| {
            share(timed, mark.received, clock.as_ref(), outputs, counters);
        });
        if let Some(line) = mark.clock {
            while let Some(table) = tap_tables.pull(line, remux.tables()) {
                tap(&table);
            }
        }
    }

    /// Goes on with `input` from an entry point in its reserve; gives how long no picture is new,
    /// or `None` where there is no entry point yet.
    fn switch(
        &mut self,
        now: Mono,
        input: &mut Input,
        tap: &mut impl FnMut(&RawPacket),
    ) -> Option<Duration> {
        let feed = &input.feed;
        let cut = match &self.clock {
            Some(air) => {
                if input.reserve.entries().next().is_some() {
                    self.splice.hold();
                }
                Some(self.splice.plan(now, air, feed, &input.reserve)?)
            }
            None => None,
        };
        let (clock, outputs, counters) =
            (self.clock.as_ref(), &mut self.outputs, &mut self.counters);
        self.timing
            .end(&mut |timed| share(timed, now, clock, outputs, counters));
        self.followed = feed.counters().changes;
        self.remux.follow(feed.programme()?, true);
        if let Some(cut) = cut {
            self.splice.cut(cut);
            self.clock = self.splice.clock(feed);
        }
        let begin = cut.and_then(|cut| cut.entry);
        let reserve = std::mem::take(&mut input.reserve);
        for kept in reserve.since(begin) {
            self.carry(feed, kept.clone(), tap);
        }
        let gap = cut.map_or(Ticks::ZERO, |cut| cut.gap);
        Some(Duration::from_nanos(gap.as_nanos().unsigned_abs()))
    }

    /// Lets go what waits for a PCR that does not come.
    fn flush(&mut self, now: Mono) {
        let (clock, outputs, counters) =
            (self.clock.as_ref(), &mut self.outputs, &mut self.counters);
        self.timing.flush(now, &mut |timed| {
            share(timed, now, clock, outputs, counters);
        });
    }
}

/// Gives a packet to every output, unless it lies too far ahead.
fn share(
    timed: &Timed,
    received: Mono,
    clock: Option<&SourceClock>,
    outputs: &mut [Output],
    counters: &mut Counters,
) {
    let Some(clock) = clock else { return };
    if clock.local(timed.at) > received + AHEAD {
        counters.too_early += 1;
        return;
    }
    for output in outputs {
        output.shaper.push(timed);
        output.due = None;
    }
}
