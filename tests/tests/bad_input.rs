//! Bad input, one kind a test, each with its outcome: what goes out stays clean, what was wrong
//! is counted or named.

use headend_tests::judge::{Verdict, judge};
use headend_tests::sim::{
    Datagram, Outcome, carry, carry_between, chain, generated, h264, moved, paced, within,
};
use packager::chain::Chain;
use packager::hls::{Packager, Resume, Settings};
use packager::monitor::{Cause, Monitor, State};
use packager::ts::clock::Ticks;
use packager::ts::packet::{set_continuity, set_pid};
use packager::ts::pat::{Pat, PatProgram};
use packager::ts::section::{Packetizer, SectionAssembler};
use packager::ts::{Packet, Pid, RawPacket, pes};

const RATE: u64 = 6_000_000;
/// Of a stream, s.
const LONG: u32 = 20;
const NONE: Vec<String> = Vec::new();
/// Of FFmpeg's muxer.
const PMT_PID: Pid = Pid::new(0x1000).unwrap();
/// The same.
const PICTURE: Pid = Pid::new(0x100).unwrap();

fn pid(value: u16) -> Pid {
    Pid::new(value).unwrap()
}

fn stream() -> Vec<u8> {
    generated("h264-3m", LONG, &h264("3M")).unwrap()
}

fn clean() -> Vec<Datagram> {
    paced(&stream(), 0.0, 5_000_000, 1).unwrap()
}

/// What one channel made of its input.
struct Aired {
    chain: Chain,
    outcome: Outcome,
    verdict: Verdict,
}

fn air(datagrams: &[Datagram]) -> Aired {
    let mut chain = chain(&[Some(RATE)]);
    let outcome = carry(&mut chain, datagrams, u64::from(LONG) * 1_000_000_000);
    let verdict = judge(&outcome.outputs[0], RATE);
    println!("{verdict}");
    Aired {
        chain,
        outcome,
        verdict,
    }
}

impl Aired {
    fn monitor(&self) -> &Monitor {
        &self.chain.inputs()[0].monitor
    }

    /// How often the check of this clause or name was raised on the input.
    fn found(&self, check: &str) -> u64 {
        let mut all = self.monitor().findings();
        let found = all.find(|f| f.check.clause() == check || f.check.name() == check);
        found.map_or(0, |f| f.count)
    }

    fn counters(&self) -> packager::receive::Counters {
        self.chain.inputs()[0].receiver.counters()
    }
}

/// Adds to every `each`th datagram one more behind it.
fn with(each: usize, extra: impl Fn(usize) -> Vec<u8>) -> Vec<Datagram> {
    let mut all = Vec::new();
    for (n, (at, bytes)) in clean().into_iter().enumerate() {
        all.push((at, bytes));
        if n % each == 0 {
            all.push((at, extra(n)));
        }
    }
    all
}

/// Changes every packet.
fn changed(mut change: impl FnMut(usize, &mut RawPacket)) -> Vec<Datagram> {
    let mut stream = stream();
    for (n, packet) in stream.as_chunks_mut::<188>().0.iter_mut().enumerate() {
        change(n, packet);
    }
    let bytes = stream.chunks(7 * 188).map(<[u8]>::to_vec);
    clean().iter().map(|(at, _)| *at).zip(bytes).collect()
}

#[test]
fn empty_and_one_byte_datagrams_are_counted_and_do_nothing() {
    let aired = air(&with(3, |n| if n % 2 == 0 { vec![] } else { vec![0x47] }));
    assert_eq!(aired.verdict.faults(), NONE);
    assert_eq!(aired.found("1.4"), 0);
    assert!(
        aired.counters().resync_bytes > 100,
        "{:?}",
        aired.counters()
    );
}

#[test]
fn datagrams_of_65_507_bytes_are_cut_into_their_packets() {
    let all = clean();
    let mut large = Vec::new();
    for group in all.chunks(348 / 7) {
        let at = group.last().unwrap().0;
        let mut bytes: Vec<u8> = group.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
        bytes.resize(65_507, 0xff);
        large.push((at, bytes));
    }
    let aired = air(&large);
    assert_eq!(aired.verdict.faults(), NONE);
    assert_eq!(aired.found("1.4"), 0, "only the tail is thrown away");
    assert!(aired.counters().resync_bytes > 0);
}

