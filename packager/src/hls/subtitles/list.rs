//! The live window of subtitles: `subtitles/index.m3u8`, `subtitles-2/index.m3u8`, …

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use crate::hls::layout::Subtitles;
use crate::hls::playlist::{self, Form, Media};
use crate::hls::window::{ObjectKind, Segment};

const PLAYLIST: &str = "index.m3u8";

/// The segments of all subtitles, and their playlists.
#[derive(Clone, Debug, Default)]
pub(in crate::hls) struct List(Vec<Rendition>);

/// What there is at one moment.
pub(in crate::hls) type Shown = List;

#[derive(Clone, Debug)]
struct Rendition {
    label: Subtitles,
    dir: Arc<str>,
    segments: VecDeque<Arc<Segment>>,
    playlist: Option<Bytes>,
}

impl List {
    /// Takes what is shown under the number of `like`, a segment of the renditions beside.
    pub(in crate::hls) fn append(&mut self, like: &Segment, texts: Vec<(Subtitles, String)>) {
        let labels = self.0.iter().map(|rendition| &rendition.label);
        if !labels.eq(texts.iter().map(|(label, _)| label)) {
            self.0 = (1..).zip(&texts).map(Rendition::new).collect();
        }
        for (rendition, (_, text)) in self.0.iter_mut().zip(texts) {
            let last = rendition.segments.back();
            if last.is_some_and(|last| last.msn + 1 != like.msn) {
                rendition.segments.clear();
            }
            rendition.segments.push_back(Arc::new(Segment {
                init: None,
                body: text.into(),
                parts: Vec::new(),
                independent: true,
                ..like.clone()
            }));
        }
    }

    /// Lists the segments from `from` on.
    pub(in crate::hls) fn render(&mut self, (target, instance): (u64, u64), from: u64) {
        for rendition in &mut self.0 {
            let listed = rendition.segments.iter().filter(|s| s.msn >= from);
            let segments: Vec<_> = listed.cloned().collect();
            let text = playlist::render(Media {
                form: Form::Text,
                target,
                instance,
                segments: &segments,
                parts: None,
            });
            rendition.playlist = Some(text.into());
        }
    }

    /// Forgets the segments up to `msn`.
    pub(in crate::hls) fn expire(&mut self, msn: u64) {
        for rendition in &mut self.0 {
            rendition.segments.retain(|segment| segment.msn > msn);
        }
    }

    /// Each with its folder, for the multivariant playlist.
    pub(in crate::hls) fn entries(&self) -> impl Iterator<Item = (&str, &Subtitles)> {
        self.0.iter().map(|r| (&*r.dir, &r.label))
    }

    /// Takes the playlists away; what they listed can still be fetched.
    pub(in crate::hls) fn withdraw(&mut self) {
        for rendition in &mut self.0 {
            rendition.playlist = None;
        }
    }

    /// The object under `/hls/{channel}/`.
    pub(in crate::hls) fn object(&self, path: &str, instance: u64) -> Option<(Bytes, ObjectKind)> {
        let (dir, file) = path.split_once('/')?;
        let rendition = self.0.iter().find(|r| *r.dir == *dir)?;
        if file == PLAYLIST {
            return Some((rendition.playlist.clone()?, ObjectKind::Playlist));
        }
        let named = |s: &&Arc<Segment>| Form::Text.name(instance, s.msn) == file;
        let segment = rendition.segments.iter().find(named)?;
        Some((segment.body.clone(), ObjectKind::Segment))
    }

    /// Every path that [`List::object`] answers.
    pub(in crate::hls) fn paths(&self, instance: u64) -> impl Iterator<Item = String> {
        self.0.iter().flat_map(move |r| {
            let list = r.playlist.iter().map(|_| PLAYLIST.to_owned());
            let names = r.segments.iter();
            let names = names.map(move |s| Form::Text.name(instance, s.msn));
            list.chain(names).map(|file| format!("{}/{file}", r.dir))
        })
    }
}

impl Rendition {
    fn new((number, (label, _)): (usize, &(Subtitles, String))) -> Self {
        let dir = match number {
            1 => "subtitles".to_owned(),
            n => format!("subtitles-{n}"),
        };
        Self {
            label: label.clone(),
            dir: dir.into(),
            segments: VecDeque::new(),
            playlist: None,
        }
    }
}
