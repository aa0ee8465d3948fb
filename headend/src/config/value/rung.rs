//! The rungs of a ladder.

use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::super::fault::{Fault, Value};
use super::Rate;

/// One rung of a ladder: `720p 1.5M`, or `audio 64k`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rung {
    /// Lines of the picture; `None` is sound alone.
    pub lines: Option<u32>,
    /// Of the picture, or of the sound.
    pub rate: Rate,
}

written_as_text!(Rung, "rung", "^([0-9]+p|audio) [0-9]+(\\.[0-9]+)?[kM]$");

/// Smaller ones are no picture that people read; the largest is 4K.
const LINES: RangeInclusive<u32> = 90..=2160;
/// What x264 makes a picture of, and what a commune's line may carry.
const PICTURE_BITS: RangeInclusive<u64> = 100_000..=50_000_000;
/// AAC-LC in stereo.
const SOUND_BITS: RangeInclusive<u64> = 16_000..=320_000;

impl FromStr for Rung {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        rung(text).ok_or_else(|| Value::Rung(text.into()).into())
    }
}

fn rung(text: &str) -> Option<Rung> {
    let (what, rate) = text.split_once(' ')?;
    let rate: Rate = rate.parse().ok()?;
    let (lines, limits) = match what.strip_suffix('p') {
        Some(lines) => (Some(lines.parse().ok()?), PICTURE_BITS),
        None if what == "audio" => (None, SOUND_BITS),
        None => return None,
    };
    // H.264 of 4:2:0 has pairs of lines.
    let even = lines.is_none_or(|n: u32| LINES.contains(&n) && n.is_multiple_of(2));
    (even && limits.contains(&rate.0.bits_per_second())).then_some(Rung { lines, rate })
}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lines {
            Some(lines) => write!(f, "{lines}p {}", self.rate),
            None => write!(f, "audio {}", self.rate),
        }
    }
}
