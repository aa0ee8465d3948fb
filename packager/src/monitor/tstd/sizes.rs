//! How large the buffers of the T-STD are and how fast they empty, in bytes and in bytes a tick.

use super::super::codec::{Audio, Codec, Detail, Video};
use crate::ts::clock::{SYSTEM_CLOCK_HZ, Ticks};

/// TB and TBsys (ISO/IEC 13818-1, 2.4.2.3).
pub(super) const TRANSPORT: f64 = 512.0;
/// Bsys (2.4.2.3).
pub(super) const MAIN_SYSTEM: f64 = 1536.0;
/// Rx of the tables, bit/s (2.4.2.3).
pub(super) const RX_SYSTEM: Rate = Rate::bits(1_000_000);
/// The least that a multiplexing buffer is made for, bit/s (2.14.3.1).
const LEAST_RATE: u64 = 2_000_000;

/// How fast a buffer empties.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rate {
    /// Bytes a tick of 27 MHz, and the other way: a product costs less than a quotient.
    bytes: f64,
    ticks: f64,
}

impl Rate {
    #[expect(clippy::cast_precision_loss, reason = "rates are under 2^53")]
    pub(super) const fn bits(bits_per_second: u64) -> Self {
        Self::new(bits_per_second as f64)
    }

    pub(super) const fn new(bits_per_second: f64) -> Self {
        let ticks = 8.0 * SYSTEM_CLOCK_HZ as f64;
        Self {
            bytes: bits_per_second / ticks,
            ticks: ticks / bits_per_second,
        }
    }

    /// Bytes that leave in `span` ticks.
    pub(super) const fn bytes(self, span: f64) -> f64 {
        self.bytes * span
    }

    /// Ticks in which `bytes` leave.
    pub(super) const fn ticks(self, bytes: f64) -> f64 {
        self.ticks * bytes
    }
}

/// The buffers of one elementary stream.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sizes {
    /// From TB on.
    pub(super) rx: Rate,
    pub(super) main: Main,
}

/// What is behind TB.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Main {
    /// B, bytes; frames of this coding leave it.
    Sound(f64, Codec),
    /// MB and EB, by the leak method.
    Picture {
        /// From MB on.
        rbx: Rate,
        /// MB, bytes.
        multiplexing: f64,
        /// EB, bytes.
        elementary: f64,
        /// The time of a frame, where the stream says.
        frame: Option<Ticks>,
    },
}

impl Sizes {
    /// By the stream's own header; `None` where the standards give no sizes for it.
    pub(super) fn of(codec: Codec, detail: &Detail) -> Option<Self> {
        match detail {
            Detail::Audio(audio) => sound(codec, audio),
            Detail::Video(video) => picture(codec, video),
        }
    }
}

/// ISO/IEC 13818-1, 2.4.2.3; ETSI TS 101 154, annex C for AC-3 and E-AC-3.
fn sound(codec: Codec, audio: &Audio) -> Option<Sizes> {
    let (rx, main) = match (codec, audio.channels) {
        (Codec::MpegAudio, _) | (Codec::AacAdts, 1..=2) => (2_000_000, 3584.0),
        (Codec::AacAdts, 3..=8) => (5_529_600, 8976.0),
        (Codec::Ac3 | Codec::Eac3, _) => (2_000_000, 5696.0),
        _ => return None,
    };
    Some(Sizes {
        rx: Rate::bits(rx),
        main: Main::Sound(main, codec),
    })
}

/// ISO/IEC 13818-1, 2.4.2.3 for MPEG-2 video, 2.14.3.1 for H.264, 2.17.2 for H.265. MB and EB
/// together are the same whatever the HRD of the stream says, so that level and profile tell them.
#[expect(clippy::cast_precision_loss, reason = "buffers are under 2^53 bits")]
fn picture(codec: Codec, video: &Video) -> Option<Sizes> {
    let limits = video.limits?;
    let rate = limits.bit_rate;
    let (rx, base) = match codec {
        Codec::Mpeg2Video => (rate * 6 / 5, rate),
        Codec::H264 | Codec::H265 => (rate, rate.max(LEAST_RATE)),
        _ => return None,
    };
    let frame = video.rate.and_then(|(frames, seconds)| {
        let ticks = SYSTEM_CLOCK_HZ.checked_mul(seconds.into())?;
        i64::try_from(ticks.checked_div(frames.into())?).ok()
    });
    Some(Sizes {
        rx: Rate::bits(rx),
        main: Main::Picture {
            rbx: Rate::bits(rate),
            // BSmux is 4 ms of the rate, BSoh a 750th of a second.
            multiplexing: base as f64 * (0.004 + 1.0 / 750.0) / 8.0,
            elementary: limits.buffer as f64 / 8.0,
            frame: frame.map(Ticks::new),
        },
    })
}
