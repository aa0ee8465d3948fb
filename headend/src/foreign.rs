//! Groups that others send, handed on over HTTP as udpxy does.
//!
//! In: datagrams of a group on the allow list, which is joined when the first reader comes and
//! left when the last has gone. Out: its transport packets, RTP taken off, to all readers by one
//! [`Live`]. Nobody waits for a reader.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use packager::emit::Join;
use packager::receive::{Entry, Framing, Receiver};
use packager::time::Mono;
use tokio::task::JoinHandle;

use crate::live::Live;
use crate::net::{Batch, Context, Source, SourceError, clock};
use crate::plan::{ForeignPlan, SourcePlan};

/// Groups at once: 250 Mbit/s at 8 Mbit/s each.
const GROUPS: usize = 32;
/// How often the socket is emptied: a datagram of 8 Mbit/s comes each 1.3 ms.
const EMPTY_EVERY: Duration = Duration::from_millis(10);
/// Calls in a row for one socket: 64 datagrams each.
const CALLS: usize = 16;
/// The first byte of a transport packet. No RTP packet begins with it (RFC 3550, 5.1: version 2).
const SYNC: u8 = 0x47;

/// The groups that are read now.
#[derive(Debug, Default)]
pub struct Foreign {
    plan: ForeignPlan,
    groups: Mutex<HashMap<SocketAddr, Weak<Group>>>,
}

/// A group that is joined. It is left when the last holder lets go.
#[derive(Debug)]
pub struct Group {
    /// What comes.
    pub live: Arc<Live>,
    task: JoinHandle<()>,
}

/// Why a group is not handed on.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The operator did not allow it.
    #[error("{0} is not on the list of groups that this node hands on")]
    NotAllowed(SocketAddr),
    /// There are enough.
    #[error("this node hands on {GROUPS} groups at once and no more")]
    TooMany,
    /// It cannot be joined.
    #[error(transparent)]
    Source(#[from] SourceError),
}

impl Foreign {
    /// Hands on what `plan` allows.
    #[must_use]
    pub fn new(plan: ForeignPlan) -> Self {
        let groups = Mutex::default();
        Self { plan, groups }
    }

    /// The group at `address`, joined now where nobody reads it yet. Within tokio.
    ///
    /// # Errors
    /// It is not allowed, there are too many, or the kernel refuses.
    pub fn follow(&self, address: SocketAddr) -> Result<Arc<Group>, Refused> {
        if !self.plan.allow.iter().any(|allowed| allowed.holds(address)) {
            return Err(Refused::NotAllowed(address));
        }
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(group) = groups.get(&address).and_then(Weak::upgrade) {
            return Ok(group);
        }
        groups.retain(|_, group| group.strong_count() > 0);
        if groups.len() >= GROUPS {
            return Err(Refused::TooMany);
        }
        let group = Arc::new(Group::join(address, self.plan.interface.clone())?);
        groups.insert(address, Arc::downgrade(&group));
        Ok(group)
    }
}

