//! The client of the API: over the local Unix socket, or a URL. HTTP/1.1, or by HTTPS HTTP/2 where
//! the server has it; one connection for a request, everything within a deadline.

mod events;
mod way;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode, Version, header};
use serde::de::DeserializeOwned;
use tokio::net::UnixStream;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

pub(super) use self::events::Event;
use self::events::Lines;
use self::way::Way;
use super::{Failure, Global};
use crate::config::fault::Language;
use crate::http::Problem;
use crate::node_handle::Outcome;

/// Longer than the node itself waits for its running set.
const ANSWER: Duration = Duration::from_secs(30);
/// The node sends a comment every 15 s.
const SILENCE: Duration = Duration::from_secs(45);
/// A node of 200 channels shows itself in 2 MB.
const BODY_BYTES: usize = 32 << 20;

/// Asks a node.
pub(super) struct Client {
    way: Way,
    runtime: Runtime,
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
        Self::by(Way::find(global)?)
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
        self.way.host()
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
            let response = self.way.sent(request).await?;
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
            let response = self.way.sent(request).await?;
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
        let host = self.way.host().unwrap_or("localhost");
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
        let response = self.way.sent(request).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        Err(match read::<Problem>(response).await {
            Ok(problem) => Failure::Refused(Box::new(problem)),
            Err(_) => self
                .way
                .no_node(format!("HTTP {status}; this is not a node")),
        })
    }
}

/// In which language the node shall answer.
fn language() -> &'static str {
    match super::words::language(|name| std::env::var(name).ok()) {
        Language::English => "en",
        Language::Vietnamese => "vi",
    }
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
