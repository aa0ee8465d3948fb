//! The transport stream for readers that come at any time: its bytes in pieces, and where a reader
//! may begin.
//!
//! In: the packets of the programme, tables included. Out: [`Piece`]s. A piece that begins with a
//! random access point of the picture is an entry, and comes with the tables a decoder has to have
//! read before it. It knows no reader and no clock.

use bytes::{Bytes, BytesMut};

use crate::ts::pat::Pat;
use crate::ts::pmt::{Kind, Pmt};
use crate::ts::section::{Section, SectionAssembler};
use crate::ts::{Packet, Pid, RawPacket};

/// A table is kept up to so many packets: a section has 1,024 bytes at most (ISO/IEC 13818-1,
/// 2.4.4), a PAT of many sections is cut.
const TABLE_PACKETS: usize = 8;

/// Bytes of the stream, whole packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// In the order of the stream.
    pub bytes: Bytes,
    /// Where a reader may begin with this piece: the packets of PAT and PMT to put before it. Their
    /// continuity counters join those of the stream.
    pub entry: Option<Bytes>,
}

/// The packets of the last table of a PID.
#[derive(Debug, Default)]
struct Table {
    assembler: SectionAssembler,
    packets: Vec<RawPacket>,
}

impl Table {
    fn push(&mut self, bytes: &RawPacket, read: impl FnMut(&Section<'_>)) {
        let packet = Packet::new(bytes);
        if packet.unit_start() {
            self.packets.clear();
        }
        if self.packets.len() < TABLE_PACKETS {
            self.packets.push(*bytes);
        }
        let mut read = read;
        self.assembler.push(packet, |section| {
            if let Ok(section) = section {
                read(&section);
            }
        });
    }
}

/// Makes pieces of packets.
#[derive(Debug, Default)]
pub struct Join {
    pat: Table,
    pmt_pid: Option<Pid>,
    pmt: Table,
    video: Option<Pid>,
    filling: BytesMut,
    entry: Option<Bytes>,
}

impl Join {
    /// Takes a packet; gives the piece that ends before it, where it is an entry.
    pub fn push(&mut self, bytes: &RawPacket) -> Option<Piece> {
        let packet = Packet::new(bytes);
        let pid = packet.pid();
        if pid == Pid::PAT {
            let pmt_pid = &mut self.pmt_pid;
            self.pat.push(bytes, |section| {
                if let Ok(pat) = Pat::parse(section) {
                    *pmt_pid = pat.programs.first().map(|program| program.pmt);
                }
            });
        } else if Some(pid) == self.pmt_pid {
            let video = &mut self.video;
            self.pmt.push(bytes, |section| {
                if let Ok(pmt) = Pmt::parse(section) {
                    let mut streams = pmt.streams.iter();
                    *video = streams.find(|s| s.kind() == Kind::Video).map(|s| s.pid);
                }
            });
        }
        let begins = packet.unit_start() && packet.random_access() && Some(pid) == self.video;
        let before = if begins { self.take() } else { None };
        if begins {
            let tables = self.pat.packets.iter().chain(&self.pmt.packets);
            self.entry = Some(tables.flatten().copied().collect());
        }
        self.filling.extend_from_slice(bytes);
        before
    }

    /// What has come since the last piece.
    pub fn take(&mut self) -> Option<Piece> {
        let bytes = self.filling.split().freeze();
        let entry = self.entry.take();
        (!bytes.is_empty()).then_some(Piece { bytes, entry })
    }
}
