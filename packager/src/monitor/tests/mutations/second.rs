//! Priority 2: what is watched all the time.

use super::*;

#[test]
fn transport_2_1() {
    clause(Check::Transport, |random, over| {
        let marked = random.within(0, 3000);
        spoiling(3, move |n, p| {
            if n == marked {
                p[1] |= if over { 0x80 } else { 0x20 };
            }
            true
        })
    });
}

#[test]
fn crc_2_2() {
    clause(Check::Crc, |random, over| {
        let which = [Pid::PAT, PMT, Pid::SDT][random.within(0, 3) as usize];
        let (byte, bit) = (random.within(13, 17) as usize, random.within(0, 8));
        let only = if which == Pid::SDT {
            25
        } else {
            random.within(2, 50)
        };
        spoiling(3, move |n, p| {
            if pid(p) == which && picture(n) == only {
                // Behind the section is stuffing.
                p[if over { byte } else { 187 }] ^= 1 << bit;
            }
            true
        })
    });
    // Each table of the clause, and as many that it does not name.
    clause(Check::Crc, |random, over| {
        let tables = [
            (Pid::PAT, 0x00),
            (Pid::CAT, 0x01),
            (PMT, 0x02),
            (Pid::NIT, 0x40),
            (Pid::NIT, 0x41),
            (Pid::SDT, 0x42),
            (Pid::SDT, 0x46),
            (Pid::SDT, 0x4a),
            (Pid::EIT, 0x4e),
            (Pid::EIT, 0x4f),
            (Pid::EIT, 0x50),
            (Pid::EIT, 0x6f),
            (Pid::TDT, 0x73),
        ];
        let (which, id) = tables[random.within(0, tables.len() as u64) as usize];
        let id = if over { id } else { 0xc0 | id };
        let mut section = long(id, 1, [0, 0], &[0; 8]);
        if which == Pid::TDT {
            // A TOT has the short form, and a CRC all the same (EN 300 468, 5.2.6).
            section[1] &= 0x7f;
        }
        let (byte, bit) = (random.within(3, 20) as usize, random.within(0, 8));
        section[byte] ^= 1 << bit;
        let only = random.within(5, 60);
        spoiling(3, carrying(which, section, move |n| n == only))
    });
}

/// PCRs of pictures for which `keep` does not hold go.
fn sparse(keep: impl Fn(u64) -> bool + 'static) -> Spoiling {
    spoiling(4, move |n, p| {
        if at(n, 0) && !keep(picture(n)) {
            p[5] = 0;
        }
        true
    })
}

#[test]
fn pcr_repetition_2_3_a() {
    clause(Check::PcrRepetition, |random, over| {
        let (from, gone) = (
            random.within(10, 60),
            if over { random.within(2, 9) } else { 1 },
        );
        sparse(move |picture| !(from..from + gone).contains(&picture))
    });
    // So long that there is no next one to measure to.
    clause(Check::PcrRepetition, |random, over| {
        let (from, long) = (random.within(10, 60), random.within(16, 34));
        let gone = if over { long } else { 1 };
        sparse(move |picture| !(from..from + gone).contains(&picture))
    });
}

/// Moves the PCRs from a picture on by so many ticks.
fn moved(from: u64, by: i64, flag: bool) -> Spoiling {
    spoiling(4, move |n, p| {
        if at(n, 0) && picture(n) >= from {
            let pcr = Packet::new(p).pcr().unwrap();
            restamp_pcr(p, pcr.offset(Ticks::new(by)));
            if flag && picture(n) == from {
                p[5] |= 0x80;
            }
        }
        true
    })
}

#[test]
fn pcr_discontinuity_2_3_b() {
    clause(Check::PcrDiscontinuity, |random, over| {
        let (from, by) = (random.within(5, 80), random.within(61, 1_000_000) as i64);
        let by = if random.within(0, 2) == 0 { by } else { -by };
        moved(from, ms(by), !over)
    });
}

#[test]
fn pcr_accuracy_2_4() {
    clause(Check::PcrAccuracy, |random, over| {
        let (from, by) = (random.within(5, 80), random.within(14, 500) as i64);
        let by = if over {
            by
        } else {
            random.within(1, 13) as i64
        };
        moved(from, by, false)
    });
}

#[test]
fn pts_2_5() {
    clause(Check::Pts, |random, over| {
        let which = [VIDEO, AUDIO][random.within(0, 2) as usize];
        let from = random.within(10, 40);
        let length = if over {
            random.within(20, 50)
        } else {
            random.within(1, 16)
        };
        spoiling(4, move |n, p| {
            if pid(p) == which && p[1] & 0x40 != 0 && (from..from + length).contains(&picture(n)) {
                let header = Packet::new(p).payload_offset();
                p[header + 7] = 0;
            }
            true
        })
    });
}

#[test]
fn cat_2_6() {
    clause(Check::Cat, |random, over| {
        let which = [VIDEO, AUDIO][random.within(0, 2) as usize];
        let (from, keys) = (random.within(5, 58), random.within(1, 4) as u8);
        let mut put = Put::new(Pid::CAT);
        spoiling(3, move |n, p| {
            if pid(p) == which && picture(n) >= from {
                p[3] |= keys << 6;
            }
            if !over && at(n, 45) && picture(n).is_multiple_of(4) {
                put.put(p, long(1, 0xffff, [0, 0], &[]));
            }
            true
        })
    });
    clause(Check::Cat, |random, over| {
        let id = if over {
            random.within(2, 0x40) as u8
        } else {
            1
        };
        let only = random.within(5, 60);
        let section = long(id, 1, [0, 0], &[]);
        spoiling(3, carrying(Pid::CAT, section, move |n| n == only))
    });
}
