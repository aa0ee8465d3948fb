//! The archive on a disk of its own: one that hangs, and one that loses its power.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::record_tests::at;
use super::tests::{Kept, moment};

/// Much longer than anything is written and not made to last, and much shorter than the kernel
/// itself would wait (30 s).
const LASTS_WITHIN: Duration = Duration::from_secs(12);

/// A file system in a file.
struct Disk {
    folder: tempfile::TempDir,
    mounted: PathBuf,
}

impl Disk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("image");
        fs::File::create(&image)
            .unwrap()
            .set_len(128 << 20)
            .unwrap();
        run("mkfs.ext4", &[Path::new("-q"), &image]);
        Self::mount(folder)
    }

    /// One with so many bytes, in memory.
    fn small(bytes: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mounted = folder.path().join("disk");
        fs::create_dir(&mounted).unwrap();
        let size = format!("size={bytes}");
        let options = ["-t", "tmpfs", "-o", &size, "tmpfs"].map(Path::new);
        run("mount", &[&options[..], &[&mounted]].concat());
        Self { folder, mounted }
    }

    /// Takes all that is left.
    fn fill(&self) {
        let mut file = fs::File::create(self.mounted.join("fill")).unwrap();
        while std::io::Write::write_all(&mut file, &[0; 4_096]).is_ok() {}
    }

    fn mount(folder: tempfile::TempDir) -> Self {
        let mounted = folder.path().join("disk");
        fs::create_dir(&mounted).unwrap();
        let image = folder.path().join("image");
        run(
            "mount",
            &[Path::new("-o"), Path::new("loop"), &image, &mounted],
        );
        Self { folder, mounted }
    }

    /// Whoever writes to it waits.
    fn freeze(&self) {
        run("fsfreeze", &[Path::new("-f"), &self.mounted]);
    }

    fn thaw(&self) {
        run("fsfreeze", &[Path::new("-u"), &self.mounted]);
    }

    /// What is on it when its power goes now.
    fn after_a_power_cut(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let image = |folder: &tempfile::TempDir| folder.path().join("image");
        fs::copy(image(&self.folder), image(&folder)).unwrap();
        Self::mount(folder)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Where a test ended early.
        let _ = Command::new("fsfreeze")
            .arg("-u")
            .arg(&self.mounted)
            .output();
        let _ = Command::new("umount").arg("-l").arg(&self.mounted).output();
    }
}

fn run(program: &str, words: &[&Path]) {
    let output = Command::new(program).args(words).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {said}");
}

#[test]
fn a_power_cut_takes_the_last_seconds_alone() {
    let disk = Disk::new();
    let kept = Kept::open(&disk.mounted, 1 << 30, 3_600);
    kept.keep(0..5);
    let written = Instant::now();
    loop {
        let after = disk.after_a_power_cut();
        let again = Kept::open(&after.mounted, 1 << 30, 3_600);
        if again.archive.reach("hop").is_some() && again.listed(0).1.len() == 5 {
            break;
        }
        assert!(written.elapsed() < LASTS_WITHIN, "{:?}", written.elapsed());
    }
}

#[test]
fn a_disk_that_hangs_holds_up_nobody_is_told_and_gets_what_waited() {
    let disk = Disk::new();
    let kept = Kept::open(&disk.mounted, 1 << 30, 3_600);
    kept.keep(0..3);
    disk.freeze();
    kept.archive.keep(&"hop".into(), moment(3));
    let health = kept.until(|health| health.failed.is_some());
    let began = Instant::now();
    for msn in 4..8 {
        kept.archive.keep(&"hop".into(), moment(msn));
    }
    assert!(began.elapsed() < Duration::from_millis(500), "{began:?}");
    assert_eq!((health.written_total, health.dropped_total), (3, 0));
    assert_eq!(kept.listed(0).1.len(), 3, "what is there is watched on");
    disk.thaw();
    let health = kept.until(|health| health.written_total == 8 && health.failed.is_none());
    assert_eq!(health.dropped_total, 0);
    assert_eq!(kept.listed(0).1.len(), 8);
}

#[test]
fn what_a_disk_that_hangs_cannot_take_is_lost_and_told_and_no_more_waits_than_may() {
    let disk = Disk::new();
    let kept = Kept::open(&disk.mounted, 1 << 30, 36_000);
    kept.keep(0..3);
    disk.freeze();
    for msn in 3..2_503 {
        kept.archive.keep(&"hop".into(), moment(msn));
    }
    let health = kept.archive.health();
    // One is with the disk, and 2,000 wait.
    assert!((499..=500).contains(&health.dropped_total), "{health:?}");
    assert!(health.failed.is_some());
    disk.thaw();
    let all = |written: u64, dropped: u64| written + dropped == 2_503;
    kept.until(|health| all(health.written_total, health.dropped_total));
}

#[test]
fn on_a_full_disk_a_recording_that_is_deleted_goes_and_one_that_is_stopped_has_ended() {
    let disk = Disk::small(256 << 10);
    let kept = Kept::open(&disk.mounted, 1 << 30, 0);
    let record = |second| kept.archive.record("hop", "Họp", None, at(second));
    let deleted = record(0).unwrap().id;
    kept.keep(0..5);
    kept.archive.stop(&deleted, at(10)).unwrap();
    let stopped = record(20).unwrap().id;
    kept.keep(10..15);
    disk.fill();
    kept.archive.stop(&stopped, at(30)).unwrap();
    kept.until(|health| health.failed.is_some());
    assert!(kept.archive.delete(&deleted));
    let folder = disk.mounted.join("recordings");
    kept.until(|_| !folder.join(&deleted).exists());
    let about = || fs::read_to_string(folder.join(&stopped).join("about.json")).unwrap();
    kept.until(|health| !about().contains("\"end\": null") && health.failed.is_none());
}

#[test]
fn a_disk_that_is_full_before_the_quota_keeps_the_newest() {
    let disk = Disk::small(512 << 10);
    let kept = Kept::open(&disk.mounted, 1 << 30, 3_600);
    kept.keep(0..200);
    let health = kept.archive.health();
    assert_eq!(
        (health.dropped_total, &health.failed),
        (0, &None),
        "{health:?}"
    );
    assert!(health.squeezed_total > 100, "{health:?}");
    let (_, names) = kept.listed(0);
    assert_eq!(names.last().unwrap(), "f00-199.m4s");
    assert!(names.len() > 20, "{names:?}");
    // What others fill comes out of it too, and no more than that.
    disk.fill();
    kept.keep(200..210);
    let health = kept.archive.health();
    assert_eq!(
        (health.dropped_total, &health.failed),
        (0, &None),
        "{health:?}"
    );
    assert!(kept.listed(0).1.len() > 20);
}
