//! Puts the feed on air onto the line of the outputs, and cuts from one feed to another.
//!
//! Each feed has a line of its own. `phase` brings it onto the outputs' line so that the moment of
//! a cut is the same on both; `shift` besides holds the new picture back so far that it follows
//! the last of the old one. The difference is content that waits in the outputs' queues. So that it
//! does not grow from cut to cut, the old feed is held first, until the new one has come as far.

use super::reserve::Reserve;
use crate::feed::{Feed, Kept};
use crate::shape::{Mark, Role, SourceClock};
use crate::time::Mono;
use crate::ts::clock::Ticks;
use crate::ts::packet::restamp_pcr;
use crate::ts::{Packet, Pcr, Pid, RawPacket, pes};

/// The new picture may be held back so far. More would fill the outputs' queues.
const MOST_WAIT: Ticks = Ticks::from_millis(1_500);
/// What the output is given is so far ahead of its time: it has to send an IDR before that.
const AHEAD: Ticks = Ticks::from_millis(250);
/// An entry point is of use for so long: after that the source has been silent.
const FRESH: Ticks = Ticks::from_millis(8_000);
/// Between two units of a PID; a longer step says nothing about the next.
const MOST_STEP: Ticks = Ticks::from_millis(500);

/// How a cut to another feed would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    phase: Ticks,
    shift: Ticks,
    /// Decoding time of the entry point on the feed's line; `None` for a feed without picture.
    pub entry: Option<Ticks>,
    /// Nothing of a role goes out before these, on the outputs' line.
    from: [Ticks; 2],
    /// How long the viewers see no new picture.
    pub gap: Ticks,
}

/// One PID of the feed on air.
#[derive(Clone, Copy, Debug)]
struct Gate {
    pid: Pid,
    role: Role,
    open: bool,
    /// Decoding time of its last unit and the step from the one before, on the outputs' line.
    last: Option<Ticks>,
    step: Ticks,
}

/// From the line of the feed on air to that of the outputs.
#[derive(Debug, Default)]
pub struct Splice {
    phase: Ticks,
    shift: Ticks,
    gates: Vec<Gate>,
    cut: Option<Cut>,
    /// The feed on air ends: each PID at its next unit.
    held: bool,
}

impl Splice {
    /// The feed's clock as the outputs see it.
    #[must_use]
    pub fn clock(&self, feed: &Feed) -> Option<SourceClock> {
        Some(feed.clock()?.moved(self.phase))
    }

    /// Ends the feed on air, each PID after the unit that has begun, for the one that follows.
    pub const fn hold(&mut self) {
        self.held = true;
    }

    /// Goes on with the feed on air after all, where its picture can be entered.
    pub fn release(&mut self) {
        if std::mem::take(&mut self.held) {
            let from = [Role::Video, Role::Audio].map(|role| self.end(role).unwrap_or_default());
            self.cut = Some(Cut {
                phase: self.phase,
                shift: self.shift,
                entry: None,
                from,
                gap: Ticks::ZERO,
            });
        }
    }

    /// How a cut to `feed` would be now; `None` while its picture cannot be entered, or has not
    /// come as far as that of the feed on air.
    #[must_use]
    pub fn plan(
        &self,
        now: Mono,
        air: &SourceClock,
        feed: &Feed,
        reserve: &Reserve,
    ) -> Option<Cut> {
        let phase = air.line(now) - feed.clock()?.line(now);
        // The old picture may have ended long ago.
        let soonest = air.line(now) + AHEAD;
        let end = self.end(Role::Video).unwrap_or(soonest);
        let picture = end.max(soonest);
        let sound = self.end(Role::Audio).unwrap_or(soonest).max(soonest);
        let has_video = feed.programme()?.has_video();
        let entry = if has_video {
            if reserve.reached()? + MOST_STEP < end - phase {
                return None;
            }
            Some(entry(reserve, air.line(now) - phase, picture - phase)?)
        } else {
            None
        };
        let start = entry.map_or(Ticks::ZERO, |decode| decode + phase - picture);
        Some(Cut {
            phase,
            shift: phase - start.min(Ticks::ZERO),
            entry,
            from: [picture, sound],
            gap: picture + start.max(Ticks::ZERO) - end,
        })
    }

