//! A receiver of a group that keeps what comes with its time of arrival.

use std::io::IoSliceMut;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt, sockopt};
use nix::sys::time::TimeSpec;
use socket2::{Domain, Protocol, Socket, Type};

use crate::judge::Stamped;

/// What came to a group.
#[derive(Clone, Debug, Default)]
pub struct Capture {
    /// Packets in the order of their arrival.
    pub packets: Vec<Stamped>,
    /// Sequence numbers, when the datagrams were RTP.
    pub rtp: Vec<u16>,
    /// Datagrams.
    pub datagrams: u64,
}

/// Receives `group:port` on the interface with `address` for `span`, which begins with the first
/// datagram; gives up after `patience` without one. To be called on a thread in the receiver's
/// namespace.
///
/// # Errors
/// The socket cannot be opened, or nothing came.
pub fn receive(
    group: Ipv4Addr,
    port: u16,
    address: Ipv4Addr,
    span: Duration,
    patience: Duration,
) -> Result<Capture> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    setsockopt(&socket, sockopt::RcvBufForce, &(8 << 20))?;
    setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
    socket.bind(&SocketAddrV4::new(group, port).into())?;
    if group.is_multicast() {
        socket.join_multicast_v4(&group, &address).context("join")?;
    }
    socket.set_read_timeout(Some(Duration::from_millis(100)))?;
    let origin = Instant::now();
    let (mut capture, mut first) = (Capture::default(), None);
    let mut buffer = [0; 2048];
    loop {
        let start = first.unwrap_or(origin);
        let limit = if first.is_some() { span } else { patience };
        if start.elapsed() > limit {
            break;
        }
        let Some((arrived, length)) = next(&socket, &mut buffer) else {
            continue;
        };
        first.get_or_insert_with(Instant::now);
        capture.datagrams += 1;
        let datagram = &buffer[..length];
        let payload = if length % 188 == 12 {
            capture
                .rtp
                .push(u16::from_be_bytes([datagram[2], datagram[3]]));
            &datagram[12..]
        } else {
            datagram
        };
        for packet in payload.as_chunks::<188>().0 {
            capture.packets.push((arrived, *packet));
        }
    }
    anyhow::ensure!(
        capture.datagrams > 0,
        "nothing came to {group}:{port} in {patience:?}"
    );
    Ok(capture)
}

/// One datagram with the kernel's time of its arrival, in nanoseconds; `None` when the time-out of
/// the socket passed without one.
pub fn next(socket: &impl AsRawFd, buffer: &mut [u8]) -> Option<(u64, usize)> {
    let mut space = nix::cmsg_space!(TimeSpec);
    let mut vectors = [IoSliceMut::new(buffer)];
    let message = recvmsg::<()>(
        socket.as_raw_fd(),
        &mut vectors,
        Some(&mut space),
        MsgFlags::empty(),
    )
    .ok()?;
    let stamp = message.cmsgs().ok()?.find_map(|c| match c {
        ControlMessageOwned::ScmTimestampns(stamp) => Some(stamp),
        _ => None,
    })?;
    let nanos = stamp.tv_sec().unsigned_abs() * 1_000_000_000 + stamp.tv_nsec().unsigned_abs();
    Some((nanos, message.bytes))
}
