//! A transport stream with subtitles of teletext put in. The tests of the page share it.

use packager::ts::clock::Ticks;
use packager::ts::descriptor::{Descriptor, Language, TeletextPage};
use packager::ts::pes::{PesHeader, StreamId};
use packager::ts::pmt::{Pmt, Stream, StreamType};
use packager::ts::section::SectionAssembler;
use packager::ts::{Packet, Pid, Pts, RawPacket, pes, section};

const TEXT_PID: Pid = Pid::from_bits(0x120);
const VIDEO_PID: u16 = 0x100;
const PMT_PID: u16 = 0x1000;

/// Hamming 8/4 of EN 300 706, table 1, as it is printed there: the byte for 0 to 15.
const HAMMING: [u8; 16] = [
    0x15, 0x02, 0x49, 0x5e, 0x64, 0x73, 0x38, 0x2f, 0xd0, 0xc7, 0x8c, 0x9b, 0xa1, 0xb6, 0xfd, 0xea,
];

fn line(row: u8, data: [u8; 40]) -> Vec<u8> {
    // Magazine 8 is 0.
    let address = [(row << 3) & 0x0f, row >> 1].map(|n| HAMMING[usize::from(n)]);
    let line = address.into_iter().chain(data).map(u8::reverse_bits);
    [0x03, 44, 0xe7, 0xe4].into_iter().chain(line).collect()
}

fn header(number: u8) -> Vec<u8> {
    let mut data = [0x20; 40];
    let nibbles = [number & 15, number >> 4, 0, 8, 0, 8, 0, 0];
    for (byte, nibble) in data.iter_mut().zip(nibbles) {
        *byte = HAMMING[nibble as usize];
    }
    line(0, data)
}

/// A PES packet with page 888, which shows `text`, of 184 bytes (EN 300 472, 4.2).
fn page(text: &str, pts: Pts) -> Vec<u8> {
    let mut row = [0x20; 40];
    let boxed = format!("\x0b\x0b{text}\x0a\x0a");
    for (to, byte) in row.iter_mut().skip(2).zip(boxed.bytes()) {
        *to = byte
            | if byte.count_ones().is_multiple_of(2) {
                0x80
            } else {
                0
            };
    }
    let header_of = PesHeader {
        stream_id: StreamId::PRIVATE_1,
        packet_length: 178,
        len: 45,
        pts: Some(pts),
        dts: None,
        scrambled: false,
        aligned: true,
        malformed: false,
    };
    let units = match text {
        "" => [header(0x88), vec![0xff; 46], header(0xff)],
        _ => [header(0x88), line(20, row), header(0xff)],
    };
    let mut units = units;
    if text.is_empty() {
        units[1][1] = 44;
    }
    [header_of.emit(), vec![0x10], units.concat()].concat()
}

fn with_teletext(pmt: &Pmt) -> Pmt {
    let page = TeletextPage {
        language: Language(*b"vie"),
        kind: 2,
        magazine: 0,
        page: 0x88,
    };
    let mut pmt = pmt.clone();
    pmt.streams.push(Stream {
        stream_type: StreamType::PRIVATE_PES,
        pid: TEXT_PID,
        descriptors: [Descriptor::Teletext(vec![page])].into_iter().collect(),
    });
    pmt
}

/// The PTS of a picture that begins in `packet`.
fn picture(packet: &RawPacket) -> Option<Pts> {
    let view = Packet::new(packet);
    let starts = view.unit_start() && view.pid().value() == VIDEO_PID;
    let header = PesHeader::parse(view.payload()).ok();
    header.filter(|_| starts)?.pts
}

pub(super) fn begin(packets: &[RawPacket]) -> Pts {
    packets.iter().find_map(picture).expect("a picture")
}

/// `input` with `captions`: from, to (milliseconds after the first picture) and text.
pub(super) fn subtitled(input: &[RawPacket], captions: &[(i64, i64, &str)]) -> Vec<RawPacket> {
    let mut events: Vec<(i64, &str)> = Vec::new();
    for (from, to, text) in captions {
        events.extend([(*from, *text), (*to, "")]);
    }
    let mut events = events.into_iter().peekable();
    let (mut assembler, mut out) = (SectionAssembler::new(), Vec::new());
    let mut tables = section::Packetizer::new(Pid::from_bits(PMT_PID));
    let mut texts = pes::Packetizer::new(TEXT_PID);
    let zero = begin(input);
    for packet in input {
        let view = Packet::new(packet);
        if view.pid().value() == PMT_PID {
            let mut found = None;
            assembler.push(view, |section| found = Pmt::parse(&section.unwrap()).ok());
            if let Some(pmt) = found {
                tables.push(with_teletext(&pmt).emit(), |packet| out.push(*packet));
            }
            continue;
        }
        if let Some(pts) = picture(packet) {
            let now = pts.since(zero);
            while let Some((at, text)) = events.next_if(|(at, _)| Ticks::from_millis(*at) <= now) {
                let pes = page(text, zero.offset(Ticks::from_millis(at)));
                texts.push(&pes, false, 1, |packet| out.push(*packet));
            }
        }
        out.push(*packet);
    }
    out
}
