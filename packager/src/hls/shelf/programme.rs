//! The renditions that make one programme of picture and sound, for segments of MPEG-TS.

use super::{Rendition, Shelf};
use crate::hls::codec::Kind;
use crate::hls::muxed::Piece;

impl Shelf {
    /// The renditions that make one programme: a picture, and the source's own sound, or what is
    /// made of it where HLS cannot carry that.
    fn programme(&self) -> impl Iterator<Item = &Rendition> {
        let live = || self.renditions.iter().filter(|r| r.live);
        let picture = live().find(|r| r.is(Kind::Video));
        let own = |r: &&Rendition| r.is(Kind::Audio) && !r.label.role.is_rung();
        let alone = live().find(|r| r.is(Kind::Audio));
        let alone = alone.filter(|_| live().find(own).is_none());
        picture.into_iter().chain(live().filter(own)).chain(alone)
    }

    /// Takes what they have under the newest number.
    pub(super) fn mux(&mut self) {
        let pieces = self.programme().filter_map(Rendition::piece).collect();
        self.muxed.append(self.next - 1, pieces);
    }

    /// Makes the playlists anew.
    pub(super) fn list_muxed(&mut self) {
        let mut muxed = std::mem::take(&mut self.muxed);
        let entries: Vec<_> = self.programme().filter_map(Rendition::entry).collect();
        let head = (self.target, self.instance);
        muxed.render(head, (self.listed, self.next - 1), &entries);
        self.muxed = muxed;
    }
}

impl Rendition {
    fn is(&self, kind: Kind) -> bool {
        let format = self.format.as_ref();
        format.is_some_and(|format| format.kind() == kind)
    }

    /// What it has of the newest segment.
    fn piece(&self) -> Option<Piece> {
        Some(Piece {
            segment: self.segments.back()?.clone(),
            format: self.format.clone()?,
            language: self.label.language.clone(),
        })
    }
}
