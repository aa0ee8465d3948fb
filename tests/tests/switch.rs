//! A channel with two inputs under a simulated driver: the switch is hardly seen.

use std::time::Duration;

use headend_tests::judge::{Verdict, judge};
use headend_tests::rounds;
use headend_tests::sim::{
    Datagram, ORIGIN, Outcome, Random, WALL, carry_all, carry_between, chain_by, chain_of,
    chain_with, generated, h264, moved, paced, within,
};
use packager::chain::Chain;
use packager::hls::Resume;
use packager::select::{Content, Fitness, Policy, Reason, Revert};
use packager::time::Mono;

const RATE: u64 = 6_000_000;
const SECOND: u64 = 1_000_000_000;
const TWO_SECONDS: packager::hls::Settings = packager::hls::Settings {
    segment: Duration::from_secs(2),
    part: Duration::from_millis(400),
    low_latency: false,
    window: Duration::from_secs(60),
};

/// Two encoders with different settings: another GOP, another size of pictures in bytes, another
/// clock, another moment of their IDR, other PIDs.
fn main_and_backup() -> (Vec<Datagram>, Vec<Datagram>) {
    let main = generated("h264-3m", 40, &h264("3M")).unwrap();
    let mut encode = h264("2M");
    encode.extend([
        "-g",
        "40",
        "-mpegts_start_pid",
        "512",
        "-mpegts_pmt_start_pid",
        "768",
    ]);
    encode.extend([
        "-mpegts_service_id",
        "7",
        "-mpegts_transport_stream_id",
        "9",
    ]);
    let backup = generated("h264-2m-g40-p512", 40, &encode).unwrap();
    let backup = moved(&backup, 27_000_000 * 40_000);
    let main = paced(&main, 0.0, 5_000_000, 1).unwrap();
    let backup = paced(&backup, 30.0, 5_000_000, 2).unwrap();
    (main, backup)
}

/// A stream of so many seconds at both inputs, the second behind by `behind`; their clocks begin at
/// `starts` (27 MHz).
fn twice(seconds: usize, behind: u64, starts: [u64; 2]) -> (Vec<Datagram>, Vec<Datagram>) {
    let made = seconds.next_multiple_of(120);
    let stream = generated("h264-1m", made as u32, &h264("1M")).unwrap();
    let stream = &stream[..stream.len() * seconds / made / 188 * 188];
    let [main, backup] = starts.map(|start| {
        let moved = moved(stream, start.cast_signed());
        paced(stream, 0.0, 3_000_000, start)
            .unwrap()
            .into_iter()
            .zip(
                moved
                    .chunks(7 * 188)
                    .map(<[u8]>::to_vec)
                    .collect::<Vec<_>>(),
            )
            .map(|((at, _), bytes)| (at, bytes))
            .collect::<Vec<_>>()
    });
    let backup = backup.into_iter().map(|(at, bytes)| (at + behind, bytes));
    (main, backup.collect())
}

struct Aired {
    chain: Chain,
    outcome: Outcome,
    verdict: Verdict,
}

fn air(main: &[Datagram], backup: &[Datagram], seconds: u64) -> Aired {
    let mut chain = chain_of(2, &[Some(RATE), None]);
    let outcome = carry_all(&mut chain, &[main, backup], seconds * SECOND);
    let verdict = judge(&outcome.outputs[0], RATE);
    println!("{verdict}\n{:?}", chain.last_switch());
    Aired {
        chain,
        outcome,
        verdict,
    }
}

fn without(datagrams: &[Datagram], from: u64, to: u64) -> Vec<Datagram> {
    let mut left = datagrams.to_vec();
    left.retain(|(at, _)| !(from..to).contains(at));
    left
}

