use super::*;

pub(in crate::hls) fn segment(msn: u64, millis: i64) -> Segment {
    let body = Bytes::from(format!("segment {msn}"));
    Segment {
        msn,
        duration: Ticks::from_millis(millis),
        date: Wall::from_unix_nanos(i64::try_from(msn).unwrap() * millis * 1_000_000),
        discontinuity: false,
        discontinuities: 0,
        independent: true,
        init: Some(Arc::new(Init {
            name: "init-1.mp4".to_owned(),
            bytes: Bytes::from_static(b"init"),
        })),
        parts: vec![Part {
            bytes: body.slice(0..4),
            duration: Ticks::from_millis(400),
            independent: true,
        }],
        body,
        first_part: msn.saturating_sub(8),
    }
}

/// Segments 8 and 9 with a part each, and a part of segment 10.
pub(in crate::hls) fn window() -> Window {
    let mut open = segment(10, 2000);
    open.body = Bytes::new();

    Window {
        instance: 0xf00,
        part_target: Some(Ticks::from_millis(400)),
        multivariant: Some(Bytes::from_static(b"#EXTM3U")),
        renditions: vec![Shown {
            dir: "video".into(),
            playlist: Some(Bytes::from_static(b"#EXTM3U video")),
            delta: Some(Bytes::from_static(b"#EXTM3U delta")),
            segments: vec![Arc::new(segment(8, 2000)), Arc::new(segment(9, 2000))],
            next: 10,
            open: Some(Arc::new(open)),
            next_part: 3,
        }],
        muxed: muxed::Shown::default(),
        subtitles: subtitles::Shown::default(),
        facts: Facts::default(),
    }
}

#[test]
fn every_listed_path_is_answered_with_its_kind() {
    let window = window();
    for path in window.paths() {
        assert!(window.object(&path).is_some(), "{path}");
    }
    let kind = |path| window.object(path).map(|o| o.kind);
    assert_eq!(kind("index.m3u8"), Some(ObjectKind::Playlist));
    assert_eq!(kind("video/index.m3u8"), Some(ObjectKind::Playlist));
    assert_eq!(kind("video/init-1.mp4"), Some(ObjectKind::Init));
    assert_eq!(kind("video/f00-9.m4s"), Some(ObjectKind::Segment));
    assert_eq!(kind("video/part-f00-0.m4s"), Some(ObjectKind::Part));
    assert_eq!(kind("video/part-f00-2.m4s"), Some(ObjectKind::Part));
}

#[test]
fn a_path_has_one_spelling_and_others_are_unknown() {
    let window = window();
    for path in [
        "",
        "/",
        "video",
        "video/",
        "audio/index.m3u8",
        "video/index.m3u8/",
        "../video/index.m3u8",
        "video/f00-7.m4s",
        "video/f00-10.m4s",
        "video/f01-9.m4s",
        "video/f00-09.m4s",
        "video/f00-+9.m4s",
        "video/F00-9.m4s",
        "video/part-f00-3.m4s",
        "video/part-f00-02.m4s",
        "video/part-f01-2.m4s",
        "video/part-2.m4s",
        "video/part-f00-2",
        "video/f00-18446744073709551616.m4s",
        "video/init-2.mp4",
        "video/-.m4s",
        "video/f00-.m4s",
        "video/f00-9..m4s",
    ] {
        assert_eq!(window.object(path), None, "{path:?}");
    }
}
