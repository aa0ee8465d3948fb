//! `headend soak`: a channel's own chain under faults, for hours.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use clap::Args;

use super::client::Client;
use super::demo::Passing;
use super::table::{columns, span};
use super::why::of;
use super::{Exit, Failure, Surroundings, print, print_json, tell};
use crate::cause::Incident;
use crate::channel::wall_now;
use crate::config::fault::Language;
use crate::config::value::Span;
use crate::net::ends_with_us;
use crate::report::{Millis, millis, parsed};
use crate::snapshot::ChannelSnapshot;
use crate::soak::{NodeSeen, Observation, Report, Rig, Schedule, Settings};

/// A line of progress comes so often.
const PROGRESS: Duration = Duration::from_secs(10);
/// The node is asked so often.
const ASK: Duration = Duration::from_secs(2);
/// The node answers within this.
const START: Duration = Duration::from_secs(20);
/// The clock wraps after this, and after a third of a shorter run.
const WRAP: Duration = Duration::from_secs(120);
const LONGEST: Duration = Duration::from_secs(30 * 86_400);

/// Run a channel for hours on a line with faults, and say what came out
#[derive(Debug, Args)]
#[command(after_help = super::help::SOAK)]
pub(super) struct Soak {
    /// How long: 60s, 30m, 12h
    #[arg(long = "for", value_name = "TIME", default_value = "10m", value_parser = time)]
    time: Duration,
    /// The faults of the line, in place of the usual ones
    #[arg(long, value_name = "FILE")]
    schedule: Option<PathBuf>,
}

impl Soak {
    pub(super) fn run(self, around: &Surroundings) -> Result<Exit, Failure> {
        let schedule = match &self.schedule {
            None => Schedule::default_for(self.time),
            Some(file) => {
                let failed = |error: String| Failure::Usage(format!("{}: {error}", file.display()));
                let text = std::fs::read_to_string(file).map_err(|e| failed(e.to_string()))?;
                Schedule::read(&text).map_err(failed)?
            }
        };
        let wrap = WRAP.min(self.time / 3);
        let (report, said) = soak(self.time, wrap, &schedule, around)?;
        if around.json() {
            print_json(&report)?;
        } else {
            print(&text(&report, around.language))?;
        }
        if report.code() == 2 {
            tell(&said);
        }
        Ok(Exit::Check(report.code()))
    }
}

/// The report, and the last that the node said.
fn soak(
    time: Duration,
    wrap: Duration,
    schedule: &Schedule,
    around: &Surroundings,
) -> Result<(Report, String), Failure> {
    let io = |error: std::io::Error| Failure::Failed(error.to_string());
    let runtime = tokio::runtime::Runtime::new().map_err(io)?;
    let folder = Passing::new().map_err(io)?;
    let [to, from] = [free().map_err(io)?, free().map_err(io)?];
    let settings = Settings {
        to,
        from,
        wrap,
        schedule: schedule.clone(),
        media: crate::net::Context::new(runtime.handle().clone()).media,
    };
    let mut node = Node::start(folder.path(), to, from).map_err(io)?;
    let asked = node.asked(folder.path())?;
    let stop = interrupted(&runtime);
    let failed = |error: crate::soak::RigError| Failure::Failed(error.to_string());
    let mut rig = Rig::open(&settings, runtime.handle()).map_err(failed)?;
    let begin = millis(wall_now());
    let mut seen = NodeSeen::default();
    let mut told = Duration::ZERO;
    while rig.time() < time && !stop.load(Ordering::Relaxed) && !seen.ended {
        rig.carry(Duration::from_millis(200).min(time.saturating_sub(rig.time())));
        seen.ended = node.ended();
        for channel in asked.try_iter() {
            take(&mut seen, channel, begin);
            let memory = node.memory();
            seen.memory.extend(memory.map(|kib| (rig.time(), kib)));
        }
        if rig.time() >= told + PROGRESS {
            told = rig.time();
            tell(&progress(told, &rig.observed(), &seen, around.language));
        }
    }
    let report = Report::of((rig.time(), wrap), schedule, &rig.observed(), &seen);
    drop(node);
    let said = std::fs::read_to_string(folder.path().join("log")).unwrap_or_default();
    let last: Vec<&str> = said.lines().rev().take(20).collect();
    let last: Vec<&str> = last.into_iter().rev().collect();
    Ok((report, last.join("\n")))
}

