//! Connections that are silent, slow or too many, and how a server ends.

use std::time::{Duration, Instant};

use bytes::Bytes;
use headend::http::Limits;
use headend::http::limits::HEADER_BYTES;
use http_body_util::{BodyExt, Full};
use hyper::{Request, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::client::{self, PATIENCE, open, request};
use crate::node::Node;

const SHORT: Duration = Duration::from_millis(300);
/// More than the buffers of two sockets hold.
const LARGE: usize = 32 << 20;

/// Limits of production, so that a test shortens only the one it is about.
fn limits() -> Limits {
    Limits::default()
}

/// A node whose own description is large.
fn with_much_to_say(node: &Node) {
    let mut snapshot = crate::node::snapshot();
    snapshot.notices = vec!["x".repeat(LARGE)];
    node.handle.snapshot.store(snapshot.into());
}

/// Reads until the server closes; answers how long that took.
async fn until_closed(stream: &mut TcpStream) -> Duration {
    let start = Instant::now();
    let mut rest = Vec::new();
    // A reset is an end as well.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut rest))
        .await
        .expect("still open");
    start.elapsed()
}

async fn connect(node: &Node) -> TcpStream {
    TcpStream::connect(node.address).await.unwrap()
}

/// What the guide and the page say to people.
#[test]
fn a_reader_of_a_transport_stream_that_does_not_read_is_given_up_after_ten_seconds() {
    assert_eq!(limits().stalled, Duration::from_secs(10));
}

#[tokio::test]
async fn a_silent_connection_is_closed() {
    let node = Node::with(Limits {
        first_request: SHORT,
        ..limits()
    });
    let open_for = until_closed(&mut connect(&node).await).await;
    assert!(
        open_for >= SHORT - Duration::from_millis(50),
        "{open_for:?}"
    );
    assert_eq!(node.counters.snapshot().overdue_total, 1);
}

#[tokio::test]
async fn headers_that_drip_in_do_not_hold_a_connection() {
    let node = Node::with(Limits {
        first_request: SHORT,
        ..limits()
    });
    for start in [
        &b"GET / HTTP/1.1\r\n"[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let (mut read, mut write) = connect(&node).await.into_split();
        write.write_all(start).await.unwrap();
        let drip = async {
            // A frame of HTTP/2 that never ends, or one more header of HTTP/1.
            while write.write_all(b"x: y\r\n").await.is_ok() {
                sleep(SHORT / 10).await;
            }
        };
        let closed = async { while read.read(&mut [0; 64]).await.is_ok_and(|n| n > 0) {} };
        timeout(PATIENCE, async { tokio::join!(drip, closed) })
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn between_requests_a_connection_may_rest_but_not_for_ever() {
    let node = Node::with(Limits {
        first_request: Duration::from_secs(60),
        idle: SHORT,
        ..limits()
    });
    let mut stream = connect(&node).await;
    for _ in 0..3 {
        stream
            .write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
        let mut answer = [0; 512];
        let length = timeout(PATIENCE, stream.read(&mut answer))
            .await
            .unwrap()
            .unwrap();
        assert!(answer[..length].ends_with(b"ok\n"));
        sleep(SHORT / 3).await;
    }
    until_closed(&mut stream).await;
}

#[tokio::test]
async fn a_viewer_that_stops_reading_is_let_go_and_disturbs_nobody() {
    let node = Node::with(Limits {
        progress: SHORT,
        ..limits()
    });
    with_much_to_say(&node);
    let response = open(
        connect(&node).await,
        request("GET", "/api/v1/node", &[], ""),
    )
    .await;
    assert_eq!(node.counters.snapshot().connections, 1);
    assert_eq!(node.get("/livez").await.status, StatusCode::OK);
    let let_go = async {
        while node.counters.snapshot().overdue_total == 0 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, let_go).await.unwrap();
    assert!(response.into_body().collect().await.is_err());
}

#[tokio::test]
async fn a_viewer_that_stops_reading_is_let_go_over_http_2_too() {
    let node = Node::with(Limits {
        progress: SHORT,
        ..limits()
    });
    with_much_to_say(&node);
    let io = TokioIo::new(connect(&node).await);
    let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), io)
        .await
        .unwrap();
    let closed = tokio::spawn(connection);
    let uri = format!("http://{}/api/v1/node", node.address);
    let ask = Request::get(uri).body(Full::<Bytes>::default()).unwrap();
    // The flow control window of the stream fills up while the connection itself stays quick.
    let response = sender.send_request(ask).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let _ = timeout(PATIENCE, closed).await.expect("still open");
    assert_eq!(node.counters.snapshot().overdue_total, 1);
}

#[tokio::test]
async fn a_viewer_that_sips_has_an_end_too() {
    let node = Node::with(Limits {
        progress: Duration::from_secs(60),
        response: SHORT,
        ..limits()
    });
    with_much_to_say(&node);
    let response = open(
        connect(&node).await,
        request("GET", "/api/v1/node", &[], ""),
    )
    .await;
    let mut body = response.into_body();
    let sip = async {
        while let Some(Ok(_)) = body.frame().await {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, sip).await.unwrap();
    // The server lets go; the client may still be reading what the sockets held.
    let let_go = async {
        while node.counters.snapshot().overdue_total == 0 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, let_go).await.unwrap();
}

#[tokio::test]
async fn an_event_stream_outlives_the_deadline_of_responses() {
    let node = Node::with(Limits {
        response: SHORT,
        ..limits()
    });
    let response = open(
        connect(&node).await,
        request("GET", "/api/v1/events", &[], ""),
    )
    .await;
    sleep(SHORT * 3).await;
    node.handle
        .events
        .publish(headend::node_handle::events::EventKind::Channel, &1);
    let frame = timeout(PATIENCE, response.into_body().frame())
        .await
        .unwrap();
    assert!(frame.unwrap().is_ok());
}

#[tokio::test]
async fn headers_that_are_too_large_are_refused() {
    let node = Node::start();
    let large = "x".repeat(HEADER_BYTES);
    let answer = node.tcp("GET", "/livez", &[("x", &large)]).await;
    assert_eq!(answer.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    let fits = "x".repeat(HEADER_BYTES / 2);
    assert_eq!(
        node.tcp("GET", "/livez", &[("x", &fits)]).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn no_request_is_answered_with_a_panic() {
    let node = Node::start();
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"GET / HTTP/1.1\r\nhost: \xff\xfe\r\n\r\n",
        b"GET /hls/%ff%fe/%00 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET http://[::1/ HTTP/1.1\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n",
        b"CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"POST /api/v1/channels HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n",
        b"POST /api/v1/channels HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nfffffffffff\r\n",
        b"GET /playlist.m3u HTTP/1.0\r\n\r\n",
        b"\0\0\0\0",
    ] {
        let mut stream = connect(&node).await;
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        until_closed(&mut stream).await;
        assert_eq!(node.get("/livez").await.status, StatusCode::OK);
    }
    assert_eq!(node.counters.snapshot().server_errors_total, 0);
}

#[tokio::test]
async fn connections_over_the_cap_are_closed_at_once() {
    for cap in [
        Limits {
            connections: 3,
            ..limits()
        },
        Limits {
            connections_of_one_address: 3,
            ..limits()
        },
    ] {
        let node = Node::with(cap);
        let mut held = Vec::new();
        for _ in 0..3 {
            held.push(connect(&node).await);
        }
        let all = async {
            while node.counters.snapshot().connections < 3 {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, all).await.unwrap();
        until_closed(&mut connect(&node).await).await;
        assert_eq!(node.counters.snapshot().refused_total, 1);
        let local = client::local(&node.socket, request("GET", "/livez", &[], "")).await;
        assert_eq!(local.status, StatusCode::OK);
        drop(held);
        let none = async {
            while node.counters.snapshot().connections > 0 {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, none).await.unwrap();
        assert_eq!(node.get("/livez").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_stopping_server_finishes_what_is_under_way() {
    let mut node = Node::start();
    with_much_to_say(&node);
    let segment = open(
        connect(&node).await,
        request("GET", "/api/v1/node", &[], ""),
    )
    .await;
    let events = open(
        connect(&node).await,
        request("GET", "/api/v1/events", &[], ""),
    )
    .await;
    let mut silent = connect(&node).await;
    node.stop.take().unwrap().send(()).unwrap();
    until_closed(&mut silent).await;
    assert!(
        events
            .into_body()
            .collect()
            .await
            .unwrap()
            .to_bytes()
            .is_empty()
    );
    let whole = timeout(PATIENCE, segment.into_body().collect())
        .await
        .unwrap();
    assert!(whole.unwrap().to_bytes().len() > LARGE);
    timeout(PATIENCE, &mut node.served).await.unwrap().unwrap();
    assert!(!node.socket.exists());
    assert!(TcpStream::connect(node.address).await.is_err());
}

#[tokio::test]
async fn a_stopping_server_does_not_wait_for_ever() {
    let mut node = Node::with(Limits {
        grace: SHORT,
        ..limits()
    });
    with_much_to_say(&node);
    let _stuck = open(
        connect(&node).await,
        request("GET", "/api/v1/node", &[], ""),
    )
    .await;
    node.stop.take().unwrap().send(()).unwrap();
    timeout(PATIENCE / 2, &mut node.served)
        .await
        .unwrap()
        .unwrap();
}
