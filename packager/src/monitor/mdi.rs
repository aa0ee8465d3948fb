//! The media delivery index (RFC 4445): how unevenly a stream arrives, and what is lost.

use std::time::Duration;

use crate::time::{Bitrate, Mono};
use crate::ts::PACKET_LEN;

/// Arrivals kept of a second: those of 170 Mbit/s in full datagrams. Beyond, it is not measured.
const ARRIVALS_MAX: usize = 16_384;

/// The media delivery index of one second, as DF:MLR (RFC 4445, 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mdi {
    /// DF: the time that a buffer must hold so that it neither overflows nor runs dry while the
    /// media's own rate drains it. A datagram's own time is in it.
    pub delay_factor: Duration,
    /// MLR: packets lost in the second, by their continuity counters.
    pub media_loss_rate: u64,
}

impl std::fmt::Display for Mdi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ms = self.delay_factor.as_secs_f64() * 1e3;
        write!(f, "{ms:.1}:{}", self.media_loss_rate)
    }
}

/// Follows the running second.
#[derive(Debug, Default)]
pub(super) struct MdiWatch {
    /// When the second's first packet came, and the last.
    start: Option<Mono>,
    last_at: Mono,
    /// Nanoseconds from there on when packets came, and how many had come before.
    arrivals: Vec<(u32, u32)>,
    /// Packets of the second.
    packets: u32,
    lost: u64,
    /// Of the last whole second.
    pub(super) last: Option<Mdi>,
}

impl MdiWatch {
    /// A packet came.
    pub(super) fn push(&mut self, at: Mono) {
        if at != self.last_at || self.packets == 0 {
            self.arrive(at);
        }
        self.packets = self.packets.saturating_add(1);
    }

    fn arrive(&mut self, at: Mono) {
        self.last_at = at;
        let start = *self.start.get_or_insert(at);
        if self.arrivals.len() <= ARRIVALS_MAX {
            let since = u32::try_from(at.since(start).as_nanos()).unwrap_or(u32::MAX);
            self.arrivals.push((since, self.packets));
        }
    }

    pub(super) const fn lose(&mut self, packets: u8) {
        self.lost += packets as u64;
    }

    /// Ends the second; `rate` is that of the media, where it is known.
    pub(super) fn roll(&mut self, rate: Option<Bitrate>) {
        let delay = rate.and_then(|rate| self.delay_factor(rate));
        self.last = delay.map(|delay_factor| Mdi {
            delay_factor,
            media_loss_rate: self.lost,
        });
        self.arrivals.clear();
        self.start = None;
        (self.packets, self.lost) = (0, 0);
    }

    /// The greatest less the least that the virtual buffer holds, before and after each arrival
    /// (RFC 4445, 3.1), in the media's time.
    fn delay_factor(&self, rate: Bitrate) -> Option<Duration> {
        if self.arrivals.is_empty() || self.arrivals.len() > ARRIVALS_MAX {
            return None;
        }
        let time = |packets: u32| {
            let bits = i128::from(packets) * (PACKET_LEN as i128 * 8);
            bits * 1_000_000_000 / i128::from(rate.bits_per_second())
        };
        let after = self.arrivals.iter().skip(1).map(|(_, before)| *before);
        let after = after.chain([self.packets]);
        let (mut least, mut most) = (i128::MAX, i128::MIN);
        for ((at, before), after) in self.arrivals.iter().zip(after) {
            let drained = i128::from(*at);
            least = least.min(time(*before) - drained);
            most = most.max(time(after) - drained);
        }
        u64::try_from(most - least).ok().map(Duration::from_nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Option<Bitrate> = Bitrate::from_bits_per_second(7 * 1504 * 100);

    /// Datagrams of seven packets, due each 10 ms, so many milliseconds late.
    fn second(late: impl Fn(u64) -> u64) -> Option<Mdi> {
        let mut watch = MdiWatch::default();
        for n in 0..100 {
            let at = Mono::ZERO + Duration::from_millis(n * 10 + late(n));
            (0..7).for_each(|_| watch.push(at));
        }
        watch.roll(RATE);
        watch.last
    }

    #[test]
    fn an_even_stream_has_the_delay_of_one_datagram() {
        let mdi = second(|_| 0).unwrap();
        assert_eq!(mdi.delay_factor, Duration::from_millis(10));
        assert_eq!(mdi.to_string(), "10.0:0");
    }

    #[test]
    fn a_late_datagram_adds_its_lateness() {
        let mdi = second(|n| if n == 50 { 7 } else { 0 }).unwrap();
        assert_eq!(mdi.delay_factor, Duration::from_millis(17));
    }

    #[test]
    fn lost_packets_count_in_their_second_alone() {
        let mut watch = MdiWatch::default();
        watch.push(Mono::ZERO);
        watch.lose(3);
        watch.roll(RATE);
        assert_eq!(watch.last.unwrap().media_loss_rate, 3);
        watch.push(Mono::ZERO);
        watch.roll(RATE);
        assert_eq!(watch.last.unwrap().media_loss_rate, 0);
    }

    #[test]
    fn without_a_rate_without_packets_and_with_too_many_arrivals_it_is_unknown() {
        let mut watch = MdiWatch::default();
        watch.push(Mono::ZERO);
        watch.roll(None);
        assert_eq!(watch.last, None);
        watch.roll(RATE);
        assert_eq!(watch.last, None);
        for n in 0..20_000 {
            watch.push(Mono::from_nanos(n));
        }
        assert!(watch.arrivals.len() <= ARRIVALS_MAX + 1);
        watch.roll(RATE);
        assert_eq!(watch.last, None);
    }
}
