//! What one look at a media playlist can tell.

use crate::ledger::Sink;

use super::media::{DateRange, Media, micros};

/// Wall times of neighbours may overlap by less than this (6.2.1).
const OVERLAP: i64 = 1_000_000;

pub(crate) fn check(media: &Media, sink: &mut Sink<'_>) {
    let whole = media.target.is_some_and(|target| target >= 1);
    sink.must(10, whole, 0, || {
        format!("#EXT-X-TARGETDURATION {:?}", media.target)
    });
    for (_, segment) in media.numbered() {
        sink.must(
            10,
            segment.seconds.round() <= media.target(),
            segment.line,
            || format!("#EXTINF:{} > {}", segment.extinf, media.target()),
        );
    }
    let slides = !media.ended && media.sequence > 0;
    if let Some((line, kind)) = &media.kind {
        sink.must(38, !slides, *line, || {
            format!("{kind}, #EXT-X-MEDIA-SEQUENCE:{}", media.sequence)
        });
    } else {
        sink.must(38, true, 0, String::new);
    }
    let counted = media.discontinuity_sequence.is_some();
    if let Some(cut) = media.segments.iter().find(|s| s.discontinuity) {
        sink.must(35, counted || !slides, cut.line, || {
            "#EXT-X-DISCONTINUITY without #EXT-X-DISCONTINUITY-SEQUENCE".to_owned()
        });
    }
    dates(media, sink);
    ranges(&media.ranges, sink);
}

/// R41.
fn dates(media: &Media, sink: &mut Sink<'_>) {
    let (mut end, mut dated) = (None, false);
    for (_, segment) in media.numbered() {
        dated |= segment.date.is_some();
        if let (Some(end), Some(date)) = (end, segment.date) {
            sink.must(41, end - date < OVERLAP, segment.line, || {
                format!(
                    "#EXT-X-PROGRAM-DATE-TIME {} s before the end of the last",
                    (end - date) as f64 / 1e6
                )
            });
        }
        if segment.discontinuity && dated {
            sink.should(41, segment.date.is_some(), segment.line, || {
                "#EXT-X-DISCONTINUITY without #EXT-X-PROGRAM-DATE-TIME".to_owned()
            });
        }
        end = segment
            .date
            .or(end)
            .map(|date| date.saturating_add(micros(segment.seconds)));
    }
}

/// R43: two tags of one ID agree where both have an attribute.
fn ranges(ranges: &[DateRange], sink: &mut Sink<'_>) {
    for (index, range) in ranges.iter().enumerate() {
        let mut before = ranges.iter().take(index).filter(|old| old.id == range.id);
        let clash = before.find_map(|old| {
            let mut both = old.list.iter().filter_map(|(name, value)| {
                let new = range.list.value(name)?;
                (new != value.text()).then(|| format!("{name} {} and {new}", value.text()))
            });
            both.next()
        });
        sink.must(43, clash.is_none(), range.line, || {
            format!("ID {}: {}", range.id, clash.unwrap_or_default())
        });
        let started = range.list.has("START-DATE")
            || ranges
                .iter()
                .any(|r| r.id == range.id && r.list.has("START-DATE"));
        sink.must(43, started, range.line, || {
            format!("ID {} without START-DATE", range.id)
        });
    }
}
