//! `headend soak` in its short form: faults of the line are seen as what they are, the clock wraps,
//! and nothing is lost that the line did not lose.

use std::process::{Command, Stdio};
use std::time::Duration;

use headend_tests::lab::{Host, Lab, until};
use headend_tests::node::headend;
use serde_json::Value;

#[test]
fn a_minute_of_faults_is_told_apart_and_the_output_is_whole() {
    let lab = Lab::new().unwrap();
    let mut command: Command = lab.command(Host::Node, headend().to_str().unwrap());
    command.args(["soak", "--for", "60s", "--output", "json"]);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {said}"));
    println!("{report:#}\n{said}");
    assert_eq!(report["wraps"], 1, "{report:#}");
    assert_eq!(report["out_lost"], 0, "{report:#}");
    assert!(report["line_lost"].as_u64().unwrap() > 10, "{report:#}");
    assert!(
        report["node_missed"].as_u64() <= report["line_lost"].as_u64(),
        "{report:#}"
    );
    let classes: Vec<&str> = report["incidents"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|incident| incident["class"].as_str())
        .collect();
    assert!(
        classes.contains(&"reordering") && classes.contains(&"source-silent"),
        "{classes:?}"
    );
    let grave = [
        "clock",
        "no-wrap",
        "output-lost",
        "holes",
        "node-ended",
        "silent",
    ];
    let faults = report["faults"].as_array().unwrap();
    assert!(
        faults
            .iter()
            .all(|f| !grave.contains(&f["fault"].as_str().unwrap())),
        "{report:#}"
    );
    assert_ne!(output.status.code(), Some(2), "{said}");
    assert!(said.lines().count() >= 5, "a line each 10 s: {said}");
}

#[test]
fn a_soak_that_is_killed_leaves_no_node_behind() {
    let lab = Lab::new().unwrap();
    let mut command = lab.command(Host::Node, headend().to_str().unwrap());
    command.args(["soak", "--for", "60s"]);
    let mut soak = command.stderr(Stdio::null()).spawn().unwrap();
    let children = format!("/proc/{0}/task/{0}/children", soak.id());
    let patience = Duration::from_secs(20);
    let mut node = String::new();
    until("the node of the soak", patience, || {
        let children = std::fs::read_to_string(&children).unwrap_or_default();
        let mut named = children.split_whitespace().filter(|id| {
            let said = std::fs::read_to_string(format!("/proc/{id}/cmdline"));
            said.is_ok_and(|said| said.split('\0').any(|word| word == "run"))
        });
        node = named.next().unwrap_or_default().to_owned();
        !node.is_empty()
    })
    .unwrap();
    soak.kill().unwrap();
    soak.wait().unwrap();
    let is_running = || {
        let said = std::fs::read_to_string(format!("/proc/{node}/cmdline"));
        said.is_ok_and(|said| !said.is_empty())
    };
    until("the node is gone", patience, || !is_running()).unwrap();
}
