//! What the API answers, and what it refuses.

use headend::snapshot::{ChannelSnapshot, ChannelState, NodeSnapshot};
use hyper::StatusCode;

use crate::client::PATIENCE;
use crate::node::{Node, snapshot};

#[tokio::test]
async fn the_node_and_its_channels_are_shown_as_they_are() {
    let node = Node::start();
    let answer = node.get("/api/v1/node").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("etag"), "\"7\"");
    let shown: NodeSnapshot = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(shown, snapshot());
    let list: Vec<ChannelSnapshot> =
        serde_json::from_slice(&node.get("/api/v1/channels").await.body).unwrap();
    assert_eq!(list, snapshot().channels);
    let one: ChannelSnapshot =
        serde_json::from_slice(&node.get("/api/v1/channels/hop").await.body).unwrap();
    assert_eq!(one, list[0]);
}

#[tokio::test]
async fn a_new_snapshot_is_shown_at_once() {
    let node = Node::start();
    node.get("/api/v1/node").await;
    let mut other = snapshot();
    other.name = "khác".to_owned();
    node.handle.snapshot.store(other.into());
    assert_eq!(node.get("/api/v1/node").await.json()["name"], "khác");
}

#[tokio::test]
async fn every_error_is_a_problem_with_a_next_step() {
    let node = Node::start();
    for (method, path, status, word) in [
        ("GET", "/api/v1/channels/kh%C3%B4ng", 404, "unknown-channel"),
        ("GET", "/nothing/here", 404, "unknown-address"),
        ("GET", "/api/v1/", 404, "unknown-address"),
        ("GET", "/player/none.js", 404, "unknown-address"),
        ("POST", "/api/v1/node", 405, "method-not-allowed"),
        ("DELETE", "/hls/hop/index.m3u8", 405, "method-not-allowed"),
        ("GET", "/hls/hop/index.m3u8", 404, "no-such-object"),
        ("GET", "/hls/tap-huan/index.m3u8", 404, "channel-stopped"),
        ("GET", "/hls/x/index.m3u8", 404, "unknown-channel"),
        ("GET", "/playlist.m3u?type=dvb", 400, "bad-request"),
        ("POST", "/api/v1/channels", 403, "read-only-on-the-network"),
        (
            "PATCH",
            "/api/v1/channels/hop",
            403,
            "read-only-on-the-network",
        ),
        (
            "DELETE",
            "/api/v1/channels/hop",
            403,
            "read-only-on-the-network",
        ),
        (
            "POST",
            "/api/v1/configuration/reloads",
            403,
            "read-only-on-the-network",
        ),
    ] {
        is_problem(&node, method, path, (status, word)).await;
    }
    assert_eq!(**node.handle.snapshot.load(), snapshot());
}

#[tokio::test]
async fn wrong_parameters_are_problems_too() {
    let node = Node::start();
    for (method, path, status, word) in [
        ("GET", "/meetings.ics?kenh=hop", 400, "bad-request"),
        ("GET", "/api/v1/incidents?limit=abc", 400, "bad-request"),
        ("GET", "/api/v1/incidents?foo=1", 400, "bad-request"),
        ("GET", "/api/v1/halls?limit=-1", 400, "bad-request"),
        ("GET", "/api/v1/meetings?all=2", 400, "bad-request"),
        (
            "GET",
            "/api/v1/channels/hop/meeting?at=1",
            400,
            "bad-request",
        ),
        (
            "GET",
            "/api/v1/channels/hop/inputs/x/picture",
            404,
            "unknown-input",
        ),
        (
            "POST",
            "/api/v1/meetings/imports?kenh=1",
            400,
            "bad-request",
        ),
    ] {
        is_problem(&node, method, path, (status, word)).await;
    }
}

async fn is_problem(node: &Node, method: &str, path: &str, (status, word): (u16, &str)) {
    let answer = node.tcp(method, path, &[]).await;
    let at = format!("{method} {path}: {}", answer.text());
    assert_eq!(answer.status, status, "{at}");
    assert_eq!(
        answer.header("content-type"),
        "application/problem+json",
        "{at}"
    );
    let problem = answer.json();
    assert_eq!(
        problem["type"],
        format!("urn:headend:problem:{word}"),
        "{at}"
    );
    assert_eq!(problem["status"], status, "{at}");
    for field in ["title", "detail", "next"] {
        assert_ne!(problem[field].as_str().unwrap(), "", "{field} of {at}");
    }
}

