//! The accept loop: who may connect, for how long, and how it all ends.

use std::future::Future;
use std::io;
use std::net::{Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::sync::{mpsc, watch};
use tower::ServiceExt as _;

use super::counters::{Counters, up};
use super::deadline::Watch;
use super::limits::{HEADER_BYTES, Limits, STREAMS};
use super::routes::{self, App, Endless};
use super::secure::Secure;
use super::slot::{Caps, Slot};
use super::watched::WatchedBody;
use super::{BindError, Peer, Via, listen};
use crate::node_handle::NodeHandle;
use crate::tls::Held;

/// Pause after a failed accept (no descriptors left), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Where to listen and for how long to be patient.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `[http] listen`.
    pub listen: Vec<SocketAddr>,
    /// HTTPS; `None` is none.
    pub tls: Option<Tls>,
    /// The local socket: `{state-dir}/headend.sock`.
    pub socket: PathBuf,
    /// [`Limits::default`] outside tests.
    pub limits: Limits,
}

/// Where to listen for HTTPS, and with what.
#[derive(Clone, Debug)]
pub struct Tls {
    /// `[http] tls-listen`.
    pub listen: Vec<SocketAddr>,
    /// The certificate in use.
    pub certificate: Arc<Held>,
}

/// A server that listens and does not yet answer.
#[derive(Debug)]
pub struct Server {
    tcp: Vec<TcpListener>,
    tls: Vec<(TcpListener, Secure)>,
    local: UnixListener,
    socket: PathBuf,
    gate: Gate,
    stop: watch::Sender<Stage>,
}

/// How far the server is on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Serving,
    /// Responses under way are finished; nothing new begins.
    Finishing,
    /// All connections are closed.
    Gone,
}

/// What every accepted connection needs.
#[derive(Clone, Debug)]
struct Gate {
    router: Router,
    counters: Arc<Counters>,
    limits: Limits,
    caps: Arc<Caps>,
    stage: watch::Receiver<Stage>,
}

impl Server {
    /// Listens on every address and on the local socket. Must be called within tokio.
    ///
    /// # Errors
    /// An address that cannot be listened on, with what to do about it.
    pub fn bind(settings: &Settings, node: NodeHandle) -> Result<Self, BindError> {
        listen::make_room(settings.limits.connections);
        let local = listen::local(&settings.socket)?;
        let secured = settings.tls.as_ref().map(|tls| tls.listen.as_slice());
        let all = [&settings.listen, secured.unwrap_or_default()].concat();
        let tcp = settings
            .listen
            .iter()
            .map(|&address| listen::tcp(address, &all))
            .collect::<Result<_, _>>()?;
        let mut secure = Vec::new();
        if let Some(tls) = &settings.tls {
            let own = Secure::new(&tls.certificate)?;
            for &address in &tls.listen {
                secure.push((listen::tcp(address, &all)?, own.clone()));
            }
        }
        let (stop, stage) = watch::channel(Stage::Serving);
        let counters = Arc::new(Counters::default());
        let app = App::new(node, counters.clone(), stage.clone());
        let gate = Gate {
            router: routes::router(app),
            caps: Arc::new(Caps::new(settings.limits, counters.clone())),
            counters,
            limits: settings.limits,
            stage,
        };
        Ok(Self {
            tcp,
            tls: secure,
            local,
            socket: settings.socket.clone(),
            gate,
            stop,
        })
    }

    /// The TCP addresses, with the port the kernel chose where 0 was configured.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.tcp
            .iter()
            .filter_map(|l| l.local_addr().ok())
            .collect()
    }

    /// The addresses of HTTPS, likewise.
    #[must_use]
    pub fn tls_addresses(&self) -> Vec<SocketAddr> {
        let all = self.tls.iter();
        all.filter_map(|(l, _)| l.local_addr().ok()).collect()
    }

    /// What the server counts of itself.
    #[must_use]
    pub fn counters(&self) -> Arc<Counters> {
        self.gate.counters.clone()
    }

    /// Serves until `stop` is ready; then finishes the responses under way within
    /// [`Limits::grace`] and closes the rest.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        // Every connection holds a sender: the channel ends with the last of them.
        let (open, mut closed) = mpsc::channel::<()>(1);
        let grace = self.gate.limits.grace;
        for listener in self.tcp {
            tokio::spawn(accept_tcp(listener, None, self.gate.clone(), open.clone()));
        }
        for (listener, secure) in self.tls {
            let gate = self.gate.clone();
            tokio::spawn(accept_tcp(listener, Some(secure), gate, open.clone()));
        }
        tokio::spawn(accept_local(self.local, self.gate, open));
        stop.await;
        self.stop.send_replace(Stage::Finishing);
        // Only the node that made the socket takes it away, and it does so while it still answers.
        let _ = std::fs::remove_file(&self.socket);
        if tokio::time::timeout(grace, closed.recv()).await.is_err() {
            self.stop.send_replace(Stage::Gone);
            closed.recv().await;
        }
    }
}