fn take(seen: &mut NodeSeen, channel: ChannelSnapshot, begin: Millis) {
    seen.missed = channel
        .inputs
        .iter()
        .map(|input| input.rtp_lost_total)
        .sum();
    let new = channel.incidents.into_iter().rev();
    let new: Vec<(Duration, Incident)> = new
        .filter(|new| seen.incidents.iter().all(|(_, known)| known.id != new.id))
        .filter_map(|new| {
            let at = parsed(&new.start)?.saturating_sub(begin).max(0);
            Some((Duration::from_millis(at.unsigned_abs()), new))
        })
        .collect();
    seen.incidents.extend(new);
}

/// The node under test; dropping it ends it.
struct Node(Child);

impl Node {
    fn start(folder: &Path, to: SocketAddr, from: SocketAddr) -> std::io::Result<Self> {
        let file = folder.join("headend.toml");
        std::fs::write(&file, configuration(folder, to, from))?;
        let log = File::create(folder.join("log"))?;
        let mut command = Command::new(std::env::current_exe()?);
        // The settings of a real node on this machine are not this one's.
        let foreign = std::env::vars_os().map(|(name, _)| name);
        for name in foreign.filter(|name| name.to_string_lossy().starts_with("HEADEND__")) {
            command.env_remove(name);
        }
        command.arg("run").arg("--config").arg(&file);
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        ends_with_us(&mut command);
        Ok(Self(command.spawn()?))
    }

