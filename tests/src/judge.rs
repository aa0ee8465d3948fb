//! An independent reader of a transport stream: shares no code with the product, and is written
//! from ISO/IEC 13818-1 and TR 101 290 alone.

use std::collections::BTreeMap;
use std::fmt;

/// A packet with the time its datagram arrived, in nanoseconds.
pub type Stamped = (u64, [u8; 188]);

const PCR_MODULUS: i128 = (1 << 33) * 300;

/// What the judge found.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Packets read.
    pub packets: u64,
    /// Null packets among them.
    pub nulls: u64,
    /// 1.2: first byte not 0x47.
    pub sync_errors: u64,
    /// 2.1: transport_error_indicator.
    pub transport_errors: u64,
    /// 1.4: continuity counter, with the place of each.
    pub continuity_errors: Vec<String>,
    /// 2.2: sections with a wrong CRC.
    pub crc_errors: u64,
    /// Largest distance of PATs, ms (0 when fewer than two came).
    pub pat_gap_ms: f64,
    /// Largest distance of PMTs, ms.
    pub pmt_gap_ms: f64,
    /// Largest distance of SDTs, ms.
    pub sdt_gap_ms: f64,
    /// TDTs seen.
    pub tdts: u64,
    /// Largest distance of PCRs, ms.
    pub pcr_gap_ms: f64,
    /// Smallest step of the PCR, ticks of 27 MHz.
    pub pcr_least_step: i64,
    /// 2.4: worst PCR against byte position at the declared rate, ns.
    pub pcr_error_ns: f64,
    /// PCRs seen.
    pub pcrs: u64,
    /// PCRs with discontinuity_indicator.
    pub discontinuities: u64,
    /// PTS or DTS less PCR at its packet: least and most, ms.
    pub lead_ms: (f64, f64),
    /// Worst deviation from the declared rate over whole seconds, ratio.
    pub rate_error: f64,
    /// PCR against arrival: the 99th percentile of its deviation from the median, µs.
    pub arrival_jitter_p99_us: f64,
    /// PTS or DTS went back on a PID by more than a reordering of frames allows.
    pub stamps_back: u64,
    /// PIDs of the elementary streams in the PMT with their stream_type.
    pub streams: BTreeMap<u16, u8>,
    /// PIDs in the PMT that never came.
    pub missing_pids: Vec<u16>,
    /// PIDs that came and stand in no table.
    pub unreferenced_pids: Vec<u16>,
    /// service_name of the SDT, bytes after the coding byte as UTF-8.
    pub service_name: Option<String>,
    /// program_number.
    pub program: Option<u16>,
}

impl Verdict {
    /// The faults of priority 1 and 2 and of the headend's own promises at a constant rate; empty
    /// when the stream is clean.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut must = |holds: bool, what: String| {
            if !holds {
                faults.push(what);
            }
        };
        must(self.packets > 0, "no packets".into());
        let syncs = self.sync_errors;
        must(syncs == 0, format!("1.2 sync bytes: {syncs}"));
        must(
            self.continuity_errors.is_empty(),
            format!("1.4 continuity: {:?}", self.continuity_errors),
        );
        must(
            self.pat_gap_ms > 0.0 && self.pat_gap_ms <= 100.0,
            format!("1.3 PAT gap {} ms", self.pat_gap_ms),
        );
        must(
            self.pmt_gap_ms > 0.0 && self.pmt_gap_ms <= 100.0,
            format!("1.5 PMT gap {} ms", self.pmt_gap_ms),
        );
        must(
            self.missing_pids.is_empty(),
            format!("1.6 PIDs missing: {:?}", self.missing_pids),
        );
        must(
            self.transport_errors == 0,
            format!("2.1 transport errors: {}", self.transport_errors),
        );
        let crcs = self.crc_errors;
        must(crcs == 0, format!("2.2 CRC: {crcs}"));
        must(
            self.pcrs > 0 && self.pcr_gap_ms <= 40.0,
            format!("2.3 PCR gap {} ms", self.pcr_gap_ms),
        );
        must(
            self.pcr_least_step > 0,
            format!("2.3 PCR step {}", self.pcr_least_step),
        );
        must(
            self.pcr_error_ns <= 500.0,
            format!("2.4 PCR accuracy {} ns", self.pcr_error_ns),
        );
        must(
            self.rate_error <= 0.001,
            format!("rate off by a share of {}", self.rate_error),
        );
        must(
            self.sdt_gap_ms <= 2_000.0,
            format!("3.5 SDT gap {} ms", self.sdt_gap_ms),
        );
        must(
            self.lead_ms.0 > 0.0,
            format!("PTS or DTS behind PCR: {} ms", self.lead_ms.0),
        );
        must(
            self.lead_ms.1 <= 1_000.0,
            format!("PTS or DTS over 1 s ahead of PCR: {} ms", self.lead_ms.1),
        );
        must(
            self.stamps_back == 0,
            format!("time stamps went back: {}", self.stamps_back),
        );
        must(
            self.unreferenced_pids.is_empty(),
            format!("3.4 unreferenced PIDs: {:?}", self.unreferenced_pids),
        );
        faults
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} packets ({} null), PCR gap {:.1} ms, PCR error {:.0} ns, PAT {:.1} ms, PMT {:.1} ms, SDT {:.0} ms, lead {:.0} to {:.0} ms, rate error {:.4} %, arrival jitter p99 {:.0} µs",
            self.packets,
            self.nulls,
            self.pcr_gap_ms,
            self.pcr_error_ns,
            self.pat_gap_ms,
            self.pmt_gap_ms,
            self.sdt_gap_ms,
            self.lead_ms.0,
            self.lead_ms.1,
            self.rate_error * 100.0,
            self.arrival_jitter_p99_us
        )
    }
}

