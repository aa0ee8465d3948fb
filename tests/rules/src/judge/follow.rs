//! One media playlist over time (6.2.1, 6.2.2): what a reload may differ in.

use std::time::Duration;

use crate::fetch::Fetch;
use crate::ledger::Sink;
use crate::playlist::{DateRange, Media, Part, Segment, micros};

/// A new segment comes within this many target durations (6.2.1).
const LATE: f64 = 1.5;
/// A part that comes later than this many part targets is late beyond what a busy machine excuses.
const PART_LATE: f64 = 1.5;
/// Of numbers that are written with three digits or more.
const ROUNDING: f64 = 0.001;

/// A media playlist as it was, and since when.
#[derive(Clone, Debug, Default)]
pub(crate) struct Follow {
    /// The last one, whole.
    pub(crate) last: Option<Media>,
    /// When the last one was asked for, and when it had come.
    pub(crate) asked: Duration,
    pub(crate) came: Duration,
    /// When the newest segment, and the newest part, was first seen.
    newest: Duration,
    newest_part: Duration,
    /// The first number that it had, since it came.
    begun: u64,
    /// Seconds of the longest playlist.
    pub(crate) longest: f64,
    /// The server was away since the last one: what it held is not asked for.
    pub(crate) away: bool,
}

/// What a reload brought.
#[derive(Clone, Debug, Default)]
pub(crate) struct News {
    /// Numbers that are listed no more.
    pub(crate) gone: Vec<u64>,
    /// Parts that are listed no more.
    pub(crate) gone_parts: Vec<Part>,
    /// The playlist goes on where nothing of the last one is listed, after the server was away.
    pub(crate) afresh: bool,
}

impl Follow {
    /// Takes the next playlist in. `line` is what an answer takes at least that waits for nothing.
    pub(crate) fn see(
        &mut self,
        (fetch, line): (&Fetch, Duration),
        media: Media,
        sink: &mut Sink<'_>,
    ) -> News {
        let done = fetch.done();
        let mut news = News::default();
        let (mut newer, mut newer_part) = (true, true);
        if let Some(old) = self.last.take() {
            news.afresh = self.away && media.first() >= old.end();
            edits(&old, &media, sink);
            let elapsed = done.saturating_sub(self.asked).as_secs_f64();
            if !self.away {
                leaps(&old, &media, elapsed, sink);
                shortness(&old, &media, sink);
            }
            news.gone = old
                .numbered()
                .map(|(n, _)| n)
                .filter(|n| *n < media.first())
                .collect();
            let still = |part: &Part| {
                media
                    .parts()
                    .any(|(_, p)| p.uri == part.uri && p.range == part.range)
            };
            news.gone_parts = old
                .parts()
                .filter(|(_, p)| !still(p))
                .map(|(_, p)| p.clone())
                .collect();
            newer = media.end() > old.end();
            newer_part = newer || media.open.parts.len() > old.open.parts.len();
            if !self.away && !media.ended && !old.ended {
                self.punctual((fetch, line), &media, (newer, newer_part), sink);
            }
        }
        if newer {
            self.newest = done;
        }
        if news.afresh || self.longest == 0.0 {
            self.begun = media.first();
        }
        if newer_part {
            self.newest_part = done;
        }
        self.longest = self.longest.max(media.seconds());
        (self.asked, self.came, self.away) = (fetch.at, done, false);
        self.last = Some(media);
        news
    }

    /// Whether it has lost a segment: until then it may have come later than others.
    pub(crate) fn slides(&self) -> bool {
        let last = self.last.as_ref();
        last.is_some_and(|last| last.first() > self.begun)
    }

    /// The server could not be asked: time does not count.
    pub(crate) fn away(&mut self) {
        self.away = true;
    }

    /// R33, R64. What is newest was seen at a time; that nothing newer was there when this request
    /// was sent proves how long it took at least.
    fn punctual(
        &self,
        (fetch, line): (&Fetch, Duration),
        media: &Media,
        (newer, newer_part): (bool, bool),
        sink: &mut Sink<'_>,
    ) {
        let age = fetch
            .header("age")
            .and_then(|n| n.parse().ok())
            .unwrap_or(0);
        let at = fetch.at.saturating_sub(Duration::from_secs(age));
        let waited = at.saturating_sub(self.newest).as_secs_f64();
        let limit = LATE * media.target();
        sink.must(33, newer || waited <= limit, 0, || {
            format!(
                "none newer than {} for {waited:.1} s",
                media.end().saturating_sub(1)
            )
        });
        let Some(target) = media.part_target else {
            return;
        };
        // A blocking request that waited proves more; one that did not may come late itself.
        let held = fetch.first.saturating_sub(2 * line);
        let until = match fetch.directive("_HLS_msn") {
            Some(_) if !held.is_zero() => fetch.at + held,
            _ if newer_part => return,
            _ => at,
        };
        let waited = until.saturating_sub(self.newest_part).as_secs_f64();
        let seen = || format!("no new part for {waited:.2} s, part target {target}");
        if fetch.directive("_HLS_msn").is_none() || fetch.at >= self.newest_part {
            sink.must(64, waited <= PART_LATE * target + 0.1, 0, seen);
        }
    }
}

