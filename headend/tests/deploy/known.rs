//! Every metric that a node can show, and the files under `deploy/`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use headend::http::counters::HttpSnapshot;
use headend::metrics::process::ProcessSnapshot;
use headend::metrics::render;
use headend::snapshot::{
    CertificateSnapshot, ChannelSnapshot, ContentSnapshot, HlsSnapshot, InputSnapshot,
    NodeSnapshot, OutputSnapshot,
};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// The names on `/metrics` of a node with every kind of input, and `up` of Prometheus.
pub(crate) fn metrics() -> BTreeSet<String> {
    let input = |url: &str| InputSnapshot {
        url: url.to_owned(),
        content: Some(ContentSnapshot {
            short_term_lufs: Some(-23.0),
            ..ContentSnapshot::default()
        }),
        ..InputSnapshot::default()
    };
    let channel = ChannelSnapshot {
        on_air: Some(0),
        inputs: ["srt://a", "rtp://b", "test:"].map(input).into(),
        outputs: vec![OutputSnapshot::default()],
        hls: Some(HlsSnapshot::default()),
        ..ChannelSnapshot::default()
    };
    let node = NodeSnapshot {
        certificate: Some(CertificateSnapshot::default()),
        channels: vec![channel],
        ..NodeSnapshot::default()
    };
    let text = render(&node, &HttpSnapshot::default(), &ProcessSnapshot::default()).unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix("# TYPE "))
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .chain(["up".to_owned()])
        .collect()
}

/// The metrics named in a PromQL expression.
pub(crate) fn named(expression: &str) -> BTreeSet<String> {
    expression
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("headend_"))
        .map(str::to_owned)
        .collect()
}
