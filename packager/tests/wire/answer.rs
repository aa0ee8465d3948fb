//! What a reader says, in a form that readers share.

use std::collections::BTreeMap;

use packager::ts::continuity::Continuity;
use packager::ts::pat::Pat;
use packager::ts::pmt::Pmt;
use packager::ts::section::{Section, SectionAssembler};
use packager::ts::{Packet, Pid, RawPacket};

/// By program_number.
pub(crate) type Programmes = BTreeMap<u16, Programme>;
/// Tags and bodies.
pub(crate) type Loop = Vec<(u8, Vec<u8>)>;

/// What a PAT and a PMT say of one programme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Programme {
    pub(crate) pmt_pid: u16,
    pub(crate) pcr_pid: u16,
    pub(crate) descriptors: Loop,
    pub(crate) streams: Vec<Stream>,
}

/// One elementary stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stream {
    pub(crate) stream_type: u8,
    pub(crate) pid: u16,
    pub(crate) descriptors: Loop,
}

impl Programme {
    /// As a PMT of ours says, found on `pmt_pid`.
    pub(crate) fn of(pmt: &Pmt, pmt_pid: Pid) -> Self {
        let raw = |d: &packager::ts::descriptor::Descriptors| {
            d.raw().map(|(tag, body)| (tag, body.to_vec())).collect()
        };
        let stream = |s: &packager::ts::pmt::Stream| Stream {
            stream_type: s.stream_type.0,
            pid: s.pid.value(),
            descriptors: raw(&s.descriptors),
        };
        Self {
            pmt_pid: pmt_pid.value(),
            pcr_pid: pmt.pcr_pid.value(),
            descriptors: raw(&pmt.descriptors),
            streams: pmt.streams.iter().map(stream).collect(),
        }
    }
}

/// Every section on `pid`, in order, with a good CRC.
pub(crate) fn sections(packets: &[RawPacket], pid: Pid) -> Vec<Vec<u8>> {
    let mut assembler = SectionAssembler::new();
    let mut all = Vec::new();
    for packet in packets.iter().map(Packet::new).filter(|p| p.pid() == pid) {
        assembler.push(packet, |section| {
            all.extend(section.ok().map(|s| s.bytes().to_vec()));
        });
    }
    all
}

/// The PMT PIDs of every PAT.
pub(crate) fn pmt_pids(packets: &[RawPacket]) -> Vec<(u16, Pid)> {
    let mut all = Vec::new();
    for bytes in sections(packets, Pid::PAT) {
        let section = Section::new(&bytes).expect("it was assembled");
        let pat = Pat::parse(&section).expect("a PAT");
        all.extend(pat.programs.iter().map(|p| (p.number, p.pmt)));
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// Our own answer: the last PMT of each programme.
pub(crate) fn ours(packets: &[RawPacket]) -> Programmes {
    let mut programmes = Programmes::new();
    for (number, pid) in pmt_pids(packets) {
        for bytes in sections(packets, pid) {
            let section = Section::new(&bytes).expect("it was assembled");
            if let Ok(pmt) = Pmt::parse(&section)
                && pmt.program == number
                && section.current()
            {
                programmes.insert(number, Programme::of(&pmt, pid));
            }
        }
    }
    programmes
}

/// Continuity errors of each PID.
pub(crate) fn continuity_errors(packets: &[RawPacket]) -> BTreeMap<u16, u32> {
    let mut counters: BTreeMap<u16, (Continuity, u32)> = BTreeMap::new();
    for packet in packets.iter().map(Packet::new) {
        let (continuity, errors) = counters.entry(packet.pid().value()).or_default();
        *errors += u32::from(continuity.judge(packet).is_error());
    }
    counters
        .into_iter()
        .map(|(pid, (_, errors))| (pid, errors))
        .collect()
}
