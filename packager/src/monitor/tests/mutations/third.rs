//! Priority 3: what some uses need.

use super::*;

#[test]
fn nit_actual_3_1_a() {
    let section = long(0x40, 1, [0, 0], &[0xf0, 0, 0xf0, 0]);
    clause(Check::NitActual, |random, over| {
        let gap = gap(random, 10, over);
        alone(gapped(Pid::NIT, section.clone(), 200, gap), Pid::NIT)
    });
    clause(Check::NitActual, |random, over| {
        stranger(Pid::NIT, random, over)
    });
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

/// Without what the clean stream has on `which`.
fn alone(mut spoiled: Spoiling, which: Pid) -> Spoiling {
    let mut change = spoiled.change;
    spoiled.change = Box::new(move |n, p| {
        if pid(p) == which {
            *p = NULL_PACKET;
        }
        change(n, p)
    });
    spoiled
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
    let section = long(0x42, 1, [0, 0], &[0, 1, 0xff]);
    clause(Check::SdtActual, |random, over| {
        let gap = gap(random, 2, over);
        alone(gapped(Pid::SDT, section.clone(), 40, gap), Pid::SDT)
    });
    clause(Check::SdtActual, |random, over| {
        stranger(Pid::SDT, random, over)
    });
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
        let gap = gap(random, 30, over);
        alone(gapped(Pid::TDT, short(0x70), 200, gap), Pid::TDT)
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
            picture_lead: ms(random.within(200, 900) as i64),
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
