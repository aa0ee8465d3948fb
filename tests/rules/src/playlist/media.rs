//! A media playlist: its segments with what applies to each (4.4.3 to 4.4.5).

use crate::ledger::Sink;

use super::attributes::{self, Attributes};
use super::date;
use super::tags::{Entry, What};

/// A media playlist.
#[derive(Clone, Debug, Default)]
pub(crate) struct Media {
    /// What never changes in a playlist: control, part target, type.
    pub(crate) header: Vec<(String, String)>,
    /// EXT-X-VERSION; a delta update may need a higher one.
    pub(crate) version: Option<u64>,
    /// EXT-X-TARGETDURATION in seconds.
    pub(crate) target: Option<u64>,
    /// Of the first segment, skipped ones included.
    pub(crate) sequence: u64,
    pub(crate) discontinuity_sequence: Option<u64>,
    pub(crate) ended: bool,
    pub(crate) kind: Option<(usize, String)>,
    pub(crate) control: Option<(usize, Attributes)>,
    pub(crate) part_inf: Option<usize>,
    pub(crate) part_target: Option<f64>,
    /// SKIPPED-SEGMENTS of a delta update.
    pub(crate) skipped: Option<u64>,
    /// Listed, oldest first.
    pub(crate) segments: Vec<Segment>,
    /// What stands behind the last segment: parts of the next.
    pub(crate) open: Segment,
    pub(crate) hints: Vec<Hint>,
    pub(crate) reports: Vec<Report>,
    pub(crate) ranges: Vec<DateRange>,
}

/// A segment, with what applies to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Segment {
    pub(crate) line: usize,
    pub(crate) uri: String,
    /// As written.
    pub(crate) extinf: String,
    pub(crate) seconds: f64,
    /// Whether EXT-X-DISCONTINUITY stands before it.
    pub(crate) discontinuity: bool,
    pub(crate) gap: bool,
    pub(crate) range: Option<Range>,
    /// Microseconds since 1970, where it is written.
    pub(crate) date: Option<i64>,
    pub(crate) map: Option<Map>,
    pub(crate) keys: Vec<Attributes>,
    /// kbit/s.
    pub(crate) bitrate: Option<u64>,
    pub(crate) parts: Vec<Part>,
}

/// Bytes of a resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) length: u64,
    pub(crate) offset: u64,
}

/// EXT-X-MAP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Map {
    pub(crate) uri: String,
    pub(crate) range: Option<Range>,
}

/// EXT-X-PART.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    pub(crate) line: usize,
    pub(crate) uri: String,
    pub(crate) range: Option<Range>,
    pub(crate) seconds: f64,
    pub(crate) independent: bool,
    pub(crate) gap: bool,
}

impl Part {
    /// The same part, wherever it stands.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let line = self.line;
        Self {
            line,
            ..other.clone()
        } == *self
    }
}

/// EXT-X-PRELOAD-HINT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hint {
    pub(crate) line: usize,
    pub(crate) kind: String,
    pub(crate) uri: String,
    pub(crate) start: u64,
}

/// EXT-X-RENDITION-REPORT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) line: usize,
    pub(crate) uri: String,
    pub(crate) last: Option<u64>,
    pub(crate) part: Option<u64>,
}

/// EXT-X-DATERANGE.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DateRange {
    pub(crate) line: usize,
    pub(crate) id: String,
    pub(crate) list: Attributes,
}

impl Media {
    /// EXT-X-TARGETDURATION in seconds; a playlist without one has its finding.
    pub(crate) fn target(&self) -> f64 {
        // Below 2^53 exact, and above no playlist.
        self.target.unwrap_or(0) as f64
    }

    /// The number of the first segment that is listed here.
    pub(crate) fn first(&self) -> u64 {
        self.sequence.saturating_add(self.skipped.unwrap_or(0))
    }

    /// The number after the last segment.
    pub(crate) fn end(&self) -> u64 {
        self.first().saturating_add(self.segments.len() as u64)
    }

    pub(crate) fn numbered(&self) -> impl DoubleEndedIterator<Item = (u64, &Segment)> + Clone {
        let first = self.first();
        let segments = self.segments.iter().enumerate();
        segments.map(move |(index, segment)| (first.saturating_add(index as u64), segment))
    }

    pub(crate) fn segment(&self, number: u64) -> Option<&Segment> {
        let index = usize::try_from(number.checked_sub(self.first())?).ok()?;
        self.segments.get(index)
    }

    /// Seconds of all segments.
    pub(crate) fn seconds(&self) -> f64 {
        self.segments.iter().map(|s| s.seconds).sum()
    }

