//! The keys of `[channel.failover]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::value::Span;

/// `[channel.failover]`. The input on air is replaced when a fault of it lasts and another is
/// fitter; what is worse, the earlier it stands: no packets, no programme, scrambled, no video,
/// black, frozen, no audio, mute, lossy, no clock, no tables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Failover {
    /// When a preferred input that is well again goes back on air.
    pub revert: WhenBack,
    /// How long it has to be well before that, 1s to 60m.
    pub revert_after: Span,
    /// A switch waits so long after the last one, unless nothing comes from the input on air. 1s
    /// to 10m.
    pub hold_down: Span,
    /// Faults that change nothing: `["black", "mute"]` for a meeting that pauses so.
    #[schemars(length(max = 11), example = &["black"])]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<InputFault>,
    /// How long each fault lasts before another input goes on air. Where nothing comes at all it is
    /// at once: after twice the pauses that the input makes by nature, 120 ms to 1 s.
    pub after: After,
}

impl Default for Failover {
    fn default() -> Self {
        Self {
            revert: WhenBack::default(),
            revert_after: Span::from_millis(30_000),
            hold_down: Span::from_millis(10_000),
            ignore: Vec::new(),
            after: After::default(),
        }
    }
}

/// `[channel.failover.after]`: 500ms to 10m each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct After {
    /// Packets come, and a PAT, PMT or PCR of the programme never did.
    pub no_programme: Span,
    /// The programme is scrambled.
    pub scrambled: Span,
    /// Sound without picture.
    pub no_video: Span,
    /// The picture is black.
    pub black: Span,
    /// The picture stands still, down to its noise.
    pub frozen: Span,
    /// Picture without sound.
    pub no_audio: Span,
    /// The sound is digital silence, below -60 dBFS; a quiet room is none.
    pub mute: Span,
    /// Five or more transport faults in a second, or any in three seconds in a row.
    pub lossy: Span,
    /// The PCR has stopped for 500 ms; the programme goes on by the clock that was.
    pub no_clock: Span,
    /// The PAT or the PMT has stopped for 500 ms; the programme goes on by the tables that were.
    pub no_tables: Span,
}

impl Default for After {
    fn default() -> Self {
        let (gone, pause) = (Span::from_millis(500), Span::from_millis(5_000));
        Self {
            no_programme: gone,
            scrambled: Span::from_millis(1_000),
            no_video: gone,
            black: pause,
            frozen: pause,
            no_audio: gone,
            mute: pause,
            lossy: Span::from_millis(3_000),
            no_clock: gone,
            no_tables: gone,
        }
    }
}

/// `revert` of a failover.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WhenBack {
    /// Each time it has been well for `revert-after`. Choose it when the first input is the better
    /// one.
    #[default]
    WhenWell,
    /// Once, and then no more until an operator switches. Choose it for an input that may fail
    /// again and again.
    Once,
    /// Never by itself. Choose it when any switch back has to be an operator's.
    Never,
}

/// A fault of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InputFault {
    /// Nothing comes.
    NoPackets,
    /// Packets come, and a PAT, PMT or PCR of the programme never did.
    NoProgramme,
    /// The programme is scrambled.
    Scrambled,
    /// Sound without picture.
    NoVideo,
    /// The picture is black.
    Black,
    /// The picture stands still.
    Frozen,
    /// Picture without sound.
    NoAudio,
    /// The sound is digital silence.
    Mute,
    /// Transport faults in each second.
    Lossy,
    /// The PCR has stopped.
    NoClock,
    /// The PAT or the PMT has stopped.
    NoTables,
}
