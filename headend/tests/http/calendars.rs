//! Calendars of others over HTTP: what becomes of the schedule when their files come again.

use headend::meeting::Meeting;

use crate::client::Answer;
use crate::node::Node;

/// An event from 2037-01-05 on, by Viet Nam's clock: `05T0800` to `05T0900`.
fn event(uid: &str, sequence: u64, (start, end): (&str, &str), title: &str, rest: &str) -> String {
    let time = |at: &str| format!(";TZID=Asia/Ho_Chi_Minh:203701{at}00");
    format!(
        "BEGIN:VEVENT\r\nUID:{uid}\r\nSEQUENCE:{sequence}\r\nDTSTART{}\r\nDTEND{}\r\nSUMMARY:{title}\r\n{rest}END:VEVENT\r\n",
        time(start),
        time(end),
    )
}

fn calendar(events: &[String]) -> String {
    let events = events.concat();
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n")
}

async fn post(node: &Node, calendar: &str) -> Answer {
    let path = "/api/v1/meetings/imports?channel=hop";
    node.local("POST", path, &[("content-type", "text/calendar")], calendar)
        .await
}

/// What became of each line of the calendar.
async fn import(node: &Node, calendar: &str) -> Vec<(u64, String)> {
    let answer = post(node, calendar).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let said = answer.json();
    let line = |line: &serde_json::Value| {
        let what = line["what"].as_str().unwrap();
        (line["line"].as_u64().unwrap(), what.to_owned())
    };
    said["lines"].as_array().unwrap().iter().map(line).collect()
}

/// What is to come: the time by Viet Nam's clock, and the title.
async fn schedule(node: &Node) -> Vec<String> {
    let answer = node.get("/api/v1/meetings?channel=hop").await;
    let all: Vec<Meeting> = serde_json::from_slice(&answer.body).unwrap();
    all.iter()
        .map(|meeting| {
            let named = meeting.named();
            named.split_once(' ').unwrap().1.to_owned()
        })
        .collect()
}

/// A series of two hours a day by Viet Nam's clock, from tomorrow on.
fn series(sequence: u64, hour: u32, rule: &str) -> String {
    let day = headend::meeting::when::format(now() + 86_400_000, "%Y%m%d");
    format!(
        "BEGIN:VEVENT\r\nUID:s\r\nSEQUENCE:{sequence}\r\nDTSTART;TZID=Asia/Ho_Chi_Minh:{day}T{hour:02}0000\r\nDURATION:PT2H\r\nSUMMARY:Giao ban\r\nRRULE:{rule}\r\nEND:VEVENT\r\n"
    )
}

fn now() -> i64 {
    headend::report::millis(headend::channel::wall_now())
}

/// What is to come: days after the first, and the hour.
async fn days(node: &Node) -> Vec<(i64, String)> {
    let answer = node.get("/api/v1/meetings").await;
    let all: Vec<Meeting> = serde_json::from_slice(&answer.body).unwrap();
    let hour = |at| headend::meeting::when::format(at, "%H");
    let first = all.iter().map(|m| m.start).min().unwrap_or(0);
    all.iter()
        .map(|m| ((m.start - first) / 86_400_000, hour(m.start)))
        .collect()
}

#[tokio::test]
async fn a_series_that_is_moved_shortened_or_left_out_in_part_leaves_no_instance_behind() {
    let node = Node::start();
    let eight = calendar(&[series(0, 8, "FREQ=DAILY;COUNT=4")]);
    import(&node, &eight).await;
    assert_eq!(days(&node).await.len(), 4);
    // It overlaps its older self.
    import(&node, &calendar(&[series(1, 9, "FREQ=DAILY;COUNT=4")])).await;
    let hours: Vec<String> = days(&node)
        .await
        .into_iter()
        .map(|(_, hour)| hour)
        .collect();
    assert_eq!(hours, ["09"; 4]);
    // An older file calls nothing off.
    import(&node, &eight).await;
    assert_eq!(days(&node).await.len(), 4);
    import(&node, &calendar(&[series(1, 9, "FREQ=DAILY;COUNT=3")])).await;
    let first = headend::meeting::when::format(now() + 86_400_000, "%Y%m%d");
    let without = format!("FREQ=DAILY;COUNT=3\r\nEXDATE;TZID=Asia/Ho_Chi_Minh:{first}T090000");
    import(&node, &calendar(&[series(2, 9, &without)])).await;
    let expected: Vec<(i64, String)> = [0, 1].map(|day| (day, "09".to_owned())).into();
    assert_eq!(days(&node).await, expected);
    // It comes back, and then is one meeting alone.
    import(&node, &calendar(&[series(2, 9, "FREQ=DAILY;COUNT=3")])).await;
    assert_eq!(days(&node).await.len(), 3);
    let alone = event("s", 3, ("05T0800", "05T0900"), "Giao ban", "");
    import(&node, &calendar(&[alone])).await;
    assert_eq!(
        schedule(&node).await,
        ["\"Giao ban\" 2037-01-05 08:00–09:00"]
    );
}

