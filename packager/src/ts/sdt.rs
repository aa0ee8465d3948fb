//! Service description table (EN 300 468, 5.2.3).

use super::descriptor::Descriptors;
use super::descriptor::tag;
use super::read::{Reader, TableError};
use super::section::{Header, Loop, PSI_SECTION_MAX, Section, long_sections};

const TABLE_ID: u8 = 0x42;

/// SDT of the actual transport stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sdt {
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SdtService {
    /// service_id: the program_number.
    pub id: u16,
    /// service_type (table 89).
    pub service_type: u8,
    /// service_provider_name.
    pub provider: String,
    /// service_name.
    pub name: String,
}

impl Sdt {
    /// What one section says.
    ///
    /// # Errors
    /// `Table` when it is no SDT of the actual stream, `Cut` when a service is not whole.
    pub fn parse(section: &Section<'_>) -> Result<Self, TableError> {
        if section.table_id() != TABLE_ID {
            return Err(TableError::Table {
                table_id: section.table_id(),
            });
        }
        let mut body = Reader::new(section.body());
        let mut sdt = Self {
            transport_stream_id: section.extension(),
            original_network_id: body.u16()?,
            version: section.version(),
            services: Vec::new(),
        };
        body.u8()?;
        while !body.is_empty() {
            let id = body.u16()?;
            body.u8()?;
            let descriptors = Descriptors::from_bytes(body.loop12()?.rest());
            let mut service = Reader::new(descriptors.find(tag::SERVICE).unwrap_or_default());
            sdt.services.push(SdtService {
                id,
                service_type: service.u8().unwrap_or(0),
                provider: read_text(service.run8().unwrap_or_default()),
                name: read_text(service.run8().unwrap_or_default()),
            });
        }
        Ok(sdt)
    }

    /// The sections.
    #[must_use]
    pub fn emit(&self) -> Vec<Vec<u8>> {
        let header = Header {
            table_id: TABLE_ID,
            private: true,
            extension: self.transport_stream_id,
            version: self.version,
        };
        let content = Loop {
            items: self.services.iter().map(service).collect(),
            section_max: PSI_SECTION_MAX,
        };
        let [high, low] = self.original_network_id.to_be_bytes();
        long_sections(header, &content, |_, services| {
            [&[high, low, 0xff], services].concat()
        })
    }
}

fn service(service: &SdtService) -> Vec<u8> {
    let mut body = vec![service.service_type];
    text(&mut body, &service.provider);
    text(&mut body, &service.name);
    let length = u8::try_from(body.len()).unwrap_or(0);
    let [high, low] = service.id.to_be_bytes();
    // No EIT, running_status running, not scrambled.
    let mut out = vec![
        high,
        low,
        0xfc,
        0x80,
        length.saturating_add(2),
        tag::SERVICE,
        length,
    ];
    out.extend_from_slice(&body);
    out
}

/// UTF-8 behind its coding byte 0x15 (annex A.2), 100 bytes at most.
fn text(out: &mut Vec<u8>, text: &str) {
    let mut end = text.len().min(100);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let bytes = text.get(..end).unwrap_or_default().as_bytes();
    out.push(u8::try_from(bytes.len() + 1).unwrap_or(0));
    out.push(0x15);
    out.extend_from_slice(bytes);
}

/// Text whose coding byte says UTF-8, or that is ASCII; other letters are replaced.
fn read_text(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(&[0x15]).unwrap_or(bytes);
    String::from_utf8_lossy(bytes)
        .chars()
        .filter(|c| !c.is_control())
        .collect()
}
