//! A server that obeys every rule, under a clock driven by hand: segments of 2 s, parts of 0.5 s.

use std::fmt::Write as _;
use std::time::Duration;

use hls_rules::{Fetch, Judge, Protocol, Request};

use crate::mux::{self, Kind};

pub(crate) const HOST: &str = "http://origin";
/// Half-seconds in a segment.
const SPAN: u64 = 4;
/// 2026-11-22T00:00:00Z.
const EPOCH: u64 = 1_795_305_600_000;

/// What is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    /// Two variants of transport streams.
    Ts,
    /// One media playlist of transport streams.
    Single,
    /// Fragments: a picture and a sound.
    Cmaf,
    /// The same in parts.
    Low,
    /// One media playlist of parts.
    LowSingle,
    /// Packed audio.
    Packed,
    /// Under AES-128.
    Secret,
}

/// What a fixture may turn.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) base: Base,
    /// The server's time, in seconds, at a true time.
    pub(crate) warp: fn(f64) -> f64,
    /// Segments listed at a time.
    pub(crate) window: fn(f64) -> u64,
    /// How long a segment is there after it came, in seconds.
    pub(crate) keep: f64,
    /// What the dates of a segment are off by, in milliseconds.
    pub(crate) skew: fn(u64) -> i64,
    /// Ticks of 90 kHz by which the time stamps leap at a discontinuity.
    pub(crate) leap: u64,
    /// How long parts are listed, in seconds from the end.
    pub(crate) stale: f64,
    /// What is left when segments are skipped, in seconds.
    pub(crate) skip: f64,
    pub(crate) blocks: bool,
    /// The playlist's URL does not say what it is.
    pub(crate) nameless: bool,
    /// When ENDLIST is written, and when the presentation is gone.
    pub(crate) ends: f64,
    pub(crate) gone: f64,
    /// By what the second playlist is behind, in seconds.
    pub(crate) lag: f64,
    /// Changes an answer; the last word.
    pub(crate) tamper: fn(&mut Fetch, f64),
}

impl Server {
    pub(crate) fn new(base: Base) -> Self {
        Self {
            base,
            warp: |now| now,
            window: |_| 10,
            keep: 24.0,
            skew: |_| 0,
            leap: 90_000_000,
            stale: 6.0,
            skip: 12.0,
            blocks: true,
            nameless: false,
            ends: f64::INFINITY,
            gone: f64::INFINITY,
            lag: 0.0,
            tamper: |_, _| {},
        }
    }

    fn is_low(&self) -> bool {
        matches!(self.base, Base::Low | Base::LowSingle)
    }

    pub(crate) fn root(&self) -> String {
        match self.base {
            Base::Ts | Base::Cmaf | Base::Low => format!("{HOST}/live/index.m3u8"),
            _ if self.nameless => format!("{HOST}/live/a/index"),
            _ => format!("{HOST}/live/a/index.m3u8"),
        }
    }

    /// Half-seconds of media that are there.
    fn there(&self, now: f64, dir: &str) -> u64 {
        let lag = if dir == "b" { self.lag } else { 0.0 };
        let now = (self.warp)(now).min(self.ends) - lag;
        // 70 s were sent before.
        ((now + 70.0) * 2.0 + 1e-6) as u64
    }

    /// The answer to a request that is made at `now`.
    pub(crate) fn answer(&self, url: &str, range: Option<(u64, u64)>, now: f64) -> Fetch {
        let mut fetch = Fetch {
            url: url.to_owned(),
            at: Duration::from_secs_f64(now),
            first: Duration::from_millis(5),
            took: Duration::from_millis(10),
            status: 200,
            ..Fetch::default()
        };
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let path = path.strip_prefix(HOST).unwrap();
        if path.ends_with("/index.m3u8") || path.ends_with("/index") {
            self.playlist(path, query, now, &mut fetch);
        } else {
            self.media(path, now, &mut fetch);
        }
        if let Some((offset, length)) = range {
            let begin = usize::try_from(offset).unwrap().min(fetch.body.len());
            let end = (begin + usize::try_from(length).unwrap()).min(fetch.body.len());
            fetch.body = fetch.body[begin..end].to_vec();
            fetch.status = 206;
        }
        fetch.content = fetch.first;
        (self.tamper)(&mut fetch, now);
        fetch
    }

