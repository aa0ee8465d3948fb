//! An output: datagrams to a group or a host.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::AsRawFd;
use std::ptr;

use nix::sys::socket::{setsockopt, sockopt};
use socket2::{Domain, Protocol, Socket, Type};

use super::interface::{self, Interface, UnknownInterface};
use crate::plan::OutputPlan;

/// Datagrams of one call.
const SEND_LEN: usize = 64;
/// A second of 32 Mbit/s: a device that stalls for a moment loses nothing.
const SEND_BUFFER: usize = 4 << 20;

/// A connected socket that sends.
pub struct Sink {
    socket: Socket,
    counters: SinkCounters,
    vectors: Vec<libc::iovec>,
    headers: Vec<libc::mmsghdr>,
}

/// What an output counted since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SinkCounters {
    /// Datagrams handed to the kernel.
    pub datagrams: u64,
    /// Their bytes, without headers.
    pub bytes: u64,
    /// Datagrams that the kernel refused.
    pub errors: u64,
    /// Those of them refused because the socket's buffer was full.
    pub full: u64,
    /// The last refusal (errno).
    pub last_error: Option<i32>,
}

impl SinkCounters {
    /// Both together, of sockets of one output.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            datagrams: self.datagrams + other.datagrams,
            bytes: self.bytes + other.bytes,
            errors: self.errors + other.errors,
            full: self.full + other.full,
            last_error: self.last_error.or(other.last_error),
        }
    }
}

/// Why an output cannot be opened: something for the operator to fix.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// The interface is not here.
    #[error(transparent)]
    Interface(#[from] UnknownInterface),
    /// A group without an interface.
    #[error("the output to the group {0} needs an `interface` (a name or an address)")]
    GroupWithoutInterface(IpAddr),
    /// Nothing leads there.
    #[error("no route to {to}{}; add one (`ip route`) or choose another `interface`", on(.interface.as_ref()))]
    NoRoute {
        /// As configured.
        to: SocketAddr,
        /// As configured.
        interface: Option<String>,
    },
    /// The kernel does not let this process send there.
    #[error(
        "no permission to send to {to}: {error}; a broadcast address or a firewall rule stands in the way"
    )]
    Permission {
        /// As configured.
        to: SocketAddr,
        /// The kernel's word.
        error: io::Error,
    },
    /// Something else.
    #[error("cannot send to {to}: {error}")]
    SetUp {
        /// As configured.
        to: SocketAddr,
        /// The kernel's word.
        error: io::Error,
    },
}

#[expect(
    unsafe_code,
    reason = "mmsghdr holds pointers into this value's own memory"
)]
// SAFETY: the raw pointers lead to `vectors` of the same value, and to datagrams only while
// `send` runs.
unsafe impl Send for Sink {}

impl Sink {
    /// Opens and connects.
    ///
    /// # Errors
    /// The interface or the way there is missing; the error says which and what to do.
    pub fn open(plan: &OutputPlan) -> Result<Self, SinkError> {
        let interface = plan.interface.as_deref().map(interface::find).transpose()?;
        let to = plan.address;
        if to.ip().is_multicast() && interface.is_none() {
            return Err(SinkError::GroupWithoutInterface(to.ip()));
        }
        let socket =
            connect(plan, interface.as_ref()).map_err(|error| match error.raw_os_error() {
                Some(
                    libc::ENETUNREACH | libc::EHOSTUNREACH | libc::ENETDOWN | libc::EADDRNOTAVAIL,
                ) => SinkError::NoRoute {
                    to,
                    interface: plan.interface.clone(),
                },
                Some(libc::EACCES | libc::EPERM) => SinkError::Permission { to, error },
                _ => SinkError::SetUp { to, error },
            })?;
        let mut vectors = vec![
            libc::iovec {
                iov_base: ptr::null_mut(),
                iov_len: 0
            };
            SEND_LEN
        ];
        let headers = vectors.iter_mut().map(header).collect();
        Ok(Self {
            socket,
            counters: SinkCounters::default(),
            vectors,
            headers,
        })
    }

