//! The Grafana board: fixed, templated, and every panel explained.

use serde_json::Value;

use crate::known::{metrics, named, read};

fn board() -> Value {
    serde_json::from_str(&read("deploy/grafana/headend.json")).unwrap()
}

fn panels(board: &Value) -> Vec<&Value> {
    let all = board["panels"].as_array().unwrap().iter();
    all.filter(|panel| panel["type"] != "row").collect()
}

fn expressions(panel: &Value) -> Vec<&str> {
    let targets = panel["targets"].as_array().unwrap().iter();
    targets
        .map(|target| target["expr"].as_str().unwrap())
        .collect()
}

#[test]
fn nobody_edits_it_in_place_and_the_data_source_is_chosen() {
    let board = board();
    assert_eq!(board["editable"], false);
    let variables = board["templating"]["list"].as_array().unwrap();
    let names: Vec<&str> = variables
        .iter()
        .map(|v| v["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["datasource", "job", "instance", "channel"]);
    for panel in panels(&board) {
        let sources = panel["targets"].as_array().unwrap().iter().chain([panel]);
        for source in sources {
            assert_eq!(
                source["datasource"]["uid"], "${datasource}",
                "{}",
                panel["title"]
            );
        }
    }
}

#[test]
fn every_panel_has_a_title_a_description_and_a_unit() {
    let board = board();
    assert!(panels(&board).len() >= 20);
    for panel in panels(&board) {
        for words in [
            &panel["title"],
            &panel["description"],
            &panel["fieldConfig"]["defaults"]["unit"],
        ] {
            assert!(!words.as_str().unwrap().is_empty(), "{}", panel["title"]);
        }
    }
}

#[test]
fn every_query_is_of_the_chosen_job_and_node_and_of_metrics_that_exist() {
    let metrics = metrics();
    let board = board();
    for panel in panels(&board) {
        for expression in expressions(panel) {
            let names = named(expression);
            assert!(!names.is_empty(), "{expression}");
            for name in &names {
                assert!(metrics.contains(name), "{name} in {}", panel["title"]);
            }
            let chosen = "{job=\"$job\",instance=~\"$instance\"";
            let selectors = expression.matches("headend_").count();
            assert_eq!(
                expression.matches(chosen).count(),
                selectors,
                "{expression}"
            );
        }
    }
}

/// promtool reads PromQL: each query as a rule, with Grafana's variables filled in.
#[test]
fn prometheus_understands_every_query() {
    let board = board();
    let mut rules = String::from("groups:\n  - name: board\n    rules:\n");
    let all = panels(&board);
    let queries = all.iter().flat_map(|panel| expressions(panel));
    for (number, expression) in queries.enumerate() {
        let filled = expression
            .replace("$__rate_interval", "1m")
            .replace('$', "");
        let filled = serde_json::to_string(&filled).unwrap();
        rules.push_str(&format!(
            "      - record: query_{number}\n        expr: {filled}\n"
        ));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("board.yml");
    std::fs::write(&path, rules).unwrap();
    let said = std::process::Command::new("promtool")
        .args(["check", "rules"])
        .arg(path)
        .output();
    let said = said.expect("promtool, of Debian's prometheus");
    assert!(
        said.status.success(),
        "{}",
        String::from_utf8_lossy(&said.stderr)
    );
}
