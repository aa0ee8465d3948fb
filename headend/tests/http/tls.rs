//! HTTPS as browsers, caches and strangers meet it.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use headend::http::Limits;
use headend::http::counters::HttpSnapshot;
use headend::node_handle::events::EventKind;
use headend::plan::TlsPlan;
use headend::tls::{Held, connector, name};
use http_body_util::{BodyExt, Full};
use hyper::{Request, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use crate::client::{PATIENCE, open, request};
use crate::node::Node;
use crate::window::window;

const SHORT: Duration = Duration::from_millis(400);

/// A certificate for `localhost` in a folder of its own.
pub(crate) struct Own {
    folder: TempDir,
    pub(crate) held: Arc<Held>,
}

impl Own {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "localhost");
        let plan = TlsPlan {
            listen: Vec::new(),
            certificate: folder.path().join("chain.pem"),
            key: folder.path().join("key.pem"),
        };
        let held = Held::new(&plan).unwrap();
        Self { folder, held }
    }
}

fn write(folder: &Path, name: &str) {
    let names = vec![name.to_owned(), "localhost".to_owned()];
    let mut params = CertificateParams::new(names).unwrap();
    params.not_after = date_time_ymd(2200, 1, 1);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    std::fs::write(folder.join("chain.pem"), certificate.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
}

fn limits() -> Limits {
    Limits::default()
}

/// A connection that speaks `protocol` after its handshake.
async fn shaken(at: SocketAddr, own: &Own, protocol: &[u8]) -> TlsStream<TcpStream> {
    let trusting = connector(Some(&own.folder.path().join("chain.pem"))).unwrap();
    let mut config = (**trusting.config()).clone();
    config.alpn_protocols = vec![protocol.to_vec()];
    let stream = TcpStream::connect(at).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let stream = connector.connect(name("localhost").unwrap(), stream).await;
    let stream = stream.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(protocol));
    stream
}

/// Waits until the server has counted what the client saw already.
async fn settles(node: &Node, holds: impl Fn(&HttpSnapshot) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds(&node.counters.snapshot()) {
        let counters = node.counters.snapshot();
        assert!(Instant::now() < deadline, "{counters:?}");
        tokio::task::yield_now().await;
    }
}

pub(crate) type Sender = hyper::client::conn::http2::SendRequest<Full<Bytes>>;

pub(crate) async fn http2(at: SocketAddr, own: &Own) -> Sender {
    let io = TokioIo::new(shaken(at, own, b"h2").await);
    let shaken = hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await;
    let (sender, connection) = shaken.unwrap();
    tokio::spawn(connection);
    sender
}

pub(crate) fn get(path: &str) -> Request<Full<Bytes>> {
    let uri = format!("https://tv.example:8443{path}");
    Request::get(uri).body(Full::default()).unwrap()
}

#[tokio::test]
async fn page_playlist_segments_and_events_come_over_http2() {
    let own = Own::new();
    let (node, at) = Node::secured(limits(), &own);
    node.show("hop", window());
    let mut sender = http2(at, &own).await;
    for path in ["/", "/noc", "/livez", "/api/v1/node", "/metrics"] {
        let answer = sender.send_request(get(path)).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.into_body().collect().await.unwrap();
    }
    for path in window().paths() {
        let answer = sender.send_request(get(&format!("/hls/hop/{path}"))).await;
        let answer = answer.unwrap();
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        assert!(!answer.headers().contains_key("strict-transport-security"));
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, window().object(&path).unwrap().body, "{path}");
    }
    let list = sender.send_request(get("/playlist.m3u")).await.unwrap();
    let list = list.into_body().collect().await.unwrap().to_bytes();
    let list = std::str::from_utf8(&list).unwrap();
    assert!(
        list.contains("\nhttps://tv.example:8443/hls/hop/index.m3u8"),
        "{list}"
    );

    let answer = sender.send_request(get("/api/v1/events")).await.unwrap();
    let mut events = answer.into_body();
    node.handle.events.publish(EventKind::Input, &"Họp");
    let frame = timeout(PATIENCE, events.frame()).await.unwrap().unwrap();
    let data = frame.unwrap().into_data().unwrap();
    assert!(
        std::str::from_utf8(&data)
            .unwrap()
            .contains("data: \"Họp\"")
    );
    let write = Request::post("https://tv.example/api/v1/configuration/reloads");
    let write = write.body(Full::default()).unwrap();
    let refused = sender.send_request(write).await.unwrap();
    assert_eq!(
        refused.status(),
        StatusCode::FORBIDDEN,
        "TLS is the network too"
    );
}

#[tokio::test]
async fn http1_is_spoken_to_who_knows_no_other() {
    let own = Own::new();
    let (node, at) = Node::secured(limits(), &own);
    let stream = shaken(at, &own, b"http/1.1").await;
    let answer = open(stream, request("GET", "/livez", &[], "")).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(node.counters.snapshot().tls_failed_total, 0);
}

