//! What halls report, and what the API says of them.

use headend::cause::{Class, Incident, Place, Severity, Text, Word};
use hyper::StatusCode;
use serde_json::Value;

use crate::client::{self, Answer, request};
use crate::node::{Node, snapshot};
use crate::window::window;

const CMCD: (&str, &str) = ("content-type", "application/cmcd");

async fn tell(node: &Node, body: &str) -> Answer {
    client::tcp(node.address, request("POST", "/cmcd", &[CMCD], body)).await
}

async fn halls(node: &Node, query: &str) -> Value {
    let answer = node.get(&format!("/api/v1/halls{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn a_hall_that_reports_is_seen_with_its_line() {
    let node = Node::start();
    let line = r#"bl=(1200;v),br=(2400),cid="hop",e=ps,mtp=(900),sid="6e2fb550-c457-11e9",sta=r,v=2,vn.headend-hall="Xã Tân Phú""#;
    let answer = tell(&node, line).await;
    assert_eq!(
        (answer.status, answer.body.len()),
        (StatusCode::NO_CONTENT, 0)
    );
    let seen = halls(&node, "?channel=hop").await;
    assert_eq!(seen["total"], 1);
    let hall = &seen["halls"][0];
    assert_eq!(hall["hall"], "Xã Tân Phú");
    assert_eq!(hall["state"], "stalled");
    assert_eq!(hall["buffer_seconds"], 1.2);
    assert_eq!(hall["bitrate_bits_per_second"], 2_400_000);
    assert_eq!(hall["throughput_bits_per_second"], 900_000);
    assert_eq!(
        hall["session"], "6e2fb550",
        "not the whole of it: nobody speaks in its name"
    );
    assert_eq!(hall["verdict"]["whose"], "line");
    assert_eq!(halls(&node, "?channel=tap-huan").await["total"], 0);
    assert_eq!(
        node.get("/api/v1/halls?channel=x").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        node.get("/api/v1/halls?chanel=hop").await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn an_incident_of_the_channel_is_told_as_the_cause() {
    let node = Node::start();
    let mut shown = snapshot();
    shown.channels[0].incidents = vec![Incident {
        id: "hop-1-1".to_owned(),
        channel: "hop".to_owned(),
        class: Class::SourceSilent,
        subject: "input 0".to_owned(),
        places: vec![Place::Source],
        severity: Severity::Critical,
        word: Word::ConnectionLost,
        start: "2026-01-01T00:00:00Z".to_owned(),
        end: None,
        verdict: Text::new("nothing comes", "không có gì đến"),
        evidence: Vec::new(),
        actions: Vec::new(),
        next: Text::default(),
        acknowledged: None,
    }];
    node.handle.snapshot.store(shown.into());
    let lines: Vec<String> = (0..5).map(|n| format!("cid=hop,sid=s{n},sta=r")).collect();
    assert_eq!(
        tell(&node, &lines.join("\n")).await.status,
        StatusCode::NO_CONTENT
    );
    let seen = halls(&node, "?limit=2").await;
    assert_eq!(
        (
            seen["total"].as_u64(),
            seen["halls"].as_array().unwrap().len()
        ),
        (Some(5), 2)
    );
    let verdict = &seen["halls"][0]["verdict"];
    assert_eq!(
        (&verdict["whose"], &verdict["incident"]),
        (&"source".into(), &"hop-1-1".into())
    );
    let rest = halls(&node, "?limit=9&skip=2").await;
    assert_eq!(rest["halls"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn what_cannot_be_read_is_told_in_words_and_what_stands_beside_it_is_taken() {
    let node = Node::start();
    let answer = tell(
        &node,
        "cid=hop,sid=a,sta=p\n\nsid=\"x\ncid=hop,sid=b,sta=p\n",
    )
    .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.text().contains("line 3"), "{}", answer.text());
    let seen = halls(&node, "").await;
    assert_eq!(
        (&seen["total"], &seen["refused_total"]),
        (&2.into(), &1.into())
    );
    for body in ["", "\n\n", "v=2", "{\"sid\":1}"] {
        assert_eq!(
            tell(&node, body).await.status,
            StatusCode::BAD_REQUEST,
            "{body}"
        );
    }
    let large = "a".repeat(64 * 1024 + 1);
    assert_eq!(
        tell(&node, &large).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let kind = ("content-type", "text/plain");
    let plain = request("POST", "/cmcd", &[kind], "cid=hop,sid=c,sta=p");
    let answer = client::tcp(node.address, plain).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(
        node.get("/cmcd").await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
}

#[tokio::test]
async fn who_reports_without_end_is_refused_and_the_page_still_answers() {
    let node = Node::start();
    let body = "cid=hop,sid=a,sta=p\n".repeat(3_000);
    assert_eq!(tell(&node, &body).await.status, StatusCode::NO_CONTENT);
    let answer = tell(&node, &body).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.header("retry-after"), "2");
    assert_eq!(halls(&node, "").await["total"], 1);
}

#[tokio::test]
async fn what_a_request_for_hls_says_beside_it_is_heard_and_changes_nothing() {
    let node = Node::start();
    node.show("hop", window());
    let plain = node.get("/hls/hop/index.m3u8").await;
    let path = "/hls/hop/index.m3u8?CMCD=bl%3D4000%2Cbs%2Csid%3D%22query%22%2Cmtp%3D9000";
    let with_query = node.get(path).await;
    let headers = [
        ("cmcd-session", "sid=\"header\",v=1"),
        ("cmcd-request", "bl=8000"),
        ("cmcd-object", "br=2400"),
    ];
    let with_headers = node.tcp("GET", "/hls/hop/index.m3u8", &headers).await;
    for answer in [with_query, with_headers] {
        assert_eq!(answer.status, plain.status);
        assert_eq!(answer.body, plain.body);
        for name in ["cache-control", "etag", "content-type", "vary"] {
            assert_eq!(answer.header(name), plain.header(name), "{name}");
        }
    }
    let seen = halls(&node, "").await;
    let hall = |n: usize| {
        let hall = &seen["halls"][n];
        (
            hall["session"].as_str().unwrap(),
            hall["state"].as_str().unwrap(),
        )
    };
    assert_eq!(
        (hall(0), hall(1)),
        (("query", "stalled"), ("header", "playing"))
    );
    assert_eq!(seen["halls"][1]["bitrate_bits_per_second"], 2_400_000);
    for odd in ["?CMCD=", "?CMCD=%22", "?CMCD=sid%3D"] {
        let answer = node.get(&format!("/hls/hop/index.m3u8{odd}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{odd}");
    }
    node.get("/hls/made-up/index.m3u8?CMCD=sid%3Dx").await;
    assert_eq!(halls(&node, "").await["total"], 2);
}

#[tokio::test]
async fn what_is_no_code_is_told_in_the_language_of_who_asks() {
    let node = Node::start();
    let answer = node.get("/api/v1/reports/ABC23").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.text().contains("`ABC23` is no report code"));
    let vietnamese = [("accept-language", "vi")];
    let answer = node.tcp("GET", "/api/v1/reports/ABC23", &vietnamese).await;
    assert!(
        answer.text().contains("không phải mã báo cáo"),
        "{}",
        answer.text()
    );
}
