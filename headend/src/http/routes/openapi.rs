//! The API's description, made from the routes themselves.

use std::sync::Arc;

use axum::http::header;
use axum::response::IntoResponse;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{App, channels, events, halls, health, incidents, meetings, recordings, report, write};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "headend",
        description = "One node of the one-way IPTV headend. On TCP the API is read-only; writes go \
                       through the local socket `{state-dir}/headend.sock`, as the CLI does. Errors are \
                       problem documents (RFC 9457).",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    servers((url = "/", description = "this node")),
    tags(
        (name = "node", description = "the node and its channels"),
        (name = "meetings", description = "the schedule"),
        (name = "recordings", description = "what was recorded"),
        (name = "halls", description = "what the pages that watch report (CMCD)"),
        (name = "events", description = "what happens, as it happens"),
        (name = "health", description = "for supervisors"),
    )
)]
struct Document;

/// The routes of the API with their description.
pub(super) fn api() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(channels::node))
        .routes(routes!(channels::channels, write::add_channel))
        .routes(routes!(
            channels::channel,
            write::run_channel,
            write::remove_channel
        ))
        .routes(routes!(channels::picture))
        .routes(routes!(write::hold_input, write::release_input))
        .routes(routes!(write::reload))
        .routes(routes!(incidents::incidents))
        .routes(routes!(incidents::incident))
        .routes(routes!(report::series))
        .routes(routes!(report::meeting))
        .routes(routes!(write::acknowledge, write::give_back))
        .routes(routes!(meetings::meetings, meetings::add))
        .routes(routes!(
            meetings::meeting,
            meetings::change,
            meetings::cancel
        ))
        .routes(routes!(meetings::imports::import))
        .routes(routes!(recordings::recordings, recordings::record))
        .routes(routes!(recordings::stop, recordings::delete))
        .routes(routes!(halls::halls))
        .routes(routes!(halls::report))
        .routes(routes!(events::events))
        .routes(routes!(health::livez))
        .routes(routes!(health::readyz))
}

/// `docs/reference/openapi.json`: OpenAPI 3.1, indented, with a newline at the end.
#[must_use]
pub fn openapi_json() -> String {
    text(&api().split_for_parts().1)
}

pub(super) fn text(document: &utoipa::openapi::OpenApi) -> String {
    let mut text = document.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

pub(super) async fn answer(document: String) -> impl IntoResponse {
    (
        [
            (header::CONTENT_TYPE, "application/json"),
            (header::CACHE_CONTROL, "no-cache"),
        ],
        document,
    )
}
