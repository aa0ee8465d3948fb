//! The archive: the programme of the channels on disk, for viewers who watch later than live, and
//! recordings.
//!
//! In: each segment that a live window shows, and from when on somebody wants to watch or record.
//! Out: playlists, where a segment lies, and a recording as one file. Live never waits for it:
//! segments are left in a bounded queue, a thread of its own writes them, and a disk that is full,
//! slow or read-only is an alarm and a gap that is marked, no more.

mod download;
mod entry;
mod folder;
mod record;
mod shelf;
mod tape;
mod writer;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use packager::hls::Moment;
use packager::time::Wall;

use crate::cause::Text;
pub use download::Download;
use folder::Folder;
use shelf::Shelf;
pub use tape::Recording;
use tape::Tapes;
use writer::Writer;

/// The folder of time shift in the state directory.
pub const FOLDER: &str = "archive";
/// The folder of recordings there: on the same disk, for their files are links where they can be.
pub const RECORDINGS_FOLDER: &str = "recordings";
/// The multivariant playlist in a channel's folder.
const MULTIVARIANT: &str = "index.m3u8";

/// What is kept, of whom and how much.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Bytes on disk.
    pub quota: u64,
    /// How far back viewers of each channel may go.
    pub shifts: HashMap<Arc<str>, Duration>,
}

/// How the archive does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Bytes on disk.
    pub bytes: u64,
    /// Segments on disk since the start.
    pub written_total: u64,
    /// Segments lost: the disk refused them, or was too slow.
    pub dropped_total: u64,
    /// Segments that went before their time, for the quota.
    pub squeezed_total: u64,
    /// Why segments are not written now; `None` while they are.
    pub failed: Option<Text>,
}

/// How far back viewers of a channel can go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Wall time of the first that can be watched.
    pub earliest: Wall,
    /// How much can be watched.
    pub span: Duration,
}

/// What can be watched of each channel.
#[derive(Debug, Default)]
struct Shelves(RwLock<HashMap<Arc<str>, Arc<RwLock<Shelf>>>>);

/// The archive of a running node.
#[derive(Debug)]
pub struct Archive {
    root: PathBuf,
    recordings: PathBuf,
    shelves: Arc<Shelves>,
    tapes: Arc<Tapes>,
    writer: Writer,
}

impl Archive {
    /// The archive in `state_dir`; what is there is read by the thread that writes, so a disk that
    /// hangs holds up nobody.
    #[must_use]
    pub fn open(state_dir: &Path) -> Self {
        let root = state_dir.join(FOLDER);
        let recordings = state_dir.join(RECORDINGS_FOLDER);
        let (shelves, tapes) = (Arc::<Shelves>::default(), Arc::<Tapes>::default());
        let kept = (shelves.clone(), tapes.clone());
        Self {
            writer: Writer::start((root.clone(), recordings.clone()), kept),
            root,
            recordings,
            shelves,
            tapes,
        }
    }

    /// Keeps what is `wanted` from now on.
    pub fn serve(&self, wanted: Wanted) {
        self.writer.serve(wanted);
    }

    /// Keeps a segment of a channel, where that is wanted. Never waits for the disk.
    pub fn keep(&self, channel: &Arc<str>, moment: Moment) {
        self.writer.keep(channel, moment);
    }

    /// How it does.
    #[must_use]
    pub fn health(&self) -> Health {
        self.writer.health()
    }

    /// How far back viewers of `channel` can go; `None` while nothing is kept.
    #[must_use]
    pub fn reach(&self, channel: &str) -> Option<Reach> {
        self.shelves.read(channel, |shelf| {
            let nanos = u64::try_from(shelf.span().as_nanos()).unwrap_or(0);
            Some(Reach {
                earliest: shelf.earliest()?.date(),
                span: Duration::from_nanos(nanos),
            })
        })
    }

