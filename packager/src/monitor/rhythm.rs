//! When something that comes again and again has paused for longer than it does.

use std::time::Duration;

use crate::time::Mono;

/// A pause is forgotten in about so long.
const FORGET: Duration = Duration::from_secs(3);

/// The pauses of something by nature: a feed of sound alone, or one that comes in bursts, pauses
/// without being silent.
#[derive(Clone, Copy, Debug)]
pub struct Rhythm {
    last: Option<Mono>,
    /// The longest pause of late; long until it is known.
    pause: Duration,
    /// What is no silence yet, and what always is one.
    bounds: (Duration, Duration),
}

impl Rhythm {
    /// Silent after `least` where pauses are short, and after `most` whatever they are.
    #[must_use]
    pub fn new(least: Duration, most: Duration) -> Self {
        Self {
            last: None,
            pause: most / 2,
            bounds: (least, most),
        }
    }

    /// It came.
    pub fn beat(&mut self, at: Mono) {
        let pause = self.last.map_or(Duration::ZERO, |last| at.since(last));
        let forgotten = self
            .pause
            .mul_f64((pause.as_secs_f64() / FORGET.as_secs_f64()).min(1.0));
        self.pause = (self.pause - forgotten).max(pause.min(self.bounds.1));
        self.last = Some(at);
    }

    /// When it came last.
    #[must_use]
    pub const fn last(&self) -> Option<Mono> {
        self.last
    }

    /// A longer pause is silence: twice what it pauses by nature, within the bounds.
    #[must_use]
    pub fn allowed(&self) -> Duration {
        (self.pause * 2).clamp(self.bounds.0, self.bounds.1)
    }
}