#[tokio::test]
async fn the_local_socket_starts_and_stops_a_channel() {
    let node = Node::start();
    let path = "/api/v1/channels/tap-huan";
    let answer = node.local("PATCH", path, &[], r#"{"running":true}"#).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("etag"), "\"8\"");
    assert_eq!(answer.json()["differences"][0]["kind"], "started");
    assert_eq!(
        node.handle.snapshot.load().channels[1].state,
        ChannelState::Waiting
    );
    node.local("PATCH", path, &[], r#"{"running":false}"#).await;
    assert_eq!(
        node.handle.snapshot.load().channels[1].state,
        ChannelState::Stopped
    );
    let unknown = node
        .local("PATCH", "/api/v1/channels/x", &[], r#"{"running":true}"#)
        .await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_channel_is_added_once_and_removed() {
    let node = Node::start();
    let body = r#"{"id":"moi","name":"Mới"}"#;
    let answer = node.local("POST", "/api/v1/channels", &[], body).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.header("location"), "/api/v1/channels/moi");
    assert_eq!(
        node.get("/api/v1/channels/moi").await.status,
        StatusCode::OK
    );
    let twice = node.local("POST", "/api/v1/channels", &[], body).await;
    assert_eq!(twice.status, StatusCode::CONFLICT);
    let gone = node.local("DELETE", "/api/v1/channels/moi", &[], "").await;
    assert_eq!(gone.status, StatusCode::OK);
    assert_eq!(
        node.get("/api/v1/channels/moi").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let node = Node::start();
    for (method, path, body) in [
        ("POST", "/api/v1/channels?dryRun=true", r#"{"id":"moi"}"#),
        (
            "PATCH",
            "/api/v1/channels/hop?dryRun=true",
            r#"{"running":false}"#,
        ),
        ("DELETE", "/api/v1/channels/hop?dryRun=true", ""),
    ] {
        let answer = node.local(method, path, &[], body).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.json()["applied"], false);
        assert_eq!(answer.json()["differences"].as_array().unwrap().len(), 1);
    }
    assert_eq!(**node.handle.snapshot.load(), snapshot());
    let typo = node
        .local("DELETE", "/api/v1/channels/hop?dryrun=true", &[], "")
        .await;
    assert_eq!(typo.status, StatusCode::BAD_REQUEST);
    assert_eq!(**node.handle.snapshot.load(), snapshot());
}

#[tokio::test]
async fn a_lost_update_is_refused() {
    let node = Node::start();
    let path = "/api/v1/channels/hop";
    let stale = node
        .local("DELETE", path, &[("if-match", "\"6\"")], "")
        .await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    assert!(stale.json()["detail"].as_str().unwrap().contains('7'));
    for bad in ["7", "W/\"7\"", "\"x\"", "\"6\", \"7\""] {
        let answer = node.local("DELETE", path, &[("if-match", bad)], "").await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad}");
    }
    let etag = node.get(path).await.header("etag").to_owned();
    let fresh = node.local("DELETE", path, &[("if-match", &etag)], "").await;
    assert_eq!(fresh.status, StatusCode::OK);
}

#[tokio::test]
async fn a_body_that_is_not_understood_is_refused_with_its_place() {
    let node = Node::start();
    let path = "/api/v1/channels/hop";
    for (body, place) in [
        ("", "EOF"),
        ("{", "line 1 column 1"),
        ("{}", "running"),
        (r#"{"running":1}"#, "column"),
        (r#"{"running":true,"x":1}"#, "unknown field `x`"),
    ] {
        let answer = node.local("PATCH", path, &[], body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(place), "{body}: {detail}");
    }
    let form = node
        .local("PATCH", path, &[("content-type", "text/plain")], "{}")
        .await;
    assert_eq!(form.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let nested = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    let deep = node.local("POST", "/api/v1/channels", &[], &nested).await;
    assert_eq!(deep.status, StatusCode::BAD_REQUEST);
    let huge = format!("{{\"id\":\"{}\"}}", "x".repeat(70_000));
    let large = node.local("POST", "/api/v1/channels", &[], &huge).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn errors_of_the_configuration_come_one_by_one() {
    let node = Node::start();
    let answer = node.local("POST", "/api/v1/channels", &[], "{}").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.json()["errors"][0]["place"], "channel.id");
    let failed = node
        .local("POST", "/api/v1/configuration/reloads", &[], "")
        .await;
    assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(failed.json()["detail"], "headend.toml: no such file");
}

#[tokio::test]
async fn a_node_that_takes_no_command_says_so() {
    let (node, commands) = Node::deaf();
    let mut asking = Vec::new();
    let path = "/api/v1/configuration/reloads";
    for _ in 0..headend::node_handle::COMMAND_QUEUE {
        let request = crate::client::request("POST", path, &[], "");
        let stream = tokio::net::UnixStream::connect(&node.socket).await.unwrap();
        asking.push(tokio::spawn(crate::client::open(stream, request)));
    }
    let full = async {
        while node.handle.commands.capacity() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, full).await.unwrap();
    let busy = node.local("POST", path, &[], "").await;
    assert_eq!(busy.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(busy.json()["type"], "urn:headend:problem:busy");
    assert_eq!(busy.header("retry-after"), "2");
    drop(commands);
    for answer in asking {
        assert_eq!(
            answer.await.unwrap().status(),
            StatusCode::SERVICE_UNAVAILABLE
        );
    }
    let stopping = node.local("POST", path, &[], "").await;
    assert_eq!(stopping.json()["type"], "urn:headend:problem:stopping");
}

#[tokio::test]
async fn readiness_tells_its_reasons() {
    let node = Node::start();
    assert_eq!(node.get("/livez").await.text(), "ok\n");
    let ready = node.get("/readyz").await;
    assert_eq!((ready.status, ready.text()), (StatusCode::OK, "ok\n"));
    let verbose = node.get("/readyz?verbose").await;
    assert_eq!(
        verbose
            .text()
            .lines()
            .filter(|l| l.starts_with("[+] "))
            .count(),
        4
    );
    let mut failed = snapshot();
    failed.channels[0].state = ChannelState::Failed;
    node.handle.snapshot.store(failed.into());
    let answer = node.get("/readyz").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.text(), "[-] channels: could not start: hop\n");
}
