//! The life of a node: record, line, running set, HTTP, signals.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::archive::Archive;
use crate::channel::{Editor, Set};
use crate::foreign::Foreign;
use crate::http::{Limits, Server, Settings, Tls};
use crate::meeting::Schedule;
use crate::net;
use crate::node_handle::{Change, Command, NodeHandle};
use crate::plan::Plan;
use crate::store::Record;
use crate::tls::Held;

/// What ends with the node waits for so long.
const GRACE: Duration = Duration::from_secs(5);
/// A schedule that could not be read is read again so often.
const READ_AGAIN: Duration = Duration::from_secs(5);

/// Where a node answers.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// By plain HTTP.
    pub http: Vec<SocketAddr>,
    /// By HTTPS.
    pub https: Vec<SocketAddr>,
}

/// Runs `plan` until SIGINT or SIGTERM; SIGHUP reads the configuration again through `editor`.
/// `ready` is given the HTTP addresses once they answer.
///
/// # Errors
/// What keeps the node from starting, with the next step.
pub fn run(plan: Plan, editor: Editor, ready: impl FnOnce(&Addresses)) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(live(plan, editor, ready))
}

async fn live(plan: Plan, editor: Editor, ready: impl FnOnce(&Addresses)) -> Result<()> {
    let state = &plan.state_dir;
    std::fs::create_dir_all(state)
        .with_context(|| format!("cannot make the state directory {}; set `state-dir` in `[node]` to a folder that this user may write", state.display()))?;
    let record = Arc::new(Record::open(state, crate::channel::wall_now()));
    let archive = Arc::new(Archive::open(state));
    let (mut handle, commands) = NodeHandle::new();
    handle.archive = Some(archive.clone());
    handle.record = Some(record.clone());
    handle.schedule = Arc::new(Schedule::open(Some(record.clone())));
    tokio::spawn(handle.schedule.clone().keep_reading(READ_AGAIN));
    handle.foreign = Arc::new(Foreign::new(plan.foreign.clone()));
    handle.certificate = plan.tls.as_ref().map(Held::new).transpose()?;
    let certificate = handle.certificate.clone();
    let tls = plan.tls.as_ref().zip(certificate.clone());
    let settings = Settings {
        listen: plan.listen.clone(),
        tls: tls.map(|(plan, certificate)| Tls {
            listen: plan.listen.clone(),
            certificate,
        }),
        socket: state.join("headend.sock"),
        limits: Limits::default(),
    };
    let server = Server::bind(&settings, handle.clone())?;
    let addresses = Addresses {
        http: server.addresses(),
        https: server.tls_addresses(),
    };
    let context = net::Context::new(tokio::runtime::Handle::current());
    let set = Set::new(
        plan,
        editor,
        handle.showing(),
        context,
        (record.clone(), archive.clone()),
    )
    .context("cannot start the line")?;
    let set = tokio::spawn(set.run(commands));
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    let watch = certificate.map(|certificate| tokio::spawn(certificate.watch()));
    let watchdog = tokio::spawn(feed_watchdog(handle.showing()));
    ready(&addresses);
    wait_for_end(&handle.commands).await?;
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
    watchdog.abort();
    watch.inspect(JoinHandle::abort);
    let _ = stop.send(());
    // The set ends when the last sender of commands is gone: the server's and ours.
    drop(handle);
    let _ = tokio::time::timeout(GRACE, server).await;
    let _ = tokio::time::timeout(GRACE, set).await;
    archive.close(GRACE);
    record.close(GRACE);
    Ok(())
}

/// Waits for SIGINT or SIGTERM; SIGHUP is a reload.
async fn wait_for_end(commands: &mpsc::Sender<Command>) -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    loop {
        tokio::select! {
            _ = interrupt.recv() => return Ok(()),
            _ = terminate.recv() => return Ok(()),
            _ = hang_up.recv() => reload(commands).await,
        }
    }
}

async fn reload(commands: &mpsc::Sender<Command>) {
    let (answer, answered) = oneshot::channel();
    let command = Command {
        change: Change::Reload,
        dry_run: false,
        if_generation: None,
        answer,
    };
    if commands.send(command).await.is_err() {
        return;
    }
    match answered.await {
        Ok(Ok(outcome)) => {
            tracing::info!(generation = outcome.generation, "configuration read again");
            for difference in outcome.differences {
                tracing::info!(channel = difference.channel, "{}", difference.text);
            }
        }
        Ok(Err(refusal)) => tracing::error!("the configuration is left as it was: {refusal}"),
        Err(_) => {}
    }
}

/// Tells systemd that the node lives, as long as its snapshot is fresh.
async fn feed_watchdog(handle: NodeHandle) {
    let Some(period) = sd_notify::watchdog_enabled() else {
        return;
    };
    let mut every = tokio::time::interval(period / 3);
    loop {
        every.tick().await;
        let shown = handle.snapshot.load().uptime_seconds;
        if handle.started.elapsed().as_secs_f64() - shown < period.as_secs_f64() {
            let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
        }
    }
}
