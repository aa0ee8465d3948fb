//! EXT-X-VERSION against what is used (4.4.1.2 and 8.).

use crate::ledger::Sink;

use super::tags::Entry;

/// The highest version that the draft describes.
const HIGHEST: u64 = 13;

pub(crate) fn check(entries: &[Entry], sink: &mut Sink<'_>) {
    let (mut floor, mut why, mut at) = (1, String::new(), 0);
    let frames_only = entries.iter().any(|e| e.is("EXT-X-I-FRAMES-ONLY"));
    for entry in entries {
        let (needs, what) = needed(entry, frames_only);
        if needs > floor {
            (floor, why, at) = (needs, what, entry.line);
        }
    }
    let said = entries.iter().find(|e| e.is("EXT-X-VERSION"));
    sink.must(6, said.is_some() || floor == 1, at, || {
        format!("no #EXT-X-VERSION, {why}: {floor}")
    });
    let Some((_, value, ..)) = said.and_then(Entry::tag) else {
        return;
    };
    let version: u64 = value.parse().unwrap_or(0);
    let line = said.map_or(0, |entry| entry.line);
    sink.must(6, (1..=HIGHEST).contains(&version), line, || {
        format!("#EXT-X-VERSION:{value}")
    });
    sink.must(7, version >= floor, at, || {
        format!("#EXT-X-VERSION:{version}, {why}: {floor}")
    });
}

/// The version that a line needs, and its tag.
fn needed(entry: &Entry, frames_only: bool) -> (u64, String) {
    let Some((name, value, list, _)) = entry.tag() else {
        return (1, String::new());
    };
    let has = |attribute| list.has(attribute);
    let version = match name {
        "EXTINF" if value.split(',').next().unwrap_or_default().contains('.') => 3,
        "EXT-X-BYTERANGE" | "EXT-X-I-FRAMES-ONLY" => 4,
        "EXT-X-KEY" | "EXT-X-SESSION-KEY" => match list.value("METHOD") {
            Some("SAMPLE-AES") => 5,
            _ if has("KEYFORMAT") || has("KEYFORMATVERSIONS") => 5,
            _ if has("IV") => 2,
            _ => 1,
        },
        "EXT-X-MAP" if frames_only => 5,
        "EXT-X-MAP" => 6,
        "EXT-X-DEFINE" if has("QUERYPARAM") => 11,
        "EXT-X-DEFINE" => 8,
        "EXT-X-SKIP" if has("RECENTLY-REMOVED-DATERANGES") => 10,
        "EXT-X-SKIP" => 9,
        "EXT-X-MEDIA" if instream(list.value("INSTREAM-ID")) => 13,
        _ if list.iter().any(|(name, _)| name.starts_with("REQ-")) => 12,
        _ => 1,
    };
    (version, format!("#{name}"))
}

/// An INSTREAM-ID of something else than closed captions of CEA-608 or CEA-708.
fn instream(id: Option<&str>) -> bool {
    id.is_some_and(|id| !id.starts_with("CC") && !id.starts_with("SERVICE"))
}
