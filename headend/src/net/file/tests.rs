use std::io::Write;

use packager::ts::packet::{NULL_PACKET, pcr_packet};
use packager::ts::{Packet, Pcr, Pid};

use super::super::lab::stream;
use super::*;

const PID: Pid = Pid::from_bits(0x100);

/// `spans` PCRs 40 ms apart with 19 null packets after each: 752 kbit/s.
fn synthetic(spans: u64) -> Vec<u8> {
    (0..spans)
        .flat_map(|i| {
            let mut packets = pcr_packet(PID, 0, Pcr::from_ticks(i * 1_080_000)).to_vec();
            packets.extend(std::iter::repeat_n(NULL_PACKET, 19).flatten());
            packets
        })
        .collect()
}

fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// The first `count` packets of the endless script with their times.
fn play(path: &Path, count: usize) -> Vec<(u64, RawPacket)> {
    let mut script = Script::open(path).unwrap();
    let mut played = Vec::new();
    while played.len() < count {
        script
            .step(&mut |nanos, packet| played.push((nanos, *packet)))
            .unwrap();
    }
    played
}

#[test]
fn packets_are_spread_evenly_between_pcrs_and_over_the_loop() {
    let file = file(&synthetic(3));
    let played = play(file.path(), 200);
    for (index, (nanos, _)) in played.iter().enumerate() {
        assert_eq!(*nanos, index as u64 * 2_000_000, "packet {index}");
    }
    let marked: Vec<usize> = (0..played.len())
        .filter(|&i| Packet::new(&played[i].1).discontinuity())
        .collect();
    assert_eq!(
        marked,
        [60, 120, 180],
        "the loop is marked, and nothing else"
    );
}

#[test]
fn a_pcr_that_leaps_does_not_stop_or_hurry_the_pace() {
    let mut bytes = synthetic(4);
    let leap = pcr_packet(PID, 0, Pcr::from_ticks(1 << 40));
    bytes[2 * 20 * 188..][..188].copy_from_slice(&leap);
    let file = file(&bytes);
    for (index, (nanos, _)) in play(file.path(), 160).iter().enumerate() {
        assert_eq!(*nanos, index as u64 * 2_000_000, "packet {index}");
    }
}

#[test]
fn real_captures_last_as_long_as_their_pcr_says() {
    for (name, seconds) in [
        ("capture-064.ts", 10.0),
        ("capture-072.ts", 12.0),
        ("capture-025.ts", 3.0),
    ] {
        let bytes = std::fs::read(stream(name)).unwrap();
        let packets = bytes.len() / 188;
        let played = play(&stream(name), 3 * packets);
        assert!(played.is_sorted_by_key(|p| p.0), "{name}");
        let (first, second) = (played[packets].0, played[2 * packets].0);
        let measured = pcr_span(&bytes);
        for lasted in [first, second - first] {
            let off = (lasted as f64 / 1e9 / measured - 1.0).abs();
            assert!(off < 0.01, "{name}: {lasted} ns for {measured} s");
        }
        assert!(measured > seconds * 0.8, "{name} lasts {measured} s");
    }
}

/// What the PCRs of the first PCR PID say of the whole file, by hand.
fn pcr_span(bytes: &[u8]) -> f64 {
    let pcrs: Vec<(usize, Pid, u64)> = bytes
        .chunks_exact(188)
        .enumerate()
        .filter_map(|(i, p)| {
            let p = Packet::from_slice(p)?;
            Some((i, p.pid(), p.pcr()?.ticks()))
        })
        .collect();
    let of_first: Vec<_> = pcrs.iter().filter(|p| p.1 == pcrs[0].1).collect();
    let (a, b) = (of_first[0], of_first[of_first.len() - 1]);
    let seconds = (b.2 - a.2) as f64 / 27e6;
    seconds * (bytes.len() / 188) as f64 / (b.0 - a.0) as f64
}

#[test]
fn packets_of_192_and_204_bytes_and_garbage_between_are_read() {
    let plain = synthetic(4);
    let expected = play(file(&plain).path(), 80);
    let longer = |before: usize, after: usize| -> Vec<u8> {
        plain
            .chunks(188)
            .flat_map(|p| [&vec![0x11; before], p, &vec![0x22; after]].concat())
            .collect()
    };
    for bytes in [
        longer(0, 16),
        longer(4, 0),
        [&[0x47; 77][..], &plain].concat(),
    ] {
        assert_eq!(play(file(&bytes).path(), 80), expected);
    }
    let mut broken = plain.clone();
    broken.splice(188 * 30..188 * 30, [0u8; 100]);
    let played = play(file(&broken).path(), 80);
    assert!(
        played.iter().filter(|p| p.1 == NULL_PACKET).count() >= 74,
        "a packet or two may fall with the garbage"
    );
}

#[test]
fn what_cannot_be_played_is_refused_with_its_reason() {
    let refused = |path: &Path| Player::open(path).err().unwrap().to_string();
    assert!(refused(Path::new("/nowhere/at/all.ts")).contains("No such file"));
    assert!(refused(Path::new("/tmp")).contains("not a plain file"));
    assert!(refused(file(&[]).path()).contains("is empty"));
    assert!(refused(file(&[0x47; 3]).path()).contains("not a transport stream"));
    assert!(refused(file(&vec![0; 1 << 20]).path()).contains("not a transport stream"));
    let nulls: Vec<u8> = std::iter::repeat_n(NULL_PACKET, 1000).flatten().collect();
    assert!(refused(file(&nulls).path()).contains("no two PCRs"));
}

#[test]
fn a_file_is_played_in_real_time_within_one_percent() {
    let file = file(&synthetic(5));
    let mut player = Player::open(file.path()).unwrap();
    let mut batch = Batch::new();
    let mut stamps = Vec::new();
    let enough = clock::now() + Duration::from_secs(2);
    while clock::now() < enough {
        player.receive(&mut batch);
        for (at, bytes) in batch.iter() {
            assert_eq!(bytes.len(), 1316);
            stamps.push(at);
        }
        clock::sleep_until(clock::now() + Duration::from_millis(1));
    }
    // 14 ms a datagram; the file is 200 ms long, so this is ten loops.
    let (first, last) = (stamps[0], stamps[stamps.len() - 1]);
    let expected = (stamps.len() - 1) as f64 * 0.014;
    let off = last.since(first).as_secs_f64() / expected - 1.0;
    assert!(
        expected > 1.8 && off.abs() < 0.01,
        "{off} over {expected} s"
    );
}

#[test]
fn a_file_that_goes_bad_is_told_and_taken_up_again_when_it_is_good() {
    let file = file(&synthetic(2));
    let mut player = Player::open(file.path()).unwrap();
    file.as_file().set_len(0).unwrap();
    super::super::lab::wait_for("the trouble", Duration::from_secs(5), || {
        player.counters().trouble.is_some()
    });
    std::fs::write(file.path(), synthetic(2)).unwrap();
    let mut batch = Batch::new();
    super::super::lab::wait_for("packets again", Duration::from_secs(5), || {
        player.receive(&mut batch);
        player.counters().trouble.is_none()
    });
}

#[test]
fn a_player_that_is_dropped_ends_its_thread() {
    let file = file(&synthetic(2));
    let player = Player::open(file.path()).unwrap();
    let trouble = Arc::downgrade(&player.trouble);
    drop(player);
    super::super::lab::wait_for("the thread's end", Duration::from_secs(2), || {
        trouble.strong_count() == 0
    });
}
