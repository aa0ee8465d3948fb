//! Hosts that take much and give nothing back: others find room, and memory has an end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use headend::archive::Wanted;
use headend::http::limits::{ARCHIVE_READERS, EVENT_STREAMS, HOSTS, LIST_BYTES, STREAMS};
use headend::meeting::{Around, Draft};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::SendRequest;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use packager::hls::{Moment, Piece};
use packager::time::Wall;
use packager::ts::clock::Ticks;
use tokio::net::TcpSocket;
use tokio::time::{sleep, timeout};

use crate::client::PATIENCE;
use crate::node::Node;

const ONE: &str = "127.0.0.1:0";
const OTHER: &str = "127.0.0.2:0";

/// Connections of one host by HTTP/2 that take no byte of an answer, or all.
struct Host {
    from: SocketAddr,
    to: SocketAddr,
    window: u32,
    open: Vec<SendRequest<Full<Bytes>>>,
    asked: usize,
}

impl Host {
    fn new(from: &str, node: &Node, window: u32) -> Self {
        Self {
            from: from.parse().unwrap(),
            to: node.address,
            window,
            open: Vec::new(),
            asked: 0,
        }
    }

    async fn ask(&mut self, path: &str) -> Response<Incoming> {
        if self.asked.is_multiple_of(STREAMS as usize) {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind(self.from).unwrap();
            let io = TokioIo::new(socket.connect(self.to).await.unwrap());
            let mut client = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
            let client = client.initial_stream_window_size(self.window);
            let (sender, connection) = client.handshake(io).await.unwrap();
            tokio::spawn(connection);
            self.open.push(sender);
        }
        self.asked += 1;
        let uri = format!("http://{}{path}", self.to);
        let ask = Request::get(uri).body(Full::default()).unwrap();
        let sender = self.open.last_mut().unwrap();
        let answer = timeout(PATIENCE, sender.send_request(ask)).await;
        answer.unwrap().unwrap()
    }
}

async fn all_of(answer: Response<Incoming>) -> Bytes {
    let body = timeout(PATIENCE, answer.into_body().collect()).await;
    body.unwrap().unwrap().to_bytes()
}

fn moment() -> Moment {
    let piece = Piece {
        dir: "video".into(),
        date: Wall::from_unix_nanos(1_794_996_000_000_000_000),
        duration: Ticks::from_millis(2_000),
        init: Some(("init-1.mp4".to_owned(), Bytes::from_static(b"init"))),
        body: (0..1_000_000_u32).map(|n| (n % 251) as u8).collect(),
    };
    Moment {
        instance: 0xf00,
        msn: 7,
        target: 2,
        discontinuity: false,
        pieces: vec![piece],
        multivariant: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_nothing_of_the_archive_holds_places_and_leaves_some() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::keeping(folder.path());
    let archive = node.handle.archive.clone().unwrap();
    let channel: Arc<str> = "hop".into();
    archive.serve(Wanted {
        quota: 1 << 30,
        shifts: [(channel.clone(), Duration::from_secs(3_600))].into(),
    });
    let kept = moment();
    let body = kept.pieces[0].body.clone();
    archive.keep(&channel, kept);
    let (segment, path) = ("video/f00-7.m4s", "/hls/hop/video/f00-7.m4s");
    let written = async {
        while archive.find("hop", segment).is_none() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, written).await.unwrap();

    let mut greedy = Host::new(ONE, &node, 0);
    let mut held = Vec::new();
    for _ in 0..ARCHIVE_READERS / HOSTS {
        let answer = greedy.ask(path).await;
        assert_eq!(answer.status(), StatusCode::OK);
        held.push(answer);
    }
    let refused = greedy.ask(path).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key("retry-after"));
    let mut modest = Host::new(OTHER, &node, 4 << 20);
    let answer = modest.ask(path).await;
    let headers = answer.headers();
    assert_eq!(headers["content-length"], "1000000");
    assert_eq!(headers["content-type"], "video/mp4");
    assert!(
        headers["cache-control"]
            .to_str()
            .unwrap()
            .contains("immutable")
    );
    assert_eq!(all_of(answer).await, body);
    drop((held, greedy));
    let mut again = Host::new(ONE, &node, 4 << 20);
    let free = async {
        while again.ask(path).await.status() != StatusCode::OK {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, free).await.unwrap();
}

#[tokio::test]
async fn one_host_cannot_take_all_event_streams() {
    let node = Node::start();
    let path = "/api/v1/events";
    let mut greedy = Host::new(ONE, &node, 1 << 16);
    let mut held = Vec::new();
    for _ in 0..EVENT_STREAMS / HOSTS {
        let answer = greedy.ask(path).await;
        assert_eq!(answer.status(), StatusCode::OK);
        held.push(answer);
    }
    let refused = greedy.ask(path).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    let mut other = Host::new(OTHER, &node, 1 << 16);
    assert_eq!(other.ask(path).await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_nothing_of_long_lists_is_given_no_more_of_them() {
    let node = Node::start();
    let channels = ["hop".to_owned()];
    let around = Around {
        channels: &channels,
        node: "n",
        now: 0,
    };
    let schedule = &node.handle.schedule;
    let added = schedule.settle(false, |all| {
        let each = (0..2_000).map(|hour| {
            let draft = Draft {
                channel: "hop".to_owned(),
                title: "Họp".to_owned(),
                start: hour * 3_600_000,
                end: (hour + 1) * 3_600_000,
                note: "ạ".repeat(1_000),
                ..Draft::default()
            };
            Ok(all.add(draft, around)?.meeting)
        });
        Ok(((), each.collect::<Result<_, _>>()?))
    });
    added.unwrap();
    let path = "/api/v1/meetings?all=true";
    let mut greedy = Host::new(ONE, &node, 0);
    let mut held = Vec::new();
    let mut length = 0;
    let refused = loop {
        let answer = greedy.ask(path).await;
        if answer.status() != StatusCode::OK {
            break answer.status();
        }
        let own: usize = answer.headers()["content-length"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        length += own;
        assert!(length <= LIST_BYTES / HOSTS, "{length}");
        held.push(answer);
    };
    assert_eq!(refused, StatusCode::SERVICE_UNAVAILABLE);
    assert!(length > LIST_BYTES / HOSTS / 2, "{length}");
    // What is short has room.
    assert_eq!(
        greedy.ask("/api/v1/meetings/m1").await.status(),
        StatusCode::OK
    );
    let mut other = Host::new(OTHER, &node, 64 << 20);
    assert!(all_of(other.ask(path).await).await.len() > 1 << 20);
}
