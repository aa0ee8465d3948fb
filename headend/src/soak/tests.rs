use std::time::Duration;

use packager::ts::Packet;
use packager::ts::clock::Pcr;
use packager::ts::packet::pcr_packet;

use super::feed::Feed;
use super::impair::Line;
use super::judge::Judge;
use super::schedule::Kind;
use super::*;
use crate::cause::Class;

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn one(kind: &str, amount: u32) -> Schedule {
    let text = format!(
        "repeat = \"100s\"\n[[fault]]\nat = \"10s\"\nfor = \"10s\"\nkind = \"{kind}\"\namount = {amount}\n"
    );
    Schedule::read(&text).unwrap()
}

/// A thousand datagrams a second through the line for 30 s: when each came out, and its number.
fn through(schedule: Schedule) -> (Vec<(Duration, u32)>, impair::Counters) {
    let (mut line, mut out) = (Line::new(schedule), Vec::new());
    for millis in 0..30_100_u32 {
        let now = Duration::from_millis(millis.into());
        if millis < 30_000 {
            line.push(now, &millis.to_be_bytes());
        }
        while let Some(bytes) = line.pull(now) {
            out.push((now, u32::from_be_bytes(bytes.try_into().unwrap())));
        }
    }
    (out, line.counters())
}

#[test]
fn each_kind_does_what_it_says_in_its_time_and_nothing_outside() {
    for (kind, amount) in [
        ("drop", 10),
        ("burst", 7),
        ("delay", 50),
        ("jitter", 30),
        ("reorder", 10),
        ("duplicate", 10),
        ("pause", 1),
    ] {
        let (out, did) = through(one(kind, amount));
        let fault = 10_000..20_100;
        let outside = out.iter().filter(|(_, n)| !fault.contains(n));
        assert!(
            outside
                .clone()
                .all(|(at, n)| at.as_millis() == u128::from(*n)),
            "{kind}"
        );
        assert_eq!(outside.count(), 19_900, "{kind}");
        let turned = out.windows(2).filter(|w| w[0].1 > w[1].1).count() as u64;
        let late = out
            .iter()
            .map(|(at, n)| at.as_millis() - u128::from(*n))
            .max();
        let expected = match kind {
            "drop" => (800..1_200).contains(&did.lost),
            "burst" => did.lost == 70,
            "pause" => did.lost == 10_000,
            "delay" => late == Some(50) && did.lost == 0,
            "jitter" => late.is_some_and(|l| (20..=31).contains(&l)) && turned == 0,
            "reorder" => turned == did.reordered && (700..1_200).contains(&turned),
            _ => did.duplicated == out.len() as u64 - 30_000 && did.duplicated > 800,
        };
        assert!(expected, "{kind}: {did:?}, {turned} turned, {late:?} late");
        let kept = out.len() as u64 + did.lost - did.duplicated;
        assert_eq!(
            kept, 30_000,
            "{kind}: what was not lost on purpose came out"
        );
    }
}

#[test]
fn a_schedule_says_what_is_wrong_with_it() {
    for wrong in [
        "",
        "repeat = \"0s\"",
        "repeat = \"10s\"\n[[fault]]\nat = \"9s\"\nfor = \"2s\"\nkind = \"pause\"",
        "repeat = \"10s\"\n[[fault]]\nat = \"1s\"\nfor = \"2s\"\nkind = \"drop\"",
        "repeat = \"10s\"\n[[fault]]\nat = \"1s\"\nfor = \"2s\"\nkind = \"quake\"",
    ] {
        assert!(Schedule::read(wrong).is_err(), "{wrong}");
    }
    let round = one("drop", 10);
    assert!(round.at(seconds(9)).is_none() && round.at(seconds(115)).is_some());
    assert_eq!(round.around(seconds(30)).count(), 1);
    assert_eq!(round.around(seconds(50)).count(), 0);
    assert_eq!(round.to_be_seen(seconds(250)).len(), 3);
    for span in [10, 60, 600, 43_200] {
        let all = Schedule::default_for(seconds(span)).to_be_seen(seconds(span));
        assert!(span < 60 || all.len() >= 3, "{span}: {all:?}");
    }
    assert!(Kind::Pause.may_show().contains(&Class::SourceSilent));
}

