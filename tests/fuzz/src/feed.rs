//! Input of the stages that live in time: datagrams, each with the time since the one before and
//! its length in front. `tests/src/bin/fuzz-seeds.rs` writes such feeds from captures.

use std::time::Duration;

use packager::hls::{Packager, Resume, Settings};
use packager::receive::Framing;
use packager::time::{Mono, Wall};

/// Datagrams in one run: more make no new state and slow the fuzzer.
const DATAGRAMS: usize = 400;
/// Wall time when the feed begins.
const WALL: Wall = Wall::from_unix_nanos(1_800_000_000_000_000_000);

/// The datagrams with their times. A step byte is milliseconds up to 239; above, seconds.
pub fn datagrams(mut data: &[u8]) -> impl Iterator<Item = (Mono, Wall, &[u8])> {
    let mut nanos = 0;
    std::iter::from_fn(move || {
        let (&[step, high, low], rest) = data.split_first_chunk()?;
        let length = usize::from(u16::from_be_bytes([high, low])).min(rest.len());
        let (datagram, rest) = rest.split_at(length);
        data = rest;
        nanos += match step {
            0..=239 => u64::from(step) * 1_000_000,
            240.. => u64::from(step - 239) * 1_000_000_000,
        };
        let wall = WALL.offset_nanos(nanos.cast_signed());
        Some((Mono::from_nanos(1_000_000_000 + nanos), wall, datagram))
    })
    .take(DATAGRAMS)
}

/// What the first byte of a feed says of its datagrams.
pub fn framing(options: u8) -> Framing {
    match options & 1 {
        0 => Framing::Ts,
        _ => Framing::Rtp,
    }
}

/// HLS with segments short enough for a feed.
pub fn packager() -> Packager {
    let settings = Settings {
        segment: Duration::from_secs(1),
        part: Duration::from_millis(200),
        low_latency: true,
        window: Duration::from_secs(6),
    };
    Packager::new(settings, Resume::default())
}
