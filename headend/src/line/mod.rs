//! The threads that carry packets: receive, push, pull, send at the departure time.
//!
//! In: circuits (a channel's chain with its open sources and sinks) and orders. Out: datagrams on
//! the wire, packets on each circuit's tap, a report a second. No async, no lock, no allocation
//! for a packet. It never opens anything and never waits for anybody.

mod circuit;
mod report;
mod tap;

pub use circuit::{Circuit, Part};
pub use report::{InputReport, OutputReport, Report};
pub use tap::{Sight, Tap};

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender, TryRecvError};
use std::thread::JoinHandle;
use std::time::Duration;

use packager::remux::GuideEvent;
use packager::select::{Content, Fitness};
use packager::time::Mono;

use crate::net::{Batch, clock};

/// The thread sleeps until something is due, and for no less than this: what is due within it
/// leaves together, up to so much late, which is under 200 µs from the mean. Each wake-up costs
/// as much as sending ten datagrams, so it is not shorter.
const TICK: Duration = Duration::from_micros(380);
/// Sources are read this often: the kernel keeps the time of receipt, so nothing is lost by
/// reading a few datagrams in one call.
const RECEIVE_EVERY: Duration = Duration::from_millis(4);
/// Circuits are read at so many different times.
const PHASES: u32 = 16;
/// SCHED_FIFO priority: above ordinary threads, below the kernel's own.
const PRIORITY: i32 = 20;
/// Between two reports of a circuit.
const REPORT_EVERY: Duration = Duration::from_secs(1);

/// What the control side asks of a line.
pub enum Order {
    /// Carry one more circuit.
    Add(Box<Circuit>),
    /// Put a source or a sink that could be opened at last into its place.
    Fit {
        /// The circuit's id.
        id: Arc<str>,
        /// What and where.
        part: Box<Part>,
    },
    /// Keep an input on air while anything comes from it; `None` leaves the choice to the policy.
    Hold {
        /// The circuit's id.
        id: Arc<str>,
        /// Which.
        input: Option<usize>,
    },
    /// Decoding an input showed this; `None` when it is not known any more.
    Content {
        /// The circuit's id.
        id: Arc<str>,
        /// Which input.
        input: usize,
        /// What.
        content: Option<Content>,
    },
    /// The meetings of its guide.
    Guide {
        /// The circuit's id.
        id: Arc<str>,
        /// All of them.
        events: Vec<GuideEvent>,
    },
    /// Carry it no longer and give it back.
    Remove {
        /// The circuit's id.
        id: Arc<str>,
        /// It comes back here, to be closed off the packet path; `None` when there is none.
        back: Sender<Option<Box<Circuit>>>,
    },
}

/// What a line tells the control side.
#[derive(Debug)]
pub enum Word {
    /// What limits this thread, in a sentence.
    Notice(String),
    /// A circuit's figures.
    Report(Box<Report>),
    /// No input gives a programme any more: told at once, for a slate takes time to be made.
    Dark {
        /// The circuit's id.
        id: Arc<str>,
        /// How fit the best input is.
        fitness: Fitness,
    },
    /// A circuit broke and was taken off; the others go on.
    Broke {
        /// The circuit's id.
        id: Arc<str>,
        /// What it said.
        reason: String,
    },
}

/// One thread that carries circuits. Dropping it ends the thread.
pub struct Line {
    orders: Option<Sender<Order>>,
    thread: Option<JoinHandle<()>>,
}

impl Line {
    /// Starts the thread; its words go to `words`.
    ///
    /// # Errors
    /// The kernel gives no thread.
    pub fn start(words: SyncSender<Word>) -> std::io::Result<Self> {
        let (orders, taken) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("line".into())
            .spawn(move || run(&taken, &words))?;
        Ok(Self {
            orders: Some(orders),
            thread: Some(thread),
        })
    }

