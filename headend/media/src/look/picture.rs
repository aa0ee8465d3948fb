//! Key pictures: black, still, what they look like, and one to show. All pictures while the
//! flashes of a test picture are looked for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ffmpeg_next::codec::{self, Id};
use ffmpeg_next::format::Pixel;
use ffmpeg_next::{Dictionary, Discard, Error, Packet, Rational, Stream, decoder, encoder, frame};
use serde_json::{Value, json};

use super::apart::Apart;
use super::trace;
use crate::graph::{Chain, Kind};
use crate::mux::TICKS;

/// What is compared: small enough that noise of the coding is gone.
const SMALL: (u32, u32) = (64, 36);
/// What is shown.
const SHOWN: &str = "scale=320:-2:flags=fast_bilinear,format=yuvj420p";
/// A black picture has no brighter place (8 bits, limited range: black is 16).
const BLACK: u8 = 32;
/// Two pictures that differ by less on the mean are the same but for their coding.
const STILL: f64 = 0.25;
/// Black and still are told when they last so long, seconds.
const LASTS: f64 = 2.0;
/// The part of the height, from below, that flashes; brighter than this is a flash.
const BAND: usize = 10;
const FLASH: u64 = 126;
/// Key pictures between two lines.
const MOST: usize = 16;

/// The pictures of one stream.
pub(super) struct Pictures {
    decoder: decoder::Video,
    base: f64,
    filter: Option<(Shape, Chain)>,
    small: Vec<u8>,
    last: Option<frame::Video>,
    luma: f64,
    moved: f64,
    /// When black, and when still began, seconds of the stream.
    black: Option<f64>,
    still: Option<f64>,
    /// Of the key picture before.
    before: f64,
    newest: f64,
    count: u64,
    /// Whether every picture is decoded.
    all: bool,
    /// PTS in seconds and look of the key pictures since the last line.
    shapes: Vec<(f64, u64)>,
}

/// Format and size.
type Shape = (Pixel, u32, u32);

impl Pictures {
    pub(super) fn new(stream: &Stream<'_>) -> Result<Self, Error> {
        let parameters = stream.parameters();
        let codec = decoder::find(parameters.id()).ok_or(Error::DecoderNotFound)?;
        let mut context = codec::Context::from_parameters(parameters)?;
        context.set_threading(codec::threading::Config::count(1));
        let mut decoder = context.decoder();
        // A flash is as bright without it, and it is a quarter of the work.
        decoder.skip_loop_filter(Discard::NonKey);
        let decoder = decoder.open_as(codec)?.video()?;
        Ok(Self {
            decoder,
            base: f64::from(stream.time_base()),
            filter: None,
            small: Vec::new(),
            last: None,
            luma: 0.0,
            moved: 0.0,
            black: None,
            still: None,
            before: 0.0,
            newest: 0.0,
            count: 0,
            all: false,
            shapes: Vec::new(),
        })
    }

    /// Decodes a key picture; what lies between is left out, but for the flashes of a test picture.
    pub(super) fn push(&mut self, packet: &Packet, apart: &mut Apart) -> Result<(), Error> {
        if let Some(time) = packet.pts().or(packet.dts()) {
            self.newest = time as f64 * self.base;
        }
        let wanted = apart.wants_all(self.newest);
        if packet.is_key() && wanted != self.all {
            self.decoder.flush();
            self.all = wanted;
        }
        if !packet.is_key() && !self.all {
            return Ok(());
        }
        self.decoder.send_packet(packet)?;
        if !self.all {
            // The picture comes out at once when nothing may follow.
            self.decoder.send_eof()?;
        }
        let mut frame = frame::Video::empty();
        while self.decoder.receive_frame(&mut frame).is_ok() {
            let at = frame
                .timestamp()
                .map_or(self.newest, |t| t as f64 * self.base);
            if self.all && has_luma(frame.format()) {
                apart.see(at, flashes(&frame));
            }
            if !self.all || frame.is_key() {
                self.last = Some(frame.clone());
                self.look(&frame, at)?;
            }
        }
        if !self.all {
            self.decoder.flush();
        }
        Ok(())
    }

    fn look(&mut self, picture: &frame::Video, at: f64) -> Result<(), Error> {
        let shape = (picture.format(), picture.width(), picture.height());
        let mut chain = match self.filter.take() {
            Some((built, chain)) if built == shape => chain,
            _ => {
                let (width, height) = SMALL;
                let to = format!("scale={width}:{height}:flags=area,format=gray");
                Chain::new(Kind::Video, &input(shape), &to)?
            }
        };
        chain.push(picture)?;
        let mut small = frame::Video::empty();
        while chain.pull(&mut small) {
            self.judge(&small, at);
        }
        self.filter = Some((shape, chain));
        Ok(())
    }

