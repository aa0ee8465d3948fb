//! The playlists of one presentation against each other (6.2.4).

use std::collections::BTreeMap;

use crate::ledger::Sink;
use crate::media::{Form, Track, apart};
use crate::playlist::Media;

use super::rendition::Rendition;

/// Dates that mean the same moment are no further apart, in microseconds.
const SAME: i64 = 100_000;
/// Time stamps and dates of two playlists may be so far apart, in seconds: a longest frame of sound
/// and the reordering of pictures.
const APART: f64 = 0.5;

/// The playlist that was read last against all others.
pub(crate) fn check(index: usize, renditions: &[Rendition], sink: &mut Sink<'_>) {
    let own = renditions.get(index);
    let Some((own, media)) = own.and_then(|own| Some((own, own.follow.last.as_ref()?))) else {
        return;
    };
    for (at, other) in renditions.iter().enumerate() {
        let theirs = other
            .follow
            .last
            .as_ref()
            .filter(|_| !other.follow.away && other.is_listed);
        let Some(theirs) = theirs.filter(|_| at != index) else {
            continue;
        };
        heads(media, theirs, sink);
        // How far the two may have gone apart between the fetches.
        let elapsed = own
            .follow
            .came
            .saturating_sub(other.follow.asked)
            .as_secs_f64();
        if elapsed < 3.0 * media.target() {
            spans(media, theirs, elapsed, sink);
        }
        if own.follow.asked >= other.follow.came {
            alone(media, (theirs, other.follow.slides()), sink);
        }
        counts(own, other, sink);
        stamps(own, other, media.target(), sink);
    }
}

/// R53, R54, R55.
fn heads(media: &Media, theirs: &Media, sink: &mut Sink<'_>) {
    sink.must(53, media.target == theirs.target, 0, || {
        format!(
            "#EXT-X-TARGETDURATION {:?} and {:?}",
            media.target, theirs.target
        )
    });
    let control = |m: &Media| {
        let mut all: Vec<(String, String)> = m
            .control
            .iter()
            .flat_map(|(_, list)| list.iter())
            .map(|(n, v)| (n.clone(), v.text().to_owned()))
            .collect();
        all.sort();
        all
    };
    let (a, b) = (control(media), control(theirs));
    sink.must(54, a == b, 0, || format!("{a:?} and {b:?}"));
    let dated = |m: &Media| !m.dates().is_empty();
    let both =
        media.segments.is_empty() || theirs.segments.is_empty() || dated(media) == dated(theirs);
    sink.must(55, both, 0, || {
        "#EXT-X-PROGRAM-DATE-TIME in one playlist and not in another".to_owned()
    });
}

/// From when to when the segments are, in seconds since 1970.
fn span(media: &Media) -> Option<(f64, f64)> {
    let dates = media.dates();
    let (_, begin) = *dates.first()?;
    let (last, date) = *dates.last()?;
    let seconds = media.segment(last).map_or(0.0, |s| s.seconds);
    Some((begin as f64 / 1e6, date as f64 / 1e6 + seconds))
}

/// R50: from the dates.
fn spans(media: &Media, theirs: &Media, elapsed: f64, sink: &mut Sink<'_>) {
    let ended = media.ended == theirs.ended || elapsed < media.target();
    sink.must(50, ended, 0, || {
        "#EXT-X-ENDLIST in one playlist and not in another".to_owned()
    });
    let (Some(own), Some(other)) = (span(media), span(theirs)) else {
        return;
    };
    // What comes into the presentation may begin behind the end of what was read before.
    let meet = own.0 < other.1 + elapsed && other.0 < own.1 + elapsed;
    sink.must(50, meet, 0, || {
        format!(
            "{:.3} s apart by their dates",
            (own.0 - other.1).max(other.0 - own.1)
        )
    });
}

/// R57: from the dates. `theirs` is as it was before `media` was asked for: what it had at its end
/// then this one has by now, and what it had no more at its begin is in neither. What comes into the
/// presentation later has nothing of before, and does not slide yet.
fn alone(media: &Media, (theirs, slides): (&Media, bool), sink: &mut Sink<'_>) {
    let (Some(own), Some(other)) = (span(media), span(theirs)) else {
        return;
    };
    if own.0 >= other.1 || other.0 >= own.1 {
        return;
    }
    // A time that no segment covers, as while a server was away, is in neither.
    let within = |m: &Media, from: f64, to: f64| -> f64 {
        let dates = m.dates().into_iter();
        let spans = dates.map(|(msn, date)| {
            let begin = date as f64 / 1e6;
            let end = begin + m.segment(msn).map_or(0.0, |s| s.seconds);
            (end.min(to) - begin.max(from)).max(0.0)
        });
        spans.sum()
    };
    let head = match slides {
        true => within(media, f64::NEG_INFINITY, other.0),
        false => 0.0,
    };
    let tail = within(theirs, own.1, f64::INFINITY);
    let room = media.target().min(theirs.target()) + APART;
    sink.must(57, head.max(tail) <= room, 0, || {
        format!("{head:.1} s at the head, {tail:.1} s at the tail")
    });
}

