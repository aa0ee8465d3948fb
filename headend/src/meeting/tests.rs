use super::calendar::{Calendar, Event, Revision};
use super::*;
use crate::report::parsed;

const CHANNELS: &[&str] = &["hop-chinh-phu", "tap-huan"];

fn at(stamp: &str) -> Millis {
    parsed(&format!("2026-12-01T{stamp}:00+07:00")).unwrap()
}

fn channels() -> Vec<String> {
    CHANNELS.iter().map(|id| (*id).to_owned()).collect()
}

fn around(channels: &[String]) -> Around<'_> {
    Around {
        channels,
        node: "trung-uong",
        now: at("07:00"),
    }
}

fn draft(start: &str, end: &str, class: Class) -> Draft {
    Draft {
        channel: "hop-chinh-phu".to_owned(),
        title: "Họp Chính phủ".to_owned(),
        start: at(start),
        end: at(end),
        class,
        ..Draft::default()
    }
}

#[test]
fn two_meetings_on_one_channel_do_not_meet_and_an_emergency_may() {
    let channels = channels();
    let mut all = Meetings::default();
    let first = all
        .add(draft("08:00", "11:00", Class::Normal), around(&channels))
        .unwrap();
    assert_eq!(first.meeting.id, "m1");
    let taken = all.add(draft("10:59", "12:00", Class::Priority), around(&channels));
    assert_eq!(taken, Err(Fault::Taken(Box::new(first.meeting.clone()))));
    let next = all.add(draft("11:00", "12:00", Class::Normal), around(&channels));
    assert!(next.unwrap().notices.is_empty());
    let emergency = draft("09:00", "11:30", Class::Emergency);
    let settled = all.add(emergency.clone(), around(&channels)).unwrap();
    let taken = |n: &Notice| matches!(n, Notice::TakesTimeOf(_));
    assert_eq!(settled.notices.iter().filter(|n| taken(n)).count(), 2);
    assert!(matches!(
        all.add(emergency, around(&channels)),
        Err(Fault::Taken(_))
    ));
    let on = all.now("hop-chinh-phu", at("10:00")).unwrap();
    assert_eq!(on.id, "m3");
    let other = Draft {
        channel: "tap-huan".to_owned(),
        ..draft("08:00", "09:00", Class::Normal)
    };
    assert!(all.add(other, around(&channels)).is_ok());
}

#[test]
fn a_wrong_draft_is_refused_with_what_is_wrong() {
    let channels = channels();
    let refused = |change: &dyn Fn(&mut Draft)| {
        let mut draft = draft("08:00", "09:00", Class::Normal);
        change(&mut draft);
        let fault = Meetings::default().add(draft, around(&channels));
        fault.unwrap_err().text().en
    };
    let near = refused(&|draft| draft.channel = "hop-chinh-pu".to_owned());
    assert!(near.contains("did you mean `hop-chinh-phu`"), "{near}");
    assert!(refused(&|draft| draft.end = draft.start).contains("before"));
    let late = refused(&|draft| (draft.start, draft.end) = (when::LAST - 1_000, when::LAST + 1));
    assert!(late.contains("2037"), "{late}");
    assert!(refused(&|draft| draft.end = draft.start + LONGEST + 1).contains("24 h"));
    for title in ["", "  ", "a\nb", &"x".repeat(TITLE + 1)] {
        let text = refused(&|draft| title.clone_into(&mut draft.title));
        assert!(text.contains("title"), "{text}");
    }
    let text = refused(&|draft| draft.originator = "y".repeat(ORIGINATOR + 1));
    assert!(text.contains("originator"), "{text}");
}

#[test]
fn a_change_raises_the_sequence_and_is_refused_over_another() {
    let channels = channels();
    let mut all = Meetings::default();
    let first = draft("08:00", "11:00", Class::Normal);
    all.add(first.clone(), around(&channels)).unwrap();
    let same = all.change("m1", first.clone(), Some(0), around(&channels));
    assert!(!same.unwrap().changed());
    let later = draft("09:00", "11:00", Class::Priority);
    let changed = all.change("m1", later, Some(0), around(&channels)).unwrap();
    assert_eq!(changed.meeting.sequence, 1);
    let text = differs(changed.before.as_ref(), &changed.meeting);
    assert!(text.en.contains("class normal → priority"), "{text:?}");
    assert!(text.vi.contains("giờ 2026-12-01 08:00–11:00 →"), "{text:?}");
    let stale = all.change("m1", first, Some(0), around(&channels));
    assert_eq!(stale, Err(Fault::Changed { sequence: 1 }));
    assert!(matches!(
        all.cancel("m9", None, 0),
        Err(Fault::Unknown(id)) if id == "m9"
    ));
}

