//! The time of each packet between two PCRs.
//!
//! The source's clock is known at PCRs alone; a packet between two of them stands where its
//! position in the source's stream puts it (ISO/IEC 13818-1, 2.4.2.2). So packets wait here for
//! the PCR that follows them.

use std::collections::VecDeque;

use crate::time::Mono;
use crate::ts::RawPacket;
use crate::ts::clock::Ticks;

/// A PCR this late is given up, and packets are placed by their arrival.
const PCR_PATIENCE: Ticks = Ticks::from_millis(150);
/// Packets held for a PCR: 150 ms of 160 Mbit/s.
const HELD_CAP: usize = 16_384;

/// Whether a packet carries picture, sound or anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Picture.
    Video,
    /// Sound.
    Audio,
    /// Subtitles, data, sections.
    Other,
}

/// The access unit that starts in a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// DTS, or PTS where there is no DTS, on the repaired line.
    pub decode: Option<Ticks>,
    /// random_access_indicator.
    pub random_access: bool,
}

/// A packet of the programme on the output's line of time.
#[derive(Clone, Debug)]
pub struct Timed {
    /// When its first byte passed the source's clock.
    pub at: Ticks,
    /// What it carries.
    pub role: Role,
    /// Set when a PES packet starts here.
    pub unit: Option<Unit>,
    /// Its bytes.
    pub packet: RawPacket,
}

/// What remultiplexing knows of a packet.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// How many packets of the input came before it, null packets included.
    pub position: u64,
    /// When it was received.
    pub received: Mono,
    /// The repaired line at this packet, when it carries the programme's PCR.
    pub clock: Option<Ticks>,
    /// What it carries.
    pub role: Role,
    /// Set when a PES packet starts here.
    pub unit: Option<Unit>,
}

#[derive(Debug)]
struct Held {
    mark: Mark,
    packet: RawPacket,
}

#[derive(Clone, Copy, Debug)]
struct Anchor {
    line: Ticks,
    position: u64,
    received: Mono,
}

/// Holds packets until the PCR that follows them, then gives each its time.
#[derive(Debug, Default)]
pub struct Timing {
    anchor: Option<Anchor>,
    held: VecDeque<Held>,
}

impl Timing {
    /// Takes a packet, or a clock without a packet; gives those whose time is known to `out`, in order. What comes before the
    /// first PCR has no time and is dropped.
    pub fn push(&mut self, mark: Mark, packet: Option<&RawPacket>, out: &mut impl FnMut(&Timed)) {
        if let Some(line) = mark.clock {
            let next = Anchor {
                line,
                position: mark.position,
                received: mark.received,
            };
            if let Some(last) = self.anchor.replace(next) {
                self.release(last, next, out);
            }
            if let Some(packet) = packet {
                out(&timed(line, mark, *packet));
            }
            return;
        }
        let (Some(anchor), Some(packet)) = (self.anchor, packet) else {
            return;
        };
        if self.held.len() >= HELD_CAP || since(mark.received, anchor.received) > PCR_PATIENCE {
            self.release_by_arrival(anchor, out);
            out(&timed(by_arrival(anchor, mark.received), mark, *packet));
        } else {
            self.held.push_back(Held {
                mark,
                packet: *packet,
            });
        }
    }

    /// Another source follows: gives what waits, by its arrival, and forgets the clock.
    pub fn end(&mut self, out: &mut impl FnMut(&Timed)) {
        if let Some(anchor) = self.anchor.take() {
            self.release_by_arrival(anchor, out);
        }
    }

    /// Gives up the PCR that should have come by `now`: the last packets of a source that stopped
    /// go out too.
    pub fn flush(&mut self, now: Mono, out: &mut impl FnMut(&Timed)) {
        let Some(anchor) = self.anchor else { return };
        if !self.held.is_empty() && since(now, anchor.received) > PCR_PATIENCE {
            self.release_by_arrival(anchor, out);
        }
    }

    fn release(&mut self, last: Anchor, next: Anchor, out: &mut impl FnMut(&Timed)) {
        let span = next.line - last.line;
        if span > PCR_PATIENCE || span < Ticks::ZERO {
            // Over a hole the position says nothing.
            return self.release_by_arrival_before(next, last.line, out);
        }
        let packets = next.position.saturating_sub(last.position).max(1);
        for held in self.held.drain(..) {
            let index = held
                .mark
                .position
                .saturating_sub(last.position)
                .min(packets);
            let at = last.line + fraction(span, index, packets);
            out(&timed(at, held.mark, held.packet));
        }
    }

    fn release_by_arrival(&mut self, anchor: Anchor, out: &mut impl FnMut(&Timed)) {
        for held in self.held.drain(..) {
            let at = by_arrival(anchor, held.mark.received);
            out(&timed(at, held.mark, held.packet));
        }
    }

    fn release_by_arrival_before(
        &mut self,
        next: Anchor,
        floor: Ticks,
        out: &mut impl FnMut(&Timed),
    ) {
        for held in self.held.drain(..) {
            let at = next.line - since(next.received, held.mark.received);
            out(&timed(at.max(floor).min(next.line), held.mark, held.packet));
        }
    }
}

fn by_arrival(anchor: Anchor, received: Mono) -> Ticks {
    anchor.line + since(received, anchor.received)
}

fn since(later: Mono, earlier: Mono) -> Ticks {
    Ticks::from_duration(later.since(earlier))
}

/// `span` x `index` / `packets`; spans stay under a second, so the product fits.
fn fraction(span: Ticks, index: u64, packets: u64) -> Ticks {
    let (index, packets) = (index.cast_signed(), packets.cast_signed());
    Ticks::new(span.get().saturating_mul(index) / packets.max(1))
}

const fn timed(at: Ticks, mark: Mark, packet: RawPacket) -> Timed {
    Timed {
        at,
        role: mark.role,
        unit: mark.unit,
        packet,
    }
}
