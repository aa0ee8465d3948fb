//! The judge: fetches in, findings out, and what to fetch next, as a player with a perfect memory.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::fetch::Fetch;
use crate::ledger::{Ledger, Line};
use crate::playlist::{self, Media, Multivariant, Playlist};
use crate::url;

mod answer;
mod ask;
mod delta;
mod follow;
mod hints;
mod rendition;
mod resource;
mod shelf;
mod variants;

pub use ask::Request;

use ask::Asks;
use rendition::Rendition;
use shelf::Shelf;

/// Playlists of one presentation that are followed.
const RENDITIONS: usize = 64;
/// After a failure or a 404 the next try.
const AGAIN: Duration = Duration::from_secs(1);
/// How often a request is tried while the server is away.
const TRIES: u8 = 3;
/// How often the multivariant playlist is read again.
const MULTIVARIANT: Duration = Duration::from_secs(10);
/// A target duration of nonsense makes nobody reload without a pause, nor never.
const RELOAD: (f64, f64) = (0.25, 60.0);

/// Judges one presentation.
#[derive(Clone, Debug)]
pub struct Judge {
    root: String,
    is_multivariant: bool,
    ledger: Ledger,
    asks: Asks,
    renditions: Vec<Rendition>,
    /// When the multivariant playlist is read again, and when it was asked for between.
    due: Duration,
    read: Duration,
    /// Playlists that others tell of and no multivariant playlist has listed, and since when.
    strangers: BTreeMap<String, Duration>,
    /// Playlists that the multivariant playlist lists and others do not tell of.
    untold: Vec<String>,
    shelf: Shelf,
    /// What an answer that waits for nothing has taken of late, from the request to its head.
    line: Duration,
}

impl Judge {
    /// Of what is at `url`, a multivariant or a media playlist.
    #[must_use]
    pub fn new(url: &str) -> Self {
        let mut asks = Asks::default();
        asks.playlist(Duration::ZERO, url.to_owned());
        Self {
            root: url.to_owned(),
            is_multivariant: false,
            ledger: Ledger::default(),
            asks,
            renditions: Vec::new(),
            due: Duration::ZERO,
            read: Duration::ZERO,
            strangers: BTreeMap::new(),
            untold: Vec::new(),
            shelf: Shelf::default(),
            line: Duration::ZERO,
        }
    }

    /// What to fetch next, the earliest first; each is given once. `None` where nothing is to come:
    /// the presentation has ended.
    pub fn pull(&mut self) -> Option<Request> {
        self.asks.take()
    }

    /// Takes an answer in, in the order of the requests.
    pub fn push(&mut self, fetch: &Fetch, range: Option<(u64, u64)>) {
        let plain = url::plain(&fetch.url);
        let rendition = self.renditions.iter().position(|r| r.url == plain);
        match rendition {
            Some(index) => self.media(index, fetch),
            None if plain == url::plain(&self.root) => self.root(fetch),
            None => {
                if self.shelf.is_whole(fetch, range) {
                    self.line = fetch.first.max(self.line / 2);
                }
                let mut sink = self.ledger.sink(&fetch.url, fetch.at);
                self.shelf
                    .see(fetch, range, &mut self.renditions, &mut sink);
            }
        }
    }

    /// The server could not be asked: nobody answered at `now`. That is no finding; what it
    /// held before is not asked for any more, and its numbers still are.
    pub fn failed(&mut self, request: &Request, now: Duration) {
        for rendition in &mut self.renditions {
            rendition.follow.away();
        }
        self.shelf.away();
        let plain = url::plain(&request.url);
        let is_playlist =
            plain == url::plain(&self.root) || self.renditions.iter().any(|r| r.url == plain);
        if is_playlist || request.tries < TRIES {
            self.asks.put(Request {
                at: now + AGAIN,
                tries: request.tries.saturating_add(1),
                ..request.clone()
            });
        }
    }

    /// All rules with their verdicts.
    #[must_use]
    pub fn report(&self) -> Vec<Line> {
        self.ledger.report()
    }

    /// The first fetch says which kind of playlist it is.
    fn root(&mut self, fetch: &Fetch) {
        let mut sink = self.ledger.sink(&fetch.url, fetch.at);
        answer::check(fetch, None, &mut sink);
        let read = match fetch.status {
            200 => playlist::read(&fetch.body, &mut sink),
            _ => None,
        };
        match read {
            Some(Playlist::Multivariant(list)) => {
                self.is_multivariant = true;
                self.list(fetch, &list);
                self.root_again(fetch, MULTIVARIANT);
            }
            Some(Playlist::Media(media)) => {
                let own = Rendition::new(url::plain(&self.root));
                self.renditions.push(own);
                self.heard(0, fetch, *media);
            }
            None => self.root_again(fetch, AGAIN),
        }
    }

    /// The next look at the multivariant playlist; one between two looks changes nothing.
    fn root_again(&mut self, fetch: &Fetch, after: Duration) {
        if fetch.at >= self.due {
            self.due = fetch.done() + after;
            self.asks.playlist(self.due, self.root.clone());
        }
    }

