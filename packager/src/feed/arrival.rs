//! How the packets of a source come by its own clock.

use std::time::Duration;

use super::drift::Drift;
use crate::time::Mono;
use crate::ts::clock::{Pcr, Ticks};

const SECOND: Duration = Duration::from_secs(1);

/// The earliest arrival of each second: a network delays and never hastens, so this is the source's
/// clock, and the queue that the line has built up.
#[derive(Clone, Debug, Default)]
pub(super) struct Arrival {
    /// Line and time of the first PCR, which offsets are counted from.
    origin: Option<(Ticks, Mono)>,
    began: Mono,
    earliest: Option<i64>,
    told: Option<(Mono, i64)>,
    /// The last PCR, as received and on the line.
    last: Option<(Pcr, Ticks)>,
    drift: Drift,
}

impl Arrival {
    /// Takes a PCR and where it stands on the line.
    pub(super) fn push(&mut self, pcr: Pcr, line: Ticks, received: Mono) {
        self.last = Some((pcr, line));
        let (first, at) = *self.origin.get_or_insert((line, received));
        let offset = received.signed_nanos_since(at) - (line - first).as_nanos();
        self.earliest = Some(self.earliest.map_or(offset, |least| least.min(offset)));
        self.drift.push(received, offset);
        if received.since(self.began) >= SECOND {
            self.told = self.earliest.take().map(|least| (received, least));
            self.began = received;
        }
    }

    /// When the last whole second ended, and its earliest arrival against the source's clock, in
    /// nanoseconds from that of its first PCR.
    pub(super) const fn second(&self) -> Option<(Mono, i64)> {
        self.told
    }

    /// How much faster the source's clock runs than ours, ppm, where that is sure.
    pub(super) fn drift(&self, now: Mono) -> Option<f64> {
        self.drift.ppm(now)
    }

    /// Begins anew with another clock.
    pub(super) fn restart(&mut self) {
        *self = Self::default();
    }

    /// The last PCR, and when it would have come by the earliest arrival of the last second.
    pub(super) fn stamp(&self) -> Option<(Pcr, Mono)> {
        let ((pcr, line), (first, at)) = self.last.zip(self.origin)?;
        let (_, earliest) = self.told?;
        Some((pcr, at.offset_nanos((line - first).as_nanos() + earliest)))
    }
}
