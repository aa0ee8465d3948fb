//! `headend probe URL --rules`: HLS fetched as a player does, and judged by `hls_rules`. The judge
//! says what to fetch and when; this is its network and its clock.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read as _;
use std::thread;
use std::time::{Duration, Instant};

use hls_rules::{Fetch, Finding, Judge, Line, Protocol, Request, Severity, Verdict};
use hyper::Version;
use hyper::header::{self, HeaderValue};
use serde::Serialize;

use super::super::client::{Answer, Client};
use super::super::words::Words;
use super::super::{Exit, Failure, Global, Surroundings, print, print_json};
use super::Progress;
use crate::cause::Text;
use crate::config::fault::Language;
use crate::preflight::say;

/// A playlist that is longer when it is unpacked is none.
const UNPACKED: u64 = 32 << 20;
/// The columns before what a rule asks.
const INDENT: usize = 26;

/// Judges what is at `url` for `time`.
pub(super) fn run(url: &str, time: Duration, around: &Surroundings) -> Result<Exit, Failure> {
    origin(url)?;
    let mut player = Player {
        global: &around.global,
        began: Instant::now(),
        clients: BTreeMap::new(),
    };
    let mut judge = Judge::new(url);
    let mut progress = Progress::new();
    let (mut answers, mut failed, mut reason) = (0u64, 0u64, None);
    while let Some(request) = judge.pull() {
        let now = player.began.elapsed();
        if request.at.max(now) >= time {
            break;
        }
        let share = now.as_secs_f64() / time.as_secs_f64().max(0.001);
        progress.draw(Some(share), &format!("{} s  {answers}", now.as_secs()));
        thread::sleep(request.at.saturating_sub(now));
        match player.fetch(&request) {
            Ok(fetch) => {
                answers += 1;
                judge.push(&fetch, request.range);
            }
            Err(failure) => {
                failed += 1;
                judge.failed(&request, player.began.elapsed());
                reason = Some(failure);
            }
        }
    }
    progress.clear();
    if let Some(failure) = reason.filter(|_| answers == 0) {
        return Err(failure);
    }
    let report = judge.report();
    match around.json() {
        true => print_json(&Report::of(url, time, (answers, failed), &report))?,
        false => print(&text(&report, (answers, failed), around))?,
    }
    let broken = |line: &Line| line.verdict == Verdict::Broken(Severity::Must);
    Ok(match report.iter().any(broken) {
        true => Exit::Failed,
        false => Exit::Done,
    })
}

/// `http://HOST:PORT` and the path.
fn origin(url: &str) -> Result<(String, String), Failure> {
    let wrong = || Failure::Usage(format!("{url}: http://HOST:PORT/PATH.m3u8"));
    let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
    let port = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return Err(wrong()),
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if host.is_empty() {
        return Err(wrong());
    }
    let after = host.rsplit(']').next().unwrap_or(host);
    let host = match after.contains(':') {
        true => host.to_owned(),
        false => format!("{host}:{port}"),
    };
    let path = path.split('#').next().unwrap_or_default();
    Ok((format!("{scheme}://{host}"), format!("/{path}")))
}

/// The network, as the judge needs it.
struct Player<'a> {
    global: &'a Global,
    began: Instant,
    /// By origin: segments may be elsewhere.
    clients: BTreeMap<String, Client>,
}

impl Player<'_> {
    fn fetch(&mut self, request: &Request) -> Result<Fetch, Failure> {
        let (origin, path) = origin(&request.url)?;
        if !self.clients.contains_key(&origin) {
            let node = Some(origin.clone());
            let global = Global {
                node,
                ..self.global.clone()
            };
            self.clients.insert(origin.clone(), Client::find(&global)?);
        }
        let client = self.clients.get(&origin);
        let client = client.ok_or_else(|| Failure::Usage(origin.clone()))?;
        let mut headers = Vec::new();
        if request.gzip {
            headers.push((header::ACCEPT_ENCODING, HeaderValue::from_static("gzip")));
        }
        if let Some((offset, length)) = request.range {
            let last = offset.saturating_add(length).saturating_sub(1);
            let range = HeaderValue::from_str(&format!("bytes={offset}-{last}"));
            headers.extend(range.ok().map(|range| (header::RANGE, range)));
        }
        let at = self.began.elapsed();
        let answer = client.ask(&path, headers)?;
        let took = self.began.elapsed().saturating_sub(at);
        let (first, status) = (answer.first, answer.status.as_u16());
        let names = answer.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.as_str().to_owned(), value.into_owned())
        });
        // HTTP/2 is offered by HTTPS alone.
        let protocol = match answer.version {
            Version::HTTP_2 => Some(Protocol::Http2),
            _ => request
                .url
                .starts_with("https://")
                .then_some(Protocol::Http1),
        };
        Ok(Fetch {
            url: request.url.clone(),
            at,
            first,
            content: answer.content,
            took,
            status,
            headers: names.collect(),
            body: unpacked(&answer)?,
            protocol,
            gzip: request.gzip,
        })
    }
}

