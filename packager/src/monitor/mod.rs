//! Measures one stream of packets.
//!
//! In: packets with their receive time. Out: findings by the names of TR 101 290, rates, the
//! inventory of programmes, and the state of the chosen programme in an operator's words. All of
//! it is data: a stage further on judges it. It changes no byte and raises no error.

mod answers;
mod check;
mod clock;
mod codec;
mod inventory;
mod mdi;
mod pcr;
mod pids;
mod presence;
mod rhythm;
mod si;
mod stream;
mod tables;
#[cfg(test)]
mod tests;
mod tstd;
mod upkeep;
mod uses;

use std::time::Duration;

use crate::time::{Bitrate, Mono};
use crate::ts::continuity::Step;
use crate::ts::packet::Scrambling;
use crate::ts::pmt::Kind;
use crate::ts::{PACKET_LEN, Packet, RawPacket};

pub use check::{Buffer, Check, Evidence, Finding, Place};
pub use clock::Clock;
pub use codec::{Audio, Codec, Detail, Video};
pub use inventory::{Inventory, PidUse, Program, Purpose, Stream};
pub use mdi::Mdi;
pub use presence::{Cause, LOST_AFTER, Lack, Presence, SILENT_AFTER, SILENT_AFTER_PAUSES, State};
pub use rhythm::Rhythm;
pub use tables::PROGRAMS_MAX;

use check::Findings;
use clock::Timeline;
use pids::{PidWatch, Pids, SectionWatch, raise_section_error};
use si::Moment;
use stream::Seen;
use tables::Tables;
use tstd::{Arrival, Decoder};

/// The most between two PATs, and between two PMTs (TR 101 290, 1.3.a and 1.5.a). The CAT has no
/// period there; it is held to that of its sisters.
const TABLE_PERIOD: Duration = Duration::from_millis(500);
/// How often time-outs are looked for: a fifth of the shortest.
const SWEEP: Duration = Duration::from_millis(100);
/// What a monitor needs to know of its stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where time comes from.
    pub clock: Clock,
    /// The programme whose presence is told; `None` is the first of the PAT that has video or
    /// audio.
    pub program: Option<u16>,
    /// The constant rate that the stream declares. Only with it PCR accuracy (2.4) is measured:
    /// arrival times in software cannot resolve 500 ns, byte positions can.
    pub constant_rate: Option<Bitrate>,
    /// The user period of PID_error (1.6).
    pub pid_period: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            clock: Clock::Receive,
            program: None,
            constant_rate: None,
            pid_period: Duration::from_secs(5),
        }
    }
}

/// Measures one stream.
#[derive(Debug)]
pub struct Monitor {
    settings: Settings,
    timeline: Timeline,
    /// Time of checks at the last packet.
    now: Mono,
    packets: u64,
    bad_syncs: u32,
    /// Sync errors and losses told by [`Monitor::received`] so far.
    counted: (u64, u64),
    findings: Findings,
    pids: Pids,
    tables: Tables,
    /// The buffer model of each programme.
    decoders: Vec<Decoder>,
    /// Whether the tables say something that is not yet watched.
    changed: bool,
    /// Changes of what is watched, never under what the packets so far allow without saving up.
    changes: u64,
    program: Option<u16>,
    /// Time of checks when PAT and PMTs had been read.
    whole: Option<Mono>,
    presence: presence::Watch,
    sweep_due: Mono,
    /// Scrambled packets came, and no CAT, since this time of checks.
    scrambled_since: Option<Mono>,
    second: Second,
    mdi: mdi::MdiWatch,
}

/// The running second.
#[derive(Clone, Copy, Debug, Default)]
struct Second {
    began: Option<Mono>,
    /// The time of the last packet.
    last: Mono,
    /// Packets when it began.
    marked: u64,
    /// bit/s over the last whole second.
    rate: Option<u64>,
}

impl Second {
    /// Packets in `time` at the rate of the last whole second.
    fn packets_in(&self, time: Duration) -> Option<u64> {
        let bits = u128::from(self.rate?) * time.as_nanos() / 1_000_000_000;
        u64::try_from(bits / (PACKET_LEN as u128 * 8)).ok()
    }
}

