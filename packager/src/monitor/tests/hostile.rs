//! What a hostile sender can do is counted and bounded.

use super::generated::PMT;
use super::*;
use crate::ts::packet::{NULL_PACKET, set_continuity, set_pid};
use crate::ts::pat::PatProgram;
use crate::ts::section::Packetizer;
use crate::ts::{Pid, RawPacket};
use proptest::prelude::*;

fn at(n: u64) -> Mono {
    Mono::from_nanos(n * 800_000)
}

#[test]
fn packets_on_all_pids_are_counted_each() {
    let mut monitor = Monitor::new(Settings::default());
    for n in 0..8192 * 20u64 {
        let mut packet = NULL_PACKET;
        set_pid(&mut packet, Pid::from_bits((n % 8192) as u16));
        set_continuity(&mut packet, (n / 8192 % 16) as u8);
        // Something that starts in each packet: sections on some, PES on others.
        packet[1] |= 0x40;
        packet[4..8].copy_from_slice(&[0, 0, 1, 0xe0]);
        monitor.push(at(n), &packet);
    }
    let inventory = monitor.inventory();
    assert_eq!(inventory.pids.len(), Pid::COUNT);
    assert_eq!(monitor.count(Check::Continuity), 0);
}

#[test]
fn a_pat_of_more_programmes_than_are_watched_is_told() {
    let mut monitor = Monitor::new(Settings::default());
    let mut generator = Generator::default();
    generator.pat.programs = (1..=300)
        .map(|number| PatProgram {
            number,
            pmt: Pid::from_bits(0x1000 + number),
        })
        .collect();
    let sections = generator.pat.emit();
    Packetizer::new(Pid::PAT).push(sections, |p| monitor.push(at(0), p));
    monitor.push(at(0), &NULL_PACKET);
    assert_eq!(counts(&monitor), [(Check::Excess, 1)]);
    assert_eq!(monitor.inventory().programs.len(), PROGRAMS_MAX);
}

#[test]
fn a_programme_map_on_a_reserved_pid_is_told_and_not_followed() {
    let mut monitor = Monitor::new(Settings::default());
    let mut generator = Generator::default();
    generator.pat.programs[0].pmt = Pid::SDT;
    generator.run(1, &mut |_, _| true, &mut |at, p| monitor.push(at, p));
    // With the PAT, and once more with the SDT.
    assert_eq!(counts(&monitor), [(Check::Syntax, 2)]);
}

#[test]
fn a_pmt_that_changes_each_time_is_followed_at_a_bounded_pace() {
    let mut monitor = Monitor::new(Settings::default());
    let generator = Generator::default();
    let mut pat = Packetizer::new(Pid::PAT);
    pat.push(generator.pat.emit(), |p| monitor.push(at(0), p));
    let mut packetizer = Packetizer::new(PMT);
    let mut pmt = generator.pmt;
    for n in 0..10_000u16 {
        pmt.version = (n % 32) as u8;
        pmt.streams[0].pid = Pid::from_bits(0x200 + n % 0x1000);
        packetizer.push(pmt.emit(), |p| monitor.push(at(0), p));
    }
    assert!(monitor.changes <= 16 + 10_000 / 500, "{}", monitor.changes);
    // What the tables say last is there all the same.
    let last = monitor.inventory().programs[0].streams[0].pid;
    assert_eq!(last, pmt.streams[0].pid);
}

#[test]
fn two_programmes_that_swap_their_pids_are_followed() {
    let mut monitor = Monitor::new(Settings::default());
    let mut generator = Generator::default();
    generator.run(2, &mut |_, _| true, &mut |at, p| monitor.push(at, p));
    generator.pmt.streams.reverse();
    generator.pmt.version = 1;
    let (a, b) = (generator.pmt.streams[0].pid, generator.pmt.streams[1].pid);
    (generator.pmt.streams[0].pid, generator.pmt.streams[1].pid) = (b, a);
    generator.run(2, &mut |_, _| true, &mut |at, p| {
        monitor.push(at + Duration::from_secs(2), p);
    });
    let streams = &monitor.inventory().programs[0].streams;
    assert_eq!(streams[0].kind, Kind::Audio);
    assert_eq!(streams[0].pid, b);
}

#[test]
fn an_endless_pes_packet_is_not_gathered() {
    let mut monitor = Monitor::new(Settings::default());
    Generator::default().run(
        20,
        &mut |n, p| {
            // After the first picture no PES packet starts, and no header was in the first.
            if generated::pid(p) == generated::VIDEO {
                p[14 + 12..].fill(0xaa);
                if n > 100 {
                    p[1] &= !0x40;
                }
            }
            true
        },
        &mut |at, p| monitor.push(at, p),
    );
    assert_eq!(monitor.presence().state, State::NoPicture);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_packets_are_taken(
        packets in prop::collection::vec((prop::collection::vec(any::<u8>(), 40), 0u16..40, 0u64..2_000_000_000), 0..400),
        clock in prop::sample::select(vec![Clock::Receive, Clock::Pcr]),
    ) {
        let mut monitor = Monitor::new(Settings {
            clock,
            constant_rate: Bitrate::from_bits_per_second(1),
            ..Settings::default()
        });
        let mut now = Mono::ZERO;
        for (bytes, pid, step) in packets {
            let mut packet = NULL_PACKET;
            packet[..40].copy_from_slice(&bytes);
            if bytes[39] < 250 {
                packet[0] = 0x47;
                packet[1] &= 0x7f;
                set_pid(&mut packet, Pid::from_bits(pid));
            }
            now += Duration::from_nanos(step);
            monitor.push(now, &packet);
        }
        monitor.tick(now + Duration::from_secs(10));
        let _ = (monitor.inventory(), monitor.presence(), monitor.jitter());
    }

    #[test]
    fn a_spoiled_stream_is_taken(spoil in prop::collection::vec((0u64..2500, 0usize..188, any::<u8>()), 1..200)) {
        let mut monitor = Monitor::new(Settings::default());
        Generator::default().run(2, &mut |n, p: &mut RawPacket| {
            for (at, byte, value) in &spoil {
                if *at == n {
                    p[*byte] = *value;
                }
            }
            true
        }, &mut |at, p| monitor.push(at, p));
        let _ = monitor.findings().map(ToString::to_string).collect::<Vec<_>>();
        let _ = monitor.inventory();
    }
}
