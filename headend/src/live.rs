//! The programme of a channel as it goes out, for readers over HTTP.
//!
//! In: the packets of the channel's tap. Out: to each reader what came since the last picture that
//! can be entered, at once, and then all that comes. A reader that falls behind loses its place;
//! nobody waits for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use packager::emit::Piece;
use tokio::sync::broadcast;

/// Pieces kept for a slow reader: one comes each 10 ms at most, so about ten seconds.
const PIECES: usize = 1_024;
/// Bytes since the last entry; a stream that has none for longer is begun anywhere.
const SINCE_ENTRY: usize = 32 << 20;

/// The live programmes by channel id.
pub type Lives = HashMap<Arc<str>, Arc<Live>>;

/// The programme of one channel.
#[derive(Debug)]
pub struct Live {
    pieces: broadcast::Sender<Bytes>,
    since: Mutex<Since>,
}

/// What a reader begins with.
#[derive(Debug, Default)]
struct Since {
    pieces: Vec<Bytes>,
    bytes: usize,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            pieces: broadcast::Sender::new(PIECES),
            since: Mutex::default(),
        }
    }
}

impl Live {
    fn since(&self) -> MutexGuard<'_, Since> {
        // What is kept is whole after each push: poison says nothing.
        self.since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands a piece to all readers.
    pub fn push(&self, piece: &Piece) {
        let mut since = self.since();
        if let Some(tables) = &piece.entry {
            *since = Since::default();
            since.pieces.push(tables.clone());
        }
        // Without an entry nothing is kept.
        if !since.pieces.is_empty() {
            since.bytes += piece.bytes.len();
            since.pieces.push(piece.bytes.clone());
        }
        if since.bytes > SINCE_ENTRY {
            *since = Since::default();
        }
        // An error says that nobody reads.
        let _ = self.pieces.send(piece.bytes.clone());
    }

    /// What came since the last entry, and all that comes.
    #[must_use]
    pub fn follow(&self) -> (Vec<Bytes>, broadcast::Receiver<Bytes>) {
        let since = self.since();
        (since.pieces.clone(), self.pieces.subscribe())
    }
}
