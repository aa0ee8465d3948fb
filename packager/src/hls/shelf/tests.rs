use super::*;
use crate::hls::window::tests::segment;

fn label(dir: &str) -> Label {
    Label {
        dir: dir.into(),
        ..Label::default()
    }
}

fn shelf(window: i64, dirs: &[&str]) -> Shelf {
    let mut shelf = Shelf::new(7, Ticks::from_millis(window), None, 0);
    shelf.arrange(dirs.iter().map(|dir| label(dir)).collect(), true);
    shelf
}

fn deliver(shelf: &mut Shelf, millis: i64, bytes: usize) {
    let live = shelf.renditions.iter().filter(|r| r.live).count();
    let deliveries = (0..live).map(|_| {
        let mut segment = segment(shelf.next(), millis);
        segment.body = Bytes::from(vec![0; bytes]);
        segment.parts.clear();
        Delivery {
            segment,
            format: None,
            samples: 50,
        }
    });
    let deliveries = deliveries.collect();
    shelf.append(2, deliveries, Vec::new());
}

fn listed(shelf: &Shelf) -> std::ops::Range<u64> {
    shelf.listed..shelf.next
}

#[test]
fn a_window_shorter_than_three_targets_shows_three() {
    let mut shelf = shelf(1000, &["video"]);
    for _ in 0..20 {
        deliver(&mut shelf, 2000, 10);
    }
    let shown = shelf.shortest(shelf.listed);
    assert!(
        shown >= Ticks::from_millis(6000) && shown <= Ticks::from_millis(8000),
        "{shown}"
    );
}

#[test]
fn a_removed_segment_stays_for_its_duration_and_the_longest_playlist() {
    let mut shelf = shelf(10_000, &["video", "audio"]);
    for _ in 0..6 {
        deliver(&mut shelf, 2000, 10);
    }
    assert_eq!(
        listed(&shelf),
        1..6,
        "number 0 has just left a playlist of 12 s"
    );
    let there = |shelf: &Shelf| shelf.window().object("audio/7-0.m4s").is_some();
    for _ in 0..6 {
        assert!(there(&shelf));
        deliver(&mut shelf, 2000, 10);
    }
    assert!(there(&shelf), "12 s later");
    deliver(&mut shelf, 2000, 10);
    assert!(!there(&shelf), "14 s later");
}

#[test]
fn segments_of_one_frame_do_not_grow_the_playlist_for_ever() {
    let mut shelf = shelf(30_000, &["video"]);
    for _ in 0..3000 {
        deliver(&mut shelf, 1, 10);
    }
    assert!(listed(&shelf).count() <= LISTED_CAP);
    assert!(shelf.squeezed() > 0);
    assert!(shelf.renditions[0].segments.len() <= 3 * LISTED_CAP);
}

#[test]
fn memory_is_capped_before_the_window_is_full() {
    let mut shelf = shelf(3_600_000, &["video"]);
    let large = 100 << 20;
    for _ in 0..40 {
        deliver(&mut shelf, 2000, large);
        assert!(shelf.bytes_from(shelf.listed) <= BYTES_CAP);
        assert!(shelf.bytes_from(0) <= 2 * BYTES_CAP + large as u64);
    }
    assert!(shelf.squeezed() > 0);
}

#[test]
fn a_rendition_that_leaves_has_no_playlist_and_its_segments_go_in_time() {
    let mut shelf = shelf(10_000, &["video", "audio"]);
    for _ in 0..6 {
        deliver(&mut shelf, 2000, 10);
    }
    shelf.arrange(vec![label("video")], true);
    deliver(&mut shelf, 2000, 10);
    let window = shelf.window();
    assert!(window.object("audio/index.m3u8").is_none());
    assert!(window.object("audio/7-5.m4s").is_some());
    for _ in 0..14 {
        deliver(&mut shelf, 2000, 10);
    }
    assert_eq!(shelf.renditions.len(), 1);
}

#[test]
fn rates_are_measured_and_short_segments_say_nothing_of_the_peak() {
    let mut meter = Meter::default();
    let mut take = |millis, bytes| {
        let mut segment = segment(0, millis);
        segment.body = Bytes::from(vec![0; bytes]);
        let delivery = Delivery {
            segment,
            format: None,
            samples: 0,
        };
        meter.take(&delivery, 2);
        meter.rate()
    };
    assert_eq!(take(2000, 250_000).peak, 1_000_000);
    assert_eq!(take(2000, 500_000).peak, 2_000_000);
    let rate = take(100, 100_000);
    assert_eq!(rate.peak, 2_000_000);
    assert_eq!(rate.average, 850_000 * 8 * 10 / 41);
}

#[test]
fn subtitles_that_go_leave_their_playlist_and_what_it_listed_stays() {
    let mut shelf = shelf(10_000, &["video"]);
    let page = |number| Subtitles {
        pid: crate::ts::Pid::from_bits(0x120),
        page: (0, number),
        language: None,
        hard_of_hearing: false,
    };
    let mut texts = |pages: &[u8]| {
        let delivery = Delivery {
            segment: segment(shelf.next(), 2_000),
            format: None,
            samples: 50,
        };
        let texts = pages.iter().map(|n| (page(*n), "WEBVTT\n".to_owned()));
        shelf.append(2, vec![delivery], texts.collect());
        let window = shelf.window();
        let paths = window.paths().filter(|path| path.starts_with("subtitles"));
        let paths: Vec<String> = paths.collect();
        let of = |dir: &str| paths.iter().filter(|p| p.starts_with(dir)).count();
        (of("subtitles/"), of("subtitles-2/"))
    };
    texts(&[1, 2]);
    // With the playlist of each.
    assert_eq!(texts(&[1, 2]), (3, 3));
    assert_eq!(texts(&[7, 2]), (4, 4), "another page goes on in its folder");
    assert_eq!(texts(&[7]), (5, 3));
    for _ in 0..20 {
        texts(&[7]);
    }
    assert_eq!(texts(&[7]).1, 0);
}