    /// Asks the node on a thread of its own; the first answer is waited for.
    fn asked(&mut self, folder: &Path) -> Result<Receiver<ChannelSnapshot>, Failure> {
        let socket = folder.join("state").join("headend.sock");
        let deadline = Instant::now() + START;
        while !socket.exists() {
            if self.ended() || Instant::now() > deadline {
                let said = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
                return Err(Failure::Failed(format!("the node does not start\n{said}")));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let client = Client::local(socket)?;
        let (tell, told) = channel();
        std::thread::spawn(move || {
            loop {
                if let Ok((channel, _)) = client.get("/api/v1/channels/soak")
                    && tell.send(channel).is_err()
                {
                    return;
                }
                std::thread::sleep(ASK);
            }
        });
        Ok(told)
    }

    fn ended(&mut self) -> bool {
        !matches!(self.0.try_wait(), Ok(None))
    }

    /// Resident, KiB.
    fn memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).ok()?;
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"))?;
        line.split_whitespace().next()?.parse().ok()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let id = nix::unistd::Pid::from_raw(self.0.id().cast_signed());
        let _ = nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGTERM);
        let deadline = Instant::now() + Duration::from_secs(10);
        while !self.ended() {
            if Instant::now() > deadline {
                let _ = self.0.kill();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn configuration(folder: &Path, to: SocketAddr, from: SocketAddr) -> String {
    format!(
        r#"[node]
name = "soak"
state-dir = '{}'

[http]
listen = ["127.0.0.1:0"]

[[channel]]
id = "soak"

[[channel.input]]
url = "rtp://{to}"

[[channel.output]]
url = "rtp://{from}"
bitrate = "2500k"

[channel.hls]
"#,
        folder.join("state").display()
    )
}

/// Whether Ctrl-C or SIGTERM came: the report is of what ran until then.
fn interrupted(runtime: &tokio::runtime::Runtime) -> Arc<AtomicBool> {
    use tokio::signal::unix::{SignalKind, signal};
    let stop = Arc::new(AtomicBool::new(false));
    for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
        let stop = stop.clone();
        runtime.spawn(async move {
            if let Ok(mut signals) = signal(kind) {
                signals.recv().await;
                stop.store(true, Ordering::Relaxed);
            }
        });
    }
    stop
}

/// An address of this machine alone whose port is free now.
fn free() -> std::io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

fn time(written: &str) -> Result<Duration, String> {
    let hours = written
        .strip_suffix('h')
        .and_then(|n| n.parse::<u32>().ok());
    let time = match hours {
        Some(hours) => Duration::from_secs(u64::from(hours) * 3_600),
        None => match written.parse::<Span>() {
            Ok(span) => span.0,
            Err(_) => return Err("60s, 30m, 12h".to_owned()),
        },
    };
    match (Duration::from_secs(10)..=LONGEST).contains(&time) {
        true => Ok(time),
        false => Err("10s … 720h".to_owned()),
    }
}

fn progress(time: Duration, now: &Observation, seen: &NodeSeen, language: Language) -> String {
    let memory = seen.memory.last().map_or(0, |(_, kib)| kib / 1_024);
    let (lost, out, missing) = (now.line.lost, now.found.datagrams, now.found.lost);
    let (jitter, incidents) = (now.jitter.1 as f64 / 1e3, seen.incidents.len());
    let time = span(time.as_secs_f64());
    match language {
        Language::English => format!(
            "{time}: line lost {lost}; out {out}, missing {missing}; jitter p99 {jitter:.1} ms; {memory} MiB; {incidents} incidents"
        ),
        Language::Vietnamese => format!(
            "{time}: đường truyền mất {lost}; ra {out}, thiếu {missing}; dao động p99 {jitter:.1} ms; {memory} MiB; {incidents} sự cố"
        ),
    }
}

fn rows(report: &Report, language: Language) -> Vec<(String, String)> {
    let say = |english, vietnamese| of(language, english, vietnamese).to_owned();
    let [first, last, most] = report.memory_kib;
    vec![
        (
            say("put on the line", "đưa vào đường truyền"),
            format!("{} datagrams", report.sent),
        ),
        (
            say(
                "lost, reordered, doubled there",
                "mất, đảo thứ tự, lặp ở đó",
            ),
            format!(
                "{}, {}, {}",
                report.line_lost, report.line_reordered, report.line_duplicated
            ),
        ),
        (
            say("missed by the node", "nút nhận thiếu"),
            report.node_missed.to_string(),
        ),
        (
            say(
                "out; missing; holes of the line",
                "ra; thiếu; lỗ do đường truyền",
            ),
            format!("{}; {}; {}", report.out, report.out_lost, report.out_holes),
        ),
        (
            say("33-bit wraps", "số lần vượt 33 bit"),
            report.wraps.to_string(),
        ),
        (
            say("drift", "lệch đồng hồ"),
            format!("{:.2} ppm", report.drift_ppm),
        ),
        (
            say("jitter p50, p99, max", "dao động p50, p99, lớn nhất"),
            format!(
                "{:.2}, {:.2}, {:.2} ms",
                report.jitter_p50_ms, report.jitter_p99_ms, report.jitter_max_ms
            ),
        ),
        (
            say("memory first, last, most", "bộ nhớ đầu, cuối, lớn nhất"),
            format!(
                "{first}, {last}, {most} KiB ({:+.0} KiB/h)",
                report.memory_slope_kib_h
            ),
        ),
    ]
}

fn text(report: &Report, language: Language) -> String {
    let say = |english, vietnamese| of(language, english, vietnamese).to_owned();
    let rows = rows(report, language).into_iter();
    let rows: Vec<Vec<String>> = rows.map(|(name, value)| vec![name, value]).collect();
    let headings = [of(language, "RAN FOR", "ĐÃ CHẠY"), &span(report.seconds)];
    let mut out = columns(&headings, &rows);
    out += &format!("\n{}\n", say("incidents", "sự cố"));
    for seen in &report.incidents {
        let expected = match seen.expected {
            true => say("expected", "đúng dự kiến"),
            false => say("NOT EXPECTED", "NGOÀI DỰ KIẾN"),
        };
        let (class, at) = (seen.class.word(), seen.at_seconds);
        out += &format!("  {at:>9.1} s  {class:<18} {}  {expected}\n", seen.subject);
    }
    out += &match report.faults.is_empty() {
        true => format!("\n{}\n", say("well", "tốt")),
        false => {
            let faults = report
                .faults
                .iter()
                .map(|fault| format!("  {}\n", serde_json::json!(fault)));
            format!(
                "\n{}\n{}",
                say("not well", "không tốt"),
                faults.collect::<String>()
            )
        }
    };
    out
}