impl Group {
    fn join(address: SocketAddr, interface: Option<String>) -> Result<Self, SourceError> {
        let plan = SourcePlan::Datagrams {
            rtp: false,
            address,
            interface,
            from: None,
            fec: false,
        };
        let context = Context {
            runtime: tokio::runtime::Handle::current(),
            media: None,
        };
        let source = Source::open(&plan, &context)?;
        let live = Arc::<Live>::default();
        let taker = Taker::new(live.clone());
        let task = tokio::spawn(taker.run(source));
        Ok(Self { live, task })
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Makes pieces of datagrams.
#[derive(Debug)]
struct Taker {
    live: Arc<Live>,
    join: Join,
    /// As the last datagram was.
    framing: Framing,
    receiver: Receiver,
}

impl Taker {
    fn new(live: Arc<Live>) -> Self {
        let framing = Framing::Ts;
        Self {
            live,
            join: Join::default(),
            framing,
            receiver: Receiver::new(framing),
        }
    }

    async fn run(mut self, mut source: Source) {
        let mut every = tokio::time::interval(EMPTY_EVERY);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut batch = Batch::new();
        loop {
            every.tick().await;
            let now = clock::now();
            for _ in 0..CALLS {
                // What the kernel refuses may heal by itself.
                if !matches!(source.receive(now, &mut batch), Ok(1..)) {
                    break;
                }
                for (received, datagram) in batch.iter() {
                    self.push(received, datagram);
                }
            }
            self.turn(now);
        }
    }

    /// Takes a datagram, plain or RTP, as boxes expect it of both addresses.
    fn push(&mut self, received: Mono, datagram: &[u8]) {
        let framing = match datagram.first() {
            Some(&SYNC) => Framing::Ts,
            _ => Framing::Rtp,
        };
        if framing != self.framing {
            self.framing = framing;
            self.receiver = Receiver::new(framing);
        }
        let Self {
            live,
            join,
            receiver,
            ..
        } = self;
        receiver.push(Entry::default(), received, datagram, &mut |_, packet| {
            if let Some(piece) = join.push(packet) {
                live.push(&piece);
            }
        });
    }

    /// Gives up what does not come, and hands out what there is.
    fn turn(&mut self, now: Mono) {
        let Self {
            live,
            join,
            receiver,
            ..
        } = self;
        receiver.flush(now, &mut |_, packet| {
            if let Some(piece) = join.push(packet) {
                live.push(&piece);
            }
        });
        if let Some(piece) = join.take() {
            live.push(&piece);
        }
    }
}

/// Groups that may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// The first address, a group.
    pub network: IpAddr,
    /// How many of its bits have to be the same.
    pub prefix: u8,
    /// `None` is any port.
    pub port: Option<u16>,
}

impl Allowed {
    /// Whether `address` is one of them.
    #[must_use]
    pub fn holds(&self, address: SocketAddr) -> bool {
        let bits = |ip: IpAddr| match ip {
            IpAddr::V4(ip) => u128::from(u32::from(ip)) << 96,
            IpAddr::V6(ip) => u128::from(ip),
        };
        let differs = bits(self.network) ^ bits(address.ip());
        self.network.is_ipv4() == address.is_ipv4()
            && address.ip().is_multicast()
            && differs.leading_zeros() >= u32::from(self.prefix)
            && self.port.is_none_or(|port| port == address.port())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packets(first: u8, count: usize) -> Vec<u8> {
        let packet = |at: usize| {
            let mut packet = [0xaa; 188];
            packet[..4].copy_from_slice(&[SYNC, 0x01, 0x00, 0x10 | (first + at as u8) & 0x0f]);
            packet
        };
        (0..count).flat_map(packet).collect()
    }

    fn rtp(sequence: u16, payload: &[u8]) -> Vec<u8> {
        let [high, low] = sequence.to_be_bytes();
        let header = [0x80, 33, high, low, 0, 0, 0, 0, 1, 2, 3, 4];
        [&header, payload].concat()
    }

    /// What a reader gets of these datagrams, a millisecond apart.
    fn read(datagrams: &[Vec<u8>]) -> Vec<u8> {
        let live = Arc::<Live>::default();
        let (_, mut pieces) = live.follow();
        let mut taker = Taker::new(live.clone());
        let mut at = 0;
        for datagram in datagrams {
            at += 1_000_000;
            taker.push(Mono::from_nanos(at), datagram);
        }
        taker.turn(Mono::from_nanos(at + 1_000_000_000));
        let mut bytes = Vec::new();
        while let Ok(piece) = pieces.try_recv() {
            bytes.extend_from_slice(&piece);
        }
        bytes
    }

    #[test]
    fn plain_and_rtp_come_out_the_same_and_a_sender_may_change_its_mind() {
        let halves = [packets(0, 7), packets(7, 7)];
        let whole = halves.concat();
        assert_eq!(read(&halves), whole);
        let carried = [rtp(9, &halves[0]), rtp(10, &halves[1])];
        assert_eq!(read(&carried), whole);
        let crossed = [
            rtp(8, &packets(9, 7)),
            carried[1].clone(),
            carried[0].clone(),
        ];
        assert_eq!(read(&crossed), [packets(9, 7), whole.clone()].concat());
        let changed = [carried[0].clone(), halves[1].clone()];
        assert_eq!(read(&changed), whole);
    }

    #[test]
    fn what_is_no_transport_stream_never_reaches_a_reader() {
        let noise = |seed: u8| {
            (0..1_316)
                .map(|at| (at as u8).wrapping_mul(seed) ^ 0x13)
                .collect()
        };
        let mut datagrams: Vec<Vec<u8>> = (1..60).map(noise).collect();
        datagrams.extend([Vec::new(), vec![SYNC], vec![0x80; 11]]);
        let got = read(&datagrams);
        assert!(got.len().is_multiple_of(188));
        assert!(got.as_chunks::<188>().0.iter().all(|p| p[0] == SYNC));
        assert!(got.len() < 20 * 188, "{}", got.len());
    }

    #[test]
    fn only_what_is_on_the_list_is_allowed() {
        let allowed = |written: &str, asked: &str| {
            let allowed: crate::config::value::AllowedGroup = written.parse().unwrap();
            allowed.0.holds(asked.parse().unwrap())
        };
        assert!(allowed("239.1.0.0/16:5000", "239.1.255.7:5000"));
        assert!(!allowed("239.1.0.0/16:5000", "239.2.0.1:5000"));
        assert!(!allowed("239.1.0.0/16:5000", "239.1.0.1:5001"));
        assert!(allowed("239.1.0.9", "239.1.0.9:1"));
        assert!(!allowed("239.1.0.9", "239.1.0.8:1"));
        assert!(allowed("[ff15::/32]:5004", "[ff15:0:9::1]:5004"));
        assert!(!allowed("[ff15::/32]:5004", "[ff15:1::1]:5004"));
        assert!(!allowed("224.0.0.0/4", "10.0.0.1:5000"));
    }

    #[tokio::test]
    async fn what_is_not_allowed_is_not_joined() {
        let foreign = Foreign::default();
        let asked = foreign.follow("239.1.0.1:5000".parse().unwrap());
        assert!(matches!(asked, Err(Refused::NotAllowed(_))));
    }
}
