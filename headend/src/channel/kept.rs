//! What the archive shall keep of the channels, and what is shown of it.

use super::since::{stamp, wall_now};
use crate::archive::{Archive, Wanted};
use crate::meeting::Meetings;
use crate::node_handle::events::{EventKind, EventLog};
use crate::plan::{ChannelPlan, Plan};
use crate::report::millis;
use crate::snapshot::{ArchiveSnapshot, ChannelSnapshot, HlsSnapshot, ShiftSnapshot};

/// What `plan` wants kept.
pub(super) fn wanted(plan: &Plan) -> Wanted {
    let shifts = plan.channels.iter().filter_map(|channel| {
        let shift = channel.hls.as_ref()?.shift?;
        Some((channel.id.clone(), shift))
    });
    Wanted {
        quota: plan.archive_quota,
        shifts: shifts.collect(),
    }
}

/// Records the meeting that is on where that is wanted; whether the channel is recorded.
pub(super) fn follow(
    plan: &ChannelPlan,
    shows: bool,
    meetings: &Meetings,
    archive: &Archive,
) -> bool {
    let now = wall_now();
    let on = meetings.now(&plan.id, millis(now)).filter(|_| shows);
    archive.follow(&plan.id, on, now);
    archive.is_recording(&plan.id)
}

/// Tells which channels are recorded now and were not, or the other way round.
pub(super) fn tell(before: &[ChannelSnapshot], now: &[ChannelSnapshot], events: &EventLog) {
    for channel in now {
        let mut was = before.iter().filter(|was| was.id == channel.id);
        if was.next().is_some_and(|was| was.recording) != channel.recording {
            let word = serde_json::json!({
                "channel": channel.id,
                "state": channel.state,
                "recording": channel.recording,
            });
            events.publish(EventKind::Channel, &word);
        }
    }
}

/// How the archive does.
pub(super) fn snapshot(archive: &Archive, quota: u64) -> ArchiveSnapshot {
    let health = archive.health();
    ArchiveSnapshot {
        bytes: health.bytes,
        quota_bytes: quota,
        written_total: health.written_total,
        dropped_total: health.dropped_total,
        squeezed_total: health.squeezed_total,
        failed: health.failed,
    }
}

/// The HLS of a channel with how far back its viewers can go.
pub(super) fn shown(
    hls: Option<HlsSnapshot>,
    plan: &ChannelPlan,
    archive: &Archive,
) -> Option<HlsSnapshot> {
    let hls = hls?;
    let wanted = plan.hls.as_ref().and_then(|hls| hls.shift);
    let reach = wanted.and_then(|_| archive.reach(&plan.id));
    let shift = reach.map(|reach| ShiftSnapshot {
        earliest: stamp(reach.earliest),
        earliest_unix_seconds: reach.earliest.unix_seconds(),
        span_seconds: reach.span.as_secs_f64(),
    });
    Some(HlsSnapshot {
        shift_seconds: wanted.map(|span| span.as_secs()),
        shift,
        ..hls
    })
}
