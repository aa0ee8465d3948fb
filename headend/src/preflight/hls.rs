//! HLS fetched as a player does it: the multivariant playlist, a media playlist of each rendition,
//! its init section and its last segments; then followed until it has moved some times.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Line, say};
use crate::cause::Text;

/// Segments that a player takes before it starts.
const START: usize = 3;
/// Target durations for which the playlist is followed.
const FOLLOWED: u32 = 4;
/// A segment that comes later than this many target durations is late
/// (draft-pantos-hls-rfc8216bis, 6.2.1).
const LATE: f64 = 1.5;
/// Players stop when nothing new came for so many target durations.
const STUCK: u32 = 3;
/// Renditions that are followed; a channel has a picture and some languages.
const RENDITIONS: usize = 8;

/// What a fetch gave.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fetched {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// What a player needs: the network and a clock.
pub(crate) struct Player<'a> {
    /// Fetches a path; the error is a sentence.
    pub(crate) fetch: &'a dyn Fn(&str) -> Result<Fetched, String>,
    /// Since some moment.
    pub(crate) now: &'a dyn Fn() -> Duration,
    pub(crate) wait: &'a dyn Fn(Duration),
}

/// What was seen of the HLS of a channel.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Seen {
    renditions: usize,
    target: Duration,
    /// Segments fetched, and their bytes.
    segments: u64,
    bytes: u64,
    /// Segments that are listed and have no media.
    gaps: u64,
    /// The longest fetch, as a share of what it plays.
    slowest: f64,
    /// The longest time without a new segment.
    longest: Duration,
    /// Segments that came while it was followed.
    moved: u64,
    /// The sequence number fell.
    back: bool,
}

/// Why there is nothing to play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    path: String,
    why: String,
}

/// A media playlist.
#[derive(Clone, Debug, Default, PartialEq)]
struct Media {
    sequence: u64,
    target: Duration,
    init: Option<String>,
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq)]
struct Segment {
    path: String,
    length: Duration,
    gap: bool,
}

impl Media {
    /// The number of the newest segment and one.
    fn end(&self) -> u64 {
        self.sequence + self.segments.len() as u64
    }
}

impl Player<'_> {
    /// Plays `path` for some target durations.
    ///
    /// # Errors
    /// What is missing, and where.
    pub(crate) fn play(&self, path: &str) -> Result<Seen, Broken> {
        let text = self.text(path)?;
        let media: Vec<String> = renditions(&text)
            .into_iter()
            .map(|to| beside(path, &to))
            .collect();
        if media.is_empty() {
            return Err(broken(path, "no rendition is listed"));
        }
        let mut seen = Seen {
            renditions: media.len(),
            ..Seen::default()
        };
        for path in media.iter().take(RENDITIONS) {
            let media = self.media(path)?;
            seen.target = seen.target.max(media.target);
            if let Some(init) = &media.init {
                self.bytes(&beside(path, init))?;
            }
            let first = media.segments.len().saturating_sub(START);
            for segment in media.segments.iter().skip(first) {
                self.take(path, segment, &mut seen)?;
            }
        }
        if let Some(path) = media.first() {
            self.follow(path, &mut seen)?;
        }
        Ok(seen)
    }

    fn take(&self, playlist: &str, segment: &Segment, seen: &mut Seen) -> Result<(), Broken> {
        if segment.gap {
            seen.gaps += 1;
            return Ok(());
        }
        let began = (self.now)();
        let body = self.bytes(&beside(playlist, &segment.path))?;
        let took = (self.now)().saturating_sub(began).as_secs_f64();
        seen.segments += 1;
        seen.bytes += body.len() as u64;
        seen.slowest = seen
            .slowest
            .max(took / segment.length.as_secs_f64().max(0.1));
        Ok(())
    }

    fn follow(&self, path: &str, seen: &mut Seen) -> Result<(), Broken> {
        let began = (self.now)();
        let mut media = self.media(path)?;
        let mut since = began;
        while (self.now)().saturating_sub(began) < seen.target * FOLLOWED {
            (self.wait)(seen.target / 4);
            let newer = self.media(path)?;
            let now = (self.now)();
            seen.back |= newer.sequence < media.sequence || newer.end() < media.end();
            let new = newer.end().saturating_sub(media.end());
            if new > 0 {
                seen.moved += new;
                since = now;
                let first = newer
                    .segments
                    .len()
                    .saturating_sub(usize::try_from(new).unwrap_or(0));
                for segment in newer.segments.iter().skip(first) {
                    self.take(path, segment, seen)?;
                }
            }
            seen.longest = seen.longest.max(now.saturating_sub(since));
            media = newer;
        }
        Ok(())
    }

    fn media(&self, path: &str) -> Result<Media, Broken> {
        let text = self.text(path)?;
        media(&text).ok_or_else(|| broken(path, "no media playlist"))
    }

    fn text(&self, path: &str) -> Result<String, Broken> {
        let body = self.bytes(path)?;
        let text = String::from_utf8(body).map_err(|_| broken(path, "not UTF-8"))?;
        match text.starts_with("#EXTM3U") {
            true => Ok(text),
            false => Err(broken(path, "not a playlist")),
        }
    }

    fn bytes(&self, path: &str) -> Result<Vec<u8>, Broken> {
        let fetched = (self.fetch)(path).map_err(|why| broken(path, &why))?;
        match fetched.status {
            200 if fetched.body.is_empty() => Err(broken(path, "empty")),
            200 => Ok(fetched.body),
            status => {
                let problem: serde_json::Value =
                    serde_json::from_slice(&fetched.body).unwrap_or_default();
                let detail = problem.get("detail").and_then(|text| text.as_str());
                Err(broken(
                    path,
                    &format!("HTTP {status} {}", detail.unwrap_or_default()),
                ))
            }
        }
    }
}

