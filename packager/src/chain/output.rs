//! One output of a channel.

use crate::emit::{Emitter, Format};
use crate::protect::Fec;
use crate::receive::Port;
use crate::shape::TableSet;
use crate::shape::{Shaper, SourceClock, Timed};
use crate::time::Mono;

use super::OutputSettings;

/// One output: its pace and its datagrams.
#[derive(Debug)]
pub struct Output {
    /// Packets to departure times.
    pub shaper: Shaper,
    emitter: Emitter,
    fec: Option<Fec>,
    /// Nothing leaves before; `None` when that is to be found out.
    due: Option<Mono>,
}

impl Output {
    pub(super) fn new(settings: &OutputSettings) -> Self {
        Self {
            shaper: Shaper::new(settings.bitrate, settings.overflow),
            emitter: Emitter::new(settings.format),
            fec: match settings.format {
                Format::Rtp { sequence, .. } => settings.fec.map(|m| Fec::new(m, sequence)),
                Format::Udp => None,
            },
            due: None,
        }
    }

    /// Takes a packet of the programme.
    pub(super) fn push(&mut self, timed: &Timed) {
        self.shaper.push(timed);
        self.due = None;
    }

    /// Gives every datagram that is due at `now` with its port and its departure time.
    pub(super) fn pull(
        &mut self,
        now: Mono,
        clock: &SourceClock,
        tables: &TableSet,
        sink: &mut impl FnMut(Port, Mono, &[u8]),
    ) {
        let Self {
            shaper,
            emitter,
            fec,
            due,
        } = self;
        let mut sink = |at: Mono, datagram: &[u8]| {
            sink(Port::Media, at, datagram);
            if let Some(fec) = fec {
                fec.push(datagram, &mut |port, datagram| sink(port, at, datagram));
            }
        };
        if due.is_some_and(|due| now < due) {
            return;
        }
        while let Some((at, full)) = emitter.push(|place| shaper.pull(now, clock, tables, place)) {
            if let Some(datagram) = full {
                sink(clock.departure(at), datagram);
            }
        }
        if let Some(datagram) = emitter.flush(clock.line(now - clock.latency())) {
            sink(now, datagram);
        }
        let full = shaper.departure(emitter.room() - 1, clock, tables);
        let patience = emitter.patience().map(|at| clock.departure(at));
        *due = full.into_iter().chain(patience).min();
    }

    /// When the next datagram leaves; `now` where that is to be found out.
    pub(super) fn due(&self, now: Mono) -> Mono {
        self.due.unwrap_or(now)
    }
}
