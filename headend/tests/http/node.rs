//! A node made by hand: a server on real sockets, and a small running set that obeys commands.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use headend::archive::Archive;
use headend::cause::Acknowledgement;
use headend::http::counters::Counters;
use headend::http::{Limits, Server, Settings, Tls};
use headend::node_handle::events::EventKind;
use headend::node_handle::{
    Change, Command, Difference, DifferenceKind, Fault, LiveWindow, NodeHandle, Outcome, Refusal,
};
use headend::snapshot::{
    Alarm, CertificateSnapshot, ChannelSnapshot, ChannelState, HlsSnapshot, InputSnapshot,
    InputState, NodeSnapshot, OutputSnapshot,
};
use packager::hls::Window;
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::client::{self, Answer, request};
use crate::tls::Own;

/// A running node.
pub(crate) struct Node {
    pub(crate) address: SocketAddr,
    pub(crate) socket: PathBuf,
    pub(crate) handle: NodeHandle,
    pub(crate) counters: Arc<Counters>,
    pub(crate) stop: Option<oneshot::Sender<()>>,
    pub(crate) served: JoinHandle<()>,
    _folder: TempDir,
}

impl Node {
    /// With the limits of production.
    pub(crate) fn start() -> Self {
        Self::with(Limits::default())
    }

    pub(crate) fn with(limits: Limits) -> Self {
        let (handle, commands) = NodeHandle::new();
        handle.snapshot.store(Arc::new(snapshot()));
        tokio::spawn(obey(handle.clone(), commands));
        Self::serving(handle, limits)
    }

    /// With an archive, which has what is in `folder`.
    pub(crate) fn keeping(folder: &std::path::Path) -> Self {
        let (mut handle, commands) = NodeHandle::new();
        handle.snapshot.store(Arc::new(snapshot()));
        handle.archive = Some(Arc::new(Archive::open(folder)));
        tokio::spawn(obey(handle.clone(), commands));
        Self::serving(handle, Limits::default())
    }

    /// Nobody takes the commands.
    pub(crate) fn deaf() -> (Self, mpsc::Receiver<Command>) {
        let (handle, commands) = NodeHandle::new();
        handle.snapshot.store(Arc::new(snapshot()));
        (Self::serving(handle, Limits::default()), commands)
    }

    /// With HTTPS, and where.
    pub(crate) fn secured(limits: Limits, own: &Own) -> (Self, SocketAddr) {
        let (handle, commands) = NodeHandle::new();
        handle.snapshot.store(Arc::new(snapshot()));
        tokio::spawn(obey(handle.clone(), commands));
        let tls = Tls {
            listen: vec!["127.0.0.1:0".parse().unwrap()],
            certificate: own.held.clone(),
        };
        let (node, secure) = Self::listening(handle, limits, Some(tls));
        (node, secure[0])
    }

    fn serving(handle: NodeHandle, limits: Limits) -> Self {
        Self::listening(handle, limits, None).0
    }

    fn listening(handle: NodeHandle, limits: Limits, tls: Option<Tls>) -> (Self, Vec<SocketAddr>) {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            listen: vec!["127.0.0.1:0".parse().unwrap()],
            tls,
            socket: folder.path().join("headend.sock"),
            limits,
        };
        let server = Server::bind(&settings, handle.clone()).unwrap();
        let address = server.addresses()[0];
        let secure = server.tls_addresses();
        let counters = server.counters();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        let node = Self {
            address,
            socket: settings.socket,
            handle,
            counters,
            stop: Some(stop),
            served,
            _folder: folder,
        };
        (node, secure)
    }

    /// `GET path` on TCP.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.tcp("GET", path, &[]).await
    }

    pub(crate) async fn tcp(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        client::tcp(self.address, request(method, path, headers, "")).await
    }

    /// A JSON request over the local socket.
    pub(crate) async fn local(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut headers = headers.to_vec();
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            headers.push(("content-type", "application/json"));
        }
        client::local(&self.socket, request(method, path, &headers, body)).await
    }

    /// Shows a window on `channel`.
    pub(crate) fn show(&self, channel: &str, window: Arc<Window>) {
        self.handle.windows.rcu(|windows| {
            let mut windows = (**windows).clone();
            windows.insert(channel.into(), Arc::new(LiveWindow::new(window.clone())));
            windows
        });
    }
}