#[test]
fn the_loss_of_the_main_input_is_hardly_seen() {
    let (main, backup) = main_and_backup();
    let main = without(&main, 10 * SECOND, 100 * SECOND);
    let aired = air(&main, &backup, 20);
    assert_eq!(aired.verdict.faults(), Vec::<String>::new());
    assert_eq!(aired.verdict.discontinuities, 1, "the start alone");
    let switch = aired.chain.last_switch().unwrap();
    assert_eq!(
        (switch.to, switch.reason),
        (1, Reason::Fault(Fitness::NoPackets))
    );
    let late = switch.at.as_nanos() - SECOND - 10 * SECOND;
    assert!(late < 200_000_000, "{late} ns after the loss");
    assert!(switch.gap.as_millis() < 200, "{:?}", switch.gap);
    assert!(!aired.outcome.tap.is_empty());
}

#[test]
fn the_output_keeps_its_identity_whichever_input_is_on_air() {
    let (main, backup) = main_and_backup();
    let alone = air(&main, &[], 12).verdict;
    let main = without(&main, 6 * SECOND, 100 * SECOND);
    let switched = air(&main, &backup, 12).verdict;
    assert_eq!(switched.streams, alone.streams);
    assert_eq!(switched.program, alone.program);
    assert_eq!(switched.faults(), Vec::<String>::new());
}

#[test]
fn hls_goes_on_without_a_gap_over_a_switch() {
    let (main, backup) = main_and_backup();
    let main = without(&main, 10 * SECOND, 100 * SECOND);
    let aired = air(&main, &backup, 20);
    let mut packager = packager::hls::Packager::new(TWO_SECONDS, Resume::default());
    for packet in &aired.outcome.tap {
        let _ = packager.push(WALL, packet);
    }
    let window = packager.window();
    let facts = window.facts();
    println!("{facts:?}");
    assert_eq!(facts.discontinuity_sequence, 0, "{facts:?}");
    assert_eq!((facts.faults.gaps, facts.faults.leaps), (0, 0), "{facts:?}");
    let playlists = window.paths().filter(|p| p.ends_with("/index.m3u8"));
    for path in playlists {
        let text = String::from_utf8(window.object(&path).unwrap().body.to_vec()).unwrap();
        assert!(!text.contains("DISCONTINUITY\n"), "{path}: {text}");
    }
}

/// For each picture that begins in a row of packets, whether it is a key picture.
fn pictures(packets: &[packager::ts::RawPacket]) -> impl Iterator<Item = bool> {
    let views = packets.iter().map(packager::ts::Packet::new);
    let begins = views.filter(|p| p.unit_start() && p.payload().starts_with(&[0, 0, 1, 0xe0]));
    begins.map(packager::ts::Packet::random_access)
}

/// Samples of all fragments of a segment (ISO/IEC 14496-12, 8.8.8).
fn samples(segment: &[u8]) -> usize {
    let runs = segment.windows(4).enumerate().filter(|(_, w)| w == b"trun");
    let count = |at: usize| u32::from_be_bytes(segment[at + 8..at + 12].try_into().unwrap());
    runs.map(|(at, _)| count(at) as usize).sum()
}

