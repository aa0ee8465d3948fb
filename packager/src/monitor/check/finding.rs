//! What was found: its place, its count and an example.

use std::fmt;
use std::time::Duration;

use crate::time::Mono;
use crate::ts::Pid;
use crate::ts::clock::Ticks;
use crate::ts::section::SectionError;

use super::Check;

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
    /// The table with this table_id came again after so long, or has not come for so long.
    Interval(Pid, u8, Duration),
    /// No table names the PID.
    Unreferenced(Pid),
    /// Only this section_number of EIT present/following comes for the service.
    Alone(u16, u8),
    /// More sub-tables come on the PID than are watched.
    SubTables(Pid, usize),
    /// So many bytes are in a buffer of the T-STD that holds fewer.
    Overflow(Pid, Buffer, u32),
    /// An access unit is complete so long after its decoding time.
    Underflow(Pid, Ticks),
    /// A buffer of the T-STD was not empty for so long.
    NotEmpty(Pid, Buffer, Ticks),
    /// From the arrival of an access unit to its decoding.
    Delay(Pid, Ticks),
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
            Self::Interval(pid, table, time) => {
                let ms = time.as_millis();
                write!(f, "PID {pid}: table_id 0x{table:02x} after {ms} ms")
            }
            Self::Unreferenced(pid) => write!(f, "PID {pid}: named by no PMT and no CAT"),
            Self::Alone(service, number) => {
                write!(f, "service {service}: EIT section {number} comes alone")
            }
            Self::SubTables(pid, most) => write!(f, "PID {pid}: over {most} sub-tables"),
            Self::Overflow(pid, buffer, bytes) => {
                write!(f, "PID {pid}: {buffer} overflows with {bytes} bytes")
            }
            Self::Underflow(pid, late) => {
                let ms = late.as_seconds() * 1e3;
                write!(f, "PID {pid}: an access unit is {ms:.1} ms late")
            }
            Self::NotEmpty(pid, buffer, time) => {
                write!(f, "PID {pid}: {buffer} not empty for {time}")
            }
            Self::Delay(pid, time) => write!(f, "PID {pid}: {time} in the buffers"),
        }
    }
}

/// A buffer of the T-STD (ISO/IEC 13818-1, 2.4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Buffer {
    /// TB: the transport buffer of a stream.
    Transport,
    /// MB: the multiplexing buffer of video.
    Multiplexing,
    /// B: the main buffer of sound.
    Main,
    /// TBsys: the transport buffer of the tables.
    TransportSystem,
    /// Bsys: the main buffer of the tables.
    MainSystem,
}

impl fmt::Display for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Transport => "TB",
            Self::Multiplexing => "MB",
            Self::Main => "B",
            Self::TransportSystem => "TBsys",
            Self::MainSystem => "Bsys",
        })
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
pub(in crate::monitor) struct Findings {
    by_check: [Option<Finding>; Check::ALL.len()],
}

impl Findings {
    pub(in crate::monitor) fn raise(&mut self, check: Check, place: Place, example: Evidence) {
        self.raise_times(1, check, place, example);
    }

    pub(in crate::monitor) fn raise_times(
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

    pub(in crate::monitor) fn iter(&self) -> impl Iterator<Item = &Finding> {
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
}
