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
/// No less: a unit must be ahead of [`GUARD`].
const AUDIO_LEAD_MIN: Ticks = Ticks::from_millis(60);
/// Packets of sound in that buffer, with room for frames of uneven size.
const AUDIO_PACKETS: i64 = 16;
/// From one packet of sound to the next: the transport buffer empties at 2 Mbit/s (2.4.2.3).
const AUDIO_SPACING: Ticks = Ticks::from_nanos(752_000);
/// Nothing waits in a decoder's buffer for more than a second (2.4.2.7).
const VIDEO_LEAD: Ticks = Ticks::from_millis(900);
/// A packet without a time stamp of its own is given this long.
const UNTIMED_PATIENCE: Ticks = Ticks::from_millis(200);

/// An access unit whose decoding is nearer than this is late: its packets would arrive after it.
pub(super) const GUARD: Ticks = Ticks::from_millis(40);
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

/// How the packets of a unit of sound are spread over its time: a PES packet holds many frames, and
/// the main buffer few of them.
#[derive(Clone, Copy, Debug, Default)]
struct Pace {
    /// Decoding time and packets of the unit that comes in.
    unit: Option<(Ticks, i64)>,
    /// A packet's time in each of the units before. The middle one counts: where packets were lost,
    /// or the source paused, one has too much.
    recent: [Ticks; 3],
    /// How long each of them lasted. The least counts, for the same reason: what comes later than
    /// that is of the next unit.
    lasted: [Ticks; 3],
}

impl Pace {
    /// A unit with this decoding time begins.
    fn begin(&mut self, decode: Option<Ticks>) {
        if let (Some((before, packets)), Some(decode)) = (self.unit, decode) {
            let lasts = (decode - before).max(Ticks::ZERO).min(VIDEO_LEAD);
            let [a, b, _] = self.recent;
            self.recent = [Ticks::new(lasts.get() / packets.max(1)), a, b];
            let [a, b, _] = self.lasted;
            self.lasted = [lasts, a, b];
        }
        self.unit = decode.map(|decode| (decode, 0));
    }

    /// How much later than the unit's first packet the next one may come.
    fn next(&mut self) -> Ticks {
        let Some((_, packets)) = &mut self.unit else {
            return Ticks::ZERO;
        };
        let count = *packets;
        *packets += 1;
        let later = Ticks::new(self.each().get() * count);
        let known = self
            .lasted
            .into_iter()
            .filter(|lasted| *lasted > Ticks::ZERO);
        later.min(known.min().unwrap_or(VIDEO_LEAD))
    }

    /// A packet's time; zero before two units came.
    fn each(&self) -> Ticks {
        let [a, b, c] = self.recent;
        a.min(b).max(a.max(b).min(c))
    }

    /// From the arrival of a unit to its decoding.
    fn lead(&self) -> Ticks {
        let each = self.each();
        if each == Ticks::ZERO {
            return AUDIO_LEAD;
        }
        let room = Ticks::new(each.get() * AUDIO_PACKETS);
        room.max(AUDIO_LEAD_MIN).min(AUDIO_LEAD)
    }
}

/// One PID's packets in order.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) pid: Pid,
    pub(super) role: Role,
    queue: VecDeque<Waiting>,
    deadline: Option<Ticks>,
    ready: Ticks,
    pace: Pace,
    /// Sound leaves no sooner.
    not_before: Ticks,
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
            pace: Pace::default(),
            not_before: Ticks::ZERO,
            flow: Flow::Open,
            dropped: 0,
            last_continuity: 0,
        }
    }

    /// `lag` is how far the output's PCR lies behind the line (see [`super::Cbr`]), `at` the next
    /// slot. Whether it is an access unit that no slot can bring in time.
    pub(super) fn push(&mut self, timed: &Timed, lag: Ticks, at: Ticks) -> bool {
        if let Some(unit) = timed.unit {
            let decode = unit.decode.map(|d| d + lag);
            self.deadline = decode;
            self.pace.begin(decode);
            self.ready = decode.map_or(timed.at, |d| d - self.lead());
        }
        let later = match self.role {
            Role::Audio => self.pace.next(),
            Role::Video | Role::Other => Ticks::ZERO,
        };
        let deadline = self.deadline.unwrap_or(timed.at + UNTIMED_PATIENCE);
        self.queue.push_back(Waiting {
            ready: timed.at.max(self.ready + later),
            deadline: (deadline + later).max(timed.at),
            unit: timed.unit,
            packet: timed.packet,
        });
        let decode = timed.unit.and(self.deadline);
        decode.is_some_and(|decode| decode - at < GUARD)
    }

    fn lead(&self) -> Ticks {
        match self.role {
            Role::Audio => self.pace.lead(),
            Role::Video | Role::Other => VIDEO_LEAD,
        }
    }

    pub(super) fn head(&self) -> Option<Head> {
        self.queue.front().map(|w| Head {
            ready: w.ready.max(self.not_before),
            deadline: w.deadline,
            order: match self.role {
                Role::Audio => w.deadline - AUDIO_LEAD,
                Role::Video | Role::Other => w.deadline,
            },
            unit: w.unit,
        })
    }

    /// Writes the head's bytes, which leave at `at`, with a continuity counter that runs on; whether
    /// there is one.
    pub(super) fn pop(&mut self, at: Ticks, place: &mut RawPacket) -> bool {
        let Some(head) = self.queue.front() else {
            return false;
        };
        *place = head.packet;
        if self.role == Role::Audio {
            self.not_before = at + AUDIO_SPACING;
        }
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
