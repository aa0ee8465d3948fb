//! HLS: fragments, the live window and the playlists.
//!
//! In: the tap, a transport stream of one programme with the wall time of each packet. Out: an
//! immutable [`Window`] that answers every URL of the channel. It knows nothing of HTTP, stores
//! nothing, and refuses what browsers cannot play in a sentence.
//!
//! What holds for every channel:
//! - Segments are cut before an access point of the picture (IDR, or a recovery point where the
//!   source sends no IDR), sound at the same time to the nearest frame, all renditions under the
//!   same numbers.
//! - EXT-X-TARGETDURATION is settled with the first segment, from the configured segment or the
//!   source's IDR interval if that is longer (10 s at most), and is constant ever after, over
//!   restarts too. A source that then takes longer gets a cut where no decoder can begin.
//! - A track that stops holds nobody up: after 3 s its segments are silence (sound) or EXT-X-GAP
//!   (picture), and it joins again where it comes back.
//! - What is made of the programme beside it (a [`Ladder`]) is waited for a shorter time, comes and
//!   goes without a discontinuity, and joins where a segment begins: while it is away its segments
//!   are EXT-X-GAP, and who comes anew is not told of it.
//! - Numbers only go up. A restart goes on a few numbers later, after a discontinuity.
//! - A change of tracks, of a format's shape, or of the timeline is a discontinuity in all
//!   renditions at once.

mod ask;
mod captions;
mod cmaf;
mod codec;
mod cut;
mod demux;
mod kept;
mod ladder;
mod language;
mod layout;
mod line;
mod multivariant;
mod muxed;
mod one_file;
mod packager;
mod playlist;
mod programme;
mod shelf;
mod subtitles;
mod track;
mod unit;
mod window;

pub use ask::{Answer, Directives};
pub use kept::{Ending, Kept, KeptHead, Moment, Piece, named_segment, render_kept};
pub use ladder::Ladder;
pub use one_file::OneFile;
pub use packager::{Change, Packager, Resume, Settings};
pub use playlist::segment_name;
pub use window::{Facts, Faults, Object, ObjectKind, Window};
