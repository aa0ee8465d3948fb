//! HLS as caches and players see it.

use std::io::Read;

use headend::node_handle::NodeHandle;
use headend::snapshot::NodeSnapshot;
use hyper::StatusCode;
use packager::hls::{ObjectKind, Window};

use crate::node::Node;
use crate::window::window;

fn node() -> Node {
    let node = Node::start();
    node.show("hop", window());
    node
}

#[tokio::test]
async fn segments_are_kept_for_ever_and_playlists_for_a_second() {
    let node = node();
    let mut kinds = Vec::new();
    for path in window().paths() {
        let object = window().object(&path).unwrap();
        let answer = node.get(&format!("/hls/hop/{path}")).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.body, object.body);
        let (kind, cache) = match object.kind {
            ObjectKind::Playlist => ("application/vnd.apple.mpegurl", "public, max-age=1"),
            _ if path.starts_with("audio") => ("audio/mp4", "public, max-age=31536000, immutable"),
            _ if path.ends_with(".ts") => ("video/mp2t", "public, max-age=31536000, immutable"),
            _ => ("video/mp4", "public, max-age=31536000, immutable"),
        };
        assert_eq!(answer.header("content-type"), kind, "{path}");
        assert_eq!(answer.header("cache-control"), cache, "{path}");
        let length = object.body.len().to_string();
        assert_eq!(answer.header("content-length"), length, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("set-cookie"), "");
        let head = node.tcp("HEAD", &format!("/hls/hop/{path}"), &[]).await;
        assert_eq!(head.header("content-length"), length, "{path}");
        assert!(head.body.is_empty());
        kinds.push(kind);
    }
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(
        kinds,
        [
            "application/vnd.apple.mpegurl",
            "audio/mp4",
            "video/mp2t",
            "video/mp4"
        ]
    );
}

#[tokio::test]
async fn what_is_not_there_may_be_there_in_a_second() {
    let node = node();
    for path in [
        "video/0-0.m4s",
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
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["type"], "urn:headend:problem:hls-unavailable");
    assert_eq!(answer.json()["detail"], why);
}

#[tokio::test]
async fn a_node_that_has_just_started_does_not_say_that_a_channel_is_gone() {
    let node = Node::start();
    node.handle.snapshot.store(NodeSnapshot::default().into());
    let answer = node.get("/hls/hop/index.m3u8").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header("retry-after"), "2");
}

#[tokio::test]
async fn only_texts_are_compressed() {
    let node = node();
    let asked = [("accept-encoding", "gzip")];
    for path in window().paths() {
        let object = window().object(&path).unwrap();
        let answer = node.tcp("GET", &format!("/hls/hop/{path}"), &asked).await;
        let mut plain = Vec::new();
        match object.kind {
            ObjectKind::Playlist => {
                assert_eq!(answer.header("content-encoding"), "gzip", "{path}");
                assert_eq!(answer.header("vary"), "accept-encoding", "{path}");
                let mut reader = flate2::read::GzDecoder::new(&answer.body[..]);
                reader.read_to_end(&mut plain).unwrap();
            }
            _ => {
                assert_eq!(answer.header("content-encoding"), "", "{path}");
                plain = answer.body.to_vec();
            }
        }
        assert_eq!(plain, object.body, "{path}");
    }
    let api = node.tcp("GET", "/api/v1/node", &asked).await;
    assert_eq!(api.header("content-encoding"), "gzip");
    let mut plain = Vec::new();
    let mut reader = flate2::read::GzDecoder::new(&api.body[..]);
    reader.read_to_end(&mut plain).unwrap();
    assert_eq!(plain, node.get("/api/v1/node").await.body);
}

#[tokio::test]
async fn a_playlist_that_did_not_change_is_not_sent_again() {
    let node = node();
    let media = "/hls/hop/video/index.m3u8";
    let etag = node.get(media).await.header("etag").to_owned();
    for encoding in ["identity", "gzip"] {
        let headers = [
            ("if-none-match", etag.as_str()),
            ("accept-encoding", encoding),
        ];
        let same = node.tcp("GET", media, &headers).await;
        assert_eq!(same.status, StatusCode::NOT_MODIFIED);
        assert!(same.body.is_empty());
        assert_eq!(same.header("etag"), etag);
    }
    let later = crate::window::later();
    node.show("hop", later.clone());
    let fresh = node.tcp("GET", media, &[("if-none-match", &etag)]).await;
    assert_eq!(fresh.status, StatusCode::OK);
    assert_eq!(fresh.body, later.object("video/index.m3u8").unwrap().body);
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
