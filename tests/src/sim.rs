//! A simulated driver: the same chain as on air, with driven time, a seeded network and a source
//! whose clock is off.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use packager::chain::{Chain, OutputSettings, Settings};
use packager::emit::Format;
use packager::receive::Framing;
use packager::remux;
use packager::select::Policy;
use packager::shape::Overflow;
use packager::time::{Bitrate, Mono, Wall};
use packager::ts::clock::Ticks;
use packager::ts::packet::restamp_pcr;
use packager::ts::{Packet, RawPacket, pes};

use crate::judge::Stamped;
use crate::node::programs;

/// Datagram in flight: when it arrives, and its packets.
pub type Datagram = (u64, Vec<u8>);

/// Wall time at the simulation's origin.
pub const WALL: Wall = Wall::from_unix_nanos(1_800_000_000_000_000_000);
/// The simulation's origin: time before it exists, as on a running machine.
pub const ORIGIN: u64 = 1_000_000_000;

/// What came out of a simulated channel.
#[derive(Debug, Default)]
pub struct Outcome {
    /// For each output, its packets with the departure of their datagram.
    pub outputs: Vec<Vec<Stamped>>,
    /// What the tap was given.
    pub tap: Vec<RawPacket>,
}

/// A channel of one input, with one output for each rate (`None`: own pace).
#[must_use]
pub fn chain(rates: &[Option<u64>]) -> Chain {
    chain_of(1, rates)
}

/// A channel of `inputs` inputs.
#[must_use]
pub fn chain_of(inputs: usize, rates: &[Option<u64>]) -> Chain {
    chain_by(Policy::default(), inputs, rates)
}

/// A channel of `inputs` inputs that switches by `policy`.
#[must_use]
pub fn chain_by(policy: Policy, inputs: usize, rates: &[Option<u64>]) -> Chain {
    chain_with(policy, inputs, rates, false)
}

/// The same, with or without a slate as one more input.
#[must_use]
pub fn chain_with(policy: Policy, inputs: usize, rates: &[Option<u64>], slate: bool) -> Chain {
    let output = |rate: &Option<u64>| OutputSettings {
        bitrate: rate.and_then(Bitrate::from_bits_per_second),
        overflow: Overflow::KeepSound,
        format: Format::Udp,
        fec: None,
    };
    Chain::new(Settings {
        inputs: vec![Framing::Ts.into(); inputs],
        program: None,
        policy,
        slate,
        remux: remux::Settings {
            service_name: "Họp Chính phủ".into(),
            number: None,
            first_version: 7,
        },
        outputs: rates.iter().map(output).collect(),
    })
}

/// Carries `datagrams` through `chain` in ticks of 500 µs until `end` (ns).
#[must_use]
pub fn carry(chain: &mut Chain, datagrams: &[Datagram], end: u64) -> Outcome {
    carry_all(chain, &[datagrams], end)
}

/// The same with the datagrams of each input.
#[must_use]
pub fn carry_all(chain: &mut Chain, inputs: &[&[Datagram]], end: u64) -> Outcome {
    carry_between(chain, inputs, 0, end)
}

/// The same from `start` on (a multiple of the tick), for a chain that runs already.
#[must_use]
pub fn carry_between(chain: &mut Chain, inputs: &[&[Datagram]], start: u64, end: u64) -> Outcome {
    let mut outcome = Outcome {
        outputs: vec![Vec::new(); chain.outputs().len()],
        tap: Vec::new(),
    };
    let mut coming: Vec<_> = inputs.iter().map(|d| d.iter().peekable()).collect();
    for now in (start..end).step_by(500_000) {
        for (input, coming) in coming.iter_mut().enumerate() {
            while let Some((at, bytes)) = coming.next_if(|(at, _)| *at <= now) {
                let (tap, at) = (&mut outcome.tap, Mono::from_nanos(ORIGIN + at));
                chain.push(input, at, bytes, &mut |p| {
                    tap.push(*p);
                });
            }
        }
        let wall = WALL.offset_nanos(now.cast_signed());
        let tap = &mut outcome.tap;
        chain.tick(Mono::from_nanos(ORIGIN + now), wall, &mut |p| {
            tap.push(*p);
        });
        chain.pull(
            Mono::from_nanos(ORIGIN + now),
            &mut |output, _, departure, datagram| {
                for packet in datagram.as_chunks::<188>().0 {
                    outcome.outputs[output].push((departure.as_nanos() - ORIGIN, *packet));
                }
            },
        );
    }
    outcome
}

/// Those of `datagrams` that [`carry_between`] takes from `start` to `end` (ns), whose last tick
/// stands half a millisecond before the end.
#[must_use]
pub fn within(datagrams: &[Datagram], start: u64, end: u64) -> &[Datagram] {
    let until = |end: u64| datagrams.partition_point(|(at, _)| at + 500_000 <= end);
    &datagrams[until(start)..until(end)]
}

