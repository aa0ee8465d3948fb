//! What comes out, judged by the packet: RTP sequence, continuity, the clock's steps, its drift and
//! its jitter. Bounded memory however long it runs.

use std::time::Duration;

use packager::ts::Packet;
use packager::ts::clock::Pcr;

/// More than this between two PCRs is a fault (TR 101 290, 2.3.a).
const PCR_GAP: i64 = 2_700_000;
/// Steps of the histogram of jitter, and how many.
const STEP_MICROS: u64 = 50;
const STEPS: usize = 4_000;
/// The clock's own pace is followed over so many PCRs.
const FOLLOW: f64 = 64.0;

/// Judges a stream of RTP datagrams.
#[derive(Debug)]
pub struct Judge {
    sequence: Option<u16>,
    counters: Box<[Option<u8>; 8192]>,
    clock: Clock,
    smooth: Option<f64>,
    histogram: Vec<u64>,
    found: Found,
}

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Found {
    /// Datagrams that came.
    pub datagrams: u64,
    /// Datagrams that RTP's numbers miss.
    pub lost: u64,
    /// Jumps of continuity counters while the line was spoilt, and soon after.
    pub holes: u64,
    /// Jumps at other times.
    pub holes_of_our_own: u64,
    /// Steps of the PCR backwards or over 100 ms.
    pub clock_faults: u64,
    /// How often the PCR went over its 33 bits.
    pub wraps: u64,
    /// The largest jitter, µs.
    pub jitter_max: u64,
}

impl Default for Judge {
    fn default() -> Self {
        Self {
            sequence: None,
            counters: Box::new([None; 8192]),
            clock: Clock::default(),
            smooth: None,
            histogram: vec![0; STEPS + 1],
            found: Found::default(),
        }
    }
}

impl Judge {
    /// Takes a datagram that came at `now`; `spoilt` says whether the line is, or was just now.
    pub fn push(&mut self, now: Duration, datagram: &[u8], spoilt: bool) {
        let Some((header, payload)) = datagram.split_at_checked(12) else {
            return;
        };
        self.found.datagrams += 1;
        let sequence = u16::from_be_bytes([header[2], header[3]]);
        if let Some(last) = self.sequence.replace(sequence) {
            let ahead = sequence.wrapping_sub(last).wrapping_sub(1);
            self.found.lost += u64::from(ahead);
        }
        for bytes in payload.as_chunks::<188>().0 {
            let packet = Packet::new(bytes);
            self.continuity(bytes, packet, spoilt);
            if let Some(pcr) = packet.pcr() {
                self.pcr(now, pcr);
            }
        }
    }

    /// What was found so far.
    #[must_use]
    pub const fn found(&self) -> Found {
        self.found
    }

    /// The stream's clock against the machine's.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The jitter that this share of all PCRs stays under, µs.
    #[must_use]
    pub fn jitter(&self, share: f64) -> u64 {
        let all: u64 = self.histogram.iter().sum();
        let wanted = (all as f64 * share).ceil() as u64;
        let mut seen = 0;
        for (step, count) in self.histogram.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return (step as u64 + 1) * STEP_MICROS;
            }
        }
        0
    }

    /// ISO/IEC 13818-1, 2.4.3.3; null packets have no continuity.
    fn continuity(&mut self, bytes: &[u8; 188], packet: Packet<'_>, spoilt: bool) {
        let pid = packet.pid().value();
        let has_payload = bytes[3] & 0x10 != 0;
        if pid == 0x1fff || !has_payload {
            return;
        }
        let now = bytes[3] & 0x0f;
        let Some(known) = self.counters.get_mut(usize::from(pid)) else {
            return;
        };
        if let Some(last) = known.replace(now)
            && now != (last + 1) & 0x0f
            && now != last
            && !packet.discontinuity()
        {
            match spoilt {
                true => self.found.holes += 1,
                false => self.found.holes_of_our_own += 1,
            }
        }
    }

    fn pcr(&mut self, now: Duration, pcr: Pcr) {
        if let Some(last) = self.clock.last {
            let step = pcr.since(last).get();
            if !(1..=PCR_GAP).contains(&step) {
                self.found.clock_faults += 1;
            } else if pcr.ticks() < last.ticks() {
                self.found.wraps += 1;
            }
        }
        let late = self.clock.push(now, pcr);
        let smooth = self.smooth.get_or_insert(late);
        let off = ((late - *smooth).abs() * 1e6) as u64;
        *smooth += (late - *smooth) / FOLLOW;
        self.found.jitter_max = self.found.jitter_max.max(off);
        let step = usize::try_from(off / STEP_MICROS)
            .unwrap_or(STEPS)
            .min(STEPS);
        if let Some(count) = self.histogram.get_mut(step) {
            *count += 1;
        }
    }
}

/// A stream's clock against the machine's, by least squares over the earliest PCR of each second.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    last: Option<Pcr>,
    /// Seconds of the stream since its first PCR.
    line: f64,
    begin: Option<Duration>,
    /// The second, and the earliest arrival against the stream's clock in it.
    second: Option<(u64, f64)>,
    sums: Sums,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
}

impl Clock {
    /// Takes a PCR at `now`; answers how much later it is than the first, seconds.
    pub fn push(&mut self, now: Duration, pcr: Pcr) -> f64 {
        if let Some(last) = self.last.replace(pcr) {
            self.line += pcr.since(last).as_seconds();
        }
        let begin = *self.begin.get_or_insert(now);
        let late = now.saturating_sub(begin).as_secs_f64() - self.line;
        let second = now.as_secs();
        match &mut self.second {
            Some((is, least)) if *is == second => *least = least.min(late),
            whole => {
                if let Some((second, least)) = whole.replace((second, late)) {
                    self.sums.add(second as f64 - begin.as_secs_f64(), least);
                }
            }
        }
        late
    }

    /// How much slower than this machine's clock it runs, parts per million.
    #[must_use]
    pub fn slow(&self) -> f64 {
        let Sums { n, x, y, xx, xy } = self.sums;
        let spread = n * xx - x * x;
        match n >= 3.0 && spread > 0.0 {
            true => (n * xy - x * y) / spread * 1e6,
            false => 0.0,
        }
    }
}

impl Sums {
    fn add(&mut self, x: f64, y: f64) {
        self.n += 1.0;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
    }
}
