//! Sources that the journeys feed themselves: other codecs, several sound tracks.

use std::time::Duration;

use headend_tests::lab::Lab;
use headend_tests::node::Node;

use super::walking;

const CHANNEL: &str = r#"
[http]
listen = ["127.0.0.1:8080"]

[[channel]]
id = "hop"
name = "Họp Chính phủ"

[[channel.input]]
url = "udp://127.0.0.1:6001"

[[channel.input]]
url = "udp://127.0.0.1:6003"

[channel.hls]
"#;

fn walk(journey: &str) {
    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, CHANNEL).unwrap();
    let walk = walking(&lab, &node, "chromium", journey);
    println!("{}", walk.finish(Duration::from_secs(280)).unwrap());
}

#[test]
fn a_source_that_changes_its_codecs_is_played_on_or_told() {
    walk("codec");
}

#[test]
fn the_sound_track_that_is_chosen_is_the_one_that_is_heard() {
    walk("sound");
}
