//! One media playlist: what it is said to be, what it was, and what its segments held.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::fetch::Fetch;
use crate::media::{Contents, Digest};
use crate::playlist::{Media, Variant};
use crate::url;

use super::follow::{Follow, News};
use super::hints::Told;
use super::{RELOAD, prune};

/// Every so many reloads a request of another kind.
const PLAIN: u32 = 8;
const HINT: u32 = 10;
const TOO_MUCH: u32 = 40;

/// One media playlist.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rendition {
    pub(crate) url: String,
    pub(crate) follow: Follow,
    /// CODECS of each variant that has this playlist, and what it was when it was read before.
    pub(crate) codecs: Option<String>,
    pub(crate) old_codecs: Option<String>,
    pub(crate) is_rendition: bool,
    pub(crate) group: Option<String>,
    pub(crate) is_listed: bool,
    /// Segments by number.
    pub(crate) segments: BTreeMap<u64, Known>,
    /// The reload that was asked for; empty where none is.
    pub(crate) pending: String,
    /// How far another playlist says this one is.
    pub(crate) promised: Option<Told>,
    reloads: u32,
    /// Segments and parts at the last reload.
    reached: (u64, usize),
}

/// What is known of a segment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub(crate) discontinuity: bool,
    /// Its discontinuity sequence number.
    pub(crate) count: u64,
    /// Microseconds since 1970 of its begin.
    pub(crate) date: Option<i64>,
    pub(crate) seconds: f64,
    /// kbit/s.
    pub(crate) bitrate: Option<u64>,
    pub(crate) encrypted: Option<String>,
    /// The key of its init segment.
    pub(crate) map: Option<(String, Option<(u64, u64)>)>,
    pub(crate) contents: Option<Contents>,
    /// Parts fetched so far without a hole, and their digest.
    pub(crate) parts: (usize, Digest),
    /// How many it has, once it is closed.
    pub(crate) whole: Option<usize>,
}

impl Rendition {
    pub(crate) fn new(url: String) -> Self {
        Self {
            pending: url.clone(),
            url,
            is_listed: true,
            ..Self::default()
        }
    }

    /// Whether a hinted part is asked for before it is listed: now and then.
    pub(crate) const fn asks_hint(&self) -> bool {
        self.reloads % HINT == HINT / 2
    }

    /// The codecs of each segment that was read, in their order.
    pub(crate) fn formats(&self) -> impl DoubleEndedIterator<Item = Vec<&str>> {
        let read = self.segments.values().filter_map(|k| k.contents.as_ref());
        read.map(|contents| contents.tracks.iter().map(|t| t.codec.as_str()).collect())
    }

    /// What the multivariant playlist says.
    pub(crate) fn said(&mut self, variant: &Variant) {
        self.is_listed = true;
        self.is_rendition = variant.is_rendition;
        self.codecs.clone_from(&variant.codecs);
        self.group.clone_from(&variant.group);
    }

    /// Takes over what the playlist says of its segments.
    pub(crate) fn known(&mut self, news: &News) {
        let Some(media) = &self.follow.last else {
            return;
        };
        if news.afresh {
            self.segments.clear();
        }
        let dates: BTreeMap<u64, i64> = media.dates().into_iter().collect();
        let counts = media.discontinuities();
        for ((number, segment), (_, count)) in media.numbered().zip(counts) {
            let known = self.segments.entry(number).or_default();
            known.discontinuity = segment.discontinuity;
            known.count = count;
            known.date = dates.get(&number).copied();
            known.seconds = segment.seconds;
            known.bitrate = segment.bitrate;
            let method = segment.keys.first().and_then(|key| key.value("METHOD"));
            known.encrypted = method.map(str::to_owned);
            known.map = segment.map.as_ref().map(|map| {
                let range = map.range.map(|r| (r.offset, r.length));
                (url::resolve(&self.url, &map.uri), range)
            });
            if known.whole.is_none() && !segment.parts.is_empty() {
                known.whole = Some(segment.parts.len());
            }
        }
        let open = self.segments.entry(media.end()).or_default();
        open.map = media.open.map.as_ref().map(|map| {
            let range = map.range.map(|r| (r.offset, r.length));
            (url::resolve(&self.url, &map.uri), range)
        });
        prune(&mut self.segments);
    }

    /// The next requests for this playlist, the reload first.
    pub(crate) fn next(&mut self, fetch: &Fetch) -> Vec<(Duration, String)> {
        let Some(media) = &self.follow.last else {
            return Vec::new();
        };
        self.reloads = self.reloads.wrapping_add(1);
        let done = fetch.done();
        if media.ended {
            // R68, once.
            let once = media.can_block() && fetch.directive("_HLS_msn").is_none();
            let url = url::with(&self.url, &format!("_HLS_msn={}", media.end()));
            return once.then_some((done, url)).into_iter().collect();
        }
        let (least, most) = RELOAD;
        let later = fetch.at + Duration::from_secs_f64((media.target() / 2.0).clamp(least, most));
        if !self.is_listed {
            return Vec::new();
        }
        let reached = (media.end(), media.open.parts.len());
        // A server that does not wait is not asked without a pause.
        let stands =
            std::mem::replace(&mut self.reached, reached) == reached && self.reloads % PLAIN != 5;
        if !media.can_block() || stands || self.reloads % PLAIN == 4 {
            let url = match self.reloads {
                // R69: who does not say CAN-SKIP-UNTIL skips nothing.
                2 => url::with(&self.url, "_HLS_skip=YES"),
                _ => self.url.clone(),
            };
            let at = if media.can_block() && !stands {
                done
            } else {
                later.max(done)
            };
            return vec![(at, url)];
        }
        let mut asked = vec![(done, self.blocking(media))];
        match self.reloads % TOO_MUCH {
            2 => asked.push((done, url::with(&self.url, "_HLS_part=0"))),
            3 => {
                let far = media.end().saturating_add(50);
                asked.push((done, url::with(&self.url, &format!("_HLS_msn={far}"))));
            }
            _ => {}
        }
        asked
    }

    /// The request for what comes next (6.2.5.2), each third for a delta update.
    fn blocking(&self, media: &Media) -> String {
        let mut directives = format!("_HLS_msn={}", media.end());
        if media.part_target.is_some() {
            directives += &format!("&_HLS_part={}", media.open.parts.len());
        }
        if self.reloads % 3 == 1 && media.control("CAN-SKIP-UNTIL").is_some() {
            directives += match self.reloads % 2 {
                0 => "&_HLS_skip=v2",
                _ => "&_HLS_skip=YES",
            };
        }
        url::with(&self.url, &directives)
    }
}
