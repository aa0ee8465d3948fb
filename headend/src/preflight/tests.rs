//! Each rule judged from facts made by hand: no node, no clock, no socket.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::drill::Drill;
use super::listen::{Heard, Querier};
use super::output::Hold;
use super::{Grade, Line, channel, code, drill, output, profile, say};
use crate::net::Link;
use crate::net::igmp::Query;
use crate::plan::OutputPlan;
use crate::snapshot::{
    ChannelSnapshot, ChannelState, ComparisonSnapshot, ContentSnapshot, HlsSnapshot, InputSnapshot,
    InputState, OutputSnapshot, OutputState, ProgramSnapshot, StreamSnapshot,
};

fn stream(kind: &str, codec: &str) -> StreamSnapshot {
    StreamSnapshot {
        kind: kind.to_owned(),
        codec: codec.to_owned(),
        bitrate_bits_per_second: 100_000,
        ..StreamSnapshot::default()
    }
}

fn input() -> InputSnapshot {
    InputSnapshot {
        state: InputState::Receiving,
        fitness: "ready".to_owned(),
        content: Some(ContentSnapshot::default()),
        program: Some(ProgramSnapshot {
            streams: vec![
                stream("video", "H.264 High 4.0 1920x1080 25 fps"),
                stream("audio", "AAC LC 48 kHz stereo"),
            ],
            ..ProgramSnapshot::default()
        }),
        ..InputSnapshot::default()
    }
}

fn on_air() -> ChannelSnapshot {
    ChannelSnapshot {
        id: "hop".to_owned(),
        state: ChannelState::OnAir,
        on_air: Some(0),
        inputs: vec![input(), input()],
        ..ChannelSnapshot::default()
    }
}

fn grade(lines: &[Line], check: &str) -> Grade {
    let of_check = lines.iter().filter(|line| line.check == check);
    let grades: Vec<Grade> = of_check.map(|line| line.grade).collect();
    assert!(!grades.is_empty(), "no line for {check}: {lines:#?}");
    assert!(grades.windows(2).all(|w| w[0] == w[1]), "{lines:#?}");
    grades[0]
}

fn look(channel: &ChannelSnapshot, lufs: f64) -> Vec<Line> {
    let heard = vec![vec![lufs; 5]; channel.inputs.len()];
    channel::judge(channel, &heard)
}

#[test]
fn the_worst_line_gives_the_exit_code_and_what_is_not_known_is_not_good() {
    let text = || say("", "");
    let good = Line::good("a", "", text());
    let warning = Line::warning("a", "", text());
    let unknown = Line::unknown("a", "", text());
    let critical = Line::critical("a", "", text());
    let unused = Line::not_used("a", "", text());
    assert_eq!(code(&[]), 3);
    assert_eq!(code(&[good.clone(), unused]), 0);
    assert_eq!(code(&[good, warning.clone()]), 1);
    assert_eq!(code(&[warning.clone(), unknown.clone()]), 3);
    assert_eq!(code(&[warning, unknown, critical]), 2);
}

#[test]
fn a_channel_with_two_good_inputs_is_good() {
    let lines = look(&on_air(), -23.0);
    for check in ["on-air", "incident", "input-live", "sound", "picture"] {
        assert_eq!(grade(&lines, check), Grade::Good, "{check}");
    }
    let mut alone = on_air();
    alone.inputs.pop();
    assert_eq!(grade(&look(&alone, -23.0), "backup"), Grade::Warning);
    alone.state = ChannelState::Stopped;
    assert_eq!(grade(&look(&alone, -23.0), "on-air"), Grade::Critical);
}

#[test]
fn a_dead_backup_is_critical_although_viewers_see_nothing_of_it() {
    let mut channel = on_air();
    channel.inputs[1].fitness = "no-packets".to_owned();
    let lines = look(&channel, -23.0);
    let dead: Vec<&Line> = lines
        .iter()
        .filter(|line| line.grade == Grade::Critical)
        .collect();
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].place, "hop input 1");
    assert!(dead[0].fix.is_some());
    assert!(
        dead[0].text.vi.contains("không nhận được gì"),
        "{:?}",
        dead[0].text
    );
}

