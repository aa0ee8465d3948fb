//! What segments hold (3.): tracks, their times, their counters, and whether a decoder can begin.

use crate::ledger::Sink;

mod boxes;
mod digest;
mod fmp4;
mod packed;
mod ts;
mod video;

pub(crate) use digest::Digest;
pub(crate) use fmp4::Init;

/// A wrap of 33 bits at 90 kHz, in seconds.
const WRAP: f64 = 8_589_934_592.0 / 90_000.0;

/// The format of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Ts,
    Fmp4,
    Packed,
    /// Text of subtitles, which has no time of its own here.
    Text,
}

/// What one segment or part holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Contents {
    pub(crate) form: Form,
    pub(crate) tracks: Vec<Track>,
    /// Of a transport stream: PID, first and last continuity counter.
    pub(crate) counters: Vec<(u16, u8, u8)>,
    /// Of the samples, for parts against their segment.
    pub(crate) digest: Digest,
}

/// One track in one segment, times in seconds of decoding.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Track {
    /// PID or track_ID.
    pub(crate) id: u32,
    /// `avc1`, `mp4a`, …; of a transport stream the stream_type in the same words.
    pub(crate) codec: String,
    pub(crate) begin: f64,
    /// Where the last sample ends; in a transport stream, where it begins.
    pub(crate) end: f64,
    /// The longest step between samples; `None` where there is one sample.
    pub(crate) step: Option<f64>,
    /// Whether the first access unit is an IDR; `None` where it is no picture, or not known.
    pub(crate) independent: Option<bool>,
}

impl Track {
    pub(crate) fn is_picture(&self) -> bool {
        ["avc1", "avc3", "hvc1", "hev1", "av01", "mp2v", "vvc1"].contains(&self.codec.as_str())
    }
}

/// What is known before the bytes are read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Before<'a> {
    /// What EXT-X-MAP names, and its bytes.
    pub(crate) init: Option<(&'a Init, &'a [u8])>,
    /// A segment, not a part.
    pub(crate) whole: bool,
    /// Of the parts before this one.
    pub(crate) digest: Digest,
}

/// Reads a segment or a part.
pub(crate) fn read(bytes: &[u8], before: Before<'_>, sink: &mut Sink<'_>) -> Option<Contents> {
    let whole = before.whole;
    let contents = match form(bytes) {
        Some(Form::Ts) => Some(ts::read(bytes, before, sink)),
        Some(Form::Fmp4) => {
            sink.must(22, before.init.is_some(), 0, || "no #EXT-X-MAP".to_owned());
            fmp4::read(bytes, before.init?.0, before.digest, sink)
        }
        Some(Form::Packed) => packed::read(bytes, before, sink),
        Some(Form::Text) => None,
        None => {
            let begin = bytes.get(..bytes.len().min(8));
            sink.must(22, false, 0, || {
                format!("neither TS nor fragments nor audio: {begin:02x?}")
            });
            None
        }
    }?;
    if whole {
        for track in &contents.tracks {
            if let Some(independent) = track.independent {
                sink.must(24, independent, 0, || {
                    format!(
                        "track {}: {} does not begin with an IDR",
                        track.id, track.codec
                    )
                });
            }
        }
    }
    Some(contents)
}

/// What the bytes are, by how they begin.
pub(crate) fn form(bytes: &[u8]) -> Option<Form> {
    if bytes.first() == Some(&0x47) && bytes.get(188).is_none_or(|b| *b == 0x47) {
        return Some(Form::Ts);
    }
    if bytes.starts_with(b"WEBVTT") {
        return Some(Form::Text);
    }
    let adts =
        matches!(bytes, [0xff, second, ..] if second & 0xf0 == 0xf0 || second & 0xe0 == 0xe0);
    if bytes.starts_with(b"ID3") || adts {
        return Some(Form::Packed);
    }
    let kind = bytes.get(4..8)?;
    let known: [&[u8]; 7] = [
        b"ftyp", b"styp", b"moof", b"moov", b"sidx", b"emsg", b"prft",
    ];
    known.contains(&kind).then_some(Form::Fmp4)
}

/// Reads what EXT-X-MAP names; a transport stream has no tracks there.
pub(crate) fn init(bytes: &[u8], sink: &mut Sink<'_>) -> Option<Init> {
    match form(bytes) {
        Some(Form::Ts) => Some(Init::default()),
        _ => fmp4::init(bytes, sink),
    }
}

/// Rules 13 and 20: `next` against the segment before it, which lasts so many seconds, with no
/// EXT-X-DISCONTINUITY between.
pub(crate) fn joined((last, lasts): (&Contents, f64), next: &Contents, sink: &mut Sink<'_>) {
    sink.must(13, last.form == next.form, 0, || {
        format!("{:?} to {:?}", last.form, next.form)
    });
    if last.form != next.form {
        return;
    }
    let shape = |contents: &Contents| -> Vec<(u32, String)> {
        let mut tracks: Vec<_> = contents
            .tracks
            .iter()
            .map(|t| (t.id, t.codec.clone()))
            .collect();
        tracks.sort();
        tracks
    };
    let (old, new) = (shape(last), shape(next));
    sink.must(13, old == new, 0, || format!("tracks {old:?} to {new:?}"));
    for track in &next.tracks {
        let Some(before) = last.tracks.iter().find(|t| t.id == track.id) else {
            continue;
        };
        let gap = apart(next.form, track.begin, before.end);
        let fits = match (next.form, before.step.or(track.step)) {
            (Form::Fmp4, step) => gap.abs() <= step.unwrap_or(0.001) / 2.0 + 0.000_5,
            (_, None) => true,
            // The last picture may stand until its segment ends, which only EXTINF says.
            (_, Some(step)) => {
                let length = apart(next.form, track.begin, before.begin);
                gap > 0.0 && (gap <= step * 3.0 + 0.02 || length <= lasts + step + 0.02)
            }
        };
        sink.must(20, fits, 0, || {
            format!(
                "track {}: {:.3} s after {:.3} s",
                track.id, track.begin, before.end
            )
        });
    }
    for (pid, first, _) in &next.counters {
        if let Some((_, _, end)) = last.counters.iter().find(|(p, ..)| p == pid) {
            sink.must(20, (end + 1) % 16 == *first, 0, || {
                format!("PID {pid}: continuity counter {end} to {first}")
            });
        }
    }
}

/// How long after `b` `a` is.
pub(crate) fn apart(form: Form, a: f64, b: f64) -> f64 {
    let gap = a - b;
    match form {
        Form::Ts | Form::Packed => gap - WRAP * (gap / WRAP).round(),
        Form::Fmp4 | Form::Text => gap,
    }
}
