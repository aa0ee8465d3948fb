//! `GET /api/v1/events`: what happens, as server-sent events. Who comes back with `Last-Event-ID`
//! gets what it missed; who falls behind is told and closed, and comes back.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};

use super::super::Peer;
use super::super::counters::{down, up};
use super::super::limits::{EVENT_STREAMS, HOSTS, KEEP_ALIVE};
use super::super::places::Place;
use super::super::problem::Problem;
use super::super::server::Stage;
use super::{App, Endless};
use crate::node_handle::events::Event;

/// What happens on this node, as server-sent events: `channel`, `input`, `output`, `switch`, `incident`,
/// `meeting` and `configuration`, each with an id and one JSON value. `missed` says that events before the next
/// one are no longer kept: read the state again. `lagged` says that this client was too slow; the
/// stream ends, and the client comes back with Last-Event-ID.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    tag = "events",
    params(("Last-Event-ID" = Option<String>, Header, description = "the last event seen")),
    responses(
        (status = 200, body = String, content_type = "text/event-stream"),
        (status = 503, body = Problem, content_type = "application/problem+json",
         description = "too many event streams"),
    )
)]
pub(super) async fn events(
    State(app): State<Arc<App>>,
    Peer(host): Peer,
    headers: HeaderMap,
) -> Response {
    let Some(place) = app.event_streams.take(host) else {
        return Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too-many-event-streams",
            "Too many event streams",
        )
        .detail(format!(
            "this node feeds {EVENT_STREAMS} event streams and no more, {} of them to one address",
            EVENT_STREAMS / HOSTS
        ))
        .next("close one, or read GET /api/v1/node every few seconds")
        .into_response();
    };
    let last = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok())
        .and_then(|id| id.trim().parse().ok());
    let following = app.node.events.follow(last);
    up(&app.counters.event_streams);
    let listener = Listener {
        missed: following.missed,
        earlier: following.earlier.into(),
        live: following.live,
        stage: app.stage.clone(),
        closed: false,
        app,
        _place: place,
    };
    let stream = stream::unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
    let keep_alive = sse::KeepAlive::new().interval(KEEP_ALIVE);
    let mut response = sse::Sse::new(stream).keep_alive(keep_alive).into_response();
    response.extensions_mut().insert(Endless::Events);
    response
}

struct Listener {
    missed: bool,
    earlier: VecDeque<Event>,
    live: broadcast::Receiver<Event>,
    stage: watch::Receiver<Stage>,
    closed: bool,
    app: Arc<App>,
    _place: Place,
}

impl Listener {
    async fn next(&mut self) -> Option<sse::Event> {
        if self.closed {
            return None;
        }
        if std::mem::take(&mut self.missed) {
            return Some(sse::Event::default().event("missed").data("{}"));
        }
        if let Some(event) = self.earlier.pop_front() {
            return Some(told(&event));
        }
        let received = tokio::select! {
            received = self.live.recv() => received,
            _ = self.stage.wait_for(|stage| *stage > Stage::Serving) => return None,
        };
        match received {
            Ok(event) => Some(told(&event)),
            Err(RecvError::Lagged(_)) => {
                up(&self.app.counters.lagged_event_streams);
                self.closed = true;
                Some(sse::Event::default().event("lagged").data("{}"))
            }
            Err(RecvError::Closed) => None,
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        down(&self.app.counters.event_streams);
    }
}

fn told(event: &Event) -> sse::Event {
    sse::Event::default()
        .id(event.id.to_string())
        .event(event.kind.word())
        .data(&*event.json)
}
