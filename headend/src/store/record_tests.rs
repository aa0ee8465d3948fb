use std::path::Path;

use super::*;
use crate::cause::{Class, Severity, Text, Word};
use crate::hall::{HallReport, HallSnapshot, HallsSnapshot};
use crate::report::{InputSample, Span, Switched};
use crate::snapshot::ChannelState;

const PATIENCE: Duration = Duration::from_secs(10);
const NOW: Wall = Wall::from_unix_nanos(1_795_305_600_000_000_000);

fn open(folder: &Path) -> Record {
    Record::with(folder, NOW, Duration::from_millis(5))
}

fn span(start: Millis, last: Millis, input: usize) -> Span {
    Span {
        channel: "hop".to_owned(),
        run: 1_000,
        start,
        last,
        closed: last > start,
        state: ChannelState::OnAir,
        input: Some(input),
        url: "rtp://239.10.0.1:5000".to_owned(),
    }
}

fn sample(at: Millis) -> Sample {
    Sample {
        at,
        on_air: Some(0),
        inputs: vec![InputSample {
            rate: 4_000_000,
            loudness: Some(-23.5),
            ..InputSample::default()
        }],
        outputs: vec![6_000_000],
    }
}

#[test]
fn spans_switches_and_samples_outlive_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let record = open(folder.path());
    let switch = Switched {
        channel: "hop".to_owned(),
        at: 5_000,
        from: Some(0),
        to: None,
        reason: "no-packets".to_owned(),
        gap_seconds: 0.04,
    };
    for written in [
        span(1_000, 1_000, 0),
        span(1_000, 5_000, 0),
        span(5_000, 9_000, 1),
    ] {
        record.keep(News::Span(Box::new(written)));
    }
    record.keep(News::Switch(Box::new(switch.clone())));
    for at in [3_000, 2_000, 2_000] {
        record.keep(News::Sample("hop".into(), Box::new(sample(at))));
    }
    record.keep(News::Sample("other".into(), Box::new(sample(2_000))));
    assert!(record.close(PATIENCE));

    let record = open(folder.path());
    let found = record.records("hop", 0, 10_000).unwrap();
    assert_eq!(found.spans, [span(1_000, 5_000, 0), span(5_000, 9_000, 1)]);
    assert_eq!(
        (found.runs, found.switches),
        (vec![(1_000, 9_000)], vec![switch])
    );
    assert_eq!(
        record.samples("hop", 0, 10_000).unwrap(),
        [sample(2_000), sample(3_000)]
    );
    assert_eq!(
        record.samples("hop", 2_500, 10_000).unwrap(),
        [sample(3_000)]
    );
    assert_eq!(record.records("hop", 6_000, 10_000).unwrap().spans.len(), 1);
    assert!(record.records("none", 0, 10_000).unwrap().spans.is_empty());
}

#[test]
fn the_oldest_samples_go_when_there_are_too_many() {
    let folder = tempfile::tempdir().unwrap();
    assert!(open(folder.path()).close(PATIENCE));
    let database = rusqlite::Connection::open(folder.path().join(FILE_NAME)).unwrap();
    let transaction = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
         INSERT INTO sample (channel, at, body) SELECT 'hop', i, '{}' FROM n";
    let most = samples::MOST;
    database.execute(transaction, [most + 50]).unwrap();
    samples::trim(&database).unwrap();
    let count = "SELECT count(*), min(at) FROM sample";
    let row = database.query_row(count, [], |row| Ok((row.get(0)?, row.get(1)?)));
    assert_eq!(row.unwrap(), (most, 51_i64));
}

#[test]
fn a_record_of_the_version_before_is_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    assert!(open(folder.path()).close(PATIENCE));
    let database = rusqlite::Connection::open(folder.path().join(FILE_NAME)).unwrap();
    let before = "DROP TABLE span; DROP TABLE switch; DROP TABLE sample; DROP TABLE meeting;
         DROP TABLE hall_report; DROP INDEX incident_by_channel; DROP INDEX incident_unfinished;
         ALTER TABLE incident DROP COLUMN ended;
         INSERT INTO incident VALUES ('a', 'hop', '', '{\"end\":null}'), ('b', 'hop', '', '{\"end\":\"x\"}'), ('c', 'hop', '', '');
         PRAGMA user_version = 2;";
    database.execute_batch(before).unwrap();
    drop(database);
    let record = open(folder.path());
    assert!(record.notices().is_empty(), "{:?}", record.notices());
    record.keep(News::Span(Box::new(span(1_000, 5_000, 0))));
    assert!(record.close(PATIENCE));
    assert_eq!(record.records("hop", 0, 10_000).unwrap().spans.len(), 1);
    let database = rusqlite::Connection::open(folder.path().join(FILE_NAME)).unwrap();
    let ended = "SELECT group_concat(id) FROM incident WHERE ended IS NOT NULL";
    let ended: String = database.query_row(ended, [], |row| row.get(0)).unwrap();
    assert_eq!(ended, "b");
}

#[test]
fn figures_never_crowd_out_what_is_worth_more() {
    let folder = tempfile::tempdir().unwrap();
    // The state directory is a file: nothing can be written.
    let blocked = folder.path().join("blocked");
    std::fs::write(&blocked, "").unwrap();
    let record = open(&blocked);
    for at in 0..20_000 {
        record.keep(News::Sample("hop".into(), Box::new(sample(at))));
    }
    for start in 0..100 {
        record.keep(News::Span(Box::new(span(start, start, 0))));
    }
    let (waiting, spans) = record.writer.waiting();
    assert_eq!((waiting, spans), (4_100, 100));
}

