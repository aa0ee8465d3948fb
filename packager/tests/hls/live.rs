//! The window over time: removal, restarts, long IDR intervals.

use std::time::Duration;

use packager::hls::{Packager, Resume, Settings};
use packager::ts::{Packet, RawPacket};

use crate::rules::{Follower, parse};
use crate::support::{Feed, settings, stream, text};

const TINY: &str = "-f lavfi -i testsrc2=size=64x64:rate=25 -f lavfi -i sine=sample_rate=48000";

fn tiny(seconds: u32, video: &str) -> Vec<RawPacket> {
    let codecs = "-c:v libx264 -preset ultrafast -b:v 50k -c:a aac -b:a 32k -ac 1";
    stream(&format!("{TINY} -t {seconds} {codecs} {video}"))
}

#[test]
fn five_minutes_of_segments_obey_the_rules_of_live_playlists() {
    let mut follower = Follower::default();
    let mut feed = Feed::new(settings(), Resume::default());
    let mut most = 0;
    feed.run(&tiny(300, "-g 50 -sc_threshold 0"), |_, window| {
        follower.see(&window);
        let of_renditions = window.paths().filter(|path| !path.starts_with("ts"));
        most = most.max(of_renditions.count());
    });
    let window = feed.packager.window();
    assert_eq!(window.facts().segments, 15, "30 s of 2 s");
    assert!(window.facts().media_sequence >= 130, "{:?}", window.facts());
    // Two renditions, each with its playlist, its init segment, 15 or 16 segments listed and those
    // removed within the last 38 s.
    assert!(most <= 1 + 2 * (2 + 16 + 19), "{most} objects are held");
    assert!(follower.gone(&window) > 2 * 100);
}

#[test]
fn irregular_idrs_give_legal_segments_of_a_constant_target() {
    for (video, target) in [
        ("-g 60 -sc_threshold 0", 3),
        ("-g 125 -sc_threshold 0", 5),
        ("-g 250 -sc_threshold 0", 10),
        ("-force_key_frames expr:eq(mod(n,7)*mod(n,37),0)", 2),
    ] {
        let mut follower = Follower::default();
        let mut feed = Feed::new(settings(), Resume::default());
        feed.run(&tiny(100, video), |_, window| follower.see(&window));
        let window = feed.packager.window();
        assert_eq!(window.facts().target_duration, target, "{video}");
        assert_eq!(window.facts().faults.forced_cuts, 0, "{video}");
        assert!(text(&window, "index.m3u8").contains("#EXT-X-INDEPENDENT-SEGMENTS"));
        // A playlist of 30 s would be too short for a target of 10 s only by a hair.
        let listed = parse(&text(&window, "video/index.m3u8"));
        let listed: f32 = listed.segments.iter().map(|s| s.duration).sum();
        assert!((30.0..=45.0).contains(&listed), "{video}: {listed} s");
    }
}

#[test]
fn without_idrs_segments_are_cut_all_the_same_and_it_is_said() {
    let mut follower = Follower::default();
    let mut feed = Feed::new(settings(), Resume::default());
    feed.run(&tiny(60, "-g 100000 -sc_threshold 0"), |_, window| {
        follower.see(&window);
    });
    let window = feed.packager.window();
    assert!(window.facts().faults.forced_cuts >= 4);
    assert_eq!(window.facts().target_duration, 10);
    assert!(!text(&window, "index.m3u8").contains("INDEPENDENT"));
    assert!(
        window.facts().notices[0].contains("IDRs too rarely"),
        "{:?}",
        window.facts().notices
    );
}

