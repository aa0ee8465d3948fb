//! The calling side.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use rsrt::{SrtOptions, SrtSocket};
use tokio::net::UdpSocket;

use super::super::clock;
use super::super::ring::Feed;
use super::REPORT;
use super::listener::next;
use super::report::Reporter;

/// Bytes of the longest datagram that can be SRT, and more.
const DATAGRAM_MAX: usize = 2048;

pub(super) struct Caller {
    address: SocketAddr,
    options: SrtOptions,
    feed: Feed,
}

impl Caller {
    pub(super) fn new(address: SocketAddr, options: SrtOptions, feed: Feed) -> Self {
        Self {
            address,
            options,
            feed,
        }
    }

    /// Calls, takes what comes, and says why it ended.
    pub(super) async fn run(&mut self, reporter: &mut Reporter) -> String {
        if self.address.is_ipv4() {
            return self.session(self.address, reporter).await;
        }
        let bridge = match Bridge::open(self.address).await {
            Ok(bridge) => bridge,
            Err(e) => return format!("cannot call {}: {e}", self.address),
        };
        match bridge.address() {
            Ok(inside) => tokio::select! {
                reason = self.session(inside, reporter) => reason,
                Err(e) = bridge.carry() => format!("lost the way to {}: {e}", self.address),
            },
            Err(e) => format!("cannot call {}: {e}", self.address),
        }
    }

    /// One connection to `to`, which stands for the address configured.
    async fn session(&mut self, to: SocketAddr, reporter: &mut Reporter) -> String {
        let mut peer = match SrtSocket::connect(to, self.options.clone()).await {
            Ok(socket) => Some(socket),
            Err(e) => return self.refused(&e, reporter),
        };
        reporter.up(self.address);
        let mut tick = tokio::time::interval(REPORT);
        loop {
            tokio::select! {
                payload = next(&mut peer) => match payload {
                    Ok(payload) => self.feed.push(clock::now(), &payload),
                    Err(reason) => {
                        if let Some(socket) = peer {
                            reporter.stats(socket.stats());
                        }
                        return format!("{} is gone ({reason}); it is called again", self.address);
                    }
                },
                _ = tick.tick() => if let Some(socket) = &peer {
                    reporter.stats(socket.stats());
                },
            }
        }
    }

    /// Why there is no connection, in a sentence with what to do; counted when the peer says no.
    fn refused(&self, error: &rsrt::SrtError, reporter: &mut Reporter) -> String {
        let address = self.address;
        let sentence = match error {
            rsrt::SrtError::ConnectTimeout => {
                return format!(
                    "{address} does not answer; look whether it listens and whether a firewall lets UDP through"
                );
            }
            rsrt::SrtError::WrongPassphrase => {
                format!("{address} refused the passphrase; both sides need the same one")
            }
            rsrt::SrtError::EncryptionUnsupported => format!(
                "{address} and this node do not share a passphrase; both sides need the same one, or none"
            ),
            rsrt::SrtError::Rejected(1010) => {
                format!("{address} refused the passphrase; both sides need the same one")
            }
            rsrt::SrtError::Rejected(code) => {
                format!(
                    "{address} refused the call (code {code}); look at its stream ids and limits"
                )
            }
            other => return format!("cannot call {address}: {other}"),
        };
        reporter.refused(sentence.clone());
        sentence
    }
}

/// Carries datagrams between rsrt, which knows IPv4 alone, and a peer on IPv6.
struct Bridge {
    inside: UdpSocket,
    outside: UdpSocket,
}

impl Bridge {
    async fn open(peer: SocketAddr) -> io::Result<Self> {
        let outside = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)).await?;
        outside.connect(peer).await?;
        let inside = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        Ok(Self { inside, outside })
    }

    /// Where rsrt calls.
    fn address(&self) -> io::Result<SocketAddr> {
        self.inside.local_addr()
    }

    async fn carry(&self) -> io::Result<Infallible> {
        let (mut coming, mut going) = ([0; DATAGRAM_MAX], [0; DATAGRAM_MAX]);
        let mut caller = None;
        loop {
            tokio::select! {
                got = self.inside.recv_from(&mut going) => {
                    let (len, from) = got?;
                    caller = Some(from);
                    let _ = self.outside.send(&going[..len]).await;
                }
                // What an ICMP answer says of a peer that is not there yet is no end.
                Ok(len) = self.outside.recv(&mut coming) => if let Some(caller) = caller {
                    let _ = self.inside.send_to(&coming[..len], caller).await;
                },
            }
        }
    }
}
