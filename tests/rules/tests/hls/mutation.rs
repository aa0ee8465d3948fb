//! Valid playlists with one small change: how many are found out.
//!
//! One answer of a server that obeys every rule is changed, and a judge watches it as before. A change is left out where it means nothing:
//! - two neighbouring tags change places and both apply to the same thing (the playlist, or the next
//!   segment), so that the order of the two says nothing;
//! - EXT-X-PRELOAD-HINT or EXT-X-RENDITION-REPORT stands a line earlier;
//! - a tag is doubled that sets what it has just set (EXT-X-MAP, EXT-X-KEY, EXT-X-BITRATE,
//!   EXT-X-DATERANGE, EXT-X-MEDIA);
//! - in a multivariant playlist, what only describes (rates, size, name, language, channels, which
//!   rendition is the default one) or what may be left out (EXT-X-INDEPENDENT-SEGMENTS; EXT-X-VERSION
//!   where nothing above version 1 is used);
//! - a report of the same number as its absence, or an attribute that may be left out and is at its
//!   default.

use hls_rules::{Fetch, Request, Verdict};

use crate::server::{Base, Server, Visit};

const SECONDS: f64 = 13.0;
/// Of 100 changed playlists so many are found out at least.
const CAUGHT: usize = 95;

type Record = Vec<(Request, Fetch)>;

/// A changed playlist, and what was done.
struct Mutant {
    text: String,
    what: String,
}

#[test]
fn changed_playlists_are_found_out() {
    let (mut all, mut missed) = (0, Vec::new());
    for base in [
        Base::Ts,
        Base::Cmaf,
        Base::Low,
        Base::LowSingle,
        Base::Secret,
    ] {
        let server = Server::new(base);
        assert!(!is_caught(&server, None), "{base:?} itself");
        let record: Record = Visit::new(&server, SECONDS).collect();
        for at in chosen(&record) {
            let fetch = &record[at].1;
            let text = String::from_utf8(fetch.body.clone()).unwrap();
            for mutant in mutants(&text) {
                all += 1;
                if !is_caught(&server, Some((at, mutant.text.into_bytes()))) {
                    missed.push(format!("{base:?} {}: {}", fetch.url, mutant.what));
                }
            }
        }
    }
    let caught = all - missed.len();
    let share = 100.0 * caught as f64 / all as f64;
    println!("{caught} of {all} changed playlists found out ({share:.1} %); missed:");
    for one in &missed {
        println!("  {one}");
    }
    assert!(all > 2000, "{all} are few");
    assert!(caught * 100 >= all * CAUGHT);
}

fn is_caught(server: &Server, changed: Option<(usize, Vec<u8>)>) -> bool {
    let mut visit = Visit::new(server, SECONDS);
    visit.changed = changed;
    visit.by_ref().for_each(drop);
    let report = visit.judge.report();
    report
        .iter()
        .any(|line| matches!(line.verdict, Verdict::Broken(_)))
}

/// The multivariant playlist, the first of a rendition, one in the middle, a delta update.
fn chosen(record: &Record) -> Vec<usize> {
    let is = |at: &usize| record[*at].1.body.starts_with(b"#EXTM3U");
    let all: Vec<usize> = (0..record.len()).filter(is).collect();
    let delta = all
        .iter()
        .find(|at| record[**at].1.body.windows(10).any(|w| w == b"EXT-X-SKIP"));
    let mut some = vec![all[0], all[1], all[all.len() / 2]];
    some.extend(delta);
    some.sort_unstable();
    some.dedup();
    some
}

fn mutants(text: &str) -> Vec<Mutant> {
    let lines: Vec<&str> = text.lines().collect();
    let multivariant = text.contains("#EXT-X-STREAM-INF");
    let mut all = Vec::new();
    let mut put = |what: String, lines: Vec<String>| {
        all.push(Mutant {
            text: lines.join("\n") + "\n",
            what,
        });
    };
    let owned = || lines.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>();
    for (at, line) in lines.iter().enumerate() {
        if !(multivariant && may_go(line)) {
            let mut without = owned();
            without.remove(at);
            put(format!("deleted {line}"), without);
        }
        if !same_twice(line) {
            let mut twice = owned();
            twice.insert(at, (*line).to_owned());
            put(format!("doubled {line}"), twice);
        }
        if let Some(next) = lines
            .get(at + 1)
            .filter(|next| *next != line && !same_order(line, next))
        {
            let mut swapped = owned();
            swapped.swap(at, at + 1);
            put(format!("swapped {line} and {next}"), swapped);
        }
        for (what, changed) in numbers(line).into_iter().chain(attributes(line)) {
            if !(multivariant && describes(&what)) {
                let mut other = owned();
                other[at].clone_from(&changed);
                put(format!("{line} to {changed}"), other);
            }
        }
    }
    all
}

