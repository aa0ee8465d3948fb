//! From the tap to the window: one task for a channel, on tokio, never on the packet path.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use packager::hls::{Change, Packager, Resume, Settings, Window};
use packager::ts::RawPacket;
use rtrb::{Consumer, RingBuffer};
use tokio::task::JoinHandle;

use super::since::wall_now;
use crate::line::Tap;
use crate::plan::HlsPlan;
use crate::snapshot::RecordSnapshot;
use crate::store::Record;

/// Packets between the line and HLS: 0.6 s of 40 Mbit/s.
const TAP_PACKETS: usize = 16_384;
/// How often the tap is emptied; a part lasts 400 ms.
const EMPTY_EVERY: Duration = Duration::from_millis(10);

/// Keeps the sequence numbers of the channels.
pub(super) struct Journal {
    record: Arc<Record>,
}

impl Journal {
    pub(super) const fn new(record: Arc<Record>) -> Self {
        Self { record }
    }

    /// How the record does.
    pub(super) fn snapshot(&self) -> RecordSnapshot {
        self.record.snapshot()
    }

    fn resume(&self, channel: &Arc<str>) -> Resume {
        self.record.resume(channel, wall_now())
    }

    fn note(&self, channel: &Arc<str>, resume: Resume) {
        self.record.note(channel, resume);
    }
}

/// The HLS of one running channel; dropping it ends the task.
pub(super) struct Hls {
    task: JoinHandle<()>,
    pub(super) window: Arc<ArcSwap<Window>>,
}

impl Hls {
    /// Starts the task and gives the tap for the line.
    pub(super) fn start(id: &Arc<str>, plan: &HlsPlan, journal: &Arc<Journal>) -> (Self, Tap) {
        let (producer, consumer) = RingBuffer::new(TAP_PACKETS);
        let settings = Settings {
            segment: plan.segment,
            part: plan.part,
            window: plan.window,
        };
        let packager = Packager::new(settings, journal.resume(id));
        let window = Arc::new(ArcSwap::new(packager.window()));
        let task = tokio::spawn(follow(
            consumer,
            packager,
            window.clone(),
            (id.clone(), journal.clone()),
        ));
        (Self { task, window }, Tap::new(producer))
    }
}

impl Drop for Hls {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn follow(
    mut packets: Consumer<RawPacket>,
    mut packager: Packager,
    window: Arc<ArcSwap<Window>>,
    (id, journal): (Arc<str>, Arc<Journal>),
) {
    let mut every = tokio::time::interval(EMPTY_EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        every.tick().await;
        let now = wall_now();
        let mut change = Change::Nothing;
        while let Ok(packet) = packets.pop() {
            let now = packager.push(now, &packet);
            if now == Change::Segment {
                journal.note(&id, packager.journal());
            }
            change = change.max(now);
        }
        if change > Change::Nothing {
            window.store(packager.window());
        }
    }
}
