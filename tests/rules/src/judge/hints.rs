//! Promises: EXT-X-PRELOAD-HINT and EXT-X-RENDITION-REPORT (4.4.5.3, 4.4.5.4).

use std::collections::BTreeMap;
use std::time::Duration;

use crate::fetch::Fetch;
use crate::ledger::Sink;
use crate::playlist::{Media, Reach, Report};
use crate::url;

use super::rendition::Rendition;
use super::{AGAIN, MULTIVARIANT, RENDITIONS};

/// The ends of two playlists are no nearer to one another than a picture, a frame of sound and the
/// rounding of their dates, in seconds.
const SAME: f64 = 0.1;

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
    let closed = media.end() > number;
    // Of a segment that was closed long ago no part is listed any more.
    let least = old.max(usize::from(closed));
    let Some(first) = of(number).filter(|parts| parts.len() >= least) else {
        return;
    };
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
/// Gives what is told of which playlist: its next answer has to have it. And which are not told of.
pub(crate) fn reports(
    index: usize,
    fetch: &Fetch,
    renditions: &[Rendition],
    strangers: &mut BTreeMap<String, Duration>,
    sink: &mut Sink<'_>,
) -> (Vec<(usize, Told)>, Vec<String>) {
    let (mut promises, mut untold) = (Vec::new(), Vec::new());
    let own = renditions.get(index);
    let media = own.and_then(|own| Some((own, own.follow.last.as_ref()?)));
    let Some((own, media)) = media.filter(|(_, m)| m.has_parts() && !m.ended) else {
        return (promises, untold);
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
        let mut told = Told::by(media, report);
        let theirs = other.follow.last.as_ref();
        let theirs = theirs.filter(|_| other.follow.came <= fetch.at);
        let has = theirs.map(Media::reach);
        if let Some(has) = has {
            sink.must(71, told.reach >= has, report.line, || {
                format!("{}, {} has {has}", told.reach, report.uri)
            });
        }
        // What is not true says nothing of a time.
        let is_true = has.is_some_and(|has| told.reach >= has);
        told.end = told.end.filter(|_| is_true);
        promises.push((at, told));
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
        if !told {
            untold.push(other.url.clone());
        }
    }
    (promises, untold)
}

/// What a report tells of another playlist.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    reach: Reach,
    /// Where the playlist that tells it ends, in microseconds since 1970.
    end: Option<i64>,
}

impl Told {
    /// An attribute may be left out that is the same as of the playlist that tells (4.4.5.4).
    fn by(media: &Media, report: &Report) -> Self {
        let own = media.reach();
        let number = report.last.unwrap_or(own.number);
        let same = (number == own.number).then_some(own.parts);
        let said = report.part.map(|part| part.saturating_add(1));
        Self {
            reach: Reach {
                number,
                parts: said.or(same).unwrap_or(0),
            },
            end: media.time_of(own),
        }
    }

    /// Of two that were told one after the other the one that promises more.
    pub(crate) fn or(self, before: Option<Self>) -> Self {
        before.filter(|b| b.reach > self.reach).unwrap_or(self)
    }
}

/// R71, R72: what others told of this playlist was true, and both are as far.
pub(crate) fn promised(rendition: &mut Rendition, sink: &mut Sink<'_>) {
    let Some(media) = &rendition.follow.last else {
        return;
    };
    let Some(told) = rendition.promised.take() else {
        return;
    };
    let has = media.reach();
    sink.must(71, has >= told.reach, 0, || {
        format!("another playlist told of {}, this has {has}", told.reach)
    });
    let ends = (media.part_target, told.end, media.time_of(told.reach));
    if let (Some(target), Some(theirs), Some(own)) = ends {
        let apart = own.abs_diff(theirs) as f64 / 1e6;
        sink.should(72, apart <= target + SAME, 0, || {
            format!("{apart:.3} s from another playlist at {}", told.reach)
        });
    }
}