fn broken(path: &str, why: &str) -> Broken {
    Broken {
        path: path.to_owned(),
        why: why.trim().to_owned(),
    }
}

/// `name` as a playlist at `path` means it.
fn beside(path: &str, name: &str) -> String {
    if name.starts_with('/') {
        return name.to_owned();
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{folder}/{name}")
}

/// The media playlists of a multivariant playlist, each once.
fn renditions(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut variant = false;
    for line in text.lines() {
        match line.strip_prefix('#') {
            Some(tag) if tag.starts_with("EXT-X-STREAM-INF:") => variant = true,
            Some(tag) if tag.starts_with("EXT-X-MEDIA:") => found.extend(quoted(tag, "URI")),
            Some(_) => {}
            None if variant && !line.is_empty() => {
                found.insert(line.to_owned());
                variant = false;
            }
            None => {}
        }
    }
    found
}

fn quoted(tag: &str, name: &str) -> Option<String> {
    let after = tag.split(&format!("{name}=\"")).nth(1)?;
    after.split('"').next().map(str::to_owned)
}

/// Seconds as a player takes them: no more than an hour, so that nothing waits for ever.
fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.parse().ok()?;
    (0.0..=3600.0)
        .contains(&seconds)
        .then(|| Duration::from_secs_f64(seconds))
}

fn media(text: &str) -> Option<Media> {
    let mut media = Media::default();
    let (mut length, mut gap) = (None, false);
    for line in text.lines() {
        if let Some(value) = line.strip_prefix("#EXT-X-TARGETDURATION:") {
            media.target = seconds(value)?;
        } else if let Some(value) = line.strip_prefix("#EXT-X-MEDIA-SEQUENCE:") {
            media.sequence = value.parse().ok()?;
        } else if let Some(tag) = line.strip_prefix("#EXT-X-MAP:") {
            media.init = quoted(tag, "URI");
        } else if let Some(value) = line.strip_prefix("#EXTINF:") {
            length = seconds(value.split(',').next()?);
        } else if line == "#EXT-X-GAP" {
            gap = true;
        } else if !line.starts_with('#')
            && !line.is_empty()
            && let Some(length) = length.take()
        {
            let path = line.to_owned();
            media.segments.push(Segment {
                path,
                length,
                gap: std::mem::take(&mut gap),
            });
        }
    }
    (!media.target.is_zero()).then_some(media)
}

