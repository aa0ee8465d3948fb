//! Real captures, read in place.

use std::path::PathBuf;

use super::*;
use crate::receive::{Entry, Framing, Receiver};

/// What a capture shows by its own PCR; `None` where the captures are not here.
fn capture(name: &str) -> Option<Monitor> {
    let folder = std::env::var_os("HEADEND_STREAMS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/streams")),
        PathBuf::from,
    );
    let path = folder.join(name);
    let Ok(data) = std::fs::read(&path) else {
        eprintln!("skipped: {} is not here", path.display());
        return None;
    };
    let mut monitor = Monitor::new(Settings {
        clock: Clock::Pcr,
        ..Settings::default()
    });
    let mut receiver = Receiver::new(Framing::Ts);
    // Pieces that are no whole number of packets, as a file is read.
    for piece in data.chunks(4096) {
        receiver.push(Entry::default(), Mono::ZERO, piece, &mut |at, packet| {
            monitor.push(at, packet);
        });
    }
    assert_eq!(receiver.counters().resync_bytes, 0);
    Some(monitor)
}

fn streams(monitor: &Monitor, number: u16) -> Vec<String> {
    let inventory = monitor.inventory();
    let program = inventory
        .programs
        .iter()
        .find(|p| p.number == number)
        .unwrap();
    program.streams.iter().map(Stream::description).collect()
}

#[test]
fn copies_beyond_the_first_are_continuity_errors_in_capture_049() {
    let Some(monitor) = capture("capture-049.ts") else {
        return;
    };
    // 350 packets with one counter: each that differs from the one before is an error, and so is
    // each copy beyond the first. TSDuck counts as many.
    assert_eq!(counts(&monitor), [(Check::Continuity, 344)]);
    assert!(monitor.unknown().any(|check| check == Check::Pat));
}

#[test]
fn pcr_gaps_of_exactly_100_ms_raise_nothing_in_capture_064() {
    let Some(monitor) = capture("capture-064.ts") else {
        return;
    };
    // Its sound comes in bursts of up to 34 kB, where a decoder has 3,584 bytes.
    assert_eq!(urgent(&monitor), []);
    assert_eq!(counts(&monitor), [(Check::Buffer, 2779)]);
    assert_eq!(
        streams(&monitor, 1),
        [
            "H.264 Constrained Baseline 4.0 1920x1080 30 fps",
            "MPEG audio layer II 48 kHz stereo"
        ]
    );
}

#[test]
fn pcr_gaps_of_46_ms_raise_nothing_in_capture_025() {
    let Some(monitor) = capture("capture-025.ts") else {
        return;
    };
    assert_eq!(counts(&monitor), []);
    assert_eq!(
        streams(&monitor, 2064),
        [
            "MPEG-2 video Main 720x576i 25 fps",
            "MPEG audio layer II 48 kHz stereo"
        ]
    );
}

#[test]
fn several_tracks_and_their_languages_are_told_in_capture_026() {
    let Some(monitor) = capture("capture-026.ts") else {
        return;
    };
    assert_eq!(counts(&monitor), []);
    let inventory = monitor.inventory();
    let program = &inventory.programs[0];
    assert_eq!(program.name.as_deref(), Some("France 2"));
    let languages: Vec<_> = program
        .streams
        .iter()
        .map(|s| s.language.as_deref())
        .collect();
    assert_eq!(
        languages,
        [
            None,
            Some("fre"),
            Some("qad"),
            Some("qaa"),
            Some("fra"),
            Some("fra")
        ]
    );
    assert_eq!(program.streams[1].description(), "E-AC-3 48 kHz stereo");
    assert_eq!(program.streams[5].kind, Kind::Subtitle);
}

#[test]
fn tables_that_come_once_and_aac_that_is_called_mpeg_audio_are_told_in_capture_072() {
    let Some(monitor) = capture("capture-072.ts") else {
        return;
    };
    // 12 s with one PAT and one PMT, at their start.
    let counted = counts(&monitor);
    // It is no DVB stream, and eight frames of sound come at once.
    assert!(
        matches!(
            counted[..],
            [
                (Check::Pat, 22..=24),
                (Check::Pmt, 22..=24),
                (Check::NitActual, 1),
                (Check::Buffer, 1093),
                (Check::SdtActual, 5)
            ]
        ),
        "{counted:?}"
    );
    assert_eq!(
        streams(&monitor, 1),
        ["AAC LC 48 kHz stereo", "H.264 High 3.1 1024x576 25 fps"]
    );
    // The PMT names no PCR_PID; the PCRs are found all the same.
    assert_eq!(monitor.inventory().programs[0].pcr_pid, None);
    assert_eq!(monitor.presence().state, State::Receiving);
}

#[test]
fn eight_programmes_and_their_flags_are_told_in_capture_108() {
    let Some(monitor) = capture("capture-108.ts") else {
        return;
    };
    // PID 0x243 is in no PMT; the sound on PID 0x2b9 has time stamps of another clock.
    let expected = [
        (Check::Buffer, 17),
        (Check::UnreferencedPid, 1),
        (Check::DataDelay, 33),
    ];
    assert_eq!(counts(&monitor), expected);
    let inventory = monitor.inventory();
    assert_eq!(inventory.programs.len(), 8);
    assert_eq!(inventory.pids.len(), 41);
    assert_eq!(monitor.program(), Some(3401));
    assert_eq!(
        streams(&monitor, 3410),
        ["H.265 Main 10 5.1 1280x720 50 fps"]
    );
}
