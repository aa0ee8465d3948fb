use super::super::packet::{PACKET_LEN, RawPacket, SYNC_BYTE};
use super::super::pid::Pid;
use super::SHORT_HEADER;

/// The longest end of a section behind which, in its packet, the next one can start: header and
/// pointer_field go off, and section_length is kept whole for simple receivers.
const LAST_PIECE: usize = PACKET_LEN - 5 - SHORT_HEADER;

/// Makes packets of sections, with a continuity counter that runs on.
#[derive(Clone, Debug)]
pub struct Packetizer {
    pid: Pid,
    /// continuity_counter of the next packet.
    next: u8,
}

impl Packetizer {
    /// For `pid`; the first packet has continuity_counter 0.
    #[must_use]
    pub const fn new(pid: Pid) -> Self {
        Self { pid, next: 0 }
    }

    /// Goes on after a packet that had `counter`.
    #[must_use]
    pub const fn after(pid: Pid, counter: u8) -> Self {
        Self {
            pid,
            next: (counter + 1) & 0x0f,
        }
    }

    /// The PID.
    #[must_use]
    pub const fn pid(&self) -> Pid {
        self.pid
    }

    /// Hands out the packets of `sections`, packed one behind the other, the last packet stuffed
    /// with 0xff.
    pub fn push<I>(&mut self, sections: I, mut out: impl FnMut(&RawPacket))
    where
        I: IntoIterator,
        I::Item: AsRef<[u8]>,
    {
        let mut sections = sections.into_iter().peekable();
        if sections.peek().is_none() {
            return;
        }
        let mut packet = self.begin(Some(0));
        while let Some(section) = sections.next() {
            let mut rest = packet.put(section.as_ref());
            let more = sections.peek().is_some();
            while !rest.is_empty() || (more && !packet.takes_another()) {
                out(&packet.bytes);
                let another_starts = rest.is_empty() || (more && rest.len() <= LAST_PIECE);
                packet = self.begin(another_starts.then_some(rest.len()));
                rest = packet.put(rest);
            }
        }
        out(&packet.bytes);
    }

    /// The next packet; with a pointer_field when a section starts `pointer` bytes behind it.
    fn begin(&mut self, pointer: Option<usize>) -> Filling {
        let [high, low] = self.pid.value().to_be_bytes();
        let mut bytes = [0xff; PACKET_LEN];
        bytes[0] = SYNC_BYTE;
        bytes[1] = high;
        bytes[2] = low;
        bytes[3] = 0x10 | self.next;
        self.next = (self.next + 1) & 0x0f;
        let Some(pointer) = pointer else {
            return Filling {
                bytes,
                at: 4,
                starts: false,
            };
        };
        bytes[1] |= 0x40;
        bytes[4] = u8::try_from(pointer).unwrap_or(u8::MAX);
        Filling {
            bytes,
            at: 5,
            starts: true,
        }
    }
}

/// A packet on its way.
struct Filling {
    bytes: RawPacket,
    at: usize,
    /// Whether it has a pointer_field, so that sections may start in it.
    starts: bool,
}

impl Filling {
    /// Copies what fits and gives back the rest.
    fn put<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let room = self.bytes.get_mut(self.at..).unwrap_or_default();
        let (now, rest) = bytes.split_at(room.len().min(bytes.len()));
        for (to, from) in room.iter_mut().zip(now) {
            *to = *from;
        }
        self.at += now.len();
        rest
    }

    const fn takes_another(&self) -> bool {
        self.starts && PACKET_LEN - self.at >= SHORT_HEADER
    }
}