    /// The playlist `path` under `/hls/{channel}/` that begins at `from`, Unix seconds, or at the
    /// earliest, and ends live. `None` where nothing of it is kept.
    #[must_use]
    pub fn playlist(&self, channel: &str, path: &str, from: u64) -> Option<String> {
        let nanos = i64::try_from(from)
            .unwrap_or(i64::MAX)
            .saturating_mul(1_000_000_000);
        self.shelves
            .read(channel, |shelf| match path.split_once('/') {
                None if path == MULTIVARIANT => {
                    let text = std::str::from_utf8(shelf.multivariant.as_ref()?).ok()?;
                    shelf.first()?;
                    let lists = format!("/{MULTIVARIANT}?from={from}");
                    Some(multivariant(text).replace(&format!("/{MULTIVARIANT}"), &lists))
                }
                Some((dir, MULTIVARIANT)) => shelf.since(dir, Wall::from_unix_nanos(nanos)),
                _ => None,
            })
    }

    /// Where `path` under `/hls/{channel}/`, a segment or an init segment, lies on disk.
    #[must_use]
    pub fn find(&self, channel: &str, path: &str) -> Option<PathBuf> {
        let (dir, file) = path.split_once('/')?;
        let hour = self
            .shelves
            .read(channel, |shelf| Some(shelf.find(dir, file)?.hour()))?;
        let folder = hour_folder(&self.root.join(channel), hour);
        Some(folder.0.join(dir).join(file))
    }

    /// Writes what waits, within `patience`.
    pub fn close(&self, patience: Duration) {
        self.writer.close(patience);
    }
}

impl Shelves {
    fn read<T>(&self, channel: &str, look: impl FnOnce(&Shelf) -> Option<T>) -> Option<T> {
        // What is kept is whole after each change: poison says nothing.
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let shelf = all.get(channel)?.clone();
        drop(all);
        look(&shelf.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<T>(&self, channel: &Arc<str>, change: impl FnOnce(&mut Shelf) -> T) -> T {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let shelf = all.entry(channel.clone()).or_default().clone();
        drop(all);
        change(&mut shelf.write().unwrap_or_else(PoisonError::into_inner))
    }

    fn channels(&self) -> Vec<Arc<str>> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.keys().cloned().collect()
    }
}

/// The live multivariant playlist for what is kept, of which some segments may begin where no
/// decoder can: without EXT-X-INDEPENDENT-SEGMENTS, and without subtitles, which are not kept.
fn multivariant(live: &str) -> String {
    let gone = ["#EXT-X-INDEPENDENT-SEGMENTS", "#EXT-X-MEDIA:TYPE=SUBTITLES"];
    let lines = live.split_inclusive('\n');
    let kept = lines.filter(|line| !gone.iter().any(|tag| line.starts_with(tag)));
    kept.map(|line| line.replace(",SUBTITLES=\"subtitles\"", ""))
        .collect()
}

/// Whether the multivariant playlist `new` lists all that `old` does.
fn lists_all(new: &[u8], old: &[u8]) -> bool {
    let [new, old] = [new, old].map(|text| multivariant(&String::from_utf8_lossy(text)));
    let new: Vec<&str> = renditions(&new).collect();
    renditions(&old).all(|rendition| new.contains(&rendition))
}

/// The folders that a multivariant playlist lists.
fn renditions(text: &str) -> impl Iterator<Item = &str> {
    let playlist = format!("/{MULTIVARIANT}");
    let ends: Vec<usize> = text.match_indices(&playlist).map(|(at, _)| at).collect();
    let before = ends.into_iter().filter_map(|end| text.get(..end));
    before.filter_map(|text| text.rsplit(['"', '\n']).next())
}

fn hour_folder(channel: &Path, hour: i64) -> Folder {
    Folder(channel.join(hour.to_string()))
}

#[cfg(test)]
mod disk_tests;
#[cfg(test)]
mod record_tests;
#[cfg(test)]
mod tests;
