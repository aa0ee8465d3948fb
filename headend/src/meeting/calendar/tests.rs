use super::*;
use crate::meeting::{Class, Meeting};
use crate::report::{parsed, stamp};

fn now() -> Millis {
    parsed("2026-11-22T00:00:00Z").unwrap()
}

fn calendar(body: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{body}END:VCALENDAR\r\n")
}

fn event(lines: &str) -> String {
    calendar(&format!(
        "BEGIN:VEVENT\r\nUID:1@x\r\nSUMMARY:Họp\r\n{lines}\r\nEND:VEVENT\r\n"
    ))
}

/// Starts of the meetings, or the lines with what is wrong.
fn starts(text: &str) -> Vec<Result<String, (usize, String)>> {
    let found = read(text.as_bytes(), Some("hop"), now()).unwrap().found;
    let start = |event: Event| stamp(event.draft.start);
    found
        .into_iter()
        .map(|found| found.map(start).map_err(|t| (t.line, t.text.en)))
        .collect()
}

fn start(lines: &str) -> String {
    let mut all = starts(&event(lines));
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0).unwrap_or_else(|(_, text)| text)
}

#[test]
fn a_time_is_of_its_zone_of_utc_or_of_this_country() {
    let eight = "2026-12-01T01:00:00.000Z";
    for lines in [
        "DTSTART:20261201T080000\r\nDURATION:PT1H",
        "DTSTART:20261201T010000Z\r\nDTEND:20261201T020000Z",
        "DTSTART;TZID=Asia/Ho_Chi_Minh:20261201T080000\r\nDURATION:PT1H",
        "DTSTART;TZID=\"SE Asia Standard Time\":20261201T080000\r\nDURATION:PT1H",
    ] {
        assert_eq!(start(lines), eight, "{lines}");
    }
    let day = "DTSTART;VALUE=DATE:20261201\r\nDTEND;VALUE=DATE:20261202";
    assert_eq!(start(day), "2026-11-30T17:00:00.000Z");
    assert_eq!(
        start("DTSTART;TZID=Mars:20261201T080000\r\nDURATION:PT1H"),
        "the time zone `Mars` is not known"
    );
}

#[test]
fn a_zone_of_a_strange_name_counts_where_it_has_one_offset() {
    let zone = "BEGIN:VTIMEZONE\r\nTZID:(UTC+07:00) Hanoi\r\nBEGIN:STANDARD\r\nTZOFFSETTO:+0700\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
    let body = "BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:A\r\nDTSTART;TZID=\"(UTC+07:00) Hanoi\":20261201T080000\r\nDURATION:PT1H\r\nEND:VEVENT\r\n";
    let text = calendar(&format!("{zone}{body}"));
    assert_eq!(starts(&text), [Ok("2026-12-01T01:00:00.000Z".to_owned())]);
    let two = text.replace(
        "END:STANDARD",
        "END:STANDARD\r\nBEGIN:DAYLIGHT\r\nTZOFFSETTO:+0800\r\nEND:DAYLIGHT",
    );
    assert!(starts(&two)[0].is_err());
}

#[test]
fn a_series_is_made_out_without_what_is_left_out_or_moved() {
    let weekly = "DTSTART;TZID=Asia/Ho_Chi_Minh:20261201T080000\r\nDTEND;TZID=Asia/Ho_Chi_Minh:20261201T090000\r\nRRULE:FREQ=WEEKLY;COUNT=5\r\nEXDATE;TZID=Asia/Ho_Chi_Minh:20261208T080000";
    let moved = "BEGIN:VEVENT\r\nUID:1@x\r\nSUMMARY:Dời\r\nRECURRENCE-ID:20261215T010000Z\r\nDTSTART:20261216T010000Z\r\nDURATION:PT1H\r\nEND:VEVENT\r\nEND:VCALENDAR";
    let text = event(weekly).replace("END:VCALENDAR", moved);
    let days: Vec<String> = starts(&text).into_iter().map(Result::unwrap).collect();
    let days: Vec<&str> = days.iter().map(|stamp| &stamp[5..13]).collect();
    assert_eq!(days, ["12-01T01", "12-16T01", "12-22T01", "12-29T01"]);
}