/// A stream of PCRs at 40 ms, as RTP of one packet, with this share of the machine's pace.
fn judged(ppm: f64, from: u64, break_at: Option<u64>) -> Judge {
    let mut judge = Judge::default();
    for n in 0..20_000_u64 {
        let ticks = (n as f64 * 0.04 * (1.0 + ppm / 1e6) * 27e6) as u64 + from;
        let leap = break_at.is_some_and(|at| n >= at);
        let pcr = Pcr::from_ticks((ticks + u64::from(leap) * 27_000_000) % ((1 << 33) * 300));
        let mut datagram = vec![0x80, 33];
        datagram.extend((n as u16).to_be_bytes());
        datagram.extend([0; 8]);
        datagram.extend(pcr_packet(packager::ts::Pid::new(256).unwrap(), 0, pcr));
        judge.push(Duration::from_millis(n * 40), &datagram, false);
    }
    judge
}

#[test]
fn the_judge_measures_drift_over_the_wrap_and_sees_a_leap() {
    let wrap = (1_u64 << 33) * 300 - 27_000_000 * 60;
    for ppm in [-50.0, 0.0, 12.5] {
        let judge = judged(ppm, wrap, None);
        let found = judge.found();
        assert_eq!((found.wraps, found.clock_faults, found.lost), (1, 0, 0));
        assert!(
            (judge.clock().slow() + ppm).abs() < 0.1,
            "{ppm}: {}",
            judge.clock().slow()
        );
        // 64 PCRs of 40 ms at 50 ppm: the pace itself, as far as it is not followed.
        assert!(judge.jitter(0.99) <= 150, "{}", judge.jitter(0.99));
    }
    assert_eq!(judged(0.0, 0, Some(500)).found().clock_faults, 1);
}

#[test]
fn the_judge_counts_what_does_not_come_and_takes_any_bytes() {
    let mut judge = Judge::default();
    let mut datagram = [0_u8; 12 + 188];
    for (n, counter) in [(0_u16, 0_u8), (1, 1), (4, 2), (5, 5)] {
        datagram[2..4].copy_from_slice(&n.to_be_bytes());
        datagram[12..16].copy_from_slice(&[0x47, 0x01, 0x00, 0x10 | counter]);
        judge.push(seconds(n.into()), &datagram, n > 4);
    }
    let found = judge.found();
    assert_eq!((found.lost, found.holes, found.holes_of_our_own), (2, 1, 0));
    for length in 0..300 {
        judge.push(seconds(9), &vec![0x47; length], false);
    }
}

#[test]
fn the_feed_wraps_where_it_shall_and_keeps_its_bytes() {
    let mut feed = Feed::new(seconds(20));
    let stream: Vec<u8> = (0..1_400_u64)
        .flat_map(|n| {
            let pcr = Pcr::from_ticks(9_000_000_123 + n * 1_080_000);
            pcr_packet(packager::ts::Pid::new(256).unwrap(), 0, pcr)
        })
        .collect();
    let (mut pcrs, mut numbers) = (Vec::new(), Vec::new());
    for part in stream.chunks(1_000) {
        feed.push(part, &mut |datagram, _| {
            assert_eq!((datagram.len(), datagram[1]), (12 + 7 * 188, 33));
            numbers.push(u16::from_be_bytes([datagram[2], datagram[3]]));
            for packet in datagram[12..].as_chunks::<188>().0 {
                pcrs.push(Packet::new(packet).pcr().unwrap());
            }
        });
    }
    assert_eq!(numbers, (0..200).collect::<Vec<_>>());
    assert_eq!(pcrs.len(), 1_400);
    let wraps = pcrs.windows(2).position(|w| w[1].ticks() < w[0].ticks());
    assert_eq!(wraps, Some(500), "20 s of 40 ms");
    assert!(pcrs.windows(2).all(|w| w[1].since(w[0]).get() == 1_080_000));
}
