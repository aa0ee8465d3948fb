//! What an operator changes. Only over the local socket; each change can be tried first
//! (`?dryRun=true`) and made safe against a change in between (`If-Match`).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;
use tokio::time::timeout;
use utoipa::ToSchema;

use super::super::limits::ANSWER;
use super::super::problem::Problem;
use super::App;
use super::channels::etag;
use super::meant::{Body, Meant, Writing};
use crate::cause::Acknowledgement;
use crate::channel::{stamp, wall_now};
use crate::node_handle::{Change, Command, DifferenceKind, Outcome};
use crate::report::millis;

/// Whether a channel shall run.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Running {
    /// `true` starts it, `false` stops it.
    running: bool,
}

/// Add a channel. It is kept over a restart of the node.
#[utoipa::path(
    post,
    path = "/api/v1/channels",
    tag = "node",
    params(Writing, ("If-Match" = Option<String>, Header, description = "an ETag of the node")),
    request_body(content = serde_json::Value, description = "a [[channel]] of the configuration as JSON"),
    responses(
        (status = 201, body = Outcome, headers(("Location" = String, description = "the channel"))),
        (status = 200, body = Outcome, description = "dry run"),
        (status = "4XX", body = Problem, content_type = "application/problem+json",
         description = "403 on the network, 409 there already, 412 changed in between, 422 with errors"),
    )
)]
pub(super) async fn add_channel(
    State(app): State<Arc<App>>,
    meant: Meant,
    Body(channel): Body<serde_json::Value>,
) -> Result<Response, Problem> {
    let id = channel
        .get("id")
        .and_then(|id| id.as_str())
        .map(str::to_owned);
    let outcome = command(&app, meant, Change::Add(channel)).await?;
    let mut response = done(&outcome);
    if outcome.applied {
        *response.status_mut() = StatusCode::CREATED;
        let location = id.map(|id| format!("/api/v1/channels/{id}"));
        if let Some(location) = location.and_then(|l| l.try_into().ok()) {
            response.headers_mut().insert(header::LOCATION, location);
        }
    }
    Ok(response)
}

/// Start or stop a channel. Doing it twice changes nothing.
#[utoipa::path(
    patch,
    path = "/api/v1/channels/{id}",
    tag = "node",
    params(
        ("id" = String, Path, description = "the channel's id"),
        Writing,
        ("If-Match" = Option<String>, Header, description = "an ETag of the node"),
    ),
    request_body = Running,
    responses(
        (status = 200, body = Outcome),
        (status = "4XX", body = Problem, content_type = "application/problem+json",
         description = "403 on the network, 404 unknown, 412 changed in between"),
    )
)]
pub(super) async fn run_channel(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    meant: Meant,
    Body(wish): Body<Running>,
) -> Result<Response, Problem> {
    let change = match wish.running {
        true => Change::Start(id),
        false => Change::Stop(id),
    };
    Ok(done(&command(&app, meant, change).await?))
}

/// Remove a channel.
#[utoipa::path(
    delete,
    path = "/api/v1/channels/{id}",
    tag = "node",
    params(
        ("id" = String, Path, description = "the channel's id"),
        Writing,
        ("If-Match" = Option<String>, Header, description = "an ETag of the node"),
    ),
    responses(
        (status = 200, body = Outcome),
        (status = "4XX", body = Problem, content_type = "application/problem+json",
         description = "403 on the network, 404 unknown, 412 changed in between"),
    )
)]
pub(super) async fn remove_channel(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    meant: Meant,
) -> Result<Response, Problem> {
    Ok(done(&command(&app, meant, Change::Remove(id)).await?))
}

/// The input that an operator wants on air.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Hold {
    /// Its index in `inputs`.
    input: usize,
}

/// Put an input on air and keep it there while anything comes from it. A dry run says whether it
/// is fit and what viewers would see.
#[utoipa::path(
    put,
    path = "/api/v1/channels/{id}/hold",
    tag = "node",
    params(
        ("id" = String, Path, description = "the channel's id"),
        Writing,
        ("If-Match" = Option<String>, Header, description = "an ETag of the node"),
    ),
    request_body = Hold,
    responses(
        (status = 200, body = Outcome),
        (status = "4XX", body = Problem, content_type = "application/problem+json",
         description = "403 on the network, 404 unknown channel or input, 412 changed in between"),
    )
)]
pub(super) async fn hold_input(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    meant: Meant,
    Body(hold): Body<Hold>,
) -> Result<Response, Problem> {
    let change = Change::Hold(id, Some(hold.input));
    Ok(done(&command(&app, meant, change).await?))
}