#[test]
fn hls_loses_no_picture_where_the_other_input_has_other_tracks() {
    let (main, _) = main_and_backup();
    let sounds = ["-g", "40", "-map", "0:v", "-map", "1:a", "-map", "1:a"];
    let other = [&h264("2M")[..], &sounds].concat();
    let other = generated("h264-2m-g40-two-sounds", 40, &other).unwrap();
    let other = paced(&other, 30.0, 5_000_000, 2).unwrap();
    for low_latency in [false, true] {
        let settings = packager::hls::Settings {
            low_latency,
            ..TWO_SECONDS
        };
        let mut packager = packager::hls::Packager::new(settings, Resume::default());
        let mut chain = chain_of(2, &[Some(RATE)]);
        let (mut sent, mut before_key, mut from) = (0, 0, 0);
        let mut run = |until: u64, input: usize| {
            chain.hold(Mono::from_nanos(ORIGIN + from), Some(input));
            let part = [within(&main, from, until), within(&other, from, until)];
            let tap = carry_between(&mut chain, &part, from, until).tap;
            for key in pictures(&tap) {
                before_key = if key { sent } else { before_key };
                sent += 1;
            }
            from = until;
            for packet in tap {
                let _ = packager.push(WALL.offset_nanos(until.cast_signed()), &packet);
            }
            (packager.window(), before_key)
        };
        // Pictures sent and not shown, right after the end of a segment.
        let mut missing = |from: u64, input: usize| {
            let known = run(from, input).0.facts().segments;
            let mut steps = (1..500).map(|step| run(from + step * 20_000_000, input));
            let ended = steps.find(|(window, _)| window.facts().segments > known);
            let (window, sent) = ended.unwrap();
            let paths = window.paths().filter(|path| path.starts_with("video/"));
            let bodies = paths.filter(|path| path.ends_with(".m4s"));
            let shown = bodies.map(|path| samples(&window.object(&path).unwrap().body));
            sent - shown.sum::<usize>()
        };
        let before = missing(6 * SECOND, 0);
        assert_eq!(missing(14 * SECOND, 1), before);
        assert_eq!(missing(22 * SECOND, 0), before);
        let (window, _) = run(26 * SECOND, 0);
        assert_eq!(window.facts().discontinuity_sequence, 0);
        let list = window.object("video/index.m3u8").unwrap().body;
        let marks = String::from_utf8(list.to_vec()).unwrap();
        assert_eq!(
            marks.matches("#EXT-X-DISCONTINUITY\n").count(),
            2,
            "{marks}"
        );
    }
}

#[test]
fn an_input_that_comes_and_goes_each_second_is_left_alone() {
    let (main, backup) = main_and_backup();
    let mut main = main;
    main.retain(|(at, _)| *at < 8 * SECOND || at % SECOND < SECOND / 2);
    let aired = air(&main, &backup, 38);
    assert_eq!(aired.chain.counters().switches, 1);
    assert_eq!(aired.chain.on_air(), 1);
    assert_eq!(aired.verdict.faults(), Vec::<String>::new());
}

/// The most switches within any ten seconds, and at each second what was on air and what is asked.
fn restless<T>(
    inputs: [&[Datagram]; 2],
    seconds: u64,
    asked: impl Fn(&Chain) -> T,
) -> (u64, Vec<usize>, Vec<T>) {
    let (mut switches, mut said) = (Vec::new(), Vec::new());
    let on_air = air_by(Policy::default(), inputs, seconds, |_, chain| {
        switches.push(chain.counters().switches);
        said.push(asked(chain));
    });
    let most = switches.iter().zip(switches.iter().skip(10));
    (
        most.map(|(from, to)| to - from).max().unwrap(),
        on_air,
        said,
    )
}

/// An hour with `HEADEND_ROUNDS=20`.
#[test]
fn inputs_that_come_and_go_each_second_change_places_once_in_ten_seconds_at_most() {
    let seconds = if rounds() < 20 { 60 } else { 3_600 };
    let (main, backup) = twice(seconds, 700_000_000, [0, 27_000_000 * 9_000]);
    let seconds = seconds as u64 - 2;
    let comes = |at: u64, phase: u64| at < 8 * SECOND || (at + phase) % SECOND < SECOND / 2;
    let gated = |all: &[Datagram], phase: u64| {
        let mut all = all.to_vec();
        all.retain(|(at, _)| comes(*at, phase));
        all
    };
    let toggling = gated(&main, 0);
    let known = |chain: &Chain| chain.fitness(0).map(|(fitness, _)| fitness);
    let (most, on_air, worst) = restless([&toggling, &backup], seconds, known);
    assert_eq!(most, 1);
    assert!(on_air[10..].iter().all(|on| *on == 1), "{on_air:?}");
    assert!(
        worst[15..]
            .iter()
            .all(|fitness| *fitness <= Some(Fitness::Lossy)),
        "an input with a hole in each second is not ready: {worst:?}"
    );
    // Both, each while the other is away.
    let backup = gated(&backup, SECOND / 2);
    let (most, ..) = restless([&toggling, &backup], seconds, known);
    assert!(most <= 1, "{most} in ten seconds");
}

