//! A media playlist as a pure function of the listed segments (draft-pantos-hls-rfc8216bis, 4.4.3
//! and 4.4.4).

use std::fmt::Write as _;
use std::sync::Arc;

use super::window::Segment;
use crate::time::Wall;
use crate::ts::clock::Ticks;

/// EXT-X-MAP outside I-frame playlists needs 6 (8.); the tags of low latency need no more.
pub(super) const VERSION: u8 = 6;
/// Durations with digits behind the point need 3.
const PLAIN_VERSION: u8 = 3;
/// EXT-X-SKIP does.
const SKIP_VERSION: u8 = 9;
/// Parts are listed this many target durations from the end (6.2.2).
const PARTS: i64 = 3;
/// Segments nearer the end than this many target durations are in every delta update (6.2.5.1).
const SKIP_UNTIL: i64 = 6;
/// How many parts players stay behind; two is the least, three is advised (4.4.3.8).
const HOLD_BACK: i64 = 3;

/// What segments are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Form {
    /// CMAF, one rendition each.
    #[default]
    Fragments,
    /// MPEG-TS, all renditions together.
    TransportStream,
    /// WebVTT.
    Text,
}

impl Form {
    /// The name of segment `msn` of the run `instance` in its folder: never used again for other
    /// bytes.
    pub(super) fn name(self, instance: u64, msn: u64) -> String {
        match self {
            Self::Fragments => segment_name(instance, msn),
            Self::TransportStream => format!("{instance:x}-{msn}.ts"),
            Self::Text => format!("{instance:x}-{msn}.vtt"),
        }
    }
}

/// What one playlist shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Media<'a> {
    pub(super) form: Form,
    /// EXT-X-TARGETDURATION, whole seconds.
    pub(super) target: u64,
    /// The run of the packager, in every segment's name.
    pub(super) instance: u64,
    /// Listed segments, oldest first.
    pub(super) segments: &'a [Arc<Segment>],
    /// `None` without low latency.
    pub(super) parts: Option<Parts<'a>>,
}

/// What low latency adds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts<'a> {
    /// PART-TARGET.
    pub(super) target: Ticks,
    /// The segment in the making.
    pub(super) open: Option<&'a Segment>,
    /// The number of the part to come.
    pub(super) next: u64,
    /// Of all other renditions.
    pub(super) reports: &'a [Report],
}

/// How far another rendition is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Report {
    /// Its folder.
    pub(super) dir: Arc<str>,
    /// The number of its last segment, one in the making included.
    pub(super) last_msn: u64,
    /// The last part of that, counted from 0; `None` without one.
    pub(super) last_part: Option<usize>,
}

/// The name of segment `msn` of the run `instance` in its rendition's folder: never used again for
/// other bytes.
#[must_use]
pub fn segment_name(instance: u64, msn: u64) -> String {
    format!("{instance:x}-{msn}.m4s")
}

/// The name of a part. It does not say in which segment it is, for EXT-X-PRELOAD-HINT names the
/// part to come before it is known whether the segment ends.
pub(super) fn part_name(instance: u64, number: u64) -> String {
    format!("part-{instance:x}-{number}.m4s")
}

/// Writes the playlist.
pub(super) fn render(media: Media<'_>) -> String {
    write(media, 0)
}

/// Writes it as a delta update; `None` while nothing is old enough to be skipped.
pub(super) fn render_delta(media: Media<'_>) -> Option<String> {
    let behind = behind(media);
    let limit = targets(media, SKIP_UNTIL);
    let skipped = behind.iter().take_while(|b| **b >= limit).count();
    (media.parts.is_some() && skipped > 0).then(|| write(media, skipped))
}

fn write(media: Media<'_>, skipped: usize) -> String {
    let mut text = String::with_capacity(512 + media.segments.len() * 128);
    // Writing to a string cannot fail.
    let _ = head(&mut text, media, skipped);
    let _ = body(&mut text, media, skipped);
    text
}

fn head(text: &mut String, media: Media<'_>, skipped: usize) -> std::fmt::Result {
    let first = media.segments.first();
    let sequence = first.map_or(0, |s| s.msn);
    let discontinuities = first.map_or(0, |s| s.discontinuities - u64::from(s.discontinuity));
    let version = match media.form {
        Form::TransportStream | Form::Text => PLAIN_VERSION,
        Form::Fragments if skipped > 0 => SKIP_VERSION,
        Form::Fragments => VERSION,
    };
    writeln!(text, "#EXTM3U\n#EXT-X-VERSION:{version}")?;
    writeln!(text, "#EXT-X-TARGETDURATION:{}", media.target)?;
    if let Some(parts) = media.parts {
        let until = seconds(targets(media, SKIP_UNTIL));
        let hold_back = seconds(Ticks::new(parts.target.get() * HOLD_BACK));
        let target = seconds(parts.target);
        writeln!(
            text,
            "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL={until},PART-HOLD-BACK={hold_back}"
        )?;
        writeln!(text, "#EXT-X-PART-INF:PART-TARGET={target}")?;
    }
    writeln!(text, "#EXT-X-MEDIA-SEQUENCE:{sequence}")?;
    writeln!(text, "#EXT-X-DISCONTINUITY-SEQUENCE:{discontinuities}")?;
    if skipped > 0 {
        writeln!(text, "#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}")?;
    }
    Ok(())
}

