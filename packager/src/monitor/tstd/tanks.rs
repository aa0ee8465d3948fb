//! The buffers: how full they are at each moment. Times are ticks of 27 MHz on the programme's
//! line, which a double holds exactly for a year.

use std::collections::VecDeque;

use super::sizes::{MAIN_SYSTEM, Main, RX_SYSTEM, Rate, Sizes, TRANSPORT};
use super::units::Unit;
use crate::ts::PACKET_LEN;

/// Rounding never makes an overflow.
const ROUNDING: f64 = 0.01;
/// Access units that wait for their decoding time: ten seconds of 100 pictures a second.
const WAITING_MAX: usize = 1024;
const PACKET: f64 = PACKET_LEN as f64;

/// How long a packet is on the wire.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) from: f64,
    pub(super) to: f64,
}

/// TB or TBsys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Transport {
    rx: Rate,
    bytes: f64,
    /// The time of `bytes`.
    at: f64,
    /// When it was last empty.
    pub(super) empty: f64,
}

/// What a packet does to TB.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passed {
    /// When its last byte leaves.
    pub(super) exit: f64,
    /// The bytes in TB at its end, where they are too many.
    pub(super) overflow: Option<f64>,
}

impl Transport {
    pub(super) const fn new(rx: Rate, at: f64) -> Self {
        Self {
            rx,
            bytes: 0.0,
            at,
            empty: at,
        }
    }

    pub(super) const fn system(at: f64) -> Self {
        Self::new(RX_SYSTEM, at)
    }

    fn leak(&mut self, at: f64) {
        self.bytes -= self.rx.bytes(at - self.at);
        self.at = at;
        if self.bytes <= 0.0 {
            (self.bytes, self.empty) = (0.0, at);
        }
    }

    pub(super) fn take(&mut self, span: Span) -> Passed {
        self.leak(span.from);
        // It fills and empties at the same time.
        self.bytes += PACKET;
        self.leak(span.to);
        let overflow = (self.bytes > TRANSPORT + ROUNDING).then_some(self.bytes);
        if overflow.is_some() {
            self.bytes = TRANSPORT;
        }
        Passed {
            exit: span.to + self.rx.ticks(self.bytes),
            overflow,
        }
    }

    /// How long it has not been empty.
    pub(super) const fn full_for(&self) -> f64 {
        self.at - self.empty
    }
}

/// Bsys: it empties at a rate of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct System {
    bytes: f64,
    at: f64,
}

impl System {
    pub(super) const fn new(at: f64) -> Self {
        Self { bytes: 0.0, at }
    }

    /// Takes so many bytes; gives those that are in it where they are too many.
    pub(super) fn take(&mut self, bytes: f64, at: f64, rate: Rate) -> Option<f64> {
        self.bytes = (self.bytes - rate.bytes(at - self.at)).max(0.0) + bytes;
        self.at = at;
        let overflow = (self.bytes > MAIN_SYSTEM + ROUNDING).then_some(self.bytes);
        self.bytes = self.bytes.min(MAIN_SYSTEM);
        overflow
    }
}

/// What is behind TB: B of sound, or MB and EB of a picture.
#[derive(Debug)]
pub(super) struct Store {
    /// Bytes taken, and those of them that have left with their units.
    entered: u64,
    left: u64,
    /// Of them in MB; nothing for sound.
    held: f64,
    at: f64,
    /// When MB was last empty.
    pub(super) empty: f64,
    /// When the last byte of the last two packets was there.
    ready: [f64; 2],
    /// Bytes before the last packet.
    before: u64,
    /// When the first byte of the unit that is taken came, and of the one after it.
    first: Option<f64>,
    following: Option<f64>,
    /// Decoding time and end of the units that are there.
    waiting: VecDeque<(f64, u64)>,
    /// Whether units have been told apart.
    judged: bool,
}

/// When an access unit came and went.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stay {
    /// Its first byte came, where that is known.
    pub(super) first: Option<f64>,
    /// Its last byte was there to be decoded.
    pub(super) ready: f64,
}

impl Store {
    pub(super) fn new(at: f64) -> Self {
        Self {
            entered: 0,
            left: 0,
            held: 0.0,
            at,
            empty: at,
            ready: [at; 2],
            before: 0,
            first: None,
            following: None,
            waiting: VecDeque::with_capacity(64),
            judged: false,
        }
    }

