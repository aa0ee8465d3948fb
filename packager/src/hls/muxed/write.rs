//! One segment written: tables, clock, pictures and sound, in the order in which they arrive.

use std::collections::VecDeque;

use bytes::Bytes;

use super::pace::Pace;
use super::samples::{Sample, Writer, samples};
use super::{AHEAD, Piece};
use crate::hls::codec::{Kind, Shape};
use crate::ts::clock::Ticks;
use crate::ts::descriptor::{AudioLanguage, Descriptor, Descriptors, Language};
use crate::ts::packet::{mark_discontinuity, pcr_packet};
use crate::ts::pat::{Pat, PatProgram};
use crate::ts::pes::{Packetizer, PesHeader, StreamId, packets_for};
use crate::ts::pmt::{Pmt, Stream, StreamType};
use crate::ts::{PACKET_LEN, Packet, Pcr, Pid, Pts, RawPacket, section};

const PMT_PID: Pid = Pid::from_bits(0x1000);
/// Of the first piece, which has the clock; the others follow.
const CLOCK_PID: Pid = Pid::from_bits(0x100);
const PROGRAM: u16 = 1;
/// Each PID has a multiple of so many packets, after which its continuity counter is where it was.
const ROUND: usize = 16;
/// The tables come a multiple of [`ROUND`] times, and at least so often (TR 101 290, 1.3 and 1.5:
/// 500 ms).
const TABLES_STEP: Ticks = Ticks::from_millis(400);
/// The clock comes at least so often (TR 101 290, 2.3, in the words that old probes know).
pub(super) const CLOCK_STEP: Ticks = Ticks::from_millis(40);
/// Sound does not arrive earlier before its time while there are pictures to send, or it would fill
/// its buffer.
const SOUND_AHEAD: Ticks = Ticks::from_millis(120);
/// Frames of sound in one PES packet: more would come too early for the buffer of a decoder.
const FRAMES: usize = 2;
/// A piece that is so much shorter than its segment has stopped.
const STOPPED: Ticks = Ticks::from_millis(200);
/// Bytes of a PES header with a PTS, and with a DTS beside it.
const HEADER_LEN: (usize, usize) = (14, 19);

/// One PES packet on its way.
struct Pes {
    /// Index of its piece.
    piece: usize,
    /// When it is decoded.
    decode: Ticks,
    is_sound: bool,
    random_access: bool,
    packets: usize,
    bytes: Vec<u8>,
}

fn pids() -> impl Iterator<Item = Pid> {
    (CLOCK_PID.value()..).map(Pid::from_bits)
}

/// Writes the segment that `pieces` are, from `begin` on for so long.
pub(super) fn write(pieces: &[Piece], begin: Ticks, length: Ticks) -> Bytes {
    let mut units: Vec<_> = (0..)
        .zip(pieces)
        .flat_map(|(index, piece)| units(index, piece))
        .collect();
    units.sort_by_key(|pes| pes.decode);
    for index in 0..pieces.len() {
        fill_round(&mut units, index);
    }
    let due = |pes: &Pes| (pes.decode - begin - CLOCK_STEP, pes.packets);
    let pace = Pace::new(units.iter().map(due), length);
    let (pictures, sounds): (Vec<_>, Vec<_>) = units.into_iter().partition(|pes| !pes.is_sound);
    let mut output = Output::new(pieces, (begin, length), pace, sounds.into());
    let mut packetizer = Packetizer::new(CLOCK_PID);
    for pes in &pictures {
        packetizer.push(&pes.bytes, pes.random_access, pes.packets, |packet| {
            output.sound(pes.decode);
            output.put(packet);
        });
    }
    output.rest();
    output.bytes.into()
}

/// The PES packets of one piece.
fn units(index: usize, piece: &Piece) -> Vec<Pes> {
    let Some(writer) = Writer::new(&piece.format) else {
        return Vec::new();
    };
    let samples = samples(&piece.segment.body, &piece.format);
    let group = match piece.format.kind() {
        Kind::Video => 1,
        Kind::Audio => FRAMES,
    };
    let units = samples.chunks(group);
    let units = units.filter_map(|group| unit(index, piece.format.kind(), &writer, group));
    units.collect()
}

