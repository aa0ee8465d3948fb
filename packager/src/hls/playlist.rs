//! A media playlist as a pure function of the listed segments (draft-pantos-hls-rfc8216bis, 4.4.3
//! and 4.4.4).

use std::fmt::Write as _;
use std::sync::Arc;

use super::window::Segment;
use crate::time::Wall;
use crate::ts::clock::Ticks;

/// EXT-X-MAP outside I-frame playlists needs 6 (8.); nothing here needs more.
const VERSION: u8 = 6;

/// What one playlist shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Media<'a> {
    /// EXT-X-TARGETDURATION, whole seconds.
    pub(super) target: u64,
    /// The run of the packager, in every segment's name.
    pub(super) instance: u64,
    /// Listed segments, oldest first.
    pub(super) segments: &'a [Arc<Segment>],
}

/// The name of a segment in its rendition's folder: never used again for other bytes.
pub(super) fn segment_name(instance: u64, msn: u64) -> String {
    format!("{instance:x}-{msn}.m4s")
}

/// Writes the playlist.
pub(super) fn render(media: Media<'_>) -> String {
    let mut text = String::with_capacity(256 + media.segments.len() * 128);
    // Writing to a string cannot fail.
    let _ = write_playlist(&mut text, media);
    text
}

fn write_playlist(text: &mut String, media: Media<'_>) -> std::fmt::Result {
    let first = media.segments.first();
    let sequence = first.map_or(0, |s| s.msn);
    let discontinuities = first.map_or(0, |s| s.discontinuities - u64::from(s.discontinuity));
    writeln!(text, "#EXTM3U\n#EXT-X-VERSION:{VERSION}")?;
    writeln!(text, "#EXT-X-TARGETDURATION:{}", media.target)?;
    writeln!(text, "#EXT-X-MEDIA-SEQUENCE:{sequence}")?;
    writeln!(text, "#EXT-X-DISCONTINUITY-SEQUENCE:{discontinuities}")?;
    let mut map: Option<&str> = None;
    for segment in media.segments {
        if segment.discontinuity {
            writeln!(text, "#EXT-X-DISCONTINUITY")?;
            map = None;
        }
        if let Some(init) = &segment.init
            && map != Some(&init.name)
        {
            writeln!(text, "#EXT-X-MAP:URI=\"{}\"", init.name)?;
            map = Some(&init.name);
        }
        writeln!(text, "#EXT-X-PROGRAM-DATE-TIME:{}", date(segment.date))?;
        if segment.is_gap() {
            writeln!(text, "#EXT-X-GAP")?;
        }
        writeln!(text, "#EXTINF:{},", seconds(segment.duration))?;
        writeln!(text, "{}", segment_name(media.instance, segment.msn))?;
    }
    Ok(())
}

/// Seconds with six digits, so that thousands of segments add up to the media's own length.
fn seconds(span: Ticks) -> String {
    let micros = (span.get().max(0) + 13) / 27;
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// ISO 8601 in UTC with milliseconds.
fn date(wall: Wall) -> String {
    let millis = wall.unix_nanos().div_euclid(1_000_000);
    let (secs, millis) = (millis.div_euclid(1000), millis.rem_euclid(1000));
    let (days, secs) = (secs.div_euclid(86_400), secs.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let (h, m, s) = (secs / 3600, secs / 60 % 60, secs % 60);
    format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{millis:03}Z")
}

/// The date `days` after 1970-01-01 in the Gregorian calendar, counted in eras of 400 years that
/// begin on 1 March.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (era * 400 + year + next, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hls::window::tests::segment;

    #[test]
    fn dates_are_gregorian_with_milliseconds() {
        let at = |secs: i64, ms: i64| date(Wall::from_unix_nanos((secs * 1000 + ms) * 1_000_000));
        assert_eq!(at(0, 0), "1970-01-01T00:00:00.000Z");
        assert_eq!(at(951_782_400, 7), "2000-02-29T00:00:00.007Z");
        assert_eq!(at(1_795_000_000, 999), "2026-11-18T11:06:40.999Z");
        assert_eq!(at(-1, 0), "1969-12-31T23:59:59.000Z");
    }

    #[test]
    fn durations_add_up() {
        assert_eq!(seconds(Ticks::from_millis(2000)), "2.000000");
        // 94 frames of 1024 samples at 44.1 kHz.
        assert_eq!(
            seconds(Ticks::new(94 * 1024 * 27_000_000 / 44_100)),
            "2.182676"
        );
    }

    #[test]
    fn the_first_segments_own_discontinuity_is_not_yet_counted_as_removed() {
        let mut first = segment(7, 2000);
        first.discontinuity = true;
        first.discontinuities = 3;
        let list = [Arc::new(first)];
        let text = render(Media {
            target: 2,
            instance: 0xab,
            segments: &list,
        });
        assert_eq!(
            text,
            "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:7\n\
             #EXT-X-DISCONTINUITY-SEQUENCE:2\n#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"init-1.mp4\"\n\
             #EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:14.000Z\n#EXTINF:2.000000,\nab-7.m4s\n"
        );
    }

    #[test]
    fn a_missing_segment_is_a_gap_and_the_map_is_written_where_it_changes() {
        let mut gap = segment(2, 2000);
        gap.init = None;
        gap.body = bytes::Bytes::new();
        let list = [segment(1, 2000), gap, segment(3, 2000)].map(Arc::new);
        let text = render(Media {
            target: 2,
            instance: 1,
            segments: &list,
        });
        assert_eq!(text.matches("#EXT-X-MAP").count(), 1);
        assert!(text.contains("#EXT-X-GAP\n#EXTINF:2.000000,\n1-2.m4s\n"));
    }
}
