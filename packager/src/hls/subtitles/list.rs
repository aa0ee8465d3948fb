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
    /// Whether the programme has it.
    live: bool,
    segments: VecDeque<Arc<Segment>>,
    playlist: Option<Bytes>,
}

impl List {
    /// Takes what is shown under the number of `like`, a segment of the renditions beside. A page
    /// that has the folder of an earlier one goes on in its playlist.
    pub(in crate::hls) fn append(&mut self, like: &Segment, texts: Vec<(Subtitles, String)>) {
        for rendition in &mut self.0 {
            rendition.live = false;
        }
        for (index, (label, text)) in texts.into_iter().enumerate() {
            if index == self.0.len() {
                self.0.push(Rendition::new(index, label.clone()));
            }
            let Some(rendition) = self.0.get_mut(index) else {
                continue;
            };
            rendition.label = label;
            rendition.live = true;
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
            rendition.playlist = rendition.live.then(|| text.into());
        }
    }

    /// Forgets the segments up to `msn`.
    pub(in crate::hls) fn expire(&mut self, msn: u64) {
        for rendition in &mut self.0 {
            rendition.segments.retain(|segment| segment.msn > msn);
        }
        self.0.retain(|r| r.live || !r.segments.is_empty());
    }

    /// Each with its folder, for the multivariant playlist.
    pub(in crate::hls) fn entries(&self) -> impl Iterator<Item = (&str, &Subtitles)> {
        let live = self.0.iter().filter(|r| r.live);
        live.map(|r| (&*r.dir, &r.label))
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
    /// Number `index` of the programme, counted from 0.
    fn new(index: usize, label: Subtitles) -> Self {
        let dir = match index {
            0 => "subtitles".to_owned(),
            index => format!("subtitles-{}", index + 1),
        };
        Self {
            label,
            dir: dir.into(),
            live: true,
            segments: VecDeque::new(),
            playlist: None,
        }
    }
}
