//! A node that is away for ten seconds, seen by the viewers of the caches in front of it. Unseen
//! means: every answer is a 200, every segment is whole within its own duration, and no viewer who
//! plays three target durations behind the end runs out of picture or sound.

use std::thread::JoinHandle;
use std::time::Duration;

use headend_tests::crowd::{Crowd, Report};
use headend_tests::front::Front;
use headend_tests::lab::{Host, Lab};
use headend_tests::machine::Machine;
use headend_tests::node::Node;
use headend_tests::origin::Origin;

const PATIENCE: Duration = Duration::from_secs(60);
const AWAY: Duration = Duration::from_secs(10);
/// A player has two target durations at least: 16 s, of which the longest pause between two looks
/// at the playlist is four.
const HLS: &str = "segment = \"8s\"\nwindow = \"40s\"\n";

/// A crowd in front of each cache.
fn watch(lab: &Lab, watch: Duration) -> Vec<(Front, JoinHandle<Report>)> {
    let crowd = |front: Front| Crowd {
        server: front.address(),
        playlist: "/hls/hop/index.m3u8".to_owned(),
        viewers: 100,
        arrive: Duration::from_secs(8),
        watch,
    };
    let watching = |front| {
        let crowd = crowd(front);
        let run = move || crowd.run().expect("a reactor");
        (front, lab.on(Host::Node, run))
    };
    Front::ALL.map(watching).into()
}

fn seconds(number: u64) {
    std::thread::sleep(Duration::from_secs(number));
}

#[test]
fn ten_seconds_without_a_node_are_not_seen_and_a_killed_one_gives_no_error() {
    let (lab, machine) = (Lab::new().unwrap(), Machine::new().unwrap());
    let feed = tempfile::tempdir().unwrap();
    let configuration = crate::recorded(feed.path(), HLS);
    let node = Node::start(&lab, &configuration).unwrap();
    let listed = |c: &serde_json::Value| c["hls"]["segments"].as_u64() >= Some(4);
    node.until("hop", "segments", PATIENCE, listed).unwrap();
    let (asked, real) = (([127, 0, 0, 1], 8080), ([127, 0, 0, 1], 8081));
    let origin = Origin::new(&lab, asked.into(), real.into());
    let _caches = Front::ALL.map(|front| front.start(&lab, &machine).unwrap());

    // The line to it is dead.
    let watching = watch(&lab, Duration::from_secs(40));
    seconds(14);
    origin.cut();
    std::thread::sleep(AWAY);
    origin.mend();
    for (front, report) in watching {
        let report = report.join().unwrap();
        println!("{front:?}, cut: {report}");
        assert!(
            report.media > 500 && report.is_unseen(),
            "{front:?}: {report}"
        );
    }

    // It is killed. What it would have made in that time is nowhere: who had less than that waits,
    // and plays on by itself.
    let watching = watch(&lab, Duration::from_secs(50));
    seconds(12);
    let folder = node.kill();
    std::thread::sleep(AWAY);
    let _node = Node::start_in(&lab, folder, &configuration).unwrap();
    for (front, report) in watching {
        let report = report.join().unwrap();
        println!("{front:?}, killed: {report}");
        assert!(
            report.errors == 0 && report.late == 0,
            "{front:?}: {report}"
        );
        assert!(report.longest < AWAY, "{front:?}: {report}");
    }
    let twice = origin.asked().into_iter().filter(|(path, times)| {
        !path.ends_with(".m3u8") && path.starts_with("/hls/") && *times > Front::ALL.len() as u32
    });
    assert_eq!(twice.collect::<Vec<_>>(), []);
}
