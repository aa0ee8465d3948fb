//! Recordings on a real folder, with times of the test's own.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use packager::time::Wall;

use super::tests::{BEGIN, Kept};
use crate::meeting::Meeting;

fn at(second: i64) -> Wall {
    Wall::from_unix_nanos((BEGIN + second) * 1_000_000_000)
}

fn names(text: &str) -> Vec<&str> {
    text.lines().filter(|l| !l.starts_with('#')).collect()
}

/// A shift of zero is none.
fn open(folder: &Path, quota: u64, shift: u64) -> Kept {
    Kept::open(folder, quota, shift)
}

#[test]
fn a_recording_outlives_time_shift_without_a_second_copy() {
    let folder = tempfile::tempdir().unwrap();
    let kept = open(folder.path(), 1 << 30, 60);
    kept.keep(0..5);
    let recording = kept.archive.record("hop", "Họp", None, at(10)).unwrap();
    assert_eq!(recording.id, "hop-20261118100010");
    // Turned on twice is on.
    let again = kept.archive.record("hop", "Khác", None, at(11)).unwrap();
    assert_eq!(again.id, recording.id);
    kept.keep(5..15);
    let file = kept
        .archive
        .recorded(&recording.id, "video/f00-7.m4s")
        .unwrap();
    let links = || fs::metadata(&file).unwrap().nlink();
    assert_eq!(links(), 2);
    let running = kept
        .archive
        .recorded_playlist(&recording.id, "video/index.m3u8");
    assert!(!running.unwrap().contains("ENDLIST"));
    assert!(kept.archive.is_recording("hop"));
    kept.archive.stop(&recording.id, at(30)).unwrap();
    assert!(!kept.archive.is_recording("hop"));
    kept.keep(15..200);
    assert_eq!(links(), 1);
    let text = kept
        .archive
        .recorded_playlist(&recording.id, "audio/index.m3u8")
        .unwrap();
    assert!(text.contains("#EXT-X-PLAYLIST-TYPE:VOD\n") && text.ends_with("#EXT-X-ENDLIST\n"));
    assert_eq!(names(&text).len(), 10);
    let index = kept
        .archive
        .recorded_playlist(&recording.id, "index.m3u8")
        .unwrap();
    assert_eq!(index, "#EXTM3U\nvideo/index.m3u8\n");
    let shown = kept.archive.recording(&recording.id).unwrap();
    assert!((shown.span_seconds - 20.0).abs() < 1e-6, "{shown:?}");
    assert_eq!(shown.bytes, 30_000);
}

#[test]
fn a_recording_goes_on_after_a_kill_and_is_deleted_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let kept = open(folder.path(), 1 << 30, 0);
    let id = kept.archive.record("hop", "Họp", None, at(0)).unwrap().id;
    kept.keep(0..5);
    drop(kept);
    let kept = open(folder.path(), 1 << 30, 0);
    // No time shift: what is kept is the recording's alone.
    kept.until(|_| kept.archive.recording(&id).is_some());
    kept.keep(9..12);
    let text = kept
        .archive
        .recorded_playlist(&id, "video/index.m3u8")
        .unwrap();
    assert_eq!(names(&text).len(), 8);
    assert_eq!(text.matches("#EXT-X-DISCONTINUITY\n").count(), 1);
    assert!(
        kept.archive
            .playlist("hop", "video/index.m3u8", 0)
            .is_none()
    );
    let place = folder.path().join("recordings").join(&id);
    assert!(place.exists());
    assert!(kept.archive.delete(&id) && !kept.archive.delete(&id));
    kept.until(|_| !place.exists());
    assert!(kept.archive.recordings().is_empty());
}

#[test]
fn a_meeting_is_recorded_while_it_is_on_and_not_again_once_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let kept = open(folder.path(), 1 << 30, 0);
    let meeting = |id: &str, record| Meeting {
        id: id.to_owned(),
        title: "Họp Chính phủ".to_owned(),
        record,
        ..Meeting::default()
    };
    let archive = &kept.archive;
    archive.follow("hop", Some(&meeting("m1", false)), at(0));
    assert!(!archive.is_recording("hop"), "off unless somebody says so");
    archive.follow("hop", Some(&meeting("m2", true)), at(1));
    archive.follow("hop", Some(&meeting("m2", true)), at(2));
    let all = archive.recordings();
    assert_eq!((all.len(), &*all[0].title), (1, "Họp Chính phủ"));
    archive.stop(&all[0].id, at(3)).unwrap();
    archive.follow("hop", Some(&meeting("m2", true)), at(4));
    assert!(
        !archive.is_recording("hop"),
        "an operator has the last word"
    );
    archive.follow("hop", Some(&meeting("m3", true)), at(5));
    assert!(archive.is_recording("hop"));
    archive.follow("hop", None, at(6));
    assert!(!archive.is_recording("hop"), "over");
    // By hand it is not the schedule's to end.
    let by_hand = archive.record("hop", "Tay", None, at(7)).unwrap();
    archive.follow("hop", None, at(8));
    assert!(archive.is_recording("hop"));
    assert_eq!(archive.recording(&by_hand.id).unwrap().end, None);
}

#[test]
fn recordings_that_fill_the_quota_end_and_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let kept = open(folder.path(), 30_000, 3_600);
    let id = kept.archive.record("hop", "Họp", None, at(0)).unwrap().id;
    kept.keep(0..30);
    let health = kept.archive.health();
    assert!(
        health.failed.is_some_and(|f| f.en.contains("quota")),
        "{id}"
    );
    let recording = kept.archive.recording(&id).unwrap();
    assert!(recording.end.is_some());
    assert_eq!(recording.bytes, 33_000);
    assert!(kept.archive.delete(&id));
    kept.until(|health| health.bytes < 30_000);
    kept.keep(30..35);
    assert_eq!(kept.archive.health().failed, None);
}
