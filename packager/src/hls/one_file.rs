//! Kept segments of all renditions as one MP4 file (ISO/IEC 14496-12): fragments of each track in
//! turn, as they are, with the track's number and the decode time of one timeline put in. Sizes do
//! not change, so the length of the file is known before its first byte.

use bytes::Bytes;

use crate::ts::clock::Ticks;

/// A box's size and type.
const HEAD: usize = 8;
/// Numbers of fragments that a segment has for itself, so that those of the next are known without
/// it: ten seconds of 17 tracks in parts of 100 ms have fewer.
const FRAGMENTS: u32 = 1 << 12;
/// Sound may begin a frame before the picture; no decode time is less than zero.
const LEAD: Ticks = Ticks::from_millis(100);

/// The tracks of a file, by their init segments.
#[derive(Clone, Debug)]
pub struct OneFile {
    tracks: Vec<Track>,
    moov: Vec<u8>,
    /// How long the timeline is at the begin of the present run.
    elapsed: Ticks,
    /// The same at the end of what was taken.
    end: Ticks,
    /// The decode time of the run's first sample, and its timescale.
    origin: Option<(u64, u64)>,
    sequence: u32,
}

#[derive(Clone, Copy, Debug)]
struct Track {
    timescale: u64,
}

impl OneFile {
    /// A file of the tracks with these init segments, at most 255.
    ///
    /// # Errors
    /// An init segment that is none.
    pub fn new(inits: &[Bytes]) -> Result<Self, String> {
        let parts = inits.iter().map(|init| Parts::of(init));
        let parts: Option<Vec<_>> = parts.collect();
        let parts = parts.filter(|parts| !parts.is_empty() && parts.len() < 256);
        let parts = parts.ok_or("an init segment that cannot be read")?;
        let moov = moov(&parts).ok_or("an init segment that cannot be joined")?;
        let tracks = parts.iter().map(|part| Track {
            timescale: part.timescale,
        });
        Ok(Self {
            tracks: tracks.collect(),
            moov,
            elapsed: LEAD,
            end: LEAD,
            origin: None,
            sequence: 0,
        })
    }

    /// The begin of the file, for segments of so many bytes (all tracks) and so long.
    #[must_use]
    pub fn head(&self, segments: &[(u64, Ticks)]) -> Bytes {
        let mut head = self.moov.clone();
        // Without an index a player reads on to know how long the file is.
        if let Some(index) = self.index(segments) {
            head.extend_from_slice(&index);
        }
        head.into()
    }

    /// Begins a segment that lasts `duration`; after a `discontinuity` it is placed at the end of
    /// the one before.
    pub fn begin(&mut self, duration: Ticks, discontinuity: bool) {
        if discontinuity || self.origin.is_none() {
            self.origin = None;
            self.elapsed = self.end;
        }
        self.end = self.end + duration;
        self.sequence = (self.sequence | (FRAGMENTS - 1)).wrapping_add(1);
    }

    /// Whether what comes after does not depend on the fragments of the segment that has begun: it
    /// is not the first of its run, whose clock is the run's.
    #[must_use]
    pub const fn may_skip(&self) -> bool {
        self.origin.is_some()
    }

    /// Puts the fragments of track `track`, counted from 0, in their place.
    pub fn place(&mut self, track: usize, body: &[u8]) -> Vec<u8> {
        let mut body = body.to_vec();
        let Some(timescale) = self.tracks.get(track).map(|t| t.timescale) else {
            return body;
        };
        let mut at = 0;
        while let Some((kind, len)) = head_of(&body, at) {
            if kind == *b"moof" {
                self.place_fragment((track, timescale), &mut body, at..at + len);
            }
            at += len;
        }
        body
    }

