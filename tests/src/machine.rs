//! A machine to install on: this one's files under an overlay that keeps every change apart, and
//! is gone with the test.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

/// Mounts live in the namespace of this script and end with it, when its input ends.
const HOLD: &str = r#"
set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/changes" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/changes,workdir=$1/work" "$1/root"
mount -t proc proc "$1/root/proc"
mount --rbind /dev "$1/root/dev"
mount -t tmpfs tmpfs "$1/root/run"
echo ready
exec cat
"#;

/// A copy of this machine.
pub struct Machine {
    holder: Child,
    folder: tempfile::TempDir,
}

impl Machine {
    /// Makes one.
    ///
    /// # Errors
    /// Mounting needs root; the error says what failed.
    pub fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut holder = Command::new("unshare");
        holder
            .args(["--mount", "sh", "-c", HOLD, "sh"])
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut machine = Self {
            holder: holder.spawn().context("unshare (package util-linux)")?,
            folder,
        };
        let mut ready = [0; 6];
        let said = machine.holder.stdout.as_mut().context("a pipe")?;
        said.read_exact(&mut ready)
            .context("an overlay of this machine's root (needs root)")?;
        Ok(machine)
    }

    /// Where a file of the machine is seen from here.
    #[must_use]
    pub fn path(&self, path: &str) -> PathBuf {
        self.seen("root").join(path.trim_start_matches('/'))
    }

    /// What puts a command on this machine, to be followed by the command.
    #[must_use]
    pub fn enter(&self) -> Vec<String> {
        let root = self.folder.path().join("root").display().to_string();
        let id = self.holder.id().to_string();
        ["nsenter", "--target", &id, "--mount", "chroot", &root]
            .map(str::to_owned)
            .to_vec()
    }

    /// Runs a command on it and gives what it said.
    ///
    /// # Errors
    /// It cannot be run, or fails; the error holds what it said.
    pub fn run(&self, words: &[&str]) -> Result<String> {
        let enter = self.enter();
        let mut command = Command::new(&enter[0]);
        command.args(&enter[1..]).args(words);
        command.env("LANG", "C.UTF-8").stdin(Stdio::null());
        let output = command.output()?;
        let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
        said.push_str(&String::from_utf8_lossy(&output.stderr));
        ensure!(output.status.success(), "{}: {said}", words.join(" "));
        Ok(said)
    }

    /// Files that are new, different or gone.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn changes(&self) -> Result<BTreeSet<String>> {
        let top = self.seen("changes");
        let (mut changes, mut folders) = (BTreeSet::new(), vec![top.clone()]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                let kind = fs::symlink_metadata(&path)?.file_type();
                let name = Path::new("/").join(path.strip_prefix(&top)?);
                // A file that is gone is a character device 0:0 in the overlay.
                let same = kind.is_file()
                    && fs::read(&path)? == fs::read(&name).unwrap_or_default()
                    || kind.is_char_device() && !fs::exists(&name)?;
                if kind.is_dir() {
                    if !fs::exists(&name)? {
                        changes.insert(name.display().to_string());
                    }
                    folders.push(path);
                } else if !same {
                    changes.insert(name.display().to_string());
                }
            }
        }
        Ok(changes)
    }

    fn seen(&self, part: &str) -> PathBuf {
        let folder = self.folder.path().strip_prefix("/").expect("absolute");
        PathBuf::from(format!("/proc/{}/root", self.holder.id()))
            .join(folder)
            .join(part)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}
