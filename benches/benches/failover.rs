//! What it costs never to go dark: a second and a third input, two paths merged, FEC in and out, a
//! look at the content; and how soon another input is on air, in the stream's own time. Time is
//! driven, on one core, but for the look, which is a process.

use std::hint::black_box;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use headend_tests::sim::{Datagram, Random, WALL, generated, h264, paced};
use packager::chain::{Chain, OutputSettings, Settings, Way};
use packager::emit::Format;
use packager::protect::Matrix;
use packager::receive::{self, Entry, Framing, Port};
use packager::remux;
use packager::select::Policy;
use packager::shape::Overflow;
use packager::time::{Bitrate, Mono};

/// Of the stream, and so of the simulated time.
const SECONDS: u64 = 20;
const CHANNELS: usize = 10;
const TICK: u64 = 250_000;
const RATE: u64 = 8_400_000;
const ORIGIN: u64 = 1_000_000_000;

/// What comes in at a time: an input's path, and a datagram.
type Arrival = (u64, Way, Vec<u8>);

fn main() {
    let stream = headend_benches::stream().expect("ffmpeg");
    let datagrams = paced(&stream, 0.0, 1_000_000, 1).expect("a PCR");
    println!("{CHANNELS} channels of 8 Mbit/s at constant rate, one core; best of three runs");
    let one = cost("one input", &datagrams, 1, None);
    cost("two inputs", &datagrams, 2, Some(one));
    cost("three inputs", &datagrams, 3, Some(one));
    protection(&datagrams);
    look(&stream);
    recovery();
}

fn chain(inputs: Vec<receive::Settings>, format: Format, fec: Option<Matrix>) -> Chain {
    Chain::new(Settings {
        inputs,
        program: None,
        policy: Policy::default(),
        slate: false,
        remux: remux::Settings {
            service_name: "Họp Chính phủ".into(),
            number: None,
            first_version: 7,
        },
        outputs: vec![OutputSettings {
            bitrate: Bitrate::from_bits_per_second(RATE),
            overflow: Overflow::KeepSound,
            format,
            fec,
        }],
    })
}

/// As the line does it, until nothing comes any more; gives what the output sent.
fn drive(chain: &mut Chain, arrivals: &[Arrival], sent: &mut impl FnMut(Port, Mono, &[u8])) {
    let mut next = arrivals.iter().peekable();
    for now in (0..SECONDS * 1_000_000_000).step_by(TICK as usize) {
        if next.peek().is_none() {
            break;
        }
        let at = Mono::from_nanos(ORIGIN + now);
        if (now / TICK).is_multiple_of(8) {
            while let Some((arrived, way, bytes)) = next.next_if(|(at, ..)| *at <= now) {
                let arrived = Mono::from_nanos(ORIGIN + arrived);
                chain.push(*way, arrived, bytes, &mut |_| {});
            }
            chain.tick(at, WALL, &mut |_| {});
        }
        chain.pull(at, &mut |_, port, at, datagram| sent(port, at, datagram));
    }
}

/// The best of three runs of each of the channels, a channel's share of a core in percent.
fn measure(make: impl Fn() -> Chain, arrivals: &[Arrival]) -> f64 {
    let run = || {
        let start = Instant::now();
        for _ in 0..CHANNELS {
            drive(&mut make(), arrivals, &mut |_, _, datagram| {
                black_box(datagram);
            });
        }
        start.elapsed()
    };
    let best = (0..3).map(|_| run()).min().expect("three runs");
    100.0 * best.as_secs_f64() / (SECONDS * CHANNELS as u64) as f64
}

fn tell(name: &str, share: f64, than: Option<f64>) {
    let more = than.map_or_else(String::new, |than| format!(", {:+.3}", share - than));
    println!("{name:<44} {share:6.3} % of a core for a channel{more}");
}

fn cost(name: &str, datagrams: &[Datagram], inputs: usize, than: Option<f64>) -> f64 {
    let ways = datagrams.iter().flat_map(|(at, bytes)| {
        let all = (0..inputs).map(Way::from);
        all.map(move |way| (*at, way, bytes.clone()))
    });
    let arrivals: Vec<Arrival> = ways.collect();
    let make = || chain(vec![Framing::Ts.into(); inputs], Format::Udp, None);
    let share = measure(make, &arrivals);
    tell(name, share, than);
    share
}

/// RTP by one path and by two, with FEC and without.
fn protection(datagrams: &[Datagram]) {
    let rtp = Format::Rtp {
        ssrc: 7,
        sequence: 0,
    };
    let matrix = Matrix::new(10, 10, true).expect("a legal matrix");
    let plain: Vec<Arrival> = datagrams
        .iter()
        .map(|(at, bytes)| (*at, Way::from(0), bytes.clone()))
        .collect();
    let mut protected: Vec<Arrival> = Vec::new();
    let mut source = chain(vec![Framing::Ts.into()], rtp, Some(matrix));
    drive(&mut source, &plain, &mut |port, at, datagram| {
        let entry = Entry { path: 0, port };
        let way = Way { input: 0, entry };
        protected.push((at.as_nanos() - ORIGIN, way, datagram.to_vec()));
    });
    let mut media = protected.clone();
    media.retain(|(_, way, _)| way.entry.port == Port::Media);
    let second = |arrivals: &[Arrival]| -> Vec<Arrival> {
        let other = arrivals.iter().flat_map(|(at, way, bytes)| {
            let mut by = *way;
            by.entry.path = 1;
            [(*at, *way, bytes.clone()), (*at, by, bytes.clone())]
        });
        other.collect()
    };
    let settings = |paths, fec| receive::Settings {
        framing: Framing::Rtp,
        paths,
        window: Duration::from_millis(450),
        fec,
    };
    let out = |paths, fec| move || chain(vec![settings(paths, fec)], Format::Udp, None);
    let one = measure(out(1, false), &media);
    tell("RTP by one path", one, None);
    let two = second(&media);
    tell(
        "RTP by two paths, merged",
        measure(out(2, false), &two),
        Some(one),
    );
    tell(
        "RTP with FEC 10x10 in",
        measure(out(1, true), &protected),
        Some(one),
    );
    // One in twenty is lost on each path.
    let mut random = Random(5);
    let mut lossy = second(&protected);
    lossy.retain(|_| !random.draw().is_multiple_of(20));
    let both = measure(out(2, true), &lossy);
    tell(
        "RTP by two paths with FEC, 5 % lost on both",
        both,
        Some(one),
    );
    let fec_out = || chain(vec![Framing::Ts.into()], rtp, Some(matrix));
    let plain_out = || chain(vec![Framing::Ts.into()], rtp, None);
    let without = measure(plain_out, &plain);
    tell(
        "RTP with FEC 10x10 out",
        measure(fec_out, &plain),
        Some(without),
    );
}

