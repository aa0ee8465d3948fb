use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use proptest::prelude::*;
use rusqlite::Connection;

use super::*;

const SOON: Duration = Duration::from_millis(5);
const PATIENCE: Duration = Duration::from_secs(10);
const SECOND: i64 = 1_000_000_000;

/// 2026-11-22T00:00:00Z, give or take.
fn start() -> Wall {
    Wall::from_unix_nanos(1_795_305_600 * SECOND)
}

fn open(folder: &Path) -> Record {
    Record::with(folder, start(), SOON)
}

fn at(next_media_sequence: u64) -> Resume {
    Resume {
        next_media_sequence,
        discontinuity_sequence: 3,
        instance: 9,
        target_duration: 3,
        segment_millis: 2_000,
    }
}

fn until(what: &str, record: &Record, is: impl Fn(&RecordSnapshot) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is(&record.snapshot()) {
        assert!(Instant::now() < deadline, "{what}: {:?}", record.snapshot());
        thread_pause();
    }
}

fn thread_pause() {
    std::thread::sleep(Duration::from_millis(2));
}

fn database(folder: &Path) -> Connection {
    Connection::open(folder.join(FILE_NAME)).unwrap()
}

#[test]
fn after_an_orderly_stop_the_numbers_go_on_without_a_gap() {
    let folder = tempfile::tempdir().unwrap();
    let record = open(folder.path());
    record.note(&"hop".into(), at(100));
    record.note(&"hop".into(), at(101));
    assert!(record.close(PATIENCE));
    let again = open(folder.path());
    let much_later = start().offset_nanos(86_400 * SECOND);
    let expected = Resume {
        instance: 10,
        ..at(101)
    };
    assert_eq!(again.resume(&"hop".into(), much_later), expected);
    assert!(again.notices().is_empty());
}

#[test]
fn a_channel_that_starts_again_in_the_same_run_goes_on_from_memory() {
    let folder = tempfile::tempdir().unwrap();
    let record = open(folder.path());
    record.note(&"hop".into(), at(7));
    let first = record.resume(&"hop".into(), start());
    assert_eq!((first.next_media_sequence, first.instance), (7, 10));
    // Parts may have been shown before the first segment was noted.
    assert_eq!(record.resume(&"hop".into(), start()).instance, 11);
}

#[test]
fn a_channel_that_nobody_knows_starts_at_the_wall_clock() {
    let folder = tempfile::tempdir().unwrap();
    let lost = tempfile::tempdir().unwrap();
    let first = open(lost.path()).resume(&"hop".into(), start());
    let later = open(folder.path()).resume(&"hop".into(), start().offset_nanos(SECOND));
    assert!(first.next_media_sequence > 100_000_000);
    assert!(later.next_media_sequence >= first.next_media_sequence + 2);
    assert!(later.discontinuity_sequence >= first.discontinuity_sequence);
    // Players count arrays by it.
    assert!(first.discontinuity_sequence < 100_000);
    assert!(later.instance > first.instance);
    let without_clock = position::unknown(Wall::from_unix_nanos(0));
    assert_eq!(without_clock.next_media_sequence, 0);
}

proptest! {
    /// A channel runs, its record is lost or late at any moment, it runs again: no number twice.
    #[test]
    fn numbers_never_go_back(
        runs in prop::collection::vec((0_i64..1_000_000_000_000, 0_i64..100_000_000_000, any::<bool>()), 1..20)
    ) {
        let mut now = start();
        let mut position = position::unknown(now);
        for (length, lag, lost) in runs {
            // The most segments that fit into the run, the last of them not yet written.
            let lag = lag.min(length);
            let taken = u64::try_from(length / position::SHORTEST_SEGMENT_NANOS).unwrap();
            let unwritten = u64::try_from(lag / position::SHORTEST_SEGMENT_NANOS).unwrap();
            let shown = position.next_media_sequence + taken;
            let written = Resume { next_media_sequence: shown - unwritten, ..position };
            now = now.offset_nanos(length);
            position = match lost {
                true => position::unknown(now),
                false => position::after_crash(written, lag),
            };
            prop_assert!(position.next_media_sequence >= shown);
        }
    }
}

