use super::super::packet::{Packet, RawPacket, set_continuity};
use super::super::pid::Pid;
use super::testing::section_of;
use super::*;
use proptest::prelude::*;

const PID: Pid = Pid::PAT;

fn packets(sections: &[Vec<u8>]) -> Vec<RawPacket> {
    let mut packets = Vec::new();
    Packetizer::new(PID).push(sections, |p| packets.push(*p));
    packets
}

/// Sections and errors in the order in which they come out.
fn assembled<'a>(
    packets: impl IntoIterator<Item = &'a RawPacket>,
) -> Vec<Result<Vec<u8>, SectionError>> {
    let mut assembler = SectionAssembler::new();
    let mut all = Vec::new();
    for packet in packets {
        assembler.push(Packet::new(packet), |s| {
            all.push(s.map(|s| s.bytes().to_vec()));
        });
    }
    all
}

fn good(sections: &[Vec<u8>]) -> Vec<Result<Vec<u8>, SectionError>> {
    sections.iter().cloned().map(Ok).collect()
}

fn sections() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let length = prop_oneof![0usize..200, 0usize..4085];
    let one = (0u8..0xff, length, any::<u8>())
        .prop_map(|(id, len, fill)| section_of(id, &vec![fill; len]));
    prop::collection::vec(one, 1..12)
}

#[test]
fn the_header_of_a_section_is_read() {
    let bytes = section_of(0x42, b"body");
    let section = Section::new(&bytes).unwrap();
    assert_eq!(
        (section.table_id(), section.extension(), section.version()),
        (0x42, 0x1234, 3)
    );
    assert_eq!((section.number(), section.last_number()), (0, 0));
    assert_eq!(
        (section.body(), section.is_long(), section.current()),
        (b"body".as_slice(), true, true)
    );
}

#[test]
fn a_section_in_the_short_form_has_no_crc_and_no_version() {
    let bytes = section_of(0x70, b"12345");
    let section = Section::new(&bytes).unwrap();
    assert_eq!(
        (section.body(), section.crc_ok()),
        (b"12345".as_slice(), true)
    );
    assert_eq!(
        (section.extension(), section.version(), section.is_long()),
        (0, 0, false)
    );
}

#[test]
fn the_crc_of_the_standard_is_the_crc_of_a_real_pat() {
    // As FFmpeg writes it: transport_stream_id 1, programme 1 on PID 0x1000.
    let pat = [
        0, 0xb0, 0x0d, 0, 1, 0xc1, 0, 0, 0, 1, 0xf0, 0, 0x2a, 0xb1, 0x04, 0xb2,
    ];
    assert!(Section::new(&pat).unwrap().crc_ok());
}

#[test]
fn a_wrong_crc_is_an_error_with_the_table_id() {
    let mut section = section_of(0x02, b"body");
    section[9] ^= 1;
    let next = section_of(0x02, b"next");
    let out = assembled(&packets(&[section, next.clone()]));
    assert_eq!(out, [Err(SectionError::Crc { table_id: 2 }), Ok(next)]);
}

#[test]
fn a_length_over_the_limit_is_an_error_and_the_next_packet_is_read() {
    let mut bad = section_of(0x02, &[0; 100]);
    bad[1] |= 0x0f;
    bad[2] = 0xff;
    let mut all = packets(&[bad]);
    let next = section_of(0x02, b"next");
    Packetizer::after(PID, 0).push([&next], |p| all.push(*p));
    let too_long = SectionError::TooLong {
        table_id: 2,
        length: 0xfff,
    };
    assert_eq!(assembled(&all), [Err(too_long), Ok(next)]);
}

