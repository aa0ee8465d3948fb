//! `docs/dependencies.md` says what the manifests say.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = "docs/dependencies.md";
/// Manifests in the order of the page.
const MANIFESTS: [&str; 6] = [
    "packager/Cargo.toml",
    "headend/Cargo.toml",
    "headend/media/Cargo.toml",
    "tests/Cargo.toml",
    "tests/fuzz/Cargo.toml",
    "benches/Cargo.toml",
];
/// JSON has no comments, so the page's reasons stand here.
const PLAYER: [(&str, &str); 10] = [
    (
        "@bbc/tv-lrud-spatial",
        "Six keys: where the focus goes on a television.",
    ),
    (
        "@fontsource/be-vietnam-pro",
        "A font with all Vietnamese marks, on televisions that lack one.",
    ),
    ("hls.js", "Plays HLS where the browser does not."),
    (
        "@types/node",
        "Tests only: types of the scripts that build and test.",
    ),
    (
        "acorn",
        "Build only: refuses a script that is newer than ES2016.",
    ),
    ("axe-core", "Tests only: accessibility, WCAG 2.2 AA."),
    (
        "esbuild",
        "Build only: one file of ES2016 that Chromium 53 runs.",
    ),
    (
        "playwright-core",
        "Tests only: drives Debian's Chromium and Firefox.",
    ),
    (
        "shaka-player",
        "Tests only: the player of many television applications, against our HLS.",
    ),
    ("typescript", "Build only: checks the types."),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Name, whether for tests alone, and reason of each direct dependency that is not ours. A comment
/// holds for all lines up to the next comment or empty line.
fn reasons(manifest: &str) -> Vec<(String, bool, String)> {
    let (mut found, mut table, mut reason, mut fresh) = (Vec::new(), "", String::new(), true);
    let text = read(manifest);
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[') {
            table = name.trim_end_matches(']');
        } else if let Some(comment) = line.strip_prefix('#') {
            if fresh {
                reason.clear();
            }
            fresh = false;
            reason = format!("{reason} {}", comment.trim()).trim().to_owned();
        } else if line.is_empty() {
            (reason, fresh) = (String::new(), true);
        } else if table.ends_with("dependencies") && !table.starts_with("workspace") {
            fresh = true;
            let name = line.split([' ', '.', '=']).next().unwrap_or_default();
            if line.contains("path = ") || line.contains(".workspace = true") {
                continue;
            }
            assert!(!reason.is_empty(), "{manifest}: no reason for `{name}`");
            found.push((name.to_owned(), table.starts_with("dev"), reason.clone()));
        }
    }
    found
}

fn section(manifest: &str) -> String {
    let mut out = format!(
        "## {}\n\n| crate | why |\n|---|---|\n",
        manifest.trim_end_matches("/Cargo.toml")
    );
    for (name, dev, reason) in reasons(manifest) {
        let only = if dev { "Tests only: " } else { "" };
        let _ = writeln!(out, "| {name} | {only}{reason} |");
    }
    out
}

fn player() -> String {
    let package: serde_json::Value =
        serde_json::from_str(&read("player-web/package.json")).unwrap();
    let mut names = Vec::new();
    for table in ["dependencies", "devDependencies"] {
        names.extend(package[table].as_object().unwrap().keys().cloned());
    }
    let known: Vec<_> = PLAYER.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(
        names, known,
        "player-web/package.json against the reasons in this test"
    );
    let mut out = String::from("## player-web\n\n| package | why |\n|---|---|\n");
    for (name, reason) in PLAYER {
        let _ = writeln!(out, "| {name} | {reason} |");
    }
    out
}

#[test]
fn the_page_names_every_direct_dependency_with_the_reason_in_its_manifest() {
    let page = read(PAGE);
    let words = page.split("\n## ").next().unwrap().trim_end();
    let mut sections: Vec<_> = MANIFESTS.iter().map(|m| section(m)).collect();
    sections.insert(3, player());
    let expected = format!("{words}\n\n{}", sections.join("\n"));
    if std::env::var_os("HEADEND_WRITE").is_some() {
        fs::write(root().join(PAGE), &expected).unwrap();
    }
    assert!(
        read(PAGE) == expected,
        "{PAGE} differs from the manifests; HEADEND_WRITE=1 writes it"
    );
}
