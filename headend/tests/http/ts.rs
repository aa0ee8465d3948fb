//! The transport stream over HTTP, and how television applications find it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use headend::http::Limits;
use headend::live::Live;
use http_body_util::BodyExt;
use hyper::StatusCode;
use packager::emit::Piece;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::{PATIENCE, open, request};
use crate::node::Node;

fn airing(node: &Node) -> Arc<Live> {
    let live = Arc::<Live>::default();
    let lives = HashMap::from([("hop".into(), live.clone())]);
    node.handle.lives.store(Arc::new(lives));
    live
}

fn piece(byte: u8, length: usize, entry: Option<&'static [u8]>) -> Piece {
    Piece {
        bytes: vec![byte; length].into(),
        entry: entry.map(Bytes::from_static),
    }
}

#[tokio::test]
async fn a_reader_begins_with_the_last_entry_and_its_tables() {
    let node = Node::start();
    let live = airing(&node);
    live.push(&piece(b'a', 2, None));
    live.push(&piece(b'b', 2, Some(b"T1")));
    live.push(&piece(b'c', 2, None));
    live.push(&piece(b'd', 2, Some(b"T2")));
    live.push(&piece(b'e', 2, None));
    let stream = TcpStream::connect(node.address).await.unwrap();
    let mut answer = open(stream, request("GET", "/ts/hop", &[], "")).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "video/mp2t");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(node.counters.snapshot().stream_readers, 1);
    live.push(&piece(b'f', 2, Some(b"T3")));
    let mut got = Vec::new();
    while got.len() < 8 {
        let frame = timeout(PATIENCE, answer.frame()).await.unwrap();
        got.extend_from_slice(frame.unwrap().unwrap().data_ref().unwrap());
    }
    assert_eq!(got, b"T2ddeeff", "tables are in the stream already");
}

#[tokio::test]
async fn a_reader_that_does_not_read_is_let_go_and_disturbs_nobody() {
    let node = Node::with(Limits {
        stalled: Duration::from_millis(500),
        ..Limits::default()
    });
    let live = airing(&node);
    let ask = b"GET /ts/hop HTTP/1.1\r\nhost: n\r\n\r\n";
    let mut slow = TcpStream::connect(node.address).await.unwrap();
    slow.write_all(ask).await.unwrap();
    let mut quick = TcpStream::connect(node.address).await.unwrap();
    quick.write_all(ask).await.unwrap();
    let reading = tokio::spawn(async move {
        let mut taken = 0;
        let mut buffer = vec![0; 1 << 16];
        while taken < 64 << 20 {
            taken += quick.read(&mut buffer).await.unwrap();
        }
    });
    let pushing = tokio::spawn(async move {
        loop {
            live.push(&piece(b'x', 1 << 18, None));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    timeout(PATIENCE, reading).await.unwrap().unwrap();
    let mut rest = Vec::new();
    // A reset is an end as well.
    let _ = timeout(PATIENCE, slow.read_to_end(&mut rest))
        .await
        .expect("still open");
    pushing.abort();
    let counters = node.counters.snapshot();
    let let_go = counters.overdue_total + counters.lagged_stream_readers_total;
    assert!(let_go >= 1, "{counters:?}");
}

#[tokio::test]
async fn a_box_that_knows_udpxy_asks_for_a_group_of_this_node_and_no_other() {
    let node = Node::start();
    let live = airing(&node);
    live.push(&piece(b'a', 188, Some(b"T")));
    let mut snapshot = crate::node::snapshot();
    snapshot.channels.truncate(1);
    snapshot.channels[0].id = "hop".to_owned();
    let second = headend::snapshot::OutputSnapshot {
        url: "rtp://239.84.0.2:5000".to_owned(),
        ..Default::default()
    };
    snapshot.channels[0].outputs.push(second);
    node.handle.snapshot.store(snapshot.into());
    for path in [
        "/udp/239.84.0.1:5000",
        "/rtp/@239.84.0.1:5000",
        "/udp/239.84.0.2:5000",
    ] {
        let stream = TcpStream::connect(node.address).await.unwrap();
        let answer = open(stream, request("GET", path, &[], "")).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
    }
    for (path, status) in [
        ("/udp/239.84.0.9:5000", StatusCode::FORBIDDEN),
        ("/udp/10.0.0.1:22", StatusCode::FORBIDDEN),
        ("/rtp/x", StatusCode::BAD_REQUEST),
        ("/ts/nothing", StatusCode::NOT_FOUND),
    ] {
        let answer = node.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.json()["detail"].is_string(), "{path}");
    }
}

#[tokio::test]
async fn television_applications_find_a_tuner_with_all_channels() {
    let node = Node::start();
    let base = "http://node.example";
    let found = node.get("/discover.json").await.json();
    assert_eq!(found["BaseURL"], base);
    assert_eq!(found["LineupURL"], format!("{base}/lineup.json"));
    let lineup = node.get("/lineup.json").await.json();
    let first = &crate::node::snapshot().channels[0];
    assert_eq!(lineup[0]["GuideName"], first.name);
    assert_eq!(lineup[0]["URL"], format!("{base}/ts/{}", first.id));
    assert_eq!(
        node.get("/lineup_status.json").await.json()["ScanInProgress"],
        0
    );
    let device = node.get("/device.xml").await;
    let id = found["DeviceID"].as_str().unwrap().to_owned();
    assert!(device.text().contains(&format!("<UDN>uuid:{id}</UDN>")));
}
