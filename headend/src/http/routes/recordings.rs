//! Recordings: turned on and off over the local socket alone, watched and fetched by whoever may
//! watch the channels.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::body::Body as AnswerBody;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream;
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::Peer;
use super::super::limits::{DOWNLOADS, HOSTS};
use super::super::problem::Problem;
use super::aside::{json, written};
use super::meant::{Body, Meant, Writing};
use super::{App, Endless, hls};
use crate::archive::{Archive, Download, Recording};
use crate::channel::wall_now;

/// What to record.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    /// The channel.
    channel: String,
    /// What it shows, 1 to 200 characters; the channel's name where it is left out.
    title: Option<String>,
}

/// Whether a recording shall go on.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Running {
    /// `false` ends it; one that has ended cannot go on.
    running: bool,
}

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/recordings/{id}/{*path}", get(object))
        .route("/recordings/{file}", get(download))
}

fn archive(app: &App) -> Result<&Arc<Archive>, Problem> {
    app.node.archive.as_ref().ok_or_else(Problem::stopping)
}

/// All recordings, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/recordings",
    tag = "recordings",
    responses((status = 200, body = Vec<Recording>))
)]
pub(super) async fn recordings(
    State(app): State<Arc<App>>,
    Peer(host): Peer,
) -> Result<Response, Problem> {
    let archive = archive(&app)?.clone();
    json((&app, host), &app.lists, move || Ok(archive.recordings())).await
}

/// Record a channel from now on. Where a recording of it runs, that goes on.
#[utoipa::path(
    post,
    path = "/api/v1/recordings",
    tag = "recordings",
    params(Writing, ("If-Match" = Option<String>, Header, description = "asks for nothing here: recordings have no version")),
    request_body = Wish,
    responses(
        (status = 201, body = Recording),
        (status = 200, body = Option<Recording>, description = "dry run: the one that runs already"),
        (status = "4XX", body = Problem, content_type = "application/problem+json",
         description = "403 on the network, 404 no such channel or one without HLS"),
    )
)]
pub(super) async fn record(
    State(app): State<Arc<App>>,
    meant: Meant,
    Body(wish): Body<Wish>,
) -> Result<Response, Problem> {
    let snapshot = app.node.snapshot.load();
    let channel = snapshot.channels.iter().find(|c| c.id == wish.channel);
    let channel = channel.ok_or_else(|| Problem::unknown_channel(&wish.channel))?;
    if channel.hls.is_none() {
        return Err(
            Problem::new(StatusCode::NOT_FOUND, "no-hls", "This channel has no HLS")
                .detail(format!("what is recorded of `{}` is its HLS", channel.id))
                .next("start it, or add [channel.hls] and reload"),
        );
    }
    let title = wish.title.unwrap_or_else(|| channel.name.clone());
    let good = (1..=200).contains(&title.chars().count()) && !title.chars().any(char::is_control);
    if !good {
        let next = "write it on one line of 200 characters at most, or leave it out";
        return Err(Problem::bad_request("this is no title", next));
    }
    let archive = archive(&app)?;
    if meant.dry_run {
        let all = archive.recordings();
        let running = all
            .into_iter()
            .find(|r| r.end.is_none() && r.channel == channel.id);
        return Ok(Json(running).into_response());
    }
    match archive.record(&channel.id, &title, None, wall_now()) {
        Some(recording) => Ok((StatusCode::CREATED, Json(recording)).into_response()),
        None => Err(Problem::busy(
            "the node still reads what it has recorded, or has as many recordings as it keeps",
        )),
    }
}

/// End a recording.
#[utoipa::path(
    patch,
    path = "/api/v1/recordings/{id}",
    tag = "recordings",
    params(("id" = String, Path, description = "the recording's id"), Writing,
        ("If-Match" = Option<String>, Header, description = "asks for nothing here: recordings have no version")),
    request_body = Running,
    responses(
        (status = 200, body = Recording),
        (status = "4XX", body = Problem, content_type = "application/problem+json",
         description = "403 on the network, 404 unknown, 400 one that ended shall run"),
    )
)]
pub(super) async fn stop(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    meant: Meant,
    Body(wish): Body<Running>,
) -> Result<Json<Recording>, Problem> {
    let archive = archive(&app)?;
    let known = archive.recording(&id);
    let known = known.ok_or_else(|| Problem::unknown_recording(&id))?;
    if wish.running && known.end.is_some() {
        let next = "begin another one: headend record start";
        return Err(Problem::bad_request("this recording has ended", next));
    }
    if meant.dry_run || wish.running {
        return Ok(Json(known));
    }
    let stopped = archive.stop(&id, wall_now());
    stopped
        .map(Json)
        .ok_or_else(|| Problem::unknown_recording(&id))
}

/// Delete a recording; one that runs is ended.
#[utoipa::path(
    delete,
    path = "/api/v1/recordings/{id}",
    tag = "recordings",
    params(("id" = String, Path, description = "the recording's id"), Writing,
        ("If-Match" = Option<String>, Header, description = "asks for nothing here: recordings have no version")),
    responses(
        (status = 200, body = Recording, description = "as it was"),
        (status = "4XX", body = Problem, content_type = "application/problem+json",
         description = "403 on the network, 404 unknown"),
    )
)]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    meant: Meant,
) -> Result<Json<Recording>, Problem> {
    let archive = archive(&app)?;
    let known = archive.recording(&id);
    let known = known.ok_or_else(|| Problem::unknown_recording(&id))?;
    if !meant.dry_run && !archive.delete(&id) {
        return Err(Problem::unknown_recording(&id));
    }
    Ok(Json(known))
}

