use super::*;
use crate::cause::{Class, Word};

const MINUTE: Millis = 60_000;
/// A round hour.
const T: Millis = 1_795_305_600_000;

fn span(from: i64, to: i64, input: Option<usize>) -> Span {
    Span {
        channel: "hop".to_owned(),
        run: T,
        start: T + from * MINUTE,
        last: T + to * MINUTE,
        closed: true,
        state: match input {
            Some(_) => ChannelState::OnAir,
            None => ChannelState::Dark,
        },
        input,
        url: input
            .map(|n| format!("rtp://239.10.0.{n}:5000"))
            .unwrap_or_default(),
    }
}

fn incident(subject: &str, from: i64, to: Option<i64>, severity: Severity) -> Incident {
    Incident {
        id: format!("hop-{from}"),
        channel: "hop".to_owned(),
        class: Class::SourceSilent,
        subject: subject.to_owned(),
        places: Vec::new(),
        severity,
        word: Word::ConnectionLost,
        start: stamp(T + from * MINUTE),
        end: to.map(|to| stamp(T + to * MINUTE)),
        verdict: Text::new("nothing comes", "không có gì đến"),
        evidence: Vec::new(),
        actions: Vec::new(),
        next: Text::default(),
        acknowledged: None,
    }
}

/// From minute 0 to 60, asked two hours later.
fn report(records: &Records) -> Meeting {
    Meeting::of("hop", (T, T + 60 * MINUTE), records, T + 180 * MINUTE)
}

fn minutes(seconds: f64) -> f64 {
    seconds / 60.0
}

#[test]
fn an_hour_without_an_incident_is_an_hour_in_specification() {
    let records = Records {
        spans: vec![span(-10, 70, Some(0))],
        ..Records::default()
    };
    let told = report(&records);
    assert_eq!(minutes(told.sums.in_specification_seconds), 60.0);
    assert_eq!(told.sums.not_recorded_seconds, 0.0);
    assert_eq!(told.stretches.len(), 1);
    assert!(!told.stretches[0].broken_off);
}

#[test]
fn nothing_on_record_is_told_as_a_gap_and_never_as_good() {
    let empty = report(&Records::default());
    assert_eq!(minutes(empty.sums.not_recorded_seconds), 60.0);
    assert_eq!(empty.sums.in_specification_seconds, 0.0);
    assert_eq!(empty.stretches[0].state, None);

    let mut killed = span(0, 20, Some(0));
    killed.closed = false;
    let again = Span {
        run: T + 25 * MINUTE,
        ..span(25, 60, Some(0))
    };
    let told = report(&Records {
        spans: vec![killed, again],
        ..Records::default()
    });
    assert_eq!(minutes(told.sums.not_recorded_seconds), 5.0);
    assert_eq!(minutes(told.sums.in_specification_seconds), 55.0);
    let said: Vec<_> = told
        .stretches
        .iter()
        .map(|s| (s.state, s.broken_off))
        .collect();
    let on_air = Some(ChannelState::OnAir);
    assert_eq!(said, [(on_air, true), (None, false), (on_air, false)]);
}

#[test]
fn an_input_that_is_broken_counts_only_while_it_is_on_air() {
    let records = Records {
        spans: vec![span(0, 20, Some(0)), span(20, 60, Some(1))],
        incidents: vec![incident("input 0", 19, Some(50), Severity::Critical)],
        switches: vec![Switched {
            channel: "hop".to_owned(),
            at: T + 20 * MINUTE,
            from: Some(0),
            to: Some(1),
            reason: "no-packets".to_owned(),
            gap_seconds: 0.04,
        }],
        ..Records::default()
    };
    let told = report(&records);
    assert_eq!(minutes(told.sums.out_of_specification_seconds), 1.0);
    assert_eq!(minutes(told.sums.in_specification_seconds), 59.0);
    assert_eq!(minutes(told.incidents[0].seconds), 31.0);
    assert_eq!(minutes(told.incidents[0].out_of_specification_seconds), 1.0);
    assert_eq!(told.switches.len(), 1);
}