#[test]
fn what_is_preferred_goes_back_on_air_when_it_has_been_well_for_half_a_minute() {
    let (main, backup) = main_and_backup();
    let main = without(&main, 3 * SECOND, 5 * SECOND);
    let aired = air(&main, &backup, 39);
    let switch = aired.chain.last_switch().unwrap();
    assert_eq!((switch.to, switch.reason), (0, Reason::Preferred));
    assert_eq!(aired.chain.counters().switches, 2);
    assert_eq!(aired.verdict.faults(), Vec::<String>::new());
}

#[test]
fn with_nothing_on_either_input_the_first_that_comes_back_goes_on_air() {
    let (main, backup) = main_and_backup();
    let main = without(&main, 5 * SECOND, 100 * SECOND);
    let backup = without(&backup, 4 * SECOND, 12 * SECOND);
    let aired = air(&main, &backup, 20);
    let switch = aired.chain.last_switch().unwrap();
    assert_eq!(
        (switch.to, switch.reason),
        (1, Reason::Fault(Fitness::NoPackets))
    );
    let verdict = &aired.verdict;
    assert!(
        verdict.pcr_gap_ms <= 40.0 && verdict.pcr_error_ns <= 500.0,
        "{verdict}"
    );
    assert!(
        verdict.continuity_errors.is_empty(),
        "{:?}",
        verdict.continuity_errors
    );
    assert_eq!(verdict.stamps_back, 0);
}

/// Runs both inputs for `end` ns and asks for a switch at each of `moments`, or when the one before
/// is done.
fn switched_at(moments: &[u64], end: u64, inputs: [&[Datagram]; 2]) -> (u64, Verdict) {
    const STEP: u64 = 20_000_000;
    let mut chain = chain_of(2, &[Some(2_000_000)]);
    let mut packets = Vec::new();
    let mut asked = moments.iter().peekable();
    let mut count = 0;
    for from in (0..end).step_by(STEP as usize) {
        let to = from + STEP;
        let part = inputs.map(|all| within(all, from, to));
        let outcome = carry_between(&mut chain, &part, from, to);
        packets.extend(outcome.outputs.into_iter().next().unwrap());
        let done = chain.counters().switches == count;
        if done && asked.next_if(|at| **at <= to).is_some() {
            count += 1;
            let other = 1 - chain.on_air();
            chain.ask(Mono::from_nanos(ORIGIN + to), other, Reason::Asked);
        }
    }
    (chain.counters().switches, judge(&packets, 2_000_000))
}

#[test]
fn switch_after_switch_leaves_no_fault() {
    let count = 25 * rounds() as u64;
    let end = 4 + count * 125 / 100;
    let inputs = twice(end as usize + 3, 700_000_000, [0, 27_000_000 * 9_000]);
    let moments: Vec<u64> = (0..count).map(|n| 3 * SECOND + n * 1_060_000_000).collect();
    let (switches, verdict) = switched_at(&moments, end * SECOND, [&inputs.0, &inputs.1]);
    println!("{switches} switches: {verdict}");
    assert_eq!(switches, count);
    assert_eq!(verdict.faults(), Vec::<String>::new());
    assert_eq!(verdict.discontinuities, 1);
}

#[test]
fn a_switch_in_the_second_in_which_a_clock_wraps_leaves_no_fault() {
    let wrap = (1u64 << 33) * 300;
    let mut random = Random(11);
    for _ in 0..50 * rounds() {
        let mut draw = |below: u64| random.draw() % below;
        let starts = [4_000_000_000, 4_000_000_000].map(|from| {
            let nanos = from + draw(1_000_000_000);
            wrap - nanos * 27 / 1_000
        });
        let (main, backup) = twice(12, draw(1_500_000_000), starts);
        let moment = 4_000_000_000 + draw(1_500_000_000);
        let (switches, verdict) = switched_at(&[moment], 8 * SECOND, [&main, &backup]);
        assert_eq!(switches, 1, "{starts:?} {moment}");
        assert_eq!(
            verdict.faults(),
            Vec::<String>::new(),
            "{starts:?} {moment}: {verdict}"
        );
    }
}

