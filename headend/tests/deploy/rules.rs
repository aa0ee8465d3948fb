//! The alert rules: known to Prometheus, tested, in both languages, with a page for each.

use std::process::Command;

use crate::known::{metrics, named, read, root};

const RULES: &str = "deploy/prometheus/alerts.yml";
const TESTS: &str = "deploy/prometheus/alerts_test.yml";

fn promtool(arguments: &[&str]) -> (bool, String) {
    let said = Command::new("promtool")
        .args(arguments)
        .current_dir(root().join("deploy/prometheus"))
        .output()
        .expect("promtool, of Debian's prometheus");
    let text = [said.stdout, said.stderr].concat();
    (said.status.success(), String::from_utf8(text).unwrap())
}

/// Each alert's name and text.
fn alerts(rules: &str) -> Vec<(&str, &str)> {
    rules
        .split("- alert: ")
        .skip(1)
        .map(|alert| alert.split_once('\n').unwrap())
        .collect()
}

#[test]
fn promtool_accepts_the_rules_and_their_tests_pass() {
    let (good, said) = promtool(&["check", "rules", "--lint-fatal", "alerts.yml"]);
    assert!(good, "{said}");
    let (good, said) = promtool(&["test", "rules", "alerts_test.yml"]);
    assert!(good, "{said}");
}

#[test]
fn each_alert_has_a_test_that_fires_and_one_that_does_not() {
    let tests = read(TESTS);
    for (name, _) in alerts(&read(RULES)) {
        assert!(tests.contains(&format!("- name: {name} fires\n")), "{name}");
        assert!(
            tests.contains(&format!("- name: {name} stays quiet, ")),
            "{name}"
        );
    }
}

#[test]
fn each_alert_says_what_in_both_languages_and_where_to_read_on() {
    let guide = read("docs/guide/troubleshooting.md");
    for (name, text) in alerts(&read(RULES)) {
        assert!(
            text.contains("severity: critical") || text.contains("severity: warning"),
            "{name}"
        );
        assert!(text.contains("summary: "), "{name}");
        let description: Vec<&str> = text
            .lines()
            .skip_while(|line| !line.contains("description: |-"))
            .skip(1)
            .take_while(|line| !line.contains("runbook: "))
            .collect();
        let [vietnamese, english] = description[..] else {
            panic!("{name}: {description:?}");
        };
        assert!(!vietnamese.is_ascii(), "{name}: {vietnamese}");
        assert!(english.is_ascii(), "{name}: {english}");
        let anchor = text
            .split("docs/guide/troubleshooting.md#")
            .nth(1)
            .unwrap()
            .trim();
        let anchor = anchor.lines().next().unwrap();
        assert!(
            guide.contains(&format!("<a id=\"{anchor}\"></a>")),
            "{name}: {anchor}"
        );
    }
}

#[test]
fn each_rule_names_metrics_that_the_node_has() {
    let metrics = metrics();
    let rules = read(RULES);
    let expressions: String = rules
        .lines()
        .filter(|line| !line.contains("description") && !line.contains('{') || line.contains("up{"))
        .collect();
    assert!(named(&expressions).len() > 10);
    for name in named(&expressions) {
        assert!(metrics.contains(&name), "{name}");
    }
}
