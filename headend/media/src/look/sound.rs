//! All sound: its level, whether it is digital silence, its loudness, and when a tone begins.

use ebur128::{EbuR128, Mode};
use ffmpeg_next::codec;
use ffmpeg_next::format::Sample;
use ffmpeg_next::{ChannelLayout, Error, Packet, Rational, Stream, decoder, frame};
use serde_json::{Value, json};

use super::apart::Apart;
use super::trace::Envelope;
use crate::graph::{Chain, Kind};
use crate::mux::TICKS;

const RATE: u32 = 48_000;
const FIT: &str =
    "aresample=48000,aformat=sample_fmts=flt:sample_rates=48000:channel_layouts=stereo";
/// Digital silence is below this, dBFS: a quiet room is above.
const SILENCE: f64 = -60.0;
/// Silence is told when it lasts so many samples.
const LASTS: u64 = 5 * RATE as u64 / 2;
/// What is looked at for the beginning of a tone: 2 ms.
const STEP: usize = RATE as usize / 500;
/// A tone is above this, dBFS.
const TONE: f64 = -30.0;
/// Samples whose PTS are off by more begin anew, seconds.
const JUMP: f64 = 0.05;
/// What a level of nothing at all is called, dBFS.
const FLOOR: f64 = -120.0;

/// The sound of one stream.
pub(super) struct Sounds {
    decoder: decoder::Audio,
    filter: Option<(Shape, Chain)>,
    loudness: EbuR128,
    /// Energy and samples since the last line.
    energy: f64,
    samples: u64,
    /// Samples of silence until now.
    silent: u64,
    /// PTS of the next sample, seconds.
    next: Option<f64>,
    envelope: Envelope,
}

/// Format, rate and channels.
type Shape = (Sample, u32, u64);

impl Sounds {
    pub(super) fn new(stream: &Stream<'_>) -> Result<Self, Error> {
        let parameters = stream.parameters();
        let codec = decoder::find(parameters.id()).ok_or(Error::DecoderNotFound)?;
        let mut context = codec::Context::from_parameters(parameters)?.decoder();
        context.set_packet_time_base(Rational(1, 90_000));
        let loudness = EbuR128::new(2, RATE, Mode::S).map_err(|_| Error::Bug)?;
        Ok(Self {
            decoder: context.open_as(codec)?.audio()?,
            filter: None,
            loudness,
            energy: 0.0,
            samples: 0,
            silent: 0,
            next: None,
            envelope: Envelope::default(),
        })
    }

    /// Decodes a packet and measures what comes of it.
    pub(super) fn push(&mut self, packet: &Packet, apart: &mut Apart) -> Result<(), Error> {
        let sent = self.decoder.send_packet(packet);
        let mut frame = frame::Audio::empty();
        while self.decoder.receive_frame(&mut frame).is_ok() {
            if frame.channel_layout().is_empty() {
                frame.set_channel_layout(ChannelLayout::default(i32::from(frame.channels())));
            }
            if let Some(pts) = frame.timestamp() {
                let at = pts as f64 / f64::from(TICKS);
                let next = self.next.filter(|next| (next - at).abs() < JUMP);
                self.next = Some(next.unwrap_or(at));
            }
            let shape = (frame.format(), frame.rate(), frame.channel_layout().bits());
            let mut chain = match self.filter.take() {
                Some((built, chain)) if built == shape => chain,
                _ => build(shape)?,
            };
            chain.push(&frame)?;
            while chain.pull(&mut frame) {
                self.measure(&frame, apart);
            }
            self.filter = Some((shape, chain));
        }
        sent
    }

    /// PTS of the next sample, seconds.
    pub(super) fn now(&self) -> Option<f64> {
        self.next
    }

    fn measure(&mut self, frame: &frame::Audio, apart: &mut Apart) {
        let samples: Vec<f32> = frame
            .data(0)
            .as_chunks::<4>()
            .0
            .iter()
            .map(|b| f32::from_ne_bytes(*b))
            .collect();
        let samples = samples.get(..frame.samples() * 2).unwrap_or(&samples);
        let mut energy = 0.0;
        for step in samples.chunks(2 * STEP) {
            let some: f64 = step.iter().map(|s| f64::from(*s) * f64::from(*s)).sum();
            energy += some;
            if let Some(at) = self.next {
                let count = step.len() / 2;
                apart.hear(at, level(some, count as u64) > TONE);
                let pts = (at * f64::from(TICKS)) as i64;
                self.envelope.take(pts, some, count as u64);
                self.next = Some(at + count as f64 / f64::from(RATE));
            }
        }
        let count = samples.len() as u64 / 2;
        // One frame is 20 ms or so: a word in it ends the silence.
        match level(energy, count) < SILENCE {
            true => self.silent += count,
            false => self.silent = 0,
        }
        self.energy += energy;
        self.samples += count;
        // A level that the meter refuses (not a number) is left out of the loudness alone.
        let _ = self.loudness.add_frames_f32(samples);
    }

    /// Adds what the sound is now.
    pub(super) fn say(&mut self, line: &mut Value) {
        if self.samples == 0 {
            return;
        }
        let loudness = self.loudness.loudness_shortterm().ok();
        line["sound"] = json!({
            "mute": self.silent >= LASTS,
            "level_dbfs": level(self.energy, self.samples),
            "short_term_lufs": loudness.filter(|lufs| lufs.is_finite()),
            "envelope": self.envelope.say(),
        });
        (self.energy, self.samples) = (0.0, 0);
    }
}

fn build((format, rate, layout): Shape) -> Result<Chain, Error> {
    let input = format!(
        "time_base=1/90000:sample_rate={rate}:sample_fmt={}:channel_layout={layout:#x}",
        format.name()
    );
    Chain::new(Kind::Audio, &input, FIT)
}

/// Mean level of so many samples of two channels, dBFS.
pub(super) fn level(energy: f64, samples: u64) -> f64 {
    let mean = energy / (samples.max(1) * 2) as f64;
    (10.0 * mean.log10()).max(FLOOR)
}
