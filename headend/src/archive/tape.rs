//! A recording: what a channel showed from when somebody turned it on until it was turned off. It
//! has its own folder and stays until it is deleted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use packager::time::Wall;
use packager::ts::clock::Ticks;
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
            unsaved: true,
        }
    }

    /// What an earlier process has left; `None` where there is no recording.
    fn read(folder: &Folder, id: &str) -> Option<Self> {
        let about = std::fs::read(folder.0.join(ABOUT)).ok()?;
        let about: Recording = serde_json::from_slice(&about).ok()?;
        let mut shelf = Shelf::default();
        for entry in folder.read().ok()? {
            shelf.push(entry);
        }
        let multivariant = std::fs::read(folder.0.join(super::MULTIVARIANT)).ok();
        shelf.multivariant = multivariant.map(Into::into);
        (about.id == id).then_some(Self {
            about,
            shelf,
            unsaved: false,
        })
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

    pub(super) fn stop(&mut self, now: Wall) {
        if self.runs() {
            self.about.end = Some(stamp(now));
            self.unsaved = true;
        }
    }

    /// With its figures.
    pub(super) fn shown(&self) -> Recording {
        let id = self.id();
        let all = self.shelf.entries();
        let span = all.fold(Ticks::ZERO, |sum, entry| sum + entry.duration());
        let files = 1..=self.files().len();
        let file = |number| match number {
            1 => format!("/recordings/{id}.mp4"),
            _ => format!("/recordings/{id}.{number}.mp4"),
        };
        Recording {
            span_seconds: span.as_seconds(),
            bytes: self.shelf.bytes(),
            playlist: format!("/recordings/{id}/index.m3u8"),
            files: files.map(file).collect(),
            ..self.about.clone()
        }
    }

    /// The segments of each file: a format is one for a whole file.
    pub(super) fn files(&self) -> Vec<Vec<Arc<Entry>>> {
        let mut files: Vec<Vec<Arc<Entry>>> = Vec::new();
        for entry in self.shelf.entries() {
            let same = |file: &&mut Vec<Arc<Entry>>| {
                file.last()
                    .is_some_and(|last| last.formats().eq(entry.formats()))
            };
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
    /// Whether those of an earlier process are among them.
    ready: AtomicBool,
}

impl Tapes {
    pub(super) fn read<T>(&self, look: impl FnOnce(&BTreeMap<String, Tape>) -> T) -> T {
        // What is kept is whole after each change: poison says nothing.
        look(&self.all.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn change<T>(&self, change: impl FnOnce(&mut BTreeMap<String, Tape>) -> T) -> T {
        change(&mut self.all.write().unwrap_or_else(PoisonError::into_inner))
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

    /// Writes what each recording is where that is new, and removes the folders of those that
    /// are gone; whether there was something to do.
    pub(super) fn save(&self, root: &Path, gone: &[PathBuf]) -> std::io::Result<bool> {
        let unsaved = self.read(|all| {
            let unsaved = all.values().filter(|tape| tape.unsaved);
            unsaved.map(|tape| tape.about.clone()).collect::<Vec<_>>()
        });
        let news = !unsaved.is_empty() || !gone.is_empty();
        for about in unsaved {
            let folder = root.join(&about.id);
            std::fs::create_dir_all(&folder)?;
            let text = serde_json::to_vec_pretty(&about).unwrap_or_default();
            whole(&folder, ABOUT, &text)?;
            self.change(|all| {
                if let Some(tape) = all.get_mut(&about.id) {
                    tape.unsaved = tape.about != about;
                }
            });
        }
        for folder in gone {
            match std::fs::remove_dir_all(folder) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(news)
    }
}
