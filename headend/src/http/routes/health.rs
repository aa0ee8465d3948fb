//! For supervisors and Prometheus: `/livez`, `/readyz`, `/metrics`.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::super::server::Stage;
use super::App;
use crate::metrics::{self, process::ProcessSnapshot};
use crate::snapshot::{ChannelState, NodeSnapshot};

/// A snapshot is made each second; one that is older than this comes from a set that hangs.
const STALE: Duration = Duration::from_secs(5);

/// The process answers.
#[utoipa::path(get, path = "/livez", tag = "health", responses((status = 200, body = String, content_type = "text/plain")))]
pub(super) async fn livez() -> Response {
    plain(StatusCode::OK, "ok\n".to_owned())
}

/// The node does its work; 503 with the reasons otherwise. `?verbose` lists each check.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "health",
    params(("verbose" = Option<String>, Query, description = "list each check")),
    responses(
        (status = 200, body = String, content_type = "text/plain"),
        (status = 503, body = String, content_type = "text/plain", description = "one reason a line"),
    )
)]
pub(super) async fn readyz(State(app): State<Arc<App>>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let verbose = query
        .split('&')
        .any(|q| q == "verbose" || q.starts_with("verbose="));
    let serving = *app.stage.borrow() == Stage::Serving;
    let snapshot = app.node.snapshot.load();
    let checks = checks(&snapshot, serving, app.node.started.elapsed());
    let ready = checks.iter().all(|(_, fault)| fault.is_none());
    let mut text = String::new();
    for (name, fault) in checks {
        match fault {
            Some(fault) => text.push_str(&format!("[-] {name}: {fault}\n")),
            None if verbose => text.push_str(&format!("[+] {name}: ok\n")),
            None => {}
        }
    }
    if ready {
        text.push_str("ok\n");
        return plain(StatusCode::OK, text);
    }
    plain(StatusCode::SERVICE_UNAVAILABLE, text)
}

/// Each check with what is wrong, if anything.
fn checks(
    snapshot: &NodeSnapshot,
    serving: bool,
    uptime: Duration,
) -> [(&'static str, Option<String>); 4] {
    let age = uptime.as_secs_f64() - snapshot.uptime_seconds;
    let failed: Vec<&str> = snapshot
        .channels
        .iter()
        .filter(|channel| channel.state == ChannelState::Failed)
        .map(|channel| channel.id.as_str())
        .collect();
    [
        (
            "server",
            (!serving).then(|| "the node is stopping".to_owned()),
        ),
        (
            "configuration",
            (snapshot.generation == 0).then(|| "no configuration is applied yet".to_owned()),
        ),
        (
            "running-set",
            (age > STALE.as_secs_f64()).then(|| format!("its last sign of life is {age:.0} s old")),
        ),
        (
            "channels",
            (!failed.is_empty()).then(|| format!("could not start: {}", failed.join(", "))),
        ),
    ]
}

/// The last snapshot as Prometheus text.
pub(super) async fn metrics(State(app): State<Arc<App>>) -> Response {
    let snapshot = app.node.snapshot.load();
    match metrics::render(
        &snapshot,
        &app.counters.snapshot(),
        &ProcessSnapshot::read(),
    ) {
        Ok(text) => (
            [
                (
                    header::CONTENT_TYPE,
                    "text/plain; version=0.0.4; charset=utf-8",
                ),
                (header::CACHE_CONTROL, "no-store"),
            ],
            text,
        )
            .into_response(),
        Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")),
    }
}

fn plain(status: StatusCode, text: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::ChannelSnapshot;

    fn faults(snapshot: &NodeSnapshot, serving: bool, uptime: u64) -> Vec<&'static str> {
        checks(snapshot, serving, Duration::from_secs(uptime))
            .into_iter()
            .filter(|(_, fault)| fault.is_some())
            .map(|(name, _)| name)
            .collect()
    }

    #[test]
    fn a_node_is_ready_when_its_set_lives_and_no_channel_failed() {
        let mut node = NodeSnapshot {
            generation: 1,
            uptime_seconds: 9.0,
            ..NodeSnapshot::default()
        };
        node.channels = vec![ChannelSnapshot::default()];
        assert!(faults(&node, true, 10).is_empty());
        assert_eq!(faults(&node, true, 15), ["running-set"]);
        assert_eq!(faults(&node, false, 10), ["server"]);
        node.channels[0].state = ChannelState::Dark;
        assert!(faults(&node, true, 10).is_empty());
        node.channels[0].state = ChannelState::Failed;
        assert_eq!(faults(&node, true, 10), ["channels"]);
        assert_eq!(faults(&NodeSnapshot::default(), true, 1), ["configuration"]);
    }
}
