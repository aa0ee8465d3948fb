use super::*;
use proptest::prelude::*;

/// Packet `n`: its number in the payload, and no other sync byte.
fn packet(n: u16) -> [u8; PACKET_LEN] {
    let mut p = [0; PACKET_LEN];
    p[0] = SYNC_BYTE;
    p[3] = 0x10;
    p[4] = (n >> 6) as u8 | 0x80;
    p[5] = (n & 0x3f) as u8 | 0x80;
    p
}

fn stream(numbers: std::ops::Range<u16>, stride: Stride) -> Vec<u8> {
    numbers
        .flat_map(|n| {
            let mut p = packet(n).to_vec();
            p.resize(stride.len(), 0xee);
            p
        })
        .collect()
}

fn number(p: &RawPacket) -> u16 {
    (u16::from(p[4] & 0x7f) << 6) | u16::from(p[5] & 0x3f)
}

/// What comes out of `pieces`, by number.
fn numbers<'a>(deframer: &mut Deframer, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u16> {
    let mut out = Vec::new();
    for piece in pieces {
        deframer.push(piece, &mut |p| out.push(number(p)));
        assert!(deframer.carry.len() <= CODED_LEN, "the carry is bounded");
    }
    out
}

#[test]
fn whole_packets_are_handed_out_in_place() {
    let mut deframer = Deframer::default();
    let data = stream(0..7, Stride::Plain);
    let (mut seen, range) = (0, data.as_ptr_range());
    deframer.push(&data, &mut |p| {
        assert!(range.contains(&p.as_ptr()));
        seen += 1;
    });
    assert_eq!((seen, deframer.counters().resync_bytes), (7, 0));
}

#[test]
fn the_outer_code_of_204_byte_packets_is_left_out() {
    let mut deframer = Deframer::default();
    let data = stream(0..10, Stride::Coded);
    assert_eq!(
        numbers(&mut deframer, [&data[..]]),
        (0..10).collect::<Vec<_>>()
    );
    assert_eq!(deframer.counters().resync_bytes, 0);
}

#[test]
fn a_datagram_of_one_packet_is_taken_at_once() {
    let mut deframer = Deframer::default();
    assert_eq!(numbers(&mut deframer, [&packet(3)[..]]), [3]);
}

#[test]
fn a_piece_as_long_as_the_other_kind_of_packet_does_not_mislead() {
    for stride in [Stride::Plain, Stride::Coded] {
        let mut deframer = Deframer::default();
        let data = stream(0..20, stride);
        let cut = 3 * stride.len();
        let pieces = [
            &data[..cut],
            &data[cut..cut + 188],
            &data[cut + 188..cut + 392],
            &data[cut + 392..],
        ];
        assert_eq!(numbers(&mut deframer, pieces), (0..20).collect::<Vec<_>>());
        assert_eq!(deframer.counters().resync_bytes, 0);
    }
}

#[test]
fn a_change_from_one_kind_of_packet_to_the_other_is_followed() {
    for (before, after) in [
        (Stride::Plain, Stride::Coded),
        (Stride::Coded, Stride::Plain),
    ] {
        let mut deframer = Deframer::default();
        let (old, new) = (stream(0..5, before), stream(5..25, after));
        let out = numbers(
            &mut deframer,
            std::iter::once(&old[..]).chain(new.chunks(after.len())),
        );
        assert_eq!(out[out.len() - 15..], (10..25).collect::<Vec<_>>());
    }
}

#[test]
fn a_misaligned_start_is_thrown_away_and_counted() {
    let mut deframer = Deframer::default();
    let data = stream(0..8, Stride::Plain);
    let out = numbers(&mut deframer, [&data[100..1000], &data[1000..]]);
    assert_eq!(out, (1..8).collect::<Vec<_>>());
    assert_eq!(deframer.counters().resync_bytes, 88);
    assert_eq!(deframer.counters().sync_losses, 0);
}

#[test]
fn a_truncated_datagram_does_not_spoil_the_next() {
    let mut deframer = Deframer::default();
    let data = stream(0..21, Stride::Plain);
    let out = numbers(
        &mut deframer,
        [&data[..1316], &data[1316..2400], &data[2632..]],
    );
    let expected: Vec<u16> = (0..12).chain(14..21).collect();
    assert_eq!(out, expected);
    assert_eq!(deframer.counters().resync_bytes, (2400 - 1316) % 188);
}