#[test]
fn sound_is_judged_by_its_mean_loudness() {
    let of = |lufs| grade(&look(&on_air(), lufs), "sound");
    assert_eq!(of(-23.0), Grade::Good);
    assert_eq!(of(-27.9), Grade::Good);
    assert_eq!(of(-28.5), Grade::Warning);
    assert_eq!(of(-17.5), Grade::Warning);
    assert_eq!(of(-50.0), Grade::Critical);
    let pauses = vec![vec![-23.0, -60.0, -23.0, -60.0]; 2];
    let lines = channel::judge(&on_air(), &pauses);
    assert_eq!(
        grade(&lines, "sound"),
        Grade::Good,
        "a speaker draws breath"
    );
    let mut silent = on_air();
    for input in &mut silent.inputs {
        input.content = Some(ContentSnapshot {
            mute: true,
            ..ContentSnapshot::default()
        });
    }
    assert_eq!(grade(&look(&silent, -23.0), "sound"), Grade::Critical);
    for input in &mut silent.inputs {
        input.content = None;
    }
    assert_eq!(grade(&look(&silent, -23.0), "sound"), Grade::Unknown);
    for input in &mut silent.inputs {
        input.program = None;
    }
    assert_eq!(grade(&look(&silent, -23.0), "sound"), Grade::Critical);
}

#[test]
fn a_backup_that_shows_something_else_is_critical() {
    let of = |programme: Option<&str>| {
        let mut channel = on_air();
        channel.inputs[1].comparison = programme.map(|programme| ComparisonSnapshot {
            with: 0,
            programme: programme.to_owned(),
            behind_seconds: None,
        });
        grade(&look(&channel, -23.0), "same-programme")
    };
    assert_eq!(of(Some("same")), Grade::Good);
    assert_eq!(of(Some("other-sound")), Grade::Warning);
    assert_eq!(of(Some("other")), Grade::Critical);
    assert_eq!(of(Some("unknown")), Grade::Unknown);
    assert_eq!(of(None), Grade::Unknown);
}

#[test]
fn sound_and_picture_may_be_45_ms_apart_either_way() {
    let of = |millis: f64| {
        let mut channel = on_air();
        for input in &mut channel.inputs {
            input.content.as_mut().unwrap().sound_late_seconds = Some(millis / 1e3);
        }
        grade(&look(&channel, -23.0), "sound-and-picture")
    };
    assert_eq!([of(40.0), of(-40.0)], [Grade::Good; 2]);
    assert_eq!([of(60.0), of(-60.0)], [Grade::Warning; 2]);
    assert_eq!([of(200.0), of(-200.0)], [Grade::Critical; 2]);
}

fn profile_of(video: &str, hls: bool) -> Grade {
    let mut input = input();
    if let Some(program) = &mut input.program {
        program.streams[0] = stream("video", video);
    }
    let hls = hls.then(HlsSnapshot::default);
    grade(&profile::judge(&input, hls.as_ref(), "a"), "profile")
}

#[test]
fn what_boxes_cannot_show_is_named_by_its_profile() {
    for (codec, expected) in [
        ("H.264 High 4.0 1920x1080 25 fps", Grade::Good),
        ("H.264 Constrained Baseline 3.1 1280x720", Grade::Good),
        ("H.264 Main 4.1 1920x1088 29.97 fps", Grade::Good),
        ("H.264 High 4.2 1920x1080 50 fps", Grade::Warning),
        ("H.264 High 4.0 1920x1080i 25 fps", Grade::Warning),
        ("H.264 High 10 4.0 1920x1080 25 fps", Grade::Critical),
        ("H.264 High 4:2:2 4.0 1920x1080 25 fps", Grade::Critical),
        ("H.264 4.0 1920x1080", Grade::Critical),
        ("H.264", Grade::Unknown),
        ("H.265 Main 4.0 1920x1080 25 fps", Grade::Warning),
        ("MPEG-2 video Main 720x576i 25 fps", Grade::Good),
        ("stream_type 0xd1", Grade::Critical),
    ] {
        assert_eq!(profile_of(codec, false), expected, "{codec}");
    }
    assert_eq!(profile_of("MPEG-2 video 720x576i", true), Grade::Critical);
}

#[test]
fn a_conference_that_came_out_as_sound_only_is_caught() {
    let mut input = input();
    let program = input.program.as_mut().unwrap();
    program.streams.remove(0);
    let lines = profile::judge(&input, None, "a");
    assert_eq!(grade(&lines, "profile"), Grade::Critical);
    assert!(lines[0].text.en.contains("sound only"));
    let mut listed = stream("video", "H.264");
    listed.bitrate_bits_per_second = 0;
    input.program.as_mut().unwrap().streams.push(listed);
    let lines = profile::judge(&input, None, "a");
    assert_eq!(
        grade(&lines, "profile"),
        Grade::Critical,
        "listed, and no packet"
    );
}

