//! The queue of one PID at a constant-rate output.
//!
//! A packet may leave from `ready` on and should have left by `deadline`; among the lanes the
//! earliest deadline goes first, and sound before picture of the same time, so that a burst of
//! picture never delays it.

use std::collections::VecDeque;

use super::timing::{Role, Timed, Unit};
use crate::ts::clock::Ticks;
use crate::ts::packet::set_continuity;
use crate::ts::{Packet, Pid, RawPacket};

/// Sound reaches the decoder no earlier than this before its PTS: the main buffer of 3,584 bytes
/// (ISO/IEC 13818-1, 2.4.2.7) holds 149 ms of 192 kbit/s.
const AUDIO_LEAD: Ticks = Ticks::from_millis(140);
/// Nothing waits in a decoder's buffer for more than a second (2.4.2.7).
const VIDEO_LEAD: Ticks = Ticks::from_millis(900);
/// A packet without a time stamp of its own is given this long.
const UNTIMED_PATIENCE: Ticks = Ticks::from_millis(200);

/// An access unit whose decoding is nearer than this is late: its packets would arrive after it.
const GUARD: Ticks = Ticks::from_millis(40);
/// A random access point must be so far ahead to end a drop: the frames after it need room too.
const RESUME_MARGIN: Ticks = Ticks::from_millis(120);

#[derive(Debug)]
struct Waiting {
    ready: Ticks,
    deadline: Ticks,
    unit: Option<Unit>,
    packet: RawPacket,
}

/// Whether a lane passes packets or drops them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    Open,
    /// The unit that has begun is finished; the next one starts the drop.
    Closing,
    /// Until a random access point, or for sound any unit, that fits.
    Dropping,
}

/// What becomes of a lane's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passage {
    /// It leaves.
    Leaves,
    /// It goes, within a drop that has begun.
    Dropped,
    /// It goes, and the drop begins here.
    Overflows,
}

/// The head of a lane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) ready: Ticks,
    pub(super) deadline: Ticks,
    /// Among the lanes the least goes first: the deadline, for sound as early as it may leave.
    pub(super) order: Ticks,
    pub(super) unit: Option<Unit>,
}

/// One PID's packets in order.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) pid: Pid,
    pub(super) role: Role,
    queue: VecDeque<Waiting>,
    deadline: Option<Ticks>,
    ready: Ticks,
    flow: Flow,
    /// Payload packets dropped so far: the continuity counter runs on without them.
    dropped: u8,
    /// The counter last sent, for packets without a payload.
    last_continuity: u8,
}

impl Lane {
    pub(super) fn new(pid: Pid, role: Role) -> Self {
        Self {
            pid,
            role,
            queue: VecDeque::with_capacity(256),
            deadline: None,
            ready: Ticks::ZERO,
            flow: Flow::Open,
            dropped: 0,
            last_continuity: 0,
        }
    }

    /// `lag` is how far the output's PCR lies behind the line (see [`super::Cbr`]).
    pub(super) fn push(&mut self, timed: &Timed, lag: Ticks) {
        if let Some(unit) = timed.unit {
            let decode = unit.decode.map(|d| d + lag);
            self.deadline = decode;
            self.ready = decode.map_or(timed.at, |d| d - self.lead());
        }
        let deadline = self.deadline.unwrap_or(timed.at + UNTIMED_PATIENCE);
        self.queue.push_back(Waiting {
            ready: timed.at.max(self.ready),
            deadline: deadline.max(timed.at),
            unit: timed.unit,
            packet: timed.packet,
        });
    }

    const fn lead(&self) -> Ticks {
        match self.role {
            Role::Audio => AUDIO_LEAD,
            Role::Video | Role::Other => VIDEO_LEAD,
        }
    }

    pub(super) fn head(&self) -> Option<Head> {
        self.queue.front().map(|w| Head {
            ready: w.ready,
            deadline: w.deadline,
            order: match self.role {
                Role::Audio => w.deadline - AUDIO_LEAD,
                Role::Video | Role::Other => w.deadline,
            },
            unit: w.unit,
        })
    }

    /// Writes the head's bytes with a continuity counter that runs on; whether there is one.
    pub(super) fn pop(&mut self, place: &mut RawPacket) -> bool {
        let Some(head) = self.queue.front() else {
            return false;
        };
        *place = head.packet;
        self.queue.pop_front();
        let counter = Packet::new(place).continuity().wrapping_sub(self.dropped) & 0x0f;
        set_continuity(place, counter);
        self.last_continuity = counter;
        true
    }

    /// Drops the head.
    pub(super) fn drop_head(&mut self) {
        if let Some(gone) = self.queue.pop_front()
            && Packet::new(&gone.packet).has_payload()
        {
            self.dropped = (self.dropped + 1) & 0x0f;
        }
    }

    pub(super) const fn last_continuity(&self) -> u8 {
        self.last_continuity
    }

    /// Drops from the next unit on.
    pub(super) const fn close(&mut self) {
        if matches!(self.flow, Flow::Open) {
            self.flow = Flow::Closing;
        }
    }

    /// Whether the head may leave, `margin` before its deadline. An access unit that would come
    /// too late closes the lane; one that can be entered and has room opens it again.
    pub(super) fn passes(&mut self, head: Head, margin: Ticks) -> Passage {
        let Some(unit) = head.unit else {
            return match self.flow {
                Flow::Open | Flow::Closing => Passage::Leaves,
                Flow::Dropping => Passage::Dropped,
            };
        };
        if self.flow == Flow::Open {
            if unit.decode.is_none() || margin >= GUARD {
                return Passage::Leaves;
            }
            self.flow = Flow::Dropping;
            return Passage::Overflows;
        }
        let entry = unit.random_access || self.role != Role::Video;
        if entry && margin >= RESUME_MARGIN {
            self.flow = Flow::Open;
            return Passage::Leaves;
        }
        self.flow = Flow::Dropping;
        Passage::Dropped
    }
}