#[test]
fn misaligned_datagrams_are_aligned() {
    let shifted = clean().into_iter().map(|(at, bytes)| {
        let mut all = b"\x12\x47\xfe".to_vec();
        all.extend(bytes);
        (at, all)
    });
    let aired = air(&shifted.collect::<Vec<_>>());
    assert_eq!(aired.verdict.faults(), NONE);
    assert_eq!(aired.found("1.4"), 0);
    assert!(aired.counters().resync_bytes > 1_000);
}

#[test]
fn truncated_datagrams_cost_their_own_packets_and_are_named() {
    let mut all = clean();
    for (n, (_, bytes)) in all.iter_mut().enumerate() {
        if n % 100 == 99 {
            bytes.truncate(5 * 188 + 77);
        }
    }
    let cut = all.len() / 100;
    let aired = air(&all);
    let holes = aired.verdict.continuity_errors.len();
    assert!((1..=2 * cut).contains(&holes), "{holes} of {cut}");
    assert!(aired.found("1.4") > 0);
    assert!(aired.counters().resync_bytes > 0);
    let others: Vec<_> = aired.verdict.faults();
    assert!(others.iter().all(|f| f.starts_with("1.4")), "{others:?}");
}

#[test]
fn packets_on_all_8192_pids_leave_one_programme() {
    let mut counters = vec![0u8; 8192];
    let used: Vec<u16> = stream()
        .as_chunks::<188>()
        .0
        .iter()
        .map(|p| Packet::new(p).pid().value())
        .collect();
    let pids: Vec<u16> = (0..8192).filter(|pid| !used.contains(pid)).collect();
    let extra = |n: usize| {
        let mut bytes = Vec::new();
        for k in 0..7 {
            let mut packet = [0xff; 188];
            packet[..4].copy_from_slice(&[0x47, 0, 0, 0x10]);
            set_pid(&mut packet, pid(pids[(n * 7 + k) % pids.len()]));
            bytes.extend(packet);
        }
        bytes
    };
    let mut all = with(1, extra);
    for (_, bytes) in &mut all {
        for packet in bytes.as_chunks_mut::<188>().0 {
            let pid = Packet::new(packet).pid().value();
            if !used.contains(&pid) {
                let counter = &mut counters[usize::from(pid)];
                set_continuity(packet, *counter);
                *counter = (*counter + 1) & 0x0f;
            }
        }
    }
    let aired = air(&all);
    assert_eq!(aired.verdict.faults(), NONE);
    assert!(aired.monitor().inventory().pids.len() > 8_000);
}

#[test]
fn sections_on_all_pids_change_nothing() {
    // A PAT that names no programme, on every PID but the right one.
    let mut pat = Vec::new();
    let none = Pat {
        transport_stream_id: 666,
        ..Pat::default()
    };
    Packetizer::new(Pid::PAT).push(none.emit(), |packet| pat.push(*packet));
    let mut counters = vec![0u8; 8192];
    let mut next = 0x20u16;
    let mut all = Vec::new();
    for (at, bytes) in clean() {
        all.push((at, bytes));
        let mut extra = Vec::new();
        for _ in 0..7 {
            next = if next >= 0x1ffe { 0x20 } else { next + 1 };
            // Those of the programme and its PMT are as FFmpeg sets them.
            if matches!(next, 0x100 | 0x101 | 0x1000) {
                continue;
            }
            let mut packet = pat[0];
            set_pid(&mut packet, pid(next));
            set_continuity(&mut packet, counters[usize::from(next)]);
            counters[usize::from(next)] = (counters[usize::from(next)] + 1) & 0x0f;
            extra.extend(packet);
        }
        all.push((at, extra));
    }
    let aired = air(&all);
    assert_eq!(aired.verdict.faults(), NONE);
    assert_eq!(aired.monitor().presence().state, State::Receiving);
}

