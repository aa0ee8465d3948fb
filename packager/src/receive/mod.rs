//! A datagram becomes packets in order.
//!
//! In: datagrams (or reads of a byte stream) with their receive time and the entry they came by.
//! Out: packets of 188 bytes that begin with the sync byte, paths merged, RTP order restored, loss
//! repaired, with a receive time that never goes back. What is thrown away is counted. It does not
//! know what a programme is.

use std::time::Duration;

use crate::time::Mono;
use crate::ts::RawPacket;

mod counters;
mod fec;
mod order;
mod rtp;
mod sync;

pub use counters::{Counters, FecCounters, PathCounters, RtpCounters};

use order::Order;
use sync::Deframer;

/// What a datagram holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Framing {
    /// Transport packets of 188 or 204 bytes; also the reads of a byte stream.
    Ts,
    /// RTP (RFC 3550) with transport packets as payload (RFC 2250).
    Rtp,
}

/// Paths that one stream may come by.
pub const PATHS_MAX: usize = 4;
/// How long a missing RTP packet is waited for where nothing but the network's own disorder can
/// bring it: more than a viewer's network needs, less than he notices.
pub const RTP_WINDOW: Duration = Duration::from_millis(50);
/// How long where another path or FEC can bring it: the difference of paths in class C of SMPTE
/// ST 2022-7:2019; and two FEC matrices of 100 packets, which is how late the last column FEC
/// packet may come, at 4.7 Mbit/s.
pub const MERGE_WINDOW: Duration = Duration::from_millis(450);

/// What an input is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What its datagrams hold.
    pub framing: Framing,
    /// By how many paths the stream comes, 1 to [`PATHS_MAX`]; more than one needs RTP.
    pub paths: u8,
    /// How long a missing RTP packet is waited for, up to 2 s.
    pub window: Duration,
    /// Whether FEC packets (SMPTE ST 2022-1) come too; needs RTP.
    pub fec: bool,
}

impl From<Framing> for Settings {
    /// One path, no FEC, [`RTP_WINDOW`].
    fn from(framing: Framing) -> Self {
        Self {
            framing,
            paths: 1,
            window: RTP_WINDOW,
            fec: false,
        }
    }
}

impl Settings {
    /// How much later than by a single path without FEC a packet may be handed out.
    #[must_use]
    pub fn delay(&self) -> Duration {
        match (self.framing, self.paths, self.fec) {
            (Framing::Ts, ..) | (Framing::Rtp, 0 | 1, false) => Duration::ZERO,
            _ => self.window,
        }
    }
}

/// Which of an input's ports a datagram came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Port {
    /// The stream itself.
    #[default]
    Media,
    /// Column FEC, the media port plus 2 (ST 2022-1, 8.1).
    Column,
    /// Row FEC, the media port plus 4.
    Row,
}

/// How a datagram came in; the default is the only path of the stream itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Entry {
    /// By which path, from 0.
    pub path: u8,
    /// To which port.
    pub port: Port,
}

/// Datagrams in, packets out.
#[derive(Debug)]
pub struct Receiver {
    datagrams: u64,
    bytes: u64,
    rtp: Option<Rtp>,
    deframer: Deframer,
    last: Mono,
}

/// What an RTP input has more.
#[derive(Debug)]
struct Rtp {
    order: Order,
    fec: Option<fec::Decoder>,
}

impl Receiver {
    /// A receiver of an input so made.
    #[must_use]
    pub fn new(settings: impl Into<Settings>) -> Self {
        let settings = settings.into();
        let rtp = || Rtp {
            order: Order::new(settings.window, settings.paths),
            fec: settings.fec.then(|| fec::Decoder::new(settings.window)),
        };
        Self {
            datagrams: 0,
            bytes: 0,
            rtp: (settings.framing == Framing::Rtp).then(rtp),
            deframer: Deframer::default(),
            last: Mono::ZERO,
        }
    }

    /// Takes one datagram of any length and hands out the packets that are now in order, each
    /// with the time it was received. Where nothing is pending they are handed out in place.
    pub fn push(
        &mut self,
        entry: Entry,
        received: Mono,
        datagram: &[u8],
        sink: &mut impl FnMut(Mono, &RawPacket),
    ) {
        self.datagrams += 1;
        self.bytes += datagram.len() as u64;
        let Self {
            rtp,
            deframer,
            last,
            ..
        } = self;
        let mut deframe = |at: Mono, payload: &[u8]| {
            *last = at.max(*last);
            deframer.push(payload, &mut |packet| sink(*last, packet));
        };
        match rtp {
            None => deframe(received, datagram),
            Some(rtp) => rtp.push(entry, received, datagram, &mut deframe),
        }
    }

    /// Gives up the gaps whose window has passed at `now` and hands out what waited behind them.
    pub fn flush(&mut self, now: Mono, sink: &mut impl FnMut(Mono, &RawPacket)) {
        let Self {
            rtp,
            deframer,
            last,
            ..
        } = self;
        if let Some(rtp) = rtp {
            rtp.order.expire(now, &mut |at: Mono, payload: &[u8]| {
                *last = at.max(*last);
                deframer.push(payload, &mut |packet| sink(*last, packet));
            });
        }
    }

    /// When [`Receiver::flush`] has something to do; `None` while nothing waits.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Mono> {
        self.rtp.as_ref()?.order.next_deadline()
    }

    /// What came and what was thrown away.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let sync = self.deframer.counters();
        let rtp = self.rtp.as_ref();
        let fec = rtp.and_then(|rtp| rtp.fec.as_ref());
        Counters {
            datagrams: self.datagrams,
            bytes: self.bytes,
            packets: sync.packets,
            resync_bytes: sync.resync_bytes,
            sync_byte_errors: sync.sync_byte_errors,
            sync_losses: sync.sync_losses,
            rtp: rtp.map(|rtp| rtp.order.counters()).unwrap_or_default(),
            paths: rtp.map(|rtp| rtp.order.paths()).unwrap_or_default(),
            fec: fec.map(fec::Decoder::counters).unwrap_or_default(),
        }
    }
}

impl Rtp {
    fn push(
        &mut self,
        entry: Entry,
        received: Mono,
        datagram: &[u8],
        sink: &mut impl FnMut(Mono, &[u8]),
    ) {
        let Self { order, fec } = self;
        if entry.port == Port::Media {
            let beginnings = order.beginnings();
            let fresh = order.push(usize::from(entry.path), received, datagram, sink);
            let Some(fec) = fec else { return };
            if order.beginnings() != beginnings {
                fec.restart();
            }
            if fresh {
                fec.media(received, datagram, &mut |repaired| {
                    order.repaired(received, repaired, sink);
                });
            }
        } else if let Some(fec) = fec {
            order.expire(received, sink);
            fec.parity(entry.port, received, datagram, &mut |repaired| {
                order.repaired(received, repaired, sink);
            });
        }
    }
}

#[cfg(test)]
mod tests;