fn body(text: &mut String, media: Media<'_>, skipped: usize) -> std::fmt::Result {
    let (old, new) = media.segments.split_at(skipped.min(media.segments.len()));
    // The map of what is skipped holds on.
    let name = |s: &'_ Segment| s.init.as_ref().map(|init| init.name.clone());
    let mut map = old.iter().rev().find_map(|s| name(s));
    let behind = behind(media);
    for (segment, behind) in new.iter().zip(behind.iter().skip(skipped)) {
        begin(text, media.form, segment, &mut map)?;
        if media.parts.is_some() && *behind < targets(media, PARTS) {
            list_parts(text, media.instance, segment)?;
        }
        if segment.is_gap() {
            writeln!(text, "#EXT-X-GAP")?;
        }
        writeln!(text, "#EXTINF:{},", seconds(segment.duration))?;
        writeln!(text, "{}", media.form.name(media.instance, segment.msn))?;
    }
    let Some(parts) = media.parts else {
        return Ok(());
    };
    if let Some(open) = parts.open {
        begin(text, media.form, open, &mut map)?;
        list_parts(text, media.instance, open)?;
    }
    let hint = part_name(media.instance, parts.next);
    writeln!(text, "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"{hint}\"")?;
    for report in parts.reports {
        let Report { dir, last_msn, .. } = report;
        write!(
            text,
            "#EXT-X-RENDITION-REPORT:URI=\"../{dir}/index.m3u8\",LAST-MSN={last_msn}"
        )?;
        match report.last_part {
            Some(part) => writeln!(text, ",LAST-PART={part}")?,
            None => writeln!(text)?,
        }
    }
    Ok(())
}

/// What stands before a segment, or before its first part.
fn begin(
    text: &mut String,
    form: Form,
    segment: &Segment,
    map: &mut Option<String>,
) -> std::fmt::Result {
    let init = segment.init.as_ref().map(|init| &*init.name);
    let init = init.filter(|_| form == Form::Fragments);
    begin_with(text, segment.discontinuity, (init, map), segment.date)
}

/// The same of a segment's own words.
pub(super) fn begin_with(
    text: &mut String,
    discontinuity: bool,
    (init, map): (Option<&str>, &mut Option<String>),
    wall: Wall,
) -> std::fmt::Result {
    if discontinuity {
        writeln!(text, "#EXT-X-DISCONTINUITY")?;
        *map = None;
    }
    if let Some(init) = init
        && map.as_deref() != Some(init)
    {
        writeln!(text, "#EXT-X-MAP:URI=\"{init}\"")?;
        *map = Some(init.to_owned());
    }
    writeln!(text, "#EXT-X-PROGRAM-DATE-TIME:{}", date(wall))
}

fn list_parts(text: &mut String, instance: u64, segment: &Segment) -> std::fmt::Result {
    for (number, part) in (segment.first_part..).zip(&segment.parts) {
        let (duration, name) = (seconds(part.duration), part_name(instance, number));
        write!(text, "#EXT-X-PART:DURATION={duration},URI=\"{name}\"")?;
        writeln!(
            text,
            "{}",
            match (part.is_gap(), part.independent) {
                (true, _) => ",GAP=YES",
                (false, true) => ",INDEPENDENT=YES",
                (false, false) => "",
            }
        )?;
    }
    Ok(())
}

/// How far the end of each segment is from the end of the playlist.
fn behind(media: Media<'_>) -> Vec<Ticks> {
    let open = media.parts.and_then(|parts| parts.open);
    let open = open.iter().flat_map(|open| &open.parts);
    let mut after = open.fold(Ticks::ZERO, |sum, part| sum + part.duration);
    let mut behind: Vec<_> = Vec::with_capacity(media.segments.len());
    for segment in media.segments.iter().rev() {
        behind.push(after);
        after = after + segment.duration;
    }
    behind.reverse();
    behind
}

fn targets(media: Media<'_>, count: i64) -> Ticks {
    Ticks::from_millis(i64::try_from(media.target).unwrap_or(0) * 1000 * count)
}

/// Seconds with six digits, so that thousands of segments add up to the media's own length.
pub(super) fn seconds(span: Ticks) -> String {
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
            form: Form::Fragments,
            target: 2,
            instance: 0xab,
            segments: &list,
            parts: None,
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
            form: Form::Fragments,
            target: 2,
            instance: 1,
            segments: &list,
            parts: None,
        });
        assert_eq!(text.matches("#EXT-X-MAP").count(), 1);
        assert!(text.contains("#EXT-X-GAP\n#EXTINF:2.000000,\n1-2.m4s\n"));
    }
}
