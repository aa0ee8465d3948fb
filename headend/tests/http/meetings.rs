//! The schedule over HTTP: what is taken, refused and shown.

use headend::meeting::{ImportOutcome, Meeting, MeetingOutcome, Meetings};
use serde_json::{Value, json};

use crate::client::Answer;
use crate::node::Node;

const ADDRESS: &str = "/api/v1/meetings";

fn draft(start: &str, end: &str) -> Value {
    json!({
        "channel": "hop",
        "title": "Họp Chính phủ & các tỉnh",
        "start": format!("2037-01-05T{start}:00+07:00"),
        "end": format!("2037-01-05T{end}:00+07:00"),
    })
}

async fn add(node: &Node, draft: &Value) -> Answer {
    node.local("POST", ADDRESS, &[], &draft.to_string()).await
}

async fn list(node: &Node, query: &str) -> Vec<Meeting> {
    let answer = node.get(&format!("{ADDRESS}{query}")).await;
    serde_json::from_slice(&answer.body).unwrap()
}

#[tokio::test]
async fn a_meeting_is_added_shown_changed_and_called_off() {
    let node = Node::start();
    let mut events = node.handle.events.follow(None).live;
    let dry = node
        .local(
            "POST",
            "/api/v1/meetings?dryRun=true",
            &[],
            &draft("08:00", "11:00").to_string(),
        )
        .await;
    assert_eq!(
        (dry.status.as_u16(), dry.json()["applied"] == true),
        (200, false)
    );
    assert!(list(&node, "").await.is_empty());
    let added = add(&node, &draft("08:00", "11:00")).await;
    assert_eq!(added.status, 201, "{}", added.text());
    assert_eq!(added.header("location"), "/api/v1/meetings/m1");
    assert_eq!(events.try_recv().unwrap().kind.word(), "meeting");
    let shown = node.get("/api/v1/meetings/m1").await;
    assert_eq!(shown.header("etag"), "\"0\"");
    assert_eq!(shown.json()["start"], "2037-01-05T01:00:00.000Z");
    let mut other = draft("09:00", "11:00");
    other["class"] = "priority".into();
    let body = other.to_string();
    let change = |etag: &'static str| {
        let body = body.clone();
        let node = &node;
        async move {
            let headers = [("if-match", etag)];
            node.local("PUT", "/api/v1/meetings/m1", &headers, &body)
                .await
        }
    };
    assert_eq!(change("\"0\"").await.header("etag"), "\"1\"");
    assert_eq!(change("\"0\"").await.status, 412);
    let off = node.local("DELETE", "/api/v1/meetings/m1", &[], "").await;
    let off: MeetingOutcome = serde_json::from_slice(&off.body).unwrap();
    assert!(off.meeting.cancelled && off.differences.len() == 1);
    assert!(list(&node, "").await.is_empty());
    assert_eq!(list(&node, "?all=true").await.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_is_refused_in_the_language_of_who_asks() {
    let node = Node::start();
    add(&node, &draft("08:00", "11:00")).await;
    let body = draft("10:00", "12:00").to_string();
    let vietnamese = [("accept-language", "vi-VN,vi;q=0.9")];
    let taken = node.local("POST", ADDRESS, &vietnamese, &body).await;
    assert_eq!(taken.status, 409);
    let said = taken.json()["detail"].as_str().unwrap().to_owned();
    assert!(said.contains("lúc đó kênh đã có m1"), "{said}");
    let mut unknown = draft("13:00", "14:00");
    unknown["channel"] = "hopp".into();
    let refused = add(&node, &unknown).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("did you mean `hop`"));
    for (field, value) in [
        ("start", "soon"),
        ("start", "9999-01-01T00:00:00Z"),
        ("class", "urgent"),
        ("color", "red"),
    ] {
        let mut wrong = draft("13:00", "14:00");
        wrong[field] = value.into();
        assert_eq!(add(&node, &wrong).await.status, 400, "{field}");
    }
    let mut past = draft("08:00", "09:00");
    (past["start"], past["end"]) = (
        "2025-12-01T08:00:00+07:00".into(),
        "2025-12-01T09:00:00+07:00".into(),
    );
    let refused = add(&node, &past).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("the day and the year"));
    let on_network = node.tcp("POST", "/api/v1/meetings/imports", &[]).await;
    assert_eq!(on_network.status, 403);
    assert_eq!(
        node.tcp("DELETE", "/api/v1/meetings/m1", &[]).await.status,
        403
    );
    assert_eq!(node.get("/api/v1/meetings/m9").await.status, 404);
}

