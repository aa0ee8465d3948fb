//! The live window: what playlists list, and what was listed and can still be fetched.

use std::sync::Arc;

use bytes::Bytes;

use super::cmaf::Init;
use super::playlist::segment_name;
use crate::time::Wall;
use crate::ts::clock::Ticks;

/// A few frames of a segment, one `moof` and `mdat`.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) bytes: Bytes,
}

/// One segment of one rendition.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// Its media sequence number.
    pub(super) msn: u64,
    pub(super) duration: Ticks,
    /// Wall time of its first sample.
    pub(super) date: Wall,
    /// Whether EXT-X-DISCONTINUITY stands before it.
    pub(super) discontinuity: bool,
    /// Discontinuities of the channel up to this one, its own included.
    pub(super) discontinuities: u64,
    /// Whether a decoder can begin here without a flaw.
    pub(super) independent: bool,
    /// `None` when nothing of the rendition ever came.
    pub(super) init: Option<Arc<Init>>,
    /// All parts in a row; empty when the rendition had nothing in this time.
    pub(super) body: Bytes,
    /// Slices of `body`.
    pub(super) parts: Vec<Part>,
}

impl Segment {
    /// Whether playlists say EXT-X-GAP.
    pub(super) fn is_gap(&self) -> bool {
        self.body.is_empty()
    }
}

/// One rendition as of one moment.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) dir: Arc<str>,
    /// `None` when the rendition has left the programme.
    pub(super) playlist: Option<Bytes>,
    /// Those that can be fetched, oldest first; numbers without a gap.
    pub(super) segments: Vec<Arc<Segment>>,
    /// The media sequence number that comes after them.
    pub(super) next: u64,
    /// The parts of that segment.
    pub(super) open: Vec<Part>,
}

/// Everything under `/hls/{channel}/` at one moment; never changes.
#[derive(Clone, Debug, Default)]
pub struct Window {
    pub(super) instance: u64,
    pub(super) multivariant: Option<Bytes>,
    pub(super) renditions: Vec<Shown>,
    pub(super) facts: Facts,
}

/// Figures and sentences about a window, for the API, the metrics and the CLI.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Why there is no playlist, in a sentence; `None` when there is one.
    pub unavailable: Option<String>,
    /// What viewers do without or what disturbs them, in a sentence each.
    pub notices: Vec<String>,
    /// EXT-X-MEDIA-SEQUENCE.
    pub media_sequence: u64,
    /// EXT-X-DISCONTINUITY-SEQUENCE.
    pub discontinuity_sequence: u64,
    /// EXT-X-TARGETDURATION in seconds, 0 before the first segment.
    pub target_duration: u64,
    /// Segments listed in each playlist.
    pub segments: u64,
    /// Bytes held, no longer listed segments included.
    pub bytes: u64,
    /// What went wrong.
    pub faults: Faults,
}

/// What went wrong since the channel began, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// PES packets over the cap on memory.
    pub oversize: u64,
    /// PES packets whose header cannot be read.
    pub unreadable: u64,
    /// PES packets that lost packets on the way.
    pub truncated: u64,
    /// Slices and sound frames thrown away for being cut off or out of sync.
    pub damaged: u64,
    /// Headers and parameter sets that fragments cannot carry.
    pub unsupported: u64,
    /// Units whose time stamp goes back, or that came too late for their segment.
    pub misplaced: u64,
    /// Units whose time stamp has nothing to do with the programme's.
    pub off_line: u64,
    /// Units beyond the caps on memory.
    pub overflow: u64,
    /// New timelines within a programme.
    pub leaps: u64,
    /// Segments cut where no decoder can begin.
    pub forced_cuts: u64,
    /// Segments for which a rendition had nothing.
    pub gaps: u64,
    /// Segments that left the playlists early, for want of memory.
    pub squeezed: u64,
}

/// What a URL names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its bytes.
    pub body: Bytes,
    /// How it may be cached.
    pub kind: ObjectKind,
}

/// What an object is: all but a playlist never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    /// A multivariant or media playlist.
    Playlist,
    /// An init segment.
    Init,
    /// A media segment.
    Segment,
    /// A part of a media segment.
    Part,
}

