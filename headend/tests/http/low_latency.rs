//! Requests that wait for what comes next.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use headend::http::Limits;
use http_body_util::BodyExt;
use hyper::StatusCode;
use packager::hls::{Answer, Directives, Window};
use tokio::time::timeout;

use crate::client::{Answer as Response, PATIENCE};
use crate::node::Node;
use crate::tls::{self, Own};

const PLAYLIST: &str = "video/index.m3u8";
/// Of the 64 requests at once of one connection a few are left for what is there.
const WAITERS: usize = 60;

/// Windows from the fifth segment on; the next one has what `wanted` of the first lacks.
struct Stage {
    node: Arc<Node>,
    windows: Vec<Arc<Window>>,
}

impl Stage {
    fn new() -> Self {
        Self::on(Node::start())
    }

    fn on(node: Node) -> Self {
        let mut windows = crate::window::low_latency();
        let begin = windows.iter().position(|w| w.facts().segments >= 5);
        windows.drain(..begin.unwrap());
        node.show("hop", windows[0].clone());
        Self {
            node: Arc::new(node),
            windows,
        }
    }

    fn next_msn(&self) -> u64 {
        let facts = self.windows[0].facts();
        facts.media_sequence + facts.segments
    }

    async fn get(&self, path: &str) -> Response {
        self.node.get(&format!("/hls/hop/{path}")).await
    }

    /// Asks for `path`, shows one window after another while nobody has answered and each time
    /// somebody waits; gives the answer and the window that had it.
    async fn ask(&self, path: &str) -> (Response, Arc<Window>) {
        let (node, url) = (self.node.clone(), format!("/hls/hop/{path}"));
        let asking = tokio::spawn(async move { node.get(&url).await });
        while self.node.counters.snapshot().waiting_requests == 0 {
            tokio::task::yield_now().await;
        }
        let (file, query) = path.split_once('?').unwrap_or((path, ""));
        let directives = Directives::read(query).unwrap();
        let shown = self.node.handle.windows.load()["hop"].clone();
        for window in &self.windows {
            assert!(!asking.is_finished(), "answered too early");
            shown.store(window.clone());
            if window.ask(file, directives) != Answer::Later {
                return (asking.await.unwrap(), window.clone());
            }
        }
        panic!("{path} never comes");
    }
}

fn body(window: &Window, path: &str) -> Bytes {
    window.object(path).unwrap().body
}

/// The URI in the first line of a playlist that begins with `tag`.
fn uri(playlist: &str, tag: &str) -> String {
    let line = playlist.lines().find(|line| line.starts_with(tag));
    let uri = line.and_then(|line| line.split_once("URI=\""));
    let uri = uri.expect("a URI").1.split('"').next();
    format!("video/{}", uri.unwrap())
}

/// What a request on a connection of HTTP/2 gets.
async fn fetch(mut sender: tls::Sender, path: String) -> (StatusCode, Bytes) {
    let request = tls::get(&format!("/hls/hop/{path}"));
    let answer = sender.send_request(request).await.unwrap();
    let status = answer.status();
    (
        status,
        answer.into_body().collect().await.unwrap().to_bytes(),
    )
}

#[tokio::test]
async fn over_http2_those_who_wait_hold_up_no_part_of_their_connection() {
    let own = Own::new();
    let (node, at) = Node::secured(Limits::default(), &own);
    let stage = Stage::on(node);
    let sender = tls::http2(at, &own).await;
    let waiting = || stage.node.counters.snapshot().waiting_requests;
    let ask = |path: String| tokio::spawn(timeout(PATIENCE, fetch(sender.clone(), path)));

    let far = format!("{PLAYLIST}?_HLS_msn={}", stage.next_msn() + 1);
    let waiters: Vec<_> = (0..WAITERS).map(|_| ask(far.clone())).collect();
    while waiting() < WAITERS as u64 {
        tokio::task::yield_now().await;
    }
    // What is there comes at once, and what comes next as soon as it is there.
    let now = &stage.windows[0];
    let text = String::from_utf8(body(now, PLAYLIST).to_vec()).unwrap();
    for path in [PLAYLIST.to_owned(), uri(&text, "#EXT-X-PART:")] {
        let (status, answer) = ask(path.clone()).await.unwrap().unwrap();
        assert_eq!((status, answer), (StatusCode::OK, body(now, &path)));
    }
    let hint = uri(&text, "#EXT-X-PRELOAD-HINT:");
    let part = ask(hint.clone());
    let open = text.rsplit_once("#EXTINF").unwrap().1;
    let (msn, parts) = (stage.next_msn(), open.matches("#EXT-X-PART:").count());
    let reload = ask(format!("{PLAYLIST}?_HLS_msn={msn}&_HLS_part={parts}"));
    while waiting() < WAITERS as u64 + 2 {
        tokio::task::yield_now().await;
    }
    let shown = stage.node.handle.windows.load()["hop"].clone();
    let mut windows = stage.windows.iter();
    let next = windows.find(|w| w.object(&hint).is_some()).unwrap();
    shown.store(next.clone());
    let (status, answer) = part.await.unwrap().unwrap();
    assert_eq!((status, answer), (StatusCode::OK, body(next, &hint)));
    let (status, answer) = reload.await.unwrap().unwrap();
    assert_eq!((status, answer), (StatusCode::OK, body(next, PLAYLIST)));
    assert_eq!(waiting(), WAITERS as u64);

    let far = Directives::read(far.split_once('?').unwrap().1).unwrap();
    let last = windows.find(|w| w.ask(PLAYLIST, far) != Answer::Later);
    shown.store(last.unwrap().clone());
    for waiter in waiters {
        let (status, answer) = waiter.await.unwrap().unwrap();
        assert_eq!(status, StatusCode::OK);
        assert_eq!(answer, body(last.unwrap(), PLAYLIST));
    }
}