impl Monitor {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            timeline: Timeline::new(settings.clock),
            settings,
            now: Mono::ZERO,
            packets: 0,
            bad_syncs: 0,
            counted: (0, 0),
            findings: Findings::default(),
            pids: Pids::new(),
            tables: Tables::default(),
            decoders: Vec::new(),
            changed: false,
            changes: 0,
            program: None,
            whole: None,
            presence: presence::Watch::default(),
            sweep_due: Mono::ZERO + SWEEP,
            scrambled_since: None,
            second: Second::default(),
            mdi: mdi::MdiWatch::default(),
        }
    }

    /// Takes one packet, received at `at`.
    pub fn push(&mut self, at: Mono, packet: &RawPacket) {
        let packet = Packet::new(packet);
        let now = self.timeline.advance(at, packet);
        let at = match self.settings.clock {
            Clock::Receive => at,
            Clock::Pcr => now,
        };
        let place = Place {
            at,
            packet: self.packets,
        };
        self.now = now;
        self.presence.packet(at);
        self.roll(at);
        self.packets += 1;
        if self.settings.clock == Clock::Receive {
            self.mdi.push(at);
        }
        if now >= self.sweep_due {
            self.sweep(place);
        }
        if self.changed {
            self.apply(place);
        }
        if !self.sync(packet, place) {
            return;
        }
        if packet.transport_error() {
            let evidence = Evidence::Marked(packet.pid());
            self.findings.raise(Check::Transport, place, evidence);
            // Its PID may be wrong, too: no watch is made for it.
            if let Some(watch) = self.pids.find_mut(packet.pid()) {
                watch.marked();
            }
            return;
        }
        self.watch(packet, place);
    }

    /// Judges the sync byte; whether the packet can be read.
    fn sync(&mut self, packet: Packet<'_>, place: Place) -> bool {
        if packet.has_sync() {
            self.bad_syncs = 0;
            return true;
        }
        self.bad_syncs += 1;
        let evidence = Evidence::SyncByte(packet.bytes()[0]);
        self.findings.raise(Check::SyncByte, place, evidence);
        if self.bad_syncs == 2 {
            self.findings.raise(Check::SyncLoss, place, evidence);
        }
        false
    }

    /// Takes a packet that can be read.
    fn watch(&mut self, packet: Packet<'_>, place: Place) {
        let now = self.now;
        let Some(watch) = self.pids.get(packet.pid(), now) else {
            return;
        };
        watch.packets += 1;
        watch.seen = now;
        if packet.pid().is_null() {
            return;
        }
        let step = watch.step(packet);
        match step {
            Step::Gap(missing) => {
                self.mdi.lose(missing);
                let evidence = Evidence::Missing(watch.pid, missing);
                self.findings.raise(Check::Continuity, place, evidence);
            }
            Step::Excess => {
                self.findings
                    .raise(Check::Continuity, place, Evidence::Copies(watch.pid));
            }
            _ => {}
        }
        if packet.has_adaptation()
            && let Some(pcr) = &mut watch.pcr
        {
            let rate = self.settings.constant_rate;
            pcr.push(packet, (now, place), rate, &mut self.findings);
        }
        watch.scrambled = packet.scrambling() != Scrambling::Clear;
        let broken = (step.is_break(), step.is_repeat());
        buffer(
            &mut self.decoders,
            watch,
            (packet, broken),
            place,
            &mut self.findings,
        );
        if watch.scrambled {
            self.scrambled_since = self.scrambled_since.or(Some(now));
            scrambled(watch, now, place, &mut self.findings);
        } else if watch.sections.is_some() {
            for decoder in &mut self.decoders {
                decoder.tables(packet, place.packet);
            }
            self.sections(packet, place);
        } else if let Some(stream) = &mut watch.stream
            && stream.push(packet, now, !step.is_break()) == Seen::Start
            && stream.chosen
        {
            match stream.kind {
                Kind::Video => self.presence.picture(place.at),
                Kind::Audio => self.presence.sound(place.at),
                Kind::Subtitle | Kind::Data => {}
            }
        }
    }

    fn sections(&mut self, packet: Packet<'_>, place: Place) {
        let (pid, now) = (packet.pid(), self.now);
        let at = Moment {
            now,
            place,
            least: self.second.packets_in(si::LEAST),
        };
        let (tables, findings) = (&mut self.tables, &mut self.findings);
        let Some(watch) = self.pids.get(pid, now).and_then(|w| w.sections.as_mut()) else {
            return;
        };
        let (role, mut came, mut changed) = (watch.role(), false, false);
        let SectionWatch { assembler, si, .. } = &mut **watch;
        assembler.push(packet, |section| match section {
            Ok(section) => {
                if let Some(si) = si {
                    si.push(&section, at, findings);
                }
                came |= role.judge((pid, &section), place, findings);
                changed |= tables.push(pid, &section, place, findings);
            }
            Err(error) => raise_section_error(pid, error, place, findings),
        });
        if came {
            (watch.seen, watch.came) = (now, Some(now));
        }
        self.changed |= changed;
    }
}

/// Shows a packet to the buffer models; whether packets before it are missing, and whether it came
/// before.
fn buffer(
    decoders: &mut [Decoder],
    watch: &PidWatch,
    (packet, (broken, repeated)): (Packet<'_>, (bool, bool)),
    place: Place,
    findings: &mut Findings,
) {
    if packet.has_adaptation() {
        for decoder in &mut *decoders {
            decoder.clock(packet, place, findings);
        }
    }
    let Some((decoder, index)) = watch.buffered else {
        return;
    };
    let Some(decoder) = decoders.get_mut(usize::from(decoder)) else {
        return;
    };
    let found = watch.stream.as_ref().and_then(|stream| stream.found);
    if packet.unit_start()
        && let Some(found) = found
    {
        decoder.learn(index, found);
    }
    let arrival = Arrival {
        packet,
        number: place.packet,
        broken,
        repeated,
        scrambled: watch.scrambled,
    };
    decoder.push(index, arrival);
}

/// A scrambled packet on this PID.
fn scrambled(watch: &mut PidWatch, now: Mono, place: Place, findings: &mut Findings) {
    if let Some(check) = watch.sections.as_ref().and_then(|s| s.check()) {
        findings.raise(check, place, Evidence::Scrambled(watch.pid));
    }
    if let Some(stream) = &mut watch.stream {
        stream.scrambled(now);
    }
}
