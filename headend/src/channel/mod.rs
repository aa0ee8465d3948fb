//! The running set: which channels run, in what state each is, and why one does not.
//!
//! In: the plan, an operator's commands, the line's reports. Out: circuits for the line, HLS
//! windows, one snapshot a second, events. It never touches a packet.

mod acknowledge;
mod alarms;
mod assess;
mod command;
mod compare;
mod content;
mod edit;
mod follow;
mod gauge;
mod guide;
mod halls;
mod hls;
mod hold;
mod kept;
mod ladder;
mod number;
mod paths;
mod picture;
mod recording;
mod running;
mod since;
mod slate;
mod transcoder;

pub use content::{Seen, Sighting};
pub use edit::{Edit, Editor};

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::announce::{self, Announcer};
use crate::archive::Archive;
use crate::cause::Book;
use crate::line::{Line, Word};
use crate::net::Context;
use crate::node_handle::{Command, NodeHandle};
use crate::plan::{ChannelPlan, Plan};
use crate::report::{Journal, Series, millis};
use crate::snapshot::{CertificateSnapshot, ChannelSnapshot, HelpSnapshot, NodeSnapshot};
use crate::webhook::Webhooks;
use number::numbers;
use running::Running;
pub use since::{stamp, wall_now};

/// The set looks at its reports and retries at this interval.
const LOOK: Duration = Duration::from_millis(200);

/// What a node that ends has to tell waits so long for its receivers.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Without the worker the rest works.
const NO_MEDIA: &str = "`headend-media` is neither beside this program nor in PATH: black, frozen and mute inputs are not seen, and `test:`, `rtmp://`, `rtsp://` and `http://` inputs do not work";

/// One configured channel.
struct Channel {
    plan: ChannelPlan,
    /// `None` while it is stopped.
    running: Option<Running>,
    shown: picture::Shown,
    book: Book,
    series: Series,
}

/// All channels of the node.
pub struct Set {
    plan: Plan,
    editor: Editor,
    line: Line,
    words: Receiver<Word>,
    handle: NodeHandle,
    context: Context,
    journal: Arc<hls::Journal>,
    channels: Vec<Channel>,
    record: Arc<crate::store::Record>,
    archive: Arc<Archive>,
    spans: Journal,
    webhooks: Webhooks,
    announcer: Announcer,
    gauge: gauge::Gauge,
    notices: Vec<String>,
    generation: u64,
    started: String,
}

impl Set {
    /// A set that carries out `plan`; nothing runs until [`Set::run`].
    ///
    /// # Errors
    /// The kernel gives no thread for the line.
    pub fn new(
        plan: Plan,
        editor: Editor,
        handle: NodeHandle,
        context: Context,
        (record, archive): (Arc<crate::store::Record>, Arc<Archive>),
    ) -> std::io::Result<Self> {
        let (tell, words) = std::sync::mpsc::sync_channel(1_024);
        let mut notices = record.notices().to_vec();
        if context.media.is_none() {
            notices.push(NO_MEDIA.to_owned());
        }
        let mut webhooks = Webhooks::new(&plan.name, context.runtime.clone());
        webhooks.serve(&plan.webhooks);
        let mut announcer = Announcer::default();
        announcer.serve(plan.sap.as_ref());
        archive.serve(kept::wanted(&plan));
        Ok(Self {
            line: Line::start(tell)?,
            words,
            editor,
            handle,
            context,
            journal: Arc::new(hls::Journal::new(record.clone(), archive.clone())),
            record,
            archive,
            spans: Journal::new(millis(wall_now())),
            webhooks,
            announcer,
            gauge: gauge::Gauge::new(),
            channels: plan
                .channels
                .iter()
                .cloned()
                .map(Channel::stopped)
                .collect(),
            notices,
            plan,
            generation: 1,
            started: since::stamp(since::wall_now()),
        })
    }

