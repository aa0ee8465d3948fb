//! What the machine says of itself, at most once a second.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::since::wall_now;
use crate::cause::{Machine, Text};
use crate::net;
use crate::tls::Facts;

/// One look serves all channels of a second.
const EVERY: Duration = Duration::from_millis(900);

/// Looks at the machine.
#[derive(Debug)]
pub(super) struct Gauge {
    looked: Instant,
    /// The wall clock then, nanoseconds.
    wall: i64,
    machine: Machine,
}

impl Gauge {
    pub(super) fn new() -> Self {
        Self {
            looked: Instant::now(),
            wall: wall_now().unix_nanos(),
            machine: Machine::default(),
        }
    }

    /// The machine now.
    pub(super) fn look(
        &mut self,
        (record, archive): (Option<String>, Option<Text>),
        certificate: Option<Arc<Facts>>,
    ) -> &Machine {
        let elapsed = self.looked.elapsed();
        if elapsed >= EVERY {
            let wall = wall_now().unix_nanos();
            let passed = i64::try_from(elapsed.as_nanos()).unwrap_or(i64::MAX);
            self.machine = Machine {
                links: net::links(),
                stepped: wall.saturating_sub(self.wall).saturating_sub(passed),
                record,
                archive,
                pressure: pressure(),
                certificate,
            };
            (self.wall, self.looked) = (wall, Instant::now());
        }
        &self.machine
    }
}

/// `some avg10=` of `/proc/pressure/cpu`, percent.
fn pressure() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/pressure/cpu").ok()?;
    let (_, after) = text.split_once("some avg10=")?;
    after.split_whitespace().next()?.parse().ok()
}
