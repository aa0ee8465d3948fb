//! A picture that is encoded anew: decoder, filter, x264.

use ffmpeg_next::codec::{self, Id, Parameters};
use ffmpeg_next::format::Pixel;
use ffmpeg_next::{
    Dictionary, Error, Packet, Rational, Stream, color, decoder, encoder, frame, picture,
};

use super::timeline::Ticks;
use crate::encode::{self, Filling};
use crate::graph::{Chain, Kind};
use crate::mux::TICKS;

/// An IDR at least this often.
const IDR_TICKS: Ticks = 2 * 90_000;
/// Frames a second assumed of a source that does not say.
const RATE: Rational = Rational(25, 1);
/// Bits for a pixel: 2.3 Mbit/s for 1280 x 720 at 25 frames a second.
const BITS_PER_PIXEL: f64 = 0.1;

/// One picture stream.
pub(super) struct Picture {
    decoder: decoder::Video,
    /// Built for the frames as they come; a source can change them at any time.
    filter: Option<(Shape, Chain)>,
    encoder: encoder::video::Encoder,
    last: Option<Ticks>,
    last_idr: Option<Ticks>,
}

type Shape = (Pixel, u32, u32);

impl Picture {
    /// Opens a decoder for the stream and an encoder for its size.
    pub(super) fn new(stream: &Stream<'_>) -> Result<Self, Error> {
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
        let (width, height) = (decoder.width() & !1, decoder.height() & !1);
        if width == 0 || height == 0 {
            return Err(Error::InvalidData);
        }
        let pixels = f64::from(width) * f64::from(height);
        let bitrate = (pixels * f64::from(rate) * BITS_PER_PIXEL) as u64;
        let encoder = encode::h264(&encode::Video {
            width,
            height,
            rate,
            aspect: decoder.aspect_ratio(),
            space: color::Space::Unspecified,
            bitrate: bitrate.clamp(300_000, 12_000_000),
            filling: Filling::AsNeeded,
        })?;
        Ok(Self {
            decoder,
            filter: None,
            encoder,
            last: None,
            last_idr: None,
        })
    }

    /// For the muxer.
    pub(super) fn parameters(&self) -> Parameters {
        Parameters::from(&self.encoder)
    }

    /// Decodes a packet and encodes what comes of it.
    pub(super) fn push(
        &mut self,
        packet: &Packet,
        out: &mut dyn FnMut(Packet),
    ) -> Result<(), Error> {
        let sent = self.decoder.send_packet(packet);
        self.encode_decoded(out)?;
        sent
    }

    /// Gives what the decoder holds; it takes packets again afterwards.
    pub(super) fn drain(&mut self, out: &mut dyn FnMut(Packet)) -> Result<(), Error> {
        let sent = self.decoder.send_eof();
        self.encode_decoded(out)?;
        self.decoder.flush();
        sent
    }

    fn encode_decoded(&mut self, out: &mut dyn FnMut(Packet)) -> Result<(), Error> {
        let mut frame = frame::Video::empty();
        while self.decoder.receive_frame(&mut frame).is_ok() {
            let time = frame.timestamp();
            frame.set_pts(time);
            let shape = (frame.format(), frame.width(), frame.height());
            let mut chain = match self.filter.take() {
                Some((built, chain)) if built == shape => chain,
                _ => self.build(&frame)?,
            };
            chain.push(&frame)?;
            while chain.pull(&mut frame) {
                self.encode(&mut frame, out)?;
            }
            self.filter = Some((shape, chain));
        }
        Ok(())
    }

    /// Fits any frame to the encoder; fields become frames where MPEG-2 has them.
    fn build(&self, frame: &frame::Video) -> Result<Chain, Error> {
        let format = frame.format().descriptor().ok_or(Error::InvalidData)?;
        let input = format!(
            "video_size={}x{}:pix_fmt={}:time_base=1/{TICKS}",
            frame.width(),
            frame.height(),
            format.name()
        );
        let fields = match self.decoder.id() {
            Id::MPEG2VIDEO => "yadif=deint=interlaced,",
            _ => "",
        };
        let (width, height) = (self.encoder.width(), self.encoder.height());
        // The filter for fields counts time in halves.
        let fit = format!("{fields}scale={width}:{height},format=yuv420p,settb=1/{TICKS}");
        Chain::new(Kind::Video, &input, &fit)
    }

    fn encode(
        &mut self,
        frame: &mut frame::Video,
        out: &mut dyn FnMut(Packet),
    ) -> Result<(), Error> {
        let Some(time) = frame.pts() else {
            return Ok(());
        };
        if self.last.is_some_and(|last| time <= last) {
            return Ok(());
        }
        self.last = Some(time);
        // What the source's picture was says nothing about the new one.
        let idr = self.last_idr.is_none_or(|last| time - last >= IDR_TICKS);
        frame.set_kind(if idr {
            self.last_idr = Some(time);
            picture::Type::I
        } else {
            picture::Type::None
        });
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
