//! What an operator changes. Only over the local socket; each change can be tried first
//! (`?dryRun=true`) and made safe against a change in between (`If-Match`).

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;
use tokio::time::timeout;
use utoipa::{IntoParams, ToSchema};

use super::super::Via;
use super::super::limits::{ANSWER, BODY_BYTES};
use super::super::problem::Problem;
use super::App;
use super::channels::etag;
use crate::node_handle::{Change, Command, Outcome};

/// How a write is meant.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Writing {
    /// Answer what would change, and change nothing.
    dry_run: bool,
}

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

/// A write that may be carried out: it came over the local socket and is understood.
pub(super) struct Meant {
    dry_run: bool,
    if_generation: Option<u64>,
}

impl<S: Send + Sync> FromRequestParts<S> for Meant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if parts.extensions.get::<Via>() != Some(&Via::Local) {
            return Err(read_only());
        }
        let Query(writing) = Query::<Writing>::from_request_parts(parts, state)
            .await
            .map_err(|error| {
                Problem::bad_request(error.body_text(), "the only parameter is dryRun=true|false")
            })?;
        Ok(Self {
            dry_run: writing.dry_run,
            if_generation: if_match(&parts.headers)?,
        })
    }
}

fn read_only() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "read-only-on-the-network", "Read-only on the network")
        .detail("on TCP this API is read-only")
        .next("run the `headend` command on the node itself: it uses the local socket {state-dir}/headend.sock")
}

/// The one ETag of `If-Match`; `*` and no header ask for nothing.
fn if_match(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    text.strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .and_then(|number| number.parse().ok())
        .map(Some)
        .ok_or_else(|| {
            Problem::bad_request(
                "If-Match is not an ETag of this node",
                "send the ETag of GET /api/v1/node as it is, quotes included",
            )
        })
}

/// A JSON body, within its limits of size and time.
pub(super) struct Body<T>(T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not-json",
                "The body is not JSON",
            )
            .detail("this address takes application/json")
            .next("send Content-Type: application/json"));
        }
        let reading = axum::body::to_bytes(request.into_body(), BODY_BYTES);
        let bytes = timeout(ANSWER, reading)
            .await
            .map_err(|_| {
                Problem::new(
                    StatusCode::REQUEST_TIMEOUT,
                    "slow-body",
                    "The body came too slowly",
                )
                .detail(format!(
                    "the body was not complete after {} s",
                    ANSWER.as_secs()
                ))
                .next("send it again")
            })?
            .map_err(|_| {
                Problem::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "body-too-large",
                    "The body is too large",
                )
                .detail(format!("a body has {} kB at most", BODY_BYTES / 1024))
                .next("one request is one channel")
            })?;
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| Problem::bad_request(error.to_string(), "/openapi.json has the form"))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .map_or("", |value| {
            value.split(';').next().unwrap_or_default().trim()
        });
    kind.eq_ignore_ascii_case("application/json")
        || kind.eq_ignore_ascii_case("application/merge-patch+json")
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
        Ok(Ok(outcome)) => Ok(outcome?),
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
