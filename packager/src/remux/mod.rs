//! The programme that goes out: its tables, its PIDs, its continuity counters.
//!
//! In: packets of the input on air, on the outputs' line. Out: the same under the PIDs of the
//! output, whose identity (transport_stream_id, program_number, PIDs) is that of the first input
//! and stays, whichever input is on air. PAT, PMT, SDT and TDT are ours; the descriptors of the
//! streams are the source's. It never paces.

mod lanes;
mod tables;

use crate::feed::Programme;
use crate::shape::TableSet;
use crate::time::Wall;
use crate::ts::pmt::Pmt;
use crate::ts::{Pid, RawPacket};
use lanes::Lanes;

/// What the operator chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// service_name of the SDT.
    pub service_name: String,
    /// version_number of the first tables, different from the last run's, so that receivers read
    /// them again.
    pub first_version: u8,
}

/// What stays whichever input is on air.
#[derive(Clone, Copy, Debug)]
struct Identity {
    stream_id: u16,
    program: u16,
    pmt_pid: Pid,
}

/// Remultiplexes one channel.
#[derive(Debug)]
pub struct Remux {
    settings: Settings,
    identity: Option<Identity>,
    lanes: Lanes,
    pmt: Option<Pmt>,
    tables: TableSet,
    version: u8,
}

impl Remux {
    /// Waits for a programme.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            identity: None,
            lanes: Lanes::default(),
            pmt: None,
            tables: TableSet::default(),
            version: settings.first_version,
            settings,
        }
    }

    /// The programme on air is this one from now on. `anew`: it comes from another input, whose
    /// counters do not join.
    pub fn follow(&mut self, programme: &Programme, anew: bool) {
        let identity = *self.identity.get_or_insert(Identity {
            stream_id: programme.stream_id,
            program: programme.pmt.program,
            pmt_pid: programme.pmt_pid,
        });
        let pmt = Pmt {
            program: identity.program,
            version: 0,
            ..self.lanes.follow(&programme.pmt, identity.pmt_pid, anew)
        };
        if self.pmt.as_ref() == Some(&pmt) {
            return;
        }
        self.version = (self.version + 1) & 0x1f;
        let tdt = std::mem::take(&mut self.tables.tdt);
        let name = &self.settings.service_name;
        let Identity {
            stream_id, pmt_pid, ..
        } = identity;
        self.tables = tables::make(stream_id, pmt_pid, &pmt, name, self.version);
        self.tables.tdt = tdt;
        self.pmt = Some(pmt);
    }

    /// Gives a packet of the programme the PID and the counter of the output; whether it belongs
    /// to the programme.
    pub fn carry(&mut self, packet: &mut RawPacket) -> bool {
        self.lanes.carry(packet)
    }

    /// The tables as they stand; the TDT is empty until [`Remux::tell_time`].
    #[must_use]
    pub const fn tables(&self) -> &TableSet {
        &self.tables
    }

    /// Makes the TDT of `wall`.
    pub fn tell_time(&mut self, wall: Wall) {
        self.tables.tdt = tables::tdt(wall);
    }

    /// The PMT that goes out; its version is that of the tables.
    #[must_use]
    pub const fn programme(&self) -> Option<&Pmt> {
        self.pmt.as_ref()
    }
}