/// R31, R32, R34, R35, R40, R42, R43, R65: nothing but what may change has.
fn edits(old: &Media, new: &Media, sink: &mut Sink<'_>) {
    sink.must(32, old.target == new.target, 0, || {
        format!("#EXT-X-TARGETDURATION {:?} to {:?}", old.target, new.target)
    });
    let other = |(a, b): &(&(String, String), &(String, String))| a != b;
    let mut pairs = old.header.iter().zip(&new.header);
    let same = old.header.len() == new.header.len();
    let changed = pairs.find(other);
    sink.must(31, same && changed.is_none(), 0, || match changed {
        Some((a, b)) => format!("#{}:{} to #{}:{}", a.0, a.1, b.0, b.1),
        None => format!(
            "{} tags of the playlist to {}",
            old.header.len(),
            new.header.len()
        ),
    });
    sink.must(31, old.version == new.version, 0, || {
        format!("#EXT-X-VERSION {:?} to {:?}", old.version, new.version)
    });
    sink.must(31, new.ended || !old.ended, 0, || {
        "#EXT-X-ENDLIST is gone".to_owned()
    });
    sink.must(34, new.first() >= old.first(), 0, || {
        format!("#EXT-X-MEDIA-SEQUENCE {} to {}", old.sequence, new.sequence)
    });
    let shorter = new.end() < old.end() && new.first() >= old.first();
    sink.must(31, !shorter, 0, || {
        format!(
            "the last segment {} to {}",
            old.end().saturating_sub(1),
            new.end().saturating_sub(1)
        )
    });
    if same_segments(old, new, sink) {
        counts(old, new, sink);
        for (number, now) in new.numbered() {
            if let Some(before) = old.segment(number) {
                segment(number, before, now, sink);
            }
        }
    }
    opened(old, new, sink);
    parts(old, new, sink);
    for range in &old.ranges {
        daterange(range, new, sink);
    }
}

/// R34, R40: one number, one URI.
fn same_segments(old: &Media, new: &Media, sink: &mut Sink<'_>) -> bool {
    let mut pairs = new
        .numbered()
        .filter_map(|(n, now)| Some((n, old.segment(n)?, now)));
    let other = pairs.find(|(_, before, now)| before.uri != now.uri || before.range != now.range);
    let Some((number, before, now)) = other else {
        sink.must(40, true, 0, String::new);
        return true;
    };
    let was = old
        .numbered()
        .find(|(_, s)| s.uri == now.uri && s.range == now.range);
    let is = new
        .numbered()
        .find(|(_, s)| s.uri == before.uri && s.range == before.range);
    match (was, is) {
        (Some((was, _)), _) => sink.must(34, false, now.line, || {
            format!("{} was {was}, is {number}", now.uri)
        }),
        (None, Some((is, _))) => sink.must(34, false, now.line, || {
            format!("{} was {number}, is {is}", before.uri)
        }),
        (None, None) => sink.must(40, false, now.line, || {
            format!("{number}: {} to {}", before.uri, now.uri)
        }),
    }
    false
}

/// R35.
fn counts(old: &Media, new: &Media, sink: &mut Sink<'_>) {
    let before = old.discontinuities();
    let now = new.discontinuities();
    let changed = now.iter().find_map(|(n, count)| {
        let (_, was) = before.iter().find(|(m, _)| m == n)?;
        (was != count).then_some((*n, *was, *count))
    });
    sink.must(35, changed.is_none(), 0, || {
        let (number, was, is) = changed.unwrap_or_default();
        format!("segment {number}: discontinuity sequence {was} to {is}")
    });
    let last = before.last().map_or(0, |(_, count)| *count);
    let first = now.first().map_or(last, |(_, count)| *count);
    let apart = new.first() >= old.end();
    sink.must(35, !apart || first >= last, 0, || {
        format!("discontinuity sequence {last} to {first}")
    });
}

/// R31: what stands before the first part of an open segment stays.
fn opened(old: &Media, new: &Media, sink: &mut Sink<'_>) {
    let number = old.end();
    let now = match number == new.end() {
        true => Some(&new.open),
        false => new.segment(number),
    };
    let Some(now) = now.filter(|_| !old.open.parts.is_empty()) else {
        return;
    };
    let of = |s: &Segment| (s.discontinuity, s.date, s.map.clone(), s.keys.clone());
    sink.must(31, of(&old.open) == of(now), now.line, || {
        format!("what stands before the parts of segment {number} changed")
    });
}