    /// Gives an order; it is carried out at the next tick.
    pub fn order(&self, order: Order) {
        if let Some(orders) = &self.orders {
            // The thread ends only when this sender is dropped.
            let _ = orders.send(order);
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(orders: &Receiver<Order>, words: &SyncSender<Word>) {
    let limits = [
        clock::fine_timers().map_err(|e| e.to_string()),
        clock::realtime(PRIORITY),
    ];
    for sentence in limits.into_iter().filter_map(Result::err) {
        let _ = words.try_send(Word::Notice(sentence));
    }
    let mut carrier = Carrier {
        circuits: Vec::new(),
        batch: Batch::new(),
        words,
    };
    let mut woken = clock::now();
    loop {
        loop {
            // With nothing to carry the thread sleeps until there is an order.
            let order = if carrier.circuits.is_empty() {
                orders.recv().map_err(|_| TryRecvError::Disconnected)
            } else {
                orders.try_recv()
            };
            match order {
                Ok(order) => carrier.obey(order),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return,
            }
        }
        let due = carrier.turn();
        woken = due.max(woken + TICK).max(clock::now() - TICK);
        clock::sleep_until(woken);
    }
}

struct Carrier<'a> {
    circuits: Vec<Circuit>,
    batch: Batch,
    words: &'a SyncSender<Word>,
}

impl Carrier<'_> {
    fn obey(&mut self, order: Order) {
        match order {
            Order::Add(mut circuit) => {
                // In turn, so that not all are read at once.
                let phase = self.circuits.len() as u32 % PHASES;
                circuit.begin(clock::now() + RECEIVE_EVERY / PHASES * phase);
                self.circuits.push(*circuit);
            }
            Order::Fit { id, part } => {
                if let Some(circuit) = self.circuits.iter_mut().find(|c| c.id() == &id) {
                    circuit.fit(*part);
                }
            }
            Order::Hold { id, input } => {
                if let Some(circuit) = self.circuits.iter_mut().find(|c| c.id() == &id) {
                    circuit.hold(clock::now(), input);
                }
            }
            Order::Content { id, input, content } => {
                if let Some(circuit) = self.circuits.iter_mut().find(|c| c.id() == &id) {
                    circuit.tell(input, content);
                }
            }
            Order::Guide { id, events } => {
                if let Some(circuit) = self.circuits.iter_mut().find(|c| c.id() == &id) {
                    circuit.take_guide(events);
                }
            }
            Order::Remove { id, back } => {
                let at = self.circuits.iter().position(|c| c.id() == &id);
                let _ = back.send(at.map(|at| Box::new(self.circuits.swap_remove(at))));
            }
        }
    }

    /// Does what is due, and says when something will be again.
    fn turn(&mut self) -> Mono {
        let mut broken = None;
        let mut now = clock::now();
        let mut next = now + RECEIVE_EVERY;
        for (index, circuit) in self.circuits.iter_mut().enumerate() {
            if circuit.due() <= now {
                let batch = &mut self.batch;
                // A fault in one channel's packets must not take the others off air.
                let turn = std::panic::AssertUnwindSafe(|| circuit.turn(batch, RECEIVE_EVERY));
                match std::panic::catch_unwind(turn) {
                    Ok(then) => now = then,
                    Err(panic) => broken = Some((index, said(panic.as_ref()))),
                }
                report(circuit, now, self.words);
            }
            next = next.min(circuit.due());
        }
        if let Some((index, reason)) = broken {
            let circuit = self.circuits.swap_remove(index);
            let id = circuit.id().clone();
            let _ = self.words.try_send(Word::Broke { id, reason });
        }
        next
    }
}

/// Reports a circuit when its second is over, or it is dark. A full queue is the reader's loss.
fn report(circuit: &mut Circuit, now: Mono, words: &SyncSender<Word>) {
    if let Some(fitness) = circuit.darkens() {
        let id = circuit.id().clone();
        let _ = words.try_send(Word::Dark { id, fitness });
    }
    if let Some(report) = circuit.report(now, REPORT_EVERY) {
        let _ = words.try_send(Word::Report(Box::new(report)));
    }
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "an unknown fault".to_owned())
}
