//! Halls as pages tell of them, with time driven by hand.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use super::table::SESSIONS_OF_ONE_ADDRESS;
use super::*;
use crate::cause::{Class, Place, Severity, Text};
use crate::report::stamp;

/// 2026-11-22T07:00:00Z.
const WALL: Millis = 1_795_330_800_000;

/// A node's halls and its clocks.
struct Bench {
    halls: Halls,
    start: Instant,
    now: Now,
}

impl Bench {
    fn new() -> Self {
        let now = Now {
            at: Instant::now(),
            wall: WALL,
        };
        Self {
            halls: Halls::default(),
            start: now.at,
            now,
        }
    }

    fn at(&mut self, seconds: u64) -> &mut Self {
        let since = Duration::from_secs(seconds);
        self.now = Now {
            at: self.start + since,
            wall: WALL + since.as_millis() as Millis,
        };
        self
    }

    /// A report of hall `sid` on channel `hop`.
    fn tell(&self, sid: &str, more: &str) -> Taken {
        self.hear(
            (host(1), By::Events),
            &format!("cid=hop,sid=\"{sid}\",{more}"),
            &[],
        )
        .unwrap()
    }

    fn hear(
        &self,
        from: (IpAddr, By),
        line: &str,
        incidents: &[Incident],
    ) -> Result<Taken, Refused> {
        let heard = Heard::read(line).unwrap();
        self.halls
            .hear(from, &heard, Some(on_air(incidents)), self.now)
    }

    fn counts(&self) -> HallsSnapshot {
        let mut counted = self.halls.counted(self.now);
        counted.remove("hop").unwrap_or_default()
    }

    fn page(&self) -> Vec<HallSnapshot> {
        self.halls
            .page(Some("hop"), (0, 1_000), |_| Some(on_air(&[])), self.now)
            .halls
    }

    fn hall(&self, session: &str) -> HallSnapshot {
        let found = self.page().into_iter().find(|h| h.session == session);
        found.unwrap()
    }
}

fn on_air(incidents: &[Incident]) -> Known<'_> {
    Known {
        on_air: true,
        incidents,
    }
}

fn host(last: u8) -> IpAddr {
    Ipv4Addr::new(10, 0, 0, last).into()
}

fn incident(places: &[Place], start: Millis, end: Option<Millis>) -> Incident {
    Incident {
        id: "hop-1-1".to_owned(),
        channel: "hop".to_owned(),
        class: Class::SourceSilent,
        subject: "input 0".to_owned(),
        places: places.to_vec(),
        severity: Severity::Critical,
        word: Word::ConnectionLost,
        start: stamp(start),
        end: end.map(stamp),
        verdict: Text::new("nothing comes", "không có gì đến"),
        evidence: Vec::new(),
        actions: Vec::new(),
        next: Text::default(),
        acknowledged: None,
    }
}

#[test]
fn a_hall_that_is_silent_is_lost_and_then_forgotten() {
    let mut bench = Bench::new();
    bench.tell("a", "sta=p");
    bench.tell("b", "sta=q");
    assert_eq!(bench.at(29).counts().playing, 1);
    let counts = bench.at(30).counts();
    assert_eq!(
        (counts.playing, counts.lost, counts.other),
        (0, 1, 1),
        "who said goodbye is not lost"
    );
    assert_eq!(bench.hall("a").verdict.unwrap().whose, Whose::Line);
    assert_eq!(bench.at(599).counts().lost, 1);
    assert_eq!(bench.at(600).counts(), HallsSnapshot::default());
    assert!(bench.page().is_empty());
}

#[test]
fn standing_still_is_counted_once_however_a_page_tells_it() {
    let mut bench = Bench::new();
    bench.tell("states", "sta=p");
    bench.tell("figures", "sta=p");
    bench.tell("both", "sta=p");
    bench.at(10).tell("states", "sta=r");
    bench.tell("both", "sta=r");
    assert_eq!(bench.at(12).hall("states").stall_seconds, 2.0, "it goes on");
    bench.at(14).tell("states", "sta=p");
    bench.tell("figures", "sta=p,bs,bsd=(4000)");
    bench.tell("both", "sta=p,bs,bsd=4000");
    for session in ["states", "figures", "both"] {
        let hall = bench.hall(session);
        assert_eq!((hall.stalls, hall.stall_seconds), (1, 4.0), "{session}");
    }
    assert_eq!(bench.counts().rebuffer_millis_total, 12_000);
    // It never falls, not even when all are forgotten.
    assert_eq!(bench.at(10_000).counts().rebuffer_millis_total, 12_000);
}

