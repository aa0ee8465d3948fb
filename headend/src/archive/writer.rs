//! The thread that writes. It is left segments in a bounded queue; who leaves one never waits for
//! the disk.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use packager::hls::Moment;

use super::entry::Entry;
use super::folder::{Folder, whole};
use super::tape::Tapes;
use super::{Health, MULTIVARIANT, Shelf, Shelves, Wanted, hour_folder};
use crate::cause::Text;
use crate::channel::wall_now;

/// What waits for a disk that is slow; what comes above is lost. Half a minute of 60 Mbit/s.
const WAITING_BYTES: usize = 256 << 20;
/// Segments that wait, for those that are small.
const WAITING: usize = 2_000;
/// A disk that takes longer for a segment is too slow.
const SLOW: Duration = Duration::from_secs(2);
/// What is written is made to last so often: a power cut takes what came since, and the segment that
/// is made. Once for all that was written in between costs a disk far less than once for each file.
const LASTING: Duration = Duration::from_secs(2);
/// How often a thread that has nothing to do looks up.
const IDLE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Writer {
    shared: Arc<Shared>,
    tapes: Arc<Tapes>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    wanted: Wanted,
    waiting: VecDeque<(Arc<str>, Moment)>,
    waiting_bytes: usize,
    health: Health,
    /// Folders of recordings that were deleted.
    gone: Vec<PathBuf>,
    /// Since when the disk has had the segment that it is at.
    busy: Option<Instant>,
    ending: bool,
    ended: bool,
}

impl Writer {
    /// Writes below two folders: time shift, recordings.
    pub(super) fn start(
        (root, recordings): (PathBuf, PathBuf),
        (shelves, tapes): (Arc<Shelves>, Arc<Tapes>),
    ) -> Self {
        let shared = Arc::new(Shared::default());
        let writing = Writing {
            shared: shared.clone(),
            root,
            recordings,
            shelves,
            tapes: tapes.clone(),
            loose: None,
        };
        let started = thread::Builder::new()
            .name("archive".to_owned())
            .spawn(move || writing.run());
        if let Err(error) = started {
            let mut state = shared.state();
            state.health.failed = Some(refused(&error));
            state.ended = true;
        }
        Self { shared, tapes }
    }

    /// There is something to write that is no segment.
    pub(super) fn wake(&self) {
        self.shared.changed.notify_all();
    }

    /// Removes the folder of a recording.
    pub(super) fn forget(&self, folder: PathBuf) {
        self.shared.state().gone.push(folder);
        self.wake();
    }

    pub(super) fn serve(&self, wanted: Wanted) {
        self.shared.state().wanted = wanted;
    }

    pub(super) fn keep(&self, channel: &Arc<str>, moment: Moment) {
        let recorded = self.tapes.running(channel).is_some();
        let mut state = self.shared.state();
        if !recorded && !state.wanted.shifts.contains_key(channel) {
            return;
        }
        let bytes = size(&moment);
        let full = state.waiting_bytes + bytes > WAITING_BYTES || state.waiting.len() >= WAITING;
        if full || state.ended {
            state.health.dropped_total += 1;
            state.health.failed.get_or_insert_with(behind);
            return;
        }
        state.waiting_bytes += bytes;
        state.waiting.push_back((channel.clone(), moment));
        drop(state);
        self.shared.changed.notify_all();
    }

    pub(super) fn health(&self) -> Health {
        let state = self.shared.state();
        let mut health = state.health.clone();
        if let Some(since) = state.busy.map(|at| at.elapsed()).filter(|t| *t > SLOW) {
            health.failed = Some(slow(since));
        }
        health
    }

