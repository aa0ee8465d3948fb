//! The media packets that a FEC packet may still speak of.

use std::time::Duration;

use super::header::{Cover, Image, xor};
use crate::time::Mono;

/// Places by sequence number: 2 s at 80 Mbit/s. A power of two.
const PLACES: usize = 16_384;
/// Packets kept at least: two matrices of 100 and as many again.
const KEPT: u16 = 400;
/// A packet ahead by more begins anew.
const AHEAD_MOST: u16 = 8_192;
/// Spare buffers grow no larger than this.
const SPARE_BYTES_MAX: usize = 2048;

/// The FEC packets that wait for a media packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Covers {
    pub(super) column: Option<u32>,
    pub(super) row: Option<u32>,
}

#[derive(Debug, Default)]
struct Place {
    sequence: u16,
    covers: Covers,
    received: Mono,
    packet: Option<(Image, Vec<u8>)>,
}

/// Packets by sequence number; those that are old go.
#[derive(Debug)]
pub(super) struct Media {
    window: Duration,
    places: Box<[Place]>,
    /// The first that is kept and the last that came.
    range: Option<(u16, u16)>,
    spare: Vec<Vec<u8>>,
}

impl Media {
    pub(super) fn new(window: Duration) -> Self {
        Self {
            // The packet may have come by the fastest path, the FEC packet by the slowest; and it
            // is sent up to two matrices later, which the window holds too.
            window: window * 2,
            places: (0..PLACES).map(|_| Place::default()).collect(),
            range: None,
            spare: Vec::new(),
        }
    }

    pub(super) fn clear(&mut self) {
        for place in &mut self.places {
            *place = Place::default();
        }
        self.range = None;
    }

    fn place(&self, sequence: u16) -> Option<&Place> {
        self.places.get(usize::from(sequence) % PLACES)
    }

    /// The place made ready for `sequence`.
    fn ready(&mut self, sequence: u16) -> Option<&mut Place> {
        let place = self.places.get_mut(usize::from(sequence) % PLACES)?;
        if place.sequence != sequence {
            place.sequence = sequence;
            place.covers = Covers::default();
            if let Some((_, body)) = place.packet.take() {
                self.spare.push(body);
            }
        }
        Some(place)
    }

    /// Keeps a packet; answers what waits for it.
    pub(super) fn put(
        &mut self,
        sequence: u16,
        received: Mono,
        image: Image,
        bytes: &[u8],
    ) -> Covers {
        self.move_on(sequence, received);
        let mut body = self.spare.pop().unwrap_or_default();
        body.clear();
        body.extend_from_slice(bytes);
        let Some(place) = self.ready(sequence) else {
            return Covers::default();
        };
        place.received = received;
        place.packet = Some((image, body));
        std::mem::take(&mut place.covers)
    }

    /// Moves the range on to `sequence` and lets go what is old.
    fn move_on(&mut self, sequence: u16, received: Mono) {
        let (mut first, mut last) = self.range.unwrap_or((sequence, sequence));
        let ahead = sequence.wrapping_sub(last);
        if ahead.cast_signed() > 0 {
            last = sequence;
            if ahead > AHEAD_MOST {
                first = sequence;
            }
        }
        while last.wrapping_sub(first) > KEPT {
            let full = usize::from(last.wrapping_sub(first)) >= PLACES / 2;
            let Some(place) = self.places.get_mut(usize::from(first) % PLACES) else {
                break;
            };
            let ours = place.sequence == first;
            if ours
                && !full
                && place.packet.is_some()
                && received.since(place.received) < self.window
            {
                break;
            }
            if ours
                && let Some((_, body)) = place.packet.take()
                && body.capacity() <= SPARE_BYTES_MAX
            {
                self.spare.push(body);
            }
            first = first.wrapping_add(1);
        }
        self.range = Some((first, last));
    }

    /// Whether all that `cover` speaks of is kept, or may still come.
    pub(super) fn reaches(&self, cover: Cover) -> bool {
        let Some((first, last)) = self.range else {
            return false;
        };
        let ahead = cover.base.wrapping_sub(last).cast_signed();
        cover.base.wrapping_sub(first).cast_signed() >= 0 && ahead < KEPT.cast_signed()
    }

    /// Those of `cover` that have not come.
    pub(super) fn missing(&self, cover: Cover) -> impl Iterator<Item = u16> {
        cover.numbers().filter(|sequence| {
            self.place(*sequence)
                .is_none_or(|place| place.sequence != *sequence || place.packet.is_none())
        })
    }

    /// The one of `cover` that has not come; `None` where it is another number of them.
    pub(super) fn only_missing(&self, cover: Cover) -> Option<u16> {
        let mut missing = self.missing(cover);
        missing.next().filter(|_| missing.next().is_none())
    }

    /// Notes that the FEC packet `id` waits for `sequence`, where that has not come.
    pub(super) fn cover(&mut self, sequence: u16, row: bool, id: u32) {
        if let Some(place) = self.ready(sequence).filter(|place| place.packet.is_none()) {
            if row {
                place.covers.row = Some(id);
            } else {
                place.covers.column = Some(id);
            }
        }
    }

    /// What waits for `sequence`.
    pub(super) fn covers(&self, sequence: u16) -> Covers {
        self.place(sequence)
            .filter(|place| place.sequence == sequence)
            .map_or(Covers::default(), |place| place.covers)
    }

    /// The image of a FEC packet, and its body, without all of `cover` that came: what is missing.
    pub(super) fn rest(&self, cover: Cover, mut image: Image, body: &mut Vec<u8>) -> Image {
        for sequence in cover.numbers() {
            let place = self
                .place(sequence)
                .filter(|place| place.sequence == sequence);
            if let Some((other, bytes)) = place.and_then(|place| place.packet.as_ref()) {
                for (byte, other) in image.iter_mut().zip(other) {
                    *byte ^= other;
                }
                xor(body, bytes);
            }
        }
        image
    }
}
