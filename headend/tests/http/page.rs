//! The player's page and the wall, or the word that they are missing.

use hyper::StatusCode;

use crate::node::Node;

#[tokio::test]
async fn the_player_is_there_and_runs_nothing_from_elsewhere() {
    whole(&Node::start(), "/").await;
}

#[tokio::test]
async fn the_wall_is_there_and_runs_nothing_from_elsewhere() {
    whole(&Node::start(), "/noc").await;
}

#[tokio::test]
async fn what_opens_the_page_without_a_network_is_asked_for_anew_each_time() {
    let node = Node::start();
    if node
        .get("/")
        .await
        .text()
        .contains("built without the player")
    {
        return;
    }
    for (address, media_type) in [
        ("/sw.js", "text/javascript; charset=utf-8"),
        ("/manifest.webmanifest", "application/manifest+json"),
    ] {
        let file = node.get(address).await;
        assert_eq!(file.status, StatusCode::OK, "{address}");
        assert_eq!(file.header("content-type"), media_type, "{address}");
        assert_eq!(file.header("cache-control"), "no-cache", "{address}");
    }
    let manifest = node.get("/manifest.webmanifest").await.json();
    let icon = manifest["icons"][0]["src"].as_str().unwrap();
    assert_eq!(node.get(&format!("/{icon}")).await.status, StatusCode::OK);
    let worker = node.get("/sw.js").await;
    let files = worker.text().split('"');
    for address in files.filter(|part| part.starts_with("player/") && part.contains('.')) {
        let file = node.get(&format!("/{address}")).await;
        assert_eq!(file.status, StatusCode::OK, "{address}");
    }
}

async fn whole(node: &Node, address: &str) {
    let page = node.get(address).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(
        page.header("content-security-policy")
            .starts_with("default-src 'self';")
    );
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    let text = page.text().to_owned();
    if text.contains("built without the player") {
        return;
    }
    assert_eq!(page.header("cache-control"), "no-cache");
    let etag = page.header("etag").to_owned();
    let same = node.tcp("GET", address, &[("if-none-match", &etag)]).await;
    assert_eq!(same.status, StatusCode::NOT_MODIFIED);
    for address in text.split('"').filter(|part| part.starts_with("player/")) {
        let file = node.get(&format!("/{address}")).await;
        assert_eq!(file.status, StatusCode::OK, "{address}");
        assert_eq!(
            file.header("cache-control"),
            "public, max-age=31536000, immutable",
            "{address}"
        );
        assert_ne!(
            file.header("content-type"),
            "application/octet-stream",
            "{address}"
        );
    }
}