    pub(super) fn close(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        let mut state = self.shared.state();
        state.ending = true;
        self.shared.changed.notify_all();
        while !state.ended {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = self.shared.wait(state, left);
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.state().ending = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is complete when the lock is let go: poison says nothing.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, time: Duration) -> MutexGuard<'a, State> {
        let waited = self.changed.wait_timeout(state, time);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// What the thread owns.
struct Writing {
    shared: Arc<Shared>,
    root: PathBuf,
    recordings: PathBuf,
    shelves: Arc<Shelves>,
    tapes: Arc<Tapes>,
    /// Since when something is written that a power cut would take.
    loose: Option<Instant>,
}

/// What comes next.
enum Next {
    Segment(Arc<str>, Moment),
    /// Nothing for a while.
    Idle,
    End,
}

impl Writing {
    fn run(mut self) {
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
        let gone = std::mem::take(&mut self.shared.state().gone);
        let saved = self.tapes.save(&self.recordings, &gone);
        if !gone.is_empty() {
            self.count();
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
            true => self.shift(channel, moment)?,
            false => None,
        };
        match self.tapes.running(channel) {
            Some(id) => self.record(&id, moment, kept.as_ref()),
            None => Ok(()),
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
        hour.put(&entry, moment)?;
        multivariant(&folder, moment, known)?;
        self.shelves
            .change(channel, |shelf| take(shelf, entry, moment));
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
        match kept {
            Some(kept) => folder.link(&entry, kept)?,
            None => folder.put(&entry, moment)?,
        }
        multivariant(&folder.0, moment, known)?;
        self.tapes.change(|all| {
            if let Some(tape) = all.get_mut(id) {
                take(&mut tape.shelf, entry, moment);
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
            let first = |channel: Arc<str>| {
                let date = self
                    .shelves
                    .read(&channel, |shelf| Some(shelf.first()?.date()))?;
                Some((date, channel))
            };
            let all = self.shelves.channels().into_iter();
            let Some((_, oldest)) = all.filter_map(first).min() else {
                self.stop_all();
                return Some(full());
            };
            let gone = self.shelves.change(&oldest, Shelf::remove_first);
            gone.iter().for_each(|entry| self.remove(&oldest, entry));
            self.shared.state().health.squeezed_total += 1;
        }
        None
    }

    /// Ends all recordings: there is no room for more.
    fn stop_all(&self) {
        let now = wall_now();
        self.tapes
            .change(|all| all.values_mut().for_each(|tape| tape.stop(now)));
    }

    /// Removes the files of an entry that is the first no more, and the folder of an hour with its
    /// last one. What cannot be removed is found again at the next start.
    fn remove(&self, channel: &Arc<str>, entry: &Entry) {
        let folder: Folder = hour_folder(&self.root.join(&**channel), entry.hour());
        let _ = folder.remove(entry);
        let next = self
            .shelves
            .read(channel, |shelf| Some(shelf.first()?.hour()));
        if next != Some(entry.hour()) {
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

fn take(shelf: &mut Shelf, entry: Entry, moment: &Moment) {
    shelf.push(entry);
    if moment.multivariant.is_some() {
        shelf.multivariant.clone_from(&moment.multivariant);
    }
}

/// Writes the multivariant playlist where it is another one.
fn multivariant(
    folder: &Path,
    moment: &Moment,
    known: Option<bytes::Bytes>,
) -> std::io::Result<()> {
    match &moment.multivariant {
        Some(text) if known.as_ref() != Some(text) => whole(folder, MULTIVARIANT, text),
        _ => Ok(()),
    }
}

fn size(moment: &Moment) -> usize {
    moment.pieces.iter().map(|piece| piece.body.len()).sum()
}

fn refused(error: &std::io::Error) -> Text {
    Text::new(
        format!("the archive cannot be written: {error}"),
        format!("hệ thống báo: {error}"),
    )
}

fn slow(took: Duration) -> Text {
    let seconds = took.as_secs();
    Text::new(
        format!("the disk took {seconds} s and more for one segment of the archive"),
        format!("đĩa mất hơn {seconds} giây để ghi một đoạn"),
    )
}

fn behind() -> Text {
    Text::new(
        "the disk is behind by all that may wait for it: segments of the archive are lost",
        "đĩa ghi không kịp: các đoạn của kho lưu bị mất",
    )
}

fn full() -> Text {
    Text::new(
        "recordings fill `[archive] quota`: nothing more is kept; delete some or allow more",
        "bản ghi đã đầy `[archive] quota`: không lưu thêm được; hãy xóa bớt hoặc cho thêm",
    )
}
