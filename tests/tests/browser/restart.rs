//! The node ends under the page, killed and asked to, and starts again.

use std::time::Duration;

use headend_tests::lab::{Lab, until};
use headend_tests::node::Node;

use super::{CHANNELS, PATIENCE, walking, watchable};

#[test]
fn a_node_that_is_killed_or_ended_and_starts_again_is_taken_up_by_the_page() {
    let lab = Lab::new().unwrap();
    let mut node = watchable(&lab, CHANNELS);
    let walk = walking(&lab, &node, "chromium", "restart");
    for killed in [true, false] {
        let way = if killed { "kill" } else { "stop" };
        let said = |word: &str| {
            let words = format!("{word} {way}");
            until(&words, PATIENCE * 2, || walk.said().contains(&words)).unwrap();
        };
        said("now");
        let folder = if killed { node.kill() } else { node.stop() };
        said("seen");
        node = Node::start_in(&lab, folder, CHANNELS).unwrap();
    }
    println!("{}", walk.finish(Duration::from_secs(120)).unwrap());
}