    pub(crate) fn has_parts(&self) -> bool {
        self.part_inf.is_some() || self.parts().next().is_some()
    }

    /// All parts with the number of their segment.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (u64, &Part)> {
        let listed = self.numbered();
        let listed = listed.flat_map(|(n, s)| s.parts.iter().map(move |p| (n, p)));
        listed.chain(self.open.parts.iter().map(|p| (self.end(), p)))
    }

    pub(crate) fn control(&self, name: &str) -> Option<f64> {
        self.control
            .as_ref()
            .and_then(|(_, list)| list.seconds(name))
    }

    pub(crate) fn can_block(&self) -> bool {
        let control = self.control.as_ref();
        control.is_some_and(|(_, list)| list.is_yes("CAN-BLOCK-RELOAD"))
    }

    /// The discontinuity sequence number of each listed segment; `None` for a delta update, which
    /// does not show the discontinuities that it skips.
    pub(crate) fn discontinuities(&self) -> Vec<(u64, u64)> {
        let mut number = self.discontinuity_sequence.unwrap_or(0);
        let count = |(msn, segment): (u64, &Segment)| {
            number += u64::from(segment.discontinuity);
            (msn, number)
        };
        self.numbered().map(count).collect()
    }

    /// The wall time of each segment's begin in microseconds, where any date says so.
    pub(crate) fn dates(&self) -> Vec<(u64, i64)> {
        let (mut at, mut dates) = (None, Vec::new());
        for (msn, segment) in self.numbered() {
            if segment.discontinuity {
                at = None;
            }
            at = segment.date.or(at);
            if let Some(date) = at {
                dates.push((msn, date));
                at = Some(date.saturating_add(micros(segment.seconds)));
            }
        }
        dates
    }
}

/// Seconds as microseconds; a float outside the range is held at its end.
pub(crate) fn micros(seconds: f64) -> i64 {
    (seconds * 1e6).round() as i64
}

/// Builds the playlist; what is wrong with its order is found on the way.
pub(crate) fn read(entries: &[Entry], sink: &mut Sink<'_>) -> Media {
    let mut builder = Builder::default();
    for entry in entries {
        match &entry.what {
            What::Uri(uri) => builder.uri(entry.line, uri, sink),
            What::Tag {
                name, value, list, ..
            } => {
                let tag = Tag {
                    line: entry.line,
                    name,
                    value,
                    list,
                };
                if !builder.of_playlist(&tag, sink) && !builder.of_segment(&tag, sink) {
                    builder.of_time(&tag, sink);
                }
            }
        }
    }
    builder.finish(sink)
}

#[derive(Clone, Copy)]
struct Tag<'a> {
    line: usize,
    name: &'a str,
    value: &'a str,
    list: &'a Attributes,
}

#[derive(Default)]
struct Builder {
    media: Media,
    next: Segment,
    has_extinf: bool,
    map: Option<Map>,
    keys: Vec<Attributes>,
    bitrate: Option<u64>,
    seen_discontinuity: bool,
}

impl Builder {
    fn of_playlist(&mut self, tag: &Tag<'_>, sink: &mut Sink<'_>) -> bool {
        let media = &mut self.media;
        match tag.name {
            "EXT-X-TARGETDURATION" => media.target = attributes::integer(tag.value),
            "EXT-X-MEDIA-SEQUENCE" | "EXT-X-DISCONTINUITY-SEQUENCE" => {
                let began =
                    !media.segments.is_empty() || self.has_extinf || media.skipped.is_some();
                sink.must(11, !began && !self.seen_discontinuity, tag.line, || {
                    format!("#{} behind the first segment", tag.name)
                });
                let number = attributes::integer(tag.value);
                match tag.name {
                    "EXT-X-MEDIA-SEQUENCE" => media.sequence = number.unwrap_or(0),
                    _ => media.discontinuity_sequence = number,
                }
            }
            "EXT-X-ENDLIST" => media.ended = true,
            "EXT-X-PART-INF" => {
                media.part_inf = Some(tag.line);
                media.part_target = tag.list.seconds("PART-TARGET");
                self.fixed(tag);
            }
            "EXT-X-SERVER-CONTROL" => {
                media.control = Some((tag.line, tag.list.clone()));
                self.fixed(tag);
            }
            "EXT-X-PLAYLIST-TYPE" => {
                let right = ["EVENT", "VOD"].contains(&tag.value);
                sink.must(4, right, tag.line, || tag.value.to_owned());
                media.kind = Some((tag.line, tag.value.to_owned()));
                self.fixed(tag);
            }
            "EXT-X-VERSION" => media.version = attributes::integer(tag.value),
            "EXT-X-INDEPENDENT-SEGMENTS"
            | "EXT-X-I-FRAMES-ONLY"
            | "EXT-X-START"
            | "EXT-X-DEFINE" => {
                self.fixed(tag);
            }
            _ => return false,
        }
        true
    }

