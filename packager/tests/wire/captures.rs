//! Real captures, read by us and by the others.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use dvb_si::descriptors::AnyDescriptor;
use dvb_si::tables::AnyTableSection;
use packager::ts::descriptor::Service;
use packager::ts::eit::Eit;
use packager::ts::nit::Nit;
use packager::ts::scan::Scan;
use packager::ts::sdt::Sdt;
use packager::ts::section::Section;
use packager::ts::tdt::{Tdt, Tot};
use packager::ts::{PACKET_LEN, Pid, RawPacket};

use super::answer::{Programme, continuity_errors, ours, pmt_pids, sections};
use super::readers;

const CAPTURES: [&str; 6] = ["025", "026", "049", "064", "072", "108"];

/// The capture; `None`, said aloud, where the captures are not.
fn capture(number: &str) -> Option<Vec<RawPacket>> {
    let folder = std::env::var_os("HEADEND_STREAMS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/streams"),
        PathBuf::from,
    );
    let file = folder.join(format!("capture-{number}.ts"));
    match std::fs::read(&file) {
        Ok(bytes) => Some(bytes.as_chunks::<PACKET_LEN>().0.to_vec()),
        Err(error) => {
            eprintln!("no {}: {error}", file.display());
            None
        }
    }
}

fn captures() -> impl Iterator<Item = (&'static str, Vec<RawPacket>)> {
    CAPTURES
        .into_iter()
        .filter_map(|number| Some((number, capture(number)?)))
}

#[test]
fn programmes_of_captures_are_read_as_by_dvb_si() {
    for (number, packets) in captures() {
        let own = ours(&packets);
        // It is a part of one PID.
        assert_eq!(own.is_empty(), number == "049");
        assert_eq!(own, readers::dvb_si(&packets), "{number}");
    }
}

#[test]
fn programmes_of_captures_are_read_as_by_mpeg2ts_reader() {
    for (number, packets) in captures() {
        assert_eq!(
            ours(&packets),
            readers::mpeg2ts_reader(&packets),
            "{number}"
        );
    }
}

#[test]
fn programmes_of_captures_are_read_as_by_mpeg2ts_where_it_reads_them() {
    let mut read = 0;
    let mut any = false;
    for (number, packets) in captures() {
        any = true;
        let own = ours(&packets);
        for (program, answer) in readers::mpeg2ts(&packets) {
            assert_eq!(
                own.get(&program),
                Some(&answer),
                "{number}, programme {program}"
            );
            read += 1;
        }
    }
    assert!(!any || read >= 5, "mpeg2ts read {read} programmes");
}

#[test]
fn sections_of_captures_are_those_that_dvb_si_finds() {
    for (number, packets) in captures() {
        let mut pids: BTreeSet<Pid> = pmt_pids(&packets).into_iter().map(|(_, pid)| pid).collect();
        pids.extend([Pid::PAT, Pid::CAT, Pid::NIT, Pid::SDT, Pid::EIT, Pid::TDT]);
        let theirs = readers::dvb_si_sections(&packets);
        for pid in pids {
            let theirs: BTreeSet<&[u8]> = theirs
                .iter()
                .filter(|e| e.pid().value() == pid.value())
                .map(|e| &e.bytes()[..])
                .collect();
            let own = sections(&packets, pid);
            let own: BTreeSet<&[u8]> = own.iter().map(Vec::as_slice).collect();
            assert_eq!(own, theirs, "{number}, PID {pid}");
        }
    }
}

#[test]
fn service_information_of_captures_is_read_as_by_dvb_si() {
    let mut tables = BTreeSet::new();
    let mut any = false;
    for (number, packets) in captures() {
        any = true;
        for event in readers::dvb_si_sections(&packets) {
            let section = Section::new(event.bytes()).expect("a section");
            match event.table_section().expect("a table") {
                AnyTableSection::SdtSection(sdt) => {
                    same_sdt(&Sdt::parse(&section).expect("an SDT"), &sdt);
                }
                AnyTableSection::NitSection(nit) => {
                    same_nit(&Nit::parse(&section).expect("a NIT"), &nit);
                }
                AnyTableSection::EitSection(eit) => {
                    same_eit(&Eit::parse(&section).expect("an EIT"), &eit);
                }
                AnyTableSection::TdtSection(tdt) => {
                    let own = Tdt::parse(&section).expect("a TDT").utc;
                    let theirs = tdt.utc_time().map(|t| t.timestamp());
                    assert_eq!(own.map(|w| w.unix_seconds()), theirs);
                }
                AnyTableSection::TotSection(tot) => {
                    let own = Tot::parse(&section).expect("a TOT").utc;
                    let theirs = tot.utc_time().map(|t| t.timestamp());
                    assert_eq!(own.map(|w| w.unix_seconds()), theirs);
                }
                _ => continue,
            }
            tables.insert((number, section.table_id()));
        }
    }
    let of = |id| tables.iter().filter(|(_, t)| *t == id).count();
    eprintln!("compared: {tables:02x?}");
    assert!(!any || (of(0x42) >= 3 && of(0x4e) >= 1), "{tables:02x?}");
}

