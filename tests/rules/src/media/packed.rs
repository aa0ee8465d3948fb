//! Packed audio (3.1.3): an ID3 tag with a PRIV frame that holds the time stamp.

use super::{Before, Contents, Form, Track};
use crate::ledger::Sink;

const OWNER: &[u8] = b"com.apple.streaming.transportStreamTimestamp\0";

pub(crate) fn read(bytes: &[u8], before: Before<'_>, sink: &mut Sink<'_>) -> Option<Contents> {
    let stamp = stamp(bytes);
    sink.must(23, stamp.is_some() || !before.whole, 0, || {
        "no ID3 PRIV time stamp".to_owned()
    });
    let stamp = stamp?;
    sink.must(23, stamp < 1 << 33, 0, || {
        format!("{stamp:#x} has over 33 bits")
    });
    let begin = (stamp & 0x1_ffff_ffff) as f64 / 90_000.0;
    let track = Track {
        id: 0,
        codec: "mp4a".to_owned(),
        begin,
        end: begin,
        step: None,
        independent: None,
    };
    let mut digest = before.digest;
    digest.push(bytes);
    Some(Contents {
        form: Form::Packed,
        tracks: vec![track],
        counters: Vec::new(),
        digest,
    })
}

/// The value of the PRIV frame, which is the first thing in the file.
fn stamp(bytes: &[u8]) -> Option<u64> {
    let header = bytes.strip_prefix(b"ID3")?;
    let size = header.get(3..7)?;
    let size = size
        .iter()
        .fold(0usize, |sum, byte| sum << 7 | usize::from(byte & 0x7f));
    let tag = bytes.get(10..size.checked_add(10)?)?;
    let owner = tag.windows(OWNER.len()).position(|w| w == OWNER)?;
    // A frame's header has ten bytes (ID3 2.4.0, 4.).
    let frame = tag.get(owner.checked_sub(10)?..)?;
    let value = tag
        .get(owner + OWNER.len()..)?
        .first_chunk::<8>()
        .filter(|_| frame.starts_with(b"PRIV"))?;
    Some(u64::from_be_bytes(*value))
}
