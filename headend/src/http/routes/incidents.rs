//! What was wrong and why: the incidents of the record.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::super::Peer;
use super::super::problem::Problem;
use super::App;
use super::aside::json;
use super::parameters::Parameters;
use super::report::reading;
use crate::cause::Incident;

/// Which incidents.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Of this channel alone.
    channel: Option<String>,
    /// At most so many, 1 to 1000; 100 where it is left out.
    limit: Option<usize>,
}

/// Incidents, the newest first. A running node also shows those of late in each channel.
#[utoipa::path(
    get,
    path = "/api/v1/incidents",
    tag = "node",
    params(Which),
    responses(
        (status = 200, body = Vec<Incident>),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn incidents(
    State(app): State<Arc<App>>,
    Peer(host): Peer,
    Parameters(which): Parameters<Which>,
) -> Result<Response, Problem> {
    let limit = which.limit.unwrap_or(100);
    let Some(record) = app.node.record.clone() else {
        return Ok(Json(Vec::<Incident>::new()).into_response());
    };
    let found = json((&app, host), &app.record_readers, move || {
        let found = record.incidents(which.channel.as_deref(), None, limit);
        found.map_err(|error| Problem::busy(&error))
    });
    found.await
}

/// One incident.
#[utoipa::path(
    get,
    path = "/api/v1/incidents/{id}",
    tag = "node",
    params(("id" = String, Path, description = "the incident's id")),
    responses(
        (status = 200, body = Incident),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn incident(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Incident>, Problem> {
    let unknown = Problem::unknown_incident(&id);
    if app.node.record.is_none() {
        return Err(unknown);
    }
    let found = reading(&app, move |record| record.incidents(None, Some(&id), 1));
    let found = found.await?.map_err(|error| Problem::busy(&error))?;
    found.into_iter().next().map(Json).ok_or(unknown)
}
