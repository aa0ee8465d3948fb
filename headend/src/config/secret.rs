//! The passphrase of an SRT input: read from a file that its owner alone can read.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use super::fault::{Fault, Form, Meaning};
use crate::plan::Secret;

/// More than any passphrase and its line end.
const FILE_BYTES: u64 = 1024;

/// Reads the secret in `path`. The second value is a warning: others can read the file.
///
/// # Errors
/// The file cannot be read, or holds what SRT does not take.
pub(super) fn read(path: &Path) -> Result<(Secret, Option<Fault>), Fault> {
    let (text, mode) = contents(path).map_err(|error| Form::Unreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    // SRT counts bytes: SRTO_PASSPHRASE takes 10 to 79.
    if !(10..=79).contains(&text.len()) {
        return Err(Meaning::PassphraseLength(text.len()).into());
    }
    let open = (mode & 0o007 != 0).then(|| Meaning::OpenSecret {
        path: path.to_owned(),
        mode: mode & 0o7777,
    });
    Ok((Secret(text.to_owned()), open.map(Fault::from)))
}

fn contents(path: &Path) -> std::io::Result<(String, u32)> {
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
    file.take(FILE_BYTES).read_to_string(&mut text)?;
    Ok((text, metadata.permissions().mode()))
}
