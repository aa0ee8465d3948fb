//! A player in simulated time: the judge of the rules fetches from windows that were kept with their
//! times, as if a server showed each when it was made.

use std::sync::Arc;
use std::time::Duration;

use hls_rules::{Fetch, Judge, Line, Protocol, Request, Severity, Verdict};
use packager::hls::{Answer, Directives, ObjectKind, Window};

use crate::support::Feed;

/// What a request takes that waits for nothing.
const TRIP: i64 = 4_000_000;

/// Windows with the times since which they are shown; `None` where nobody answers.
#[derive(Default)]
pub(crate) struct Shown {
    windows: Vec<(i64, Option<Arc<Window>>)>,
}

/// What the judge found.
pub(crate) struct Report(Vec<Line>);

impl Shown {
    /// Feeds `feed` and keeps its windows.
    pub(crate) fn run(&mut self, feed: &mut Feed, packets: &[packager::ts::RawPacket]) {
        feed.run_closely(packets, |_, at, packager| {
            self.windows.push((at, Some(packager.window())));
        });
    }

    /// From `at` on nobody answers.
    pub(crate) fn away(&mut self, at: i64) {
        self.windows.push((at, None));
    }

    /// Every window.
    pub(crate) fn windows(&self) -> impl Iterator<Item = &Arc<Window>> {
        self.windows
            .iter()
            .filter_map(|(_, window)| window.as_ref())
    }

    /// Fetches for as long as something is shown, and judges.
    pub(crate) fn judge(&self) -> Report {
        self.judge_list("index.m3u8")
    }

    /// The same, beginning with another list.
    pub(crate) fn judge_list(&self, list: &str) -> Report {
        // A node has been there for some time when a player comes.
        let listed = |(_, w): &&(i64, Option<Arc<Window>>)| {
            w.as_ref().is_some_and(|w| w.facts().segments >= 4)
        };
        let begin = self.windows.iter().find(listed).expect("segments").0;
        let end = self.windows.last().expect("windows").0;
        let mut judge = Judge::new(&format!("http://node/hls/hop/{list}"));
        let mut now = begin;
        while let Some(request) = judge.pull() {
            let at = i64::try_from(request.at.as_nanos()).expect("short") + begin;
            now = now.max(at);
            if now >= end {
                break;
            }
            let since = |now: i64| Duration::from_nanos((now - begin).cast_unsigned());
            match self.fetch(&request, now) {
                Some((mut fetch, done)) => {
                    (fetch.at, fetch.first) = (since(now), since(begin + done - now));
                    (fetch.content, fetch.took) = (fetch.first, fetch.first);
                    now = done;
                    judge.push(&fetch, request.range);
                }
                None => judge.failed(&request, since(now)),
            }
        }
        Report(judge.report())
    }

    fn index(&self, at: i64) -> usize {
        self.windows.partition_point(|(since, _)| *since <= at) - 1
    }

    /// The answer and when it comes; `None` where nobody answers.
    fn fetch(&self, request: &Request, now: i64) -> Option<(Fetch, i64)> {
        let path = request
            .url
            .strip_prefix("http://node/hls/hop/")
            .expect("of the channel");
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut fetch = Fetch {
            url: request.url.clone(),
            protocol: Some(Protocol::Http2),
            gzip: request.gzip,
            ..Fetch::default()
        };
        let Ok(directives) = Directives::read(query) else {
            fetch.status = 400;
            return Some((fetch, now + TRIP));
        };
        let mut later = self.windows.get(self.index(now)..)?.iter();
        let first = later.next()?.1.as_ref()?;
        let target = first.facts().target_duration;
        let (mut at, mut answer) = (now, first.ask(path, directives));
        while answer == Answer::Later {
            let Some((since, Some(window))) = later.next() else {
                return None;
            };
            at = *since;
            answer = window.ask(path, directives);
        }
        let patience = i64::try_from(target).expect("short") * 3_000_000_000;
        let in_time = at - now < patience;
        at = at.min(now + patience);
        let mut age = 1;
        fetch.status = match answer {
            Answer::Found(object) if in_time => {
                let is_playlist = object.kind == ObjectKind::Playlist;
                age = if is_playlist && directives.msn.is_none() {
                    1
                } else {
                    6 * target
                };
                fetch.body = object.body.to_vec();
                200
            }
            Answer::TooFar { .. } => 400,
            Answer::Nothing => 404,
            _ => 503,
        };
        let kind = match path.rsplit_once('.') {
            Some((_, "m3u8")) => "application/vnd.apple.mpegurl",
            Some((_, "ts")) => "video/mp2t",
            _ => "video/mp4",
        };
        let header = |name: &str, value: String| (name.to_owned(), value);
        fetch.headers = vec![
            header("content-type", kind.to_owned()),
            header("cache-control", format!("public, max-age={age}")),
        ];
        if path.ends_with(".m3u8") {
            fetch
                .headers
                .push(header("content-encoding", "gzip".to_owned()));
        }
        Some((fetch, at + TRIP))
    }
}

impl Report {
    /// Rules that must hold and did not, with what was seen, but for those in `but`.
    pub(crate) fn broken(&self, but: &[&str]) -> Vec<String> {
        let broken = |line: &&Line| line.verdict == Verdict::Broken(Severity::Must);
        let lines = self.0.iter().filter(broken);
        let lines = lines.filter(|line| !but.contains(&line.rule.id().as_str()));
        let findings = lines.flat_map(|line| &line.findings);
        let findings = findings.filter(|f| f.severity == Severity::Must);
        let text = findings.map(|f| {
            let (id, at, url) = (f.rule.id(), f.at.as_secs_f64(), &f.url);
            format!("{id} at {at:.2} s, {url}, line {:?}: {}", f.line, f.seen)
        });
        text.collect()
    }

    /// Whether `rule` was judged and held, its recommendations included.
    pub(crate) fn held(&self, rule: &str) -> bool {
        let mut lines = self.0.iter();
        lines.any(|line| line.rule.id() == rule && line.verdict == Verdict::Held)
    }

    /// When `rule` was broken, in seconds since the player came.
    pub(crate) fn times(&self, rule: &str) -> Vec<f64> {
        let lines = self.0.iter().filter(|line| line.rule.id() == rule);
        let findings = lines.flat_map(|line| &line.findings);
        findings.map(|f| f.at.as_secs_f64()).collect()
    }
}
