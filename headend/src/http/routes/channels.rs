//! What the node shows: itself and its channels, from the last snapshot.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::super::problem::Problem;
use super::App;
use crate::snapshot::{ChannelSnapshot, NodeSnapshot};

/// The node with all its channels.
#[utoipa::path(
    get,
    path = "/api/v1/node",
    tag = "node",
    responses((status = 200, body = NodeSnapshot, headers(
        ("ETag" = String, description = "the generation, for If-Match"),
    )))
)]
pub(super) async fn node(State(app): State<Arc<App>>) -> Response {
    let snapshot = app.node.snapshot.load();
    shown(snapshot.generation, &**snapshot)
}

/// The channels, in the order of the configuration.
#[utoipa::path(
    get,
    path = "/api/v1/channels",
    tag = "node",
    responses((status = 200, body = Vec<ChannelSnapshot>, headers(
        ("ETag" = String, description = "the generation, for If-Match"),
    )))
)]
pub(super) async fn channels(State(app): State<Arc<App>>) -> Response {
    let snapshot = app.node.snapshot.load();
    shown(snapshot.generation, &snapshot.channels)
}

/// One channel.
#[utoipa::path(
    get,
    path = "/api/v1/channels/{id}",
    tag = "node",
    params(("id" = String, Path, description = "the channel's id")),
    responses(
        (status = 200, body = ChannelSnapshot, headers(
            ("ETag" = String, description = "the generation, for If-Match"),
        )),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn channel(State(app): State<Arc<App>>, Path(id): Path<String>) -> Response {
    let snapshot = app.node.snapshot.load();
    match snapshot.channels.iter().find(|channel| channel.id == id) {
        Some(channel) => shown(snapshot.generation, channel),
        None => Problem::unknown_channel(&id).into_response(),
    }
}

/// Live values are never kept; the tag says of which configuration they are.
fn shown(generation: u64, value: &impl Serialize) -> Response {
    (
        [
            (header::ETAG, etag(generation)),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ],
        Json(value),
    )
        .into_response()
}

/// The validator of a generation.
pub(super) fn etag(generation: u64) -> String {
    format!("\"{generation}\"")
}
