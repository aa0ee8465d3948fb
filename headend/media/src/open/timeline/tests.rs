use super::*;

const START: Ticks = 1_000_000;

fn at(dts: Ticks) -> Raw {
    Raw {
        pts: Some(dts),
        dts: Some(dts),
        duration: 3600,
    }
}

fn run(line: &mut Timeline, stream: usize, times: &[Ticks]) -> Vec<Ticks> {
    times
        .iter()
        .map(|&dts| line.stamp(stream, at(dts)).dts - START)
        .collect()
}

#[test]
fn the_first_packet_starts_the_timeline_and_gaps_stay() {
    let mut line = Timeline::new(START);
    let times = [500, 4100, 7700, 7700 + 90_000];
    assert_eq!(run(&mut line, 0, &times), [0, 3600, 7200, 97_200]);
}

#[test]
fn sound_and_picture_keep_their_distance() {
    let mut line = Timeline::new(START);
    assert_eq!(line.stamp(0, at(10_000)).dts, START);
    assert_eq!(line.stamp(1, at(10_450)).dts, START + 450);
    assert_eq!(line.stamp(1, at(9_000)).dts, START + 451, "never back");
}

#[test]
fn a_leap_forward_or_back_goes_on_without_a_gap() {
    let mut line = Timeline::new(START);
    let times = [0, 3600, 90_000_000, 90_003_600, 50, 3650];
    assert_eq!(
        run(&mut line, 0, &times),
        [0, 3600, 7200, 10_800, 14_400, 18_000]
    );
}

#[test]
fn after_a_leap_the_other_stream_keeps_its_distance() {
    let mut line = Timeline::new(START);
    for n in 0..10 {
        line.stamp(0, at(n * 3600));
        line.stamp(1, at(n * 3600 + 1000));
    }
    let leap = 90_000 * 3600;
    let video = line.stamp(0, at(leap));
    // One packet of the old time is still under way on the other stream.
    let old = line.stamp(1, at(10 * 3600 + 1000));
    let sound = line.stamp(1, at(leap + 3600 + 1000));
    assert_eq!(video.dts, START + 36_000);
    assert_eq!(old.dts, START + 37_000);
    assert_eq!(sound.dts - video.dts, 4600);
}

#[test]
fn the_wrap_of_33_bits_is_a_leap_like_others() {
    let mut line = Timeline::new(START);
    let wrap = 1 << 33;
    let times = [wrap - 7200, wrap - 3600, 0, 3600];
    assert_eq!(run(&mut line, 0, &times), [0, 3600, 7200, 10_800]);
}

#[test]
fn packets_without_a_time_follow_each_other() {
    let mut line = Timeline::new(START);
    let none = Raw::default();
    let times: Vec<_> = (0..3).map(|_| line.stamp(0, none).dts - START).collect();
    assert_eq!(times, [0, 3600, 7200]);
}

#[test]
fn pictures_out_of_order_without_dts_keep_their_pts() {
    let mut line = Timeline::new(START);
    let shown = [0, 10_800, 3600, 7200, 21_600, 14_400, 18_000];
    let mut last = START - 1;
    for pts in shown {
        let raw = Raw {
            pts: Some(pts),
            dts: None,
            duration: 3600,
        };
        let stamp = line.stamp(0, raw);
        assert!(stamp.dts > last && stamp.pts >= stamp.dts, "{stamp:?}");
        assert!(stamp.pts - (START + pts) < 7200, "{stamp:?}");
        last = stamp.dts;
    }
}

#[test]
fn a_file_played_again_goes_on_where_it_ended() {
    let mut line = Timeline::new(START);
    let times = [0, 3600, 7200];
    assert_eq!(run(&mut line, 0, &times), [0, 3600, 7200]);
    line.restart(Some(0));
    assert_eq!(run(&mut line, 0, &times), [10_800, 14_400, 18_000]);
}

#[test]
fn a_loop_leaves_no_hole_before_pictures_that_are_decoded_early() {
    let mut line = Timeline::new(START);
    let mut shown = Vec::new();
    for _ in 0..2 {
        line.restart(Some(0));
        for n in 0..3 {
            let raw = Raw {
                pts: Some(n * 3600),
                dts: Some(n * 3600 - 7200),
                duration: 3600,
            };
            shown.push(line.stamp(0, raw).pts - START);
        }
    }
    assert_eq!(shown, [0, 3600, 7200, 10_800, 14_400, 18_000]);
}

#[test]
fn hostile_times_never_panic_nor_go_back() {
    let wild = [
        i64::MIN + 1,
        i64::MAX,
        0,
        i64::MAX,
        i64::MIN + 1,
        -1,
        1 << 62,
        -(1 << 62),
    ];
    let mut line = Timeline::new(START);
    let mut last = START - 1;
    for &dts in &wild {
        for &pts in &wild {
            let raw = Raw {
                pts: Some(pts),
                dts: Some(dts),
                duration: pts,
            };
            let stamp = line.stamp(0, raw);
            assert!(stamp.dts > last && stamp.pts >= stamp.dts);
            assert!(stamp.dts - START < 64 * LEAP);
            last = stamp.dts;
        }
    }
}
