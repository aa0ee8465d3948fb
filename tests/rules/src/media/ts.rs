//! Transport stream segments (3.1.1; ISO/IEC 13818-1, 2.4.3 and 2.4.4).

use std::collections::BTreeMap;

use super::video::{self, Nal};
use super::{Before, Contents, Digest, Form, Track, apart};
use crate::ledger::Sink;

const PACKET: usize = 188;
/// Of a picture's first bytes, where its first slice begins.
const LOOKED: usize = 4096;
/// PIDs in a segment of one programme; what has more is no programme.
const PIDS: usize = 256;

/// One packet.
struct Packet<'a> {
    pid: u16,
    start: bool,
    scrambled: bool,
    counter: u8,
    /// discontinuity_indicator.
    marked: bool,
    payload: Option<&'a [u8]>,
}

#[derive(Default)]
struct Stream {
    codec: &'static str,
    /// Seconds.
    times: Option<(f64, f64)>,
    step: Option<f64>,
    begin: Vec<u8>,
    pictures: u64,
}

#[derive(Default)]
struct Reader {
    programmes: Vec<(u16, u16)>,
    has_pmt: bool,
    sections: BTreeMap<u16, Vec<u8>>,
    counters: BTreeMap<u16, (u8, u8)>,
    streams: BTreeMap<u16, Stream>,
}

/// Reads a segment; what EXT-X-MAP names may have its tables.
pub(crate) fn read(bytes: &[u8], before: Before<'_>, sink: &mut Sink<'_>) -> Contents {
    let map = before.init.map(|(_, bytes)| bytes);
    let mut reader = Reader::default();
    for packet in map.unwrap_or_default().chunks(PACKET).filter_map(packet) {
        reader.tables(&packet);
    }
    let aligned = bytes.len().is_multiple_of(PACKET)
        && bytes.chunks(PACKET).all(|p| p.first() == Some(&0x47));
    sink.must(21, aligned, 0, || {
        format!("{} bytes are no whole packets", bytes.len())
    });
    let mut digest = before.digest;
    let mut first = Vec::new();
    for packet in bytes.chunks(PACKET).filter_map(packet) {
        if first.len() < 2 {
            first.push(packet.pid);
        }
        reader.count(&packet, sink);
        reader.tables(&packet);
        if let Some(payload) = packet
            .payload
            .filter(|_| reader.streams.contains_key(&packet.pid))
        {
            digest.push(payload);
            reader.unit(&packet, payload);
        }
    }
    if before.whole {
        let count = reader.programmes.len();
        sink.must(21, count == 1 && reader.has_pmt, 0, || {
            format!("{count} programmes, PMT: {}", reader.has_pmt)
        });
        let tables = reader.programmes.first().map_or(0, |(_, pid)| *pid);
        let tidy = first == [0, tables] || map.is_some();
        sink.should(21, tidy, 0, || {
            format!("first PIDs {first:?}, not PAT and PMT")
        });
    }
    reader.contents(digest)
}

fn packet(bytes: &[u8]) -> Option<Packet<'_>> {
    let [0x47, high, low, flags, rest @ ..] = bytes else {
        return None;
    };
    let (mut marked, mut payload) = (false, rest);
    if flags & 0x20 != 0 {
        let length = usize::from(*rest.first()?);
        marked = length > 0 && rest.get(1)? & 0x80 != 0;
        payload = rest.get(length + 1..)?;
    }
    Some(Packet {
        pid: u16::from(high & 0x1f) << 8 | u16::from(*low),
        start: high & 0x40 != 0,
        scrambled: flags & 0xc0 != 0,
        counter: flags & 0x0f,
        marked,
        payload: Some(payload).filter(|_| flags & 0x10 != 0),
    })
}

impl Reader {
    /// R20 within the segment.
    fn count(&mut self, packet: &Packet<'_>, sink: &mut Sink<'_>) {
        if packet.pid == 0x1fff || packet.payload.is_none() || self.counters.len() > PIDS {
            return;
        }
        let Some((_, last)) = self.counters.get_mut(&packet.pid) else {
            self.counters
                .insert(packet.pid, (packet.counter, packet.counter));
            return;
        };
        // A packet may be sent twice (2.4.3.3).
        let runs_on =
            packet.counter == (*last + 1) % 16 || packet.counter == *last || packet.marked;
        sink.must(20, runs_on, 0, || {
            format!(
                "PID {}: continuity counter {last} to {}",
                packet.pid, packet.counter
            )
        });
        *last = packet.counter;
    }

