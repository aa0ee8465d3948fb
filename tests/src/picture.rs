//! Whether a picture is the one that was sent: the bars of the encoder, in their order, or the text
//! of a slate.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::lab::{Host, Lab};
use crate::node::programs;
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
/// The text of a slate is made so small.
const TEXT: (usize, usize) = (640, 136);

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

/// The middle of the last picture of a transport stream, where a slate has its text, in shades of
/// grey.
///
/// # Errors
/// FFmpeg decodes no picture.
pub fn text(stream: &[u8]) -> Result<Vec<u8>> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(stream)?;
    let (width, height) = TEXT;
    let small = format!("crop=iw:ih*38/100:0:ih*33/100,scale={width}:{height}:flags=area");
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(file.path())
        .args(["-vf", &small, "-f", "rawvideo", "-pix_fmt", "gray", "-"])
        .output()
        .context("ffmpeg")?;
    let last = output.stdout.rchunks_exact(width * height).next();
    last.map(<[u8]>::to_vec).context("no picture")
}

/// The text that the worker draws for a slate of these lines, as [`text`] gives it.
///
/// # Errors
/// The worker fails.
pub fn slate(name: &str, lines: &[&str]) -> Result<Vec<u8>> {
    let mut worker = Command::new(programs().join("headend-media"))
        .args(["test-picture", "--slate", "--seconds", "2", "--name", name])
        .args(["--width", "1280", "--height", "720", "--rate", "25"])
        .args(["--bitrate", "800000"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut says = worker.stdin.take().context("stdin")?;
    says.write_all(format!("{}\n", lines.join("\t")).as_bytes())?;
    text(&worker.wait_with_output()?.stdout)
}

/// How far two pictures are apart on the whole, 0 to 255.
#[must_use]
pub fn apart(one: &[u8], other: &[u8]) -> u64 {
    let all = one.iter().zip(other);
    let sum: u64 = all.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum / one.len().max(1) as u64
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
