//! `/hls/{channel}/…`: what the live window holds, with headers that let a cache in front do the
//! work. Segments never change; playlists live for a second. With low latency a request for what
//! comes next waits for it.

mod kept;
mod shift;
mod wait;

use std::hash::{DefaultHasher, Hasher};
use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;

use super::super::Peer;
use super::super::problem::Problem;
use super::halls::overheard;
use super::{App, validated};
use crate::snapshot::ChannelState;
pub(super) use kept::from_archive;
use packager::hls::{Answer, Directives, Object, ObjectKind};

/// A playlist changes with each segment, at the soonest each second: so long may it be kept.
const PLAYLIST: &str = "public, max-age=1";
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
    (RawQuery(query), peer): (RawQuery, Peer),
    headers: HeaderMap,
) -> Response {
    overheard(&app, peer, &channel, (query.as_deref(), &headers));
    let asked = Asked {
        host: peer.0,
        channel: &channel,
        path: &path,
        query: query.as_deref().unwrap_or_default(),
        headers: &headers,
    };
    let answered = answer(&app, asked).await;
    let mut response = answered.unwrap_or_else(Problem::into_response);
    response.headers_mut().insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    response
}

/// One request.
#[derive(Clone, Copy)]
struct Asked<'a> {
    host: IpAddr,
    channel: &'a str,
    path: &'a str,
    query: &'a str,
    headers: &'a HeaderMap,
}

async fn answer(app: &App, asked: Asked<'_>) -> Result<Response, Problem> {
    let Asked { channel, .. } = asked;
    if let Some(from) = shift::from(asked.query)? {
        return shift::playlist(app, asked, from).await;
    }
    let live = app.node.windows.load().get(channel).cloned();
    let Some(live) = live else {
        return shift::segment(app, asked).await;
    };
    let window = live.load();
    let directives = match window.is_low_latency() {
        true => Directives::read(asked.query).map_err(|wrong| {
            Problem::bad_request(wrong, "ask as the playlist's EXT-X-SERVER-CONTROL allows")
        })?,
        false => Directives::default(),
    };
    let target = window.facts().target_duration;
    drop(window);
    match wait::until_there(app, live, asked, directives).await? {
        Answer::Found(object) => {
            // Who asks by number asks once: the answer to that never changes for the worse.
            let kept = match directives.msn {
                Some(_) => format!("public, max-age={}", 6 * target),
                None => PLAYLIST.to_owned(),
            };
            Ok(found_object(asked, &kept, object))
        }
        Answer::TooFar { last } => Err(Problem::bad_request(
            format!("the last segment is {last}; what is asked for comes after the next two"),
            "read the playlist again: index.m3u8",
        )),
        Answer::Later | Answer::Nothing => shift::segment(app, asked).await,
    }
}

fn found_object(asked: Asked<'_>, kept: &str, object: Object) -> Response {
    let Asked {
        path,
        headers: asked,
        ..
    } = asked;
    let kind = kind_of(path, object.kind);
    if object.kind == ObjectKind::Playlist {
        return playlist(asked, kept, object.body);
    }
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, IMMUTABLE),
    ];
    (headers, object.body).into_response()
}

fn playlist(asked: &HeaderMap, kept: &str, text: Bytes) -> Response {
    let kind = kind_of("", ObjectKind::Playlist);
    let kept = HeaderValue::from_str(kept).unwrap_or(MISSING);
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, kept)];
    validated(asked, weak_tag(&text), headers, text)
}

fn kind_of(path: &str, kind: ObjectKind) -> HeaderValue {
    HeaderValue::from_static(match kind {
        ObjectKind::Playlist => "application/vnd.apple.mpegurl",
        _ if path.ends_with(".ts") => "video/mp2t",
        _ if path.ends_with(".vtt") => "text/vtt; charset=utf-8",
        _ if path.starts_with("audio") => "audio/mp4",
        _ => "video/mp4",
    })
}

/// A playlist of a recording.
pub(super) fn recorded(headers: &HeaderMap, text: Bytes) -> Response {
    playlist(headers, PLAYLIST, text)
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
        // Nothing is known before the first snapshot; but players of a moment ago are there.
        None if snapshot.generation == 0 => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "starting",
            "The node has just started",
        )
        .next("ask again in two seconds"),
        None => Problem::unknown_channel(channel),
        Some(known) if known.state == ChannelState::Stopped => Problem::new(
            StatusCode::NOT_FOUND,
            "channel-stopped",
            "The channel is stopped",
        )
        .detail(format!(
            "channel `{channel}` is configured and does not run"
        ))
        .next(format!("start it with `headend channel start {channel}`")),
        Some(known) => match &known.hls {
            None => Problem::new(StatusCode::NOT_FOUND, "no-hls", "This channel has no HLS")
                .detail(format!(
                    "channel `{channel}` has no [channel.hls] in its configuration"
                ))
                .next("add [channel.hls] and reload, or watch its multicast group"),
            Some(hls) => match &hls.unavailable {
                // Not 404: players and caches take that as the end of the presentation (6.2.2).
                Some(why) => Problem::new(
                    StatusCode::SERVICE_UNAVAILABLE,
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