    fn fixed(&mut self, tag: &Tag<'_>) {
        let pair = (tag.name.to_owned(), tag.value.to_owned());
        self.media.header.push(pair);
    }

    fn of_segment(&mut self, tag: &Tag<'_>, sink: &mut Sink<'_>) -> bool {
        let late = !self.next.parts.is_empty();
        let next = &mut self.next;
        match tag.name {
            "EXTINF" => {
                sink.must(12, !self.has_extinf, tag.line, || {
                    "#EXTINF twice".to_owned()
                });
                let (seconds, _) = tag.value.split_once(',').unwrap_or_else(|| {
                    sink.must(4, false, tag.line, || "#EXTINF without a comma".to_owned());
                    (tag.value, "")
                });
                let read = attributes::float(seconds);
                sink.must(4, read.is_some(), tag.line, || {
                    format!("#EXTINF:{}", tag.value)
                });
                next.extinf = tag.value.to_owned();
                next.seconds = read.unwrap_or(0.0);
                self.has_extinf = true;
            }
            "EXT-X-BYTERANGE" => {
                sink.must(12, next.range.is_none(), tag.line, || {
                    "#EXT-X-BYTERANGE twice".to_owned()
                });
                let read = range(tag.value);
                sink.must(4, read.is_some(), tag.line, || tag.value.to_owned());
                next.range = read.map(|(length, offset)| Range {
                    length,
                    offset: offset.unwrap_or(u64::MAX),
                });
            }
            "EXT-X-DISCONTINUITY" => {
                sink.must(13, !next.discontinuity, tag.line, || {
                    "#EXT-X-DISCONTINUITY twice".to_owned()
                });
                next.discontinuity = true;
                self.seen_discontinuity = true;
            }
            "EXT-X-GAP" => {
                sink.must(12, !next.gap, tag.line, || "#EXT-X-GAP twice".to_owned());
                next.gap = true;
            }
            "EXT-X-PROGRAM-DATE-TIME" => {
                sink.must(16, next.date.is_none(), tag.line, || {
                    format!("#{} twice", tag.name)
                });
                next.date = date::read(tag.value);
                sink.must(16, next.date.is_some(), tag.line, || tag.value.to_owned());
            }
            "EXT-X-BITRATE" => self.bitrate = attributes::integer(tag.value),
            "EXT-X-KEY" => key(&mut self.keys, tag, sink),
            "EXT-X-MAP" => self.map(tag, sink),
            "EXT-X-PART" => {
                self.part(tag, sink);
                return true;
            }
            _ => return false,
        }
        let before = [
            "EXT-X-DISCONTINUITY",
            "EXT-X-KEY",
            "EXT-X-MAP",
            "EXT-X-PROGRAM-DATE-TIME",
        ];
        sink.must(63, !late || !before.contains(&tag.name), tag.line, || {
            format!("#{} behind #EXT-X-PART", tag.name)
        });
        true
    }

    fn map(&mut self, tag: &Tag<'_>, sink: &mut Sink<'_>) {
        let bare = self
            .keys
            .iter()
            .any(|key| key.value("METHOD") == Some("AES-128") && !key.has("IV"));
        sink.must(14, !bare, tag.line, || {
            "#EXT-X-MAP under AES-128 without IV".to_owned()
        });
        let read = tag.list.value("BYTERANGE").and_then(range);
        self.map = tag.list.value("URI").map(|uri| Map {
            uri: uri.to_owned(),
            range: read.map(|(length, offset)| Range {
                length,
                offset: offset.unwrap_or(0),
            }),
        });
    }

    fn part(&mut self, tag: &Tag<'_>, sink: &mut Sink<'_>) {
        let uri = tag.list.value("URI").unwrap_or_default().to_owned();
        let read = tag.list.value("BYTERANGE").and_then(range);
        let before = self
            .next
            .parts
            .last()
            .filter(|part| part.uri == uri)
            .and_then(|part| part.range);
        let range = read.map(|(length, offset)| Range {
            length,
            offset: offset
                .unwrap_or_else(|| before.map_or(0, |r| r.offset.saturating_add(r.length))),
        });
        let part = Part {
            line: tag.line,
            uri,
            range,
            seconds: tag.list.seconds("DURATION").unwrap_or(0.0),
            independent: tag.list.is_yes("INDEPENDENT"),
            gap: tag.list.is_yes("GAP"),
        };
        let same = |old: &Part| old.uri == part.uri && old.range == part.range;
        let again = self.next.parts.iter().any(same);
        sink.must(63, !again, tag.line, || format!("part {} twice", part.uri));
        self.next.parts.push(part);
    }

