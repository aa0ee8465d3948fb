//! The client of the API: over the local Unix socket, or a URL. HTTP/1.1, or by HTTPS HTTP/2 where
//! the server has it; one connection for a request, everything within a deadline.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::http::uri::{PathAndQuery, Scheme};
use hyper::{Method, Request, Response, StatusCode, Uri, Version, header};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::{Failure, Global};
use crate::config::Sources;
use crate::config::fault::Language;
use crate::http::Problem;
use crate::node_handle::Outcome;
use crate::tls;

/// A node on the other side of a satellite answers in two seconds.
const CONNECT: Duration = Duration::from_secs(5);
/// Longer than the node itself waits for its running set.
const ANSWER: Duration = Duration::from_secs(30);
/// HTTP/2 as TLS names it (RFC 9113, 3.2).
const HTTP_2: &[u8] = b"h2";
/// A node of 200 channels shows itself in 2 MB.
const BODY_BYTES: usize = 32 << 20;

/// A way to a node.
pub(super) struct Client {
    way: Way,
    runtime: Runtime,
}

#[derive(Clone)]
enum Way {
    Socket(PathBuf),
    /// `host:port`.
    Network(String),
    /// `host:port`, by HTTPS.
    Secure(String, TlsConnector),
}

/// An answer as it came.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) version: Version,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// From the request to the head, the connection included.
    pub(super) first: Duration,
    /// From the request to the first byte of the body.
    pub(super) content: Duration,
}

/// What is sent with a write.
#[derive(Clone, Debug, Default)]
pub(super) struct Write {
    /// Only ask what would differ.
    pub(super) dry_run: bool,
    /// The ETag that must still hold.
    pub(super) if_match: Option<String>,
    /// The body.
    pub(super) body: Option<serde_json::Value>,
    /// An iCalendar body in its place.
    pub(super) calendar: Option<Vec<u8>>,
}

impl Client {
    /// The node that `--node` or HEADEND_NODE names, or the one whose state directory the
    /// configuration names.
    pub(super) fn find(global: &Global) -> Result<Self, Failure> {
        let way = match &global.node {
            Some(url) => match url.strip_prefix("https://") {
                None => Way::Network(authority(url, 8080)?),
                Some(rest) => {
                    let connector = tls::connector(global.ca.as_deref());
                    let connector = connector.map_err(|error| Failure::Usage(error.to_string()))?;
                    Way::Secure(authority(rest, 443)?, offering(&connector))
                }
            },
            None => {
                let file = super::config::file(global.config.clone());
                let state = Sources::of_process(file, Vec::new()).state_dir();
                let installed = PathBuf::from("/var/lib/headend/headend.sock");
                let own = state.join("headend.sock");
                Way::Socket(if !own.exists() && installed.exists() {
                    installed
                } else {
                    own
                })
            }
        };
        Self::by(way)
    }

    /// A server at `host:port`.
    pub(super) fn at(host: String) -> Result<Self, Failure> {
        Self::by(Way::Network(host))
    }

    /// The node behind a local socket.
    pub(super) fn local(socket: PathBuf) -> Result<Self, Failure> {
        Self::by(Way::Socket(socket))
    }

    /// The same node by a connection of its own.
    pub(super) fn again(&self) -> Result<Self, Failure> {
        Self::by(self.way.clone())
    }