pub(crate) fn same_sdt(own: &Sdt, theirs: &dvb_si::tables::sdt::SdtSection<'_>) {
    assert_eq!(own.transport_stream_id, theirs.transport_stream_id);
    assert_eq!(own.original_network_id, theirs.original_network_id);
    assert_eq!(own.version, theirs.version_number);
    assert_eq!(own.services.len(), theirs.services.len());
    for (own, theirs) in own.services.iter().zip(&theirs.services) {
        let flags = (own.schedule, own.present_following, own.scrambled);
        let named = theirs.descriptors.iter().flatten().find_map(|d| match d {
            AnyDescriptor::Service(service) => Some(Service {
                service_type: service.service_type.to_u8(),
                provider: service.provider_name.decode().into_owned(),
                name: service.service_name.decode().into_owned(),
            }),
            _ => None,
        });
        assert_eq!(own.id, theirs.service_id);
        assert_eq!(
            flags,
            (
                theirs.eit_schedule_flag,
                theirs.eit_present_following_flag,
                theirs.free_ca_mode
            )
        );
        assert_eq!(format!("{:?}", own.running), running(theirs.running_status));
        assert_eq!(own.descriptors.bytes(), theirs.descriptors.raw());
        assert_eq!(own.service(), named);
    }
}

/// Our name of their value.
fn running(status: dvb_si::tables::RunningStatus) -> String {
    let names = [
        "Undefined",
        "NotRunning",
        "StartsSoon",
        "Pausing",
        "Running",
        "OffAir",
    ];
    let bits = status.to_u8();
    let name = names.get(usize::from(bits)).map(|name| (*name).to_owned());
    name.unwrap_or_else(|| format!("Reserved({bits})"))
}

pub(crate) fn same_nit(own: &Nit, theirs: &dvb_si::tables::nit::NitSection<'_>) {
    assert_eq!(
        (own.network_id, own.version),
        (theirs.network_id, theirs.version_number)
    );
    assert_eq!(own.descriptors.bytes(), theirs.network_descriptors.raw());
    let streams = theirs.transport_streams.iter();
    assert_eq!(own.streams.len(), streams.len());
    for (own, theirs) in own.streams.iter().zip(streams) {
        assert_eq!(own.transport_stream_id, theirs.transport_stream_id);
        assert_eq!(own.original_network_id, theirs.original_network_id);
        assert_eq!(own.descriptors.bytes(), theirs.descriptors.raw());
    }
}

pub(crate) fn same_eit(own: &Eit, theirs: &dvb_si::tables::eit::EitSection<'_>) {
    assert_eq!(
        (own.table_id, own.service_id),
        (theirs.table_id, theirs.service_id)
    );
    assert_eq!(
        (own.version, own.number),
        (theirs.version_number, theirs.section_number)
    );
    assert_eq!(own.last_number, theirs.last_section_number);
    assert_eq!(own.segment_last, theirs.segment_last_section_number);
    assert_eq!(own.last_table_id, theirs.last_table_id);
    assert_eq!(own.transport_stream_id, theirs.transport_stream_id);
    assert_eq!(own.original_network_id, theirs.original_network_id);
    assert_eq!(own.events.len(), theirs.events.len());
    for (own, theirs) in own.events.iter().zip(&theirs.events) {
        assert_eq!(own.id, theirs.event_id);
        let start = own.start.map(|w| w.unix_seconds());
        assert_eq!(start, theirs.start_time_chrono().map(|t| t.timestamp()));
        assert_eq!(Some(own.duration), theirs.duration());
        assert_eq!(own.scrambled, theirs.free_ca_mode);
        assert_eq!(format!("{:?}", own.running), running(theirs.running_status));
        assert_eq!(own.descriptors.bytes(), theirs.descriptors.raw());
        let named = theirs.descriptors.iter().flatten().find_map(|d| match d {
            AnyDescriptor::ShortEvent(event) => Some((
                event.event_name.decode().into_owned(),
                event.text.decode().into_owned(),
            )),
            _ => None,
        });
        // dvb-si makes a blank of a line break.
        let own = own
            .short()
            .map(|s| (s.name.replace('\n', " "), s.text.replace('\n', " ")));
        assert_eq!(own, named);
    }
}

#[test]
fn capture_026_has_the_languages_and_subtitles_that_it_is_known_for() {
    let Some(packets) = capture("026") else {
        return;
    };
    let programmes = ours(&packets);
    let streams: Vec<_> = programmes
        .values()
        .flat_map(|p: &Programme| &p.streams)
        .collect();
    let with = |tag: u8| {
        streams
            .iter()
            .filter(|s| s.descriptors.iter().any(|d| d.0 == tag))
            .count()
    };
    // Three tracks of E-AC-3, two of DVB subtitles.
    assert_eq!((with(0x7a), with(0x59)), (3, 2));
}

#[test]
fn the_scan_of_captures_counts_as_the_plain_path() {
    for (number, packets) in captures() {
        let mut scan = Scan::new();
        assert_eq!(
            scan.push(packets.as_flattened()),
            packets.len() * PACKET_LEN
        );
        let scanned: Vec<_> = scan
            .pids()
            .map(|(pid, s)| (pid.value(), s.continuity_errors()))
            .collect();
        let plain: Vec<_> = continuity_errors(&packets).into_iter().collect();
        assert_eq!(scanned, plain, "{number}");
    }
}

#[test]
fn a_counter_that_stands_still_is_an_error_from_the_third_packet_on() {
    let Some(packets) = capture("049") else {
        return;
    };
    let errors: u32 = continuity_errors(&packets).values().sum();
    assert_eq!((packets.len(), errors), (350, 348));
}
