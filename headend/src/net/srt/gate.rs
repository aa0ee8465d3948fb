//! Who may come to an SRT listener.
//!
//! rsrt derives a key (2,048 rounds of SHA-1) for each handshake that carries one, takes any
//! number of callers, and says nothing of those it refuses. So the listener's port is ours: the
//! gate looks at what comes, hands on to rsrt what it may see, and reads rsrt's answers. Data
//! flows through untouched. There is one seat, and at most one handshake on its way to it.

use std::collections::VecDeque;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::net::SocketAddr;
use std::time::Duration;

use packager::time::Mono;

use super::limit::{Allowance, Sources, Taken};
use super::wire::{self, Kind};

/// Handshakes of one source. A caller repeats each of its two every 250 ms.
const SOURCE: Allowance = Allowance {
    burst: 20,
    every: Duration::from_millis(100),
};
/// Inductions of all sources: an answer costs a hash.
const INDUCTIONS: Allowance = Allowance {
    burst: 500,
    every: Duration::from_millis(1),
};
/// Conclusions of all sources: an answer costs half a millisecond of a core.
const CONCLUSIONS: Allowance = Allowance {
    burst: 50,
    every: Duration::from_millis(20),
};
/// rsrt answers a handshake within a few milliseconds, or not at all.
const ANSWER: Duration = Duration::from_millis(50);
/// Heard within this a caller is alive: even one without data says so each second. An encoder that
/// was started again need not wait until rsrt misses its forerunner (5 s).
const ALIVE: Duration = Duration::from_millis(1500);
/// Callers whose induction may wait for its answer at one time.
const WAITING: usize = 64;
/// The refusal of a caller while another is there: SRT_REJX_LOCKED of libsrt's access control.
const LOCKED: u32 = 2423;
/// The refusal of a stream id: SRT_REJX_FORBIDDEN.
const FORBIDDEN: u32 = 2403;

/// What becomes of a datagram from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It goes on to rsrt.
    Pass,
    /// So many bytes of it, changed into an answer, go back.
    Answer(usize),
    /// It is dropped.
    Drop,
}

/// Why somebody was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Nothing that SRT knows.
    Garbage,
    /// SRT, of a connection that is not here.
    Stray,
    /// A handshake that no caller means.
    Form,
    /// A handshake without the cookie that its address was given.
    Cookie,
    /// Too many handshakes.
    TooMany,
    /// The seat is taken.
    Busy,
    /// Another stream id.
    StreamId,
    /// rsrt refused, with that code.
    Code(u32),
}

/// A caller: its address and its socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Caller {
    address: SocketAddr,
    socket: u32,
}

pub(super) struct Gate {
    stream_id: Option<String>,
    /// Who has the seat, and when it was heard last.
    seat: Option<(Caller, Mono)>,
    /// Whose handshake is with rsrt, since when.
    asked: Option<(Caller, Mono)>,
    waiting: VecDeque<Caller>,
    /// rsrt's cookies for the address of this gate, the newest last. They change each minute and
    /// one minute's grace is given.
    cookies: VecDeque<u32>,
    /// Makes of a cookie for this gate one for each address outside, so that nobody takes part
    /// whom our answers do not reach.
    key: RandomState,
    sources: Sources,
    inductions: Taken,
    conclusions: Taken,
    refused: u64,
    last: Option<(SocketAddr, Refusal)>,
}

impl Gate {
    /// A gate that lets in callers of that stream id, or of any.
    pub(super) fn new(stream_id: Option<String>) -> Self {
        Self {
            stream_id,
            seat: None,
            asked: None,
            waiting: VecDeque::with_capacity(WAITING),
            cookies: VecDeque::with_capacity(2),
            key: RandomState::new(),
            sources: Sources::new(SOURCE),
            inductions: Taken::default(),
            conclusions: Taken::default(),
            refused: 0,
            last: None,
        }
    }

    /// Judges what came from outside.
    pub(super) fn outside(&mut self, now: Mono, from: SocketAddr, packet: &mut [u8]) -> Verdict {
        if !wire::is_handshake(packet) {
            if let Some((caller, heard)) = &mut self.seat
                && packet.len() >= wire::HEADER_LEN
                && caller.address == from
            {
                *heard = now;
                return Verdict::Pass;
            }
            let known = packet.len() >= wire::HEADER_LEN && wire::destination(packet) != Some(0);
            return self.refuse(
                from,
                if known {
                    Refusal::Stray
                } else {
                    Refusal::Garbage
                },
            );
        }
        let (Some(kind), Some(socket)) = (wire::kind(packet), wire::socket(packet)) else {
            return self.refuse(from, Refusal::Form);
        };
        if !wire::is_plausible(packet) || socket == 0 {
            return self.refuse(from, Refusal::Form);
        }
        let caller = Caller {
            address: from,
            socket,
        };
        match kind {
            Kind::Induction => self.induction(now, caller),
            Kind::Conclusion => self.conclusion(now, caller, packet),
            Kind::Refusal(_) => self.refuse(from, Refusal::Form),
        }
    }

