use super::*;
use proptest::prelude::*;

const SSRC: u32 = 0xfeed;

/// An RTP packet whose payload is its sequence number.
fn datagram(ssrc: u32, sequence: u16) -> Vec<u8> {
    let mut d = vec![0x80, 33];
    d.extend_from_slice(&sequence.to_be_bytes());
    d.extend_from_slice(&[0; 4]);
    d.extend_from_slice(&ssrc.to_be_bytes());
    d.extend_from_slice(&sequence.to_be_bytes());
    d
}

fn ms(millis: u64) -> Mono {
    Mono::ZERO + Duration::from_millis(millis)
}

struct Rig {
    order: Order,
    out: Vec<u16>,
}

impl Rig {
    fn new() -> Self {
        Self {
            order: Order::new(Duration::from_millis(50), 1),
            out: Vec::new(),
        }
    }

    fn push(&mut self, millis: u64, sequence: u16) {
        self.push_from(millis, SSRC, sequence);
    }

    fn push_from(&mut self, millis: u64, ssrc: u32, sequence: u16) {
        let out = &mut self.out;
        self.order
            .push(0, ms(millis), &datagram(ssrc, sequence), &mut |_, p| {
                out.push(u16::from_be_bytes([p[0], p[1]]));
            });
        assert!(self.order.ring.held() < SPAN_LEAST);
        assert!(self.order.ring.held_bytes() <= SPAN_LEAST * HELD_BYTES_EACH);
    }

    fn push_all(&mut self, sequences: impl IntoIterator<Item = u16>) {
        for s in sequences {
            self.push(0, s);
        }
    }

    fn expire(&mut self, millis: u64) {
        let out = &mut self.out;
        self.order.expire(ms(millis), &mut |_, p| {
            out.push(u16::from_be_bytes([p[0], p[1]]));
        });
    }
}

#[test]
fn packets_in_order_wait_for_nothing_and_cross_the_wrap() {
    let mut rig = Rig::new();
    rig.push_all([65534, 65535, 0, 1]);
    assert_eq!(rig.out, [65534, 65535, 0, 1]);
    assert_eq!(rig.order.next_deadline(), None);
    assert_eq!(rig.order.counters(), RtpCounters::default());
}

#[test]
fn order_is_restored_across_the_wrap() {
    let mut rig = Rig::new();
    rig.push_all([65533, 0, 65535, 65534, 1]);
    assert_eq!(rig.out, [65533, 65534, 65535, 0, 1]);
    assert_eq!(rig.order.counters().reordered, 2);
    assert_eq!(rig.order.counters().lost, 0);
}

#[test]
fn a_gap_is_given_up_after_the_window_and_not_before() {
    let mut rig = Rig::new();
    rig.push(0, 10);
    rig.push(5, 12);
    rig.push(9, 13);
    assert_eq!(rig.order.next_deadline(), Some(ms(55)));
    rig.expire(54);
    assert_eq!(rig.out, [10]);
    rig.expire(55);
    assert_eq!(rig.out, [10, 12, 13]);
    assert_eq!(rig.order.counters().lost, 1);
    assert_eq!(rig.order.next_deadline(), None);
}

#[test]
fn the_next_gap_has_a_window_of_its_own() {
    let mut rig = Rig::new();
    rig.push(0, 10);
    rig.push(5, 12);
    rig.push(40, 14);
    rig.expire(55);
    assert_eq!(rig.out, [10, 12]);
    assert_eq!(rig.order.next_deadline(), Some(ms(90)));
}

#[test]
fn a_late_packet_is_counted_once_and_then_as_a_duplicate() {
    let mut rig = Rig::new();
    rig.push(0, 10);
    rig.push(0, 12);
    rig.push(60, 13);
    rig.push(61, 11);
    rig.push(61, 11);
    assert_eq!(rig.out, [10, 12, 13]);
    let counters = rig.order.counters();
    assert_eq!(
        (counters.lost, counters.late, counters.duplicates),
        (1, 1, 1)
    );
}

#[test]
fn duplicates_are_dropped_before_and_after_their_turn() {
    let mut rig = Rig::new();
    rig.push_all([1, 1, 3, 3, 2, 2, 3]);
    assert_eq!(rig.out, [1, 2, 3]);
    assert_eq!(rig.order.counters().duplicates, 4);
}

#[test]
fn a_line_that_repeats_each_packet_restarts_nothing() {
    let mut rig = Rig::new();
    for sequence in 0..50 {
        for _ in 0..400 {
            rig.push(0, sequence);
        }
    }
    assert_eq!(rig.out, (0..50).collect::<Vec<_>>());
    assert_eq!(rig.order.counters().restarts, 0);
}

