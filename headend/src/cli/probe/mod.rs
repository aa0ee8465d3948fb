//! `headend probe URL`: what is in a stream and what is wrong with it. It opens the source itself,
//! as a channel would; no node is asked. With `--rules` it is HLS, and judged as players see it.

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use packager::monitor::{Clock, Monitor, Settings};
use packager::receive::{Entry, Framing, Receiver};
use packager::time::Mono;

use super::{Exit, Failure, Surroundings, print, print_json};
use crate::config::Sources;
use crate::config::machine::Machine;
use crate::config::outside::Setting;
use crate::config::value::Span;
use crate::net::{Batch, Context, Source, clock};
use crate::plan::SourcePlan;

mod report;
mod rules;

/// Nobody looks longer than a day.
const LONGEST: Duration = Duration::from_secs(86_400);
/// How long the source is left alone when it has nothing: a datagram of 100 Mbit/s comes each
/// 105 µs, and 64 wait in the kernel.
const IDLE: Duration = Duration::from_millis(2);
/// How often the progress is drawn.
const DRAWN: Duration = Duration::from_millis(200);
/// Bytes of a file taken at once.
const CHUNK: usize = 1 << 18;

/// Say what is in a stream and what is wrong with it
#[derive(Debug, Args)]
#[command(after_help = super::help::PROBE)]
pub(super) struct Probe {
    /// An input as in the configuration, a file, or - for stdin
    #[arg(value_name = "URL")]
    url: String,
    /// How long to look; a file is read whole, as fast as it can be
    #[arg(long = "for", value_name = "TIME", default_value = "10s")]
    time: String,
    /// Where a multicast group is joined
    #[arg(long, value_name = "NAME")]
    interface: Option<String>,
    /// The only sender wanted
    #[arg(long, value_name = "ADDRESS")]
    source: Option<IpAddr>,
    /// The programme whose picture and sound are judged [default: the first that has either]
    #[arg(long, value_name = "NUMBER")]
    program: Option<u16>,
    /// A file that holds the SRT passphrase
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Judge the HLS playlist at URL by the rules R01 to R73, as long as --for says; exit code 1
    /// when one that must hold is broken
    #[arg(long, conflicts_with_all = ["interface", "source", "program", "passphrase_file"])]
    rules: bool,
}

/// A file to read.
struct Bytes {
    from: Box<dyn std::io::Read>,
    /// Where it has one.
    size: Option<u64>,
}

/// What was measured.
struct Measured {
    monitor: Monitor,
    receiver: Receiver,
    socket_drops: u64,
    /// What the source says is wrong with itself.
    trouble: Option<String>,
    /// How long it was looked at; `None` for a file.
    looked: Option<Duration>,
}

impl Probe {
    pub(super) fn run(self, around: &Surroundings) -> Result<Exit, Failure> {
        let time = self
            .time
            .parse::<Span>()
            .map_err(|fault| Failure::Usage(format!("--for: {fault}")))?
            .0
            .min(LONGEST);
        if self.rules {
            return rules::run(&self.url, time, around);
        }
        let measured = match self.file()? {
            Some(bytes) => self.read(bytes)?,
            None => self.listen(time, around)?,
        };
        let report = report::Report::of(&self.url, &measured);
        match around.json() {
            true => print_json(&report)?,
            false => print(&report.text(around.words))?,
        }
        if report.packets == 0 {
            let trouble = measured
                .trouble
                .map(|t| format!(": {t}"))
                .unwrap_or_default();
            return Err(Failure::Failed(format!(
                "{}{trouble}",
                around.words.nothing_came
            )));
        }
        Ok(Exit::Done)
    }