#[test]
fn a_clock_that_went_back_makes_a_wide_step() {
    let after = position::after_crash(at(100), -5);
    assert_eq!(after.next_media_sequence, 1_100);
    assert_eq!(after.discontinuity_sequence, 7);
}

/// Not a test of its own: the process that [`kill_9_loses_nothing_that_viewers_saw`] kills.
#[test]
#[ignore = "runs as a child of another test"]
fn a_node_that_notes_until_it_is_killed() {
    let folder = std::env::var("RECORD_FOLDER").unwrap();
    let record = Record::with(Path::new(&folder), start(), SOON);
    let channel: Arc<str> = "hop".into();
    for number in 1_000.. {
        record.note(&channel, at(number));
        println!("shown {number}");
        thread_pause();
    }
}

#[test]
fn kill_9_loses_nothing_that_viewers_saw() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--ignored", "--nocapture"])
            .arg("store::tests::a_node_that_notes_until_it_is_killed")
            .env("RECORD_FOLDER", folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut shown = lines.map_while(Result::ok).filter_map(|line| {
            let number = line.strip_prefix("shown ")?.parse::<u64>();
            number.ok()
        });
        // Far enough that something was written, wherever the disk is slow.
        let seen = shown.by_ref().find(|number| *number >= 1_200).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let last = shown.last().unwrap_or(seen);
        let record = open(folder.path());
        let entry = record.found["hop"];
        assert!(!entry.clean);
        assert!(entry.position.next_media_sequence > 1_000);
        assert!(record.notices().is_empty());
        // The child takes a number each 2 ms instead of each 500 ms: so many numbers, so much time.
        let late = i64::try_from(last - entry.position.next_media_sequence).unwrap();
        let now = entry
            .written
            .offset_nanos(late * position::SHORTEST_SEGMENT_NANOS);
        let record = Record::with(folder.path(), now, SOON);
        assert!(record.resume(&"hop".into(), now).next_media_sequence > last);
    }
}

#[test]
fn a_damaged_record_is_moved_aside_and_numbers_do_not_go_back() {
    let garbage: &[&dyn Fn(&Path)] = &[
        &|path| {
            fs::write(
                path,
                "this is no database, but a text of some length".repeat(100),
            )
            .unwrap();
        },
        &|path| {
            let mut bytes = fs::read(path).unwrap();
            for byte in bytes.iter_mut().skip(100) {
                *byte ^= 0x5a;
            }
            fs::write(path, bytes).unwrap();
        },
        &|path| {
            let database = Connection::open(path).unwrap();
            database
                .execute_batch("DROP TABLE hls_position; CREATE TABLE hls_position (x)")
                .unwrap();
        },
    ];
    for damage in garbage {
        let folder = tempfile::tempdir().unwrap();
        let record = open(folder.path());
        let first = record.resume(&"hop".into(), start());
        assert!(record.close(PATIENCE));
        damage(&folder.path().join(FILE_NAME));
        let record = open(folder.path());
        let notice = &record.notices()[0];
        assert!(notice.contains("record.sqlite.damaged"), "{notice}");
        assert!(folder.path().join("record.sqlite.damaged").exists());
        let resumed = record.resume(&"hop".into(), start().offset_nanos(SECOND));
        assert!(resumed.next_media_sequence > first.next_media_sequence);
        record.note(&"hop".into(), resumed);
        assert!(record.close(PATIENCE));
        assert!(open(folder.path()).notices().is_empty());
    }
}

#[test]
fn an_empty_file_is_a_fresh_record() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(FILE_NAME), "").unwrap();
    let record = open(folder.path());
    assert!(record.notices().is_empty());
    record.note(&"hop".into(), at(5));
    assert!(record.close(PATIENCE));
}