    fn by(way: Way) -> Result<Self, Failure> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::Failed(error.to_string()))?;
        Ok(Self { way, runtime })
    }

    /// The `host:port` of a node that is talked to over the network.
    pub(super) fn host(&self) -> Option<&str> {
        match &self.way {
            Way::Socket(_) => None,
            Way::Network(host) | Way::Secure(host, _) => Some(host),
        }
    }

    /// The process behind the local socket.
    pub(super) fn process(&self) -> Option<i32> {
        let Way::Socket(path) = &self.way else {
            return None;
        };
        let connected = self.runtime.block_on(UnixStream::connect(path)).ok()?;
        connected.peer_cred().ok()?.pid()
    }

    /// Reads `path` and its ETag.
    pub(super) fn get<T: DeserializeOwned>(
        &self,
        path: &str,
    ) -> Result<(T, Option<String>), Failure> {
        let request = self.request(Method::GET, path, &Write::default())?;
        self.runtime.block_on(async {
            let response = self.answered(request).await?;
            let etag = response.headers().get(header::ETAG);
            let etag = etag
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned);
            Ok((read(response).await?, etag))
        })
    }

    /// Fetches `path` as it is: its status and its body.
    pub(super) fn fetch(&self, path: &str) -> Result<(StatusCode, Bytes), Failure> {
        let request = self.request(Method::GET, path, &Write::default())?;
        self.runtime.block_on(async {
            let response = self.sent(request).await?;
            Ok((response.status(), whole(response).await?))
        })
    }

    /// Fetches `path` with headers of the caller's.
    pub(super) fn ask(
        &self,
        path: &str,
        headers: Vec<(HeaderName, HeaderValue)>,
    ) -> Result<Answer, Failure> {
        let mut request = self.request(Method::GET, path, &Write::default())?;
        request.headers_mut().extend(headers);
        let began = Instant::now();
        self.runtime.block_on(async {
            let response = self.sent(request).await?;
            let first = began.elapsed();
            let (head, mut body) = response.into_parts();
            let begin = timeout(ANSWER, body.frame()).await.map_err(|_| slow())?;
            let content = began.elapsed();
            let begin = match begin {
                Some(frame) => frame.map_err(|error| Failure::Failed(error.to_string()))?,
                None => Frame::data(Bytes::new()),
            };
            let rest = whole(Response::new(body)).await?;
            let begin = begin.into_data().unwrap_or_default();
            Ok(Answer {
                first,
                content,
                status: head.status,
                version: head.version,
                headers: head.headers,
                body: [begin, rest].concat().into(),
            })
        })
    }

    /// Writes to `path`.
    pub(super) fn write(
        &self,
        method: Method,
        path: &str,
        write: &Write,
    ) -> Result<Outcome, Failure> {
        self.change(method, path, write)
    }

    /// Writes to `path` what has an answer of its own kind.
    pub(super) fn change<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        write: &Write,
    ) -> Result<T, Failure> {
        let sign = if path.contains('?') { '&' } else { '?' };
        let path = match write.dry_run {
            true => format!("{path}{sign}dryRun=true"),
            false => path.to_owned(),
        };
        let request = self.request(method, &path, write)?;
        self.runtime
            .block_on(async { read(self.answered(request).await?).await })
    }

    /// Follows the events after `last` until the node ends the stream or `each` says so.
    pub(super) fn follow(
        &self,
        last: Option<&str>,
        mut each: impl FnMut(Event) -> bool,
    ) -> Result<(), Failure> {
        let mut request = self.request(Method::GET, "/api/v1/events", &Write::default())?;
        if let Some(id) = last.and_then(|id| id.parse().ok()) {
            request.headers_mut().insert("last-event-id", id);
        }
        self.runtime.block_on(async {
            let mut body = self.answered(request).await?.into_body();
            let mut lines = Lines::default();
            while let Ok(Some(Ok(frame))) = timeout(SILENCE, body.frame()).await {
                for event in lines.take(frame.data_ref().map_or(&[][..], |data| data)) {
                    if !each(event) {
                        return Ok(());
                    }
                }
            }
            Ok(())
        })
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        write: &Write,
    ) -> Result<Request<Full<Bytes>>, Failure> {
        let host = match &self.way {
            Way::Socket(_) => "localhost",
            Way::Network(host) | Way::Secure(host, _) => host,
        };
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, host)
            .header(
                header::USER_AGENT,
                concat!("headend/", env!("CARGO_PKG_VERSION")),
            )
            .header(header::ACCEPT_LANGUAGE, language());
        if let Some(etag) = &write.if_match {
            request = request.header(header::IF_MATCH, etag);
        }
        let body = match (&write.body, &write.calendar) {
            (Some(body), _) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Bytes::from(body.to_string())
            }
            (None, Some(calendar)) => {
                request = request.header(header::CONTENT_TYPE, "text/calendar");
                Bytes::from(calendar.clone())
            }
            (None, None) => Bytes::new(),
        };
        request
            .body(Full::new(body))
            .map_err(|error| Failure::Usage(error.to_string()))
    }

    /// The answer to `request`, with a status of success.
    async fn answered(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Failure> {
        let response = self.sent(request).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        Err(match read::<Problem>(response).await {
            Ok(problem) => Failure::Refused(Box::new(problem)),
            Err(_) => self.no_node(format!("HTTP {status}; this is not a node")),
        })
    }

    async fn sent(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Failure> {
        match &self.way {
            Way::Socket(path) => {
                let stream = self.connected(UnixStream::connect(path)).await?;
                self.exchange(stream, request).await
            }
            Way::Network(host) => {
                let stream = self.connected(TcpStream::connect(host)).await?;
                self.exchange(stream, request).await
            }
            Way::Secure(host, connector) => {
                let stream = self.connected(secured(host, connector)).await?;
                match stream.get_ref().1.alpn_protocol() {
                    Some(HTTP_2) => self.exchange_2(host, stream, request).await,
                    _ => self.exchange(stream, request).await,
                }
            }
        }
    }

    async fn connected<S>(
        &self,
        connecting: impl Future<Output = std::io::Result<S>>,
    ) -> Result<S, Failure> {
        match timeout(CONNECT, connecting).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(self.not_connected(error)),
            Err(_) => Err(self.no_node(format!("{} s", CONNECT.as_secs()))),
        }
    }

    async fn exchange<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        &self,
        stream: S,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Failure> {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| self.no_node(error))?;
        tokio::spawn(connection);
        self.in_time(sender.send_request(request)).await
    }

    /// The same over HTTP/2, where the URI names the host (RFC 9113, 8.3.1).
    async fn exchange_2(
        &self,
        host: &str,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Failure> {
        let path = request.uri().path_and_query().map(PathAndQuery::as_str);
        let uri = Uri::builder()
            .scheme(Scheme::HTTPS)
            .authority(host)
            .path_and_query(path.unwrap_or("/"))
            .build();
        *request.uri_mut() = uri.map_err(|error| Failure::Usage(error.to_string()))?;
        request.headers_mut().remove(header::HOST);
        let executor = TokioExecutor::new();
        let shaken = hyper::client::conn::http2::handshake(executor, TokioIo::new(stream)).await;
        let (mut sender, connection) = shaken.map_err(|error| self.no_node(error))?;
        tokio::spawn(connection);
        self.in_time(sender.send_request(request)).await
    }

    async fn in_time(
        &self,
        answering: impl Future<Output = hyper::Result<Response<Incoming>>>,
    ) -> Result<Response<Incoming>, Failure> {
        match timeout(ANSWER, answering).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(self.no_node(error)),
            Err(_) => Err(self.no_node(format!("{} s", ANSWER.as_secs()))),
        }
    }

    fn not_connected(&self, error: std::io::Error) -> Failure {
        match &self.way {
            Way::Socket(path) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                let place = path.display().to_string();
                Failure::NotAllowed { place }
            }
            _ => self.no_node(error),
        }
    }

    fn no_node(&self, reason: impl std::fmt::Display) -> Failure {
        Failure::NotReached {
            place: match &self.way {
                Way::Socket(path) => path.display().to_string(),
                Way::Network(host) => format!("http://{host}"),
                Way::Secure(host, _) => format!("https://{host}"),
            },
            reason: reason.to_string(),
        }
    }
}

