//! Promises: EXT-X-PRELOAD-HINT and EXT-X-RENDITION-REPORT (4.4.5.3, 4.4.5.4).

use std::collections::BTreeMap;
use std::time::Duration;

use crate::fetch::Fetch;
use crate::ledger::Sink;
use crate::playlist::Media;
use crate::url;

use super::rendition::Rendition;
use super::{AGAIN, MULTIVARIANT, RENDITIONS};

/// R70: the part that came is the one that was promised.
pub(crate) fn kept(last: Option<&Media>, media: &Media, sink: &mut Sink<'_>) {
    let Some(last) = last else {
        return;
    };
    let Some(hint) = last.hints.iter().find(|h| h.kind == "PART") else {
        return;
    };
    let number = last.end();
    let old = last.open.parts.len();
    let of = |n: u64| match n == media.end() {
        true => Some(media.open.parts.as_slice()),
        false => media.segment(n).map(|s| s.parts.as_slice()),
    };
    let Some(first) = of(number).filter(|parts| parts.len() >= old) else {
        return;
    };
    let closed = media.end() > number;
    let came = match first.get(old) {
        Some(part) => Some(part),
        // The segment was closed behind the last part: the hint is of the next.
        None if closed => of(number + 1).and_then(|parts| parts.first()),
        None => None,
    };
    // A discontinuity or an encoder's restart may break a promise; no other does.
    let broken = media.segment(number).is_some_and(|s| s.discontinuity);
    if let Some(part) = came.filter(|_| !broken) {
        let same = part.uri == hint.uri && part.range.is_none_or(|r| r.offset == hint.start);
        sink.must(70, same, part.line, || {
            format!("hint {}, part {}", hint.uri, part.uri)
        });
    }
}

/// R71: each other playlist is told of, and truly. One that is not known may be new: `strangers` has
/// since when it is told of, and the multivariant playlist has to list it when it is read again.
///
/// Gives what is told of which playlist: its next answer has to have it.
pub(crate) fn reports(
    index: usize,
    fetch: &Fetch,
    renditions: &[Rendition],
    strangers: &mut BTreeMap<String, Duration>,
    sink: &mut Sink<'_>,
) -> Vec<(usize, u64)> {
    let mut promises = Vec::new();
    let Some(own) = renditions.get(index) else {
        return promises;
    };
    let media = own.follow.last.as_ref();
    let Some(media) = media.filter(|m| m.has_parts() && !m.ended) else {
        return promises;
    };
    for report in &media.reports {
        let relative = !report.uri.contains("://") && !report.uri.starts_with("//");
        sink.must(71, relative, report.line, || {
            format!("URI {} is not relative", report.uri)
        });
        let url = url::resolve(&own.url, &report.uri);
        let again = media
            .reports
            .iter()
            .filter(|r| url::resolve(&own.url, &r.uri) == url)
            .count();
        sink.must(71, again == 1, report.line, || {
            format!("{again} reports of {}", report.uri)
        });
        let told = renditions.iter().position(|r| r.url == url);
        let other = match told {
            Some(told) => told != index,
            None => {
                if strangers.len() > RENDITIONS {
                    strangers.clear();
                }
                let since = *strangers.entry(url).or_insert(fetch.at);
                fetch.at.saturating_sub(since) <= MULTIVARIANT + AGAIN
            }
        };
        sink.must(71, other, report.line, || {
            format!("{} is no other playlist", report.uri)
        });
        let other = told.and_then(|at| Some((at, renditions.get(at)?)));
        let Some((at, other)) = other.filter(|(_, r)| !r.follow.away) else {
            continue;
        };
        // LAST-MSN is that of the last segment, the one that is still open included (4.4.5.4).
        let last = report.last.unwrap_or(own_last(media));
        promises.push((at, last));
        if let Some(theirs) = other
            .follow
            .last
            .as_ref()
            .filter(|_| other.follow.came <= fetch.at)
        {
            sink.must(71, last >= own_last(theirs), report.line, || {
                format!("LAST-MSN {last}, {} has {}", report.uri, own_last(theirs))
            });
        }
    }
    let others = renditions
        .iter()
        .enumerate()
        .filter(|(at, r)| *at != index && r.is_listed);
    for (_, other) in others {
        let told = media
            .reports
            .iter()
            .any(|r| url::resolve(&own.url, &r.uri) == other.url);
        sink.must(71, told, 0, || {
            format!("no #EXT-X-RENDITION-REPORT of {}", other.url)
        });
    }
    promises
}

/// R71: what others told of this playlist was true.
pub(crate) fn promised(rendition: &mut Rendition, sink: &mut Sink<'_>) {
    let Some(media) = &rendition.follow.last else {
        return;
    };
    if let Some(told) = rendition.promised.take() {
        sink.must(71, own_last(media) >= told, 0, || {
            format!(
                "another playlist told of {told}, the last is {}",
                own_last(media)
            )
        });
    }
}

/// The number of the segment that the newest part belongs to.
fn own_last(media: &Media) -> u64 {
    match media.open.parts.is_empty() {
        true => media.end().saturating_sub(1),
        false => media.end(),
    }
}
