//! The answers to requests for playlists, as HTTP (4., 6.2.1, 6.2.2, 6.2.5, B.1).

use std::time::Duration;

use crate::fetch::{Fetch, Protocol};
use crate::ledger::Sink;
use crate::playlist::Media;
use crate::url;

/// What is smaller gains nothing by gzip.
const SMALL: usize = 1000;
/// A request that does not wait is answered within this, on a slow line too.
const PROMPT: Duration = Duration::from_secs(2);

/// Any answer; `known` is the playlist as it was before.
pub(crate) fn check(fetch: &Fetch, known: Option<&Media>, sink: &mut Sink<'_>) {
    directives(fetch, known, sink);
    let asked = fetch.url.contains("_HLS_");
    let right = match fetch.status {
        200 | 304 | 404 | 410 => true,
        400 => asked,
        // Not gone, but away for a while (RFC 9110, 15.6.4).
        503 => asked || fetch.header("retry-after").is_some(),
        _ => false,
    };
    sink.must(44, right, 0, || format!("HTTP {}", fetch.status));
    if fetch.status != 200 {
        refused(fetch, known, sink);
        return;
    }
    let length = fetch
        .header("content-length")
        .and_then(|n| n.parse::<usize>().ok());
    if let Some(length) = length.filter(|_| fetch.header("content-encoding").is_none()) {
        sink.must(30, length == fetch.body.len(), 0, || {
            format!("{} of {length} bytes", fetch.body.len())
        });
    }
    let path = url::path(&fetch.url);
    let by_path = path.ends_with(".m3u8") || path.ends_with(".m3u");
    let by_type =
        ["application/vnd.apple.mpegurl", "audio/mpegurl"].contains(&fetch.kind().as_str());
    sink.must(1, by_path || by_type, 0, || {
        format!("{path}, Content-Type {:?}", fetch.kind())
    });
    if fetch.gzip && fetch.body.len() > SMALL {
        let coding = fetch.header("content-encoding").unwrap_or("none");
        sink.should(45, coding.contains("gzip"), 0, || {
            format!("{} bytes, Content-Encoding {coding}", fetch.body.len())
        });
    }
}

/// A playlist that was read: how long it may be kept, and how it came.
pub(crate) fn kept(fetch: &Fetch, media: &Media, sink: &mut Sink<'_>) {
    let said = fetch.max_age();
    let told = said.is_some() || fetch.header("expires").is_some();
    sink.should(46, told, 0, || {
        "neither Cache-Control nor Expires".to_owned()
    });
    let blocking = fetch.directive("_HLS_msn").is_some();
    if let (Some(age), false, false) = (said, media.ended, blocking) {
        sink.should(46, age as f64 <= media.target().max(1.0), 0, || {
            format!("max-age={age}, target duration {}", media.target())
        });
    }
    if !media.has_parts() || media.ended {
        return;
    }
    if let Some(protocol) = fetch.protocol {
        sink.must(72, protocol != Protocol::Http1, 0, || {
            format!("{protocol:?}")
        });
    }
    if let Some(age) = said {
        let age = age as f64;
        let (right, asked) = match blocking {
            true => (age >= 6.0 * media.target(), "6 target durations at least"),
            false => (
                age <= (media.target() / 2.0).max(1.0),
                "half a target duration at most",
            ),
        };
        sink.should(73, right, 0, || format!("max-age={age}, {asked}"));
    }
}

/// R69, R73: a delta update is no reason to refuse; what is not there may be there soon.
fn refused(fetch: &Fetch, known: Option<&Media>, sink: &mut Sink<'_>) {
    let Some(known) = known.filter(|m| m.has_parts() && !m.ended) else {
        return;
    };
    if fetch.status == 400 && fetch.directive("_HLS_skip").is_some() {
        let skips = known.control("CAN-SKIP-UNTIL");
        sink.must(69, skips.is_none(), 0, || {
            "HTTP 400 to what CAN-SKIP-UNTIL offers".to_owned()
        });
    }
    if fetch.status == 404 {
        let most = match fetch.directive("_HLS_msn") {
            Some(_) => 4.0,
            None => 1.0,
        };
        let age = fetch.max_age();
        let right = age.is_some_and(|age| age as f64 <= (most * known.target()).max(1.0));
        sink.should(73, right, 0, || {
            format!("HTTP 404, max-age={age:?}, {most} target durations at most")
        });
    }
}

/// R67, R68: what is asked too much, and how long it took.
fn directives(fetch: &Fetch, known: Option<&Media>, sink: &mut Sink<'_>) {
    // Who is away for a while says so to whatever is asked, and soon.
    if fetch.status == 503 && fetch.took < PROMPT {
        return;
    }
    let number = fetch
        .directive("_HLS_msn")
        .and_then(|n| n.parse::<u64>().ok());
    let part = fetch.directive("_HLS_part");
    let Some(known) = known else {
        return;
    };
    if known.ended {
        if number.is_some() {
            let prompt = fetch.status == 200 && fetch.took < PROMPT;
            sink.must(68, prompt, 0, || {
                format!(
                    "HTTP {} after {:.1} s, with #EXT-X-ENDLIST",
                    fetch.status,
                    fetch.took.as_secs_f64()
                )
            });
        }
        return;
    }
    if !known.can_block() {
        return;
    }
    if part.is_some() && number.is_none() {
        sink.must(67, fetch.status == 400, 0, || {
            format!("HTTP {} to _HLS_part alone", fetch.status)
        });
        return;
    }
    let Some(number) = number else {
        return;
    };
    // The draft counts from the last segment; what came in the meantime is the server's gain.
    let elapsed = fetch.took.as_secs_f64() / known.target().max(0.1);
    if number > known.end().saturating_add(8) && elapsed < 1.0 {
        sink.should(67, fetch.status == 400, 0, || {
            format!(
                "HTTP {} to _HLS_msn={number}, the last is {}",
                fetch.status,
                known.end().saturating_sub(1)
            )
        });
    }
    let longest = 3.0 * known.target() + 1.0;
    let waited = fetch.first.as_secs_f64();
    sink.should(68, waited <= longest, 0, || {
        format!("HTTP {} after {waited:.1} s", fetch.status)
    });
}

/// R66: a blocking answer has what was asked for.
pub(crate) fn has_what_was_asked(fetch: &Fetch, media: &Media, sink: &mut Sink<'_>) {
    let Some(number) = fetch
        .directive("_HLS_msn")
        .and_then(|n| n.parse::<u64>().ok())
    else {
        return;
    };
    let part = fetch
        .directive("_HLS_part")
        .and_then(|n| n.parse::<usize>().ok());
    let open = media.open.parts.len();
    let there = match part {
        None => media.end() > number,
        Some(part) if media.end() > number => {
            let of = media.segment(number).map_or(usize::MAX, |s| s.parts.len());
            // A part past the end is the first of the next segment; old segments show no parts.
            part < of || of == 0 || open > 0 || media.end() > number.saturating_add(1)
        }
        Some(part) => media.end() == number && open > part,
    };
    sink.must(66, there || media.ended, 0, || {
        format!(
            "asked {number} {part:?}, last segment {}, {open} parts behind it",
            media.end().saturating_sub(1)
        )
    });
}
