//! What others count in the same streams: FFmpeg, and TSDuck where it is on the machine.
//!
//! The streams are the captures and what lines and devices do to them. Nothing here shares code
//! with the monitor.

mod ffmpeg;
mod spoil;
mod tsduck;

use std::fs;

use headend_tests::node::streams;
use packager::monitor::{Clock, Monitor, Settings};
use packager::receive::{Entry, Framing, Receiver};
use packager::time::Mono;

/// A transport stream with its name.
struct Stream {
    name: String,
    bytes: Vec<u8>,
}

/// Each capture as it is, and spoiled in each way.
fn all() -> Vec<Stream> {
    let mut paths: Vec<_> = fs::read_dir(streams())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "ts"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no captures");
    let mut all = Vec::new();
    for path in paths {
        let bytes = fs::read(&path).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        for (how, bytes) in spoil::each(&bytes) {
            all.push(Stream {
                name: format!("{name}, {how}"),
                bytes,
            });
        }
        all.push(Stream { name, bytes });
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// What the monitor shows of a file, read as `headend probe` reads it.
fn ours(bytes: &[u8]) -> Monitor {
    let mut monitor = Monitor::new(Settings {
        clock: Clock::Pcr,
        ..Settings::default()
    });
    let mut receiver = Receiver::new(Framing::Ts);
    for piece in bytes.chunks(1 << 18) {
        receiver.push(Entry::default(), Mono::ZERO, piece, &mut |at, packet| {
            monitor.push(at, packet);
        });
        monitor.received(Mono::ZERO, &receiver.counters());
    }
    monitor
}
