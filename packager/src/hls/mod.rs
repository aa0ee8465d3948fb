//! HLS: fragments, the live window and the playlists.
//!
//! In: the tap, a transport stream of one programme with the wall time of each packet. Out: an
//! immutable [`Window`] that answers every URL of the channel. It knows nothing of HTTP, stores
//! nothing, and refuses what browsers cannot play in a sentence.

mod cmaf;
mod codec;
mod cut;
mod language;
mod line;
mod multivariant;
mod playlist;
mod shelf;
mod unit;
mod window;

pub use window::{Facts, Object, ObjectKind, Window};
