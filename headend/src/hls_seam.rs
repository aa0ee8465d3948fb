//! The shape of `packager::hls` until it lands.

use std::collections::HashMap;

/// What one channel's HLS URLs answer now.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// By path under `/hls/{channel}/`.
    pub objects: HashMap<String, Object>,
}

/// One object.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its bytes.
    pub body: bytes::Bytes,
    /// What it is.
    pub kind: ObjectKind,
}

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// A playlist.
    Playlist,
    /// An init segment.
    Init,
    /// A segment.
    Segment,
    /// A part.
    Part,
}

impl Window {
    /// The object at `path`.
    #[must_use]
    pub fn object(&self, path: &str) -> Option<Object> {
        self.objects.get(path).cloned()
    }
}