#[test]
fn a_backup_that_comes_first_goes_on_air_and_the_main_input_follows() {
    let (main, backup) = main_and_backup();
    let main = without(&main, 0, 3 * SECOND);
    let aired = air(&main, &backup, 39);
    assert_eq!(aired.chain.on_air(), 0);
    assert_eq!(aired.chain.counters().switches, 2);
    assert_eq!(aired.verdict.faults(), Vec::<String>::new());
    let alone = air(&[], &backup, 10);
    assert_eq!(alone.verdict.faults(), Vec::<String>::new());
}

#[test]
fn two_feeds_of_sound_alone_that_pause_by_nature_are_left_alone() {
    let words = "-map 1 -c:a mp2 -b:a 64k -ac 1 -pes_payload_size 600";
    let words: Vec<&str> = words.split(' ').collect();
    let sound = generated("sound-64k", 40, &words).unwrap();
    let main = paced(&sound, 0.0, 5_000_000, 1).unwrap();
    let backup = paced(&sound, 0.0, 5_000_000, 2).unwrap();
    let backup: Vec<_> = backup
        .into_iter()
        .map(|(at, b)| (at + 77_000_000, b))
        .collect();
    let aired = air(&main, &backup, 38);
    assert_eq!(aired.chain.counters().switches, 0);
}

/// Both inputs by `policy`; `act` has the chain at each second.
fn air_by(
    policy: Policy,
    inputs: [&[Datagram]; 2],
    seconds: u64,
    mut act: impl FnMut(u64, &mut Chain),
) -> Vec<usize> {
    let mut chain = chain_by(policy, 2, &[Some(RATE)]);
    let mut on_air = Vec::new();
    for second in 0..seconds {
        act(second, &mut chain);
        let (from, to) = (second * SECOND, (second + 1) * SECOND);
        let part = inputs.map(|all| within(all, from, to));
        let _ = carry_between(&mut chain, &part, from, to);
        on_air.push(chain.on_air());
    }
    on_air
}

#[test]
fn what_an_operator_put_on_air_stays_while_anything_comes_from_it() {
    let (main, backup) = main_and_backup();
    let backup = without(&backup, 20 * SECOND, 24 * SECOND);
    let on_air = air_by(Policy::default(), [&main, &backup], 39, |second, chain| {
        let now = Mono::from_nanos(ORIGIN + second * SECOND);
        if second == 5 {
            chain.hold(now, Some(1));
            chain.hold(now, Some(7));
        }
        // Its picture is black: with nobody's hand on it that is a reason to switch.
        let black = Content {
            black: (8..16).contains(&second),
            ..Content::default()
        };
        chain.tell(1, Some(black));
    });
    assert_eq!(on_air[4], 0);
    assert!(on_air[6..20].iter().all(|on| *on == 1), "{on_air:?}");
    assert!(
        on_air[21..24].iter().all(|on| *on == 0),
        "silence is no hold: {on_air:?}"
    );
    assert_eq!(on_air[36], 1, "it comes back: {on_air:?}");
}

#[test]
fn a_black_picture_is_replaced_when_it_lasts_and_not_where_the_policy_ignores_it() {
    let (main, backup) = main_and_backup();
    let black = |second: u64, chain: &mut Chain| {
        let black = Content {
            black: (5..8).contains(&second) || second >= 12,
            ..Content::default()
        };
        chain.tell(0, Some(black));
    };
    let on_air = air_by(Policy::default(), [&main, &backup], 22, black);
    assert_eq!(
        on_air.iter().position(|on| *on == 1),
        Some(17),
        "{on_air:?}"
    );
    let mut deaf = Policy::default();
    let index = Fitness::FAULTS.iter().position(|f| *f == Fitness::Black);
    deaf.after[index.unwrap()] = None;
    let on_air = air_by(deaf, [&main, &backup], 22, black);
    assert!(on_air.iter().all(|on| *on == 0), "{on_air:?}");
}

