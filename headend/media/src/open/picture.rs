//! A picture that is encoded anew: one decoder, and a filter and an encoder for each size.

use ffmpeg_next::codec::{self, Id, Parameters};
use ffmpeg_next::format::Pixel;
use ffmpeg_next::{
    Dictionary, Error, Packet, Rational, Stream, color, decoder, encoder, frame, picture,
};

use super::ladder::{Ladder, Rung};
use super::strain::Relief;
use super::timeline::Ticks;
use crate::encode::{self, Filling};
use crate::graph::{Chain, Kind};
use crate::mux::TICKS;
use crate::report::Reporter;

/// An IDR at least this often.
const IDR_TICKS: Ticks = 2 * 90_000;
/// The same beside the source's own picture, whose IDRs are followed.
const FOLLOWED_IDR_TICKS: Ticks = 10 * 90_000;
/// Frames a second assumed of a source that does not say.
const RATE: Rational = Rational(25, 1);
/// Bits for a pixel: 2.3 Mbit/s for 1280 x 720 at 25 frames a second.
const BITS_PER_PIXEL: f64 = 0.1;
/// From so many lines on, a picture that does not say its colours has those of BT.709.
const HIGH_DEFINITION: u32 = 720;
/// 16:9 of 720 columns is written as 1.78 and as 1.82.
const SAME_ASPECT: f64 = 0.04;

/// One picture stream.
pub(super) struct Picture {
    decoder: decoder::Video,
    makers: Vec<Maker>,
    /// An IDR wherever the source has one: all sizes are cut with it.
    follows: bool,
    last: Option<Ticks>,
    last_idr: Option<Ticks>,
    /// Some of its frames are two fields.
    fields: bool,
    /// Of the first frame, for which all was chosen, and of the newest.
    shown: Option<(Shown, Shown)>,
}

/// How a frame is shown.
#[derive(Clone, Copy)]
struct Shown {
    /// Lines.
    height: u32,
    /// Width to height of the picture.
    aspect: f64,
}

/// What makes one size of it.
struct Maker {
    work: Work,
    /// Built for the frames as they come; a source can change them at any time.
    filter: Option<(Shape, Chain)>,
    encoder: encoder::video::Encoder,
    /// FFmpeg's name of it.
    name: &'static str,
}

/// Whether a size is made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Work {
    /// It is.
    Made,
    /// From the next IDR on.
    Begins,
    /// Not while the machine is too slow.
    Dropped,
}

type Shape = (Pixel, u32, u32, bool);

impl Picture {
    /// Opens a decoder for the stream and an encoder for each of `rungs`, or one for its own size.
    /// With `follows` they have their IDRs where it has.
    pub(super) fn new(stream: &Stream<'_>, rungs: &[Rung], follows: bool) -> Result<Self, Error> {
        let parameters = stream.parameters();
        let codec = decoder::find(parameters.id()).ok_or(Error::DecoderNotFound)?;
        let mut context = codec::Context::from_parameters(parameters)?.decoder();
        context.set_packet_time_base(Rational(1, TICKS));
        // Each further thread would hold back one more frame.
        let one = Dictionary::from_iter([("threads", "1")]);
        let decoder = context.open_as_with(codec, one)?.video()?;
        let rate = Some(stream.avg_frame_rate())
            .filter(|rate| (1.0..=120.0).contains(&f64::from(*rate)))
            .unwrap_or(RATE);
        let (width, height) = (decoder.width(), decoder.height());
        if width < 2 || height < 2 {
            return Err(Error::InvalidData);
        }
        let pixels = f64::from(width) * f64::from(height);
        let own = Rung {
            height: height & !1,
            bitrate: ((pixels * f64::from(rate) * BITS_PER_PIXEL) as u64)
                .clamp(300_000, 12_000_000),
        };
        let rungs = if rungs.is_empty() { &[own] } else { rungs };
        // A player guesses by the number of lines, which is another one in a rung.
        let space = match decoder.color_space() {
            color::Space::Unspecified if height >= HIGH_DEFINITION => color::Space::BT709,
            said => said,
        };
        let make = |rung: &Rung| {
            let wide = u64::from(width) * u64::from(rung.height) / u64::from(height);
            let (encoder, name) = encode::fastest_h264(&encode::Video {
                width: (wide as u32 & !1).max(2),
                height: rung.height,
                rate,
                aspect: decoder.aspect_ratio(),
                space,
                bitrate: rung.bitrate,
                filling: Filling::AsNeeded,
            })?;
            Ok(Maker {
                work: Work::Made,
                filter: None,
                encoder,
                name,
            })
        };
        let makers = rungs.iter().map(make).collect::<Result<_, Error>>()?;
        Ok(Self {
            decoder,
            makers,
            follows,
            last: None,
            last_idr: None,
            fields: false,
            shown: None,
        })
    }

