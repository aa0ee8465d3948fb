//! What is answered at which address.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::sync::{Semaphore, watch};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};

use super::counters::Counters;
use super::limits::{
    ARCHIVE_READERS, BODY_BYTES, DOWNLOADS, EVENT_STREAMS, HOSTS, LIST_BYTES, LISTS,
    RECORD_READERS, STREAM_READERS, WAITING_REQUESTS,
};
use super::places::Places;
use super::problem::Problem;
use super::rendered::Rendered;
use super::server::Stage;
use crate::node_handle::NodeHandle;

mod aside;
mod channels;
mod events;
mod guide;
mod halls;
mod hdhomerun;
mod health;
mod hls;
mod incidents;
mod m3u;
mod meant;
mod meetings;
mod openapi;
mod page;
mod parameters;
mod recordings;
mod report;
mod ts;
mod write;

pub use openapi::openapi_json;

/// What every route sees.
pub(super) struct App {
    pub(super) node: NodeHandle,
    pub(super) counters: Arc<Counters>,
    pub(super) stage: watch::Receiver<Stage>,
    pub(super) event_streams: Arc<Places>,
    pub(super) stream_readers: Arc<Places>,
    pub(super) waiting_requests: Arc<Places>,
    pub(super) archive_readers: Arc<Places>,
    pub(super) downloads: Arc<Places>,
    pub(super) record_readers: Arc<Semaphore>,
    pub(super) lists: Arc<Semaphore>,
    pub(super) list_bytes: Arc<Places>,
    pub(super) rendered: Rendered,
}

impl App {
    pub(super) fn new(
        node: NodeHandle,
        counters: Arc<Counters>,
        stage: watch::Receiver<Stage>,
    ) -> Arc<Self> {
        let places = |all: usize| Places::new(all, all / HOSTS);
        Arc::new(Self {
            node,
            counters,
            stage,
            event_streams: places(EVENT_STREAMS),
            stream_readers: places(STREAM_READERS),
            waiting_requests: places(WAITING_REQUESTS),
            archive_readers: places(ARCHIVE_READERS),
            downloads: places(DOWNLOADS),
            record_readers: Arc::new(Semaphore::new(RECORD_READERS)),
            lists: Arc::new(Semaphore::new(LISTS)),
            list_bytes: places(LIST_BYTES),
            rendered: Rendered::default(),
        })
    }
}

/// Marks a response that has no end: only its progress is watched.
#[derive(Clone, Copy, Debug)]
pub(super) enum Endless {
    /// Something is said every few seconds at least.
    Events,
    /// Something comes all the time.
    Stream,
    /// It comes as fast as the peer takes it, who may pause.
    File,
}

pub(super) use m3u::is_host;

/// All routes.
pub(super) fn router(app: Arc<App>) -> Router {
    let (api, document) = openapi::api().split_for_parts();
    let document = openapi::text(&document);
    api.merge(hls::routes())
        .merge(ts::routes())
        .merge(recordings::routes())
        .merge(hdhomerun::routes())
        .merge(halls::routes())
        .merge(page::routes())
        .route(
            "/openapi.json",
            get(move || openapi::answer(document.clone())),
        )
        .route("/metrics", get(health::metrics))
        .route("/playlist.m3u", get(m3u::playlist))
        .route("/epg.xml", get(guide::xmltv))
        .route("/epg.xml.gz", get(guide::xmltv_gz))
        .route("/meetings.ics", get(guide::calendar))
        .fallback(async |request: Request| Problem::unknown_address(request.uri().path()))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(CompressionLayer::new().gzip(true).compress_when(worth_it()))
        .layer(middleware::from_fn(common_headers))
        .with_state(app)
}

/// Texts of some size. Pictures and sound are compressed already; an event stream must not be
/// held back.
fn worth_it() -> impl Predicate {
    DefaultPredicate::new()
        .and(NotForContentType::const_new("video/"))
        .and(NotForContentType::const_new("audio/mp4"))
        .and(NotForContentType::const_new("font/"))
}

async fn common_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    response
}

async fn method_not_allowed(method: Method) -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "Not with this method",
    )
    .detail(format!("{method} is not possible here"))
    .next("the Allow header lists what is; /openapi.json describes the API")
}

/// Answers `body` with its validator, or 304 when `asked` has it already.
fn validated(
    request: &header::HeaderMap,
    etag: String,
    headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
    body: bytes::Bytes,
) -> Response {
    let fresh = known(request, &etag);
    let mut response = match fresh {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => body.into_response(),
    };
    let out = response.headers_mut();
    for (name, value) in headers {
        out.insert(name, value);
    }
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        out.insert(header::ETAG, etag);
    }
    response
}

/// Whether `If-None-Match` names `etag` (weak comparison, RFC 9110 13.1.2).
fn known(request: &header::HeaderMap, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let ours = opaque(etag);
    request
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .any(|tag| tag.trim() == "*" || opaque(tag) == ours)
}
