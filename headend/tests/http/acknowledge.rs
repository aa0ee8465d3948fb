//! Who has an incident in hand.

use headend::cause::{Class, Incident, Severity, Text, Word};
use hyper::StatusCode;

use crate::node::{Node, snapshot};

const ID: &str = "hop-1795344386416-1";
const PATH: &str = "/api/v1/incidents/hop-1795344386416-1/acknowledgement";

fn node() -> Node {
    let node = Node::start();
    let mut shown = snapshot();
    shown.channels[0].incidents.push(Incident {
        id: ID.to_owned(),
        channel: "hop".to_owned(),
        class: Class::SourceSilent,
        subject: "input 0".to_owned(),
        places: Vec::new(),
        severity: Severity::Critical,
        word: Word::ConnectionLost,
        start: "2026-11-22T07:00:00Z".to_owned(),
        end: None,
        verdict: Text::default(),
        evidence: Vec::new(),
        actions: Vec::new(),
        next: Text::default(),
        acknowledged: None,
    });
    node.handle.snapshot.store(shown.into());
    node
}

async fn taken(node: &Node) -> serde_json::Value {
    let channel = node.get("/api/v1/channels/hop").await.json();
    channel["incidents"][0]["acknowledged"].clone()
}

#[tokio::test]
async fn an_incident_is_taken_in_hand_and_given_back() {
    let node = node();
    assert!(taken(&node).await.is_null());
    let body = r#"{"by":"Nguyễn Thị Lan"}"#;
    let dry = format!("{PATH}?dryRun=true");
    let answer = node.local("PUT", &dry, &[], body).await;
    assert_eq!(answer.json()["applied"], false);
    assert!(taken(&node).await.is_null(), "a dry run changes nothing");
    let answer = node.local("PUT", PATH, &[], body).await;
    assert_eq!(answer.status, StatusCode::OK);
    let shown = taken(&node).await;
    assert_eq!(shown["by"], "Nguyễn Thị Lan");
    let at: jiff::Timestamp = shown["at"].as_str().unwrap().parse().unwrap();
    let age = jiff::Timestamp::now().as_second() - at.as_second();
    assert!((0..60).contains(&age), "{age}");
    let answer = node.local("DELETE", PATH, &[], "").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(taken(&node).await.is_null());
}

#[tokio::test]
async fn nobody_takes_it_over_the_network_nor_without_a_name() {
    let node = node();
    for method in ["PUT", "DELETE"] {
        let answer = node.tcp(method, PATH, &[]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.text().contains("headend"), "{}", answer.text());
    }
    let long = format!(r#"{{"by":"{}"}}"#, "x".repeat(65));
    for body in [
        r#"{"by":""}"#,
        r#"{"by":" \u001b[2J"}"#,
        r#"{"by":7}"#,
        "{}",
        "",
        &long,
    ] {
        let answer = node.local("PUT", PATH, &[], body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
    }
    let none = "/api/v1/incidents/hop-1-1/acknowledgement";
    let answer = node.local("PUT", none, &[], r#"{"by":"Lan"}"#).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.text().contains("unknown-incident"));
    assert!(taken(&node).await.is_null());
}
