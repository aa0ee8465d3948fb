//! A folder with segments and their index. A line stands in the index when its segments are whole,
//! so a process that is killed leaves at most files that nobody knows, which go with the next start.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use packager::hls::Moment;

use super::entry::Entry;

const INDEX: &str = "index";

/// One folder.
#[derive(Clone, Debug)]
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    /// Writes the segments of `moment`, then its line.
    pub(super) fn put(&self, entry: &Entry, moment: &Moment) -> io::Result<()> {
        let file = entry.file();
        let written = moment.pieces.iter().try_for_each(|piece| {
            let dir = self.0.join(&*piece.dir);
            fs::create_dir_all(&dir)?;
            if let Some((name, bytes)) = &piece.init
                && !dir.join(name).exists()
            {
                whole(&dir, name, bytes)?;
            }
            match piece.body.is_empty() {
                true => Ok(()),
                false => whole(&dir, &file, &piece.body),
            }
        });
        self.noted(entry, written)
    }

    /// Takes the segments of `entry` from another folder of the same disk, then its line.
    pub(super) fn link(&self, entry: &Entry, from: &Self) -> io::Result<()> {
        let linked = files(entry).try_for_each(|file| {
            let to = self.0.join(&file);
            to.parent().map_or(Ok(()), fs::create_dir_all)?;
            match fs::hard_link(from.0.join(&file), &to) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
                linked => linked,
            }
        });
        self.noted(entry, linked)
    }

    fn noted(&self, entry: &Entry, written: io::Result<()>) -> io::Result<()> {
        let noted = written.and_then(|()| self.note(&entry.line()));
        if noted.is_err() {
            // What is half there takes room that the next one needs.
            let _ = self.remove(entry);
        }
        noted
    }

    /// Appends a line, whole or not at all.
    fn note(&self, line: &str) -> io::Result<()> {
        let path = self.0.join(INDEX);
        let mut index = OpenOptions::new().append(true).create(true).open(path)?;
        let before = index.metadata()?.len();
        let written = index.write_all(line.as_bytes());
        if written.is_err() {
            let _ = index.set_len(before);
        }
        written
    }

    /// Removes the segments of `entry`; init segments and the index go with the folder.
    pub(super) fn remove(&self, entry: &Entry) -> io::Result<()> {
        let name = entry.file();
        let mut removed = Ok(());
        for track in entry.tracks.iter().filter(|t| t.len > 0) {
            match fs::remove_file(self.0.join(&*track.dir).join(&name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => removed = Err(error),
                _ => {}
            }
        }
        removed
    }

    /// What is whole in it, in the order of its lines. A torn last line is cut off, and files of no
    /// line are removed.
    pub(super) fn read(&self) -> io::Result<Vec<Entry>> {
        let path = self.0.join(INDEX);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read?,
        };
        let end = bytes
            .iter()
            .rposition(|b| *b == b'\n')
            .map_or(0, |at| at + 1);
        if end < bytes.len() {
            // A disk that cannot be written is told of by what writes.
            let _ = OpenOptions::new()
                .write(true)
                .open(&path)
                .and_then(|index| index.set_len(end as u64));
        }
        let text = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default());
        let entries = text.lines().filter_map(Entry::read);
        let entries: Vec<_> = entries.filter(|entry| self.has(entry)).collect();
        self.sweep(&entries);
        Ok(entries)
    }

    fn has(&self, entry: &Entry) -> bool {
        let name = entry.file();
        entry.tracks.iter().all(|track| {
            let file = self.0.join(&*track.dir).join(&name);
            track.len == 0 || fs::metadata(file).is_ok_and(|m| m.len() == track.len)
        })
    }

    fn sweep(&self, entries: &[Entry]) {
        let known: HashSet<PathBuf> = entries.iter().flat_map(files).collect();
        let folders = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let inner = folders.filter(|f| f.file_type().is_ok_and(|t| t.is_dir()));
        for file in inner.flat_map(|f| fs::read_dir(f.path()).into_iter().flatten().flatten()) {
            let path = file.path();
            if path.strip_prefix(&self.0).is_ok_and(|p| !known.contains(p)) {
                let _ = fs::remove_file(path);
            }
        }
    }
}

/// The files of `entry` within its folder, init segments first.
fn files(entry: &Entry) -> impl Iterator<Item = PathBuf> {
    let name = entry.file();
    entry.tracks.iter().flat_map(move |track| {
        let init = track.init.as_deref().map(str::to_owned);
        let body = (track.len > 0).then(|| name.clone());
        [init, body]
            .into_iter()
            .flatten()
            .map(|file| Path::new(&*track.dir).join(file))
    })
}

/// Writes a file under another name, then gives it its own: it is there whole or not at all.
pub(super) fn whole(dir: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let making = dir.join(format!(".{name}"));
    let made = File::create(&making)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| fs::rename(&making, dir.join(name)));
    if made.is_err() {
        let _ = fs::remove_file(&making);
    }
    made
}