    /// The file to read, with its size where it has one.
    fn file(&self) -> Result<Option<Bytes>, Failure> {
        if self.url == "-" {
            return Ok(Some(Bytes {
                from: Box::new(std::io::stdin().lock()),
                size: None,
            }));
        }
        let path = match self.url.strip_prefix("file:") {
            Some(path) => path.strip_prefix("//").unwrap_or(path),
            None if self.url.contains(':') => return Ok(None),
            None => &self.url,
        };
        let failed = |error: std::io::Error| Failure::Failed(format!("{path}: {error}"));
        let file = std::fs::File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return Err(Failure::Failed(format!("{path}: a directory")));
        }
        let size = metadata.is_file().then_some(metadata.len());
        Ok(Some(Bytes {
            from: Box::new(file),
            size,
        }))
    }

    fn settings(&self, clock: Clock) -> Settings {
        Settings {
            clock,
            program: self.program,
            ..Settings::default()
        }
    }

    /// A file tells the time by its PCR.
    fn read(&self, mut bytes: Bytes) -> Result<Measured, Failure> {
        let mut monitor = Monitor::new(self.settings(Clock::Pcr));
        let mut receiver = Receiver::new(Framing::Ts);
        let mut progress = Progress::new();
        let mut chunk = vec![0; CHUNK];
        let mut done = 0u64;
        loop {
            let taken = match bytes.from.read(&mut chunk) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                taken => {
                    taken.map_err(|error| Failure::Failed(format!("{}: {error}", self.url)))?
                }
            };
            let Some(piece) = chunk.get(..taken).filter(|piece| !piece.is_empty()) else {
                break;
            };
            receiver.push(Entry::default(), Mono::ZERO, piece, &mut |at, packet| {
                monitor.push(at, packet);
            });
            monitor.received(Mono::ZERO, &receiver.counters());
            done += taken as u64;
            let share = bytes
                .size
                .filter(|size| *size > 0)
                .map(|size| done as f64 / size as f64);
            progress.draw(share, &format!("{} MB", done / 1_000_000));
        }
        progress.clear();
        Ok(Measured {
            monitor,
            receiver,
            socket_drops: 0,
            trouble: None,
            looked: None,
        })
    }

    fn listen(&self, time: Duration, around: &Surroundings) -> Result<Measured, Failure> {
        let plan = self.plan(around)?;
        let framing = match plan {
            SourcePlan::Datagrams { rtp: true, .. } => Framing::Rtp,
            _ => Framing::Ts,
        };
        let runtime =
            tokio::runtime::Runtime::new().map_err(|error| Failure::Failed(error.to_string()))?;
        let context = Context::new(runtime.handle().clone());
        let mut source =
            Source::open(&plan, &context).map_err(|error| Failure::Failed(error.to_string()))?;
        let mut monitor = Monitor::new(self.settings(Clock::Receive));
        let mut receiver = Receiver::new(framing);
        let mut batch = Batch::new();
        let mut progress = Progress::new();
        let began = clock::now();
        loop {
            let now = clock::now();
            let looked = now.since(began);
            if looked >= time {
                break;
            }
            // What the kernel says of the socket is in the counters, and may pass.
            let count = source.receive(now, &mut batch).unwrap_or(0);
            for (at, datagram) in batch.iter() {
                receiver.push(Entry::default(), at, datagram, &mut |at, packet| {
                    monitor.push(at, packet);
                });
            }
            receiver.flush(now, &mut |at, packet| monitor.push(at, packet));
            monitor.received(now, &receiver.counters());
            monitor.tick(now);
            let rate = super::table::rate(monitor.bitrate().unwrap_or(0));
            let share = looked.as_secs_f64() / time.as_secs_f64();
            progress.draw(Some(share), &format!("{} s  {rate}", looked.as_secs()));
            if count == 0 {
                clock::sleep_until(now + IDLE);
            }
        }
        progress.clear();
        let counters = source.counters();
        drop(source);
        runtime.shutdown_timeout(Duration::from_secs(1));
        Ok(Measured {
            monitor,
            receiver,
            socket_drops: counters.socket_drops + counters.ring_drops,
            trouble: counters.trouble.map(|trouble| trouble.to_string()),
            looked: Some(time),
        })
    }

    /// What the URL means, judged as in a configuration.
    fn plan(&self, around: &Surroundings) -> Result<SourcePlan, Failure> {
        let input = |key: &str| format!("channel.0.input.0.{key}");
        let mut flags = vec![
            Setting::flag("probe", "channel.0.id", "probe"),
            Setting::flag("URL", &input("url"), self.url.clone()),
        ];
        if let Some(interface) = &self.interface {
            flags.push(Setting::flag(
                "--interface",
                &input("interface"),
                interface.clone(),
            ));
        }
        if let Some(source) = self.source {
            flags.push(Setting::flag(
                "--source",
                &input("source"),
                source.to_string(),
            ));
        }
        if let Some(file) = &self.passphrase_file {
            let file = file.to_string_lossy();
            flags.push(Setting::flag(
                "--passphrase-file",
                &input("passphrase-file"),
                file,
            ));
        }
        let sources = Sources {
            flags,
            machine: Machine::this(),
            ..Sources::default()
        };
        let loaded = sources.load_alone().map_err(|report| {
            Failure::Usage(report.render(around.language, super::colour(&std::io::stderr())))
        })?;
        let inputs = loaded
            .plan
            .channels
            .into_iter()
            .flat_map(|channel| channel.inputs);
        let source = inputs
            .filter_map(|input| input.paths.into_iter().next())
            .next();
        source.ok_or_else(|| Failure::Usage(self.url.clone()))
    }
}

/// A bar on stderr, where that is a terminal.
pub(super) struct Progress {
    shown: bool,
    next: Instant,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self {
            shown: std::io::stderr().is_terminal(),
            next: Instant::now(),
        }
    }

    /// `share` is 0 to 1; `None` where the end is not known.
    pub(super) fn draw(&mut self, share: Option<f64>, text: &str) {
        if !self.shown || Instant::now() < self.next {
            return;
        }
        self.next = Instant::now() + DRAWN;
        let bar = share.map_or_else(String::new, |share| {
            // A float outside 0 to 30 is held there.
            let full = ((share * 30.0) as usize).min(30);
            format!("[{}{}] ", "=".repeat(full), " ".repeat(30 - full))
        });
        let _ = write!(std::io::stderr().lock(), "\r\x1b[K{bar}{text}");
    }

    pub(super) fn clear(&self) {
        if self.shown {
            let _ = write!(std::io::stderr().lock(), "\r\x1b[K");
        }
    }
}
