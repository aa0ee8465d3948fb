//! Places of which there are so many in all, and so many for one host: who takes many leaves room
//! for the others.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Places of one kind.
#[derive(Debug)]
pub(super) struct Places {
    free: Arc<Semaphore>,
    of_one_host: u32,
    held: Mutex<HashMap<IpAddr, u32>>,
}

/// One of them, or some, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    held: Held,
    _permit: OwnedSemaphorePermit,
}

/// What counts for a host, also while it waits for its places.
#[derive(Debug)]
struct Held {
    places: Arc<Places>,
    host: IpAddr,
    many: u32,
}

impl Places {
    pub(super) fn new(all: usize, of_one_host: usize) -> Arc<Self> {
        Arc::new(Self {
            free: Arc::new(Semaphore::new(all)),
            of_one_host: u32::try_from(of_one_host).unwrap_or(u32::MAX),
            held: Mutex::default(),
        })
    }

    /// A place for `host`, if there is one.
    pub(super) fn take(self: &Arc<Self>, host: IpAddr) -> Option<Place> {
        let held = self.hold(host, 1)?;
        let permit = self.free.clone().try_acquire_owned().ok()?;
        Some(Place {
            held,
            _permit: permit,
        })
    }

    /// So `many` places for `host`, or all that one host may have where that is less, if they are
    /// free within `patience`.
    pub(super) async fn wait(
        self: &Arc<Self>,
        host: IpAddr,
        many: usize,
        patience: Duration,
    ) -> Option<Place> {
        let many = u32::try_from(many).unwrap_or(u32::MAX);
        let held = self.hold(host, many.min(self.of_one_host))?;
        let permit = self.free.clone().acquire_many_owned(held.many);
        let permit = tokio::time::timeout(patience, permit).await;
        Some(Place {
            held,
            _permit: permit.ok()?.ok()?,
        })
    }

    fn hold(self: &Arc<Self>, host: IpAddr, many: u32) -> Option<Held> {
        let mut all = self.held();
        let held = all.get(&host).copied().unwrap_or(0);
        if many > self.of_one_host - held {
            return None;
        }
        all.insert(host, held + many);
        Some(Held {
            places: self.clone(),
            host,
            many,
        })
    }

    fn held(&self) -> MutexGuard<'_, HashMap<IpAddr, u32>> {
        // Every change is complete when the lock is let go: poison says nothing.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.held().is_empty()
    }
}

impl Place {
    /// Who holds it.
    pub(super) const fn host(&self) -> IpAddr {
        self.held.host
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut all = self.places.held();
        if let Some(held) = all.get_mut(&self.host) {
            *held -= self.many;
            if *held == 0 {
                all.remove(&self.host);
            }
        }
    }
}

/// One host: an IPv4 address, or the /64 that a host chooses its IPv6 addresses from.
pub(super) fn host(address: IpAddr) -> IpAddr {
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

    #[tokio::test]
    async fn a_host_that_waits_for_many_places_leaves_those_of_the_others() {
        let [greedy, modest] = ["192.0.2.1", "192.0.2.2"].map(|ip| ip.parse().unwrap());
        let places = Places::new(3, 2);
        let held = [greedy, greedy].map(|host| places.take(host).unwrap());
        let patience = Duration::from_millis(1);
        assert!(places.take(greedy).is_none());
        assert!(places.wait(greedy, 1, patience).await.is_none());
        let last = places.take(modest).unwrap();
        assert!(
            places.wait(modest, 1, patience).await.is_none(),
            "all are taken"
        );
        drop(last);
        assert!(places.wait(modest, 1, patience).await.is_some());
        drop(held);
        let two = places.wait(greedy, 9, patience).await.unwrap();
        assert!(places.take(greedy).is_none());
        assert!(places.take(modest).is_some());
        drop(two);
        assert!(places.is_empty());
    }
}
