//! Where packets go besides the outputs: queues that drop and count when their reader is slow.

use packager::ts::RawPacket;
use rtrb::Producer;

/// To HLS: the packets of the programme on air.
pub struct Tap {
    queue: Producer<RawPacket>,
    pub(super) dropped: u64,
}

impl Tap {
    /// A tap into `queue`.
    #[must_use]
    pub const fn new(queue: Producer<RawPacket>) -> Self {
        Self { queue, dropped: 0 }
    }

    pub(super) fn push(&mut self, packet: &RawPacket) {
        if self.queue.push(*packet).is_err() {
            self.dropped += 1;
        }
    }
}

/// To who looks at an input: its transport stream as it comes, on air or not.
pub struct Sight {
    queue: Producer<u8>,
}

impl Sight {
    /// A tap into `queue`.
    #[must_use]
    pub const fn new(queue: Producer<u8>) -> Self {
        Self { queue }
    }

    /// Takes a datagram; what the queue has no room for is not seen.
    pub(super) fn push(&mut self, datagram: &[u8]) {
        let payload = transport(datagram);
        if let Ok(mut chunk) = self.queue.write_chunk(payload.len()) {
            let (first, second) = chunk.as_mut_slices();
            let (head, tail) = payload.split_at(first.len().min(payload.len()));
            first.copy_from_slice(head);
            second.copy_from_slice(tail);
            chunk.commit_all();
        }
    }
}

/// The transport packets of a datagram: an RTP header (12 bytes, without extensions) is left out.
fn transport(datagram: &[u8]) -> &[u8] {
    let rtp = datagram.len() % 188 == 12 && datagram.first() != Some(&0x47);
    datagram.get(if rtp { 12 } else { 0 }..).unwrap_or_default()
}