#[test]
fn sound_that_browsers_cannot_play_is_named() {
    let of = |codec: &str, hls: bool| {
        let mut input = input();
        input.program.as_mut().unwrap().streams[1] = stream("audio", codec);
        let hls = hls.then(HlsSnapshot::default);
        grade(&profile::judge(&input, hls.as_ref(), "a"), "sound-profile")
    };
    assert_eq!(of("AAC LC 48 kHz stereo", true), Grade::Good);
    assert_eq!(of("MPEG audio layer II 48 kHz stereo", false), Grade::Good);
    assert_eq!(
        of("MPEG audio layer II 48 kHz stereo", true),
        Grade::Critical
    );
    assert_eq!(of("AAC LC 44.1 kHz stereo", true), Grade::Warning);
    assert_eq!(of("AAC LC 48 kHz 5.1", true), Grade::Warning);
    assert_eq!(of("AC-3 48 kHz stereo", false), Grade::Warning);
}

#[test]
fn a_backup_with_far_key_pictures_is_named() {
    let of = |apart| {
        let mut input = input();
        input.key_pictures_seconds = apart;
        grade(&profile::judge(&input, None, "a"), "key-pictures")
    };
    assert_eq!(of(Some(2.0)), Grade::Good);
    assert_eq!(of(Some(6.0)), Grade::Warning);
    assert_eq!(of(Some(20.0)), Grade::Critical);
    assert_eq!(of(None), Grade::Unknown);
    assert_eq!(of(Some(f64::NAN)), Grade::Unknown);
}

#[test]
fn key_pictures_that_are_far_apart_are_seen_as_soon_as_they_can_be() {
    let of = |apart: Option<u64>, looked| {
        let apart = apart.map(Duration::from_millis);
        profile::key_pictures(apart, Duration::from_secs(looked), "a").grade
    };
    assert_eq!(of(Some(2_000), 10), Grade::Good);
    assert_eq!(of(Some(4_000), 10), Grade::Good);
    assert_eq!(of(Some(5_000), 10), Grade::Warning);
    assert_eq!(of(Some(12_000), 30), Grade::Critical);
    assert_eq!(of(None, 5), Grade::Unknown);
    assert_eq!(of(None, 10), Grade::Warning);
    assert_eq!(of(None, 30), Grade::Critical);
}

fn plan(ttl: u8) -> OutputPlan {
    OutputPlan {
        url: "udp://239.84.0.1:5000".to_owned(),
        rtp: false,
        address: "239.84.0.1:5000".parse().unwrap(),
        interface: Some("eth0".to_owned()),
        ttl,
        dscp: 0,
        loopback: true,
        bitrate: None,
        overflow: packager::shape::Overflow::KeepSound,
        fec: None,
    }
}

#[test]
fn an_output_has_to_leave_in_time_within_its_rate_and_far_enough() {
    let sent = OutputSnapshot {
        state: OutputState::OnTheWire,
        bitrate_bits_per_second: Some(6_000_000),
        needed_bits_per_second: 4_000_000,
        ..OutputSnapshot::default()
    };
    let lines = output::judge(&sent, Some(&plan(16)), "a");
    assert!(
        lines.iter().all(|line| line.grade == Grade::Good),
        "{lines:#?}"
    );
    let of = |change: fn(&mut OutputSnapshot), ttl, check: &str| {
        let mut sent = sent.clone();
        change(&mut sent);
        grade(&output::judge(&sent, Some(&plan(ttl)), "a"), check)
    };
    assert_eq!(of(|_| (), 0, "ttl"), Grade::Critical);
    assert_eq!(of(|_| (), 1, "ttl"), Grade::Warning);
    let needs = |sent: &mut OutputSnapshot| sent.needed_bits_per_second = 5_700_000;
    assert_eq!(of(needs, 16, "rate"), Grade::Warning);
    let needs = |sent: &mut OutputSnapshot| sent.needed_bits_per_second = 6_100_000;
    assert_eq!(of(needs, 16, "rate"), Grade::Critical);
    assert_eq!(
        of(|sent| sent.late_seconds = 0.2, 16, "in-time"),
        Grade::Warning
    );
    let off = |sent: &mut OutputSnapshot| sent.state = OutputState::NotOnTheWire;
    assert_eq!(of(off, 16, "on-the-wire"), Grade::Critical);
    let strange = |sent: &mut OutputSnapshot| sent.reason = Some("another sends too".to_owned());
    assert_eq!(of(strange, 16, "on-the-wire"), Grade::Warning);
}

