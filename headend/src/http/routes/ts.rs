//! `/ts/{channel}`, and the addresses of udpxy: the programme as a transport stream without an end.
//! A reader begins with the last picture that can be entered, and is let go when it takes nothing
//! for ten seconds.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use futures_util::stream;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};

use super::super::Peer;
use super::super::counters::{down, up};
use super::super::limits::{HOSTS, STREAM_READERS};
use super::super::places::Place;
use super::super::problem::Problem;
use super::super::server::Stage;
use super::m3u::groups;
use super::{App, Endless};
use crate::foreign::{Group, Refused};
use crate::live::Live;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/ts/{channel}", get(programme))
        .route("/udp/{group}", get(by_group))
        .route("/rtp/{group}", get(by_group))
}

async fn programme(
    State(app): State<Arc<App>>,
    peer: Peer,
    Path(channel): Path<String>,
) -> Response {
    let Some(live) = app.node.lives.load().get(channel.as_str()).cloned() else {
        return missing(&app, &channel);
    };
    read(app, peer, live, None)
}

/// Hands `live` to one more reader; `group` is let go with it.
fn read(app: Arc<App>, Peer(host): Peer, live: Arc<Live>, group: Option<Arc<Group>>) -> Response {
    let Some(place) = app.stream_readers.take(host) else {
        return Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too-many-readers",
            "Too many readers of transport streams",
        )
        .detail(format!(
            "this node hands transport streams to {STREAM_READERS} readers and no more, {} of them of one address",
            STREAM_READERS / HOSTS
        ))
        .next("watch by HLS or multicast, which have room for all")
        .into_response();
    };
    up(&app.counters.stream_readers);
    let (earlier, pieces) = live.follow();
    let reader = Reader {
        earlier: earlier.into(),
        pieces,
        stage: app.stage.clone(),
        app,
        _place: place,
        _group: group,
    };
    let pieces = stream::unfold(reader, |mut reader| async move {
        let piece = reader.next().await?;
        Some((Ok::<_, Infallible>(piece), reader))
    });
    let headers = [
        (header::CONTENT_TYPE, "video/mp2t"),
        (header::CACHE_CONTROL, "no-store"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    let mut response = (headers, Body::from_stream(pieces)).into_response();
    response.extensions_mut().insert(Endless::Stream);
    response
}

fn missing(app: &App, channel: &str) -> Response {
    let snapshot = app.node.snapshot.load();
    if snapshot.channels.iter().any(|known| known.id == channel) {
        return Problem::new(
            StatusCode::NOT_FOUND,
            "channel-stopped",
            "The channel is stopped",
        )
        .detail(format!("channel `{channel}` is stopped: it has no stream"))
        .next("start it: headend channel start")
        .into_response();
    }
    Problem::unknown_channel(channel).into_response()
}

/// Boxes that know udpxy ask for a group: those that this node sends to, and those of others that
/// its operator allows.
async fn by_group(State(app): State<Arc<App>>, peer: Peer, Path(asked): Path<String>) -> Response {
    let wanted = asked.trim_start_matches('@');
    let node = app.node.snapshot.load_full();
    let is_wanted = |own: String| own.split_once("://@").is_some_and(|(_, own)| own == wanted);
    let mut channels = node.channels.iter();
    let found = channels.find(|channel| groups(channel).any(is_wanted));
    let found = found.map(|channel| channel.id.clone());
    match found {
        Some(channel) => programme(State(app), peer, Path(channel)).await,
        None => foreign(app, peer, wanted),
    }
}

fn foreign(app: Arc<App>, peer: Peer, wanted: &str) -> Response {
    let Ok(address) = wanted.parse() else {
        return Problem::bad_request("this is no GROUP:PORT", "ask for /udp/239.1.0.1:5000")
            .into_response();
    };
    let refused = match app.node.foreign.follow(address) {
        Ok(group) => return read(app, peer, group.live.clone(), Some(group)),
        Err(refused) => refused,
    };
    let (status, code, title, next) = match &refused {
        Refused::NotAllowed(_) => (
            StatusCode::FORBIDDEN,
            "group-not-allowed",
            "Not a group that this node hands on",
            "its own are in /playlist.m3u?type=multicast; those of others are allowed by `udp-allow` in `[http]`",
        ),
        Refused::TooMany => (
            StatusCode::SERVICE_UNAVAILABLE,
            "too-many-groups",
            "Too many groups at once",
            "ask again when somebody has stopped watching",
        ),
        Refused::Source(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "group-not-joined",
            "The group cannot be joined",
            "look at `udp-interface` in `[http]`",
        ),
    };
    Problem::new(status, code, title)
        .detail(refused.to_string())
        .next(next)
        .into_response()
}

struct Reader {
    earlier: VecDeque<Bytes>,
    pieces: broadcast::Receiver<Bytes>,
    stage: watch::Receiver<Stage>,
    app: Arc<App>,
    _place: Place,
    /// Of others.
    _group: Option<Arc<Group>>,
}

impl Reader {
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(piece) = self.earlier.pop_front() {
            return Some(piece);
        }
        let received = tokio::select! {
            received = self.pieces.recv() => received,
            _ = self.stage.wait_for(|stage| *stage > Stage::Serving) => return None,
        };
        match received {
            Ok(piece) => Some(piece),
            Err(RecvError::Lagged(_)) => {
                up(&self.app.counters.lagged_stream_readers);
                None
            }
            Err(RecvError::Closed) => None,
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        down(&self.app.counters.stream_readers);
    }
}
