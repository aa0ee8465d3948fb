//! The tags of the draft, where each may stand and what it has (4.4).

use crate::ledger::Sink;

use super::attributes::{self, Attributes};
use super::lines::Line;

/// Where a tag may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// In both kinds of playlist.
    Any,
    /// Once in a media playlist.
    Media,
    /// Of a segment, or between segments.
    Segment,
    Multivariant,
}

/// The type of an attribute's value (4.2).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Integer,
    Float,
    Signed,
    Hex,
    Quoted,
    Size,
    Word,
    OneOf(&'static [&'static str]),
}

/// An attribute that a tag may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// The rule that asks for it; 0 where it may be left out.
    pub(crate) asked: u8,
}

#[derive(Clone, Copy, Debug)]
enum Shape {
    Nothing,
    Integer,
    Text,
    List(&'static [Attribute]),
}

/// What stands on a line.
#[derive(Clone, Debug)]
pub(crate) enum What {
    Tag {
        /// Without `#`.
        name: String,
        value: String,
        /// Empty where the tag has none.
        list: Attributes,
        level: Level,
    },
    Uri(String),
}

/// A line that counts.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) line: usize,
    pub(crate) what: What,
}

impl Entry {
    pub(crate) fn tag(&self) -> Option<(&str, &str, &Attributes, Level)> {
        match &self.what {
            What::Tag {
                name,
                value,
                list,
                level,
            } => Some((name, value, list, *level)),
            What::Uri(_) => None,
        }
    }

    pub(crate) fn is(&self, tag: &str) -> bool {
        self.tag().is_some_and(|(name, ..)| name == tag)
    }
}

/// Whether the playlist lists playlists.
pub(crate) fn is_multivariant(entries: &[Entry]) -> bool {
    let levels = |level| {
        entries
            .iter()
            .filter(move |e| e.tag().is_some_and(|(.., l)| l == level))
            .count()
    };
    let media = levels(Level::Media) + levels(Level::Segment);
    levels(Level::Multivariant) > 0
        && (media == 0 || entries.iter().any(|e| e.is("EXT-X-STREAM-INF")))
}

