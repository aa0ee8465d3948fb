//! After a meeting: what the record holds of a time, and the figures around an incident.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use super::super::Peer;
use super::super::problem::Problem;
use super::App;
use super::aside::{aside, json};
use super::parameters::Parameters;
use crate::channel::wall_now;
use crate::meeting::when;
use crate::report::{AFTER, BEFORE, Meeting, Millis, Sample, meeting, millis, parsed};
use crate::store::Record;

/// Which time.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Time {
    /// RFC 3339. Left out with `to`: the last time on air of today.
    from: Option<String>,
    /// RFC 3339. Left out: now.
    to: Option<String>,
}

/// What was on air from when to when and from which input, each switch and incident, and how long
/// it was in specification. From the record alone: what it does not hold is told as a gap.
#[utoipa::path(
    get,
    path = "/api/v1/channels/{id}/meeting",
    tag = "node",
    params(("id" = String, Path, description = "the channel's id"), Time),
    responses(
        (status = 200, body = Meeting),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn meeting(
    State(app): State<Arc<App>>,
    Peer(host): Peer,
    Path(id): Path<String>,
    Parameters(time): Parameters<Time>,
) -> Result<Response, Problem> {
    let now = millis(wall_now());
    let asked = (
        read_time(time.from.as_deref())?,
        read_time(time.to.as_deref())?,
    );
    let known = app.node.snapshot.load().channels.iter().any(|c| c.id == id);
    let record = recorded(&app)?;
    let told = move || told(&record, &id, asked, now, known);
    json((&app, host), &app.record_readers, told).await
}

/// The figures of each second around an incident: from two minutes before it to two after, of a
/// long one its first ten minutes and its last two. Empty when they are no longer kept.
#[utoipa::path(
    get,
    path = "/api/v1/incidents/{id}/series",
    tag = "node",
    params(("id" = String, Path, description = "the incident's id")),
    responses(
        (status = 200, body = Vec<Sample>),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn series(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Vec<Sample>>, Problem> {
    let now = millis(wall_now());
    let found = reading(&app, move |record| {
        let mut found = record
            .incidents(None, Some(&id), 1)
            .map_err(|e| Problem::busy(&e))?;
        let incident = found.pop().ok_or_else(|| Problem::unknown_incident(&id))?;
        let start = parsed(&incident.start).unwrap_or(now);
        let end = incident.end.as_deref().and_then(parsed).unwrap_or(now);
        record
            .samples(&incident.channel, start - BEFORE, end.saturating_add(AFTER))
            .map_err(|error| Problem::busy(&error))
    });
    found.await?.map(Json)
}

fn told(
    record: &Record,
    id: &str,
    asked: (Option<Millis>, Option<Millis>),
    now: Millis,
    known: bool,
) -> Result<Meeting, Problem> {
    let busy = |error: String| Problem::busy(&error);
    let (from, to) = match asked {
        (Some(from), to) => (from, to.unwrap_or(now).min(now)),
        (None, Some(_)) => {
            let next = "give `from` with `to`, or neither for the last time on air of today";
            return Err(Problem::bad_request("`to` without `from`", next));
        }
        (None, None) => {
            let today = record.records(id, midnight(now), now).map_err(busy)?;
            let last = meeting::last_on_air(&today, now);
            last.ok_or_else(|| match known {
                true => Problem::not_on_air(id),
                false => Problem::unknown_channel(id),
            })?
        }
    };
    if from >= to {
        let next = "let `from` be before `to`, and not in the future";
        return Err(Problem::bad_request("no time lies between", next));
    }
    let records = record.records(id, from, to).map_err(busy)?;
    if !known && records.spans.is_empty() {
        // A channel that is gone from the configuration still has its record.
        return Err(Problem::unknown_channel(id));
    }
    Ok(Meeting::of(id, (from, to), &records, now))
}

/// The last midnight by the wall clock of the country.
fn midnight(now: Millis) -> Millis {
    when::read("00:00", now).unwrap_or(now - 86_400_000)
}

fn read_time(written: Option<&str>) -> Result<Option<Millis>, Problem> {
    let Some(written) = written else {
        return Ok(None);
    };
    let next = "write it by RFC 3339: 2026-11-22T08:00:00+07:00 (a plus sign is %2B in a URL)";
    let read =
        parsed(written).ok_or_else(|| Problem::bad_request("a time is not understood", next));
    read.map(Some)
}

fn recorded(app: &App) -> Result<Arc<Record>, Problem> {
    let record = app.node.record.clone();
    record.ok_or_else(|| Problem::busy("this node keeps no record"))
}

pub(super) async fn reading<T: Send + 'static>(
    app: &App,
    read: impl FnOnce(&Record) -> T + Send + 'static,
) -> Result<T, Problem> {
    let record = recorded(app)?;
    aside(&app.record_readers, move || read(&record)).await
}
