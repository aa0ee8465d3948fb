//! Recordings on a real folder, with times of the test's own.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use packager::hls::Moment;
use packager::time::Wall;

use super::tests::{BEGIN, Kept, moment};
use crate::meeting::Meeting;

pub(super) fn at(second: i64) -> Wall {
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
    assert!(text.ends_with("#EXT-X-ENDLIST\n"));
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

/// A multivariant playlist of these renditions.
fn index(renditions: &[&str]) -> Option<Bytes> {
    let lines = renditions.iter().map(|dir| match *dir {
        "video" => "#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO=\"a\"\nvideo/index.m3u8\n".to_owned(),
        dir => format!("#EXT-X-MEDIA:TYPE=AUDIO,URI=\"{dir}/index.m3u8\",GROUP-ID=\"a\"\n"),
    });
    Some(format!("#EXTM3U\n{}", lines.collect::<String>()).into())
}

#[test]
fn a_language_that_ends_stays_in_the_recording_and_not_in_time_shift() {
    let folder = tempfile::tempdir().unwrap();
    let kept = open(folder.path(), 1 << 30, 3_600);
    let id = kept.archive.record("hop", "Họp", None, at(0)).unwrap().id;
    let recorded = || kept.archive.recorded_playlist(&id, "index.m3u8").unwrap();
    let all = ["audio", "audio-2", "video"];
    for (msn, renditions) in [(0, &all[..1]), (1, &all[..]), (2, &["audio", "video"][..])] {
        kept.put(Moment {
            multivariant: index(renditions),
            ..moment(msn)
        });
    }
    for dir in all {
        assert!(recorded().contains(&format!("{dir}/index.m3u8")), "{dir}");
    }
    let shift = kept.archive.playlist("hop", "index.m3u8", 7).unwrap();
    assert!(!shift.contains("audio-2"), "{shift}");
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
fn a_meeting_that_is_on_again_is_recorded_again_unless_somebody_stopped_it() {
    let folder = tempfile::tempdir().unwrap();
    let kept = open(folder.path(), 1 << 30, 0);
    let archive = &kept.archive;
    let meeting = Meeting {
        id: "m1".to_owned(),
        record: true,
        ..Meeting::default()
    };
    // It is extended after its end, and gives way to an emergency that nobody records.
    for second in [0, 20, 40] {
        archive.follow("hop", Some(&meeting), at(second));
        assert!(archive.is_recording("hop"), "{second}");
        archive.follow("hop", None, at(second + 10));
        assert!(!archive.is_recording("hop"), "{second}");
    }
    archive.close(Duration::from_secs(10));
    drop(kept);
    let kept = open(folder.path(), 1 << 30, 0);
    kept.until(|_| kept.archive.recordings().len() == 3);
    let archive = &kept.archive;
    archive.follow("hop", Some(&meeting), at(60));
    let last = &archive.recordings()[0];
    assert_eq!(last.end, None);
    archive.stop(&last.id, at(70)).unwrap();
    archive.follow("hop", None, at(80));
    archive.follow("hop", Some(&meeting), at(90));
    assert_eq!(archive.recordings().len(), 4);
    assert!(!archive.is_recording("hop"));
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

#[test]
fn a_segment_is_left_while_somebody_has_the_recordings() {
    let folder = tempfile::tempdir().unwrap();
    let kept = open(folder.path(), 1 << 30, 0);
    let _ = kept.archive.record("hop", "Họp", None, at(0)).unwrap();
    let (channel, archive) = ("hop".into(), &kept.archive);
    let (tell, told) = std::sync::mpsc::channel();
    let left = std::thread::scope(|scope| {
        archive.tapes.change(|_| {
            scope.spawn(move || {
                archive.keep(&channel, moment(0));
                tell.send(())
            });
            told.recv_timeout(Duration::from_secs(5))
        })
    });
    left.unwrap();
    kept.until(|health| health.written_total == 1);
}
