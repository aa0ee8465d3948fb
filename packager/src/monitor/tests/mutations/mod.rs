//! For each clause, and each way to break it, a hundred spoiled streams that raise it, and twenty
//! at its limit that do not; no two of them are alike.

mod first;
mod second;
mod third;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::buffers::{Shape, ms};
use super::generated::{AUDIO, PER_PICTURE, PMT, RATE, VIDEO, picture, pid};
use super::*;
use crate::receive::{Entry, Framing, Receiver};
use crate::ts::clock::Ticks;
use crate::ts::packet::{NULL_PACKET, restamp_pcr, set_continuity, set_pid};
use crate::ts::section::{Packetizer, crc32};
use crate::ts::{Pid, RawPacket};

const SPOILED: usize = 100;
const CLEAN: usize = 20;

/// A seeded row of numbers: splitmix64, so that neighbouring seeds have nothing in common.
struct Random(u64);

impl Random {
    /// In `from..to`.
    fn within(&mut self, from: u64, to: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        for (shift, factor) in [(30, 0xbf58_476d_1ce4_e5b9), (27, 0x94d0_49bb_1331_11eb)] {
            mixed = (mixed ^ (mixed >> shift)).wrapping_mul(factor);
        }
        from + ((mixed ^ (mixed >> 31)) >> 1) % (to - from)
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

/// How often a check was raised, and what was changed.
struct Outcome {
    found: u64,
    /// Tells the spoiled stream from others.
    change: u64,
}

/// Shows the spoiled stream to a monitor.
fn shown(spoiling: Spoiling, check: Check) -> Outcome {
    let mut monitor = Monitor::new(settings());
    let change = spoil(spoiling, &mut |at, packet| monitor.push(at, packet));
    Outcome {
        found: monitor.count(check),
        change,
    }
}

/// Shows it as it comes off the network: in datagrams, to a receiver first.
fn received(spoiling: Spoiling, check: Check) -> Outcome {
    let mut monitor = Monitor::new(settings());
    let mut receiver = Receiver::new(Framing::Ts);
    let mut datagram = Vec::new();
    let change = spoil(spoiling, &mut |at, packet| {
        datagram.extend_from_slice(packet);
        if datagram.len() == 7 * PACKET_LEN {
            receiver.push(Entry::default(), at, &datagram, &mut |at, packet| {
                monitor.push(at, packet);
            });
            monitor.received(at, &receiver.counters());
            datagram.clear();
        }
    });
    Outcome {
        found: monitor.count(check),
        change,
    }
}

fn settings() -> Settings {
    Settings {
        constant_rate: Bitrate::from_bits_per_second(RATE),
        pid_period: Duration::from_secs(2),
        ..Settings::default()
    }
}

/// Gives the spoiled stream; what tells it from others.
fn spoil(spoiling: Spoiling, sink: &mut dyn FnMut(Mono, &RawPacket)) -> u64 {
    let Spoiling {
        seconds,
        mut change,
    } = spoiling;
    let mut changes = DefaultHasher::new();
    // What is put in or taken out of tables is no loss.
    let mut counters = [0u8; PMT.index() + 1];
    let mut counted = |n: u64, p: &mut RawPacket| {
        let before = *p;
        let kept = change(n, p);
        if *p != before || !kept {
            (n, *p, kept).hash(&mut changes);
        }
        if let Some(counter) = counters.get_mut(pid(p).index()) {
            set_continuity(p, *counter);
            *counter = (*counter + 1) & 15;
        }
        kept
    };
    Generator::default().run(seconds, &mut counted, &mut |at, packet| sink(at, packet));
    changes.finish()
}

/// `spoil` is given the seed, and whether the limit is to be passed.
fn clause(check: Check, spoil: impl Fn(&mut Random, bool) -> Spoiling) {
    by(shown, check, spoil);
}

/// The same with what a stream is shown to.
fn by(
    show: fn(Spoiling, Check) -> Outcome,
    check: Check,
    spoil: impl Fn(&mut Random, bool) -> Spoiling,
) {
    judge(check, |random, over| show(spoil(random, over), check));
}

/// The same for the buffers.
fn buffers(check: Check, shape: impl Fn(&mut Random, bool) -> Shape) {
    judge(check, |random, over| {
        let shape = shape(random, over);
        let mut change = DefaultHasher::new();
        format!("{shape:?}").hash(&mut change);
        Outcome {
            found: shape.show(&mut |_| {}).count(check),
            change: change.finish(),
        }
    });
}

/// A hundred streams, no two alike, raise the check, and twenty do not.
fn judge(check: Check, outcome: impl Fn(&mut Random, bool) -> Outcome) {
    let name = check.name();
    for (streams, over) in [(SPOILED, true), (CLEAN, false)] {
        let mut changes = HashSet::new();
        // Where a seed makes a stream that was there, the next one takes its place.
        for seed in 1..=streams as u64 * 2 {
            let Outcome { found, change } = outcome(&mut Random(seed), over);
            assert_eq!(found > 0, over, "{name}: seed {seed}, found {found}");
            changes.insert(change);
            if changes.len() == streams {
                break;
            }
        }
        assert_eq!(changes.len(), streams, "{name}: streams, over: {over}");
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
        long(strange, random.within(0, 0xffff) as u16, [0, 0], &[])
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
