//! The rules of live playlists, checked at every change of the window under the ids of the draft's
//! rule list (R10 … R57), with m3u8-rs and mp4-atom as readers.

use std::collections::HashMap;
use std::fmt::Debug;

use bytes::Bytes;
use m3u8_rs::{MediaPlaylist, MediaSegment};
use mp4_atom::{Atom, Decode, DecodeMaybe, Header, Moof, Moov};
use packager::hls::{ObjectKind, Window};

use crate::muxed::Counters;
use crate::support::text;

/// Watches a channel as a client with a perfect memory does.
#[derive(Default)]
pub(crate) struct Follower {
    /// Every immutable path ever seen, with its bytes (R40).
    objects: HashMap<String, Bytes>,
    renditions: HashMap<String, Rendition>,
    target: Option<u64>,
}

#[derive(Default)]
struct Rendition {
    last: Option<MediaPlaylist>,
    /// URI of each number (R40).
    uris: HashMap<u64, String>,
    /// Media time at which each number left the playlist (R37).
    left: HashMap<u64, (f64, String)>,
    /// Longest playlist so far, and media time so far.
    longest: f64,
    elapsed: f64,
    next_decode: Option<u64>,
    /// Of MPEG-TS.
    counters: Counters,
    /// The number after the newest segment checked.
    checked: u64,
}

impl Follower {
    /// Checks everything that can be fetched.
    pub(crate) fn see(&mut self, window: &Window) {
        for path in window.paths() {
            let object = window
                .object(&path)
                .unwrap_or_else(|| panic!("{path} is listed"));
            if object.kind == ObjectKind::Playlist {
                continue;
            }
            let old = self.objects.insert(path.clone(), object.body.clone());
            assert!(
                old.is_none_or(|old| old == object.body),
                "R40: {path} changed"
            );
        }
        let index = text(window, "index.m3u8");
        let (_, master) = m3u8_rs::parse_master_playlist(index.as_bytes()).expect("R01");
        let named = master.variants.iter().map(|v| v.uri.clone());
        let named = named.chain(master.alternatives.iter().filter_map(|a| a.uri.clone()));
        let playlists = window.paths().filter(|path| path.ends_with("/index.m3u8"));
        let dirs: Vec<String> = playlists.collect();
        for uri in named {
            assert!(dirs.contains(&uri), "R01: {uri} is named and not there");
        }
        let (mut sequences, mut times) = (Vec::new(), HashMap::new());
        for uri in dirs {
            let dir = uri
                .strip_suffix("/index.m3u8")
                .expect("a rendition's playlist");
            let playlist = parse(&text(window, &uri));
            let (old, target) = (self.target, playlist.target_duration);
            assert!(
                old.is_none_or(|old| old == target),
                "R32, R53: target {old:?} to {target}"
            );
            self.target = Some(target);
            sequences.push((
                playlist.media_sequence,
                playlist.discontinuity_sequence,
                playlist
                    .segments
                    .iter()
                    .map(|s| s.discontinuity)
                    .collect::<Vec<_>>(),
            ));
            let is_gap = |s: &MediaSegment| s.unknown_tags.iter().any(|t| t.tag == "X-GAP");
            let time = |s: &MediaSegment| (!is_gap(s)).then_some((s.duration, s.program_date_time));
            let own: Vec<_> = playlist.segments.iter().map(time).collect();
            times.insert(dir.to_owned(), own);
            let rendition = self.renditions.entry(dir.to_owned()).or_default();
            rendition.see(window, dir, playlist);
        }
        // Each says the same of the numbers that it shares with the longest.
        let longest = sequences.iter().max_by_key(|(.., breaks)| breaks.len());
        let (msn, discontinuities, breaks) = longest.expect("one playlist at least");
        for (own_msn, own_discontinuities, own_breaks) in &sequences {
            let missing = breaks.len() - own_breaks.len();
            let (before, shared) = breaks.split_at(missing);
            let before = before.iter().filter(|broken| **broken).count() as u64;
            let expected = (msn + missing as u64, discontinuities + before, shared);
            let found = (*own_msn, *own_discontinuities, &own_breaks[..]);
            assert_eq!(found, expected, "R52");
        }
        same_times(&times);
    }

    /// Paths seen that are no longer there.
    pub(crate) fn gone(&self, window: &Window) -> usize {
        self.objects
            .keys()
            .filter(|path| window.object(path).is_none())
            .count()
    }
}

