//! The schedule of a running node: read without a lock, changed one after the other, and on disk
//! before the answer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};

use super::{Fault, Meeting, Meetings};
use crate::store::Record;

/// The schedule.
#[derive(Debug, Default)]
pub struct Schedule {
    record: Option<Arc<Record>>,
    now: ArcSwap<Meetings>,
    /// Why the record was not read; `None` when it was.
    unread: ArcSwapOption<String>,
    /// Held by who changes something.
    changing: Mutex<()>,
}

impl Schedule {
    /// The schedule on record; without a record it is kept in memory alone. A record that cannot
    /// be read is tried again by [`Schedule::keep_reading`] and with each change.
    #[must_use]
    pub fn open(record: Option<Arc<Record>>) -> Self {
        let unread = record.as_ref().map(|_| Arc::default());
        let schedule = Self {
            record,
            unread: ArcSwapOption::new(unread),
            ..Self::default()
        };
        // What is wrong is told by the notice.
        let _ = schedule.settle(true, |_| Ok(((), Vec::new())));
        schedule
    }

    /// Reads a record that could not be read again after each `pause`, until it can be.
    pub async fn keep_reading(self: Arc<Self>, pause: Duration) {
        while self.unread.load().is_some() {
            tokio::time::sleep(pause).await;
            let schedule = self.clone();
            // It waits for the disk.
            let read = tokio::task::spawn_blocking(move || {
                let _ = schedule.settle(true, |_| Ok(((), Vec::new())));
            });
            if read.await.is_err() {
                return;
            }
        }
    }

    /// That the schedule is not known, in a sentence; `None` while it is.
    #[must_use]
    pub fn notice(&self) -> Option<String> {
        let why = self.unread.load_full()?;
        Some(format!(
            "the meetings on record are not known, and are read again every few seconds: {why}"
        ))
    }

    /// As it is now.
    #[must_use]
    pub fn current(&self) -> Arc<Meetings> {
        self.now.load_full()
    }

    /// Lets `work` change the schedule: it gives an answer, and the meetings that are new or
    /// other. `dry` changes nothing. Waits for the disk.
    ///
    /// # Errors
    /// Those of `work`, and that the record does not take it; nothing is changed then.
    pub fn settle<T>(
        &self,
        dry: bool,
        work: impl FnOnce(&mut Meetings) -> Result<(T, Vec<Meeting>), Fault>,
    ) -> Result<T, Fault> {
        // Every change is complete when the lock is let go: poison says nothing.
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        self.read().map_err(Fault::Record)?;
        let mut next = (**self.now.load()).clone();
        let (answer, changed) = work(&mut next)?;
        if dry || changed.is_empty() {
            return Ok(answer);
        }
        if let Some(record) = &self.record {
            record
                .keep_meetings(next.all(), &changed)
                .map_err(Fault::Record)?;
        }
        next.version += 1;
        self.now.store(Arc::new(next));
        Ok(answer)
    }

    /// Reads the record where it was not read yet.
    fn read(&self) -> Result<(), String> {
        let unread = self.unread.load().is_some();
        let Some(record) = self.record.as_ref().filter(|_| unread) else {
            return Ok(());
        };
        let found = record.meetings().inspect_err(|why| {
            self.unread.store(Some(Arc::new(why.clone())));
        });
        let mut found = Meetings::new(found?);
        // Others than before.
        found.version = self.now.load().version + 1;
        self.now.store(Arc::new(found));
        self.unread.store(None);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::wall_now;
    use crate::meeting::{Around, Draft};
    use crate::store::FILE_NAME;
    use std::path::Path;

    fn open(folder: &Path) -> Schedule {
        let record = Arc::new(Record::open(folder, wall_now()));
        Schedule::open(Some(record))
    }

    fn add(schedule: &Schedule, title: &str, start: i64) -> Result<Meeting, Fault> {
        let channels = ["hop".to_owned()];
        let around = Around {
            channels: &channels,
            node: "n",
            now: 0,
        };
        let draft = Draft {
            channel: "hop".to_owned(),
            title: title.to_owned(),
            start,
            end: start + 1_000,
            ..Draft::default()
        };
        schedule.settle(false, |all| {
            let settled = all.add(draft, around)?;
            Ok((settled.meeting.clone(), vec![settled.meeting]))
        })
    }

    #[test]
    fn what_was_answered_is_there_after_a_kill() {
        let folder = tempfile::tempdir().unwrap();
        let schedule = open(folder.path());
        add(&schedule, "Họp", 5_000).unwrap();
        let kept = add(&schedule, "Sớm hơn", 1_000).unwrap();
        // Nothing is closed: as after SIGKILL.
        let again = open(folder.path()).current();
        assert_eq!(again.all(), schedule.current().all());
        assert_eq!(again.all()[0], kept);
    }

    #[tokio::test]
    async fn a_schedule_that_cannot_be_read_at_the_start_is_there_when_it_can() {
        let folder = tempfile::tempdir().unwrap();
        add(&open(folder.path()), "Họp", 5_000).unwrap();
        let database = rusqlite::Connection::open(folder.path().join(FILE_NAME)).unwrap();
        let rename = |from, to| format!("ALTER TABLE {from} RENAME TO {to}");
        database.execute(&rename("meeting", "away"), []).unwrap();
        let schedule = Arc::new(open(folder.path()));
        let reading = tokio::spawn(schedule.clone().keep_reading(Duration::from_millis(5)));
        assert!(schedule.notice().unwrap().contains("no such table"));
        let empty = schedule.current();
        database.execute(&rename("away", "meeting"), []).unwrap();
        let patience = Duration::from_secs(10);
        tokio::time::timeout(patience, reading)
            .await
            .unwrap()
            .unwrap();
        let known = schedule.current();
        assert_eq!((empty.all().len(), known.all().len()), (0, 1));
        assert_ne!(empty.version, known.version, "who saw it empty looks again");
        assert_eq!(schedule.notice(), None);
    }

    #[test]
    fn what_the_disk_does_not_take_is_refused_and_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let schedule = open(folder.path());
        add(&schedule, "Họp", 5_000).unwrap();
        schedule
            .record
            .as_ref()
            .unwrap()
            .close(Duration::from_secs(9));
        for file in std::fs::read_dir(folder.path()).unwrap() {
            std::fs::remove_file(file.unwrap().path()).unwrap();
        }
        let refused = add(&schedule, "Khác", 9_000);
        assert!(matches!(refused, Err(Fault::Record(_))), "{refused:?}");
        assert_eq!(schedule.current().all().len(), 1);
        // A record that was made anew gets all of them with the next one.
        let _record = Record::open(folder.path(), wall_now());
        add(&schedule, "Khác", 9_000).unwrap();
        assert_eq!(open(folder.path()).current().all().len(), 2);
    }
}