    fn playlist(&self, path: &str, query: &str, now: f64, fetch: &mut Fetch) {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        fetch.gzip = true;
        fetch.protocol = Some(Protocol::Http2);
        let directive = |name: &str| {
            let mut pairs = query.split('&').filter_map(|p| p.split_once('='));
            pairs
                .find(|(n, _)| *n == name)
                .and_then(|(_, v)| v.parse::<u64>().ok())
        };
        let dir = path.trim_start_matches("/live/").split('/').next().unwrap();
        let mut age = 1;
        let mut at = now;
        if now >= self.gone {
            fetch.status = 404;
        } else if path == "/live/index.m3u8" {
            fetch.body = self.multivariant().into_bytes();
        } else {
            let (number, part) = (directive("_HLS_msn"), directive("_HLS_part"));
            let ended = now >= self.ends;
            if self.is_low() && !ended {
                let end = self.there(now, dir) / SPAN;
                match (number, part) {
                    (None, Some(_)) => fetch.status = 400,
                    (Some(number), _) if number > end + 2 => fetch.status = 400,
                    (Some(number), part) => {
                        age = 12;
                        let wanted = number * SPAN + part.map_or(SPAN, |part| part + 1);
                        while self.blocks && self.there(at, dir) < wanted && at < now + 6.0 {
                            at += 0.02;
                        }
                    }
                    _ => {}
                }
            }
            let skip = query.contains("_HLS_skip=") && self.is_low() && at < self.ends;
            if fetch.status == 200 {
                fetch.body = self.listed(dir, at, skip).into_bytes();
            }
        }
        let waited = Duration::from_secs_f64(at - now);
        fetch.first += waited;
        fetch.took += waited;
        fetch.headers = vec![
            header("content-type", "application/vnd.apple.mpegurl"),
            header("cache-control", &format!("public, max-age={age}")),
            header("content-encoding", "gzip"),
        ];
    }

    fn multivariant(&self) -> String {
        let mut text = "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-INDEPENDENT-SEGMENTS\n".to_owned();
        let stream = "#EXT-X-STREAM-INF:BANDWIDTH=900000,AVERAGE-BANDWIDTH=800000,CODECS=\"avc1.64001f,mp4a.40.2\",RESOLUTION=640x360,FRAME-RATE=25.000";
        if self.base == Base::Ts {
            let _ = write!(
                text,
                "{stream}\na/index.m3u8\n{}\nb/index.m3u8\n",
                stream.replace("90", "50")
            );
        } else {
            text += "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"Tiếng Việt\",LANGUAGE=\"vi\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"2\",URI=\"b/index.m3u8\"\n";
            let _ = write!(text, "{stream},AUDIO=\"audio\"\na/index.m3u8\n");
        }
        text
    }

    fn listed(&self, dir: &str, now: f64, skip: bool) -> String {
        let there = self.there(now, dir);
        let (end, low) = (there / SPAN, self.is_low());
        let first = end - (self.window)(now);
        let left = if skip { (self.skip / 2.0) as u64 } else { end };
        let from = first.max(end.saturating_sub(left));
        let version = if from > first { 9 } else { 6 };
        let removed = first.saturating_sub(1) / 7;
        let mut text = format!("#EXTM3U\n#EXT-X-VERSION:{version}\n#EXT-X-TARGETDURATION:2\n");
        if low {
            text += "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12.0,HOLD-BACK=6.0,PART-HOLD-BACK=1.5\n#EXT-X-PART-INF:PART-TARGET=0.5\n";
        }
        let _ = write!(
            text,
            "#EXT-X-MEDIA-SEQUENCE:{first}\n#EXT-X-DISCONTINUITY-SEQUENCE:{removed}\n"
        );
        if from > first {
            let _ = writeln!(text, "#EXT-X-SKIP:SKIPPED-SEGMENTS={}", from - first);
        } else if self.base == Base::Secret {
            text += "#EXT-X-KEY:METHOD=AES-128,URI=\"key\",IV=0x00000000000000000000000000000001\n";
        }
        for number in from..end {
            self.before(&mut text, dir, number, number == first);
            if low && (end - number - 1) as f64 * 2.0 < self.stale + 0.1 {
                parts(&mut text, dir, number, SPAN);
            }
            let _ = write!(text, "#EXTINF:2.000,\n{number}.{}\n", self.ending());
        }
        if now >= self.ends {
            text += "#EXT-X-ENDLIST\n";
        } else if low {
            if there > end * SPAN {
                self.before(&mut text, dir, end, false);
                parts(&mut text, dir, end, there - end * SPAN);
            }
            let _ = writeln!(
                text,
                "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"{end}.{}.part\"",
                there - end * SPAN
            );
            if self.base == Base::Low {
                let other = if dir == "a" { "b" } else { "a" };
                let last = self.there(now, other) - 1;
                let (last, part) = (last / SPAN, last % SPAN);
                let _ = writeln!(
                    text,
                    "#EXT-X-RENDITION-REPORT:URI=\"../{other}/index.m3u8\",LAST-MSN={last},LAST-PART={part}"
                );
            }
        }
        text
    }

    /// The tags before a segment, or before its first part.
    fn before(&self, text: &mut String, dir: &str, number: u64, head: bool) {
        let cut = number.is_multiple_of(7);
        if cut {
            text.push_str("#EXT-X-DISCONTINUITY\n");
        }
        if matches!(self.base, Base::Cmaf | Base::Low | Base::LowSingle) && head {
            text.push_str("#EXT-X-MAP:URI=\"init.mp4\"\n");
        }
        if self.base == Base::Single || self.base == Base::Ts {
            if head {
                let rate = self.segment(dir, number).len() * 8 / 2000;
                let _ = writeln!(text, "#EXT-X-BITRATE:{rate}");
            }
            if number.is_multiple_of(3) {
                let start = date(EPOCH + number * 2000);
                let _ = writeln!(
                    text,
                    "#EXT-X-DATERANGE:ID=\"r{number}\",START-DATE=\"{start}\",DURATION=2.0"
                );
            }
        }
        let millis = (EPOCH + number * 2000)
            .checked_add_signed((self.skew)(number))
            .unwrap();
        let _ = writeln!(text, "#EXT-X-PROGRAM-DATE-TIME:{}", date(millis));
    }

