//! What a probe found, for people and for programs.

use packager::monitor::{Finding, PidUse, Program, Purpose, State, Stream};
use packager::ts::pmt::Kind;
use serde::Serialize;

use super::super::table::{columns, rate};
use super::super::words::Words;
use super::Measured;
use crate::snapshot::InputState;

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    url: String,
    /// For how long it was looked at; none for a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    pub(super) packets: u64,
    bytes: u64,
    bitrate_bits_per_second: Option<u64>,
    jitter_seconds: Option<f64>,
    state: InputState,
    /// Why there is no picture or no sound.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    transport_stream_id: Option<u16>,
    programs: Vec<ProgramFound>,
    pids: Vec<PidFound>,
    findings: Vec<Found>,
    /// Checks to which this stream allows no honest answer.
    unknown: Vec<&'static str>,
    resync_bytes: u64,
    rtp_lost: u64,
    rtp_reordered: u64,
    rtp_duplicates: u64,
    /// Dropped by this machine: not the sender's fault.
    socket_drops: u64,
}

#[derive(Debug, Serialize)]
struct ProgramFound {
    number: u16,
    name: Option<String>,
    provider: Option<String>,
    pmt_pid: u16,
    pcr_pid: Option<u16>,
    streams: Vec<StreamFound>,
}

#[derive(Debug, Serialize)]
struct StreamFound {
    pid: u16,
    kind: &'static str,
    stream_type: u8,
    codec: String,
    language: Option<String>,
    scrambled: bool,
    packets: u64,
    bitrate_bits_per_second: Option<u64>,
}

#[derive(Debug, Serialize)]
struct PidFound {
    pid: u16,
    purpose: &'static str,
    packets: u64,
    scrambled: bool,
    bitrate_bits_per_second: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Found {
    clause: &'static str,
    name: &'static str,
    priority: u8,
    count: u64,
    first_packet: u64,
    last: String,
}

impl Report {
    pub(super) fn of(url: &str, measured: &Measured) -> Self {
        let monitor = &measured.monitor;
        let inventory = monitor.inventory();
        let presence = monitor.presence();
        let counters = measured.receiver.counters();
        Self {
            url: url.to_owned(),
            seconds: measured.looked.map(|looked| looked.as_secs_f64()),
            packets: counters.packets,
            bytes: counters.bytes,
            bitrate_bits_per_second: inventory.bitrate,
            jitter_seconds: monitor.jitter().map(|jitter| jitter.as_secs_f64()),
            state: match presence.state {
                State::Waiting => InputState::Waiting,
                State::Receiving => InputState::Receiving,
                State::NoPicture => InputState::NoPicture,
                State::NoSound => InputState::NoSound,
                State::Lost => InputState::Lost,
            },
            cause: presence.cause.map(|cause| cause.to_string()),
            transport_stream_id: inventory.transport_stream_id,
            programs: inventory.programs.into_iter().map(program).collect(),
            pids: inventory.pids.iter().map(pid).collect(),
            findings: monitor.findings().map(found).collect(),
            unknown: monitor.unknown().map(|check| check.name()).collect(),
            resync_bytes: counters.resync_bytes,
            rtp_lost: counters.rtp.lost,
            rtp_reordered: counters.rtp.reordered,
            rtp_duplicates: counters.rtp.duplicates,
            socket_drops: measured.socket_drops,
        }
    }

    /// For people.
    pub(super) fn text(&self, words: &Words) -> String {
        let optional = |bits: Option<u64>| bits.map_or_else(|| "–".to_owned(), rate);
        let jitter = self
            .jitter_seconds
            .map(|s| format!("  jitter {:.1} ms", s * 1e3));
        let mut out = format!(
            "{}\n{}{}  {}  {} packets{}\n",
            self.url,
            words.input_state(self.state),
            self.cause
                .as_ref()
                .map(|c| format!(" ({c})"))
                .unwrap_or_default(),
            optional(self.bitrate_bits_per_second),
            self.packets,
            jitter.unwrap_or_default(),
        );
        for program in &self.programs {
            out += &format!("\n{}\n", program.heading(words));
            let rows: Vec<Vec<String>> = program.streams.iter().map(StreamFound::row).collect();
            for line in columns(&[""; 5], &rows).lines().skip(1) {
                out += &format!("  {line}\n");
            }
        }
        let others: Vec<Vec<String>> = self.others().map(PidFound::row).collect();
        if !others.is_empty() {
            out.push('\n');
            out += &columns(&["PID", "", words.rate], &others);
        }
        out + "\n" + &self.faults(words)
    }