    /// Hands `datagrams` to the kernel in their order. Never waits: what it refuses is counted and
    /// lost.
    pub fn send<'a>(&mut self, datagrams: impl IntoIterator<Item = &'a [u8]>) {
        let mut waiting = 0;
        for datagram in datagrams {
            self.vectors[waiting] = libc::iovec {
                iov_base: datagram.as_ptr().cast_mut().cast(),
                iov_len: datagram.len(),
            };
            waiting += 1;
            if waiting == SEND_LEN {
                self.flush(waiting);
                waiting = 0;
            }
        }
        self.flush(waiting);
    }

    /// What was sent since the socket was opened.
    #[must_use]
    pub fn counters(&self) -> SinkCounters {
        self.counters
    }

    /// The address that it sends from.
    #[must_use]
    pub fn own_address(&self) -> Option<IpAddr> {
        Some(self.socket.local_addr().ok()?.as_socket()?.ip())
    }

    fn flush(&mut self, waiting: usize) {
        let mut start = 0;
        let mut again = true;
        while start < waiting {
            match self.send_some(start, waiting) {
                Ok(sent) => {
                    self.counters.datagrams += sent as u64;
                    self.counters.bytes += self.vectors[start..start + sent]
                        .iter()
                        .map(|v| v.iov_len as u64)
                        .sum::<u64>();
                    start += sent;
                    again = true;
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                    self.refused(&e, waiting - start);
                    self.counters.full += (waiting - start) as u64;
                    return;
                }
                // A connected socket tells first what became of an earlier datagram (an ICMP
                // answer) and then sends: so each datagram has a second try.
                Err(_) if again => again = false,
                Err(e) => {
                    self.refused(&e, 1);
                    start += 1;
                    again = true;
                }
            }
        }
    }

    fn refused(&mut self, error: &io::Error, datagrams: usize) {
        self.counters.errors += datagrams as u64;
        self.counters.last_error = error.raw_os_error();
    }

    #[expect(unsafe_code, reason = "sendmmsg from memory that is set up once")]
    fn send_some(&mut self, start: usize, end: usize) -> io::Result<usize> {
        let headers = &mut self.headers[start..end];
        // SAFETY: the headers lead to `vectors`, the first `end` of which lead to datagrams that
        // the caller of `send` holds over this call. The kernel only reads the datagrams.
        let sent = unsafe {
            libc::sendmmsg(
                self.socket.as_raw_fd(),
                headers.as_mut_ptr(),
                headers.len() as libc::c_uint,
                libc::MSG_DONTWAIT,
            )
        };
        usize::try_from(sent).map_err(|_| io::Error::last_os_error())
    }
}

fn header(vector: &mut libc::iovec) -> libc::mmsghdr {
    libc::mmsghdr {
        msg_hdr: libc::msghdr {
            msg_name: ptr::null_mut(),
            msg_namelen: 0,
            msg_iov: ptr::from_mut(vector),
            msg_iovlen: 1,
            msg_control: ptr::null_mut(),
            msg_controllen: 0,
            msg_flags: 0,
        },
        msg_len: 0,
    }
}

fn connect(plan: &OutputPlan, interface: Option<&Interface>) -> io::Result<Socket> {
    let to = plan.address;
    let socket = Socket::new(Domain::for_address(to), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    if setsockopt(&socket, sockopt::SndBufForce, &SEND_BUFFER).is_err() {
        socket.set_send_buffer_size(SEND_BUFFER)?;
    }
    // The DSCP is the upper six bits of the byte (RFC 2474, 3).
    let traffic_class = u32::from(plan.dscp) << 2;
    let index = interface.map_or(0, |i| i.index);
    match to {
        SocketAddr::V4(_) => {
            socket.set_tos_v4(traffic_class)?;
            if to.ip().is_multicast() {
                multicast_interface_v4(&socket, index)?;
                socket.set_multicast_ttl_v4(plan.ttl.into())?;
                socket.set_multicast_loop_v4(plan.loopback)?;
            } else if plan.ttl > 0 {
                socket.set_ttl_v4(plan.ttl.into())?;
            }
        }
        SocketAddr::V6(_) => {
            socket.set_tclass_v6(traffic_class)?;
            if to.ip().is_multicast() {
                socket.set_multicast_if_v6(index)?;
                socket.set_multicast_hops_v6(plan.ttl.into())?;
                socket.set_multicast_loop_v6(plan.loopback)?;
            } else if plan.ttl > 0 {
                socket.set_unicast_hops_v6(plan.ttl.into())?;
            }
        }
    }
    if let Some(interface) = interface {
        leave_by(&socket, plan, interface)?;
    }
    socket.connect(&interface::scoped(to, index).into())?;
    Ok(socket)
}

/// Unicast leaves by `interface` alone; an interface that was named by an address lends it as the
/// source address.
fn leave_by(socket: &Socket, plan: &OutputPlan, interface: &Interface) -> io::Result<()> {
    if !plan.address.ip().is_multicast() {
        socket.bind_device(Some(interface.name.as_bytes()))?;
    }
    match plan.interface.as_deref().and_then(|text| text.parse().ok()) {
        Some(own) => {
            socket.bind(&interface::scoped(SocketAddr::new(own, 0), interface.index).into())
        }
        None => Ok(()),
    }
}

/// IP_MULTICAST_IF by index: an interface need not have an address of its own.
#[expect(unsafe_code, reason = "socket2 takes an address alone")]
fn multicast_interface_v4(socket: &Socket, index: u32) -> io::Result<()> {
    let any = libc::in_addr {
        s_addr: u32::from(Ipv4Addr::UNSPECIFIED).to_be(),
    };
    let request = libc::ip_mreqn {
        imr_multiaddr: any,
        imr_address: any,
        imr_ifindex: index.cast_signed(),
    };
    // SAFETY: the pointer and the length are those of `request`, which lives over the call.
    let done = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::IPPROTO_IP,
            libc::IP_MULTICAST_IF,
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

fn on(interface: Option<&String>) -> String {
    interface.map_or_else(String::new, |name| format!(" by {name}"))
}

#[cfg(test)]
mod tests;
