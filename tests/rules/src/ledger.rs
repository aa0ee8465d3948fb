//! What was judged and what was found.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::rule::{RULES, Rule};

/// Findings of one rule that are kept; the others are counted.
const KEPT: usize = 20;

/// How binding what was broken is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// MUST in the draft, or made so by this house.
    Must,
    /// SHOULD, or recommended.
    Should,
}

/// A rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub rule: &'static Rule,
    /// How binding it is here; one rule can have both.
    pub severity: Severity,
    /// What was fetched.
    pub url: String,
    /// When it was asked for.
    pub at: Duration,
    /// The line of the playlist, from 1.
    pub line: Option<usize>,
    /// What was seen, in tags and numbers that need no translation.
    pub seen: String,
}

/// How a rule came off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Judged, and kept.
    Held,
    /// Broken at least once.
    Broken(Severity),
    /// Nothing came that it could be judged by.
    NotSeen,
}

/// A rule with its verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which.
    pub rule: &'static Rule,
    /// How it came off.
    pub verdict: Verdict,
    /// How often it was judged.
    pub judged: u64,
    /// How often it was broken.
    pub broken: u64,
    /// The first findings, musts before shoulds.
    pub findings: Vec<Finding>,
}

#[derive(Clone, Debug, Default)]
struct Entry {
    judged: u64,
    broken: u64,
    /// Up to [`KEPT`] of each severity.
    musts: Vec<Finding>,
    shoulds: Vec<Finding>,
}

/// The memory of all checks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    entries: BTreeMap<u8, Entry>,
}

impl Ledger {
    /// For checks of what was fetched from `url` at `at`.
    pub(crate) fn sink<'a>(&'a mut self, url: &'a str, at: Duration) -> Sink<'a> {
        Sink {
            ledger: self,
            url,
            at,
        }
    }

    pub(crate) fn report(&self) -> Vec<Line> {
        let none = Entry::default();
        let line = |rule: &'static Rule| {
            let entry = self.entries.get(&rule.number).unwrap_or(&none);
            let verdict = match () {
                () if !entry.musts.is_empty() => Verdict::Broken(Severity::Must),
                () if !entry.shoulds.is_empty() => Verdict::Broken(Severity::Should),
                () if entry.judged > 0 => Verdict::Held,
                () => Verdict::NotSeen,
            };
            Line {
                rule,
                verdict,
                judged: entry.judged,
                broken: entry.broken,
                findings: entry.musts.iter().chain(&entry.shoulds).cloned().collect(),
            }
        };
        RULES.iter().map(line).collect()
    }
}

/// Where the checks of one fetch go.
pub(crate) struct Sink<'a> {
    ledger: &'a mut Ledger,
    url: &'a str,
    at: Duration,
}

impl Sink<'_> {
    /// Rule `rule` was judged; where it does not hold, `seen` says why. Line 0 is no line.
    pub(crate) fn must(
        &mut self,
        rule: u8,
        holds: bool,
        line: usize,
        seen: impl FnOnce() -> String,
    ) {
        self.put((rule, Severity::Must), holds, line, seen);
    }

    /// The same for what is only recommended.
    pub(crate) fn should(
        &mut self,
        rule: u8,
        holds: bool,
        line: usize,
        seen: impl FnOnce() -> String,
    ) {
        self.put((rule, Severity::Should), holds, line, seen);
    }

    fn put(
        &mut self,
        (number, severity): (u8, Severity),
        holds: bool,
        line: usize,
        seen: impl FnOnce() -> String,
    ) {
        let Some(rule) = Rule::numbered(number) else {
            return;
        };
        let entry = self.ledger.entries.entry(number).or_default();
        entry.judged += 1;
        if holds {
            return;
        }
        entry.broken += 1;
        let kept = match severity {
            Severity::Must => &mut entry.musts,
            Severity::Should => &mut entry.shoulds,
        };
        if kept.len() < KEPT {
            kept.push(Finding {
                rule,
                severity,
                url: self.url.to_owned(),
                at: self.at,
                line: Some(line).filter(|line| *line > 0),
                seen: seen()
                    .chars()
                    .filter(|c| !c.is_control())
                    .take(200)
                    .collect(),
            });
        }
    }
}