/// A playlist, a segment or an init segment.
async fn object(
    State(app): State<Arc<App>>,
    Peer(host): Peer,
    Path((id, path)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let archive = archive(&app)?.clone();
    let unknown = Problem::unknown_recording(&id);
    let found = match archive.recorded(&id, &path) {
        Some(file) => hls::from_archive(&app, host, (file, &path)).await?,
        None => {
            let made = written((&app, host), &app.lists, move || {
                let text = archive.recorded_playlist(&id, &path);
                text.map(String::into_bytes).ok_or(())
            });
            let text = made.await?.ok();
            text.map(|text| hls::recorded(&headers, text))
        }
    };
    let mut response = found.ok_or(unknown)?;
    let all = HeaderValue::from_static("*");
    response
        .headers_mut()
        .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, all);
    Ok(response)
}

/// `{id}.mp4`, `{id}.2.mp4`, …; of a recording that has ended also what is left of one.
async fn download(
    State(app): State<Arc<App>>,
    Peer(host): Peer,
    Path(file): Path<String>,
    asked: HeaderMap,
) -> Result<Response, Problem> {
    let unknown = || Problem::unknown_recording(&file);
    let name = file.strip_suffix(".mp4").ok_or_else(unknown)?;
    let (id, number) = match name.split_once('.') {
        Some((id, number)) => (id.to_owned(), number.parse().map_err(|_| unknown())?),
        None => (name.to_owned(), 1),
    };
    let archive = archive(&app)?.clone();
    // Asked before the file is made: of one that runs the next is longer.
    let ended = archive.recording(&id).is_some_and(|r| r.end.is_some());
    let place = app.downloads.take(host).ok_or_else(|| {
        Problem::busy(&format!(
            "{DOWNLOADS} recordings may be fetched at once, {} of them by one address",
            DOWNLOADS / HOSTS
        ))
    })?;
    let made = tokio::task::spawn_blocking(move || archive.download(&id, number)).await;
    let made = made.ok().flatten().ok_or_else(unknown)?;
    let made = made.map_err(|error| Problem::busy(&format!("it cannot be read: {error}")))?;
    let len = made.len();
    let tag = format!("\"{file}-{len}-{}\"", env!("CARGO_PKG_VERSION"));
    let rest = rest(&asked, &tag).filter(|_| ended);
    let from = rest.unwrap_or(0);
    if from > 0 && from >= len {
        let range = [(header::CONTENT_RANGE, format!("bytes */{len}"))];
        return Ok((StatusCode::RANGE_NOT_SATISFIABLE, range).into_response());
    }
    let headers = [
        (header::CONTENT_TYPE, "video/mp4".to_owned()),
        (header::CONTENT_LENGTH, (len - from).to_string()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{file}\""),
        ),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
    ];
    let resumed = [
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::ETAG, tag),
    ];
    let part = rest.map(|from| {
        let range = format!("bytes {from}-{}/{len}", len.saturating_sub(1));
        (
            StatusCode::PARTIAL_CONTENT,
            [(header::CONTENT_RANGE, range)],
        )
    });
    let made = made.from(from);
    let pieces = stream::unfold(Some((made, place)), |state| async {
        let (made, place) = state?;
        let (made, piece) = tokio::task::spawn_blocking(move || read(made)).await.ok()?;
        match piece {
            Ok(piece) => Some((Ok(piece?), Some((made, place)))),
            Err(error) => Some((Err(error), None)),
        }
    });
    let body = (headers, AnswerBody::from_stream(pieces));
    let mut response = match (ended, part) {
        (false, _) => body.into_response(),
        (true, None) => (resumed, body).into_response(),
        (true, Some((status, range))) => (status, range, resumed, body).into_response(),
    };
    response.extensions_mut().insert(Endless::File);
    Ok(response)
}

/// Where the rest begins that is asked for, of the file that `tag` names.
fn rest(asked: &HeaderMap, tag: &str) -> Option<u64> {
    let other = asked.get(header::IF_RANGE).is_some_and(|of| of != tag);
    let range = asked.get(header::RANGE).filter(|_| !other)?.to_str().ok()?;
    let from = range.strip_prefix("bytes=")?.strip_suffix('-')?;
    // `parse` would take a sign.
    let digits = from.bytes().all(|b| b.is_ascii_digit());
    from.parse().ok().filter(|_| digits)
}

fn read(mut made: Download) -> (Download, std::io::Result<Option<bytes::Bytes>>) {
    let piece = made.more();
    (made, piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_is_that_of_the_file_that_is_meant_and_other_ranges_are_the_whole() {
        let asked = |range: &'static str, of: Option<&'static str>| {
            let of = of.map(|of| (header::IF_RANGE, HeaderValue::from_static(of)));
            let range = (header::RANGE, HeaderValue::from_static(range));
            let headers: HeaderMap = of.into_iter().chain([range]).collect();
            rest(&headers, "\"tag\"")
        };
        assert_eq!(asked("bytes=7-", None), Some(7));
        assert_eq!(asked("bytes=7-", Some("\"tag\"")), Some(7));
        assert_eq!(asked("bytes=7-", Some("\"other\"")), None);
        for other in ["bytes=7-9", "bytes=-7", "bytes=+7-", "bytes=1-,7-", "7-"] {
            assert_eq!(asked(other, None), None, "{other}");
        }
        assert_eq!(rest(&HeaderMap::new(), ""), None);
    }
}
