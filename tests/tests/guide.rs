//! The guide in the stream, under a simulated driver: what a receiver reads, and what the monitor
//! says of the stream that carries it.

use std::collections::BTreeMap;
use std::time::Duration;

use headend_tests::judge::{Stamped, judge};
use headend_tests::sim::{WALL, carry_between, chain, generated, h264, paced, within};
use packager::monitor::{Monitor, Settings};
use packager::remux::GuideEvent;
use packager::time::{Bitrate, Mono};
use packager::ts::eit::Eit;
use packager::ts::sdt::Sdt;
use packager::ts::section::SectionAssembler;
use packager::ts::tdt::Tot;
use packager::ts::{Packet, Pid};

const RATE: u64 = 4_000_000;
const SECOND: u64 = 1_000_000_000;

fn event(id: u16, start: i64, seconds: u64) -> GuideEvent {
    GuideEvent {
        id,
        start: WALL.offset_nanos(start * 1_000_000_000),
        duration: Duration::from_secs(seconds),
        name: format!("Họp Chính phủ với các địa phương, phiên {id}"),
        text: "Văn phòng Chính phủ".to_owned(),
    }
}

/// One meeting after 30 s, another over the day.
fn events() -> Vec<GuideEvent> {
    let days = (0..60).map(|id| event(100 + id, 3 * 3_600 * i64::from(id) + 600, 3_600));
    [event(1, 30, 20), event(2, 60, 30)]
        .into_iter()
        .chain(days)
        .collect()
}

/// Each section of `pid` with its time.
fn sections<T>(
    packets: &[Stamped],
    pid: Pid,
    read: impl Fn(&packager::ts::section::Section<'_>) -> Option<T>,
) -> Vec<(u64, T)> {
    let (mut assembler, mut found) = (SectionAssembler::new(), Vec::new());
    for (at, bytes) in packets {
        let packet = Packet::new(bytes);
        if packet.pid() == pid {
            assembler.push(packet, |section| {
                found.extend(read(&section.unwrap()).map(|table| (*at, table)));
            });
        }
    }
    found
}

fn carried(rate: Option<u64>) -> Vec<Stamped> {
    let stream = generated("h264-1m", 120, &h264("1M")).unwrap();
    let datagrams = paced(&stream, 0.0, 5_000_000, 21).unwrap();
    let mut chain = chain(&[rate]);
    let mut packets = Vec::new();
    let parts = [(0, 10), (10, 90), (90, 110)];
    let guides = [Vec::new(), events(), Vec::new()];
    for ((from, to), guide) in parts.into_iter().zip(guides) {
        chain.take_guide(guide);
        let (from, to) = (from * SECOND, to * SECOND);
        let mut part = carry_between(&mut chain, &[within(&datagrams, from, to)], from, to);
        assert!(
            !part.tap.iter().any(|p| Packet::new(p).pid() == Pid::EIT),
            "HLS gets none"
        );
        packets.append(&mut part.outputs[0]);
    }
    packets
}

#[test]
fn a_guide_that_comes_changes_and_goes_leaves_the_stream_clean() {
    let packets = carried(Some(RATE));
    let verdict = judge(&packets, RATE);
    println!("{verdict}");
    assert_eq!(verdict.faults(), Vec::<String>::new());
    let mut monitor = Monitor::new(Settings {
        constant_rate: Bitrate::from_bits_per_second(RATE),
        ..Settings::default()
    });
    for (at, packet) in &packets {
        monitor.push(Mono::from_nanos(*at), packet);
    }
    let found: Vec<String> = monitor
        .findings()
        .map(|f| format!("{} x{}: {f}", f.check.name(), f.count))
        .collect();
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_receiver_reads_what_is_on_what_follows_and_the_days_ahead() {
    for rate in [Some(RATE), None] {
        let packets = carried(rate);
        let eit = sections(&packets, Pid::EIT, |section| Eit::parse(section).ok());
        let shown = |second: u64, number: u8| {
            let at = second * SECOND;
            let (_, last) = eit
                .iter()
                .rfind(|(t, eit)| {
                    eit.table_id == 0x4e
                        && eit.number == number
                        && (at - 2 * SECOND..at).contains(t)
                })
                .expect("within 2 s");
            last.events.first().map(|event| event.id)
        };
        let seen: Vec<_> = [25, 40, 55, 70, 89]
            .map(|second| (shown(second, 0), shown(second, 1)))
            .into();
        let expected = [
            (None, Some(1)),
            (Some(1), Some(2)),
            (None, Some(2)),
            (Some(2), Some(100)),
            (Some(2), Some(100)),
        ];
        assert_eq!(seen, expected, "{rate:?}");
        let name = eit.iter().find_map(|(_, eit)| eit.events.first()?.short());
        assert_eq!(
            name.unwrap().name,
            "Họp Chính phủ với các địa phương, phiên 1"
        );
        // Each section of the schedule comes again within 10 s.
        let mut last: BTreeMap<(u8, u8), u64> = BTreeMap::new();
        for (at, eit) in eit.iter().filter(|(_, eit)| eit.table_id >= 0x50) {
            if let Some(before) = last.insert((eit.table_id, eit.number), *at) {
                assert!(at - before <= 10 * SECOND, "{} s", (at - before) / SECOND);
            }
        }
        assert!(last.len() > 56, "{}", last.len());
        // Nothing before the guide came, and after it went tables that say so.
        let first = eit.first().unwrap().0;
        assert!(first >= 9 * SECOND, "{first}");
        let mut after = eit.iter().filter(|(at, _)| *at > 91 * SECOND).peekable();
        assert!(after.peek().is_some() && after.all(|(_, eit)| eit.events.is_empty()));
        let sdt = sections(&packets, Pid::SDT, |section| Sdt::parse(section).ok());
        let flags: Vec<bool> = sdt
            .iter()
            .map(|(_, sdt)| sdt.services[0].present_following)
            .collect();
        let mut changes = flags.clone();
        changes.dedup();
        assert_eq!(changes, [false, true]);
        let versions: Vec<u8> = sdt.iter().map(|(_, sdt)| sdt.version).collect();
        let mut distinct = versions.clone();
        distinct.dedup();
        assert_eq!(distinct.len(), 2, "a version for each");
        let tot = sections(&packets, Pid::TDT, |section| Tot::parse(section).ok());
        assert!(tot.len() >= 4, "{}", tot.len());
    }
}
