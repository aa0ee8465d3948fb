//! Whether a picture is the one that was sent: the bars of the encoder, in their order.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::lab::{Host, Lab};
use crate::sim::{generated, h264};

/// Red, green, yellow, blue, magenta, cyan: what FFmpeg's `testsrc2` has from left to right.
const BARS: [[bool; 3]; 6] = [
    [true, false, false],
    [false, true, false],
    [true, true, false],
    [false, false, true],
    [true, false, true],
    [false, true, true],
];

/// The picture is made so small before it is looked at.
const WIDTH: usize = 48;
const HEIGHT: usize = 27;

/// A programme of 30 s with bars and a tone in `folder`, as the URL of an input that is cheap.
///
/// # Errors
/// FFmpeg is missing, or the disk refuses.
pub fn looped(folder: &tempfile::TempDir) -> Result<String> {
    let mut encode = h264("1M");
    encode.extend(["-s", "640x360"]);
    let file = folder.path().join("bars.ts");
    std::fs::write(&file, generated("h264-small", 30, &encode)?)?;
    Ok(format!("file:{}", file.display()))
}

/// Fails where the first picture of what FFmpeg opens by `input` on the receiver's host is not the
/// bars.
///
/// # Errors
/// FFmpeg cannot open it, or it shows something else; the error says what.
pub fn bars(lab: &Lab, input: &[&str]) -> Result<()> {
    let mut command = lab.command(Host::Receiver, "ffmpeg");
    // Whoever comes in the middle of a programme begins with the next key picture.
    let keys = ["-v", "error", "-skip_frame", "nokey"];
    command.args(keys).args(input).args([
        "-frames:v",
        "1",
        "-vf",
        &format!("scale={WIDTH}:{HEIGHT}:flags=area"),
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-",
    ]);
    let output = command.output().context("ffmpeg")?;
    let said = String::from_utf8_lossy(&output.stderr);
    let pixels = output.stdout.as_chunks::<3>().0;
    if pixels.len() != WIDTH * HEIGHT {
        bail!("no picture: {said}");
    }
    let columns: Vec<[u64; 3]> = (0..BARS.len()).map(|bar| mean(pixels, bar)).collect();
    for (column, bar) in columns.iter().zip(BARS) {
        let (low, high) = (column.iter().min(), column.iter().max());
        let (low, high) = low.copied().zip(high.copied()).unwrap_or_default();
        if high - low < 20 || column.map(|value| value > low.midpoint(high)) != bar {
            bail!("not the bars but {columns:?}");
        }
    }
    Ok(())
}

/// What a bar has on the whole: text and figures move over it.
fn mean(pixels: &[[u8; 3]], bar: usize) -> [u64; 3] {
    let of = |at: &usize| at % WIDTH * BARS.len() / WIDTH == bar;
    let own = (0..pixels.len()).filter(of).map(|at| pixels[at]);
    let (mut sum, mut count) = ([0; 3], 0);
    for pixel in own {
        count += 1;
        sum = std::array::from_fn(|colour| sum[colour] + u64::from(pixel[colour]));
    }
    sum.map(|sum| sum / count)
}

/// Waits until the screen `display` of the receiver's host shows the bars.
///
/// # Errors
/// It did not in `patience`; the error says what it shows.
pub fn on_screen(lab: &Lab, display: &str, patience: Duration) -> Result<()> {
    let start = Instant::now();
    loop {
        let seen = bars(lab, &["-f", "x11grab", "-i", display]);
        if seen.is_ok() || start.elapsed() > patience {
            return seen;
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}
