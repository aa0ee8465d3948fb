//! Runs the built worker and judges what it wrote, with ffprobe and ffmpeg of the system.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;

/// The worker while it runs.
pub(crate) struct Worker {
    child: Child,
    stdout: Arc<Mutex<Vec<u8>>>,
    events: Arc<Mutex<Vec<Value>>>,
    readers: Vec<JoinHandle<()>>,
}

/// What is left of it.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    pub(crate) events: Vec<Value>,
}

pub(crate) fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_headend-media"))
}

impl Worker {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, Stdio::null())
    }

    /// With a file on its standard input.
    pub(crate) fn start_on(arguments: &[&str], file: &str) -> Self {
        let file = std::fs::File::open(file).expect("it is there");
        Self::start_with(arguments, file.into())
    }

    fn start_with(arguments: &[&str], input: Stdio) -> Self {
        let mut child = command()
            .args(arguments)
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the worker starts");
        let (stdout, events) = (Arc::default(), Arc::default());
        let bytes = Arc::clone(&stdout);
        let mut out = child.stdout.take().expect("piped");
        let read_out = thread::spawn(move || {
            let mut buffer = [0; 65536];
            while let Ok(count @ 1..) = out.read(&mut buffer) {
                let bytes: &Mutex<Vec<u8>> = &bytes;
                bytes.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        let lines = Arc::clone(&events);
        let err = BufReader::new(child.stderr.take().expect("piped"));
        let read_err = thread::spawn(move || {
            for line in err.lines().map_while(Result::ok) {
                let event = serde_json::from_str(&line).expect("each line is JSON");
                let lines: &Mutex<Vec<Value>> = &lines;
                lines.lock().unwrap().push(event);
            }
        });
        Self {
            child,
            stdout,
            events,
            readers: vec![read_out, read_err],
        }
    }

    /// Waits until it ends by itself.
    pub(crate) fn wait(mut self, limit: Duration) -> Ended {
        let deadline = Instant::now() + limit;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("its own child") {
                break status;
            }
            if Instant::now() > deadline {
                let _ = self.child.kill();
                panic!("not ended after {limit:?}; said {:?}", self.events.lock());
            }
            thread::sleep(Duration::from_millis(10));
        };
        self.finish(status)
    }

    /// Lets it run until it wrote a stream of that many seconds, then ends it.
    pub(crate) fn stop_after(mut self, seconds: f64) -> Ended {
        let deadline = Instant::now() + Duration::from_secs_f64(seconds * 2.0 + 20.0);
        while pcr_seconds(&self.stdout.lock().unwrap()) < seconds {
            let runs = self.child.try_wait().expect("its own child").is_none();
            assert!(
                runs && Instant::now() < deadline,
                "no {seconds} s of stream; said {:?}",
                self.events.lock()
            );
            thread::sleep(Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let status = self.child.wait().expect("its own child");
        self.finish(status)
    }

    /// Lets it run for so long, then ends it if it still runs.
    pub(crate) fn run_for(mut self, time: Duration) -> Ended {
        let deadline = Instant::now() + time;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("its own child") {
                break status;
            }
            if Instant::now() > deadline {
                let _ = self.child.kill();
            }
            thread::sleep(Duration::from_millis(10));
        };
        self.finish(status)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it said something.
    pub(crate) fn wait_for(&self, event: &str, limit: Duration) -> Value {
        let deadline = Instant::now() + limit;
        loop {
            let found = of_kind(&self.events.lock().unwrap(), event)
                .first()
                .cloned();
            if let Some(found) = found {
                return found;
            }
            assert!(Instant::now() < deadline, "no {event} within {limit:?}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn finish(mut self, status: ExitStatus) -> Ended {
        for reader in self.readers.drain(..) {
            reader.join().expect("each line is JSON");
        }
        Ended {
            status,
            stdout: std::mem::take(&mut self.stdout.lock().unwrap()),
            events: std::mem::take(&mut self.events.lock().unwrap()),
        }
    }
}

impl Ended {
    pub(crate) fn of_kind(&self, event: &str) -> Vec<Value> {
        of_kind(&self.events, event)
    }

    /// The sentence of its only error.
    pub(crate) fn error(&self) -> String {
        let errors = self.of_kind("error");
        assert_eq!(errors.len(), 1, "{:?}", self.events);
        errors[0]["text"].as_str().expect("a sentence").to_owned()
    }

    /// Index, codec and action of each stream that was told.
    pub(crate) fn streams(&self) -> Vec<String> {
        let told = self.of_kind("stream");
        told.iter()
            .map(|stream| {
                format!(
                    "{} {} {}",
                    stream["index"],
                    stream["codec"].as_str().unwrap_or("?"),
                    stream["action"].as_str().unwrap_or("?")
                )
            })
            .collect()
    }
}

fn of_kind(events: &[Value], kind: &str) -> Vec<Value> {
    let same = |event: &&Value| event["event"] == kind;
    events.iter().filter(same).cloned().collect()
}

/// Runs a program of the system to its end and gives its stdout.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Vec<u8> {
    let out = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(
        out.status.success(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    out.stdout
}

/// Makes a media file with ffmpeg.
pub(crate) fn make(arguments: &str, file: &Path) -> String {
    let file = file.to_str().expect("a plain path").to_owned();
    let mut words = vec!["-v", "error", "-y"];
    words.extend(arguments.split_whitespace());
    words.push(&file);
    run("ffmpeg", &words);
    file
}

/// What ffprobe says of a stream.
pub(crate) fn probe(stream: &[u8], what: &str) -> Value {
    let file = tempfile::NamedTempFile::new().expect("a place for a file");
    std::fs::write(file.path(), stream).expect("room for a file");
    let path = file.path().to_str().expect("a plain path");
    let mut words = vec!["-v", "error", "-of", "json"];
    words.extend(what.split_whitespace());
    words.push(path);
    serde_json::from_slice(&run("ffprobe", &words)).expect("ffprobe speaks JSON")
}

/// Figures of a transport stream, read without FFmpeg.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// Counter jumps without a discontinuity_indicator.
    pub(crate) continuity_errors: u32,
    /// Largest distance of two PCRs, milliseconds.
    pub(crate) pcr_gap: f64,
    /// DTS minus the PCR before it, milliseconds: least and most.
    pub(crate) lead: (f64, f64),
    /// First to last PCR, seconds.
    pub(crate) seconds: f64,
}

pub(crate) fn scan(stream: &[u8]) -> Scan {
    let mut scan = Scan {
        lead: (f64::MAX, f64::MIN),
        ..Scan::default()
    };
    let mut counters = [None; 8192];
    let (mut first, mut last) = (None, None);
    for packet in stream.chunks_exact(188) {
        assert_eq!(packet[0], 0x47);
        let pid = usize::from(packet[1] & 0x1f) << 8 | usize::from(packet[2]);
        let (field, payload) = (packet[3] & 0x20 != 0, packet[3] & 0x10 != 0);
        let length = if field { usize::from(packet[4]) } else { 0 };
        let flags = if length > 0 { packet[5] } else { 0 };
        if flags & 0x10 != 0 {
            let base = u32::from_be_bytes(packet[6..10].try_into().expect("four"));
            let pcr = (f64::from(base) * 2.0 + f64::from(packet[10] >> 7)) / 90.0;
            if let Some(last) = last {
                scan.pcr_gap = scan.pcr_gap.max(pcr - last);
            }
            first = first.or(Some(pcr));
            last = Some(pcr);
        }
        if payload {
            let counter = packet[3] & 15;
            let expected = counters[pid].map(|before: u8| (before + 1) & 15);
            if expected.is_some_and(|expected| expected != counter) && flags & 0x80 == 0 {
                scan.continuity_errors += 1;
            }
            counters[pid] = Some(counter);
            let start = 4 + if field { 1 + length } else { 0 };
            if let (true, Some(dts), Some(pcr)) =
                (packet[1] & 0x40 != 0, decode_time(&packet[start..]), last)
            {
                let lead = dts - pcr;
                scan.lead = (scan.lead.0.min(lead), scan.lead.1.max(lead));
            }
        }
    }
    scan.seconds = (last.unwrap_or(0.0) - first.unwrap_or(0.0)) / 1000.0;
    scan
}

fn pcr_seconds(stream: &[u8]) -> f64 {
    scan(stream).seconds
}

/// DTS, or PTS without one, of a PES packet, milliseconds.
fn decode_time(pes: &[u8]) -> Option<f64> {
    if pes.len() < 19 || pes[..3] != [0, 0, 1] || pes[7] & 0x80 == 0 {
        return None;
    }
    let time = if pes[7] & 0x40 != 0 {
        &pes[14..19]
    } else {
        &pes[9..14]
    };
    let number = |index: usize| f64::from(time[index]);
    let high = f64::from(time[0] >> 1 & 7) * f64::from(1 << 30);
    let middle = number(1) * f64::from(1 << 22) + f64::from(time[2] >> 1) * 32768.0;
    Some((high + middle + number(3) * 128.0 + f64::from(time[4] >> 1)) / 90.0)
}