#[test]
fn a_day_stands_for_what_begins_on_it_by_the_clock_of_the_series() {
    // 06:00 in Hà Nội is 23:00Z of the day before.
    let series = "DTSTART;TZID=Asia/Ho_Chi_Minh:20261201T060000\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY;COUNT=4\r\nEXDATE;VALUE=DATE:20261208,20261216";
    let moved = "BEGIN:VEVENT\r\nUID:1@x\r\nSUMMARY:Dời\r\nRECURRENCE-ID;VALUE=DATE:20261215\r\nDTSTART:20261217T010000Z\r\nDURATION:PT1H\r\nEND:VEVENT\r\n";
    let expected = ["11-30T23", "12-17T01", "12-21T23"];
    let event = event(series);
    let behind = event.replace("END:VCALENDAR", &format!("{moved}END:VCALENDAR"));
    let before = event.replacen("BEGIN:VEVENT", &format!("{moved}BEGIN:VEVENT"), 1);
    for text in [behind, before] {
        let all = starts(&text).into_iter().map(Result::unwrap);
        let mut all: Vec<String> = all.map(|stamp| stamp[5..13].to_owned()).collect();
        all.sort_unstable();
        assert_eq!(all, expected);
    }
}

#[test]
fn until_counts_by_the_clock_of_the_series() {
    let until = |until: &str| {
        let lines = format!(
            "DTSTART;TZID=Asia/Ho_Chi_Minh:20261201T080000\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY;UNTIL={until}"
        );
        starts(&event(&lines)).len()
    };
    // 08:00 in Hà Nội is 01:00Z: the third of December is in.
    assert_eq!(until("20261203T010000Z"), 3);
    assert_eq!(until("20261203T005959Z"), 2);
    assert_eq!(until("20261203"), 3);
    assert_eq!(until("20261203T080000"), 3);
}

#[test]
fn a_series_keeps_its_local_hour_over_a_change_of_the_clock() {
    let lines =
        "DTSTART;TZID=Europe/Paris:20270327T090000\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY;COUNT=2";
    let all = starts(&event(lines));
    if all[0].is_err() {
        return; // No time zone database here.
    }
    let all: Vec<String> = all.into_iter().map(Result::unwrap).collect();
    assert_eq!(
        all,
        ["2027-03-27T08:00:00.000Z", "2027-03-28T07:00:00.000Z"]
    );
}

#[test]
fn what_is_wrong_with_an_event_is_told_with_its_line_and_the_others_are_taken() {
    for (lines, line, word) in [
        ("DTSTART:20261301T080000\r\nDURATION:PT1H", 6, "DTSTART"),
        ("DTSTART:20261201T080000", 6, "neither"),
        (
            "DTSTART:20261201T080000\r\nDTEND:20261201T080000",
            7,
            "before",
        ),
        ("DTSTART:20261201T080000\r\nDURATION:-PT1H", 7, "DURATION"),
        ("SUMMARY:x", 3, "no DTSTART"),
        (
            "DTSTART:20261201T080000\r\nDURATION:PT1H\r\nRRULE:FREQ=SECONDLY",
            8,
            "FREQ",
        ),
        (
            "DTSTART:20261201T080000\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY;BYHOUR=1,2,3",
            8,
            "BYHOUR",
        ),
        (
            "DTSTART:20261201T080000\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY;INTERVAL=0",
            8,
            "RRULE",
        ),
        (
            "DTSTART:20261201T080000\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY;UNTIL=never",
            8,
            "UNTIL",
        ),
        (
            "DTSTART:20001201T080000\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY",
            8,
            "10 years",
        ),
        (
            "DTSTART:20261201T080000\r\nDURATION:PT1H\r\nRDATE:20261202T080000",
            8,
            "RDATE",
        ),
    ] {
        let good = "BEGIN:VEVENT\r\nUID:2\r\nSUMMARY:B\r\nDTSTART:20261205T080000\r\nDURATION:PT1H\r\nEND:VEVENT\r\nEND:VCALENDAR";
        let text = event(lines).replace("END:VCALENDAR", good);
        let all = starts(&text);
        let (at, text) = all[0].as_ref().unwrap_err();
        assert!(*at == line && text.contains(word), "{lines}: {at} {text}");
        assert!(all[1].is_ok(), "{lines}");
    }
}

#[test]
fn what_is_no_whole_calendar_is_refused_with_the_line() {
    let good = event("DTSTART:20261201T080000\r\nDURATION:PT1H");
    let cut = good.trim_end_matches("END:VCALENDAR\r\n");
    let nested = "BEGIN:X\r\n".repeat(20);
    let many = "BEGIN:VEVENT\r\nEND:VEVENT\r\n".repeat(EVENTS + 1);
    for (text, word) in [
        (String::new(), "no calendar"),
        ("SUMMARY:x".to_owned(), "no calendar"),
        (cut.to_owned(), "cut off"),
        (calendar("END:VEVENT\r\n"), "did not begin"),
        (calendar(&nested), "deep"),
        (calendar(&many), "events at most"),
        ("x".repeat(BYTES + 1), "MiB"),
    ] {
        let trouble = read(text.as_bytes(), Some("hop"), now()).unwrap_err();
        assert!(trouble.text.en.contains(word), "{}", trouble.text.en);
        assert!(trouble.line > 0);
    }
}

