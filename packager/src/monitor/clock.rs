//! The time that checks run on: time during which packets came, without the stalls of a line.

use std::time::Duration;

use crate::time::Mono;
use crate::ts::clock::Ticks;
use crate::ts::{Packet, Pcr, Pid};

/// Where time comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Clock {
    /// The receive time that comes with each packet: for live streams.
    #[default]
    Receive,
    /// The stream's own PCR; the times that come with packets are ignored. For files read faster
    /// than real time.
    Pcr,
}

/// A stall of the line counts no longer than this for a stream's time-outs: the sender is not to
/// blame, and presence tells of it. Under the shortest time-out (0.5 s), so that a stall alone
/// raises none; over the 164 ms between the datagrams of 64 kbit/s of sound.
const STALL: Duration = Duration::from_millis(300);
/// A PCR further than this from the one before is another timeline. ISO/IEC 13818-1, 2.7.2 has
/// 100 ms; packets may be lost.
const STEP_MAX: Ticks = Ticks::from_millis(10_000);
/// Packets for this time, at their average pace, without a PCR: it has ended, and the packets
/// alone tell the time.
const ENDED_NANOS: u64 = 1_000_000_000;
/// The average pace is over half of this to all of it: long enough for the bursts of pictures.
const AVERAGED_NANOS: u64 = 4_000_000_000;
/// PCRs on other PIDs, with none on the clock's own, after which another is taken.
const ABANDONED: u32 = 50;

/// Turns what comes with packets into one line of time that never goes back.
#[derive(Debug)]
pub(super) enum Timeline {
    Receive {
        last: Option<Mono>,
        /// Without stalls.
        line: Mono,
    },
    Pcr(PcrLine),
}

/// Time by the PCR of one PID, by packets in between.
#[derive(Debug, Default)]
pub(super) struct PcrLine {
    reference: Option<(Pid, Pcr)>,
    /// The line at the last PCR.
    line: Mono,
    /// The time last told.
    told: Mono,
    /// Packets since the last PCR.
    packets: u64,
    /// Packets and nanoseconds of the PCRs so far, the old ones forgotten by and by.
    average: (u64, u64),
    /// Nanoseconds between the last two PCRs.
    step: u64,
    /// PCRs on other PIDs since the last.
    others: u32,
}

impl Timeline {
    pub(super) fn new(clock: Clock) -> Self {
        match clock {
            Clock::Receive => Self::Receive {
                last: None,
                line: Mono::ZERO,
            },
            Clock::Pcr => Self::Pcr(PcrLine::default()),
        }
    }

    /// The time of `packet`, received at `at`.
    pub(super) fn advance(&mut self, at: Mono, packet: Packet<'_>) -> Mono {
        match self {
            Self::Receive { last, line } => {
                let step = last.map_or(Duration::ZERO, |last| at.since(last));
                *last = Some(last.map_or(at, |last| last.max(at)));
                *line += step.min(STALL);
                *line
            }
            Self::Pcr(line) => line.advance(packet),
        }
    }

    /// Whether there is a time at all.
    pub(super) const fn is_known(&self) -> bool {
        match self {
            Self::Receive { .. } => true,
            Self::Pcr(line) => line.average.0 > 0,
        }
    }
}

impl PcrLine {
    fn advance(&mut self, packet: Packet<'_>) -> Mono {
        self.packets += 1;
        if packet.has_adaptation()
            && let Some(pcr) = packet.pcr()
            && !packet.transport_error()
        {
            self.refer((packet.pid(), pcr), packet.discontinuity());
        }
        self.told = self
            .told
            .max(self.line + Duration::from_nanos(self.ahead()));
        self.told
    }

    /// Nanoseconds since the last PCR. Packets come in bursts, so that their count shows no more
    /// time than the last step; unless they are so many that the PCR must have ended.
    fn ahead(&self) -> u64 {
        let (packets, time) = self.average;
        let pace = time.checked_div(packets).unwrap_or(0);
        let nanos = self.packets.saturating_mul(pace);
        if nanos > ENDED_NANOS {
            nanos
        } else {
            nanos.min(self.step)
        }
    }

    /// `told` is discontinuity_indicator: the PCR is of a new timeline.
    fn refer(&mut self, (pid, pcr): (Pid, Pcr), told: bool) {
        let Some((own, last)) = self.reference else {
            self.restart(pid, pcr);
            return;
        };
        if pid != own {
            self.others += 1;
            if self.others > ABANDONED {
                self.restart(pid, pcr);
            }
            return;
        }
        let step = pcr.since(last);
        let nanos = step.as_nanos().unsigned_abs();
        if told || step < Ticks::ZERO || step > STEP_MAX || self.is_leap(nanos) {
            self.restart(pid, pcr);
            return;
        }
        self.step = nanos;
        self.line += Duration::from_nanos(self.step);
        self.average.0 += self.packets;
        self.average.1 += self.step;
        if self.average.1 > AVERAGED_NANOS {
            self.average = (self.average.0 / 2, self.average.1 / 2);
        }
        (self.reference, self.packets, self.others) = (Some((pid, pcr)), 0, 0);
    }

