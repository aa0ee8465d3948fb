//! The continuity counter of one PID (ISO/IEC 13818-1, 2.4.3.3).

use super::packet::Packet;

/// Follows the counter of one PID.
///
/// It judges by the counter alone, as a decoder does. A packet with transport_error_indicator is
/// not to be judged: its counter may be wrong. Whoever counts errors shows it to
/// [`Continuity::marked`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Continuity {
    last: Option<Last>,
    /// Marked packets since the last one judged.
    marked: u8,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    counter: u8,
    /// How often the last payload came, counted no further than three.
    copies: u8,
    /// Whether the last payload packet had its discontinuity_indicator set.
    flagged: bool,
}

/// What one packet does to the counter of its PID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The first packet seen: nothing to compare with.
    First,
    /// The counter goes on as it shall, or the packet has none to judge (PID 0x1fff, and the
    /// reserved adaptation_field_control 0).
    Next,
    /// The payload of the packet before, once more; this is allowed and carries nothing new.
    Duplicate,
    /// The payload of the packet before for the third time or more, which is not allowed.
    Excess,
    /// This many packets are missing, modulo 16; 1 to 15.
    Gap(u8),
    /// The counter leaps where discontinuity_indicator allows it, or over no more packets than came
    /// marked.
    Jump,
}

impl Step {
    /// Whether the payload is one already seen.
    #[must_use]
    pub const fn is_repeat(self) -> bool {
        matches!(self, Self::Duplicate | Self::Excess)
    }

    /// Whether the payload does not join the one before.
    #[must_use]
    pub const fn is_break(self) -> bool {
        matches!(self, Self::Gap(_) | Self::Jump)
    }

    /// Whether TR 101 290 counts it (1.4, Continuity_count_error).
    #[must_use]
    pub const fn is_error(self) -> bool {
        matches!(self, Self::Gap(_) | Self::Excess)
    }
}

impl Continuity {
    /// Nothing seen yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            last: None,
            marked: 0,
        }
    }

    /// The counter of the last packet judged.
    #[must_use]
    pub const fn last(&self) -> Option<u8> {
        match self.last {
            Some(last) => Some(last.counter),
            None => None,
        }
    }

    /// Notes a packet of the PID with transport_error_indicator: it was not lost, and no other
    /// error is to be derived from it (TR 101 290, 2.1).
    pub const fn marked(&mut self) {
        self.marked = self.marked.saturating_add(1);
    }

    /// Judges the next packet of the PID and moves there.
    pub fn judge(&mut self, packet: Packet<'_>) -> Step {
        let step = self.step(packet);
        match (step, std::mem::take(&mut self.marked)) {
            (Step::Gap(missing), marked) if missing <= marked => Step::Jump,
            _ => step,
        }
    }

    /// Takes back that the packet just judged is a repeat: its counter says so, its bytes do not
    /// (ISO/IEC 13818-1, 2.4.3.3). It is a new one, and those that the counter went round with are
    /// missing.
    pub const fn differs(&mut self) -> Step {
        if let Some(last) = &mut self.last {
            last.copies = 1;
        }
        Step::Gap(15)
    }

    fn step(&mut self, packet: Packet<'_>) -> Step {
        if packet.pid().is_null() || !(packet.has_payload() || packet.has_adaptation()) {
            return Step::Next;
        }
        let (counter, flagged) = (packet.continuity(), packet.discontinuity());
        let Some(last) = &mut self.last else {
            // A counter without payload stands still, so the next payload is one further.
            let copies = u8::from(packet.has_payload());
            self.last = Some(Last {
                counter,
                copies,
                flagged,
            });
            return Step::First;
        };
        let ahead = counter.wrapping_sub(last.counter) & 0x0f;
        if !packet.has_payload() {
            return last.without_payload(ahead, flagged);
        }
        last.with_payload(ahead, flagged)
    }
}

impl Last {
    fn without_payload(&mut self, ahead: u8, flagged: bool) -> Step {
        if ahead == 0 {
            return Step::Next;
        }
        self.moved(ahead, 0, flagged);
        if flagged {
            Step::Jump
        } else {
            Step::Gap(ahead)
        }
    }

    fn with_payload(&mut self, ahead: u8, flagged: bool) -> Step {
        match ahead {
            1 => {
                self.moved(1, 1, flagged);
                Step::Next
            }
            // Only adaptation fields had this count so far: the payload is new.
            0 if self.copies == 0 => {
                self.moved(0, 1, flagged);
                Step::Next
            }
            // The copy of a flagged packet is flagged too; a flag on one alone is a new timeline
            // that happens to begin at this count.
            0 if flagged == self.flagged => {
                self.copies = (self.copies + 1).min(3);
                if self.copies == 2 {
                    Step::Duplicate
                } else {
                    Step::Excess
                }
            }
            _ => {
                self.moved(ahead, 1, flagged);
                if flagged || ahead == 0 {
                    Step::Jump
                } else {
                    Step::Gap(ahead - 1)
                }
            }
        }
    }

    const fn moved(&mut self, ahead: u8, copies: u8, flagged: bool) {
        self.counter = (self.counter + ahead) & 0x0f;
        self.copies = copies;
        self.flagged = flagged;
    }
}

#[cfg(test)]
mod tests;
