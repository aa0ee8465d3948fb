//! HLS as caches and players see it.

use std::io::Read;

use bytes::Bytes;
use headend::node_handle::NodeHandle;
use hyper::StatusCode;
use packager::hls::{Object, ObjectKind};

use crate::node::{Node, Window};

fn window() -> Window {
    let object = |body: Bytes, kind| Object { body, kind };
    let list = Bytes::from("#EXTM3U\n".repeat(200));
    Window {
        objects: [
            ("index.m3u8", object(list.clone(), ObjectKind::Playlist)),
            (
                "video/init-1.mp4",
                object(Bytes::from(vec![0; 900]), ObjectKind::Init),
            ),
            (
                "video/1-7.m4s",
                object(Bytes::from(vec![7; 300_000]), ObjectKind::Segment),
            ),
            (
                "audio-1/1-7.m4s",
                object(Bytes::from(vec![8; 3_000]), ObjectKind::Part),
            ),
        ]
        .map(|(path, object)| (path.to_owned(), object))
        .into(),
    }
}

fn node() -> Node {
    let node = Node::start();
    node.show("hop", window());
    node
}

#[tokio::test]
async fn segments_are_kept_for_ever_and_playlists_for_a_second() {
    let node = node();
    for (path, kind, cache) in [
        (
            "index.m3u8",
            "application/vnd.apple.mpegurl",
            "public, max-age=1",
        ),
        (
            "video/init-1.mp4",
            "video/mp4",
            "public, max-age=31536000, immutable",
        ),
        (
            "video/1-7.m4s",
            "video/mp4",
            "public, max-age=31536000, immutable",
        ),
        (
            "audio-1/1-7.m4s",
            "audio/mp4",
            "public, max-age=31536000, immutable",
        ),
    ] {
        let answer = node.get(&format!("/hls/hop/{path}")).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.body, window().object(path).unwrap().body);
        assert_eq!(answer.header("content-type"), kind);
        assert_eq!(answer.header("cache-control"), cache);
        assert_eq!(
            answer.header("content-length"),
            answer.body.len().to_string()
        );
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("set-cookie"), "");
        let head = node.tcp("HEAD", &format!("/hls/hop/{path}"), &[]).await;
        assert_eq!(head.header("content-length"), answer.body.len().to_string());
        assert!(head.body.is_empty());
    }
}

#[tokio::test]
async fn what_is_not_there_may_be_there_in_a_second() {
    let node = node();
    for path in [
        "video/1-8.m4s",
        "..%2f..%2fetc/passwd",
        "%00",
        "index.m3u8/x",
    ] {
        let answer = node.get(&format!("/hls/hop/{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(
            answer.header("cache-control"),
            "public, max-age=1",
            "{path}"
        );
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
    }
}

#[tokio::test]
async fn a_channel_that_cannot_be_played_says_why() {
    let node = Node::start();
    let mut snapshot = crate::node::snapshot();
    let why = "video PID 0x0200 is MPEG-2 video, which browsers cannot play";
    snapshot.channels[0].hls.as_mut().unwrap().unavailable = Some(why.to_owned());
    node.handle.snapshot.store(snapshot.into());
    let answer = node.get("/hls/hop/index.m3u8").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.json()["type"], "urn:headend:problem:hls-unavailable");
    assert_eq!(answer.json()["detail"], why);
}

#[tokio::test]
async fn only_texts_are_compressed() {
    let node = node();
    let asked = [("accept-encoding", "gzip")];
    let list = node.tcp("GET", "/hls/hop/index.m3u8", &asked).await;
    assert_eq!(list.header("content-encoding"), "gzip");
    assert_eq!(list.header("vary"), "accept-encoding");
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&list.body[..])
        .read_to_end(&mut plain)
        .unwrap();
    assert_eq!(plain, window().object("index.m3u8").unwrap().body);
    let segment = node.tcp("GET", "/hls/hop/video/1-7.m4s", &asked).await;
    assert_eq!(segment.header("content-encoding"), "");
    assert_eq!(segment.body.len(), 300_000);
    assert_eq!(
        node.tcp("GET", "/api/v1/node", &asked)
            .await
            .header("content-encoding"),
        "gzip"
    );
}

#[tokio::test]
async fn a_playlist_that_did_not_change_is_not_sent_again() {
    let node = node();
    let etag = node
        .get("/hls/hop/index.m3u8")
        .await
        .header("etag")
        .to_owned();
    for encoding in ["identity", "gzip"] {
        let headers = [
            ("if-none-match", etag.as_str()),
            ("accept-encoding", encoding),
        ];
        let same = node.tcp("GET", "/hls/hop/index.m3u8", &headers).await;
        assert_eq!(same.status, StatusCode::NOT_MODIFIED);
        assert!(same.body.is_empty());
        assert_eq!(same.header("etag"), etag);
    }
    let mut other = window();
    let body = Bytes::from_static(b"#EXTM3U\n");
    other.objects.insert(
        "index.m3u8".to_owned(),
        Object {
            body,
            kind: ObjectKind::Playlist,
        },
    );
    node.show("hop", other);
    let fresh = node
        .tcp("GET", "/hls/hop/index.m3u8", &[("if-none-match", &etag)])
        .await;
    assert_eq!((fresh.status, fresh.text()), (StatusCode::OK, "#EXTM3U\n"));
    assert_ne!(fresh.header("etag"), etag);
}

#[tokio::test]
async fn a_page_elsewhere_may_ask_with_its_own_headers() {
    let headers = [
        ("origin", "https://tv.example"),
        ("access-control-request-headers", "range"),
    ];
    let answer = node().tcp("OPTIONS", "/hls/hop/index.m3u8", &headers).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-headers"), "*");
}

#[tokio::test]
async fn the_window_that_is_swapped_in_is_served_at_once() {
    let node = node();
    let windows = node.handle.windows.load();
    let live = NodeHandle::new().0.windows;
    assert!(live.load().is_empty());
    windows["hop"].store(Window::default().into());
    assert_eq!(
        node.get("/hls/hop/index.m3u8").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn television_applications_get_a_list() {
    let node = Node::start();
    let hls = node.get("/playlist.m3u").await;
    assert_eq!(hls.header("content-type"), "audio/x-mpegurl; charset=utf-8");
    assert!(
        hls.text()
            .contains("\nhttp://node.example/hls/hop/index.m3u8\n")
    );
    assert!(!hls.text().contains("tap-huan"));
    let groups = node.get("/playlist.m3u?type=multicast").await;
    assert!(
        groups
            .text()
            .ends_with(",Họp Chính phủ\nudp://@239.84.0.1:5000\n")
    );
}
