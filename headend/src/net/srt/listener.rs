//! The listening side: our socket outside, rsrt's inside on the loopback interface, and the gate
//! between them. The socket outside takes IPv6 too, which rsrt does not know.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket as StdSocket};
use std::thread;
use std::time::Duration;

use rsrt::{Bytes, SrtListener, SrtOptions, SrtSocket};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;

use super::super::clock;
use super::super::datagrams::receive_buffer;
use super::super::ring::Feed;
use super::gate::{Gate, Verdict};
use super::report::Reporter;
use super::{REPORT, SrtError};
use crate::plan::SrtPlan;

/// Bytes of the longest datagram that can be SRT, and one more to see a longer one.
const DATAGRAM_MAX: usize = 2048;
/// A channel that is started again finds its port a moment later: the task that had it ends on its
/// own.
const BIND_TRIES: u32 = 10;
const BIND_PAUSE: Duration = Duration::from_millis(10);

pub(super) struct Listener {
    outside: StdSocket,
    stream_id: Option<String>,
    options: SrtOptions,
    feed: Feed,
    /// Refusals of the gates before this one.
    refused: u64,
}

impl Listener {
    /// Takes the port.
    pub(super) fn bind(plan: &SrtPlan, options: SrtOptions, feed: Feed) -> Result<Self, SrtError> {
        let mut tries = 0;
        let outside = loop {
            tries += 1;
            match bind(plan.address) {
                Ok(socket) => break socket,
                Err(e) if e.kind() == io::ErrorKind::AddrInUse && tries < BIND_TRIES => {
                    thread::sleep(BIND_PAUSE);
                }
                Err(error) => {
                    return Err(SrtError::Bind {
                        address: plan.address,
                        error,
                    });
                }
            }
        };
        Ok(Self {
            outside,
            stream_id: plan.stream_id.clone(),
            options,
            feed,
            refused: 0,
        })
    }

    /// Listens until something fails on this side, and says what.
    pub(super) async fn run(&mut self, reporter: &mut Reporter) -> String {
        let mut gate = Gate::new(self.stream_id.clone());
        let reason = match self.serve(&mut gate, reporter).await {
            Ok(never) => match never {},
            Err(e) => format!("the SRT listener failed: {e}; it is started again"),
        };
        self.report(&gate, reporter);
        self.refused += gate.refused().0;
        reason
    }

    async fn serve(
        &mut self,
        gate: &mut Gate,
        reporter: &mut Reporter,
    ) -> Result<std::convert::Infallible, rsrt::SrtError> {
        let outside = UdpSocket::from_std(self.outside.try_clone()?)?;
        let mut listener =
            SrtListener::bind((Ipv4Addr::LOCALHOST, 0), self.options.clone()).await?;
        let inside = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        inside.connect(listener.local_addr()).await?;
        let (mut coming, mut going) = ([0; DATAGRAM_MAX], [0; DATAGRAM_MAX]);
        let mut peer: Option<SrtSocket> = None;
        let mut tick = tokio::time::interval(REPORT);
        loop {
            tokio::select! {
                got = outside.recv_from(&mut coming) => if let Ok((len, from)) = got {
                    let packet = &mut coming[..len];
                    match gate.outside(clock::now(), from, packet) {
                        Verdict::Pass => { let _ = inside.send(packet).await; }
                        Verdict::Answer(len) => { let _ = outside.send_to(&packet[..len], from).await; }
                        Verdict::Drop => {}
                    }
                },
                got = inside.recv(&mut going) => if let Ok(len) = got {
                    let packet = &mut going[..len];
                    if let Some(to) = gate.inside(packet) {
                        let _ = outside.send_to(packet, to).await;
                    }
                },
                accepted = listener.accept() => {
                    // The gate lets one in at a time, so the one before has gone unnoticed.
                    peer = Some(accepted?.0);
                    // rsrt's answer to the caller may not have come by yet.
                    if let Some(address) = gate.guest() {
                        reporter.up(address);
                    }
                }
                payload = next(&mut peer) => match payload {
                    Ok(payload) => self.feed.push(clock::now(), &payload),
                    Err(reason) => {
                        if let Some(socket) = peer.take() {
                            reporter.stats(socket.stats());
                        }
                        gate.vacate();
                        reporter.gone(&reason);
                    }
                },
                _ = tick.tick() => {
                    if let Some(socket) = &peer {
                        reporter.stats(socket.stats());
                    }
                    self.report(gate, reporter);
                }
            }
        }
    }

    fn report(&self, gate: &Gate, reporter: &mut Reporter) {
        let (total, last) = gate.refused();
        let last = last.map(|(from, why)| format!("{from} {why}"));
        reporter.refusals(self.refused + total, last);
    }
}

/// The next payload, for ever none without a peer. Loses nothing when dropped.
pub(super) async fn next(peer: &mut Option<SrtSocket>) -> Result<Bytes, String> {
    match peer {
        Some(socket) => match socket.recv().await {
            Ok(Some(payload)) => Ok(payload),
            Ok(None) => Err("the peer ended the connection".into()),
            Err(e) => Err(e.to_string()),
        },
        None => std::future::pending().await,
    }
}

fn bind(address: SocketAddr) -> io::Result<StdSocket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::DGRAM,
        Some(Protocol::UDP),
    )?;
    receive_buffer(&socket)?;
    socket.bind(&address.into())?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}
