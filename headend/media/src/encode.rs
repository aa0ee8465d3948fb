//! The two encoders of this program: H.264 by x264 and AAC-LC by FFmpeg.

use ffmpeg_next::codec::{Context, encoder};
use ffmpeg_next::format::{Pixel, Sample, sample};
use ffmpeg_next::{ChannelLayout, Dictionary, Error, Rational, color};

use crate::mux::TICKS;

/// Samples a second of all sound that is made here.
pub(crate) const SAMPLE_RATE: u32 = 48_000;
/// Bits a second of a stereo AAC stream.
const AUDIO_BITRATE: usize = 128_000;
/// Span of the encoder's buffer model, milliseconds: under the PCR's delay, so that a picture
/// that fills the buffer arrives in time.
const BUFFER_MILLIS: u64 = 400;

/// A video stream to encode.
pub(crate) struct Video {
    /// Even, pixels.
    pub(crate) width: u32,
    /// Even, pixels.
    pub(crate) height: u32,
    /// Frames a second; a hint where the source varies.
    pub(crate) rate: Rational,
    /// Width to height of a pixel.
    pub(crate) aspect: Rational,
    /// Matrix of the samples.
    pub(crate) space: color::Space,
    /// Bits a second.
    pub(crate) bitrate: u64,
    /// How the rate is kept.
    pub(crate) filling: Filling,
}

/// What happens to bits that a picture does not need.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filling {
    /// Filler data keeps the rate: for the test picture, which shall load the line as asked.
    Constant,
    /// Nothing: for a source's pictures.
    AsNeeded,
}

/// Opens x264 without delay, without B pictures, closed groups of pictures. An IDR comes where
/// the frame asks for an I picture; the caller asks often enough. Timestamps count `TICKS`.
pub(crate) fn h264(video: &Video) -> Result<encoder::video::Encoder, Error> {
    let codec = encoder::find_by_name("libx264").ok_or(Error::EncoderNotFound)?;
    let mut context = Context::new_with_codec(codec).encoder().video()?;
    context.set_width(video.width);
    context.set_height(video.height);
    context.set_aspect_ratio(video.aspect);
    context.set_format(Pixel::YUV420P);
    context.set_time_base(Rational(1, TICKS));
    context.set_frame_rate(Some(video.rate));
    context.set_colorspace(video.space);
    context.set_color_range(color::Range::MPEG);
    context.set_bit_rate(video.bitrate as usize);
    context.set_max_b_frames(0);
    let rate = video.bitrate.to_string();
    let buffer = (video.bitrate * BUFFER_MILLIS / 1000).to_string();
    let hrd = match video.filling {
        Filling::Constant => "cbr",
        Filling::AsNeeded => "none",
    };
    context.open_with(Dictionary::from_iter([
        ("preset", "superfast"),
        ("tune", "zerolatency"),
        ("profile", "high"),
        ("forced-idr", "1"),
        ("aud", "1"),
        ("nal-hrd", hrd),
        ("maxrate", rate.as_str()),
        ("bufsize", buffer.as_str()),
        // One slice for a picture, and one core for a job.
        ("threads", "1"),
        ("x264-params", "keyint=infinite:scenecut=0:open-gop=0"),
    ]))
}

/// Opens AAC-LC, 48 kHz, stereo, planar floats. Timestamps count samples.
pub(crate) fn aac() -> Result<encoder::audio::Encoder, Error> {
    let codec = encoder::find_by_name("aac").ok_or(Error::EncoderNotFound)?;
    let mut context = Context::new_with_codec(codec).encoder().audio()?;
    context.set_rate(SAMPLE_RATE as i32);
    context.set_channel_layout(ChannelLayout::STEREO);
    context.set_channels(2);
    context.set_format(Sample::F32(sample::Type::Planar));
    context.set_bit_rate(AUDIO_BITRATE);
    context.set_time_base(Rational(1, SAMPLE_RATE as i32));
    context.open_with(Dictionary::from_iter([
        ("profile", "aac_low"),
        ("aac_coder", "fast"),
    ]))
}
