use super::*;
use crate::hls::unit::{Pes, Stamp};
use crate::ts::Pts;

const END: Ticks = Ticks::from_millis(1_000_000);
const END_OF_TWO: End = End {
    at: Ticks::from_millis(2000),
    decode: Ticks::from_millis(2000),
};

fn sound_track() -> Track {
    let label = Label {
        dir: "audio".into(),
        ..Label::default()
    };
    Track::new(
        Pid::from_bits(0x101),
        Codec::AacAdts,
        label,
        (Ticks::from_millis(400), true),
    )
}

/// One sound frame of 48 kHz, as the splitter gives it.
fn frame(ticks: u64) -> Unit {
    let mut splitter = Splitter::new(Codec::AacAdts);
    let mut out = Vec::new();
    let stamp = Stamp {
        pts: Pts::from_ticks(ticks),
        dts: Pts::from_ticks(ticks),
    };
    let payload = vec![0xff, 0xf1, 0x4c, 0x80, 0x01, 0x7f, 0xfc, 1, 2, 3, 4];
    let pes = Pes {
        stamp: Some(stamp),
        payload,
        truncated: false,
    };
    splitter.push(&pes, &mut out);
    out.remove(0)
}

fn place(track: &mut Track, ticks: i64) -> Option<u64> {
    let unit = frame(ticks.cast_unsigned());
    track
        .place(unit, Ticks::new(ticks * 300))
        .map(|placed| placed.decode)
}

#[test]
fn sound_is_counted_in_samples_while_its_stamps_are_nearly_right() {
    let mut track = sound_track();
    // 1920 ticks a frame, rounded to milliseconds as RTMP encoders do.
    for i in 0..100 {
        let rounded = (i * 1920 / 90) * 90;
        assert_eq!(
            place(&mut track, 900_000 + rounded),
            Some(480_000 + i.cast_unsigned() * 1024)
        );
    }
}

#[test]
fn a_hole_in_the_sound_is_a_hole_and_a_repeat_is_dropped() {
    let mut track = sound_track();
    assert_eq!(place(&mut track, 0), Some(0));
    assert_eq!(place(&mut track, 1920), Some(1024));
    assert_eq!(place(&mut track, 90_000), Some(48_000), "a second later");
    assert_eq!(place(&mut track, 1920), None, "what was there already");
    assert_eq!(track.faults.misplaced, 1);
}

#[test]
fn a_hole_is_filled_with_silence_so_that_the_timeline_is_whole() {
    let mut track = sound_track();
    track.begin(Ticks::ZERO);
    for ticks in [0, 1920, 90_000, 91_920] {
        let unit = frame(ticks);
        let unit = track
            .place(unit, Ticks::new(ticks.cast_signed() * 300))
            .unwrap();
        track.queue(unit);
    }
    track.fill(None, END);
    assert_eq!(track.open.units, 3);
    // Frames 2 to 45 are silence, 46 is the one that came, half a frame early for the grid.
    assert_eq!(track.cursor, Some(48_000 + 1024));
    track.drain(END_OF_TWO);
    track.close(END_OF_TWO.at);
    let closed = track.closed.pop_front().unwrap();
    let (body, parts) = closed.body();
    let length: usize = parts.iter().map(|p| p.bytes.len()).sum();
    assert_eq!(length, body.len());
    assert_eq!(parts.len(), 6, "parts of 400 ms at most over 2 s");
    assert_eq!(
        track.cursor,
        Some(96_000 + 128),
        "silence up to the end, to the nearest frame"
    );
}

#[test]
fn a_second_segment_without_a_frame_is_silence() {
    let mut track = sound_track();
    track.begin(Ticks::ZERO);
    let unit = track.place(frame(0), Ticks::ZERO).unwrap();
    track.queue(unit);
    track.drain(END_OF_TWO);
    track.close(END_OF_TWO.at);
    track.close(Ticks::from_millis(4000));
    let silent = track.closed.pop_back().unwrap();
    assert_eq!((silent.units, silent.parts.len()), (0, 6));
    assert_eq!(silent.access, Some(Access::Full));
}

#[test]
fn a_segment_without_a_frame_is_a_gap_of_the_right_length() {
    let mut track = sound_track();
    track.begin(Ticks::ZERO);
    track.close(Ticks::from_millis(2000));
    let closed = track.closed.pop_front().unwrap();
    assert!(closed.parts.is_empty() && closed.init.is_none() && closed.access.is_none());
    assert_eq!(closed.end - closed.start, Ticks::from_millis(2000));
}

#[test]
fn the_queue_is_capped() {
    let mut track = sound_track();
    for i in 0..5000 {
        let ticks = i * 1920;
        let unit = track
            .place(frame(ticks), Ticks::new(ticks.cast_signed() * 300))
            .unwrap();
        track.queue(unit);
    }
    assert_eq!(track.queue.len(), QUEUE_CAP);
    assert_eq!(track.faults.overflow, 5000 - QUEUE_CAP as u64);
}
