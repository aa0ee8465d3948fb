//! What can be found wrong with a stream: the names of TR 101 290, and the findings by name.

use std::fmt;
use std::time::Duration;

use crate::time::Mono;
use crate::ts::Pid;
use crate::ts::clock::Ticks;
use crate::ts::section::SectionError;

/// A check of ETSI TR 101 290 v1.4.1, tables 5.0a and 5.0b, or one of our own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// 1.1: two or more sync bytes in a row are wrong.
    SyncLoss,
    /// 1.2: a sync byte is not 0x47.
    SyncByte,
    /// 1.3.a: no PAT for 0.5 s, another table on PID 0, or PID 0 scrambled.
    Pat,
    /// 1.4: wrong order, a lost packet, or a packet more than twice.
    Continuity,
    /// 1.5.a: no PMT on a program_map_PID for 0.5 s, or a PMT scrambled.
    Pmt,
    /// 1.6: a referred PID is absent for the user period.
    Pid,
    /// 2.1: transport_error_indicator is set.
    Transport,
    /// 2.2: a CAT, PAT, PMT, NIT, EIT, BAT, SDT or TOT section fails its CRC.
    Crc,
    /// 2.3.a: more than 100 ms between PCRs.
    PcrRepetition,
    /// 2.3.b: the difference of two PCRs is outside 0 to 100 ms without discontinuity_indicator.
    PcrDiscontinuity,
    /// 2.4: a PCR is off by more than 500 ns.
    PcrAccuracy,
    /// 2.5: more than 700 ms between PTSs.
    Pts,
    /// 2.6: scrambled packets and no CAT, or another table on PID 1.
    Cat,
    /// Ours: a section or table whose form cannot be read, though no packet of it was lost.
    Syntax,
    /// Ours: more programmes or streams than are watched.
    Excess,
}

impl Check {
    /// Every check, in the order of the clauses.
    pub const ALL: [Self; 15] = [
        Self::SyncLoss,
        Self::SyncByte,
        Self::Pat,
        Self::Continuity,
        Self::Pmt,
        Self::Pid,
        Self::Transport,
        Self::Crc,
        Self::PcrRepetition,
        Self::PcrDiscontinuity,
        Self::PcrAccuracy,
        Self::Pts,
        Self::Cat,
        Self::Syntax,
        Self::Excess,
    ];

    /// The clause of TR 101 290; empty for a check of our own.
    #[must_use]
    pub const fn clause(self) -> &'static str {
        match self {
            Self::SyncLoss => "1.1",
            Self::SyncByte => "1.2",
            Self::Pat => "1.3.a",
            Self::Continuity => "1.4",
            Self::Pmt => "1.5.a",
            Self::Pid => "1.6",
            Self::Transport => "2.1",
            Self::Crc => "2.2",
            Self::PcrRepetition => "2.3.a",
            Self::PcrDiscontinuity => "2.3.b",
            Self::PcrAccuracy => "2.4",
            Self::Pts => "2.5",
            Self::Cat => "2.6",
            Self::Syntax | Self::Excess => "",
        }
    }

    /// The name that TR 101 290 gives it, or ours in the same manner.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SyncLoss => "TS_sync_loss",
            Self::SyncByte => "Sync_byte_error",
            Self::Pat => "PAT_error_2",
            Self::Continuity => "Continuity_count_error",
            Self::Pmt => "PMT_error_2",
            Self::Pid => "PID_error",
            Self::Transport => "Transport_error",
            Self::Crc => "CRC_error",
            Self::PcrRepetition => "PCR_repetition_error",
            Self::PcrDiscontinuity => "PCR_discontinuity_indicator_error",
            Self::PcrAccuracy => "PCR_accuracy_error",
            Self::Pts => "PTS_error",
            Self::Cat => "CAT_error",
            Self::Syntax => "Section_syntax_error",
            Self::Excess => "Table_excess",
        }
    }

    /// The priority that TR 101 290 gives it; 0 for a check of our own.
    #[must_use]
    pub fn priority(self) -> u8 {
        self.clause()
            .bytes()
            .next()
            .map_or(0, |digit| digit.wrapping_sub(b'0'))
    }

    /// Whether it is raised by a time without something, so that it needs a clock.
    #[must_use]
    pub const fn needs_clock(self) -> bool {
        matches!(
            self,
            Self::Pat | Self::Pmt | Self::Pid | Self::Pts | Self::Cat
        )
    }
}

