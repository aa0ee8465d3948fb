//! Fragments (3.1.2; ISO/IEC 14496-12, 8.8).

use super::boxes::{Box, all, boxes, find, long, word};
use super::video::{self, Nal};
use super::{Contents, Digest, Form, Track};
use crate::ledger::Sink;

/// What an init segment says of its tracks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Init {
    pub(crate) tracks: Vec<TrackInit>,
}

/// One track.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TrackInit {
    pub(crate) id: u32,
    /// The sample entry's type.
    pub(crate) codec: String,
    timescale: u32,
    /// default_sample_duration of the trex.
    duration: u32,
    /// Bytes of the length before each NAL unit.
    length: usize,
}

/// Reads `ftyp` and `moov`.
pub(crate) fn init(bytes: &[u8], sink: &mut Sink<'_>) -> Option<Init> {
    let brands = find(bytes, &[b"ftyp"]).unwrap_or_default();
    let mut brands = brands
        .chunks_exact(4)
        .enumerate()
        .filter(|(at, _)| *at != 1)
        .map(|(_, brand)| brand);
    // isom1 to 5 lack tfdt; iso6 and what came after have it, as have the brands of CMAF.
    let late = |brand: &[u8]| {
        matches!(brand, [b'i', b's', b'o', b'6'..=b'9' | b'a'..=b'c'])
            || matches!(brand, [b'c', b'm', b'f', _])
    };
    sink.must(22, brands.any(late), 0, || {
        "ftyp without iso6 or later".to_owned()
    });
    let moov = find(bytes, &[b"moov"]);
    sink.must(22, moov.is_some(), 0, || "no moov".to_owned());
    let moov = moov?;
    let extends = all(find(moov, &[b"mvex"]).unwrap_or_default(), b"trex");
    sink.must(22, find(moov, &[b"mvex"]).is_some(), 0, || {
        "moov without mvex".to_owned()
    });
    let movie = find(moov, &[b"mvhd"])
        .and_then(|body| duration(body, 12, 20))
        .unwrap_or(0);
    sink.must(22, movie == 0, 0, || format!("mvhd duration {movie}"));
    let mut tracks = Vec::new();
    for trak in all(moov, b"trak") {
        let Some(header) = find(trak, &[b"tkhd"]) else {
            continue;
        };
        let version = header.first().copied().unwrap_or(0);
        let id = word(header, if version == 1 { 20 } else { 12 }).unwrap_or(0);
        let length = duration(header, 16, 24).unwrap_or(0);
        sink.must(22, length == 0, 0, || format!("tkhd duration {length}"));
        let media = find(trak, &[b"mdia", b"mdhd"]).unwrap_or_default();
        let timescale = word(media, if media.first() == Some(&1) { 20 } else { 12 }).unwrap_or(0);
        let entries =
            find(trak, &[b"mdia", b"minf", b"stbl", b"stsd"]).and_then(|body| body.get(8..));
        let (codec, length) = entry(entries.unwrap_or_default());
        let of = extends.iter().find(|trex| word(trex, 4) == Some(id));
        tracks.push(TrackInit {
            id,
            codec,
            timescale,
            duration: of.and_then(|trex| word(trex, 12)).unwrap_or(0),
            length,
        });
    }
    sink.must(22, !tracks.is_empty(), 0, || {
        "moov without a trak".to_owned()
    });
    Some(Init { tracks })
}

/// A duration field of a header box: where it stands in versions 0 and 1.
fn duration(body: &[u8], at: usize, late: usize) -> Option<u64> {
    match body.first()? {
        1 => long(body, late + 4).filter(|d| *d != u64::MAX),
        _ => word(body, at + 4).filter(|d| *d != u32::MAX).map(u64::from),
    }
}

/// The type of the first sample entry, and its NAL length size.
fn entry(entries: &[u8]) -> (String, usize) {
    let (found, _) = boxes(entries);
    let Some(first) = found.first() else {
        return (String::new(), 4);
    };
    let codec = String::from_utf8_lossy(&first.kind).into_owned();
    // A VisualSampleEntry has 78 bytes before its boxes.
    let inside = first.body.get(78..).unwrap_or_default();
    let length = match Nal::of(&codec) {
        Some(Nal::H264) => find(inside, &[b"avcC"]).and_then(|c| c.get(4).copied()),
        Some(Nal::H265) => find(inside, &[b"hvcC"]).and_then(|c| c.get(21).copied()),
        None => None,
    };
    (codec, length.map_or(4, |byte| usize::from(byte & 3) + 1))
}

/// Reads the fragments of a segment or a part.
pub(crate) fn read(
    bytes: &[u8],
    init: &Init,
    digest: Digest,
    sink: &mut Sink<'_>,
) -> Option<Contents> {
    let (found, whole) = boxes(bytes);
    sink.must(22, whole, 0, || "a box is cut off".to_owned());
    let mut contents = Contents {
        form: Form::Fmp4,
        tracks: Vec::new(),
        counters: Vec::new(),
        digest,
    };
    for part in &found {
        match &part.kind {
            b"mdat" => contents.digest.push(part.body),
            b"moof" => {
                for traf in all(part.body, b"traf") {
                    fragment(bytes, part, traf, init, (&mut contents, sink));
                }
            }
            _ => {}
        }
    }
    sink.must(22, !contents.tracks.is_empty(), 0, || {
        "no moof with a traf of a known track".to_owned()
    });
    Some(contents).filter(|contents| !contents.tracks.is_empty())
}

