use super::super::clock::PTS_MODULUS;
use super::*;
use proptest::prelude::*;

fn pts(ticks: u64) -> Pts {
    Pts::from_ticks(ticks)
}

/// A header as an encoder writes it for a video frame: PTS 8589934591 (all ones), DTS 0.
const VIDEO: [u8; 19] = [
    0, 0, 1, 0xe0, 0, 0, 0x84, 0xc0, 10, 0x3f, 0xff, 0xff, 0xff, 0xff, 0x11, 0x00, 0x01, 0x00, 0x01,
];

prop_compose! {
    fn headers()(
        id in prop::sample::select(vec![0xbdu8, 0xc0, 0xe0, 0xfd]),
        packet_length: u16,
        stuffing in 0usize..200,
        stamps in prop::option::of((0..PTS_MODULUS, prop::option::of(0..PTS_MODULUS))),
        scrambled: bool,
        aligned: bool,
    ) -> PesHeader {
        let length = stamps.map_or(0, |(_, dts)| if dts.is_some() { 10 } else { 5 });
        PesHeader {
            stream_id: StreamId(id),
            packet_length,
            len: WITH_FLAGS + length + stuffing,
            pts: stamps.map(|(p, _)| pts(p)),
            dts: stamps.and_then(|(_, d)| d.map(pts)),
            scrambled,
            aligned,
            malformed: false,
        }
    }
}

#[test]
fn a_header_from_the_wire_is_read() {
    let header = PesHeader::parse(&VIDEO).unwrap();
    assert_eq!(header.stream_id, StreamId::VIDEO);
    assert_eq!(
        (header.pts, header.dts),
        (Some(pts(PTS_MODULUS - 1)), Some(pts(0)))
    );
    assert_eq!((header.len, header.data_len()), (19, None));
    assert!(header.aligned && !header.scrambled && !header.malformed);
    assert_eq!(header.emit(), VIDEO);
}

#[test]
fn a_wrong_marker_bit_is_reported_and_the_stamp_still_read() {
    for at in [9, 11, 13, 14, 16, 18] {
        let mut bytes = VIDEO;
        bytes[at] ^= 1;
        let header = PesHeader::parse(&bytes).unwrap();
        assert!(header.malformed, "byte {at}");
        assert_eq!(header.pts, Some(pts(PTS_MODULUS - 1)));
    }
}

#[test]
fn the_forbidden_flags_give_no_stamp() {
    let mut bytes = VIDEO;
    bytes[7] = 0x40;
    let header = PesHeader::parse(&bytes).unwrap();
    assert!(header.malformed && header.pts.is_none() && header.dts.is_none());
}

#[test]
fn a_length_without_room_for_the_stamps_gives_no_stamp() {
    let mut bytes = VIDEO;
    bytes[8] = 5;
    let header = PesHeader::parse(&bytes).unwrap();
    assert!(header.malformed && header.pts.is_none());
}

#[test]
fn padding_has_neither_flags_nor_stamps() {
    let header = PesHeader::parse(&[0, 0, 1, 0xbe, 0, 3, 0xff, 0xff, 0xff]).unwrap();
    assert_eq!((header.len, header.data_len()), (6, Some(3)));
    assert_eq!(header.emit(), [0, 0, 1, 0xbe, 0, 3]);
}

#[test]
fn what_is_no_pes_packet_is_named() {
    assert_eq!(
        PesHeader::parse(&[0, 0, 2, 0xe0, 0, 0]),
        Err(PesError::StartCode)
    );
    for got in 0..VIDEO.len() {
        assert_eq!(PesHeader::parse(&VIDEO[..got]), Err(PesError::Cut { got }));
    }
}

proptest! {
    #[test]
    fn a_header_reads_back(header in headers()) {
        prop_assert_eq!(PesHeader::parse(&header.emit()), Ok(header));
    }

    #[test]
    fn a_shift_moves_the_stamps_and_nothing_else(header in headers(), by in -1_000_000i64..1_000_000) {
        let by = Ticks::new(by * 300);
        let mut payload = header.emit();
        payload.extend_from_slice(b"data");
        prop_assert!(shift(&mut payload, by));
        let moved = |stamp: Option<Pts>| stamp.map(|s| s.offset(by));
        let expected = PesHeader { pts: moved(header.pts), dts: moved(header.dts), ..header };
        prop_assert_eq!(&payload, &[expected.emit(), b"data".to_vec()].concat());
    }

    #[test]
    fn any_payload_is_a_header_or_an_error(mut bytes in prop::collection::vec(any::<u8>(), 0..64), start: bool) {
        if start && bytes.len() > 3 {
            bytes[..3].copy_from_slice(&START_CODE);
        }
        let before = bytes.clone();
        let read = PesHeader::parse(&bytes);
        prop_assert_eq!(shift(&mut bytes, Ticks::from_millis(1)), read.is_ok());
        if read.is_err() {
            prop_assert_eq!(before, bytes);
        }
    }
}
