//! UDP and RTP in: one socket, unicast or a multicast group.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd};

use nix::sys::socket::{setsockopt, sockopt};
use packager::time::Mono;
use socket2::{Domain, InterfaceIndexOrAddress, Protocol, Socket, Type};

use super::batch::Batch;
use super::interface::{self, UnknownInterface};
use super::senders::Senders;
use super::source::SourceCounters;

/// Half a second of a gigabit, to live through a scheduler's worst moment. What the kernel gave
/// is in the counters.
const RECEIVE_BUFFER: usize = 8 << 20;

/// A socket that receives.
pub struct Receiver {
    socket: Socket,
    counters: SourceCounters,
    overflow: u32,
    senders: Box<Senders>,
    /// All that comes later came after this moment.
    drained: Mono,
}

/// Where datagrams are received.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Group or local address, and port.
    pub address: SocketAddr,
    /// Where a group is joined, or the only interface to receive on: a name or an address.
    pub interface: Option<&'a str>,
    /// The only source, of a group.
    pub from: Option<IpAddr>,
}

/// Why a socket could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ReceiverError {
    /// The interface is not here.
    #[error(transparent)]
    Interface(#[from] UnknownInterface),
    /// A source was given without a group.
    #[error("`source` selects a sender of a multicast group, and {0} is not a group; leave it out")]
    SourceOfUnicast(IpAddr),
    /// A source of the other IP version.
    #[error("the source {from} and the group {group} are of different IP versions")]
    SourceOfOtherVersion {
        /// What was given as source.
        from: IpAddr,
        /// The group.
        group: IpAddr,
    },
    /// The address cannot be bound.
    #[error("cannot receive on {address}: {error}{}", bind_advice(.error))]
    Bind {
        /// As configured.
        address: SocketAddr,
        /// The kernel's word.
        error: io::Error,
    },
    /// The group cannot be joined.
    #[error("cannot join {group} on {interface}: {error}{}", join_advice(.error))]
    Join {
        /// The group.
        group: IpAddr,
        /// The interface, or who chose it.
        interface: String,
        /// The kernel's word.
        error: io::Error,
    },
    /// An option that every Linux has was refused.
    #[error("cannot set up a socket for {address}: {error}")]
    SetUp {
        /// As configured.
        address: SocketAddr,
        /// The kernel's word.
        error: io::Error,
    },
}

impl Receiver {
    /// Opens, binds and joins.
    ///
    /// # Errors
    /// The interface, the address or the group cannot be had; the error says which and why.
    pub fn open(place: Place<'_>, now: Mono) -> Result<Self, ReceiverError> {
        let interface = place.interface.map(interface::find).transpose()?;
        let group = place.address.ip();
        if let Some(from) = place.from {
            if !group.is_multicast() {
                return Err(ReceiverError::SourceOfUnicast(group));
            }
            if from.is_ipv4() != group.is_ipv4() {
                return Err(ReceiverError::SourceOfOtherVersion { from, group });
            }
        }
        let index = interface.as_ref().map_or(0, |i| i.index);
        let address = place.address;
        let (socket, buffer) =
            prepare(address).map_err(|error| ReceiverError::SetUp { address, error })?;
        if let Some(interface) = interface.as_ref().filter(|_| !group.is_multicast()) {
            socket
                .bind_device(Some(interface.name.as_bytes()))
                .map_err(|error| ReceiverError::SetUp { address, error })?;
        }
        socket
            .bind(&interface::scoped(address, index).into())
            .map_err(|error| ReceiverError::Bind { address, error })?;
        if group.is_multicast() {
            join(&socket, group, place.from, index).map_err(|error| ReceiverError::Join {
                group,
                interface: interface
                    .map_or_else(|| "the default route's interface".into(), |i| i.name),
                error,
            })?;
        }
        Ok(Self {
            socket,
            counters: SourceCounters {
                receive_buffer_bytes: Some(buffer),
                ..SourceCounters::default()
            },
            overflow: 0,
            senders: Box::default(),
            drained: now,
        })
    }

    /// Replaces what `batch` holds by what has come.
    ///
    /// # Errors
    /// What the kernel says of the socket; the next call may succeed.
    pub fn receive(&mut self, now: Mono, batch: &mut Batch) -> io::Result<usize> {
        let received = batch
            .receive(self.socket.as_fd(), self.drained)
            .inspect_err(|_| self.counters.socket_errors += 1)?;
        self.senders.note(now, batch.names());
        if !batch.is_full() {
            self.drained = now;
        }
        if let Some(overflow) = received.overflow {
            self.counters.socket_drops += u64::from(overflow.wrapping_sub(self.overflow));
            self.overflow = overflow;
        }
        self.counters.datagrams += received.datagrams as u64;
        self.counters.bytes += received.bytes;
        Ok(received.datagrams)
    }