#[tokio::test]
async fn a_handshake_that_does_not_end_is_dropped_and_counted() {
    let own = Own::new();
    let patience = Limits {
        first_request: SHORT,
        ..limits()
    };
    let (node, at) = Node::secured(patience, &own);
    // Nothing, the first byte alone, and a byte now and then of a record that is never whole.
    let silent = TcpStream::connect(at).await.unwrap();
    let mut begun = TcpStream::connect(at).await.unwrap();
    begun.write_all(&[22]).await.unwrap();
    let (mut slow, mut writer) = TcpStream::connect(at).await.unwrap().into_split();
    writer.write_all(&[22, 3, 1, 2, 0]).await.unwrap();
    let dripping = tokio::spawn(async move {
        while writer.write_all(&[1]).await.is_ok() {
            tokio::time::sleep(SHORT / 8).await;
        }
    });
    let mut rest = Vec::new();
    for mut stream in [silent, begun] {
        let closed = timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
        let _ = closed.expect("still open");
    }
    let closed = timeout(PATIENCE, slow.read_to_end(&mut rest)).await;
    let _ = closed.expect("still open");
    dripping.await.unwrap();
    settles(&node, |c| (c.overdue_total, c.connections) == (3, 0)).await;
    // Who ended the handshake and asks nothing is as late.
    let mut idle = shaken(at, &own, b"h2").await;
    let _ = timeout(PATIENCE, idle.read_to_end(&mut Vec::new()))
        .await
        .expect("still open");
    settles(&node, |counters| counters.overdue_total == 4).await;
}

#[tokio::test]
async fn plain_http_is_told_where_to_go_and_noise_is_dropped() {
    let own = Own::new();
    let (node, at) = Node::secured(limits(), &own);
    let said = async |text: &[u8]| {
        let mut stream = TcpStream::connect(at).await.unwrap();
        // Who is dropped may not take it all.
        let _ = stream.write_all(text).await;
        let mut answer = Vec::new();
        let _ = timeout(PATIENCE, stream.read_to_end(&mut answer))
            .await
            .unwrap();
        String::from_utf8(answer).unwrap()
    };
    let told = said(b"GET /x HTTP/1.1\r\nHost: tv.example:8443\r\n\r\n").await;
    assert!(told.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{told}");
    assert!(
        told.ends_with("This port speaks HTTPS: https://tv.example:8443/\n"),
        "{told}"
    );
    let hostile = said(b"GET / HTTP/1.1\r\nHost: <script>\r\n\r\n").await;
    assert!(hostile.ends_with("This port speaks HTTPS.\n"), "{hostile}");
    let endless = said(&[b'A'; 64 * 1024]).await;
    assert!(endless.is_empty() || endless.ends_with("This port speaks HTTPS.\n"));
    assert_eq!(said(&[0xff; 64]).await, "");
    // A handshake that begins well and is noise.
    said(&[&[22, 3, 1, 0, 64][..], &[0xff; 64]].concat()).await;
    settles(&node, |counters| counters.tls_failed_total == 5).await;
    let through = shaken(at, &own, b"h2").await;
    drop(through);
}

#[tokio::test]
async fn a_renewal_touches_no_download_that_is_under_way() {
    const LARGE: usize = 32 << 20;
    let own = Own::new();
    let (node, at) = Node::secured(limits(), &own);
    let mut snapshot = crate::node::snapshot();
    snapshot.notices = vec!["x".repeat(LARGE)];
    node.handle.snapshot.store(snapshot.into());
    let mut sender = http2(at, &own).await;
    let answer = sender.send_request(get("/api/v1/node")).await.unwrap();
    let mut body = answer.into_body();
    let mut taken = body
        .frame()
        .await
        .unwrap()
        .unwrap()
        .into_data()
        .unwrap()
        .len();

    write(own.folder.path(), "new.example");
    assert!(own.held.look());
    let stream = shaken(at, &own, b"h2").await;
    let shown = stream.get_ref().1.peer_certificates().unwrap()[0].clone();
    let shown = String::from_utf8_lossy(&shown).into_owned();
    assert!(shown.contains("new.example"), "the new one is shown");
    while let Some(frame) = timeout(PATIENCE, body.frame()).await.unwrap() {
        taken += frame.unwrap().into_data().map_or(0, |data| data.len());
    }
    assert!(taken > LARGE, "{taken}");
    let again = sender.send_request(get("/livez")).await.unwrap();
    assert_eq!(again.status(), StatusCode::OK, "on the old connection");
}

#[tokio::test]
async fn a_node_that_ends_does_not_wait_for_a_handshake() {
    let own = Own::new();
    let (mut node, at) = Node::secured(limits(), &own);
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(&[22]).await.unwrap();
    while node.counters.snapshot().connections == 0 {
        tokio::task::yield_now().await;
    }
    node.stop.take().unwrap().send(()).unwrap();
    let grace = limits().grace;
    timeout(grace / 2, &mut node.served)
        .await
        .expect("it waits")
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_fetches_playlist_and_segments_by_http2() {
    let own = Own::new();
    let (node, at) = Node::secured(limits(), &own);
    node.show("hop", window());
    let chain = own.folder.path().join("chain.pem");
    for path in window().paths() {
        let mut curl = Command::new("curl");
        curl.args([
            "--http2",
            "--silent",
            "--show-error",
            "--fail",
            "--max-time",
            "10",
        ]);
        curl.args([
            "--write-out",
            "%{stderr}%{http_version} %{ssl_verify_result}",
        ]);
        curl.arg("--cacert").arg(&chain);
        curl.arg(format!("https://localhost:{}/hls/hop/{path}", at.port()));
        let done = tokio::task::spawn_blocking(move || curl.output().unwrap());
        let done = done.await.unwrap();
        assert_eq!(String::from_utf8_lossy(&done.stderr), "2 0", "{path}");
        assert_eq!(done.stdout, window().object(&path).unwrap().body, "{path}");
    }
}
