//! What is known of a kept segment: a line of an index.

use std::sync::Arc;

use packager::hls::{Moment, segment_name};
use packager::time::Wall;
use packager::ts::clock::Ticks;

/// One segment in all renditions, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The archive's own count, without a gap: the media sequence number in its playlists.
    pub(super) number: u64,
    /// The run of the packager, and its media sequence number there: the segment's name.
    pub(super) name: (u64, u64),
    /// EXT-X-TARGETDURATION, whole seconds.
    pub(super) target: u64,
    pub(super) discontinuity: bool,
    /// Up to this one, its own included.
    pub(super) discontinuities: u64,
    /// The picture first, where there is one.
    pub(super) tracks: Vec<Track>,
}

/// The segment of one rendition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Track {
    pub(super) dir: Arc<str>,
    pub(super) date: Wall,
    pub(super) duration: Ticks,
    pub(super) init: Option<Arc<str>>,
    /// Bytes; 0 where the rendition had nothing.
    pub(super) len: u64,
}

impl Entry {
    /// The entry of `moment` behind `before`; none is kept without a rendition.
    pub(super) fn of(moment: &Moment, before: Option<&Self>) -> Option<Self> {
        let name = (moment.instance, moment.msn);
        let follows = |before: &Self| before.name == (name.0, name.1.saturating_sub(1));
        let discontinuity = moment.discontinuity || before.is_some_and(|b| !follows(b));
        let known = |text: &str| -> Arc<str> {
            let tracks = before.iter().flat_map(|b| &b.tracks);
            let words = tracks.flat_map(|t| std::iter::once(&t.dir).chain(&t.init));
            let mut same = words.filter(|word| &***word == text);
            same.next().cloned().unwrap_or_else(|| text.into())
        };
        let tracks = moment.pieces.iter().map(|piece| Track {
            dir: known(&piece.dir),
            date: piece.date,
            duration: piece.duration,
            init: piece.init.as_ref().map(|(name, _)| known(name)),
            len: piece.body.len() as u64,
        });
        let tracks: Vec<_> = tracks.collect();
        (!tracks.is_empty()).then(|| Self {
            // A live number is never lower than what an archive that was lost had counted to.
            number: before.map_or(moment.msn, |b| b.number + 1),
            name,
            target: moment.target,
            discontinuity,
            discontinuities: before.map_or(0, |b| b.discontinuities) + u64::from(discontinuity),
            tracks,
        })
    }

    pub(super) fn file(&self) -> String {
        segment_name(self.name.0, self.name.1)
    }

    pub(super) fn date(&self) -> Wall {
        self.tracks.first().map_or(Wall::default(), |t| t.date)
    }

    pub(super) fn duration(&self) -> Ticks {
        self.tracks.first().map_or(Ticks::ZERO, |t| t.duration)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.tracks.iter().map(|t| t.len).sum()
    }

    /// Hours since 1970: the folder that it is in.
    pub(super) fn hour(&self) -> i64 {
        self.date().unix_seconds().div_euclid(3_600)
    }

    /// The renditions of which there is something, each with its init segment, without what a
    /// ladder makes again of one that is there.
    pub(super) fn formats(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
        let known = |dir| self.track(dir).is_some_and(|track| track.init.is_some());
        let again = move |dir: &str| match dir.split_once('-') {
            Some(("video", _)) => known("video"),
            Some(("audio", "only")) => known("audio"),
            _ => false,
        };
        let tracks = self.tracks.iter().filter(move |track| !again(&track.dir));
        tracks.filter_map(|track| Some((&track.dir, track.init.as_ref()?)))
    }