/// Reads a stream that has the constant rate `bits_per_second`, nulls included.
#[must_use]
pub fn judge(packets: &[Stamped], bits_per_second: u64) -> Verdict {
    let mut judge = Judge::new(bits_per_second);
    for (index, (arrived, packet)) in packets.iter().enumerate() {
        judge.packet(index as u64, *arrived, packet);
    }
    judge.finish(packets)
}

struct Judge {
    rate: u64,
    verdict: Verdict,
    counters: BTreeMap<u16, (u8, bool)>,
    seen: BTreeMap<u16, u64>,
    last_table: BTreeMap<u16, u64>,
    pmt_pid: Option<u16>,
    pcr_pid: Option<u16>,
    first_pcr: Option<(u64, i128)>,
    last_pcr: Option<(u64, i128)>,
    stamps: BTreeMap<u16, i128>,
    arrivals: Vec<(i128, u64)>,
}

impl Judge {
    fn new(rate: u64) -> Self {
        Self {
            rate,
            verdict: Verdict {
                pcr_least_step: i64::MAX,
                lead_ms: (f64::INFINITY, f64::NEG_INFINITY),
                ..Verdict::default()
            },
            counters: BTreeMap::new(),
            seen: BTreeMap::new(),
            last_table: BTreeMap::new(),
            pmt_pid: None,
            pcr_pid: None,
            first_pcr: None,
            last_pcr: None,
            stamps: BTreeMap::new(),
            arrivals: Vec::new(),
        }
    }

    fn packet(&mut self, index: u64, arrived: u64, p: &[u8; 188]) {
        self.verdict.packets += 1;
        if p[0] != 0x47 {
            self.verdict.sync_errors += 1;
            return;
        }
        if p[1] & 0x80 != 0 {
            self.verdict.transport_errors += 1;
        }
        let pid = u16::from_be_bytes([p[1] & 0x1f, p[2]]);
        *self.seen.entry(pid).or_default() += 1;
        if pid == 0x1fff {
            self.verdict.nulls += 1;
            return;
        }
        let flags = if p[3] & 0x20 != 0 && p[4] > 0 {
            p[5]
        } else {
            0
        };
        self.continuity(index, pid, p, flags);
        if flags & 0x10 != 0 && self.pcr_pid == Some(pid) {
            self.pcr(index, arrived, p, flags);
        }
        let start = if p[3] & 0x20 != 0 {
            5 + usize::from(p[4])
        } else {
            4
        };
        if p[3] & 0x10 == 0 || start >= 188 || p[1] & 0x40 == 0 {
            return;
        }
        let payload = &p[start..];
        if pid < 0x20 || Some(pid) == self.pmt_pid {
            self.table(index, pid, payload);
        } else if payload.starts_with(&[0, 0, 1]) {
            self.stamp(index, pid, payload);
        }
    }

    fn continuity(&mut self, index: u64, pid: u16, p: &[u8; 188], flags: u8) {
        let (cc, payload) = (p[3] & 0x0f, p[3] & 0x10 != 0);
        if let Some((last, repeated)) = self.counters.get(&pid).copied() {
            let expected = (last + u8::from(payload)) & 0x0f;
            let duplicate = payload && cc == last && !repeated;
            if cc != expected && !duplicate && flags & 0x80 == 0 {
                self.verdict
                    .continuity_errors
                    .push(format!("packet {index} PID {pid:#06x}: {cc} after {last}"));
            }
            self.counters.insert(pid, (cc, duplicate));
        } else {
            self.counters.insert(pid, (cc, false));
        }
    }

