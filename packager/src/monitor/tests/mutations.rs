//! For each clause a hundred spoiled streams that raise it, and twenty at its limit that do not.

use super::buffers::{Shape, ms};
use super::generated::{AUDIO, PER_PICTURE, PMT, RATE, VIDEO, picture, pid};
use super::*;
use crate::ts::clock::Ticks;
use crate::ts::packet::{NULL_PACKET, restamp_pcr, set_continuity, set_pid};
use crate::ts::section::{Packetizer, crc32};
use crate::ts::{Pid, RawPacket};

const SPOILED: u64 = 100;
const CLEAN: u64 = 20;

/// A seeded row of numbers.
struct Random(u64);

impl Random {
    /// In `from..to`.
    fn within(&mut self, from: u64, to: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        from + (self.0 >> 33) % (to - from)
    }
}

type Change = Box<dyn FnMut(u64, &mut RawPacket) -> bool>;

/// What is done to the stream, and for how long it is watched.
struct Spoiling {
    seconds: u64,
    change: Change,
}

fn spoiling(seconds: u64, change: impl FnMut(u64, &mut RawPacket) -> bool + 'static) -> Spoiling {
    Spoiling {
        seconds,
        change: Box::new(change),
    }
}

fn raised(spoiling: Spoiling, check: Check) -> u64 {
    let settings = Settings {
        constant_rate: Bitrate::from_bits_per_second(RATE),
        pid_period: Duration::from_secs(2),
        ..Settings::default()
    };
    let Spoiling {
        seconds,
        mut change,
    } = spoiling;
    // What is put in or taken out of tables is no loss.
    let mut counters = [0u8; 0x15];
    let mut counted = move |n: u64, p: &mut RawPacket| {
        let kept = change(n, p);
        if let Some(counter) = counters.get_mut(pid(p).index()) {
            set_continuity(p, *counter);
            *counter = (*counter + 1) & 15;
        }
        kept
    };
    watch(settings, seconds, &mut counted).count(check)
}

/// `spoil` is given the seed, and whether the limit is to be passed.
fn clause(check: Check, spoil: impl Fn(&mut Random, bool) -> Spoiling) {
    for seed in 0..SPOILED {
        let found = raised(spoil(&mut Random(seed + 1), true), check);
        assert!(
            found > 0,
            "{} {}: seed {seed}",
            check.clause(),
            check.name()
        );
    }
    for seed in 0..CLEAN {
        let found = raised(spoil(&mut Random(seed + 1), false), check);
        assert_eq!(found, 0, "{} {}: seed {seed}", check.clause(), check.name());
    }
}

/// The same for the buffers.
fn buffers(check: Check, shape: impl Fn(&mut Random, bool) -> Shape) {
    for (seeds, over) in [(SPOILED, true), (CLEAN, false)] {
        for seed in 0..seeds {
            let shape = shape(&mut Random(seed + 1), over);
            let found = shape.show(&mut |_| {}).count(check);
            assert_eq!(found > 0, over, "{} seed {seed}: {shape:?}", check.name());
        }
    }
}

/// The packets of `pid` from picture `from` to before `to` become null packets.
fn without(which: Pid, from: u64, to: u64) -> impl FnMut(u64, &mut RawPacket) -> bool {
    move |n, p| {
        if pid(p) == which && (from..to).contains(&picture(n)) {
            *p = NULL_PACKET;
        }
        true
    }
}

/// A section in the long form with its CRC.
fn long(table_id: u8, extension: u16, numbers: [u8; 2], body: &[u8]) -> Vec<u8> {
    let mut section = vec![table_id, 0xf0, 9 + body.len() as u8];
    section.extend_from_slice(&extension.to_be_bytes());
    section.push(0xc1);
    section.extend_from_slice(&numbers);
    section.extend_from_slice(body);
    section.extend_from_slice(&crc32(&section).to_be_bytes());
    section
}

fn short(table_id: u8) -> Vec<u8> {
    vec![table_id, 0x70, 5, 0, 0, 0, 0, 0]
}

/// Puts sections on a PID in place of null packets.
struct Put {
    packets: Packetizer,
}

