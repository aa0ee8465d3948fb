//! How many reports may come: of one address, and in all. A bucket holds what may come at once and
//! fills up again at its rate.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Instant;

/// Reports a second in all. 3,400 halls that report each 10 s are 340.
const ALL: Rate = Rate {
    a_second: 1_000.0,
    at_once: 8_000.0,
};
/// Of one address: a cache in front of all halls is one.
const ONE: Rate = Rate {
    a_second: 500.0,
    at_once: 4_000.0,
};
/// Report codes of one address. All halls behind a cache may show one in the same minute; after that
/// who floods the record needs a week to push out what is there.
const CODES: Rate = Rate {
    a_second: 0.05,
    at_once: 4_000.0,
};
/// Addresses that are known at once; those that have said nothing of late go first.
const HOSTS: usize = 16_384;

#[derive(Clone, Copy, Debug)]
struct Rate {
    a_second: f64,
    at_once: f64,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Bucket {
    const fn full(rate: Rate, at: Instant) -> Self {
        Self {
            left: rate.at_once,
            at,
        }
    }

    fn take(&mut self, rate: Rate, now: Instant) -> bool {
        let since = now.saturating_duration_since(self.at).as_secs_f64();
        self.left = (self.left + since * rate.a_second).min(rate.at_once);
        self.at = self.at.max(now);
        let free = self.left >= 1.0;
        self.left -= f64::from(u8::from(free));
        free
    }
}

#[derive(Debug)]
struct Host {
    reports: Bucket,
    codes: Bucket,
}

/// All buckets.
#[derive(Debug, Default)]
pub(super) struct Gate {
    all: Option<Bucket>,
    hosts: HashMap<IpAddr, Host>,
}

impl Gate {
    /// Whether one more report of `host` may come.
    pub(super) fn report(&mut self, host: IpAddr, now: Instant) -> bool {
        // Who is over the own share takes nothing of the others'.
        let own = self.host(host, now).reports.take(ONE, now);
        own && self
            .all
            .get_or_insert_with(|| Bucket::full(ALL, now))
            .take(ALL, now)
    }

    /// Whether one more code of `host` may go to the record.
    pub(super) fn code(&mut self, host: IpAddr, now: Instant) -> bool {
        self.host(host, now).codes.take(CODES, now)
    }

    fn host(&mut self, host: IpAddr, now: Instant) -> &mut Host {
        if self.hosts.len() >= HOSTS && !self.hosts.contains_key(&host) {
            let latest = self.hosts.values().map(|h| h.reports.at).max();
            let half = latest.map(|latest| {
                let oldest = self.hosts.values().map(|h| h.reports.at).min();
                oldest.unwrap_or(latest) + latest.duration_since(oldest.unwrap_or(latest)) / 2
            });
            // The older half goes; where all are of one moment, all.
            self.hosts
                .retain(|_, host| half.is_some_and(|half| host.reports.at > half));
        }
        self.hosts.entry(host).or_insert_with(|| Host {
            reports: Bucket::full(ONE, now),
            codes: Bucket::full(CODES, now),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use super::*;

    fn host(number: u32) -> IpAddr {
        Ipv4Addr::from_bits(number).into()
    }

    fn passed(gate: &mut Gate, from: u32, tries: u32, now: Instant) -> u32 {
        (0..tries)
            .map(|_| u32::from(gate.report(host(from), now)))
            .sum()
    }

    #[test]
    fn one_address_may_not_take_what_all_may() {
        let (mut gate, now) = (Gate::default(), Instant::now());
        assert_eq!(passed(&mut gate, 1, 10_000, now), 4_000);
        assert_eq!(passed(&mut gate, 2, 10_000, now), 4_000);
        assert_eq!(passed(&mut gate, 3, 10, now), 0, "all is taken");
        let later = now + Duration::from_secs(1);
        assert_eq!(passed(&mut gate, 1, 10_000, later), 500);
        assert_eq!(passed(&mut gate, 3, 10_000, later), 500);
    }

    #[test]
    fn codes_are_rarer_and_addresses_are_bounded() {
        let (mut gate, now) = (Gate::default(), Instant::now());
        let codes = |gate: &mut Gate, now| (0..9_000).filter(|_| gate.code(host(1), now)).count();
        assert_eq!(codes(&mut gate, now), 4_000);
        assert_eq!(codes(&mut gate, now + Duration::from_secs(3_600)), 180);
        for number in 0..100_000 {
            gate.report(host(number), now + Duration::from_millis(number.into()));
            assert!(gate.hosts.len() <= HOSTS);
        }
    }
}
