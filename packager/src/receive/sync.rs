//! Packets out of bytes: alignment, 188 and 204 bytes, and the search after the grid was lost.

use memchr::memchr_iter;

use crate::ts::{PACKET_LEN, RawPacket, SYNC_BYTE};

/// A packet with the 16 bytes of outer code that some multiplexers leave on (EN 300 421, 4.4.2).
const CODED_LEN: usize = PACKET_LEN + 16;
/// Sync bytes in a row that make a place a packet's start, where the data reaches so far
/// (TR 101 290, 1.1: five good ones end a loss of sync).
const CONFIRMING: usize = 5;
/// Bytes of new data looked at together with what is carried. A search leaves at most
/// [`CODED_LEN`] bytes, so twice that always brings it into the new data.
const JOINED: usize = 2 * CODED_LEN;

/// The distance from packet to packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stride {
    Plain,
    Coded,
}

impl Stride {
    const fn len(self) -> usize {
        match self {
            Self::Plain => PACKET_LEN,
            Self::Coded => CODED_LEN,
        }
    }
}

/// Counts of the deframer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SyncCounters {
    pub(super) packets: u64,
    pub(super) resync_bytes: u64,
    pub(super) sync_byte_errors: u64,
    pub(super) sync_losses: u64,
}

/// Finds the packets in a stream of bytes that comes in pieces.
#[derive(Debug, Default)]
pub(super) struct Deframer {
    /// `None` while the grid is searched for.
    lock: Option<Stride>,
    /// Whether the last sync byte was wrong.
    bad: bool,
    /// The piece of a packet at the end of the data; at most [`CODED_LEN`] bytes.
    carry: Vec<u8>,
    counters: SyncCounters,
}

impl Deframer {
    pub(super) fn push(&mut self, data: &[u8], sink: &mut impl FnMut(&RawPacket)) {
        let aligned = aligned(data, self.lock);
        if aligned.is_some() && !self.continues(data) {
            self.counters.resync_bytes += self.carry.len() as u64;
            self.carry.clear();
        }
        if !self.carry.is_empty() {
            self.join(data, sink);
        } else if let Some(stride) = aligned {
            self.lock = Some(stride);
            self.bad = false;
            self.counters.packets += (data.len() / stride.len()) as u64;
            data.chunks_exact(stride.len())
                .filter_map(<[u8]>::first_chunk)
                .for_each(sink);
        } else {
            self.scan_and_carry(data, sink);
        }
    }

    pub(super) const fn counters(&self) -> SyncCounters {
        self.counters
    }

    /// Whether `data` goes on where the carried bytes end: each sync byte is in its place.
    fn continues(&self, data: &[u8]) -> bool {
        let Some(stride) = self.lock else {
            return false;
        };
        !self.carry.is_empty()
            && data
                .iter()
                .skip(stride.len().saturating_sub(self.carry.len()))
                .step_by(stride.len())
                .all(|b| *b == SYNC_BYTE)
    }

    /// Reads the carried bytes with the first of `data`, then the rest in place.
    fn join(&mut self, data: &[u8], sink: &mut impl FnMut(&RawPacket)) {
        let mut joined = std::mem::take(&mut self.carry);
        let carried = joined.len();
        joined.extend(data.iter().take(JOINED));
        let done = self.scan(&joined, sink);
        if let Some(from) = done.checked_sub(carried) {
            joined.clear();
            self.carry = joined;
            self.scan_and_carry(data.get(from..).unwrap_or_default(), sink);
        } else {
            joined.drain(..done);
            self.carry = joined;
        }
    }

    fn scan_and_carry(&mut self, data: &[u8], sink: &mut impl FnMut(&RawPacket)) {
        let done = self.scan(data, sink);
        self.carry
            .extend_from_slice(data.get(done..).unwrap_or_default());
    }

    /// Hands out the packets in `bytes` and gives how many bytes are done with.
    fn scan(&mut self, bytes: &[u8], sink: &mut impl FnMut(&RawPacket)) -> usize {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..) {
            let Some(stride) = self.lock else {
                let (skip, found) = search(rest);
                at += skip;
                self.counters.resync_bytes += skip as u64;
                self.lock = found;
                if found.is_none() {
                    break;
                }
                continue;
            };
            let Some(packet) = rest.get(..stride.len()).and_then(<[u8]>::first_chunk) else {
                break;
            };
            if packet[0] == SYNC_BYTE {
                self.bad = false;
                self.counters.packets += 1;
                sink(packet);
                at += stride.len();
            } else if self.wrong(rest, stride) {
                self.counters.resync_bytes += stride.len() as u64;
                at += stride.len();
            }
        }
        at
    }

    /// Notes a wrong sync byte at the front of `rest`; whether the grid still holds. Two wrong in a
    /// row lose it (TR 101 290, 1.1), and so do two of the next four: a byte that has the right
    /// value by chance holds no grid.
    fn wrong(&mut self, rest: &[u8], stride: Stride) -> bool {
        self.counters.sync_byte_errors += 1;
        let next = |n: usize| rest.get(n * stride.len()).map(|byte| *byte == SYNC_BYTE);
        let wrong = (2..CONFIRMING).filter(|n| next(*n) == Some(false));
        let lost = self.bad || next(1) == Some(false) || wrong.count() > 1;
        self.bad = !lost;
        if lost {
            self.lock = None;
            self.counters.sync_losses += 1;
        }
        !lost
    }
}

/// The stride of data that is nothing but whole packets. While the grid of `lock` goes on, or may
/// go on, no other is seen in it.
fn aligned(data: &[u8], lock: Option<Stride>) -> Option<Stride> {
    let on_grid = |stride: Stride| {
        data.iter()
            .step_by(stride.len())
            .all(|byte| *byte == SYNC_BYTE)
    };
    let whole = |stride: &Stride| !data.is_empty() && data.len().is_multiple_of(stride.len());
    if let Some(stride) = lock.filter(|stride| on_grid(*stride)) {
        return Some(stride).filter(whole);
    }
    [Stride::Plain, Stride::Coded]
        .into_iter()
        .find(|stride| whole(stride) && on_grid(*stride))
}

/// How many bytes ahead the first packet may start, and the stride there; `None` where only more
/// data will tell whether it does.
fn search(bytes: &[u8]) -> (usize, Option<Stride>) {
    for at in memchr_iter(SYNC_BYTE, bytes) {
        let tail = bytes.get(at..).unwrap_or_default();
        let found = [Stride::Plain, Stride::Coded]
            .into_iter()
            .find(|stride| confirmed(tail, *stride));
        if found.is_some() || tail.len() <= CODED_LEN {
            return (at, found);
        }
    }
    (bytes.len(), None)
}

/// Whether the sync bytes after the first, as far as the data reaches, are in their places; not
/// when it reaches none.
fn confirmed(tail: &[u8], stride: Stride) -> bool {
    let mut after = tail
        .iter()
        .skip(stride.len())
        .step_by(stride.len())
        .take(CONFIRMING - 1)
        .peekable();
    after.peek().is_some() && after.all(|byte| *byte == SYNC_BYTE)
}

#[cfg(test)]
mod tests;
