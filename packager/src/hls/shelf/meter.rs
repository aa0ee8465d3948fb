//! What a rendition measures of its segments: rates for BANDWIDTH, FRAME-RATE, and the channels of
//! its closed captions.

use super::Delivery;
use crate::hls::captions::Captions;
use crate::hls::codec::Kind;
use crate::hls::multivariant::Rate;
use crate::ts::clock::Ticks;

/// Measures a rendition over its whole life.
#[derive(Debug, Default)]
pub(super) struct Meter {
    bytes: u64,
    time: Ticks,
    peak: u64,
    pub(super) frame_rate: f32,
    pub(super) captions: Captions,
}

impl Meter {
    pub(super) fn take(&mut self, delivery: &Delivery, target: u64) {
        let segment = &delivery.segment;
        let bytes = u64::try_from(segment.body.len()).unwrap_or(0);
        self.bytes += bytes;
        self.time = self.time + segment.duration;
        // Segments shorter than half a target duration say nothing of the rate (4.4.6.2).
        let half = Ticks::from_millis(i64::try_from(target).unwrap_or(0) * 500);
        if segment.duration >= half || self.peak == 0 {
            self.peak = self.peak.max(bits_per_second(bytes, segment.duration));
        }
        let is_video = delivery
            .format
            .as_ref()
            .is_some_and(|f| f.kind() == Kind::Video);
        if is_video && !segment.is_gap() {
            self.frame_rate = frame_rate(self.frame_rate, delivery.samples, segment.duration);
            self.captions.note(&segment.body);
        }
    }

    pub(super) fn rate(&self) -> Rate {
        let average = bits_per_second(self.bytes, self.time);
        Rate {
            peak: self.peak.max(average),
            average,
        }
    }
}

fn bits_per_second(bytes: u64, time: Ticks) -> u64 {
    let ticks = u128::try_from(time.get().max(1)).unwrap_or(1);
    u64::try_from(u128::from(bytes) * 8 * 27_000_000 / ticks).unwrap_or(u64::MAX)
}

/// The measured rate, held while it differs by under one percent, so that the playlist is calm.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a figure for FRAME-RATE"
)]
fn frame_rate(old: f32, samples: u64, time: Ticks) -> f32 {
    let new = (samples as f64 / time.as_seconds().max(1e-3)) as f32;
    if (new - old).abs() <= old / 100.0 {
        old
    } else {
        new
    }
}
