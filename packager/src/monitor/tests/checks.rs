use super::generated::{AUDIO, NUMBER, PMT, RATE, VIDEO, picture, pid};
use super::*;
use crate::ts::clock::Ticks;
use crate::ts::packet::{mark_discontinuity, restamp_pcr};
use crate::ts::section::{Packetizer, crc32};
use crate::ts::{Pid, RawPacket};

/// What four seconds show after `mutation`, by receive time.
fn found(mut mutation: impl FnMut(u64, &mut RawPacket) -> bool) -> Vec<(Check, u64)> {
    counts(&watch(Settings::default(), 4, &mut mutation))
}

fn scramble(packet: &mut RawPacket) {
    packet[3] |= 0x80;
}

/// Puts one section on `pid`, with its CRC, in place of a null packet.
fn put(packet: &mut RawPacket, pid: Pid, counter: u8, mut section: Vec<u8>) {
    section.extend_from_slice(&crc32(&section).to_be_bytes());
    Packetizer::after(pid, counter).push([section], |p| *packet = *p);
}

/// A section in the long form without its CRC.
fn section(table_id: u8) -> Vec<u8> {
    vec![table_id, 0xb0, 9, 0, 1, 0xc1, 0, 0]
}

#[test]
fn the_clean_stream_raises_nothing_by_either_clock() {
    for clock in [Clock::Receive, Clock::Pcr] {
        let settings = Settings {
            clock,
            constant_rate: Bitrate::from_bits_per_second(RATE),
            ..Settings::default()
        };
        let monitor = watch(settings, 20, &mut |_, _| true);
        assert_eq!(counts(&monitor), [], "{clock:?}");
        assert_eq!(monitor.unknown().count(), 0);
    }
}

#[test]
fn one_wrong_sync_byte_is_no_loss_of_sync_and_two_in_a_row_are() {
    let spoil = |wrong: u64| {
        move |n: u64, p: &mut RawPacket| {
            if (1040..1040 + wrong).contains(&n) {
                p[0] = 0;
            }
            true
        }
    };
    assert_eq!(found(spoil(1)), [(Check::SyncByte, 1)]);
    assert_eq!(
        found(spoil(5)),
        [(Check::SyncLoss, 1), (Check::SyncByte, 5)]
    );
}

#[test]
fn sync_errors_that_the_receiver_counts_are_taken_over_once() {
    let mut monitor = Monitor::new(Settings::default());
    let mut counters = crate::receive::Counters {
        sync_byte_errors: 3,
        sync_losses: 1,
        ..Default::default()
    };
    monitor.received(Mono::ZERO, &counters);
    monitor.received(Mono::ZERO, &counters);
    counters.sync_byte_errors += 2;
    monitor.received(Mono::ZERO, &counters);
    assert_eq!(
        counts(&monitor),
        [(Check::SyncLoss, 1), (Check::SyncByte, 5)]
    );
}

#[test]
fn a_pat_that_stays_away_is_raised_after_each_half_second() {
    let gone = found(|n, p| pid(p) != Pid::PAT || picture(n) < 25);
    // After the last at 0.96 s: at 1.5, 2.1, 2.7, 3.3, 3.9.
    assert_eq!(gone, [(Check::Pat, 5)]);
    let short = found(|n, p| pid(p) != Pid::PAT || !(25..36).contains(&picture(n)));
    assert_eq!(short, [(Check::Continuity, 1)], "0.48 s are allowed");
}

#[test]
fn another_table_on_pid_0_and_a_scrambled_pat_are_raised() {
    let other = found(|n, p| {
        if n == 1040 {
            put(p, Pid::PAT, 4, section(0x42));
        }
        true
    });
    // The next PAT has the counter that was put in.
    assert_eq!(other, [(Check::Pat, 1), (Check::Continuity, 1)]);
    let scrambled = found(|n, p| {
        if pid(p) == Pid::PAT && picture(n) == 30 {
            scramble(p);
        }
        true
    });
    assert_eq!(scrambled, [(Check::Pat, 1), (Check::Cat, 1)]);
}

#[test]
fn a_lost_packet_is_one_continuity_error_and_the_example_names_it() {
    let mut lose = |n, _: &mut RawPacket| n != 1010;
    let monitor = watch(Settings::default(), 4, &mut lose);
    assert_eq!(counts(&monitor), [(Check::Continuity, 1)]);
    let text = monitor.findings().next().unwrap().to_string();
    assert_eq!(text, "packet 1010: PID 0x0101: packets missing: 1");
}

