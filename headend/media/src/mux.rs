//! The way out: FFmpeg's transport stream muxer on stdout, each packet flushed at once.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;

use ffmpeg_next::codec::{self, Parameters};
use ffmpeg_next::format::context::{Output, StreamIo};
use ffmpeg_next::{Dictionary, Error, Packet, Rational, encoder, format};

use crate::ffi;

/// Ticks of every timestamp in this program: the 90 kHz of PTS and DTS (ISO/IEC 13818-1
/// clause 2.4.3.7).
pub(crate) const TICKS: i32 = 90_000;
/// The PCR runs this far behind the DTS, in microseconds: the time that the largest picture
/// within the encoder's buffer needs to arrive at its bit rate, and some jitter.
const PCR_DELAY_MICROS: &str = "500000";
/// The same in ticks: what comes this long after its time cannot be shown any more.
pub(crate) const PCR_DELAY: i64 = TICKS as i64 / 2;
/// Bytes of a service_name that leave room in its descriptor (EN 300 468 clause 6.2.33).
const NAME_BYTES: usize = 200;
/// A write of the muxer: a whole number of packets, about one picture.
const WRITE_BYTES: usize = 188 * 7 * 48;

/// A transport stream on stdout, with its streams fixed.
pub(crate) struct Mux {
    output: Output,
    bases: Vec<Rational>,
}

/// What a transport stream says of itself.
pub(crate) struct Labels<'a> {
    /// service_name of the SDT.
    pub(crate) name: &'a str,
    /// version_number of PAT, PMT and SDT: raised when the streams change.
    pub(crate) version: u8,
}

/// One elementary stream to come.
pub(crate) struct Lane<'a> {
    /// As the encoder or the source describes it.
    pub(crate) parameters: Parameters,
    /// ISO 639-2, for the PMT.
    pub(crate) language: Option<&'a str>,
    /// Its PID; the muxer chooses where there is none.
    pub(crate) pid: Option<u16>,
}

impl Mux {
    /// Opens stdout and writes nothing yet: the tables go out with the first packet.
    pub(crate) fn new(labels: &Labels<'_>, lanes: Vec<Lane<'_>>) -> Result<Self, Error> {
        let stdout = io::stdout().as_fd().try_clone_to_owned().map_err(broken)?;
        let io = StreamIo::from_write_with_capacity(File::from(stdout), WRITE_BYTES)?;
        let mut output = format::output_to_stream(io, None, Some("mpegts"))?;
        for lane in lanes {
            let mut stream = output.add_stream(encoder::find(codec::Id::None))?;
            stream.set_parameters(lane.parameters);
            stream.set_time_base(Rational(1, TICKS));
            if let Some(pid) = lane.pid {
                ffi::set_pid(&mut stream, pid);
            }
            if let Some(language) = lane.language {
                stream.set_metadata(Dictionary::from_iter([("language", language)]));
            }
        }
        let name = &labels.name[..labels.name.floor_char_boundary(NAME_BYTES)];
        output.set_metadata(Dictionary::from_iter([
            ("service_name", name),
            ("service_provider", "headend"),
        ]));
        let version = labels.version.to_string();
        output.write_header_with(Dictionary::from_iter([
            ("flush_packets", "1"),
            ("max_delay", PCR_DELAY_MICROS),
            // Timestamps go out as they come in; without this the muxer shifts them.
            ("mpegts_copyts", "1"),
            // The first packet of each PID says that its counter starts anew.
            ("mpegts_flags", "+initial_discontinuity"),
            ("tables_version", version.as_str()),
            ("pcr_period", "20"),
            ("pat_period", "0.1"),
            ("sdt_period", "1"),
        ]))?;
        let bases = output.streams().map(|stream| stream.time_base()).collect();
        Ok(Self { output, bases })
    }

    /// Writes a packet whose timestamps count `TICKS`, to the lane of that index.
    pub(crate) fn write(&mut self, lane: usize, packet: &mut Packet) -> Result<(), Error> {
        let base = self.bases.get(lane).copied().ok_or(Error::Bug)?;
        packet.set_stream(lane);
        packet.set_position(-1);
        packet.rescale_ts(Rational(1, TICKS), base);
        packet.write(&mut self.output)?;
        // The muxer gathers sound frames into one PES packet; here each leaves when it is made.
        ffi::flush(&mut self.output)
    }

    /// Writes what the muxer holds back.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        self.output.write_trailer()
    }
}

fn broken(error: io::Error) -> Error {
    Error::Other {
        errno: error.raw_os_error().unwrap_or(ffmpeg_next::error::EIO),
    }
}
