use super::*;
use crate::hls::window::tests::window;

fn read(query: &str) -> Result<Directives, String> {
    Directives::read(query)
}

#[test]
fn directives_are_read_and_what_is_none_is_passed_over() {
    let all = Directives {
        msn: Some(9),
        part: Some(2),
        skip: true,
    };
    assert_eq!(read("_HLS_msn=9&_HLS_part=2&_HLS_skip=YES"), Ok(all));
    assert_eq!(read("token=a=b&_HLS_skip=v2&&x").map(|d| d.skip), Ok(true));
    assert_eq!(read(""), Ok(Directives::default()));
    let largest = read("_HLS_msn=18446744073709551615");
    assert_eq!(largest.map(|d| d.msn), Ok(Some(u64::MAX)));
}

#[test]
fn what_no_player_writes_is_refused_in_a_sentence() {
    for (query, word) in [
        ("_HLS_msn=99999999999999999999", "number from 0"),
        ("_HLS_msn=18446744073709551616", "number from 0"),
        ("_HLS_msn=-1", "number from 0"),
        ("_HLS_msn=+1", "number from 0"),
        ("_HLS_msn=1.5", "number from 0"),
        ("_HLS_msn=", "number from 0"),
        ("_HLS_msn", "number from 0"),
        ("_HLS_msn=1%20", "number from 0"),
        ("_HLS_msn=1&_HLS_msn=1", "twice"),
        ("_HLS_msn=1&_HLS_part=0&_HLS_part=1", "twice"),
        ("_HLS_skip=YES&_HLS_skip=v2", "twice"),
        ("_HLS_skip=NO", "YES or v2"),
        ("_HLS_part=0", "needs _HLS_msn"),
    ] {
        let refused = read(query).expect_err(query);
        assert!(refused.contains(word), "{query}: {refused}");
    }
}

/// What a request for the picture's playlist gets: the window has segments 8 and 9 with one part
/// each, and one part of segment 10; parts of 0.4 s.
fn ask(msn: u64, part: Option<u64>) -> Answer {
    let directives = Directives {
        msn: Some(msn),
        part,
        skip: false,
    };
    window().ask("video/index.m3u8", directives)
}

#[test]
fn a_playlist_is_answered_when_it_has_what_is_asked_for() {
    let there = |answer| matches!(answer, Answer::Found(_));
    assert!(there(ask(0, None)) && there(ask(9, None)));
    assert!(there(ask(10, Some(0))) && there(ask(9, Some(0))));
    assert!(
        there(ask(9, Some(1))),
        "past the end is the next one's first"
    );
    assert!(there(ask(0, Some(7))));
    assert_eq!(ask(10, None), Answer::Later);
    assert_eq!(ask(11, None), Answer::Later);
    assert_eq!(ask(10, Some(1)), Answer::Later);
    assert_eq!(ask(11, Some(0)), Answer::Later);
}

#[test]
fn what_is_too_far_ahead_is_not_waited_for() {
    let far = Answer::TooFar { last: 9 };
    assert_eq!(ask(12, None), far);
    assert_eq!(ask(u64::MAX, None), far);
    // One part is there, and eight of 0.4 s are three seconds and more.
    assert_eq!(ask(10, Some(8)), Answer::Later);
    assert_eq!(ask(10, Some(9)), far);
    assert_eq!(ask(11, Some(u64::MAX)), far);
}

#[test]
fn the_hinted_part_is_waited_for_and_no_other() {
    let ask = |path: &str| window().ask(path, Directives::default());
    assert_eq!(ask("video/part-f00-3.m4s"), Answer::Later);
    for path in [
        "video/part-f00-4.m4s",
        "video/part-f01-3.m4s",
        "video/part-f00-03.m4s",
        "video/f00-10.m4s",
        "audio/part-f00-3.m4s",
        "audio/index.m3u8",
    ] {
        assert_eq!(ask(path), Answer::Nothing, "{path}");
    }
}

#[test]
fn without_low_latency_nobody_waits() {
    let mut window = window();
    window.part_target = None;
    let directives = Directives {
        msn: Some(99),
        part: Some(0),
        skip: true,
    };
    let Answer::Found(object) = window.ask("video/index.m3u8", directives) else {
        panic!("no playlist");
    };
    assert_eq!(&object.body[..], b"#EXTM3U video");
    let hinted = window.ask("video/part-f00-3.m4s", Directives::default());
    assert_eq!(hinted, Answer::Nothing);
}

#[test]
fn a_delta_update_goes_to_who_asks_for_it() {
    let ask = |skip| {
        let directives = Directives {
            skip,
            ..Directives::default()
        };
        match window().ask("video/index.m3u8", directives) {
            Answer::Found(object) => object.body,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(&ask(true)[..], b"#EXTM3U delta");
    assert_eq!(&ask(false)[..], b"#EXTM3U video");
}