    fn tables(&mut self, packet: &Packet<'_>) {
        let is_pmt = self.programmes.iter().any(|(_, pid)| *pid == packet.pid);
        let Some(payload) = packet.payload.filter(|_| packet.pid == 0 || is_pmt) else {
            return;
        };
        let section = self.sections.entry(packet.pid).or_default();
        if packet.start {
            let skip = payload
                .first()
                .map_or(0, |pointer| usize::from(*pointer) + 1);
            section.clear();
            section.extend(payload.get(skip..).unwrap_or_default());
        } else {
            section.extend(payload);
        }
        let length = match section.as_slice() {
            [_, high, low, ..] => (usize::from(high & 0x0f) << 8 | usize::from(*low)) + 3,
            _ => return,
        };
        let Some(whole) = section.get(..length) else {
            return;
        };
        let whole = whole.to_vec();
        section.clear();
        match whole.first() {
            Some(0) if packet.pid == 0 => self.pat(&whole),
            Some(2) => self.pmt(&whole),
            _ => {}
        }
    }

    fn pat(&mut self, section: &[u8]) {
        let end = section.len().saturating_sub(4);
        let programmes = section.get(8..end).unwrap_or_default().chunks_exact(4);
        self.programmes = programmes
            .filter_map(|p| match p {
                [a, b, c, d] => Some((
                    u16::from_be_bytes([*a, *b]),
                    u16::from_be_bytes([c & 0x1f, *d]),
                )),
                _ => None,
            })
            .filter(|(number, _)| *number != 0)
            .collect();
    }

    fn pmt(&mut self, section: &[u8]) {
        self.has_pmt = true;
        let end = section.len().saturating_sub(4);
        let length = |at: usize| match section.get(at..at + 2) {
            Some([high, low]) => usize::from(high & 0x0f) << 8 | usize::from(*low),
            _ => 0,
        };
        let mut at = 12 + length(10);
        while at + 5 <= end && self.streams.len() < PIDS {
            let Some([kind, high, low, ..]) = section.get(at..) else {
                break;
            };
            let pid = u16::from_be_bytes([high & 0x1f, *low]);
            self.streams.entry(pid).or_default().codec = codec(*kind);
            at += 5 + length(at + 3);
        }
    }

    fn unit(&mut self, packet: &Packet<'_>, payload: &[u8]) {
        let Some(stream) = self.streams.get_mut(&packet.pid) else {
            return;
        };
        if packet.scrambled {
            return;
        }
        if packet.start
            && let Some((time, body)) = pes(payload)
        {
            stream.pictures += 1;
            stream.times = match stream.times {
                None => Some((time, time)),
                Some((begin, last)) => {
                    let step = apart(Form::Ts, time, last);
                    stream.step = Some(stream.step.map_or(step, |s| s.max(step)));
                    Some((begin, time))
                }
            };
            if stream.pictures == 1 {
                stream.begin.extend(body);
            }
        } else if !packet.start && stream.pictures == 1 && stream.begin.len() < LOOKED {
            stream.begin.extend(payload);
        }
    }

    fn contents(self, digest: Digest) -> Contents {
        let track = |(pid, stream): (u16, Stream)| {
            let (begin, end) = stream.times?;
            Some(Track {
                id: u32::from(pid),
                codec: stream.codec.to_owned(),
                begin,
                end,
                step: stream.step,
                independent: Nal::of(stream.codec)
                    .and_then(|nal| video::annex_b(nal, &stream.begin)),
            })
        };
        let counters = self.counters.into_iter();
        Contents {
            form: Form::Ts,
            tracks: self.streams.into_iter().filter_map(track).collect(),
            counters: counters
                .map(|(pid, (first, last))| (pid, first, last))
                .collect(),
            digest,
        }
    }
}

/// stream_type in the words of sample entries.
const fn codec(kind: u8) -> &'static str {
    match kind {
        0x01 | 0x02 => "mp2v",
        0x03 | 0x04 | 0x0f | 0x11 => "mp4a",
        0x1b => "avc1",
        0x24 => "hvc1",
        0x81 => "ac-3",
        0x87 => "ec-3",
        _ => "data",
    }
}

/// DTS, or PTS where there is no other, in seconds; and what stands behind the header.
fn pes(payload: &[u8]) -> Option<(f64, &[u8])> {
    let [0, 0, 1, _, _, _, _, flags, length, rest @ ..] = payload else {
        return None;
    };
    let stamp = match flags >> 6 {
        2 => rest.first_chunk::<5>()?,
        3 => rest.get(5..)?.first_chunk::<5>()?,
        _ => return None,
    };
    let [a, b, c, d, e] = stamp.map(u64::from);
    let ticks = (a >> 1 & 7) << 30 | b << 22 | (c >> 1) << 15 | d << 7 | e >> 1;
    Some((ticks as f64 / 90_000.0, rest.get(usize::from(*length)..)?))
}
