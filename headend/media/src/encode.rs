//! The encoders of this program: H.264 by x264, or by a graphics card for a ladder, and AAC-LC by
//! FFmpeg.

use std::sync::OnceLock;

use ffmpeg_next::codec::{Context, encoder};
use ffmpeg_next::format::{Pixel, Sample, sample};
use ffmpeg_next::{ChannelLayout, Dictionary, Error, Packet, Rational, color, frame};

use crate::mux::TICKS;

/// Samples a second of all sound that is made here.
pub(crate) const SAMPLE_RATE: u32 = 48_000;
/// Bits a second of a stereo AAC stream, where nothing else is asked for.
pub(crate) const AUDIO_BITRATE: u64 = 128_000;
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
    let rate = video.bitrate.to_string();
    let buffer = (video.bitrate * BUFFER_MILLIS / 1000).to_string();
    let hrd = match video.filling {
        Filling::Constant => "cbr",
        Filling::AsNeeded => "none",
    };
    let options = [
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
    ];
    open_h264(X264, video, Pixel::YUV420P, Dictionary::from_iter(options))
}

/// Opens what encodes H.264 on a graphics card where one does, and x264 elsewhere; as [`h264`].
/// Gives its name too.
pub(crate) fn fastest_h264(
    video: &Video,
) -> Result<(encoder::video::Encoder, &'static str), Error> {
    static CARD: OnceLock<Option<&Card>> = OnceLock::new();
    let card = CARD.get_or_init(|| CARDS.iter().find(|card| works(card).is_ok()));
    match card {
        Some(card) if let Ok(encoder) = on_card(card, video) => Ok((encoder, card.name)),
        // A card takes so many pictures, and so large ones, and no more.
        Some(_) | None => Ok((h264(video)?, X264)),
    }
}

/// FFmpeg's name of x264.
const X264: &str = "libx264";

/// An encoder of a graphics card that takes pictures from memory.
struct Card {
    /// FFmpeg's name of it.
    name: &'static str,
    /// What asks for no delay, an IDR where one is wanted, and access unit delimiters.
    options: &'static [(&'static str, &'static str)],
}

const CARDS: [Card; 2] = [
    Card {
        name: "h264_nvenc",
        options: &[
            ("preset", "p4"),
            ("tune", "ull"),
            ("rc", "cbr"),
            ("zerolatency", "1"),
            ("delay", "0"),
            ("forced-idr", "1"),
            ("aud", "1"),
        ],
    },
    Card {
        name: "h264_qsv",
        options: &[
            ("preset", "veryfast"),
            ("async_depth", "1"),
            ("forced_idr", "1"),
            ("aud", "1"),
        ],
    },
];

/// No IDR by itself within hours.
const FAR: u32 = 1_000_000;

fn on_card(card: &Card, video: &Video) -> Result<encoder::video::Encoder, Error> {
    let rate = video.bitrate.to_string();
    let buffer = (video.bitrate * BUFFER_MILLIS / 1000).to_string();
    let common = [
        ("profile", "high"),
        ("maxrate", &*rate),
        ("bufsize", &*buffer),
    ];
    let options = common.iter().chain(card.options).copied();
    open_h264(
        card.name,
        video,
        Pixel::NV12,
        Dictionary::from_iter(options),
    )
}

/// Whether it encodes a picture on this machine.
fn works(card: &Card) -> Result<(), Error> {
    let video = Video {
        width: 640,
        height: 360,
        rate: Rational(25, 1),
        aspect: Rational(1, 1),
        space: color::Space::Unspecified,
        bitrate: 500_000,
        filling: Filling::AsNeeded,
    };
    let mut encoder = on_card(card, &video)?;
    let mut picture = frame::Video::new(Pixel::NV12, video.width, video.height);
    picture.set_pts(Some(0));
    encoder.send_frame(&picture)?;
    encoder.send_eof()?;
    encoder.receive_packet(&mut Packet::empty())
}

fn open_h264(
    name: &str,
    video: &Video,
    format: Pixel,
    options: Dictionary<'_>,
) -> Result<encoder::video::Encoder, Error> {
    let codec = encoder::find_by_name(name).ok_or(Error::EncoderNotFound)?;
    let mut context = Context::new_with_codec(codec).encoder().video()?;
    context.set_width(video.width);
    context.set_height(video.height);
    context.set_aspect_ratio(video.aspect);
    context.set_format(format);
    context.set_time_base(Rational(1, TICKS));
    context.set_frame_rate(Some(video.rate));
    context.set_colorspace(video.space);
    context.set_color_range(color::Range::MPEG);
    context.set_bit_rate(video.bitrate as usize);
    context.set_max_b_frames(0);
    context.set_gop(FAR);
    context.open_with(options)
}

/// Opens AAC-LC, 48 kHz, stereo, planar floats, at `bitrate` bits a second. Timestamps count samples.
pub(crate) fn aac(bitrate: u64) -> Result<encoder::audio::Encoder, Error> {
    let codec = encoder::find_by_name("aac").ok_or(Error::EncoderNotFound)?;
    let mut context = Context::new_with_codec(codec).encoder().audio()?;
    context.set_rate(SAMPLE_RATE as i32);
    context.set_channel_layout(ChannelLayout::STEREO);
    context.set_channels(2);
    context.set_format(Sample::F32(sample::Type::Planar));
    context.set_bit_rate(bitrate as usize);
    context.set_time_base(Rational(1, SAMPLE_RATE as i32));
    context.open_with(Dictionary::from_iter([
        ("profile", "aac_low"),
        ("aac_coder", "fast"),
    ]))
}
