//! An encoder whose picture and sound change while it runs: raw frames made here go into FFmpeg.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::lab::{Host, Lab, Running};

const WIDTH: usize = 640;
const HEIGHT: usize = 360;
const FRAMES: u64 = 25;
const SAMPLES: u64 = 48_000;
/// Sound is made in pieces of a frame's length.
const PIECE: u64 = SAMPLES / FRAMES;
/// Rows at the foot that flash.
const BAND: usize = 60;
/// Frames that a flash and a beep last.
const FLASH: u64 = 3;

/// What is shown and heard. There is a flash and a beep each second wherever nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A picture that moves.
    Moving,
    /// A black picture.
    Black,
    /// A picture that stands still.
    Frozen,
    /// Sound of zeros.
    Mute,
    /// The beep comes so many frames after its flash.
    BeepLate(u64),
}

/// The encoder; it ends with this handle.
pub struct Stage {
    shown: Arc<Mutex<Shown>>,
    _encoder: Running,
    _folder: tempfile::TempDir,
}

impl Stage {
    /// Sends RTP to `to` from the encoder's host.
    ///
    /// # Panics
    /// FFmpeg cannot be started.
    #[must_use]
    pub fn start(lab: &Lab, to: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pipe = |name: &str| {
            let path = folder.path().join(name);
            let made = Command::new("mkfifo").arg(&path).status().unwrap();
            assert!(made.success(), "mkfifo");
            path
        };
        let (picture, sound) = (pipe("picture"), pipe("sound"));
        let words = format!(
            "-v error -f rawvideo -pix_fmt yuv420p -s {WIDTH}x{HEIGHT} -r {FRAMES} -i {} \
             -f s16le -ar {SAMPLES} -ac 2 -i {} -c:v libx264 -preset ultrafast -tune zerolatency \
             -g {FRAMES} -b:v 1M -c:a aac -f rtp_mpegts {to}",
            picture.display(),
            sound.display()
        );
        let words: Vec<&str> = words.split_whitespace().collect();
        let encoder = lab.start(Host::Encoder, "ffmpeg", &words).unwrap();
        let shown = Arc::new(Mutex::new(Shown::Moving));
        let start = Instant::now();
        for (path, make) in [
            (picture, frame as fn(u64, u64, Shown) -> Vec<u8>),
            (sound, piece),
        ] {
            let shown = shown.clone();
            // It ends when the encoder does: nobody reads then.
            std::thread::spawn(move || play(&path, start, &shown, make));
        }
        Self {
            shown,
            _encoder: encoder,
            _folder: folder,
        }
    }

    /// From now on this is shown.
    pub fn set(&self, shown: Shown) {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = shown;
    }
}

/// Writes what `make` makes of each frame's number, and of the number at which the picture stood
/// still, in real time.
fn play(
    path: &Path,
    start: Instant,
    shown: &Mutex<Shown>,
    make: fn(u64, u64, Shown) -> Vec<u8>,
) -> io::Result<()> {
    let mut pipe = OpenOptions::new().write(true).open(path)?;
    let mut moved = 0;
    for number in 0.. {
        let due = start + Duration::from_millis(number * 1_000 / FRAMES);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let now = *shown.lock().unwrap_or_else(PoisonError::into_inner);
        if now != Shown::Frozen {
            moved = number;
        }
        pipe.write_all(&make(number, moved, now))?;
    }
    Ok(())
}

fn frame(_: u64, moved: u64, shown: Shown) -> Vec<u8> {
    let black = shown == Shown::Black;
    let mut frame = Vec::with_capacity(WIDTH * HEIGHT * 3 / 2);
    for row in 0..HEIGHT {
        let flashes = row >= HEIGHT - BAND;
        for column in 0..WIDTH {
            frame.push(match (black, flashes) {
                (true, _) => 16,
                (false, true) if moved % FRAMES < FLASH => 235,
                (false, true) => 16,
                (false, false) => 40 + ((column + row / 2) as u64 / 4 + moved * 3) as u8 % 160,
            });
        }
    }
    frame.resize(WIDTH * HEIGHT * 3 / 2, 128);
    frame
}

fn piece(number: u64, _: u64, shown: Shown) -> Vec<u8> {
    let late = match shown {
        Shown::BeepLate(frames) => frames,
        _ => 0,
    };
    let beeps = (number + FRAMES - late) % FRAMES < FLASH && shown != Shown::Mute;
    let sample = |index: u64| {
        let phase = 1_000.0 * std::f64::consts::TAU * index as f64 / SAMPLES as f64;
        let level = if beeps { 8_000.0 } else { 0.0 };
        let room = if shown == Shown::Mute { 0.0 } else { 300.0 };
        let hum = room * (phase * 0.11).sin();
        ((phase.sin() * level + hum) as i16).to_le_bytes()
    };
    let samples = (number * PIECE..(number + 1) * PIECE).map(sample);
    samples.flat_map(|s| [s[0], s[1], s[0], s[1]]).collect()
}