    fn judge(&mut self, small: &frame::Video, at: f64) {
        let (width, stride) = (small.width() as usize, small.stride(0));
        let rows = small
            .data(0)
            .chunks(stride.max(1))
            .take(small.height() as usize);
        let luma: Vec<u8> = rows
            .flat_map(|row| row.iter().take(width).copied())
            .collect();
        let mean = |sum: u64| sum as f64 / luma.len().max(1) as f64;
        self.luma = mean(luma.iter().map(|l| u64::from(*l)).sum());
        let pairs = luma.iter().zip(&self.small);
        let differ = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        let first = self.small.len() != luma.len();
        self.moved = mean(differ);
        let black = luma.iter().all(|l| *l <= BLACK);
        let still = !first && self.moved < STILL;
        let began =
            |holds: bool, since: Option<f64>, from: f64| holds.then(|| since.unwrap_or(from));
        self.black = began(black, self.black, at);
        self.still = began(still, self.still, self.before);
        self.before = at;
        if self.shapes.len() < MOST {
            self.shapes.push((at, trace::shape(&luma, width)));
        }
        self.small = luma;
        self.count += 1;
    }

    /// Adds what the pictures show now.
    pub(super) fn say(&mut self, line: &mut Value) {
        if self.count == 0 {
            return;
        }
        let lasts = |since: Option<f64>| since.is_some_and(|from| self.newest - from >= LASTS);
        let (black, still) = (lasts(self.black), lasts(self.still));
        line["picture"] = json!({
            "black": black,
            // A black picture stands still by itself.
            "frozen": still && !black,
            "luma": self.luma,
            "moved": self.moved,
            "key_pictures_total": self.count,
            "shapes": self.shapes.drain(..).map(told).collect::<Vec<_>>(),
        });
    }

    /// The last key picture, small, as JPEG in base64.
    pub(super) fn jpeg(&self) -> Option<String> {
        let picture = self.last.as_ref()?;
        let bytes = encode(picture).ok()?;
        Some(STANDARD.encode(bytes))
    }
}

fn told((at, shape): (f64, u64)) -> Value {
    json!({ "pts": (at * f64::from(TICKS)).round() as i64, "shape": format!("{shape:016x}") })
}

/// Whether the first plane is brightness, a byte a pixel.
fn has_luma(format: Pixel) -> bool {
    let known = [Pixel::YUV420P, Pixel::YUVJ420P, Pixel::YUV422P, Pixel::NV12];
    known.contains(&format)
}

fn flashes(picture: &frame::Video) -> bool {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let band = picture
        .data(0)
        .chunks(picture.stride(0).max(1))
        .take(height);
    let band = band
        .skip(height - height / BAND)
        .flat_map(|row| row.iter().take(width));
    let (sum, count) = band.fold((0, 0), |(sum, count), luma| {
        (sum + u64::from(*luma), count + 1)
    });
    sum > FLASH * count
}

fn input((format, width, height): Shape) -> String {
    let format = format
        .descriptor()
        .map_or_else(|| "yuv420p".to_owned(), |d| d.name().to_owned());
    format!("video_size={width}x{height}:pix_fmt={format}:time_base=1/90000:pixel_aspect=1/1")
}

fn encode(picture: &frame::Video) -> Result<Vec<u8>, Error> {
    let shape = (picture.format(), picture.width(), picture.height());
    let mut chain = Chain::new(Kind::Video, &input(shape), SHOWN)?;
    // A chain takes the frame itself.
    chain.push(&picture.clone())?;
    let mut small = frame::Video::empty();
    if !chain.pull(&mut small) {
        return Err(Error::InvalidData);
    }
    let codec = encoder::find(Id::MJPEG).ok_or(Error::EncoderNotFound)?;
    let mut context = codec::Context::new_with_codec(codec).encoder().video()?;
    context.set_width(small.width());
    context.set_height(small.height());
    context.set_format(Pixel::YUVJ420P);
    context.set_time_base(Rational(1, 25));
    let options = Dictionary::from_iter([("flags", "qscale"), ("global_quality", "826")]);
    let mut encoder = context.open_as_with(codec, options)?;
    small.set_pts(Some(0));
    encoder.send_frame(&small)?;
    encoder.send_eof()?;
    let mut packet = Packet::empty();
    encoder.receive_packet(&mut packet)?;
    Ok(packet.data().unwrap_or_default().to_vec())
}
