//! Recordings as an operator and a viewer see them.

use std::path::PathBuf;

use packager::hls::Ending;
use packager::time::Wall;

use super::download::Download;
use super::tape::{RECORDINGS, Recording, Tape};
use super::{Archive, MULTIVARIANT, multivariant};
use crate::meeting::Meeting;

impl Archive {
    /// All recordings, the newest first.
    #[must_use]
    pub fn recordings(&self) -> Vec<Recording> {
        let mut all: Vec<_> = self
            .tapes
            .read(|all| all.values().map(Tape::shown).collect());
        all.sort_by(|a: &Recording, b| b.start.cmp(&a.start));
        all
    }

    /// One recording.
    #[must_use]
    pub fn recording(&self, id: &str) -> Option<Recording> {
        self.tapes.read(|all| Some(all.get(id)?.shown()))
    }

    /// Whether `channel` is recorded now.
    #[must_use]
    pub fn is_recording(&self, channel: &str) -> bool {
        self.tapes.is_recording(channel)
    }

    /// Records `channel` from now on, or goes on with the recording that runs. `None` when the node
    /// has as many as it may have, and while it still reads those that it has.
    #[must_use]
    pub fn record(
        &self,
        channel: &str,
        title: &str,
        meeting: Option<&str>,
        now: Wall,
    ) -> Option<Recording> {
        let ready = self.tapes.is_ready();
        let recording = self.tapes.change(|all| {
            if let Some(running) = all.values().find(|t| t.runs() && t.is_of(channel)) {
                return Some(running.shown());
            }
            let mut tape = Tape::new(channel, title, meeting, now);
            // Off and on again within a second.
            let mut at = now;
            while all.contains_key(tape.id()) {
                at = at.offset_nanos(1_000_000_000);
                tape = Tape::new(channel, title, meeting, at);
            }
            (ready && all.len() < RECORDINGS).then(|| {
                let shown = tape.shown();
                all.insert(shown.id.clone(), tape);
                shown
            })
        });
        self.writer.wake();
        recording
    }

    /// Records a meeting that shall be recorded for as long as it is `on`, again when it goes on
    /// later; a recording that an operator stopped is not begun again.
    pub fn follow(&self, channel: &str, on: Option<&Meeting>, now: Wall) {
        if !self.tapes.is_ready() {
            return;
        }
        let on = on.filter(|meeting| meeting.record);
        let id = on.map(|meeting| meeting.id.as_str());
        let (over, known) = self.tapes.read(|all| {
            let mut of = all.values().filter(|tape| tape.is_of(channel));
            let over = |t: &&Tape| t.runs() && t.meeting().is_some() && t.meeting() != id;
            let over = of.clone().find(over).map(|tape| tape.id().to_owned());
            let settled = |t: &Tape| t.meeting() == id && (t.runs() || t.was_stopped());
            (over, id.is_some() && of.any(settled))
        });
        if let Some(over) = over {
            let _ = self.end(&over, |tape| tape.give_way(now));
        }
        if let Some(meeting) = on.filter(|_| !known) {
            let _ = self.record(channel, &meeting.title, Some(&meeting.id), now);
        }
    }

    /// Ends a recording; the recording, where there is one.
    pub fn stop(&self, id: &str, now: Wall) -> Option<Recording> {
        self.end(id, |tape| tape.stop(now))
    }

    fn end(&self, id: &str, end: impl FnOnce(&mut Tape)) -> Option<Recording> {
        let ended = self.tapes.change(|all| {
            let tape = all.get_mut(id)?;
            end(tape);
            Some(tape.shown())
        });
        self.writer.wake();
        ended
    }

    /// Deletes a recording; whether there was one.
    #[must_use]
    pub fn delete(&self, id: &str) -> bool {
        let known = self.tapes.change(|all| all.remove(id).is_some());
        if known {
            self.writer.forget(self.recordings.join(id));
        }
        known
    }

    /// The playlist `path` under `/recordings/{id}/`.
    #[must_use]
    pub fn recorded_playlist(&self, id: &str, path: &str) -> Option<String> {
        self.tapes.read(|all| {
            let tape = all.get(id)?;
            let ending = match tape.runs() {
                true => Ending::Live,
                false => Ending::Whole,
            };
            match path.split_once('/') {
                None if path == MULTIVARIANT => {
                    let text = std::str::from_utf8(tape.shelf.multivariant.as_ref()?).ok()?;
                    Some(multivariant(text))
                }
                Some((dir, MULTIVARIANT)) => tape.shelf.all(dir, ending),
                _ => None,
            }
        })
    }

    /// Where `path` under `/recordings/{id}/`, a segment or an init segment, lies on disk.
    #[must_use]
    pub fn recorded(&self, id: &str, path: &str) -> Option<PathBuf> {
        let (dir, file) = path.split_once('/')?;
        self.tapes
            .read(|all| all.get(id)?.shelf.find(dir, file).map(|_| ()))?;
        Some(self.recordings.join(id).join(dir).join(file))
    }

    /// File `number`, from 1, of a recording; `None` where there is none. Reads the disk.
    #[must_use]
    pub fn download(&self, id: &str, number: usize) -> Option<Result<Download, String>> {
        let mut files = self.tapes.read(|all| Some(all.get(id)?.files()))?;
        let at = number.checked_sub(1).filter(|at| *at < files.len())?;
        Some(Download::new(
            self.recordings.join(id),
            files.swap_remove(at),
        ))
    }
}
