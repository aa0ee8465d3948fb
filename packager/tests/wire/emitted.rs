//! What we write, read by the others.

use std::collections::BTreeMap;

use dvb_si::tables::AnyTableSection;
use packager::time::Wall;
use packager::ts::cat::Cat;
use packager::ts::descriptor::{Descriptor, Descriptors, Language, Service, ShortEvent};
use packager::ts::eit::{Eit, EitService, Event};
use packager::ts::nit::{Nit, NitStream};
use packager::ts::pat::{Pat, PatProgram};
use packager::ts::pmt::{Pmt, Stream, StreamType};
use packager::ts::sdt::{Running, Sdt, SdtService};
use packager::ts::section::Packetizer;
use packager::ts::tdt::{Tdt, Tot};
use packager::ts::{Pid, RawPacket};
use proptest::prelude::*;

use super::answer::{Programme, Programmes};
use super::captures::{same_eit, same_nit, same_sdt};
use super::readers;

fn packets(pid: Pid, sections: &[Vec<u8>]) -> Vec<RawPacket> {
    let mut out = Vec::new();
    Packetizer::new(pid).push(sections, |p| out.push(*p));
    out
}

/// Descriptors of `tags`, with bodies up to `max` bytes.
fn loops(tags: std::ops::RangeInclusive<u8>, max: usize) -> impl Strategy<Value = Descriptors> {
    let one = (tags, prop::collection::vec(any::<u8>(), 0..=max));
    prop::collection::vec(one, 0..3).prop_map(|all| {
        let other = |(tag, body)| Descriptor::Other { tag, body };
        all.into_iter().map(other).collect()
    })
}

/// Stream types that every one of the readers knows.
const TYPES: [u8; 8] = [0x02, 0x03, 0x06, 0x0f, 0x11, 0x1b, 0x24, 0x87];

prop_compose! {
    fn pmts(streams: usize, body: usize)(
        version in 0u8..32,
        pcr in 0x20u16..0x1fff,
        descriptors in loops(0x80..=0xfe, body),
        streams in prop::collection::btree_map(
            0x1000u16..0x1fff,
            (prop::sample::select(TYPES.to_vec()), loops(0x80..=0xfe, body)),
            1..=streams,
        ),
    ) -> Pmt {
        let stream = |(pid, (kind, descriptors))| Stream {
            stream_type: StreamType(kind),
            pid: Pid::from_bits(pid),
            descriptors,
        };
        Pmt {
            program: 0,
            version,
            pcr_pid: Pid::from_bits(pcr),
            descriptors,
            streams: streams.into_iter().map(stream).collect(),
        }
    }
}

/// PMTs by their PID; the programme's number is the PID's.
fn programmes(streams: usize, body: usize) -> impl Strategy<Value = BTreeMap<u16, Pmt>> {
    prop::collection::btree_map(0x20u16..0x1000, pmts(streams, body), 1..12).prop_map(|mut all| {
        for (pid, pmt) in &mut all {
            pmt.program = *pid;
        }
        all
    })
}

