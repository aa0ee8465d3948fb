//! The channels told to the network by SAP (RFC 2974): players show them without an address.
//!
//! In: what the outputs are and whether they are on air, once a second. Out: a packet for each
//! multicast output to both groups each five seconds, and one that takes it back when the channel
//! goes. It listens to nobody's announcements.

mod book;
mod packet;
mod session;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Instant;

use crate::channel::wall_now;
use crate::net::{Sink, SinkError};
use crate::plan::{OutputPlan, SapPlan};
use book::Book;
pub use session::{Session, sessions};

/// Of the global scope, where most players listen, and of the local scope of the groups in use
/// here (RFC 2974, 3).
const GROUPS: [Ipv4Addr; 2] = [
    Ipv4Addr::new(224, 2, 127, 254),
    Ipv4Addr::new(239, 255, 255, 255),
];
/// RFC 2974, 3.
const PORT: u16 = 9875;

/// Announces the channels of the node, or nothing while it has no plan.
#[derive(Default)]
pub struct Announcer {
    plan: Option<SapPlan>,
    sender: Option<Sender>,
    book: Book,
    trouble: Option<String>,
}

struct Sender {
    sinks: Vec<Sink>,
    /// Whose announcements these are.
    origin: Ipv4Addr,
}

impl Announcer {
    /// Announces by `plan` from now on; what went another way is taken back there.
    pub fn serve(&mut self, plan: Option<&SapPlan>) {
        if self.plan.as_ref() != plan {
            self.close();
            self.plan = plan.cloned();
        }
    }

    /// Why nothing is announced although it should be.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.trouble.clone()
    }

    /// Announces what is due of `offers`: the multicast outputs of the channels that run.
    pub fn turn(&mut self, offers: &[Session]) {
        let Some(plan) = &self.plan else { return };
        if self.sender.is_none() {
            let opened = Sender::open(plan);
            let trouble = opened.as_ref().err();
            self.trouble = trouble.map(|error| format!("channels are not announced: {error}"));
            self.sender = opened.ok();
        }
        let Some(sender) = &mut self.sender else {
            return;
        };
        let (now, wall) = (Instant::now(), unix_seconds());
        let packets = self.book.turn(now, wall, sender.origin, offers);
        if !sender.send(&packets) {
            // The interface may have gone, to come back as another one.
            self.sender = None;
        }
    }

    /// Takes back all that is announced.
    pub fn close(&mut self) {
        if let Some(sender) = &mut self.sender {
            sender.send(&self.book.take_back());
        }
        *self = Self::default();
    }
}

impl Sender {
    fn open(plan: &SapPlan) -> Result<Self, SinkError> {
        let open = |group| Sink::open(&output(plan, group));
        let sinks = GROUPS
            .into_iter()
            .map(open)
            .collect::<Result<Vec<_>, _>>()?;
        let own = sinks.first().and_then(Sink::own_address);
        let origin = match own {
            Some(IpAddr::V4(own)) => own,
            _ => Ipv4Addr::UNSPECIFIED,
        };
        Ok(Self { sinks, origin })
    }

    /// Whether the kernel took all.
    fn send(&mut self, packets: &[Vec<u8>]) -> bool {
        let mut well = true;
        for sink in &mut self.sinks {
            let before = sink.counters().errors;
            sink.send(packets.iter().map(Vec::as_slice));
            well &= sink.counters().errors == before;
        }
        well
    }
}

/// A group of announcements as an output.
fn output(plan: &SapPlan, group: Ipv4Addr) -> OutputPlan {
    OutputPlan {
        url: format!("udp://{group}:{PORT}"),
        rtp: false,
        address: SocketAddr::from((group, PORT)),
        interface: Some(plan.interface.clone()),
        ttl: plan.ttl,
        dscp: 0,
        loopback: true,
        bitrate: None,
        overflow: packager::shape::Overflow::default(),
        fec: None,
    }
}

fn unix_seconds() -> u64 {
    u64::try_from(wall_now().unix_seconds()).unwrap_or(0)
}
