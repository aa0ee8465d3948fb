//! The live window: what playlists list, and what was listed and can still be fetched.

use std::sync::Arc;

use bytes::Bytes;

use super::cmaf::Init;
use super::muxed;
use super::playlist::{part_name, segment_name};
use super::subtitles;
use crate::time::Wall;
use crate::ts::clock::Ticks;

/// A few frames of a segment, one `moof` and `mdat`.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) bytes: Bytes,
    pub(super) duration: Ticks,
    /// Whether a decoder can begin at its first sample without a flaw.
    pub(super) independent: bool,
}

impl Part {
    /// A part of a time in which nothing came.
    pub(super) const fn gap(duration: Ticks) -> Self {
        Self {
            bytes: Bytes::new(),
            duration,
            independent: false,
        }
    }

    pub(super) fn is_gap(&self) -> bool {
        self.bytes.is_empty()
    }
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
    /// Slices of `body`; of a segment in the making all that there is.
    pub(super) parts: Vec<Part>,
    /// Parts of the rendition before these: the number of the first one.
    pub(super) first_part: u64,
}

impl Segment {
    /// The number of the part that follows these.
    pub(super) fn next_part(&self) -> u64 {
        self.first_part + u64::try_from(self.parts.len()).unwrap_or(0)
    }

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
    /// The same as a delta update; `None` while there is nothing to skip.
    pub(super) delta: Option<Bytes>,
    /// Those that can be fetched, oldest first; numbers without a gap.
    pub(super) segments: Vec<Arc<Segment>>,
    /// The media sequence number that comes after them.
    pub(super) next: u64,
    /// That segment, with the parts that it has so far; `None` before the first of them.
    pub(super) open: Option<Arc<Segment>>,
    /// The number of the part to come.
    pub(super) next_part: u64,
}

/// Everything under `/hls/{channel}/` at one moment; never changes.
#[derive(Clone, Debug, Default)]
pub struct Window {
    pub(super) instance: u64,
    /// EXT-X-PART-INF's PART-TARGET; `None` without low latency.
    pub(super) part_target: Option<Ticks>,
    pub(super) multivariant: Option<Bytes>,
    pub(super) renditions: Vec<Shown>,
    /// The same in one, as MPEG-TS.
    pub(super) muxed: muxed::Shown,
    pub(super) subtitles: subtitles::Shown,
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
    /// The object under `/hls/{channel}/`; `index.m3u8` is the multivariant playlist, `ts.m3u8` the
    /// one for boxes that know MPEG-TS alone.
    #[must_use]
    pub fn object(&self, path: &str) -> Option<Object> {
        let muxed = self.muxed.object(path, self.instance);
        if let Some((body, kind)) = muxed.or_else(|| self.subtitles.object(path, self.instance)) {
            return Some(Object { body, kind });
        }
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
            rendition.delta = None;
        }
        self.muxed.withdraw();
        self.subtitles.withdraw();
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
        let renditions = self.renditions.iter().flat_map(|rendition| {
            let files = rendition.files(self.instance);
            files
                .into_iter()
                .map(|file| format!("{}/{file}", rendition.dir))
        });
        index
            .chain(renditions)
            .chain(self.muxed.paths(self.instance))
            .chain(self.subtitles.paths(self.instance))
    }
}

impl Shown {
    fn object(&self, file: &str, instance: u64) -> Option<(Bytes, ObjectKind)> {
        if file == "index.m3u8" {
            return Some((self.playlist.clone()?, ObjectKind::Playlist));
        }
        if file.starts_with("init-") {
            let segments = self.segments.iter().chain(&self.open).rev();
            let mut inits = segments.filter_map(|s| s.init.as_ref());
            let init = inits.find(|init| init.name == file)?;
            return Some((init.bytes.clone(), ObjectKind::Init));
        }
        if let Some(part) = number(file, "part-", instance) {
            return Some((self.part(part)?.bytes.clone(), ObjectKind::Part));
        }
        let msn = number(file, "", instance)?;
        let body = &self.segment(msn).filter(|s| !s.is_gap())?.body;
        Some((body.clone(), ObjectKind::Segment))
    }

    /// The segment `msn`, while it can be fetched.
    pub(super) fn segment(&self, msn: u64) -> Option<&Segment> {
        let first = self.segments.first()?.msn;
        let index = usize::try_from(msn.checked_sub(first)?).ok()?;
        self.segments.get(index).map(|segment| &**segment)
    }

    fn part(&self, number: u64) -> Option<&Part> {
        let closed = self.segments.partition_point(|s| s.next_part() <= number);
        let segment = self.segments.get(closed).or(self.open.as_ref())?;
        let index = number.checked_sub(segment.first_part)?;
        let part = segment.parts.get(usize::try_from(index).ok()?);
        part.filter(|part| !part.is_gap())
    }

    /// Whether `file` is the part that the playlist's EXT-X-PRELOAD-HINT names.
    pub(super) fn hints(&self, file: &str, instance: u64) -> bool {
        number(file, "part-", instance) == Some(self.next_part)
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

/// The number in `{prefix}{instance}-{number}.m4s`, in its one spelling.
fn number(file: &str, prefix: &str, instance: u64) -> Option<u64> {
    let rest = file.strip_prefix(prefix)?.strip_suffix(".m4s")?;
    let number = rest.split_once('-')?.1.parse().ok()?;
    let name = match prefix {
        "" => segment_name(instance, number),
        _ => part_name(instance, number),
    };
    (name == file).then_some(number)
}

#[cfg(test)]
pub(super) mod tests;