    /// What has come since the socket was opened.
    #[must_use]
    pub fn counters(&self) -> &SourceCounters {
        &self.counters
    }

    /// Who was heard in the last second.
    #[must_use]
    pub fn senders(&self, now: Mono) -> Vec<SocketAddr> {
        self.senders.heard(now)
    }

    /// To wait on.
    #[must_use]
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// A socket with all options that come before the bind, and its receive buffer in bytes.
fn prepare(address: SocketAddr) -> io::Result<(Socket, usize)> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::DGRAM,
        Some(Protocol::UDP),
    )?;
    socket.set_nonblocking(true)?;
    if address.ip().is_multicast() {
        // Several channels may take groups on one port. Two unicast sockets on one port would
        // steal from each other in silence, so there the second bind fails.
        socket.set_reuse_address(true)?;
        match address {
            SocketAddr::V4(_) => socket.set_multicast_all_v4(false)?,
            SocketAddr::V6(_) => {
                socket.set_only_v6(true)?;
                socket.set_multicast_all_v6(false)?;
            }
        }
    }
    let buffer = receive_buffer(&socket)?;
    setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
    setsockopt(&socket, sockopt::RxqOvfl, &1)?;
    Ok((socket, buffer))
}

/// Asks for [`RECEIVE_BUFFER`], past the system's limit where allowed, and says what was given.
pub(super) fn receive_buffer(socket: &Socket) -> io::Result<usize> {
    if setsockopt(socket, sockopt::RcvBufForce, &RECEIVE_BUFFER).is_err() {
        socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
    }
    // The kernel tells twice what it gave, to count its own overhead (socket(7)).
    Ok(socket.recv_buffer_size()? / 2)
}

/// Joins `group` on the interface of that index (0: the kernel chooses by route).
pub(super) fn join(
    socket: &Socket,
    group: IpAddr,
    from: Option<IpAddr>,
    index: u32,
) -> io::Result<()> {
    match (group, from) {
        (_, Some(from)) => join_source(socket, group, from, index),
        (IpAddr::V4(group), None) => {
            socket.join_multicast_v4_n(&group, &InterfaceIndexOrAddress::Index(index))
        }
        (IpAddr::V6(group), None) => socket.join_multicast_v6(&group, index),
    }
}

/// MCAST_JOIN_SOURCE_GROUP (RFC 3678, 5.1), which takes an interface by index for both versions.
#[expect(unsafe_code, reason = "no crate here wraps the option")]
fn join_source(socket: &Socket, group: IpAddr, from: IpAddr, index: u32) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    let request = libc::group_source_req {
        gsr_interface: index,
        gsr_group: storage(group),
        gsr_source: storage(from),
    };
    let level = if group.is_ipv4() {
        libc::IPPROTO_IP
    } else {
        libc::IPPROTO_IPV6
    };
    // SAFETY: the pointer and the length are those of `request`, which lives over the call.
    let done = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            libc::MCAST_JOIN_SOURCE_GROUP,
            (&raw const request).cast(),
            size_of_val(&request) as libc::socklen_t,
        )
    };
    if done == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

#[expect(unsafe_code, reason = "a sockaddr is a prefix of sockaddr_storage")]
fn storage(address: IpAddr) -> libc::sockaddr_storage {
    let address = socket2::SockAddr::from(SocketAddr::new(address, 0));
    // SAFETY: all zeros are a valid sockaddr_storage, and SockAddr is never longer than it.
    unsafe {
        let mut storage: libc::sockaddr_storage = std::mem::zeroed();
        std::ptr::copy_nonoverlapping(
            address.as_ptr().cast::<u8>(),
            (&raw mut storage).cast::<u8>(),
            address.len() as usize,
        );
        storage
    }
}

fn bind_advice(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(libc::EADDRINUSE) => "; another program or channel has this port",
        Some(libc::EADDRNOTAVAIL) => {
            "; no interface here has that address (use 0.0.0.0 or [::] for any)"
        }
        Some(libc::EACCES) => "; ports below 1024 need CAP_NET_BIND_SERVICE",
        _ => "",
    }
}

fn join_advice(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(libc::ENODEV) => "; name the `interface`, for no route leads to the group",
        Some(libc::EADDRNOTAVAIL) => "; the interface has no address of this IP version",
        Some(libc::ENOBUFS) => "; raise net.ipv4.igmp_max_memberships",
        _ => "",
    }
}

#[cfg(test)]
mod tests;