    /// FFmpeg's name of what encodes it.
    pub(super) fn encoder(&self) -> Option<&'static str> {
        self.makers.first().map(|maker| maker.name)
    }

    /// Makes one size less or more: the largest goes first and comes last.
    pub(super) fn relieve(&mut self, relief: Relief, reporter: &Reporter) {
        let (from, to, words) = match relief {
            Relief::Less => (
                Work::Made,
                Work::Dropped,
                "is not made: this machine is too slow",
            ),
            Relief::More => (Work::Dropped, Work::Begins, "is made again"),
        };
        let found = match relief {
            Relief::Less => self.makers.iter_mut().find(|maker| maker.work == from),
            Relief::More => self.makers.iter_mut().rfind(|maker| maker.work == from),
        };
        if let Some(maker) = found {
            maker.work = to;
            let lines = maker.encoder.height();
            reporter.warning(&format!("the picture of {lines} lines {words}"));
        }
    }

    /// Whether the picture has become one for which the sizes would be others: stretched, or larger
    /// than what is made.
    pub(super) fn is_outgrown(&self, ladder: &Ladder) -> bool {
        let Some((first, now)) = self.shown else {
            return false;
        };
        let codec = self.decoder.id();
        let made = ladder.below(codec, first.height);
        let mut wanted = ladder.below(codec, now.height).into_iter();
        (now.aspect / first.aspect - 1.0).abs() > SAME_ASPECT
            || wanted.any(|rung| !made.contains(&rung))
    }

    /// Of each size, for the muxer.
    pub(super) fn parameters(&self) -> impl Iterator<Item = Parameters> {
        self.makers
            .iter()
            .map(|maker| Parameters::from(&maker.encoder))
    }

    /// Decodes a packet and encodes what comes of it, with the number of its size.
    pub(super) fn push(
        &mut self,
        packet: &Packet,
        out: &mut dyn FnMut(usize, Packet),
    ) -> Result<(), Error> {
        let sent = self.decoder.send_packet(packet);
        self.encode_decoded(out)?;
        sent
    }

    /// Gives what the decoder holds; it takes packets again afterwards.
    pub(super) fn drain(&mut self, out: &mut dyn FnMut(usize, Packet)) -> Result<(), Error> {
        let sent = self.decoder.send_eof();
        self.encode_decoded(out)?;
        self.decoder.flush();
        sent
    }

    fn encode_decoded(&mut self, out: &mut dyn FnMut(usize, Packet)) -> Result<(), Error> {
        let mut frame = frame::Video::empty();
        while self.decoder.receive_frame(&mut frame).is_ok() {
            let Some(time) = frame.timestamp() else {
                continue;
            };
            if self.last.is_some_and(|last| time <= last) {
                continue;
            }
            self.last = Some(time);
            frame.set_pts(Some(time));
            let idr = self.has_idr(time, frame.is_key());
            // The filters hand that on with the frame.
            frame.set_kind(if idr {
                picture::Type::I
            } else {
                picture::Type::None
            });
            let shown = Shown::of(&frame);
            self.shown = Some((self.shown.map_or(shown, |(first, _)| first), shown));
            self.fields |= self.decoder.id() == Id::MPEG2VIDEO || frame.is_interlaced();
            for (size, maker) in self.makers.iter_mut().enumerate() {
                if idr && maker.work == Work::Begins {
                    maker.work = Work::Made;
                }
                if maker.work != Work::Made {
                    continue;
                }
                maker.push(&frame, self.fields, &mut |packet| out(size, packet))?;
            }
        }
        Ok(())
    }

    /// Whether the frame at `time` becomes an IDR, in all sizes.
    fn has_idr(&mut self, time: Ticks, key: bool) -> bool {
        let (often, here) = match self.follows {
            true => (FOLLOWED_IDR_TICKS, key),
            // What the source's picture was says nothing about the new one.
            false => (IDR_TICKS, false),
        };
        let idr = here || self.last_idr.is_none_or(|last| time - last >= often);
        if idr {
            self.last_idr = Some(time);
        }
        idr
    }
}

impl Shown {
    fn of(frame: &frame::Video) -> Self {
        let pixel = frame.aspect_ratio();
        let pixel = match pixel.numerator() > 0 && pixel.denominator() > 0 {
            true => f64::from(pixel),
            false => 1.0,
        };
        let (width, height) = (frame.width().max(1), frame.height().max(1));
        Self {
            height,
            aspect: f64::from(width) * pixel / f64::from(height),
        }
    }
}

impl Maker {
    fn push(
        &mut self,
        frame: &frame::Video,
        fields: bool,
        out: &mut dyn FnMut(Packet),
    ) -> Result<(), Error> {
        let shape = (frame.format(), frame.width(), frame.height(), fields);
        let mut chain = match self.filter.take() {
            Some((built, chain)) if built == shape => chain,
            _ => self.build(frame, fields)?,
        };
        chain.push(frame)?;
        let mut fitted = frame::Video::empty();
        while chain.pull(&mut fitted) {
            self.encode(&fitted, out)?;
        }
        self.filter = Some((shape, chain));
        Ok(())
    }

    /// Fits any frame to the encoder; fields become frames where MPEG-2 has them.
    fn build(&self, frame: &frame::Video, fields: bool) -> Result<Chain, Error> {
        let format = frame.format().descriptor().ok_or(Error::InvalidData)?;
        let input = format!(
            "video_size={}x{}:pix_fmt={}:time_base=1/{TICKS}",
            frame.width(),
            frame.height(),
            format.name()
        );
        let (width, height) = (self.encoder.width(), self.encoder.height());
        let fields = if fields {
            "yadif=deint=interlaced,"
        } else {
            ""
        };
        // The filter for fields counts time in halves.
        let format = self
            .encoder
            .format()
            .descriptor()
            .ok_or(Error::InvalidData)?;
        let format = format.name();
        let fit = format!("{fields}scale={width}:{height},format={format},settb=1/{TICKS}");
        Chain::new(Kind::Video, &input, &fit)
    }

    fn encode(&mut self, frame: &frame::Video, out: &mut dyn FnMut(Packet)) -> Result<(), Error> {
        self.encoder.send_frame(frame)?;
        loop {
            let mut packet = Packet::empty();
            if self.encoder.receive_packet(&mut packet).is_err() {
                return Ok(());
            }
            out(packet);
        }
    }
}
