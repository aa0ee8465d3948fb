//! One elementary stream in its buffers.

use super::super::check::{Buffer, Check, Evidence, Findings, Place};
use super::super::codec::{Codec, Detail};
use super::sizes::{Main, Sizes};
use super::tanks::{Span, Store, Transport};
use super::units::{Unit, Units};
use crate::ts::Pid;
use crate::ts::clock::Ticks;

/// A buffer must be empty once in this (TR 101 290, 3.9), and data stays no longer (3.10).
pub(super) const SECOND: f64 = 27e6;
/// As long may a still picture stay (TR 101 290, 3.10).
const STILL: f64 = 60.0 * SECOND;
/// One elementary stream.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) pid: Pid,
    pub(super) still: bool,
    pub(super) known: Option<(Codec, Detail)>,
    pub(super) sizes: Option<Sizes>,
    pub(super) units: Units,
    pub(super) transport: Option<Transport>,
    pub(super) store: Store,
}

impl Stream {
    pub(super) fn new(pid: Pid, line: f64) -> Self {
        Self {
            pid,
            still: false,
            known: None,
            sizes: None,
            units: Units::default(),
            transport: None,
            store: Store::new(line),
        }
    }

    /// Takes a packet at its time; whether its buffers are known.
    pub(super) fn take(
        &mut self,
        (span, bytes, starts): (Span, u8, bool),
        place: Place,
        findings: &mut Findings,
    ) -> bool {
        let (Some(sizes), Some(transport)) = (&self.sizes, &mut self.transport) else {
            return false;
        };
        let pid = self.pid;
        let passed = transport.take(span);
        if let Some(bytes) = passed.overflow {
            findings.raise(
                Check::Buffer,
                place,
                overflow(pid, Buffer::Transport, bytes),
            );
        }
        if empty(
            pid,
            Buffer::Transport,
            transport.full_for(),
            place,
            findings,
        ) {
            transport.empty = span.to;
        }
        if starts {
            self.store.starts(span.from);
        }
        let buffer = match sizes.main {
            Main::Sound(..) => Buffer::Main,
            Main::Picture { .. } => Buffer::Multiplexing,
        };
        if let Some(bytes) = self.store.take(bytes.into(), passed.exit, sizes) {
            findings.raise(Check::Buffer, place, overflow(pid, buffer, bytes));
        }
        if buffer == Buffer::Multiplexing
            && empty(pid, buffer, self.store.full_for(), place, findings)
        {
            self.store.empty = passed.exit;
        }
        true
    }

    /// A unit has ended.
    pub(super) fn end(&mut self, unit: &Unit, decode: f64, place: Place, findings: &mut Findings) {
        let Some(sizes) = &self.sizes else { return };
        let stay = self.store.end(unit, decode, sizes.rx);
        let Some(first) = stay.first else { return };
        let most = if self.still { STILL } else { SECOND };
        if unit.whole && decode - first > most {
            let evidence = Evidence::Delay(self.pid, ticks(decode - first));
            findings.raise(Check::DataDelay, place, evidence);
        }
        if unit.whole && stay.ready > decode + 1.0 {
            let evidence = Evidence::Underflow(self.pid, ticks(stay.ready - decode));
            findings.raise(Check::Buffer, place, evidence);
        }
    }
}

/// Raises where a buffer was not empty for over a second; whether it was so.
pub(super) fn empty(
    pid: Pid,
    buffer: Buffer,
    full: f64,
    place: Place,
    findings: &mut Findings,
) -> bool {
    let long = full > SECOND;
    if long {
        let evidence = Evidence::NotEmpty(pid, buffer, ticks(full));
        findings.raise(Check::EmptyBuffer, place, evidence);
    }
    long
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a conversion to whole bytes that saturates"
)]
pub(super) fn overflow(pid: Pid, buffer: Buffer, bytes: f64) -> Evidence {
    Evidence::Overflow(pid, buffer, bytes as u32)
}

#[expect(clippy::cast_possible_truncation, reason = "a figure for people")]
const fn ticks(span: f64) -> Ticks {
    Ticks::new(span as i64)
}
