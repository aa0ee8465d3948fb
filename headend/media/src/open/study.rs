//! A stream that says what it is only once it comes: sound that starts minutes after the
//! picture. Its first packets are decoded to learn its size or rate.

use ffmpeg_next::codec::{self, Context};
use ffmpeg_next::{Error, Packet, Stream, decoder, frame};

/// Packets that are looked at before the stream is given up.
const MOST_PACKETS: u32 = 500;

/// A stream that is not yet known well enough to go out.
pub(super) enum Study {
    /// Still looking.
    Open {
        decoder: Box<decoder::Opened>,
        packets: u32,
    },
    /// It cannot be known.
    GivenUp,
}

impl Study {
    /// Looks at a stream whose codec is known.
    pub(super) fn new(stream: &Stream<'_>) -> Self {
        match open(stream) {
            Ok(decoder) => Self::Open {
                decoder: Box::new(decoder),
                packets: 0,
            },
            Err(_) => Self::GivenUp,
        }
    }

    /// Looks at one more packet; the context describes the stream as soon as a frame came of it.
    pub(super) fn push(&mut self, packet: &Packet) -> Option<&Context> {
        if matches!(self, Self::Open { packets, .. } if *packets >= MOST_PACKETS) {
            *self = Self::GivenUp;
        }
        let Self::Open { decoder, packets } = self else {
            return None;
        };
        *packets += 1;
        // What is damaged gives no frame, and the next packet may.
        let _ = decoder.send_packet(packet);
        let mut frame = frame::Video::empty();
        decoder.receive_frame(&mut frame).ok()?;
        Some(decoder)
    }
}

fn open(stream: &Stream<'_>) -> Result<decoder::Opened, Error> {
    let parameters = stream.parameters();
    let codec = decoder::find(parameters.id()).ok_or(Error::DecoderNotFound)?;
    codec::Context::from_parameters(parameters)?
        .decoder()
        .open_as(codec)
}