/// Samples of one run.
#[derive(Default)]
struct Run {
    ticks: u64,
    longest: u64,
    count: u64,
    /// Where its first sample is, from the moof.
    offset: Option<u32>,
    first_size: Option<u32>,
}

fn fragment(
    bytes: &[u8],
    moof: &Box<'_>,
    traf: &[u8],
    init: &Init,
    (contents, sink): (&mut Contents, &mut Sink<'_>),
) {
    let header = find(traf, &[b"tfhd"]).unwrap_or_default();
    let flags = word(header, 0).unwrap_or(0) & 0x00ff_ffff;
    // default-base-is-moof, and no base-data-offset.
    sink.must(22, flags & 1 == 0 && flags & 0x02_0000 != 0, 0, || {
        format!("tfhd flags {flags:#x}: not relative to the moof")
    });
    let id = word(header, 4).unwrap_or(0);
    let time = find(traf, &[b"tfdt"]);
    sink.must(22, time.is_some(), 0, || {
        format!("track {id}: traf without tfdt")
    });
    let Some(track) = init.tracks.iter().find(|t| t.id == id && t.timescale > 0) else {
        sink.must(22, false, 0, || format!("track {id} is not in #EXT-X-MAP"));
        return;
    };
    let time = time.unwrap_or_default();
    let time = if time.first() == Some(&1) {
        long(time, 4)
    } else {
        word(time, 4).map(u64::from)
    };
    let own = default_duration(header, flags).unwrap_or(track.duration);
    let mut run = Run::default();
    for trun in all(traf, b"trun") {
        samples(trun, own, &mut run);
    }
    let scale = f64::from(track.timescale);
    // Ticks below 2^53 are exact, and above no stream is.
    let begin = time.unwrap_or(0) as f64 / scale;
    let end = begin + run.ticks as f64 / scale;
    let step = Some(run.longest as f64 / scale).filter(|_| run.count > 0);
    if let Some(known) = contents.tracks.iter_mut().find(|t| t.id == id) {
        let apart = (begin - known.end).abs();
        sink.must(20, apart <= step.unwrap_or(0.0) / 2.0 + 0.000_5, 0, || {
            format!(
                "track {id}: fragment at {begin:.3} s after {:.3} s",
                known.end
            )
        });
        known.end = end;
        known.step = match (known.step, step) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
        return;
    }
    let first = run.offset.and_then(|offset| {
        let at = moof.at.checked_add(usize::try_from(offset).ok()?)?;
        let size = usize::try_from(run.first_size?).ok()?;
        bytes.get(at..at.checked_add(size)?)
    });
    contents.tracks.push(Track {
        id,
        codec: track.codec.clone(),
        begin,
        end,
        step,
        independent: Nal::of(&track.codec).and_then(|nal| video::sample(nal, track.length, first?)),
    });
}

/// default_sample_duration of a tfhd, behind the fields that its flags say are there.
fn default_duration(header: &[u8], flags: u32) -> Option<u32> {
    let mut at = 8;
    if flags & 1 != 0 {
        at += 8;
    }
    if flags & 2 != 0 {
        at += 4;
    }
    (flags & 8 != 0).then(|| word(header, at)).flatten()
}

/// ISO/IEC 14496-12, 8.8.8.
fn samples(trun: &[u8], own: u32, run: &mut Run) {
    let flags = word(trun, 0).unwrap_or(0) & 0x00ff_ffff;
    let count = word(trun, 4).unwrap_or(0);
    let mut at = 8;
    if flags & 1 != 0 {
        run.offset = run.offset.or(word(trun, at));
        at += 4;
    }
    if flags & 4 != 0 {
        at += 4;
    }
    for _ in 0..count {
        let mut field = |flag: u32| {
            let there = flags & flag != 0;
            let value = word(trun, at).filter(|_| there);
            at += usize::from(there) * 4;
            (value, there)
        };
        let (duration, has_duration) = field(0x100);
        let (size, has_size) = field(0x200);
        let (_, has_flags) = field(0x400);
        let (_, has_offset) = field(0x800);
        if has_duration && duration.is_none() || has_size && size.is_none() {
            // The box ends before its samples do.
            break;
        }
        let ticks = u64::from(duration.unwrap_or(own));
        run.ticks = run.ticks.saturating_add(ticks);
        run.longest = run.longest.max(ticks);
        run.first_size = run.first_size.or(size);
        run.count += 1;
        if !(has_duration || has_size || has_flags || has_offset) {
            // All samples alike: the others are counted, not walked.
            let rest = u64::from(count) - 1;
            run.ticks = run.ticks.saturating_add(ticks.saturating_mul(rest));
            break;
        }
    }
}
