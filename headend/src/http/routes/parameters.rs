//! The parameters of a request.

use std::convert::Infallible;
use std::net::Ipv4Addr;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::super::Peer;
use super::super::problem::Problem;

/// The parameters of a request; wrong ones are a problem like all others.
pub(super) struct Parameters<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let asked = Query::from_request_parts(parts, state).await;
        let Query(asked) = asked.map_err(|error| {
            let text = error.body_text();
            let (_, words) = text.split_once(": ").unwrap_or(("", &text));
            let next =
                "mend this parameter or leave it out; /openapi.json describes those of the API";
            Problem::bad_request(words, next)
        })?;
        Ok(Self(asked))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    /// A request that came by no listener is of this machine.
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get().copied();
        Ok(peer.unwrap_or(Self(Ipv4Addr::LOCALHOST.into())))
    }
}
