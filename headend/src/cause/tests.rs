//! Suspicions second by second, in driven time.

use packager::time::Wall;

use super::book::Suspicion;
use super::*;

fn suspicion(class: Class) -> Suspicion {
    Suspicion {
        class,
        subject: "input 0".to_owned(),
        places: vec![Place::Line],
        verdict: Text::new(class.word(), class.word()),
        evidence: vec![Text::new("known", "biết")],
        next: Text::default(),
        on_air: true,
    }
}

/// Looks each second at what `shows` then; gives what began and ended, with its second.
fn looked(seconds: i64, shows: impl Fn(i64) -> Vec<Class>) -> Vec<(i64, Class, bool)> {
    let mut book = Book::default();
    let mut told = Vec::new();
    for second in 0..seconds {
        let now = Wall::from_unix_nanos(1_800_000_000_000_000_000 + second * 1_000_000_000);
        let suspicions = shows(second).into_iter().map(suspicion).collect();
        let changes = book.judge("hop", now, suspicions, &[]);
        let of = |incident: Incident| (second, incident.class, incident.end.is_some());
        told.extend(changes.incidents.into_iter().map(of));
    }
    told
}

#[test]
fn what_follows_from_a_cause_is_no_incident_of_its_own() {
    let told = looked(30, |second| match second {
        5..10 => vec![Class::SourceSilent, Class::NoVideo, Class::LineLoss],
        // It comes back with another SSRC and a jump of the counters.
        10 => vec![Class::SourceRestarted, Class::SourceDamaged],
        _ => Vec::new(),
    });
    let silent = Class::SourceSilent;
    assert_eq!(told, [(5, silent, false), (14, silent, true)]);
}

#[test]
fn a_cause_that_is_seen_a_second_after_its_effects_takes_their_place() {
    let told = looked(30, |second| match second {
        5 => vec![Class::LineLoss],
        6..12 => vec![Class::SecondSender, Class::LineLoss],
        _ => Vec::new(),
    });
    let second = Class::SecondSender;
    assert_eq!(told, [(6, second, false), (16, second, true)]);
}

#[test]
fn one_lost_packet_is_no_incident_and_loss_that_lasts_is_one() {
    let blip = looked(20, |second| match second {
        5 => vec![Class::LineLoss],
        _ => Vec::new(),
    });
    assert_eq!(blip, []);
    let lasts = looked(40, |second| match second {
        5..20 if second % 2 == 1 => vec![Class::LineLoss],
        _ => Vec::new(),
    });
    assert_eq!(lasts.len(), 2, "{lasts:?}");
}

