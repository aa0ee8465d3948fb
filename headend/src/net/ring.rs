//! Datagrams on their way from a thread or task of an input to the line, in memory that is
//! allocated once. Neither side ever waits: what finds the ring full is dropped and counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use packager::time::Mono;
use rtrb::{Consumer, Producer, RingBuffer};

use super::batch::Batch;
use super::source::SourceCounters;

/// Bytes of the longest datagram: an SRT payload at an MTU of 1500.
pub(super) const DATAGRAM_LEN: usize = 1456;
/// Datagrams held: half a second of 20 Mbit/s, in 1.5 MB.
const RING_LEN: usize = 1024;

struct Datagram {
    at: Mono,
    len: usize,
    bytes: [u8; DATAGRAM_LEN],
}

/// The side that fills.
pub(super) struct Feed {
    producer: Producer<Datagram>,
    dropped: Arc<AtomicU64>,
}

/// The line's side.
pub(super) struct Drain {
    consumer: Consumer<Datagram>,
    dropped: Arc<AtomicU64>,
    datagrams: u64,
    bytes: u64,
}

pub(super) fn ring() -> (Feed, Drain) {
    let (producer, consumer) = RingBuffer::new(RING_LEN);
    let dropped = Arc::new(AtomicU64::new(0));
    let drain = Drain {
        consumer,
        dropped: Arc::clone(&dropped),
        datagrams: 0,
        bytes: 0,
    };
    (Feed { producer, dropped }, drain)
}

impl Feed {
    /// Hands over one datagram that came at `at`; one that is too long counts as dropped.
    pub(super) fn push(&mut self, at: Mono, bytes: &[u8]) {
        let mut datagram = Datagram {
            at,
            len: bytes.len(),
            bytes: [0; DATAGRAM_LEN],
        };
        let pushed = match datagram.bytes.get_mut(..bytes.len()) {
            Some(room) => {
                room.copy_from_slice(bytes);
                self.producer.push(datagram).is_ok()
            }
            None => false,
        };
        if !pushed {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drain {
    /// Replaces what `batch` holds by what is in the ring.
    pub(super) fn receive(&mut self, batch: &mut Batch) -> usize {
        batch.clear();
        while !batch.is_full() {
            let Ok(chunk) = self.consumer.read_chunk(1) else {
                break;
            };
            if let Some(datagram) = chunk.as_slices().0.first() {
                batch.add(datagram.at, |buffer| {
                    let bytes = datagram.bytes.get(..datagram.len)?;
                    buffer.get_mut(..bytes.len())?.copy_from_slice(bytes);
                    Some(bytes.len())
                });
                self.datagrams += 1;
                self.bytes += datagram.len as u64;
            }
            chunk.commit_all();
        }
        batch.len()
    }

    /// What went through and what did not.
    pub(super) fn counters(&self) -> SourceCounters {
        SourceCounters {
            datagrams: self.datagrams,
            bytes: self.bytes,
            ring_drops: self.dropped.load(Ordering::Relaxed),
            ..SourceCounters::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_finds_the_ring_full_is_counted_and_what_went_in_comes_out_in_order() {
        let (mut feed, mut drain) = ring();
        for i in 0..RING_LEN as u64 + 5 {
            feed.push(Mono::from_nanos(i), &i.to_be_bytes());
        }
        let mut batch = Batch::new();
        let mut expected = 0u64;
        while drain.receive(&mut batch) > 0 {
            for (at, bytes) in batch.iter() {
                assert_eq!(
                    (at.as_nanos(), bytes),
                    (expected, &expected.to_be_bytes()[..])
                );
                expected += 1;
            }
        }
        assert_eq!(expected, RING_LEN as u64);
        let counters = drain.counters();
        assert_eq!(
            (counters.datagrams, counters.bytes),
            (expected, expected * 8)
        );
        assert_eq!(counters.ring_drops, 5);
    }

    #[test]
    fn a_datagram_that_is_too_long_is_dropped_and_counted() {
        let (mut feed, mut drain) = ring();
        feed.push(Mono::ZERO, &[0; DATAGRAM_LEN + 1]);
        feed.push(Mono::ZERO, &[7; DATAGRAM_LEN]);
        let mut batch = Batch::new();
        assert_eq!(drain.receive(&mut batch), 1);
        assert_eq!(drain.counters().ring_drops, 1);
    }
}
