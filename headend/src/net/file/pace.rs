//! Where each packet of a file stands in time, by the PCR of one PID.
//!
//! Between two PCRs packets are spread evenly (ISO/IEC 13818-1, 2.4.2.2). Where the PCR leaps, and
//! at the loop, the rate of the span before goes on.

use packager::ts::clock::{SYSTEM_CLOCK_HZ, Ticks};
use packager::ts::packet::mark_discontinuity;
use packager::ts::{Packet, Pcr, Pid, RawPacket};

/// A longer way between two PCRs is a leap, not a pace: ten times what is allowed.
const SPAN_MAX: Ticks = Ticks::new(SYSTEM_CLOCK_HZ.cast_signed());
/// Packets held while the next PCR is awaited: a second of 50 Mbit/s, in 6 MB.
const HELD_MAX: usize = 32_768;

/// So much time for so many packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rate {
    ticks: u64,
    packets: u64,
}

impl Rate {
    /// The time of `packets` in nanoseconds.
    fn nanos(self, packets: u64) -> u64 {
        let nanos = u128::from(self.ticks) * u128::from(packets) * 1000
            / (27 * u128::from(self.packets.max(1)));
        u64::try_from(nanos).unwrap_or(u64::MAX)
    }
}

/// Finds the first PID with two PCRs a pace can be read from.
#[derive(Default)]
pub(super) struct Probe {
    /// The last PCR of each PID, and the packet it was in.
    seen: Vec<(Pid, Pcr, u64)>,
    packets: u64,
}

impl Probe {
    pub(super) fn push(&mut self, packet: &RawPacket) -> Option<Pace> {
        let packet = Packet::new(packet);
        let at = self.packets;
        self.packets += 1;
        let (pid, pcr) = (packet.pid(), packet.pcr()?);
        let Some(seen) = self.seen.iter_mut().find(|seen| seen.0 == pid) else {
            self.seen.push((pid, pcr, at));
            return None;
        };
        let rate = rate(pcr.since(seen.1), at - seen.2);
        *seen = (pid, pcr, at);
        rate.map(|rate| Pace::new(pid, rate))
    }
}

/// Follows a file packet by packet.
pub(super) struct Pace {
    pid: Pid,
    rate: Rate,
    last: Option<Pcr>,
    held: Vec<RawPacket>,
    /// The time of the first held packet.
    line: u64,
    looped: bool,
}

impl Pace {
    fn new(pid: Pid, rate: Rate) -> Self {
        Self {
            pid,
            rate,
            last: None,
            held: Vec::new(),
            line: 0,
            looped: false,
        }
    }

    /// Takes the next packet, and plays those whose time it settles.
    pub(super) fn push(&mut self, mut packet: RawPacket, play: &mut impl FnMut(u64, &RawPacket)) {
        let view = Packet::new(&packet);
        let pcr = (view.pid() == self.pid).then(|| view.pcr()).flatten();
        if let Some(pcr) = pcr {
            let measured = self
                .last
                .and_then(|last| rate(pcr.since(last), self.held.len() as u64));
            self.rate = measured.unwrap_or(self.rate);
            self.play_held(play);
            self.last = Some(pcr);
            if self.looped {
                // The time base leaps back here (2.4.3.5).
                mark_discontinuity(&mut packet);
                self.looped = false;
            }
        } else if self.held.len() == HELD_MAX {
            self.play_held(play);
            self.last = None;
        }
        self.held.push(packet);
    }

    /// Plays the rest. What comes next is the beginning again.
    pub(super) fn end_of_loop(&mut self, play: &mut impl FnMut(u64, &RawPacket)) {
        self.play_held(play);
        self.last = None;
        self.looped = true;
    }

    fn play_held(&mut self, play: &mut impl FnMut(u64, &RawPacket)) {
        for (packet, index) in self.held.iter().zip(0..) {
            play(self.line + self.rate.nanos(index), packet);
        }
        self.line += self.rate.nanos(self.held.len() as u64);
        self.held.clear();
    }
}

fn rate(span: Ticks, packets: u64) -> Option<Rate> {
    let sound = span > Ticks::ZERO && span <= SPAN_MAX && packets > 0;
    sound.then(|| Rate {
        ticks: span.get().cast_unsigned(),
        packets,
    })
}
