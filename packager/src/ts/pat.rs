//! Program association table (ISO/IEC 13818-1, 2.4.4.3).

use super::pid::Pid;
use super::read::{Reader, TableError};
use super::section::{Header, Loop, PSI_SECTION_MAX, Section, long_sections};

const TABLE_ID: u8 = 0x00;

/// Which programmes the transport stream has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pat {
    /// transport_stream_id.
    pub transport_stream_id: u16,
    /// version_number, 0 to 31.
    pub version: u8,
    /// The PID of the NIT: the entry of program_number 0.
    pub network: Option<Pid>,
    /// In the table's order.
    pub programs: Vec<PatProgram>,
}

/// One programme of a [`Pat`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PatProgram {
    /// program_number, never 0.
    pub number: u16,
    /// program_map_PID.
    pub pmt: Pid,
}

impl Pat {
    /// What one section says. The programmes of a PAT of many sections come with
    /// [`Pat::extend`].
    ///
    /// # Errors
    /// `Table` when it is no PAT, `Cut` when the last entry is not whole.
    pub fn parse(section: &Section<'_>) -> Result<Self, TableError> {
        let mut body = Reader::of(section, &[TABLE_ID])?;
        let mut pat = Self {
            transport_stream_id: section.extension(),
            version: section.version(),
            ..Self::default()
        };
        while !body.is_empty() {
            match (body.u16()?, body.pid()?) {
                (0, pid) => pat.network = Some(pid),
                (number, pmt) => pat.programs.push(PatProgram { number, pmt }),
            }
        }
        Ok(pat)
    }

    /// Adds what a further section of the same version says.
    pub fn extend(&mut self, further: Self) {
        self.network = self.network.or(further.network);
        self.programs.extend(further.programs);
    }

    /// The programme with this program_number.
    #[must_use]
    pub fn program(&self, number: u16) -> Option<&PatProgram> {
        self.programs.iter().find(|p| p.number == number)
    }

    /// The sections.
    #[must_use]
    pub fn emit(&self) -> Vec<Vec<u8>> {
        let header = Header {
            table_id: TABLE_ID,
            private: false,
            extension: self.transport_stream_id,
            version: self.version,
        };
        let network = self.network.map(|pid| (0, pid));
        let programs = self.programs.iter().map(|p| (p.number, p.pmt));
        let entry = |(number, pid): (u16, Pid)| {
            [number.to_be_bytes(), (0xe000 | pid.value()).to_be_bytes()].concat()
        };
        let content = Loop {
            items: network.into_iter().chain(programs).map(entry).collect(),
            section_max: PSI_SECTION_MAX,
        };
        long_sections(header, &content, |_, programs| programs.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::super::section::testing::{gather, section_of};
    use super::*;
    use proptest::prelude::*;

    prop_compose! {
        fn any_pat()(
            transport_stream_id: u16,
            version in 0u8..32,
            network in prop::option::of((0u16..0x2000).prop_map(Pid::from_bits)),
            programs in prop::collection::vec((1u16.., 0u16..0x2000), 0..1000),
        ) -> Pat {
            let programs = programs
                .into_iter()
                .map(|(number, pmt)| PatProgram { number, pmt: Pid::from_bits(pmt) })
                .collect();
            Pat { transport_stream_id, version, network, programs }
        }
    }

    proptest! {
        #[test]
        fn a_pat_reads_back_over_any_number_of_sections(pat in any_pat()) {
            let sections = pat.emit();
            prop_assert!(sections.iter().all(|s| s.len() <= PSI_SECTION_MAX));
            prop_assert_eq!(gather(&sections, Pat::parse, Pat::extend), pat);
        }

        #[test]
        fn any_body_is_a_pat_or_an_error(body in prop::collection::vec(any::<u8>(), 0..1100)) {
            let _ = Pat::parse(&Section::new(&section_of(TABLE_ID, &body)).unwrap());
        }
    }

    #[test]
    fn another_table_is_refused() {
        let section = section_of(2, &[]);
        let error = Pat::parse(&Section::new(&section).unwrap()).unwrap_err();
        assert_eq!(error, TableError::Table { table_id: 2 });
    }

    #[test]
    fn an_entry_cut_off_is_named_with_its_place() {
        let section = section_of(TABLE_ID, &[0, 1, 0xe1, 0, 0, 2, 0xe2]);
        let error = Pat::parse(&Section::new(&section).unwrap()).unwrap_err();
        assert_eq!(error, TableError::Cut { at: 6 });
    }

    #[test]
    fn more_programmes_than_256_sections_hold_are_left_out() {
        let programs = (1..=u16::MAX).map(|number| PatProgram {
            number,
            pmt: Pid::from_bits(number),
        });
        let pat = Pat {
            programs: programs.collect(),
            ..Pat::default()
        };
        assert_eq!(pat.emit().len(), 256);
    }
}
