//! A real live window: FFmpeg's test picture through the packager.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use packager::hls::{Change, Packager, Resume, Settings, Window};
use packager::time::Wall;
use packager::ts::PACKET_LEN;

/// A second of wall time for each second of the stream is close enough here.
const START: i64 = 1_795_305_600_000_000_000;

/// The window after some segments.
pub(crate) fn window() -> Arc<Window> {
    both().0.clone()
}

/// All windows of the same stream with low latency, in their order.
pub(crate) fn low_latency() -> Vec<Arc<Window>> {
    windows(true, Change::Window)
}

/// The same window a segment later.
pub(crate) fn later() -> Arc<Window> {
    both().1.clone()
}

fn both() -> &'static (Arc<Window>, Arc<Window>) {
    static WINDOWS: OnceLock<(Arc<Window>, Arc<Window>)> = OnceLock::new();
    WINDOWS.get_or_init(|| {
        let mut windows = windows(false, Change::Segment);
        let last = windows.pop().unwrap();
        (windows.pop().unwrap(), last)
    })
}

/// The windows at each change of `kind` or more.
fn windows(low_latency: bool, kind: Change) -> Vec<Arc<Window>> {
    let settings = Settings {
        segment: Duration::from_secs(1),
        part: Duration::from_millis(400),
        low_latency,
        window: Duration::from_secs(30),
    };
    let mut packager = Packager::new(settings, Resume::default());
    let mut windows = Vec::new();
    let stream = stream();
    let packets = stream.as_chunks::<PACKET_LEN>().0;
    for (index, packet) in packets.iter().enumerate() {
        let nanos = 8_000_000_000 * index as i64 / packets.len() as i64;
        let now = Wall::from_unix_nanos(START + nanos);
        if packager.push(now, packet) >= kind {
            windows.push(packager.window());
        }
    }
    windows
}

/// Eight seconds of picture and sound; made once, since each test is a process of its own.
fn stream() -> Vec<u8> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join("window.ts");
    if !path.exists() {
        let unfinished = folder.join(format!("window-{}.ts", std::process::id()));
        let status = Command::new("ffmpeg")
            .args(
                "-v error -y -f lavfi -i testsrc2=size=320x180:rate=25 -f lavfi -i sine -t 8"
                    .split(' '),
            )
            .args(
                "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 25 -bf 0 -c:a aac -f mpegts"
                    .split(' '),
            )
            .arg(&unfinished)
            .status()
            .expect("Debian's ffmpeg");
        assert!(status.success());
        std::fs::rename(unfinished, &path).unwrap();
    }
    std::fs::read(path).unwrap()
}
