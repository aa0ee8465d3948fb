//! The tap taken apart: which streams the programme has, and the PES packets of those that HLS
//! carries.

use std::collections::VecDeque;

use super::codec::{Kind, refusal};
use super::ladder::Ladder;
use super::layout::{Carried, Layout};
use super::unit::{Pes, Stamp};
use crate::monitor;
use crate::ts::continuity::Continuity;
use crate::ts::packet::Scrambling;
use crate::ts::pat::Pat;
use crate::ts::pes::PesHeader;
use crate::ts::pmt::Pmt;
use crate::ts::section::SectionAssembler;
use crate::ts::{Packet, Pcr, Pid, Pts};

/// Bytes of one PES packet: an IDR of 80 Mbit/s video is under 2 MB.
const PES_CAP: usize = 4 << 20;
/// PES packets of sound that may be mislabelled to look at before it is refused.
const PROBATION: u32 = 20;
/// Bytes before the optional PES header (ISO/IEC 13818-1, 2.4.3.6).
const PES_FIXED_LEN: usize = 6;

/// What the tap says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Event {
    /// A PMT that differs from the layout adopted.
    Layout(Layout),
    /// A PES packet of the carried stream `index`.
    Pes { index: usize, pes: Pes },
    /// A PES packet of a stream with subtitles.
    Text { pid: Pid, pes: Pes },
    /// The carried stream `index` is what its PMT says, and cannot be carried.
    Refused { index: usize },
    /// A PCR of the programme.
    Clock(Pcr),
}

/// Packets and PES packets that were of no use, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct DemuxFaults {
    /// PES packets over the cap on memory.
    pub(super) oversize: u64,
    /// PES packets whose header cannot be read.
    pub(super) unreadable: u64,
    /// PES packets that lost packets.
    pub(super) truncated: u64,
}

/// Collects the PES packets of one PID.
#[derive(Debug)]
struct Collector {
    pid: Pid,
    /// It is made beside the programme, whose own PIDs may be the same.
    is_rung: bool,
    continuity: Continuity,
    held: Vec<u8>,
    /// Whether the last packet was filled up, as only the last of a PES packet is (2.4.3.5).
    filled_up: bool,
    state: State,
    trust: Trust,
    scrambled: u64,
}

/// What is thought of a stream's label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    /// It is carried.
    Carried,
    /// So many PES packets have not shown what it is.
    Probation(u32),
    /// It is not carried.
    Refused,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Waits for the start of a PES packet.
    Waiting,
    Collecting,
}

/// Takes the tap apart.
#[derive(Debug, Default)]
pub(super) struct Demux {
    ladder: Ladder,
    pat: SectionAssembler,
    pmt: SectionAssembler,
    pmt_pid: Option<Pid>,
    pcr_pid: Option<Pid>,
    layout: Option<Layout>,
    collectors: Vec<Collector>,
    /// Of streams with subtitles.
    texts: Vec<Collector>,
    events: VecDeque<Event>,
    faults: DemuxFaults,
}

impl Demux {
    /// Takes a programme apart to which `ladder` is made.
    pub(super) fn with(ladder: Ladder) -> Self {
        Self {
            ladder,
            ..Self::default()
        }
    }

    /// Takes one packet; drain [`Demux::next`] afterwards.
    pub(super) fn push(&mut self, packet: Packet<'_>) {
        if packet.transport_error() || !packet.has_sync() {
            return;
        }
        let pid = packet.pid();
        if Some(pid) == self.pcr_pid
            && let Some(pcr) = packet.pcr()
        {
            self.events.push_back(Event::Clock(pcr));
        }
        if pid == Pid::PAT {
            self.push_pat(packet);
        } else if Some(pid) == self.pmt_pid {
            self.push_pmt(packet);
        } else {
            self.collect(false, packet);
            self.collect_text(packet);
        }
    }

    /// Takes one packet of what is made beside the programme; its tables and its clock are not
    /// looked at.
    pub(super) fn push_rung(&mut self, packet: Packet<'_>) {
        if !packet.transport_error() && packet.has_sync() {
            self.collect(true, packet);
        }
    }

    fn collect(&mut self, is_rung: bool, packet: Packet<'_>) {
        let pid = packet.pid();
        let mut collectors = self.collectors.iter();
        let index = collectors.position(|c| c.pid == pid && c.is_rung == is_rung);
        if let Some(index) = index {
            self.push_pes(index, packet);
        }
    }