    /// What comes from now on is of the feed that `cut` was planned for.
    pub fn cut(&mut self, cut: Cut) {
        self.phase = cut.phase;
        self.shift = cut.shift;
        self.gates.clear();
        self.held = false;
        self.cut = Some(cut);
    }

    /// The packet as it stands on the outputs' line; `None` before its PID can be entered.
    pub fn carry(&mut self, kept: Kept) -> Option<(Mark, Option<RawPacket>)> {
        let Kept {
            mut mark,
            mut packet,
        } = kept;
        mark.clock = mark.clock.map(|line| line + self.shift);
        if let Some(bytes) = &mut packet {
            let entered = mark.unit.and_then(|unit| unit.decode);
            if let Some(unit) = &mut mark.unit {
                unit.decode = unit.decode.map(|decode| decode + self.shift);
            }
            if self.passes(bytes, &mark, entered) {
                self.restamp(bytes, &mark);
            } else {
                packet = None;
            }
        }
        (packet.is_some() || mark.clock.is_some()).then_some((mark, packet))
    }

    /// Where the next unit of a role would stand after the last.
    fn end(&self, role: Role) -> Option<Ticks> {
        let of_role = self.gates.iter().filter(|gate| gate.role == role);
        of_role
            .filter_map(|gate| Some(gate.last? + gate.step))
            .max()
    }

    /// Whether the packet goes out; `entered` is its decoding time on the feed's line.
    fn passes(&mut self, bytes: &RawPacket, mark: &Mark, entered: Option<Ticks>) -> bool {
        let view = Packet::new(bytes);
        let pid = view.pid();
        let known = self.gates.iter().position(|gate| gate.pid == pid);
        let index = known.unwrap_or(self.gates.len());
        if known.is_none() {
            self.gates.push(Gate {
                pid,
                role: mark.role,
                open: self.cut.is_none(),
                last: None,
                step: Ticks::ZERO,
            });
        }
        let cut = self.cut;
        let Some(gate) = self.gates.get_mut(index) else {
            return false;
        };
        let decode = mark.unit.and_then(|unit| unit.decode);
        if self.held && view.unit_start() {
            gate.open = false;
        } else if !gate.open && view.unit_start() {
            let enters = mark.unit.is_some_and(|unit| unit.random_access);
            gate.open = cut.is_none_or(|cut| match mark.role {
                Role::Video => enters && entered >= cut.entry,
                Role::Audio => decode.is_some_and(|at| at >= cut.from[1]),
                Role::Other => decode.is_none_or(|at| at >= cut.from[0]),
            });
        }
        if gate.open
            && let Some(at) = decode
        {
            let step = gate.last.map_or(Ticks::ZERO, |last| at - last);
            if step > Ticks::ZERO && step < MOST_STEP {
                gate.step = step;
            }
            gate.last = Some(gate.last.map_or(at, |last| last.max(at)));
        }
        gate.open
    }

    fn restamp(&self, bytes: &mut RawPacket, mark: &Mark) {
        if self.shift == Ticks::ZERO {
            return;
        }
        let view = Packet::new(bytes);
        let offset = view.payload_offset();
        if let Some(pcr) = view.pcr() {
            restamp_pcr(bytes, Pcr::offset(pcr, self.shift));
        }
        if mark.unit.is_some_and(|unit| unit.decode.is_some()) {
            pes::shift(bytes.get_mut(offset..).unwrap_or_default(), self.shift);
        }
    }
}

/// The entry point to begin with, for a feed that shows `now` and a picture that ends at `end`: the
/// newest that need not be held back too long, else the first after the end.
fn entry(reserve: &Reserve, now: Ticks, end: Ticks) -> Option<Ticks> {
    let fresh = reserve.entries().filter(|at| now - *at < FRESH);
    let (mut before, mut after) = (None, None);
    for at in fresh {
        if at > end {
            after = after.or(Some(at));
        } else if end - at <= MOST_WAIT {
            before = Some(at);
        }
    }
    before.or(after)
}
