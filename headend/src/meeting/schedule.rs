//! The schedule of a running node: read without a lock, changed one after the other, and on disk
//! before the answer.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use super::{Fault, Meeting, Meetings};
use crate::store::Record;

/// The schedule.
#[derive(Debug, Default)]
pub struct Schedule {
    record: Option<Arc<Record>>,
    now: ArcSwap<Meetings>,
    /// Whether the record was read; held by who changes something.
    read: Mutex<bool>,
}

impl Schedule {
    /// The schedule on record; without a record it is kept in memory alone. A record that cannot
    /// be read is tried again with the first change.
    #[must_use]
    pub fn open(record: Option<Arc<Record>>) -> Self {
        let schedule = Self {
            record,
            ..Self::default()
        };
        // What is wrong with the record is told by the record itself.
        let _ = schedule.settle(true, |_| Ok(((), Vec::new())));
        schedule
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
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if !*read {
            if let Some(record) = &self.record {
                let found = record.meetings().map_err(Fault::Record)?;
                self.now.store(Arc::new(Meetings::new(found)));
            }
            *read = true;
        }
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
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::*;
    use crate::channel::wall_now;
    use crate::meeting::{Around, Draft};

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
