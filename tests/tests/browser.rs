//! The player and the wall in Chromium against real nodes with the test picture.

use std::path::Path;
use std::time::Duration;

use headend_tests::lab::{Host, Lab};
use headend_tests::node::Node;

const CHANNEL: &str = r#"
[http]
listen = ["127.0.0.1:8080"]

[player]
help-phone = "0214 3840 888"
help-name = "Trung tâm điều hành"

[[channel]]
id = "hop"
name = "Họp Chính phủ"
group = "Trung ương"

[[channel.input]]
url = "test:?size=640x360&rate=25&bitrate=1M"

[channel.hls]

[[channel]]
id = "giao-ban"
name = "Giao ban tỉnh"
group = "Tỉnh Lào Cai"

[[channel.input]]
url = "udp://127.0.0.1:6002"

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
        .env("HEADEND_PROGRAM", headend_tests::node::headend())
        .env("HEADEND_CONFIG", node.file())
        .env("HEADEND_PLAY_SECONDS", "20")
        .env("HEADEND_OFFLINE_SECONDS", "15");
    if let Some(folder) = std::env::var_os("HEADEND_SCREENSHOTS") {
        command.env("HEADEND_SCREENSHOTS", folder);
    }
    let said = headend_tests::lab::Running::start(command, "the browser test")
        .unwrap()
        .finish(Duration::from_secs(480))
        .unwrap();
    println!("{said}");
}

const WALL: &str = r#"
[http]
listen = ["127.0.0.1:8080"]

[[channel]]
id = "hop"
name = "Họp Chính phủ"

[[channel.input]]
url = "test:?size=320x180&rate=25&bitrate=500k"

[channel.hls]

[[channel]]
id = "giao-ban"
name = "Giao ban tỉnh"

[[channel.input]]
url = "udp://127.0.0.1:6002"

[[channel]]
id = "tap-huan"
name = "Tập huấn"

[[channel.input]]
url = "test:?size=320x180&rate=25&bitrate=500k"

[[channel.input]]
url = "udp://127.0.0.1:6003"
"#;

#[test]
fn the_wall_shows_what_fails_first_and_who_has_it_in_hand() {
    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, WALL).unwrap();
    let on_air = |c: &serde_json::Value| c["state"] == "on-air";
    node.until("hop", "on air", Duration::from_secs(60), on_air)
        .unwrap();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../player-web");
    let mut command = lab.command(Host::Node, "node");
    command
        .arg("test/noc.mjs")
        .current_dir(&page)
        .env("HEADEND_URL", "http://127.0.0.1:8080")
        .env("HEADEND_PROGRAM", headend_tests::node::headend())
        .env("HEADEND_CONFIG", node.file())
        .env("LANG", "C.UTF-8");
    if let Some(folder) = std::env::var_os("HEADEND_SCREENSHOTS") {
        command.env("HEADEND_SCREENSHOTS", folder);
    }
    let said = headend_tests::lab::Running::start(command, "the test of the wall")
        .unwrap()
        .finish(Duration::from_secs(280))
        .unwrap();
    println!("{said}");
}
