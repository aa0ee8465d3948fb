//! Network interfaces by name or address.

use std::net::{IpAddr, SocketAddr, SocketAddrV6};

use nix::ifaddrs::{InterfaceAddress, getifaddrs};
use nix::net::if_::{InterfaceFlags, if_nametoindex};
use nix::sys::socket::SockaddrStorage;

/// A network interface as the kernel knows it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Interface {
    /// For example `eth0`.
    pub(super) name: String,
    /// The kernel's number, never 0.
    pub(super) index: u32,
    /// Set up by the administrator.
    pub(super) up: bool,
    /// With a cable, or what stands for it.
    pub(super) carrier: bool,
}

/// There is no such interface.
#[derive(Debug, thiserror::Error)]
#[error("no interface `{wanted}` here; there are {known}")]
pub struct UnknownInterface {
    wanted: String,
    known: String,
}

/// Finds an interface by its name or by an address that it has.
///
/// # Errors
/// No interface has that name or address; the error lists what there is.
pub(super) fn find(wanted: &str) -> Result<Interface, UnknownInterface> {
    let all: Vec<InterfaceAddress> = getifaddrs().map(Iterator::collect).unwrap_or_default();
    let address: Option<IpAddr> = wanted.parse().ok();
    all.iter()
        .find(|entry| match address {
            Some(address) => ip(entry) == Some(address),
            None => entry.interface_name == wanted,
        })
        .and_then(|entry| {
            Some(Interface {
                name: entry.interface_name.clone(),
                index: if_nametoindex(entry.interface_name.as_str()).ok()?,
                up: entry.flags.contains(InterfaceFlags::IFF_UP),
                carrier: entry.flags.contains(InterfaceFlags::IFF_RUNNING),
            })
        })
        .ok_or_else(|| UnknownInterface {
            wanted: wanted.to_owned(),
            known: listing(&all),
        })
}

/// An interface with its addresses.
#[derive(Clone, Debug, Default)]
pub struct Link {
    /// For example `eth0`.
    pub name: String,
    /// IPv4 and IPv6.
    pub addresses: Vec<IpAddr>,
    /// Whether it is set up and has a carrier.
    pub up: bool,
}

/// All interfaces of this machine now.
#[must_use]
pub fn links() -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    for entry in getifaddrs().into_iter().flatten() {
        let known = links
            .iter_mut()
            .find(|link| link.name == entry.interface_name);
        let address = ip(&entry);
        match known {
            Some(link) => link.addresses.extend(address),
            None => links.push(Link {
                up: entry
                    .flags
                    .contains(InterfaceFlags::IFF_UP | InterfaceFlags::IFF_RUNNING),
                name: entry.interface_name,
                addresses: address.into_iter().collect(),
            }),
        }
    }
    links
}

/// All addresses of this machine.
pub(super) fn own_addresses() -> Vec<IpAddr> {
    getifaddrs()
        .map(|all| all.filter_map(|entry| ip(&entry)).collect())
        .unwrap_or_default()
}

/// `address` on the interface: an IPv6 group or link-local address needs its number.
pub(super) fn scoped(address: SocketAddr, index: u32) -> SocketAddr {
    match address {
        SocketAddr::V6(v6) => SocketAddrV6::new(*v6.ip(), v6.port(), v6.flowinfo(), index).into(),
        SocketAddr::V4(_) => address,
    }
}

fn ip(entry: &InterfaceAddress) -> Option<IpAddr> {
    let address: &SockaddrStorage = entry.address.as_ref()?;
    address
        .as_sockaddr_in()
        .map(|a| IpAddr::V4(a.ip()))
        .or_else(|| address.as_sockaddr_in6().map(|a| IpAddr::V6(a.ip())))
}

/// `lo (127.0.0.1, ::1), eth0 (10.0.0.5)`
fn listing(all: &[InterfaceAddress]) -> String {
    let mut names: Vec<&str> = all.iter().map(|e| e.interface_name.as_str()).collect();
    names.dedup();
    names.sort_unstable();
    names.dedup();
    let described: Vec<String> = names
        .into_iter()
        .map(|name| {
            let addresses: Vec<String> = all
                .iter()
                .filter(|e| e.interface_name == name)
                .filter_map(|e| ip(e).map(|a| a.to_string()))
                .collect();
            if addresses.is_empty() {
                name.to_owned()
            } else {
                format!("{name} ({})", addresses.join(", "))
            }
        })
        .collect();
    described.join(", ")
}
