//! Packets of one PID put together to sections, and sections made into packets again. The
//! packets come from good sections, spoilt as the input says, and from the input itself.
#![no_main]

use headend_fuzz::section;
use libfuzzer_sys::fuzz_target;
use packager::ts::section::{Packetizer, SECTION_MAX, Section, SectionAssembler};
use packager::ts::{PACKET_LEN, Packet, Pid, RawPacket};

/// Table, body; and which packet is spoilt at which byte, 0 for the whole packet.
type Input<'a> = (Vec<(u8, &'a [u8])>, Vec<(u8, u8)>, &'a [u8]);

fuzz_target!(|input: Input<'_>| {
    let (bodies, spoilt, raw) = input;
    let _ = Section::new(raw).map(|s| (s.body().len(), s.crc_ok(), s.is_oversized()));
    let long = |id: u8| !(0x70..=0x73).contains(&id);
    let whole: Vec<_> = bodies
        .iter()
        .filter(|(id, _)| *id != 0xff)
        .map(|&(id, body)| section(id, long(id), body))
        .collect();
    let mut packets = packets(&whole);
    assert_eq!(assembled(&packets), (whole, 0));
    for (index, at) in spoilt {
        let index = usize::from(index);
        match (packets.get_mut(index), at) {
            (Some(_), 0) => drop(packets.remove(index)),
            (Some(packet), at) => packet[usize::from(at) % PACKET_LEN] ^= at,
            (None, _) => {}
        }
    }
    packets.extend_from_slice(raw.as_chunks::<PACKET_LEN>().0);
    let (sections, _) = assembled(&packets);
    assert_eq!(assembled(&self::packets(&sections)).0, sections);
});

fn packets(sections: &[Vec<u8>]) -> Vec<RawPacket> {
    let mut packets = Vec::new();
    Packetizer::new(Pid::PAT).push(sections, |packet| packets.push(*packet));
    packets
}

/// The sections, and how many errors stood between them.
fn assembled(packets: &[RawPacket]) -> (Vec<Vec<u8>>, usize) {
    let (mut sections, mut errors) = (Vec::new(), 0);
    let mut assembler = SectionAssembler::new();
    for packet in packets.iter().map(Packet::new) {
        assembler.push(packet, |section| match section {
            Ok(section) => {
                assert!(section.crc_ok() && section.bytes().len() <= SECTION_MAX);
                sections.push(section.bytes().to_vec());
            }
            Err(_) => errors += 1,
        });
    }
    (sections, errors)
}
