//! The thread that writes. It is left segments in a bounded queue; who leaves one never waits for
//! the disk.

mod trouble;
mod writing;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use packager::hls::Moment;

use super::tape::Tapes;
use super::{Health, Shelves, Wanted};
use trouble::{behind, refused, slow};
use writing::Writing;

/// What waits for a disk that is slow; what comes above is lost. Half a minute of 60 Mbit/s.
const WAITING_BYTES: usize = 256 << 20;
/// Segments that wait, for those that are small.
const WAITING: usize = 2_000;
/// A disk that takes longer for a segment is too slow.
const SLOW: Duration = Duration::from_secs(2);

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
        let recorded = self.tapes.is_recording(channel);
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

fn size(moment: &Moment) -> usize {
    moment.pieces.iter().map(|piece| piece.body.len()).sum()
}
