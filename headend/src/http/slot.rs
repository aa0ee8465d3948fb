//! How many connections there may be: in all, of one address, and on the local socket.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::counters::{Counters, down, up};
use super::limits::{LOCAL_CONNECTIONS, Limits};
use super::places::{Place, Places, host};

/// What is taken of each cap.
#[derive(Debug)]
pub(super) struct Caps {
    network: Arc<Places>,
    local: Arc<Semaphore>,
    counters: Arc<Counters>,
}

/// A connection's place under the caps.
#[derive(Debug)]
pub(super) struct Slot {
    counters: Arc<Counters>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Network(Place),
    Local { _permit: OwnedSemaphorePermit },
}

impl Caps {
    pub(super) fn new(limits: Limits, counters: Arc<Counters>) -> Self {
        Self {
            network: Places::new(limits.connections, limits.connections_of_one_address),
            local: Arc::new(Semaphore::new(LOCAL_CONNECTIONS)),
            counters,
        }
    }

    /// A place for a connection on the local socket, if there is one.
    pub(super) fn local(&self) -> Option<Slot> {
        let permit = self.local.clone().try_acquire_owned().ok();
        self.slot(permit.map(|permit| Kind::Local { _permit: permit }))
    }

    /// A place for a connection from `address`, if there is one.
    pub(super) fn of_address(&self, address: IpAddr) -> Option<Slot> {
        self.slot(self.network.take(host(address)).map(Kind::Network))
    }

    fn slot(&self, kind: Option<Kind>) -> Option<Slot> {
        let Some(kind) = kind else {
            up(&self.counters.refused);
            return None;
        };
        up(&self.counters.accepted);
        up(&self.counters.connections);
        Some(Slot {
            counters: self.counters.clone(),
            kind,
        })
    }
}

impl Slot {
    /// Who holds it; `None` on the local socket.
    pub(super) const fn host(&self) -> Option<IpAddr> {
        match &self.kind {
            Kind::Network(place) => Some(place.host()),
            Kind::Local { .. } => None,
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        down(&self.counters.connections);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caps(connections: usize, connections_of_one_address: usize) -> Caps {
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
        assert!(caps.network.is_empty());
        assert!(caps.of_address(ip("2001:db8::3")).is_some());
    }

    #[test]
    fn a_refused_connection_holds_nothing() {
        let caps = caps(1, 1);
        let held = caps.of_address(ip("192.0.2.1")).unwrap();
        assert!(caps.of_address(ip("192.0.2.2")).is_none());
        assert!(caps.local().is_some());
        drop(held);
        assert!(caps.network.is_empty());
        let counters = caps.counters.snapshot();
        assert_eq!((counters.connections, counters.refused_total), (0, 1));
    }
}
