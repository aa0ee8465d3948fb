//! When each table goes out.
//!
//! TR 101 290: PAT (1.3.a) and PMT (1.5.a) 500 ms at most, 100 ms by the headend's own promise;
//! SDT 2 s (3.5.a), NIT 10 s (3.1.a), EIT present/following 2 s (3.6.a), TDT 30 s (3.8), and no
//! table twice within 25 ms. Of the EIT schedule TR 101 211 (4.4) asks 10 s for the first eight days.

use crate::ts::clock::Ticks;
use crate::ts::packet::set_continuity;
use crate::ts::{Pid, RawPacket};

const PSI_INTERVAL: Ticks = Ticks::from_millis(80);
const SDT_INTERVAL: Ticks = Ticks::from_millis(1_500);
const NIT_INTERVAL: Ticks = Ticks::from_millis(5_000);
const TDT_INTERVAL: Ticks = Ticks::from_millis(20_000);
const PRESENT_INTERVAL: Ticks = Ticks::from_millis(1_500);
const SCHEDULE_INTERVAL: Ticks = Ticks::from_millis(8_000);
/// Between two packets of the EIT, each of which is a section: they are of one sub-table (EN 300
/// 468, 5.1.4 asks for 25 ms), and no buffer of a receiver fills.
const EIT_SPACING: Ticks = Ticks::from_millis(40);

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
    /// Time, date and time offset; empty until the driver tells the wall time.
    pub tdt: Vec<RawPacket>,
    /// What is on and what follows, a section in each packet; empty without a guide.
    pub eit_present: Vec<RawPacket>,
    /// The schedule, a section in each packet; empty without a guide.
    pub eit_schedule: Vec<RawPacket>,
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

/// One list of the EIT: its sections go round one by one.
#[derive(Clone, Copy, Debug)]
struct Round {
    due: Ticks,
    began: Ticks,
    next: usize,
}

/// The EIT's place: two lists of sections on one PID.
#[derive(Clone, Copy, Debug)]
struct Events {
    rounds: [Round; 2],
    /// Nothing leaves on the PID before.
    free: Ticks,
    continuity: u8,
}

/// Says which table packet is due on one output, and counts its continuity.
#[derive(Debug)]
pub struct TableTimer {
    turns: [Turn; 5],
    current: Option<usize>,
    events: Events,
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
        let round = Round {
            due: start,
            began: start,
            next: 0,
        };
        Self {
            turns: [turn; 5],
            current: None,
            events: Events {
                rounds: [round; 2],
                free: start,
                continuity: 15,
            },
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
        });
        let Some(which) = which else {
            return self.events.pull(at, tables);
        };
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
            .chain(self.events.next_due(tables))
            .min()
    }

    /// Sends every table again at `at`, for a programme that has changed.
    pub fn hurry(&mut self, at: Ticks) {
        self.current = None;
        for turn in &mut self.turns {
            turn.due = turn.due.min(at);
            turn.next = 0;
        }
        for round in &mut self.events.rounds {
            round.due = round.due.min(at);
        }
    }
}

impl Events {
    /// The section that is due at `at`; present/following before the schedule.
    fn pull(&mut self, at: Ticks, tables: &TableSet) -> Option<RawPacket> {
        if at < self.free {
            return None;
        }
        let lists = [
            (&tables.eit_present, PRESENT_INTERVAL),
            (&tables.eit_schedule, SCHEDULE_INTERVAL),
        ];
        let mut rounds = self.rounds.iter_mut().zip(lists);
        let (round, (packets, interval)) =
            rounds.find(|(round, (packets, _))| round.due <= at && !packets.is_empty())?;
        // A list that was made new may be shorter.
        let next = if round.next < packets.len() {
            round.next
        } else {
            0
        };
        if next == 0 {
            round.began = at;
        }
        let mut packet = *packets.get(next)?;
        (round.next, round.due) = match next + 1 < packets.len() {
            true => (next + 1, at),
            false => (0, round.began + interval),
        };
        self.free = at + EIT_SPACING;
        self.continuity = (self.continuity + 1) & 0x0f;
        set_continuity(&mut packet, self.continuity);
        Some(packet)
    }

    fn next_due(&self, tables: &TableSet) -> Option<Ticks> {
        let lists = [&tables.eit_present, &tables.eit_schedule];
        let rounds = self.rounds.iter().zip(lists);
        rounds
            .filter(|(_, packets)| !packets.is_empty())
            .map(|(round, _)| round.due.max(self.free))
            .min()
    }
}
