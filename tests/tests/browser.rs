//! The page in Chromium against a real node with the test picture.

use std::path::Path;
use std::time::Duration;

use headend_tests::lab::{Host, Lab};
use headend_tests::node::Node;

const CHANNEL: &str = r#"
[http]
listen = ["127.0.0.1:8080"]

[[channel]]
id = "hop"
name = "Họp Chính phủ"

[[channel.input]]
url = "test:?size=640x360&rate=25&bitrate=1M"

[channel.hls]
"#;

#[test]
fn the_page_plays_a_real_node_and_comes_back_by_itself() {
    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, CHANNEL).unwrap();
    let listed = |c: &serde_json::Value| c["hls"]["segments"].as_u64() > Some(3);
    node.until("hop", "four segments", Duration::from_secs(60), listed)
        .unwrap();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../player-web");
    let mut command = lab.command(Host::Node, "node");
    command
        .arg("test/browser.mjs")
        .current_dir(&page)
        .env("HEADEND_URL", "http://127.0.0.1:8080")
        .env("HEADEND_PLAY_SECONDS", "60")
        .env("HEADEND_OFFLINE_SECONDS", "30");
    if let Some(folder) = std::env::var_os("HEADEND_SCREENSHOTS") {
        command.env("HEADEND_SCREENSHOTS", folder);
    }
    let said = headend_tests::lab::Running::start(command, "the browser test")
        .unwrap()
        .finish(Duration::from_secs(400))
        .unwrap();
    println!("{said}");
}