    fn place_fragment(
        &mut self,
        (track, timescale): (usize, u64),
        body: &mut [u8],
        moof: std::ops::Range<usize>,
    ) {
        self.sequence = self.sequence.wrapping_add(1);
        if let Some(mfhd) = inner(body, moof.clone(), *b"mfhd") {
            put(body, mfhd + HEAD + 4, &self.sequence.to_be_bytes());
        }
        let Some(traf) = inner_range(body, moof, *b"traf") else {
            return;
        };
        let number = u32::try_from(track + 1).unwrap_or(1);
        if let Some(tfhd) = inner(body, traf.clone(), *b"tfhd") {
            put(body, tfhd + HEAD + 4, &number.to_be_bytes());
        }
        let Some(tfdt) = inner(body, traf, *b"tfdt") else {
            return;
        };
        let at = tfdt + HEAD + 4;
        let wide = body.get(tfdt + HEAD) == Some(&1);
        let time = match wide {
            true => read64(body, at),
            false => read32(body, at).map(u64::from),
        };
        let Some(time) = time else { return };
        let placed = self.timeline(time, timescale);
        match wide {
            true => put(body, at, &placed.to_be_bytes()),
            false => put(
                body,
                at,
                &u32::try_from(placed).unwrap_or(u32::MAX).to_be_bytes(),
            ),
        }
    }

    /// `time` of the stream on the file's own timeline.
    fn timeline(&mut self, time: u64, timescale: u64) -> u64 {
        let (origin, of) = *self.origin.get_or_insert((time, timescale));
        let origin = i128::from(origin) * i128::from(timescale) / i128::from(of.max(1));
        let elapsed = i128::from(self.elapsed.get()) * i128::from(timescale) / 27_000_000;
        u64::try_from(i128::from(time) - origin + elapsed).unwrap_or(0)
    }

    /// `sidx` of the first track (8.16.3): where each segment lies, and how long it is.
    fn index(&self, segments: &[(u64, Ticks)]) -> Option<Vec<u8>> {
        let timescale = self.tracks.first()?.timescale;
        let count = u16::try_from(segments.len()).ok()?;
        let units = |span: Ticks| {
            let units = i128::from(span.get()) * i128::from(timescale) / 27_000_000;
            u64::try_from(units).ok()
        };
        let mut body = vec![1, 0, 0, 0];
        body.extend_from_slice(&1u32.to_be_bytes());
        body.extend_from_slice(&u32::try_from(timescale).ok()?.to_be_bytes());
        body.extend_from_slice(&units(LEAD)?.to_be_bytes());
        body.extend_from_slice(&0u64.to_be_bytes());
        body.extend_from_slice(&[0, 0]);
        body.extend_from_slice(&count.to_be_bytes());
        let (mut end, mut told) = (Ticks::ZERO, 0);
        for (bytes, duration) in segments {
            end = end + *duration;
            // What rounding takes from one the next one gets.
            let lasts = u32::try_from(units(end)?.checked_sub(told)?).ok()?;
            told += u64::from(lasts);
            let bytes = u32::try_from(*bytes)
                .ok()
                .filter(|bytes| *bytes < 1 << 31)?;
            body.extend_from_slice(&bytes.to_be_bytes());
            body.extend_from_slice(&lasts.to_be_bytes());
            // starts_with_SAP, SAP_type 1.
            body.extend_from_slice(&0x9000_0000u32.to_be_bytes());
        }
        Some(boxed(*b"sidx", &body))
    }
}

/// What is taken of an init segment.
struct Parts<'a> {
    ftyp: &'a [u8],
    mvhd: &'a [u8],
    trak: &'a [u8],
    trex: &'a [u8],
    timescale: u64,
}

impl<'a> Parts<'a> {
    fn of(init: &'a [u8]) -> Option<Self> {
        let all = 0..init.len();
        let moov = child(init, all.clone(), *b"moov")?;
        let trak = child(init, body_of(&moov), *b"trak")?;
        let mdia = child(init, body_of(&trak), *b"mdia")?;
        let mdhd = child(init, body_of(&mdia), *b"mdhd")?;
        let mvex = child(init, body_of(&moov), *b"mvex")?;
        let slice = |range: std::ops::Range<usize>| init.get(range);
        // Two dates of four or eight bytes stand before (8.4.2).
        let wide = init.get(mdhd.start + HEAD) == Some(&1);
        let at = mdhd.start + HEAD + if wide { 20 } else { 12 };
        Some(Self {
            ftyp: slice(child(init, all, *b"ftyp")?)?,
            mvhd: slice(child(init, body_of(&moov), *b"mvhd")?)?,
            trex: slice(child(init, body_of(&mvex), *b"trex")?)?,
            trak: slice(trak)?,
            timescale: u64::from(read32(init, at)?).max(1),
        })
    }
}