    /// Whether both fit into one file.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.formats().eq(other.formats())
    }

    pub(super) fn track(&self, dir: &str) -> Option<&Track> {
        self.tracks.iter().find(|t| *t.dir == *dir)
    }

    /// The line of an index, its end included.
    pub(super) fn line(&self) -> String {
        let (instance, msn) = self.name;
        let mark = if self.discontinuity { 'd' } else { '-' };
        let mut line = format!(
            "{} {instance} {msn} {} {mark} {}",
            self.number, self.target, self.discontinuities
        );
        for track in &self.tracks {
            let init = track.init.as_deref().unwrap_or("-");
            let (date, duration) = (track.date.unix_nanos(), track.duration.get());
            line += &format!(" {},{date},{duration},{init},{}", track.dir, track.len);
        }
        line + "\n"
    }

    /// Reads a line without its end; `None` where it is none.
    pub(super) fn read(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let mut number = || words.next()?.parse::<u64>().ok();
        let (count, instance, msn, target) = (number()?, number()?, number()?, number()?);
        let discontinuity = match words.next()? {
            "d" => true,
            "-" => false,
            _ => return None,
        };
        let discontinuities = words.next()?.parse().ok()?;
        let tracks: Option<Vec<_>> = words.map(track).collect();
        let tracks = tracks.filter(|tracks| !tracks.is_empty())?;
        Some(Self {
            number: count,
            name: (instance, msn),
            target,
            discontinuity,
            discontinuities,
            tracks,
        })
    }
}

fn track(word: &str) -> Option<Track> {
    let mut fields = word.split(',');
    let dir = fields.next().filter(|dir| is_name(dir))?;
    let date = fields.next()?.parse().ok()?;
    let duration: i64 = fields.next()?.parse().ok()?;
    let init = fields.next().filter(|init| is_name(init))?;
    let len = fields.next()?.parse().ok()?;
    (fields.next().is_none() && duration >= 0).then(|| Track {
        dir: dir.into(),
        date: Wall::from_unix_nanos(date),
        duration: Ticks::new(duration),
        init: (init != "-").then(|| init.into()),
        len,
    })
}

/// Whether `name` names something in its own folder and nowhere else.
fn is_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
    (1..=64).contains(&name.len()) && !name.starts_with('.') && name.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::super::tests::moment;
    use super::*;

    #[test]
    fn a_line_reads_as_it_was_written_and_a_torn_one_as_nothing() {
        let entry = Entry::of(&moment(7), None).unwrap();
        let line = entry.line();
        assert_eq!(Entry::read(line.trim_end()), Some(entry));
        for torn in [
            "",
            "1",
            "1 2 3 4 d",
            "1 2 3 4 d 0",
            "1 2 3 4 x 0 video,0,0,-,0",
        ] {
            assert_eq!(Entry::read(torn), None, "{torn}");
        }
        for path in ["../video", ".x", "a/b", ""] {
            let line = format!("1 2 3 4 - 0 {path},0,0,-,0");
            assert_eq!(Entry::read(&line), None, "{path}");
        }
    }

    #[test]
    fn a_file_has_a_rung_only_where_what_it_is_made_of_is_not_there() {
        let formats = |dirs: &[&str]| -> Vec<String> {
            let mut entry = Entry::of(&moment(7), None).unwrap();
            let track = entry.tracks[0].clone();
            let tracks = dirs.iter().map(|dir| Track {
                dir: (*dir).into(),
                ..track.clone()
            });
            entry.tracks = tracks.collect();
            entry.formats().map(|(dir, _)| dir.to_string()).collect()
        };
        let all = ["video", "video-720p", "audio", "audio-2", "audio-only"];
        assert_eq!(formats(&all), ["video", "audio", "audio-2"]);
        let made = ["video-720p", "audio-only"];
        assert_eq!(formats(&made), made);
    }

    #[test]
    fn what_was_not_kept_is_a_discontinuity_and_no_hole_in_the_count() {
        let first = Entry::of(&moment(7), None).unwrap();
        let second = Entry::of(&moment(8), Some(&first)).unwrap();
        assert_eq!((second.number, second.discontinuity), (8, false));
        let late = Entry::of(&moment(20), Some(&second)).unwrap();
        assert_eq!((late.number, late.discontinuity), (9, true));
        assert_eq!(late.discontinuities, 1);
    }
}
