//! An RTP stream with its FEC: the same address at three ports (SMPTE ST 2022-1, 8.1), in and out.

use std::io;
use std::net::SocketAddr;
use std::os::fd::BorrowedFd;

use packager::receive::Port;
use packager::time::Mono;

use super::batch::Batch;
use super::datagrams::{Place, Receiver, ReceiverError};
use super::sink::{Sink, SinkCounters, SinkError};
use super::source::SourceCounters;
use crate::plan::OutputPlan;

/// The ports in the order in which they are read: FEC after the packets that it protects.
const PORTS: [Port; 3] = [Port::Media, Port::Column, Port::Row];

/// The address at which a stream has this port. One past the last port does not exist; the
/// configuration refuses it.
const fn at(address: SocketAddr, port: Port) -> SocketAddr {
    let mut address = address;
    address.set_port(match port {
        Port::Media => address.port(),
        Port::Column => address.port().saturating_add(2),
        Port::Row => address.port().saturating_add(4),
    });
    address
}

/// Three sockets that receive.
pub struct Protected {
    sockets: [Receiver; 3],
    /// The one to be read next.
    next: usize,
}

impl Protected {
    /// Opens all three.
    ///
    /// # Errors
    /// As [`Receiver::open`], of any.
    pub fn open(place: Place<'_>, now: Mono) -> Result<Self, ReceiverError> {
        let open = |port| {
            let address = at(place.address, port);
            Receiver::open(Place { address, ..place }, now)
        };
        Ok(Self {
            sockets: [open(Port::Media)?, open(Port::Column)?, open(Port::Row)?],
            next: 0,
        })
    }

    /// Who sent media in the last second.
    #[must_use]
    pub fn senders(&self, now: Mono) -> Vec<std::net::SocketAddr> {
        let [media, ..] = &self.sockets;
        media.senders(now)
    }

    /// Replaces what `batch` holds by what has come to the next port that has anything.
    ///
    /// # Errors
    /// What the kernel says of a socket; the next call may succeed.
    pub fn receive(&mut self, now: Mono, batch: &mut Batch) -> io::Result<usize> {
        for _ in PORTS {
            let index = self.next;
            self.next = (index + 1) % PORTS.len();
            let received = self.sockets[index].receive(now, batch)?;
            if received > 0 {
                batch.came_to(PORTS[index]);
                return Ok(received);
            }
        }
        Ok(0)
    }

    /// Of all three together.
    #[must_use]
    pub fn counters(&self) -> SourceCounters {
        let each = self.sockets.iter().map(|socket| socket.counters().clone());
        each.reduce(SourceCounters::and).unwrap_or_default()
    }

    /// Of the media port, to wait on.
    #[must_use]
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.sockets[0].descriptor()
    }
}

/// An output with its FEC ports, where it has them.
pub struct Exits {
    media: Sink,
    column: Option<Sink>,
    row: Option<Sink>,
}

impl Exits {
    /// Opens all that `plan` has.
    ///
    /// # Errors
    /// As [`Sink::open`], of any.
    pub fn open(plan: &OutputPlan) -> Result<Self, SinkError> {
        let open = |port| {
            Sink::open(&OutputPlan {
                address: at(plan.address, port),
                ..plan.clone()
            })
        };
        let rows = plan.fec.filter(|matrix| matrix.row_fec());
        Ok(Self {
            media: open(Port::Media)?,
            column: plan.fec.map(|_| open(Port::Column)).transpose()?,
            row: rows.map(|_| open(Port::Row)).transpose()?,
        })
    }

    /// Hands a datagram to the kernel. Never waits: what it refuses is counted and lost.
    pub fn send(&mut self, port: Port, datagram: &[u8]) {
        let sink = match port {
            Port::Media => Some(&mut self.media),
            Port::Column => self.column.as_mut(),
            Port::Row => self.row.as_mut(),
        };
        if let Some(sink) = sink {
            sink.send([datagram]);
        }
    }

    /// Of all ports together.
    #[must_use]
    pub fn counters(&self) -> SinkCounters {
        let fec = self.column.iter().chain(&self.row).map(Sink::counters);
        fec.fold(self.media.counters(), SinkCounters::and)
    }
}
