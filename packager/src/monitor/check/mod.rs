//! What can be found wrong with a stream: the names of TR 101 290, and the findings by name.

mod finding;

pub(super) use finding::Findings;
pub use finding::{Buffer, Evidence, Finding, Place};

/// A check of ETSI TR 101 290 v1.4.1, tables 5.0a to 5.0c, or one of our own.
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
    /// 3.1.a: no NIT of the actual network for 10 s, two sections of it within 25 ms, or another table
    /// on PID 0x10.
    NitActual,
    /// 3.1.b: more than 10 s between the same sections of a NIT of another network.
    NitOther,
    /// 3.2: an SI table comes less or more often than it may.
    SiRepetition,
    /// 3.3: a buffer of the T-STD overflows, or an access unit is not there at its decoding time.
    Buffer,
    /// 3.4.a: a PID is named by no PMT and no CAT for 0.5 s.
    UnreferencedPid,
    /// 3.5.a: no SDT of the actual stream for 2 s, two sections of it within 25 ms, or another table
    /// on PID 0x11.
    SdtActual,
    /// 3.5.b: more than 10 s between the same sections of an SDT of another stream.
    SdtOther,
    /// 3.6.a: a section of EIT present/following of the actual stream stays away for 2 s, two come
    /// within 25 ms, or another table is on PID 0x12.
    EitActual,
    /// 3.6.b: more than 10 s between the same sections of an EIT present/following of another stream.
    EitOther,
    /// 3.6.c: only one of present and following comes.
    EitPf,
    /// 3.7: two RST sections within 25 ms, or another table on PID 0x13.
    Rst,
    /// 3.8: no TDT for 30 s, two within 25 ms, or another table on PID 0x14.
    Tdt,
    /// 3.9: a buffer of the T-STD is not empty once a second.
    EmptyBuffer,
    /// 3.10: data stays in the buffers of the T-STD for more than a second, a still picture 60 s.
    DataDelay,
    /// Ours: a section or table whose form cannot be read, though no packet of it was lost.
    Syntax,
    /// Ours: more programmes or streams than are watched.
    Excess,
}

impl Check {
    /// Every check, in the order of the clauses.
    pub const ALL: [Self; 29] = [
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
        Self::NitActual,
        Self::NitOther,
        Self::SiRepetition,
        Self::Buffer,
        Self::UnreferencedPid,
        Self::SdtActual,
        Self::SdtOther,
        Self::EitActual,
        Self::EitOther,
        Self::EitPf,
        Self::Rst,
        Self::Tdt,
        Self::EmptyBuffer,
        Self::DataDelay,
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
            Self::NitActual => "3.1.a",
            Self::NitOther => "3.1.b",
            Self::SiRepetition => "3.2",
            Self::Buffer => "3.3",
            Self::UnreferencedPid => "3.4.a",
            Self::SdtActual => "3.5.a",
            Self::SdtOther => "3.5.b",
            Self::EitActual => "3.6.a",
            Self::EitOther => "3.6.b",
            Self::EitPf => "3.6.c",
            Self::Rst => "3.7",
            Self::Tdt => "3.8",
            Self::EmptyBuffer => "3.9",
            Self::DataDelay => "3.10",
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
            Self::NitActual => "NIT_actual_error",
            Self::NitOther => "NIT_other_error",
            Self::SiRepetition => "SI_repetition_error",
            Self::Buffer => "Buffer_error",
            Self::UnreferencedPid => "Unreferenced_PID",
            Self::SdtActual => "SDT_actual_error",
            Self::SdtOther => "SDT_other_error",
            Self::EitActual => "EIT_actual_error",
            Self::EitOther => "EIT_other_error",
            Self::EitPf => "EIT_PF_error",
            Self::Rst => "RST_error",
            Self::Tdt => "TDT_error",
            Self::EmptyBuffer => "Empty_buffer_error",
            Self::DataDelay => "Data_delay_error",
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
            Self::Pat
                | Self::Pmt
                | Self::Pid
                | Self::Pts
                | Self::Cat
                | Self::NitActual
                | Self::NitOther
                | Self::SiRepetition
                | Self::UnreferencedPid
                | Self::SdtActual
                | Self::SdtOther
                | Self::EitActual
                | Self::EitOther
                | Self::EitPf
                | Self::Rst
                | Self::Tdt
        )
    }

    /// Whether it is judged by the buffer model (T-STD), so that it needs a PCR and streams whose
    /// buffers are known.
    #[must_use]
    pub const fn needs_buffers(self) -> bool {
        matches!(self, Self::Buffer | Self::EmptyBuffer | Self::DataDelay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_a_slot_a_name_and_its_priority() {
        for (index, check) in Check::ALL.into_iter().enumerate() {
            assert_eq!(check as usize, index);
            let own = check.clause().is_empty();
            assert_eq!(check.priority() == 0, own, "{}", check.name());
        }
        assert_eq!(Check::Cat.priority(), 2);
        assert_eq!(Check::DataDelay.priority(), 3);
    }
}