fn moov(parts: &[Parts<'_>]) -> Option<Vec<u8>> {
    let first = parts.first()?;
    let mut mvhd = first.mvhd.to_vec();
    // next_track_ID stands last (8.2.2).
    let at = mvhd.len().checked_sub(4)?;
    put(
        &mut mvhd,
        at,
        &u32::try_from(parts.len() + 1).ok()?.to_be_bytes(),
    );
    let (mut traks, mut trexs) = (Vec::new(), Vec::new());
    for (number, part) in (1u32..).zip(parts) {
        let mut trak = part.trak.to_vec();
        let all = HEAD..trak.len();
        let tkhd = child(&trak, all, *b"tkhd")?;
        let wide = trak.get(tkhd.start + HEAD) == Some(&1);
        let at = tkhd.start + HEAD + if wide { 20 } else { 12 };
        put(&mut trak, at, &number.to_be_bytes());
        let mut trex = part.trex.to_vec();
        put(&mut trex, HEAD + 4, &number.to_be_bytes());
        traks.extend_from_slice(&trak);
        trexs.extend_from_slice(&trex);
    }
    let moov = [mvhd, traks, boxed(*b"mvex", &trexs)].concat();
    Some([first.ftyp.to_vec(), boxed(*b"moov", &moov)].concat())
}

fn boxed(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    let len = u32::try_from(body.len() + HEAD).unwrap_or(u32::MAX);
    [&len.to_be_bytes()[..], &kind, body].concat()
}

/// Type and length of the box at `at`; `None` where no whole one is.
fn head_of(bytes: &[u8], at: usize) -> Option<([u8; 4], usize)> {
    let len = usize::try_from(read32(bytes, at)?).ok()?;
    let kind = bytes.get(at + 4..at + HEAD)?.try_into().ok()?;
    let whole = len >= HEAD && at.checked_add(len)? <= bytes.len();
    whole.then_some((kind, len))
}

/// The box `kind` among those that stand in `range`.
fn child(
    bytes: &[u8],
    range: std::ops::Range<usize>,
    kind: [u8; 4],
) -> Option<std::ops::Range<usize>> {
    let mut at = range.start;
    while at < range.end {
        let (found, len) = head_of(bytes, at)?;
        if found == kind {
            return Some(at..at + len);
        }
        at += len;
    }
    None
}

fn body_of(range: &std::ops::Range<usize>) -> std::ops::Range<usize> {
    range.start + HEAD..range.end
}

fn inner_range(
    bytes: &[u8],
    range: std::ops::Range<usize>,
    kind: [u8; 4],
) -> Option<std::ops::Range<usize>> {
    child(bytes, body_of(&range), kind)
}

fn inner(bytes: &[u8], range: std::ops::Range<usize>, kind: [u8; 4]) -> Option<usize> {
    Some(inner_range(bytes, range, kind)?.start)
}

fn read32(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(four.try_into().ok()?))
}

