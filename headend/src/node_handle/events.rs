//! What happened, in order: the last thousand events for who comes back, and a broadcast for who
//! listens. Both are capped; a listener that falls behind is told so.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use tokio::sync::broadcast;
use utoipa::ToSchema;

/// Events kept for `Last-Event-ID`: an hour of a busy node.
pub const KEPT: usize = 1_000;
/// Events a listener may be behind before it is told to come back.
pub const BEHIND: usize = 256;
/// Ids of one second of wall time; a restarted node goes on above its earlier ids.
const IDS_A_SECOND: u64 = 1 << 20;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Rises by one; goes on above earlier ids after a restart.
    pub id: u64,
    /// What it is about.
    pub kind: EventKind,
    /// One JSON value on one line.
    pub json: Arc<str>,
}

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// A channel changed its state.
    Channel,
    /// An input changed its state.
    Input,
    /// An output changed its state.
    Output,
    /// Another input went on air.
    Switch,
    /// An incident began or ended.
    Incident,
    /// A meeting is new, other or called off.
    Meeting,
    /// Another configuration was applied.
    Configuration,
}

impl EventKind {
    /// The word in `event:`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::Input => "input",
            Self::Output => "output",
            Self::Switch => "switch",
            Self::Incident => "incident",
            Self::Meeting => "meeting",
            Self::Configuration => "configuration",
        }
    }
}

/// The events of a node.
#[derive(Debug)]
pub struct EventLog {
    ring: Mutex<Ring>,
    live: broadcast::Sender<Event>,
}

#[derive(Debug)]
struct Ring {
    next_id: u64,
    kept: VecDeque<Event>,
}

/// What a listener gets first, and from then on.
#[derive(Debug)]
pub struct Following {
    /// Whether events after the listener's last one are no longer kept.
    pub missed: bool,
    /// Kept events after the listener's last one.
    pub earlier: Vec<Event>,
    /// Everything after those.
    pub live: broadcast::Receiver<Event>,
}

impl EventLog {
    /// An empty log whose ids are above those of every earlier run.
    #[must_use]
    pub fn starting_now() -> Self {
        let seconds = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |d| d.as_secs());
        Self::starting_at(seconds.saturating_mul(IDS_A_SECOND).saturating_add(1))
    }

    /// An empty log whose first event has id `first`.
    #[must_use]
    pub fn starting_at(first: u64) -> Self {
        let ring = Ring {
            next_id: first,
            kept: VecDeque::with_capacity(KEPT),
        };
        Self {
            ring: Mutex::new(ring),
            live: broadcast::Sender::new(BEHIND),
        }
    }

    /// Tells everybody. `value` that cannot be written as JSON is told as `null`.
    pub fn publish(&self, kind: EventKind, value: &impl Serialize) -> u64 {
        let json = serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned());
        // The ring stays locked while the event is sent, so that no listener sees it twice or
        // not at all. Poison says nothing here: every change of the ring is complete.
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let event = Event {
            id: ring.next_id,
            kind,
            json: json.into(),
        };
        ring.next_id += 1;
        if ring.kept.len() == KEPT {
            ring.kept.pop_front();
        }
        ring.kept.push_back(event.clone());
        let id = event.id;
        // Nobody listening is no error.
        let _ = self.live.send(event);
        id
    }

    /// Follows the log: after event `last`, or from now on.
    #[must_use]
    pub fn follow(&self, last: Option<u64>) -> Following {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let live = self.live.subscribe();
        let Some(last) = last else {
            return Following {
                missed: false,
                earlier: Vec::new(),
                live,
            };
        };
        let first_kept = ring.kept.front().map_or(ring.next_id, |e| e.id);
        let known = last < ring.next_id && last.saturating_add(1) >= first_kept;
        let earlier = ring
            .kept
            .iter()
            .filter(|e| !known || e.id > last)
            .cloned()
            .collect();
        Following {
            missed: !known,
            earlier,
            live,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(following: &Following) -> Vec<u64> {
        following.earlier.iter().map(|e| e.id).collect()
    }

    #[test]
    fn who_comes_back_gets_what_came_after_its_last_event() {
        let log = EventLog::starting_at(10);
        for n in 0..5 {
            log.publish(EventKind::Channel, &n);
        }
        let mut following = log.follow(Some(12));
        assert!(!following.missed);
        assert_eq!(ids(&following), [13, 14]);
        log.publish(EventKind::Input, &"new");
        assert_eq!(following.live.try_recv().unwrap().id, 15);
        assert!(log.follow(Some(15)).earlier.is_empty());
    }

    #[test]
    fn who_was_away_too_long_or_comes_from_elsewhere_is_told() {
        let log = EventLog::starting_at(1);
        for n in 0..KEPT + 7 {
            log.publish(EventKind::Output, &n);
        }
        let away = log.follow(Some(3));
        assert!(away.missed);
        assert_eq!(away.earlier.len(), KEPT);
        assert!(log.follow(Some(u64::MAX)).missed);
        assert!(!log.follow(Some(7)).missed);
        assert!(log.follow(Some(6)).missed);
    }

    #[test]
    fn an_empty_log_has_missed_nothing_of_its_own() {
        let log = EventLog::starting_at(100);
        assert!(!log.follow(Some(99)).missed);
        assert!(log.follow(Some(42)).missed);
        assert!(!log.follow(None).missed);
    }
}