/// R31, R42: a listed segment stays as it is.
fn segment(number: u64, before: &Segment, now: &Segment, sink: &mut Sink<'_>) {
    let what = match () {
        () if before.extinf != now.extinf => format!("#EXTINF {} to {}", before.extinf, now.extinf),
        () if before.discontinuity != now.discontinuity => "#EXT-X-DISCONTINUITY".to_owned(),
        () if before.gap != now.gap => "#EXT-X-GAP".to_owned(),
        () if before.date != now.date => format!(
            "#EXT-X-PROGRAM-DATE-TIME {:?} to {:?}",
            before.date, now.date
        ),
        () if before.map != now.map => "#EXT-X-MAP".to_owned(),
        () if before.bitrate != now.bitrate => "#EXT-X-BITRATE".to_owned(),
        () => String::new(),
    };
    sink.must(31, what.is_empty(), now.line, || {
        format!("segment {number}: {what} changed")
    });
    sink.must(42, before.keys == now.keys, now.line, || {
        format!("segment {number}: #EXT-X-KEY changed")
    });
}

/// R34: in a time no more segments can have come than it had room for.
fn leaps(old: &Media, new: &Media, elapsed: f64, sink: &mut Sink<'_>) {
    let came = new.end().saturating_sub(old.end()) as f64;
    let shortest = old.segments.iter().chain(&new.segments).map(|s| s.seconds);
    let shortest = shortest.fold(f64::INFINITY, f64::min).max(0.1);
    let room = 2.0 * elapsed / shortest + 3.0;
    sink.must(34, came <= room, 0, || {
        format!("{came} new segments in {elapsed:.1} s")
    });
}

/// R36.
fn shortness(old: &Media, new: &Media, sink: &mut Sink<'_>) {
    if new.first() <= old.first() || new.ended {
        return;
    }
    let (seconds, least) = (new.seconds(), 3.0 * new.target());
    sink.must(36, seconds >= least - ROUNDING, 0, || {
        format!("{seconds:.3} s, 3 target durations are {least} s")
    });
}

/// R31, R65: parts are appended at the end and removed from the front, once they are stale.
fn parts(old: &Media, new: &Media, sink: &mut Sink<'_>) {
    let of = |media: &Media, number: u64| -> Option<Vec<Part>> {
        if number == media.end() {
            return Some(media.open.parts.clone());
        }
        media.segment(number).map(|s| s.parts.clone())
    };
    let numbers = old.first()..=old.end();
    for number in numbers.rev().take(64) {
        let (Some(before), Some(now)) = (of(old, number), of(new, number)) else {
            continue;
        };
        if before.is_empty() {
            continue;
        }
        let kept: Vec<&Part> = before
            .iter()
            .skip_while(|p| now.first().is_none_or(|n| !n.is(p)))
            .collect();
        let line = now.first().map_or(0, |p| p.line);
        let grown = kept.iter().zip(&now).all(|(a, b)| a.is(b)) && kept.len() <= now.len();
        let removed = before.len() - kept.len();
        let lost = kept.is_empty() && !now.is_empty();
        if number == old.end() || lost || !grown && !now.is_empty() {
            // Of an open segment nothing is removed.
            sink.must(
                31,
                grown && !lost && (removed == 0 || stale(new, number)),
                line,
                || format!("parts of segment {number} changed"),
            );
        } else {
            sink.must(65, removed == 0 || stale(new, number), line, || {
                format!("{removed} parts of segment {number} removed too early")
            });
        }
    }
    for (number, segment) in new.numbered() {
        if !segment.parts.is_empty() {
            let behind = behind(new, number);
            let limit = 3.0 * new.target() + segment.seconds;
            sink.should(65, behind <= limit + ROUNDING, segment.line, || {
                format!("parts listed {behind:.1} s from the end")
            });
        }
    }
}

/// Seconds from the end of segment `number` to the end of the playlist.
fn behind(media: &Media, number: u64) -> f64 {
    let later = media.numbered().filter(|(n, _)| *n > number);
    later.map(|(_, s)| s.seconds).sum::<f64>()
        + media.open.parts.iter().map(|p| p.seconds).sum::<f64>()
}

fn stale(media: &Media, number: u64) -> bool {
    let own = media.segment(number).map_or(0.0, |s| s.seconds);
    behind(media, number) + own >= 3.0 * media.target() - ROUNDING
}

/// R43: a date range is there while its time is listed.
fn daterange(range: &DateRange, new: &Media, sink: &mut Sink<'_>) {
    let now = new.ranges.iter().find(|r| r.id == range.id);
    if let Some(now) = now {
        // More may be said later; what was said holds.
        let mut said = range.list.iter();
        let changed = said.find(|(name, value)| now.list.value(name) != Some(value.text()));
        sink.must(43, changed.is_none(), now.line, || {
            format!("ID {}: {changed:?} changed", range.id)
        });
        return;
    }
    let date = |name| range.list.value(name).and_then(crate::playlist::date);
    let Some(start) = date("START-DATE") else {
        return;
    };
    let length = range
        .list
        .seconds("DURATION")
        .or(range.list.seconds("PLANNED-DURATION"));
    let end = date("END-DATE").unwrap_or(start.saturating_add(length.map_or(0, micros)));
    let dates = new.dates();
    if let (Some((_, first)), Some((_, last))) = (dates.first(), dates.last()) {
        sink.must(43, end <= *first || start > *last, 0, || {
            format!("ID {} is gone while its time is listed", range.id)
        });
    }
}