/// Key pictures and all sound decoded: the CPU of the process for a second of stream.
fn look(stream: &[u8]) {
    let program = headend_benches::release("headend-media");
    let mut command = Command::new(program);
    command.args(["look", "-"]).stdin(Stdio::piped());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("headend-media is built");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(stream).expect("it reads");
    input.flush().expect("it reads");
    // All of it is decoded when the pipe is empty and the process sleeps.
    let mut used = 0.0;
    loop {
        std::thread::sleep(Duration::from_millis(300));
        let now = headend_benches::cpu_seconds(child.id());
        if now > 0.0 && (now - used).abs() < 0.005 {
            break;
        }
        used = now;
    }
    drop(input);
    let _ = child.wait();
    tell(
        "a look at the content of one input",
        100.0 * used / 30.0,
        None,
    );
}

/// What happens to the input on air.
#[derive(Clone, Copy, Debug)]
enum Loss {
    Packets,
    Video,
    Sound,
    Tables,
}

impl Loss {
    const ALL: [(Self, &str); 4] = [
        (Self::Packets, "no packets"),
        (Self::Video, "the video PID gone"),
        (Self::Sound, "the audio PID gone"),
        (Self::Tables, "PAT and PMT gone"),
    ];

    fn takes(self, pid: u16) -> bool {
        match self {
            Self::Packets => true,
            Self::Video => pid == 0x100,
            Self::Sound => pid == 0x101,
            Self::Tables => pid == 0 || pid == 0x1000,
        }
    }
}

/// Fifty losses at any moment, another encoder in reserve: until it is on air, and how long the
/// picture stood still.
fn recovery() {
    println!("recovery, medians and worst of 50, another encoder with a GOP of 1.6 s in reserve");
    let main = generated("h264-3m", 40, &h264("3M")).expect("ffmpeg");
    let mut other = h264("2M");
    other.extend(["-g", "40", "-mpegts_start_pid", "512"]);
    let backup = generated("h264-2m-g40-bench", 40, &other).expect("ffmpeg");
    let main = paced(&main, 0.0, 5_000_000, 1).expect("a PCR");
    let backup = paced(&backup, 30.0, 5_000_000, 2).expect("a PCR");
    let mut random = Random(3);
    for (loss, name) in Loss::ALL {
        let runs = (0..50).filter_map(|_| {
            let moment = 6_000_000_000 + random.draw() % 4_000_000_000;
            lose(loss, moment, [&main, &backup])
        });
        let (mut on_air, mut still): (Vec<Duration>, Vec<Duration>) = runs.unzip();
        if on_air.len() < 50 {
            println!("{name:<22} on air {} of 50 times", on_air.len());
            continue;
        }
        on_air.sort();
        still.sort();
        println!(
            "{name:<22} on air after {:4} ms, worst {:4} ms; the picture stood still for {:4} ms, worst {:4} ms",
            on_air[25].as_millis(),
            on_air[49].as_millis(),
            still[25].as_millis(),
            still[49].as_millis()
        );
    }
}

/// `None` where the input stays on air.
fn lose(loss: Loss, moment: u64, [main, backup]: [&[Datagram]; 2]) -> Option<(Duration, Duration)> {
    let left = main.iter().map(|(at, bytes)| {
        let gone = |packet: &[u8; 188]| {
            let pid = u16::from_be_bytes([packet[1] & 0x1f, packet[2]]);
            *at >= moment && loss.takes(pid)
        };
        let packets = bytes.as_chunks::<188>().0.iter();
        let kept: Vec<u8> = packets.filter(|p| !gone(p)).flatten().copied().collect();
        (*at, Way::from(0), kept)
    });
    let spare = backup
        .iter()
        .map(|(at, bytes)| (*at, Way::from(1), bytes.clone()));
    let mut arrivals: Vec<Arrival> = left
        .filter(|(.., kept)| !kept.is_empty())
        .chain(spare)
        .collect();
    arrivals.sort_by_key(|(at, ..)| *at);
    arrivals.retain(|(at, ..)| *at < 16_000_000_000);
    let mut chain = chain(vec![Framing::Ts.into(); 2], Format::Udp, None);
    drive(&mut chain, &arrivals, &mut |_, _, _| {});
    let switch = chain.last_switch()?;
    let lost = Mono::from_nanos(ORIGIN + moment);
    Some((switch.at.since(lost), switch.gap))
}
