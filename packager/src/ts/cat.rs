//! Conditional access table (ISO/IEC 13818-1, 2.4.4.6).

use super::descriptor::Descriptors;
use super::read::{Reader, TableError};
use super::section::{Header, Loop, PSI_SECTION_MAX, Section, long_sections};

const TABLE_ID: u8 = 0x01;
/// table_id_extension is reserved: all ones.
const RESERVED_EXTENSION: u16 = 0xffff;

/// Where the entitlements for scrambled programmes are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cat {
    /// version_number, 0 to 31.
    pub version: u8,
    /// CA_descriptors.
    pub descriptors: Descriptors,
}

impl Cat {
    /// What one section says. The descriptors of a CAT of many sections come with
    /// [`Cat::extend`].
    ///
    /// # Errors
    /// `Table` when it is no CAT.
    pub fn parse(section: &Section<'_>) -> Result<Self, TableError> {
        let body = Reader::of(section, &[TABLE_ID])?;
        Ok(Self {
            version: section.version(),
            descriptors: Descriptors::from_bytes(body.rest()),
        })
    }

    /// Adds what a further section of the same version says, as far as a loop has room for it.
    pub fn extend(&mut self, further: Self) {
        for (tag, body) in further.descriptors.raw() {
            self.descriptors.push_raw(tag, body);
        }
    }

    /// The sections.
    #[must_use]
    pub fn emit(&self) -> Vec<Vec<u8>> {
        let header = Header {
            table_id: TABLE_ID,
            private: false,
            extension: RESERVED_EXTENSION,
            version: self.version,
        };
        let content = Loop {
            items: self.descriptors.items(),
            section_max: PSI_SECTION_MAX,
        };
        long_sections(header, &content, |_, descriptors| descriptors.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::super::descriptor::{Descriptor, testing::loops};
    use super::super::pid::Pid;
    use super::super::section::testing::{gather, section_of};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cat_reads_back(version in 0u8..32, descriptors in loops()) {
            let cat = Cat { version, descriptors };
            prop_assert_eq!(gather(&cat.emit(), Cat::parse, Cat::extend), cat);
        }

        #[test]
        fn any_body_is_a_cat(body in prop::collection::vec(any::<u8>(), 0..1100)) {
            prop_assert!(Cat::parse(&Section::new(&section_of(TABLE_ID, &body)).unwrap()).is_ok());
        }
    }

    #[test]
    fn a_long_cat_is_split_between_descriptors() {
        let ca = |n: u16| Descriptor::Ca {
            system: n,
            pid: Pid::from_bits(n),
            private: vec![0; 100],
        };
        let cat = Cat {
            version: 1,
            descriptors: (0..30).map(ca).collect(),
        };
        let sections = cat.emit();
        assert_eq!(sections.len(), 4);
        assert!(sections.iter().all(|s| s.len() <= PSI_SECTION_MAX));
        assert_eq!(gather(&sections, Cat::parse, Cat::extend), cat);
    }

    #[test]
    fn another_table_is_refused() {
        let error = Cat::parse(&Section::new(&section_of(0, &[])).unwrap()).unwrap_err();
        assert_eq!(error, TableError::Table { table_id: 0 });
    }
}