    fn collect_text(&mut self, packet: Packet<'_>) {
        let pid = packet.pid();
        let Some(collector) = self.texts.iter_mut().find(|c| c.pid == pid) else {
            return;
        };
        let done = collector.push(packet, &mut self.faults);
        for (bytes, truncated) in done.into_iter().flatten() {
            if let Some(pes) = pes_of(bytes, truncated, &mut self.faults) {
                self.events.push_back(Event::Text { pid, pes });
            }
        }
    }

    pub(super) fn next(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub(super) const fn faults(&self) -> DemuxFaults {
        self.faults
    }

    /// The layout adopted.
    pub(super) const fn layout(&self) -> Option<&Layout> {
        self.layout.as_ref()
    }

    /// Why each carried stream turned out not to be, in a sentence.
    pub(super) fn refusals(&self) -> impl Iterator<Item = Option<String>> {
        self.collectors.iter().map(|collector| {
            let refused = collector.trust == Trust::Refused;
            refused.then(|| refusal(Kind::Audio, collector.pid, monitor::Codec::MpegAudio))
        })
    }

    /// Scrambled packets of each carried stream since its last clear one.
    pub(super) fn scrambled(&self) -> impl Iterator<Item = u64> {
        self.collectors.iter().map(|c| c.scrambled)
    }

    /// Hands out what has begun of each stream: nothing more comes of it.
    pub(super) fn finish(&mut self) {
        for index in 0..self.collectors.len() {
            let collector = self.collectors.get_mut(index);
            let last = collector.and_then(|c| c.finish(!c.filled_up));
            if let Some((bytes, truncated)) = last {
                self.pes(index, bytes, truncated);
            }
        }
    }

    /// Collects the streams of `layout` from now on.
    pub(super) fn adopt(&mut self, layout: Layout) {
        self.collectors = layout.carried.iter().map(Collector::new).collect();
        self.texts.clear();
        self.events.clear();
        self.note(layout);
    }

    /// Takes on what differs beside the streams carried, which go on.
    pub(super) fn note(&mut self, layout: Layout) {
        let mut pids: Vec<_> = layout.subtitles.iter().map(|s| s.pid).collect();
        pids.dedup();
        self.texts.retain(|text| pids.contains(&text.pid));
        pids.retain(|pid| self.texts.iter().all(|text| text.pid != *pid));
        self.texts.extend(pids.into_iter().map(Collector::of));
        self.layout = Some(layout);
    }

    fn push_pat(&mut self, packet: Packet<'_>) {
        let mut found = None;
        self.pat.push(packet, |section| {
            if let Ok(section) = section
                && section.current()
                && let Ok(pat) = Pat::parse(&section)
            {
                found = pat.programs.first().map(|p| p.pmt);
            }
        });
        if found.is_some() && found != self.pmt_pid {
            self.pmt_pid = found;
            self.pmt = SectionAssembler::new();
        }
    }

    fn push_pmt(&mut self, packet: Packet<'_>) {
        let mut found = None;
        self.pmt.push(packet, |section| {
            if let Ok(section) = section
                && section.current()
            {
                found = Pmt::parse(&section).ok();
            }
        });
        let Some(pmt) = found else {
            return;
        };
        self.pcr_pid = Some(pmt.pcr_pid);
        let layout = Layout::of(&pmt, &self.ladder);
        if self.layout.as_ref() != Some(&layout) {
            self.events.push_back(Event::Layout(layout));
        }
    }

    fn push_pes(&mut self, index: usize, packet: Packet<'_>) {
        let Some(collector) = self.collectors.get_mut(index) else {
            return;
        };
        let done = collector.push(packet, &mut self.faults);
        for (bytes, truncated) in done.into_iter().flatten() {
            self.pes(index, bytes, truncated);
        }
    }

    fn pes(&mut self, index: usize, bytes: Vec<u8>, truncated: bool) {
        let Some(pes) = pes_of(bytes, truncated, &mut self.faults) else {
            return;
        };
        let Some(collector) = self.collectors.get_mut(index) else {
            return;
        };
        let before = collector.trust;
        collector.judge(&pes.payload);
        match collector.trust {
            Trust::Carried => {}
            Trust::Probation(_) => return,
            Trust::Refused => {
                if before != Trust::Refused {
                    self.events.push_back(Event::Refused { index });
                }
                return;
            }
        }
        self.events.push_back(Event::Pes { index, pes });
    }
}

impl Collector {
    fn new(carried: &Carried) -> Self {
        Self {
            is_rung: carried.role.is_rung(),
            trust: if carried.on_probation {
                Trust::Probation(0)
            } else {
                Trust::Carried
            },
            ..Self::of(carried.pid)
        }
    }