    fn pcr(&mut self, index: u64, arrived: u64, p: &[u8; 188], flags: u8) {
        let base = (i128::from(p[6]) << 25)
            | (i128::from(p[7]) << 17)
            | (i128::from(p[8]) << 9)
            | (i128::from(p[9]) << 1)
            | (i128::from(p[10]) >> 7);
        let raw = base * 300 + ((i128::from(p[10]) & 1) << 8 | i128::from(p[11]));
        let first_raw = self.last_pcr.map_or(raw, |(_, last)| {
            let step = (raw - last).rem_euclid(PCR_MODULUS);
            let step = if step > PCR_MODULUS / 2 {
                step - PCR_MODULUS
            } else {
                step
            };
            last + step
        });
        let pcr = first_raw;
        self.verdict.pcrs += 1;
        self.verdict.discontinuities += u64::from(flags & 0x80 != 0);
        if let Some((at, last)) = self.last_pcr {
            let step = pcr - last;
            self.verdict.pcr_least_step = self
                .verdict
                .pcr_least_step
                .min(i64::try_from(step).unwrap_or(i64::MAX));
            self.verdict.pcr_gap_ms = self.verdict.pcr_gap_ms.max(self.ms(index - at));
        }
        let (at, start) = *self.first_pcr.get_or_insert((index, pcr));
        let expected = i128::from(index - at) * 1504 * 27_000_000 / i128::from(self.rate);
        let off = (pcr - start - expected).abs() as f64 * 1000.0 / 27.0;
        self.verdict.pcr_error_ns = self.verdict.pcr_error_ns.max(off);
        self.last_pcr = Some((index, pcr));
        self.arrivals.push((pcr, arrived));
    }

    fn table(&mut self, index: u64, pid: u16, payload: &[u8]) {
        let pointer = usize::from(payload[0]) + 1;
        let Some(section) = payload.get(pointer..) else {
            return;
        };
        if section.len() < 3 {
            return;
        }
        let length = 3 + (usize::from(section[1] & 0x0f) << 8 | usize::from(section[2]));
        let gap = self
            .last_table
            .insert(pid, index)
            .map(|at| self.ms(index - at))
            .unwrap_or(0.0);
        let place = match pid {
            0 => &mut self.verdict.pat_gap_ms,
            0x11 => &mut self.verdict.sdt_gap_ms,
            0x14 => {
                self.verdict.tdts += 1;
                return;
            }
            _ if Some(pid) == self.pmt_pid => &mut self.verdict.pmt_gap_ms,
            // A NIT.
            _ => return,
        };
        *place = place.max(gap);
        let Some(section) = section.get(..length) else {
            return;
        };
        if crc(section) != 0 {
            self.verdict.crc_errors += 1;
            return;
        }
        match section[0] {
            0x00 => {
                self.verdict.program = Some(u16::from_be_bytes([section[8], section[9]]));
                self.pmt_pid = Some(u16::from_be_bytes([section[10] & 0x1f, section[11]]));
            }
            0x02 => self.pmt(section),
            0x42 => self.verdict.service_name = service_name(section),
            _ => {}
        }
    }

    fn pmt(&mut self, s: &[u8]) {
        self.pcr_pid = Some(u16::from_be_bytes([s[8] & 0x1f, s[9]]));
        let mut at = 12 + usize::from(u16::from_be_bytes([s[10] & 0x0f, s[11]]));
        self.verdict.streams.clear();
        while at + 5 <= s.len() - 4 {
            let pid = u16::from_be_bytes([s[at + 1] & 0x1f, s[at + 2]]);
            self.verdict.streams.insert(pid, s[at]);
            at += 5 + usize::from(u16::from_be_bytes([s[at + 3] & 0x0f, s[at + 4]]));
        }
    }

