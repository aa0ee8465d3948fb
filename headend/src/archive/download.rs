//! A recording as one MP4 file, segment by segment: no more than one is in memory.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use packager::hls::OneFile;

use super::entry::Entry;
use super::folder::Folder;

/// A file on its way.
#[derive(Debug)]
pub struct Download {
    folder: Folder,
    entries: Vec<Arc<Entry>>,
    /// The renditions, each a track.
    dirs: Vec<Arc<str>>,
    file: OneFile,
    head: Option<Bytes>,
    len: u64,
    next: usize,
    /// Bytes that are not wanted of what comes.
    skip: u64,
}

impl Download {
    /// Of segments that have the same formats. Reads the disk.
    ///
    /// # Errors
    /// What the disk or an init segment says.
    pub(super) fn new(folder: PathBuf, entries: Vec<Arc<Entry>>) -> Result<Self, String> {
        let folder = Folder(folder);
        let formats: Vec<_> = entries.iter().flat_map(|e| e.formats()).collect();
        let (mut dirs, mut inits) = (Vec::new(), Vec::new());
        for (dir, init) in formats {
            if !dirs.contains(dir) {
                let path = folder.0.join(&**dir).join(&**init);
                let bytes = std::fs::read(&path).map_err(|error| error.to_string())?;
                dirs.push(dir.clone());
                inits.push(Bytes::from(bytes));
            }
        }
        let file = OneFile::new(&inits)?;
        let segments = entries.iter().map(|e| (size(e, &dirs), e.duration()));
        let segments: Vec<_> = segments.collect();
        let head = file.head(&segments);
        let bodies: u64 = segments.iter().map(|(bytes, _)| bytes).sum();
        Ok(Self {
            len: head.len() as u64 + bodies,
            folder,
            entries,
            dirs,
            file,
            head: Some(head),
            next: 0,
            skip: 0,
        })
    }

    /// Bytes of the whole file.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Leaves the first `bytes` of the file out; before the first [`Download::more`].
    #[must_use]
    pub fn from(self, bytes: u64) -> Self {
        Self {
            skip: bytes,
            ..self
        }
    }

    /// What comes next; `None` at the end. Reads the disk.
    ///
    /// # Errors
    /// What the disk says: the recording was deleted meanwhile.
    pub fn more(&mut self) -> std::io::Result<Option<Bytes>> {
        if let Some(head) = self.head.take()
            && let Some(rest) = self.wanted(head)
        {
            return Ok(Some(rest));
        }
        while let Some(entry) = self.entries.get(self.next).cloned() {
            self.next += 1;
            self.file.begin(entry.duration(), entry.discontinuity);
            let size = size(&entry, &self.dirs);
            if size <= self.skip && self.file.may_skip() {
                self.skip -= size;
                continue;
            }
            let segment = self.read(&entry)?;
            if let Some(rest) = self.wanted(segment) {
                return Ok(Some(rest));
            }
        }
        Ok(None)
    }

    /// What is wanted of `piece`; `None` where that is nothing.
    fn wanted(&mut self, mut piece: Bytes) -> Option<Bytes> {
        let left_out = usize::try_from(self.skip).map_or(piece.len(), |skip| skip.min(piece.len()));
        self.skip -= left_out as u64;
        let rest = piece.split_off(left_out);
        (!rest.is_empty()).then_some(rest)
    }

    fn read(&mut self, entry: &Entry) -> std::io::Result<Bytes> {
        let mut segment = Vec::new();
        for (track, dir) in self.dirs.iter().enumerate() {
            let Some(of) = entry.track(dir).filter(|of| of.len > 0) else {
                continue;
            };
            let body = std::fs::read(self.folder.0.join(&**dir).join(entry.file()))?;
            if body.len() as u64 != of.len {
                return Err(std::io::Error::other("a segment has another length"));
            }
            segment.extend_from_slice(&self.file.place(track, &body));
        }
        Ok(segment.into())
    }
}

/// Bytes of `entry` in these renditions.
fn size(entry: &Entry, dirs: &[Arc<str>]) -> u64 {
    let tracks = entry.tracks.iter().filter(|t| dirs.contains(&t.dir));
    tracks.map(|t| t.len).sum()
}