fn may_go(line: &str) -> bool {
    ["#EXT-X-INDEPENDENT-SEGMENTS", "#EXT-X-VERSION"]
        .iter()
        .any(|tag| line.starts_with(tag))
}

fn same_twice(line: &str) -> bool {
    let tags = [
        "#EXT-X-MAP",
        "#EXT-X-KEY",
        "#EXT-X-BITRATE",
        "#EXT-X-DATERANGE",
        "#EXT-X-MEDIA:",
    ];
    tags.iter().any(|tag| line.starts_with(tag))
}

/// Whether two neighbours mean the same in the other order.
fn same_order(a: &str, b: &str) -> bool {
    let told = |line: &str| {
        line.starts_with("#EXT-X-PRELOAD-HINT") || line.starts_with("#EXT-X-RENDITION-REPORT")
    };
    if told(a) || told(b) {
        return true;
    }
    let tag = |line: &str| {
        line.starts_with("#EXT") && line != "#EXTM3U" && !line.starts_with("#EXT-X-STREAM-INF")
    };
    let counts = |line: &str| line.contains("-SEQUENCE:") || line.starts_with("#EXT-X-SKIP");
    let of_segment = |line: &str| {
        ["#EXTINF", "#EXT-X-DISCONTINUITY", "#EXT-X-SKIP"]
            .iter()
            .any(|t| line.starts_with(t))
            && !counts(line)
            || line.starts_with("#EXT-X-SKIP")
    };
    let part = |line: &str| line.starts_with("#EXT-X-PART:");
    let before_part = |line: &str| {
        [
            "#EXT-X-DISCONTINUITY",
            "#EXT-X-MAP",
            "#EXT-X-KEY",
            "#EXT-X-PROGRAM",
        ]
        .iter()
        .any(|t| line.starts_with(t))
    };
    // An EXT-X-KEY without IV before or behind an EXT-X-MAP is the one exception, and not here.
    let clash = counts(a) && of_segment(b) || counts(b) && of_segment(a);
    let parts = part(a) && (part(b) || before_part(b)) || part(b) && before_part(a);
    tag(a) && tag(b) && !clash && !parts
}

/// Each number of a line, one up and one down; with the name of the attribute that it is in.
fn numbers(line: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let bytes = line.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes[at..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count();
        if length == 0 {
            at += 1;
            continue;
        }
        let digits = &line[at..at + length];
        let before = &line[..at];
        let name = before.rsplit_once('=').map_or(before, |(name, _)| name);
        let name = name.rsplit([',', ':']).next().unwrap().to_owned();
        let value: u64 = digits.parse().unwrap();
        for value in [value.checked_add(1), value.checked_sub(1)]
            .into_iter()
            .flatten()
        {
            let changed = format!("{before}{value:0length$}{}", &line[at + length..]);
            // `M3U` and version 7 for 6 say nothing else; the first is another word.
            found.push((name.clone(), changed));
        }
        at += length;
    }
    found
}

/// Attributes taken out, and YES turned.
fn attributes(line: &str) -> Vec<(String, String)> {
    let Some((tag, list)) = line
        .split_once(':')
        .filter(|(tag, list)| tag.starts_with("#EXT") && list.contains('='))
    else {
        return Vec::new();
    };
    let mut pairs: Vec<String> = Vec::new();
    for piece in list.split(',') {
        match pairs
            .last_mut()
            .filter(|last| last.matches('"').count() == 1)
        {
            Some(open) => *open += &format!(",{piece}"),
            None => pairs.push(piece.to_owned()),
        }
    }
    let mut found = Vec::new();
    for at in 0..pairs.len() {
        let name = pairs[at].split('=').next().unwrap().to_owned();
        let mut rest = pairs.clone();
        rest.remove(at);
        found.push((name.clone(), format!("{tag}:{}", rest.join(","))));
        if pairs[at].ends_with("=YES") {
            let mut turned = pairs.clone();
            turned[at] = format!("{name}=NO");
            found.push((name, format!("{tag}:{}", turned.join(","))));
        }
    }
    found
}

/// What a multivariant playlist only tells.
fn describes(name: &str) -> bool {
    let names = [
        "BANDWIDTH",
        "AVERAGE-BANDWIDTH",
        "RESOLUTION",
        "FRAME-RATE",
        "NAME",
        "LANGUAGE",
        "CHANNELS",
        "DEFAULT",
        "AUTOSELECT",
        "6",
        "#EXT-X-VERSION",
    ];
    names.contains(&name)
}