#[test]
fn a_packet_twice_is_allowed_and_three_times_is_not() {
    let copies = |times: u64| {
        let mut copy = crate::ts::packet::NULL_PACKET;
        move |n: u64, p: &mut RawPacket| {
            match n {
                1029 => copy = *p,
                // Null packets follow the picture.
                n if n > 1029 && n < 1029 + times => *p = copy,
                _ => {}
            }
            true
        }
    };
    assert_eq!(found(copies(2)), []);
    assert_eq!(found(copies(3)), [(Check::Continuity, 1)]);
}

#[test]
fn fifteen_lost_packets_are_seen_though_the_counter_stands() {
    let lost = |n: u64, p: &mut RawPacket| {
        // Packets of pictures are alike but for their counter.
        p[187] = if pid(p) == VIDEO { n as u8 } else { p[187] };
        !(1007..1022).contains(&n)
    };
    assert_eq!(found(lost), [(Check::Continuity, 1)]);
}

#[test]
fn a_pmt_that_stays_away_or_is_scrambled_is_raised() {
    let gone = found(|n, p| pid(p) != PMT || picture(n) < 25);
    assert_eq!(gone, [(Check::Pmt, 5)]);
    let scrambled = found(|n, p| {
        if pid(p) == PMT && picture(n) == 30 {
            scramble(p);
        }
        true
    });
    assert_eq!(scrambled, [(Check::Pmt, 1), (Check::Cat, 1)]);
}

#[test]
fn a_referred_pid_without_packets_is_raised_after_the_user_period() {
    let mut gone = |_, p: &mut RawPacket| pid(p) != AUDIO;
    let short = watch(Settings::default(), 5, &mut gone);
    assert_eq!(counts(&short), []);
    let long = watch(Settings::default(), 6, &mut gone);
    assert_eq!(counts(&long), [(Check::Pid, 1)]);
    let settings = Settings {
        pid_period: Duration::from_millis(800),
        ..Settings::default()
    };
    assert_eq!(counts(&watch(settings, 2, &mut gone)), [(Check::Pid, 2)]);
}

#[test]
fn of_a_packet_marked_by_transport_error_indicator_nothing_else_is_judged() {
    let marked = |lost: u64| {
        found(move |n, p| {
            if n == 1010 {
                p[1] |= 0x80;
                p[3] ^= 0x05;
            }
            !(1011..1011 + lost).contains(&n)
        })
    };
    assert_eq!(marked(0), [(Check::Transport, 1)]);
    assert_eq!(marked(1), [(Check::Continuity, 1), (Check::Transport, 1)]);
}

#[test]
fn a_wrong_crc_is_raised_for_the_tables_of_the_clause_alone() {
    let spoiled = found(|n, p| {
        if (n, pid(p)) == (1002, PMT) {
            p[20] ^= 1;
        }
        true
    });
    assert_eq!(spoiled, [(Check::Crc, 1)]);
    let private = found(|n, p| {
        if n == 1040 {
            put(p, Pid::EIT, 0, section(0xc0));
            p[10] ^= 1;
        }
        true
    });
    assert_eq!(private, [(Check::Syntax, 1)]);
}

#[test]
fn a_section_length_that_lies_is_a_syntax_finding() {
    let spoiled = found(|n, p| {
        if n == 1040 {
            put(p, Pid::NIT, 0, vec![0x40, 0xff, 0xff]);
        }
        true
    });
    assert_eq!(spoiled, [(Check::Syntax, 1)]);
}

#[test]
fn pcrs_120_ms_apart_raise_repetition_and_discontinuity() {
    let sparse = found(|n, p| {
        if n % 50 == 0 && !picture(n).is_multiple_of(3) {
            p[5] = 0;
        }
        true
    });
    // The first comes before the PMT.
    let each = 100 / 3 - 1;
    assert_eq!(
        sparse,
        [
            (Check::PcrRepetition, each),
            (Check::PcrDiscontinuity, each)
        ]
    );
}

#[test]
fn a_pcr_that_ends_is_a_repetition_error() {
    let gone = found(|n, p| {
        if n % 50 == 0 && picture(n) >= 50 {
            p[5] = 0;
        }
        true
    });
    assert_eq!(gone, [(Check::PcrRepetition, 3)]);
}

/// Moves the PCRs from picture 30 on; `flag` says so in the stream.
fn leap(by: i64, flag: bool) -> Vec<(Check, u64)> {
    let mut leaping = move |n: u64, p: &mut RawPacket| {
        if n.is_multiple_of(50) && picture(n) >= 30 {
            let pcr = crate::ts::Packet::new(p).pcr().unwrap();
            restamp_pcr(p, pcr.offset(Ticks::from_millis(by)));
            if flag && picture(n) == 30 {
                mark_discontinuity(p);
            }
        }
        true
    };
    urgent(&watch(Settings::default(), 4, &mut leaping))
}