    /// Whether so much time is more than twice what the packets since the last PCR take at their
    /// average pace: the stream leaps there, or has a hole. Bursts make no leap of a second.
    fn is_leap(&self, nanos: u64) -> bool {
        let (packets, time) = self.average;
        let pace = time.checked_div(packets);
        let taken = pace.map_or(nanos, |pace| self.packets.saturating_mul(pace));
        nanos > ENDED_NANOS && nanos / 2 > taken
    }

    /// Goes on from the time told, by the PCRs that come from now on.
    fn restart(&mut self, pid: Pid, pcr: Pcr) {
        self.line = self.told;
        (self.reference, self.packets, self.others) = (Some((pid, pcr)), 0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ts::packet::{NULL_PACKET, pcr_packet};

    const PID: Pid = Pid::from_bits(0x100);

    fn ms(millis: u64) -> Mono {
        Mono::ZERO + Duration::from_millis(millis)
    }

    fn null() -> Packet<'static> {
        Packet::new(&NULL_PACKET)
    }

    /// Feeds a PCR of so many milliseconds, then nine null packets, and gives the last time.
    fn feed(line: &mut Timeline, pid: Pid, millis: i64) -> Mono {
        let pcr = Pcr::from_ticks(0).offset(Ticks::from_millis(millis));
        let mut now = line.advance(Mono::ZERO, Packet::new(&pcr_packet(pid, 0, pcr)));
        for _ in 0..9 {
            now = line.advance(Mono::ZERO, null());
        }
        now
    }

    #[test]
    fn a_stall_of_the_line_counts_no_longer_than_its_cap() {
        let mut line = Timeline::new(Clock::Receive);
        let times = [5000, 5100, 9100, 9000, 9200].map(|at| line.advance(ms(at), null()));
        assert_eq!(times, [0, 100, 400, 400, 500].map(ms));
    }

    #[test]
    fn the_pcr_gives_the_time_and_packets_divide_it() {
        let mut line = Timeline::new(Clock::Pcr);
        assert_eq!(feed(&mut line, PID, -40), ms(0));
        assert!(!line.is_known());
        assert_eq!(feed(&mut line, PID, 0), ms(40 + 36));
        assert!(line.is_known());
        assert_eq!(feed(&mut line, PID, 40), ms(80 + 36));
    }

    #[test]
    fn a_leap_of_the_pcr_is_no_time_and_the_line_never_goes_back() {
        let mut line = Timeline::new(Clock::Pcr);
        feed(&mut line, PID, 0);
        assert_eq!(feed(&mut line, PID, 40), ms(76));
        // Each leap stands still for its packet alone.
        assert_eq!(feed(&mut line, PID, 90_000_000), ms(76 + 36));
        assert_eq!(feed(&mut line, PID, 10), ms(112 + 36));
        assert_eq!(feed(&mut line, PID, 50), ms(112 + 40 + 36));
    }

    #[test]
    fn a_leap_of_seconds_is_no_time_where_few_packets_came_or_the_stream_tells_it() {
        let mut line = Timeline::new(Clock::Pcr);
        feed(&mut line, PID, 0);
        assert_eq!(feed(&mut line, PID, 40), ms(76));
        assert_eq!(feed(&mut line, PID, 9_040), ms(76 + 36));
        let pcr = Pcr::from_ticks(0).offset(Ticks::from_millis(9_540));
        let mut told = pcr_packet(PID, 0, pcr);
        assert!(crate::ts::packet::mark_discontinuity(&mut told));
        assert_eq!(line.advance(Mono::ZERO, Packet::new(&told)), ms(112));
    }

    #[test]
    fn bursts_between_pcrs_do_not_stretch_the_time() {
        let mut line = Timeline::new(Clock::Pcr);
        let mut now = Mono::ZERO;
        for n in 0..100 {
            feed(&mut line, PID, n * 40);
            for _ in 0..(n % 2) * 500 {
                now = line.advance(Mono::ZERO, null());
            }
        }
        assert!(now <= ms(99 * 40 + 40), "{now:?}");
    }

    #[test]
    fn time_goes_on_by_packets_where_the_pcr_ends() {
        let mut line = Timeline::new(Clock::Pcr);
        for n in 0..100 {
            feed(&mut line, PID, n * 40);
        }
        let mut now = Mono::ZERO;
        for _ in 0..500 {
            now = line.advance(Mono::ZERO, null());
        }
        assert_eq!(now, ms(99 * 40 + 509 * 4));
    }

    #[test]
    fn another_pid_takes_over_where_the_first_ends_its_pcr() {
        let mut line = Timeline::new(Clock::Pcr);
        feed(&mut line, PID, 0);
        let before = feed(&mut line, PID, 40);
        let other = Pid::from_bits(0x200);
        let mut after = before;
        for n in 0..200 {
            after = feed(&mut line, other, n * 20);
        }
        assert!(after.since(before) > Duration::from_secs(3), "{after:?}");
    }
}
