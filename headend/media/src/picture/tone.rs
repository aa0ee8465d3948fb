//! The beep: 1 kHz from the first sample of each second, silence between. Of a slate: a hiss that
//! is hardly heard, so that nobody takes the sound for broken.

use std::f64::consts::TAU;

use ffmpeg_next::codec::Parameters;
use ffmpeg_next::format::{Sample, sample};
use ffmpeg_next::{ChannelLayout, Error, Packet, Rational, encoder, frame};

use super::scene::FLASH_MILLIS;
use crate::encode::{self, SAMPLE_RATE};
use crate::mux::TICKS;

const HERTZ: f64 = 1000.0;
/// 12 dB below full scale.
const LEVEL: f64 = 0.25;
/// About 50 dB below full scale: above digital silence, below a voice.
const HISS: f64 = 0.005;
const BEEP_SAMPLES: u64 = FLASH_MILLIS * SAMPLE_RATE as u64 / 1000;

/// The sound of the test picture, encoded frame by frame.
pub(super) struct Tone {
    encoder: encoder::audio::Encoder,
    /// A hiss in place of beeps.
    quiet: bool,
    /// Samples since 1970: the one that is made next.
    next: u64,
    /// What the encoder still holds from before this sample is not sent.
    resumed: i64,
}

impl Tone {
    /// Sound from that sample on.
    pub(super) fn new(next: u64, quiet: bool) -> Result<Self, Error> {
        let encoder = encode::aac(encode::AUDIO_BITRATE)?;
        Ok(Self {
            encoder,
            quiet,
            next,
            resumed: i64::MIN,
        })
    }

    /// For the muxer.
    pub(super) fn parameters(&self) -> Parameters {
        Parameters::from(&self.encoder)
    }

    /// Leaves out what lies before that sample.
    pub(super) fn skip_to(&mut self, sample: u64) {
        self.next = self.next.max(sample);
        self.resumed = self.next as i64;
    }

    /// Makes every frame that is complete before that sample.
    pub(super) fn play_until(
        &mut self,
        end: u64,
        mut write: impl FnMut(&mut Packet) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let length = u64::from(self.encoder.frame_size());
        let mut packet = Packet::empty();
        while self.next + length <= end {
            let frame = match self.quiet {
                true => sound(self.next, length as usize, hiss),
                false => sound(self.next, length as usize, beep),
            };
            self.encoder.send_frame(&frame)?;
            self.next += length;
            while self.encoder.receive_packet(&mut packet).is_ok() {
                if packet.pts().is_some_and(|first| first < self.resumed) {
                    continue;
                }
                packet.rescale_ts(Rational(1, SAMPLE_RATE as i32), Rational(1, TICKS));
                write(&mut packet)?;
            }
        }
        Ok(())
    }
}

/// Samples of a sound that begin at one counted since 1970.
fn sound(first: u64, samples: usize, level: fn(u64) -> f32) -> frame::Audio {
    let format = Sample::F32(sample::Type::Planar);
    let mut frame = frame::Audio::new(format, samples, ChannelLayout::STEREO);
    frame.set_rate(SAMPLE_RATE);
    frame.set_pts(Some(first as i64));
    for plane in 0..frame.planes() {
        for (sample, index) in frame.plane_mut::<f32>(plane).iter_mut().zip(first..) {
            *sample = level(index);
        }
    }
    frame
}

/// The beep's sample of that number since 1970, -1 to 1.
fn beep(index: u64) -> f32 {
    let place = index % u64::from(SAMPLE_RATE);
    if place >= BEEP_SAMPLES {
        return 0.0;
    }
    (LEVEL * (TAU * HERTZ * place as f64 / f64::from(SAMPLE_RATE)).sin()) as f32
}

/// The hiss's: noise by the multiplier of L'Ecuyer (1999), table 4.
fn hiss(index: u64) -> f32 {
    let noise = index.wrapping_mul(3_935_559_000_370_003_845) >> 40;
    (HISS * (noise as f64 / f64::from(1 << 23) - 1.0)) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beep_begins_on_the_second_and_ends_after_whole_waves() {
        let second = 48_000 * 1_700_000_000;
        assert_eq!(beep(second - 1), 0.0);
        assert_eq!(beep(second), 0.0);
        assert!(beep(second + 12) > 0.24, "a quarter of the first wave");
        assert!(beep(second + 4799).abs() > 0.02);
        assert_eq!(beep(second + 4800), 0.0);
    }
}