fn incident(id: &str, start: Millis, end: Option<Millis>) -> Incident {
    Incident {
        id: id.to_owned(),
        channel: "hop".to_owned(),
        class: Class::SourceSilent,
        subject: "input 0".to_owned(),
        places: Vec::new(),
        severity: Severity::Critical,
        word: Word::ConnectionLost,
        start: crate::report::stamp(start),
        end: end.map(crate::report::stamp),
        verdict: Text::default(),
        evidence: Vec::new(),
        actions: Vec::new(),
        next: Text::default(),
        acknowledged: None,
    }
}

fn report(code: &str, session: &str, heard: Millis) -> HallReport {
    HallReport {
        code: code.to_owned(),
        at: crate::report::stamp(heard),
        heard: crate::report::stamp(heard),
        hall: HallSnapshot {
            session: session.to_owned(),
            ..HallSnapshot::default()
        },
        halls: HallsSnapshot::default(),
    }
}

#[test]
fn a_report_is_kept_once_found_by_its_code_and_stays_whatever_the_clock_does() {
    const DAY: Millis = 86_400_000;
    let folder = tempfile::tempdir().unwrap();
    let record = open(folder.path());
    for (code, session, heard) in [
        ("ABC234", "a", DAY),
        ("ABC234", "a", 2 * DAY),
        ("ABC234", "b", 3 * DAY),
        ("QBC234", "c", 4 * DAY),
    ] {
        record.keep(News::Report(Box::new(report(code, session, heard))));
    }
    assert!(record.close(PATIENCE));
    let found = |pattern: &str| -> Vec<(String, Millis)> {
        let found = record.hall_reports(pattern).unwrap();
        let each = found.iter().map(|r| (r.hall.session.clone(), r.millis()));
        each.collect()
    };
    let expected = [("b".to_owned(), 3 * DAY), ("a".to_owned(), DAY)];
    assert_eq!(found("ABC234"), expected, "the first word on each stays");
    assert_eq!(found("[DQ]BC234"), [("c".to_owned(), 4 * DAY)]);
    assert!(found("ABC235").is_empty());

    let record = open(folder.path());
    // The clock leaps ten years, and comes back.
    for (session, heard) in [("d", 3_660 * DAY), ("e", 5 * DAY)] {
        record.keep(News::Report(Box::new(report("NEW234", session, heard))));
    }
    assert!(record.close(PATIENCE));
    let left = record.hall_reports("*").unwrap();
    let left: Vec<&str> = left.iter().map(|r| &*r.hall.session).collect();
    assert_eq!(left, ["e", "d", "c", "b", "a"]);
}

#[test]
fn the_oldest_incidents_go_when_there_are_too_many_and_those_that_last_stay() {
    let folder = tempfile::tempdir().unwrap();
    assert!(open(folder.path()).close(PATIENCE));
    let database = rusqlite::Connection::open(folder.path().join(FILE_NAME)).unwrap();
    let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
         INSERT INTO incident SELECT i, 'hop', printf('%07d', i), '{}',
            CASE i WHEN 10 THEN NULL ELSE 'x' END FROM n";
    database.execute(fill, [incidents::KEPT + 50]).unwrap();
    // With whatever comes next.
    let record = open(folder.path());
    let new = incident("new", 9_000, None);
    record.keep(News::Incident(Box::new(new.clone())));
    assert!(record.close(PATIENCE));
    let count = "SELECT count(*), min(start) FROM incident WHERE ended IS NOT NULL";
    let row = database.query_row(count, [], |row| Ok((row.get(0)?, row.get(1)?)));
    assert_eq!(row.unwrap(), (incidents::KEPT - 1, "0000052".to_owned()));
    let lasting = "SELECT count(*) FROM incident WHERE ended IS NULL";
    let lasting: i64 = database.query_row(lasting, [], |row| row.get(0)).unwrap();
    assert_eq!(lasting, 2);
    let unfinished: Vec<_> = record.unfinished().into_iter().map(|(i, _)| i).collect();
    assert_eq!(unfinished, [new]);
}

#[test]
fn a_report_has_the_incidents_that_touch_its_time_however_many_came_before() {
    let folder = tempfile::tempdir().unwrap();
    let record = open(folder.path());
    let ends = [Some(2_000), Some(6_000), None];
    for (start, end) in (1_000..).zip(ends) {
        let id = start.to_string();
        record.keep(News::Incident(Box::new(incident(&id, start, end))));
    }
    for start in 3_000..3_200 {
        let short = incident(&start.to_string(), start, Some(start + 1));
        record.keep(News::Incident(Box::new(short)));
    }
    assert!(record.close(PATIENCE));
    let found = |from, to| -> Vec<String> {
        let found = record.records("hop", from, to).unwrap().incidents;
        found.into_iter().map(|incident| incident.id).collect()
    };
    assert_eq!(found(5_000, 7_000), ["1002", "1001"]);
    assert_eq!(found(0, 2_500), ["1002", "1001", "1000"]);
    assert_eq!(found(3_199, 3_199), ["3199", "3198", "1002", "1001"]);
}
