//! The PIDs of the output: which stream of the input goes out under which, and their counters.

use crate::feed::is_reserved;
use crate::ts::packet::{set_continuity, set_pid};
use crate::ts::pmt::{Kind, Pmt, Stream};
use crate::ts::{Packet, Pid, RawPacket};

/// PIDs that a channel has ever had; a hostile source changes them for ever.
const LANES: usize = 128;
/// Where free PIDs are looked for.
const FIRST_FREE: u16 = 0x100;

/// One PID of the output.
#[derive(Clone, Copy, Debug)]
struct Lane {
    to: Pid,
    kind: Kind,
    /// Its PID in the input on air; `None` while that has no such stream.
    from: Option<Pid>,
    /// Counter last sent.
    last: Option<u8>,
    /// Output's counter less the input's; `None` until a packet tells.
    ahead: Option<u8>,
}

/// All PIDs of the output.
#[derive(Debug, Default)]
pub(super) struct Lanes(Vec<Lane>);

impl Lanes {
    /// Takes over the streams of `pmt`; gives the PMT under the PIDs of the output. A stream keeps
    /// its PID; one of another input takes that of the stream of its kind in the same place.
    pub(super) fn follow(&mut self, pmt: &Pmt, own: Pid, anew: bool) -> Pmt {
        let before: Vec<Lane> = self.0.clone();
        for lane in &mut self.0 {
            lane.from = None;
        }
        let mut streams = Vec::new();
        for stream in pmt.streams.iter().filter(|s| !is_reserved(s.pid)) {
            if self.0.iter().any(|lane| lane.from == Some(stream.pid)) {
                continue;
            }
            if let Some(lane) = self.place(stream, &before, own, anew) {
                lane.from = Some(stream.pid);
                let pid = lane.to;
                streams.push(Stream {
                    pid,
                    ..stream.clone()
                });
            }
        }
        for (lane, was) in self.0.iter_mut().zip(&before) {
            if anew || lane.from != was.from {
                lane.ahead = None;
            }
        }
        Pmt {
            pcr_pid: self.pcr_pid(pmt.pcr_pid, own),
            streams,
            ..pmt.clone()
        }
    }

    /// The lane for a stream: its own, else one of its kind that is free, else a new one.
    fn place(
        &mut self,
        stream: &Stream,
        before: &[Lane],
        own: Pid,
        anew: bool,
    ) -> Option<&mut Lane> {
        let free =
            |lanes: &[Lane], index: usize| lanes.get(index).is_some_and(|l| l.from.is_none());
        let kind = stream.kind();
        let same = before.iter().position(|was| {
            let known = if anew { Some(was.to) } else { was.from };
            known == Some(stream.pid) && was.kind == kind
        });
        let index = same.filter(|index| free(&self.0, *index)).or_else(|| {
            let mut lanes = self.0.iter();
            lanes.position(|lane| lane.kind == kind && lane.from.is_none())
        });
        if let Some(index) = index {
            return self.0.get_mut(index);
        }
        if self.0.len() >= LANES {
            return None;
        }
        let to = self.unused(stream.pid, own)?;
        self.0.push(Lane {
            to,
            kind,
            from: None,
            last: None,
            ahead: None,
        });
        self.0.last_mut()
    }

    fn unused(&self, wish: Pid, own: Pid) -> Option<Pid> {
        let taken = |pid: Pid| pid == own || self.0.iter().any(|lane| lane.to == pid);
        let others = (FIRST_FREE..0x1fff).filter_map(Pid::new);
        std::iter::once(wish).chain(others).find(|pid| !taken(*pid))
    }

    /// The PID of the PCR: that of its stream, or one of its own.
    fn pcr_pid(&self, pid: Pid, own: Pid) -> Pid {
        if pid.is_null() {
            return pid;
        }
        let lane = self.0.iter().find(|lane| lane.from == Some(pid));
        let to = lane.map(|lane| lane.to);
        to.or_else(|| self.unused(pid, own)).unwrap_or(pid)
    }

    /// Gives the packet its PID and counter; whether it is one of the programme.
    pub(super) fn carry(&mut self, packet: &mut RawPacket) -> bool {
        let view = Packet::new(packet);
        let (pid, counter) = (view.pid(), view.continuity());
        let Some(lane) = self.0.iter_mut().find(|lane| lane.from == Some(pid)) else {
            return false;
        };
        let ahead = *lane.ahead.get_or_insert_with(|| {
            let next = lane.last.map_or(counter, |last| last + 1);
            next.wrapping_sub(counter) & 0x0f
        });
        let sent = (counter + ahead) & 0x0f;
        lane.last = Some(sent);
        if lane.to != pid {
            set_pid(packet, lane.to);
        }
        if ahead != 0 {
            set_continuity(packet, sent);
        }
        true
    }
}
