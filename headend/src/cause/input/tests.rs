//! Inputs second by second, from the reports that a line makes of them.

use std::sync::Arc;
use std::time::Duration;

use packager::chain::Switch;
use packager::monitor::{Cause, Presence, State};
use packager::select::{Fitness, Reason};
use packager::time::{Bitrate, Mono, Wall};

use super::super::{Book, Class, HISTORY, Look, Machine, Place};
use crate::line::{InputReport, Report};
use crate::net::SourceCounters;
use crate::plan::{ChannelPlan, InputPlan, SourcePlan, WorkerPlan};
use crate::snapshot::WorkerSnapshot;

/// A minute into a channel whose input came at its beginning.
const BEGIN: u64 = 60;

fn input() -> InputReport {
    let mut input = InputReport {
        receiver: packager::receive::Counters::default(),
        source: SourceCounters::default(),
        presence: Presence {
            state: State::Receiving,
            ..Presence::default()
        },
        lack: None,
        inventory: packager::monitor::Inventory::default(),
        findings: Vec::new(),
        jitter: None,
        mdi: None,
        program: Some(1),
        feed: packager::feed::Counters::default(),
        senders: Vec::new(),
        arrival: None,
        drift: None,
        stamp: None,
        keys_apart: None,
        content: None,
        fitness: Some((Fitness::Ready, Mono::ZERO)),
        still: None,
    };
    input.receiver.datagrams = 1_000;
    input
}

/// Looks each second at a channel of one input as `shows` has it then; gives the incidents that
/// began, with their second.
fn began(seconds: u64, shows: impl Fn(u64, &mut InputReport)) -> Vec<(u64, Class)> {
    let shows = |second, report: &mut Report| {
        shows(second, &mut report.inputs[0]);
        report.feed = report.inputs[0].feed;
    };
    looked(seconds, Vec::new(), shows).1
}

/// The same of an input that comes by `paths`; with the book.
fn looked(
    seconds: u64,
    paths: Vec<SourcePlan>,
    shows: impl Fn(u64, &mut Report),
) -> (Book, Vec<(u64, Class)>) {
    let plan = ChannelPlan {
        id: "hop".into(),
        name: String::new(),
        group: String::new(),
        logo: None,
        number: None,
        program: None,
        autostart: true,
        inputs: vec![InputPlan {
            url: "exec:encoder".into(),
            paths,
            receive: packager::receive::Framing::Ts.into(),
            content: false,
        }],
        failover: packager::select::Policy::default(),
        slate: true,
        outputs: Vec::new(),
        hls: None,
    };
    let mut book = Book::default();
    let mut reports: Vec<Report> = Vec::new();
    let mut began = Vec::new();
    for second in 0..seconds {
        let mut report = Report {
            id: "hop".into(),
            at: Mono::ZERO + Duration::from_secs(BEGIN + second),
            on_air: 0,
            held: None,
            has_programme: true,
            has_clock: true,
            chain: packager::chain::Counters::default(),
            feed: packager::feed::Counters::default(),
            switch: None,
            dark: None,
            tap_dropped: 0,
            inputs: vec![input()],
            outputs: Vec::new(),
        };
        shows(second, &mut report);
        reports.insert(0, report);
        reports.truncate(HISTORY);
        let changes = book.look(&Look {
            plan: &plan,
            at: Wall::from_unix_nanos(
                1_800_000_000_000_000_000 + i64::try_from(second).unwrap() * 1_000_000_000,
            ),
            reports: &reports,
            entries: &[None],
            contents: &[None],
            beside: &[None],
            exits: &[],
            transcoder: None,
            running: Duration::from_secs(BEGIN + second),
            machine: &Machine::default(),
        });
        let new = changes.incidents.iter().filter(|i| i.end.is_none());
        began.extend(new.map(|incident| (second, incident.class)));
    }
    (book, began)
}

#[test]
fn a_leap_of_a_clock_that_is_off_is_of_that_clock() {
    let one_percent = |leaps: bool| {
        began(60, move |second, input| {
            input.drift = (!(30..34).contains(&second)).then_some(10_000.0);
            input.feed.leaps = u64::from(leaps && second >= 30);
        })
    };
    assert_eq!(one_percent(true), one_percent(false));
    assert_eq!(one_percent(true), [(1, Class::ClockOff)]);
}