/// A stream's packets as datagrams of seven that arrive at the pace of its PCR, by a clock that
/// is off by `ppm`, each up to `jitter` ns late (seeded).
///
/// # Errors
/// The stream has no PCR.
pub fn paced(stream: &[u8], ppm: f64, jitter: u64, seed: u64) -> Result<Vec<Datagram>> {
    let packets = stream.as_chunks::<188>().0;
    let mut marks: Vec<(usize, u64)> = Vec::new();
    let mut pcr_pid = None;
    for (index, bytes) in packets.iter().enumerate() {
        let packet = Packet::new(bytes);
        if let Some(pcr) = packet.pcr()
            && *pcr_pid.get_or_insert(packet.pid()) == packet.pid()
        {
            marks.push((index, pcr.ticks()));
        }
    }
    let first = marks.first().context("no PCR")?.1;
    let time = |index: usize| {
        let next = marks
            .partition_point(|(at, _)| *at <= index)
            .clamp(1, marks.len() - 1);
        let ((a, ta), (b, tb)) = (marks[next - 1], marks[next]);
        let span = (tb as f64 - ta as f64) / (b - a) as f64;
        let ticks = ta as f64 - first as f64 + span * (index as f64 - a as f64);
        (ticks * (1.0 + ppm / 1e6) * 1000.0 / 27.0).max(0.0)
    };
    let mut random = Random(seed);
    let mut last = 0;
    let mut datagrams = Vec::new();
    for (n, chunk) in packets.chunks(7).enumerate() {
        let late = if jitter == 0 {
            0
        } else {
            random.draw() % jitter
        };
        let at = (time(n * 7 + chunk.len() - 1) as u64 + late).max(last);
        last = at;
        datagrams.push((at, chunk.concat()));
    }
    Ok(datagrams)
}

/// A small seeded generator (xorshift), so that each run is the same.
pub struct Random(pub u64);

impl Random {
    /// The next number of the row.
    pub fn draw(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }
}

/// A transport stream made by FFmpeg with these arguments behind its inputs, kept for later runs.
///
/// # Errors
/// FFmpeg is missing or refuses; the error holds what it said.
pub fn generated(name: &str, seconds: u32, encode: &[&str]) -> Result<Vec<u8>> {
    let folder = programs().join("streams");
    std::fs::create_dir_all(&folder)?;
    let file: PathBuf = folder.join(format!("{name}-{seconds}.ts"));
    if !file.exists() {
        // Of its own for each thread: two tests may want the same stream at once.
        let scratch = tempfile::Builder::new()
            .suffix(".ts")
            .tempfile_in(&folder)?;
        let output = Command::new("ffmpeg")
            .args([
                "-v",
                "error",
                "-y",
                "-f",
                "lavfi",
                "-i",
                "testsrc2=size=1280x720:rate=25",
            ])
            .args(["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"])
            .args(["-t", &seconds.to_string()])
            .args(encode)
            .args(["-f", "mpegts"])
            .arg(scratch.path())
            .output()
            .context("ffmpeg")?;
        if !output.status.success() {
            bail!("ffmpeg: {}", String::from_utf8_lossy(&output.stderr));
        }
        scratch.persist(&file)?;
    }
    Ok(std::fs::read(file)?)
}

/// H.264 at about `video` bit/s and AAC, one IDR a second, as conference encoders send it.
#[must_use]
pub fn h264(video: &str) -> Vec<&str> {
    vec![
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-tune",
        "zerolatency",
        "-g",
        "25",
        "-b:v",
        video,
        "-maxrate",
        video,
        "-bufsize",
        video,
        "-pix_fmt",
        "yuv420p",
        "-c:a",
        "aac",
        "-b:a",
        "128k",
        "-ac",
        "2",
    ]
}

/// The stream with every PCR, PTS and DTS moved by `ticks` of 27 MHz.
#[must_use]
pub fn moved(stream: &[u8], ticks: i64) -> Vec<u8> {
    let span = Ticks::new(ticks / 300 * 300);
    let mut out = stream.to_vec();
    for bytes in out.as_chunks_mut::<188>().0 {
        let view = Packet::new(bytes);
        let (pcr, start, offset) = (view.pcr(), view.unit_start(), view.payload_offset());
        if let Some(pcr) = pcr {
            restamp_pcr(bytes, pcr.offset(span));
        }
        if start && bytes[offset.min(187)..].starts_with(&[0, 0, 1]) {
            pes::shift(&mut bytes[offset..], span);
        }
    }
    out
}
