//! What is known of the sequence numbers around the one due: a place for each, and the packets
//! that wait there for their turn.

use std::collections::VecDeque;

use crate::time::Mono;

/// Spare buffers grow no larger than this, so one huge datagram is not kept for ever.
pub(super) const SPARE_BYTES_MAX: usize = 2048;
/// Bit of a packet that FEC repaired; the bits below are the paths.
pub(super) const REPAIRED: u8 = 1 << 6;
/// Bit of what was before the first packet: none of ours, so it counts as having come.
pub(super) const BEFORE: u8 = 1 << 7;

/// One sequence number.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// By which paths the packet came, a bit each.
    pub(super) came: u8,
    /// When it came first, or was given up.
    pub(super) first: Mono,
    /// The packet while it waits.
    payload: Option<Vec<u8>>,
}

/// The places of as many sequence numbers behind the one due as ahead of it.
#[derive(Debug)]
pub(super) struct Ring {
    span: u16,
    places: Box<[Place]>,
    /// Sequence numbers that waited, in the order of their coming; those handed out go when they
    /// are first.
    arrivals: VecDeque<u16>,
    held: usize,
    held_bytes: usize,
    /// The last packet that waits.
    last: u16,
    spare: Vec<Vec<u8>>,
}

impl Ring {
    /// `span` numbers each way, a power of two up to 16384.
    pub(super) fn new(span: u16) -> Self {
        let both = 2 * usize::from(span);
        Self {
            span,
            places: (0..both).map(|_| Place::default()).collect(),
            arrivals: VecDeque::with_capacity(both),
            held: 0,
            held_bytes: 0,
            last: 0,
            spare: Vec::with_capacity(usize::from(span)),
        }
    }

    /// Forgets all, with `next` the number due.
    pub(super) fn restart(&mut self, next: u16) {
        for place in &mut self.places {
            place.came = BEFORE;
            place.payload = None;
        }
        for ahead in 0..self.span {
            if let Some(place) = self.place(next.wrapping_add(ahead)) {
                place.came = 0;
            }
        }
        self.arrivals.clear();
        (self.held, self.held_bytes) = (0, 0);
    }

    /// The place of a number within the span.
    pub(super) fn place(&mut self, sequence: u16) -> Option<&mut Place> {
        let places = self.places.len();
        self.places.get_mut(usize::from(sequence) % places)
    }

    /// Notes that `next` is done with; the number that comes into the span is fresh.
    pub(super) fn advance(&mut self, next: u16) {
        let span = self.span;
        if let Some(place) = self.place(next.wrapping_add(span)) {
            place.came = 0;
        }
    }

    /// Keeps a packet that came before its turn.
    pub(super) fn hold(&mut self, sequence: u16, bytes: &[u8]) {
        let mut payload = self.spare.pop().unwrap_or_default();
        payload.clear();
        payload.extend_from_slice(bytes);
        if self.held == 0 || sequence.wrapping_sub(self.last).cast_signed() > 0 {
            self.last = sequence;
        }
        self.held += 1;
        self.held_bytes += bytes.len();
        self.arrivals.push_back(sequence);
        if let Some(place) = self.place(sequence) {
            place.payload = Some(payload);
        }
    }

    /// The packet that waits at `sequence`, with the time it came.
    pub(super) fn take(&mut self, sequence: u16) -> Option<(Mono, Vec<u8>)> {
        let place = self.place(sequence)?;
        let taken = (place.first, place.payload.take()?);
        self.held -= 1;
        self.held_bytes -= taken.1.len();
        Some(taken)
    }

    /// Takes back the buffer of a packet.
    pub(super) fn give_back(&mut self, payload: Vec<u8>) {
        if payload.capacity() <= SPARE_BYTES_MAX && self.spare.len() < usize::from(self.span) {
            self.spare.push(payload);
        }
    }

    /// When the packet that waits longest came.
    pub(super) fn oldest(&mut self) -> Option<Mono> {
        while let Some(sequence) = self.arrivals.front().copied() {
            let place = self.place(sequence)?;
            if place.payload.is_some() {
                return Some(place.first);
            }
            self.arrivals.pop_front();
        }
        None
    }

    /// The last of the packets that wait.
    pub(super) fn last(&self) -> Option<u16> {
        (self.held > 0).then_some(self.last)
    }

    /// Packets that wait.
    pub(super) const fn held(&self) -> usize {
        self.held
    }

    /// Their bytes.
    pub(super) const fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    #[cfg(test)]
    pub(super) fn spare(&self) -> &[Vec<u8>] {
        &self.spare
    }
}
