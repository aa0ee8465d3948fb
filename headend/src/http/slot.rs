//! How many connections there may be: in all, of one address, and on the local socket.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::counters::{Counters, down, up};
use super::limits::{LOCAL_CONNECTIONS, Limits};

/// What is taken of each cap.
#[derive(Debug)]
pub(super) struct Caps {
    network: Arc<Semaphore>,
    local: Arc<Semaphore>,
    of_one_address: usize,
    addresses: Mutex<HashMap<IpAddr, usize>>,
    counters: Arc<Counters>,
}

/// A connection's place under the caps.
#[derive(Debug)]
pub(super) struct Slot {
    caps: Arc<Caps>,
    address: Option<IpAddr>,
    _permit: OwnedSemaphorePermit,
}

impl Caps {
    pub(super) fn new(limits: Limits, counters: Arc<Counters>) -> Arc<Self> {
        Arc::new(Self {
            network: Arc::new(Semaphore::new(limits.connections)),
            local: Arc::new(Semaphore::new(LOCAL_CONNECTIONS)),
            of_one_address: limits.connections_of_one_address,
            addresses: Mutex::default(),
            counters,
        })
    }

    /// A place for a connection on the local socket, if there is one.
    pub(super) fn local(self: &Arc<Self>) -> Option<Slot> {
        self.slot(&self.local, None)
    }

    /// A place for a connection from `address`, if there is one.
    pub(super) fn of_address(self: &Arc<Self>, address: IpAddr) -> Option<Slot> {
        let key = host(address);
        if !self.take(key) {
            up(&self.counters.refused);
            return None;
        }
        let slot = self.slot(&self.network, Some(key));
        if slot.is_none() {
            self.release(key);
        }
        slot
    }

    fn slot(self: &Arc<Self>, cap: &Arc<Semaphore>, address: Option<IpAddr>) -> Option<Slot> {
        let Ok(permit) = cap.clone().try_acquire_owned() else {
            up(&self.counters.refused);
            return None;
        };
        up(&self.counters.accepted);
        up(&self.counters.connections);
        Some(Slot {
            caps: self.clone(),
            address,
            _permit: permit,
        })
    }

    fn take(&self, host: IpAddr) -> bool {
        let mut addresses = self.addresses();
        let held = addresses.entry(host).or_default();
        let free = *held < self.of_one_address;
        *held += usize::from(free);
        free
    }

    fn release(&self, host: IpAddr) {
        let mut addresses = self.addresses();
        if let Some(held) = addresses.get_mut(&host) {
            *held -= 1;
            if *held == 0 {
                addresses.remove(&host);
            }
        }
    }

    fn addresses(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        // Every change is complete when the lock is let go: poison says nothing.
        self.addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// Who holds it; `None` on the local socket.
    pub(super) const fn host(&self) -> Option<IpAddr> {
        self.address
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        down(&self.caps.counters.connections);
        if let Some(address) = self.address {
            self.caps.release(address);
        }
    }
}

/// One host: an IPv4 address, or the /64 that a host chooses its IPv6 addresses from.
fn host(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caps(connections: usize, connections_of_one_address: usize) -> Arc<Caps> {
        let limits = Limits {
            connections,
            connections_of_one_address,
            ..Limits::default()
        };
        Caps::new(limits, Arc::default())
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_host_cannot_take_all_places_with_its_many_addresses() {
        let caps = caps(10, 2);
        let held = [
            caps.of_address(ip("2001:db8::1")).unwrap(),
            caps.of_address(ip("2001:db8::2")).unwrap(),
        ];
        assert!(caps.of_address(ip("2001:db8::3")).is_none());
        assert!(caps.of_address(ip("2001:db8:0:1::3")).is_some());
        let v4 = caps.of_address(ip("192.0.2.1")).unwrap();
        let mapped = caps.of_address(ip("::ffff:192.0.2.1")).unwrap();
        assert!(caps.of_address(ip("192.0.2.1")).is_none());
        drop((held, v4, mapped));
        assert!(caps.addresses().is_empty());
        assert!(caps.of_address(ip("2001:db8::3")).is_some());
    }

    #[test]
    fn a_refused_connection_holds_nothing() {
        let caps = caps(1, 1);
        let held = caps.of_address(ip("192.0.2.1")).unwrap();
        assert!(caps.of_address(ip("192.0.2.2")).is_none());
        assert!(caps.local().is_some());
        drop(held);
        assert!(caps.addresses().is_empty());
        let counters = caps.counters.snapshot();
        assert_eq!((counters.connections, counters.refused_total), (0, 1));
    }
}