async fn accept_tcp(
    listener: TcpListener,
    secure: Option<Secure>,
    gate: Gate,
    open: mpsc::Sender<()>,
) {
    let mut stage = gate.stage.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stage.wait_for(|stage| *stage > Stage::Serving) => return,
        };
        let Some((stream, peer)) = taken(accepted).await else {
            continue;
        };
        let Some(slot) = gate.caps.of_address(peer.ip()) else {
            continue;
        };
        // Small playlists leave at once; without it the connection still works.
        let _ = stream.set_nodelay(true);
        let (gate, place) = (gate.clone(), (slot, open.clone()));
        match secure.clone() {
            Some(secure) => tokio::spawn(serve_secure(stream, secure, gate, place)),
            None => {
                let watch = Watch::new(gate.limits);
                tokio::spawn(serve(stream, Via::Network, gate, watch, place))
            }
        };
    }
}

async fn accept_local(listener: UnixListener, gate: Gate, open: mpsc::Sender<()>) {
    let mut stage = gate.stage.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stage.wait_for(|stage| *stage > Stage::Serving) => return,
        };
        let Some((stream, _)) = taken(accepted).await else {
            continue;
        };
        let Some(slot) = gate.caps.local() else {
            continue;
        };
        let watch = Watch::new(gate.limits);
        let place = (slot, open.clone());
        tokio::spawn(serve(stream, Via::Local, gate.clone(), watch, place));
    }
}

async fn taken<S>(accepted: io::Result<S>) -> Option<S> {
    match accepted {
        Ok(stream) => Some(stream),
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

/// A connection's place under the caps and among the open ones.
type Place = (Slot, mpsc::Sender<()>);

/// Serves one connection to a TLS port. Its first deadline holds for handshake and request together.
async fn serve_secure(stream: TcpStream, secure: Secure, gate: Gate, place: Place) {
    let watch = Watch::new(gate.limits);
    let mut stage = gate.stage.clone();
    let opened = tokio::select! {
        opened = secure.open(stream) => opened,
        () = watch.overdue() => {
            up(&gate.counters.overdue);
            return;
        }
        _ = later(&mut stage, Stage::Serving) => return,
    };
    match opened {
        Ok(stream) => serve(stream, Via::Secure, gate, watch, place).await,
        Err(_) => up(&gate.counters.tls_failed),
    }
}

/// Serves one connection.
async fn serve<S>(stream: S, via: Via, gate: Gate, watch: Watch, place: Place)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let builder = builder();
    let answering = Answering {
        gate: gate.clone(),
        watch: watch.clone(),
        via,
        // Who comes by the local socket is no host of the network.
        peer: Peer(place.0.host().unwrap_or(Ipv6Addr::UNSPECIFIED.into())),
    };
    let service = hyper::service::service_fn(move |request| answer(answering.clone(), request));
    let io = TokioIo::new(stream);
    let mut connection = pin!(builder.serve_connection(io, service));
    let mut overdue = pin!(watch.overdue());
    let mut stage = gate.stage.clone();
    let mut seen = Stage::Serving;
    loop {
        tokio::select! {
            // How a connection ends is its own affair: the peer left, or spoke no HTTP.
            _ = connection.as_mut() => return,
            () = overdue.as_mut() => {
                up(&gate.counters.overdue);
                return;
            }
            now = later(&mut stage, seen) => match now {
                Stage::Gone => return,
                now => {
                    seen = now;
                    connection.as_mut().graceful_shutdown();
                }
            }
        }
    }
}

/// The next stage after `seen`. A server that is dropped is gone.
async fn later(stage: &mut watch::Receiver<Stage>, seen: Stage) -> Stage {
    match stage.wait_for(|stage| *stage > seen).await {
        Ok(stage) => *stage,
        Err(_) => Stage::Gone,
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // The ledger watches headers, for HTTP/2 too.
        .header_read_timeout(None)
        .max_buf_size(HEADER_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(HEADER_BYTES).unwrap_or(u32::MAX));
    builder
}

#[derive(Clone)]
struct Answering {
    gate: Gate,
    watch: Watch,
    via: Via,
    peer: Peer,
}

async fn answer(
    answering: Answering,
    mut request: Request<Incoming>,
) -> Result<Response<WatchedBody>, std::convert::Infallible> {
    let Answering {
        gate,
        watch,
        via,
        peer,
    } = answering;
    let flight = watch.begin();
    request.extensions_mut().insert(via);
    request.extensions_mut().insert(peer);
    let response = gate.router.oneshot(request.map(Body::new)).await?;
    up(&gate.counters.requests);
    if response.status().is_server_error() {
        up(&gate.counters.server_errors);
    }
    if let Some(endless) = response.extensions().get::<Endless>() {
        flight.endless(*endless);
    }
    Ok(response.map(|body| WatchedBody::new(body, flight, gate.counters)))
}
