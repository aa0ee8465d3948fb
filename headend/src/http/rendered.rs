//! The node as JSON, made once for each snapshot: after an event every open page asks for it at
//! once, and all get the same bytes.

use std::io::Write;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::snapshot::NodeSnapshot;

/// The last snapshot that was asked for, as it goes out.
#[derive(Debug, Default)]
pub(super) struct Rendered(ArcSwapOption<Texts>);

/// One snapshot's texts.
#[derive(Debug)]
pub(super) struct Texts {
    of: Arc<NodeSnapshot>,
    pub(super) plain: Bytes,
    pub(super) gzip: Bytes,
}

impl Rendered {
    /// The texts of `snapshot`.
    pub(super) fn texts(&self, snapshot: &Arc<NodeSnapshot>) -> Arc<Texts> {
        if let Some(texts) = &*self.0.load()
            && Arc::ptr_eq(&texts.of, snapshot)
        {
            return texts.clone();
        }
        let texts = Arc::new(Texts::new(snapshot.clone()));
        self.0.store(Some(texts.clone()));
        texts
    }
}

impl Texts {
    fn new(of: Arc<NodeSnapshot>) -> Self {
        // Neither can fail: the snapshot has string keys alone, and memory takes every byte.
        let plain = serde_json::to_vec(&*of).unwrap_or_default();
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        let gzip = encoder
            .write_all(&plain)
            .and_then(|()| encoder.finish())
            .unwrap_or_default();
        Self {
            of,
            plain: plain.into(),
            gzip: gzip.into(),
        }
    }
}

/// Whether the client takes gzip (RFC 9110, 12.5.3).
pub(super) fn takes_gzip(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let named = parts.next().is_some_and(|c| c.eq_ignore_ascii_case("gzip"));
            named
                && !parts.any(|weight| {
                    weight.starts_with("q=0")
                        && weight.trim_matches(['q', '=', '0', '.']).is_empty()
                })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_snapshot_is_made_into_text_once() {
        let rendered = Rendered::default();
        let snapshot = Arc::new(NodeSnapshot::default());
        let first = rendered.texts(&snapshot);
        assert!(Arc::ptr_eq(&first, &rendered.texts(&snapshot)));
        // Equal, and yet another moment.
        let other = Arc::new(NodeSnapshot::default());
        assert!(!Arc::ptr_eq(&first, &rendered.texts(&other)));
    }

    #[test]
    fn gzip_goes_only_to_who_takes_it() {
        let takes = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, value.parse().unwrap());
            takes_gzip(&headers)
        };
        for yes in [
            "gzip",
            "br, GZIP",
            "gzip;q=0.5",
            "gzip; q=1",
            "deflate,gzip;q=0.001",
        ] {
            assert!(takes(yes), "{yes}");
        }
        for no in ["", "br", "gzip;q=0", "gzip; q=0.000", "x-gzip", "identity"] {
            assert!(!takes(no), "{no}");
        }
    }
}