impl Window {
    /// The object under `/hls/{channel}/`; `index.m3u8` is the multivariant playlist.
    #[must_use]
    pub fn object(&self, path: &str) -> Option<Object> {
        let (body, kind) = match path.split_once('/') {
            None if path == "index.m3u8" => (self.multivariant.clone()?, ObjectKind::Playlist),
            None => return None,
            Some((dir, file)) => {
                let rendition = self.renditions.iter().find(|r| *r.dir == *dir)?;
                rendition.object(file, self.instance)?
            }
        };
        Some(Object { body, kind })
    }

    /// A window without playlists.
    pub(super) fn unavailable(sentence: &str) -> Self {
        let mut window = Self::default();
        window.withdraw(sentence.to_owned());
        window
    }

    /// Takes the playlists away; what they listed can still be fetched.
    pub(super) fn withdraw(&mut self, sentence: String) {
        self.multivariant = None;
        for rendition in &mut self.renditions {
            rendition.playlist = None;
        }
        self.facts.unavailable = Some(sentence);
    }

    /// Figures and sentences.
    #[must_use]
    pub const fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Every path that [`Window::object`] answers now.
    pub fn paths(&self) -> impl Iterator<Item = String> {
        let index = self.multivariant.iter().map(|_| "index.m3u8".to_owned());
        index.chain(self.renditions.iter().flat_map(|rendition| {
            let files = rendition.files(self.instance);
            files
                .into_iter()
                .map(|file| format!("{}/{file}", rendition.dir))
        }))
    }
}

impl Shown {
    fn object(&self, file: &str, instance: u64) -> Option<(Bytes, ObjectKind)> {
        if file == "index.m3u8" {
            return Some((self.playlist.clone()?, ObjectKind::Playlist));
        }
        if file.starts_with("init-") {
            let mut inits = self.segments.iter().rev().filter_map(|s| s.init.as_ref());
            let init = inits.find(|init| init.name == file)?;
            return Some((init.bytes.clone(), ObjectKind::Init));
        }
        let (msn, part) = numbers(file, instance)?;
        let first = self.segments.first().map_or(self.next, |s| s.msn);
        let index = usize::try_from(msn.checked_sub(first)?).ok()?;
        let segment = self.segments.get(index);
        let Some(part) = part else {
            let body = &segment.filter(|s| !s.is_gap())?.body;
            return Some((body.clone(), ObjectKind::Segment));
        };
        let parts = match segment {
            Some(segment) => &segment.parts,
            None if msn == self.next => &self.open,
            None => return None,
        };
        Some((parts.get(part)?.bytes.clone(), ObjectKind::Part))
    }

    fn files(&self, instance: u64) -> Vec<String> {
        let mut files: Vec<_> = self
            .playlist
            .iter()
            .map(|_| "index.m3u8".to_owned())
            .collect();
        for segment in &self.segments {
            if let Some(init) = &segment.init
                && !files.contains(&init.name)
            {
                files.push(init.name.clone());
            }
            if !segment.is_gap() {
                files.push(segment_name(instance, segment.msn));
            }
        }
        files
    }
}

/// The numbers in `{instance}-{msn}.m4s` or `{instance}-{msn}.{part}.m4s`, in their one spelling.
fn numbers(file: &str, instance: u64) -> Option<(u64, Option<usize>)> {
    let (run, rest) = file.strip_suffix(".m4s")?.split_once('-')?;
    let (msn, part) = match rest.split_once('.') {
        None => (rest, None),
        Some((msn, part)) => (msn, Some(part)),
    };
    let (msn, part) = (msn.parse().ok()?, part.map(str::parse).transpose().ok()?);
    let name = match part {
        None => segment_name(instance, msn),
        Some(part) => part_name(instance, msn, part),
    };
    (name == file && run == format!("{instance:x}")).then_some((msn, part))
}

/// The name of a part in its rendition's folder.
fn part_name(instance: u64, msn: u64, part: usize) -> String {
    format!("{instance:x}-{msn}.{part}.m4s")
}

#[cfg(test)]
pub(super) mod tests;