#[tokio::test]
async fn a_playlist_waits_for_its_part_and_is_woken_by_the_window_that_has_it() {
    let stage = Stage::new();
    let msn = stage.next_msn();
    for asked in [
        format!("{PLAYLIST}?_HLS_msn={msn}"),
        format!("{PLAYLIST}?_HLS_msn={msn}&_HLS_part=1"),
    ] {
        let stage = Stage::new();
        let (answer, window) = stage.ask(&asked).await;
        assert_eq!(answer.status, StatusCode::OK, "{asked}");
        assert_eq!(answer.body, body(&window, PLAYLIST), "{asked}");
        assert_ne!(answer.body, body(&stage.windows[0], PLAYLIST));
        assert_eq!(answer.header("cache-control"), "public, max-age=6");
        assert_eq!(stage.node.counters.snapshot().waiting_requests, 0);
    }
    // What is there is not waited for.
    let answer = stage.get(&format!("{PLAYLIST}?_HLS_msn={}", msn - 1)).await;
    assert_eq!(answer.body, body(&stage.windows[0], PLAYLIST));
    let plain = stage.get(PLAYLIST).await;
    assert_eq!(plain.header("cache-control"), "public, max-age=1");
}

#[tokio::test]
async fn the_part_that_the_playlist_hints_at_comes_when_it_is_made() {
    let stage = Stage::new();
    let text = stage.get(PLAYLIST).await;
    let hint = text.text().lines().find_map(|line| {
        let uri = line.strip_prefix("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"")?;
        uri.strip_suffix('"').map(str::to_owned)
    });
    let path = format!("video/{}", hint.expect("a hint"));
    let (answer, window) = stage.ask(&path).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body, body(&window, &path));
    assert_eq!(answer.header("content-type"), "video/mp4");
    assert!(answer.header("cache-control").ends_with("immutable"));
}

#[tokio::test]
async fn what_nobody_can_know_of_is_refused_in_words() {
    let stage = Stage::new();
    for (query, word) in [
        ("_HLS_msn=99999999999999999999", "number from 0"),
        ("_HLS_msn=-1", "number from 0"),
        ("_HLS_msn=5&_HLS_msn=5", "twice"),
        ("_HLS_part=0", "needs _HLS_msn"),
        ("_HLS_msn=18446744073709551615", "the last segment is"),
        ("_HLS_skip=maybe", "YES or v2"),
    ] {
        let answer = stage.get(&format!("{PLAYLIST}?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        let problem = answer.json();
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(word), "{query}: {detail}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
    }
}

#[tokio::test]
async fn who_waits_is_let_go_when_the_channel_stops_and_counted_when_nothing_comes() {
    let stage = Stage::new();
    let url = format!("/hls/hop/{PLAYLIST}?_HLS_msn={}", stage.next_msn());
    let (node, asked) = (stage.node.clone(), url.clone());
    let asking = tokio::spawn(async move { node.get(&asked).await });
    while stage.node.counters.snapshot().waiting_requests == 0 {
        tokio::task::yield_now().await;
    }
    stage.node.handle.windows.store(Arc::default());
    assert_eq!(asking.await.unwrap().status, StatusCode::NOT_FOUND);

    let stage = Stage::new();
    let began = std::time::Instant::now();
    let answer = stage.node.get(&url).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(
        began.elapsed() >= Duration::from_secs(3),
        "three target durations"
    );
    let counters = stage.node.counters.snapshot();
    assert_eq!(
        (counters.waiting_requests, counters.late_requests_total),
        (0, 1)
    );
}

#[tokio::test]
async fn without_low_latency_directives_mean_nothing() {
    let node = Node::start();
    node.show("hop", crate::window::window());
    let whole = node.get("/hls/hop/video/index.m3u8").await;
    let asked = "/hls/hop/video/index.m3u8?_HLS_msn=99999999999999999999&_HLS_skip=YES";
    let answer = node.get(asked).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body, whole.body);
    assert!(!whole.text().contains("PART"));
}
