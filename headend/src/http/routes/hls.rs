//! `/hls/{channel}/…`: what the live window holds, with headers that let a cache in front do the
//! work. Segments never change; playlists live for a second.

use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::super::Peer;
use super::super::problem::Problem;
use super::halls::overheard;
use super::{App, validated};
use packager::hls::{Object, ObjectKind};

/// A playlist changes with each segment, at the soonest each second: so long may it be kept.
const PLAYLIST: HeaderValue = HeaderValue::from_static("public, max-age=1");
/// The name holds the content for ever.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// What is not there yet may be there in a second.
const MISSING: HeaderValue = HeaderValue::from_static("public, max-age=1");

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/hls/{channel}/{*path}", get(object).options(preflight))
}

async fn object(
    State(app): State<Arc<App>>,
    Path((channel, path)): Path<(String, String)>,
    (RawQuery(query), peer): (RawQuery, Option<Extension<Peer>>),
    headers: HeaderMap,
) -> Response {
    overheard(&app, peer, &channel, (query.as_deref(), &headers));
    let found = app
        .node
        .windows
        .load()
        .get(channel.as_str())
        .and_then(|window| window.load().object(&path));
    let mut response = match found {
        Some(object) => found_object(&headers, &path, object),
        None => missing(&app, &channel, &path),
    };
    response.headers_mut().insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    response
}

fn found_object(asked: &HeaderMap, path: &str, object: Object) -> Response {
    let kind = HeaderValue::from_static(match object.kind {
        ObjectKind::Playlist => "application/vnd.apple.mpegurl",
        _ if path.starts_with("audio") => "audio/mp4",
        _ => "video/mp4",
    });
    if object.kind == ObjectKind::Playlist {
        let headers = [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, PLAYLIST),
        ];
        return validated(asked, weak_tag(&object.body), headers, object.body);
    }
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, IMMUTABLE),
    ];
    (headers, object.body).into_response()
}

/// Weak, because the same playlist goes out plain and compressed.
fn weak_tag(body: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(body);
    format!("W/\"{:016x}\"", hasher.finish())
}

/// Why there is nothing, as exactly as the node knows.
fn missing(app: &App, channel: &str, path: &str) -> Response {
    let snapshot = app.node.snapshot.load();
    let problem = match snapshot.channels.iter().find(|c| c.id == channel) {
        None => Problem::unknown_channel(channel),
        Some(known) => match &known.hls {
            None => Problem::new(StatusCode::NOT_FOUND, "no-hls", "This channel has no HLS")
                .detail(format!(
                    "channel `{channel}` has no [channel.hls] in its configuration"
                ))
                .next("add [channel.hls] and reload, or watch its multicast group"),
            Some(hls) => match &hls.unavailable {
                Some(why) => Problem::new(
                    StatusCode::NOT_FOUND,
                    "hls-unavailable",
                    "Nothing to play now",
                )
                .detail(why.as_str())
                .next("ask again in two seconds; GET /api/v1/channels says what the channel does"),
                None => Problem::new(
                    StatusCode::NOT_FOUND,
                    "no-such-object",
                    "Not in the live window",
                )
                .detail(format!(
                    "`{}` is not in the window: it is gone, or not there yet",
                    path.chars()
                        .filter(|c| !c.is_control())
                        .take(64)
                        .collect::<String>()
                ))
                .next("read the playlist again: index.m3u8"),
            },
        },
    };
    let mut response = problem.into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, MISSING);
    response
}

/// What a browser on another page asks before a request with its own headers.
async fn preflight() -> impl IntoResponse {
    const ANSWER: [(HeaderName, HeaderValue); 4] = [
        (
            header::ACCESS_CONTROL_ALLOW_ORIGIN,
            HeaderValue::from_static("*"),
        ),
        (
            header::ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static("GET, HEAD, OPTIONS"),
        ),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("*"),
        ),
        (
            header::ACCESS_CONTROL_MAX_AGE,
            HeaderValue::from_static("86400"),
        ),
    ];
    (StatusCode::NO_CONTENT, ANSWER)
}
