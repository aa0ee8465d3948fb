//! The archive on a real folder, with times of the test's own.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use packager::hls::{Moment, Piece};
use packager::time::Wall;
use packager::ts::clock::Ticks;

use super::{Archive, Health, Wanted};

/// 2026-11-18, on a full hour.
pub(super) const BEGIN: i64 = 1_794_996_000;

/// Segment `msn` of 2 s in picture and sound, 3 kB.
pub(super) fn moment(msn: u64) -> Moment {
    let second = BEGIN + i64::try_from(msn).unwrap() * 2;
    let piece = |dir: &str, len: usize| Piece {
        dir: dir.into(),
        date: Wall::from_unix_nanos(second * 1_000_000_000),
        duration: Ticks::from_millis(2_000),
        init: Some(("init-1.mp4".to_owned(), Bytes::from_static(b"init"))),
        body: Bytes::from(vec![u8::try_from(msn % 251).unwrap(); len]),
    };
    Moment {
        instance: 0xf00,
        msn,
        target: 2,
        discontinuity: false,
        pieces: vec![piece("video", 2_000), piece("audio", 1_000)],
        multivariant: Some(Bytes::from_static(
            b"#EXTM3U\n#EXT-X-INDEPENDENT-SEGMENTS\nvideo/index.m3u8\n",
        )),
    }
}

pub(super) struct Kept {
    pub(super) archive: Archive,
    channel: Arc<str>,
}

impl Kept {
    pub(super) fn open(folder: &std::path::Path, quota: u64, shift: u64) -> Self {
        let archive = Archive::open(folder);
        let channel: Arc<str> = "hop".into();
        let wanted = (shift > 0).then(|| (channel.clone(), Duration::from_secs(shift)));
        archive.serve(Wanted {
            quota,
            shifts: wanted.into_iter().collect(),
        });
        let kept = Self { archive, channel };
        kept.until(|_| kept.archive.tapes.is_ready());
        kept
    }

    pub(super) fn keep(&self, numbers: std::ops::Range<u64>) {
        self.put_all(numbers.map(moment));
    }

    pub(super) fn put(&self, moment: Moment) {
        self.put_all(std::iter::once(moment));
    }

    fn put_all(&self, moments: impl Iterator<Item = Moment>) {
        let before = self.archive.health();
        let mut all = 0;
        for moment in moments {
            self.archive.keep(&self.channel, moment);
            all += 1;
        }
        let done = |h: &Health| {
            h.written_total + h.dropped_total == before.written_total + before.dropped_total + all
        };
        self.until(done);
    }

    pub(super) fn until(&self, holds: impl Fn(&Health) -> bool) -> Health {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let health = self.archive.health();
            if holds(&health) {
                return health;
            }
            assert!(Instant::now() < deadline, "{health:?}");
            std::thread::yield_now();
        }
    }

    /// Media sequence number and names in the playlist of the picture.
    pub(super) fn listed(&self, from: i64) -> (u64, Vec<String>) {
        let from = u64::try_from(from).unwrap();
        let text = self
            .archive
            .playlist("hop", "video/index.m3u8", from)
            .unwrap();
        let sequence = text
            .lines()
            .find_map(|l| l.strip_prefix("#EXT-X-MEDIA-SEQUENCE:"));
        let names = text.lines().filter(|l| !l.starts_with('#'));
        (
            sequence.unwrap().parse().unwrap(),
            names.map(str::to_owned).collect(),
        )
    }
}

#[test]
fn a_playlist_begins_with_the_time_that_is_asked_for_and_ends_live() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Kept::open(folder.path(), 1 << 30, 3_600);
    kept.keep(0..100);
    // In the middle of segment 50.
    let (sequence, names) = kept.listed(BEGIN + 101);
    assert_eq!((sequence, names.len()), (50, 50));
    assert_eq!((&*names[0], &*names[49]), ("f00-50.m4s", "f00-99.m4s"));
    // Before all, and after all: never under three target durations.
    assert_eq!(kept.listed(0).0, 0);
    assert_eq!(kept.listed(BEGIN + 9_999).0, 96);
    let first = kept.archive.find("hop", "video/f00-50.m4s").unwrap();
    assert_eq!(fs::read(first).unwrap(), vec![50; 2_000]);
    let init = kept.archive.find("hop", "audio/init-1.mp4").unwrap();
    assert_eq!(fs::read(init).unwrap(), b"init");
    let index = kept.archive.playlist("hop", "index.m3u8", 7).unwrap();
    assert_eq!(index, "#EXTM3U\nvideo/index.m3u8?from=7\n");
    for path in [
        "video/f00-100.m4s",
        "video/../index",
        "subs/f00-50.m4s",
        "index",
    ] {
        assert_eq!(kept.archive.find("hop", path), None, "{path}");
    }
}

#[test]
fn what_is_older_than_the_shift_leaves_the_list_at_once_and_the_disk_later() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Kept::open(folder.path(), 1 << 30, 60);
    kept.keep(0..100);
    let (sequence, names) = kept.listed(0);
    assert_eq!((sequence, names.len()), (70, 30));
    // Twice the shift: who has the longest playlist still gets what it lists.
    assert!(
        kept.archive
            .find("hop", "video/f00-40.m4s")
            .unwrap()
            .exists()
    );
    assert_eq!(kept.archive.find("hop", "video/f00-39.m4s"), None);
    assert_eq!(kept.archive.health().bytes, 60 * 3_000);
    assert_eq!(kept.archive.health().squeezed_total, 0);
}

