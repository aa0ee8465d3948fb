//! Playlists, read strictly: what a player forgives is a finding here.

use crate::ledger::Sink;

mod attributes;
mod check;
mod date;
mod lines;
mod low_latency;
mod media;
mod multivariant;
mod reach;
mod tags;
mod version;

pub(crate) use date::read as date;
pub(crate) use media::{DateRange, Media, Part, Range, Report, Segment, micros};
pub(crate) use multivariant::{Multivariant, Variant};
pub(crate) use reach::Reach;

/// What a body is.
#[derive(Clone, Debug)]
pub(crate) enum Playlist {
    Media(Box<Media>),
    Multivariant(Multivariant),
}

/// Reads a playlist and checks what one look can tell.
pub(crate) fn read(body: &[u8], sink: &mut Sink<'_>) -> Option<Playlist> {
    let lines = lines::read(body, sink)?;
    let entries = tags::read(&lines, sink);
    version::check(&entries, sink);
    let playlist = if tags::is_multivariant(&entries) {
        Playlist::Multivariant(multivariant::read(&entries, sink))
    } else {
        let media = media::read(&entries, sink);
        check::check(&media, sink);
        low_latency::check(&media, sink);
        Playlist::Media(Box::new(media))
    };
    Some(playlist)
}
