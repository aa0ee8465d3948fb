//! Two paths of one stream.

use super::*;

const WINDOW: Duration = Duration::from_millis(450);

fn ms(millis: u64) -> Mono {
    Mono::ZERO + Duration::from_millis(millis)
}

fn datagram(ssrc: u32, sequence: u16) -> Vec<u8> {
    let mut d = vec![0x80, 33];
    d.extend_from_slice(&sequence.to_be_bytes());
    d.extend_from_slice(&[0; 4]);
    d.extend_from_slice(&ssrc.to_be_bytes());
    d.extend_from_slice(&sequence.to_be_bytes());
    d
}

struct Rig {
    order: Order,
    out: Vec<(u64, u16)>,
}

impl Rig {
    fn new() -> Self {
        Self {
            order: Order::new(WINDOW, 2),
            out: Vec::new(),
        }
    }

    fn push(&mut self, millis: u64, path: usize, ssrc: u32, sequence: u16) {
        let out = &mut self.out;
        let d = datagram(ssrc, sequence);
        self.order.push(path, ms(millis), &d, &mut |_, p| {
            out.push((millis, u16::from_be_bytes([p[0], p[1]])));
        });
    }

    /// One packet a millisecond from `start` on, path 1 `skew` ms behind; `up` says which path
    /// brings which packet.
    fn run(&mut self, packets: u64, skew: u64, up: impl Fn(usize, u64) -> bool) {
        for now in 0..packets + skew {
            if now < packets && up(0, now) {
                self.push(now, 0, 7, (now as u16).wrapping_add(65_000));
            }
            if now >= skew && up(1, now - skew) {
                self.push(now, 1, 7, ((now - skew) as u16).wrapping_add(65_000));
            }
        }
    }

    fn numbers(&self) -> Vec<u16> {
        self.out.iter().map(|(_, n)| *n).collect()
    }

    fn assert_whole(&self, packets: u64) {
        let expected: Vec<u16> = (0..packets)
            .map(|n| (n as u16).wrapping_add(65_000))
            .collect();
        assert_eq!(self.numbers(), expected);
        assert_eq!(self.order.counters().lost, 0);
    }
}

#[test]
fn what_both_paths_bring_is_handed_out_once_and_at_once() {
    let mut rig = Rig::new();
    rig.run(3000, 449, |_, _| true);
    rig.assert_whole(3000);
    let late = |(at, n): &(u64, u16)| at - u64::from(n.wrapping_sub(65_000));
    assert!(rig.out.iter().all(|one| late(one) == 0));
    let [a, b, ..] = rig.order.paths();
    assert_eq!((a.received, b.received), (3000, 3000));
    assert_eq!((a.lost, b.lost, a.late, b.late), (0, 0, 0, 0));
    assert_eq!(a.skew, Duration::ZERO);
    assert!(b.skew.abs_diff(Duration::from_millis(449)) < Duration::from_millis(1));
    assert_eq!(rig.order.counters().duplicates, 0, "another path's is none");
}

#[test]
fn an_outage_of_either_path_is_filled_by_the_other_within_the_skew() {
    let mut rig = Rig::new();
    rig.run(9000, 449, |path, n| match path {
        0 => !(1000..4000).contains(&n) && n % 50 != 3,
        _ => !(5000..8000).contains(&n) || n % 50 == 3,
    });
    rig.assert_whole(9000);
    let most = rig
        .out
        .iter()
        .map(|(at, n)| at - u64::from(n.wrapping_sub(65_000)))
        .max();
    assert_eq!(
        most,
        Some(449),
        "the added delay is the skew, under the window"
    );
    let [a, b, ..] = rig.order.paths();
    assert_eq!(
        rig.order.counters().restarts + rig.order.counters().strays,
        0
    );
    assert!(a.lost.abs_diff(3000 + 120) <= 20, "{a:?}");
    assert!(b.lost.abs_diff(3000 - 60) <= 20, "{b:?}");
    // What the slower path alone brought says nothing of the skew.
    assert_eq!(a.skew, Duration::ZERO);
    assert!(b.skew.abs_diff(Duration::from_millis(449)) < Duration::from_millis(1));
}

#[test]
fn what_neither_path_brings_is_given_up_after_the_window_and_not_before() {
    let mut rig = Rig::new();
    rig.run(2000, 100, |_, n| n != 1000);
    let position = rig
        .out
        .iter()
        .position(|(_, n)| *n == 65_000u16.wrapping_add(1001));
    assert_eq!(rig.out[position.unwrap()].0, 1001 + 450);
    assert_eq!(rig.order.counters().lost, 1);
    let [a, b, ..] = rig.order.paths();
    assert_eq!((a.lost, b.lost), (1, 1));
}

#[test]
fn another_sender_on_the_second_path_is_never_mixed_in() {
    let mut rig = Rig::new();
    for n in 0..2000u16 {
        rig.push(n.into(), 0, 7, n);
        rig.push(n.into(), 1, 8, n.wrapping_add(3));
    }
    assert_eq!(rig.numbers(), (0..2000).collect::<Vec<_>>());
    assert_eq!(rig.order.paths()[1].foreign, 2000);
    // The same SSRC far away is another sender too.
    for n in 2000..4000u16 {
        rig.push(n.into(), 0, 7, n);
        rig.push(n.into(), 1, 7, n.wrapping_add(30_000));
    }
    assert_eq!(rig.numbers(), (0..4000).collect::<Vec<_>>());
    assert_eq!(rig.order.paths()[1].foreign, 4000);
    assert_eq!(rig.order.counters().lost, 0);
}

#[test]
fn a_sender_that_restarts_is_followed_when_no_path_brings_the_old_stream_any_more() {
    for (ssrc, first) in [(8, 40_000), (7, 40_000), (8, 400)] {
        let mut rig = Rig::new();
        for now in 0..4000u64 {
            let mut send = |path, n: u64| match n {
                0..2000 => rig.push(now, path, 7, n as u16),
                _ => rig.push(now, path, ssrc, (n - 2000) as u16 + first),
            };
            send(0, now);
            if now >= 300 {
                send(1, now - 300);
            }
        }
        let old: Vec<u16> = (0..2000).collect();
        let new: Vec<u16> = (first..first + 2000).collect();
        let numbers = rig.numbers();
        assert_eq!(numbers[..2000], old);
        // The slower path begins with the new stream's first packet: none is missing.
        assert_eq!(
            numbers[2000..],
            new[..numbers.len() - 2000],
            "{ssrc} {first}"
        );
        assert!(numbers.len() > 3600, "{}", numbers.len());
    }
}

#[test]
fn a_path_that_is_alone_and_restarts_is_followed_at_once() {
    let mut rig = Rig::new();
    (0..1000).for_each(|n| rig.push(n.into(), 0, 7, n));
    (0..1000).for_each(|n| rig.push(1000 + u64::from(n), 0, 8, n + 500));
    assert_eq!(rig.out.len(), 2000);
    assert_eq!(rig.order.counters().ssrc_changes, 1);
}
