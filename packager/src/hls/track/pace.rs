//! How long a picture's sample is.
//!
//! A picture stands until the next one is shown, and that may be longer than its part has room for.
//! Where players are told of parts its sample then ends with the part, and the next picture is
//! decoded so much earlier than its source says; when both are shown stays as it is. So no part is
//! longer than EXT-X-PART-INF says, none shorter than 85 % of it (4.4.4.9), and the parts of a
//! segment are together not longer than the segment, whatever delay the next source has between
//! decoding and showing.

use super::place::units;
use super::{End, Placed, Track};
use crate::hls::codec::{Kind, VIDEO_TIMESCALE};
use crate::ts::clock::Ticks;

/// A part that has this share of its target may end, in percent (4.4.4.9).
const ENOUGH: u64 = 85;
/// How far a rung's picture may be from where a segment begins that it begins with.
pub(in crate::hls) const APART: Ticks = Ticks::from_millis(5);

/// The samples of a picture, in units of its track.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    /// How long the last picture stood by its source.
    stood: u64,
    /// How much earlier than by its source the first picture of the segment is decoded.
    ahead: u64,
    /// How long before it is shown.
    lead: u64,
}

impl Pace {
    /// A segment begins with `first`, which is decoded at `decode`.
    pub(super) fn begin(&mut self, first: &Placed, decode: u64) {
        self.ahead = first.decode.saturating_sub(decode);
        self.lead = shown(first).saturating_sub(decode);
    }

    /// How much earlier than by its source the first picture of the segment is decoded.
    pub(super) const fn ahead(&self) -> u64 {
        self.ahead
    }

    /// When a picture ends if its part has room: by its source, where the next one is decoded and
    /// shown; `end` is that of the segment if it is the last one.
    pub(super) fn end(&self, (decoded, shown): (u64, u64), end: Option<End>) -> u64 {
        let until = decoded.saturating_sub(self.ahead);
        let Some(end) = end else {
            return until;
        };
        // The picture of a rung that begins a segment may come a little later than it.
        let shown = shown.min(in_units(end.at + APART));
        until.min(shown.saturating_sub(self.lead))
    }

    /// How long the sample of a picture is that stands for `stands` and would have `rest`, in a part
    /// of which `made` is there. A source of few pictures has parts that are too long.
    pub(super) fn sample(&mut self, (stands, rest): (u64, u64), (made, part): (u64, u64)) -> u64 {
        let slow = stands.min(std::mem::replace(&mut self.stood, stands)) > part;
        let room = match is_enough(made, part) {
            true => part,
            false => part - made,
        };
        if slow || made + rest <= part {
            rest.max(1)
        } else {
            rest.clamp(1, room)
        }
    }
}

impl Track {
    /// Takes note of the picture with which the open segment begins.
    pub(super) fn set_pace(&mut self) {
        if self.kind == Kind::Video
            && self.open.units == 0
            && let Some(first) = self.queue.front()
        {
            self.pace.begin(first, self.cursor.unwrap_or(first.decode));
        }
    }

    /// When the sample of a picture begins, and how long it is.
    pub(super) fn time_picture(&mut self, unit: &Placed, stands: u64, until: u64) -> (u64, u64) {
        let begin = self.cursor.unwrap_or(unit.decode);
        let rest = until.saturating_sub(begin);
        if !self.parts_are_told {
            return (begin, rest.max(1));
        }
        let part = self.parts_of(VIDEO_TIMESCALE.get());
        (begin, self.pace.sample((stands, rest), part))
    }

    /// Whether pictures are decoded more than a part before they need be, which only a new timeline
    /// ends.
    pub(in crate::hls) fn is_far_ahead(&self) -> bool {
        self.kind == Kind::Video && self.pace.ahead() > in_units(self.part)
    }
}

/// Whether a part may end of which `made` is there.
pub(super) const fn is_enough(made: u64, part: u64) -> bool {
    made * 100 >= part * ENOUGH
}

pub(super) fn shown(unit: &Placed) -> u64 {
    in_units(unit.pts)
}

fn in_units(at: Ticks) -> u64 {
    units(at, i64::from(VIDEO_TIMESCALE.get()))
}
