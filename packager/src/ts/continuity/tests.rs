use super::super::packet::{NULL_PACKET, RawPacket, set_continuity, set_pid};
use super::super::pid::Pid;
use super::*;
use proptest::prelude::*;

const PAYLOAD: u8 = 0x10;
const ADAPTATION: u8 = 0x20;

fn packet(control: u8, counter: u8, flagged: bool) -> RawPacket {
    let mut p = NULL_PACKET;
    set_pid(&mut p, Pid::from_bits(0x100));
    p[3] = control;
    set_continuity(&mut p, counter);
    p[4] = if control & PAYLOAD == 0 { 183 } else { 1 };
    p[5] = if flagged { 0x80 } else { 0 };
    p
}

fn steps(packets: &[(u8, u8, bool)]) -> Vec<Step> {
    let mut continuity = Continuity::new();
    packets
        .iter()
        .map(|&(control, counter, flagged)| {
            continuity.judge(Packet::new(&packet(control, counter, flagged)))
        })
        .collect()
}

fn payloads(counters: &[u8]) -> Vec<Step> {
    steps(
        &counters
            .iter()
            .map(|&c| (PAYLOAD, c, false))
            .collect::<Vec<_>>(),
    )
}

#[test]
fn a_counter_that_wraps_goes_on() {
    assert_eq!(
        payloads(&[14, 15, 0, 1]),
        [Step::First, Step::Next, Step::Next, Step::Next]
    );
}

#[test]
fn a_lost_packet_is_a_gap_of_one() {
    assert_eq!(payloads(&[3, 5]), [Step::First, Step::Gap(1)]);
    assert_eq!(payloads(&[15, 1]), [Step::First, Step::Gap(1)]);
    assert_eq!(payloads(&[3, 2]), [Step::First, Step::Gap(14)]);
}

#[test]
fn packets_that_came_marked_are_not_missing_and_others_are() {
    let after = |marked: usize, counter: u8| {
        let mut continuity = Continuity::new();
        continuity.judge(Packet::new(&packet(PAYLOAD, 3, false)));
        (0..marked).for_each(|_| continuity.marked());
        let step = continuity.judge(Packet::new(&packet(PAYLOAD, counter, false)));
        let next = packet(PAYLOAD, (counter + 2) & 15, false);
        assert_eq!(continuity.judge(Packet::new(&next)), Step::Gap(1));
        step
    };
    assert_eq!(after(1, 5), Step::Jump);
    assert_eq!(after(1, 6), Step::Gap(2));
    assert_eq!(after(2, 6), Step::Jump);
    assert_eq!(after(300, 2), Step::Jump);
    // It had no payload, or was a copy.
    assert_eq!(after(1, 4), Step::Next);
}

#[test]
fn another_packet_with_the_same_counter_is_new_and_may_come_twice_itself() {
    let mut continuity = Continuity::new();
    let mut judge = || continuity.judge(Packet::new(&packet(PAYLOAD, 3, false)));
    assert_eq!([judge(), judge()], [Step::First, Step::Duplicate]);
    assert_eq!(judge(), Step::Excess);
    assert_eq!(continuity.differs(), Step::Gap(15));
    let mut judge = || continuity.judge(Packet::new(&packet(PAYLOAD, 3, false)));
    assert_eq!([judge(), judge()], [Step::Duplicate, Step::Excess]);
}

#[test]
fn a_packet_may_come_twice_but_not_three_times() {
    assert_eq!(
        payloads(&[3, 3, 3, 3, 4, 4]),
        [
            Step::First,
            Step::Duplicate,
            Step::Excess,
            Step::Excess,
            Step::Next,
            Step::Duplicate
        ]
    );
}

#[test]
fn a_packet_without_payload_does_not_advance_the_counter() {
    let plain = [
        (PAYLOAD, 3, false),
        (ADAPTATION, 3, false),
        (PAYLOAD, 4, false),
    ];
    assert_eq!(steps(&plain), [Step::First, Step::Next, Step::Next]);
    let advanced = [
        (PAYLOAD, 3, false),
        (ADAPTATION, 4, false),
        (PAYLOAD, 5, false),
    ];
    assert_eq!(steps(&advanced), [Step::First, Step::Gap(1), Step::Next]);
}

#[test]
fn a_clock_packet_before_the_first_payload_is_no_error() {
    let held = [
        (ADAPTATION, 0, false),
        (PAYLOAD, 0, false),
        (PAYLOAD, 1, false),
    ];
    assert_eq!(steps(&held), [Step::First, Step::Next, Step::Next]);
}

#[test]
fn a_leap_with_the_flag_is_no_error() {
    let both = PAYLOAD | ADAPTATION;
    let leap = [
        (both, 3, false),
        (both, 9, true),
        (both, 9, true),
        (both, 10, false),
    ];
    assert_eq!(
        steps(&leap),
        [Step::First, Step::Jump, Step::Duplicate, Step::Next]
    );
    assert!(steps(&leap).iter().all(|s| !s.is_error()));
}

#[test]
fn a_flag_at_the_same_count_is_a_new_timeline_and_no_duplicate() {
    let both = PAYLOAD | ADAPTATION;
    assert_eq!(
        steps(&[(both, 3, false), (both, 3, true)]),
        [Step::First, Step::Jump]
    );
}

#[test]
fn null_packets_are_exempt() {
    let mut continuity = Continuity::new();
    let mut p = NULL_PACKET;
    for counter in [0, 5, 5, 5, 2] {
        set_continuity(&mut p, counter);
        assert_eq!(continuity.judge(Packet::new(&p)), Step::Next);
    }
    assert_eq!(continuity.last(), None);
}

proptest! {
    #[test]
    fn a_loss_of_up_to_fourteen_packets_is_counted(start in 0u8..16, lost in 1u8..15) {
        let after = (start + lost + 1) & 15;
        prop_assert_eq!(payloads(&[start, after]), [Step::First, Step::Gap(lost)]);
    }
}
