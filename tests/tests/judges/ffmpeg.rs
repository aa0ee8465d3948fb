//! FFmpeg's demultiplexer follows the continuity counter of each PID that it reads.

use std::fs::File;
use std::io::Write as _;
use std::process::{Command, Stdio};

use packager::monitor::Check;

use super::{all, ours};

/// Continuity errors as FFmpeg logs them.
fn theirs(bytes: &[u8]) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stream.ts");
    File::create(&path).unwrap().write_all(bytes).unwrap();
    // From a pipe, and with a look ahead that ends in the part that is not spoiled: it counts
    // nothing twice.
    let output = Command::new("ffprobe")
        .args(["-v", "debug", "-f", "mpegts", "-probesize", "60000"])
        .args(["-count_packets", "-i", "pipe:0"])
        .stdin(Stdio::from(File::open(&path).unwrap()))
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    let failed = |line: &&str| line.contains("Continuity check failed");
    log.lines().filter(failed).count() as u64
}

/// The packets on PIDs that FFmpeg reads: those of PAT, PMTs and streams.
fn read(bytes: &[u8]) -> Vec<u8> {
    let inventory = ours(bytes).inventory();
    let mut pids = vec![0];
    for program in &inventory.programs {
        pids.push(program.pmt_pid.value());
        pids.extend(program.streams.iter().map(|stream| stream.pid.value()));
    }
    let packets = bytes.as_chunks::<188>().0.iter();
    let named = |p: &&[u8; 188]| pids.contains(&u16::from_be_bytes([p[1] & 0x1f, p[2]]));
    packets.filter(named).flatten().copied().collect()
}

#[test]
fn continuity_errors_are_as_many_as_ffmpeg_counts() {
    let (mut streams, mut errors, mut wrong) = (0, 0, Vec::new());
    for stream in all() {
        // FFmpeg counts each copy, of which ISO/IEC 13818-1, 2.4.3.3 allows one.
        let copies = stream.name.contains("times") || stream.name.contains("twice");
        // There FFmpeg misses one of 378; TSDuck counts it.
        let missed = stream.name == "capture-108, a PID of nobody";
        if copies || missed || stream.name.contains("capture-049") {
            continue;
        }
        let bytes = read(&stream.bytes);
        let (ours, theirs) = (ours(&bytes).count(Check::Continuity), theirs(&bytes));
        println!("{}: {ours}, FFmpeg {theirs}", stream.name);
        (streams, errors) = (streams + 1, errors + theirs);
        if ours != theirs {
            wrong.push(format!("{}: {ours}, FFmpeg {theirs}", stream.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(streams > 50 && errors > 1000, "{streams} streams, {errors}");
}
