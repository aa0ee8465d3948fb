//! Streams made by Debian's FFmpeg, real captures, and a driver that gives them their time.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use packager::hls::{Change, ObjectKind, Packager, Resume, Settings, Window};
use packager::time::Wall;
use packager::ts::clock::Unwrapped;
use packager::ts::{PACKET_LEN, Packet, RawPacket};

/// 2026-11-18T11:06:40Z.
pub(crate) const START: i64 = 1_795_000_000_000_000_000;

pub(crate) fn settings() -> Settings {
    Settings {
        segment: Duration::from_secs(2),
        part: Duration::from_millis(400),
        low_latency: false,
        window: Duration::from_secs(30),
    }
}

/// A transport stream that `ffmpeg` makes of `arguments`, made once for each content of them.
pub(crate) fn stream(arguments: &str) -> Vec<RawPacket> {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in arguments.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = dir.join(format!("hls-{hash:016x}.ts"));
    if !path.exists() {
        let unfinished = dir.join(format!("hls-{hash:016x}-{}.ts", std::process::id()));
        let status = Command::new("ffmpeg")
            .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y"])
            .args(arguments.split_whitespace())
            .args(["-f", "mpegts"])
            .arg(&unfinished)
            .status()
            .expect("Debian's ffmpeg is installed");
        assert!(status.success(), "ffmpeg {arguments}");
        std::fs::rename(&unfinished, &path).expect("both are in one folder");
    }
    packets(&std::fs::read(&path).expect("was just made"))
}

/// A real capture; `None`, said aloud, where the captures are not.
pub(crate) fn capture(name: &str) -> Option<Vec<RawPacket>> {
    let dir = std::env::var_os("HEADEND_STREAMS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/streams"),
        PathBuf::from,
    );
    match std::fs::read(dir.join(name)) {
        Ok(bytes) => Some(packets(&bytes)),
        Err(error) => {
            eprintln!("{name} is not in {}: {error}", dir.display());
            None
        }
    }
}

fn packets(bytes: &[u8]) -> Vec<RawPacket> {
    let packets = bytes.chunks_exact(PACKET_LEN);
    packets
        .map(|p| p.try_into().expect("a chunk is a packet"))
        .collect()
}

/// Feeds a packager at the pace of the stream's PCR.
pub(crate) struct Feed {
    pub(crate) packager: Packager,
    pub(crate) now: i64,
    clock: Option<(Unwrapped, i64)>,
}

impl Feed {
    pub(crate) fn new(settings: Settings, resume: Resume) -> Self {
        Self {
            packager: Packager::new(settings, resume),
            now: START,
            clock: None,
        }
    }

    /// Pushes `packets`, and gives every window with a new segment to `see`.
    pub(crate) fn run(
        &mut self,
        packets: &[RawPacket],
        mut see: impl FnMut(&Packager, Arc<Window>),
    ) {
        self.run_closely(packets, |change, _, packager| {
            if change == Change::Segment {
                see(packager, packager.window());
            }
        });
    }

    /// Pushes `packets`, and tells `see` of every change and its time.
    pub(crate) fn run_closely(
        &mut self,
        packets: &[RawPacket],
        mut see: impl FnMut(Change, i64, &Packager),
    ) {
        for packet in packets {
            self.tick(packet);
            let change = self.packager.push(Wall::from_unix_nanos(self.now), packet);
            if change > Change::Nothing {
                see(change, self.now, &self.packager);
            }
        }
    }

    fn tick(&mut self, packet: &RawPacket) {
        let Some(pcr) = Packet::new(packet).pcr() else {
            return;
        };
        let now = self.now;
        let (clock, zero) = self.clock.get_or_insert_with(|| {
            let clock = Unwrapped::new(pcr);
            (clock, now - clock.line().as_nanos())
        });
        let at = *zero + clock.advance(pcr).as_nanos();
        if (0..10_000_000_000).contains(&(at - now)) {
            self.now = at;
        } else {
            self.clock = None;
        }
    }
}

/// The text of a playlist.
pub(crate) fn text(window: &Window, path: &str) -> String {
    let object = window.object(path).unwrap_or_else(|| panic!("no {path}"));
    String::from_utf8(object.body.to_vec()).expect("playlists are UTF-8")
}

/// Writes every object of `window` under `dir`; media playlists get an end, or players would wait
/// for more.
pub(crate) fn write(window: &Window, dir: &Path) {
    for path in window.paths() {
        let file = dir.join(&path);
        std::fs::create_dir_all(file.parent().expect("it is under `dir`")).expect("writable");
        let object = window.object(&path).expect("it is listed");
        let mut body = object.body.to_vec();
        if object.kind == ObjectKind::Playlist && path.contains('/') {
            body.extend_from_slice(b"#EXT-X-ENDLIST\n");
        }
        std::fs::write(file, body).expect("writable");
    }
}

/// Writes a rendition of `window` as files that need no playlist: one for each run of segments
/// with the same init segment.
pub(crate) fn assemble(window: &Window, rendition: &str, dir: &Path) -> Vec<PathBuf> {
    let playlist = crate::rules::parse(&text(window, &format!("{rendition}/index.m3u8")));
    let bytes = |name: &str| {
        window
            .object(&format!("{rendition}/{name}"))
            .map(|o| o.body)
    };
    let mut runs: Vec<(String, Vec<u8>)> = Vec::new();
    for segment in &playlist.segments {
        let Some(body) = bytes(&segment.uri) else {
            continue;
        };
        let map = segment.map.as_ref().expect("a map applies").uri.clone();
        if runs.last().is_none_or(|(last, _)| *last != map) {
            let init = bytes(&map).expect("the init segment is there").to_vec();
            runs.push((map, init));
        }
        runs.last_mut()
            .expect("just pushed")
            .1
            .extend_from_slice(&body);
    }
    let files = runs.into_iter().enumerate().map(|(i, (_, bytes))| {
        let file = dir.join(format!("{rendition}-{i}.mp4"));
        std::fs::write(&file, bytes).expect("writable");
        file
    });
    files.collect()
}

/// A folder of this test's own.
pub(crate) fn folder(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("hls-{name}"));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).expect("writable");
    dir
}

/// Runs a program of FFmpeg and gives its output; nothing may stand on its stderr.
pub(crate) fn tool(program: &str, arguments: &str, input: &Path) -> String {
    let (before, after) = arguments
        .split_once("INPUT")
        .expect("INPUT marks the place");
    let output = Command::new(program)
        .args(["-hide_banner", "-loglevel", "warning"])
        .args(before.split_whitespace())
        .arg(input)
        .args(after.split_whitespace())
        .output()
        .expect("Debian's ffmpeg is installed");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {complaints}");
    assert!(complaints.trim().is_empty(), "{program}: {complaints}");
    String::from_utf8(output.stdout).expect("UTF-8")
}
