//! From the packets of the tap to the live window.

use std::sync::Arc;

use packager::hls::{Change, Packager, Resume, Settings};
use packager::ts::RawPacket;

use super::ladder::{self, Healths, Ladder, Made};
use super::since::wall_now;
use super::transcoder::Transcoder;
use crate::archive::Archive;
use crate::net::{Context, Health};
use crate::node_handle::LiveWindow;
use crate::plan::{HlsPlan, WorkerPlan};
use crate::snapshot::RecordSnapshot;
use crate::store::Record;

/// Keeps the sequence numbers of the channels, and what they showed.
pub(super) struct Journal {
    record: Arc<Record>,
    archive: Arc<Archive>,
}

impl Journal {
    pub(super) const fn new(record: Arc<Record>, archive: Arc<Archive>) -> Self {
        Self { record, archive }
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

/// The HLS of one running channel, as others see it.
pub(super) struct Hls {
    pub(super) window: Arc<LiveWindow>,
    /// Of the worker that encodes anew, or why there is none; `None` where nothing is.
    pub(super) transcoder: Option<Result<Health, String>>,
    /// Of the workers that make its ladder.
    pub(super) ladder: Healths,
}

impl Hls {
    /// Why nothing is encoded anew, though it should be.
    pub(super) fn trouble(&self) -> Option<String> {
        trouble(self.transcoder.as_ref()?)
    }

    /// What of the ladder is not made now, and why.
    pub(super) fn ladder_trouble(&self) -> impl Iterator<Item = (&'static str, String)> {
        let of = |(what, worker): &(&'static str, _)| Some((*what, trouble(worker)?));
        self.ladder.iter().filter_map(of)
    }

    /// Starts it; the other half takes the packets.
    pub(super) fn start(
        id: &Arc<str>,
        plan: &HlsPlan,
        journal: &Arc<Journal>,
        context: &Context,
    ) -> (Self, Packaging) {
        let settings = Settings {
            segment: plan.segment,
            part: plan.part,
            low_latency: plan.low_latency,
            window: plan.window,
        };
        let rungs = ladder::rungs(&plan.ladder);
        let packager = Packager::with_ladder(settings, journal.resume(id), rungs);
        let window = Arc::new(LiveWindow::new(packager.window()));
        let transcoder = plan.transcode;
        let transcoder = transcoder.then(|| Transcoder::start(context, &WorkerPlan::Transcode));
        let health = transcoder.as_ref().map(|started| match started {
            Ok(transcoder) => Ok(transcoder.health()),
            Err(fault) => Err(fault.to_string()),
        });
        let (ladder, healths) = Ladder::start(&plan.ladder, context);
        let packaging = Packaging {
            ladder,
            transcoder: transcoder.and_then(Result::ok),
            packager,
            window: window.clone(),
            id: id.clone(),
            journal: journal.clone(),
            change: Change::Nothing,
            kept: 0,
        };
        let hls = Self {
            window,
            transcoder: health,
            ladder: healths,
        };
        (hls, packaging)
    }
}

/// Why a worker does not run.
fn trouble(worker: &Result<Health, String>) -> Option<String> {
    match worker {
        Ok(health) => {
            let worker = health.snapshot();
            worker.last_words.clone().filter(|_| worker.pid.is_none())
        }
        Err(fault) => Some(fault.clone()),
    }
}

/// The HLS of one running channel, at work.
pub(super) struct Packaging {
    transcoder: Option<Transcoder>,
    ladder: Ladder,
    packager: Packager,
    window: Arc<LiveWindow>,
    id: Arc<str>,
    journal: Arc<Journal>,
    change: Change,
    /// The media sequence number of the first that the archive does not have.
    kept: u64,
}

impl Packaging {
    /// Takes a packet of the tap.
    pub(super) fn push(&mut self, packet: &RawPacket) {
        match &mut self.transcoder {
            Some(transcoder) => transcoder.push(packet),
            None => self.package(packet),
        }
    }

    fn package(&mut self, packet: &RawPacket) {
        self.ladder.push(packet);
        let change = self.packager.push(wall_now(), packet);
        self.note(change);
    }

    fn take(&mut self, made: Made<'_>) {
        let now = wall_now();
        let change = match made {
            Made::Packet(packet) => self.packager.push_rung(now, packet),
            Made::Lost { sound } => self.packager.lose_rungs(now, sound),
        };
        self.note(change);
    }

    fn note(&mut self, change: Change) {
        if change == Change::Segment {
            self.journal.note(&self.id, self.packager.journal());
        }
        self.change = self.change.max(change);
    }

    /// Shows what has changed.
    pub(super) fn turn(&mut self) {
        if let Some(mut transcoder) = self.transcoder.take() {
            transcoder.turn(|packet| self.package(packet));
            self.transcoder = Some(transcoder);
        }
        let mut ladder = std::mem::take(&mut self.ladder);
        ladder.turn(|made| self.take(made));
        self.ladder = ladder;
        let change = std::mem::take(&mut self.change);
        if change > Change::Nothing {
            self.window.store(self.packager.window());
        }
        if change == Change::Segment {
            let window = self.packager.window();
            for moment in window.moments(self.kept) {
                self.kept = moment.msn + 1;
                self.journal.archive.keep(&self.id, moment);
            }
        }
    }
}