    /// Forgets what was taken, at a break; the count of bytes goes on at `entered`.
    pub(super) fn restart(&mut self, at: f64, entered: u64) {
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.clear();
        *self = Self {
            entered,
            left: entered,
            before: entered,
            waiting,
            ..Self::new_empty(at)
        };
    }

    fn new_empty(at: f64) -> Self {
        Self {
            waiting: VecDeque::new(),
            entered: 0,
            left: 0,
            held: 0.0,
            at,
            empty: at,
            ready: [at; 2],
            before: 0,
            first: None,
            following: None,
            judged: false,
        }
    }

    /// A unit starts in the packet that came at `from`.
    pub(super) const fn starts(&mut self, from: f64) {
        if self.first.is_none() {
            self.first = Some(from);
        } else {
            self.following = Some(from);
        }
    }

    /// Takes the payload of a packet that leaves TB at `exit`; gives the bytes in the buffer that
    /// overflows.
    pub(super) fn take(&mut self, bytes: u64, exit: f64, sizes: &Sizes) -> Option<f64> {
        self.advance(exit, sizes);
        self.before = self.entered;
        self.entered += bytes;
        match sizes.main {
            Main::Sound(size, _) => {
                self.ready = [self.ready[1], exit];
                self.overflow_of_sound(size)
            }
            Main::Picture {
                rbx, multiplexing, ..
            } => {
                self.held += as_bytes(bytes);
                self.ready = [self.ready[1], exit + rbx.ticks(self.held)];
                let overflow = (self.held > multiplexing + ROUNDING).then_some(self.held);
                self.held = self.held.min(multiplexing);
                overflow
            }
        }
    }

    fn overflow_of_sound(&mut self, size: f64) -> Option<f64> {
        let inside = as_bytes(self.entered.saturating_sub(self.left));
        if !self.judged || inside <= size + ROUNDING {
            return None;
        }
        // So that what is too much is told once.
        self.left = self.entered.saturating_sub(size_bytes(size));
        Some(inside)
    }

    /// Lets time pass to `at`: MB empties into EB, units leave.
    fn advance(&mut self, at: f64, sizes: &Sizes) {
        while let Some(&(decode, end)) = self.waiting.front()
            && decode <= at
        {
            self.pour(decode.max(self.at), sizes);
            self.left = self.left.max(end);
            self.waiting.pop_front();
        }
        self.pour(at, sizes);
    }

    /// From MB to EB, as far as EB has room.
    fn pour(&mut self, at: f64, sizes: &Sizes) {
        if let Main::Picture {
            rbx, elementary, ..
        } = sizes.main
        {
            let inside = as_bytes(self.entered.saturating_sub(self.left));
            let room = if self.judged {
                (elementary - (inside - self.held)).max(0.0)
            } else {
                f64::INFINITY
            };
            self.held = (self.held - rbx.bytes(at - self.at).min(room))
                .max(0.0)
                .min(inside);
            if self.held <= 0.0 {
                self.empty = at;
            }
        }
        self.at = at;
    }

    /// A unit has ended; `decode` is its decoding time on the line.
    pub(super) fn end(&mut self, unit: &Unit, decode: f64, rx: Rate) -> Stay {
        let ready = if unit.end <= self.before {
            self.ready[0]
        } else {
            self.ready[1] - rx.ticks(as_bytes(self.entered.saturating_sub(unit.end)))
        };
        let first = std::mem::replace(&mut self.first, self.following.take());
        if !self.judged {
            (self.judged, self.left) = (true, self.left.max(unit.start));
        }
        if self.waiting.len() == WAITING_MAX {
            self.waiting.pop_front();
        }
        self.waiting.push_back((decode, unit.end));
        Stay { first, ready }
    }

    /// How long MB has not been empty.
    pub(super) const fn full_for(&self) -> f64 {
        self.at - self.empty
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "bytes in a buffer are under 2^53"
)]
const fn as_bytes(bytes: u64) -> f64 {
    bytes as f64
}

/// A size of the standards, whole bytes.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes are whole, positive and small"
)]
const fn size_bytes(size: f64) -> u64 {
    size as u64
}
