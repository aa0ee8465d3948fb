//! `ladder` of a channel's HLS.

use super::*;

fn with(ladder: &str) -> Desk {
    Desk::with(&format!(
        "[[channel]]\nid = \"hop\"\n[[channel.input]]\nurl = \"udp://10.0.0.1:5000\"\n\
         [channel.hls]\nladder = {ladder}\n"
    ))
}

#[test]
fn a_ladder_goes_down_and_ends_with_the_sound() {
    let desk = with(r#"["1080p 4M", "720p 1.5M", "360p 0.8M", "audio 64k"]"#);
    assert_eq!(desk.said(), [""; 0]);
    let plan = desk.sources.load().unwrap().plan;
    let ladder = plan.channels[0].hls.clone().unwrap().ladder;
    let pictures = ladder.pictures.iter();
    let pictures: Vec<_> = pictures.map(|(n, r)| (*n, r.bits_per_second())).collect();
    assert_eq!(
        pictures,
        [(1080, 4_000_000), (720, 1_500_000), (360, 800_000)]
    );
    assert_eq!(ladder.sound.unwrap().bits_per_second(), 64_000);
    let none = with("[]").sources.load().unwrap().plan;
    assert_eq!(
        none.channels[0].hls.clone().unwrap().ladder,
        Default::default()
    );
}

#[test]
fn what_is_no_ladder_is_refused_where_it_stands() {
    for (ladder, said) in [
        (
            r#"["720p 1M", "1080p 500k"]"#,
            "6:22 `1080p 500k` is no step down from `720p 1M`",
        ),
        (
            r#"["720p 1M", "720p 500k"]"#,
            "6:22 `720p 500k` is no step down",
        ),
        (
            r#"["720p 1M", "360p 2M"]"#,
            "6:22 `360p 2M` is no step down",
        ),
        (
            r#"["audio 64k", "audio 32k"]"#,
            "6:24 `audio 32k` is no step down",
        ),
        (
            r#"["audio 64k", "360p 32M"]"#,
            "6:24 `360p 32M` is no step down",
        ),
        (r#"["720 1M"]"#, "6:11 `720 1M` is not a rung"),
        (r#"["721p 1M"]"#, "6:11 `721p 1M` is not a rung"),
        (r#"["88p 1M"]"#, "6:11 `88p 1M` is not a rung"),
        (r#"["4320p 9M"]"#, "6:11 `4320p 9M` is not a rung"),
        (r#"["720p 1000000"]"#, "6:11 `720p 1000000` is not a rung"),
        (r#"["720p 51M"]"#, "6:11 `720p 51M` is not a rung"),
        (r#"["audio 8k"]"#, "6:11 `audio 8k` is not a rung"),
        (r#"["audio"]"#, "6:11 `audio` is not a rung"),
        (
            r#"["720p 7M", "600p 6M", "500p 5M", "400p 4M", "300p 3M", "200p 2M", "100p 1M"]"#,
            "6:10 ",
        ),
    ] {
        let all = with(ladder).said();
        assert_eq!(all.len(), 1, "{ladder}: {all:?}");
        assert!(all[0].starts_with(said), "{ladder}: {all:?}");
    }
}
