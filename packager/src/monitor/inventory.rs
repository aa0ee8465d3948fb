//! What is in the stream, made when somebody asks.

use super::Monitor;
use super::codec::{Codec, Detail};
use super::pids::PidWatch;
use super::tables;
use crate::ts::Pid;
use crate::ts::pmt::{self, Kind};

/// What is in the stream now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    /// transport_stream_id, once a PAT was read.
    pub transport_stream_id: Option<u16>,
    /// Packets taken.
    pub packets: u64,
    /// bit/s of the whole stream; `None` where there is no time.
    pub bitrate: Option<u64>,
    /// In the PAT's order.
    pub programs: Vec<Program>,
    /// Every PID that carried a packet, by number.
    pub pids: Vec<PidUse>,
}

/// One programme.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// program_number.
    pub number: u16,
    /// service_name, where an SDT gives one.
    pub name: Option<String>,
    /// service_provider_name, where an SDT gives one.
    pub provider: Option<String>,
    /// program_map_PID.
    pub pmt_pid: Pid,
    /// PCR_PID; `None` before the PMT was read, and for a programme without a clock.
    pub pcr_pid: Option<Pid>,
    /// In the PMT's order; empty before it was read.
    pub streams: Vec<Stream>,
}

/// One elementary stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// elementary_PID.
    pub pid: Pid,
    /// stream_type.
    pub stream_type: u8,
    /// What it is for.
    pub kind: Kind,
    /// Its coding: by its own header once one was read, before by the PMT.
    pub codec: Codec,
    /// What its own headers say, once one was read.
    pub detail: Option<Detail>,
    /// ISO 639-2, when the PMT says.
    pub language: Option<String>,
    /// Whether the last packet was scrambled.
    pub scrambled: bool,
    /// Packets so far.
    pub packets: u64,
    /// bit/s; `None` where there is no time.
    pub bitrate: Option<u64>,
}

impl Stream {
    /// Coding and detail in one line: `H.264 High 4.0 1280x720 25 fps`.
    #[must_use]
    pub fn description(&self) -> String {
        match self.detail {
            Some(detail) => format!("{} {detail}", self.codec),
            None => self.codec.to_string(),
        }
    }
}

/// One PID.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PidUse {
    /// Which.
    pub pid: Pid,
    /// What the tables use it for.
    pub purpose: Purpose,
    /// Packets so far.
    pub packets: u64,
    /// bit/s; `None` where there is no time.
    pub bitrate: Option<u64>,
    /// Whether the last packet was scrambled.
    pub scrambled: bool,
}

/// What a PID is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// PAT, CAT, or SI of EN 300 468.
    Tables,
    /// A PMT.
    Pmt,
    /// An elementary stream.
    Stream(Kind),
    /// PCRs alone.
    Pcr,
    /// Null packets.
    Null,
    /// Named by no table that was read.
    Unknown,
}

impl Monitor {
    /// What is in the stream now. It allocates: ask once a second, not for each packet.
    #[must_use]
    pub fn inventory(&self) -> Inventory {
        let mut pids: Vec<_> = self
            .pids
            .iter()
            .filter(|watch| watch.packets > 0)
            .map(|watch| self.pid_use(watch))
            .collect();
        pids.sort_unstable_by_key(|used| used.pid);
        Inventory {
            transport_stream_id: self.tables.transport_stream_id(),
            packets: self.packets,
            bitrate: self.bitrate(),
            programs: self
                .tables
                .programs()
                .iter()
                .map(|p| self.describe(p))
                .collect(),
            pids,
        }
    }

    fn pid_use(&self, watch: &PidWatch) -> PidUse {
        PidUse {
            pid: watch.pid,
            purpose: purpose(watch),
            packets: watch.packets,
            bitrate: watch.rate_or(self.running()),
            scrambled: watch.scrambled,
        }
    }

    fn describe(&self, program: &tables::Program) -> Program {
        let number = program.entry.number;
        let service = self.tables.service(number);
        let pmt = program.pmt.as_ref();
        let streams = pmt.map_or(&[][..], |pmt| &pmt.streams);
        Program {
            number,
            name: service
                .as_ref()
                .map(|s| s.name.clone())
                .filter(|s| !s.is_empty()),
            provider: service.map(|s| s.provider).filter(|s| !s.is_empty()),
            pmt_pid: program.entry.pmt,
            pcr_pid: pmt.map(|pmt| pmt.pcr_pid).filter(|pid| !pid.is_null()),
            streams: streams.iter().map(|s| self.describe_stream(s)).collect(),
        }
    }

    fn describe_stream(&self, stream: &pmt::Stream) -> Stream {
        let watch = self.pids.find(stream.pid);
        let found = watch.and_then(|w| w.stream.as_ref()?.found);
        Stream {
            pid: stream.pid,
            stream_type: stream.stream_type.0,
            kind: stream.kind(),
            codec: found.map_or_else(|| Codec::of(stream), |(codec, _)| codec),
            detail: found.map(|(_, detail)| detail),
            language: stream.language(),
            scrambled: watch.is_some_and(|w| w.scrambled),
            packets: watch.map_or(0, |w| w.packets),
            bitrate: watch.and_then(|w| w.rate_or(self.running())),
        }
    }
}

fn purpose(watch: &PidWatch) -> Purpose {
    match watch {
        PidWatch {
            sections: Some(sections),
            ..
        } if sections.is_pmt() => Purpose::Pmt,
        PidWatch {
            sections: Some(_), ..
        } => Purpose::Tables,
        PidWatch {
            stream: Some(stream),
            ..
        } => Purpose::Stream(stream.kind),
        PidWatch { pcr: Some(_), .. } => Purpose::Pcr,
        watch if watch.pid.is_null() => Purpose::Null,
        _ => Purpose::Unknown,
    }
}