/// MPEG-TS has the times of the picture, or of the sound where there is none; gaps have no time.
fn same_times<T: PartialEq + Debug>(times: &HashMap<String, Vec<Option<T>>>) {
    let picture = |dir: &&String| dir.starts_with("video");
    let lead = times.keys().filter(picture).min();
    let lead = lead.and_then(|dir| times.get(dir)).or(times.get("audio"));
    let (Some(stream), Some(lead)) = (times.get("ts"), lead) else {
        return;
    };
    let pairs = stream.iter().rev().zip(lead.iter().rev());
    for (own, lead) in pairs.filter(|(_, lead)| lead.is_some()) {
        assert_eq!(own, lead, "EXTINF and date of MPEG-TS");
    }
}

impl Rendition {
    fn see(&mut self, window: &Window, dir: &str, playlist: MediaPlaylist) {
        let target = playlist.target_duration as f64;
        let first = playlist.media_sequence;
        let listed: f64 = playlist
            .segments
            .iter()
            .map(|s| f64::from(s.duration))
            .sum();
        for (number, segment) in (first..).zip(&playlist.segments) {
            let uri = self
                .uris
                .entry(number)
                .or_insert_with(|| segment.uri.clone());
            assert_eq!(*uri, segment.uri, "R40: another URI for number {number}");
            assert!(
                f64::from(segment.duration).round() <= target,
                "R10: {segment:?}"
            );
            assert!(segment.duration > 0.0, "R12");
            assert!(segment.program_date_time.is_some(), "R55");
            let is_gap = segment.unknown_tags.iter().any(|t| t.tag == "X-GAP");
            let there = window.object(&format!("{dir}/{}", segment.uri)).is_some();
            assert_ne!(there, is_gap, "R39: {}", segment.uri);
        }
        if let Some(old) = self.last.take() {
            self.compare(&old, &playlist, listed);
        }
        self.longest = self.longest.max(listed);
        for (uri, since) in self.left.values().map(|(since, uri)| (uri, since)) {
            if self.elapsed - since < self.longest {
                assert!(
                    window.object(&format!("{dir}/{uri}")).is_some(),
                    "R37: {uri}"
                );
            }
        }
        self.media(window, dir, &playlist);
        self.last = Some(playlist);
    }

    fn compare(&mut self, old: &MediaPlaylist, new: &MediaPlaylist, listed: f64) {
        let removed = new
            .media_sequence
            .checked_sub(old.media_sequence)
            .expect("R34: went back");
        let removed = usize::try_from(removed).expect("small");
        assert!(removed <= old.segments.len(), "R34: numbers left out");
        let (gone, kept) = old.segments.split_at(removed);
        let discontinuities = gone.iter().filter(|s| s.discontinuity).count() as u64;
        assert_eq!(
            new.discontinuity_sequence,
            old.discontinuity_sequence + discontinuities,
            "R35"
        );
        assert!(kept.len() <= new.segments.len(), "R31: shorter at the end");
        assert_eq!(
            kept,
            &new.segments[..kept.len()],
            "R31: a listed segment changed"
        );
        let added: f64 = new.segments[kept.len()..]
            .iter()
            .map(|s| f64::from(s.duration))
            .sum();
        self.elapsed += added;
        for (number, segment) in (old.media_sequence..).zip(gone) {
            if !segment.unknown_tags.iter().any(|t| t.tag == "X-GAP") {
                self.left
                    .insert(number, (self.elapsed, segment.uri.clone()));
            }
        }
        if removed > 0 {
            assert!(
                listed >= 3.0 * new.target_duration as f64,
                "R36: {listed} s"
            );
        }
        dates(new);
    }

    /// R20, R22: each new segment continues the one before it.
    fn media(&mut self, window: &Window, dir: &str, playlist: &MediaPlaylist) {
        for (number, segment) in (playlist.media_sequence..).zip(&playlist.segments) {
            if number < self.checked {
                continue;
            }
            self.checked = number + 1;
            let path = format!("{dir}/{}", segment.uri);
            let Some(object) = window.object(&path) else {
                self.next_decode = None;
                continue;
            };
            if dir == "ts" {
                self.counters.check(&path, &object.body);
                continue;
            }
            if dir.starts_with("subtitles") {
                assert!(object.body.starts_with(b"WEBVTT\n"), "{path}");
                continue;
            }
            let moofs = moofs(&object.body);
            let begin = tfdt(&moofs[0]);
            if let Some(next) = self.next_decode.filter(|_| !segment.discontinuity) {
                assert_eq!(begin, next, "R20: {path} begins elsewhere");
            }
            let mut at = begin;
            for moof in &moofs {
                assert_eq!(tfdt(moof), at, "R20: parts of {path}");
                let samples = moof.traf[0].trun[0].samples.iter();
                at += samples
                    .filter_map(|s| s.duration)
                    .map(u64::from)
                    .sum::<u64>();
            }
            self.next_decode = Some(at);
        }
    }
}

