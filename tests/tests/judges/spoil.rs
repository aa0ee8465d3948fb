//! What lines and devices do to a stream.

use std::collections::BTreeMap;

use headend_tests::judge::crc;

const LEN: usize = 188;
const NULL: u16 = 0x1fff;

type Packet = [u8; LEN];

/// A packet of the stream, and how often it is sent.
type Way = fn(&mut Lines, usize, &mut Packet) -> usize;

/// Ways to spoil, by name.
const WAYS: [(&str, Way); 14] = [
    ("packets lost", |_, n, _| usize::from(n % 97 != 0)),
    ("five lost in a row", |_, n, _| usize::from(n % 991 > 4)),
    ("packets twice", |_, n, _| 1 + usize::from(n % 53 == 0)),
    ("packets three times", |_, n, _| {
        1 + 2 * usize::from(n % 53 == 0)
    }),
    ("packets marked", |_, n, p| {
        p[1] |= if n % 61 == 0 { 0x80 } else { 0 };
        1
    }),
    ("tables with a wrong CRC", |lines, _, p| {
        if let Some(section) = lines.table(p)
            && lines.each(pid(p), 3)
        {
            p[section + 5] ^= 0x10;
        }
        1
    }),
    ("one PCR of four", |lines, _, p| {
        if flags(p) & 0x10 != 0 && !lines.each(pid(p), 4) {
            p[5] &= !0x10;
        }
        1
    }),
    ("PCR leaps by 9 s", |lines, n, p| leap(lines, n, p, false)),
    ("PCR leaps by 9 s, told", |lines, n, p| {
        leap(lines, n, p, true)
    }),
    ("no PAT for a while", |lines, n, p| {
        if pid(p) == 0 && lines.middle(n) {
            blank(p);
        }
        1
    }),
    ("a PAT scrambled", |lines, _, p| {
        p[3] |= if pid(p) == 0 && lines.each(0, 7) {
            0x80
        } else {
            0
        };
        1
    }),
    ("a strange table on each PID of tables", |lines, n, p| {
        let pids = [0x00, 0x01, 0x10, 0x11, 0x12, 0x13, 0x14];
        if let Some(which) = pids.get(n.wrapping_sub(lines.packets / 2)) {
            *p = lines.section(*which, 0x91);
        }
        1
    }),
    ("a PID of nobody", |lines, n, p| {
        if n % 40 == 0 {
            *p = lines.section(0x1abc, 0x91);
        }
        1
    }),
    ("one PID stays away", |lines, n, p| {
        if Some(pid(p)) == lines.most && lines.middle(n) {
            blank(p);
        }
        1
    }),
];

/// What is known of a stream while it is spoiled.
struct Lines {
    packets: usize,
    /// The PID with the most packets.
    most: Option<u16>,
    /// PIDs whose packets start with tables.
    tables: Vec<u16>,
    /// How often [`Lines::each`] was asked.
    asked: BTreeMap<u16, usize>,
    /// The last counter of each PID.
    counters: BTreeMap<u16, u8>,
}

/// The stream spoiled in each way.
pub(super) fn each(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let packets = bytes.as_chunks::<LEN>().0;
    let mut ways = Vec::new();
    for (name, way) in WAYS {
        let mut lines = Lines::new(packets);
        let mut out = Vec::with_capacity(bytes.len());
        for (n, packet) in packets.iter().enumerate() {
            let mut packet = *packet;
            lines.counters.insert(pid(&packet), packet[3] & 15);
            // The start stays as it is, for who looks there first.
            let times = match n * 5 > packets.len() {
                true => way(&mut lines, n, &mut packet),
                false => 1,
            };
            (0..times).for_each(|_| out.extend_from_slice(&packet));
        }
        ways.push((name, out));
    }
    ways
}

impl Lines {
    fn new(packets: &[Packet]) -> Self {
        let mut counts = BTreeMap::<u16, usize>::new();
        let mut tables: Vec<u16> = (0..0x20).collect();
        for p in packets {
            *counts.entry(pid(p)).or_default() += 1;
            if pid(p) == 0 && p[1] & 0x40 != 0 && p[4] == 0 {
                let end = 3 + (usize::from(p[6] & 0x0f) << 8 | usize::from(p[7])) - 4;
                let entries = p[5..5 + end.min(183)].get(8..).unwrap_or_default();
                for entry in entries.as_chunks::<4>().0 {
                    tables.push(u16::from_be_bytes([entry[2] & 0x1f, entry[3]]));
                }
            }
        }
        counts.remove(&NULL);
        Self {
            packets: packets.len(),
            most: counts
                .into_iter()
                .max_by_key(|(_, count)| *count)
                .map(|(pid, _)| pid),
            tables,
            asked: BTreeMap::new(),
            counters: BTreeMap::new(),
        }
    }

    /// Whether it is time again, each so many.
    fn each(&mut self, pid: u16, every: usize) -> bool {
        let asked = self.asked.entry(pid).or_default();
        *asked += 1;
        asked.is_multiple_of(every)
    }

    fn middle(&self, n: usize) -> bool {
        (2 * self.packets / 5..4 * self.packets / 5).contains(&n)
    }

    /// Where a table starts in the packet.
    fn table(&self, p: &Packet) -> Option<usize> {
        let starts = p[1] & 0x40 != 0 && p[3] & 0x30 == 0x10 && p[4] == 0;
        (starts && self.tables.contains(&pid(p))).then_some(5)
    }

    /// A packet with a private section of the long form.
    fn section(&mut self, pid: u16, table_id: u8) -> Packet {
        let counter = self.counters.entry(pid).or_default();
        *counter = (*counter + 1) & 15;
        let mut p = [0xff; LEN];
        let section = [table_id, 0xf0, 9, 0, 1, 0xc1, 0, 0];
        let [high, low] = pid.to_be_bytes();
        p[..5].copy_from_slice(&[0x47, 0x40 | high, low, 0x10 | *counter, 0]);
        p[5..13].copy_from_slice(&section);
        p[13..17].copy_from_slice(&crc(&section).to_be_bytes());
        p
    }
}

fn pid(p: &Packet) -> u16 {
    u16::from_be_bytes([p[1] & 0x1f, p[2]])
}

fn flags(p: &Packet) -> u8 {
    if p[3] & 0x20 != 0 && p[4] > 0 {
        p[5]
    } else {
        0
    }
}

fn blank(p: &mut Packet) {
    *p = [0xff; LEN];
    p[..4].copy_from_slice(&[0x47, 0x1f, 0xff, 0x10]);
}

/// From the middle on PCRs are 9 s later.
fn leap(lines: &mut Lines, n: usize, p: &mut Packet, told: bool) -> usize {
    if n > lines.packets / 2 && flags(p) & 0x10 != 0 {
        let base = u64::from(u32::from_be_bytes([p[6], p[7], p[8], p[9]])) << 1;
        let base = (base | u64::from(p[10] >> 7)) + 9 * 90_000;
        p[6..10].copy_from_slice(&((base >> 1) as u32).to_be_bytes());
        p[10] = p[10] & 0x7f | ((base & 1) as u8) << 7;
        let first = !lines.asked.contains_key(&pid(p));
        if lines.each(pid(p), 1) && first && told {
            p[5] |= 0x80;
        }
    }
    1
}