/// The stream of a PAT and its PMTs, and what it says.
fn stream(pmts: &BTreeMap<u16, Pmt>) -> (Vec<RawPacket>, Programmes) {
    let program = |&pid: &u16| PatProgram {
        number: pid,
        pmt: Pid::from_bits(pid),
    };
    let pat = Pat {
        transport_stream_id: 7,
        version: 1,
        network: None,
        programs: pmts.keys().map(program).collect(),
    };
    let mut stream = packets(Pid::PAT, &pat.emit());
    let mut said = Programmes::new();
    for (pid, pmt) in pmts {
        stream.extend(packets(Pid::from_bits(*pid), &pmt.emit()));
        said.insert(*pid, Programme::of(pmt, Pid::from_bits(*pid)));
    }
    (stream, said)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pat_and_pmts_of_one_packet_are_read_by_all_three(pmts in programmes(3, 10)) {
        let (stream, said) = stream(&pmts);
        prop_assert_eq!(&readers::dvb_si(&stream), &said);
        prop_assert_eq!(&readers::mpeg2ts(&stream), &said);
        prop_assert_eq!(&readers::mpeg2ts_reader(&stream), &said);
    }

    #[test]
    fn pmts_of_many_packets_are_read_by_the_two_that_can(pmts in programmes(12, 60)) {
        let (stream, said) = stream(&pmts);
        prop_assert_eq!(&readers::dvb_si(&stream), &said);
        prop_assert_eq!(&readers::mpeg2ts_reader(&stream), &said);
    }

    #[test]
    fn a_pat_of_many_sections_is_read_by_dvb_si(numbers in prop::collection::btree_set(1u16.., 254..900)) {
        let program = |&number: &u16| PatProgram { number, pmt: Pid::from_bits(number) };
        let pat = Pat {
            transport_stream_id: 7,
            version: 31,
            network: Some(Pid::NIT),
            programs: numbers.iter().map(program).collect(),
        };
        let mut read = Vec::new();
        let events = readers::dvb_si_sections(&packets(Pid::PAT, &pat.emit()));
        for event in &events {
            if let Ok(AnyTableSection::PatSection(pat)) = event.table_section() {
                read.extend(pat.programmes().map(|e| (e.program_number, e.pid.value())));
            }
        }
        let said: Vec<_> = pat.programs.iter().map(|p| (p.number, p.pmt.value())).collect();
        prop_assert_eq!(read, said);
        prop_assert!(events.len() > 1);
    }

    #[test]
    fn sdt_and_nit_of_many_sections_are_read_by_dvb_si(
        names in prop::collection::vec(("[ -~]{0,20}", "[A-Za-zÀ-ỹ ]{0,40}", loops(0x80..=0xfe, 40)), 1..60),
        network in loops(0x80..=0xfe, 100),
    ) {
        let (mut services, mut streams) = (Vec::new(), Vec::new());
        for (id, (provider, name, mut descriptors)) in (1u16..).zip(names) {
            let service = Service { service_type: 1, provider, name };
            descriptors.push(&Descriptor::Service(service));
            streams.push(NitStream { transport_stream_id: id, original_network_id: 2, descriptors: descriptors.clone() });
            let running = Running::Running;
            services.push(SdtService { id, running, descriptors, ..SdtService::default() });
        }
        let sdt = Sdt { actual: true, transport_stream_id: 1, original_network_id: 2, version: 3, services };
        let nit = Nit { actual: true, network_id: 4, version: 5, descriptors: network, streams };
        let mut read = 0;
        let both = [packets(Pid::SDT, &sdt.emit()), packets(Pid::NIT, &nit.emit())].concat();
        for event in readers::dvb_si_sections(&both) {
            let section = packager::ts::section::Section::new(event.bytes()).expect("a section");
            match event.table_section().expect("a table") {
                AnyTableSection::SdtSection(theirs) => {
                    same_sdt(&Sdt::parse(&section).expect("an SDT"), &theirs);
                    read += theirs.services.len();
                }
                AnyTableSection::NitSection(theirs) => {
                    same_nit(&Nit::parse(&section).expect("a NIT"), &theirs);
                    read += theirs.transport_streams.len();
                }
                other => prop_assert!(false, "{:?}", other),
            }
        }
        prop_assert_eq!(read, sdt.services.len() + nit.streams.len());
    }

    #[test]
    fn now_and_next_and_the_time_are_read_by_dvb_si(
        start in 0i64..2_150_000_000,
        minutes in 0u64..6000,
        name in "[A-Za-zÀ-ỹ ]{0,100}",
        text in "[A-Za-zÀ-ỹ ]{0,100}",
    ) {
        let moment = Wall::from_unix_nanos(start * 1_000_000_000);
        let short = ShortEvent { language: Language(*b"vie"), name, text };
        let event = Event {
            id: 9,
            start: Some(moment),
            duration: std::time::Duration::from_secs(minutes * 60 % 360_000),
            running: Running::Running,
            scrambled: false,
            descriptors: [Descriptor::ShortEvent(short)].into_iter().collect(),
        };
        let service = EitService { id: 1, transport_stream_id: 2, original_network_id: 3 };
        let eits = Eit::present_following(service, 4, Some(event), None);
        let eit_sections: Vec<_> = eits.iter().flat_map(Eit::emit).collect();
        let mut stream = packets(Pid::EIT, &eit_sections);
        let tot = Tot { utc: Some(moment), descriptors: Descriptors::new() };
        let times = [Tdt { utc: Some(moment) }.emit(), tot.emit()].concat();
        stream.extend(packets(Pid::TDT, &times));
        let mut read = (0, 0);
        for found in readers::dvb_si_sections(&stream) {
            match found.table_section().expect("a table") {
                AnyTableSection::EitSection(theirs) => {
                    same_eit(&eits[read.0], &theirs);
                    read.0 += 1;
                }
                AnyTableSection::TdtSection(tdt) => {
                    prop_assert_eq!(tdt.utc_time().map(|t| t.timestamp()), Some(start));
                    read.1 += 1;
                }
                AnyTableSection::TotSection(tot) => {
                    prop_assert_eq!(tot.utc_time().map(|t| t.timestamp()), Some(start));
                    read.1 += 1;
                }
                other => prop_assert!(false, "{:?}", other),
            }
        }
        prop_assert_eq!(read, (2, 2));
    }
}

#[test]
fn a_cat_is_read_by_dvb_si() {
    let ca = |system: u16| Descriptor::Ca {
        system,
        pid: Pid::from_bits(0x100 + system),
        private: vec![1, 2, 3],
    };
    let cat = Cat {
        version: 3,
        descriptors: (1..4).map(ca).collect(),
    };
    let events = readers::dvb_si_sections(&packets(Pid::CAT, &cat.emit()));
    let Ok(AnyTableSection::CatSection(theirs)) = events[0].table_section() else {
        panic!("no CAT");
    };
    let entries = theirs.ca_descriptors().expect("CA descriptors");
    let read: Vec<_> = entries
        .iter()
        .map(|e| (e.ca_system_id, e.ca_pid.value()))
        .collect();
    assert_eq!(read, [(1, 0x101), (2, 0x102), (3, 0x103)]);
    assert_eq!(theirs.version_number, 3);
}
