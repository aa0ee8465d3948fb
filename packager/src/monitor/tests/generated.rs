//! A clean stream of one programme at a constant rate, for tests to spoil.

use std::time::Duration;

use crate::time::{Mono, Wall};
use crate::ts::clock::{Pcr, Pts, Ticks};
use crate::ts::descriptor::{Descriptor, Descriptors, Service};
use crate::ts::nit::Nit;
use crate::ts::packet::{NULL_PACKET, pcr_bytes};
use crate::ts::pat::{Pat, PatProgram};
use crate::ts::pes::{PesHeader, StreamId};
use crate::ts::pmt::{Pmt, Stream, StreamType};
use crate::ts::sdt::{Sdt, SdtService};
use crate::ts::section::Packetizer;
use crate::ts::tdt::Tdt;
use crate::ts::{PACKET_LEN, Pid, RawPacket};

pub(super) const PMT: Pid = Pid::from_bits(0x100);
pub(super) const VIDEO: Pid = Pid::from_bits(0x101);
pub(super) const AUDIO: Pid = Pid::from_bits(0x102);
pub(super) const NUMBER: u16 = 7;
/// Packets in the 40 ms of a picture.
pub(super) const PER_PICTURE: u64 = 50;
/// So that they are of a constant rate.
pub(super) const RATE: u64 = PER_PICTURE * PACKET_LEN as u64 * 8 * 25;
/// Ticks of 27 MHz in a packet's time.
pub(super) const PACKET_TICKS: u64 = 27_000_000 / 25 / PER_PICTURE;

/// Changes packet `n`, or drops it by giving `false`.
pub(super) type Mutation<'a> = dyn FnMut(u64, &mut RawPacket) -> bool + 'a;

/// libx264, 1280x720, 29.97 fps, after an access unit delimiter.
pub(super) const SPS: [u8; 42] = [
    0, 0, 0, 1, 9, 0x10, 0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1f, 0xd9, 0x00, 0x50, 0x05, 0xbb, 0x01,
    0x10, 0x00, 0x00, 0x3e, 0x90, 0x00, 0x0e, 0xa6, 0x00, 0xf1, 0x83, 0x24, 0x80, 0, 0, 0, 1, 0x68,
    0xcb, 0x83, 0xcb, 0x20,
];
const ADTS: [u8; 7] = [0xff, 0xf1, 0x50, 0x80, 0x21, 0x3f, 0xfc];

/// Makes the stream.
pub(super) struct Generator {
    pub(super) pat: Pat,
    pub(super) pmt: Pmt,
    /// The first PCR.
    pub(super) start: Pcr,
    counters: [u8; 2],
}

impl Default for Generator {
    fn default() -> Self {
        let stream = |kind, pid| Stream {
            stream_type: kind,
            pid,
            descriptors: Descriptors::default(),
        };
        Self {
            pat: Pat {
                transport_stream_id: 1,
                programs: vec![PatProgram {
                    number: NUMBER,
                    pmt: PMT,
                }],
                ..Pat::default()
            },
            pmt: Pmt {
                program: NUMBER,
                version: 0,
                pcr_pid: VIDEO,
                descriptors: Descriptors::default(),
                streams: vec![
                    stream(StreamType::H264, VIDEO),
                    stream(StreamType::AAC, AUDIO),
                ],
            },
            // So that the clock wraps after a second.
            start: Pcr::from_ticks(crate::ts::clock::PCR_MODULUS - 27_000_000),
            counters: [0; 2],
        }
    }
}