/// In which language the node shall answer.
fn language() -> &'static str {
    match super::words::language(|name| std::env::var(name).ok()) {
        Language::English => "en",
        Language::Vietnamese => "vi",
    }
}

/// The node sends a comment every 15 s.
const SILENCE: Duration = Duration::from_secs(45);

/// Offers HTTP/2 beside HTTP/1.1.
fn offering(connector: &TlsConnector) -> TlsConnector {
    let mut config = connector.config().as_ref().clone();
    config.alpn_protocols = vec![HTTP_2.to_vec(), b"http/1.1".to_vec()];
    TlsConnector::from(Arc::new(config))
}

async fn secured(
    host: &str,
    connector: &TlsConnector,
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let name = tls::name(host).map_err(std::io::Error::other)?;
    let stream = TcpStream::connect(host).await?;
    connector.connect(name, stream).await
}

/// `host:port` of an `http://` URL, or of what follows `https://`.
fn authority(url: &str, port: u16) -> Result<String, Failure> {
    let rest = url.strip_prefix("http://").unwrap_or(url);
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.is_empty() || rest.contains(['/', '@', ' ', '?']) {
        return Err(Failure::Usage(format!(
            "--node {url}: http://HOST:PORT or https://HOST:PORT"
        )));
    }
    let after = rest.rsplit(']').next().unwrap_or(rest);
    Ok(match after.contains(':') {
        true => rest.to_owned(),
        false => format!("{rest}:{port}"),
    })
}

