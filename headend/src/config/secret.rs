//! Secrets: read from a file that its owner alone can read.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use super::fault::{Fault, Form, Meaning, Webhook};
use crate::plan::Secret;

/// More than any passphrase and its line end.
const FILE_BYTES: u64 = 1024;

/// Reads the secret in `path`. The second value is a warning: others can read the file.
///
/// # Errors
/// The file cannot be read, or holds what SRT does not take.
pub(super) fn read(path: &Path) -> Result<(Secret, Option<Fault>), Fault> {
    let (text, open) = line(path)?;
    // SRT counts bytes: SRTO_PASSPHRASE takes 10 to 79.
    if !(10..=79).contains(&text.len()) {
        return Err(Meaning::PassphraseLength(text.len()).into());
    }
    Ok((Secret(text), open))
}

/// Reads the key of a webhook's signature in `path`. The second value is a warning, as above.
///
/// # Errors
/// The file cannot be read, or what it holds is too short to be a key.
pub(super) fn key(path: &Path) -> Result<(Secret, Option<Fault>), Fault> {
    let (text, open) = line(path)?;
    match crate::webhook::Key::of(&text) {
        Some(_) => Ok((Secret(text), open)),
        None => Err(Meaning::Webhook(Webhook::Key).into()),
    }
}

/// A warning where others can read the secret in `path`, which has `mode`.
pub(crate) fn open(path: &Path, mode: u32) -> Option<Fault> {
    let open = (mode & 0o007 != 0).then(|| Meaning::OpenSecret {
        path: path.to_owned(),
        mode: mode & 0o7777,
    });
    open.map(Fault::from)
}

/// The file's line, and whether others can read it.
fn line(path: &Path) -> Result<(String, Option<Fault>), Fault> {
    let (text, mode) = contents(path, FILE_BYTES).map_err(|error| Form::Unreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    Ok((text.to_owned(), open(path, mode)))
}

/// The first `limit` bytes of the text in `path`, and its permission bits.
///
/// # Errors
/// It cannot be read, is no file, or no text.
pub(crate) fn contents(path: &Path, limit: u64) -> std::io::Result<(String, u32)> {
    // A pipe in place of the file must not hold the node up.
    let file = File::options()
        .read(true)
        .custom_flags(nix::libc::O_NONBLOCK | nix::libc::O_CLOEXEC)
        .open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(std::io::Error::other("not a file"));
    }
    let mut text = String::new();
    file.take(limit).read_to_string(&mut text)?;
    Ok((text, metadata.permissions().mode()))
}