#[test]
fn a_meeting_that_was_called_off_leaves_its_time_and_its_number() {
    let channels = channels();
    let mut all = Meetings::default();
    let first = draft("08:00", "11:00", Class::Normal);
    all.add(first.clone(), around(&channels)).unwrap();
    assert!(all.cancel("m1", None, at("07:30")).unwrap().changed());
    assert!(!all.cancel("m1", None, at("07:30")).unwrap().changed());
    assert_eq!(
        all.change("m1", first.clone(), None, around(&channels)),
        Err(Fault::Cancelled("m1".to_owned()))
    );
    let again = all.add(first, around(&channels)).unwrap();
    assert_eq!(again.meeting.id, "m2");
    assert_ne!(again.meeting.uid, all.find("m1").unwrap().uid);
    let over = all.cancel("m2", None, at("11:00"));
    assert_eq!(over, Err(Fault::Over("m2".to_owned())));
}

#[test]
fn a_meeting_is_near_from_an_hour_before_to_its_end() {
    let channels = channels();
    let mut all = Meetings::default();
    all.add(draft("09:00", "11:00", Class::Normal), around(&channels))
        .unwrap();
    let near = |time: &str| all.is_near("hop-chinh-phu", at(time));
    assert_eq!(
        [near("07:59"), near("08:00"), near("10:59"), near("11:00")],
        [false, true, true, false]
    );
    assert!(all.next("hop-chinh-phu", at("08:59")).is_some());
    assert!(all.next("hop-chinh-phu", at("09:00")).is_none());
    assert!(all.now("hop-chinh-phu", at("09:00")).is_some());
    assert!(all.now("hop-chinh-phu", at("11:00")).is_none());
    assert!(all.last("hop-chinh-phu", at("11:00")).is_some());
}

fn imported(all: &mut Meetings, event: &Event) -> Came {
    let calendar = Calendar {
        found: vec![Ok(event.clone())],
        ..Calendar::default()
    };
    let mut came = all.import(&calendar, around(&channels()));
    came.remove(0).1.unwrap()
}

fn revision(sequence: u64) -> Revision {
    Revision {
        sequence,
        stamp: None,
    }
}

#[test]
fn an_import_twice_changes_nothing_and_a_later_word_does() {
    let mut all = Meetings::default();
    let event = Event {
        uid: "u".to_owned(),
        revision: revision(4),
        draft: draft("08:00", "09:00", Class::Normal),
        ..Event::default()
    };
    let settled = |came: &Came| matches!(came, Came::Settled(_));
    assert!(settled(&imported(&mut all, &event)));
    let before = all.clone();
    assert!(!settled(&imported(&mut all, &event)));
    let older = Event {
        revision: revision(3),
        draft: draft("10:00", "11:00", Class::Normal),
        ..event.clone()
    };
    assert!(!settled(&imported(&mut all, &older)));
    assert_eq!(all, before);
    let later = Event {
        revision: revision(9),
        ..older
    };
    assert!(settled(&imported(&mut all, &later)));
    assert!(!settled(&imported(&mut all, &later)));
    assert_eq!(all.find("m1").unwrap().sequence, 9);
    let off = Event {
        revision: revision(10),
        cancelled: true,
        ..later.clone()
    };
    assert!(settled(&imported(&mut all, &off)));
    assert!(!settled(&imported(&mut all, &off)));
    assert!(all.find("m1").unwrap().cancelled);
    // It comes back with a later word alone.
    assert!(!settled(&imported(
        &mut all,
        &Event {
            revision: revision(10),
            ..later.clone()
        }
    )));
    assert!(settled(&imported(
        &mut all,
        &Event {
            revision: revision(11),
            ..later
        }
    )));
    assert!(!all.find("m1").unwrap().cancelled);
    assert_eq!(all.all().len(), 1);
}

#[test]
fn what_was_called_off_here_stays_so_until_its_calendar_says_something_later() {
    let mut all = Meetings::default();
    let event = |sequence, hour| Event {
        uid: "u".to_owned(),
        revision: revision(sequence),
        draft: draft(hour, "12:00", Class::Normal),
        ..Event::default()
    };
    imported(&mut all, &event(0, "08:00"));
    all.cancel("m1", None, at("07:00")).unwrap();
    for event in [event(0, "08:00"), event(0, "09:00")] {
        let kept = imported(&mut all, &event);
        assert!(matches!(kept, Came::Kept { here: true, .. }), "{kept:?}");
    }
    imported(&mut all, &event(1, "08:00"));
    assert!(!all.find("m1").unwrap().cancelled);
}

