//! Priority 1: whether the stream can be decoded at all.

use super::*;

#[test]
fn sync_loss_1_1() {
    for show in [shown, received] {
        by(show, Check::SyncLoss, |random, over| {
            let (from, wrong) = (random.within(100, 3000), random.within(2, 9));
            let wrong = if over { wrong } else { 1 };
            let byte = random.within(0, 0x47) as u8;
            spoiling(3, move |n, p| {
                if (from..from + wrong).contains(&n) {
                    p[0] = byte;
                }
                true
            })
        });
    }
}

#[test]
fn sync_byte_1_2() {
    for show in [shown, received] {
        by(show, Check::SyncByte, |random, over| {
            let (wrong, bit) = (random.within(100, 3000), random.within(0, 8));
            spoiling(3, move |n, p| {
                if n == wrong {
                    // Where it is to be clean another byte is hit.
                    p[if over { 0 } else { 100 }] ^= 1 << bit;
                }
                true
            })
        });
    }
}

/// Packets on `which` scrambled, or on the PID of sound, which may be.
fn scrambled(which: Pid, random: &mut Random, over: bool) -> Spoiling {
    let which = if over { which } else { AUDIO };
    let (from, length) = (random.within(25, 60), random.within(1, 9));
    let keys = random.within(1, 4) as u8;
    spoiling(3, move |n, p| {
        if pid(p) == which && (from..from + length).contains(&picture(n)) {
            p[3] |= keys << 6;
        }
        true
    })
}

#[test]
fn pat_1_3_a() {
    clause(Check::Pat, |random, over| {
        let (from, long) = (random.within(25, 40), random.within(15, 40));
        let length = if over { long } else { random.within(1, 12) };
        spoiling(4, without(Pid::PAT, from, from + length))
    });
    clause(Check::Pat, |random, over| scrambled(Pid::PAT, random, over));
    clause(Check::Pat, |random, over| {
        let which = if over { Pid::PAT } else { Pid::NIT };
        let section = long(random.within(3, 0x80) as u8 & 0x3f | 0x40, 1, [0, 0], &[]);
        let only = random.within(5, 60);
        spoiling(3, carrying(which, section, move |n| n == only))
    });
}

#[test]
fn continuity_1_4() {
    clause(Check::Continuity, |random, over| {
        // A lost packet of pictures, or a lost null packet.
        let picture = random.within(2, 70) * PER_PICTURE;
        let lost = picture
            + if over {
                random.within(5, 29)
            } else {
                random.within(40, 49)
            };
        spoiling(3, move |n, _| n != lost)
    });
    clause(Check::Continuity, |random, over| {
        // Copies in place of the null packets behind a picture.
        let last = random.within(2, 70) * PER_PICTURE + 29;
        let copies = if over { random.within(2, 12) } else { 1 };
        let mut copy = NULL_PACKET;
        spoiling(3, move |n, p| {
            if n == last {
                copy = *p;
            } else if n > last && n <= last + copies {
                *p = copy;
            }
            true
        })
    });
    clause(Check::Continuity, |random, over| {
        // So many packets of pictures lost that the counter goes round, or of null packets.
        let picture = random.within(2, 70) * PER_PICTURE;
        let first = picture
            + if over {
                random.within(5, 13)
            } else {
                random.within(30, 34)
            };
        spoiling(3, move |n, p| {
            if pid(p) == VIDEO {
                p[187] = n as u8;
            }
            !(first..first + 15).contains(&n)
        })
    });
    clause(Check::Continuity, |random, over| {
        // Packets of pictures in another order than they left, or null packets.
        let first = random.within(2, 70) * PER_PICTURE;
        let first = first
            + if over {
                random.within(5, 28)
            } else {
                random.within(40, 48)
            };
        let reserved = random.within(0, 4) as u8;
        spoiling(3, move |n, p| {
            let step = match n.checked_sub(first) {
                Some(0) => 1,
                Some(1) => 15,
                _ => return true,
            };
            let counter = Packet::new(p).continuity();
            p[187] = reserved;
            set_continuity(p, (counter + step) & 15);
            true
        })
    });
}

#[test]
fn pmt_1_5_a() {
    clause(Check::Pmt, |random, over| {
        let (from, long) = (random.within(25, 40), random.within(15, 40));
        let length = if over { long } else { random.within(1, 12) };
        spoiling(4, without(PMT, from, from + length))
    });
    clause(Check::Pmt, |random, over| scrambled(PMT, random, over));
}

#[test]
fn pid_1_6() {
    clause(Check::Pid, |random, over| {
        let which = [VIDEO, AUDIO][random.within(0, 2) as usize];
        let (from, long) = (random.within(10, 40), random.within(56, 75));
        let length = if over { long } else { random.within(1, 48) };
        spoiling(5, without(which, from, from + length))
    });
}
