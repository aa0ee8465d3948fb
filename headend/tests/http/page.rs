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
