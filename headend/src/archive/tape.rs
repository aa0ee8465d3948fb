//! A recording: what a channel showed from when somebody turned it on until it was turned off. It
//! has its own folder and stays until it is deleted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use arc_swap::ArcSwap;
use packager::time::Wall;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::entry::Entry;
use super::folder::{Folder, whole};
use super::shelf::Shelf;
use crate::channel::stamp;

/// What a recording is, in its folder.
const ABOUT: &str = "about.json";
/// Recordings of a node; each costs a folder and its index in memory.
pub(super) const RECORDINGS: usize = 2_000;

/// A recording.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Recording {
    /// Its name on this node: channel and start.
    pub id: String,
    /// Of which channel.
    pub channel: String,
    /// What it shows: the meeting's title, or the channel's name.
    pub title: String,
    /// The meeting that it was made for; `None` where an operator turned it on by hand.
    pub meeting: Option<String>,
    /// RFC 3339.
    pub start: String,
    /// RFC 3339; `None` while it runs.
    pub end: Option<String>,
    /// Whether the schedule ended it: its meeting was over or gave way to another. When that is on
    /// again, it is recorded again.
    #[serde(default)]
    pub ended_by_schedule: bool,
    /// How long it is, gaps left out.
    #[serde(default)]
    pub span_seconds: f64,
    /// Bytes on disk, in part shared with time shift.
    #[serde(default)]
    pub bytes: u64,
    /// To watch it: HLS.
    #[serde(default)]
    pub playlist: String,
    /// To keep it: MP4 files, one for each format that the programme had.
    #[serde(default)]
    pub files: Vec<String>,
}

/// A recording with its segments.
#[derive(Debug)]
pub(super) struct Tape {
    about: Recording,
    pub(super) shelf: Shelf,
    /// MP4 files that it comes to, counted as segments come.
    files: usize,
    /// Whether what is on disk is older than this.
    unsaved: bool,
}

impl Tape {
    pub(super) fn new(channel: &str, title: &str, meeting: Option<&str>, now: Wall) -> Self {
        let start = stamp(now);
        let digits = start.chars().take(19).filter(char::is_ascii_digit);
        let about = Recording {
            id: format!("{channel}-{}", digits.collect::<String>()),
            channel: channel.to_owned(),
            title: title.to_owned(),
            meeting: meeting.map(str::to_owned),
            start,
            ..Recording::default()
        };
        Self {
            about,
            shelf: Shelf::default(),
            files: 0,
            unsaved: true,
        }
    }

    /// What an earlier process has left; `None` where there is no recording.
    fn read(folder: &Folder, id: &str) -> Option<Self> {
        let about = std::fs::read(folder.0.join(ABOUT)).ok()?;
        let about: Recording = serde_json::from_slice(&about).ok()?;
        let mut tape = Self {
            about,
            shelf: Shelf::default(),
            files: 0,
            unsaved: false,
        };
        for entry in folder.read().ok()? {
            tape.push(entry);
        }
        let multivariant = std::fs::read(folder.0.join(super::MULTIVARIANT)).ok();
        tape.shelf.multivariant = multivariant.map(Into::into);
        (tape.about.id == id).then_some(tape)
    }

    /// Takes the next entry.
    pub(super) fn push(&mut self, entry: Entry) {
        let same = self.shelf.last().is_some_and(|last| last.is_like(&entry));
        self.files += usize::from(!same);
        self.shelf.push(entry);
    }

    pub(super) const fn runs(&self) -> bool {
        self.about.end.is_none()
    }

    pub(super) fn is_of(&self, channel: &str) -> bool {
        self.about.channel == channel
    }

    pub(super) fn meeting(&self) -> Option<&str> {
        self.about.meeting.as_deref()
    }

    pub(super) fn id(&self) -> &str {
        &self.about.id
    }

    /// Ends it as its meeting does.
    pub(super) fn give_way(&mut self, now: Wall) {
        self.about.ended_by_schedule |= self.runs();
        self.stop(now);
    }

    /// Whether somebody, or a full disk, ended it before its meeting did.
    pub(super) const fn was_stopped(&self) -> bool {
        !self.runs() && !self.about.ended_by_schedule
    }

    pub(super) fn stop(&mut self, now: Wall) {
        if self.runs() {
            self.about.end = Some(stamp(now));
            self.unsaved = true;
        }
    }