#[test]
fn over_the_quota_the_oldest_of_all_channels_goes() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Kept::open(folder.path(), 30_000, 3_600);
    kept.keep(0..20);
    let health = kept.archive.health();
    assert_eq!((health.bytes, health.squeezed_total), (30_000, 10));
    assert_eq!(kept.listed(0).0, 10);
    // The folder of an hour goes with its last segment.
    kept.keep(1_900..1_920);
    let hours = fs::read_dir(folder.path().join("archive/hop")).unwrap();
    assert_eq!(
        hours
            .filter(|h| h.as_ref().unwrap().path().is_dir())
            .count(),
        1
    );
}

#[test]
fn a_process_that_was_killed_goes_on_where_its_last_whole_line_is() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Kept::open(folder.path(), 1 << 30, 3_600);
    kept.keep(0..10);
    drop(kept);
    let hour = folder.path().join(format!("archive/hop/{}", BEGIN / 3_600));
    let index = fs::read(hour.join("index")).unwrap();
    // Killed in the middle of the last line, with a file half written and one of no line.
    fs::write(hour.join("index"), &index[..index.len() - 9]).unwrap();
    fs::write(hour.join("video/.f00-10.m4s"), b"half").unwrap();

    let kept = Kept::open(folder.path(), 1 << 30, 3_600);
    kept.keep(20..25);
    let (sequence, names) = kept.listed(0);
    assert_eq!((sequence, names.len()), (0, 14));
    assert_eq!((&*names[8], &*names[9]), ("f00-8.m4s", "f00-20.m4s"));
    let text = kept.archive.playlist("hop", "video/index.m3u8", 0).unwrap();
    assert_eq!(text.matches("#EXT-X-DISCONTINUITY\n").count(), 1);
    let (before, _) = text.split_once("#EXT-X-DISCONTINUITY\n").unwrap();
    assert!(before.ends_with("f00-8.m4s\n"), "{text}");
    assert!(!hour.join("video/f00-9.m4s").exists());
    assert!(!hour.join("video/.f00-10.m4s").exists());
    drop(kept);
    // And the line that came behind the torn one is whole.
    let kept = Kept::open(folder.path(), 1 << 30, 3_600);
    kept.keep(25..26);
    assert_eq!(kept.listed(0).1.len(), 15);
}

#[test]
fn a_disk_that_refuses_is_told_and_when_it_takes_again_the_gap_is_marked() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Kept::open(folder.path(), 1 << 30, 3_600);
    kept.keep(0..3);
    // A file where the next hour's folder belongs: nobody, not even root, can write there.
    let hour = folder
        .path()
        .join(format!("archive/hop/{}", BEGIN / 3_600 + 1));
    fs::write(&hour, b"").unwrap();
    kept.keep(1_800..1_803);
    let health = kept.archive.health();
    assert_eq!(health.dropped_total, 3);
    assert!(health.failed.is_some());
    fs::remove_file(&hour).unwrap();
    kept.keep(1_803..1_805);
    assert_eq!(kept.archive.health().failed, None);
    let (sequence, names) = kept.listed(0);
    assert_eq!((sequence, names.len()), (0, 5));
    let text = kept.archive.playlist("hop", "audio/index.m3u8", 0).unwrap();
    assert_eq!(text.matches("#EXT-X-DISCONTINUITY\n").count(), 1);
}

#[test]
fn a_clock_set_back_over_an_hour_loses_nothing_that_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Kept::open(folder.path(), 1 << 30, 60);
    // Two of the next hour, then the last minutes of this one, and the next again.
    kept.keep(1_800..1_802);
    for msn in 1_802..1_880 {
        let mut late = moment(msn);
        for piece in &mut late.pieces {
            piece.date = piece.date.offset_nanos(-120_000_000_000);
        }
        kept.put(late);
    }
    let (_, names) = kept.listed(0);
    assert_eq!(names.len(), 30);
    for name in names {
        let file = kept.archive.find("hop", &format!("video/{name}")).unwrap();
        assert!(file.exists(), "{name}");
    }
}

#[test]
fn subtitles_are_not_kept_and_not_listed() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Kept::open(folder.path(), 1 << 30, 60);
    let live = "#EXTM3U\n\
        #EXT-X-MEDIA:TYPE=SUBTITLES,URI=\"subtitles/index.m3u8\",GROUP-ID=\"subtitles\"\n\
        #EXT-X-STREAM-INF:BANDWIDTH=1,SUBTITLES=\"subtitles\",CLOSED-CAPTIONS=NONE\n\
        video/index.m3u8\n";
    kept.put(Moment {
        multivariant: Some(live.into()),
        ..moment(0)
    });
    let list = kept.archive.playlist("hop", "index.m3u8", 7).unwrap();
    let stream = "#EXT-X-STREAM-INF:BANDWIDTH=1,CLOSED-CAPTIONS=NONE";
    assert_eq!(
        list,
        format!("#EXTM3U\n{stream}\nvideo/index.m3u8?from=7\n")
    );
}
