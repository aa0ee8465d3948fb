use proptest::prelude::*;

use super::*;
use crate::protect::{Fec, Matrix};

fn packet(n: u16) -> Vec<u8> {
    let mut p = vec![0x80, 33];
    p.extend_from_slice(&n.wrapping_add(65_450).to_be_bytes());
    p.extend_from_slice(&(u32::from(n) * 317).to_be_bytes());
    p.extend_from_slice(&[1, 2, 3, 4]);
    p.extend((0..40 * (1 + usize::from(n % 7))).map(|i| (i as u16 * 31 + n * 7) as u8));
    p
}

struct Rig {
    decoder: Decoder,
    fec: Fec,
    repaired: Vec<Vec<u8>>,
    now: u64,
}

impl Rig {
    fn new(matrix: Matrix) -> Self {
        Self {
            decoder: Decoder::new(Duration::from_millis(450)),
            fec: Fec::new(matrix, 9),
            repaired: Vec::new(),
            now: 0,
        }
    }

    /// Sends packet `n`, and what FEC sends with it, where each is not lost.
    fn send(&mut self, n: u16, lost: &mut impl FnMut(Port, u16) -> bool) {
        let (decoder, repaired) = (&mut self.decoder, &mut self.repaired);
        self.now += 1_000_000;
        let now = Mono::from_nanos(self.now);
        let p = packet(n);
        if !lost(Port::Media, n) {
            decoder.media(now, &p, &mut |d| repaired.push(d.to_vec()));
        }
        self.fec.push(&p, &mut |port, d| {
            if !lost(port, n) {
                decoder.parity(port, now, d, &mut |d| repaired.push(d.to_vec()));
            }
        });
    }
}

fn matrices() -> Vec<Matrix> {
    let all = (1..=20).flat_map(|l| (4..=20).map(move |d| (l, d)));
    all.flat_map(|(l, d)| [false, true].map(|rows| Matrix::new(l, d, rows)))
        .filter_map(Result::ok)
        .collect()
}

#[test]
fn a_burst_of_as_many_packets_as_columns_is_repaired_on_every_legal_matrix() {
    for matrix in matrices() {
        let (l, d) = (u16::from(matrix.columns()), u16::from(matrix.rows()));
        for from in [l * d, l * d + 1, 2 * l * d - 1] {
            let mut rig = Rig::new(matrix);
            for n in 0..l * d * 5 {
                rig.send(n, &mut |port, n| {
                    port == Port::Media && (from..from + l).contains(&n)
                });
            }
            rig.repaired.sort();
            let mut expected: Vec<_> = (from..from + l).map(packet).collect();
            expected.sort();
            assert_eq!(rig.repaired, expected, "{matrix:?} from {from}");
            assert_eq!(rig.decoder.counters().unrepairable, 0);
        }
    }
}

#[test]
fn a_loss_that_neither_rows_nor_columns_alone_repair_is_repaired_by_both_in_turn() {
    let mut rig = Rig::new(Matrix::new(4, 4, true).unwrap());
    // In the second matrix: column 0 misses two, row 1 misses two, and they cross.
    let gone = [16, 20, 21];
    for n in 0..64 {
        rig.send(n, &mut |port, n| port == Port::Media && gone.contains(&n));
    }
    rig.repaired.sort();
    let mut expected = gone.map(packet).to_vec();
    expected.sort();
    assert_eq!(rig.repaired, expected);
}

#[test]
fn four_packets_at_the_corners_of_a_rectangle_are_beyond_repair_and_counted() {
    let mut rig = Rig::new(Matrix::new(4, 4, true).unwrap());
    let gone = [16, 18, 24, 26];
    for n in 0..2000 {
        rig.send(n, &mut |port, n| {
            port == Port::Media && (gone.contains(&n) || n == 1500)
        });
    }
    assert_eq!(rig.repaired, [packet(1500)]);
    assert_eq!(
        rig.decoder.counters().unrepairable,
        4,
        "two rows, two columns"
    );
}

