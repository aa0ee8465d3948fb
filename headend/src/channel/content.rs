//! What the picture and the sound of an input show: `headend-media` decodes its key pictures and
//! its sound. It works beside the packet path and stops nothing when it dies.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use packager::select::Content;
use rtrb::{Consumer, RingBuffer};
use serde::Deserialize;
use tokio::task::JoinHandle;

use super::compare::Trace;
use crate::line::Sight;
use crate::net::{Batch, Context, Worker, clock};
use crate::plan::WorkerPlan;
use crate::snapshot::ContentSnapshot;

/// Bytes between the line and the worker: 0.4 s of 40 Mbit/s.
const SIGHT: usize = 2 << 20;
/// Bytes that wait for a worker that is busy; what comes above is not seen.
const WAITING: usize = 2 << 20;
/// How often the queue is emptied.
const EMPTY_EVERY: Duration = Duration::from_millis(50);
/// A line of the worker is no longer than this: a small picture is some 20 kB.
const LINE: usize = 1 << 20;
/// What was seen longer ago says nothing of now: the worker speaks each second.
const FRESH: Duration = Duration::from_secs(4);

/// The last that was seen of an input.
#[derive(Clone, Debug)]
pub struct Seen {
    at: Instant,
    /// In figures.
    pub content: ContentSnapshot,
    /// A small picture, JPEG.
    pub jpeg: Option<Bytes>,
    pub(super) trace: Trace,
}

/// Where the last that was seen stands.
pub type Sighting = Arc<ArcSwapOption<Seen>>;

/// Looks at one input; dropping it ends the task and the worker.
pub(super) struct Look {
    task: JoinHandle<()>,
    pub(super) seen: Sighting,
    /// What the line was told.
    pub(super) told: Option<Content>,
}

impl Look {
    /// Starts to look, and gives the tap for the line; `None` where there is no worker program.
    pub(super) fn start(context: &Context) -> Option<(Self, Sight)> {
        let program = context.media.as_deref()?;
        let worker = Worker::open(program, &WorkerPlan::Look)
            .inspect_err(|error| tracing::warn!("the content of an input is not seen: {error}"))
            .ok()?;
        let (producer, consumer) = RingBuffer::new(SIGHT);
        let seen = Sighting::default();
        let watcher = Watcher {
            queue: consumer,
            worker,
            waiting: Vec::new(),
            line: Vec::new(),
            trace: Trace::default(),
            batch: Batch::new(),
            seen: seen.clone(),
        };
        let look = Self {
            task: context.runtime.spawn(watcher.run()),
            seen,
            told: None,
        };
        Some((look, Sight::new(producer)))
    }

    /// What it shows now; `None` where that is not known.
    pub(super) fn snapshot(&self) -> Option<ContentSnapshot> {
        Some(self.fresh()?.content.clone())
    }

    /// The last that was seen, unless that says nothing of now.
    pub(super) fn fresh(&self) -> Option<Arc<Seen>> {
        self.seen
            .load_full()
            .filter(|seen| seen.at.elapsed() < FRESH)
    }

    /// The same as the line takes it.
    pub(super) fn content(&self) -> Option<Content> {
        let shown = self.snapshot()?;
        Some(Content {
            black: shown.black,
            frozen: shown.frozen,
            mute: shown.mute,
        })
    }
}

impl Drop for Look {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Watcher {
    queue: Consumer<u8>,
    worker: Worker,
    waiting: Vec<u8>,
    /// A line of the worker that is not whole yet.
    line: Vec<u8>,
    trace: Trace,
    batch: Batch,
    seen: Sighting,
}

impl Watcher {
    async fn run(mut self) {
        let mut every = tokio::time::interval(EMPTY_EVERY);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            self.feed();
            while self.worker.receive(clock::now(), &mut self.batch) > 0 {
                let said = self.batch.iter().flat_map(|(_, bytes)| bytes).copied();
                self.line.extend(said);
                self.listen();
            }
        }
    }

    fn feed(&mut self) {
        let room = WAITING.saturating_sub(self.waiting.len());
        let come = self.queue.slots();
        if let Ok(chunk) = self.queue.read_chunk(come) {
            let (first, second) = chunk.as_slices();
            self.waiting.extend(first.iter().chain(second).take(room));
            chunk.commit_all();
        }
        let taken = self.worker.feed(&self.waiting);
        self.waiting.drain(..taken.unwrap_or(self.waiting.len()));
    }

    /// Takes the whole lines.
    fn listen(&mut self) {
        while let Some(end) = self.line.iter().position(|byte| *byte == b'\n') {
            if let Ok(said) = serde_json::from_slice::<Said>(&self.line[..end]) {
                let before = self.seen.load();
                said.trace(&mut self.trace);
                let jpeg = said.jpeg.as_deref().and_then(decode);
                self.seen.store(Some(Arc::new(Seen {
                    at: Instant::now(),
                    content: said.shown(),
                    jpeg: jpeg.or_else(|| before.as_ref()?.jpeg.clone()),
                    trace: self.trace.clone(),
                })));
            }
            self.line.drain(..=end);
        }
        if self.line.len() > LINE {
            self.line.clear();
        }
    }
}

/// A line of the worker.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Said {
    picture: Option<Picture>,
    sound: Option<Sound>,
    sound_late_seconds: Option<f64>,
    jpeg: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Picture {
    black: bool,
    frozen: bool,
    luma: f64,
    shapes: Vec<Shape>,
}

/// Of a key picture.
#[derive(Debug, Deserialize)]
struct Shape {
    pts: i64,
    shape: String,
}

#[derive(Debug, Deserialize)]
struct Sound {
    mute: bool,
    level_dbfs: f64,
    short_term_lufs: Option<f64>,
    envelope: Option<Envelope>,
}

/// Levels of 20 ms from a PTS on.
#[derive(Debug, Deserialize)]
struct Envelope {
    pts: i64,
    dbfs: Vec<i8>,
}

impl Said {
    fn shown(&self) -> ContentSnapshot {
        let (picture, sound) = (self.picture.as_ref(), self.sound.as_ref());
        ContentSnapshot {
            black: picture.is_some_and(|p| p.black),
            frozen: picture.is_some_and(|p| p.frozen),
            mute: sound.is_some_and(|s| s.mute),
            luma: picture.map(|p| p.luma),
            level_dbfs: sound.map(|s| s.level_dbfs),
            short_term_lufs: sound.and_then(|s| s.short_term_lufs),
            sound_late_seconds: self.sound_late_seconds,
        }
    }

    /// What the input can be compared by.
    fn trace(&self, trace: &mut Trace) {
        if let Some(envelope) = self.sound.as_ref().and_then(|s| s.envelope.as_ref()) {
            trace.hear(envelope.pts, &envelope.dbfs);
        }
        for picture in self.picture.iter().flat_map(|p| &p.shapes) {
            if let Ok(shape) = u64::from_str_radix(&picture.shape, 16) {
                trace.see(picture.pts, shape);
            }
        }
    }
}

fn decode(text: &str) -> Option<Bytes> {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text)
        .ok()?;
    Some(bytes.into())
}
