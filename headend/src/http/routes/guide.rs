//! `/epg.xml`, `/epg.xml.gz` and `/meetings.ics`: the schedule for boxes, television applications
//! and calendar programs.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;

use super::super::problem::Problem;
use super::{App, validated};
use crate::channel::wall_now;
use crate::meeting::{calendar, xmltv};
use crate::report::millis;

/// A guide may be so old; a change shows within a minute.
const CACHE: HeaderValue = HeaderValue::from_static("max-age=30");

pub(super) async fn xmltv(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let text = guide(&app);
    answer(&headers, "application/xml; charset=utf-8", text.into())
}

pub(super) async fn xmltv_gz(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Memory takes every byte.
    let packed = encoder
        .write_all(guide(&app).as_bytes())
        .and_then(|()| encoder.finish())
        .unwrap_or_default();
    answer(&headers, "application/gzip", packed)
}

/// Of which channel.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Which {
    channel: Option<String>,
}

pub(super) async fn calendar(
    State(app): State<Arc<App>>,
    which: Result<Query<Which>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let Ok(Query(which)) = which else {
        let next = "ask ?channel=ID, or without it for all channels";
        return Problem::bad_request("the parameter is not understood", next).into_response();
    };
    let node = app.node.snapshot.load();
    let mut name = node.name.as_str();
    if let Some(id) = &which.channel {
        let Some(channel) = node.channels.iter().find(|channel| channel.id == *id) else {
            return Problem::unknown_channel(id).into_response();
        };
        name = &channel.name;
    }
    let meetings = app.node.schedule.current();
    let of_channel = |id: &str| which.channel.as_deref().is_none_or(|asked| asked == id);
    let all = meetings.all().iter().filter(|m| of_channel(&m.channel));
    let text = calendar::render(name, all);
    answer(&headers, "text/calendar; charset=utf-8", text.into())
}

fn guide(app: &App) -> String {
    let node = app.node.snapshot.load();
    let channels: Vec<(String, String)> = node
        .channels
        .iter()
        .map(|channel| (channel.id.clone(), channel.name.clone()))
        .collect();
    let meetings = app.node.schedule.current();
    xmltv::render(&channels, &meetings, millis(wall_now()))
}

fn answer(request: &HeaderMap, kind: &'static str, body: Vec<u8>) -> Response {
    let mut hash = DefaultHasher::new();
    body.hash(&mut hash);
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, CACHE),
    ];
    // Weak: the same body may be compressed on its way.
    let etag = format!("W/\"{:016x}\"", hash.finish());
    validated(request, etag, headers, body.into())
}
