//! The FEC packets that wait: more than one of their media packets is missing yet.

use std::collections::VecDeque;

use super::header::{Cover, FecPacket, Image};

/// FEC packets that wait at once: those of 0.45 s at 80 Mbit/s, one for five media packets.
const WAITING_MAX: usize = 1024;
/// Bytes of them, at Ethernet's size; only hostile ones reach it.
const BYTES_MAX: usize = WAITING_MAX * 1500;
/// Spare buffers grow no larger than this.
const SPARE_BYTES_MAX: usize = 2048;

/// One FEC packet.
#[derive(Debug)]
pub(super) struct Parity {
    pub(super) cover: Cover,
    pub(super) image: Image,
    pub(super) body: Vec<u8>,
    bytes: usize,
    missing: usize,
    /// Whether it is yet to be used.
    pub(super) waits: bool,
}

/// FEC packets in the order of their coming, each with an id that is never used again.
#[derive(Debug, Default)]
pub(super) struct Parities {
    waiting: VecDeque<Parity>,
    /// The id of the next.
    next: u32,
    bytes: usize,
    given_up: u64,
    spare: Vec<Vec<u8>>,
}

impl Parities {
    pub(super) const fn given_up(&self) -> u64 {
        self.given_up
    }

    pub(super) fn clear(&mut self) {
        while !self.waiting.is_empty() {
            self.drop_first();
        }
    }

    /// Keeps a FEC packet with so many packets missing; answers its id.
    pub(super) fn put(&mut self, packet: FecPacket<'_>, missing: usize) -> u32 {
        while self.waiting.len() >= WAITING_MAX || self.bytes > BYTES_MAX {
            self.drop_first();
        }
        let mut body = self.spare.pop().unwrap_or_default();
        body.clear();
        body.extend_from_slice(packet.body);
        self.bytes += body.len();
        self.waiting.push_back(Parity {
            cover: packet.cover,
            image: packet.image,
            bytes: body.len(),
            body,
            missing,
            waits: true,
        });
        let id = self.next;
        self.next = self.next.wrapping_add(1);
        id
    }

    /// The FEC packet with this id, while it waits.
    pub(super) fn waiting(&mut self, id: u32) -> Option<&mut Parity> {
        let behind = usize::try_from(self.next.wrapping_sub(id)).ok()?;
        let index = self.waiting.len().checked_sub(behind)?;
        self.waiting.get_mut(index).filter(|parity| parity.waits)
    }

    /// Notes that a packet came; answers how many the FEC packet still misses.
    pub(super) fn came(&mut self, id: u32, sequence: u16) -> Option<usize> {
        let parity = self.waiting(id).filter(|p| p.cover.has(sequence))?;
        parity.missing = parity.missing.saturating_sub(1);
        Some(parity.missing)
    }

    /// Drops from the front what is of no use any more.
    pub(super) fn expire(&mut self, is_old: impl Fn(Cover) -> bool) {
        while self
            .waiting
            .front()
            .is_some_and(|parity| !parity.waits || is_old(parity.cover))
        {
            self.drop_first();
        }
    }

    fn drop_first(&mut self) {
        if let Some(parity) = self.waiting.pop_front() {
            self.given_up += u64::from(parity.waits);
            self.bytes = self.bytes.saturating_sub(parity.bytes);
            if parity.body.capacity() <= SPARE_BYTES_MAX {
                self.spare.push(parity.body);
            }
        }
    }
}