/// The data of one example; its text is made only when somebody reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Evidence {
    /// The byte where 0x47 should be.
    SyncByte(u8),
    /// Counted where the packets were cut out of the datagrams.
    SyncCounted(u64),
    /// Nothing of what the check waits for came on this PID for so long.
    Absent(Pid, Duration),
    /// A table that has no business on this PID.
    TableId(Pid, u8),
    /// The PID is scrambled.
    Scrambled(Pid),
    /// So many packets are missing, modulo 16.
    Missing(Pid, u8),
    /// A packet came more than twice.
    Copies(Pid),
    /// transport_error_indicator is set.
    Marked(Pid),
    /// What is wrong with a section.
    Section(Pid, SectionError),
    /// A table's body could not be read; its table_id.
    Table(Pid, u8),
    /// From one PCR to the next.
    PcrStep(Pid, Ticks),
    /// How far a PCR is from its byte position.
    PcrOffset(Pid, Ticks),
    /// So many are there.
    Count(Pid, usize),
    /// A program_map_PID that is reserved for another use.
    Reserved(Pid),
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::SyncByte(byte) => write!(f, "0x{byte:02x} in place of 0x47"),
            Self::SyncCounted(count) => write!(f, "{count} more on reception"),
            Self::Absent(pid, time) => {
                write!(f, "PID {pid}: nothing for {} ms", time.as_millis())
            }
            Self::TableId(pid, table) => write!(f, "PID {pid}: table_id 0x{table:02x}"),
            Self::Scrambled(pid) => write!(f, "PID {pid}: scrambled"),
            Self::Missing(pid, count) => write!(f, "PID {pid}: packets missing: {count}"),
            Self::Copies(pid) => write!(f, "PID {pid}: the same packet more than twice"),
            Self::Marked(pid) => write!(f, "PID {pid}: marked by a device before"),
            Self::Section(pid, error) => write!(f, "PID {pid}: {error}"),
            Self::Table(pid, table) => {
                write!(f, "PID {pid}: the table 0x{table:02x} cannot be read")
            }
            Self::PcrStep(pid, step) => {
                write!(
                    f,
                    "PID {pid}: {:.3} ms to the next PCR",
                    step.as_seconds() * 1e3
                )
            }
            Self::PcrOffset(pid, offset) => {
                write!(f, "PID {pid}: PCR off by {} ns", offset.as_nanos())
            }
            Self::Count(pid, count) => write!(f, "PID {pid}: {count} programmes"),
            Self::Reserved(pid) => write!(f, "PID {pid} cannot carry a PMT"),
        }
    }
}

/// Where in the stream something was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// On the clock of the settings.
    pub at: Mono,
    /// The packet's number, from 0, counted since the start.
    pub packet: u64,
}

/// All that was found under one check.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding {
    /// What was checked.
    pub check: Check,
    /// How often; at least 1. A lasting absence counts again after each further period.
    pub count: u64,
    /// The first time.
    pub first: Place,
    /// The last time.
    pub last: Place,
    /// The last example.
    pub example: Evidence,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "packet {}: {}", self.last.packet, self.example)
    }
}

/// The findings by check.
#[derive(Clone, Debug, Default)]
pub(super) struct Findings {
    by_check: [Option<Finding>; Check::ALL.len()],
}

impl Findings {
    pub(super) fn raise(&mut self, check: Check, place: Place, example: Evidence) {
        self.raise_times(1, check, place, example);
    }

    pub(super) fn raise_times(
        &mut self,
        times: u64,
        check: Check,
        place: Place,
        example: Evidence,
    ) {
        if let Some(slot) = self.by_check.get_mut(check as usize) {
            let finding = slot.get_or_insert(Finding {
                check,
                count: 0,
                first: place,
                last: place,
                example,
            });
            finding.count += times;
            finding.last = place;
            finding.example = example;
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.by_check.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_keep_the_first_place_the_last_and_the_count() {
        let mut findings = Findings::default();
        for packet in [5, 9] {
            let place = Place {
                at: Mono::from_nanos(packet * 10),
                packet,
            };
            findings.raise(Check::Pts, place, Evidence::Marked(Pid::PAT));
        }
        let all: Vec<_> = findings.iter().collect();
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].count, all[0].first.packet), (2, 5));
        assert_eq!(all[0].last.at, Mono::from_nanos(90));
    }

    #[test]
    fn every_check_has_a_slot_a_name_and_its_priority() {
        for (index, check) in Check::ALL.into_iter().enumerate() {
            assert_eq!(check as usize, index);
            let own = check.clause().is_empty();
            assert_eq!(check.priority() == 0, own, "{}", check.name());
        }
        assert_eq!(Check::Cat.priority(), 2);
    }
}
