//! The figures of a channel in one second.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Millis;
use crate::line::{InputReport, OutputReport, Report};

/// A channel in one second.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sample {
    /// The end of the second, milliseconds since 1970.
    pub at: Millis,
    /// The input on air; `None` while nothing is.
    pub on_air: Option<usize>,
    /// In the order of the configuration.
    pub inputs: Vec<InputSample>,
    /// What each output sent, bit/s.
    pub outputs: Vec<u64>,
}

/// An input in one second.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InputSample {
    /// bit/s of transport stream.
    pub rate: u64,
    /// RTP packets that did not come; where there is no RTP, jumps of continuity counters.
    pub lost: u64,
    /// Arrival jitter, peak to peak, ms.
    pub jitter: f64,
    /// Loudness over 3 s, LUFS; `None` where nobody listens.
    pub loudness: Option<f64>,
}

impl Sample {
    /// Of two reports a second apart, the newest first; `loudness` gives that of an input.
    #[must_use]
    pub fn of(
        at: Millis,
        (now, before): (&Report, &Report),
        loudness: impl Fn(usize) -> Option<f64>,
    ) -> Self {
        let inputs = now.inputs.iter().zip(&before.inputs).enumerate();
        let span = now.at.since(before.at).as_millis().max(1);
        let sent = |(now, before): (&OutputReport, &OutputReport)| {
            let bits = u128::from(rose(now.sink.bytes, before.sink.bytes)) * 8_000;
            u64::try_from(bits / span).unwrap_or(u64::MAX)
        };
        Self {
            at,
            on_air: Some(now.on_air).filter(|_| now.has_programme && now.has_clock),
            inputs: inputs
                .map(|(index, reports)| InputSample::of(reports, loudness(index)))
                .collect(),
            outputs: now.outputs.iter().zip(&before.outputs).map(sent).collect(),
        }
    }
}

impl InputSample {
    fn of((now, before): (&InputReport, &InputReport), loudness: Option<f64>) -> Self {
        let came = now.receiver.bytes > before.receiver.bytes;
        let rtp = rose(now.receiver.rtp.lost, before.receiver.rtp.lost);
        let lost = match rtp {
            0 => rose(jumps(now), jumps(before)),
            lost => lost,
        };
        Self {
            // The measured rate stands still when nothing comes any more.
            rate: now.inventory.bitrate.filter(|_| came).unwrap_or(0),
            lost,
            jitter: now.jitter.filter(|_| came).map_or(0.0, |j| {
                // Tenths of a millisecond are enough on paper.
                (j.as_secs_f64() * 1e4).round() / 10.0
            }),
            loudness,
        }
    }
}

/// TR 101 290, 1.4.
fn jumps(report: &InputReport) -> u64 {
    let continuity = report.findings.iter().find(|f| f.check.clause() == "1.4");
    continuity.map_or(0, |finding| finding.count)
}

const fn rose(now: u64, before: u64) -> u64 {
    now.saturating_sub(before)
}