#[test]
fn a_lossy_input_is_replaced_by_a_clean_one() {
    let (mut main, backup) = main_and_backup();
    let mut count = 0;
    main.retain(|(at, _)| {
        count += 1;
        *at < 6 * SECOND || count % 20 != 0
    });
    let on_air = air_by(Policy::default(), [&main, &backup], 16, |_, _| {});
    let when = on_air.iter().position(|on| *on == 1);
    assert!(
        when.is_some_and(|second| (9..12).contains(&second)),
        "{on_air:?}"
    );
}

/// The main input without the packets that `takes` names, from 6 s on.
fn lacking(main: &[Datagram], takes: impl Fn(&mut [u8; 188]) -> bool) -> Vec<Datagram> {
    let mut main = main.to_vec();
    for (at, bytes) in &mut main {
        let (packets, _) = bytes.as_chunks_mut::<188>();
        for packet in packets.iter_mut().filter(|_| *at >= 6 * SECOND) {
            if takes(packet) {
                packet[1] |= 0x1f;
                packet[2] = 0xff;
            }
        }
    }
    main
}

fn pid(packet: &[u8; 188]) -> u16 {
    u16::from_be_bytes([packet[1] & 0x1f, packet[2]])
}

/// Clears PCR_flag.
fn without_pcr(packet: &mut [u8; 188]) -> bool {
    if packet[3] & 0x20 != 0 && packet[4] > 0 {
        packet[5] &= !0x10;
    }
    false
}

#[test]
fn tables_or_a_clock_that_stop_are_a_reason_to_switch_and_picture_or_sound_sooner_than_a_viewer_calls()
 {
    let (main, backup) = main_and_backup();
    type Takes = fn(&mut [u8; 188]) -> bool;
    let losses: [(Fitness, Takes); 5] = [
        (Fitness::NoTables, |p| pid(p) == 0),
        (Fitness::NoTables, |p| pid(p) == 0x1000),
        (Fitness::NoClock, without_pcr),
        (Fitness::NoVideo, |p| pid(p) == 0x100),
        (Fitness::NoAudio, |p| pid(p) == 0x101),
    ];
    for (index, (fault, takes)) in losses.into_iter().enumerate() {
        let aired = air(&lacking(&main, takes), &backup, 12);
        let switch = aired.chain.last_switch().unwrap();
        // PCRs are on the picture's PID: without the one there is none of the other.
        assert_eq!(
            (switch.to, switch.reason),
            (1, Reason::Fault(fault)),
            "{index}"
        );
        let late = switch.at.as_nanos() - ORIGIN - 6 * SECOND;
        assert!(late < 1_600_000_000, "{fault:?} {late} ns after the loss");
        assert_eq!(aired.verdict.faults(), Vec::<String>::new(), "{index}");
        // With nothing better the programme goes on.
        let alone = air(&lacking(&main, takes), &[], 12);
        assert_eq!(alone.chain.counters().switches, 0);
        if fault >= Fitness::NoClock {
            assert_eq!(alone.verdict.faults(), Vec::<String>::new(), "{index}");
        }
    }
}

#[test]
fn an_input_goes_back_on_air_as_often_as_the_policy_says() {
    let (main, backup) = main_and_backup();
    let main = without(&main, 3 * SECOND, 4 * SECOND);
    let main = without(&main, 20 * SECOND, 21 * SECOND);
    let back = |revert| {
        let policy = Policy {
            revert,
            ..Policy::default()
        };
        let on_air = air_by(policy, [&main, &backup], 39, |_, _| {});
        (on_air[18], on_air[38])
    };
    let long = Duration::from_secs(5);
    assert_eq!(back(Revert::WhenWell(long)), (0, 0));
    assert_eq!(back(Revert::Once(long)), (0, 1));
    assert_eq!(back(Revert::Never), (1, 1));
}

