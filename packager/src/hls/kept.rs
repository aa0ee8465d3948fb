//! Segments that outlive the window: what a keeper takes of it, and the playlists of what was kept.
//! Where they are kept is not its concern.

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;

use super::playlist::{VERSION, begin_with, seconds, segment_name};
use super::window::{Segment, Shown, Window};
use crate::time::Wall;
use crate::ts::clock::Ticks;

/// One segment in all renditions.
#[derive(Clone, Debug)]
pub struct Moment {
    /// The run of the packager.
    pub instance: u64,
    /// The media sequence number in the live playlists.
    pub msn: u64,
    /// EXT-X-TARGETDURATION, whole seconds.
    pub target: u64,
    /// Whether it does not continue the one before.
    pub discontinuity: bool,
    /// The picture first, where there is one.
    pub pieces: Vec<Piece>,
    /// The multivariant playlist then; `None` where nothing was playable.
    pub multivariant: Option<Bytes>,
}

/// The segment of one rendition.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The rendition's folder: `video`, `audio`, `audio-2`.
    pub dir: Arc<str>,
    /// Wall time of its first sample.
    pub date: Wall,
    /// How long it lasts.
    pub duration: Ticks,
    /// Name and bytes of its init segment; `None` when nothing of the rendition ever came.
    pub init: Option<(String, Bytes)>,
    /// Empty when the rendition had nothing in this time.
    pub body: Bytes,
}

impl Window {
    /// The segments from the media sequence number `next` on, oldest first.
    pub fn moments(&self, next: u64) -> impl Iterator<Item = Moment> {
        let first = self.renditions.first().and_then(|r| r.segments.first());
        let end = self.renditions.first().map_or(0, |r| r.next);
        let first = first.map_or(end, |s| s.msn.max(next));
        (first..end).filter_map(|msn| self.moment(msn))
    }

    fn moment(&self, msn: u64) -> Option<Moment> {
        let of = |r: &Shown| Some(piece(r, r.segment(msn)?));
        let lead = self.renditions.iter().find_map(|r| r.segment(msn))?;
        Some(Moment {
            instance: self.instance,
            msn,
            target: self.facts.target_duration,
            discontinuity: lead.discontinuity,
            pieces: self.renditions.iter().filter_map(of).collect(),
            multivariant: self.multivariant.clone(),
        })
    }
}

fn piece(rendition: &Shown, segment: &Segment) -> Piece {
    let init = segment.init.as_ref();
    Piece {
        dir: rendition.dir.clone(),
        date: segment.date,
        duration: segment.duration,
        init: init.map(|init| (init.name.clone(), init.bytes.clone())),
        body: segment.body.clone(),
    }
}

/// Run and media sequence number in a segment's name, in its one spelling.
#[must_use]
pub fn named_segment(file: &str) -> Option<(u64, u64)> {
    let (instance, msn) = file.strip_suffix(".m4s")?.split_once('-')?;
    let instance = u64::from_str_radix(instance, 16).ok()?;
    let msn = msn.parse().ok()?;
    (segment_name(instance, msn) == file).then_some((instance, msn))
}

/// What stands at the head of a playlist of kept segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptHead {
    /// EXT-X-TARGETDURATION, whole seconds.
    pub target: u64,
    /// EXT-X-MEDIA-SEQUENCE, by the keeper's own count: a run's numbers leap where the next begins.
    pub sequence: u64,
    /// EXT-X-DISCONTINUITY-SEQUENCE.
    pub discontinuities: u64,
    /// Whether more comes.
    pub ending: Ending,
}

/// Whether more comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The end is live.
    Live,
    /// All is there (EXT-X-ENDLIST); nothing else tells it, for who watches meanwhile may see no
    /// other change (6.2.1).
    Whole,
}

/// A kept segment in a playlist of its rendition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept<'a> {
    /// The run of the packager.
    pub instance: u64,
    /// The media sequence number in the live playlists, a part of its name.
    pub msn: u64,
    /// Whether EXT-X-DISCONTINUITY stands before it.
    pub discontinuity: bool,
    /// Wall time of its first sample.
    pub date: Wall,
    /// How long it lasts.
    pub duration: Ticks,
    /// Its init segment; `None` where there is nothing of the rendition.
    pub init: Option<&'a str>,
    /// Whether there is nothing of the rendition in this time (EXT-X-GAP).
    pub gap: bool,
}

