//! The halls of each channel, for the snapshot.

use std::collections::HashMap;

use crate::cause::{Book, Incident};
use crate::hall::{Halls, HallsSnapshot, Known, Now};
use crate::snapshot::ChannelState;

/// The counts of one moment.
pub(super) struct Counted {
    channels: HashMap<String, HallsSnapshot>,
    now: Now,
}

impl Counted {
    pub(super) fn now(halls: &Halls) -> Self {
        let now = Now::read();
        Self {
            channels: halls.counted(now),
            now,
        }
    }

    /// Those of a channel, with whose fault it is by its incidents.
    pub(super) fn of(&mut self, id: &str, book: &Book, state: ChannelState) -> HallsSnapshot {
        let counts = self.channels.remove(id).unwrap_or_default();
        if counts.struck() == 0 {
            return counts;
        }
        let incidents: Vec<Incident> = book.incidents().cloned().collect();
        let known = Known {
            on_air: state == ChannelState::OnAir,
            incidents: &incidents,
        };
        counts.judged(known, self.now.wall)
    }
}
