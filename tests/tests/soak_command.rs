//! `headend soak` in its short form: faults of the line are seen as what they are, the clock wraps,
//! and nothing is lost that the line did not lose.

use std::process::Command;

use headend_tests::lab::{Host, Lab};
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