#[test]
fn a_leap_of_the_pcr_either_way_needs_its_indicator() {
    for by in [-3_600_000, -50, 50_000, 3_600_000] {
        assert_eq!(leap(by, false), [(Check::PcrDiscontinuity, 1)], "{by}");
        assert_eq!(leap(by, true), [], "{by}");
    }
}

#[test]
fn pcr_accuracy_is_measured_where_a_rate_is_declared_and_unknown_elsewhere() {
    let mut off = |n: u64, p: &mut RawPacket| {
        if n == 1500 {
            let pcr = crate::ts::Packet::new(p).pcr().unwrap();
            // 519 ns.
            restamp_pcr(p, pcr.offset(Ticks::new(14)));
        }
        true
    };
    let monitor = watch(Settings::default(), 4, &mut off);
    assert_eq!(counts(&monitor), []);
    assert_eq!(monitor.unknown().collect::<Vec<_>>(), [Check::PcrAccuracy]);
    let settings = Settings {
        constant_rate: Bitrate::from_bits_per_second(RATE),
        ..Settings::default()
    };
    let monitor = watch(settings, 4, &mut off);
    // The next one is measured from it, and is off the other way.
    assert_eq!(counts(&monitor), [(Check::PcrAccuracy, 2)]);
}

#[test]
fn a_stream_whose_pes_headers_lose_their_pts_is_raised() {
    let gone = found(|n, p| {
        if pid(p) == AUDIO && picture(n) >= 25 {
            p[4 + 7] = 0;
        }
        true
    });
    // After 0.7 s, each time anew: the last PTS is of 0.96 s.
    assert_eq!(gone, [(Check::Pts, 3)]);
}

#[test]
fn scrambled_packets_need_a_cat() {
    let scrambled = |n: u64, p: &mut RawPacket| {
        if pid(p) == VIDEO && picture(n) >= 25 {
            scramble(p);
        }
    };
    let without = found(|n, p| {
        scrambled(n, p);
        true
    });
    assert_eq!(without, [(Check::Cat, 4)]);
    let with = found(|n, p| {
        scrambled(n, p);
        if n % 200 == 40 {
            put(p, Pid::CAT, ((n / 200 + 15) % 16) as u8, section(0x01));
        }
        true
    });
    assert_eq!(with, []);
}

#[test]
fn another_table_on_pid_1_is_raised() {
    let other = found(|n, p| {
        if n == 1040 {
            put(p, Pid::CAT, 0, section(0x42));
        }
        true
    });
    assert_eq!(other, [(Check::Cat, 1)]);
}

#[test]
fn a_stall_of_the_line_is_no_fault_of_the_stream() {
    let mut monitor = Monitor::new(Settings::default());
    let mut generator = Generator::default();
    let late = Duration::from_secs(8);
    generator.run(4, &mut |_, _| true, &mut |at, packet| {
        let stalled = at > Mono::from_nanos(3_000_000_000);
        monitor.push(if stalled { at + late } else { at }, packet);
    });
    assert_eq!(counts(&monitor), []);
}

#[test]
fn rates_are_over_the_last_second_and_fall_to_nothing() {
    let mut monitor = watch(Settings::default(), 5, &mut |_, _| true);
    assert_eq!(monitor.bitrate(), Some(RATE));
    let inventory = monitor.inventory();
    let video = &inventory.programs[0].streams[0];
    assert_eq!(video.bitrate, Some(RATE * 26 / 50));
    let sum: u64 = inventory.pids.iter().filter_map(|p| p.bitrate).sum();
    assert!(sum.abs_diff(RATE) < 10, "{sum}");
    let mut now = Mono::from_nanos(6_000_000_000 - 800_000);
    while let Some(due) = monitor.next_deadline() {
        assert!(due > now);
        now = due;
        monitor.tick(now);
        assert!(now < Mono::from_nanos(20_000_000_000), "it comes to rest");
    }
    assert_eq!(monitor.bitrate(), Some(0));
}

#[test]
fn the_inventory_names_what_is_there() {
    let monitor = watch(Settings::default(), 2, &mut |_, _| true);
    let inventory = monitor.inventory();
    let program = &inventory.programs[0];
    assert_eq!((program.number, program.pmt_pid), (NUMBER, PMT));
    assert_eq!(program.name.as_deref(), Some("Họp"));
    assert_eq!(program.provider.as_deref(), Some("Đài"));
    assert_eq!(program.pcr_pid, Some(VIDEO));
    let texts: Vec<_> = program.streams.iter().map(Stream::description).collect();
    assert_eq!(
        texts,
        [
            "H.264 Constrained Baseline 3.1 1280x720 29.97 fps",
            "AAC LC 44.1 kHz stereo"
        ]
    );
    let uses: Vec<_> = inventory.pids.iter().map(|p| p.purpose).collect();
    assert_eq!(
        uses,
        [
            Purpose::Tables,
            Purpose::Tables,
            Purpose::Tables,
            Purpose::Tables,
            Purpose::Pmt,
            Purpose::Stream(Kind::Video),
            Purpose::Stream(Kind::Audio),
            Purpose::Null
        ]
    );
}