    fn of_time(&mut self, tag: &Tag<'_>, sink: &mut Sink<'_>) {
        let text = |name| tag.list.value(name).unwrap_or_default().to_owned();
        match tag.name {
            "EXT-X-SKIP" => {
                let began = !self.media.segments.is_empty() || self.has_extinf;
                sink.must(69, !began, tag.line, || {
                    "#EXT-X-SKIP behind a segment".to_owned()
                });
                self.media.skipped = Some(tag.list.number("SKIPPED-SEGMENTS").unwrap_or(0));
            }
            "EXT-X-PRELOAD-HINT" => self.media.hints.push(Hint {
                line: tag.line,
                kind: text("TYPE"),
                uri: text("URI"),
                start: tag.list.number("BYTERANGE-START").unwrap_or(0),
            }),
            "EXT-X-RENDITION-REPORT" => self.media.reports.push(Report {
                line: tag.line,
                uri: text("URI"),
                last: tag.list.number("LAST-MSN"),
                part: tag.list.number("LAST-PART"),
            }),
            "EXT-X-DATERANGE" => self.media.ranges.push(DateRange {
                line: tag.line,
                id: text("ID"),
                list: tag.list.clone(),
            }),
            _ => {}
        }
    }

    fn uri(&mut self, line: usize, uri: &str, sink: &mut Sink<'_>) {
        sink.must(12, self.has_extinf, line, || {
            format!("{uri} without #EXTINF")
        });
        let mut segment = std::mem::take(&mut self.next);
        if let Some(range) = &mut segment.range {
            let before = self
                .media
                .segments
                .last()
                .filter(|s| s.uri == uri)
                .and_then(|s| s.range);
            let follows = range.offset != u64::MAX || before.is_some();
            sink.must(12, follows, line, || {
                "#EXT-X-BYTERANGE without offset".to_owned()
            });
            if range.offset == u64::MAX {
                range.offset = before.map_or(0, |r| r.offset.saturating_add(r.length));
            }
        }
        segment.line = line;
        uri.clone_into(&mut segment.uri);
        segment.map.clone_from(&self.map);
        segment.keys.clone_from(&self.keys);
        // A byte range has no EXT-X-BITRATE (4.4.4.8).
        segment.bitrate = self.bitrate.filter(|_| segment.range.is_none());
        self.has_extinf = false;
        self.media.segments.push(segment);
    }

    fn finish(mut self, sink: &mut Sink<'_>) -> Media {
        sink.must(30, !self.has_extinf, 0, || {
            "ends behind an #EXTINF".to_owned()
        });
        self.next.map = self.map;
        self.next.keys = self.keys;
        self.media.open = self.next;
        self.media
    }
}

/// `<n>[@<o>]`.
fn range(text: &str) -> Option<(u64, Option<u64>)> {
    match text.split_once('@') {
        Some((length, offset)) => {
            let offset = attributes::integer(offset)?;
            Some((attributes::integer(length)?, Some(offset)))
        }
        None => Some((attributes::integer(text)?, None)),
    }
}

fn key(keys: &mut Vec<Attributes>, tag: &Tag<'_>, sink: &mut Sink<'_>) {
    let method = tag.list.value("METHOD").unwrap_or_default();
    let alone = tag.list.iter().count() == 1;
    sink.must(14, method != "NONE" || alone, tag.line, || {
        "METHOD=NONE with more".to_owned()
    });
    let located = method == "NONE" || tag.list.has("URI");
    sink.must(14, located, tag.line, || {
        format!("METHOD={method} without URI")
    });
    let no_vector = ["AES-256-GCM", "SAMPLE-AES-CTR"].contains(&method);
    sink.must(14, !(no_vector && tag.list.has("IV")), tag.line, || {
        format!("METHOD={method} with IV")
    });
    if method == "NONE" {
        keys.clear();
        return;
    }
    let form = |list: &Attributes| list.value("KEYFORMAT").unwrap_or("identity").to_owned();
    keys.retain(|old| form(old) != form(tag.list));
    keys.push(tag.list.clone());
}
