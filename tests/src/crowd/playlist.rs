//! What a player needs of a playlist.

use std::time::Duration;

/// A segment as listed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Listed {
    pub(super) number: u64,
    /// How many discontinuities come before it, by EXT-X-DISCONTINUITY-SEQUENCE.
    pub(super) discontinuities: u64,
    pub(super) uri: String,
    pub(super) map: Option<String>,
    pub(super) duration: Duration,
}

/// A media playlist.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Media {
    pub(super) target: Duration,
    pub(super) segments: Vec<Listed>,
}

impl Media {
    pub(super) fn read(text: &str) -> Self {
        let mut media = Self::default();
        let (mut number, mut duration, mut map) = (0, Duration::ZERO, None);
        let mut discontinuities = 0;
        for line in text.lines() {
            let (tag, value) = line.split_once(':').unwrap_or((line, ""));
            match tag {
                "#EXT-X-TARGETDURATION" => {
                    media.target = Duration::from_secs(value.parse().unwrap_or(0));
                }
                "#EXT-X-MEDIA-SEQUENCE" => number = value.parse().unwrap_or(0),
                "#EXT-X-DISCONTINUITY-SEQUENCE" => discontinuities = value.parse().unwrap_or(0),
                "#EXT-X-DISCONTINUITY" => discontinuities += 1,
                "#EXTINF" => {
                    let text = value.split(',').next().unwrap_or_default();
                    duration = Duration::try_from_secs_f64(text.parse().unwrap_or(0.0))
                        .unwrap_or_default();
                }
                "#EXT-X-MAP" => map = quoted(value, "URI"),
                _ if line.starts_with('#') || line.is_empty() => {}
                _ => {
                    media.segments.push(Listed {
                        number,
                        discontinuities,
                        uri: line.to_owned(),
                        map: map.clone(),
                        duration,
                    });
                    number += 1;
                }
            }
        }
        media
    }

    /// The first segment to play: the last that begins `back` before the end, or the first of all.
    pub(super) fn entry(&self, back: Duration) -> Option<u64> {
        let mut left = Duration::ZERO;
        let enough = self.segments.iter().rev().find(|segment| {
            left += segment.duration;
            left >= back
        });
        enough.or(self.segments.first()).map(|s| s.number)
    }
}

/// The playlists that a viewer of a multivariant playlist plays: its first variant, and each
/// rendition that is marked as the default.
pub(super) fn renditions(text: &str) -> Vec<String> {
    let mut lines = text.lines();
    let mut found: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("#EXT-X-MEDIA:"))
        .filter(|attributes| attributes.contains("DEFAULT=YES"))
        .filter_map(|attributes| quoted(attributes, "URI"))
        .collect();
    if lines.any(|line| line.starts_with("#EXT-X-STREAM-INF:")) {
        found.extend(lines.find(|line| !line.starts_with('#')).map(str::to_owned));
    }
    found
}

/// `path` beside `base`.
pub(super) fn beside(base: &str, path: &str) -> String {
    match path.starts_with('/') {
        true => path.to_owned(),
        false => format!("{}/{path}", base.rsplit_once('/').map_or("", |(f, _)| f)),
    }
}

fn quoted(attributes: &str, name: &str) -> Option<String> {
    let (_, behind) = attributes.split_once(&format!("{name}=\""))?;
    Some(behind.split('"').next()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_player_begins_three_target_durations_before_the_end() {
        let mut text = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:7\n".to_owned();
        text += "#EXT-X-DISCONTINUITY-SEQUENCE:3\n#EXT-X-DISCONTINUITY\n";
        text += "#EXT-X-MAP:URI=\"a.mp4\"\n";
        for name in ["a", "b", "c", "d", "e"] {
            text += &format!("#EXTINF:2.000,\n{name}.m4s\n");
        }
        let media = Media::read(&text);
        assert_eq!(media.entry(media.target * 3), Some(9));
        assert_eq!(media.entry(media.target * 30), Some(7));
        assert_eq!(media.segments[4].uri, "e.m4s");
        assert_eq!(media.segments[4].discontinuities, 4);
        assert_eq!(media.segments[4].map.as_deref(), Some("a.mp4"));
        assert_eq!(Media::read("").entry(Duration::ZERO), None);
    }

    #[test]
    fn a_viewer_plays_the_first_variant_and_the_default_sound() {
        let text = "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,URI=\"audio/i.m3u8\",DEFAULT=YES\n\
            #EXT-X-MEDIA:TYPE=AUDIO,URI=\"audio-2/i.m3u8\",DEFAULT=NO\n\
            #EXT-X-STREAM-INF:BANDWIDTH=1\nvideo/i.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2\nbig.m3u8\n";
        assert_eq!(renditions(text), ["audio/i.m3u8", "video/i.m3u8"]);
        assert_eq!(
            beside("/hls/hop/index.m3u8", "v/i.m3u8"),
            "/hls/hop/v/i.m3u8"
        );
    }
}
