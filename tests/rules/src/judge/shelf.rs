//! All that playlists list, by URL: asked for when it is listed, and again when it is not any more.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::fetch::Fetch;
use crate::ledger::Sink;
use crate::media::{self, Before, Form, joined};
use crate::playlist::Range;
use crate::url;

use super::ask::Asks;
use super::follow::News;
use super::rendition::{Known, Rendition};
use super::resource::{Life, Resource, Role};

/// Resources that are remembered.
const KEPT: usize = 20_000;
/// The last look at a removed segment is so long before its end.
const BEFORE_END: Duration = Duration::from_millis(300);

type Key = (String, Option<(u64, u64)>);

/// Resources by URL and byte range.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shelf {
    resources: BTreeMap<Key, Resource>,
    /// Seconds that a byte of the last whole segment took.
    pace: f64,
}

fn bytes(range: Option<Range>) -> Option<(u64, u64)> {
    range.map(|r| (r.offset, r.length))
}

impl Shelf {
    /// Nothing of what was listed is asked for until it is listed again.
    pub(crate) fn away(&mut self) {
        for resource in self.resources.values_mut() {
            resource.life = Life::Over;
        }
    }

    /// The playlist is gone: what it listed stays until `end` (R44), and is to be fetched again.
    pub(crate) fn gone(&mut self, playlist: usize, end: Duration) -> Vec<Key> {
        let mut asked = Vec::new();
        for (key, resource) in &mut self.resources {
            if resource.playlist == playlist
                && resource.life == Life::Listed
                && resource.role != Role::Hint
            {
                resource.life = Life::Until(end, 44);
                asked.push(key.clone());
            }
        }
        asked
    }

    /// Whatever a playlist lists is fetched once; `since` is when it was asked for before.
    pub(crate) fn list(
        &mut self,
        (index, since): (usize, Option<Duration>),
        rendition: &Rendition,
        asks: &mut Asks,
        now: Duration,
    ) {
        let Some(media) = &rendition.follow.last else {
            return;
        };
        let base = Resource {
            role: Role::Segment,
            playlist: index,
            number: 0,
            seconds: 0.0,
            before: since,
            life: Life::Listed,
            seen: None,
            init: None,
        };
        let mut put = |uri: &str, range: Option<Range>, resource: Resource| {
            let key = (url::resolve(&rendition.url, uri), bytes(range));
            let asked = match self.resources.get_mut(&key) {
                None => {
                    self.resources.insert(key.clone(), resource);
                    true
                }
                Some(known) => {
                    let again = known.life == Life::Over && known.seen.is_none();
                    known.life = Life::Listed;
                    if known.role == Role::Hint {
                        known.role = resource.role;
                    }
                    again
                }
            };
            if asked {
                asks.media(now, &key.0, key.1);
            }
        };
        let all = media.numbered().chain([(media.end(), &media.open)]);
        for (number, segment) in all {
            let of = |role, seconds| Resource {
                role,
                number,
                seconds,
                ..base.clone()
            };
            if let Some(map) = &segment.map {
                put(&map.uri, map.range, of(Role::Init, 0.0));
            }
            for part in segment.parts.iter().filter(|part| !part.gap) {
                put(&part.uri, part.range, of(Role::Part, part.seconds));
            }
            if !segment.gap && number < media.end() {
                put(
                    &segment.uri,
                    segment.range,
                    of(Role::Segment, segment.seconds),
                );
            }
        }
        // The request for a part that is to come waits, and everything behind it.
        let hints = media.hints.iter().take(usize::from(rendition.asks_hint()));
        for hint in hints.filter(|h| h.kind == "PART" && h.start == 0) {
            let resource = Resource {
                role: Role::Hint,
                number: media.end(),
                ..base.clone()
            };
            put(&hint.uri, None, resource);
        }
    }

    /// Whatever is listed no more is fetched again while it must still be there (R37, R65).
    pub(crate) fn remove(
        &mut self,
        index: usize,
        rendition: &Rendition,
        news: &News,
        asks: &mut Asks,
    ) {
        let follow = &rendition.follow;
        let Some(media) = &follow.last else {
            return;
        };
        let span = |seconds: f64| Duration::from_secs_f64(seconds.clamp(0.0, 1e6));
        let gone = |number: u64| number < media.first() && !news.gone.is_empty();
        let parts: Vec<Key> = news
            .gone_parts
            .iter()
            .map(|p| (url::resolve(&rendition.url, &p.uri), bytes(p.range)))
            .collect();
        for (key, resource) in &mut self.resources {
            if resource.playlist != index || resource.life != Life::Listed {
                continue;
            }
            let end = match resource.role {
                _ if news.afresh && gone(resource.number) => None,
                Role::Segment if gone(resource.number) => resource
                    .before
                    .map(|at| (at + span(resource.seconds + follow.longest), 37)),
                // Listed until now at least, as the last playlist shows.
                Role::Part if parts.contains(key) => Some((
                    follow.asked.min(follow.came) + span(3.0 * media.target()),
                    65,
                )),
                _ => continue,
            };
            let Some((end, rule)) = end else {
                resource.life = Life::Over;
                continue;
            };
            resource.life = Life::Until(end, rule);
            asks.media(follow.came, &key.0, key.1);
            if let Some(late) = end
                .checked_sub(BEFORE_END)
                .filter(|late| *late > follow.came)
            {
                asks.media(late, &key.0, key.1);
            }
        }
        if self.resources.len() > KEPT {
            self.resources
                .retain(|_, resource| !resource.is_over(follow.came));
        }
        while self.resources.len() > KEPT {
            self.resources.pop_first();
        }
    }

