//! The picture of the house as one struct: a channel's stages in the stream's order.
//!
//! `push` takes what a socket gave, `tick` does what time alone brings, `pull` gives what is due,
//! `next_departure` says when that will be.
//! The driver adds sockets and clocks, and no decision.

use std::time::Duration;

use crate::emit::Format;
use crate::protect::Matrix;
use crate::receive::{self, Entry, Framing, Port};
use crate::remux::{self, GuideEvent, Remux};
use crate::select::{Content, Fitness, Policy, Reason, Selector};
use crate::shape::{Overflow, SourceClock};
use crate::time::{Bitrate, Mono, Wall};
use crate::ts::RawPacket;

mod air;
mod input;
mod output;

use air::Air;
pub use input::Input;
pub use output::Output;

/// The slate goes on air when there has been no programme for so long. With what it takes to see that,
/// and the segment of HLS that the loss falls in, it is less than the half segment by which the next
/// may be late (RFC 8216bis, 6.2.1).
const SLATE_AFTER: Duration = Duration::from_millis(830);
/// The TDT is made new at this interval; it is sent every 20 s.
const TIME_INTERVAL: Duration = Duration::from_secs(1);

/// A switch that was asked for and cannot be made for so long is given up.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a channel is made of.
#[derive(Clone, Debug)]
pub struct Settings {
    /// In order of preference.
    pub inputs: Vec<receive::Settings>,
    /// program_number, or the first programme that has video or audio.
    pub program: Option<u16>,
    /// When another input goes on air.
    pub policy: Policy,
    /// Whether there is a slate: one more input, after the others, that goes on air while none of
    /// them gives a programme.
    pub slate: bool,
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
    /// FEC beside an RTP output; without effect on a UDP one.
    pub fec: Option<Matrix>,
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

/// How a datagram came in; a number alone is the only path of that input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// An index into [`Chain::inputs`].
    pub input: usize,
    /// By which path and port of it.
    pub entry: Entry,
}

impl From<usize> for Way {
    fn from(input: usize) -> Self {
        let entry = Entry::default();
        Self { input, entry }
    }
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
    /// The slate's place in `inputs`.
    slate: Option<usize>,
    /// None of the inputs gives a programme since.
    dark: Option<Mono>,
}

impl Chain {
    /// A channel that waits for its first input.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let air = Air::new(&settings);
        let delays = settings.inputs.iter().map(receive::Settings::delay);
        let delay = delays.max().unwrap_or_default();
        let input = |input| Input::new(input, settings.program, delay);
        let mut inputs: Vec<Input> = settings.inputs.into_iter().map(input).collect();
        let slate = settings.slate.then_some(inputs.len());
        inputs.extend(slate.map(|_| Input::new(Framing::Ts.into(), None, delay)));
        Self {
            inputs,
            slate,
            dark: None,
            on_air: 0,
            selector: Selector::new(settings.policy),
            switch: None,
            coming: None,
            air,
            told: None,
        }
    }

    /// Takes one datagram of an input. The tap is given every packet of the programme at once,
    /// its tables among them.
    pub fn push(
        &mut self,
        way: impl Into<Way>,
        received: Mono,
        datagram: &[u8],
        tap: &mut impl FnMut(&RawPacket),
    ) {
        let Way { input, entry } = way.into();
        let on_air = input == self.on_air;
        let Some(input) = self.inputs.get_mut(input) else {
            return;
        };
        let air = on_air.then_some(&mut self.air);
        input.receive(air, tap, |receiver, sink| {
            receiver.push(entry, received, datagram, &mut |at, packet| {
                sink(at, packet);
            });
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
        let nearest = self.air.outputs.iter().map(|o| o.shaper.nearest()).max();
        for (index, input) in self.inputs.iter_mut().enumerate() {
            input.feed.need(nearest.unwrap_or_default());
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
        let slate_due = self
            .dark
            .is_some_and(|since| now.since(since) >= SLATE_AFTER);
        let (slate, mut dark) = (self.slate, true);
        let inputs = self.inputs.iter_mut().enumerate();
        let fitness = inputs.map(|(index, input)| {
            let fitness = input.judge(now);
            if Some(index) != slate {
                dark &= fitness <= Fitness::Scrambled;
                fitness
            } else if dark && slate_due {
                fitness
            } else {
                Fitness::NoPackets
            }
        });
        let due = self.selector.judge(now, self.on_air, fitness);
        self.dark = dark.then(|| self.dark.unwrap_or(now));
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

    /// Puts `input` on air and keeps it there while anything comes from it; `None` leaves the choice
    /// to the policy again. An input that there is not changes nothing.
    pub fn hold(&mut self, now: Mono, input: Option<usize>) {
        if input.is_some_and(|input| input >= self.inputs().len()) {
            return;
        }
        self.selector.hold(input);
        match input {
            Some(input) => self.ask(now, input, Reason::Asked),
            None => self.leave_it(),
        }
    }

    /// Takes another guide for the stream.
    pub fn take_guide(&mut self, events: Vec<GuideEvent>) {
        self.air.remux.take_guide(events);
    }

    /// The input an operator wants on air.
    #[must_use]
    pub const fn held(&self) -> Option<usize> {
        self.selector.held()
    }

    /// How long no picture would be new if `input` went on air now; `None` while its picture cannot
    /// be entered, or has not come as far.
    #[must_use]
    pub fn preview(&self, now: Mono, input: usize) -> Option<Duration> {
        let input = self.inputs.get(input).filter(|_| input != self.on_air)?;
        self.air.preview(now, input)
    }

    /// How fit an input is, and since when; `None` before the first tick.
    #[must_use]
    pub fn fitness(&self, input: usize) -> Option<(Fitness, Mono)> {
        self.selector.fitness(input)
    }

    /// Takes what decoding an input showed; `None` when nobody decodes it any more.
    pub fn tell(&mut self, input: usize, content: Option<Content>) {
        if let Some(input) = self.inputs.get_mut(input) {
            input.content = content;
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
        self.selector.switched(now, reason);
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

    /// Gives every datagram that is due at `now` with its output, the port of that output that it
    /// goes to, and its departure time.
    pub fn pull(&mut self, now: Mono, sink: &mut impl FnMut(usize, Port, Mono, &[u8])) {
        let Some(clock) = &self.air.clock else { return };
        let tables = self.air.remux.tables();
        for (index, output) in self.air.outputs.iter_mut().enumerate() {
            output.pull(now, clock, tables, &mut |port, at, datagram| {
                sink(index, port, at, datagram);
            });
        }
    }

    /// When the next datagram leaves, unless something comes in before; `None` where nothing is
    /// on its way.
    #[must_use]
    pub fn next_departure(&self, now: Mono) -> Option<Mono> {
        self.air.clock.as_ref()?;
        let outputs = self.air.outputs.iter();
        outputs.map(|output| output.due(now)).min()
    }

    /// The inputs without the slate, with what is known of them.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        let real = self.slate.unwrap_or(self.inputs.len());
        self.inputs.get(..real).unwrap_or_default()
    }

    /// How fit the best input is, while none of them gives a programme.
    #[must_use]
    pub fn dark(&self) -> Option<Fitness> {
        self.dark?;
        let inputs = (0..self.inputs().len()).filter_map(|index| self.fitness(index));
        inputs.map(|(fitness, _)| fitness).max()
    }

    /// Whether the slate is on air.
    #[must_use]
    pub fn is_slate(&self) -> bool {
        self.slate == Some(self.on_air)
    }

    /// The input on air, an index into [`Chain::inputs`]; the slate is one past the last.
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
