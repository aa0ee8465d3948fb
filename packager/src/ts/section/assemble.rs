use super::super::continuity::Continuity;
use super::super::packet::{Packet, Scrambling};
use super::{SECTION_MAX, Section, SectionError, section_len};

/// table_id of stuffing: no section follows in the packet (ISO/IEC 13818-1, 2.4.4.1).
const STUFFING: u8 = 0xff;

/// Puts the sections of one PID together.
///
/// A section that lies in one packet is handed out from the packet itself. Only the beginning of
/// a longer one is held, 4096 bytes at most.
#[derive(Clone, Debug, Default)]
pub struct SectionAssembler {
    continuity: Continuity,
    /// The last payload: an encoder that takes another's place may go on with the same counter.
    last: Vec<u8>,
    /// The beginning of a section whose end has not come; empty when there is none.
    held: Vec<u8>,
}

impl SectionAssembler {
    /// Waits for the first packet in which a section starts.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            continuity: Continuity::new(),
            last: Vec::new(),
            held: Vec::new(),
        }
    }

    /// Takes the next packet of the PID and hands out each section that ends in it, with a good
    /// CRC, or what is wrong with it. Copies of a packet, packets with transport_error_indicator
    /// and scrambled ones are passed over.
    pub fn push(
        &mut self,
        packet: Packet<'_>,
        mut out: impl FnMut(Result<Section<'_>, SectionError>),
    ) {
        if packet.transport_error() || packet.scrambling() != Scrambling::Clear {
            return;
        }
        let mut step = self.continuity.judge(packet);
        if step.is_repeat() && packet.payload() != self.last {
            step = self.continuity.differs();
        }
        if step.is_break() && !self.held.is_empty() {
            out(Err(SectionError::Lost {
                got: self.drop_held(),
            }));
        }
        if step.is_repeat() || packet.payload().is_empty() {
            return;
        }
        self.last.clear();
        self.last.extend_from_slice(packet.payload());
        if packet.unit_start() {
            self.start(packet.payload(), &mut out);
        } else if !self.held.is_empty() {
            self.go_on(packet.payload(), &mut out);
        }
    }

    /// A payload in which a section starts, pointer_field first.
    fn start(&mut self, payload: &[u8], out: &mut impl FnMut(Result<Section<'_>, SectionError>)) {
        let Some((&pointer, after)) = payload.split_first() else {
            return;
        };
        let Some((end_of_held, starts)) = after.split_at_checked(usize::from(pointer)) else {
            self.drop_held();
            return out(Err(SectionError::Pointer { pointer }));
        };
        if !self.held.is_empty() {
            self.go_on(end_of_held, out);
        }
        if !self.held.is_empty() {
            out(Err(SectionError::Cut {
                got: self.drop_held(),
            }));
        }
        self.sections(starts, out);
    }

    /// Sections one after the other, then stuffing; the last may go on in the next packet.
    fn sections(
        &mut self,
        mut rest: &[u8],
        out: &mut impl FnMut(Result<Section<'_>, SectionError>),
    ) {
        while rest.first().is_some_and(|&id| id != STUFFING) {
            let length = match section_len(rest) {
                Ok(length) => length,
                // Where the next section would start is not known.
                Err(error) => return out(Err(error)),
            };
            let Some((section, after)) = length.and_then(|l| rest.split_at_checked(l)) else {
                self.held.extend_from_slice(rest);
                return;
            };
            hand_out(section, out);
            rest = after;
        }
    }

    /// More of the held section; what follows its end is stuffing.
    fn go_on(&mut self, bytes: &[u8], out: &mut impl FnMut(Result<Section<'_>, SectionError>)) {
        let room = SECTION_MAX - self.held.len();
        self.held
            .extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        match section_len(&self.held) {
            Ok(Some(length)) => {
                if let Some(section) = self.held.get(..length) {
                    hand_out(section, out);
                    self.held.clear();
                }
            }
            Ok(None) => {}
            Err(error) => {
                self.held.clear();
                out(Err(error));
            }
        }
    }

    fn drop_held(&mut self) -> usize {
        let got = self.held.len();
        self.held.clear();
        got
    }
}

fn hand_out(bytes: &[u8], out: &mut impl FnMut(Result<Section<'_>, SectionError>)) {
    let section = Section(bytes);
    out(if section.crc_ok() {
        Ok(section)
    } else {
        Err(SectionError::Crc {
            table_id: section.table_id(),
        })
    });
}