    /// For a stream that is what its label says.
    fn of(pid: Pid) -> Self {
        Self {
            pid,
            is_rung: false,
            trust: Trust::Carried,
            continuity: Continuity::new(),
            held: Vec::new(),
            filled_up: false,
            state: State::Waiting,
            scrambled: 0,
        }
    }

    /// Takes a packet, and hands out what it ends: the PES packet before it, and its own.
    fn push(
        &mut self,
        packet: Packet<'_>,
        faults: &mut DemuxFaults,
    ) -> [Option<(Vec<u8>, bool)>; 2] {
        let mut done = [None, None];
        if packet.scrambling() != Scrambling::Clear {
            self.scrambled += 1;
            return done;
        }
        self.scrambled = 0;
        let step = self.continuity.judge(packet);
        if step.is_repeat() {
            return done;
        }
        if step.is_break() {
            done[0] = self.finish(true);
        }
        if packet.unit_start() {
            done[0] = done[0].take().or(self.finish(false));
            self.state = State::Collecting;
        }
        if self.state == State::Collecting {
            if self.held.len() > PES_CAP {
                faults.oversize += 1;
                self.held = Vec::new();
                self.state = State::Waiting;
            } else {
                self.held.extend_from_slice(packet.payload());
                self.filled_up = packet.payload_offset() > needed(packet);
            }
        }
        if self.is_complete() {
            done[1] = self.finish(false);
        }
        done
    }

    /// Looks at a PES packet's payload while the label is in doubt.
    fn judge(&mut self, sound: &[u8]) {
        if let Trust::Probation(count) = self.trust {
            self.trust = match begins_adts(sound) {
                Some(true) => Trust::Carried,
                None if count < PROBATION => Trust::Probation(count + 1),
                Some(false) | None => Trust::Refused,
            };
        }
    }

    fn is_complete(&self) -> bool {
        self.state == State::Collecting
            && bounded_len(&self.held).is_some_and(|len| self.held.len() >= len)
    }

    /// Hands out what is held, if it is a PES packet's beginning or all of it.
    fn finish(&mut self, truncated: bool) -> Option<(Vec<u8>, bool)> {
        let was = std::mem::replace(&mut self.state, State::Waiting);
        let size = self.held.len();
        let held = std::mem::take(&mut self.held);
        // The next one is likely to be as long.
        self.held.reserve(size.min(PES_CAP / 16));
        (was == State::Collecting && size > PES_FIXED_LEN).then_some((held, truncated))
    }
}

/// The PES packet that `bytes` are; `None` where its header cannot be read.
fn pes_of(mut bytes: Vec<u8>, truncated: bool, faults: &mut DemuxFaults) -> Option<Pes> {
    faults.truncated += u64::from(truncated);
    let Ok(header) = PesHeader::parse(&bytes) else {
        faults.unreadable += 1;
        return None;
    };
    let stamp = header.pts.map(|pts| Stamp {
        pts,
        dts: header.dts.unwrap_or(pts),
    });
    // A bounded packet may be followed by stuffing that is not its own.
    if let Some(end) = bounded_len(&bytes) {
        bytes.truncate(end);
    }
    bytes.drain(..header.len.min(bytes.len()));
    Some(Pes {
        stamp,
        payload: bytes,
        truncated,
    })
}

/// The length of a PES packet that says one; video usually does not (2.4.3.7).
fn bounded_len(bytes: &[u8]) -> Option<usize> {
    let &[_, _, _, _, high, low] = bytes.first_chunk::<PES_FIXED_LEN>()?;
    let len = usize::from(u16::from_be_bytes([high, low]));
    (len != 0).then_some(len + PES_FIXED_LEN)
}

/// Bytes before the payload of a packet that is not filled up: a header, an adaptation field with a
/// PCR (2.4.3.2, 2.4.3.4).
fn needed(packet: Packet<'_>) -> usize {
    4 + packet.pcr().map_or(0, |_| 8)
}

/// Whether sound begins with ADTS: its sync word with layer 0, which MPEG audio never has. `None`
/// where no frame begins.
fn begins_adts(sound: &[u8]) -> Option<bool> {
    let &[sync, flags] = sound.first_chunk()?;
    (sync == 0xff && flags & 0xf0 == 0xf0).then_some(flags & 0x06 == 0)
}

/// The time stamp that a PCR's base is.
pub(super) const fn clock_pts(pcr: Pcr) -> Pts {
    Pts::from_ticks(pcr.base())
}