fn unit(index: usize, kind: Kind, writer: &Writer<'_>, group: &[Sample<'_>]) -> Option<Pes> {
    let first = group.first()?;
    let stamp = |at: Ticks| Pts::from_ticks((at.get() / 300).cast_unsigned());
    let (pts, dts) = (stamp(first.shown), stamp(first.decode));
    let mut data = Vec::new();
    for sample in group {
        writer.write(sample, &mut data);
    }
    let dts = Some(dts).filter(|dts| *dts != pts);
    let len = match dts {
        None => HEADER_LEN.0,
        Some(_) => HEADER_LEN.1,
    };
    let (stream_id, packet_length) = match kind {
        Kind::Video => (StreamId::VIDEO, 0),
        Kind::Audio => (
            StreamId::AUDIO,
            u16::try_from(data.len() + len - 6).unwrap_or(0),
        ),
    };
    let header = PesHeader {
        stream_id,
        packet_length,
        len,
        pts: Some(pts),
        dts,
        scrambled: false,
        aligned: true,
        malformed: false,
    };
    let mut bytes = header.emit();
    bytes.append(&mut data);
    let random_access = kind == Kind::Video && first.sync;
    Some(Pes {
        piece: index,
        decode: first.decode,
        is_sound: kind == Kind::Audio,
        random_access,
        packets: packets_for(bytes.len(), random_access),
        bytes,
    })
}

/// Has the last PES packet of a piece take more packets than it needs, so that all are a multiple of
/// [`ROUND`].
fn fill_round(units: &mut [Pes], piece: usize) {
    let own = units.iter().filter(|pes| pes.piece == piece);
    let packets: usize = own.map(|pes| pes.packets).sum();
    if let Some(last) = units.iter_mut().rfind(|pes| pes.piece == piece) {
        last.packets += packets.next_multiple_of(ROUND) - packets;
    }
}

/// What is written so far, and what of tables and clock is due next.
struct Output {
    bytes: Vec<u8>,
    pace: Pace,
    /// Packets of pictures and sound so far.
    number: usize,
    sounds: VecDeque<Pes>,
    /// Of all pieces.
    packetizers: Vec<Packetizer>,
    /// continuity_counter of the last packet on [`CLOCK_PID`].
    counter: u8,
    tables: [Regular; 2],
    /// PAT and PMT.
    sections: [(section::Packetizer, Vec<Vec<u8>>); 2],
    clock: Regular,
    begin: Ticks,
    length: Ticks,
    /// Whether the clock does not go on from the segment before.
    discontinuity: bool,
}

/// What comes so many times in a segment, at equal distances.
#[derive(Clone, Copy)]
struct Regular {
    length: Ticks,
    times: usize,
    done: usize,
}

impl Regular {
    /// Often enough for `step`, and a multiple of `round`.
    fn new(length: Ticks, step: Ticks, round: usize) -> Self {
        let times = usize::try_from(length.get() / step.get()).unwrap_or(0) + 1;
        Self {
            length,
            times: times.next_multiple_of(round),
            done: 0,
        }
    }

    /// When it is due next.
    fn next(&self) -> Option<Ticks> {
        let part = |count: usize| i128::try_from(count).unwrap_or(0);
        let at = i128::from(self.length.get()) * part(self.done) / part(self.times);
        (self.done < self.times).then(|| Ticks::new(i64::try_from(at).unwrap_or(0)))
    }
}

impl Output {
    fn new(
        pieces: &[Piece],
        (begin, length): (Ticks, Ticks),
        pace: Pace,
        sounds: VecDeque<Pes>,
    ) -> Self {
        let packetizers = pids().zip(pieces).map(|(pid, _)| Packetizer::new(pid));
        let segment = pieces.first().map(|piece| &piece.segment);
        let tables = Regular::new(length, TABLES_STEP, ROUND);
        let clock = Regular::new(length, CLOCK_STEP, 1);
        let others = 2 * tables.times + clock.times;
        // Another programme comes after a discontinuity, and has another version.
        let version = segment.map_or(0, |s| s.discontinuities % 32);
        let version = u8::try_from(version).unwrap_or(0);
        Self {
            bytes: Vec::with_capacity((pace.packets() + others) * PACKET_LEN),
            pace,
            number: 0,
            sounds,
            packetizers: packetizers.collect(),
            counter: 15,
            tables: [tables; 2],
            sections: [
                (section::Packetizer::new(Pid::PAT), pat().emit()),
                (
                    section::Packetizer::new(PMT_PID),
                    pmt(pieces, version).emit(),
                ),
            ],
            clock,
            begin,
            length,
            discontinuity: segment.is_some_and(|s| s.discontinuity),
        }
    }