/// R41: what a date says of a segment's end is not far behind what the next one says.
fn dates(playlist: &MediaPlaylist) {
    for pair in playlist.segments.windows(2) {
        let at =
            |s: &MediaSegment| s.program_date_time.expect("R55").timestamp_millis() as f64 / 1e3;
        let overlap = at(&pair[0]) + f64::from(pair[0].duration) - at(&pair[1]);
        assert!(overlap < 1.0, "R41: {overlap} s");
    }
}

/// A media playlist, read strictly and by m3u8-rs.
pub(crate) fn parse(text: &str) -> MediaPlaylist {
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("#EXTM3U"), "R05");
    let once = |tag: &str| {
        let count = text.lines().filter(|l| l.starts_with(tag)).count();
        assert_eq!(count, 1, "R06, R09, R11: {tag} in\n{text}");
    };
    once("#EXT-X-VERSION:");
    once("#EXT-X-TARGETDURATION:");
    once("#EXT-X-MEDIA-SEQUENCE:");
    once("#EXT-X-DISCONTINUITY-SEQUENCE:");
    assert!(!text.contains("#EXT-X-PLAYLIST-TYPE"), "R38");
    assert!(
        text.ends_with('\n') && !text.contains('\r') && !text.contains("\n\n"),
        "R03"
    );
    let head = text.find("#EXTINF").unwrap_or(text.len());
    assert!(
        text.find("#EXT-X-MEDIA-SEQUENCE")
            .is_some_and(|at| at < head),
        "R11"
    );
    let (rest, playlist) = m3u8_rs::parse_media_playlist(text.as_bytes()).expect("R01");
    assert!(rest.is_empty(), "R01");
    // The map that applies to a segment is the last one before it.
    let mut playlist = playlist;
    let mut map = None;
    for segment in &mut playlist.segments {
        map = segment.map.take().or(map);
        segment.map.clone_from(&map);
    }
    playlist
}

/// The `moof`s of a segment, which is nothing but `moof` and `mdat` in turn.
pub(crate) fn moofs(bytes: &Bytes) -> Vec<Moof> {
    let mut rest = &bytes[..];
    let mut moofs = Vec::new();
    while !rest.is_empty() {
        let len = |rest: &[u8]| u32::from_be_bytes(rest[..4].try_into().expect("4")) as usize;
        let moof = &rest[..len(rest)];
        moofs.push(Moof::decode(&mut &moof[..]).expect("R22: a moof"));
        let trun = &moofs[moofs.len() - 1].traf[0].trun[0];
        let sizes: u32 = trun.samples.iter().filter_map(|s| s.size).sum();
        rest = &rest[moof.len()..];
        assert_eq!(&rest[4..8], b"mdat");
        assert_eq!(len(rest), sizes as usize + 8, "the mdat is its samples");
        assert_eq!(
            trun.data_offset,
            Some(moof.len() as i32 + 8),
            "R22: offsets from the moof"
        );
        rest = &rest[len(rest)..];
    }
    assert!(!moofs.is_empty());
    moofs
}

/// When each listed segment of a rendition is first shown, in seconds; gaps are left out.
pub(crate) fn starts(window: &Window, dir: &str, timescale: f64) -> Vec<(u64, f64)> {
    let playlist = parse(&text(window, &format!("{dir}/index.m3u8")));
    let numbered = (playlist.media_sequence..).zip(&playlist.segments);
    let first = numbered.filter_map(|(number, segment)| {
        let body = window.object(&format!("{dir}/{}", segment.uri))?.body;
        let moof = moofs(&body).remove(0);
        let delay = moof.traf[0].trun[0].samples.get(0)?.cts.unwrap_or(0);
        Some((number, (tfdt(&moof) as f64 + delay as f64) / timescale))
    });
    first.collect()
}

fn tfdt(moof: &Moof) -> u64 {
    moof.traf[0]
        .tfdt
        .as_ref()
        .expect("R22: tfdt")
        .base_media_decode_time
}

/// R22: the init segment has mvex and no duration.
pub(crate) fn check_init(bytes: &Bytes) {
    let mut rest = &bytes[..];
    let mut moov = None;
    while let Ok(Some(header)) = Header::decode_maybe(&mut rest) {
        let (body, after) = rest.split_at(header.size.expect("a size"));
        if header.kind == Moov::KIND {
            moov = Moov::decode_body(&mut &body[..]).ok();
        }
        rest = after;
    }
    let moov = moov.expect("R22: moov");
    assert!(moov.mvex.is_some(), "R22: mvex");
    assert_eq!((moov.trak.len(), moov.mvhd.duration), (1, 0), "R22");
    assert!(bytes.windows(4).take(64).any(|w| w == b"iso6"), "R22: iso6");
}