#[test]
fn a_method_is_of_its_own_calendar_and_the_last_change_stamps_an_event() {
    let plan = "DTSTART:20261201T080000\r\nDURATION:PT1H\r\nDTSTAMP:20261101T000000Z";
    let changed = format!("{plan}\r\nSEQUENCE:2\r\nLAST-MODIFIED:20261102T000000Z");
    let off = event(&changed).replace("VERSION:2.0", "METHOD:CANCEL");
    let text = off.replace("UID:1@x", "UID:2@x") + &event(plan);
    let read = read(text.as_bytes(), Some("hop"), now()).unwrap();
    let found: Vec<Event> = read.found.into_iter().map(Result::unwrap).collect();
    assert_eq!(
        (found[0].cancelled, found[1].cancelled),
        (true, false),
        "{found:?}"
    );
    let stamps = found.iter().map(|event| event.revision.stamp.map(stamp));
    let stamps: Vec<String> = stamps.map(Option::unwrap).collect();
    assert_eq!(
        stamps,
        ["2026-11-02T00:00:00.000Z", "2026-11-01T00:00:00.000Z"]
    );
    assert_eq!(read.masters[0].revision.sequence, 2);
}

#[test]
fn a_rule_that_never_meets_its_day_ends() {
    let lines =
        "DTSTART:20261201T080000\r\nDURATION:PT1H\r\nRRULE:FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31";
    assert!(starts(&event(lines)).is_empty());
    let daily = "DTSTART:20171201T080000\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY";
    assert_eq!(starts(&event(daily)).len(), 366);
}

fn meeting() -> Meeting {
    Meeting {
        id: "m7".to_owned(),
        channel: "hop".to_owned(),
        title:
            "Họp; \"lớn\", phiên 1\\2 – chuyên đề chuyển đổi số và phòng chống thiên tai năm 2026"
                .to_owned(),
        start: parsed("2026-12-01T01:00:00Z").unwrap(),
        end: parsed("2026-12-01T04:30:00Z").unwrap(),
        class: Class::Emergency,
        originator: "Văn phòng \"Chính phủ\"".to_owned(),
        record: true,
        note: "Dòng 1\nDòng 2, ; \\n".to_owned(),
        sequence: 3,
        uid: "u,1@x".to_owned(),
        changed: now(),
        ..Meeting::default()
    }
}

#[test]
fn what_is_written_reads_back_and_no_line_is_too_long() {
    let cancelled = Meeting {
        uid: "2".to_owned(),
        cancelled: true,
        instance: Some(now()),
        ..meeting()
    };
    let text = render("Họp", [&meeting(), &cancelled]);
    assert!(text.lines().all(|line| line.len() <= 75), "{text}");
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    let all: Vec<Event> = read(text.as_bytes(), None, now())
        .unwrap()
        .found
        .into_iter()
        .map(Result::unwrap)
        .collect();
    for (event, meeting) in all.iter().zip([meeting(), cancelled]) {
        assert_eq!(event.draft, Draft::from(&meeting));
        let rest = (
            &event.uid,
            event.revision.sequence,
            event.instance,
            event.cancelled,
        );
        let of = (
            &meeting.uid,
            meeting.sequence,
            meeting.instance,
            meeting.cancelled,
        );
        assert_eq!(rest, of);
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_a_calendar_or_is_refused(text: String, cut in 0usize..400) {
        let _ = read(text.as_bytes(), None, now());
        let whole = render(&text, [&meeting()]);
        let cut = whole.chars().take(cut).collect::<String>();
        let _ = read(cut.as_bytes(), Some("hop"), now());
        let _ = read(event(&text).as_bytes(), Some("hop"), now());
        let _ = read(event(&format!("DTSTART:20261201T080000\r\nDURATION:PT1H\r\nRRULE:{text}")).as_bytes(), Some("hop"), now());
    }

    #[test]
    fn any_meeting_reads_back(title in "[^\\x00-\\x1f\\x7f-\\x9f ][^\\x00-\\x1f\\x7f-\\x9f]{0,99}[^\\x00-\\x1f\\x7f-\\x9f ]", note in "[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]{0,300}") {
        let meeting = Meeting {
            title: title.trim().to_owned(),
            note: note.trim().to_owned(),
            ..meeting()
        };
        let all = read(render("x", [&meeting]).as_bytes(), None, now()).unwrap();
        let event = all.found[0].as_ref().unwrap();
        proptest::prop_assert_eq!(&event.draft, &Draft::from(&meeting));
    }
}