/// The lines of a channel's HLS.
pub(crate) fn judge(played: &Result<Seen, Broken>, place: &str) -> Line {
    let check = "hls";
    let seen = match played {
        Ok(seen) => seen,
        Err(Broken { path, why }) => {
            let text = Text::new(format!("{path}: {why}"), format!("{path}: {why}"));
            return Line::critical(check, place, text).fix(say(
                "look at `headend why` and at the address in [http] listen; where a cache stands in front, ask it too",
                "xem `headend why` và địa chỉ trong [http] listen; nếu có bộ đệm phía trước thì kiểm tra cả nó",
            ));
        }
    };
    let target = seen.target.as_secs_f64();
    let longest = seen.longest.as_secs_f64();
    let text = say(
        format!(
            "{} renditions, {} segments fetched ({} kB), a new one each {target:.0} s, after {longest:.1} s at most",
            seen.renditions,
            seen.segments,
            seen.bytes / 1000
        ),
        format!(
            "{} luồng, đã tải {} đoạn ({} kB), đoạn mới mỗi {target:.0} s, lâu nhất {longest:.1} s",
            seen.renditions,
            seen.segments,
            seen.bytes / 1000
        ),
    );
    let stuck = seen.moved == 0 || seen.longest > seen.target * STUCK;
    match () {
        () if stuck => Line::critical(check, place, text).fix(say(
            "the playlist stands still: look at the input on air and at `headend why`",
            "danh sách phát đứng yên: xem đầu vào đang phát và `headend why`",
        )),
        () if seen.back => Line::critical(check, place, text).fix(say(
            "the sequence number fell: two nodes answer under one address, or the record was lost",
            "số thứ tự bị lùi: hai nút cùng một địa chỉ, hoặc mất sổ ghi",
        )),
        () if longest > target * LATE => Line::warning(check, place, text).fix(say(
            "segments come late: look at the key picture interval and the load of this machine",
            "đoạn đến trễ: xem khoảng cách hình khóa và tải của máy",
        )),
        () if seen.gaps > 0 => Line::warning(check, place, text).fix(say(
            "some segments have no media: the picture or the sound was gone of late",
            "một số đoạn trống: gần đây mất hình hoặc mất tiếng",
        )),
        () if seen.slowest > 0.5 => Line::warning(check, place, text).fix(say(
            "a segment takes over half its own length to fetch: look at the line to the viewers",
            "tải một đoạn mất quá nửa độ dài của nó: kiểm tra đường truyền đến người xem",
        )),
        () => Line::good(check, place, text),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::super::Grade;
    use super::*;

    const TOP: &str = "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",URI=\"audio.m3u8\"\n#EXT-X-STREAM-INF:BANDWIDTH=1\nvideo.m3u8\n";

    /// A server whose newest segment at a time is `end(time)`; what lists `missing` is not there.
    fn play(end: impl Fn(f64) -> u64, missing: &str) -> Result<Seen, Broken> {
        let time = Cell::new(Duration::ZERO);
        let fetch = |path: &str| -> Result<Fetched, String> {
            let answer = |body: String| {
                Ok(Fetched {
                    status: 200,
                    body: body.into_bytes(),
                })
            };
            if !missing.is_empty() && path.contains(missing) {
                return Ok(Fetched {
                    status: 404,
                    body: Vec::new(),
                });
            }
            match path {
                "/hls/a/index.m3u8" => answer(TOP.to_owned()),
                path if path.ends_with(".m3u8") => {
                    let end = end(time.get().as_secs_f64());
                    let mut text = format!(
                        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:{}\n#EXT-X-MAP:URI=\"init.mp4\"\n",
                        end - 5
                    );
                    for number in end - 5..end {
                        text += &format!("#EXTINF:2.0,\n{number}.m4s\n");
                    }
                    answer(text)
                }
                _ => answer("media".to_owned()),
            }
        };
        let player = Player {
            fetch: &fetch,
            now: &|| time.get(),
            wait: &|span| time.set(time.get() + span),
        };
        player.play("/hls/a/index.m3u8")
    }

    fn grade(played: &Result<Seen, Broken>) -> Grade {
        judge(played, "a").grade
    }

    #[test]
    fn a_playlist_that_moves_is_good_and_one_that_stands_is_critical() {
        let played = play(|time| 10 + (time / 2.0) as u64, "");
        assert_eq!(grade(&played), Grade::Good, "{played:?}");
        let seen = played.unwrap();
        assert_eq!((seen.renditions, seen.moved), (2, 4));
        assert_eq!(
            seen.segments,
            2 * START as u64 + 4,
            "what is new is fetched too"
        );
        assert_eq!(grade(&play(|_| 10, "")), Grade::Critical);
        let once = play(
            |time| {
                if time < 3.6 {
                    10
                } else {
                    12 + (time / 2.0) as u64
                }
            },
            "",
        );
        assert_eq!(grade(&once), Grade::Warning, "{once:?}");
        let back = play(
            |time| {
                if time < 4.0 {
                    20 + (time / 2.0) as u64
                } else {
                    10
                }
            },
            "",
        );
        assert_eq!(grade(&back), Grade::Critical);
    }

    #[test]
    fn what_is_listed_must_be_there() {
        for missing in ["index", "audio", "init", ".m4s"] {
            let played = play(|time| 10 + (time / 2.0) as u64, missing);
            assert!(
                played.as_ref().is_err_and(|b| b.path.contains(missing)),
                "{played:?}"
            );
            assert_eq!(grade(&played), Grade::Critical);
        }
    }

    #[test]
    fn a_hostile_playlist_ends() {
        assert_eq!(media("#EXTM3U\n#EXT-X-TARGETDURATION:nan\n"), None);
        assert_eq!(media("#EXTM3U\n#EXT-X-TARGETDURATION:1e99\n"), None);
        assert_eq!(media("#EXTM3U\nsegment\n"), None, "no target duration");
        let gap =
            media("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:nan,\na\n#EXT-X-GAP\n#EXTINF:2,\nb\n");
        let segments = gap.unwrap().segments;
        assert_eq!((segments.len(), segments[0].gap), (1, true));
        assert_eq!(
            beside("/hls/a/video/index.m3u8", "../x"),
            "/hls/a/video/../x"
        );
        assert_eq!(beside("/hls/a/i.m3u8", "/y"), "/y");
    }
}