#[test]
fn a_pes_packet_without_an_end_is_no_picture_and_takes_no_memory() {
    let mut seen = 0;
    let all = changed(|_, packet| {
        let view = Packet::new(packet);
        if view.pid() == PICTURE && view.unit_start() {
            seen += 1;
            if seen > 1 {
                packet[1] &= !0x40;
            }
        }
    });
    let aired = air(&all);
    assert_eq!(aired.verdict.faults(), NONE);
    let presence = aired.monitor().presence();
    assert_eq!(presence.state, State::NoPicture);
    assert_eq!(presence.cause, Some(Cause::NoPes(PICTURE)));
    assert!(aired.found("2.5") > 0, "PTS_error");
    let mut hls = packager();
    for packet in &aired.outcome.tap {
        let _ = hls.push(headend_tests::sim::WALL, packet);
    }
    let held = hls.window().facts().bytes;
    assert!(held < 4 << 20, "{held} bytes");
}

fn packager() -> Packager {
    let settings = Settings {
        segment: std::time::Duration::from_secs(2),
        part: std::time::Duration::from_millis(400),
        low_latency: false,
        window: std::time::Duration::from_secs(30),
    };
    Packager::new(settings, Resume::default())
}

/// The stream with each PMT made by `make` from the one that stands there.
fn with_pmts(
    make: impl Fn(usize, packager::ts::pmt::Pmt) -> packager::ts::pmt::Pmt,
) -> Vec<Datagram> {
    let mut packetizer = Packetizer::new(PMT_PID);
    let (mut assembler, mut number) = (SectionAssembler::new(), 0);
    changed(|_, packet| {
        let view = Packet::new(packet);
        if view.pid() != PMT_PID {
            return;
        }
        let mut pmt = None;
        assembler.push(view, |section| {
            pmt = packager::ts::pmt::Pmt::parse(&section.unwrap()).ok();
        });
        let pmt = make(number, pmt.expect("FFmpeg's PMT fits one packet"));
        number += 1;
        packetizer.push(pmt.emit(), |made| *packet = *made);
    })
}

#[test]
fn a_pmt_that_changes_at_each_repetition_leaves_the_clock_and_the_picture() {
    let all = with_pmts(|number, mut pmt| {
        pmt.version = (number % 32) as u8;
        if number % 2 == 1 {
            pmt.streams.retain(|s| s.pid == PICTURE);
        }
        pmt
    });
    let aired = air(&all);
    let changes = aired.chain.inputs()[0].feed.counters().changes;
    assert!(changes > 50, "{changes} changes are counted");
    let verdict = &aired.verdict;
    assert!(verdict.pcr_gap_ms <= 40.0 && verdict.pcr_error_ns <= 500.0);
    assert!(verdict.pat_gap_ms <= 100.0 && verdict.pmt_gap_ms <= 100.0);
    let picture = verdict
        .continuity_errors
        .iter()
        .filter(|e| e.contains("256"));
    assert_eq!(picture.count(), 0, "{:?}", verdict.continuity_errors);
}

#[test]
fn two_programmes_that_swap_leave_one_unbroken_clock() {
    // Every second the PAT says that the programme has the other number.
    let mut packetizer = Packetizer::new(Pid::PAT);
    let mut number = 0u8;
    let all = changed(|_, packet| {
        if Packet::new(packet).pid() == Pid::PAT {
            let pat = Pat {
                transport_stream_id: 1,
                version: (number / 10) % 32,
                programs: vec![PatProgram {
                    number: 1 + u16::from(number / 10 % 2),
                    pmt: PMT_PID,
                }],
                ..Pat::default()
            };
            number = number.wrapping_add(1);
            packetizer.push(pat.emit(), |made| *packet = *made);
        }
    });
    let aired = air(&all);
    let verdict = &aired.verdict;
    assert!(
        verdict.pcr_gap_ms <= 40.0 && verdict.pcr_error_ns <= 500.0,
        "{verdict}"
    );
    assert!(
        verdict.pat_gap_ms <= 100.0 && verdict.pmt_gap_ms <= 100.0,
        "{verdict}"
    );
    assert_eq!(verdict.stamps_back, 0);
    assert!(aired.chain.inputs()[0].feed.counters().changes >= 5);
}

