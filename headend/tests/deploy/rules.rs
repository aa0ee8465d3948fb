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

/// `HeadendNodeDown` has `docs/runbook/node-down.md`.
fn page(alert: &str) -> String {
    let mut words = String::new();
    for letter in alert.strip_prefix("Headend").unwrap().chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push('-');
        }
        words.extend(letter.to_lowercase());
    }
    format!("docs/runbook/{words}.md")
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
fn the_shipped_scrape_is_what_the_rules_ask_for() {
    let (good, said) = promtool(&["check", "config", "prometheus.yml"]);
    assert!(good && said.contains("1 rule files found"), "{said}");
    let scrape = read("deploy/prometheus/prometheus.yml");
    assert!(scrape.contains("job_name: headend\n    scrape_interval: 5s\n"));
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
    for (name, text) in alerts(&read(RULES)) {
        let severities = ["page", "critical", "warning"];
        let known = |word: &&str| text.contains(&format!("severity: {word}\n"));
        assert!(severities.iter().any(known), "{name}");
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
        assert!(
            text.contains(&format!("runbook: {}\n", page(name))),
            "{name}"
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

#[test]
fn each_alert_has_a_page_that_says_what_is_seen_what_it_means_where_to_look_and_what_to_do() {
    let index = read("docs/runbook/README.md");
    let rules = read(RULES);
    let alerts = alerts(&rules);
    for (name, _) in &alerts {
        let path = page(name);
        let text = read(&path);
        assert!(text.contains(&format!("`{name}`")), "{path}");
        for row in [
            "| Viewers see | ",
            "| *Người xem thấy* | ",
            "| It means | ",
            "| Look at | ",
            "| Do | ",
        ] {
            let cell = text.split(row).nth(1).and_then(|rest| rest.lines().next());
            let cell = cell.unwrap_or_else(|| panic!("{path} has no {row}"));
            assert!(cell.len() > 20, "{path}: {row}{cell}");
        }
        let file = path.rsplit('/').next().unwrap();
        assert!(
            index.contains(&format!("]({file})")),
            "{path} is not listed"
        );
    }
    let pages = std::fs::read_dir(root().join("docs/runbook")).unwrap();
    assert_eq!(pages.count(), alerts.len() + 2, "a page without its alert");
}

#[test]
fn each_class_of_incident_has_its_lines_in_the_runbook() {
    let document: serde_json::Value = serde_json::from_str(&headend::http::openapi_json()).unwrap();
    let classes = &document["components"]["schemas"]["Class"]["enum"];
    let classes = classes.as_array().unwrap().iter();
    let words: Vec<&str> = classes.map(|class| class.as_str().unwrap()).collect();
    assert!(words.len() >= 26, "{words:?}");
    let text = read("docs/runbook/classes.md");
    for word in words {
        let line = text
            .lines()
            .find(|l| l.contains(&format!("<a id=\"{word}\"></a>")));
        let line = line.unwrap_or_else(|| panic!("{word} has no line"));
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        assert_eq!(cells.len(), 5, "{line}");
        assert!(cells.iter().all(|cell| cell.trim().len() > 5), "{line}");
    }
}
