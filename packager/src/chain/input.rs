//! One input of a channel, on air or not.

use std::time::Duration;

use crate::feed::Feed;
use crate::monitor::{self, Check, Monitor, Rhythm};
use crate::receive::{self, Receiver};
use crate::select::{Content, Fitness, Reserve, Wear};
use crate::time::Mono;
use crate::ts::RawPacket;

use super::air::Air;

/// An input without a packet for this long is silent, if its packets come closer: under the
/// output's latency, so that a switch leaves no hole.
const SILENT: Duration = Duration::from_millis(120);
/// No pause is longer and still none: what an operator calls gone.
const MOST_PAUSE: Duration = Duration::from_secs(1);

/// One input: its packets in order, and what is known of them.
#[derive(Debug)]
pub struct Input {
    /// Datagrams to packets.
    pub receiver: Receiver,
    /// Packets to findings.
    pub monitor: Monitor,
    /// One programme of it on one line.
    pub feed: Feed,
    /// What a switch to it would begin with; empty while it is on air.
    pub(super) reserve: Reserve,
    rhythm: Rhythm,
    /// It may pause for so long beside that, while another path of it takes over.
    patience: Duration,
    wear: Wear,
    /// What decoding it showed; nothing where nobody decodes it.
    pub(super) content: Option<Content>,
}

impl Input {
    /// `delay` is that of the channel: inputs follow each other on one line only with one delay.
    pub(super) fn new(settings: receive::Settings, program: Option<u16>, delay: Duration) -> Self {
        Self {
            receiver: Receiver::new(settings),
            monitor: Monitor::new(monitor::Settings {
                program,
                ..monitor::Settings::default()
            }),
            feed: Feed::new(program, delay),
            reserve: Reserve::default(),
            rhythm: Rhythm::new(SILENT, MOST_PAUSE),
            patience: settings.delay(),
            wear: Wear::default(),
            content: None,
        }
    }

    /// What decoding it showed; `None` where nobody decodes it.
    #[must_use]
    pub const fn content(&self) -> Option<Content> {
        self.content
    }

    /// How fit it is to be on air.
    pub(super) fn judge(&mut self, now: Mono) -> Fitness {
        let lossy = self
            .wear
            .count(now, || self.monitor.count(Check::Continuity));
        let has_clock = self.feed.clock().is_some() && self.feed.programme().is_some();
        let most = self.rhythm.allowed() + self.patience;
        if self
            .rhythm
            .last()
            .is_none_or(|last| now.since(last) >= most)
        {
            return Fitness::NoPackets;
        }
        let (presence, lack) = (self.monitor.presence(), self.monitor.lack());
        let fitness = Fitness::of(presence, has_clock, lack, self.content.unwrap_or_default());
        match lossy {
            true => fitness.min(Fitness::Lossy),
            false => fitness,
        }
    }

    /// Takes what the receiver hands out: to `air` when it is on air, else to the reserve.
    pub(super) fn receive(
        &mut self,
        mut air: Option<&mut Air>,
        tap: &mut impl FnMut(&RawPacket),
        hand_out: impl FnOnce(&mut Receiver, &mut dyn FnMut(Mono, &RawPacket)),
    ) {
        let Self {
            receiver,
            monitor,
            feed,
            reserve,
            rhythm,
            ..
        } = self;
        hand_out(receiver, &mut |at, packet| {
            rhythm.beat(at);
            monitor.push(at, packet);
            let kept = feed.push(at, packet);
            match &mut air {
                Some(air) => air.push(feed, kept, tap),
                None => kept.into_iter().for_each(|kept| reserve.push(kept)),
            }
        });
    }
}