    /// Writes what of tables and clock is due at `now`; at the same time the tables come first.
    fn until(&mut self, now: Ticks) {
        loop {
            let next = |due: &Regular| due.next().filter(|at| *at <= now);
            let table = self.tables.iter().position(|due| next(due).is_some());
            let table = table.and_then(|index| Some((next(self.tables.get(index)?)?, index)));
            match (table, next(&self.clock)) {
                (Some((at, index)), clock) if clock.is_none_or(|clock| at <= clock) => {
                    self.table(index);
                }
                (_, Some(at)) => self.clock(at),
                (_, None) => return,
            }
        }
    }

    /// Writes the sound that is decoded before `decode` and would not arrive too early.
    fn sound(&mut self, decode: Ticks) {
        let now = self.begin + self.pace.time(self.number);
        let latest = decode.min(now + SOUND_AHEAD);
        while let Some(pes) = self.sounds.pop_front_if(|pes| pes.decode <= latest) {
            self.put_pes(&pes);
        }
    }

    /// Writes what is left.
    fn rest(&mut self) {
        while let Some(pes) = self.sounds.pop_front() {
            self.put_pes(&pes);
        }
        self.until(self.length);
    }

    fn put_pes(&mut self, pes: &Pes) {
        let mut packets = Vec::with_capacity(pes.packets);
        if let Some(packetizer) = self.packetizers.get_mut(pes.piece) {
            packetizer.push(&pes.bytes, false, pes.packets, |packet| {
                packets.push(*packet);
            });
        }
        for packet in &packets {
            self.put(packet);
        }
    }

    fn put(&mut self, packet: &RawPacket) {
        let now = self.pace.time(self.number);
        self.until(now);
        self.number += 1;
        let view = Packet::new(packet);
        if view.pid() == CLOCK_PID {
            self.counter = view.continuity();
        }
        self.bytes.extend_from_slice(packet);
    }

    fn table(&mut self, index: usize) {
        if let (Some(due), Some((packetizer, sections))) =
            (self.tables.get_mut(index), self.sections.get_mut(index))
        {
            due.done += 1;
            packetizer.push(sections, |packet| self.bytes.extend_from_slice(packet));
        }
    }

    fn clock(&mut self, at: Ticks) {
        self.clock.done += 1;
        let pcr = Pcr::from_ticks(0).offset(self.begin + at);
        let mut packet = pcr_packet(CLOCK_PID, self.counter, pcr);
        if std::mem::take(&mut self.discontinuity) {
            mark_discontinuity(&mut packet);
        }
        self.bytes.extend_from_slice(&packet);
    }
}

fn pat() -> Pat {
    Pat {
        transport_stream_id: 1,
        programs: vec![PatProgram {
            number: PROGRAM,
            pmt: PMT_PID,
        }],
        ..Pat::default()
    }
}

fn pmt(pieces: &[Piece], version: u8) -> Pmt {
    let stream = |(pid, piece): (Pid, &Piece)| {
        let writer = Writer::new(&piece.format);
        let language = piece.language.as_deref().and_then(language);
        let is_sound = matches!(piece.format.shape, Shape::Sound { .. });
        Stream {
            stream_type: writer.map_or(StreamType::PRIVATE_PES, |writer| writer.stream_type()),
            pid,
            descriptors: language.filter(|_| is_sound).into_iter().collect(),
        }
    };
    Pmt {
        program: PROGRAM,
        version,
        pcr_pid: CLOCK_PID,
        descriptors: Descriptors::default(),
        streams: pids().zip(pieces).map(stream).collect(),
    }
}

fn language(code: &str) -> Option<Descriptor> {
    let letters = code.as_bytes().try_into().ok()?;
    Some(Descriptor::Languages(vec![AudioLanguage {
        language: Language(letters),
        audio_type: 0,
    }]))
}

/// When the first packet of what `piece` holds arrives, and how long all packets take: as long as the
/// samples last, so that the clock goes on to the next segment's first, or where a picture stops in
/// the middle, as long as the segment does.
pub(super) fn span(piece: &Piece) -> Option<(Ticks, Ticks)> {
    let samples = samples(&piece.segment.body, &piece.format);
    let (first, last) = (samples.first()?, samples.last()?);
    let (lasts, segment) = (last.until - first.decode, piece.segment.duration);
    let whole = (lasts - segment).abs() < STOPPED;
    Some((first.decode - AHEAD, if whole { lasts } else { segment }))
}