#[test]
fn one_wrong_sync_byte_costs_one_packet() {
    let mut deframer = Deframer::default();
    let mut data = stream(0..14, Stride::Plain);
    data[188 * 9] = 0;
    let out = numbers(&mut deframer, [&data[..1316], &data[1316..]]);
    let expected: Vec<u16> = (0..9).chain(10..14).collect();
    assert_eq!(out, expected);
    let counters = deframer.counters();
    assert_eq!((counters.sync_byte_errors, counters.sync_losses), (1, 0));
}

#[test]
fn two_wrong_sync_bytes_in_a_row_lose_the_grid_and_it_is_found_again() {
    let mut deframer = Deframer::default();
    let mut data = stream(0..14, Stride::Plain);
    data[188 * 9] = 0;
    data[188 * 10] = 0;
    let out = numbers(&mut deframer, [&data[..1316], &data[1316..]]);
    let expected: Vec<u16> = (0..9).chain(11..14).collect();
    assert_eq!(out, expected);
    assert_eq!(deframer.counters().sync_losses, 1);
    assert_eq!(deframer.counters().resync_bytes, 376);
}

#[test]
fn two_wrong_sync_bytes_in_a_row_lose_the_grid_over_the_datagrams_too() {
    let mut deframer = Deframer::default();
    let mut data = stream(0..14, Stride::Plain);
    data[188 * 6] = 0;
    data[188 * 7] = 0;
    let out = numbers(&mut deframer, [&data[..1316], &data[1316..]]);
    assert_eq!(out, (0..6).chain(8..14).collect::<Vec<_>>());
    assert_eq!(deframer.counters().sync_losses, 1);
}

#[test]
fn a_stream_that_slips_is_found_again() {
    let mut deframer = Deframer::default();
    let mut data = stream(0..30, Stride::Plain);
    data.drain(188 * 10 + 50..188 * 10 + 60);
    let out = numbers(&mut deframer, [&data[..]]);
    // Packet 10 is short, which only the wrong sync byte after it tells.
    assert_eq!(out, (0..11).chain(12..30).collect::<Vec<_>>());
    assert_eq!(deframer.counters().sync_losses, 1);
}

#[test]
fn odd_datagrams_are_taken() {
    let mut deframer = Deframer::default();
    let huge = vec![SYNC_BYTE; 65_507];
    let zeros = vec![0; 65_507];
    let good = stream(0..7, Stride::Plain);
    let out = numbers(
        &mut deframer,
        [
            &[][..],
            &[SYNC_BYTE],
            &[0],
            &zeros,
            &good,
            &[1],
            &good,
            &huge,
            &good,
        ],
    );
    let tail = &out[out.len() - 7..];
    assert_eq!(tail, (0..7).collect::<Vec<_>>());
}

proptest! {
    #[test]
    fn a_byte_stream_cut_anywhere_gives_every_packet(cuts in prop::collection::vec(1usize..700, 1..60), coded: bool) {
        let stride = if coded { Stride::Coded } else { Stride::Plain };
        let data = stream(0..100, stride);
        // The first packets come whole, as from a pipe that is read from its start.
        let (mut at, mut pieces) = (2000, vec![&data[..2000]]);
        for cut in cuts {
            let end = (at + cut).min(data.len());
            pieces.push(&data[at..end]);
            at = end;
        }
        pieces.push(&data[at..]);
        let mut deframer = Deframer::default();
        prop_assert_eq!(numbers(&mut deframer, pieces), (0..100).collect::<Vec<_>>());
        prop_assert_eq!(deframer.counters().resync_bytes, 0);
    }

    #[test]
    fn every_byte_is_handed_out_carried_or_counted(pieces in prop::collection::vec(prop::collection::vec(prop_oneof![Just(SYNC_BYTE), any::<u8>()], 0..900), 0..20)) {
        let mut deframer = Deframer::default();
        let mut plain = 0;
        for piece in &pieces {
            let (before, was) = (deframer.counters(), deframer.carry.len());
            deframer.push(piece, &mut |p| assert_eq!(p[0], SYNC_BYTE));
            let after = deframer.counters();
            let packets = (after.packets - before.packets) as usize;
            let thrown = (after.resync_bytes - before.resync_bytes) as usize;
            let (now, taken) = (deframer.carry.len(), was + piece.len());
            prop_assert!(now <= CODED_LEN);
            // Each packet is of 188 or 204 bytes.
            prop_assert!(packets * 188 + thrown + now <= taken && taken <= packets * 204 + thrown + now);
            plain += packets;
        }
        prop_assert_eq!(plain as u64, deframer.counters().packets);
    }
}
