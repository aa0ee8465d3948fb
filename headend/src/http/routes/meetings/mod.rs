//! The schedule. Read by anybody, changed over the local socket alone.

pub(super) mod imports;

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::super::Peer;
use super::super::problem::Problem;
use super::App;
use super::aside::json;
use super::channels::etag;
use super::meant::{Body, Meant, Writing};
use super::parameters::Parameters;
use crate::channel::wall_now;
use crate::config::fault::Language;
use crate::meeting::calendar;
use crate::meeting::{
    Around, Draft, Fault, Meeting, MeetingOutcome, Meetings, Settled, differs, when,
};
use crate::node_handle::events::EventKind;
use crate::node_handle::{Difference, DifferenceKind};
use crate::report::{Millis, millis};

/// Which meetings.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Of this channel alone.
    channel: Option<String>,
    /// Those that end after it, RFC 3339; now where it is left out.
    from: Option<String>,
    /// Those that are over or were called off too.
    all: bool,
}

/// In which language sentences are answered: that of `Accept-Language` where it begins with `vi`.
pub(super) struct Spoken(Language);

impl Spoken {
    pub(super) const fn language(&self) -> Language {
        self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Spoken {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let wanted = parts.headers.get(header::ACCEPT_LANGUAGE);
        let wanted = wanted.and_then(|value| value.to_str().ok());
        let vietnamese = wanted.is_some_and(|wanted| wanted.trim_start().starts_with("vi"));
        Ok(Self(match vietnamese {
            true => Language::Vietnamese,
            false => Language::English,
        }))
    }
}

/// The schedule, the earliest meeting first.
#[utoipa::path(
    get,
    path = "/api/v1/meetings",
    tag = "meetings",
    params(Which),
    responses(
        (status = 200, body = Vec<Meeting>, headers(
            ("ETag" = String, description = "the schedule's version, for If-Match of an addition"),
        )),
        (status = "4XX", body = Problem, content_type = "application/problem+json",
         description = "400 no such time, 404 no such channel"),
    )
)]
pub(super) async fn meetings(
    State(app): State<Arc<App>>,
    Peer(host): Peer,
    Parameters(which): Parameters<Which>,
) -> Result<Response, Problem> {
    let now = millis(wall_now());
    let from = match &which.from {
        None if which.all => Millis::MIN,
        None => now,
        Some(written) => when::read(written, now).ok_or_else(|| {
            let next =
                "write it by RFC 3339: 2026-12-01T08:00:00+07:00 (a plus sign is %2B in a URL)";
            Problem::bad_request("`from` is not a time", next)
        })?,
    };
    let current = app.node.schedule.current();
    if let Some(id) = &which.channel {
        // A channel that is no more may have left meetings.
        let named = |meeting: &Meeting| meeting.channel == *id;
        if !channels(&app).contains(id) && !current.all().iter().any(named) {
            return Err(Problem::unknown_channel(id));
        }
    }
    let etag = etag(current.version);
    let list = json((&app, host), &app.lists, move || {
        let asked = |meeting: &&Meeting| {
            which
                .channel
                .as_deref()
                .is_none_or(|id| meeting.channel == id)
                && meeting.end > from
                && (which.all || !meeting.cancelled)
        };
        let found = current.all().iter().filter(asked);
        Ok(found.cloned().collect::<Vec<Meeting>>())
    });
    let headers = [
        (header::ETAG, etag),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, list.await?).into_response())
}

/// One meeting.
#[utoipa::path(
    get,
    path = "/api/v1/meetings/{id}",
    tag = "meetings",
    params(("id" = String, Path, description = "the meeting's id")),
    responses(
        (status = 200, body = Meeting, headers(
            ("ETag" = String, description = "its sequence, for If-Match"),
        )),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn meeting(
    State(app): State<Arc<App>>,
    Spoken(language): Spoken,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let current = app.node.schedule.current();
    let found = current.find(&id);
    let meeting = found
        .ok_or_else(|| Problem::of_meeting(&Fault::Unknown(calendar::shown(&id)), language))?;
    let headers = [
        (header::ETAG, etag(meeting.sequence)),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Json(meeting)).into_response())
}

/// Add a meeting.
#[utoipa::path(
    post,
    path = "/api/v1/meetings",
    tag = "meetings",
    params(Writing, ("If-Match" = Option<String>, Header, description = "the schedule's ETag")),
    request_body = Draft,
    responses(
        (status = 201, body = MeetingOutcome, headers(("Location" = String, description = "the meeting"))),
        (status = 200, body = MeetingOutcome, description = "dry run"),
        (status = "4XX", body = Problem, content_type = "application/problem+json",
         description = "403 on the network, 409 the time is taken, 412 changed in between, 422 with what is wrong"),
    )
)]
pub(super) async fn add(
    State(app): State<Arc<App>>,
    Spoken(language): Spoken,
    meant: Meant,
    Body(draft): Body<Draft>,
) -> Result<Response, Problem> {
    let seen = meant.if_generation;
    let settle = settle(&app, language, meant.dry_run, move |all, around| {
        all.unchanged_since(seen)?;
        all.add(draft, around)
    });
    let outcome = settle.await?;
    let mut response = done(&outcome);
    if outcome.applied {
        *response.status_mut() = StatusCode::CREATED;
        let location = format!("/api/v1/meetings/{}", outcome.meeting.id).try_into();
        if let Ok(location) = location {
            response.headers_mut().insert(header::LOCATION, location);
        }
    }
    Ok(response)
}

