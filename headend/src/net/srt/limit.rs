//! How many handshakes a second are looked at.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use packager::time::Mono;

/// Sources remembered; the one that has been quiet longest is forgotten first.
const SOURCES: usize = 256;

/// So many at once, and then one each `every`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    pub(super) burst: u32,
    pub(super) every: Duration,
}

/// What has been taken of an allowance: the moment when all of it is there again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Taken(Mono);

impl Taken {
    /// Takes one; `false` when none is left now.
    pub(super) fn take(&mut self, now: Mono, allowance: Allowance) -> bool {
        let full_again = self.0.max(now) + allowance.every;
        let allowed = full_again.since(now) <= allowance.every * allowance.burst;
        if allowed {
            self.0 = full_again;
        }
        allowed
    }
}

/// An allowance for each source address.
pub(super) struct Sources {
    allowance: Allowance,
    taken: Vec<(IpAddr, Taken, Mono)>,
}

impl Sources {
    pub(super) fn new(allowance: Allowance) -> Self {
        Self {
            allowance,
            taken: Vec::with_capacity(SOURCES),
        }
    }

    /// Takes one of the allowance of `source`; `false` when none is left now.
    pub(super) fn take(&mut self, now: Mono, source: IpAddr) -> bool {
        let source = site(source);
        if let Some(entry) = self.taken.iter_mut().find(|entry| entry.0 == source) {
            entry.2 = now;
            return entry.1.take(now, self.allowance);
        }
        if self.taken.len() == SOURCES {
            let quietest = (0..).zip(&self.taken).min_by_key(|(_, entry)| entry.2);
            if let Some((index, _)) = quietest {
                self.taken.swap_remove(index);
            }
        }
        let mut taken = Taken::default();
        let allowed = taken.take(now, self.allowance);
        self.taken.push((source, taken, now));
        allowed
    }
}

/// One host of IPv6 has a /64 of addresses for itself.
fn site(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V4(v4) => v4.into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWANCE: Allowance = Allowance {
        burst: 20,
        every: Duration::from_millis(100),
    };

    fn at(millis: u64) -> Mono {
        Mono::from_nanos(millis * 1_000_000)
    }

    #[test]
    fn a_flood_gets_its_burst_and_then_its_rate() {
        let mut sources = Sources::new(ALLOWANCE);
        let flood: IpAddr = "10.0.0.1".parse().unwrap();
        let allowed = (0..10_000)
            .filter(|&ms| sources.take(at(ms), flood))
            .count();
        assert_eq!(allowed, 20 + 99);
        assert!(
            sources.take(at(10_000), "10.0.0.2".parse().unwrap()),
            "others are not touched"
        );
        let rested = (0..100).filter(|_| sources.take(at(20_000), flood)).count();
        assert_eq!(rested, 20);
    }

    #[test]
    fn addresses_of_one_ipv6_network_share_and_memory_has_a_cap() {
        let mut sources = Sources::new(ALLOWANCE);
        let mut allowed = 0;
        for i in 0..1000u128 {
            allowed +=
                usize::from(sources.take(at(1), Ipv6Addr::from_bits((0xfd09 << 112) + i).into()));
        }
        assert_eq!(allowed, 20);
        for i in 0..10_000u32 {
            sources.take(at(2), IpAddr::V4(i.into()));
        }
        assert_eq!(sources.taken.len(), SOURCES);
    }
}
