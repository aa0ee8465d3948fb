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
        let size = |entry: &Entry| -> u64 {
            let tracks = entry.tracks.iter().filter(|t| dirs.contains(&t.dir));
            tracks.map(|t| t.len).sum()
        };
        let segments = entries.iter().map(|e| (size(e), e.duration()));
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

    /// What comes next; `None` at the end. Reads the disk.
    ///
    /// # Errors
    /// What the disk says: the recording was deleted meanwhile.
    pub fn more(&mut self) -> std::io::Result<Option<Bytes>> {
        if let Some(head) = self.head.take() {
            return Ok(Some(head));
        }
        let Some(entry) = self.entries.get(self.next).cloned() else {
            return Ok(None);
        };
        self.next += 1;
        self.file.begin(entry.duration(), entry.discontinuity);
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
        Ok(Some(segment.into()))
    }
}
