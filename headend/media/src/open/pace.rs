//! When a packet of a file leaves: in real time by its DTS.

use std::time::{Duration, Instant};

use super::timeline::Ticks;

/// Behind by this much, the schedule starts anew instead of being caught up in a burst.
const LATE: Duration = Duration::from_millis(500);

/// No gap of the timeline is longer; a longer wait would be an error of ours.
const MOST: Duration = Duration::from_secs(15);

/// The moment at which some DTS was due.
#[derive(Default)]
pub(super) struct Pace {
    anchor: Option<(Instant, Ticks)>,
}

impl Pace {
    /// How long a packet of that DTS has to wait.
    pub(super) fn wait(&mut self, now: Instant, dts: Ticks) -> Duration {
        let (origin, first) = *self.anchor.get_or_insert((now, dts));
        let ticks = u64::try_from(dts - first).unwrap_or(0);
        let due = origin + Duration::from_nanos(ticks.saturating_mul(100_000) / 9);
        let wait = due.saturating_duration_since(now);
        if now.saturating_duration_since(due) > LATE || wait > MOST {
            self.anchor = Some((now, dts));
            return Duration::ZERO;
        }
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_leave_in_real_time() {
        let start = Instant::now();
        let mut pace = Pace::default();
        assert_eq!(pace.wait(start, 1000), Duration::ZERO);
        assert_eq!(pace.wait(start, 91_000), Duration::from_secs(1));
        let later = start + Duration::from_millis(1200);
        assert_eq!(pace.wait(later, 91_000), Duration::ZERO);
    }

    #[test]
    fn a_wild_time_does_not_stop_the_picture_for_ever() {
        let start = Instant::now();
        let mut pace = Pace::default();
        pace.wait(start, 0);
        assert_eq!(pace.wait(start, 90_000 * 3600), Duration::ZERO);
        assert_eq!(pace.wait(start, 90_000 * 3601), Duration::from_secs(1));
    }

    #[test]
    fn after_a_stall_the_rest_is_not_sent_in_a_burst() {
        let start = Instant::now();
        let mut pace = Pace::default();
        pace.wait(start, 0);
        let later = start + Duration::from_secs(20);
        assert_eq!(pace.wait(later, 90_000), Duration::ZERO);
        assert_eq!(pace.wait(later, 180_000), Duration::from_secs(1));
    }
}
