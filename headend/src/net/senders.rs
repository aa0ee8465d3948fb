//! Who sends to a socket: more than one at a time is a fault of its own.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use packager::time::Mono;

/// Senders that are told apart; more are as bad as these.
const MOST: usize = 4;
/// Who was not heard for so long sends no more.
const HEARD: Duration = Duration::from_secs(1);

/// The senders of a socket.
#[derive(Debug, Default)]
pub(super) struct Senders {
    heard: [Option<(Name, Mono)>; MOST],
}

/// What tells a sender: family, port and address as the kernel writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Name {
    port: u16,
    address: [u8; 16],
    is_v4: bool,
}

impl Senders {
    /// Notes who sent the datagrams of one kernel call.
    pub(super) fn note(&mut self, now: Mono, names: &[libc::sockaddr_storage]) {
        let mut last = None;
        for storage in names {
            let name = Name::of(storage);
            if name.is_some() && name != last {
                last = name;
                self.hear(name, now);
            }
        }
    }

    fn hear(&mut self, name: Option<Name>, now: Mono) {
        let Some(name) = name else { return };
        let known = |slot: &Option<(Name, Mono)>| slot.is_some_and(|(known, _)| known == name);
        let gone = |slot: &Option<(Name, Mono)>| slot.is_none_or(|(_, at)| now.since(at) > HEARD);
        let place = self.heard.iter().position(known);
        let place = place.or_else(|| self.heard.iter().position(gone));
        if let Some(slot) = place.and_then(|place| self.heard.get_mut(place)) {
            *slot = Some((name, now));
        }
    }

    /// Who was heard in the last second.
    pub(super) fn heard(&self, now: Mono) -> Vec<SocketAddr> {
        let heard = self.heard.iter().flatten();
        let heard = heard.filter(|(_, at)| now.since(*at) <= HEARD);
        heard.map(|(name, _)| name.address()).collect()
    }
}

impl Name {
    /// Of a sockaddr_in (port, 4 bytes of address after family) or a sockaddr_in6 (port, flow
    /// label, 16 bytes of address).
    #[expect(unsafe_code, reason = "the kernel's bytes, read by their family")]
    fn of(storage: &libc::sockaddr_storage) -> Option<Self> {
        // SAFETY: a sockaddr_storage is as long as both and aligned for both, and every pattern
        // of bits is a value of both.
        let (v4, v6) = unsafe {
            let start = std::ptr::from_ref(storage);
            (
                &*start.cast::<libc::sockaddr_in>(),
                &*start.cast::<libc::sockaddr_in6>(),
            )
        };
        match i32::from(storage.ss_family) {
            libc::AF_INET => {
                let mut address = [0; 16];
                address[..4].copy_from_slice(&v4.sin_addr.s_addr.to_ne_bytes());
                Some(Self {
                    port: u16::from_be(v4.sin_port),
                    address,
                    is_v4: true,
                })
            }
            libc::AF_INET6 => Some(Self {
                port: u16::from_be(v6.sin6_port),
                address: v6.sin6_addr.s6_addr,
                is_v4: false,
            }),
            _ => None,
        }
    }

    fn address(&self) -> SocketAddr {
        let ip = match (self.is_v4, self.address) {
            (true, [a, b, c, d, ..]) => IpAddr::V4(Ipv4Addr::new(a, b, c, d)),
            (false, address) => IpAddr::V6(Ipv6Addr::from(address)),
        };
        SocketAddr::new(ip, self.port)
    }
}