#[test]
fn time_stamps_before_the_clock_are_counted() {
    let late = moved_stamps(-Ticks::from_millis(1_500).get());
    let aired = air(&late);
    assert_eq!(aired.verdict.faults(), NONE);
    assert!(aired.chain.inputs()[0].feed.counters().late > 0);
}

#[test]
fn time_stamps_that_come_near_the_clock_are_moved_and_the_picture_comes_back() {
    let packets = stream().len() as i64 / 188;
    for millis in [400, 500, 600, 640, 660, 680, 700, 720, 790, 800, 900] {
        // In the second quarter the stamps come nearer, and stay so.
        let near = changed(|n, packet| {
            let part = (n as i64 - packets / 4).clamp(0, packets / 4);
            move_stamps(
                packet,
                -part * Ticks::from_millis(millis).get() / (packets / 4),
            );
        });
        let mut chain = chain(&[Some(RATE)]);
        let end = u64::from(LONG) * 1_000_000_000;
        let lost = [(0, end * 3 / 4), (end * 3 / 4, end)].map(|(from, to)| {
            let _ = carry_between(&mut chain, &[within(&near, from, to)], from, to);
            chain.outputs()[0].shaper.counters().overflow
        });
        assert_eq!(lost[0], lost[1], "{millis} ms: the last quarter is whole");
    }
}

#[test]
fn time_stamps_of_no_clock_are_dropped_and_counted() {
    let aired = air(&moved_stamps(-Ticks::from_millis(60_000).get()));
    let counters = aired.chain.inputs()[0].feed.counters();
    assert!(counters.out_of_line > 200, "{counters:?}");
    let verdict = &aired.verdict;
    assert!(
        verdict.pcr_gap_ms <= 40.0 && verdict.pcr_error_ns <= 500.0,
        "{verdict}"
    );
}

/// The stream with PTS and DTS moved against its PCR.
fn moved_stamps(ticks: i64) -> Vec<Datagram> {
    changed(|_, packet| move_stamps(packet, ticks))
}

fn move_stamps(packet: &mut RawPacket, ticks: i64) {
    let view = Packet::new(packet);
    let offset = view.payload_offset();
    if view.unit_start() && packet[offset.min(187)..].starts_with(&[0, 0, 1]) {
        pes::shift(&mut packet[offset..], Ticks::new(ticks));
    }
}

#[test]
fn a_scrambled_picture_is_named_and_the_sound_goes_on() {
    let all = changed(|n, packet| {
        if n > 3_000 && Packet::new(packet).pid() == PICTURE {
            packet[3] |= 0x80;
        }
    });
    let aired = air(&all);
    let presence = aired.monitor().presence();
    assert_eq!(presence.state, State::NoPicture);
    assert_eq!(presence.cause, Some(Cause::Scrambled(PICTURE)));
    assert_eq!(aired.verdict.faults(), NONE);
}

#[test]
fn clocks_that_leap_with_their_stamps_never_reach_the_output() {
    let there = moved(&stream(), Ticks::from_millis(3_600_000).get());
    let back = stream();
    let bytes = back.chunks(7 * 188).zip(there.chunks(7 * 188));
    let all = clean().into_iter().map(|(at, _)| at).zip(bytes);
    let leaping = all.map(|(at, (back, there))| {
        let hour = (at / 2_000_000_000) % 2 == 1;
        (at, if hour { there } else { back }.to_vec())
    });
    let aired = air(&leaping.collect::<Vec<_>>());
    assert!(aired.chain.inputs()[0].feed.counters().leaps >= 4);
    let verdict = &aired.verdict;
    assert_eq!(verdict.discontinuities, 1, "the start alone");
    assert!(
        verdict.pcr_gap_ms <= 40.0 && verdict.pcr_error_ns <= 500.0,
        "{verdict}"
    );
}
