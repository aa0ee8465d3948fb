//! A multivariant playlist: which playlists there are, and what they are said to be (4.4.6).

use crate::ledger::Sink;

use super::attributes::Attributes;
use super::tags::{Entry, What};

/// A multivariant playlist.
#[derive(Clone, Debug, Default)]
pub(crate) struct Multivariant {
    pub(crate) variants: Vec<Variant>,
}

/// A playlist that is listed, as a variant or as a rendition.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variant {
    pub(crate) line: usize,
    pub(crate) uri: String,
    /// CODECS of the variant; `None` for a rendition.
    pub(crate) codecs: Option<String>,
    pub(crate) is_rendition: bool,
    pub(crate) is_audio: bool,
    /// GROUP-ID of a rendition, AUDIO of a variant.
    pub(crate) group: Option<String>,
}

pub(crate) fn read(entries: &[Entry], sink: &mut Sink<'_>) -> Multivariant {
    let mut found = Multivariant::default();
    let mut open: Option<(usize, Attributes)> = None;
    for entry in entries {
        match &entry.what {
            What::Uri(uri) => {
                sink.must(9, open.is_some(), entry.line, || {
                    format!("{uri} without #EXT-X-STREAM-INF")
                });
                let (line, list) = open.take().unwrap_or_default();
                found.variants.push(Variant {
                    line,
                    uri: uri.clone(),
                    codecs: list.value("CODECS").map(str::to_owned),
                    is_rendition: false,
                    is_audio: false,
                    group: list.value("AUDIO").map(str::to_owned),
                });
            }
            What::Tag { name, list, .. } if name == "EXT-X-STREAM-INF" => {
                sink.must(9, open.is_none(), entry.line, || {
                    "#EXT-X-STREAM-INF without a URI".to_owned()
                });
                open = Some((entry.line, list.clone()));
            }
            What::Tag { name, list, .. } if name == "EXT-X-MEDIA" => {
                rendition(entry.line, list, &mut found, sink);
            }
            What::Tag { .. } => {}
        }
        // The URI is the next line that counts (4.4.6.2).
        let waits = open.as_ref().is_some_and(|(line, _)| *line != entry.line);
        sink.must(9, !waits, entry.line, || {
            "a tag between #EXT-X-STREAM-INF and its URI".to_owned()
        });
    }
    sink.must(30, open.is_none(), 0, || {
        "ends behind an #EXT-X-STREAM-INF".to_owned()
    });
    groups(&found, sink);
    found
}

fn rendition(line: usize, list: &Attributes, found: &mut Multivariant, sink: &mut Sink<'_>) {
    let kind = list.value("TYPE").unwrap_or_default();
    let subtitles = kind != "SUBTITLES" || list.has("URI");
    sink.must(4, subtitles, line, || format!("TYPE={kind} without URI"));
    let captions = kind != "CLOSED-CAPTIONS" || (!list.has("URI") && list.has("INSTREAM-ID"));
    sink.must(4, captions, line, || {
        format!("TYPE={kind} with URI or without INSTREAM-ID")
    });
    // 4.4.6.1: AUTOSELECT, if present, is YES where DEFAULT is.
    let chosen = !(list.is_yes("DEFAULT") && list.value("AUTOSELECT") == Some("NO"));
    sink.must(4, chosen, line, || "DEFAULT=YES,AUTOSELECT=NO".to_owned());
    found.variants.push(Variant {
        line,
        uri: list.value("URI").unwrap_or_default().to_owned(),
        codecs: None,
        is_rendition: true,
        is_audio: kind == "AUDIO",
        group: list.value("GROUP-ID").map(str::to_owned),
    });
}

/// A variant's AUDIO names a group that is there, and each group has its variant.
fn groups(found: &Multivariant, sink: &mut Sink<'_>) {
    for variant in found.variants.iter().filter(|v| !v.is_rendition) {
        let Some(group) = &variant.group else {
            continue;
        };
        let there = found
            .variants
            .iter()
            .any(|v| v.is_rendition && v.group.as_ref() == Some(group));
        sink.must(4, there, variant.line, || {
            format!("AUDIO={group:?} without #EXT-X-MEDIA")
        });
    }
    for rendition in found
        .variants
        .iter()
        .filter(|v| v.is_rendition && v.is_audio)
    {
        let used = found
            .variants
            .iter()
            .any(|v| !v.is_rendition && v.group == rendition.group);
        sink.should(4, used, rendition.line, || {
            format!("no variant has AUDIO={:?}", rendition.group)
        });
    }
}