#[tokio::test]
async fn an_event_that_is_changed_again_with_the_same_sequence_is_taken_again() {
    let node = Node::start();
    let at = |end: &str, stamp: &str| {
        let stamp = format!("DTSTAMP:20260101T0000{stamp}Z\r\n");
        calendar(&[event("a", 0, ("05T0800", end), "Họp", &stamp)])
    };
    for (end, stamp) in [("05T0900", "00"), ("05T1000", "01"), ("05T1100", "02")] {
        import(&node, &at(end, stamp)).await;
        let shown = schedule(&node).await;
        assert!(
            shown[0].ends_with(&format!("–{}:00", &end[3..5])),
            "{shown:?}"
        );
    }
    let older = import(&node, &at("05T1000", "01")).await;
    assert_eq!(older, [(3, "kept".to_owned())]);
    let mut body = node.get("/api/v1/meetings/m1").await.json();
    let own = ["channel", "title", "start", "end", "class"];
    body.as_object_mut()
        .unwrap()
        .retain(|name, _| own.contains(&name.as_str()));
    body["title"] = "Họp kín".into();
    node.local("PUT", "/api/v1/meetings/m1", &[], &body.to_string())
        .await;
    // Written anew, it says nothing new.
    let kept = post(&node, &at("05T1100", "09")).await.json();
    assert_eq!((&kept["kept"], &kept["same"]), (&1.into(), &0.into()));
    assert!(
        kept["lines"][0]["text"]
            .as_str()
            .unwrap()
            .contains("changed here")
    );
    assert!(schedule(&node).await[0].contains("Họp kín"));
    import(&node, &at("05T1200", "10")).await;
    assert_eq!(schedule(&node).await, ["\"Họp\" 2037-01-05 08:00–12:00"]);
}

#[tokio::test]
async fn a_calendar_is_taken_as_a_whole_whatever_stands_first() {
    let node = Node::start();
    let plan = |sequence, times: [(&str, &str); 2], rest| {
        let [a, b] = times;
        let a = event("a", sequence, a, "A", rest);
        calendar(&[a, event("b", sequence, b, "B", "")])
    };
    let (eight, nine, ten) = (
        ("05T0800", "05T0900"),
        ("05T0900", "05T1000"),
        ("05T1000", "05T1100"),
    );
    import(&node, &plan(0, [eight, nine], "")).await;
    let changed = |line: u64| (line, "changed".to_owned());
    let shifted = import(&node, &plan(1, [nine, ten], "")).await;
    assert_eq!(shifted, [changed(3), changed(10)]);
    assert_eq!(
        schedule(&node).await,
        [
            "\"A\" 2037-01-05 09:00–10:00",
            "\"B\" 2037-01-05 10:00–11:00"
        ]
    );
    // What takes the place of another stands before its cancellation.
    let new = event("c", 0, ("05T0930", "05T1000"), "C", "");
    let off = event("a", 2, nine, "A", "STATUS:CANCELLED\r\n");
    let came = import(&node, &calendar(&[new, off])).await;
    assert_eq!(came, [(3, "added".to_owned()), changed(10)]);
    // B cannot go where C is, so D cannot have B's place.
    let later = event("b", 2, ("05T0930", "05T1030"), "B", "");
    let into = event("d", 0, ten, "D", "");
    let came = import(&node, &calendar(&[into, later])).await;
    assert!(came.iter().all(|(_, what)| what == "refused"), "{came:?}");
    assert_eq!(
        schedule(&node).await,
        [
            "\"C\" 2037-01-05 09:30–10:00",
            "\"B\" 2037-01-05 10:00–11:00"
        ]
    );
}

#[tokio::test]
async fn a_cancellation_is_of_its_own_calendar() {
    let node = Node::start();
    let a = event("a", 0, ("05T0800", "05T0900"), "A", "");
    import(&node, &calendar(&[a])).await;
    let off = calendar(&[event("a", 1, ("05T0800", "05T0900"), "A", "")]);
    let off = off.replace("VERSION:2.0", "METHOD:CANCEL");
    let on = calendar(&[event("b", 0, ("05T0800", "05T0900"), "B", "")]);
    import(&node, &(on + &off)).await;
    assert_eq!(schedule(&node).await, ["\"B\" 2037-01-05 08:00–09:00"]);
}

#[tokio::test]
async fn what_an_emergency_displaces_can_be_edited_and_is_shown_around_it() {
    let node = Node::start();
    let day = |uid, times, title, rest| calendar(&[event(uid, 0, times, title, rest)]);
    import(&node, &day("a", ("05T0800", "05T1100"), "Họp", "")).await;
    let storm = day(
        "e",
        ("05T0900", "05T1000"),
        "Bão",
        "CATEGORIES:EMERGENCY\r\n",
    );
    import(&node, &storm).await;
    let mut body = node.get("/api/v1/meetings/m1").await.json();
    let own = ["channel", "title", "start", "end"];
    body.as_object_mut()
        .unwrap()
        .retain(|name, _| own.contains(&name.as_str()));
    body["title"] = "Họp kín".into();
    let change = |body: &serde_json::Value| {
        let body = body.to_string();
        let node = &node;
        async move {
            let answer = node.local("PUT", "/api/v1/meetings/m1", &[], &body).await;
            answer.status.as_u16()
        }
    };
    assert_eq!(change(&body).await, 200);
    let guide = node.get("/epg.xml").await;
    let shown: Vec<(&str, &str)> = guide
        .text()
        .split("<programme start=\"")
        .skip(1)
        .map(|programme| (&programme[8..12], &programme[36..40]))
        .collect();
    assert_eq!(
        shown,
        [("0800", "0900"), ("0900", "1000"), ("1000", "1100")],
        "{}",
        guide.text()
    );
    import(&node, &day("b", ("05T1200", "05T1300"), "Khác", "")).await;
    body["end"] = "2037-01-05T12:30:00+07:00".into();
    assert_eq!(change(&body).await, 409, "another clash than before");
}

#[tokio::test]
async fn a_calendar_that_is_not_utf8_is_refused_by_its_line() {
    let node = Node::start();
    let text = calendar(&[event("a", 0, ("05T0800", "05T0900"), "Hop", "")]);
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let refused = post(&node, std::str::from_utf8(&utf16).unwrap()).await;
    assert_eq!(refused.status, 422);
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("1: the line is not UTF-8"), "{detail}");
}