#[test]
fn an_interface_has_to_be_there_up_and_with_an_address() {
    let of = |name: &str, up, address: &str| {
        let link = Link {
            name: name.to_owned(),
            addresses: vec![address.parse().unwrap()],
            up,
        };
        output::interface(&plan(16), &[link], "a").unwrap().grade
    };
    assert_eq!(of("eth0", true, "10.0.0.1"), Grade::Good);
    assert_eq!(of("eth1", true, "10.0.0.1"), Grade::Critical);
    assert_eq!(of("eth0", false, "10.0.0.1"), Grade::Critical);
    assert_eq!(of("eth0", true, "fe80::1"), Grade::Warning);
}

fn heard(span: u64) -> Heard {
    Heard {
        span: Duration::from_secs(span),
        datagrams: 1_000,
        silence: Duration::from_millis(5),
        ..Heard::default()
    }
}

#[test]
fn a_group_that_stops_while_it_is_held_is_critical() {
    let hold = Hold {
        wanted: Some(Duration::from_secs(425)),
        here: false,
    };
    let of = |heard: &Heard, check: &str| grade(&output::heard(heard, hold, "a"), check);
    assert_eq!(of(&heard(425), "multicast"), Grade::Good);
    assert_eq!(of(&heard(425), "multicast-held"), Grade::Good);
    assert_eq!(of(&heard(100), "multicast-held"), Grade::Critical);
    let mut stopped = heard(425);
    stopped.silence = Duration::from_secs(160);
    assert_eq!(of(&stopped, "multicast"), Grade::Critical);
    assert_eq!(of(&stopped, "multicast-held"), Grade::Critical);
    let mut torn = heard(425);
    torn.continuity_errors = 1;
    assert_eq!(of(&torn, "multicast"), Grade::Warning);
    assert_eq!(of(&Heard::default(), "multicast"), Grade::Critical);
    let quick = Hold {
        wanted: None,
        here: true,
    };
    let lines = output::heard(&heard(10), quick, "a");
    assert_eq!(grade(&lines, "multicast-held"), Grade::NotUsed);
}

#[test]
fn a_missing_querier_is_told_only_after_it_should_have_asked_twice() {
    let of = |querier: &Querier, looked| {
        let times = (Duration::from_secs(looked), Duration::from_secs(125));
        output::querier(querier, times, "a").grade
    };
    let query = Query {
        from: Ipv4Addr::new(10, 0, 0, 1),
        version: 3,
        interval: None,
    };
    assert_eq!(of(&Querier::Heard(Some((query, 3))), 425), Grade::Good);
    assert_eq!(of(&Querier::Heard(None), 425), Grade::Warning);
    assert_eq!(of(&Querier::Heard(None), 10), Grade::NotUsed);
    assert_eq!(of(&Querier::Heard(None), 254), Grade::NotUsed);
    assert_eq!(of(&Querier::Heard(None), 255), Grade::Warning);
    assert_eq!(of(&Querier::Deaf("no right".into()), 425), Grade::Unknown);
}

#[test]
fn a_drill_has_to_switch_leave_no_trace_and_put_all_back() {
    let good = Drill {
        steps: vec![
            (1, Some(Duration::from_millis(300))),
            (0, Some(Duration::from_millis(300))),
        ],
        heard: Some(heard(10)),
        restored: true,
        ..Drill::default()
    };
    let of = |change: fn(&mut Drill)| {
        let mut drill = good.clone();
        change(&mut drill);
        code(&drill::judge(&drill, "hop"))
    };
    assert_eq!(of(|_| ()), 0);
    assert_eq!(of(|drill| drill.restored = false), 2);
    assert_eq!(of(|drill| drill.steps[0].1 = None), 2);
    assert_eq!(of(|drill| drill.interrupted = true), 3);
    assert_eq!(of(|drill| drill.heard = None), 3);
    assert_eq!(of(|drill| drill.refused = Some("no".into())), 2);
    let torn = |drill: &mut Drill| drill.heard.as_mut().unwrap().continuity_errors = 1;
    assert_eq!(of(torn), 2);
    let slow = |drill: &mut Drill| {
        drill.heard.as_mut().unwrap().pictures.apart = Duration::from_secs(1);
    };
    assert_eq!(of(slow), 1);
}
