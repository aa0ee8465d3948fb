//! The three readers, each asked for its answer.

use dvb_si::demux::{SectionEvent, SiDemux};
use dvb_si::tables::AnyTableSection;
use mpeg2ts::ts::{ReadTsPacket, TsPacketReader, TsPayload};
use mpeg2ts_reader::demultiplex::{
    Demultiplex, DemuxContext, FilterChangeset, FilterRequest, NullPacketFilter, PatPacketFilter,
    PmtPacketFilter,
};
use mpeg2ts_reader::descriptor::{Descriptor, DescriptorError};
use mpeg2ts_reader::packet_filter_switch;
use packager::ts::{Packet, Pid, RawPacket};

use super::answer::{Loop, Programme, Programmes, Stream};

/// Each section with a good CRC that dvb-si finds in PSI and SI.
pub(crate) fn dvb_si_sections(packets: &[RawPacket]) -> Vec<SectionEvent> {
    let mut demux = SiDemux::builder().emit_repeats(true).build();
    packets
        .iter()
        .flat_map(|p| demux.feed(p).collect::<Vec<_>>())
        .collect()
}

/// By dvb-si.
pub(crate) fn dvb_si(packets: &[RawPacket]) -> Programmes {
    let mut programmes = Programmes::new();
    for event in dvb_si_sections(packets) {
        let Ok(AnyTableSection::PmtSection(pmt)) = event.table_section() else {
            continue;
        };
        let raw = |d: &dvb_si::descriptors::DescriptorLoop<'_>| -> Loop {
            d.raw_tags()
                .map(|(tag, body)| (tag, body.to_vec()))
                .collect()
        };
        let stream = |s: &dvb_si::tables::pmt::PmtStream<'_>| Stream {
            stream_type: s.stream_type.to_u8(),
            pid: s.elementary_pid.value(),
            descriptors: raw(&s.es_info),
        };
        let programme = Programme {
            pmt_pid: event.pid().value(),
            pcr_pid: pmt.pcr_pid.value(),
            descriptors: raw(&pmt.program_info),
            streams: pmt.streams.iter().map(stream).collect(),
        };
        programmes.insert(pmt.program_number, programme);
    }
    programmes
}

/// By mpeg2ts, which reads one section from one packet and stops at what it does not know: each
/// PMT packet comes to a reader of its own, behind the first PAT.
pub(crate) fn mpeg2ts(packets: &[RawPacket]) -> Programmes {
    let on = |pid| packets.iter().filter(move |p| Packet::new(p).pid() == pid);
    let mut programmes = Programmes::new();
    let Some(pat) = on(Pid::PAT).next() else {
        return programmes;
    };
    for (_, pid) in super::answer::pmt_pids(packets) {
        for packet in on(pid) {
            let bytes = [*pat, *packet].concat();
            let mut reader = TsPacketReader::new(bytes.as_slice());
            while let Ok(Some(packet)) = reader.read_ts_packet() {
                if let Some(TsPayload::Pmt(pmt)) = packet.payload {
                    programmes.insert(pmt.program_num, of_mpeg2ts(&pmt, pid));
                }
            }
        }
    }
    programmes
}

fn of_mpeg2ts(pmt: &mpeg2ts::ts::payload::Pmt, pmt_pid: Pid) -> Programme {
    let raw = |all: &[mpeg2ts::ts::Descriptor]| -> Loop {
        all.iter().map(|d| (d.tag, d.data.clone())).collect()
    };
    let stream = |s: &mpeg2ts::ts::EsInfo| Stream {
        stream_type: s.stream_type as u8,
        pid: s.elementary_pid.as_u16(),
        descriptors: raw(&s.descriptors),
    };
    Programme {
        pmt_pid: pmt_pid.value(),
        pcr_pid: pmt.pcr_pid.map_or(0x1fff, |p| p.as_u16()),
        descriptors: raw(&pmt.program_info),
        streams: pmt.es_info.iter().map(stream).collect(),
    }
}

packet_filter_switch! {
    Filter<Context> {
        Pat: PatPacketFilter<Context>,
        Pmt: PmtPacketFilter<Context>,
        Null: NullPacketFilter<Context>,
    }
}

/// Notes each programme of which mpeg2ts-reader tells a stream.
#[derive(Default)]
#[expect(unreachable_pub, reason = "the macro makes a public enum over it")]
pub struct Context {
    changes: FilterChangeset<Filter>,
    numbers: Vec<(u16, u16)>,
    programmes: Programmes,
}

/// A descriptor as it came.
struct Raw(u8, Vec<u8>);

impl<'a> Descriptor<'a> for Raw {
    fn from_bytes(bytes: &'a [u8]) -> Result<Self, DescriptorError> {
        Ok(Self(bytes[0], bytes[2..].to_vec()))
    }
}

impl DemuxContext for Context {
    type F = Filter;

    fn filter_changeset(&mut self) -> &mut FilterChangeset<Filter> {
        &mut self.changes
    }

    fn construct(&mut self, request: FilterRequest<'_, '_>) -> Filter {
        match request {
            FilterRequest::ByPid(mpeg2ts_reader::psi::pat::PAT_PID) => {
                Filter::Pat(PatPacketFilter::default())
            }
            FilterRequest::Pmt {
                pid,
                program_number,
            } => {
                self.numbers.push((pid.into(), program_number));
                Filter::Pmt(PmtPacketFilter::new(pid, program_number))
            }
            FilterRequest::ByStream {
                program_pid, pmt, ..
            } => {
                let pmt_pid = u16::from(program_pid);
                let number = self.numbers.iter().find(|(pid, _)| *pid == pmt_pid);
                let (_, number) = *number.expect("the PAT named the PMT");
                let raw = |d: Result<Raw, DescriptorError>| d.map(|Raw(tag, body)| (tag, body));
                let stream = |s: mpeg2ts_reader::psi::pmt::StreamInfo<'_>| Stream {
                    stream_type: s.stream_type().into(),
                    pid: s.elementary_pid().into(),
                    descriptors: s.descriptors::<Raw>().flat_map(raw).collect(),
                };
                let programme = Programme {
                    pmt_pid,
                    pcr_pid: pmt.pcr_pid().into(),
                    descriptors: pmt.descriptors::<Raw>().flat_map(raw).collect(),
                    streams: pmt.streams().map(stream).collect(),
                };
                self.programmes.insert(number, programme);
                Filter::Null(NullPacketFilter::default())
            }
            _ => Filter::Null(NullPacketFilter::default()),
        }
    }
}

/// By mpeg2ts-reader.
pub(crate) fn mpeg2ts_reader(packets: &[RawPacket]) -> Programmes {
    let mut context = Context::default();
    let mut demultiplex = Demultiplex::new(&mut context);
    demultiplex.push(&mut context, packets.as_flattened());
    context.programmes
}
