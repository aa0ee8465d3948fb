//! The channel's number in our NIT, read by dvb-si.

use dvb_si::descriptors::AnyDescriptor;
use dvb_si::descriptors::registry::DescriptorRegistry;
use dvb_si::tables::AnyTableSection;
use packager::feed::Programme;
use packager::remux::{Remux, Settings};
use packager::ts::Pid;
use packager::ts::descriptor::Descriptors;
use packager::ts::pmt::{Pmt, Stream, StreamType};

use super::readers;

/// What dvb-si finds in the NIT of a channel with this number: program_number, visible,
/// logical_channel_number.
fn found(number: Option<u16>, kind: u8) -> Vec<(u16, bool, u16)> {
    let mut remux = Remux::new(Settings {
        service_name: "Họp Chính phủ".to_owned(),
        number,
        first_version: 3,
    });
    let pid = Pid::from_bits(0x100);
    let stream = Stream {
        stream_type: StreamType(kind),
        pid,
        descriptors: Descriptors::default(),
    };
    let programme = Programme {
        stream_id: 5,
        pmt_pid: Pid::from_bits(0x1000),
        pmt: Pmt {
            program: 41,
            version: 0,
            pcr_pid: pid,
            descriptors: Descriptors::default(),
            streams: vec![stream],
        },
    };
    remux.follow(&programme, false);
    // It takes the tag for EACEM's only behind EACEM's specifier.
    let mut registry = DescriptorRegistry::new();
    registry.with_logical_channel_for_pds(0x28);
    let (mut entries, mut services, mut tables) = (Vec::new(), Vec::new(), 0);
    for event in readers::dvb_si_sections(&remux.tables().nit) {
        let Ok(AnyTableSection::NitSection(nit)) = event.table_section() else {
            continue;
        };
        tables += 1;
        for descriptor in nit
            .transport_streams
            .iter()
            .flat_map(|s| s.descriptors.iter_with(&registry))
        {
            match descriptor.expect("a descriptor") {
                AnyDescriptor::LogicalChannel(channels) => entries.extend(
                    (channels.entries.iter())
                        .map(|e| (e.service_id, e.visible_service, e.logical_channel_number)),
                ),
                AnyDescriptor::PrivateDataSpecifier(_) => {}
                AnyDescriptor::ServiceList(list) => {
                    services.extend(list.entries.iter().map(|e| e.service_type.to_u8()));
                }
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(tables, 1);
    let listed = [if kind == 0x1b { 1 } else { 2 }];
    assert_eq!(services, listed[..usize::from(number.is_some())]);
    entries
}

#[test]
fn the_number_of_a_channel_is_in_its_nit() {
    assert_eq!(found(Some(7), 0x1b), [(41, true, 7)]);
    assert_eq!(found(Some(999), 0x0f), [(41, true, 999)]);
    assert_eq!(found(None, 0x1b), []);
}
