//! What the node shows: itself and its channels, from the last snapshot.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::super::problem::Problem;
use super::super::rendered::takes_gzip;
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
pub(super) async fn node(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let snapshot = app.node.snapshot.load_full();
    let texts = app.rendered.texts(&snapshot);
    let headers_out = [
        (header::ETAG, etag(snapshot.generation)),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::VARY, "accept-encoding".to_owned()),
    ];
    match takes_gzip(&headers) {
        true => {
            let gzip = [(header::CONTENT_ENCODING, "gzip")];
            (headers_out, gzip, texts.gzip.clone()).into_response()
        }
        false => (headers_out, texts.plain.clone()).into_response(),
    }
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

/// The last key picture of an input, small: on air or not.
#[utoipa::path(
    get,
    path = "/api/v1/channels/{id}/inputs/{input}/picture",
    tag = "node",
    params(
        ("id" = String, Path, description = "the channel's id"),
        ("input" = usize, Path, description = "the input's index, from 0"),
    ),
    responses(
        (status = 200, content_type = "image/jpeg"),
        (status = 404, body = Problem, content_type = "application/problem+json",
         description = "no such input, or nothing was seen of it"),
    )
)]
pub(super) async fn picture(
    State(app): State<Arc<App>>,
    Path((id, input)): Path<(String, String)>,
) -> Response {
    let Ok(input) = input.parse() else {
        return Problem::unknown_input(&id, &input).into_response();
    };
    let sightings = app.node.sightings.load();
    let sighting = sightings.get(&(id.as_str().into(), input));
    let seen = sighting.and_then(|sighting| sighting.load_full());
    match seen.and_then(|seen| seen.jpeg.clone()) {
        Some(jpeg) => {
            let headers = [
                (header::CONTENT_TYPE, "image/jpeg"),
                (header::CACHE_CONTROL, "no-store"),
            ];
            (headers, jpeg).into_response()
        }
        None => Problem::no_picture(&id, input).into_response(),
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