    fn ending(&self) -> &'static str {
        match self.base {
            Base::Ts | Base::Single | Base::Secret => "ts",
            Base::Packed => "aac",
            _ => "m4s",
        }
    }

    /// The media time of a segment in half-seconds: it leaps at a discontinuity.
    fn at(&self, number: u64) -> u64 {
        number * SPAN + number / 7 * self.leap / 45_000
    }

    fn segment(&self, dir: &str, number: u64) -> Vec<u8> {
        let at = self.at(number);
        match self.base {
            Base::Ts | Base::Single => mux::transport(number * SPAN, SPAN, number / 7 * self.leap),
            Base::Packed => mux::packed(at * 45_000),
            Base::Secret => vec![u8::try_from(number % 251).unwrap() | 0x80; 4096],
            _ => {
                let kind = kind(dir);
                (0..SPAN)
                    .flat_map(|part| mux::fragment(kind, at + part, 1))
                    .collect()
            }
        }
    }

    fn media(&self, path: &str, now: f64, fetch: &mut Fetch) {
        fetch.headers = vec![("cache-control".to_owned(), "public, max-age=12".to_owned())];
        let mut names = path.trim_start_matches("/live/").split('/');
        let (dir, name) = (names.next().unwrap(), names.next().unwrap());
        let mut words = name.split('.');
        if name == "init.mp4" {
            fetch.body = mux::init(kind(dir));
            return;
        }
        let number: Option<u64> = words.next().and_then(|n| n.parse().ok());
        let part: Option<u64> = words.next().and_then(|n| n.parse().ok());
        let Some(number) = number else {
            fetch.status = 404;
            return;
        };
        let end = number * SPAN + part.map_or(SPAN, |part| part + 1);
        let mut at = now;
        // A part that was hinted is waited for.
        while part.is_some() && self.there(at, dir) < end && at < now + 3.0 {
            at += 0.02;
        }
        let (there, age) = (
            self.there(at, dir) >= end,
            (self.there(at, dir) as f64 - end as f64) / 2.0,
        );
        if !there || age > self.keep {
            fetch.status = 404;
            return;
        }
        fetch.first += Duration::from_secs_f64(at - now);
        fetch.took += Duration::from_secs_f64(at - now);
        fetch.body = match part {
            Some(part) => mux::fragment(kind(dir), self.at(number) + part, 1),
            None => self.segment(dir, number),
        };
    }
}

fn kind(dir: &str) -> Kind {
    match dir {
        "a" => Kind::Picture,
        _ => Kind::Sound,
    }
}

fn parts(text: &mut String, dir: &str, number: u64, count: u64) {
    for part in 0..count {
        let independent = if part == 0 || dir == "b" {
            ",INDEPENDENT=YES"
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "#EXT-X-PART:DURATION=0.500,URI=\"{number}.{part}.part\"{independent}"
        );
    }
}

fn date(millis: u64) -> String {
    let (seconds, millis) = (millis / 1000 - EPOCH / 1000, millis % 1000);
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("2026-11-22T{h:02}:{m:02}:{s:02}.{millis:03}Z")
}

/// Lets a judge watch a server for some seconds.
pub(crate) fn watch(server: &Server, seconds: f64) -> Judge {
    let mut visit = Visit::new(server, seconds);
    visit.by_ref().for_each(drop);
    visit.judge
}

/// The requests of a judge, and the answers, in order.
pub(crate) struct Visit<'a> {
    server: &'a Server,
    pub(crate) judge: Judge,
    /// The body that an answer gets instead of its own, by its number.
    pub(crate) changed: Option<(usize, Vec<u8>)>,
    count: usize,
    now: Duration,
    end: Duration,
}

impl<'a> Visit<'a> {
    pub(crate) fn new(server: &'a Server, seconds: f64) -> Self {
        Self {
            server,
            judge: Judge::new(&server.root()),
            changed: None,
            count: 0,
            now: Duration::ZERO,
            end: Duration::from_secs_f64(seconds),
        }
    }
}

impl Iterator for Visit<'_> {
    type Item = (Request, Fetch);

    fn next(&mut self) -> Option<Self::Item> {
        let request = self.judge.pull()?;
        self.now = self.now.max(request.at);
        if self.now > self.end {
            return None;
        }
        let mut fetch = self
            .server
            .answer(&request.url, request.range, self.now.as_secs_f64());
        if let Some((_, body)) = self.changed.as_ref().filter(|(at, _)| *at == self.count) {
            fetch.body.clone_from(body);
        }
        self.count += 1;
        self.now = fetch.done();
        self.judge.push(&fetch, request.range);
        Some((request, fetch))
    }
}
