//! Opens what only FFmpeg can open and hands back a transport stream. In: a URL, a file, or a
//! transport stream on standard input. Out: its largest picture with its sound and subtitles, copied
//! where a transport stream carries the codec, encoded anew where not, on one repaired timeline; or
//! a ladder of what is made of them, on the source's own. It refuses to read a local file for a
//! source of the network, and to wait for a source that is silent.

mod advice;
mod interleave;
mod ladder;
mod pace;
mod picture;
mod relay;
mod sound;
mod source;
mod strain;
mod study;
mod timeline;
mod track;

use ffmpeg_next::Error;

use crate::outcome::Failure;
use crate::report::Reporter;
use crate::watch::Watch;
pub(crate) use ladder::{Ladder, MOST_RUNGS, Rung};
use relay::Relay;
pub(crate) use source::Place;

/// What to open.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Where it is.
    pub(crate) place: Place,
    /// Wait there for a publisher.
    pub(crate) listen: bool,
    /// Encode what HLS cannot carry.
    pub(crate) transcode: bool,
    /// What is made in place of it.
    pub(crate) ladder: Ladder,
}

/// Hands the source over until it ends; a file is played again and again.
pub(crate) fn run(
    plan: &Plan,
    watch: &Watch,
    reporter: &Reporter,
) -> Result<&'static str, Failure> {
    let verb = if plan.listen {
        "waiting for a publisher at"
    } else {
        "opening"
    };
    reporter.started(&format!("{verb} {}", plan.place));
    let mut relay = Relay::new(plan, watch, reporter);
    loop {
        let packets = relay.play()?;
        if !matches!(plan.place, Place::File(_)) {
            return Ok("the source ended its stream");
        }
        if packets == 0 {
            return Err(plan.place.failure(Error::InvalidData));
        }
    }
}
