//! The deadlines of one connection: silent, slow to ask, slow to read, idle.
//!
//! hyper has a deadline for HTTP/1 headers alone, and none before the first byte. This ledger
//! knows what the connection is doing and when that is overdue, for HTTP/1 and HTTP/2 alike. It
//! reads no clock; the connection's task asks it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::limits::Limits;
use super::routes::Endless;

/// What a connection is doing.
#[derive(Debug)]
struct Ledger {
    limits: Limits,
    /// Asked nothing yet since accept, or nothing since its last answer.
    waiting: (Instant, Duration),
    /// Requests under way, by number.
    flights: BTreeMap<u64, Flight>,
    next: u64,
}

#[derive(Clone, Copy, Debug)]
struct Flight {
    started: Instant,
    moved: Instant,
    endless: Option<Endless>,
}

impl Ledger {
    fn new(limits: Limits, now: Instant) -> Self {
        Self {
            limits,
            waiting: (now, limits.first_request),
            flights: BTreeMap::new(),
            next: 0,
        }
    }

    fn begin(&mut self, now: Instant) -> u64 {
        let number = self.next;
        self.next += 1;
        let flight = Flight {
            started: now,
            moved: now,
            endless: None,
        };
        self.flights.insert(number, flight);
        number
    }

    fn end(&mut self, number: u64, now: Instant) {
        self.flights.remove(&number);
        self.waiting = (now, self.limits.idle);
    }

    /// When the connection is overdue, as things stand.
    fn deadline(&self) -> Instant {
        let limits = &self.limits;
        let quiet = match self.flights.is_empty() {
            true => Some(self.waiting.0 + self.waiting.1),
            false => None,
        };
        let flights = self.flights.values().map(|flight| match flight.endless {
            Some(Endless::Events | Endless::File) => flight.moved + limits.progress,
            Some(Endless::Stream) => flight.moved + limits.stalled,
            None => (flight.moved + limits.progress).min(flight.started + limits.response),
        });
        flights.chain(quiet).min().unwrap_or(self.waiting.0)
    }
}

/// The ledger of one connection, shared by its socket, its requests and its task.
#[derive(Clone, Debug)]
pub(super) struct Watch(Arc<Mutex<Ledger>>);

impl Watch {
    pub(super) fn new(limits: Limits) -> Self {
        Self(Arc::new(Mutex::new(Ledger::new(limits, Instant::now()))))
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Every change of the ledger is one field: poison says nothing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when the connection is overdue.
    pub(super) async fn overdue(&self) {
        // A deadline may also come nearer while this sleeps; it is noticed within a fifth of the
        // shortest limit.
        let look = self.ledger().limits.shortest() / 5;
        loop {
            let deadline = self.ledger().deadline();
            let now = Instant::now();
            if deadline <= now {
                return;
            }
            tokio::time::sleep_until(deadline.min(now + look).into()).await;
        }
    }

    /// A request came in.
    pub(super) fn begin(&self) -> InFlight {
        let number = self.ledger().begin(Instant::now());
        InFlight {
            watch: self.clone(),
            number,
        }
    }
}

/// A request under way; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct InFlight {
    watch: Watch,
    number: u64,
}

impl InFlight {
    /// The response has no end: only its progress is watched.
    pub(super) fn endless(&self, endless: Endless) {
        if let Some(flight) = self.watch.ledger().flights.get_mut(&self.number) {
            flight.endless = Some(endless);
        }
    }

    /// The peer took a piece of the response.
    pub(super) fn moved(&self) {
        if let Some(flight) = self.watch.ledger().flights.get_mut(&self.number) {
            flight.moved = Instant::now();
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.watch.ledger().end(self.number, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn due(ledger: &Ledger, since: Instant) -> Duration {
        ledger.deadline() - since
    }

    #[test]
    fn a_connection_that_asks_nothing_is_due_after_ten_seconds() {
        let t = Instant::now();
        assert_eq!(due(&Ledger::new(Limits::default(), t), t), seconds(10));
    }

    #[test]
    fn a_response_is_due_when_it_does_not_move_and_at_its_end_at_the_latest() {
        let t = Instant::now();
        let mut ledger = Ledger::new(Limits::default(), t);
        let number = ledger.begin(t);
        assert_eq!(due(&ledger, t), seconds(30));
        ledger.flights.get_mut(&number).unwrap().moved = t + seconds(20);
        assert_eq!(due(&ledger, t), seconds(50));
        ledger.flights.get_mut(&number).unwrap().moved = t + seconds(50);
        assert_eq!(due(&ledger, t), seconds(60));
        ledger.flights.get_mut(&number).unwrap().endless = Some(Endless::Events);
        assert_eq!(due(&ledger, t), seconds(80));
        ledger.flights.get_mut(&number).unwrap().endless = Some(Endless::File);
        assert_eq!(due(&ledger, t), seconds(80));
        ledger.flights.get_mut(&number).unwrap().endless = Some(Endless::Stream);
        assert_eq!(due(&ledger, t), seconds(60));
    }

    #[test]
    fn one_stuck_response_among_many_is_enough() {
        let t = Instant::now();
        let mut ledger = Ledger::new(Limits::default(), t);
        ledger.begin(t);
        let other = ledger.begin(t + seconds(10));
        assert_eq!(due(&ledger, t), seconds(30));
        ledger.end(other, t + seconds(12));
        assert_eq!(due(&ledger, t), seconds(30));
    }

    #[test]
    fn between_requests_a_connection_may_rest_but_not_for_ever() {
        let t = Instant::now();
        let mut ledger = Ledger::new(Limits::default(), t);
        let number = ledger.begin(t + seconds(5));
        ledger.end(number, t + seconds(6));
        assert_eq!(due(&ledger, t), seconds(81));
    }
}
