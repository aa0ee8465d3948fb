//! Channels added by the API: each is a small configuration file of its own under the state
//! directory, read after the node's. They survive a restart and can be read like any other.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::model::Channel;

/// Where added channels are kept.
#[must_use]
pub fn dir(state_dir: &Path) -> PathBuf {
    state_dir.join("channels.d")
}

/// The file of one added channel.
fn file(state_dir: &Path, id: &str) -> PathBuf {
    dir(state_dir).join(format!("{id}.toml"))
}

/// The files of all added channels, in the order of their names.
///
/// # Errors
/// The directory is there and cannot be read.
pub fn files(state_dir: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(dir(state_dir)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut files = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<Vec<_>>>()?;
    files.retain(|path| path.extension().is_some_and(|ext| ext == "toml"));
    files.sort();
    Ok(files)
}

/// Keeps `channel`, in one step: after a cut of power it is there whole or not at all.
///
/// # Errors
/// The disk's.
pub fn keep(state_dir: &Path, channel: &Channel) -> std::io::Result<()> {
    #[derive(serde::Serialize)]
    struct OneChannel<'a> {
        channel: [&'a Channel; 1],
    }
    let text =
        toml::to_string(&OneChannel { channel: [channel] }).map_err(std::io::Error::other)?;
    let path = file(state_dir, &channel.id);
    let new = path.with_extension("new");
    std::fs::create_dir_all(dir(state_dir))?;
    let mut out = std::fs::File::create(&new)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    std::fs::rename(&new, &path)?;
    std::fs::File::open(dir(state_dir))?.sync_all()
}

/// Whether `id` was added.
#[must_use]
pub fn is_added(state_dir: &Path, id: &str) -> bool {
    file(state_dir, id).is_file()
}

/// Forgets the added channel `id`. `false` where it was not added: then it stands in the
/// configuration file, which is the operator's to edit.
///
/// # Errors
/// The disk's.
pub fn forget(state_dir: &Path, id: &str) -> std::io::Result<bool> {
    match std::fs::remove_file(file(state_dir, id)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
        Ok(()) => std::fs::File::open(dir(state_dir))?
            .sync_all()
            .map(|()| true),
    }
}