#[test]
fn a_leap_of_a_right_clock_is_a_source_that_began_anew() {
    let told = began(30, |second, input| {
        input.drift = Some(3.0);
        input.feed.leaps = u64::from(second >= 10);
    });
    let [(_, Class::SourceRestarted)] = told[..] else {
        panic!("{told:?}")
    };
}

#[test]
fn what_a_worker_sends_after_its_restart_is_not_held_against_its_source() {
    let restarts = |restarts: u64| {
        began(40, move |second, input| {
            let worker = WorkerSnapshot {
                pid: Some(7),
                restarts_total: if second < 10 { 0 } else { restarts },
                ..WorkerSnapshot::default()
            };
            input.source.worker = Some(Arc::new(worker));
            if (10..15).contains(&second) {
                input.presence.state = State::NoSound;
                input.presence.cause = Some(Cause::NotListed);
            }
        })
    };
    assert_eq!(restarts(1), []);
    assert_eq!(restarts(0), [(10, Class::NoSound)]);
}

#[test]
fn a_worker_that_dies_twice_is_named_though_each_life_gave_packets() {
    let dies = |times: u64| {
        began(20, move |second, input| {
            let (died, runs) = match second {
                0..10 => (0, true),
                10 => (0, false),
                11 => (times - 1, true),
                12 if times > 1 => (times - 1, false),
                _ => (times, true),
            };
            let worker = WorkerSnapshot {
                pid: runs.then_some(7),
                restarts_total: died,
                last_words: Some("out of memory".to_owned()),
                ..WorkerSnapshot::default()
            };
            input.source.worker = Some(Arc::new(worker));
        })
    };
    assert_eq!(dies(1), []);
    assert_eq!(dies(2), [(12, Class::WorkerDying)]);
}

#[test]
fn a_stream_that_comes_to_be_late_is_told_though_the_line_followed_and_nothing_was_lost() {
    let delayed = |steady: u64| {
        began(30, move |second, input| {
            input.feed.delays = u64::from(second >= 20);
            input.presence.since = Mono::ZERO + Duration::from_secs(BEGIN + 20 - steady);
        })
    };
    assert_eq!(delayed(60), [(21, Class::InputLate)]);
    assert_eq!(delayed(5), [], "an encoder that starts finds its pace");
}

/// A report in which nothing comes since second 5.
fn silent(second: u64, report: &mut Report) {
    if second >= 5 {
        let since = Mono::ZERO + Duration::from_secs(BEGIN + 5);
        report.inputs[0].fitness = Some((Fitness::NoPackets, since));
    }
}

#[test]
fn the_way_to_the_slate_has_its_reason_and_the_way_back_has_none() {
    let (book, _) = looked(12, Vec::new(), |second, report| {
        silent(second, report);
        let (from, to) = if second < 8 { (0, 1) } else { (1, 0) };
        report.switch = (second >= 6).then_some(Switch {
            at: Mono::ZERO,
            from,
            to,
            reason: Reason::Fault(Fitness::NoPackets),
            gap: Duration::from_millis(40),
        });
    });
    let incident = book.incidents().next().unwrap();
    let said = incident.actions.iter().map(|done| &done.text);
    let said: Vec<_> = said
        .map(|text| (text.en.as_str(), text.vi.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (
                "switched from input 0 to the slate (no-packets); the picture stood still for 40 ms",
                "đã chuyển từ đầu vào 0 sang hình thay thế (không nhận được gì); hình đứng 40 ms"
            ),
            (
                "switched from the slate to input 0; the picture stood still for 40 ms",
                "đã chuyển từ hình thay thế sang đầu vào 0; hình đứng 40 ms"
            ),
        ]
    );
}

#[test]
fn a_test_picture_that_stands_is_of_this_machine() {
    let picture = WorkerPlan::TestPicture {
        name: String::new(),
        width: 1280,
        height: 720,
        rate: 25,
        bitrate: Bitrate::from_bits_per_second(3_000_000).unwrap(),
    };
    let (book, _) = looked(10, vec![SourcePlan::Worker(picture)], silent);
    let incident = book.incidents().next().unwrap();
    assert_eq!(incident.class, Class::SourceSilent);
    assert_eq!(incident.places, [Place::Machine]);
    assert!(
        incident.next.en.contains("headend-media"),
        "{:?}",
        incident.next
    );
}
