//! When each table goes out.
//!
//! TR 101 290: PAT (1.3.a) and PMT (1.5.a) 500 ms at most, 100 ms by the headend's own promise;
//! SDT 2 s (3.5.a), NIT 10 s (3.1.a), TDT 30 s (3.8), and no table twice within 25 ms.

use crate::ts::clock::Ticks;
use crate::ts::packet::set_continuity;
use crate::ts::{Pid, RawPacket};

const PSI_INTERVAL: Ticks = Ticks::from_millis(80);
const SDT_INTERVAL: Ticks = Ticks::from_millis(1_500);
const NIT_INTERVAL: Ticks = Ticks::from_millis(5_000);
const TDT_INTERVAL: Ticks = Ticks::from_millis(20_000);

/// The tables of an output as packets; continuity counters are set when they go out.
#[derive(Clone, Debug, Default)]
pub struct TableSet {
    /// Program association.
    pub pat: Vec<RawPacket>,
    /// Program map.
    pub pmt: Vec<RawPacket>,
    /// Service description.
    pub sdt: Vec<RawPacket>,
    /// Network information.
    pub nit: Vec<RawPacket>,
    /// Time and date; empty until the driver tells the wall time.
    pub tdt: Vec<RawPacket>,
    /// PID of the programme's PCR.
    pub pcr_pid: Option<Pid>,
}

/// One table's place in the rotation.
#[derive(Clone, Copy, Debug)]
struct Turn {
    due: Ticks,
    next: usize,
    continuity: u8,
}

/// Says which table packet is due on one output, and counts its continuity.
#[derive(Debug)]
pub struct TableTimer {
    turns: [Turn; 5],
    current: Option<usize>,
}

impl TableTimer {
    /// Every table is due at `start`.
    #[must_use]
    pub const fn new(start: Ticks) -> Self {
        let turn = Turn {
            due: start,
            next: 0,
            continuity: 15,
        };
        Self {
            turns: [turn; 5],
            current: None,
        }
    }

    /// The table packet to send at `at`, if one is due. A table that has begun is finished
    /// before the next begins.
    pub fn pull(&mut self, at: Ticks, tables: &TableSet) -> Option<RawPacket> {
        let all = [
            (&tables.pat, PSI_INTERVAL),
            (&tables.pmt, PSI_INTERVAL),
            (&tables.sdt, SDT_INTERVAL),
            (&tables.nit, NIT_INTERVAL),
            (&tables.tdt, TDT_INTERVAL),
        ];
        let which = self.current.take().or_else(|| {
            let due = self.turns.iter().zip(&all);
            due.enumerate()
                .find(|(_, (turn, (packets, _)))| turn.due <= at && !packets.is_empty())
                .map(|(i, _)| i)
        })?;
        let (packets, interval) = all.get(which)?;
        let turn = self.turns.get_mut(which)?;
        let mut packet = *packets.get(turn.next)?;
        turn.continuity = (turn.continuity + 1) & 0x0f;
        set_continuity(&mut packet, turn.continuity);
        turn.next += 1;
        if turn.next < packets.len() {
            self.current = Some(which);
        } else {
            turn.next = 0;
            turn.due = at + *interval;
        }
        Some(packet)
    }

    /// When the next table is due; `None` while there is none.
    #[must_use]
    pub fn next_due(&self, tables: &TableSet) -> Option<Ticks> {
        let sets = [
            &tables.pat,
            &tables.pmt,
            &tables.sdt,
            &tables.nit,
            &tables.tdt,
        ];
        if let Some(current) = self.current {
            return self.turns.get(current).map(|t| t.due);
        }
        let turns = self.turns.iter().zip(sets);
        turns
            .filter(|(_, packets)| !packets.is_empty())
            .map(|(turn, _)| turn.due)
            .min()
    }

    /// Sends every table again at `at`, for a programme that has changed.
    pub fn hurry(&mut self, at: Ticks) {
        self.current = None;
        for turn in &mut self.turns {
            turn.due = turn.due.min(at);
            turn.next = 0;
        }
    }
}