/// R52: one moment has one discontinuity sequence number.
fn counts(own: &Rendition, other: &Rendition, sink: &mut Sink<'_>) {
    let dated = |r: &Rendition| -> BTreeMap<i64, (u64, u64)> {
        let known = r
            .segments
            .iter()
            .filter_map(|(n, k)| Some((k.date?, (*n, k.count))));
        known.collect()
    };
    let theirs = dated(other);
    for (date, (number, count)) in dated(own) {
        // Beside a segment shorter than that there is another, and over a discontinuity two of one
        // date.
        let near = theirs.range(date - SAME..=date + SAME).map(|(_, of)| of);
        if let Some((at, other)) = near.clone().next() {
            let agrees = near.clone().any(|(_, other)| count == *other);
            sink.must(52, agrees, 0, || {
                format!("segment {number} has {count}, segment {at} {other}")
            });
        }
    }
}

/// The track that times are taken from.
fn main(tracks: &[Track]) -> Option<&Track> {
    tracks.iter().find(|t| t.is_picture()).or(tracks.first())
}

/// Of one discontinuity sequence number: its media times, and a date with the time it means.
#[derive(Clone, Copy)]
struct Stretch {
    form: Form,
    begin: f64,
    end: f64,
    /// Seconds since 1970 at the begin.
    date: Option<f64>,
}

fn stretches(rendition: &Rendition) -> BTreeMap<u64, Stretch> {
    let mut all: BTreeMap<u64, Stretch> = BTreeMap::new();
    for known in rendition.segments.values() {
        let Some(contents) = &known.contents else {
            continue;
        };
        let Some(track) = main(&contents.tracks) else {
            continue;
        };
        let stretch = all.entry(known.count).or_insert(Stretch {
            form: contents.form,
            begin: track.begin,
            end: track.begin,
            date: known.date.map(|date| date as f64 / 1e6),
        });
        stretch.end = track.begin + known.seconds;
    }
    all
}

/// R51, R55: the same discontinuity sequence number, the same time stamps.
fn stamps(own: &Rendition, other: &Rendition, target: f64, sink: &mut Sink<'_>) {
    let theirs = stretches(other);
    for (count, a) in stretches(own) {
        let Some(b) = theirs.get(&count) else {
            continue;
        };
        let room = 3.0 * target + APART;
        let meet = apart(a.form, a.begin, b.end) < room && apart(a.form, b.begin, a.end) < room;
        sink.must(51, meet, 0, || {
            format!(
                "discontinuity {count}: {:.3} to {:.3} s and {:.3} to {:.3} s",
                a.begin, a.end, b.begin, b.end
            )
        });
        if let (true, Some(x), Some(y)) = (meet, a.date, b.date) {
            let differ = (x - y) - apart(a.form, a.begin, b.begin);
            sink.must(55, differ.abs() <= APART, 0, || {
                format!("discontinuity {count}: dates and time stamps differ by {differ:.3} s")
            });
        }
    }
}

/// R56: of each variant, with the renditions of its group. A multivariant playlist that was read
/// before the codecs changed knows nothing of it: `of_media` is when a media playlist was read. Gives
/// whether it is to be read again for that.
pub(crate) fn codecs(renditions: &[Rendition], of_media: bool, sink: &mut Sink<'_>) -> bool {
    let mut again = false;
    let variants = renditions.iter().filter(|r| !r.is_rendition && r.is_listed);
    for variant in variants {
        let of_group = |r: &&Rendition| r.is_rendition && r.is_listed && r.group == variant.group;
        let grouped = renditions.iter().filter(of_group);
        let parts = || {
            grouped
                .clone()
                .filter(|r| r.group.is_some())
                .chain([variant])
        };
        let newest = parts().filter_map(|part| part.formats().next_back());
        let seen: Vec<&str> = newest.flatten().collect();
        let changed = parts().any(|part| {
            let newest = part.formats().next_back();
            part.formats().any(|format| Some(format) != newest)
        });
        if seen.is_empty() {
            continue;
        }
        let Some(said) = &variant.codecs else {
            sink.should(56, false, 0, || "no CODECS".to_owned());
            continue;
        };
        // What was read before may be told of a change that what is read now has made.
        let missing = seen.iter().find(|codec| {
            let before = variant.old_codecs.as_ref();
            !names(said, codec) && !before.is_some_and(|before| names(before, codec))
        });
        if missing.is_some() && of_media && changed {
            again = true;
            continue;
        }
        sink.must(56, missing.is_none(), 0, || {
            format!("CODECS={said:?}, seen {seen:?}")
        });
    }
    again
}

/// Whether CODECS says that there is `codec`.
fn names(said: &str, codec: &str) -> bool {
    let words: &[&str] = match codec {
        "avc1" | "avc3" => &["avc1", "avc3"],
        "hvc1" | "hev1" => &["hvc1", "hev1", "dvh1", "dvhe"],
        "mp4a" => &["mp4a"],
        "ac-3" => &["ac-3"],
        "ec-3" => &["ec-3"],
        "Opus" => &["Opus", "opus"],
        "fLaC" => &["fLaC", "flac"],
        _ => return true,
    };
    said.split(',')
        .any(|one| words.iter().any(|word| one.trim().starts_with(word)))
}
