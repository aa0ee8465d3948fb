//! Sound that is encoded anew: decoder, resampler, AAC.

use ffmpeg_next::codec::{self, Parameters};
use ffmpeg_next::format::Sample;
use ffmpeg_next::{ChannelLayout, Error, Packet, Rational, Stream, decoder, encoder, frame};

use crate::encode::{self, SAMPLE_RATE};
use crate::graph::{Chain, Kind};
use crate::mux::TICKS;

/// To what the encoder takes. Gaps of 100 ms and more in the source's time become silence, and
/// what overlaps is cut, so that the sound stays with the picture.
const FIT: &str = "aresample=48000:async=1:min_hard_comp=0.1,\
                   aformat=sample_fmts=fltp:sample_rates=48000:channel_layouts=stereo";

/// One sound stream.
pub(super) struct Sound {
    decoder: decoder::Audio,
    /// Built for the frames as they come; a source can change them at any time.
    filter: Option<(Shape, Chain)>,
    encoder: encoder::audio::Encoder,
    /// The sample that comes next, in the encoder's time.
    next: i64,
}

/// Format, rate and channels.
type Shape = (Sample, u32, u64);

impl Sound {
    /// Opens a decoder for the stream, and an encoder of `bitrate` bits a second.
    pub(super) fn new(stream: &Stream<'_>, bitrate: u64) -> Result<Self, Error> {
        let parameters = stream.parameters();
        let codec = decoder::find(parameters.id()).ok_or(Error::DecoderNotFound)?;
        let mut context = codec::Context::from_parameters(parameters)?.decoder();
        context.set_packet_time_base(Rational(1, TICKS));
        Ok(Self {
            decoder: context.open_as(codec)?.audio()?,
            filter: None,
            encoder: encode::aac(bitrate)?,
            next: i64::MIN,
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
        let mut frame = frame::Audio::empty();
        while self.decoder.receive_frame(&mut frame).is_ok() {
            let time = frame.timestamp();
            frame.set_pts(time);
            if frame.channel_layout().is_empty() {
                frame.set_channel_layout(ChannelLayout::default(i32::from(frame.channels())));
            }
            let shape = (frame.format(), frame.rate(), frame.channel_layout().bits());
            let mut chain = match self.filter.take() {
                Some((built, chain)) if built == shape => chain,
                _ => self.build(shape)?,
            };
            chain.push(&frame)?;
            while chain.pull(&mut frame) {
                self.encode(&mut frame, out)?;
            }
            self.filter = Some((shape, chain));
        }
        Ok(())
    }

    fn build(&self, (format, rate, layout): Shape) -> Result<Chain, Error> {
        let input = format!(
            "time_base=1/{TICKS}:sample_rate={rate}:sample_fmt={}:channel_layout={layout:#x}",
            format.name()
        );
        let mut chain = Chain::new(Kind::Audio, &input, FIT)?;
        chain.set_frame_size(self.encoder.frame_size());
        Ok(chain)
    }

    fn encode(
        &mut self,
        frame: &mut frame::Audio,
        out: &mut dyn FnMut(Packet),
    ) -> Result<(), Error> {
        let base = Rational(1, SAMPLE_RATE as i32);
        // A new filter may begin a little before the old one's end.
        let time = frame.pts().unwrap_or(self.next).max(self.next);
        frame.set_pts(Some(time));
        self.next = time + frame.samples() as i64;
        self.encoder.send_frame(frame)?;
        loop {
            let mut packet = Packet::empty();
            if self.encoder.receive_packet(&mut packet).is_err() {
                return Ok(());
            }
            packet.rescale_ts(base, Rational(1, TICKS));
            out(packet);
        }
    }
}
