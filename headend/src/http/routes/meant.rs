//! How a write is meant, and whether it may come in at all.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use utoipa::IntoParams;

use super::super::Via;
use super::super::limits::{ANSWER, BODY_BYTES};
use super::super::problem::Problem;
use super::parameters::Parameters;

/// How a write is meant.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Writing {
    /// Answer what would change, and change nothing.
    dry_run: bool,
}

/// A write that may be carried out: it came over the local socket and is understood.
pub(super) struct Meant {
    pub(super) dry_run: bool,
    pub(super) if_generation: Option<u64>,
}

impl<S: Send + Sync> FromRequestParts<S> for Meant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        local(&parts.extensions)?;
        let Parameters(writing) = Parameters::<Writing>::from_request_parts(parts, state).await?;
        Ok(Self {
            dry_run: writing.dry_run,
            if_generation: if_match(&parts.headers)?,
        })
    }
}

/// Whether a request came over the local socket.
pub(super) fn local(extensions: &Extensions) -> Result<(), Problem> {
    match extensions.get::<Via>() {
        Some(Via::Local) => Ok(()),
        _ => Err(read_only()),
    }
}

fn read_only() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "read-only-on-the-network", "Read-only on the network")
        .detail("on TCP this API is read-only")
        .next("run the `headend` command on the node itself: it uses the local socket {state-dir}/headend.sock")
}

/// The one ETag of `If-Match`; `*` and no header ask for nothing.
pub(super) fn if_match(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
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
                "send the ETag of the GET as it is, quotes included",
            )
        })
}

/// A JSON body, within its limits of size and time.
pub(super) struct Body<T>(pub(super) T);

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
        let bytes = bytes(request, "one request is one channel").await?;
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| Problem::bad_request(error.to_string(), "/openapi.json has the form"))
    }
}

/// A body within its limits of size and time; `next` is for one that is too large.
pub(super) async fn bytes(request: Request, next: &str) -> Result<Bytes, Problem> {
    let reading = axum::body::to_bytes(request.into_body(), BODY_BYTES);
    timeout(ANSWER, reading)
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
            .next(next)
        })
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