impl Put {
    fn new(pid: Pid) -> Self {
        Self {
            packets: Packetizer::new(pid),
        }
    }

    fn put(&mut self, packet: &mut RawPacket, section: Vec<u8>) {
        self.packets.push([section], |p| *packet = *p);
    }
}

/// Whether packet `n` is the null packet at `slot` of a picture.
fn at(n: u64, slot: u64) -> bool {
    n % PER_PICTURE == slot
}

/// `section` on `which` in the pictures for which `when` says so, from the first second on.
fn carrying(
    which: Pid,
    section: Vec<u8>,
    when: impl Fn(u64) -> bool,
) -> impl FnMut(u64, &mut RawPacket) -> bool {
    let mut put = Put::new(which);
    move |n, p| {
        if at(n, 40) && when(picture(n)) {
            put.put(p, section.clone());
        }
        true
    }
}

/// A table that does not belong on the PID, or stuffing, which does.
fn stranger(which: Pid, random: &mut Random, over: bool) -> Spoiling {
    let strange = [0x00, 0x02, 0x7f, 0x90, 0xc0][random.within(0, 5) as usize];
    let section = if over {
        long(strange, 1, [0, 0], &[])
    } else {
        short(0x72)
    };
    let only = random.within(5, 60);
    spoiling(3, carrying(which, section, move |n| n == only))
}

/// Two sections of a table so many packets apart; in 25 ms there are 31.
fn twice(which: Pid, section: &[u8], random: &mut Random, over: bool) -> Spoiling {
    let first = random.within(60, 90) * PER_PICTURE + 30;
    let apart = random.within(1, 19) + if over { 0 } else { PER_PICTURE };
    let section = section.to_vec();
    let mut put = Put::new(which);
    let mut owed = None;
    spoiling(4, move |n, p| {
        if pid(p) == which {
            *p = NULL_PACKET;
        }
        owed = match (n == first || owed.is_some_and(|due| n >= due)) && pid(p).is_null() {
            true => {
                put.put(p, section.clone());
                (n == first).then_some(n + apart)
            }
            false => owed,
        };
        true
    })
}

