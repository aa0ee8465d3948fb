//! Server-sent events over real connections.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use headend::node_handle::events::{BEHIND, EventKind};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::{PATIENCE, open, request};
use crate::node::Node;

struct Listening {
    body: Incoming,
    text: String,
}

impl Listening {
    async fn to(node: &Node, headers: &[(&str, &str)]) -> Self {
        let stream = TcpStream::connect(node.address).await.unwrap();
        let response = open(stream, request("GET", "/api/v1/events", headers, "")).await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-cache");
        Self {
            body: response.into_body(),
            text: String::new(),
        }
    }

    /// The next event: its fields, in order.
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(event);
            }
            let frame = timeout(PATIENCE, self.body.frame()).await.unwrap()?;
            let data = frame.ok()?.into_data().unwrap();
            self.text.push_str(std::str::from_utf8(&data).unwrap());
        }
    }
}

#[tokio::test]
async fn an_event_arrives_while_it_is_new() {
    let node = Node::start();
    let mut listening = Listening::to(&node, &[]).await;
    let id = node.handle.events.publish(EventKind::Input, &"Họp");
    assert_eq!(
        listening.next().await.unwrap(),
        format!("id: {id}\nevent: input\ndata: \"Họp\"")
    );
    assert_eq!(node.counters.snapshot().event_streams, 1);
}

#[tokio::test]
async fn who_comes_back_misses_nothing() {
    let node = Node::start();
    let first = node.handle.events.publish(EventKind::Channel, &1);
    node.handle.events.publish(EventKind::Channel, &2);
    let id = first.to_string();
    let mut listening = Listening::to(&node, &[("last-event-id", &id)]).await;
    node.handle.events.publish(EventKind::Channel, &3);
    for expected in ["data: 2", "data: 3"] {
        assert!(listening.next().await.unwrap().ends_with(expected));
    }
}

#[tokio::test]
async fn who_was_away_too_long_is_told() {
    let node = Node::start();
    node.handle.events.publish(EventKind::Channel, &1);
    let mut listening = Listening::to(&node, &[("last-event-id", "5")]).await;
    assert_eq!(listening.next().await.unwrap(), "event: missed\ndata: {}");
    assert!(listening.next().await.unwrap().ends_with("data: 1"));
}

#[tokio::test]
async fn who_reads_too_slowly_is_told_and_closed() {
    let node = Node::start();
    let mut listening = Listening::to(&node, &[]).await;
    let filled = AtomicBool::new(false);
    let large = "x".repeat(40_000);
    // More than the sockets hold, so that the server's side of the stream stands still.
    let publish = async {
        for _ in 0..BEHIND * 4 {
            node.handle.events.publish(EventKind::Output, &large);
            tokio::task::yield_now().await;
        }
        filled.store(true, Ordering::Release);
    };
    timeout(PATIENCE, publish).await.unwrap();
    let mut last = String::new();
    while let Some(event) = listening.next().await {
        last = event;
    }
    assert_eq!(last, "event: lagged\ndata: {}");
    assert_eq!(node.counters.snapshot().lagged_event_streams_total, 1);
}

#[tokio::test]
async fn a_listener_that_leaves_is_forgotten() {
    let node = Node::start();
    drop(Listening::to(&node, &[]).await);
    let gone = async {
        while node.counters.snapshot().event_streams > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, gone).await.unwrap();
}