impl Generator {
    /// Gives `seconds` of the stream with the time of each packet.
    pub(super) fn run(
        &mut self,
        seconds: u64,
        mutation: &mut Mutation<'_>,
        sink: &mut impl FnMut(Mono, &RawPacket),
    ) {
        let service = Service {
            service_type: 1,
            provider: "Đài".into(),
            name: "Họp".into(),
        };
        let sdt = Sdt {
            actual: true,
            transport_stream_id: 1,
            original_network_id: 1,
            version: 0,
            services: vec![SdtService {
                id: NUMBER,
                descriptors: [Descriptor::Service(service)].into_iter().collect(),
                ..SdtService::default()
            }],
        };
        let (mut pat, mut pmt) = (Packetizer::new(Pid::PAT), Packetizer::new(PMT));
        let mut si = Packetizer::new(Pid::SDT);
        let nit = Nit {
            actual: true,
            network_id: 1,
            version: 0,
            descriptors: Descriptors::default(),
            streams: Vec::new(),
        };
        let tdt = Tdt {
            utc: Some(Wall::from_unix_nanos(0)),
        };
        let (mut network, mut time) = (Packetizer::new(Pid::NIT), Packetizer::new(Pid::TDT));
        let (pats, pmts, sdts) = (self.pat.emit(), self.pmt.emit(), sdt.emit());
        for n in 0..seconds * 25 * PER_PICTURE {
            let (picture, slot) = (n / PER_PICTURE, n % PER_PICTURE);
            let mut packet = NULL_PACKET;
            let mut take = |p: &RawPacket| packet = *p;
            match slot {
                0 => packet = self.video_start(n),
                1 => pat.push(&pats, &mut take),
                2 => pmt.push(&pmts, &mut take),
                3 => packet = self.audio_start(n),
                4 if picture % 25 == 0 => si.push(&sdts, &mut take),
                4 if picture % 125 == 10 => network.push(nit.emit(), &mut take),
                4 if picture % 250 == 11 => time.push(tdt.emit(), &mut take),
                5..30 => packet = self.payload(0, VIDEO, &[]),
                _ => {}
            }
            if mutation(n, &mut packet) {
                // As the kernel stamps it: after a second of uptime.
                let nanos = 1_000_000_000 + n * PACKET_TICKS * 1000 / 27;
                sink(Mono::from_nanos(nanos), &packet);
            }
        }
    }

    fn pcr(&self, n: u64) -> Pcr {
        self.start.offset(Ticks::new((n * PACKET_TICKS) as i64))
    }

    fn pes(&self, n: u64, stream_id: u8, data: &[u8]) -> Vec<u8> {
        let ahead = Ticks::from_duration(Duration::from_millis(200));
        let base = self.pcr(n).offset(ahead).base();
        let header = PesHeader {
            stream_id: StreamId(stream_id),
            packet_length: 0,
            scrambled: false,
            aligned: true,
            malformed: false,
            pts: Some(Pts::from_ticks(base)),
            dts: None,
            len: 14,
        };
        let mut bytes = header.emit();
        bytes.extend_from_slice(data);
        bytes
    }

    fn video_start(&mut self, n: u64) -> RawPacket {
        let pes = self.pes(n, 0xe0, &SPS);
        let pcr = self.pcr(n);
        let mut packet = self.payload(0, VIDEO, &pes);
        packet[1] |= 0x40;
        packet[3] |= 0x20;
        packet.copy_within(4..PACKET_LEN - 8, 12);
        packet[4..6].copy_from_slice(&[7, 0x10]);
        packet[6..12].copy_from_slice(&pcr_bytes(pcr));
        packet
    }

    fn audio_start(&mut self, n: u64) -> RawPacket {
        let pes = self.pes(n, 0xc0, &ADTS);
        let mut packet = self.payload(1, AUDIO, &pes);
        packet[1] |= 0x40;
        packet
    }

    fn payload(&mut self, counter: usize, pid: Pid, data: &[u8]) -> RawPacket {
        let mut packet = NULL_PACKET;
        packet[1..3].copy_from_slice(&pid.value().to_be_bytes());
        packet[3] = 0x10 | self.counters[counter];
        packet[4..4 + data.len()].copy_from_slice(data);
        self.counters[counter] = (self.counters[counter] + 1) & 0x0f;
        packet
    }
}

/// The PID of a packet.
pub(super) fn pid(packet: &RawPacket) -> Pid {
    crate::ts::Packet::new(packet).pid()
}

/// The picture that packet `n` belongs to.
pub(super) fn picture(n: u64) -> u64 {
    n / PER_PICTURE
}