    /// Starts what starts by itself, then serves commands until `commands` ends; stops all.
    pub async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        for index in 0..self.channels.len() {
            if self.channels[index].plan.autostart {
                self.start(index);
            }
        }
        self.resume_incidents();
        self.show();
        let mut look = tokio::time::interval(LOOK);
        let mut shown = 0u32;
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.obey(command),
                    None => break,
                },
                _ = look.tick() => {
                    self.listen();
                    self.retry();
                    shown += 1;
                    if shown.is_multiple_of(5) {
                        self.show();
                    }
                }
            }
        }
        for index in 0..self.channels.len() {
            self.stop(index);
        }
        self.keep_spans(&[]);
        self.announcer.close();
        self.webhooks.close(LAST_WORDS).await;
    }

    fn find(&self, id: &str) -> Option<usize> {
        self.channels.iter().position(|c| &*c.plan.id == id)
    }

    fn start(&mut self, index: usize) {
        let channel = &mut self.channels[index];
        if channel.running.is_none() {
            let running = Running::start(&channel.plan, &self.line, &self.context, &self.journal);
            channel.running = Some(running);
            self.publish_windows();
        }
    }

    fn stop(&mut self, index: usize) {
        let channel = &mut self.channels[index];
        if let Some(running) = channel.running.take() {
            running.stop(&channel.plan.id, &self.line);
            self.publish_windows();
        }
    }

    /// Takes the line's words.
    fn listen(&mut self) {
        let mut news = false;
        while let Ok(word) = self.words.try_recv() {
            match word {
                Word::Notice(sentence) => {
                    tracing::warn!("{sentence}");
                    self.notices.push(sentence);
                }
                Word::Report(report) => {
                    if let Some(index) = self.find(&report.id)
                        && let Some(running) = &mut self.channels[index].running
                    {
                        running.take(*report);
                        news |= self.look(index);
                    }
                }
                Word::Dark { id, fitness } => {
                    if let Some(index) = self.find(&id)
                        && let Some(running) = &mut self.channels[index].running
                    {
                        running.darken(fitness);
                    }
                }
                Word::Broke { id, reason } => {
                    tracing::error!(
                        channel = &*id,
                        "the channel broke and starts again: {reason}"
                    );
                    if let Some(index) = self.find(&id) {
                        self.channels[index].running = None;
                        self.start(index);
                    }
                }
            }
        }
        if news {
            self.show();
        }
    }

    /// Looks for the cause of what is wrong with a channel, and tells what began and what ended;
    /// whether something did.
    fn look(&mut self, index: usize) -> bool {
        let failed = (self.record.snapshot().failed, self.archive.health().failed);
        let certificate = self.handle.certificate.as_ref();
        let certificate = certificate.map(|certificate| certificate.facts());
        let machine = self.gauge.look(failed, certificate);
        let Channel {
            plan,
            running,
            book,
            ..
        } = &mut self.channels[index];
        let Some(running) = running else {
            return false;
        };
        let changes = running.look(plan, machine, book);
        self.keep_sample(index, &changes);
        self.tell_incidents(&changes)
    }

    fn retry(&mut self) {
        let (meetings, now) = (self.handle.schedule.current(), millis(wall_now()));
        for channel in &mut self.channels {
            if let Some(running) = &mut channel.running {
                running.retry(&channel.plan, &self.line, &self.context);
                let reach = (&self.line, &self.context);
                running.stand_in(&channel.plan, (&meetings, now), reach);
                let id = &channel.plan.id;
                running.guide.tell(id, &meetings, now, &self.line);
            }
        }
    }

    /// Makes the snapshot and tells what changed since the last.
    fn show(&mut self) {
        let mut channels = Vec::with_capacity(self.channels.len());
        let (meetings, now) = (self.handle.schedule.current(), millis(wall_now()));
        let mut halls = halls::Counted::now(&self.handle.halls);
        let numbers = numbers(self.channels.iter().map(|c| c.plan.number));
        for (channel, number) in self.channels.iter_mut().zip(numbers) {
            let events = &self.handle.events;
            let shown = &mut channel.shown;
            let snapshot = shown.channel(&channel.plan, channel.running.as_ref(), events);
            channels.push(ChannelSnapshot {
                incidents: channel.book.incidents().cloned().collect(),
                meetings: guide::shown(&channel.plan.id, &meetings, now),
                halls: halls.of(&channel.plan.id, &channel.book, snapshot.state),
                number,
                recording: kept::follow(
                    &channel.plan,
                    snapshot.hls.is_some(),
                    &meetings,
                    &self.archive,
                ),
                hls: kept::shown(snapshot.hls, &channel.plan, &self.archive),
                ..snapshot
            });
        }
        self.keep_switches();
        self.keep_spans(&channels);
        let before = self.handle.snapshot.load();
        kept::tell(&before.channels, &channels, &self.handle.events);
        self.announce(&channels);
        self.handle.snapshot.store(Arc::new(NodeSnapshot {
            name: self.plan.name.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: self.started.clone(),
            uptime_seconds: self.handle.started.elapsed().as_secs_f64(),
            generation: self.generation,
            notices: self
                .notices
                .iter()
                .cloned()
                .chain(self.handle.schedule.notice())
                .chain(self.webhooks.troubles())
                .chain(self.announcer.trouble())
                .collect(),
            webhooks: self.webhooks.snapshot(),
            certificate: self.certificate(),
            help: HelpSnapshot {
                phone: self.plan.help.phone.clone(),
                name: self.plan.help.name.clone(),
            },
            record: self.journal.snapshot(),
            archive: kept::snapshot(&self.archive, self.plan.archive_quota),
            channels,
        }));
    }

    fn announce(&mut self, shown: &[ChannelSnapshot]) {
        let channels = self.channels.iter().zip(shown);
        let offers: Vec<announce::Session> = channels
            .flat_map(|(channel, shown)| announce::sessions(&self.plan.name, &channel.plan, shown))
            .collect();
        self.announcer.turn(&offers);
    }

    fn certificate(&self) -> Option<CertificateSnapshot> {
        let facts = self.handle.certificate.as_ref()?.facts();
        Some(CertificateSnapshot::of(&facts, wall_now().unix_seconds()))
    }

    fn publish_windows(&self) {
        let windows = self.channels.iter().filter_map(|c| {
            let window = c.running.as_ref()?.window()?;
            Some((c.plan.id.clone(), window))
        });
        self.handle.windows.store(Arc::new(windows.collect()));
        let lives = self.channels.iter().filter_map(|c| {
            let live = c.running.as_ref()?.follow.live.clone();
            Some((c.plan.id.clone(), live))
        });
        self.handle.lives.store(Arc::new(lives.collect()));
        let looks = self.channels.iter().filter_map(|c| {
            let looks = c.running.as_ref()?.looks.iter().enumerate();
            Some(looks.filter_map(|(input, look)| {
                Some(((c.plan.id.clone(), input), look.as_ref()?.seen.clone()))
            }))
        });
        let sightings = looks.flatten().collect();
        self.handle.sightings.store(Arc::new(sightings));
    }
}

impl Channel {
    fn stopped(plan: ChannelPlan) -> Self {
        Self {
            shown: picture::Shown::new(&plan),
            plan,
            running: None,
            book: Book::default(),
            series: Series::default(),
        }
    }
}