/// Leave the choice of the input to the channel's policy again.
#[utoipa::path(
    delete,
    path = "/api/v1/channels/{id}/hold",
    tag = "node",
    params(
        ("id" = String, Path, description = "the channel's id"),
        Writing,
        ("If-Match" = Option<String>, Header, description = "an ETag of the node"),
    ),
    responses(
        (status = 200, body = Outcome),
        (status = "4XX", body = Problem, content_type = "application/problem+json",
         description = "403 on the network, 404 unknown, 412 changed in between"),
    )
)]
pub(super) async fn release_input(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    meant: Meant,
) -> Result<Response, Problem> {
    Ok(done(&command(&app, meant, Change::Hold(id, None)).await?))
}

/// Who takes an incident in hand.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Taking {
    /// Their name, 1 to 64 characters.
    by: String,
}

/// Take an incident that lasts in hand: it goes behind those that nobody has, until it becomes
/// worse.
#[utoipa::path(
    put,
    path = "/api/v1/incidents/{id}/acknowledgement",
    tag = "node",
    params(
        ("id" = String, Path, description = "the incident's id"),
        Writing,
        ("If-Match" = Option<String>, Header, description = "an ETag of the node"),
    ),
    request_body = Taking,
    responses(
        (status = 200, body = Outcome),
        (status = "4XX", body = Problem, content_type = "application/problem+json",
         description = "403 on the network, 404 unknown or over, 400 no name"),
    )
)]
pub(super) async fn acknowledge(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    meant: Meant,
    Body(taking): Body<Taking>,
) -> Result<Response, Problem> {
    let by = Acknowledgement::new(&taking.by, stamp(wall_now())).ok_or_else(|| {
        Problem::bad_request(
            "`by` is no name",
            "write 1 to 64 characters, none of them a control character",
        )
    })?;
    Ok(done(
        &command(&app, meant, Change::Acknowledge(id, Some(by))).await?,
    ))
}

/// Give an incident back: nobody has it in hand.
#[utoipa::path(
    delete,
    path = "/api/v1/incidents/{id}/acknowledgement",
    tag = "node",
    params(
        ("id" = String, Path, description = "the incident's id"),
        Writing,
        ("If-Match" = Option<String>, Header, description = "an ETag of the node"),
    ),
    responses(
        (status = 200, body = Outcome),
        (status = "4XX", body = Problem, content_type = "application/problem+json",
         description = "403 on the network, 404 unknown or over"),
    )
)]
pub(super) async fn give_back(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    meant: Meant,
) -> Result<Response, Problem> {
    Ok(done(
        &command(&app, meant, Change::Acknowledge(id, None)).await?,
    ))
}

/// Read the configuration again and apply what differs.
#[utoipa::path(
    post,
    path = "/api/v1/configuration/reloads",
    tag = "node",
    params(Writing, ("If-Match" = Option<String>, Header, description = "an ETag of the node")),
    responses(
        (status = 200, body = Outcome),
        (status = "4XX", body = Problem, content_type = "application/problem+json",
         description = "403 on the network, 412 changed in between, 422 with errors"),
    )
)]
pub(super) async fn reload(State(app): State<Arc<App>>, meant: Meant) -> Result<Response, Problem> {
    Ok(done(&command(&app, meant, Change::Reload).await?))
}

/// Names the meetings that a channel leaves behind.
fn with_meetings(app: &App, mut outcome: Outcome) -> Outcome {
    let (meetings, now) = (app.node.schedule.current(), millis(wall_now()));
    for difference in &mut outcome.differences {
        let gone = difference.kind == DifferenceKind::Removed;
        let Some(channel) = difference.channel.as_deref().filter(|_| gone) else {
            continue;
        };
        let left: Vec<&str> = meetings
            .of(channel)
            .filter(|meeting| meeting.end > now)
            .map(|meeting| meeting.id.as_str())
            .collect();
        if let Some((first, rest)) = left.split_first() {
            let rest = match rest.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            difference.text += &format!("; leaves without a channel: meeting {first}{rest}");
        }
    }
    outcome
}

/// Asks the running set and waits for its answer, for a bounded time.
async fn command(app: &App, meant: Meant, change: Change) -> Result<Outcome, Problem> {
    let (answer, answered) = oneshot::channel();
    let command = Command {
        change,
        dry_run: meant.dry_run,
        if_generation: meant.if_generation,
        answer,
    };
    app.node
        .commands
        .try_send(command)
        .map_err(|error| match error {
            TrySendError::Full(_) => {
                Problem::busy("too many commands wait already; this one was not taken")
            }
            TrySendError::Closed(_) => Problem::stopping(),
        })?;
    match timeout(ANSWER, answered).await {
        Ok(Ok(outcome)) => Ok(with_meetings(app, outcome?)),
        Ok(Err(_)) => Err(Problem::stopping()),
        Err(_) => Err(Problem::busy(
            "the node has not answered in time; the command may still be carried out",
        )),
    }
}

fn done(outcome: &Outcome) -> Response {
    (
        [
            (header::ETAG, etag(outcome.generation)),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ],
        Json(outcome),
    )
        .into_response()
}
