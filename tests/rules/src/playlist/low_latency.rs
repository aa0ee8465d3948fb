//! What one look can tell of the low-latency tags (4.4.3.7, 4.4.3.8, 4.4.4.9, 4.4.5.3).

use crate::ledger::Sink;

use super::media::{Media, Part};

/// Of what is written with three digits or more.
const ROUNDING: f64 = 0.001;
/// A part is at least this share of the part target (4.4.4.9).
const SHORTEST: f64 = 0.85;

pub(crate) fn check(media: &Media, sink: &mut Sink<'_>) {
    control(media, sink);
    if !media.has_parts() && media.hints.is_empty() {
        return;
    }
    let line = media.parts().next().map_or(0, |(_, part)| part.line);
    sink.must(60, media.part_inf.is_some(), line, || {
        "#EXT-X-PART without #EXT-X-PART-INF".to_owned()
    });
    if let Some(line) = media.part_inf {
        let held = media.control("PART-HOLD-BACK");
        sink.must(60, held.is_some(), line, || {
            "#EXT-X-PART-INF without PART-HOLD-BACK".to_owned()
        });
    }
    if let Some(target) = media.part_target {
        for segment in &media.segments {
            parts(&segment.parts, target, sink);
            whole(&segment.parts, segment.seconds, segment.line, sink);
        }
        parts(&media.open.parts, target, sink);
    }
    for hint in &media.hints {
        sink.must(70, !media.ended, hint.line, || {
            "#EXT-X-PRELOAD-HINT with #EXT-X-ENDLIST".to_owned()
        });
        let count = media.hints.iter().filter(|h| h.kind == hint.kind).count();
        sink.should(70, count == 1, hint.line, || {
            format!("{count} of TYPE={}", hint.kind)
        });
    }
}

/// R61.
fn control(media: &Media, sink: &mut Sink<'_>) {
    let Some((line, list)) = &media.control else {
        return;
    };
    let target = media.target();
    let mut least = |name: &str, least: f64| {
        if let Some(said) = media.control(name) {
            sink.must(61, said >= least - ROUNDING, *line, || {
                format!("{name}={said} < {least}")
            });
        }
    };
    least("HOLD-BACK", 3.0 * target);
    least("CAN-SKIP-UNTIL", 6.0 * target);
    if let Some(part) = media.part_target {
        least("PART-HOLD-BACK", 2.0 * part);
        if let Some(said) = media.control("PART-HOLD-BACK") {
            sink.should(61, said >= 3.0 * part - ROUNDING, *line, || {
                format!("PART-HOLD-BACK={said} < {}", 3.0 * part)
            });
        }
    }
    let lonely = list.has("CAN-SKIP-DATERANGES") && !list.has("CAN-SKIP-UNTIL");
    sink.must(61, !lonely, *line, || {
        "CAN-SKIP-DATERANGES without CAN-SKIP-UNTIL".to_owned()
    });
}

/// R62.
fn parts(parts: &[Part], target: f64, sink: &mut Sink<'_>) {
    for (index, part) in parts.iter().enumerate() {
        sink.must(62, part.seconds <= target + ROUNDING, part.line, || {
            format!("DURATION={} > {target}", part.seconds)
        });
        let next = parts.get(index + 1);
        let last = next.is_none();
        // Of an open segment the last part may turn out to be the last of all.
        let may = part.gap || next.is_some_and(|next| next.gap) || last || part.independent;
        let long = part.seconds >= target * SHORTEST - ROUNDING;
        sink.must(62, long || may, part.line, || {
            format!("DURATION={} < 85 % of {target}", part.seconds)
        });
    }
}

/// R63: the parts of a segment are as long as it, where all of them are listed.
fn whole(parts: &[Part], seconds: f64, line: usize, sink: &mut Sink<'_>) {
    if parts.is_empty() {
        return;
    }
    let sum: f64 = parts.iter().map(|part| part.seconds).sum();
    let slack = ROUNDING * (parts.len() as f64 + 1.0);
    sink.must(63, sum <= seconds + slack, line, || {
        format!("parts of {sum:.3} s, #EXTINF {seconds}")
    });
}