#[test]
fn a_length_without_room_for_the_header_is_an_error() {
    let too_short = Section::new(&[2, 0xb0, 8, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap_err();
    assert_eq!(
        too_short,
        SectionError::TooShort {
            table_id: 2,
            length: 8
        }
    );
    assert!(Section::new(&[0x73, 0x70, 3, 0, 0, 0]).is_err());
    assert!(Section::new(&[0x72, 0x70, 0]).is_ok());
}

#[test]
fn a_psi_section_over_1024_bytes_is_read_and_marked() {
    let long = [section_of(0x02, &[0; 1013])];
    assert_eq!(assembled(&packets(&long)), good(&long));
    assert!(Section::new(&long[0]).unwrap().is_oversized());
    assert!(
        !Section::new(&section_of(0x02, &[0; 1012]))
            .unwrap()
            .is_oversized()
    );
    assert!(
        !Section::new(&section_of(0x4e, &[0; 1013]))
            .unwrap()
            .is_oversized()
    );
}

#[test]
fn a_lost_packet_loses_its_section_alone() {
    let sections = [section_of(1, &[1; 500]), section_of(2, &[2; 500])];
    let all = packets(&sections);
    assert_eq!(all.len(), 6);
    let without = |lost: usize| {
        let kept = all
            .iter()
            .enumerate()
            .filter(|(i, _)| *i != lost)
            .map(|(_, p)| p);
        assembled(kept)
    };
    assert_eq!(
        without(1),
        [
            Err(SectionError::Lost { got: 183 }),
            Ok(sections[1].clone())
        ]
    );
    assert_eq!(
        without(4),
        [
            Ok(sections[0].clone()),
            Err(SectionError::Lost { got: 222 })
        ]
    );
}

#[test]
fn a_duplicate_packet_is_passed_over() {
    let sections = [section_of(1, &[1; 500])];
    let all = packets(&sections);
    let twice: Vec<_> = all.iter().flat_map(|p| [p, p]).collect();
    assert_eq!(assembled(twice), good(&sections));
}

#[test]
fn another_section_under_the_same_counter_is_no_duplicate() {
    let (old, new) = (section_of(1, b"old"), section_of(1, b"new"));
    let all = [
        packets(std::slice::from_ref(&old)),
        packets(std::slice::from_ref(&new)),
    ];
    assert_eq!(assembled(&all.concat()), [Ok(old), Ok(new)]);
}

#[test]
fn a_section_cut_off_by_a_new_start_is_an_error() {
    let (long, next) = (section_of(1, &[1; 500]), section_of(2, b"next"));
    let mut all = packets(&[long]);
    all.truncate(2);
    Packetizer::after(PID, 1).push([&next], |p| all.push(*p));
    assert_eq!(
        assembled(&all),
        [Err(SectionError::Cut { got: 367 }), Ok(next)]
    );
}

#[test]
fn a_pointer_out_of_the_packet_is_an_error() {
    let mut all = packets(&[section_of(1, b"")]);
    all[0][4] = 184;
    assert_eq!(
        assembled(&all),
        [Err(SectionError::Pointer { pointer: 184 })]
    );
}

#[test]
fn the_middle_of_a_section_is_not_taken_for_a_start() {
    let sections = [section_of(1, &[1; 500]), section_of(2, b"next")];
    let all = packets(&sections);
    assert_eq!(assembled(&all[1..]), good(&sections[1..]));
}

#[test]
fn scrambled_and_damaged_packets_are_passed_over() {
    let mut p = packets(&[section_of(1, b"")])[0];
    p[1] |= 0x80;
    assert_eq!(assembled(&[p]), []);
    p[1] &= 0x7f;
    p[3] |= 0x80;
    assert_eq!(assembled(&[p]), []);
}

#[test]
fn the_counter_of_packets_runs_on_from_one_push_to_the_next() {
    let mut packetizer = Packetizer::after(PID, 14);
    let mut counters = Vec::new();
    for _ in 0..3 {
        packetizer.push([section_of(1, b"")], |p| {
            counters.push(Packet::new(p).continuity());
        });
    }
    packetizer.push(Vec::<Vec<u8>>::new(), |_| counters.push(99));
    assert_eq!(counters, [15, 0, 1]);
}

#[test]
fn short_sections_share_a_packet_and_the_rest_is_stuffing() {
    let all = packets(&vec![section_of(1, &[1; 28]); 5]);
    assert_eq!(all.len(), 2);
    assert_eq!(all[1][5 + 17..], [0xff; 166]);
}

proptest! {
    #[test]
    fn sections_read_back_from_their_packets(sections in sections()) {
        let all = packets(&sections);
        for (index, packet) in all.iter().enumerate() {
            prop_assert_eq!(usize::from(Packet::new(packet).continuity()), index % 16);
        }
        prop_assert_eq!(assembled(&all), good(&sections));
    }

    #[test]
    fn any_packets_give_good_sections_or_errors(
        payloads in prop::collection::vec((prop::array::uniform32(any::<u8>()), any::<bool>()), 1..50),
    ) {
        let mut assembler = SectionAssembler::new();
        for (index, (bytes, start)) in payloads.iter().enumerate() {
            let mut packet = packets(&[section_of(1, b"")])[0];
            packet[1] = if *start { 0x40 } else { 0 };
            packet[4..36].copy_from_slice(bytes);
            set_continuity(&mut packet, u8::try_from(index % 16).unwrap());
            assembler.push(Packet::new(&packet), |section| {
                assert!(section.is_ok_and(|s| s.crc_ok() && s.bytes().len() <= SECTION_MAX) || section.is_err());
            });
        }
    }
}
