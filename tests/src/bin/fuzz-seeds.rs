//! Writes what the fuzzer begins with: slices of real captures, in the form that each target of
//! `tests/fuzz` reads. `fuzz-seeds FOLDER` makes `FOLDER/<target>/`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use headend_tests::node::streams;
use packager::ts::section::SectionAssembler;
use packager::ts::{Packet, RawPacket};

/// Seeds of one kind from one capture: more are slow to read and find nothing new.
const EACH: usize = 24;
/// Packets in a feed: enough for tables, an access point and what follows.
const FEED: usize = 1_400;
/// Packets in a datagram.
const DATAGRAM: usize = 7;

/// Seeds by the name of their target.
type Seeds = BTreeMap<&'static str, Vec<Vec<u8>>>;

fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).context("fuzz-seeds FOLDER")?;
    let mut captures: Vec<_> = fs::read_dir(streams())
        .with_context(|| format!("captures in {} (HEADEND_STREAMS)", streams().display()))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    captures.retain(|path| path.extension().is_some_and(|e| e == "ts"));
    captures.sort();
    for path in captures {
        let bytes = fs::read(&path)?;
        let name = path.file_stem().context("a name")?.to_string_lossy();
        for (target, seeds) in seeds(bytes.as_chunks().0) {
            keep(&Path::new(&folder).join(target), &name, &seeds)?;
        }
    }
    Ok(())
}

fn keep(folder: &Path, name: &str, seeds: &[Vec<u8>]) -> Result<()> {
    fs::create_dir_all(folder)?;
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(folder.join(format!("{name}-{number}")), seed)?;
    }
    Ok(())
}

fn seeds(packets: &[RawPacket]) -> Seeds {
    let mut seeds = Seeds::new();
    tables(packets, &mut seeds);
    let units = packets.iter().map(Packet::new).filter(|p| p.unit_start());
    let payloads = units.map(Packet::payload);
    let headers = payloads.filter(|p| p.starts_with(&[0, 0, 1]));
    let headers = headers
        .take(EACH)
        .map(|p| p.iter().take(64).copied().collect());
    seeds.insert("pes", headers.collect());
    let pieces = packets.chunks(DATAGRAM).step_by(40).take(EACH);
    let pieces = pieces.map(<[_]>::as_flattened).map(<[u8]>::to_vec);
    seeds.insert("scan", pieces.collect());
    let feeds = packets.chunks(FEED).step_by(2).take(2);
    let (mut bare, mut rtp) = (Vec::new(), Vec::new());
    for packets in feeds {
        bare.push(feed(packets, false));
        rtp.push(feed(packets, true));
    }
    for target in ["monitor", "hls"] {
        seeds.insert(target, bare.clone());
    }
    for target in ["receive", "chain"] {
        let options = |option: u8| move |feed: &Vec<u8>| [&[option], &feed[..]].concat();
        let both = bare
            .iter()
            .map(options(0))
            .chain(rtp.iter().map(options(1)));
        seeds.insert(target, both.collect());
    }
    seeds
}

/// The bodies of sections: a target puts its own header and CRC around them.
fn tables(packets: &[RawPacket], seeds: &mut Seeds) {
    let mut assemblers = BTreeMap::<_, SectionAssembler>::new();
    for packet in packets.iter().map(Packet::new) {
        if packet.payload().starts_with(&[0, 0, 1]) {
            continue;
        }
        let assembler = assemblers.entry(packet.pid()).or_default();
        assembler.push(packet, |found| {
            let Ok(section) = found else { return };
            let target = match section.table_id() {
                0x00 => "pat",
                0x01 => "cat",
                0x02 => "pmt",
                0x40 | 0x41 => "nit",
                0x42 | 0x46 => "sdt",
                0x4e..=0x6f => "eit",
                0x70 | 0x73 => "tdt",
                _ => return,
            };
            let body = section.body();
            add(seeds, target, body.to_vec());
            // A loop somewhere in it: the fuzzer finds its start.
            add(seeds, "descriptor", body[body.len().min(9)..].to_vec());
        });
    }
}

fn add(seeds: &mut Seeds, target: &'static str, seed: Vec<u8>) {
    let seeds = seeds.entry(target).or_default();
    if seeds.len() < EACH && !seeds.contains(&seed) {
        seeds.push(seed);
    }
}

/// Datagrams of seven packets, each with the milliseconds since the last and its length in front.
fn feed(packets: &[RawPacket], rtp: bool) -> Vec<u8> {
    let mut feed = Vec::new();
    for (number, packets) in (0u16..).zip(packets.chunks(DATAGRAM)) {
        let mut datagram = Vec::new();
        if rtp {
            datagram.extend([0x80, 33]);
            datagram.extend(number.to_be_bytes());
            datagram.extend((u32::from(number) * 225).to_be_bytes());
            datagram.extend([0, 0, 0, 1]);
        }
        datagram.extend_from_slice(packets.as_flattened());
        // A datagram holds some milliseconds of a stream of 4 Mbit/s.
        feed.push(2);
        feed.extend(
            u16::try_from(datagram.len())
                .unwrap_or(u16::MAX)
                .to_be_bytes(),
        );
        feed.extend(datagram);
    }
    feed
}