#[test]
fn a_parameter_set_over_packets_is_read_though_each_packet_comes_twice() {
    let mut monitor = Monitor::new(Settings::default());
    let mut split = [0; 36];
    let mut mutation = |n: u64, p: &mut RawPacket| {
        match (n % 50, pid(p)) {
            (0, VIDEO) => {
                // All but the first 6 bytes behind the PES header moves to the next two packets.
                split.copy_from_slice(&p[12 + 14 + 6..][..36]);
                p.copy_within(12..32, 168);
                p[12..168].fill(0xff);
                p[4] = 163;
            }
            (5, VIDEO) => {
                p[4..168].fill(0);
                p[168..].copy_from_slice(&split[..20]);
            }
            (6, VIDEO) => p[4..20].copy_from_slice(&split[20..]),
            _ => {}
        }
        true
    };
    Generator::default().run(2, &mut mutation, &mut |at, packet| {
        monitor.push(at, packet);
        monitor.push(at, packet);
    });
    assert_eq!(urgent(&monitor), []);
    let text = monitor.inventory().programs[0].streams[0].description();
    assert_eq!(text, "H.264 Constrained Baseline 3.1 1280x720 29.97 fps");
}

#[test]
fn arrival_jitter_is_peak_to_peak_and_no_fault_of_the_pcr() {
    let mut monitor = Monitor::new(Settings::default());
    Generator::default().run(3, &mut |_, _| true, &mut |at, packet| {
        let held = at.as_nanos() / 100_000_000 % 2 == 0;
        monitor.push(at + Duration::from_millis(if held { 3 } else { 0 }), packet);
    });
    assert_eq!(monitor.jitter(), Some(Duration::from_millis(3)));
    assert_eq!(counts(&monitor), []);
    let settings = Settings {
        clock: Clock::Pcr,
        ..Settings::default()
    };
    assert_eq!(watch(settings, 3, &mut |_, _| true).jitter(), None);
}

#[test]
fn a_file_without_a_pcr_has_unknown_time_outs() {
    let settings = Settings {
        clock: Clock::Pcr,
        ..Settings::default()
    };
    let mut monitor = watch(settings, 8, &mut |n, p| {
        if n % 50 == 0 {
            p[5] = 0;
        }
        pid(p) != Pid::PAT || picture(n) < 10
    });
    assert_eq!(counts(&monitor), []);
    let unknown: Vec<_> = monitor.unknown().collect();
    assert!(unknown.contains(&Check::Pat) && unknown.contains(&Check::Pts));
    assert_eq!(monitor.bitrate(), None);
    monitor.tick(Mono::from_nanos(1 << 40));
    assert_eq!(monitor.next_deadline(), None);
}

#[test]
fn the_media_delivery_index_tells_delay_and_loss_and_is_unknown_by_the_pcr_clock() {
    let mut monitor = Monitor::new(Settings::default());
    let mut lose = |n: u64, _: &mut RawPacket| !(4000..4003).contains(&n);
    Generator::default().run(4, &mut lose, &mut |at, packet| {
        let held = at.as_nanos() / 100_000_000 % 2 == 0;
        monitor.push(
            at + Duration::from_millis(if held { 30 } else { 0 }),
            packet,
        );
    });
    let mdi = monitor.mdi().unwrap();
    let ms = mdi.delay_factor.as_secs_f64() * 1e3;
    // The lateness and the packet itself; three lost packets are missing in the buffer, too.
    assert!((30.0..36.0).contains(&ms), "{mdi}");
    assert_eq!(mdi.media_loss_rate, 0);
    let mut monitor = Monitor::new(Settings::default());
    Generator::default().run(4, &mut lose, &mut |at, packet| {
        monitor.push(at, packet);
        if at == Mono::from_nanos(5_000_000_000 - 800_000) {
            monitor.tick(Mono::from_nanos(5_000_000_000));
        }
    });
    assert_eq!(monitor.mdi().unwrap().media_loss_rate, 3);
    let settings = Settings {
        clock: Clock::Pcr,
        ..Settings::default()
    };
    assert_eq!(watch(settings, 3, &mut |_, _| true).mdi(), None);
}
