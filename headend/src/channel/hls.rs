//! From the tap to the window: one task for a channel, on tokio, never on the packet path.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use packager::hls::{Change, Packager, Resume, Settings, Window};
use packager::ts::RawPacket;
use rtrb::{Consumer, RingBuffer};
use tokio::task::JoinHandle;

use super::since::wall_now;
use super::transcoder::Transcoder;
use crate::line::Tap;
use crate::net::{Context, Health};
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
    /// Of the worker that encodes anew, or why there is none; `None` where nothing is.
    pub(super) transcoder: Option<Result<Health, String>>,
}

impl Hls {
    /// Why nothing is encoded anew, though it should be.
    pub(super) fn trouble(&self) -> Option<String> {
        match self.transcoder.as_ref()? {
            Ok(health) => {
                let worker = health.snapshot();
                worker.last_words.clone().filter(|_| worker.pid.is_none())
            }
            Err(fault) => Some(fault.clone()),
        }
    }

    /// Starts the task and gives the tap for the line.
    pub(super) fn start(
        id: &Arc<str>,
        plan: &HlsPlan,
        journal: &Arc<Journal>,
        context: &Context,
    ) -> (Self, Tap) {
        let (producer, consumer) = RingBuffer::new(TAP_PACKETS);
        let settings = Settings {
            segment: plan.segment,
            part: plan.part,
            window: plan.window,
        };
        let packager = Packager::new(settings, journal.resume(id));
        let window = Arc::new(ArcSwap::new(packager.window()));
        let transcoder = plan.transcode.then(|| Transcoder::start(context));
        let health = transcoder.as_ref().map(|started| match started {
            Ok(transcoder) => Ok(transcoder.health()),
            Err(fault) => Err(fault.to_string()),
        });
        let follower = Follower {
            transcoder: transcoder.and_then(Result::ok),
            packager,
            window: window.clone(),
            id: id.clone(),
            journal: journal.clone(),
        };
        let hls = Self {
            task: tokio::spawn(follower.run(consumer)),
            window,
            transcoder: health,
        };
        (hls, Tap::new(producer))
    }
}

impl Drop for Hls {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What the task holds.
struct Follower {
    transcoder: Option<Transcoder>,
    packager: Packager,
    window: Arc<ArcSwap<Window>>,
    id: Arc<str>,
    journal: Arc<Journal>,
}

impl Follower {
    async fn run(mut self, mut packets: Consumer<RawPacket>) {
        let mut every = tokio::time::interval(EMPTY_EVERY);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            every.tick().await;
            if self.turn(&mut packets) > Change::Nothing {
                self.window.store(self.packager.window());
            }
        }
    }

    fn turn(&mut self, packets: &mut Consumer<RawPacket>) -> Change {
        let now = wall_now();
        let mut change = Change::Nothing;
        let mut package = |packet: &RawPacket| {
            let now = self.packager.push(now, packet);
            if now == Change::Segment {
                self.journal.note(&self.id, self.packager.journal());
            }
            change = change.max(now);
        };
        while let Ok(packet) = packets.pop() {
            match &mut self.transcoder {
                Some(transcoder) => transcoder.push(&packet),
                None => package(&packet),
            }
        }
        if let Some(transcoder) = &mut self.transcoder {
            transcoder.turn(package);
        }
        change
    }
}
