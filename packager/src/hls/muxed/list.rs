//! The live window of transport stream segments: `ts.m3u8`, a variant list of its own, and what
//! stands under `ts/`.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::{Muxed, Piece};
use crate::hls::multivariant::{self, Entry};
use crate::hls::playlist::{self, Form, Media};
use crate::hls::window::ObjectKind;

const VARIANTS: &str = "ts.m3u8";
const DIR: &str = "ts/";
const PLAYLIST: &str = "index.m3u8";

/// The segments, and the playlists of them.
#[derive(Debug, Default)]
pub(in crate::hls) struct List {
    segments: VecDeque<(u64, Arc<Muxed>)>,
    playlists: Option<[Bytes; 2]>,
}

/// What there is of it at one moment.
#[derive(Clone, Debug, Default)]
pub(in crate::hls) struct Shown {
    /// Oldest first.
    segments: Vec<(u64, Arc<Muxed>)>,
    /// The variant list and its playlist.
    playlists: Option<[Bytes; 2]>,
}

impl List {
    /// Takes what all renditions have under number `msn`.
    pub(in crate::hls) fn append(&mut self, msn: u64, pieces: Vec<Piece>) {
        // Numbers have no gap in a playlist.
        if self
            .segments
            .back()
            .is_some_and(|(last, _)| last + 1 != msn)
        {
            self.segments.clear();
        }
        if !pieces.is_empty() {
            let before = self.segments.back().map(|(_, muxed)| &**muxed);
            let muxed = Muxed::new(pieces, before);
            self.segments.push_back((msn, Arc::new(muxed)));
        }
    }

    /// Lists the segments from `from` on, the newest of which is `last`.
    pub(in crate::hls) fn render(
        &mut self,
        (target, instance): (u64, u64),
        (from, last): (u64, u64),
        entries: &[Entry<'_>],
    ) {
        let listed = self.segments.iter().filter(|(msn, _)| *msn >= from);
        let listed = listed.filter_map(|(_, muxed)| muxed.listed().cloned());
        let segments: Vec<_> = listed.collect();
        self.playlists = None;
        if self.segments.back().is_none_or(|(msn, _)| *msn != last) {
            return;
        }
        let independent = segments.iter().all(|s| s.independent || s.is_gap());
        let Some(variants) = multivariant::render_muxed(entries, independent) else {
            return;
        };
        let playlist = playlist::render(Media {
            form: Form::TransportStream,
            target,
            instance,
            segments: &segments,
            parts: None,
        });
        self.playlists = Some([variants.into(), playlist.into()]);
    }

    /// Forgets the segments up to `msn`.
    pub(in crate::hls) fn expire(&mut self, msn: u64) {
        while self
            .segments
            .front()
            .is_some_and(|(first, _)| *first <= msn)
        {
            self.segments.pop_front();
        }
    }

    /// Bytes held for those who asked, in the segments from `msn` on.
    pub(in crate::hls) fn bytes_from(&self, msn: u64) -> u64 {
        let segments = self.segments.iter().filter(|(number, _)| *number >= msn);
        segments.map(|(_, muxed)| muxed.held()).sum()
    }

    pub(in crate::hls) fn shown(&self) -> Shown {
        Shown {
            segments: self.segments.iter().cloned().collect(),
            playlists: self.playlists.clone(),
        }
    }
}

impl Shown {
    /// Takes the playlists away; what they listed can still be fetched.
    pub(in crate::hls) fn withdraw(&mut self) {
        self.playlists = None;
    }

    /// The object under `/hls/{channel}/`.
    pub(in crate::hls) fn object(&self, path: &str, instance: u64) -> Option<(Bytes, ObjectKind)> {
        let playlist = |index: usize| {
            let playlist = self.playlists.as_ref()?.get(index)?.clone();
            Some((playlist, ObjectKind::Playlist))
        };
        let Some(file) = path.strip_prefix(DIR) else {
            return playlist(0).filter(|_| path == VARIANTS);
        };
        if file == PLAYLIST {
            return playlist(1);
        }
        let named = |msn: u64| Form::TransportStream.name(instance, msn) == file;
        let (_, muxed) = self.segments.iter().find(|(msn, _)| named(*msn))?;
        Some((muxed.bytes()?, ObjectKind::Segment))
    }

    /// Every path that [`Shown::object`] answers.
    pub(in crate::hls) fn paths(&self, instance: u64) -> impl Iterator<Item = String> {
        let lists = [VARIANTS.to_owned(), format!("{DIR}{PLAYLIST}")];
        let lists = lists.into_iter().filter(|_| self.playlists.is_some());
        let there = self.segments.iter().filter(|(_, muxed)| !muxed.is_gap());
        let name = move |msn: u64| Form::TransportStream.name(instance, msn);
        lists.chain(there.map(move |(msn, _)| format!("{DIR}{}", name(*msn))))
    }
}
