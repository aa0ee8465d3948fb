//! Delta updates (6.2.5.1).

use crate::fetch::Fetch;
use crate::ledger::Sink;
use crate::playlist::Media;

/// R69.
pub(crate) fn check(fetch: &Fetch, media: &Media, last: Option<&Media>, sink: &mut Sink<'_>) {
    let asked = matches!(fetch.directive("_HLS_skip"), Some("YES" | "v2"));
    let until = media.control("CAN-SKIP-UNTIL");
    if let Some(skipped) = media.skipped {
        let may = asked && until.is_some() && !media.ended;
        sink.must(69, may, 0, || {
            format!(
                "{skipped} segments skipped, asked: {asked}, CAN-SKIP-UNTIL {until:?}, ended: {}",
                media.ended
            )
        });
        let behind = media.seconds() + media.open.parts.iter().map(|p| p.seconds).sum::<f64>();
        let least = until.unwrap_or(0.0) - media.target();
        sink.must(69, behind >= least, 0, || {
            format!("skipped within {behind:.1} s of the end")
        });
        let Some(last) = last else {
            return;
        };
        let known = media.sequence >= last.first() && media.first() <= last.end();
        sink.must(69, known, 0, || {
            format!(
                "skips to {}, the last playlist had {} to {}",
                media.first(),
                last.first(),
                last.end()
            )
        });
        if media.sequence == last.sequence {
            let same = media.discontinuity_sequence == last.discontinuity_sequence;
            sink.must(69, same, 0, || {
                format!(
                    "#EXT-X-DISCONTINUITY-SEQUENCE {:?}, whole {:?}",
                    media.discontinuity_sequence, last.discontinuity_sequence
                )
            });
        }
    } else if asked && let Some(until) = until {
        let behind = media.seconds() - until;
        sink.should(69, media.ended || behind < 2.0 * media.target(), 0, || {
            "asked for a delta update, got the whole".to_owned()
        });
    } else if asked {
        sink.must(69, true, 0, String::new);
    }
}

/// Whether the answer is one in the row of those before. A directive that the server does not offer
/// makes a name of its own for a cache, whose answer may be newer than that of the plain name.
pub(crate) fn is_followed(fetch: &Fetch, media: &Media) -> bool {
    fetch.directive("_HLS_skip").is_none() || media.control("CAN-SKIP-UNTIL").is_some()
}

/// The whole playlist; `None` where what is skipped is not known.
pub(crate) fn whole(fetch: &Fetch, mut media: Media, last: Option<&Media>) -> Option<Media> {
    let Some(skipped) = media.skipped else {
        return Some(media);
    };
    let last = last?;
    let mut segments = Vec::new();
    for number in
        (media.sequence..).take(usize::try_from(skipped).ok()?.min(last.segments.len() + 1))
    {
        segments.push(last.segment(number)?.clone());
    }
    // EXT-X-MAP and EXT-X-KEY of what is skipped apply to what is not.
    let before = segments.last().cloned().unwrap_or_default();
    let (mut map, mut keys) = (before.map, before.keys);
    for segment in media.segments.iter_mut().chain([&mut media.open]) {
        map = segment.map.take().or(map);
        segment.map.clone_from(&map);
        if segment.keys.is_empty() {
            segment.keys.clone_from(&keys);
        } else {
            keys.clone_from(&segment.keys);
        }
    }
    segments.append(&mut media.segments);
    let control = media.control.as_ref().map(|(_, list)| list);
    let dates = fetch.directive("_HLS_skip") == Some("v2")
        && control.is_some_and(|list| list.is_yes("CAN-SKIP-DATERANGES"));
    for range in last.ranges.iter().filter(|_| dates) {
        if !media.ranges.iter().any(|r| r.id == range.id) {
            media.ranges.push(range.clone());
        }
    }
    (media.segments, media.skipped) = (segments, None);
    media.version = last.version;
    Some(media)
}