#[test]
fn with_no_programme_the_slate_goes_on_air_and_the_first_that_comes_back_replaces_it() {
    let (main, slate) = main_and_backup();
    let main = without(&main, 8 * SECOND, 20 * SECOND);
    // The slate is made when it is needed.
    let slate = without(&slate, 0, 9 * SECOND);
    let mut chain = chain_with(Policy::default(), 1, &[Some(RATE)], true);
    let outcome = carry_between(&mut chain, &[&main, &slate], 0, 16 * SECOND);
    assert!(chain.is_slate());
    assert_eq!(chain.inputs().len(), 1, "it is none of the inputs");
    let verdict = judge(&outcome.outputs[0], RATE);
    assert_eq!(verdict.continuity_errors, Vec::<String>::new());
    assert!(
        verdict.pcr_gap_ms <= 40.0 && verdict.stamps_back == 0,
        "{verdict}"
    );
    let later = |all: &[Datagram]| {
        let from = all.partition_point(|(at, _)| at + 500_000 <= 16 * SECOND);
        all[from..].to_vec()
    };
    let _ = carry_between(
        &mut chain,
        &[&later(&main), &later(&slate)],
        16 * SECOND,
        24 * SECOND,
    );
    assert!(!chain.is_slate());
    let switch = chain.last_switch().unwrap();
    let late = switch.at.as_nanos() - ORIGIN - 20 * SECOND;
    assert!(late < SECOND, "{late} ns after it came back");
    chain.hold(Mono::from_nanos(ORIGIN + 24 * SECOND), Some(1));
    assert_eq!(chain.held(), None, "nobody puts the slate on air by hand");
}

/// Nothing comes from `moment` on, and a slate of another size is made: its HLS at 16 s, and the longest
/// time without a new segment, ns.
fn slate_from(moment: u64) -> (packager::hls::Packager, u64) {
    const STEP: u64 = 20_000_000;
    let (main, _) = main_and_backup();
    let main = without(&main, moment, 100 * SECOND);
    let small = ["-s", "640x360", "-muxdelay", "0.1", "-muxpreload", "0.1"];
    let slate = generated("h264-1m-360", 10, &[&h264("1M")[..], &small].concat()).unwrap();
    // It is asked for as soon as nothing comes, and takes half a second to be made.
    let made = moment + 600_000_000;
    let slate = paced(&slate, 0.0, 5_000_000, 2).unwrap().into_iter();
    let slate: Vec<Datagram> = slate.map(|(at, bytes)| (at + made, bytes)).collect();
    let mut chain = chain_with(Policy::default(), 1, &[Some(RATE)], true);
    let mut packager = packager::hls::Packager::new(TWO_SECONDS, Resume::default());
    let (mut known, mut since, mut longest) = (0, 0, 0);
    for from in (0..16 * SECOND).step_by(STEP as usize) {
        let to = from + STEP;
        let part = [&*main, &*slate].map(|all| within(all, from, to));
        let now = WALL.offset_nanos(to.cast_signed());
        for packet in &carry_between(&mut chain, &part, from, to).tap {
            let _ = packager.push(now, packet);
        }
        let window = packager.window();
        let next = window.facts().media_sequence + window.facts().segments;
        if next != known {
            longest = longest.max(if known > 0 { to - since } else { 0 });
            (known, since) = (next, to);
        }
    }
    assert!(chain.is_slate() && known > 5, "{known} segments");
    (packager, longest)
}