#[test]
fn a_new_ssrc_is_taken_at_once_after_what_waited() {
    let mut rig = Rig::new();
    rig.push_all([1, 3]);
    rig.push_from(1, 9, 40_000);
    rig.push_from(1, 9, 40_001);
    assert_eq!(rig.out, [1, 3, 40_000, 40_001]);
    assert_eq!(rig.order.counters().ssrc_changes, 1);
}

#[test]
fn a_restart_is_taken_with_its_second_packet_and_loses_none() {
    let mut rig = Rig::new();
    rig.push_all([100, 101, 30_000, 30_001, 30_002]);
    assert_eq!(rig.out, [100, 101, 30_000, 30_001, 30_002]);
    let counters = rig.order.counters();
    assert_eq!(
        (counters.restarts, counters.lost, counters.strays),
        (1, 0, 0)
    );
}

#[test]
fn a_single_packet_from_afar_is_a_stray() {
    let mut rig = Rig::new();
    rig.push_all([100, 101, 30_000, 102, 103, 30_001, 104]);
    assert_eq!(rig.out, [100, 101, 102, 103, 104]);
    let counters = rig.order.counters();
    assert_eq!((counters.restarts, counters.strays), (0, 2));
}

#[test]
fn a_long_outage_is_loss() {
    let mut rig = Rig::new();
    rig.push_all([100, 1101, 1102]);
    assert_eq!(rig.out, [100, 1101, 1102]);
    assert_eq!(rig.order.counters().lost, 1000);
    assert_eq!(rig.order.counters().restarts, 0);
}

#[test]
fn a_restart_just_behind_the_sequence_is_taken_in_the_end() {
    let mut rig = Rig::new();
    rig.push_all(1000..1400);
    rig.out.clear();
    rig.push_all(1100..1300);
    assert_eq!(rig.out.len(), 200 - 63);
    assert_eq!(rig.order.counters().restarts, 1);
}

#[test]
fn a_fast_stream_gives_a_gap_up_before_the_span_is_full() {
    let mut rig = Rig::new();
    rig.push(0, 0);
    rig.push_all(2..2000);
    assert_eq!(rig.out.len(), 1999);
    assert_eq!(rig.order.counters().lost, 1);
}

#[test]
fn huge_datagrams_behind_a_gap_are_not_hoarded() {
    let mut order = Order::new(Duration::from_secs(3600), 1);
    let mut out = 0;
    for s in std::iter::once(0).chain(2..800u16) {
        let mut d = datagram(SSRC, s);
        d.resize(65_507, 0);
        order.push(0, Mono::ZERO, &d, &mut |_, _| out += 1);
        assert!(order.ring.held_bytes() <= SPAN_MOST * HELD_BYTES_EACH);
        assert!(
            order
                .ring
                .spare()
                .iter()
                .all(|v| v.capacity() <= ring::SPARE_BYTES_MAX)
        );
    }
    assert!(out > 480);
}

#[test]
fn another_payload_type_is_taken_when_it_carries_packets() {
    let mut order = Order::new(Duration::from_millis(50), 1);
    let mut d = datagram(SSRC, 1);
    d[1] = 96;
    let mut out = 0;
    order.push(0, Mono::ZERO, &d, &mut |_, _| out += 1);
    assert_eq!(out, 0);
    d.truncate(12);
    d.extend_from_slice(&[SYNC_BYTE; 376]);
    order.push(0, Mono::ZERO, &d, &mut |_, _| out += 1);
    assert_eq!(out, 1);
    assert_eq!(order.counters().other_payload_type, 2);
}

proptest! {
    #[test]
    fn a_shuffle_within_the_window_comes_out_in_order(start: u16, keys in prop::collection::vec(0u32..20, 2..400)) {
        // Each packet is moved back by up to 20 places; the first fixes the sequence.
        let mut shuffled: Vec<(u32, u16)> = keys.iter().enumerate().skip(1)
            .map(|(i, key)| (i as u32 + key, start.wrapping_add(i as u16))).collect();
        shuffled.sort();
        let mut rig = Rig::new();
        rig.push_all(std::iter::once(start).chain(shuffled.into_iter().map(|(_, s)| s)));
        let expected: Vec<u16> = (0..keys.len()).map(|i| start.wrapping_add(i as u16)).collect();
        prop_assert_eq!(rig.out, expected);
        prop_assert_eq!(rig.order.counters().lost, 0);
    }

    #[test]
    fn any_sequence_is_taken_with_bounded_memory(steps in prop::collection::vec((any::<u16>(), 0u64..30, 0u32..3), 0..600), near: bool) {
        let mut rig = Rig::new();
        let mut now = 0;
        for (s, step, ssrc) in steps {
            now += step;
            rig.push_from(now, ssrc / 2, if near { s % 700 } else { s });
        }
        rig.expire(now + 51);
        prop_assert_eq!(rig.order.next_deadline(), None);
        prop_assert_eq!(rig.order.ring.held(), 0);
    }
}
