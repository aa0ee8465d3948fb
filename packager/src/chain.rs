//! The picture of the house as one struct: a channel's stages in the stream's order.
//!
//! `push` takes what a socket gave, `tick` does what time alone brings, `pull` gives what is due,
//! `next_departure` says when that will be.
//! The driver adds sockets and clocks, and no decision.

use std::time::Duration;

use crate::emit::{Emitter, Format};
use crate::monitor::{self, Monitor};
use crate::receive::{Framing, Receiver};
use crate::remux::{self, Remux};
use crate::shape::{LATENCY, Mark, Overflow, Shaper, SourceClock, TableTimer, Timed, Timing};
use crate::time::{Bitrate, Mono, Wall};
use crate::ts::RawPacket;
use crate::ts::clock::Ticks;

/// A source this far ahead of the output's clock is faster than real time; what is further ahead
/// is dropped.
const AHEAD: Duration = Duration::from_secs(2);
/// The TDT is made new at this interval; it is sent every 20 s.
const TIME_INTERVAL: Duration = Duration::from_secs(1);

/// What a channel is made of.
#[derive(Clone, Debug)]
pub struct Settings {
    /// In order of preference.
    pub inputs: Vec<Framing>,
    /// Programme, name, first table version.
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
    /// Times the output's timeline was moved because the path before us had become longer.
    pub delays: u64,
}

/// One channel from its inputs to its outputs.
#[derive(Debug)]
pub struct Chain {
    inputs: Vec<Input>,
    on_air: usize,
    air: Air,
    told: Option<Mono>,
}

impl Chain {
    /// A channel that waits for its first input.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let program = settings.remux.program;
        let input = |framing| Input {
            receiver: Receiver::new(framing),
            monitor: Monitor::new(monitor::Settings {
                program,
                ..monitor::Settings::default()
            }),
        };
        let output = |o: &OutputSettings| Output {
            shaper: Shaper::new(o.bitrate, o.overflow),
            emitter: Emitter::new(o.format),
            due: None,
        };
        Self {
            inputs: settings.inputs.into_iter().map(input).collect(),
            on_air: 0,
            air: Air {
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
        let Some(Input { receiver, monitor }) = self.inputs.get_mut(input) else {
            return;
        };
        let air = &mut self.air;
        receiver.push(received, datagram, &mut |at, packet| {
            monitor.push(at, packet);
            if on_air {
                air.push(at, packet, tap);
            }
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
        let air = &mut self.air;
        for (index, Input { receiver, monitor }) in self.inputs.iter_mut().enumerate() {
            receiver.flush(now, &mut |at, packet| {
                monitor.push(at, packet);
                if index == self.on_air {
                    air.push(at, packet, tap);
                }
            });
            monitor.received(now, &receiver.counters());
            monitor.tick(now);
        }
        air.flush(now);
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

    /// The source's clock; `None` before its first PCR.
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

/// The stages behind the input on air.
#[derive(Debug)]
struct Air {
    remux: Remux,
    timing: Timing,
    clock: Option<SourceClock>,
    outputs: Vec<Output>,
    tap_tables: TableTimer,
    counters: Counters,
}

impl Air {
    fn push(&mut self, received: Mono, packet: &RawPacket, tap: &mut impl FnMut(&RawPacket)) {
        let Self {
            remux,
            timing,
            clock,
            outputs,
            tap_tables,
            counters,
        } = self;
        let (mut stamp, mut late) = (None, None);
        remux.push(received, packet, &mut |mark: Mark, packet| {
            if let Some(line) = mark.clock {
                stamp = Some(line);
                if clock.is_none() {
                    *tap_tables = TableTimer::new(line);
                }
                let clock = clock.get_or_insert_with(|| SourceClock::new(line, received));
                late = clock.observe(line, received);
            }
            if let Some(packet) = packet {
                tap(packet);
            }
            timing.push(mark, packet, &mut |timed| {
                share(timed, received, clock.as_ref(), outputs, counters);
            });
        });
        if let Some(line) = stamp {
            while let Some(table) = tap_tables.pull(line, remux.tables()) {
                tap(&table);
            }
        }
        if let Some(by) = late {
            remux.shift(by);
            counters.delays += 1;
        }
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