/// Two channels: one on air, one stopped.
pub(crate) fn snapshot() -> NodeSnapshot {
    let input = |url: &str| InputSnapshot {
        url: url.to_owned(),
        state: InputState::Receiving,
        packets_total: 1_000,
        ..InputSnapshot::default()
    };
    let output = OutputSnapshot {
        url: "udp://239.84.0.1:5000".to_owned(),
        ..OutputSnapshot::default()
    };
    let on_air = ChannelSnapshot {
        id: "hop".to_owned(),
        name: "Họp Chính phủ".to_owned(),
        state: ChannelState::OnAir,
        on_air: Some(0),
        inputs: vec![
            input("srt://0.0.0.0:9000?mode=listener"),
            input("rtp://239.10.0.1:5000"),
        ],
        outputs: vec![output],
        hls: Some(HlsSnapshot::default()),
        ..ChannelSnapshot::default()
    };
    let stopped = ChannelSnapshot {
        id: "tap-huan".to_owned(),
        name: "Tập huấn".to_owned(),
        inputs: vec![input("test:")],
        alarms: vec![Alarm::default()],
        ..ChannelSnapshot::default()
    };
    NodeSnapshot {
        name: "trung-uong".to_owned(),
        version: "0.1.0".to_owned(),
        generation: 7,
        certificate: Some(CertificateSnapshot::default()),
        channels: vec![on_air, stopped],
        ..NodeSnapshot::default()
    }
}

async fn obey(handle: NodeHandle, mut commands: mpsc::Receiver<Command>) {
    while let Some(command) = commands.recv().await {
        let mut node = (**handle.snapshot.load()).clone();
        let done = carry_out(&mut node, &command);
        if done.is_ok() && !command.dry_run {
            handle
                .events
                .publish(EventKind::Configuration, &node.generation);
            handle.snapshot.store(Arc::new(node));
        }
        let _ = command.answer.send(done);
    }
}

fn carry_out(node: &mut NodeSnapshot, command: &Command) -> Result<Outcome, Refusal> {
    let now = node.generation;
    if command
        .if_generation
        .is_some_and(|expected| expected != now)
    {
        return Err(Refusal::GenerationChanged { now });
    }
    if let Change::Acknowledge(id, by) = &command.change {
        return acknowledge(node, id, by.as_ref(), command.dry_run);
    }
    let place = |id: &str| node.channels.iter().position(|channel| channel.id == id);
    let known = |id: &str| place(id).ok_or_else(|| Refusal::UnknownChannel(id.to_owned()));
    let (channel, kind) = match &command.change {
        Change::Start(id) => {
            let index = known(id)?;
            node.channels[index].state = ChannelState::Waiting;
            (id.clone(), DifferenceKind::Started)
        }
        Change::Stop(id) => {
            let index = known(id)?;
            node.channels[index].state = ChannelState::Stopped;
            (id.clone(), DifferenceKind::Stopped)
        }
        Change::Remove(id) => {
            let index = known(id)?;
            node.channels.remove(index);
            (id.clone(), DifferenceKind::Removed)
        }
        Change::Add(value) => {
            let Some(id) = value["id"].as_str() else {
                let fault = Fault {
                    place: "channel.id".to_owned(),
                    text: "missing".to_owned(),
                    help: None,
                };
                return Err(Refusal::Invalid(vec![fault]));
            };
            if place(id).is_some() {
                return Err(Refusal::ChannelExists(id.to_owned()));
            }
            node.channels.push(ChannelSnapshot {
                id: id.to_owned(),
                ..ChannelSnapshot::default()
            });
            (id.to_owned(), DifferenceKind::Added)
        }
        Change::Hold(id, _) => {
            known(id)?;
            (id.clone(), DifferenceKind::Changed)
        }
        Change::Acknowledge(..) => unreachable!("carried out above"),
        Change::Reload => return Err(Refusal::Failed("headend.toml: no such file".to_owned())),
    };
    node.generation += u64::from(!command.dry_run);
    Ok(Outcome {
        applied: !command.dry_run,
        generation: node.generation,
        differences: vec![Difference {
            channel: Some(channel),
            kind,
            text: String::new(),
        }],
    })
}

fn acknowledge(
    node: &mut NodeSnapshot,
    id: &str,
    by: Option<&Acknowledgement>,
    dry_run: bool,
) -> Result<Outcome, Refusal> {
    let mut incidents = node.channels.iter_mut().flat_map(|c| &mut c.incidents);
    let incident = incidents
        .find(|incident| incident.id == id)
        .ok_or_else(|| Refusal::UnknownIncident(id.to_owned()))?;
    if !dry_run {
        incident.acknowledged = by.cloned();
    }
    Ok(Outcome {
        applied: !dry_run,
        generation: node.generation,
        differences: Vec::new(),
    })
}
