//! The ladder of a channel: two workers beside its HLS, one for the smaller pictures and one for the
//! sound alone, so that what breaks the one leaves the other.

use packager::hls;
use packager::ts::RawPacket;

use super::transcoder::Transcoder;
use crate::net::{Context, Health};
use crate::plan::{LadderPlan, WorkerPlan};

/// What the workers have done.
pub(super) enum Made<'a> {
    /// A packet of a rung.
    Packet(&'a RawPacket),
    /// The one that makes the pictures has gone, or with `sound` the other one.
    Lost {
        /// Which.
        sound: bool,
    },
}

/// Of each worker of a ladder, or why there is none.
pub(super) type Healths = Vec<(&'static str, Result<Health, String>)>;

/// The workers.
#[derive(Default)]
pub(super) struct Ladder {
    pictures: Option<Transcoder>,
    sound: Option<Transcoder>,
}

/// What HLS has to know of it.
pub(super) fn rungs(plan: &LadderPlan) -> hls::Ladder {
    hls::Ladder {
        pictures: plan.pictures.iter().map(|(lines, _)| *lines).collect(),
        sound: plan.sound.is_some(),
    }
}

impl Ladder {
    /// Starts them.
    pub(super) fn start(plan: &LadderPlan, context: &Context) -> (Self, Healths) {
        let pictures = (!plan.pictures.is_empty()).then(|| plan.pictures.clone());
        let pictures = pictures.map(WorkerPlan::Pictures);
        let sound = plan.sound.map(WorkerPlan::Sound);
        let mut healths = Vec::new();
        let mut start = |what: &'static str, plan: Option<WorkerPlan>| {
            let started = Transcoder::start(context, &plan?);
            let health = started.as_ref().map(Transcoder::health);
            healths.push((what, health.map_err(ToString::to_string)));
            started.ok()
        };
        let ladder = Self {
            pictures: start("pictures", pictures),
            sound: start("sound", sound),
        };
        (ladder, healths)
    }

    /// Takes a packet of the programme.
    pub(super) fn push(&mut self, packet: &RawPacket) {
        for worker in [&mut self.pictures, &mut self.sound].into_iter().flatten() {
            worker.push(packet);
        }
    }

    /// Gives them what waits, and `out` what they have made.
    pub(super) fn turn(&mut self, mut out: impl FnMut(Made<'_>)) {
        for (worker, sound) in [(&mut self.pictures, false), (&mut self.sound, true)] {
            if let Some(worker) = worker
                && !worker.turn(|packet| out(Made::Packet(packet)))
            {
                out(Made::Lost { sound });
            }
        }
    }
}