#[test]
fn a_refused_change_stays_where_it_was_and_whoever_moved_there_does_too() {
    let mut all = Meetings::default();
    let event = |uid: &str, sequence, start, end| Event {
        uid: uid.to_owned(),
        revision: revision(sequence),
        draft: draft(start, end, Class::Normal),
        ..Event::default()
    };
    let import = |all: &mut Meetings, events: Vec<Event>| {
        let calendar = Calendar {
            found: events.into_iter().map(Ok).collect(),
            ..Calendar::default()
        };
        let came = all.import(&calendar, around(&channels()));
        came.iter().filter(|(_, came)| came.is_err()).count()
    };
    let rest = event("c", 0, "10:00", "11:00");
    let plan = vec![
        event("a", 0, "08:00", "09:00"),
        event("b", 0, "09:00", "10:00"),
        rest,
    ];
    assert_eq!(import(&mut all, plan), 0);
    let before = all.clone();
    // A to where B is, B to where C is, and another one to where A is.
    let shifted = vec![
        event("a", 1, "09:00", "10:00"),
        event("d", 0, "08:00", "09:00"),
        event("b", 1, "10:00", "11:00"),
    ];
    assert_eq!(import(&mut all, shifted.clone()), 3);
    assert_eq!(all, before);
    let off = Event {
        cancelled: true,
        ..event("c", 1, "10:00", "11:00")
    };
    assert_eq!(import(&mut all, [shifted, vec![off]].concat()), 0);
    let starts: Vec<&str> = all.of("hop-chinh-phu").map(|m| m.uid.as_str()).collect();
    assert_eq!(starts, ["d", "a", "b"]);
}

#[test]
fn what_an_emergency_displaces_is_shown_up_to_it_and_after_it() {
    let channels = channels();
    let mut all = Meetings::default();
    for (start, end, class) in [
        ("08:00", "12:00", Class::Normal),
        ("07:30", "08:30", Class::Emergency),
        ("10:00", "11:00", Class::Emergency),
    ] {
        all.add(draft(start, end, class), around(&channels))
            .unwrap();
    }
    let parts = |from| {
        let parts = all.parts("hop-chinh-phu", at(from)).into_iter();
        let part = |p: Part<'_>| (p.meeting.id.clone(), p.number, when::span(p.start, p.end));
        parts.map(part).collect::<Vec<_>>()
    };
    let part = |id: &str, number, span: &str| (id.to_owned(), number, format!("2026-12-01 {span}"));
    assert_eq!(
        parts("07:00"),
        [
            part("m2", 0, "07:30–08:30"),
            part("m1", 0, "08:30–10:00"),
            part("m3", 0, "10:00–11:00"),
            part("m1", 1, "11:00–12:00"),
        ]
    );
    assert_eq!(parts("11:00"), [part("m1", 1, "11:00–12:00")]);
    for part in all.parts("hop-chinh-phu", at("07:00")) {
        assert_eq!(all.now("hop-chinh-phu", part.start), Some(part.meeting));
    }
}

#[test]
fn the_guide_is_of_the_channels_in_their_order_without_what_was_called_off() {
    let channels = channels();
    let mut all = Meetings::default();
    let first = Draft {
        title: "Họp <A> & \"B\"".to_owned(),
        note: "dòng 1\ndòng 2".to_owned(),
        ..draft("08:00", "11:00", Class::Priority)
    };
    all.add(first, around(&channels)).unwrap();
    all.add(draft("12:00", "13:00", Class::Normal), around(&channels))
        .unwrap();
    all.cancel("m2", None, at("07:00")).unwrap();
    let listed = xmltv::Listed {
        id: "hop-chinh-phu",
        name: "Họp & Chính phủ",
        logo: Some("https://tinh.example/a?b=1&c=2"),
    };
    let text = xmltv::render(&[listed], &all, at("07:00"));
    assert!(text.contains("    <icon src=\"https://tinh.example/a?b=1&amp;c=2\"/>\n  </channel>"));
    assert!(text.contains("<display-name>Họp &amp; Chính phủ</display-name>"));
    assert!(text.contains(
        "start=\"20261201080000 +0700\" stop=\"20261201110000 +0700\" channel=\"hop-chinh-phu\""
    ));
    assert!(text.contains("Họp &lt;A&gt; &amp; &quot;B&quot;"));
    assert_eq!(text.matches("<programme").count(), 1);
}