/// The content, with its coding undone.
fn unpacked(answer: &Answer) -> Result<Vec<u8>, Failure> {
    let coding = answer.headers.get(header::CONTENT_ENCODING);
    if coding.is_none_or(|coding| coding != "gzip") {
        return Ok(answer.body.to_vec());
    }
    let mut body = Vec::new();
    let decoder = flate2::read::GzDecoder::new(&answer.body[..]);
    let read = decoder.take(UNPACKED).read_to_end(&mut body);
    read.map_err(|error| Failure::Failed(format!("gzip: {error}")))?;
    Ok(body)
}

/// For programs.
#[derive(Debug, Serialize)]
struct Report<'a> {
    url: &'a str,
    seconds: f64,
    answers: u64,
    /// Requests to which nobody answered.
    failed: u64,
    rules: Vec<RuleLine>,
}

#[derive(Debug, Serialize)]
struct RuleLine {
    id: String,
    /// `held`, `broken` or `not-seen`.
    verdict: &'static str,
    /// `must` or `should`, of what is broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<&'static str>,
    section: &'static str,
    judged: u64,
    broken: u64,
    asks: &'static str,
    findings: Vec<Found>,
}

#[derive(Debug, Serialize)]
struct Found {
    severity: &'static str,
    at_seconds: f64,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    seen: String,
}

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Must => "must",
        Severity::Should => "should",
    }
}

impl<'a> Report<'a> {
    fn of(url: &'a str, time: Duration, (answers, failed): (u64, u64), lines: &[Line]) -> Self {
        let found = |finding: &Finding| Found {
            severity: severity(finding.severity),
            at_seconds: finding.at.as_secs_f64(),
            url: finding.url.clone(),
            line: finding.line,
            seen: finding.seen.clone(),
        };
        let line = |line: &Line| RuleLine {
            id: line.rule.id(),
            verdict: match line.verdict {
                Verdict::Held => "held",
                Verdict::Broken(_) => "broken",
                Verdict::NotSeen => "not-seen",
            },
            severity: match line.verdict {
                Verdict::Broken(how) => Some(severity(how)),
                _ => None,
            },
            section: line.rule.section,
            judged: line.judged,
            broken: line.broken,
            asks: line.rule.english,
            findings: line.findings.iter().map(found).collect(),
        };
        Self {
            url,
            seconds: time.as_secs_f64(),
            answers,
            failed,
            rules: lines.iter().map(line).collect(),
        }
    }
}

/// For people: each rule, and below a broken one what was seen first.
fn text(lines: &[Line], (answers, failed): (u64, u64), around: &Surroundings) -> String {
    let words = around.words;
    let mut out = String::new();
    let (mut held, mut broken, mut unseen) = (0, 0, 0);
    for line in lines {
        let (count, verdict) = match line.verdict {
            Verdict::Held => (&mut held, say("held", "đạt")),
            Verdict::Broken(Severity::Must) => (&mut broken, say("BROKEN", "VI PHẠM")),
            Verdict::Broken(Severity::Should) => (&mut broken, say("broken (should)", "nên sửa")),
            Verdict::NotSeen => (&mut unseen, say("not seen", "không gặp")),
        };
        *count += 1;
        let asks = match around.language {
            Language::English => line.rule.english,
            Language::Vietnamese => line.rule.vietnamese,
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{}  {:<19}  {asks}",
            line.rule.id(),
            words.text(&verdict)
        );
        if let Some(finding) = line.findings.first() {
            first(&mut out, finding, line.broken, words);
        }
    }
    let summary = say(
        format!(
            "{held} held, {broken} broken, {unseen} not seen; {answers} answers, {failed} requests without one"
        ),
        format!(
            "{held} đạt, {broken} vi phạm, {unseen} không gặp; {answers} trả lời, {failed} yêu cầu không được trả lời"
        ),
    );
    out + "\n" + words.text(&summary) + "\n"
}

fn first(out: &mut String, finding: &Finding, count: u64, words: &Words) {
    let place = match finding.line {
        Some(line) => format!("{}:{line}", finding.url),
        None => finding.url.clone(),
    };
    let times: Text = say(format!("{count} times"), format!("{count} lần"));
    let at = finding.at.as_secs_f64();
    let indent = " ".repeat(INDENT);
    let _ = writeln!(out, "{indent}{at:.1}s {place}");
    let _ = writeln!(out, "{indent}{} ({})", finding.seen, words.text(&times));
}

#[cfg(test)]
mod tests {
    use super::origin;

    #[test]
    fn a_url_is_an_origin_with_its_port_and_a_path() {
        for (url, host, path) in [
            ("http://a/b.m3u8?c=/d#e", "http://a:80", "/b.m3u8?c=/d"),
            ("https://a/b", "https://a:443", "/b"),
            ("http://[::1]:8080/b", "http://[::1]:8080", "/b"),
            ("http://[::1]", "http://[::1]:80", "/"),
        ] {
            let read = origin(url).unwrap();
            assert_eq!((&*read.0, &*read.1), (host, path), "{url}");
        }
        for wrong in ["a.m3u8", "udp://a:1", "http:///a"] {
            assert!(origin(wrong).is_err(), "{wrong}");
        }
    }
}