#[test]
fn a_page_that_lies_about_time_harms_itself_alone() {
    let mut bench = Bench::new();
    bench.tell("a", "sta=p,ts=999999999999999");
    bench.at(1).tell("a", "sta=r,bsd=999999999");
    assert_eq!(bench.hall("a").state, HallState::Stalled);
    assert!(bench.hall("a").stall_seconds <= 602.0);
    bench.at(2).tell("a", "sta=p,ts=-5");
    assert_eq!(bench.hall("a").state, HallState::Playing);
}

#[test]
fn what_was_kept_through_an_outage_does_not_undo_what_came_after() {
    let mut bench = Bench::new();
    bench
        .at(100)
        .tell("a", &format!("sta=p,bl=9000,ts={}", WALL + 100_000));
    let kept = format!(
        "sta=f,bl=0,mtp=90,vn.headend-fault=connection-lost,vn.headend-who=line,vn.headend-code=ABC234,ts={}",
        WALL + 20_000
    );
    let Taken::Report(report) = bench.tell("a", &kept) else {
        panic!("the code is kept");
    };
    assert_eq!(
        (&*report.code, &*report.at),
        ("ABC234", "2026-11-22T07:00:20.000Z")
    );
    assert_eq!(report.hall.state, HallState::Fault);
    assert_eq!(report.hall.fault, Some(Word::ConnectionLost));
    assert_eq!(report.hall.buffer_seconds, Some(0.0));
    assert_eq!(report.hall.throughput_bits_per_second, Some(90_000));
    let hall = bench.hall("a");
    assert_eq!((hall.state, hall.fault), (HallState::Playing, None));
    assert_eq!(hall.buffer_seconds, Some(9.0));
    assert_eq!(hall.code.as_deref(), Some("ABC234"));
    let told = Told::new(*report, Vec::new());
    assert_eq!(told.verdict.whose, Whose::Line);
    assert!(
        told.verdict.text.en.contains("after the line was back"),
        "{told:?}"
    );
}

#[test]
fn a_fault_lasts_until_a_report_without_it() {
    let bench = Bench::new();
    bench.tell("a", "sta=p,vn.headend-fault=no-sound,vn.headend-who=source");
    let hall = bench.hall("a");
    assert_eq!(
        (hall.state, hall.fault, hall.says),
        (HallState::Fault, Some(Word::NoSound), Some(Says::Source))
    );
    bench.tell("a", "sta=p");
    let hall = bench.hall("a");
    assert_eq!(
        (hall.state, hall.fault, hall.says),
        (HallState::Playing, None, None)
    );
}

#[test]
fn requests_guess_a_state_until_the_page_tells_one() {
    let bench = Bench::new();
    let ask = |more: &str| {
        let line = format!("cid=hop,sid=\"a\",{more}");
        bench.hear((host(1), By::Requests), &line, &[]).unwrap();
        bench.hall("a").state
    };
    assert_eq!(ask("bl=4000"), HallState::Playing);
    assert_eq!(ask("bl=0,bs"), HallState::Stalled);
    bench.tell("a", "sta=a");
    assert_eq!(ask("bl=4000"), HallState::Paused);
    assert_eq!(bench.hall("a").buffer_seconds, Some(4.0));
}

#[test]
fn whose_fault_it_is_follows_from_the_others_and_from_the_channel() {
    let bench = Bench::new();
    let tell = |count: usize, state: &str| {
        for hall in 0..40 {
            bench.tell(
                &format!("h{hall}"),
                if hall < count { state } else { "sta=p" },
            );
        }
        bench.counts()
    };
    let whose = |counts: &HallsSnapshot, incidents: &[Incident]| {
        let judged = counts.clone().judged(on_air(incidents), WALL);
        judged.verdict.map(|verdict| verdict.whose)
    };
    assert_eq!(whose(&tell(0, "sta=r"), &[]), None);
    let one = tell(1, "sta=r");
    assert_eq!(whose(&one, &[]), Some(Whose::Line));
    let many = tell(30, "sta=r");
    assert_eq!((many.stalled, many.playing), (30, 10));
    assert_eq!(whose(&many, &[]), Some(Whose::Network));
    let now = |places: &[Place]| [incident(places, WALL - 5_000, None)];
    assert_eq!(
        whose(&many, &now(&[Place::Source, Place::Line])),
        Some(Whose::Source)
    );
    assert_eq!(whose(&one, &now(&[Place::Machine])), Some(Whose::Machine));
    let past = |end| [incident(&[Place::Source], WALL - 900_000, Some(end))];
    assert_eq!(
        whose(&many, &past(WALL - 59_000)),
        Some(Whose::Source),
        "buffers are behind"
    );
    assert_eq!(whose(&many, &past(WALL - 61_000)), Some(Whose::Network));
    let harmless = Incident {
        severity: Severity::Warning,
        ..incident(&[Place::Source], WALL, None)
    };
    assert_eq!(whose(&many, &[harmless]), Some(Whose::Network));
    let verdict = many
        .judged(on_air(&now(&[Place::Source])), WALL)
        .verdict
        .unwrap();
    assert_eq!(verdict.incident.as_deref(), Some("hop-1-1"));
    assert!(verdict.text.en.contains("30 of 40 halls") && verdict.text.vi.contains("30 trong 40"));
}