#[test]
fn two_incidents_at_once_count_once_and_a_warning_does_not_count() {
    let records = Records {
        spans: vec![
            span(0, 30, Some(0)),
            span(30, 40, None),
            span(40, 60, Some(0)),
        ],
        incidents: vec![
            incident("input 0", 10, Some(20), Severity::Critical),
            incident("output 0", 15, Some(35), Severity::Critical),
            incident("machine", 0, Some(60), Severity::Warning),
            Incident {
                class: Class::CertificateEnding,
                ..incident("http", 0, Some(60), Severity::Critical)
            },
        ],
        ..Records::default()
    };
    let sums = report(&records).sums;
    assert_eq!(minutes(sums.on_air_seconds), 50.0);
    assert_eq!(minutes(sums.off_air_seconds), 10.0);
    assert_eq!(minutes(sums.out_of_specification_seconds), 20.0);
    assert_eq!(minutes(sums.in_specification_seconds), 30.0);
}

#[test]
fn an_incident_whose_node_was_killed_ends_with_its_run() {
    let mut killed = span(0, 20, Some(0));
    killed.closed = false;
    let records = Records {
        spans: vec![killed, span(25, 60, Some(0))],
        runs: vec![(T, T + 20 * MINUTE), (T + 25 * MINUTE, T + 60 * MINUTE)],
        incidents: vec![incident("input 0", 15, None, Severity::Critical)],
        ..Records::default()
    };
    let told = report(&records);
    assert!(told.incidents[0].broken_off);
    assert_eq!(minutes(told.incidents[0].seconds), 5.0);
    assert_eq!(minutes(told.sums.in_specification_seconds), 50.0);
}

#[test]
fn what_goes_on_is_told_up_to_now() {
    let mut lasting = span(0, 30, Some(0));
    lasting.closed = false;
    let now = T + 30 * MINUTE + 4_000;
    let records = Records {
        spans: vec![lasting],
        runs: vec![(T, T + 30 * MINUTE)],
        incidents: vec![incident("input 0", 29, None, Severity::Critical)],
        ..Records::default()
    };
    let told = Meeting::of("hop", (T, T + 60 * MINUTE), &records, now);
    assert_eq!(told.to, stamp(now));
    assert_eq!(told.sums.not_recorded_seconds, 0.0);
    assert!(!told.stretches[0].broken_off && !told.incidents[0].broken_off);
    assert_eq!(told.sums.out_of_specification_seconds, 64.0);
}

#[test]
fn the_last_time_on_air_goes_over_short_breaks_and_not_over_long_ones() {
    let records = Records {
        spans: vec![
            span(0, 20, Some(0)),
            span(50, 55, Some(0)),
            span(55, 58, None),
            span(58, 70, Some(1)),
            span(70, 90, None),
        ],
        ..Records::default()
    };
    let last = last_on_air(&records, T + 180 * MINUTE);
    assert_eq!(last, Some((T + 50 * MINUTE, T + 70 * MINUTE)));
    assert_eq!(last_on_air(&Records::default(), T), None);
}

#[test]
fn a_time_turned_round_or_endless_is_no_panic() {
    let records = Records {
        spans: vec![span(0, 20, Some(0))],
        ..Records::default()
    };
    for (from, to) in [
        (T, T - MINUTE),
        (T, T),
        (0, Millis::MAX),
        (Millis::MIN / 4, T),
    ] {
        let told = Meeting::of("hop", (from, to), &records, T + 60 * MINUTE);
        assert!(told.sums.total_seconds >= 0.0);
    }
}

#[test]
fn a_report_of_years_adds_up() {
    let each = |n: i64| (n * 2, n * 2 + 1);
    let spans = (0..10_000).map(each);
    let incidents = (0..10_000).map(each).map(|(from, to)| {
        let input = if from % 4 == 0 { "input 0" } else { "input 1" };
        incident(input, from, Some(to), Severity::Critical)
    });
    let records = Records {
        spans: spans.map(|(from, to)| span(from, to, Some(0))).collect(),
        incidents: incidents.collect(),
        ..Records::default()
    };
    let end = T + 20_000 * MINUTE;
    let told = Meeting::of("hop", (T, end), &records, end);
    assert_eq!(minutes(told.sums.in_specification_seconds), 5_000.0);
    assert_eq!(minutes(told.sums.out_of_specification_seconds), 5_000.0);
    assert_eq!(minutes(told.sums.off_air_seconds), 0.0);
}
