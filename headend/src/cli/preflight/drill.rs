//! The drill: each backup goes on air and the first comes back, while a member of the group
//! listens. Whatever happens, all is put back: Ctrl-C too.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use hyper::Method;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use super::super::Failure;
use super::super::client::{Client, Write};
use super::super::words::Words;
use super::gather::Look;
use crate::preflight::drill::{Drill, judge};
use crate::preflight::listen::listen;
use crate::preflight::{Line, say};
use crate::snapshot::ChannelSnapshot;

/// A node gives an order up after 5 s; the snapshot is up to a second behind.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long a backup stays on air: two key pictures and a segment.
const STAY: Duration = Duration::from_secs(3);
/// How often the node is asked.
const ASK: Duration = Duration::from_millis(100);
/// No drill is longer; the ear ends when it does.
const LONGEST: Duration = Duration::from_secs(3_600);

/// Drills one channel.
pub(super) fn run(look: &Look<'_>, channel: &ChannelSnapshot) -> Result<Vec<Line>, Failure> {
    let Some(main) = channel.on_air.filter(|_| channel.inputs.len() > 1) else {
        let text = say("no backup to switch to", "không có đầu vào dự phòng");
        return Ok(vec![Line::not_used("drill", &channel.id, text)]);
    };
    let path = super::super::channel::path(&channel.id)?;
    // Before any thread is started: threads inherit what is held back.
    let interrupt = Interrupt::new()?;
    let plan = look.sources.load().ok().map(|loaded| loaded.plan);
    let plan = plan.filter(|_| look.is_local());
    let group = look
        .groups(std::slice::from_ref(channel), plan.as_ref())
        .into_iter()
        .next();
    let stop = AtomicBool::new(false);
    let drill = thread::scope(|scope| {
        let ear = group.map(|group| {
            let stop = &stop;
            scope.spawn(move || listen(&group.source, LONGEST, stop).0)
        });
        // The ear finds the picture in the first second.
        thread::sleep(STAY);
        let order = Order {
            client: look.client,
            path: &path,
            main,
            held: channel.held,
            interrupt: &interrupt,
            words: look.around.words,
        };
        let mut drill = order.drill(channel.inputs.len());
        stop.store(true, Ordering::Relaxed);
        drill.heard = ear.and_then(|ear| ear.join().ok());
        drill
    });
    Ok(judge(&drill, &channel.id))
}

struct Order<'a> {
    client: &'a Client,
    path: &'a str,
    /// On air before.
    main: usize,
    /// Held by an operator before.
    held: Option<usize>,
    interrupt: &'a Interrupt,
    words: &'static Words,
}

impl Order<'_> {
    fn drill(&self, inputs: usize) -> Drill {
        let mut drill = Drill::default();
        for backup in (0..inputs).filter(|input| *input != self.main) {
            if !self.step(backup, &mut drill) || !self.step(self.main, &mut drill) {
                break;
            }
        }
        drill.interrupted = self.interrupt.came();
        drill.restored = self.restore();
        drill
    }

    /// Puts `input` on air for a while; `false` where the drill is to end.
    fn step(&self, input: usize, drill: &mut Drill) -> bool {
        match self.put(input, true) {
            Err(failure) => drill.refused = Some(failure.text(self.words)),
            Ok(None) if self.interrupt.came() => {}
            Ok(took) => drill.steps.push((input, took)),
        }
        self.stay();
        drill.refused.is_none() && !self.interrupt.came()
    }

    /// Puts `input` on air and waits until it is; answers after how long.
    fn put(&self, input: usize, may_end: bool) -> Result<Option<Duration>, Failure> {
        let body = Some(serde_json::json!({ "input": input }));
        let write = Write {
            body,
            ..Write::default()
        };
        let began = Instant::now();
        self.client
            .write(Method::PUT, &format!("{}/hold", self.path), &write)?;
        while began.elapsed() < PATIENCE && !(may_end && self.interrupt.came()) {
            let shown: ChannelSnapshot = self.client.get(self.path)?.0;
            if shown.on_air == Some(input) {
                return Ok(Some(began.elapsed()));
            }
            thread::sleep(ASK);
        }
        Ok(None)
    }

    fn stay(&self) {
        let began = Instant::now();
        while began.elapsed() < STAY && !self.interrupt.came() {
            thread::sleep(ASK);
        }
    }

    /// The input of before on air, held by whom it was held before.
    fn restore(&self) -> bool {
        let back = matches!(self.put(self.main, false), Ok(Some(_)));
        let (method, body) = match self.held {
            Some(input) => (Method::PUT, Some(serde_json::json!({ "input": input }))),
            None => (Method::DELETE, None),
        };
        let write = Write {
            body,
            ..Write::default()
        };
        let freed = self
            .client
            .write(method, &format!("{}/hold", self.path), &write);
        back && freed.is_ok()
    }
}

/// Holds back the signals that would end the program in mid-drill.
struct Interrupt {
    signals: SignalFd,
    mask: SigSet,
    came: AtomicBool,
}

impl Interrupt {
    fn new() -> Result<Self, Failure> {
        let mut mask = SigSet::empty();
        for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
            mask.add(signal);
        }
        let failed = |error: nix::Error| Failure::Failed(error.to_string());
        mask.thread_block().map_err(failed)?;
        let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
        let signals = SignalFd::with_flags(&mask, flags).map_err(failed)?;
        Ok(Self {
            signals,
            mask,
            came: AtomicBool::new(false),
        })
    }

    fn came(&self) -> bool {
        if matches!(self.signals.read_signal(), Ok(Some(_))) {
            self.came.store(true, Ordering::Relaxed);
        }
        self.came.load(Ordering::Relaxed)
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        // The report is written whether or not the signals can be let in again.
        let _ = self.mask.thread_unblock();
    }
}
