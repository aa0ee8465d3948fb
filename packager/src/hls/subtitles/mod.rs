//! Subtitles of teletext as WebVTT.
//!
//! In: PES packets of teletext with their place on the programme's line, and where its segments are
//! cut. Out: what was shown in each segment, as WebVTT with times of that line. It knows letters of
//! Latin alphabets without diacritics of level 1.5, and no bitmaps.

mod charset;
mod list;
mod teletext;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fmt::Write as _;

pub(super) use self::list::{List, Shown};
use self::teletext::Decoder;
pub(super) use self::teletext::Page;
use crate::ts::clock::{PTS_MODULUS, Ticks};

/// A caption that nobody takes back goes by itself.
const LONGEST: Ticks = Ticks::from_millis(20_000);
/// Captions that wait for their segment to end: 10 s of one each 40 ms.
const CUES_CAP: usize = 250;

/// One caption.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cue {
    begin: Ticks,
    /// `None` while it is shown.
    end: Option<Ticks>,
    text: String,
}

impl Cue {
    fn end(&self) -> Ticks {
        let longest = self.begin + LONGEST;
        self.end.map_or(longest, |end| end.min(longest))
    }
}

/// The captions of one page.
#[derive(Debug)]
pub(super) struct Track {
    decoder: Decoder,
    cues: VecDeque<Cue>,
}

impl Track {
    pub(super) const fn new(page: Page) -> Self {
        Self {
            decoder: Decoder::new(page),
            cues: VecDeque::new(),
        }
    }

    /// Takes the data of a PES packet that is shown at `at`.
    pub(super) fn push(&mut self, at: Ticks, data: &[u8]) {
        let Some(text) = self.decoder.push(data) else {
            return;
        };
        if let Some(last) = self.cues.back_mut().filter(|cue| cue.end.is_none()) {
            if last.text == text && at < last.end() {
                return;
            }
            last.end = Some(at.max(last.begin));
        }
        if !text.is_empty() && self.cues.len() < CUES_CAP {
            self.cues.push_back(Cue {
                begin: at,
                end: None,
                text,
            });
        }
    }

    /// What is shown from `begin` to `end` as WebVTT, with times from `begin` on; what came before is
    /// forgotten.
    pub(super) fn cut(&mut self, begin: Ticks, end: Ticks) -> String {
        let mpegts = (begin.get() / 300).rem_euclid(PTS_MODULUS.cast_signed());
        let mut text = format!("WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:{mpegts}\n");
        for cue in &self.cues {
            let (from, to) = (cue.begin.max(begin), cue.end().min(end));
            if from < to {
                let (from, to) = (time(from - begin), time(to - begin));
                // Writing to a string cannot fail.
                let _ = write!(text, "\n{from} --> {to}\n{}\n", escaped(&cue.text));
            }
        }
        self.cues.retain(|cue| cue.end() > end);
        text
    }

    /// Another timeline begins.
    pub(super) fn restart(&mut self) {
        self.cues.clear();
    }
}

/// Hours, minutes, seconds (WebVTT, 4.1).
fn time(at: Ticks) -> String {
    let millis = at.get() / 27_000;
    let (seconds, millis) = (millis / 1000, millis % 1000);
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    format!(
        "{:02}:{:02}:{seconds:02}.{millis:03}",
        minutes / 60,
        minutes % 60
    )
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}