#[test]
fn a_record_of_a_newer_headend_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let path = folder.path().join(FILE_NAME);
    let newer = database(folder.path());
    newer.pragma_update(None, "user_version", 99).unwrap();
    drop(newer);
    let record = open(folder.path());
    assert!(
        record
            .snapshot()
            .failed
            .unwrap()
            .contains("newer headend (version 99")
    );
    record.note(&"hop".into(), at(5));
    assert!(!record.close(PATIENCE));
    let version: i64 = Connection::open(path)
        .unwrap()
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, 99);
}

#[test]
fn a_disk_that_hangs_is_an_alarm_and_nobody_waits() {
    let folder = tempfile::tempdir().unwrap();
    let record = open(folder.path());
    let held = database(folder.path());
    held.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let began = Instant::now();
    for number in 0..10_000 {
        record.note(&"hop".into(), at(number));
    }
    assert!(
        began.elapsed() < Duration::from_millis(500),
        "{:?}",
        began.elapsed()
    );
    until("an alarm", &record, |health| health.failed.is_some());
    assert_eq!(
        record.resume(&"hop".into(), start()).next_media_sequence,
        9_999
    );
    held.execute_batch("COMMIT").unwrap();
    until("recovery", &record, |health| health.failed.is_none());
    assert!(record.snapshot().failures_total >= 1);
    assert!(record.close(PATIENCE));
    assert_eq!(
        open(folder.path())
            .resume(&"hop".into(), start())
            .next_media_sequence,
        9_999
    );
}

#[test]
fn what_comes_while_the_disk_is_busy_is_written_next() {
    let folder = tempfile::tempdir().unwrap();
    let record = open(folder.path());
    let held = database(folder.path());
    held.execute_batch("BEGIN EXCLUSIVE").unwrap();
    record.note(&"hop".into(), at(1));
    // The thread takes the first position and waits for the lock.
    std::thread::sleep(Duration::from_millis(100));
    record.note(&"hop".into(), at(2));
    held.execute_batch("COMMIT").unwrap();
    let deadline = Instant::now() + PATIENCE;
    let written = || {
        let query = "SELECT next_media_sequence FROM hls_position";
        held.query_row(query, [], |row| row.get::<_, i64>(0))
    };
    while written() != Ok(2) {
        assert!(Instant::now() < deadline, "{:?}", written());
        thread_pause();
    }
    assert_eq!(record.snapshot().failures_total, 0);
}

#[test]
fn a_full_disk_is_an_alarm_and_what_was_written_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mut small = file::open(&folder.path().join(FILE_NAME))
        .unwrap()
        .connection;
    let entry = |number| Entry {
        position: at(number),
        written: start(),
        clean: false,
    };
    file::write(&mut small, [("hop", entry(5))].into_iter()).unwrap();
    small.pragma_update(None, "max_page_count", 1).unwrap();
    let names: Vec<String> = (0..1_000).map(|n| format!("channel-{n:>032}")).collect();
    let many = names.iter().map(|name| (name.as_str(), entry(6)));
    let error = file::write(&mut small, many).unwrap_err();
    assert!(!file::is_damage(&error), "{error}");
    drop(small);
    let record = open(folder.path());
    assert_eq!(record.found.len(), 1);
    assert!(record.resume(&"hop".into(), start()).next_media_sequence > 5);
}

#[test]
fn a_folder_that_cannot_be_made_is_an_alarm_and_channels_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let record = open(&file.join("state"));
    assert!(record.snapshot().failed.unwrap().contains("state-dir"));
    assert!(record.resume(&"hop".into(), start()).next_media_sequence > 0);
    record.note(&"hop".into(), at(5));
    assert!(!record.close(PATIENCE));
}

#[test]
fn the_folder_is_used_as_soon_as_it_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    fs::write(&state, "").unwrap();
    let record = open(&state);
    record.note(&"hop".into(), at(5));
    until("a failure", &record, |health| health.failures_total >= 2);
    fs::remove_file(&state).unwrap();
    until("recovery", &record, |health| health.failed.is_none());
    assert!(record.close(PATIENCE));
    assert_eq!(
        open(&state)
            .resume(&"hop".into(), start())
            .next_media_sequence,
        5
    );
}
