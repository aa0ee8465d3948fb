//! The PIDs of the programme: which go out, with which counter and which time stamps.

use super::timeline::Timeline;
use super::{Counters, is_reserved};
use crate::shape::{Role, Unit};
use crate::time::Mono;
use crate::ts::clock::Ticks;
use crate::ts::continuity::{Continuity, Step};
use crate::ts::packet::{Scrambling, restamp_pcr, set_continuity};
use crate::ts::pes::{self, PesHeader};
use crate::ts::pmt::{Kind, Pmt, Stream, StreamType};
use crate::ts::{Packet, Pcr, Pid, RawPacket};

/// PIDs of one programme that are carried; a hostile PMT names hundreds.
const LANES: usize = 64;
/// Units of picture that may pass before one that can be entered, at the start.
const ENTRY_PATIENCE: u32 = 250;
/// Units in a row that come after their time before all are moved later: one alone is a stamp
/// that is wrong.
const LATE_RUN: u32 = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    /// Nothing has gone out: waits for a unit to start, picture for one that can be entered.
    Entering { passed: u32 },
    /// Packets go out.
    Open,
    /// The unit that runs is not sent: its time stamp was out of line.
    Skipping,
}

#[derive(Debug)]
struct Lane {
    pid: Pid,
    role: Role,
    stream_type: StreamType,
    /// Sections have no PES header.
    is_pes: bool,
    flow: Flow,
    source: Continuity,
    /// Last counter sent.
    sent: u8,
    /// Units in a row that came after their time, and the least by which they did.
    late: (u32, Ticks),
}

/// A packet as it goes out.
#[derive(Debug)]
pub(super) struct Carried {
    pub(super) role: Role,
    pub(super) unit: Option<Unit>,
    pub(super) packet: RawPacket,
}

/// All PIDs of the programme.
#[derive(Debug, Default)]
pub(super) struct Lanes(Vec<Lane>);

impl Lanes {
    /// Takes over the PIDs of `pmt`; those that were there run on.
    pub(super) fn follow(&mut self, pmt: &Pmt) {
        let mut old = std::mem::take(&mut self.0);
        for stream in pmt
            .streams
            .iter()
            .filter(|s| !is_reserved(s.pid))
            .take(LANES)
        {
            if self.0.iter().any(|l| l.pid == stream.pid) {
                continue;
            }
            let known = old
                .iter()
                .position(|l| l.pid == stream.pid && l.stream_type == stream.stream_type);
            self.0.push(match known {
                Some(at) => old.swap_remove(at),
                None => Lane::new(stream),
            });
        }
    }

    /// Whether the PID is one of the programme.
    pub(super) fn carries(&self, pid: Pid) -> bool {
        self.0.iter().any(|l| l.pid == pid)
    }

    /// Carries nothing.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The source begins anew: its counters do not join, and that is no loss.
    pub(super) fn rejoin(&mut self) {
        for lane in &mut self.0 {
            lane.source = Continuity::new();
        }
    }

    /// The packet as it goes out; `None` when it does not.
    pub(super) fn carry(
        &mut self,
        received: Mono,
        packet: &RawPacket,
        timeline: &mut Timeline,
        counters: &mut Counters,
    ) -> Option<Carried> {
        let view = Packet::new(packet);
        let pid = view.pid();
        let lane = self.0.iter_mut().find(|l| l.pid == pid)?;
        let step = lane.source.judge(view);
        if step.is_repeat() {
            counters.duplicates += 1;
            return None;
        }
        if !view.has_payload() {
            return None;
        }
        let mut packet = *packet;
        let unit = if view.unit_start() {
            lane.start_unit(received, &mut packet, timeline, counters)
        } else {
            None
        };
        if lane.flow != Flow::Open {
            return None;
        }
        lane.count(&mut packet, step);
        lane.restamp(&mut packet, timeline.offset());
        Some(Carried {
            role: lane.role,
            unit,
            packet,
        })
    }
}

