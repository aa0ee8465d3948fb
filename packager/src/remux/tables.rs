//! The tables of an output, made new.

use crate::shape::TableSet;
use crate::time::Wall;
use crate::ts::descriptor::{Descriptor, Descriptors, LocalTimeOffset, LogicalChannel, Service};
use crate::ts::nit::{Nit, NitStream};
use crate::ts::pat::{Pat, PatProgram};
use crate::ts::pmt::{Kind, Pmt};
use crate::ts::sdt::{Running, Sdt, SdtService};
use crate::ts::section::Packetizer;
use crate::ts::tdt::{Tdt, Tot};
use crate::ts::{Pid, RawPacket};

/// Who provides the service (EN 300 468, 6.2.33).
const PROVIDER: &str = "headend";
/// service_type (EN 300 468, table 89).
const TELEVISION: u8 = 0x01;
const RADIO: u8 = 0x02;
/// private_data_specifier of EACEM.
const EACEM: u32 = 0x0000_0028;
/// The country's time, the same all year (EN 300 468, 6.2.20).
const HERE: LocalTimeOffset = LocalTimeOffset {
    country: *b"VNM",
    region: 0,
    minutes: 7 * 60,
    // No change is known; a moment has to be written: 2037-12-31.
    change: Some(Wall::from_unix_nanos(2_145_830_400_000_000_000)),
    next_minutes: 7 * 60,
};

/// PAT, PMT and NIT of one programme in `version`; `number` is its logical_channel_number.
pub(super) fn make(
    (stream_id, pmt_pid): (u16, Pid),
    pmt: &Pmt,
    number: Option<u16>,
    version: u8,
) -> TableSet {
    let version = version & 0x1f;
    let pat = Pat {
        transport_stream_id: stream_id,
        version,
        network: None,
        programs: vec![PatProgram {
            number: pmt.program,
            pmt: pmt_pid,
        }],
    };
    let own = Pmt {
        version,
        ..pmt.clone()
    };
    TableSet {
        pat: packets(Pid::PAT, &pat.emit()),
        pmt: packets(pmt_pid, &own.emit()),
        nit: packets(
            Pid::NIT,
            &nit(stream_id, listing(pmt, number), version).emit(),
        ),
        pcr_pid: (!pmt.pcr_pid.is_null()).then_some(pmt.pcr_pid),
        ..TableSet::default()
    }
}

/// TDT and TOT of `wall`.
pub(super) fn tdt(wall: Wall) -> Vec<RawPacket> {
    let utc = Some(wall);
    let offset = Descriptor::LocalTimeOffsets(vec![HERE]);
    let tot = Tot {
        utc,
        descriptors: [offset].into_iter().collect(),
    };
    packets(Pid::TDT, &[Tdt { utc }.emit(), tot.emit()].concat())
}

/// The network of this one stream (EN 300 468, 5.2.1: each stream has a NIT).
fn nit(stream_id: u16, descriptors: Descriptors, version: u8) -> Nit {
    Nit {
        actual: true,
        network_id: stream_id,
        version,
        descriptors: [Descriptor::NetworkName(PROVIDER.to_owned())]
            .into_iter()
            .collect(),
        streams: vec![NitStream {
            transport_stream_id: stream_id,
            original_network_id: stream_id,
            descriptors,
        }],
    }
}

/// Under which number a box lists the programme: the descriptor is EACEM's, whose specifier stands
/// before it (EACEM TR-030, 9.2.11; ETSI TS 101 162 for the specifier).
fn listing(pmt: &Pmt, number: Option<u16>) -> Descriptors {
    let Some(number) = number else {
        return Descriptors::default();
    };
    let channel = LogicalChannel {
        service: pmt.program,
        visible: true,
        number,
    };
    let listed = [
        Descriptor::ServiceList(vec![(pmt.program, service_type(pmt))]),
        Descriptor::PrivateDataSpecifier(EACEM),
        Descriptor::LogicalChannels(vec![channel]),
    ];
    listed.into_iter().collect()
}

fn service_type(pmt: &Pmt) -> u8 {
    match pmt.streams.iter().any(|s| s.kind() == Kind::Video) {
        true => TELEVISION,
        false => RADIO,
    }
}

/// The SDT of one programme; `guide`: there is an EIT of it.
pub(super) fn sdt(
    stream_id: u16,
    pmt: &Pmt,
    name: &str,
    (guide, version): (bool, u8),
) -> Vec<RawPacket> {
    let service = Service {
        service_type: service_type(pmt),
        provider: PROVIDER.to_owned(),
        name: name.to_owned(),
    };
    let sdt = Sdt {
        actual: true,
        transport_stream_id: stream_id,
        original_network_id: stream_id,
        version: version & 0x1f,
        services: vec![SdtService {
            id: pmt.program,
            schedule: guide,
            present_following: guide,
            running: Running::Running,
            descriptors: [Descriptor::Service(service)].into_iter().collect(),
            ..SdtService::default()
        }],
    };
    packets(Pid::SDT, &sdt.emit())
}

/// The packets of sections; continuity counters are set when they go out.
pub(super) fn packets(pid: Pid, sections: &[Vec<u8>]) -> Vec<RawPacket> {
    let mut out = Vec::new();
    Packetizer::new(pid).push(sections, |packet| out.push(*packet));
    out
}
