//! What was wrong and why: the incidents of the record.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use utoipa::IntoParams;

use super::super::problem::Problem;
use super::App;
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
    Query(which): Query<Which>,
) -> Result<Json<Vec<Incident>>, Problem> {
    let limit = which.limit.unwrap_or(100);
    Ok(Json(read(&app, which.channel, None, limit).await?))
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
    let mut found = read(&app, None, Some(id.clone()), 1).await?;
    found
        .pop()
        .map(Json)
        .ok_or_else(|| Problem::unknown_incident(&id))
}

async fn read(
    app: &App,
    channel: Option<String>,
    id: Option<String>,
    limit: usize,
) -> Result<Vec<Incident>, Problem> {
    let Some(record) = app.node.record.clone() else {
        return Ok(Vec::new());
    };
    let read = tokio::task::spawn_blocking(move || {
        record.incidents(channel.as_deref(), id.as_deref(), limit)
    });
    match read.await {
        Ok(Ok(incidents)) => Ok(incidents),
        Ok(Err(error)) => Err(Problem::busy(&error)),
        Err(_) => Err(Problem::stopping()),
    }
}