impl Lane {
    fn new(stream: &Stream) -> Self {
        let role = match stream.kind() {
            Kind::Video => Role::Video,
            Kind::Audio => Role::Audio,
            _ => Role::Other,
        };
        Self {
            pid: stream.pid,
            role,
            stream_type: stream.stream_type,
            is_pes: stream.stream_type.is_pes(),
            flow: Flow::Entering { passed: 0 },
            source: Continuity::new(),
            sent: 15,
            late: (0, Ticks::ZERO),
        }
    }

    /// A unit starts here: decides whether it goes out, and brings its time stamps onto the line.
    fn start_unit(
        &mut self,
        received: Mono,
        packet: &mut RawPacket,
        timeline: &mut Timeline,
        counters: &mut Counters,
    ) -> Option<Unit> {
        let clear = Packet::new(packet).scrambling() == Scrambling::Clear;
        if !self.is_pes || !clear {
            self.flow = Flow::Open;
            return None;
        }
        let random_access = self.is_entry(packet);
        if let Flow::Entering { passed } = &mut self.flow
            && self.role == Role::Video
            && !random_access
            && *passed < ENTRY_PATIENCE
        {
            *passed += 1;
            return None;
        }
        let offset = Packet::new(packet).payload_offset();
        let payload = packet.get_mut(offset..).unwrap_or_default();
        let stamp = match PesHeader::parse(payload) {
            Ok(header) => header.dts.or(header.pts),
            Err(_) => None,
        };
        let decode = match stamp {
            None => None,
            Some(stamp) => match timeline.place(stamp, received) {
                Some((line, ahead)) => {
                    self.judge_time(ahead, timeline, counters);
                    Some(line)
                }
                None => {
                    counters.out_of_line += u64::from(timeline.is_running());
                    self.flow = Flow::Skipping;
                    return None;
                }
            },
        };
        if timeline.stamp_offset() != Ticks::ZERO && stamp.is_some() {
            pes::shift(payload, timeline.stamp_offset());
        }
        self.flow = Flow::Open;
        Some(Unit {
            decode,
            random_access,
        })
    }

    /// A decoder throws away what comes after its time: where that goes on, all is moved later.
    fn judge_time(&mut self, ahead: Ticks, timeline: &mut Timeline, counters: &mut Counters) {
        if ahead >= timeline.nearest() {
            self.late.0 = 0;
            return;
        }
        counters.late += 1;
        let (run, least) = self.late;
        let by = timeline.nearest() - ahead;
        let least = if run == 0 { by } else { by.min(least) };
        self.late = (run + 1, least);
        if run + 1 == LATE_RUN {
            self.late.0 = 0;
            timeline.excuse(least);
        }
    }

    /// Whether a decoder can begin here: the flag, or a parameter set at the front.
    fn is_entry(&self, packet: &RawPacket) -> bool {
        let view = Packet::new(packet);
        if view.random_access() || self.role != Role::Video {
            return true;
        }
        let mut starts = view.payload().windows(4).skip(6);
        match self.stream_type {
            StreamType::H264 => starts.any(|w| matches!(w, [0, 0, 1, n] if n & 0x1f == 7)),
            StreamType::H265 => starts.any(|w| matches!(w, [0, 0, 1, n] if (n >> 1) & 0x3f == 33)),
            _ => starts.any(|w| matches!(w, [0, 0, 1, 0xb3])),
        }
    }

    /// The output's counter: a hole in the source stays as large as it was.
    fn count(&mut self, packet: &mut RawPacket, step: Step) {
        let missing = match step {
            Step::Gap(missing) => missing,
            _ => 0,
        };
        self.sent = (self.sent + 1 + missing) & 0x0f;
        set_continuity(packet, self.sent);
    }

    fn restamp(&self, packet: &mut RawPacket, offset: Ticks) {
        let view = Packet::new(packet);
        if let Some(pcr) = view.pcr() {
            restamp_pcr(packet, Pcr::offset(pcr, offset));
        }
        // The line is unbroken, so the output has no discontinuity to announce.
        if Packet::new(packet).discontinuity()
            && let Some(flags) = packet.get_mut(5)
        {
            *flags &= 0x7f;
        }
    }
}