/// Writes a media playlist of kept segments (draft-pantos-hls-rfc8216bis, 4.4.3 and 4.4.4).
pub fn render_kept<'a>(head: KeptHead, list: impl Iterator<Item = Kept<'a>>) -> String {
    let mut text = String::with_capacity(512 + list.size_hint().0 * 160);
    // Writing to a string cannot fail.
    let _ = write(&mut text, head, list);
    text
}

fn write<'a>(
    text: &mut String,
    head: KeptHead,
    list: impl Iterator<Item = Kept<'a>>,
) -> std::fmt::Result {
    writeln!(text, "#EXTM3U\n#EXT-X-VERSION:{VERSION}")?;
    writeln!(text, "#EXT-X-TARGETDURATION:{}", head.target)?;
    // Where more comes, players would begin at its end.
    writeln!(text, "#EXT-X-START:TIME-OFFSET=0.0,PRECISE=YES")?;
    writeln!(text, "#EXT-X-MEDIA-SEQUENCE:{}", head.sequence)?;
    let discontinuities = head.discontinuities;
    writeln!(text, "#EXT-X-DISCONTINUITY-SEQUENCE:{discontinuities}")?;
    let mut map = None;
    for kept in list {
        let init = (kept.init, &mut map);
        begin_with(text, kept.discontinuity, init, kept.date)?;
        if kept.gap {
            writeln!(text, "#EXT-X-GAP")?;
        }
        writeln!(text, "#EXTINF:{},", seconds(kept.duration))?;
        writeln!(text, "{}", segment_name(kept.instance, kept.msn))?;
    }
    match head.ending {
        Ending::Whole => writeln!(text, "#EXT-X-ENDLIST"),
        Ending::Live => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::window::tests::window;
    use super::*;

    #[test]
    fn a_keeper_gets_each_segment_once_and_none_in_the_making() {
        let window = window();
        let numbers = |next| window.moments(next).map(|m| m.msn).collect::<Vec<_>>();
        assert_eq!(numbers(0), [8, 9]);
        assert_eq!(numbers(9), [9]);
        assert!(numbers(10).is_empty());
        let moment = window.moments(9).next().unwrap();
        let piece = &moment.pieces[0];
        assert_eq!((&*piece.dir, moment.instance), ("video", 0xf00));
        let name = segment_name(moment.instance, moment.msn);
        let live = window.object(&format!("video/{name}")).unwrap();
        assert_eq!(live.body, piece.body);
    }

    #[test]
    fn a_name_is_read_in_its_one_spelling() {
        assert_eq!(named_segment("f00-9.m4s"), Some((0xf00, 9)));
        for other in [
            "F00-9.m4s",
            "f00-09.m4s",
            "part-f00-9.m4s",
            "f00-9",
            "-.m4s",
        ] {
            assert_eq!(named_segment(other), None, "{other}");
        }
    }

    #[test]
    fn a_playlist_of_kept_segments_marks_gaps_and_ends_only_when_whole() {
        let kept = |msn, discontinuity, init| Kept {
            instance: 0xf00,
            msn,
            discontinuity,
            date: Wall::from_unix_nanos(0),
            duration: Ticks::from_millis(2000),
            init,
            gap: init.is_none(),
        };
        let head = |ending| KeptHead {
            target: 2,
            sequence: 7,
            discontinuities: 3,
            ending,
        };
        let list = [
            kept(8, false, Some("init-1.mp4")),
            kept(9, false, Some("init-1.mp4")),
            kept(30, true, None),
        ];
        let text = render_kept(head(Ending::Live), list.into_iter());
        let date = "#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:00.000Z\n#EXTINF:2.000000,\n";
        let gap =
            "#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:00.000Z\n#EXT-X-GAP\n#EXTINF:2.000000,\n";
        let body = format!(
            "#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-DISCONTINUITY-SEQUENCE:3\n\
             #EXT-X-MAP:URI=\"init-1.mp4\"\n{date}f00-8.m4s\n{date}f00-9.m4s\n\
             #EXT-X-DISCONTINUITY\n{gap}f00-30.m4s\n"
        );
        let start = "#EXT-X-START:TIME-OFFSET=0.0,PRECISE=YES\n";
        let head_text = "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:2\n";
        assert_eq!(text, format!("{head_text}{start}{body}"));
        let text = render_kept(head(Ending::Whole), list.into_iter());
        assert_eq!(text, format!("{head_text}{start}{body}#EXT-X-ENDLIST\n"));
    }
}