/// The tags and URIs of a playlist; comments and unknown tags are left out, as 6.3.1 says.
pub(crate) fn read(lines: &[Line<'_>], sink: &mut Sink<'_>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for line in lines.iter().skip(1) {
        let text = line.text.trim();
        if text.is_empty() {
            continue;
        }
        let what = match text.strip_prefix("#EXT") {
            None if text.starts_with('#') => continue,
            None => What::Uri(text.to_owned()),
            Some(_) => match tag(line.number, text, sink) {
                Some(what) => what,
                None => continue,
            },
        };
        entries.push(Entry {
            line: line.number,
            what,
        });
    }
    once(&entries, sink);
    let multivariant = is_multivariant(&entries);
    for entry in &entries {
        let strange = entry.tag().filter(|(.., level)| match level {
            Level::Any => false,
            Level::Multivariant => !multivariant,
            Level::Media | Level::Segment => multivariant,
        });
        sink.must(9, strange.is_none(), entry.line, || {
            format!("#{}", strange.map_or("", |(name, ..)| name))
        });
    }
    entries
}

fn once(entries: &[Entry], sink: &mut Sink<'_>) {
    let mut seen: Vec<&str> = Vec::new();
    for entry in entries {
        let Some((name, _, _, level)) = entry.tag() else {
            continue;
        };
        // The first line is one already.
        sink.must(5, name != "EXTM3U", entry.line, || {
            "#EXTM3U twice".to_owned()
        });
        let rule = match (name, level) {
            ("EXT-X-VERSION", _) => 6,
            ("EXT-X-INDEPENDENT-SEGMENTS" | "EXT-X-START", _) => 8,
            (_, Level::Media) => 9,
            ("EXT-X-SKIP", _) => 69,
            _ => continue,
        };
        sink.must(rule, !seen.contains(&name), entry.line, || {
            format!("#{name} twice")
        });
        seen.push(name);
    }
}

fn tag(line: usize, text: &str, sink: &mut Sink<'_>) -> Option<What> {
    let body = text.strip_prefix('#')?;
    let (name, value) = match body.split_once(':') {
        Some((name, value)) => (name, Some(value)),
        None => (body, None),
    };
    let (level, shape) = known(name)?;
    let mut list = Attributes::default();
    let given = value.unwrap_or_default();
    let right = match shape {
        Shape::Nothing => value.is_none(),
        Shape::Integer => attributes::integer(given).is_some(),
        Shape::Text => !given.is_empty(),
        Shape::List(known) => {
            list = attributes::read(line, given, known, sink);
            true
        }
    };
    sink.must(4, right, line, || text.to_owned());
    Some(What::Tag {
        name: name.to_owned(),
        value: given.to_owned(),
        list,
        level,
    })
}

const fn may(name: &'static str, kind: Kind) -> Attribute {
    asked(name, kind, 0)
}

const fn asked(name: &'static str, kind: Kind, asked: u8) -> Attribute {
    Attribute { name, kind, asked }
}

const YES: Kind = Kind::OneOf(&["YES"]);
const YES_NO: Kind = Kind::OneOf(&["YES", "NO"]);

const KEY: [Attribute; 5] = [
    asked(
        "METHOD",
        Kind::OneOf(&[
            "NONE",
            "AES-128",
            "AES-256-GCM",
            "SAMPLE-AES",
            "SAMPLE-AES-CTR",
        ]),
        14,
    ),
    may("URI", Kind::Quoted),
    may("IV", Kind::Hex),
    may("KEYFORMAT", Kind::Quoted),
    may("KEYFORMATVERSIONS", Kind::Quoted),
];
const MAP: [Attribute; 2] = [
    asked("URI", Kind::Quoted, 4),
    may("BYTERANGE", Kind::Quoted),
];
const START: [Attribute; 2] = [
    asked("TIME-OFFSET", Kind::Signed, 4),
    may("PRECISE", YES_NO),
];
const DEFINE: [Attribute; 4] = [
    may("NAME", Kind::Quoted),
    may("VALUE", Kind::Quoted),
    may("IMPORT", Kind::Quoted),
    may("QUERYPARAM", Kind::Quoted),
];
const PART_INF: [Attribute; 1] = [asked("PART-TARGET", Kind::Float, 60)];
const SERVER_CONTROL: [Attribute; 5] = [
    may("CAN-SKIP-UNTIL", Kind::Float),
    may("CAN-SKIP-DATERANGES", YES),
    may("HOLD-BACK", Kind::Float),
    may("PART-HOLD-BACK", Kind::Float),
    may("CAN-BLOCK-RELOAD", YES),
];
const PART: [Attribute; 5] = [
    asked("URI", Kind::Quoted, 4),
    asked("DURATION", Kind::Float, 4),
    may("INDEPENDENT", YES),
    may("BYTERANGE", Kind::Quoted),
    may("GAP", YES),
];
const SKIP: [Attribute; 2] = [
    asked("SKIPPED-SEGMENTS", Kind::Integer, 69),
    may("RECENTLY-REMOVED-DATERANGES", Kind::Quoted),
];
const HINT: [Attribute; 4] = [
    asked("TYPE", Kind::OneOf(&["PART", "MAP"]), 70),
    asked("URI", Kind::Quoted, 70),
    may("BYTERANGE-START", Kind::Integer),
    may("BYTERANGE-LENGTH", Kind::Integer),
];
const REPORT: [Attribute; 3] = [
    asked("URI", Kind::Quoted, 71),
    may("LAST-MSN", Kind::Integer),
    may("LAST-PART", Kind::Integer),
];
const DATERANGE: [Attribute; 10] = [
    asked("ID", Kind::Quoted, 4),
    may("CLASS", Kind::Quoted),
    may("START-DATE", Kind::Quoted),
    may("CUE", Kind::Quoted),
    may("END-DATE", Kind::Quoted),
    may("DURATION", Kind::Float),
    may("PLANNED-DURATION", Kind::Float),
    may("END-ON-NEXT", YES),
    may("SCTE35-CMD", Kind::Hex),
    may("SCTE35-OUT", Kind::Hex),
];
const MEDIA: [Attribute; 16] = [
    asked(
        "TYPE",
        Kind::OneOf(&["AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS"]),
        4,
    ),
    may("URI", Kind::Quoted),
    asked("GROUP-ID", Kind::Quoted, 4),
    may("LANGUAGE", Kind::Quoted),
    may("ASSOC-LANGUAGE", Kind::Quoted),
    asked("NAME", Kind::Quoted, 4),
    may("STABLE-RENDITION-ID", Kind::Quoted),
    may("DEFAULT", YES_NO),
    may("AUTOSELECT", YES_NO),
    may("FORCED", YES_NO),
    may("INSTREAM-ID", Kind::Quoted),
    may("BIT-DEPTH", Kind::Integer),
    may("SAMPLE-RATE", Kind::Integer),
    may("CHARACTERISTICS", Kind::Quoted),
    may("CHANNELS", Kind::Quoted),
    may("PATHWAY-ID", Kind::Quoted),
];
const STREAM: [Attribute; 17] = [
    asked("BANDWIDTH", Kind::Integer, 4),
    may("AVERAGE-BANDWIDTH", Kind::Integer),
    may("SCORE", Kind::Float),
    may("CODECS", Kind::Quoted),
    may("SUPPLEMENTAL-CODECS", Kind::Quoted),
    may("RESOLUTION", Kind::Size),
    may("FRAME-RATE", Kind::Float),
    may("HDCP-LEVEL", Kind::OneOf(&["TYPE-0", "TYPE-1", "NONE"])),
    may("ALLOWED-CPC", Kind::Quoted),
    may("VIDEO-RANGE", Kind::OneOf(&["SDR", "HLG", "PQ"])),
    may("REQ-VIDEO-LAYOUT", Kind::Quoted),
    may("STABLE-VARIANT-ID", Kind::Quoted),
    may("AUDIO", Kind::Quoted),
    may("VIDEO", Kind::Quoted),
    may("SUBTITLES", Kind::Quoted),
    may("PATHWAY-ID", Kind::Quoted),
    may("URI", Kind::Quoted),
];
const SESSION_DATA: [Attribute; 5] = [
    asked("DATA-ID", Kind::Quoted, 4),
    may("VALUE", Kind::Quoted),
    may("URI", Kind::Quoted),
    may("FORMAT", Kind::Word),
    may("LANGUAGE", Kind::Quoted),
];
const STEERING: [Attribute; 2] = [
    asked("SERVER-URI", Kind::Quoted, 4),
    may("PATHWAY-ID", Kind::Quoted),
];

fn known(name: &str) -> Option<(Level, Shape)> {
    use Level::{Any, Media, Multivariant, Segment};
    Some(match name {
        "EXTM3U" | "EXT-X-INDEPENDENT-SEGMENTS" => (Any, Shape::Nothing),
        "EXT-X-VERSION" => (Any, Shape::Integer),
        "EXT-X-START" => (Any, Shape::List(&START)),
        "EXT-X-DEFINE" => (Any, Shape::List(&DEFINE)),
        "EXT-X-TARGETDURATION" | "EXT-X-MEDIA-SEQUENCE" | "EXT-X-DISCONTINUITY-SEQUENCE" => {
            (Media, Shape::Integer)
        }
        "EXT-X-ENDLIST" | "EXT-X-I-FRAMES-ONLY" => (Media, Shape::Nothing),
        "EXT-X-PLAYLIST-TYPE" => (Media, Shape::Text),
        "EXT-X-PART-INF" => (Media, Shape::List(&PART_INF)),
        "EXT-X-SERVER-CONTROL" => (Media, Shape::List(&SERVER_CONTROL)),
        "EXTINF" | "EXT-X-BYTERANGE" | "EXT-X-PROGRAM-DATE-TIME" => (Segment, Shape::Text),
        "EXT-X-DISCONTINUITY" | "EXT-X-GAP" => (Segment, Shape::Nothing),
        "EXT-X-BITRATE" => (Segment, Shape::Integer),
        "EXT-X-KEY" => (Segment, Shape::List(&KEY)),
        "EXT-X-MAP" => (Segment, Shape::List(&MAP)),
        "EXT-X-PART" => (Segment, Shape::List(&PART)),
        "EXT-X-DATERANGE" => (Segment, Shape::List(&DATERANGE)),
        "EXT-X-SKIP" => (Segment, Shape::List(&SKIP)),
        "EXT-X-PRELOAD-HINT" => (Segment, Shape::List(&HINT)),
        "EXT-X-RENDITION-REPORT" => (Segment, Shape::List(&REPORT)),
        "EXT-X-MEDIA" => (Multivariant, Shape::List(&MEDIA)),
        "EXT-X-STREAM-INF" | "EXT-X-I-FRAME-STREAM-INF" => (Multivariant, Shape::List(&STREAM)),
        "EXT-X-SESSION-DATA" => (Multivariant, Shape::List(&SESSION_DATA)),
        "EXT-X-SESSION-KEY" => (Multivariant, Shape::List(&KEY)),
        "EXT-X-CONTENT-STEERING" => (Multivariant, Shape::List(&STEERING)),
        _ => return None,
    })
}