#[test]
fn fec_of_a_second_path_changes_nothing() {
    let mut rig = Rig::new(Matrix::new(5, 5, true).unwrap());
    let (mut fec, mut later) = (Fec::new(Matrix::new(5, 5, true).unwrap(), 9), Vec::new());
    for n in 0..500 {
        rig.send(n, &mut |port, n| {
            port == Port::Media && [30, 31, 36, 130].contains(&n)
        });
        fec.push(&packet(n), &mut |port, d| {
            later.push((n + 60, port, d.to_vec()));
        });
        for (_, port, d) in later.extract_if(.., |(at, ..)| *at <= n) {
            let repaired = &mut rig.repaired;
            let now = Mono::from_nanos(rig.now);
            rig.decoder
                .parity(port, now, &d, &mut |d| repaired.push(d.to_vec()));
        }
    }
    assert_eq!(rig.repaired.len(), 4);
    assert_eq!(rig.decoder.counters().unrepairable, 0);
}

#[test]
fn a_header_of_no_legal_matrix_is_counted() {
    let mut good = Vec::new();
    Fec::new(Matrix::new(4, 4, true).unwrap(), 0).push(&packet(0), &mut |_, _| {});
    let mut fec = Fec::new(Matrix::new(4, 4, true).unwrap(), 0);
    for n in 0..4 {
        fec.push(&packet(n), &mut |_, d| good = d.to_vec());
    }
    let mut decoder = Decoder::new(Duration::from_millis(450));
    for (at, value) in [
        (0, 0x40),
        (24, 0xc0),
        (24, 0x48),
        (24, 0x41),
        (17, 1),
        (25, 2),
        (26, 21),
    ] {
        let mut bad = good.clone();
        bad[at] = value;
        decoder.parity(Port::Row, Mono::ZERO, &bad, &mut |_| {
            panic!("nothing to repair")
        });
    }
    decoder.parity(Port::Row, Mono::ZERO, &good[..27], &mut |_| {
        panic!("nothing to repair")
    });
    assert_eq!(decoder.counters().malformed, 8);
    decoder.parity(Port::Row, Mono::ZERO, &good, &mut |_| {
        panic!("nothing to repair")
    });
    assert_eq!(decoder.counters().malformed, 8);
    assert_eq!(decoder.counters().rows, 9);
}

proptest! {
    #[test]
    fn what_is_repaired_is_what_was_sent(seed: u64, l in 4u8..12, d in 4u8..9, percent in 0u64..40) {
        let mut rig = Rig::new(Matrix::new(l, d, true).unwrap());
        let mut random = seed;
        let mut gone = Vec::new();
        for n in 0..1000 {
            rig.send(n, &mut |port, n| {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let lost = (random >> 33) % 100 < percent;
                if lost && port == Port::Media {
                    gone.push(packet(n));
                }
                lost
            });
        }
        for repaired in &rig.repaired {
            prop_assert!(gone.contains(repaired));
        }
        let count = rig.repaired.len();
        rig.repaired.sort();
        rig.repaired.dedup();
        prop_assert_eq!(rig.repaired.len(), count, "each once");
    }

    #[test]
    fn any_bytes_are_harmless(packets in prop::collection::vec((0u8..3, prop::collection::vec(any::<u8>(), 0..60)), 0..300)) {
        let mut decoder = Decoder::new(Duration::from_millis(450));
        for (kind, mut bytes) in packets {
            if let Some(first) = bytes.first_mut() {
                *first |= 0x80;
            }
            // Near each other, so that they meet.
            for at in [2, 12] {
                if let Some(high) = bytes.get_mut(at) {
                    *high = 0;
                }
            }
            for (at, value) in [(17, 0), (18, 0), (19, 0)] {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = value;
                }
            }
            if let Some([kind, step, count]) = bytes.get_mut(24..27).and_then(|b| b.first_chunk_mut()) {
                *kind &= 0x40;
                *step = *step % 6 + 1;
                *count = *count % 17 + 4;
            }
            let now = Mono::ZERO;
            match kind {
                0 => decoder.media(now, &bytes, &mut |d| assert!(d.len() >= 12)),
                1 => decoder.parity(Port::Column, now, &bytes, &mut |d| assert!(d.len() >= 12)),
                _ => decoder.parity(Port::Row, now, &bytes, &mut |d| assert!(d.len() >= 12)),
            }
        }
    }
}