fn read64(bytes: &[u8], at: usize) -> Option<u64> {
    let eight = bytes.get(at..at.checked_add(8)?)?;
    Some(u64::from_be_bytes(eight.try_into().ok()?))
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    if let Some(place) = bytes.get_mut(at..at + value.len()) {
        place.copy_from_slice(value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::cmaf::{Sample, part};
    use super::*;

    /// An init segment as far as it is read here.
    fn init(timescale: u32) -> Bytes {
        let full = |kind: [u8; 4], fields: &[u32]| {
            let fields = fields.iter().flat_map(|f| f.to_be_bytes());
            boxed(
                kind,
                &[0u8; 4].into_iter().chain(fields).collect::<Vec<_>>(),
            )
        };
        let mdia = boxed(*b"mdia", &full(*b"mdhd", &[0, 0, timescale, 0, 0]));
        let trak = boxed(*b"trak", &[full(*b"tkhd", &[0, 0, 1, 0]), mdia].concat());
        let mvex = boxed(*b"mvex", &full(*b"trex", &[1, 1, 0, 0, 0]));
        let moov = [full(*b"mvhd", &[0, 0, 1_000, 2]), trak, mvex].concat();
        [boxed(*b"ftyp", b"iso6"), boxed(*b"moov", &moov)]
            .concat()
            .into()
    }

    fn body(decode: u64) -> Vec<u8> {
        let sample = Sample {
            duration: 1,
            composition: 0,
            sync: true,
            independent: true,
            data: vec![1, 2, 3],
        };
        part(9, decode, &[sample]).unwrap()
    }

    /// Track and decode time of the first fragment.
    fn placed(bytes: &[u8]) -> (u32, u64) {
        let (_, len) = head_of(bytes, 0).unwrap();
        let traf = inner_range(bytes, 0..len, *b"traf").unwrap();
        let tfhd = inner(bytes, traf.clone(), *b"tfhd").unwrap();
        let tfdt = inner(bytes, traf, *b"tfdt").unwrap();
        let time = match bytes[tfdt + HEAD] {
            1 => read64(bytes, tfdt + HEAD + 4).unwrap(),
            _ => read32(bytes, tfdt + HEAD + 4).unwrap().into(),
        };
        (read32(bytes, tfhd + HEAD + 4).unwrap(), time)
    }

    #[test]
    fn tracks_get_their_numbers_and_one_timeline_over_a_discontinuity() {
        let mut file = OneFile::new(&[init(90_000), init(48_000)]).unwrap();
        let two = Ticks::from_millis(2_000);
        let far = 1 << 40;
        file.begin(two, false);
        assert_eq!(placed(&file.place(0, &body(far))), (1, 9_000));
        // A frame of sound before the picture.
        let sound = far * 48_000 / 90_000 - 480;
        let (track, time) = placed(&file.place(1, &body(sound)));
        assert_eq!(track, 2);
        assert!((4_319..=4_321).contains(&time), "{time}");
        file.begin(two, false);
        assert_eq!(placed(&file.place(0, &body(far + 180_000))).1, 189_000);
        // Another run, with another clock.
        file.begin(two, true);
        assert_eq!(placed(&file.place(0, &body(77))).1, 369_000);
        assert_eq!(file.place(0, &body(77)).len(), body(77).len());
    }

    #[test]
    fn the_head_has_a_track_for_each_and_an_index_of_the_segments() {
        let file = OneFile::new(&[init(90_000), init(48_000)]).unwrap();
        let head = file.head(&[(1_000, Ticks::from_millis(2_000)); 3]);
        let moov = child(&head, 0..head.len(), *b"moov").unwrap();
        let first = child(&head, body_of(&moov), *b"trak").unwrap();
        let second = child(&head, first.end..moov.end, *b"trak").unwrap();
        let number = |trak| inner(&head, trak, *b"tkhd").and_then(|at| read32(&head, at + 20));
        assert_eq!((number(first), number(second)), (Some(1), Some(2)));
        let sidx = child(&head, 0..head.len(), *b"sidx").unwrap();
        assert_eq!(sidx.end, head.len(), "segments follow at once");
        assert_eq!(read32(&head, sidx.start + 36), Some(3));
        assert_eq!(read32(&head, sidx.start + 44), Some(180_000));
    }

    #[test]
    fn what_is_no_init_segment_is_refused_and_what_is_no_fragment_goes_as_it_is() {
        assert!(OneFile::new(&[]).is_err());
        let whole = init(90_000);
        for len in 0..whole.len() {
            assert!(OneFile::new(&[whole.slice(..len)]).is_err(), "{len}");
        }
        let mut file = OneFile::new(&[whole]).unwrap();
        file.begin(Ticks::from_millis(2_000), false);
        let fragment = body(5);
        for len in 0..fragment.len() {
            assert_eq!(file.place(0, &fragment[..len]).len(), len);
        }
        assert_eq!(file.place(7, &fragment), fragment);
    }
}