/// Half a target duration late at most (RFC 8216bis, 6.2.1), less a tenth of a second for a busy machine.
#[test]
fn at_whatever_moment_all_goes_hls_has_its_next_segment_in_time() {
    for moment in (0..100).map(|part| 8 * SECOND + part * SECOND / 50) {
        let (_, longest) = slate_from(moment);
        assert!(
            longest <= 29 * SECOND / 10,
            "{longest} ns, gone at {moment}"
        );
    }
}

/// Players count a segment's time from the one by the stamps and the other by EXTINF; where these
/// part, the next discontinuity leaves a hole.
#[test]
fn the_last_picture_before_the_slate_stands_in_its_segment_as_long_as_extinf_says() {
    for moment in (0..4).map(|part| 8 * SECOND + part * SECOND / 2) {
        let (packager, _) = slate_from(moment);
        let window = packager.window();
        let body = |path: &str| Some(window.object(path)?.body);
        let list = String::from_utf8(body("video/index.m3u8").unwrap().to_vec()).unwrap();
        let extinf = |line: &str| {
            let length = line.strip_prefix("#EXTINF:")?.strip_suffix(',')?;
            length.parse().ok()
        };
        let lengths: Vec<f64> = list.lines().filter_map(extinf).collect();
        let segments = list.lines().filter(|line| line.ends_with(".m4s"));
        // A gap has no body.
        let begin = |name| Some(decoded(&body(&format!("video/{name}"))?));
        let begins: Vec<Option<f64>> = segments.map(begin).collect();
        let pairs = lengths.iter().zip(begins.windows(2));
        let off = pairs.filter_map(|(length, pair)| Some(pair[1]? - pair[0]? - length));
        let off: Vec<f64> = off.collect();
        assert!(
            off.len() > 5 && list.contains("#EXT-X-DISCONTINUITY\n"),
            "{list}"
        );
        let worst = off.iter().map(|off| off.abs()).fold(0.0, f64::max);
        assert!(worst < 0.01, "gone at {moment}: {off:?}: {list}");
    }
}

/// When the first sample of a segment of pictures is decoded, s (ISO/IEC 14496-12, 8.8.12).
fn decoded(segment: &[u8]) -> f64 {
    let at = segment.windows(4).position(|name| name == b"tfdt").unwrap() + 8;
    u64::from_be_bytes(segment[at..at + 8].try_into().unwrap()) as f64 / 90_000.0
}

/// Picture and sound are marked as scrambled from `from` on.
fn scrambled(datagrams: &[Datagram], from: u64) -> Vec<Datagram> {
    let mut left = datagrams.to_vec();
    for (_, bytes) in left.iter_mut().filter(|(at, _)| *at >= from) {
        for packet in bytes.as_chunks_mut::<188>().0 {
            let pid = u16::from_be_bytes([packet[1] & 0x1f, packet[2]]);
            if pid == 0x100 || pid == 0x101 {
                let payload = if packet[3] & 0x20 == 0 {
                    4
                } else {
                    5 + usize::from(packet[4])
                };
                packet[3] |= 0x80;
                packet
                    .iter_mut()
                    .skip(payload)
                    .for_each(|byte| *byte ^= 0xa5);
            }
        }
    }
    left
}

#[test]
fn what_goes_on_air_after_a_pause_is_not_too_late_for_the_output() {
    let (main, slate) = main_and_backup();
    // At any moment of the slate's group of pictures.
    for moment in (0..10).map(|part| 8 * SECOND + part * SECOND / 6) {
        let main = scrambled(&main, moment);
        let mut chain = chain_with(Policy::default(), 1, &[Some(RATE)], true);
        let outcome = carry_all(&mut chain, &[&main, &slate], 15 * SECOND);
        assert!(chain.is_slate());
        let dropped = chain.outputs()[0].shaper.counters().overflow;
        println!("{moment}: {:?}", chain.last_switch());
        assert_eq!(dropped, 0, "scrambled from {moment}");
        let verdict = judge(&outcome.outputs[0], RATE);
        assert_eq!(verdict.faults(), Vec::<String>::new());
    }
}