#[test]
fn two_causes_at_two_places_are_two_incidents() {
    let mut book = Book::default();
    let now = Wall::from_unix_nanos(1_800_000_000_000_000_000);
    let other = Suspicion {
        subject: "input 1".to_owned(),
        ..suspicion(Class::NoSound)
    };
    let both = vec![suspicion(Class::SourceSilent), other];
    let changes = book.judge("hop", now, both, &[]);
    assert_eq!(changes.incidents.len(), 2);
    let ids: Vec<_> = book.incidents().map(|incident| &incident.id).collect();
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn what_the_headend_did_stands_in_the_incident() {
    let mut book = Book::default();
    let at = |second: i64| Wall::from_unix_nanos(second * 1_000_000_000);
    let silent = || vec![suspicion(Class::SourceSilent)];
    book.judge("hop", at(1), silent(), &[]);
    book.judge(
        "hop",
        at(2),
        silent(),
        &[Text::new("switched", "đã chuyển")],
    );
    let incident = book.incidents().next().unwrap();
    assert_eq!(incident.actions.len(), 1);
    assert_eq!(incident.actions[0].at, "1970-01-01T00:00:02.000Z");
    assert_eq!(incident.start, "1970-01-01T00:00:01.000Z");
    assert_eq!(incident.evidence.len(), 1, "the same fact once");
}

#[test]
fn a_clock_that_is_set_and_a_disk_that_is_full_are_told_of_the_machine() {
    let machine = Machine {
        stepped: -3_600_000_000_000,
        record: Some("the disk is full".to_owned()),
        ..Machine::default()
    };
    let channel = crate::plan::ChannelPlan {
        id: "hop".into(),
        name: String::new(),
        group: String::new(),
        logo: None,
        number: None,
        program: None,
        autostart: true,
        inputs: Vec::new(),
        failover: packager::select::Policy::default(),
        slate: true,
        outputs: Vec::new(),
        hls: None,
    };
    let look = Look {
        contents: &[],
        beside: &[],
        plan: &channel,
        at: Wall::from_unix_nanos(0),
        reports: &[],
        entries: &[],
        exits: &[],
        transcoder: None,
        running: Duration::ZERO,
        machine: &machine,
    };
    let mut book = Book::default();
    let changes = book.look(&look);
    let told = changes.incidents.iter();
    let told: Vec<_> = told
        .map(|i| (i.class, i.subject.as_str(), i.severity))
        .collect();
    let expected = [Class::ClockStepped, Class::RecordFailed]
        .map(|class| (class, "machine", Severity::Warning));
    assert_eq!(told, expected);
}

#[test]
fn what_changes_is_told_once_and_what_is_watched_no_more_is_over() {
    let at =
        |second: i64| Wall::from_unix_nanos(1_800_000_000_000_000_000 + second * 1_000_000_000);
    let mut book = Book::default();
    let silent = || vec![suspicion(Class::SourceSilent)];
    assert_eq!(book.judge("hop", at(0), silent(), &[]).incidents.len(), 1);
    let switched = [Text::new("switched", "đã chuyển")];
    let changed = book.judge("hop", at(1), silent(), &switched).changed;
    assert_eq!((changed.len(), changed[0].actions.len()), (1, 1));
    for second in 2..5 {
        let quiet = book.judge("hop", at(second), silent(), &[]);
        assert!(quiet.changed.is_empty() && quiet.incidents.is_empty());
    }
    let ended = book.end(at(5)).incidents;
    assert_eq!(
        ended[0].end.as_deref(),
        Some(crate::channel::stamp(at(5)).as_str())
    );
    assert!(book.end(at(6)).incidents.is_empty());
}

#[test]
fn what_is_acknowledged_stays_so_until_it_becomes_worse_or_is_over() {
    let mut book = Book::default();
    let at =
        |second: i64| Wall::from_unix_nanos(1_800_000_000_000_000_000 + second * 1_000_000_000);
    let shows = |on_air| Suspicion {
        on_air,
        ..suspicion(Class::SourceSilent)
    };
    let began = book.judge("hop", at(0), vec![shows(false)], &[]);
    let id = began.incidents[0].id.clone();
    let taken = Acknowledgement::new(" Lan ", "now".to_owned());
    assert!(book.acknowledge("hop-1-1", taken.clone()).is_none());
    let incident = book.acknowledge(&id, taken.clone()).unwrap();
    assert_eq!(incident.acknowledged.as_ref().unwrap().by, "Lan");
    // It lasts, and another one opens: nothing changes for this one.
    let other = suspicion(Class::ClockOff);
    let changes = book.judge("hop", at(1), vec![shows(false), other], &[]);
    let told = changes.incidents.iter().chain(&changes.changed);
    assert!(told.into_iter().all(|i| i.id != id));
    assert_eq!(book.incidents().next().unwrap().acknowledged, taken);
    // Now viewers are struck.
    let changes = book.judge("hop", at(2), vec![shows(true)], &[]);
    let [worse] = &changes.changed[..] else {
        panic!("{changes:?}")
    };
    assert_eq!((&worse.id, worse.severity), (&id, Severity::Critical));
    assert_eq!((&worse.acknowledged, &worse.end), (&None, &None));
    // Told once; and acknowledged again it ends with its name.
    let again = book.judge("hop", at(3), vec![shows(true)], &[]);
    assert!(again.incidents.is_empty() && again.changed.is_empty());
    book.acknowledge(&id, taken.clone()).unwrap();
    let changes = book.judge("hop", at(9), Vec::new(), &[]);
    let over = changes.incidents.iter().find(|i| i.id == id).unwrap();
    assert!(over.end.is_some());
    assert_eq!(over.acknowledged, taken);
    assert!(book.acknowledge(&id, None).is_none(), "it is over");
}

#[test]
fn what_lasted_when_the_node_ended_goes_on_with_it_in_the_same_hands() {
    let at =
        |second: i64| Wall::from_unix_nanos(1_800_000_000_000_000_000 + second * 1_000_000_000);
    let silent = || vec![suspicion(Class::SourceSilent)];
    let mut before = Book::default();
    before.judge("hop", at(0), silent(), &[]);
    let id = before.incidents().next().unwrap().id.clone();
    let taken = Acknowledgement::new("Lan", "now".to_owned());
    let left = before.acknowledge(&id, taken.clone()).unwrap();
    // As the record has it.
    let left: Incident = serde_json::from_str(&serde_json::to_string(left).unwrap()).unwrap();

    let mut book = Book::default();
    book.resume(left.clone(), at(60));
    let changes = book.judge("hop", at(64), silent(), &[]);
    assert!(changes.incidents.is_empty() && changes.changed.is_empty());
    let [known] = &book.incidents().collect::<Vec<_>>()[..] else {
        panic!("{book:?}")
    };
    assert_eq!((&known.id, &known.start), (&id, &left.start));
    assert_eq!((&known.acknowledged, &known.end), (&taken, &None));
    assert_eq!(known.evidence.len(), 1, "a figure takes its own place");
    let over = book.judge("hop", at(70), Vec::new(), &[]).incidents;
    assert_eq!(over[0].end, Some(crate::channel::stamp(at(64))));
}

#[test]
fn what_does_not_show_again_after_a_restart_is_over_and_has_hidden_nothing() {
    let at =
        |second: i64| Wall::from_unix_nanos(1_800_000_000_000_000_000 + second * 1_000_000_000);
    let mut before = Book::default();
    before.judge("hop", at(0), vec![suspicion(Class::SourceSilent)], &[]);
    let mut book = Book::default();
    book.resume(before.incidents().next().unwrap().clone(), at(60));
    let mute = || vec![suspicion(Class::NoSound)];
    let began = book.judge("hop", at(62), mute(), &[]).incidents;
    assert_eq!(began[0].class, Class::NoSound);
    assert!(book.judge("hop", at(74), mute(), &[]).incidents.is_empty());
    let over = book.judge("hop", at(75), mute(), &[]).incidents;
    assert_eq!(over[0].class, Class::SourceSilent);
    assert_eq!(over[0].end, Some(crate::channel::stamp(at(60))));
}

#[test]
fn a_name_is_short_and_of_one_line() {
    let name = |by: &str| Acknowledgement::new(by, String::new());
    for good in ["Lan", "Nguyễn Thị Lan (ca 2)", &"x".repeat(64)] {
        assert!(name(good).is_some(), "{good}");
    }
    for bad in ["", "  ", "a\nb", "\u{1b}[2J", &"x".repeat(65)] {
        assert!(name(bad).is_none(), "{bad:?}");
    }
}