#[test]
fn the_halls_that_need_somebody_are_first_and_a_page_has_its_share() {
    let mut bench = Bench::new();
    bench.tell("lost", "sta=p");
    bench.at(40);
    for (session, state) in [
        ("plays", "sta=p"),
        ("stands", "sta=r"),
        ("fault", "sta=f"),
        ("paused", "sta=a"),
    ] {
        bench.tell(session, state);
    }
    bench.tell("worse", "sta=r,bsd=9000");
    let order: Vec<String> = bench.page().into_iter().map(|hall| hall.session).collect();
    assert_eq!(
        order,
        ["fault", "worse", "stands", "lost", "plays", "paused"]
    );
    let some = bench
        .halls
        .page(None, (1, 2), |_| Some(on_air(&[])), bench.now);
    let sessions: Vec<&str> = some.halls.iter().map(|h| &*h.session).collect();
    assert_eq!((some.total, &sessions[..]), (6, &["worse", "stands"][..]));
    assert_eq!(
        bench
            .halls
            .page(Some("b"), (0, 9), |_| Some(on_air(&[])), bench.now)
            .total,
        0
    );
}

#[test]
fn ten_thousand_pages_of_one_address_do_not_push_out_the_others() {
    let mut bench = Bench::new();
    let tell = |bench: &Bench, last: u8, sid: &str| {
        bench.hear(
            (host(last), By::Events),
            &format!("cid=hop,sid=\"{sid}\",sta=p"),
            &[],
        )
    };
    for hall in 0..2_000 {
        tell(&bench, 2, &format!("hall{hall}")).unwrap();
    }
    let mut refused = 0;
    for second in 0..29 {
        bench.at(second);
        for page in 0..1_000 {
            refused += usize::from(tell(&bench, 1, &format!("x{second}-{page}")).is_err());
        }
    }
    let page = bench
        .halls
        .page(None, (0, 1), |_| Some(on_air(&[])), bench.now);
    assert!(
        refused > 0 && page.refused_total == refused as u64,
        "{refused}"
    );
    assert!(page.dropped_total > 3_000, "{page:?}");
    assert!(page.total <= 2_000 + SESSIONS_OF_ONE_ADDRESS);
    let own = bench
        .halls
        .page(None, (0, usize::MAX), |_| Some(on_air(&[])), bench.now);
    assert_eq!(own.halls.len(), 1_000, "an answer has its own cap");
    for hall in 0..2_000 {
        // Each is still known: what it says now is not its first word.
        tell(&bench, 2, &format!("hall{hall}")).unwrap();
    }
    let after = bench
        .halls
        .page(None, (0, 1), |_| Some(on_air(&[])), bench.now);
    assert_eq!(after.total, page.total);
}

#[test]
fn names_that_nobody_configured_take_no_room_in_the_totals() {
    let bench = Bench::new();
    let heard = Heard::read("cid=made-up,sid=a,sta=p,bsd=5000").unwrap();
    let from = (host(1), By::Events);
    bench.halls.hear(from, &heard, None, bench.now).unwrap();
    let counted = bench.halls.counted(bench.now);
    assert_eq!(counted["made-up"].rebuffer_millis_total, 0);
    assert_eq!(counted["made-up"].playing, 1);
}

#[test]
fn a_code_that_stays_on_the_screen_is_one_report() {
    let bench = Bench::new();
    let tell = |code: &str| {
        bench.tell(
            "a",
            &format!("sta=f,vn.headend-fault=no-picture,vn.headend-code={code}"),
        )
    };
    assert!(matches!(tell("ABC234"), Taken::Report(_)));
    assert_eq!(tell("ABC234"), Taken::State);
    assert!(matches!(tell("ABC235"), Taken::Report(_)));
}

#[test]
fn a_hall_that_waits_for_the_channel_is_not_struck() {
    let bench = Bench::new();
    bench.tell(
        "a",
        "sta=w,vn.headend-fault=no-picture,vn.headend-who=not-started",
    );
    let counts = bench.counts();
    assert_eq!((counts.struck(), counts.other), (0, 1));
    bench.tell("a", "sta=r");
    let off = Known {
        on_air: false,
        incidents: &[],
    };
    let verdict = bench.counts().judged(off, WALL).verdict.unwrap();
    assert_eq!(verdict.whose, Whose::Machine);
    assert!(verdict.text.en.contains("not on air"), "{verdict:?}");
}
