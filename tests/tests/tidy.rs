//! The house's own rules, read from the tree.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !["target", "node_modules", "dist", "fuzz", ".git"].contains(&&*name) {
                    folders.push(path);
                }
            } else if name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Whether the file is of tests alone.
fn is_test(path: &Path) -> bool {
    let text = path.to_string_lossy();
    text.ends_with("tests.rs")
        || text.contains("/tests/")
        || text.ends_with("_test.rs")
        || text.ends_with("_tests.rs")
        || text.ends_with("/lab.rs")
}

/// Lines up to the tests at the file's end.
fn production(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let tests = lines.windows(2).position(|w| {
        w[0].trim() == "#[cfg(test)]"
            && w[1].trim_start().starts_with("mod ")
            && w[1].trim_end().ends_with('{')
    });
    lines[..tests.unwrap_or(lines.len())].to_vec()
}

fn production_files() -> Vec<PathBuf> {
    let mut all = files("packager/src", ".rs");
    all.extend(files("headend/src", ".rs"));
    all.extend(files("headend/media/src", ".rs"));
    all.retain(|p| !is_test(p));
    all
}

#[test]
fn no_production_file_is_longer_than_600_lines() {
    let long: Vec<_> = production_files()
        .into_iter()
        .map(|p| (production(&p).len(), p))
        .filter(|(lines, _)| *lines > 600)
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn the_packager_depends_on_nothing_of_ours_and_takes_no_clock_thread_socket_or_file() {
    let manifest: toml::Table = fs::read_to_string(root().join("packager/Cargo.toml"))
        .unwrap()
        .parse()
        .unwrap();
    for table in ["dependencies", "dev-dependencies"] {
        for (name, value) in manifest[table].as_table().unwrap() {
            assert!(!name.starts_with("headend"), "packager depends on {name}");
            assert!(
                value.get("path").is_none(),
                "packager depends on a path: {name}"
            );
        }
    }
    let banned = [
        "Instant::now",
        "SystemTime",
        "std::thread",
        "std::net::UdpSocket",
        "std::net::Tcp",
        "std::fs",
        "std::process",
        "tokio",
        "unsafe ",
    ];
    for path in files("packager/src", ".rs")
        .into_iter()
        .filter(|p| !is_test(p))
    {
        for (number, line) in production(&path).iter().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for word in banned {
                assert!(
                    !code.contains(word),
                    "{}:{}: {word}",
                    path.display(),
                    number + 1
                );
            }
        }
    }
}

#[test]
fn the_judge_of_hls_depends_on_nothing_and_its_files_are_short() {
    let manifest: toml::Table = fs::read_to_string(root().join("tests/rules/Cargo.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let dependencies = manifest["dependencies"].as_table().unwrap();
    assert!(dependencies.is_empty(), "{dependencies:?}");
    for path in files("tests/rules", ".rs") {
        let lines = production(&path).len();
        assert!(lines <= 600, "{}: {lines} lines", path.display());
    }
}

#[test]
fn sockets_and_unsafe_live_in_net_alone() {
    for path in files("headend/src", ".rs")
        .into_iter()
        .filter(|p| !is_test(p))
    {
        if path.to_string_lossy().contains("/src/net/") {
            continue;
        }
        for (number, line) in production(&path).iter().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for word in ["unsafe {", "UdpSocket", "unsafe impl"] {
                assert!(
                    !code.contains(word),
                    "{}:{}: {word}",
                    path.display(),
                    number + 1
                );
            }
        }
    }
}

#[test]
fn no_lint_is_allowed_and_no_note_of_unfinished_work_is_left() {
    let mut all = production_files();
    all.extend(files("tests", ".rs"));
    for path in all {
        if path.ends_with("tests/tests/tidy.rs") {
            continue;
        }
        for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            for word in [
                "#[allow(",
                "#![allow(",
                "todo!(",
                "unimplemented!(",
                "FIXME",
                "XXX",
                "dbg!(",
            ] {
                assert!(
                    !line.contains(word),
                    "{}:{}: {word}",
                    path.display(),
                    number + 1
                );
            }
        }
    }
}

#[test]
fn the_root_shows_what_it_shall_and_no_more() {
    let mut seen: Vec<String> = fs::read_dir(root())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| !n.starts_with('.') && n != "target" && n != "state")
        .collect();
    seen.sort();
    let expected = [
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "Makefile",
        "README.md",
        "benches",
        "deploy",
        "docs",
        "headend",
        "packager",
        "player-web",
        "tests",
    ];
    assert_eq!(seen, expected);
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut documents = files("docs", ".md");
    documents.push(root().join("README.md"));
    for path in documents {
        let text = fs::read_to_string(&path).unwrap();
        for link in text.split("](").skip(1) {
            let target = link.split([')', '#']).next().unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            let place = path.parent().unwrap().join(target);
            assert!(place.exists(), "{}: {target}", path.display());
        }
    }
}
