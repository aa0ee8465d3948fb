//! Subtitles on the programme's line, cut with its segments.

use super::Packager;
use crate::hls::layout::{Layout, Subtitles};
use crate::hls::line::Place;
use crate::hls::programme::Completed;
use crate::hls::subtitles::Track;
use crate::hls::unit::Pes;
use crate::ts::Pid;

impl Packager {
    /// Follows the pages of `layout`; those that were there go on. Low latency has none: parts of
    /// text are not made.
    pub(super) fn open_texts(&mut self, layout: &Layout) {
        let mut before = std::mem::take(&mut self.texts);
        let pages = layout
            .subtitles
            .iter()
            .filter(|_| !self.settings.low_latency);
        let texts = pages.map(|page| {
            let known = before.iter().position(|(label, _)| label == page);
            let known = known.map(|index| before.swap_remove(index));
            known.unwrap_or_else(|| (page.clone(), Track::new(page.page)))
        });
        self.texts = texts.collect();
    }

    pub(super) fn push_text(&mut self, pid: Pid, pes: &Pes) {
        let (Some(programme), Some(stamp)) = (&self.programme, pes.stamp) else {
            return;
        };
        let Place::On(at) = programme.line().place(stamp.pts) else {
            return;
        };
        let texts = self.texts.iter_mut().filter(|(label, _)| label.pid == pid);
        texts.for_each(|(_, text)| text.push(at, &pes.payload));
    }

    /// What is shown in the segment that the first track of `completed` has closed.
    pub(super) fn cut_texts(&mut self, completed: &Completed) -> Vec<(Subtitles, String)> {
        let Some(lead) = completed.tracks.iter().flatten().next() else {
            return Vec::new();
        };
        let texts = self.texts.iter_mut();
        let texts = texts.map(|(label, text)| (label.clone(), text.cut(lead.start, lead.end)));
        texts.collect()
    }
}