#[tokio::test]
async fn the_guide_and_the_calendar_show_it_and_say_when_nothing_changed() {
    let node = Node::start();
    add(&node, &draft("08:00", "11:00")).await;
    let guide = node.get("/epg.xml").await;
    assert_eq!(
        guide.header("content-type"),
        "application/xml; charset=utf-8"
    );
    assert!(guide.text().contains("start=\"20370105080000 +0700\""));
    assert!(guide.text().contains("Họp Chính phủ &amp; các tỉnh"));
    let etag = guide.header("etag");
    let again = node
        .tcp("GET", "/epg.xml", &[("if-none-match", etag)])
        .await;
    assert_eq!(again.status, 304);
    let packed = node.get("/epg.xml.gz").await;
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&*packed.body), &mut text)
        .unwrap();
    assert_eq!(text, guide.text());
    let calendar = node.get("/meetings.ics?channel=hop").await;
    assert!(
        calendar
            .text()
            .contains("DTSTART;TZID=Asia/Ho_Chi_Minh:20370105T080000\r\n")
    );
    assert_eq!(node.get("/meetings.ics?channel=x").await.status, 404);
    assert_eq!(node.get("/api/v1/meetings?channel=x").await.status, 404);
}

#[tokio::test]
async fn a_calendar_to_hand_on_may_leave_out_what_is_over() {
    let node = Node::start();
    let over = Meeting {
        id: "m1".to_owned(),
        channel: "hop".to_owned(),
        end: 1_000,
        ..Meeting::default()
    };
    let put = node.handle.schedule.settle(false, |all| {
        *all = Meetings::new(vec![over.clone()]);
        Ok(((), vec![over]))
    });
    put.unwrap();
    let events = async |query| {
        let calendar = node.get(&format!("/meetings.ics{query}")).await;
        calendar.text().matches("BEGIN:VEVENT").count()
    };
    assert_eq!((events("").await, events("?all=false").await), (1, 0));
}

#[tokio::test]
async fn meetings_of_a_channel_that_is_no_more_are_still_listed() {
    let node = Node::start();
    add(&node, &draft("08:00", "11:00")).await;
    let mut snapshot = crate::node::snapshot();
    snapshot.channels[0].id = "hop-moi".to_owned();
    node.handle.snapshot.store(snapshot.into());
    assert_eq!(list(&node, "?channel=hop").await.len(), 1);
}

#[tokio::test]
async fn a_calendar_is_taken_but_for_what_is_refused_and_twice_changes_nothing() {
    let node = Node::start();
    add(&node, &draft("08:00", "11:00")).await;
    let calendar = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nSUMMARY:Giao ban\nDTSTART:21000101T010000Z\nDURATION:PT1H\nEND:VEVENT\nBEGIN:VEVENT\nUID:b\nSUMMARY:Giao ban\nDTSTART:20370106T010000Z\nDURATION:PT1H\nEND:VEVENT\nBEGIN:VEVENT\nUID:c\nSUMMARY:Trùng\nDTSTART:20370105T020000Z\nDURATION:PT1H\nEND:VEVENT\nEND:VCALENDAR\n";
    let import = |query: &'static str| {
        let node = &node;
        async move {
            let path = format!("/api/v1/meetings/imports?channel=hop{query}");
            let kind = [("content-type", "text/calendar")];
            let answer = node.local("POST", &path, &kind, calendar).await;
            let outcome: ImportOutcome = serde_json::from_slice(&answer.body).unwrap();
            outcome
        }
    };
    let dry = import("&dryRun=true").await;
    assert_eq!((dry.added, dry.refused, dry.applied), (1, 2, false));
    let first = import("").await;
    assert_eq!((first.added, first.same, first.refused), (1, 0, 2));
    let lines: Vec<_> = first
        .lines
        .iter()
        .map(|l| (l.line, l.what.as_str()))
        .collect();
    assert_eq!(lines, [(5, "refused"), (8, "added"), (14, "refused")]);
    let second = import("").await;
    assert_eq!((second.added, second.same, second.refused), (0, 1, 2));
    let cut = node
        .local(
            "POST",
            "/api/v1/meetings/imports?channel=hop",
            &[],
            "BEGIN:VCALENDAR\n",
        )
        .await;
    assert_eq!(cut.status, 422);
}