#[test]
fn sync_loss_1_1() {
    clause(Check::SyncLoss, |random, over| {
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

#[test]
fn sync_byte_1_2() {
    clause(Check::SyncByte, |random, over| {
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

#[test]
fn pat_1_3_a() {
    clause(Check::Pat, |random, over| {
        let (from, long) = (random.within(25, 40), random.within(15, 40));
        let length = if over { long } else { random.within(1, 12) };
        spoiling(4, without(Pid::PAT, from, from + length))
    });
    clause(Check::Pat, |random, over| {
        let only = random.within(25, 60);
        spoiling(3, move |n, p| {
            if pid(p) == Pid::PAT && picture(n) == only {
                p[3] |= if over { 0xc0 } else { 0 };
            }
            true
        })
    });
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
}

#[test]
fn pmt_1_5_a() {
    clause(Check::Pmt, |random, over| {
        let (from, long) = (random.within(25, 40), random.within(15, 40));
        let length = if over { long } else { random.within(1, 12) };
        spoiling(4, without(PMT, from, from + length))
    });
    clause(Check::Pmt, |random, over| {
        let only = random.within(25, 60);
        spoiling(3, move |n, p| {
            if pid(p) == PMT && picture(n) == only {
                p[3] |= if over { 0x80 } else { 0 };
            }
            true
        })
    });
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
        let from = random.within(5, 30);
        let mut put = Put::new(Pid::CAT);
        spoiling(3, move |n, p| {
            if pid(p) == AUDIO && picture(n) >= from {
                p[3] |= 0xc0;
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

#[test]
fn nit_actual_3_1_a() {
    clause(Check::NitActual, |random, over| {
        let from = random.within(12, 60);
        // It comes each 5 s; one is at 5.4 s, three are gone.
        let to = if over { 520 } else { from + 100 };
        spoiling(16, without(Pid::NIT, from, to))
    });
    clause(Check::NitActual, |random, over| {
        stranger(Pid::NIT, random, over)
    });
    let section = long(0x40, 1, [0, 0], &[0xf0, 0, 0xf0, 0]);
    clause(Check::NitActual, |random, over| {
        twice(Pid::NIT, &section, random, over)
    });
}

/// A section that comes `often` apart (pictures), with one gap.
fn gapped(which: Pid, section: Vec<u8>, often: u64, gap: (u64, u64)) -> Spoiling {
    let (from, length) = gap;
    let end = (from + length) / 25 + 3;
    spoiling(
        end,
        carrying(which, section, move |picture| {
            let early = picture <= from && (from - picture).is_multiple_of(often);
            let late = picture >= from + length && (picture - from - length).is_multiple_of(often);
            early || late
        }),
    )
}

/// Pictures of a gap over so many seconds, or under.
fn gap(random: &mut Random, seconds: u64, over: bool) -> (u64, u64) {
    let limit = seconds * 25;
    let length = if over {
        random.within(limit + 4, limit + 60)
    } else {
        random.within(limit * 6 / 10, limit)
    };
    (random.within(5, 25), length)
}

#[test]
fn nit_other_3_1_b() {
    clause(Check::NitOther, |random, over| {
        let section = long(0x41, 9, [0, 0], &[0xf0, 0, 0xf0, 0]);
        let gap = gap(random, 10, over);
        gapped(Pid::NIT, section, 200, gap)
    });
}

#[test]
fn si_repetition_3_2() {
    clause(Check::SiRepetition, |random, over| {
        // A BAT.
        let section = long(0x4a, 7, [0, 0], &[0xf0, 0, 0xf0, 0]);
        let gap = gap(random, 10, over);
        gapped(Pid::SDT, section, 200, gap)
    });
    let section = long(0x4f, 3, [0, 1], &[0, 2, 0, 1, 1, 0x4f]);
    clause(Check::SiRepetition, |random, over| {
        twice(Pid::EIT, &section, random, over)
    });
}

#[test]
fn unreferenced_pid_3_4_a() {
    clause(Check::UnreferencedPid, |random, over| {
        let (from, length) = (random.within(5, 40), random.within(1, 40));
        let (least, most) = if over { (0x200, 0x1fff) } else { (0x15, 0x20) };
        let other = Pid::from_bits(random.within(least, most) as u16);
        spoiling(4, move |n, p| {
            if at(n, 44) && (from..from + length).contains(&picture(n)) {
                set_pid(p, other);
                p[3] = 0x10 | (picture(n) as u8 & 15);
            }
            true
        })
    });
}

#[test]
fn sdt_actual_3_5_a() {
    clause(Check::SdtActual, |random, over| {
        // It comes each second: 2 are gone, or one.
        let (from, to) = if over { (26, 76) } else { (26, 51) };
        let more = random.within(0, 24);
        spoiling(6, without(Pid::SDT, from, to + more))
    });
    clause(Check::SdtActual, |random, over| {
        stranger(Pid::SDT, random, over)
    });
    let section = long(0x42, 1, [0, 0], &[0, 1, 0xff]);
    clause(Check::SdtActual, |random, over| {
        let mut spoiled = twice(Pid::SDT, &section, random, over);
        // Elsewhere the SDT goes on, too far away to matter.
        let mut put = Put::new(Pid::SDT);
        let mut change = spoiled.change;
        let other = section.clone();
        spoiled.change = Box::new(move |n, p| {
            let kept = change(n, p);
            if at(n, 48) && picture(n) % 20 == 10 && picture(n) < 58 {
                put.put(p, other.clone());
            }
            kept
        });
        spoiled.seconds = 4;
        spoiled
    });
}

#[test]
fn sdt_other_3_5_b() {
    clause(Check::SdtOther, |random, over| {
        let section = long(0x46, random.within(2, 9) as u16, [0, 0], &[0, 1, 0xff]);
        let gap = gap(random, 10, over);
        gapped(Pid::SDT, section, 200, gap)
    });
}

/// Present or following of a service.
fn event(table_id: u8, service: u16, number: u8) -> Vec<u8> {
    long(table_id, service, [number, 1], &[0, 1, 0, 1, 1, table_id])
}

#[test]
fn eit_actual_3_6_a() {
    clause(Check::EitActual, |random, over| {
        let section = event(0x4e, 7, random.within(0, 2) as u8);
        let gap = gap(random, 2, over);
        gapped(Pid::EIT, section, 40, gap)
    });
    clause(Check::EitActual, |random, over| {
        stranger(Pid::EIT, random, over)
    });
    let section = event(0x4e, 7, 0);
    clause(Check::EitActual, |random, over| {
        twice(Pid::EIT, &section, random, over)
    });
}

#[test]
fn eit_other_3_6_b() {
    clause(Check::EitOther, |random, over| {
        let section = event(0x4f, 7, random.within(0, 2) as u8);
        let gap = gap(random, 10, over);
        gapped(Pid::EIT, section, 200, gap)
    });
}

#[test]
fn eit_pf_3_6_c() {
    clause(Check::EitPf, |random, over| {
        let (service, number) = (random.within(1, 99) as u16, random.within(0, 2) as u8);
        let from = random.within(1, 30);
        let mut put = Put::new(Pid::EIT);
        spoiling(7, move |n, p| {
            let due = picture(n) >= from && picture(n) % 30 == from % 30;
            if at(n, 35) && due {
                put.put(p, event(0x4e, service, number));
            } else if at(n, 45) && picture(n) % 30 == (from + 5) % 30 && !over {
                put.put(p, event(0x4e, service, 1 - number));
            }
            true
        })
    });
}

#[test]
fn rst_3_7() {
    clause(Check::Rst, |random, over| stranger(Pid::RST, random, over));
    clause(Check::Rst, |random, over| {
        twice(Pid::RST, &short(0x71), random, over)
    });
}

#[test]
fn tdt_3_8() {
    clause(Check::Tdt, |random, over| {
        // It comes each 10 s: all from some time on are gone, or three.
        let from = random.within(12, 200);
        let (to, seconds) = if over { (2000, 36) } else { (from + 500, 33) };
        spoiling(seconds, without(Pid::TDT, from, to))
    });
    clause(Check::Tdt, |random, over| stranger(Pid::TDT, random, over));
    clause(Check::Tdt, |random, over| {
        twice(Pid::TDT, &short(0x70), random, over)
    });
}

#[test]
fn buffer_3_3() {
    buffers(Check::Buffer, |random, over| {
        let mut shape = Shape {
            sound_lead: ms(random.within(20, 150) as i64),
            picture_lead: ms(random.within(200, 900) as i64),
            ..Shape::default()
        };
        if over {
            let more = random.within(0, 400) as i64;
            match random.within(0, 6) {
                0 => shape.sound_lead = ms(260 + more),
                1 => shape.sound_lead = ms(1 - more),
                2 => shape.picture_lead = ms(20 - more),
                3 => (shape.sound, shape.sound_spacing) = ((300 + more as usize / 8, 8), 1),
                4 => shape.map = (800 + more as usize / 2, 200),
                _ => {
                    shape = Shape {
                        picture_lead: ms(1300 + more),
                        ..super::buffers::full_pictures()
                    }
                }
            }
        }
        shape
    });
}

#[test]
fn empty_buffer_3_9() {
    buffers(Check::EmptyBuffer, |random, over| {
        // Packets of sound in 64 ms: over 85 are more than Rx.
        let packets = if over {
            random.within(87, 100)
        } else {
            random.within(40, 82)
        };
        Shape {
            sound: (packets as usize * 184 / 3 - 5, 3),
            sound_spacing: 4,
            picture: (2, 20),
            ..Shape::default()
        }
    });
}

#[test]
fn data_delay_3_10() {
    buffers(Check::DataDelay, |random, over| {
        let lead = random.within(1, 3000) as i64;
        Shape {
            picture_lead: ms(if over { 1000 + lead } else { lead / 3 }),
            ..Shape::default()
        }
    });
    buffers(Check::DataDelay, |random, over| {
        // A still picture has a minute.
        let lead = random.within(1, 20_000) as i64;
        Shape {
            still: true,
            picture: (5, 3),
            picture_lead: ms(if over { 60_000 + lead } else { 1_000 + lead }),
            ..Shape::default()
        }
    });
}
