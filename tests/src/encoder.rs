//! A real encoder, as a province has one.

use crate::lab::{Host, Lab, Running};

/// FFmpeg on the encoder's host, in real time: moving bars and a tone, as H.264 with an IDR each second and AAC.
///
/// # Panics
/// FFmpeg cannot be started.
#[must_use]
pub fn encode(lab: &Lab, size: &str, rate: &str, to: &[&str]) -> Running {
    let picture = format!("testsrc2=size={size}:rate={rate}");
    let mut args = vec![
        "-v",
        "error",
        "-re",
        "-f",
        "lavfi",
        "-i",
        &picture,
        "-re",
        "-f",
        "lavfi",
        "-i",
        "sine=frequency=440:sample_rate=48000",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-tune",
        "zerolatency",
        "-g",
        "25",
        "-b:v",
        "3M",
        "-maxrate",
        "3M",
        "-bufsize",
        "3M",
        "-pix_fmt",
        "yuv420p",
        "-c:a",
        "aac",
        "-b:a",
        "128k",
        "-ac",
        "2",
        "-metadata:s:a:0",
        "language=vie",
    ];
    args.extend(to);
    lab.start(Host::Encoder, "ffmpeg", &args)
        .expect("FFmpeg starts")
}
