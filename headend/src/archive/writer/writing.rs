//! What the thread does: takes what waits, writes it, makes it last, and makes room.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use packager::hls::Moment;

use super::super::entry::Entry;
use super::super::folder::{Folder, whole};
use super::super::tape::Tapes;
use super::super::{MULTIVARIANT, Shelf, Shelves, hour_folder, lists_all};
use super::trouble::{full, refused, slow};
use super::{SLOW, Shared, size};
use crate::cause::Text;
use crate::channel::wall_now;

/// What is written is made to last so often: a power cut takes what came since, and the segment that
/// is made. Once for all that was written in between costs a disk far less than once for each file.
const LASTING: Duration = Duration::from_secs(2);
/// How often a thread that has nothing to do looks up.
const IDLE: Duration = Duration::from_secs(1);

/// What the thread owns.
pub(super) struct Writing {
    pub(super) shared: Arc<Shared>,
    pub(super) root: PathBuf,
    pub(super) recordings: PathBuf,
    pub(super) shelves: Arc<Shelves>,
    pub(super) tapes: Arc<Tapes>,
    /// Since when something is written that a power cut would take.
    pub(super) loose: Option<Instant>,
}

/// What comes next.
enum Next {
    Segment(Arc<str>, Moment),
    /// Nothing for a while.
    Idle,
    End,
}

impl Writing {
    pub(super) fn run(mut self) {
        self.find();
        self.count();
        loop {
            self.save();
            self.settle(LASTING);
            let (channel, moment) = match self.next() {
                Next::Segment(channel, moment) => (channel, moment),
                Next::Idle => continue,
                Next::End => break,
            };
            let began = Instant::now();
            let written = self.write(&channel, &moment);
            let full = self.make_room(&channel);
            self.loose.get_or_insert(began);
            self.tell(written, full, began.elapsed());
        }
        self.save();
        self.settle(Duration::ZERO);
        self.shared.state().ended = true;
        self.shared.changed.notify_all();
    }

    fn next(&self) -> Next {
        let mut state = self.shared.state();
        if state.waiting.is_empty() && !state.ending {
            state = self.shared.wait(state, IDLE);
        }
        match state.waiting.pop_front() {
            Some((channel, moment)) => {
                state.waiting_bytes -= size(&moment);
                state.busy = Some(Instant::now());
                Next::Segment(channel, moment)
            }
            None if state.ending => Next::End,
            None => Next::Idle,
        }
    }

    /// Writes what the recordings are, and removes those that are gone.
    fn save(&mut self) {
        let mut gone = std::mem::take(&mut self.shared.state().gone);
        let deleted = !gone.is_empty();
        let saved = self.tapes.save(&self.recordings, &mut gone);
        if deleted {
            self.count();
            // There is room again; where that is not enough, the next segment says so.
            self.shared.state().health.failed = None;
        }
        match saved {
            Ok(true) => _ = self.loose.get_or_insert_with(Instant::now),
            Ok(false) => {}
            Err(error) => {
                let mut state = self.shared.state();
                state.health.failed = Some(refused(&error));
                state.gone.extend(gone);
            }
        }
    }

    /// Makes what is written last, when it has been `loose` for so long.
    fn settle(&mut self, after: Duration) {
        if self.loose.is_none_or(|since| since.elapsed() < after) {
            return;
        }
        self.shared.state().busy = Some(Instant::now());
        let folders = [&self.root, &self.recordings].map(std::fs::File::open);
        let settled = folders.iter().flatten().try_for_each(nix::unistd::syncfs);
        let mut state = self.shared.state();
        state.busy = None;
        match settled {
            Ok(()) => self.loose = None,
            Err(error) => state.health.failed = Some(refused(&error.into())),
        }
    }

    /// Reads what an earlier process has left.
    fn find(&self) {
        self.tapes.find(&self.recordings, names(&self.recordings));
        for channel in names(&self.root) {
            let id: Arc<str> = channel.as_str().into();
            let folder = self.root.join(&channel);
            let mut hours: Vec<i64> = names(&folder).filter_map(|h| h.parse().ok()).collect();
            hours.sort_unstable();
            let read = hours.iter().map(|hour| hour_folder(&folder, *hour).read());
            let mut entries: Vec<Entry> = read.filter_map(Result::ok).flatten().collect();
            entries.sort_by_key(|entry| entry.number);
            entries.dedup_by_key(|entry| entry.number);
            let multivariant = std::fs::read(folder.join(MULTIVARIANT)).ok();
            self.shelves.change(&id, |shelf| {
                entries.into_iter().for_each(|entry| shelf.push(entry));
                shelf.multivariant = multivariant.map(Into::into);
            });
        }
    }

    fn write(&self, channel: &Arc<str>, moment: &Moment) -> std::io::Result<()> {
        let shifted = self.shared.state().wanted.shifts.contains_key(channel);
        let kept = match shifted {
            true => self.with_room(|| self.shift(channel, moment))?,
            false => None,
        };
        match self.tapes.running(channel) {
            Some(id) => self.with_room(|| self.record(&id, moment, kept.as_ref())),
            None => Ok(()),
        }
    }

    /// Does `put`, and again after giving up the oldest for as long as the disk is full: it may be
    /// so before the quota is reached.
    fn with_room<T>(&self, put: impl Fn() -> std::io::Result<T>) -> std::io::Result<T> {
        loop {
            match put() {
                Err(error) if is_full(&error) && self.squeeze() => {}
                done => return done,
            }
        }
    }