/// Give a meeting other values.
#[utoipa::path(
    put,
    path = "/api/v1/meetings/{id}",
    tag = "meetings",
    params(
        ("id" = String, Path, description = "the meeting's id"),
        Writing,
        ("If-Match" = Option<String>, Header, description = "the meeting's ETag"),
    ),
    request_body = Draft,
    responses(
        (status = 200, body = MeetingOutcome),
        (status = "4XX", body = Problem, content_type = "application/problem+json",
         description = "403 on the network, 404 unknown, 409 the time is taken, 412 changed in between, 422 with what is wrong"),
    )
)]
pub(super) async fn change(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Spoken(language): Spoken,
    meant: Meant,
    Body(draft): Body<Draft>,
) -> Result<Response, Problem> {
    let seen = meant.if_generation;
    let settle = settle(&app, language, meant.dry_run, move |all, around| {
        all.change(&id, draft, seen, around)
    });
    Ok(done(&settle.await?))
}

/// Call a meeting off. It stays on record; doing it twice changes nothing.
#[utoipa::path(
    delete,
    path = "/api/v1/meetings/{id}",
    tag = "meetings",
    params(
        ("id" = String, Path, description = "the meeting's id"),
        Writing,
        ("If-Match" = Option<String>, Header, description = "the meeting's ETag"),
    ),
    responses(
        (status = 200, body = MeetingOutcome),
        (status = "4XX", body = Problem, content_type = "application/problem+json",
         description = "403 on the network, 404 unknown, 409 over, 412 changed in between"),
    )
)]
pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Spoken(language): Spoken,
    meant: Meant,
) -> Result<Response, Problem> {
    let seen = meant.if_generation;
    let settle = settle(&app, language, meant.dry_run, move |all, around| {
        all.cancel(&id, seen, around.now)
    });
    Ok(done(&settle.await?))
}

/// Changes the schedule, and tells of it.
async fn settle(
    app: &Arc<App>,
    language: Language,
    dry: bool,
    work: impl FnOnce(&mut Meetings, Around<'_>) -> Result<Settled, Fault> + Send + 'static,
) -> Result<MeetingOutcome, Problem> {
    let (channels, node) = (channels(app), app.node.snapshot.load().name.clone());
    let schedule = app.node.schedule.clone();
    let settling = tokio::task::spawn_blocking(move || {
        schedule.settle(dry, |all| {
            let around = Around {
                channels: &channels,
                node: &node,
                now: millis(wall_now()),
            };
            let settled = work(all, around)?;
            let changed = match settled.changed() {
                true => vec![settled.meeting.clone()],
                false => Vec::new(),
            };
            Ok((settled, changed))
        })
    });
    let settled = settling.await.map_err(|_| Problem::stopping())?;
    let settled = settled.map_err(|fault| Problem::of_meeting(&fault, language))?;
    publish(app, &settled, !dry);
    Ok(outcome(settled, !dry, language))
}

fn publish(app: &App, settled: &Settled, applied: bool) {
    if applied && settled.changed() {
        let events = &app.node.events;
        events.publish(EventKind::Meeting, &settled.meeting);
    }
}

fn outcome(settled: Settled, applied: bool, language: Language) -> MeetingOutcome {
    let text = differs(settled.before.as_ref(), &settled.meeting);
    let kind = match &settled.before {
        None => DifferenceKind::Added,
        Some(_) if settled.meeting.cancelled => DifferenceKind::Removed,
        Some(_) => DifferenceKind::Changed,
    };
    let difference = settled.changed().then(|| Difference {
        channel: Some(settled.meeting.channel.clone()),
        kind,
        text: text.in_language(language).to_owned(),
    });
    let notices = settled.notices.iter().map(|notice| notice.text());
    MeetingOutcome {
        applied,
        differences: difference.into_iter().collect(),
        notices: notices
            .map(|text| text.in_language(language).to_owned())
            .collect(),
        meeting: settled.meeting,
    }
}

fn done(outcome: &MeetingOutcome) -> Response {
    let headers = [
        (header::ETAG, etag(outcome.meeting.sequence)),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, Json(outcome)).into_response()
}

fn channels(app: &App) -> Vec<String> {
    let node = app.node.snapshot.load();
    node.channels.iter().map(|c| c.id.clone()).collect()
}
