//! The record: what must outlive the process. Now: where the HLS numbers of each channel stand,
//! the incidents with the figures around them, what was on air from when to when, the reports of
//! halls, and the schedule.
//!
//! In: positions, one after each segment. Out: where a channel goes on after a restart, a crash or
//! the loss of the record. Live never waits for it: positions are left in memory, a thread of its
//! own writes the latest ones, and a disk that is full, slow or read-only is an alarm and no more.

mod file;
mod halls;
mod incidents;
mod meetings;
mod news;
mod planned;
pub mod position;
mod samples;
mod writer;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use packager::hls::Resume;
use packager::time::Wall;

use crate::cause::Incident;
use crate::hall::HallReport;
use crate::report::meeting::Records;
use crate::report::{Millis, Sample};
use crate::snapshot::RecordSnapshot;
use file::Entry;
pub use news::News;
use writer::Writer;

/// Name of the database in the state directory.
pub const FILE_NAME: &str = "record.sqlite";
/// Positions are written at most so often. What a crash loses is made up for at the next start
/// ([`position::after_crash`]), so there is no need to wear out a flash disk.
pub const WRITE_EVERY: Duration = Duration::from_secs(1);

/// The record of a running node.
#[derive(Debug)]
pub struct Record {
    path: std::path::PathBuf,
    opened: Wall,
    /// As found at the start.
    found: HashMap<String, Entry>,
    notices: Vec<String>,
    writer: Writer,
}

impl Record {
    /// Opens the record in `state_dir`, and always gives one: what is wrong with the disk is told by
    /// [`Record::notices`] and [`Record::snapshot`]. A damaged database is moved aside. Takes a
    /// second at most where another process holds the database.
    #[must_use]
    pub fn open(state_dir: &Path, now: Wall) -> Self {
        Self::with(state_dir, now, WRITE_EVERY)
    }

    fn with(state_dir: &Path, now: Wall, write_every: Duration) -> Self {
        let path = state_dir.join(FILE_NAME);
        let mut notices = Vec::new();
        let opened = file::open(&path).map(|opened| {
            notices.extend(opened.notice);
            (opened.connection, opened.entries)
        });
        let (connection, found, failed) = match opened {
            Ok((connection, found)) => (Some(connection), found, None),
            Err(error) => (None, HashMap::new(), Some(error.to_string())),
        };
        for notice in notices.iter().chain(&failed) {
            tracing::error!(path = %path.display(), "{notice}");
        }
        Self {
            path: path.clone(),
            opened: now,
            found,
            notices,
            writer: Writer::start(path, connection, failed, write_every),
        }
    }

    /// What was wrong with the record at the start, in a sentence each.
    #[must_use]
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// Where a channel that starts at `now` goes on: above every number that it ever showed.
    #[must_use]
    pub fn resume(&self, channel: &Arc<str>, now: Wall) -> Resume {
        let last = match (self.writer.latest(channel), self.found.get(&**channel)) {
            (Some(latest), _) => latest,
            (None, None) => position::unknown(now),
            (None, Some(entry)) if entry.clean => entry.position,
            (None, Some(entry)) => {
                let since = now.max(self.opened).unix_nanos() - entry.written.unix_nanos();
                position::after_crash(entry.position, since)
            }
        };
        let resume = position::next_run(last);
        self.writer.note(channel, resume);
        resume
    }

    /// Keeps where a channel stands; called with each segment. Never waits for the disk: what a
    /// crash loses is made up for at the next start.
    pub fn note(&self, channel: &Arc<str>, position: Resume) {
        self.writer.note(channel, position);
    }

    /// Keeps what happened. Never waits for the disk.
    pub fn keep(&self, news: News) {
        self.writer.keep(news);
    }

    /// The incidents of one channel, or of all, the newest first, at most `limit` and 1,000; of
    /// `id` alone where that is given.
    ///
    /// # Errors
    /// What the database says, in a sentence.
    pub fn incidents(
        &self,
        channel: Option<&str>,
        id: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Incident>, String> {
        incidents::read(&self.path, channel, id, limit)
            .map_err(|error| format!("the record cannot be read: {error}"))
    }

    /// The incidents without an end, each with the time at which its channel was last known to be
    /// watched: of a run that ended while they lasted. None where the record cannot be read.
    #[must_use]
    pub fn unfinished(&self) -> Vec<(Incident, Option<Millis>)> {
        incidents::unfinished(&self.path).unwrap_or_default()
    }

    /// The reports of halls whose code matches `pattern` (GLOB of SQLite), the newest first.
    ///
    /// # Errors
    /// What the database says, in a sentence.
    pub fn hall_reports(&self, pattern: &str) -> Result<Vec<HallReport>, String> {
        halls::read(&self.path, pattern)
            .map_err(|error| format!("the record cannot be read: {error}"))
    }

    /// The incidents of a channel that were open within a minute of `at`, the newest first.
    ///
    /// # Errors
    /// What the database says, in a sentence.
    pub fn incidents_around(&self, channel: &str, at: Millis) -> Result<Vec<Incident>, String> {
        incidents::around(&self.path, channel, at)
            .map_err(|error| format!("the record cannot be read: {error}"))
    }

    /// What is on record of a channel from `from` to `to`.
    ///
    /// # Errors
    /// What the database says, in a sentence.
    pub fn records(&self, channel: &str, from: Millis, to: Millis) -> Result<Records, String> {
        meetings::read(&self.path, channel, (from, to))
            .map_err(|error| format!("the record cannot be read: {error}"))
    }

    /// The samples of a channel from `from` to `to` that are on record, the oldest first.
    ///
    /// # Errors
    /// What the database says, in a sentence.
    pub fn samples(&self, channel: &str, from: Millis, to: Millis) -> Result<Vec<Sample>, String> {
        samples::read(&self.path, channel, (from, to))
            .map_err(|error| format!("the record cannot be read: {error}"))
    }

    /// The schedule.
    ///
    /// # Errors
    /// What the database says, in a sentence.
    pub fn meetings(&self) -> Result<Vec<crate::meeting::Meeting>, String> {
        planned::read(&self.path).map_err(|error| format!("the record cannot be read: {error}"))
    }

    /// Keeps the meetings that changed, of all that there are. Waits for the disk.
    ///
    /// # Errors
    /// What the database says, in a sentence.
    pub fn keep_meetings(
        &self,
        all: &[crate::meeting::Meeting],
        changed: &[crate::meeting::Meeting],
    ) -> Result<(), String> {
        planned::write(&self.path, all, changed)
            .map_err(|error| format!("the record cannot be written: {error}"))
    }

    /// How the record does.
    #[must_use]
    pub fn snapshot(&self) -> RecordSnapshot {
        self.writer.snapshot()
    }

    /// Writes what is left and marks it as complete, within `patience`; what could not be written
    /// is made up for at the next start. Answers whether all is on disk.
    pub fn close(&self, patience: Duration) -> bool {
        self.writer.close(patience)
    }
}

#[cfg(test)]
mod record_tests;
#[cfg(test)]
mod tests;