    /// Judges what rsrt answers, and says where it goes.
    pub(super) fn inside(&mut self, packet: &mut [u8]) -> Option<SocketAddr> {
        let socket = wire::destination(packet)?;
        let kind = wire::kind(packet);
        if kind == Some(Kind::Induction) {
            let index = self.waiting.iter().rposition(|c| c.socket == socket)?;
            let caller = self.waiting.remove(index)?;
            self.learn(wire::cookie(packet)?);
            self.mask(caller.address, packet);
            return Some(caller.address);
        }
        let Some(kind) = kind else {
            let (caller, _) = self.seat.filter(|(caller, _)| caller.socket == socket)?;
            return Some(caller.address);
        };
        let (caller, since) = self
            .asked
            .take_if(|(caller, _)| caller.socket == socket)
            .or(self.seat.filter(|(caller, _)| caller.socket == socket))?;
        match kind {
            Kind::Refusal(code) => {
                self.refuse(caller.address, Refusal::Code(code));
            }
            Kind::Conclusion | Kind::Induction => self.seat = Some((caller, since)),
        }
        self.mask(caller.address, packet);
        Some(caller.address)
    }

    /// The connection has ended: the seat is free.
    pub(super) fn vacate(&mut self) {
        self.seat = None;
    }

    /// Who is on the way to the seat, or else has it.
    pub(super) fn guest(&self) -> Option<SocketAddr> {
        self.asked.or(self.seat).map(|(caller, _)| caller.address)
    }

    /// How many were refused, and the last of them.
    pub(super) fn refused(&self) -> (u64, Option<(SocketAddr, Refusal)>) {
        (self.refused, self.last)
    }

    fn induction(&mut self, now: Mono, caller: Caller) -> Verdict {
        if !self.sources.take(now, caller.address.ip()) || !self.inductions.take(now, INDUCTIONS) {
            return self.refuse(caller.address, Refusal::TooMany);
        }
        if self.waiting.len() == WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back(caller);
        Verdict::Pass
    }

    fn conclusion(&mut self, now: Mono, caller: Caller, packet: &mut [u8]) -> Verdict {
        self.mask(caller.address, packet);
        let cookie = wire::cookie(packet);
        if !self.cookies.iter().any(|&known| Some(known) == cookie) {
            return self.refuse(caller.address, Refusal::Cookie);
        }
        match self.seat {
            // It did not hear the answer; rsrt says it again.
            Some((there, _)) if there == caller => return Verdict::Pass,
            Some((_, heard)) if now.since(heard) < ALIVE => {
                return self.answer(caller, packet, LOCKED, Refusal::Busy);
            }
            _ => {}
        }
        // It comes again in 250 ms.
        if self
            .asked
            .is_some_and(|(_, since)| now.since(since) < ANSWER)
        {
            return Verdict::Drop;
        }
        if !self.sources.take(now, caller.address.ip()) || !self.conclusions.take(now, CONCLUSIONS)
        {
            return self.refuse(caller.address, Refusal::TooMany);
        }
        let wanted = self.stream_id.as_ref().map(String::as_bytes);
        if wanted.is_some_and(|wanted| wanted != wire::stream_id(packet)) {
            return self.answer(caller, packet, FORBIDDEN, Refusal::StreamId);
        }
        self.asked = Some((caller, now));
        Verdict::Pass
    }

    fn answer(&mut self, caller: Caller, packet: &mut [u8], code: u32, why: Refusal) -> Verdict {
        self.refuse(caller.address, why);
        self.mask(caller.address, packet);
        wire::refuse(packet, code);
        Verdict::Answer(wire::HANDSHAKE_LEN)
    }

    fn refuse(&mut self, from: SocketAddr, why: Refusal) -> Verdict {
        self.refused += 1;
        // Too many of what? The reason for the first of them says more.
        let known = self.last.is_some_and(|(last, _)| last.ip() == from.ip());
        if why != Refusal::TooMany || !known {
            self.last = Some((from, why));
        }
        Verdict::Drop
    }

    fn learn(&mut self, cookie: u32) {
        if self.cookies.contains(&cookie) {
            return;
        }
        if self.cookies.len() == 2 {
            self.cookies.pop_front();
        }
        self.cookies.push_back(cookie);
    }

    /// Turns rsrt's cookie into that of an address, and back.
    fn mask(&self, address: SocketAddr, handshake: &mut [u8]) {
        if let Some(cookie) = wire::cookie(handshake) {
            let [_, _, _, _, mask @ ..] = self.key.hash_one(address).to_be_bytes();
            wire::set_cookie(handshake, cookie ^ u32::from_be_bytes(mask));
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self {
            Self::Garbage => "sent something that is not SRT",
            Self::Stray => "sent data of a connection that is not here",
            Self::Form => "sent an odd handshake",
            Self::Cookie => "sent a handshake without the cookie it was given",
            Self::TooMany => "sent too many handshakes; most are not looked at",
            Self::Busy => "called while another caller is connected",
            Self::StreamId => "called with another stream id than the one configured",
            // The codes of table 7.
            Self::Code(1008) => "speaks a version of SRT before 1.3",
            Self::Code(1010) => "called with a wrong passphrase",
            Self::Code(1011) => "and this node do not both have a passphrase",
            Self::Code(1012) => "wants the stream mode of SRT, not the live mode",
            Self::Code(1013) => "wants a congestion control other than live",
            Self::Code(1014) => "wants a packet filter (FEC), which this listener does not have",
            Self::Code(code) => return write!(f, "was refused (code {code})"),
        };
        f.write_str(sentence)
    }
}

#[cfg(test)]
mod tests;
