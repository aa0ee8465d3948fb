//! Network information table (EN 300 468, 5.2.1).

use super::descriptor::{Descriptors, RESERVED, emit12};
use super::read::{Reader, TableError};
use super::section::{Header, Loop, PSI_SECTION_MAX, Section, long_sections};

const ACTUAL: u8 = 0x40;
const OTHER: u8 = 0x41;
/// The longest network_descriptors loop: it leaves room for one transport stream in its section.
const NETWORK_MAX: usize = 512;
/// The longest transport_descriptors loop: it fits beside no network_descriptors.
const STREAM_MAX: usize = PSI_SECTION_MAX - 12 - 2 - 2 - 6;

/// The transport streams of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nit {
    /// Whether it speaks of the network that it is in (table_id 0x40, not 0x41).
    pub actual: bool,
    /// network_id.
    pub network_id: u16,
    /// version_number, 0 to 31.
    pub version: u8,
    /// Of the network.
    pub descriptors: Descriptors,
    /// In the table's order.
    pub streams: Vec<NitStream>,
}

/// One transport stream of a [`Nit`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NitStream {
    /// transport_stream_id.
    pub transport_stream_id: u16,
    /// original_network_id.
    pub original_network_id: u16,
    /// Of the transport stream.
    pub descriptors: Descriptors,
}

impl Nit {
    /// What one section says. The transport streams of a NIT of many sections come with
    /// [`Nit::extend`].
    ///
    /// # Errors
    /// `Table` when it is no NIT, `Cut` when a field or a loop is not whole.
    pub fn parse(section: &Section<'_>) -> Result<Self, TableError> {
        let mut body = Reader::of(section, &[ACTUAL, OTHER])?;
        let mut nit = Self {
            actual: section.table_id() == ACTUAL,
            network_id: section.extension(),
            version: section.version(),
            descriptors: Descriptors::from_bytes(body.loop12()?.rest()),
            streams: Vec::new(),
        };
        let mut streams = body.loop12()?;
        while !streams.is_empty() {
            nit.streams.push(NitStream {
                transport_stream_id: streams.u16()?,
                original_network_id: streams.u16()?,
                descriptors: Descriptors::from_bytes(streams.loop12()?.rest()),
            });
        }
        Ok(nit)
    }

    /// Adds what a further section of the same version says.
    pub fn extend(&mut self, further: Self) {
        for (tag, body) in further.descriptors.raw() {
            self.descriptors.push_raw(tag, body);
        }
        self.streams.extend(further.streams);
    }

    /// The sections, the descriptors of the network in the first. Left out is what no section of
    /// 1024 bytes holds: descriptors of the network beyond 512 bytes, and of a transport stream
    /// beyond its section.
    #[must_use]
    pub fn emit(&self) -> Vec<Vec<u8>> {
        let header = Header {
            table_id: if self.actual { ACTUAL } else { OTHER },
            private: true,
            extension: self.network_id,
            version: self.version,
        };
        let content = Loop {
            items: self.streams.iter().map(NitStream::emit).collect(),
            section_max: PSI_SECTION_MAX,
        };
        long_sections(header, &content, |number, streams| {
            let network = if number == 0 { NETWORK_MAX } else { 0 };
            let mut body = Vec::new();
            self.descriptors.emit12(network, RESERVED, &mut body);
            emit12(streams, RESERVED, &mut body);
            body
        })
    }
}

impl NitStream {
    fn emit(&self) -> Vec<u8> {
        let mut entry = self.transport_stream_id.to_be_bytes().to_vec();
        entry.extend_from_slice(&self.original_network_id.to_be_bytes());
        self.descriptors.emit12(STREAM_MAX, RESERVED, &mut entry);
        entry
    }
}

#[cfg(test)]
mod tests {
    use super::super::descriptor::{Descriptor, testing::loops};
    use super::super::section::testing::{gather, section_of};
    use super::*;
    use proptest::prelude::*;

    prop_compose! {
        fn tables()(
            actual: bool,
            network_id: u16,
            version in 0u8..32,
            descriptors in loops(),
            streams in prop::collection::vec((any::<u16>(), any::<u16>(), loops()), 0..60),
        ) -> Nit {
            let stream = |(transport_stream_id, original_network_id, descriptors)| {
                NitStream { transport_stream_id, original_network_id, descriptors }
            };
            let streams = streams.into_iter().map(stream).collect();
            Nit { actual, network_id, version, descriptors, streams }
        }
    }

    proptest! {
        #[test]
        fn a_nit_reads_back_over_any_number_of_sections(nit in tables()) {
            let sections = nit.emit();
            prop_assert!(sections.iter().all(|s| s.len() <= PSI_SECTION_MAX));
            prop_assert_eq!(gather(&sections, Nit::parse, Nit::extend), nit);
        }

        #[test]
        fn any_body_is_a_nit_or_an_error(body in prop::collection::vec(any::<u8>(), 0..1100)) {
            let _ = Nit::parse(&Section::new(&section_of(ACTUAL, &body)).unwrap());
        }
    }

    #[test]
    fn a_loop_too_long_for_a_section_is_cut_and_its_stream_kept() {
        let full = || {
            std::iter::repeat_n(
                Descriptor::Other {
                    tag: 0x80,
                    body: vec![0; 98],
                },
                30,
            )
        };
        let stream = NitStream {
            transport_stream_id: 1,
            original_network_id: 2,
            descriptors: full().collect(),
        };
        let nit = Nit {
            actual: false,
            network_id: 3,
            version: 4,
            descriptors: full().collect(),
            streams: vec![stream; 3],
        };
        let sections = nit.emit();
        assert!(sections.iter().all(|s| s.len() <= PSI_SECTION_MAX));
        let read = gather(&sections, Nit::parse, Nit::extend);
        assert_eq!(read.descriptors.raw().count(), 5);
        let kept: Vec<_> = read
            .streams
            .iter()
            .map(|s| s.descriptors.raw().count())
            .collect();
        assert_eq!(kept, [10, 10, 10]);
    }
}