#[test]
fn numbers_and_names_go_on_after_a_restart_wherever_it_was_killed() {
    let packets = tiny(40, "-g 50 -sc_threshold 0");
    let mut journals = vec![Resume::default()];
    let mut first = Feed::new(settings(), Resume::default());
    let mut shown = Vec::new();
    first.run(&packets, |packager, window| {
        journals.push(packager.journal());
        shown.push(window);
    });
    // Killed after the journal and before the playlist, after both, and with the last entry lost.
    let last = shown.len();
    for (journal, seen) in [(last, last - 1), (last, last), (last - 1, last)] {
        let resume = journals[journal];
        let old = &shown[seen - 1];
        let mut again = Feed::new(settings(), resume);
        again.now = first.now + 5_000_000_000;
        let mut follower = Follower::default();
        let mut new = None;
        again.run(&packets, |_, window| {
            follower.see(&window);
            new.get_or_insert(window);
        });
        let new = new.expect("a segment");
        let before = parse(&text(old, "video/index.m3u8"));
        let after = parse(&text(&new, "video/index.m3u8"));
        let end = before.media_sequence + before.segments.len() as u64;
        assert!(
            after.media_sequence >= end,
            "{} < {end}",
            after.media_sequence
        );
        assert!(
            after.media_sequence <= end + 4,
            "no more are left out than can be lost"
        );
        assert!(after.segments[0].discontinuity, "another timeline");
        assert!(after.discontinuity_sequence > before.discontinuity_sequence);
        assert_eq!(after.target_duration, before.target_duration);
        let names: Vec<_> = before.segments.iter().map(|s| &s.uri).collect();
        assert!(after.segments.iter().all(|s| !names.contains(&&s.uri)));
        assert!(again.packager.journal().instance > resume.instance);
    }
}

#[test]
fn a_run_has_another_name_even_when_the_journal_is_lost_or_the_clock_goes_back() {
    let packets = tiny(40, "-g 50 -sc_threshold 0");
    let instance = |resume: Resume, now: i64| {
        let mut feed = Feed::new(settings(), resume);
        feed.now = now;
        feed.run(&packets, |_, _| {});
        feed.packager.journal()
    };
    let day = 86_400_000_000_000;
    let first = instance(Resume::default(), 20_000 * day);
    let lost = instance(Resume::default(), 20_000 * day + 3_000_000_000);
    let back = instance(first, 19_000 * day);
    assert!(lost.instance != first.instance && back.instance != first.instance);
}

#[test]
fn the_target_duration_survives_a_restart_and_goes_with_the_setting() {
    let long = tiny(60, "-g 125 -sc_threshold 0");
    let short = tiny(60, "-g 50 -sc_threshold 0");
    let target = |settings: Settings, resume: Resume, packets: &[RawPacket]| {
        let mut feed = Feed::new(settings, resume);
        feed.run(packets, |_, _| {});
        (
            feed.packager.window().facts().target_duration,
            feed.packager.journal(),
        )
    };
    let (first, journal) = target(settings(), Resume::default(), &long);
    assert_eq!(first, 5);
    assert_eq!(target(settings(), journal, &short).0, 5, "R32");
    let other = Settings {
        segment: Duration::from_secs(4),
        ..settings()
    };
    assert_eq!(target(other, journal, &short).0, 4);
}

#[test]
fn before_the_first_segment_the_window_says_what_it_waits_for() {
    let sentence = |p: &Packager| p.window().facts().unavailable.clone().unwrap_or_default();
    let mut feed = Feed::new(settings(), Resume::default());
    assert_eq!(sentence(&feed.packager), "nothing has been received yet");
    assert!(feed.packager.window().object("index.m3u8").is_none());
    feed.run(&tiny(40, "-g 50 -sc_threshold 0")[..100], |_, _| {});
    assert_eq!(sentence(&feed.packager), "waiting for the first segment");
    // A picture in which no decoder can begin: the first IDR is cut out.
    let packets = tiny(60, "-g 100000 -sc_threshold 0");
    let idr = packets
        .iter()
        .position(|p| Packet::new(p).random_access())
        .expect("an IDR");
    let mut feed = Feed::new(settings(), Resume::default());
    feed.run(&packets[..idr], |_, _| {});
    feed.run(&packets[idr + 40..idr + 200], |_, _| {});
    feed.now += 2_000_000_000;
    feed.run(&packets[idr + 200..idr + 201], |_, _| {});
    assert_eq!(
        sentence(&feed.packager),
        "waiting for the picture's first IDR"
    );
    feed.run(&packets[idr + 201..], |_, _| {});
    let window = feed.packager.window();
    assert!(window.facts().notices[0].starts_with("video PID 0x0100 comes without an IDR"));
    assert!(text(&window, "index.m3u8").contains("CODECS=\"mp4a.40.2\"\naudio/index.m3u8"));
}