    /// PIDs that no programme lists.
    fn others(&self) -> impl Iterator<Item = &PidFound> {
        let listed = |pid: u16| {
            let mut streams = self.programs.iter().flat_map(|program| &program.streams);
            streams.any(|stream| stream.pid == pid)
        };
        self.pids.iter().filter(move |found| !listed(found.pid))
    }

    fn faults(&self, words: &Words) -> String {
        let rows: Vec<Vec<String>> = self
            .findings
            .iter()
            .map(|found| {
                vec![
                    found.clause.to_owned(),
                    found.name.to_owned(),
                    found.count.to_string(),
                    found.last.clone(),
                ]
            })
            .collect();
        let mut out = match rows.is_empty() {
            true => format!("{}\n", words.no_findings),
            false => columns(&["TR 101 290", "", "", ""], &rows),
        };
        let counters = [
            ("resync bytes", self.resync_bytes),
            ("RTP lost", self.rtp_lost),
            ("RTP reordered", self.rtp_reordered),
            ("RTP duplicates", self.rtp_duplicates),
            ("dropped by this machine", self.socket_drops),
        ];
        for (name, count) in counters.iter().filter(|(_, count)| *count > 0) {
            out += &format!("{name}: {count}\n");
        }
        if !self.unknown.is_empty() {
            out += &format!("{}: {}\n", words.unknown, self.unknown.join(", "));
        }
        out
    }
}

fn program(program: Program) -> ProgramFound {
    ProgramFound {
        number: program.number,
        name: program.name,
        provider: program.provider,
        pmt_pid: program.pmt_pid.value(),
        pcr_pid: program.pcr_pid.map(packager::ts::Pid::value),
        streams: program.streams.iter().map(stream).collect(),
    }
}

fn stream(stream: &Stream) -> StreamFound {
    StreamFound {
        pid: stream.pid.value(),
        kind: kind(stream.kind),
        stream_type: stream.stream_type,
        codec: stream.description(),
        language: stream.language.clone(),
        scrambled: stream.scrambled,
        packets: stream.packets,
        bitrate_bits_per_second: stream.bitrate,
    }
}

fn pid(used: &PidUse) -> PidFound {
    PidFound {
        pid: used.pid.value(),
        purpose: match used.purpose {
            Purpose::Tables => "tables",
            Purpose::Pmt => "PMT",
            Purpose::Stream(of) => kind(of),
            Purpose::Pcr => "PCR",
            Purpose::Null => "null",
            Purpose::Unknown => "unknown",
        },
        packets: used.packets,
        scrambled: used.scrambled,
        bitrate_bits_per_second: used.bitrate,
    }
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Video => "video",
        Kind::Audio => "audio",
        Kind::Subtitle => "subtitle",
        Kind::Data => "data",
    }
}

fn found(finding: &Finding) -> Found {
    Found {
        clause: finding.check.clause(),
        name: finding.check.name(),
        priority: finding.check.priority(),
        count: finding.count,
        first_packet: finding.first.packet,
        last: finding.to_string(),
    }
}

impl ProgramFound {
    /// `PROGRAMME 1 Họp Chính phủ (VTV)  PMT 4096  PCR 256`
    fn heading(&self, words: &Words) -> String {
        let name = self.name.as_ref().map(|name| format!(" {name}"));
        let provider = self
            .provider
            .as_ref()
            .map(|provider| format!(" ({provider})"));
        let pcr = self.pcr_pid.map(|pid| format!("  PCR {pid}"));
        format!(
            "{} {}{}{}  PMT {}{}",
            words.programme,
            self.number,
            name.unwrap_or_default(),
            provider.unwrap_or_default(),
            self.pmt_pid,
            pcr.unwrap_or_default()
        )
    }
}

impl StreamFound {
    fn row(&self) -> Vec<String> {
        let scrambled = if self.scrambled { " (scrambled)" } else { "" };
        vec![
            self.pid.to_string(),
            self.kind.to_owned(),
            format!("{}{scrambled}", self.codec),
            self.language.clone().unwrap_or_default(),
            self.bitrate_bits_per_second
                .map_or_else(|| "–".to_owned(), rate),
        ]
    }
}

impl PidFound {
    fn row(&self) -> Vec<String> {
        let scrambled = if self.scrambled { " (scrambled)" } else { "" };
        vec![
            self.pid.to_string(),
            format!("{}{scrambled}", self.purpose),
            self.bitrate_bits_per_second
                .map_or_else(|| "–".to_owned(), rate),
        ]
    }
}