    /// Writes it for time shift; the folder that it is in.
    fn shift(&self, channel: &Arc<str>, moment: &Moment) -> std::io::Result<Option<Folder>> {
        let known = self.shelves.read(channel, |shelf| Some(before(shelf)));
        let (last, known) = known.unwrap_or_default();
        let Some(entry) = Entry::of(moment, last.as_deref()) else {
            return Ok(None);
        };
        let folder = self.root.join(&**channel);
        let hour = hour_folder(&folder, entry.hour());
        let news = moment.multivariant.as_ref();
        let news = news.filter(|news| known.as_ref() != Some(*news));
        multivariant(&folder, news)?;
        hour.put(&entry, moment)?;
        self.shelves.change(channel, |shelf| {
            shelf.push(entry);
            tell(shelf, news);
        });
        Ok(Some(hour))
    }

    /// Puts it into the recording `id`, as a link where time shift has it already.
    fn record(&self, id: &str, moment: &Moment, kept: Option<&Folder>) -> std::io::Result<()> {
        let known = self
            .tapes
            .read(|all| all.get(id).map(|tape| before(&tape.shelf)));
        let Some((last, known)) = known else {
            return Ok(());
        };
        let Some(entry) = Entry::of(moment, last.as_deref()) else {
            return Ok(());
        };
        let folder = Folder(self.recordings.join(id));
        // What was there once is watched to the end.
        let news = moment.multivariant.as_ref();
        let news = news.filter(|news| {
            let known = known.as_ref();
            known.is_none_or(|known| known != *news && lists_all(news, known))
        });
        multivariant(&folder.0, news)?;
        match kept {
            Some(kept) => folder.link(&entry, kept)?,
            None => folder.put(&entry, moment)?,
        }
        self.tapes.change(|all| {
            if let Some(tape) = all.get_mut(id) {
                tape.push(entry);
                tell(&mut tape.shelf, news);
            }
        });
        Ok(())
    }

    /// Removes what is too old, and the oldest of all channels while there is more than the quota;
    /// what is wrong where recordings alone are more.
    fn make_room(&self, channel: &Arc<str>) -> Option<Text> {
        let wanted = self.shared.state().wanted.clone();
        if let Some(shift) = wanted.shifts.get(channel) {
            let gone = self.shelves.change(channel, |shelf| shelf.expire(*shift));
            gone.iter().for_each(|entry| self.remove(channel, entry));
        }
        while self.count() > wanted.quota {
            if !self.squeeze() {
                self.stop_all();
                return Some(full());
            }
        }
        None
    }

    /// Gives up the oldest of all channels; whether there was one.
    fn squeeze(&self) -> bool {
        let first = |channel: Arc<str>| {
            let date = self
                .shelves
                .read(&channel, |shelf| Some(shelf.first()?.date()))?;
            Some((date, channel))
        };
        let all = self.shelves.channels().into_iter();
        let Some((_, oldest)) = all.filter_map(first).min() else {
            return false;
        };
        let gone = self.shelves.change(&oldest, Shelf::remove_first);
        gone.iter().for_each(|entry| self.remove(&oldest, entry));
        self.shared.state().health.squeezed_total += 1;
        true
    }

    /// Ends all recordings: there is no room for more.
    fn stop_all(&self) {
        let now = wall_now();
        self.tapes
            .change(|all| all.values_mut().for_each(|tape| tape.stop(now)));
    }

    /// Removes the files of an entry that is the first no more, and the folder of an hour with its
    /// last one: a clock that is set back comes to an hour again. What cannot be removed is found
    /// again at the next start.
    fn remove(&self, channel: &Arc<str>, entry: &Entry) {
        let folder: Folder = hour_folder(&self.root.join(&**channel), entry.hour());
        let _ = folder.remove(entry);
        let hour = entry.hour();
        let in_use = self.shelves.read(channel, |shelf| {
            Some(shelf.entries().any(|e| e.hour() == hour))
        });
        if in_use != Some(true) {
            let _ = std::fs::remove_dir_all(&folder.0);
        }
    }

    /// Bytes on disk.
    fn count(&self) -> u64 {
        let bytes = |channel: &Arc<str>| self.shelves.read(channel, |s| Some(s.bytes()));
        let all = self.shelves.channels();
        let shifts: u64 = all.iter().filter_map(bytes).sum();
        let bytes = shifts + self.tapes.bytes();
        self.shared.state().health.bytes = bytes;
        bytes
    }

    fn tell(&self, written: std::io::Result<()>, full: Option<Text>, took: Duration) {
        let mut state = self.shared.state();
        state.busy = None;
        let failed = match &written {
            Err(error) => Some(refused(error)),
            Ok(()) if took > SLOW => Some(slow(took)),
            Ok(()) => full,
        };
        match written {
            Ok(()) => state.health.written_total += 1,
            Err(_) => state.health.dropped_total += 1,
        }
        if let Some(failed) = failed
            .as_ref()
            .filter(|f| Some(*f) != state.health.failed.as_ref())
        {
            tracing::error!(path = %self.root.display(), "{}", failed.en);
        }
        state.health.failed = failed;
    }
}

/// The names in a folder; none where it is not there.
fn names(folder: &std::path::Path) -> impl Iterator<Item = String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok())
}

/// What is known before the next segment.
fn before(shelf: &Shelf) -> (Option<Arc<Entry>>, Option<bytes::Bytes>) {
    (shelf.last().cloned(), shelf.multivariant.clone())
}

fn tell(shelf: &mut Shelf, multivariant: Option<&bytes::Bytes>) {
    if let Some(news) = multivariant {
        shelf.multivariant = Some(news.clone());
    }
}

/// Writes the multivariant playlist where there is another one.
fn multivariant(folder: &Path, news: Option<&bytes::Bytes>) -> std::io::Result<()> {
    news.map_or(Ok(()), |text| {
        std::fs::create_dir_all(folder)?;
        whole(folder, MULTIVARIANT, text)
    })
}

fn is_full(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded)
}