    /// Whether it answers a request that waits for nothing: for a whole segment that is listed.
    pub(crate) fn is_whole(&self, fetch: &Fetch, range: Option<(u64, u64)>) -> bool {
        let resource = self.resources.get(&(fetch.url.clone(), range));
        resource.is_some_and(|r| matches!(r.role, Role::Segment | Role::Init))
    }

    /// An answer that is no playlist.
    pub(crate) fn see(
        &mut self,
        fetch: &Fetch,
        range: Option<(u64, u64)>,
        renditions: &mut [Rendition],
        sink: &mut Sink<'_>,
    ) {
        let key = (fetch.url.clone(), range);
        let Some(mut resource) = self.resources.remove(&key) else {
            return;
        };
        let fresh = resource.seen.is_none();
        let bytes = resource.answered(fetch, range, sink);
        let flow = fetch.took.saturating_sub(fetch.content).as_secs_f64();
        let length = bytes.map_or(0, <[u8]>::len) as f64;
        if resource.role == Role::Segment && length > 0.0 {
            self.pace = flow / length;
        }
        if let Some(rendition) = renditions.get_mut(resource.playlist) {
            if let Some(bytes) = bytes.filter(|_| fresh) {
                let role = resource.role;
                match role {
                    Role::Init => {
                        resource.init = media::init(bytes, sink).map(|init| (init, bytes.to_vec()));
                    }
                    Role::Segment | Role::Part | Role::Hint => {
                        self.media(bytes, &resource, rendition, sink);
                    }
                }
            }
            let target = rendition.follow.last.as_ref().and_then(|m| m.part_target);
            if let (Role::Hint, Some(target)) = (resource.role, target) {
                let limit = (target / 2.0).max(length * self.pace * 3.0);
                sink.must(70, flow <= limit, 0, || {
                    format!("the part came over {flow:.2} s, part target {target}")
                });
            }
            kept(fetch, &resource, rendition, sink);
        }
        self.resources.insert(key, resource);
    }

    fn media(
        &self,
        bytes: &[u8],
        resource: &Resource,
        rendition: &mut Rendition,
        sink: &mut Sink<'_>,
    ) {
        let number = resource.number;
        let Some(known) = rendition.segments.get_mut(&number) else {
            return;
        };
        if let Some(method) = &known.encrypted {
            // AES-128 is whole blocks (RFC 8216bis 4.4.4.4), and looks like nothing known.
            let hidden = method != "AES-128"
                || bytes.len().is_multiple_of(16) && media::form(bytes).is_none();
            sink.must(42, hidden, 0, || {
                format!("{} bytes in clear under METHOD={method}", bytes.len())
            });
            return;
        }
        let init = known
            .map
            .as_ref()
            .and_then(|key| self.resources.get(key))
            .and_then(|r| r.init.as_ref());
        if known.map.is_some() && init.is_none() {
            return;
        }
        let whole = resource.role == Role::Segment;
        let before = Before {
            init: init.map(|(init, bytes)| (init, bytes.as_slice())),
            whole,
            digest: if whole {
                Default::default()
            } else {
                known.parts.1
            },
        };
        let text = media::form(bytes) == Some(Form::Text);
        let Some(contents) = media::read(bytes, before, sink).filter(|_| !text) else {
            return;
        };
        if !whole {
            // In the order of the playlist, for only so they are the segment.
            known.parts = (known.parts.0 + 1, contents.digest);
            return;
        }
        rate(bytes.len(), known, sink);
        if known.whole.is_some_and(|count| count == known.parts.0) {
            sink.must(63, known.parts.1 == contents.digest, 0, || {
                format!("{} parts are not the segment", known.parts.0)
            });
        }
        known.contents = Some(contents);
        for later in [number, number.saturating_add(1)] {
            neighbours(later, rendition, sink);
        }
    }
}

/// R15.
fn rate(length: usize, known: &Known, sink: &mut Sink<'_>) {
    let Some(said) = known.bitrate.filter(|_| known.seconds > 0.0) else {
        return;
    };
    let own = length as f64 * 8.0 / known.seconds / 1000.0;
    let share = said as f64 / own.max(0.001);
    sink.must(15, (0.9..=1.1).contains(&share), 0, || {
        format!("#EXT-X-BITRATE:{said}, the segment has {own:.0}")
    });
}

/// R13, R20.
fn neighbours(number: u64, rendition: &Rendition, sink: &mut Sink<'_>) {
    let of = |number: u64| rendition.segments.get(&number);
    let (Some(before), Some(now)) = (number.checked_sub(1).and_then(of), of(number)) else {
        return;
    };
    if let (Some(last), Some(next), false) = (&before.contents, &now.contents, now.discontinuity) {
        joined((last, before.seconds), next, sink);
    }
}

/// R46, R73: how long media may be kept.
fn kept(fetch: &Fetch, resource: &Resource, rendition: &Rendition, sink: &mut Sink<'_>) {
    let Some(media) = rendition.follow.last.as_ref().filter(|m| !m.ended) else {
        return;
    };
    if !matches!(fetch.status, 200 | 206) || resource.role == Role::Hint {
        return;
    }
    let age = fetch.max_age();
    let told = age.is_some() || fetch.header("expires").is_some();
    sink.should(46, told, 0, || {
        "neither Cache-Control nor Expires".to_owned()
    });
    if let Some(age) = age.filter(|_| media.has_parts()) {
        sink.should(73, age as f64 >= 6.0 * media.target(), 0, || {
            format!("max-age={age}, 6 target durations at least")
        });
    }
}
