//! Service description table (EN 300 468, 5.2.3).

use super::descriptor::{Descriptor, Descriptors, Service, tag};
use super::read::{Reader, TableError};
use super::section::{Header, Loop, PSI_SECTION_MAX, Section, long_sections};

const ACTUAL: u8 = 0x42;
const OTHER: u8 = 0x46;
/// The longest descriptors_loop that a section of 1024 bytes holds with its one service.
const DESCRIPTORS_MAX: usize = PSI_SECTION_MAX - 12 - 3 - 5;

/// The services of a transport stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sdt {
    /// Whether it speaks of the transport stream that it is in (table_id 0x42, not 0x46).
    pub actual: bool,
    /// transport_stream_id.
    pub transport_stream_id: u16,
    /// original_network_id.
    pub original_network_id: u16,
    /// version_number, 0 to 31.
    pub version: u8,
    /// In the table's order.
    pub services: Vec<SdtService>,
}

/// One service of an [`Sdt`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SdtService {
    /// service_id: the program_number.
    pub id: u16,
    /// EIT_schedule_flag.
    pub schedule: bool,
    /// EIT_present_following_flag.
    pub present_following: bool,
    /// running_status (table 6).
    pub running: Running,
    /// free_CA_mode: a stream of it is scrambled.
    pub scrambled: bool,
    /// Of the service.
    pub descriptors: Descriptors,
}

/// running_status (EN 300 468, table 6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Running {
    /// Nothing is said.
    #[default]
    Undefined,
    /// Not running.
    NotRunning,
    /// Starts in a few seconds.
    StartsSoon,
    /// Pausing.
    Pausing,
    /// Running.
    Running,
    /// Off the air.
    OffAir,
    /// A value that is reserved: 6 or 7.
    Reserved(u8),
}

impl Running {
    /// From the three bits.
    pub(super) const fn from_bits(bits: u8) -> Self {
        match bits & 7 {
            0 => Self::Undefined,
            1 => Self::NotRunning,
            2 => Self::StartsSoon,
            3 => Self::Pausing,
            4 => Self::Running,
            5 => Self::OffAir,
            reserved => Self::Reserved(reserved),
        }
    }

    /// The three bits.
    pub(super) const fn bits(self) -> u8 {
        match self {
            Self::Undefined => 0,
            Self::NotRunning => 1,
            Self::StartsSoon => 2,
            Self::Pausing => 3,
            Self::Running => 4,
            Self::OffAir => 5,
            Self::Reserved(bits) => bits & 7,
        }
    }
}

impl SdtService {
    /// What its service_descriptor says; `None` without a whole one.
    #[must_use]
    pub fn service(&self) -> Option<Service> {
        let body = self.descriptors.find(tag::SERVICE)?;
        match Descriptor::parse(tag::SERVICE, body) {
            Descriptor::Service(service) => Some(service),
            _ => None,
        }
    }

    fn emit(&self) -> Vec<u8> {
        let [high, low] = self.id.to_be_bytes();
        let eit = u8::from(self.schedule) << 1 | u8::from(self.present_following);
        let mut entry = vec![high, low, 0xfc | eit];
        let status = self.running.bits() << 1 | u8::from(self.scrambled);
        self.descriptors.emit12(DESCRIPTORS_MAX, status, &mut entry);
        entry
    }
}

impl Sdt {
    /// What one section says. The services of an SDT of many sections come with [`Sdt::extend`].
    ///
    /// # Errors
    /// `Table` when it is no SDT, `Cut` when a service is not whole.
    pub fn parse(section: &Section<'_>) -> Result<Self, TableError> {
        let mut body = Reader::of(section, &[ACTUAL, OTHER])?;
        let mut sdt = Self {
            actual: section.table_id() == ACTUAL,
            transport_stream_id: section.extension(),
            original_network_id: body.u16()?,
            version: section.version(),
            services: Vec::new(),
        };
        body.u8()?;
        while !body.is_empty() {
            let (id, eit) = (body.u16()?, body.u8()?);
            let (status, descriptors) = body.loop12_with_bits()?;
            sdt.services.push(SdtService {
                id,
                schedule: eit & 2 != 0,
                present_following: eit & 1 != 0,
                running: Running::from_bits(status >> 1),
                scrambled: status & 1 != 0,
                descriptors: Descriptors::from_bytes(descriptors.rest()),
            });
        }
        Ok(sdt)
    }