    fn stamp(&mut self, index: u64, pid: u16, pes: &[u8]) {
        if !self.verdict.streams.contains_key(&pid) || pes.len() < 19 || pes[7] & 0x80 == 0 {
            return;
        }
        let read = |b: &[u8]| {
            (i128::from(b[0] >> 1 & 7) << 30)
                | (i128::from(b[1]) << 22)
                | (i128::from(b[2] >> 1) << 15)
                | (i128::from(b[3]) << 7)
                | i128::from(b[4] >> 1)
        };
        let decode = if pes[7] & 0x40 != 0 {
            read(&pes[14..])
        } else {
            read(&pes[9..])
        } * 300;
        let Some((at, pcr)) = self.last_pcr else {
            return;
        };
        let here = pcr + i128::from(index - at) * 1504 * 27_000_000 / i128::from(self.rate);
        let lead = (decode - here).rem_euclid(PCR_MODULUS);
        let lead = if lead > PCR_MODULUS / 2 {
            lead - PCR_MODULUS
        } else {
            lead
        };
        let ms = lead as f64 / 27_000.0;
        self.verdict.lead_ms = (
            self.verdict.lead_ms.0.min(ms),
            self.verdict.lead_ms.1.max(ms),
        );
        let line = here + lead;
        if let Some(last) = self.stamps.insert(pid, line)
            && line < last
        {
            self.verdict.stamps_back += 1;
        }
    }

    /// Packets to milliseconds at the declared rate.
    fn ms(&self, packets: u64) -> f64 {
        packets as f64 * 1504.0 * 1000.0 / self.rate as f64
    }

    fn finish(mut self, packets: &[Stamped]) -> Verdict {
        let streams: Vec<u16> = self.verdict.streams.keys().copied().collect();
        self.verdict.missing_pids = streams
            .iter()
            .filter(|p| !self.seen.contains_key(p))
            .copied()
            .collect();
        let known = |pid: u16| {
            pid < 0x20
                || pid == 0x1fff
                || Some(pid) == self.pmt_pid
                || Some(pid) == self.pcr_pid
                || streams.contains(&pid)
        };
        self.verdict.unreferenced_pids =
            self.seen.keys().filter(|p| !known(**p)).copied().collect();
        self.verdict.rate_error = rate_error(packets, self.rate);
        self.verdict.arrival_jitter_p99_us = jitter(&self.arrivals);
        self.verdict
    }
}

/// The worst whole second against the declared rate, seen from the datagram of each second that
/// was least late: a receiver's or a sender's wake-up only ever delays.
fn rate_error(packets: &[Stamped], rate: u64) -> f64 {
    let Some((first, _)) = packets.first() else {
        return f64::INFINITY;
    };
    let nanos_each = 1504e9 / rate as f64;
    let mut seconds: BTreeMap<u64, f64> = BTreeMap::new();
    for (index, (at, _)) in packets.iter().enumerate() {
        let late = (at - first) as f64 - index as f64 * nanos_each;
        let least = seconds.entry((at - first) / 1_000_000_000).or_insert(late);
        *least = least.min(late);
    }
    seconds.pop_last();
    let least: Vec<f64> = seconds.into_values().collect();
    let steps = least.windows(2).map(|w| (w[1] - w[0]).abs() / 1e9);
    steps.fold(0.0, f64::max)
}

/// PCR (ticks) against arrival (ns): the 99th percentile of the deviation from the median, µs.
#[must_use]
pub fn jitter(arrivals: &[(i128, u64)]) -> f64 {
    if arrivals.len() < 3 {
        return 0.0;
    }
    // The line through first and last takes out the clocks' difference in rate.
    let (p0, a0) = arrivals[0];
    let (p1, a1) = arrivals[arrivals.len() - 1];
    let slope = (a1 - a0) as f64 / (p1 - p0) as f64;
    let mut off: Vec<f64> = arrivals
        .iter()
        .map(|(p, a)| (*a - a0) as f64 - (p - p0) as f64 * slope)
        .collect();
    off.sort_by(f64::total_cmp);
    let median = off[off.len() / 2];
    let mut spread: Vec<f64> = off.iter().map(|o| (o - median).abs()).collect();
    spread.sort_by(f64::total_cmp);
    spread[(spread.len() * 99 / 100).min(spread.len() - 1)] / 1000.0
}

fn service_name(s: &[u8]) -> Option<String> {
    // One service: its descriptor loop starts at byte 16 with a service_descriptor.
    let descriptor = s.get(16..)?;
    let provider = usize::from(*descriptor.get(3)?);
    let len = usize::from(*descriptor.get(4 + provider)?);
    let name = descriptor.get(5 + provider..5 + provider + len)?;
    let text = name.strip_prefix(&[0x15]).unwrap_or(name);
    String::from_utf8(text.to_vec()).ok()
}

/// CRC-32/MPEG-2 (ISO/IEC 13818-1, annex A); 0 over a section with its own.
#[must_use]
pub fn crc(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0xffff_ffff, |mut crc, byte| {
        crc ^= u32::from(*byte) << 24;
        for _ in 0..8 {
            crc = if crc & 0x8000_0000 != 0 {
                (crc << 1) ^ 0x04c1_1db7
            } else {
                crc << 1
            };
        }
        crc
    })
}