    /// With its figures.
    pub(super) fn shown(&self) -> Recording {
        let id = self.id();
        let file = |number| match number {
            1 => format!("/recordings/{id}.mp4"),
            _ => format!("/recordings/{id}.{number}.mp4"),
        };
        Recording {
            span_seconds: self.shelf.held().as_seconds(),
            bytes: self.shelf.bytes(),
            playlist: format!("/recordings/{id}/index.m3u8"),
            files: (1..=self.files).map(file).collect(),
            ..self.about.clone()
        }
    }

    /// The segments of each file: a format is one for a whole file.
    pub(super) fn files(&self) -> Vec<Vec<Arc<Entry>>> {
        let mut files: Vec<Vec<Arc<Entry>>> = Vec::new();
        for entry in self.shelf.entries() {
            let same =
                |file: &&mut Vec<Arc<Entry>>| file.last().is_some_and(|last| last.is_like(entry));
            match files.last_mut().filter(same) {
                Some(file) => file.push(entry.clone()),
                None => files.push(vec![entry.clone()]),
            }
        }
        files
    }
}

/// All recordings of a node.
#[derive(Debug, Default)]
pub(super) struct Tapes {
    all: RwLock<BTreeMap<String, Tape>>,
    /// The channels of those that run: who leaves a segment looks here, and waits for no reader.
    recorded: ArcSwap<BTreeSet<String>>,
    /// Whether those of an earlier process are among them.
    ready: AtomicBool,
}

impl Tapes {
    pub(super) fn read<T>(&self, look: impl FnOnce(&BTreeMap<String, Tape>) -> T) -> T {
        // What is kept is whole after each change: poison says nothing.
        look(&self.all.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn change<T>(&self, change: impl FnOnce(&mut BTreeMap<String, Tape>) -> T) -> T {
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        let changed = change(&mut all);
        let recorded = all.values().filter(|tape| tape.runs());
        let recorded = recorded.map(|tape| tape.about.channel.clone()).collect();
        if **self.recorded.load() != recorded {
            self.recorded.store(Arc::new(recorded));
        }
        changed
    }

    /// Whether one runs on `channel`.
    pub(super) fn is_recording(&self, channel: &str) -> bool {
        self.recorded.load().contains(channel)
    }

    /// The id of the one that runs on `channel`.
    pub(super) fn running(&self, channel: &str) -> Option<String> {
        self.read(|all| {
            let mut running = all.values().filter(|t| t.runs() && t.is_of(channel));
            Some(running.next()?.id().to_owned())
        })
    }

    pub(super) fn bytes(&self) -> u64 {
        self.read(|all| all.values().map(|tape| tape.shelf.bytes()).sum())
    }

    /// Reads what is in `root`.
    pub(super) fn find(&self, root: &Path, names: impl Iterator<Item = String>) {
        for id in names.take(RECORDINGS) {
            if let Some(tape) = Tape::read(&Folder(root.join(&id)), &id) {
                self.change(|all| all.insert(id, tape));
            }
        }
        self.ready.store(true, Ordering::Release);
    }

    /// Whether all are known; before that none may begin, for it may be there already.
    pub(super) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// Removes the folders of those that are `gone`, of which those stay that cannot be removed, and
    /// writes what each recording is where that is new; whether there was something to do.
    ///
    /// # Errors
    /// The first; what can be done is done all the same: what goes makes room for what comes.
    pub(super) fn save(&self, root: &Path, gone: &mut Vec<PathBuf>) -> std::io::Result<bool> {
        let unsaved = self.read(|all| {
            let unsaved = all.values().filter(|tape| tape.unsaved);
            unsaved.map(|tape| tape.about.clone()).collect::<Vec<_>>()
        });
        let news = !unsaved.is_empty() || !gone.is_empty();
        let mut saved = Ok(news);
        gone.retain(|folder| match std::fs::remove_dir_all(folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                if saved.is_ok() {
                    saved = Err(error);
                }
                true
            }
            _ => false,
        });
        for about in unsaved {
            let written = write(&root.join(&about.id), &about);
            if written.is_ok() {
                self.change(|all| {
                    if let Some(tape) = all.get_mut(&about.id) {
                        tape.unsaved = tape.about != about;
                    }
                });
            }
            saved = saved.and_then(|news| written.map(|()| news));
        }
        saved
    }
}

fn write(folder: &Path, about: &Recording) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let text = serde_json::to_vec_pretty(about).unwrap_or_default();
    whole(folder, ABOUT, &text)
}
