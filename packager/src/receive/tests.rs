use super::*;
use crate::ts::packet::NULL_PACKET;

fn rtp(sequence: u16, packets: usize) -> Vec<u8> {
    let mut d = vec![0x80, 33];
    d.extend_from_slice(&sequence.to_be_bytes());
    d.extend_from_slice(&[0; 8]);
    for _ in 0..packets {
        let mut p = NULL_PACKET;
        p[4..6].copy_from_slice(&sequence.to_be_bytes());
        d.extend_from_slice(&p);
    }
    d
}

fn ms(millis: u64) -> Mono {
    Mono::ZERO + Duration::from_millis(millis)
}

#[test]
fn rtp_packets_come_out_in_order_with_times_that_never_go_back() {
    let mut receiver = Receiver::new(Framing::Rtp);
    let mut out = Vec::new();
    let mut sink = |at: Mono, p: &RawPacket| out.push((at, p[5]));
    for (at, sequence) in [(0, 0), (2, 2), (4, 1), (6, 4), (8, 5)] {
        receiver.push(Entry::default(), ms(at), &rtp(sequence, 1), &mut sink);
    }
    assert_eq!(receiver.next_deadline(), Some(ms(56)));
    receiver.flush(ms(56), &mut sink);
    let expected = [(0, 0), (4, 1), (4, 2), (6, 4), (8, 5)].map(|(at, n)| (ms(at), n));
    assert_eq!(out, expected);
    let counters = receiver.counters();
    assert_eq!((counters.datagrams, counters.packets), (5, 5));
    assert_eq!((counters.rtp.lost, counters.rtp.reordered), (1, 1));
    assert_eq!(counters.bytes, 5 * 200);
}

#[test]
fn a_plain_stream_on_an_rtp_input_is_counted_and_not_taken() {
    let mut receiver = Receiver::new(Framing::Rtp);
    let mut taken = 0;
    receiver.push(Entry::default(), ms(0), &NULL_PACKET, &mut |_, _| {
        taken += 1;
    });
    assert_eq!((taken, receiver.counters().rtp.malformed), (0, 1));
}

#[test]
fn rtp_on_a_plain_input_still_gives_its_packets() {
    let mut receiver = Receiver::new(Framing::Ts);
    let mut taken = 0;
    for sequence in 0..10 {
        receiver.push(Entry::default(), ms(0), &rtp(sequence, 7), &mut |_, _| {
            taken += 1;
        });
    }
    assert_eq!(taken, 70);
    assert_eq!(receiver.counters().resync_bytes, 120);
}

#[test]
fn a_plain_input_waits_for_nothing() {
    let mut receiver = Receiver::new(Framing::Ts);
    receiver.push(Entry::default(), ms(0), &[0x47; 3], &mut |_, _| {});
    assert_eq!(receiver.next_deadline(), None);
    receiver.flush(ms(1000), &mut |_, _| {});
    assert_eq!(receiver.counters().packets, 0);
}