fn slow() -> Failure {
    Failure::Failed("the answer came too slowly".to_owned())
}

async fn whole(response: Response<Incoming>) -> Result<Bytes, Failure> {
    let body = Limited::new(response.into_body(), BODY_BYTES).collect();
    let body = timeout(ANSWER, body)
        .await
        .map_err(|_| slow())?
        .map_err(|error| Failure::Failed(error.to_string()))?;
    Ok(body.to_bytes())
}

async fn read<T: DeserializeOwned>(response: Response<Incoming>) -> Result<T, Failure> {
    let status = response.status();
    let body = whole(response).await?;
    serde_json::from_slice(&body).map_err(|error| {
        let kind = if status == StatusCode::OK {
            "the answer is not understood"
        } else {
            "no problem document"
        };
        Failure::Failed(format!("{kind}: {error}; are both of one version?"))
    })
}

/// A server-sent event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Event {
    /// `channel`, `input`, `output`, `configuration`, `missed`, `lagged`.
    pub(super) kind: String,
    /// To go on from.
    pub(super) id: Option<String>,
    /// JSON.
    pub(super) data: String,
}

/// Bytes to events (WHATWG HTML, 9.2.6).
#[derive(Debug, Default)]
struct Lines {
    rest: Vec<u8>,
    event: Event,
}

/// No event of a node is longer; more is not a node.
const LINE_BYTES: usize = 4 << 20;

impl Lines {
    fn take(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        self.rest.extend_from_slice(bytes);
        while let Some(end) = self.rest.iter().position(|b| *b == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\r', '\n']);
            match line.split_once(':') {
                None if line.is_empty() => {
                    let event = std::mem::take(&mut self.event);
                    if !event.data.is_empty() {
                        events.push(event);
                    }
                }
                Some(("event", value)) => self.event.kind = value.trim_start().to_owned(),
                Some(("id", value)) => self.event.id = Some(value.trim_start().to_owned()),
                Some(("data", value)) => self.event.data += value.trim_start(),
                _ => {}
            }
        }
        if self.rest.len() > LINE_BYTES {
            self.rest.clear();
        }
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_whole_however_they_are_cut() {
        let text = "event: channel\nid: 7\ndata: {\"a\":1}\n\n: keep-alive\n\nevent: input\r\ndata: {}\r\n\r\n";
        for cut in 1..text.len() {
            let mut lines = Lines::default();
            let mut events = lines.take(&text.as_bytes()[..cut]);
            events.extend(lines.take(&text.as_bytes()[cut..]));
            assert_eq!(events.len(), 2, "{cut}");
            assert_eq!(events[0].id.as_deref(), Some("7"));
            assert_eq!(
                (&*events[0].kind, &*events[0].data),
                ("channel", "{\"a\":1}")
            );
            assert_eq!((&*events[1].kind, &events[1].id), ("input", &None));
        }
    }

    #[test]
    fn a_node_is_named_by_host_and_port() {
        assert_eq!(
            authority("http://10.0.0.1:81/", 8080).unwrap(),
            "10.0.0.1:81"
        );
        assert_eq!(authority("[::1]", 8080).unwrap(), "[::1]:8080");
        assert_eq!(authority("node", 443).unwrap(), "node:443");
        for wrong in ["https://a", "http://a/b", "", "http://u@h"] {
            assert!(authority(wrong, 8080).is_err(), "{wrong}");
        }
    }
}
