//! `/epg.xml`, `/epg.xml.gz` and `/meetings.ics`: the schedule for boxes, television applications
//! and calendar programs.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;

use super::super::Peer;
use super::super::problem::Problem;
use super::aside::written;
use super::parameters::Parameters;
use super::{App, validated};
use crate::channel::wall_now;
use crate::meeting::xmltv::{self, Listed};
use crate::meeting::{Meeting, calendar};
use crate::node_handle::NodeHandle;
use crate::report::{Millis, millis};

/// A guide may be so old; a change shows within a minute.
const CACHE: HeaderValue = HeaderValue::from_static("max-age=30");

pub(super) async fn xmltv(
    State(app): State<Arc<App>>,
    Peer(host): Peer,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let node = app.node.clone();
    let made = written((&app, host), &app.lists, move || {
        Ok::<_, Problem>(guide(&node).into())
    });
    let text = made.await??;
    Ok(answer(&headers, "application/xml; charset=utf-8", text))
}

pub(super) async fn xmltv_gz(
    State(app): State<Arc<App>>,
    Peer(host): Peer,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let node = app.node.clone();
    let made = written((&app, host), &app.lists, move || {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        // Memory takes every byte.
        let packed = encoder
            .write_all(guide(&node).as_bytes())
            .and_then(|()| encoder.finish());
        Ok::<_, Problem>(packed.unwrap_or_default())
    });
    let packed = made.await??;
    Ok(answer(&headers, "application/gzip", packed))
}

/// Which meetings.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Which {
    channel: Option<String>,
    /// Those that are over too; a calendar that subscribes asks for them.
    all: Option<bool>,
}

pub(super) async fn calendar(
    State(app): State<Arc<App>>,
    Peer(host): Peer,
    Parameters(which): Parameters<Which>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let node = app.node.clone();
    let made = written((&app, host), &app.lists, move || rendered(&node, &which));
    let text = made.await??;
    Ok(answer(&headers, "text/calendar; charset=utf-8", text))
}

fn rendered(node: &NodeHandle, which: &Which) -> Result<Vec<u8>, Problem> {
    let shown = node.snapshot.load();
    let mut name = shown.name.as_str();
    if let Some(id) = &which.channel {
        let found = shown.channels.iter().find(|channel| channel.id == *id);
        name = &found.ok_or_else(|| Problem::unknown_channel(id))?.name;
    }
    let meetings = node.schedule.current();
    let of_channel = |id: &str| which.channel.as_deref().is_none_or(|asked| asked == id);
    let from = match which.all {
        Some(false) => millis(wall_now()),
        _ => Millis::MIN,
    };
    let asked = |m: &&Meeting| of_channel(&m.channel) && m.end > from;
    let all = meetings.all().iter().filter(asked);
    Ok(calendar::render(name, all).into())
}

fn guide(node: &NodeHandle) -> String {
    let shown = node.snapshot.load();
    let listed = shown.channels.iter().map(|channel| Listed {
        id: &channel.id,
        name: &channel.name,
        logo: channel.logo.as_deref(),
    });
    let channels: Vec<Listed<'_>> = listed.collect();
    let meetings = node.schedule.current();
    xmltv::render(&channels, &meetings, millis(wall_now()))
}

fn answer(request: &HeaderMap, kind: &'static str, body: Bytes) -> Response {
    let mut hash = DefaultHasher::new();
    body.hash(&mut hash);
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, CACHE),
    ];
    // Weak: the same body may be compressed on its way.
    let etag = format!("W/\"{:016x}\"", hash.finish());
    validated(request, etag, headers, body)
}