    fn list(&mut self, fetch: &Fetch, list: &Multivariant) {
        let listed = |r: &Rendition| r.is_listed.then(|| r.url.clone());
        let before: Vec<_> = self.renditions.iter().filter_map(listed).collect();
        for rendition in &mut self.renditions {
            rendition.is_listed = false;
            rendition.old_codecs = rendition.codecs.take();
        }
        for variant in list.variants.iter().filter(|v| !v.uri.is_empty()) {
            let url = url::resolve(&self.root, &variant.uri);
            let known = self.renditions.iter().position(|r| r.url == url);
            let index = known.unwrap_or(self.renditions.len());
            if known.is_none() {
                if index >= RENDITIONS {
                    continue;
                }
                self.renditions.push(Rendition::new(url.clone()));
            }
            if let Some(rendition) = self.renditions.get_mut(index) {
                // New, or come back.
                if known.is_none() || !rendition.is_listed && !before.contains(&url) {
                    rendition.pending.clone_from(&url);
                    self.asks.playlist(fetch.done(), url);
                }
                rendition.said(variant);
            }
        }
        let mut sink = self.ledger.sink(&fetch.url, fetch.at);
        for url in self.untold.drain(..) {
            let listed = self.renditions.iter().any(|r| r.is_listed && r.url == url);
            sink.must(71, !listed, 0, || {
                format!("no #EXT-X-RENDITION-REPORT of {url}, which is listed")
            });
        }
        variants::codecs(&self.renditions, false, &mut sink);
    }

    /// An answer to a request for a media playlist.
    fn media(&mut self, index: usize, fetch: &Fetch) {
        let Some(rendition) = self.renditions.get_mut(index) else {
            return;
        };
        let mut sink = self.ledger.sink(&fetch.url, fetch.at);
        answer::check(fetch, rendition.follow.last.as_ref(), &mut sink);
        let listed = rendition.follow.last.is_none() && self.is_multivariant && rendition.is_listed;
        sink.must(39, !listed || fetch.status == 200, 0, || {
            format!("HTTP {} to a listed playlist", fetch.status)
        });
        if fetch.status == 200 {
            match playlist::read(&fetch.body, &mut sink) {
                Some(Playlist::Media(media)) => return self.heard(index, fetch, *media),
                Some(Playlist::Multivariant(_)) => {
                    sink.must(9, false, 0, || {
                        "a multivariant playlist within another".to_owned()
                    });
                }
                None => {}
            }
        } else if matches!(fetch.status, 404 | 410 | 503) && !rendition.follow.away {
            if let Some(last) = rendition.follow.last.take() {
                let end =
                    rendition.follow.came + Duration::from_secs_f64(last.seconds().clamp(0.0, 1e6));
                let asked = self.shelf.gone(index, end);
                for (url, range) in asked {
                    self.asks.media(fetch.done(), &url, range);
                }
                rendition.follow.last = Some(last);
            }
            rendition.follow.away();
        }
        if rendition.pending == fetch.url && rendition.is_listed {
            rendition.pending.clone_from(&rendition.url);
            self.asks
                .playlist(fetch.done() + AGAIN, rendition.url.clone());
        }
    }

    /// A media playlist that was read.
    fn heard(&mut self, index: usize, fetch: &Fetch, media: Media) {
        let Some(rendition) = self.renditions.get_mut(index) else {
            return;
        };
        let mut sink = self.ledger.sink(&fetch.url, fetch.at);
        answer::kept(fetch, &media, &mut sink);
        answer::has_what_was_asked(fetch, &media, &mut sink);
        delta::check(fetch, &media, rendition.follow.last.as_ref(), &mut sink);
        let last = rendition.follow.last.as_ref();
        let Some(media) = delta::whole(fetch, media, last).filter(|m| delta::is_followed(fetch, m))
        else {
            // Nothing to put it together with: the next request is for the whole.
            self.asks.playlist(fetch.done(), rendition.url.clone());
            rendition.pending.clone_from(&rendition.url);
            return;
        };
        hints::kept(rendition.follow.last.as_ref(), &media, &mut sink);
        let since = rendition
            .follow
            .last
            .as_ref()
            .map(|_| rendition.follow.asked);
        let news = rendition.follow.see((fetch, self.line), media, &mut sink);
        rendition.known(&news);
        hints::promised(rendition, &mut sink);
        let again = rendition.next(fetch);
        self.shelf
            .list((index, since), rendition, &mut self.asks, fetch.done());
        self.shelf.remove(index, rendition, &news, &mut self.asks);
        if self.is_multivariant {
            let known = &mut self.strangers;
            let (told, untold) = hints::reports(index, fetch, &self.renditions, known, &mut sink);
            for (at, told) in told {
                if let Some(other) = self.renditions.get_mut(at) {
                    other.promised = Some(told.or(other.promised));
                }
            }
            // It may have left the presentation: the multivariant playlist says so.
            if self.untold.is_empty() && !untold.is_empty() {
                self.asks.playlist(fetch.done(), self.root.clone());
                self.untold = untold;
            }
            variants::check(index, &self.renditions, &mut sink);
            if variants::codecs(&self.renditions, true, &mut sink) && fetch.at > self.read + AGAIN {
                self.read = fetch.at;
                self.asks.playlist(fetch.done(), self.root.clone());
            }
        }
        if let Some(rendition) = self.renditions.get_mut(index)
            && (rendition.pending == fetch.url || rendition.pending.is_empty())
        {
            rendition.pending.clear();
            for (at, url) in again {
                if rendition.pending.is_empty() {
                    rendition.pending.clone_from(&url);
                }
                self.asks.playlist(at, url);
            }
        }
    }
}

/// Numbers of segments that are remembered for each playlist.
const REMEMBERED: usize = 512;

/// Keeps the newest [`REMEMBERED`].
fn prune<T>(map: &mut BTreeMap<u64, T>) {
    while map.len() > REMEMBERED {
        map.pop_first();
    }
}
