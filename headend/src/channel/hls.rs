//! From the packets of the tap to the live window.

use std::sync::Arc;

use packager::hls::{Change, Packager, Resume, Settings};
use packager::ts::RawPacket;

use super::since::wall_now;
use super::transcoder::Transcoder;
use crate::net::{Context, Health};
use crate::node_handle::LiveWindow;
use crate::plan::HlsPlan;
use crate::snapshot::RecordSnapshot;
use crate::store::Record;

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

/// The HLS of one running channel, as others see it.
pub(super) struct Hls {
    pub(super) window: Arc<LiveWindow>,
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
        let packager = Packager::new(settings, journal.resume(id));
        let window = Arc::new(LiveWindow::new(packager.window()));
        let transcoder = plan.transcode.then(|| Transcoder::start(context));
        let health = transcoder.as_ref().map(|started| match started {
            Ok(transcoder) => Ok(transcoder.health()),
            Err(fault) => Err(fault.to_string()),
        });
        let packaging = Packaging {
            transcoder: transcoder.and_then(Result::ok),
            packager,
            window: window.clone(),
            id: id.clone(),
            journal: journal.clone(),
            change: Change::Nothing,
        };
        let hls = Self {
            window,
            transcoder: health,
        };
        (hls, packaging)
    }
}

/// The HLS of one running channel, at work.
pub(super) struct Packaging {
    transcoder: Option<Transcoder>,
    packager: Packager,
    window: Arc<LiveWindow>,
    id: Arc<str>,
    journal: Arc<Journal>,
    change: Change,
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
        let change = self.packager.push(wall_now(), packet);
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
        if std::mem::take(&mut self.change) > Change::Nothing {
            self.window.store(self.packager.window());
        }
    }
}
