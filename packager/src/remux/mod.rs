//! The programme that goes out: its tables, its PIDs, its continuity counters.
//!
//! In: packets of the input on air, on the outputs' line. Out: the same under the PIDs of the
//! output, whose identity (transport_stream_id, program_number, PIDs) is that of the first input
//! and stays, whichever input is on air. PAT, PMT, SDT, EIT and TDT are ours; the descriptors of the
//! streams are the source's. It never paces.

mod guide;
mod lanes;
mod tables;

use crate::feed::Programme;
use crate::shape::TableSet;
use crate::time::Wall;
use crate::ts::eit::EitService;
use crate::ts::pmt::Pmt;
use crate::ts::{Pid, RawPacket};
use guide::Guide;
pub use guide::GuideEvent;
use lanes::Lanes;

/// What the operator chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// service_name of the SDT.
    pub service_name: String,
    /// logical_channel_number, 1 to 999, in the NIT; `None` is none.
    pub number: Option<u16>,
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
    guide: Guide,
    /// Whether the SDT says that there is a guide, and its version.
    sdt: (bool, u8),
    /// As it was told last.
    wall: Option<Wall>,
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
            guide: Guide::new(settings.first_version),
            sdt: (false, settings.first_version),
            wall: None,
            settings,
        }
    }

    /// The programme on air is this one from now on. `anew`: it comes from another input, whose
    /// counters do not join. Gives whether the tables are others now.
    pub fn follow(&mut self, programme: &Programme, anew: bool) -> bool {
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
            return false;
        }
        self.version = (self.version + 1) & 0x1f;
        let Identity {
            stream_id, pmt_pid, ..
        } = identity;
        let before = std::mem::take(&mut self.tables);
        self.tables = TableSet {
            tdt: before.tdt,
            eit_present: before.eit_present,
            eit_schedule: before.eit_schedule,
            ..tables::make(
                (stream_id, pmt_pid),
                &pmt,
                self.settings.number,
                self.version,
            )
        };
        self.pmt = Some(pmt);
        self.describe();
        true
    }

    /// Makes the SDT and the guide of the programme as it is now.
    fn describe(&mut self) {
        let (Some(identity), Some(pmt)) = (self.identity, &self.pmt) else {
            return;
        };
        self.sdt = (!self.guide.is_empty(), (self.sdt.1 + 1) & 0x1f);
        let name = &self.settings.service_name;
        self.tables.sdt = tables::sdt(identity.stream_id, pmt, name, self.sdt);
        self.show_guide();
    }

    fn show_guide(&mut self) {
        if let (Some(identity), Some(wall)) = (self.identity, self.wall) {
            let service = EitService {
                id: identity.program,
                transport_stream_id: identity.stream_id,
                original_network_id: identity.stream_id,
            };
            self.guide.tell(wall, service, &mut self.tables);
        }
    }

    /// Takes another guide; the same one changes nothing.
    pub fn take_guide(&mut self, events: Vec<GuideEvent>) {
        if self.guide.set(events) {
            match self.sdt.0 == self.guide.is_empty() {
                true => self.describe(),
                false => self.show_guide(),
            }
        }
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

    /// Makes TDT and TOT of `wall`, and the guide new where it asks for that.
    pub fn tell_time(&mut self, wall: Wall) {
        self.tables.tdt = tables::tdt(wall);
        self.wall = Some(wall);
        self.show_guide();
    }

    /// The PMT that goes out; its version is that of the tables.
    #[must_use]
    pub const fn programme(&self) -> Option<&Pmt> {
        self.pmt.as_ref()
    }
}
