//! A thousand viewers of each shipped cache: what the node behind it is asked.

use std::time::Duration;

use headend_tests::crowd::Crowd;
use headend_tests::front::Front;
use headend_tests::lab::{Host, Lab};
use headend_tests::machine::Machine;
use headend_tests::node::Node;
use headend_tests::origin::Origin;

const PATIENCE: Duration = Duration::from_secs(60);
const VIEWERS: u16 = 1_000;
const WATCH: Duration = Duration::from_secs(30);
const HLS: &str = "segment = \"4s\"\nwindow = \"24s\"\n";

fn one_request_for_each_object(front: Front) {
    let (lab, machine) = (Lab::new().unwrap(), Machine::new().unwrap());
    let feed = tempfile::tempdir().unwrap();
    let node = Node::start(&lab, &crate::recorded(feed.path(), HLS)).unwrap();
    let listed = |c: &serde_json::Value| c["hls"]["segments"].as_u64() >= Some(4);
    node.until("hop", "segments", PATIENCE, listed).unwrap();
    let (asked, real) = (([127, 0, 0, 1], 8080), ([127, 0, 0, 1], 8081));
    let origin = Origin::new(&lab, asked.into(), real.into());
    let _cache = front.start(&lab, &machine).unwrap();
    let crowd = Crowd {
        server: front.address(),
        playlist: "/hls/hop/index.m3u8".to_owned(),
        viewers: VIEWERS,
        arrive: Duration::from_secs(8),
        watch: WATCH,
    };
    let watching = lab.on(Host::Node, move || crowd.run().expect("a reactor"));
    let report = watching.join().unwrap();
    println!("{front:?}: {report}");
    assert_eq!(report.errors, 0, "{front:?}: {report}");
    // Picture and sound, four segments of each at least.
    let least = u64::from(VIEWERS) * 8;
    assert!(report.media >= least, "{front:?}: {report}");

    let asked = origin.asked();
    let objects = asked.iter().filter(|(path, _)| path.starts_with("/hls/"));
    let (lists, media): (Vec<_>, Vec<_>) = objects.partition(|(path, _)| path.ends_with(".m3u8"));
    let twice: Vec<_> = media.iter().filter(|(_, times)| **times > 1).collect();
    assert!(media.len() > 10 && twice.is_empty(), "{front:?}: {asked:?}");
    // A list may be kept for a second, and is asked for when that is over.
    let most = u32::try_from(WATCH.as_secs()).unwrap() + 1;
    let often: Vec<_> = lists.iter().filter(|(_, times)| **times > most).collect();
    assert!(lists.len() == 3 && often.is_empty(), "{front:?}: {lists:?}");
}

#[test]
fn a_thousand_viewers_of_nginx_cost_the_node_one_request_for_an_object() {
    one_request_for_each_object(Front::Nginx);
}

#[test]
fn a_thousand_viewers_of_varnish_cost_the_node_one_request_for_an_object() {
    one_request_for_each_object(Front::Varnish);
}
