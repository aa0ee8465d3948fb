//! The thread that writes. It is left the latest position of each channel, and a bounded list of what
//! happened; who leaves something never waits for the disk.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use packager::hls::Resume;
use packager::time::Wall;
use rusqlite::Connection;

use super::file::{self, Entry};
use super::news::{self, News};
use crate::snapshot::RecordSnapshot;

/// After a failure: the next try, and its doubling up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// What waits for a disk that does not take it; of what comes above, incidents are in the log alone.
const WAITING: usize = 8_000;
/// Figures leave so much room to what is worth more.
const FIGURES: usize = WAITING / 2;

#[derive(Debug)]
pub(super) struct Writer {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    channels: HashMap<Arc<str>, Latest>,
    news: Vec<News>,
    health: RecordSnapshot,
    ending: Ending,
}

#[derive(Clone, Copy, Debug)]
struct Latest {
    position: Resume,
    written: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Ending {
    #[default]
    No,
    /// Write the rest, mark it clean, end.
    Asked,
    /// The thread is gone; whether all was written.
    Done(bool),
}

impl Writer {
    pub(super) fn start(
        path: PathBuf,
        connection: Option<Connection>,
        failed: Option<String>,
        every: Duration,
    ) -> Self {
        let shared = Arc::new(Shared::default());
        shared.state().health = RecordSnapshot {
            writes_total: 0,
            failures_total: u64::from(failed.is_some()),
            failed,
        };
        let writing = Writing {
            shared: shared.clone(),
            path,
            connection,
            every,
            pause: every,
        };
        let started = thread::Builder::new()
            .name("record".to_owned())
            .spawn(move || writing.run());
        if let Err(error) = started {
            let mut state = shared.state();
            state.health.failed = Some(format!("the record's thread cannot start: {error}"));
            state.ending = Ending::Done(false);
        }
        Self { shared }
    }

    pub(super) fn note(&self, channel: &Arc<str>, position: Resume) {
        let latest = Latest {
            position,
            written: false,
        };
        self.shared.state().channels.insert(channel.clone(), latest);
        self.shared.changed.notify_all();
    }

    pub(super) fn keep(&self, news: News) {
        let room = match news {
            News::Sample(..) | News::Report(_) => FIGURES,
            News::Incident(_) | News::Span(_) | News::Switch(_) => WAITING,
        };
        let mut state = self.shared.state();
        if state.news.len() < room {
            state.news.push(news);
        }
        drop(state);
        self.shared.changed.notify_all();
    }

    /// How much waits, and how many spans of it.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> (usize, usize) {
        let state = self.shared.state();
        let spans = state.news.iter().filter(|n| matches!(n, News::Span(_)));
        (state.news.len(), spans.count())
    }

    pub(super) fn latest(&self, channel: &str) -> Option<Resume> {
        let state = self.shared.state();
        state.channels.get(channel).map(|latest| latest.position)
    }

    pub(super) fn snapshot(&self) -> RecordSnapshot {
        self.shared.state().health.clone()
    }

    pub(super) fn close(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        let mut state = self.shared.state();
        if state.ending == Ending::No {
            state.ending = Ending::Asked;
        }
        self.shared.changed.notify_all();
        loop {
            if let Ending::Done(all) = state.ending {
                return all;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.shared.wait(state, left);
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        if state.ending == Ending::No {
            state.ending = Ending::Asked;
        }
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

/// What has to be written.
struct Work {
    batch: Vec<(Arc<str>, Resume)>,
    news: Vec<News>,
    /// These are the last.
    ending: bool,
}

/// What the thread owns.
struct Writing {
    shared: Arc<Shared>,
    path: PathBuf,
    connection: Option<Connection>,
    every: Duration,
    pause: Duration,
}

impl Writing {
    fn run(mut self) {
        loop {
            let work = self.work();
            let ending = work.ending;
            let written = self.write(&work);
            if ending {
                // The last connection to leave folds the WAL into the file.
                self.connection = None;
                self.shared.state().ending = Ending::Done(written);
                self.shared.changed.notify_all();
                return;
            }
            self.rest(written);
        }
    }

    /// Waits for positions and news that are not written, or for the end.
    fn work(&self) -> Work {
        let mut state = self.shared.state();
        loop {
            let ending = state.ending == Ending::Asked;
            let batch: Vec<_> = state
                .channels
                .iter()
                // At the end all are written once more, to mark them clean.
                .filter(|(_, latest)| ending || !latest.written)
                .map(|(channel, latest)| (channel.clone(), latest.position))
                .collect();
            if ending || !batch.is_empty() || !state.news.is_empty() {
                return Work {
                    batch,
                    news: state.news.clone(),
                    ending,
                };
            }
            state = self.shared.wait(state, LONGEST_PAUSE);
        }
    }

    fn write(&mut self, work: &Work) -> bool {
        if work.batch.is_empty() && work.news.is_empty() {
            return true;
        }
        let written = self.try_write(work);
        let mut state = self.shared.state();
        match written {
            Ok(()) => {
                state.health.writes_total += 1;
                let written = work.news.len().min(state.news.len());
                state.news.drain(..written);
                state.health.failed = None;
                for (channel, position) in &work.batch {
                    if let Some(latest) = state.channels.get_mut(channel) {
                        latest.written = latest.position == *position;
                    }
                }
                true
            }
            Err(error) => {
                state.health.failures_total += 1;
                if state.health.failed.as_ref() != Some(&error) {
                    tracing::error!(path = %self.path.display(), "{error}");
                }
                state.health.failed = Some(error);
                // The next try begins with the file, which may be another or none by then.
                self.connection = None;
                false
            }
        }
    }

    fn try_write(&mut self, work: &Work) -> Result<(), String> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => {
                let opened = file::open(&self.path).map_err(|error| error.to_string())?;
                if let Some(notice) = opened.notice {
                    tracing::error!(path = %self.path.display(), "{notice}");
                }
                none.insert(opened.connection)
            }
        };
        let written = now();
        let entries = work.batch.iter().map(|(channel, position)| {
            let entry = Entry {
                position: *position,
                written,
                clean: work.ending,
            };
            (&**channel, entry)
        });
        let written = file::write(connection, entries);
        let written = written.and_then(|()| news::write(connection, &work.news));
        written.map_err(|error| {
            format!(
                "the record cannot be written: {error}. Channels stay on air; look at the disk and its free space"
            )
        })
    }

    /// Leaves the disk alone for a while: longer after each failure.
    fn rest(&mut self, written: bool) {
        self.pause = match written {
            true => self.every,
            false => (self.pause * 2).min(LONGEST_PAUSE),
        };
        let until = Instant::now() + self.pause;
        let mut state = self.shared.state();
        while state.ending == Ending::No {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = self.shared.wait(state, left);
        }
    }
}

fn now() -> Wall {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Wall::from_unix_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