    /// Adds what a further section of the same version says.
    pub fn extend(&mut self, further: Self) {
        self.services.extend(further.services);
    }

    /// The sections; descriptors of a service that do not fit into one are left out.
    #[must_use]
    pub fn emit(&self) -> Vec<Vec<u8>> {
        let header = Header {
            table_id: if self.actual { ACTUAL } else { OTHER },
            private: true,
            extension: self.transport_stream_id,
            version: self.version,
        };
        let content = Loop {
            items: self.services.iter().map(SdtService::emit).collect(),
            section_max: PSI_SECTION_MAX,
        };
        let [high, low] = self.original_network_id.to_be_bytes();
        long_sections(header, &content, |_, services| {
            [&[high, low, 0xff], services].concat()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::descriptor::testing::loops;
    use super::super::section::testing::{gather, section_of};
    use super::*;
    use proptest::prelude::*;

    prop_compose! {
        fn services()(
            id: u16,
            schedule: bool,
            present_following: bool,
            running in 0u8..8,
            scrambled: bool,
            descriptors in loops(),
        ) -> SdtService {
            let running = Running::from_bits(running);
            SdtService { id, schedule, present_following, running, scrambled, descriptors }
        }
    }

    prop_compose! {
        fn tables()(
            actual: bool,
            transport_stream_id: u16,
            original_network_id: u16,
            version in 0u8..32,
            services in prop::collection::vec(services(), 0..60),
        ) -> Sdt {
            Sdt { actual, transport_stream_id, original_network_id, version, services }
        }
    }

    proptest! {
        #[test]
        fn an_sdt_reads_back_over_any_number_of_sections(sdt in tables()) {
            let sections = sdt.emit();
            prop_assert!(sections.iter().all(|s| s.len() <= PSI_SECTION_MAX));
            prop_assert_eq!(gather(&sections, Sdt::parse, Sdt::extend), sdt);
        }

        #[test]
        fn any_body_is_an_sdt_or_an_error(body in prop::collection::vec(any::<u8>(), 0..1100)) {
            if let Ok(sdt) = Sdt::parse(&Section::new(&section_of(ACTUAL, &body)).unwrap()) {
                for service in &sdt.services {
                    let _ = service.service();
                }
            }
        }
    }

    #[test]
    fn a_vietnamese_name_reads_back() {
        let own = Service {
            service_type: 1,
            provider: "Trung ương".to_owned(),
            name: "Họp Chính phủ".to_owned(),
        };
        let descriptors = [Descriptor::Service(own.clone())].into_iter().collect();
        let service = SdtService {
            descriptors,
            ..SdtService::default()
        };
        assert_eq!(service.service(), Some(own));
    }

    #[test]
    fn a_loop_too_long_for_a_section_is_cut_and_its_service_kept() {
        let mut descriptors = Descriptors::new();
        while descriptors.push_raw(0x80, &[0; 250]) {}
        let service = SdtService {
            id: 7,
            descriptors,
            ..SdtService::default()
        };
        let sdt = Sdt {
            actual: true,
            transport_stream_id: 1,
            original_network_id: 1,
            version: 0,
            services: vec![service],
        };
        let sections = sdt.emit();
        assert!(sections.len() == 1 && sections[0].len() <= PSI_SECTION_MAX);
        let read = gather(&sections, Sdt::parse, Sdt::extend);
        assert_eq!(read.services[0].descriptors.raw().count(), 3);
    }
}
